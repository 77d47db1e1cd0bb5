//! What the wire alone costs: our session on our sockets, with nobody behind it.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use henvend::address::{Address, Domain};
use henvend::case::change::{Became, Outcome, Receipt};
use henvend::daemon::SystemClock;
use henvend::envelope::{Envelope, Listener, RawMail};
use henvend::id::CaseId;
use henvend::net::listen::{Endpoint, ListenConfig, bind};
use henvend::net::passed::Passed;
use henvend::net::{Front, NetConfig, Phase};
use henvend::ports::{Answer, Reception, RecipientVerdict, StoreError};
use tokio::sync::watch;

use crate::load::client::Place;

/// Reads nothing, keeps nothing.
struct Nobody;

impl Reception for Nobody {
    fn recipient(&self, _: &Address) -> RecipientVerdict {
        RecipientVerdict::Accept
    }

    fn has_room(&self, _: u64) -> bool {
        true
    }

    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>> {
        drop(raw);
        let outcome = Outcome { became: Became::New, case: CaseId::new(1) };
        let receipt = Receipt { outcomes: vec![outcome; envelope.recipients.len()], refused: None };
        Box::pin(async move { Ok(receipt) })
    }
}

/// Runs until dropped.
pub struct Sink {
    pub place: Place,
    phase: watch::Sender<Phase>,
    thread: Option<JoinHandle<()>>,
}

impl Sink {
    /// As many threads serve it as serve the daemon.
    pub fn start(folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let path = folder.join("sink");
        let listen = ListenConfig {
            listener: Listener::Lmtp,
            endpoint: Endpoint::Unix { path: path.clone(), mode: 0o600 },
            trusted: Vec::new(),
        };
        let host = Domain::parse("sink.example").expect("a name");
        let config = NetConfig::new(host, "HV".to_owned(), folder.to_owned());
        let front = Arc::new(Front::new(config, Arc::new(Nobody), Arc::new(SystemClock), Arc::default()));
        let entered = runtime.enter();
        let bound = bind(&listen, &mut Passed::default()).expect("a socket");
        drop(entered);
        let phase = watch::Sender::new(Phase::Serving);
        let ear = phase.subscribe();
        let thread = std::thread::spawn(move || runtime.block_on(bound.run(front, ear)));
        Self { place: Place::Unix(path), phase, thread: Some(thread) }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Draining);
        if let Some(thread) = self.thread.take() {
            // What panicked in it has been printed.
            let _ = thread.join();
        }
    }
}
