//! The receiving side of a connection, LMTP and SMTP, as a value: bytes and time in, replies and questions out.
//!
//! Here: what the shell sees, and the states. What a command does in which state is in `dialog`, the mail itself in
//! `receiving`.

mod dialog;
mod receiving;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::command::Forwarded;
use super::data::DataReader;
use super::limits::Limits;
use super::line::LineReader;
use super::reply::{self, Place, Reply};
use crate::address::{Address, Domain};
use crate::envelope::{Envelope, Listener, Recipient};
use crate::time::Timestamp;

/// What all sessions of a listener share.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Which protocol: SMTP, or LMTP for everything else.
    pub listener: Listener,
    /// Our name; `<postmaster>` without a domain is at this one.
    pub host: Domain,
    /// What references begin with: `HV`.
    pub prefix: String,
    /// Every bound.
    pub limits: Limits,
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// For logs: an address, or `unix`.
    pub name: String,
    /// It may be told case numbers, and may tell us what it knows of a mail.
    pub trusted: bool,
}

/// What the shell shall do next.
#[derive(Debug)]
pub enum Action {
    /// Read more, but not beyond [`Session::expires`].
    Wait,
    /// Write this, all of it.
    Send(Bytes),
    /// Ask whether somebody here takes mail for this address, and [`Session::answer`].
    Recipient(Address),
    /// Ask whether there is room for so many octets, and answer.
    Room(u64),
    /// Take this mail, and answer.
    Accept(Box<Arrived>),
    /// Hang up.
    Close,
}

/// A mail that has come to its end.
#[derive(Debug)]
pub struct Arrived {
    /// The transaction that it came in.
    pub envelope: Envelope,
    /// The mail, but for what [`Session::take_body`] took away before.
    pub body: Bytes,
    /// When its DATA command came.
    pub begun: Timestamp,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Accept,
    /// Nobody has this address.
    Unknown,
    /// Its category or customer is inactive.
    Inactive,
    /// We can't tell, or do it, now.
    Unavailable,
    /// There is no room.
    NoRoom,
    /// It is on disk: where, for each recipient in order.
    Taken(Vec<Place>),
}

/// Most refusals remembered between two countings.
const REFUSALS_MAX: usize = 256;

/// One connection.
#[derive(Debug)]
pub struct Session {
    config: Arc<SessionConfig>,
    peer: Peer,
    lines: LineReader,
    out: BytesMut,
    errors: u32,
    refusals: Vec<&'static Reply>,
    heard: Timestamp,
    draining: bool,
    state: State,
}

/// Who called, as far as it says.
#[derive(Debug)]
struct Caller {
    name: String,
    forwarded: Forwarded,
}

/// A transaction without a recipient yet; DATA can't be reached from here.
#[derive(Debug)]
struct Opened(Envelope);

#[derive(Debug)]
struct Receiving {
    envelope: Envelope,
    reader: DataReader,
    begun: Timestamp,
}

/// Named for what is awaited.
#[derive(Debug)]
enum State {
    Hello,
    Mail(Caller),
    /// The shell's word on room for what MAIL announced.
    Room(Opened, u64),
    Rcpt(Opened, u64),
    /// DATA or another RCPT.
    Data(Envelope, u64),
    /// The shell's word on a recipient.
    Verdict(Envelope, u64, Recipient),
    /// The end of the mail.
    Dot(Box<Receiving>),
    /// Earlier replies to be sent before the mail is handed over.
    HandOver(Box<Receiving>),
    /// The shell's word on a mail.
    Taking(Caller, Vec<Address>),
    /// So many more octets of a BDAT chunk that we did not offer to take; what was before.
    Chunk(u64, Box<State>),
    /// Nothing more.
    End,
}

enum Step {
    Again,
    More,
    Ask(Action),
}

impl Session {
    /// A connection that has just been made; the greeting is ready to be sent.
    pub fn new(config: Arc<SessionConfig>, peer: Peer, now: Timestamp) -> Self {
        let mut out = BytesMut::new();
        reply::greet(&mut out, config.host.as_str(), config.listener);
        let (lines, state) = (LineReader::default(), State::Hello);
        Self { config, peer, lines, out, errors: 0, refusals: Vec::new(), heard: now, draining: false, state }
    }

    /// Eats input until something is to be done. Replies are gathered until the input is used up or a mail is handed
    /// over, so that a group of commands gets its replies in one write (RFC 2920 §3.2).
    pub fn feed(&mut self, input: &mut BytesMut, now: Timestamp) -> Action {
        loop {
            if self.draining && self.idle() {
                self.hang_up(&reply::SHUTTING_DOWN);
            }
            if self.out.len() >= self.config.limits.replies_bytes_max {
                return Action::Send(self.out.split().freeze());
            }
            match self.step(input, now) {
                Step::Again => {}
                Step::Ask(action) => return action,
                Step::More if !self.out.is_empty() => return Action::Send(self.out.split().freeze()),
                Step::More if matches!(self.state, State::End) => return Action::Close,
                Step::More => return Action::Wait,
            }
        }
    }

