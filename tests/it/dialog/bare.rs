//! A script on the session itself: no socket, and time that stands still until told.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use henvend::address::Domain;
use henvend::envelope::RawMail;
use henvend::ports::{Reception, RecipientVerdict};
use henvend::smtp::reply::Place;
use henvend::smtp::server::{Action, Peer, Session, SessionConfig, Verdict};
use henvend::time::Timestamp;

use super::Wire;
use super::house::House;
use super::script::Settings;

pub struct Bare {
    config: Arc<SessionConfig>,
    peer: Peer,
    house: Arc<House>,
    session: Session,
    input: BytesMut,
    said: Vec<u8>,
    now: Timestamp,
    closed: bool,
}

pub fn config(settings: &Settings) -> SessionConfig {
    SessionConfig {
        listener: settings.listener,
        host: Domain::parse("mx.example.org").unwrap(),
        prefix: "HV".to_owned(),
        limits: settings.limits.clone(),
    }
}

impl Bare {
    pub fn new(settings: &Settings, house: Arc<House>) -> Self {
        let config = Arc::new(config(settings));
        let peer = Peer { name: "unix".to_owned(), trusted: settings.trusted };
        let now = Timestamp::from_secs(1_000_000);
        let session = Session::new(config.clone(), peer.clone(), now);
        let (input, said) = (BytesMut::new(), Vec::new());
        let mut bare = Self { config, peer, house, session, input, said, now, closed: false };
        bare.run();
        bare
    }

    /// All that was said so far, heard or not.
    pub fn said(&self) -> &[u8] {
        &self.said
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.closed {
            self.input.extend_from_slice(bytes);
            self.run();
        }
    }

    fn run(&mut self) {
        loop {
            let verdict = match self.session.feed(&mut self.input, self.now) {
                Action::Wait => return,
                Action::Close => {
                    self.closed = true;
                    return;
                }
                Action::Send(bytes) => {
                    self.said.extend_from_slice(&bytes);
                    continue;
                }
                Action::Recipient(address) => match self.house.recipient(&address) {
                    RecipientVerdict::Accept => Verdict::Accept,
                    RecipientVerdict::Unknown => Verdict::Unknown,
                    RecipientVerdict::Inactive => Verdict::Inactive,
                    RecipientVerdict::Unavailable => Verdict::Unavailable,
                },
                Action::Room(bytes) if self.house.has_room(bytes) => Verdict::Accept,
                Action::Room(_) => Verdict::NoRoom,
                Action::Accept(mail) => match self.house.take(mail.envelope, RawMail::new(mail.body)) {
                    Ok(receipt) => Verdict::Taken(
                        receipt
                            .outcomes
                            .iter()
                            .map(|outcome| Place { case: outcome.case, became: outcome.became.as_str() })
                            .collect(),
                    ),
                    Err(_) => Verdict::Unavailable,
                },
            };
            self.session.answer(verdict, self.now);
        }
    }
}

impl Wire for Bare {
    async fn say(&mut self, bytes: &[u8]) {
        self.feed(bytes);
    }

    async fn hear(&mut self) -> Option<String> {
        let end = self.said.windows(2).position(|pair| pair == b"\r\n")?;
        let line = String::from_utf8(self.said[..end].to_vec()).unwrap();
        self.said.drain(..end + 2);
        Some(line)
    }

    async fn silent(&mut self) -> bool {
        self.said.is_empty()
    }

    async fn closed(&mut self) -> bool {
        self.closed && self.said.is_empty()
    }

    async fn hangup(&mut self) {
        self.session = Session::new(self.config.clone(), self.peer.clone(), self.now);
        self.input.clear();
        self.said.clear();
        self.closed = false;
        self.run();
    }

    async fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
        self.session.expire(self.now);
        self.run();
    }

    async fn drain(&mut self) {
        self.session.drain();
        self.run();
    }
}
