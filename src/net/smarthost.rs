//! The way out: one of several mail servers that take our mail and deliver it.

mod authority;
mod carry;
mod connect;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

use crate::ports::{Answer, Clock, Greeted, Handover, Outgoing, SendFailure, Transport};
use crate::smtp::client::{Delivery, Fate, Message, Outcome};
use crate::time::Timestamp;

pub use authority::{Authority, AuthorityError, authorities};
use carry::Carried;
use connect::{Host, Line};

/// Longest wait for one host, when it is only greeted.
const GREET_MAX: Duration = Duration::from_secs(10);

/// Where and how to send.
#[derive(Clone, Debug)]
pub struct SmarthostConfig {
    /// In order of preference.
    pub hosts: Vec<HostConfig>,
    /// What we call ourselves.
    pub hello: String,
    /// Our patience.
    pub patience: Patience,
    /// Idle connections kept for the next mail, all hosts together.
    pub pool_max: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// One mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// Where it is.
    pub at: At,
    /// How the connection is kept from others.
    pub tls: Tls,
    /// Who may vouch for it, these and no others; empty: those whom the system trusts.
    pub authorities: Vec<Authority>,
    /// Who we are to it.
    pub login: Option<Login>,
}

/// Where a mail server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// A unix socket.
    Unix(PathBuf),
    /// A name or address, and a port.
    Tcp {
        /// Name or address; the name that a certificate must have.
        host: String,
        /// Port.
        port: u16,
    },
}

/// How a connection is kept from others. What is asked for and not had is a failure, never done without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: only to this very machine.
    None,
    /// Encrypted, to whoever answers.
    Required(TlsStart),
    /// Encrypted, to the one whom the certificate names.
    Verified(TlsStart),
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsStart {
    /// After STARTTLS (RFC 3207), as on ports 25 and 587.
    StartTls,
    /// At once (RFC 8314 §3.3), as on port 465.
    Implicit,
}

/// A name and a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The secret; never shown.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({}, …)", self.user)
    }
}

/// How long we wait for what (RFC 5321 §4.5.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the greeting.
    pub greeting: Duration,
    /// For hello, TLS and AUTH, each.
    pub opening: Duration,
    /// For the reply to MAIL, and to each RCPT.
    pub command: Duration,
    /// For the reply to DATA.
    pub data: Duration,
    /// For writing a mail.
    pub write: Duration,
    /// For the reply to the final dot.
    pub dot: Duration,
    /// How long an idle connection is kept.
    pub idle: Duration,
    /// How long a host that could not be reached is passed over.
    pub rest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            opening: minutes(1),
            command: minutes(5),
            data: minutes(2),
            write: minutes(10),
            dot: minutes(10),
            idle: Duration::from_secs(30),
            rest: Duration::from_secs(30),
        }
    }
}

/// Why a configuration can't be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SmarthostError {
    /// Without TLS mail may go to this machine only.
    #[error("{0}: without TLS only a unix socket or a loopback address")]
    Exposed(String),
    /// TLS could not be set up here.
    #[error("{host}: TLS is not to be had: {detail}")]
    NoTls {
        /// Which host.
        host: String,
        /// Why.
        detail: String,
    },
}

/// Sends by the configured hosts.
pub struct Smarthost {
    hosts: Vec<Host>,
    config: SmarthostConfig,
    clock: Arc<dyn Clock>,
    pool: Mutex<Vec<Pooled>>,
    resting: Mutex<Vec<Timestamp>>,
}

struct Pooled {
    host: usize,
    line: Line,
    since: Timestamp,
}

impl Smarthost {
    /// Checks the hosts and prepares TLS; connects nowhere.
    pub fn new(config: SmarthostConfig, clock: Arc<dyn Clock>) -> Result<Self, SmarthostError> {
        let hosts = config.hosts.iter().map(Host::new).collect::<Result<Vec<_>, _>>()?;
        let resting = Mutex::new(vec![Timestamp::from_millis(i64::MIN); hosts.len()]);
        Ok(Self { hosts, config, clock, pool: Mutex::new(Vec::new()), resting })
    }