    /// The shell's answer to what it was asked last.
    pub fn answer(&mut self, verdict: Verdict, now: Timestamp) {
        self.heard = now;
        self.state = match (self.take_state(), verdict) {
            (State::Room(opened, size), Verdict::Accept) => {
                self.say(&reply::SENDER_OK);
                State::Rcpt(opened, size)
            }
            (State::Room(opened, _), verdict) => {
                self.say(refusal(&verdict));
                State::Mail(Caller::of(opened.0))
            }
            (State::Verdict(mut envelope, size, recipient), Verdict::Accept) => {
                self.say(&reply::RECIPIENT_OK);
                envelope.recipients.push(recipient);
                State::Data(envelope, size)
            }
            (State::Verdict(envelope, size, _), verdict) => {
                self.say(refusal(&verdict));
                State::reopened(envelope, size)
            }
            (State::Taking(caller, recipients), verdict) => {
                if matches!(verdict, Verdict::Taken(_)) {
                    self.errors = 0;
                }
                self.settle(&recipients, &verdict);
                State::Mail(caller)
            }
            (state, _) => state,
        };
    }

    /// By when there must be more input; then call [`Session::expire`].
    pub fn expires(&self) -> Timestamp {
        match &self.state {
            State::Dot(mail) => self.config.limits.data_deadline(mail.begun, self.heard, mail.reader.received()),
            _ => self.heard.plus(self.config.limits.idle_max),
        }
    }

    /// Ends the connection if its time is over (RFC 5321 §4.5.3.2.7).
    pub fn expire(&mut self, now: Timestamp) {
        if now >= self.expires() && !matches!(self.state, State::End) {
            self.hang_up(if matches!(self.state, State::Dot(_)) { &reply::TOO_SLOW } else { &reply::IDLE });
        }
    }

    /// We are going down: a session between mails ends now, one with a mail under way when that is settled.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Ends the connection at once, whatever is under way: the time to go down has come, or a queue is full.
    pub fn cut(&mut self) {
        if !matches!(self.state, State::End) {
            self.hang_up(&reply::SHUTTING_DOWN);
        }
    }

    /// A mail is under way: from MAIL until its last reply.
    pub fn at_work(&self) -> bool {
        self.state.at_work()
    }

    /// Input goes into a mail now, and comes in bulk.
    pub fn in_data(&self) -> bool {
        matches!(self.state, State::Dot(_))
    }

    /// Octets of the mail under way that are held in memory.
    pub fn body_held(&self) -> usize {
        match &self.state {
            State::Dot(mail) | State::HandOver(mail) => mail.reader.held(),
            _ => 0,
        }
    }

    /// Takes away what is held of the mail under way, so that it can be put on disk. What [`Arrived::body`] brings in
    /// the end continues it. `None` when nothing is kept: no mail under way, or one that will be refused.
    pub fn take_body(&mut self) -> Option<Bytes> {
        match &mut self.state {
            State::Dot(mail) | State::HandOver(mail) if mail.reader.fault().is_none() => Some(mail.reader.take()),
            _ => None,
        }
    }

    fn step(&mut self, input: &mut BytesMut, now: Timestamp) -> Step {
        match self.take_state() {
            State::Dot(mail) => self.read_mail(mail, input, now),
            State::HandOver(mail) if self.out.is_empty() => self.hand_over(mail),
            State::Chunk(left, before) => self.skip_chunk(left, before, input, now),
            state @ (State::HandOver(_) | State::Room(..) | State::Verdict(..) | State::Taking(..) | State::End) => {
                self.state = state;
                Step::More
            }
            state @ (State::Hello | State::Mail(_) | State::Rcpt(..) | State::Data(..)) => {
                self.read_line(state, input, now)
            }
        }
    }

    /// Between mails, and not yet at the end.
    fn idle(&self) -> bool {
        !self.at_work() && !matches!(self.state, State::End)
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::End)
    }

    fn say(&mut self, reply: &'static Reply) {
        reply.write(&mut self.out);
        if reply.code >= 400 && self.refusals.len() < REFUSALS_MAX {
            self.refusals.push(reply);
        }
    }

    /// By which door the peer came.
    pub fn listener(&self) -> Listener {
        self.config.listener
    }

    /// What was answered with 4xx or 5xx since this was last asked, for counting.
    pub fn take_refusals(&mut self) -> Vec<&'static Reply> {
        std::mem::take(&mut self.refusals)
    }

    fn hang_up(&mut self, reply: &'static Reply) {
        self.say(reply);
        self.state = State::End;
    }
}

impl State {
    fn at_work(&self) -> bool {
        match self {
            Self::Hello | Self::Mail(_) | Self::End => false,
            Self::Chunk(_, before) => before.at_work(),
            Self::Room(..) | Self::Rcpt(..) | Self::Data(..) | Self::Verdict(..) => true,
            Self::Dot(_) | Self::HandOver(_) | Self::Taking(..) => true,
        }
    }

    /// A transaction with one recipient more or less asked about.
    fn reopened(envelope: Envelope, size: u64) -> Self {
        if envelope.recipients.is_empty() { Self::Rcpt(Opened(envelope), size) } else { Self::Data(envelope, size) }
    }
}

impl Caller {
    /// Who called, when its mail is settled. What it said of that mail is forgotten.
    fn of(envelope: Envelope) -> Self {
        Self { name: envelope.hello, forwarded: Forwarded::default() }
    }
}

/// What we say to a question answered with no. An answer that does not fit its question is a fault of ours, so it
/// means "later" to the peer.
fn refusal(verdict: &Verdict) -> &'static Reply {
    match verdict {
        Verdict::Unknown => &reply::NO_SUCH_USER,
        Verdict::Inactive => &reply::INACTIVE,
        Verdict::NoRoom => &reply::NO_ROOM,
        Verdict::Unavailable | Verdict::Accept | Verdict::Taken(_) => &reply::UNAVAILABLE,
    }
}
