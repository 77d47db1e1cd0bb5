//! Sockets.
//!
//! Job: carry bytes between peers and the values of `smtp`, and ask the house what those values ask. Nothing is
//! decided here but whether there is room: for a connection, for a mail in memory, for a slow peer's patience.
//! Absent on purpose: mail, cases, trust. A session knows the protocol; [`crate::ports::Reception`] knows the house.
//!
//! Invariants: every wait has an end; memory held for peers is bounded by [`NetConfig`]; a mail is answered with 250
//! only after the house said that it has it.

pub mod authenticate;
pub mod body;
pub mod listen;
pub mod passed;
pub mod peers;
pub mod serve;
pub mod smarthost;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::address::Domain;
use crate::metrics::Metrics;
use crate::ports::{Clock, Reception};
use crate::smtp::limits::Limits;

/// What all listeners share.
#[derive(Clone, Debug)]
pub struct NetConfig {
    /// Our name on the wire.
    pub host: Domain,
    /// What references begin with: `HV`.
    pub prefix: String,
    /// Bounds of a session.
    pub limits: Limits,
    /// Sessions with a mail under way at the same time.
    pub sessions_at_work_max: usize,
    /// Connections without a mail under way.
    pub connections_idle_max: usize,
    /// Connections of one TCP peer; unix sockets are exempt.
    pub connections_per_peer_max: usize,
    /// Octets of mails in memory, all sessions together.
    pub inflight_bytes_max: usize,
    /// Where mails wait that have no room in memory.
    pub spool_dir: PathBuf,
    /// How long a peer may leave our replies unread.
    pub write_max: Duration,
    /// How long a mail under way may go on when we are going down.
    pub drain_max: Duration,
}

impl NetConfig {
    /// The defaults, for a host of this name that keeps waiting mails there.
    pub fn new(host: Domain, prefix: String, spool_dir: PathBuf) -> Self {
        Self {
            host,
            prefix,
            limits: Limits::default(),
            sessions_at_work_max: 256,
            connections_idle_max: 1000,
            connections_per_peer_max: 100,
            inflight_bytes_max: 256 * 1024 * 1024,
            spool_dir,
            write_max: Duration::from_secs(60),
            drain_max: Duration::from_secs(8),
        }
    }
}

/// Are we going down? Every listener and session has an ear to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No.
    Serving,
    /// Finish what is under way, begin nothing new.
    Draining,
}

/// Waits until we go down. That nobody is left who could tell us is the end too.
pub(crate) async fn draining(phase: &mut watch::Receiver<Phase>) {
    let told = phase.wait_for(|phase| *phase == Phase::Draining).await.is_ok();
    tracing::trace!(told, "going down");
}

/// The side of the house that peers see: what all listeners and sessions share.
pub struct Front {
    pub(crate) config: NetConfig,
    pub(crate) reception: Arc<dyn Reception>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) work: Semaphore,
    pub(crate) memory: Semaphore,
    pub(crate) peers: peers::Peers,
    pub(crate) metrics: Arc<Metrics>,
}

impl Front {
    /// Ready to let peers in.
    pub fn new(config: NetConfig, reception: Arc<dyn Reception>, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        // One largest mail must always fit, or it could never be handed over.
        let mail_bytes_max = usize::try_from(config.limits.mail_bytes_max).unwrap_or(usize::MAX);
        let memory = config.inflight_bytes_max.max(mail_bytes_max);
        Self {
            connections: Arc::new(Semaphore::new(config.connections_idle_max + config.sessions_at_work_max)),
            work: Semaphore::new(config.sessions_at_work_max),
            memory: Semaphore::new(body::units(memory) as usize),
            peers: peers::Peers::new(config.connections_per_peer_max),
            metrics,
            config,
            reception,
            clock,
        }
    }
}
