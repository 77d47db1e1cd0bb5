//! The four doors: what henvend needs of the world outside, as traits that tests can stand behind too.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::address::{Address, ReversePath};
use crate::case::change::{Change, Letter, Receipt};
use crate::case::event::{Entry, RawRef};
use crate::case::model::{Case, Status};
use crate::case::view::{Deadline, Keys, View};
use crate::directory::event::DirectoryEntry;
use crate::directory::model::Directory;
use crate::envelope::{Envelope, RawMail};
use crate::id::{CaseId, CategoryId, EntryNo, LetterId, NodeId, Version};
use crate::mail::Mail;
use crate::time::Timestamp;
use crate::verify::Evidence;

/// A boxed future: one allocation per call through a door costs nothing beside what stands behind it.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A pure decision. It may be run more than once; only its last `Change` counts.
pub type Decide = Box<dyn FnMut(&View) -> Change + Send>;

/// What the caller of the store can do about a failure.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// Nothing was written; try again later. Disk full, write error, shutting down.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// A decision ended in a panic: nothing was written, and the same question would end in the same way.
    #[error("nothing was decided: {0}")]
    Undecided(String),
    /// What is on disk contradicts itself; stop and look.
    #[error("store corrupt: {0}")]
    Corrupt(String),
    /// Written by a newer henvend, or not by henvend.
    #[error("not our store: {0}")]
    Foreign(String),
    /// A sync failed: what is on disk is not known. The process must end and start anew.
    #[error("store sync failed: {0}")]
    SyncFailed(String),
}

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Cases, newest number first.
    Cases(CaseQuery),
    /// Entries of one case, oldest first, beginning at `from`.
    Journal { case: CaseId, from: EntryNo, max: usize },
    /// Cases below `before` in whose title, people and texts all of these words begin a word, newest number first.
    Search { words: String, before: Option<CaseId>, max: usize },
    /// Letters in the queue, by case, entry and copy, after `after`.
    Letters { after: Option<LetterId>, max: usize },
    /// Events of the directory, oldest first, beginning with number `from` (the first has number 1).
    DirectoryHistory { from: Version, max: usize },
}

/// Which cases to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Only with one of these; empty: any.
    pub statuses: Vec<Status>,
    /// Only of this category.
    pub category: Option<CategoryId>,
    /// Only numbers below this one.
    pub before: Option<CaseId>,
    /// At most so many.
    pub max: usize,
}

impl CaseQuery {
    /// Is this a case that is asked for?
    pub fn wants(&self, case: &Case) -> bool {
        let status = self.statuses.is_empty() || self.statuses.contains(&case.status);
        let older = self.before.is_none_or(|before| case.id < before);
        status && older && self.category.is_none_or(|category| category == case.category)
    }
}

/// A page of what was asked for; a full page may be followed by more.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// Of [`Query::Cases`] and [`Query::Search`]. There may be more below the number `below`: the page was full, or it
    /// was long enough looked for; without one, that is all.
    Cases { cases: Vec<Case>, below: Option<CaseId> },
    /// Of [`Query::Journal`].
    Journal(Vec<Entry>),
    /// Of [`Query::Letters`].
    Letters(Vec<Letter>),
    /// Of [`Query::DirectoryHistory`].
    DirectoryHistory(Vec<DirectoryEntry>),
}

/// The durable truth. What every backend must keep is written as tests in `tests/it/kit/promise.rs`.
pub trait Store: Send + Sync {
    /// The only write. Puts the raw mail where it will survive, runs `decide` on a view of `keys` that is true at the
    /// moment of commit, and commits the one change whole. When this answers `Ok`, all of it is on disk.
    fn transact(&self, raw: Option<RawMail>, keys: Keys, decide: Decide) -> Answer<'_, Result<Receipt, StoreError>>;

    /// The view that a decision would get now. Reads only.
    fn peek(&self, keys: Keys) -> Answer<'_, Result<View, StoreError>>;

    /// One case as it stands.
    fn case(&self, id: CaseId) -> Answer<'_, Result<Option<Case>, StoreError>>;

    /// The directory as it stands.
    fn directory(&self) -> Arc<Directory>;

    /// One page of a listing.
    fn page(&self, query: Query) -> Answer<'_, Result<Page, StoreError>>;

    /// The bytes of a raw mail, checked against their hash.
    fn raw(&self, mail: RawRef) -> Answer<'_, Result<Bytes, StoreError>>;

    /// Deadlines that have come, earliest first, and when the next one comes.
    fn due(&self, now: Timestamp, max: usize) -> Answer<'_, Result<Due<Deadline>, StoreError>>;

