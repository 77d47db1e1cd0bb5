//! A mail server that takes everything and delivers it to nobody: the demonstration's smarthost.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, watch};

use super::tell::Teller;
use crate::address::{Address, Domain};
use crate::case::change::{Became, Outcome, Receipt};
use crate::daemon::SystemClock;
use crate::envelope::{Envelope, Listener, RawMail};
use crate::id::CaseId;
use crate::mail::Mail;
use crate::mail::parse::{Limits, parse};
use crate::net::listen::{Endpoint, ListenConfig, bind};
use crate::net::passed::Passed;
use crate::net::{Front, NetConfig, Phase};
use crate::ports::{Answer, Reception, RecipientVerdict, StoreError};

/// A mail should come within this time; on a slow machine too.
const PATIENCE: Duration = Duration::from_secs(20);
/// Mails that may wait to be looked at.
const WAITING_MAX: usize = 1000;

/// A mail that has come.
#[derive(Clone, Debug)]
pub struct Caught {
    /// For whom.
    pub to: Vec<Address>,
    /// What it says.
    pub mail: Mail,
    /// Its bytes.
    pub raw: RawMail,
}

/// The mail server.
pub struct CatchAll {
    /// Where it listens.
    pub address: SocketAddr,
    caught: mpsc::Receiver<Caught>,
    waiting: Vec<Caught>,
    /// Dropping it ends the listener.
    _phase: watch::Sender<Phase>,
}

impl CatchAll {
    /// Opens it on a free port of loopback.
    pub async fn open() -> Result<Self> {
        let (sender, caught) = mpsc::channel(WAITING_MAX);
        let host = Domain::parse("mail.demo.example").context("a constant that reads")?;
        let config = NetConfig::new(host, "HV".to_owned(), std::env::temp_dir());
        let front = Arc::new(Front::new(config, Arc::new(House { sender }), Arc::new(SystemClock), Arc::default()));
        let endpoint = Endpoint::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listen = ListenConfig { listener: Listener::Smtp, endpoint, trusted: Vec::new() };
        let bound = bind(&listen, &mut Passed::default()).context("a port for the demo's smarthost")?;
        let address = bound.tcp_address().context("the port of the demo's smarthost")?;
        let (phase, ear) = watch::channel(Phase::Serving);
        tokio::spawn(bound.run(front, ear));
        Ok(Self { address, caught, waiting: Vec::new(), _phase: phase })
    }

    /// The next mail for this address; an error when none comes.
    pub async fn next_to(&mut self, address: &str) -> Result<Caught> {
        let is_theirs = |caught: &Caught| caught.to.iter().any(|to| Some(to) == Address::parse(address).as_ref());
        if let Some(at) = self.waiting.iter().position(is_theirs) {
            return Ok(self.waiting.remove(at));
        }
        let wanted = async {
            while let Some(caught) = self.caught.recv().await {
                if is_theirs(&caught) {
                    return Some(caught);
                }
                self.waiting.push(caught);
            }
            None
        };
        let found = tokio::time::timeout(PATIENCE, wanted).await;
        found.ok().flatten().with_context(|| format!("no mail came to {address}"))
    }

    /// Mails that have come and that nobody has asked for.
    pub fn left_over(&mut self) -> Vec<Caught> {
        while let Ok(caught) = self.caught.try_recv() {
            self.waiting.push(caught);
        }
        std::mem::take(&mut self.waiting)
    }

    /// Shows what comes, until interrupted.
    pub async fn show_for_ever(&mut self, teller: &Teller) {
        while let Some(caught) = self.caught.recv().await {
            teller.mail("henvend sends", &caught);
        }
    }
}

struct House {
    sender: mpsc::Sender<Caught>,
}

impl Reception for House {
    fn recipient(&self, _: &Address) -> RecipientVerdict {
        RecipientVerdict::Accept
    }

    fn has_room(&self, _: u64) -> bool {
        true
    }

    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>> {
        Box::pin(async move {
            let to: Vec<Address> = envelope.recipients.into_iter().map(|recipient| recipient.address).collect();
            let outcomes = vec![Outcome { became: Became::Added, case: CaseId::default() }; to.len()];
            let mail = parse(raw.bytes(), &Limits::default());
            let kept = self.sender.try_send(Caught { to, mail, raw });
            kept.map_err(|_| StoreError::Unavailable("nobody looks at the demo's mail".to_owned()))?;
            Ok(Receipt { outcomes, refused: None })
        })
    }
}
