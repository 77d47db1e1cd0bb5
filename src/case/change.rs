//! What a decision writes: one [`Change`], made true as a whole or not at all.

use serde::{Deserialize, Serialize};

use super::event::Entry;
use super::model::Case;
use super::view::{CounterKey, Deadline, KnownKey, LeadKey};
use crate::address::Address;
use crate::directory::event::DirectoryEntry;
pub use crate::id::LetterId;
use crate::id::{CaseId, CategoryId, EntryNo, LeaseId, UserId};
use crate::mail::same::Sameness;
use crate::time::Timestamp;

/// Most mails kept under one Message-ID of one customer: the first, which others may imitate, and the newest ones.
pub const SEEN_PER_ID_MAX: usize = 16;
/// Most cases that one lead leads to, the newest ones.
pub const CASES_PER_LEAD_MAX: usize = 8;

/// As what a mail came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecipientClass {
    /// To a shared address.
    Intake,
    /// To a reply or return token.
    Token,
    /// To `address+call`.
    Call,
    /// To the control address.
    Control,
}

/// A mail that is on a case, as far as telling a second copy needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenMail {
    /// As what it came in.
    pub class: RecipientClass,
    /// Where it is.
    pub case: CaseId,
    /// On which entry.
    pub entry: EntryNo,
    /// It went through a public list: its id names no case.
    pub public: bool,
    /// It was held, and nothing of it done: a copy that proves more is still to be carried out.
    pub held: bool,
    /// Its fingerprints.
    pub sameness: Sameness,
}

/// Most entries of one case that a digest tells, the latest.
pub const GATHERED_ENTRIES_MAX: usize = 3;

/// What happened on a case and a user has not been told of: their next digest tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// The case.
    pub case: CaseId,
    /// The latest entries that the user was not told of, at most [`GATHERED_ENTRIES_MAX`], oldest first.
    pub latest: Vec<EntryNo>,
    /// How many there are.
    pub count: u32,
}

impl Gathered {
    /// One entry, or one more beside what there is.
    pub fn with(before: Option<Self>, case: CaseId, entry: EntryNo) -> Self {
        let mut gathered = before.unwrap_or(Self { case, latest: Vec::new(), count: 0 });
        gathered.latest.push(entry);
        gathered.latest.drain(..gathered.latest.len().saturating_sub(GATHERED_ENTRIES_MAX));
        gathered.count = gathered.count.saturating_add(1);
        gathered
    }
}

/// Whom a letter is for. A user's address is looked up when the letter leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum To {
    /// A registered user.
    User(UserId),
    /// An outside person.
    Outside(Address),
}

/// What sort of letter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// A user's answer to the contact.
    Answer,
    /// "We have your mail", to the contact.
    Acknowledgement,
    /// What happened, to a user.
    Notification,
    /// What became of a user's own mail: refused commands, held answers.
    Receipt,
    /// What happened since the last one, to a user who wants it told together.
    Digest,
}

impl LetterKind {
    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Acknowledgement => "acknowledgement",
            Self::Notification => "notification",
            Self::Receipt => "receipt",
            Self::Digest => "digest",
        }
    }

    /// Does it go to outside people?
    pub const fn leaves_the_house(self) -> bool {
        matches!(self, Self::Answer | Self::Acknowledgement)
    }
}

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterState {
    /// Is sent at `Letter::next_try`.
    Queued,
    /// Stopped by the last look; an operator decides.
    Stopped,
}

/// One mail to be sent: what, to whom, when. Gone from the queue when every recipient is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Case, entry and copy number; its Message-ID follows from them.
    pub id: LetterId,
    /// What sort.
    pub kind: LetterKind,
    /// The category that it is sent from.
    pub category: CategoryId,
    /// Who has still to get it.
    pub to: Vec<To>,
    /// When it was decided.
    pub created: Timestamp,
    /// Where it stands.
    pub state: LetterState,
    /// When it is tried next.
    pub next_try: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// The lease in force, when somebody is trying it.
    pub lease: Option<LeaseId>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// A new case.
    New,
    /// An entry on a case.
    Added,
    /// An entry on a case that was settled and is open again.
    Reopened,
    /// A new case, possibly related to one that it named.
    Linked,
    /// It was there already.
    Duplicate,
    /// On a case, but nothing of it done.
    Held,
    /// On a case of the site's quarantine.
    Quarantined,
}

impl Became {
    /// The word in replies, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Added => "added",
            Self::Reopened => "reopened",
            Self::Linked => "linked",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Quarantined => "quarantined",
        }
    }
}

/// What became of a mail for one recipient, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What.
    pub became: Became,
    /// Where.
    pub case: CaseId,
}

/// What the one who brought the trigger is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// For a mail: one for each recipient of its envelope, in order.
    pub outcomes: Vec<Outcome>,
    /// For a directory change or an operator's verb: why it was not done.
    pub refused: Option<String>,
}

/// What one trigger does to one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseChange {
    /// The case after the entry; its number is new exactly if the entry's number is 1.
    pub case: Case,
    /// The entry to append.
    pub entry: Entry,
}

/// What one trigger does. The store commits it whole, with the raw mail that came with it, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What the one who brought it is told.
    pub receipt: Receipt,
    /// Cases and their new entries; each case at most once.
    pub cases: Vec<CaseChange>,
    /// Mails to know again. Under one key at most [`SEEN_PER_ID_MAX`] are kept.
    pub seen: Vec<(KnownKey, SeenMail)>,
    /// What leads to a case from now on. Under one key at most [`CASES_PER_LEAD_MAX`] are kept.
    pub leads: Vec<(LeadKey, CaseId)>,
    /// Letters new or changed.
    pub letters: Vec<Letter>,
    /// Letters that leave the queue.
    pub letters_done: Vec<LetterId>,
    /// Deadlines to keep.
    pub deadlines_set: Vec<Deadline>,
    /// Deadlines to forget.
    pub deadlines_cleared: Vec<Deadline>,
    /// Events of the directory.
    pub directory: Vec<DirectoryEntry>,
    /// Counters to raise by one.
    pub counters: Vec<CounterKey>,
    /// Users for whom nothing that was gathered so far is still to be told.
    pub gathered_told: Vec<UserId>,
    /// Entries that users are told of by their next digest. Put down after what was told is forgotten.
    pub gathered: Vec<(UserId, CaseId, EntryNo)>,
}

impl Change {
    /// Nothing at all is to be written.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
            && self.seen.is_empty()
            && self.leads.is_empty()
            && self.letters.is_empty()
            && self.letters_done.is_empty()
            && self.deadlines_set.is_empty()
            && self.deadlines_cleared.is_empty()
            && self.directory.is_empty()
            && self.counters.is_empty()
            && self.gathered_told.is_empty()
            && self.gathered.is_empty()
    }
}