    /// Takes up to `max` queued letters whose time has come, so that no other lease of them holds before `until`.
    fn lease(
        &self,
        node: NodeId,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Answer<'_, Result<Due<Letter>, StoreError>>;

    /// Can a mail be taken now? Also woken by this: [`Store::changed`].
    fn health(&self) -> Result<(), StoreError>;

    /// Told each time a commit brought letters or deadlines, so that nobody has to poll.
    fn changed(&self) -> Arc<tokio::sync::Notify>;
}

/// What is due, and when to look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due<T> {
    /// Due now.
    pub items: Vec<T>,
    /// When the next one that is not among `items` comes; `None`: nothing waits.
    pub next: Option<Timestamp>,
}

/// A composed mail on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where failures are reported.
    pub reverse_path: ReversePath,
    /// Who has still to get it, at least one.
    pub recipients: Vec<Address>,
    /// The mail: CRLF line ends, not dot-stuffed.
    pub data: Bytes,
    /// `ENVID` for the smarthost, when it offers DSN.
    pub envelope_id: String,
}

/// The smarthost's word on one recipient.
pub use crate::case::trigger::Handover;

/// Why a whole attempt failed, before or without a word on each recipient.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SendFailure {
    /// Try again later.
    #[error("{0}")]
    Temporary(String),
    /// Trying again will not help.
    #[error("{detail}")]
    Permanent { status: Option<String>, detail: String },
    /// The reply to the final dot was lost: it may have been taken (RFC 1047).
    #[error("no reply after the final dot: {0}")]
    Unknown(String),
}

/// A mail server that was greeted, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeted {
    /// Where it is.
    pub host: String,
    /// In words; `None`: all is as it is configured.
    pub trouble: Option<String>,
}

/// The way out.
pub trait Transport: Send + Sync {
    /// Tries one mail once. On `Ok`, one word for each recipient, in order.
    fn send(&self, mail: Outgoing) -> Answer<'_, Result<Vec<Handover>, SendFailure>>;

    /// Says hello to each server there is, with TLS and login as for a mail, and sends none.
    fn greet(&self) -> Answer<'_, Vec<Greeted>> {
        Box::pin(async { Vec::new() })
    }
}

/// Own checks of where a mail comes from.
pub trait Authenticator: Send + Sync {
    /// Gathers what can be found out under one deadline. Trouble lowers what is found, nothing more.
    fn gather<'a>(&'a self, envelope: &'a Envelope, mail: &'a Mail, raw: &'a RawMail) -> Answer<'a, Evidence>;
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Timestamp;

    /// Waits until `deadline`; at once if it has passed.
    fn sleep_until(&self, deadline: Timestamp) -> Answer<'_, ()>;

    /// Waits for so long.
    fn sleep(&self, duration: Duration) -> Answer<'_, ()> {
        self.sleep_until(self.now().plus(duration))
    }
}

/// What a session asks about a recipient. Asking has no side effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecipientVerdict {
    /// Somebody here takes it.
    Accept,
    /// Nobody here has this address (550 5.1.1).
    Unknown,
    /// Its category or customer is inactive (550 5.2.1).
    Inactive,
    /// We cannot tell now (451 4.3.0).
    Unavailable,
}

/// A mail by which an operator tries the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeMail {
    /// By this its outcome is asked for.
    pub number: u32,
    /// For whom it is. The address counts for one mail, and for a short time.
    pub to: Address,
    /// The mail, with CRLF line ends.
    pub mail: String,
}

/// What became of a mail by which the way in is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeState {
    /// There is no such probe, or it was long ago.
    Unknown,
    /// It has not come yet.
    Awaited,
    /// It has.
    Arrived {
        /// What it claimed of its sender was taken for true.
        believed: bool,
        /// The claim was still there.
        came_along: bool,
    },
}

/// What the network side needs of the house: who lives here, take this, and what became of a probe.
pub trait Reception: Send + Sync {
    /// Does somebody here take mail for this address?
    fn recipient(&self, address: &Address) -> RecipientVerdict;

    /// Is there room on disk for a mail of this size, with reserve (452 4.3.1 otherwise)?
    fn has_room(&self, bytes: u64) -> bool;

    /// Takes a mail. `Ok` means that it is on a case, on disk: one outcome for each recipient of the envelope. A probe
    /// alone is kept nowhere and has none.
    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>>;

    /// A mail for trying the way in; `None`: it cannot be tried.
    fn probe(&self) -> Option<ProbeMail> {
        None
    }

    /// What became of it.
    fn probed(&self, _number: u32) -> ProbeState {
        ProbeState::Unknown
    }
}
