//! One inquiry, played through real sockets, on loopback, with a store of its own.

mod catch_all;
mod story;
mod tell;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Running, runtime, start};
use crate::act::act;
use crate::address::Domain;
use crate::case::trigger::{DirectoryRequest, Trigger};
use crate::config::Config;
use crate::config::model::{Http, Listen, Log, LogFormat, LogLevel, Outbound, Smarthost};
use crate::config::place::Place;
use crate::directory::diff::{Prune, diff};
use crate::directory::file;

use catch_all::CatchAll;
use tell::Teller;

const DIRECTORY: &str = include_str!("demo/directory.toml");

/// Plays the demonstration; `once`: ends after the story. The store is kept in `data`, if given.
pub fn demo(once: bool, data: Option<PathBuf>) -> Result<(), Failure> {
    // It begins without an operator, which is no news here: the story brings one.
    super::logging::begin(Log { format: LogFormat::Text, level: LogLevel::Error })?;
    let temporary = tempfile::tempdir().context("a temporary directory")?;
    let directory = data.unwrap_or_else(|| temporary.path().to_owned());
    runtime()?.block_on(play(once, &directory))
}

async fn play(once: bool, directory: &Path) -> Result<(), Failure> {
    let mut signals = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut mailbox = CatchAll::open().await?;
    let running = start(config(directory, mailbox.address)?).await?;
    found(&running).await?;
    let teller = Teller::to_standard_output();
    let told = tokio::select! {
        told = story::tell(&running, &mut mailbox, &teller) => told,
        _ = signals.recv() => Err(anyhow::anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow::anyhow!("interrupted")),
    };
    let ended = match told {
        Ok(()) if once => Ok(()),
        Ok(()) => {
            teller.where_to_look(directory, &running);
            tokio::select! {
                () = mailbox.show_for_ever(&teller) => {}
                _ = signals.recv() => {}
                _ = terminate.recv() => {}
            }
            Ok(())
        }
        Err(error) => Err(Failure::Promise(format!("not as promised: {error:#}"))),
    };
    running.stop().await;
    ended
}

/// Everything on loopback, on ports that are free.
fn config(directory: &Path, smarthost: SocketAddr) -> Result<Config> {
    let domain = |text| Domain::parse(text).context("a constant that reads");
    let any_port = Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let host = smarthost.ip().to_string();
    std::fs::create_dir_all(directory).with_context(|| format!("data directory {}", directory.display()))?;
    Ok(Config {
        host_name: domain("henvend.demo.example")?,
        reply_domain: domain("svar.demo.example")?,
        data_directory: directory.to_owned(),
        listen: Listen {
            lmtp: Some(Place::Unix(directory.join("lmtp.sock"))),
            smtp: Some(any_port.clone()),
            ..Listen::default()
        },
        http: Http { probes: Some(any_port), api: directory.join("api.sock") },
        outbound: Outbound {
            smarthosts: vec![Smarthost { host, port: smarthost.port(), ..Smarthost::default() }],
            ..Outbound::default()
        },
        time_zone: jiff::tz::TimeZone::get("Europe/Oslo").context("the time zone of Norway")?,
        ..Config::default()
    })
}

/// The demo's customer and users come to be.
async fn found(running: &Running) -> Result<()> {
    let policy = running.world.policy();
    let wanted =
        file::read(DIRECTORY, Some(&policy.ours.reply_domain)).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let directory = running.world.store.directory();
    let events = diff(&directory, &wanted, Prune::Off);
    let request = DirectoryRequest { base: directory.version(), events, by: "demo".to_owned() };
    let receipt = act(&running.world, Trigger::Directory(request)).await?;
    ensure!(receipt.refused.is_none(), "the directory was refused: {:?}", receipt.refused);
    Ok(())
}
