//! Wiring: from a configuration to a running house, and back down.
//!
//! Job: the only place that knows all rooms. Opens what must be opened, in the order in which things need each other;
//! tells systemd; stops in the reverse order without cutting a mail in two.
//! Absent on purpose: everything else.
//!
//! Invariants: no listener is open before the store; a failed sync ends the process; stopping takes ten seconds at
//! most.

mod api;
mod clock;
mod convert;
mod demo;
mod keys;
mod logging;
mod start;
mod systemd;
mod watch;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info};

use crate::config::Config;
use crate::ports::StoreError;

pub use clock::SystemClock;
pub use convert::files as problems_in_files;
pub use demo::demo;
pub use keys::rotate as rotate_keys;
pub use start::{Running, start, start_on};

/// Threads read mail on their own stacks; nesting is bounded, and still this is roomy.
const THREAD_STACK_BYTES: usize = 8 << 20;

/// Why the daemon ended.
#[derive(Debug, Error)]
pub enum Failure {
    /// Starting again does not help.
    #[error("{0}")]
    Config(String),
    /// Starting again may help.
    #[error("{0}")]
    Broken(String),
    /// The demonstration did not go as promised.
    #[error("{0}")]
    Promise(String),
}

impl Failure {
    /// The exit code of sysexits(3).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 78,
            Self::Broken(_) => 75,
            Self::Promise(_) => 70,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(format!("{error:#}"))
    }
}

/// Runs until it is told to stop; the file is read again on SIGHUP.
pub fn serve(config: Config, path: &Path) -> Result<(), Failure> {
    logging::begin(config.log)?;
    runtime()?.block_on(serve_until_told(config, path))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(THREAD_STACK_BYTES).build();
    Ok(built.context("threads cannot be started")?)
}

/// The signals that the daemon listens to.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on they do not end the process by themselves.
    pub fn new() -> anyhow::Result<Self> {
        let hear = |kind| signal(kind).context("signals cannot be heard");
        Ok(Self {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            hangup: hear(SignalKind::hangup())?,
        })
    }
}

async fn serve_until_told(config: Config, path: &Path) -> Result<(), Failure> {
    let signals = Signals::new()?;
    until_told(start(config).await?, signals, path).await
}

/// Runs a house until a signal or its store ends it, and closes it.
pub async fn until_told(mut running: Running, mut signals: Signals, path: &Path) -> Result<(), Failure> {
    systemd::ready();
    info!(version = env!("CARGO_PKG_VERSION"), "henvend takes mail");
    let ended = loop {
        tokio::select! {
            _ = signals.terminate.recv() => break Ok(()),
            _ = signals.interrupt.recv() => break Ok(()),
            _ = signals.hangup.recv() => reload(&mut running, path),
            error = running.failed() => break Err(error),
        }
    };
    systemd::stopping();
    info!("henvend stops");
    running.stop().await;
    match ended {
        Ok(()) => Ok(()),
        Err(error) => Err(fatal(&error)),
    }
}

fn fatal(error: &StoreError) -> Failure {
    error!(%error, "the store cannot be trusted any more");
    match error {
        StoreError::Foreign(_) => Failure::Config(error.to_string()),
        StoreError::Unavailable(_) | StoreError::Undecided(_) | StoreError::Corrupt(_) | StoreError::SyncFailed(_) => {
            Failure::Broken(error.to_string())
        }
    }
}

/// Takes the file's policy into force, or says why nothing was taken.
fn reload(running: &mut Running, path: &Path) {
    systemd::reloading();
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let name = path.display().to_string();
    let config = read.and_then(|text| crate::config::read(&name, &text).map_err(|problems| problems.to_string()));
    match config.and_then(|config| running.reload(config)) {
        Ok(()) => info!("configuration reloaded"),
        Err(problems) => error!(problems, "configuration not reloaded, the old one stays in force"),
    }
    systemd::ready();
}

/// How long stopping may take in all.
const STOP_MAX: Duration = Duration::from_millis(9500);
