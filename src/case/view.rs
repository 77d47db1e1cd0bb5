//! What a decision reads: asked for by [`Keys`], given as [`View`], true at the moment of commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::{Gathered, Letter, LetterId, SeenMail};
use super::event::{CaseEvent, Entry, RawRef};
use super::model::Case;
use crate::directory::model::{Directory, SITE};
use crate::id::{CaseId, CustomerId, EntryNo, UserId};
use crate::mail::MessageId;
use crate::time::Timestamp;

/// Most keys of each sort that are looked at; of those that a trigger asks for beyond, nothing is known.
pub const KEYS_MAX: usize = 256;

/// Under what a mail is known: its customer and a hash of its Message-ID (or of its content, when it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KnownKey {
    /// Ids of one customer are never looked up for another.
    pub customer: CustomerId,
    /// 128 bits of BLAKE3.
    pub hash: [u8; 16],
}

impl KnownKey {
    /// The key of this Message-ID at this customer. Letter case does not count: mailers and gateways change it, and no
    /// two mails differ by it alone.
    pub fn of(customer: CustomerId, id: &MessageId) -> Self {
        Self { customer, hash: short(&blake3::hash(id.as_str().to_ascii_lowercase().as_bytes())) }
    }

    /// The key under which a user's case for what is about no case is found. No id that a mail names hashes to it.
    pub fn control(user: UserId) -> Self {
        let hash = blake3::derive_key("henvend 2026 control case of a user", &user.get().to_be_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Self { customer: SITE, hash: first }
    }
}

/// By what a mail is led to a case that does not hold a mail with an id that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lead {
    /// Outlook's number for a conversation, with its topic.
    Conversation,
    /// An id that a mail on the case names, though no mail with it has come.
    Awaited,
    /// A tag that the case's first mail carried: another system's, or one of ours that its writer has no part in.
    Tag,
    /// The same writer and the same subject. Suggests, never decides.
    Again,
}

/// A lead at one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeadKey {
    /// Leads of one customer are never followed for another.
    pub customer: CustomerId,
    /// 128 bits of BLAKE3.
    pub hash: [u8; 16],
}

impl LeadKey {
    /// The key of what leads, in one or more parts.
    pub fn of(customer: CustomerId, lead: Lead, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(match lead {
            Lead::Conversation => b"conversation",
            Lead::Awaited => b"awaited",
            Lead::Tag => b"tag",
            Lead::Again => b"again",
        });
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self { customer, hash: short(&hasher.finalize()) }
    }

    /// The same, beside the keys of the same `time`, which is any three bytes that grow with it: what belongs to one
    /// time lies together in the store, so that writing it touches few pages, and old ones never again.
    pub fn in_time(self, time: [u8; 3]) -> Self {
        let mut hash = self.hash;
        hash[..3].copy_from_slice(&time);
        Self { hash, ..self }
    }
}

fn short(hash: &blake3::Hash) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_bytes()[..16]);
    first
}

/// A counter that ends: how many acknowledgements, to whom, until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CounterKey {
    /// When the counter no longer matters and may be deleted.
    pub until: Timestamp,
    /// 128 bits of BLAKE3 over what is counted.
    pub of: [u8; 16],
}

/// Something that is due at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// On which case.
    pub case: CaseId,
    /// What.
    pub kind: DeadlineKind,
}

/// What a deadline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeadlineKind {
    /// The case no longer waits.
    WaitEnds,
    /// A user's mail no longer waits.
    HeldEnds,
    /// The user whose case for what is about no case this is, is to be told what was gathered.
    DigestDue,
    /// The user because of whom the operators were given this case gets mail again.
    MailResumes,
}

/// What a trigger wants to know before it is decided, of each sort the most important first: at most [`KEYS_MAX`] are
/// looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Mails that may be known. Their cases are loaded with them.
    pub known: Vec<KnownKey>,
    /// What may lead to cases. They are loaded with it.
    pub leads: Vec<LeadKey>,
    /// Cases named by number.
    pub cases: Vec<CaseId>,
    /// Letters.
    pub letters: Vec<LetterId>,
    /// Counters.
    pub counters: Vec<CounterKey>,
    /// Entries of journals. Where a mail was moved there, those by which it came before are loaded with them, and their
    /// cases.
    pub entries: Vec<(CaseId, EntryNo)>,
    /// Users who are to be told what was gathered for them.
    pub gathered: Vec<UserId>,
}

/// What the store knows of the keys asked for. Cases include the targets of merged ones.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The whole directory.
    pub directory: Arc<Directory>,
    /// The number that the next case will have.
    pub next_case: CaseId,
    /// Where the store put the raw mail that came with the trigger.
    pub raw: Option<RawRef>,
    /// Known mails, in the order of their arrival.
    pub known: HashMap<KnownKey, Vec<SeenMail>>,
    /// Where leads lead, the newest case last.
    pub leads: HashMap<LeadKey, Vec<CaseId>>,
    /// Cases.
    pub cases: BTreeMap<CaseId, Case>,
    /// Letters that are still to be sent.
    pub letters: BTreeMap<LetterId, Letter>,
    /// Counters above zero.
    pub counters: HashMap<CounterKey, u32>,
    /// Entries of journals.
    pub entries: BTreeMap<(CaseId, EntryNo), Entry>,
    /// What was gathered for users, where there is anything.
    pub gathered: HashMap<UserId, Pile>,
}

/// What was gathered for a user, a row for each case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// Of the newest cases, at most [`PILE_MAX`].
    pub cases: Vec<Gathered>,
    /// So many more cases there are.
    pub more: u32,
}

/// Most cases of which is told what was gathered.
pub const PILE_MAX: usize = 100;

impl View {
    /// Where a mail was that came by this entry, and by which entries, as far as it was moved; the latest first.
    pub fn came_by(&self, case: CaseId, entry: EntryNo) -> Vec<(CaseId, EntryNo)> {
        let before = |at: &(CaseId, EntryNo)| self.entries.get(at).and_then(Entry::taken_from);
        std::iter::successors(before(&(case, entry)), before).take(MOVES_MAX).collect()
    }

    /// The case of this number, or the one that it was merged into.
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        use super::model::Status::Merged;
        let mut found = self.cases.get(&id)?;
        for _ in 0..MERGES_MAX {
            match found.status {
                Merged(target) => found = self.cases.get(&target)?,
                _ => return Some(found),
            }
        }
        None
    }
}

impl Entry {
    /// Where the mail that it took was before, and by which entry.
    pub fn taken_from(&self) -> Option<(CaseId, EntryNo)> {
        self.events.iter().find_map(|event| match event {
            CaseEvent::MailTaken { from, entry, .. } => Some((*from, *entry)),
            _ => None,
        })
    }
}

/// Longest chain of merges that is followed.
pub const MERGES_MAX: usize = 16;
/// So many moves of one mail are followed back.
pub const MOVES_MAX: usize = 16;