    /// Tries one host after the other, until one says of somebody more than "not now".
    async fn send_by_any(&self, mail: Outgoing) -> Result<Vec<Handover>, SendFailure> {
        let message = Message {
            reverse_path: mail.reverse_path,
            recipients: mail.recipients,
            data: mail.data,
            envelope_id: mail.envelope_id,
        };
        let mut last = Err(SendFailure::Temporary("no smarthost is configured".to_owned()));
        for host in self.order() {
            match self.send_by(host, &message).await {
                Ok(Outcome::Unknown(why)) => return Err(SendFailure::Unknown(why)),
                Ok(Outcome::Each(fates)) => {
                    let later = fates.iter().all(|fate| matches!(fate, Fate::Temporary(_)));
                    last = Ok(fates.into_iter().map(handover).collect());
                    if !later {
                        return last;
                    }
                }
                Err(why) => {
                    self.rest(host);
                    if last.is_err() {
                        last = Err(SendFailure::Temporary(why));
                    }
                }
            }
        }
        last
    }

    /// On a connection of the pool if there is one alive, else on a new one. `Err`: there is none to be had.
    async fn send_by(&self, host: usize, message: &Message) -> Result<Outcome, String> {
        // Bounded: each turn takes one connection out of the pool.
        while let Some(line) = self.pooled(host) {
            match carry::carry(line, self.delivery(message), &self.config.patience).await {
                // A connection that was closed while it lay idle. Nothing of this mail was answered on it.
                Carried { stale: true, .. } => {}
                carried => return Ok(self.keep(host, carried)),
            }
        }
        let line = self.hosts[host].open(&self.config.hello, &self.config.patience).await?;
        let carried = carry::carry(line, self.delivery(message), &self.config.patience).await;
        Ok(self.keep(host, carried))
    }

    fn delivery(&self, message: &Message) -> impl FnOnce(crate::smtp::client::Offer) -> Delivery {
        let message = message.clone();
        move |offer| Delivery::new(message, offer)
    }

    fn keep(&self, host: usize, carried: Carried) -> Outcome {
        if let Some(line) = carried.line {
            let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
            if pool.len() < self.config.pool_max {
                pool.push(Pooled { host, line, since: self.clock.now() });
            }
        }
        carried.outcome
    }

    fn pooled(&self, host: usize) -> Option<Line> {
        let now = self.clock.now();
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.retain(|pooled| now.since(pooled.since) < self.config.patience.idle);
        let place = pool.iter().rposition(|pooled| pooled.host == host)?;
        Some(pool.remove(place).line)
    }

    /// Hosts in order of preference; those that rest come last.
    fn order(&self) -> Vec<usize> {
        let now = self.clock.now();
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order: Vec<usize> = (0..self.hosts.len()).collect();
        order.sort_by_key(|host| resting[*host] > now);
        order
    }

    fn rest(&self, host: usize) {
        let until = self.clock.now().plus(self.config.patience.rest);
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)[host] = until;
    }
}

impl Transport for Smarthost {
    fn send(&self, mail: Outgoing) -> Answer<'_, Result<Vec<Handover>, SendFailure>> {
        Box::pin(self.send_by_any(mail))
    }

    fn greet(&self) -> Answer<'_, Vec<Greeted>> {
        Box::pin(async {
            let mut greeted = Vec::with_capacity(self.hosts.len());
            for (host, config) in self.hosts.iter().zip(&self.config.hosts) {
                let opened =
                    tokio::time::timeout(GREET_MAX, host.open(&self.config.hello, &self.config.patience)).await;
                let trouble = match opened {
                    Ok(Ok(line)) => carry::leave(line).await,
                    Ok(Err(why)) => Some(why),
                    Err(_) => Some("no answer in time".to_owned()),
                };
                greeted.push(Greeted { host: config.at.to_string(), trouble });
            }
            greeted
        })
    }
}

fn handover(fate: Fate) -> Handover {
    match fate {
        Fate::Taken => Handover::Taken,
        Fate::Temporary(detail) => Handover::Temporary(detail),
        Fate::Permanent { status, detail } => Handover::Permanent { status, detail },
        Fate::Refused { status, detail } => Handover::Refused { status, detail },
    }
}

#[cfg(test)]
mod tests;
