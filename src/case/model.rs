//! A case as it stands.

use serde::{Deserialize, Serialize};

use super::held::Held;
use crate::address::Address;
use crate::directory::model::Directory;
use crate::id::{CaseId, CategoryId, CustomerId, EntryNo, UserId};
use crate::mail::MessageId;
use crate::time::Timestamp;

/// Most outside people on one case.
pub const PARTICIPANTS_MAX: usize = 100;
/// Most ids remembered for the References of what a contact receives.
pub const THREAD_IDS_MAX: usize = 10;
/// Most users' mails that wait on one case.
pub const HELD_MAX: usize = 20;
/// Most users of whom it is remembered singly which tokens no longer count; beyond, nobody's of that age do.
pub const REVOKED_MAX: usize = 100;
/// Most moved mails remembered.
pub const MOVED_MAX: usize = 200;

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has done anything yet.
    New,
    /// Somebody works on it.
    Open,
    /// For the contact, or until a date.
    Waiting,
    /// Answered for good, as far as we know.
    Resolved,
    /// Done.
    Closed,
    /// Not an inquiry.
    Spam,
    /// Part of another case now.
    Merged(CaseId),
}

impl Status {
    /// The name used in mails, logs and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Spam => "spam",
            Self::Merged(_) => "merged",
        }
    }

    /// Does somebody still have to do something, now or later?
    pub const fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Waiting)
    }
}

/// How urgent a case is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The ordinary.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// The name used in mails and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

/// By which way the contact turned to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// A telephone call.
    Phone,
}

/// An outside person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As they write their name.
    pub name: Option<String>,
    /// Where they are reached.
    pub address: Address,
}

impl Party {
    /// `Kari Kunde <kari@kunde.example>`, or the address alone.
    pub fn full(&self) -> String {
        self.name.as_ref().map_or_else(|| self.address.to_string(), |name| format!("{name} <{}>", self.address))
    }
}

/// A case as it stands: what replaying its journal gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The category that owns it.
    pub category: CategoryId,
    /// Categories that watch it.
    pub watching: Vec<CategoryId>,
    /// The subject without tags and reply prefixes.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// Who has it.
    pub owner: Option<UserId>,
    /// Since when the owner has it.
    pub owned_since: Option<Timestamp>,
    /// Users told about it besides the owner.
    pub watchers: Vec<UserId>,
    /// How urgent it is.
    pub priority: Priority,
    /// How it came in.
    pub channel: Channel,
    /// Whom it is for.
    pub contact: Option<Party>,
    /// All outside people on it, the contact first.
    pub participants: Vec<Party>,
    /// Cases that may be about the same, shown to agents only.
    pub links: Vec<CaseId>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When anything last happened.
    pub changed: Timestamp,
    /// When it was last resolved or closed; `None` while active.
    pub settled: Option<Timestamp>,
    /// Until when it waits, if until a date.
    pub wait_until: Option<Timestamp>,
    /// The last entry of its journal.
    pub last_entry: EntryNo,
    /// The last mail of an outside person.
    pub last_contact_entry: Option<EntryNo>,
    /// The last answer sent to the contact.
    pub last_answer_entry: Option<EntryNo>,
    /// Ids of mails that the contact has written or received: the first, and the latest ones.
    pub thread_ids: Vec<MessageId>,
    /// The contact has had an acknowledgement.
    pub acknowledged: bool,
    /// Who wrote the last answer.
    pub last_answer_by: Option<UserId>,
    /// Minutes that users say they have spent on it.
    pub minutes: u32,
    /// Users' mails that wait.
    pub held: Vec<Held>,
    /// Mails that were moved to other cases: by which entry they came, and where they are.
    pub moved: Vec<(EntryNo, CaseId)>,
    /// Tokens that no longer count, though their time is not over.
    pub revoked: Vec<Revoked>,
    /// The last entry by which a user changed who gets answers, or settled the case, and that user.
    pub last_turn: Option<(EntryNo, UserId)>,
}

/// Tokens of this case that prove nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Whose; `None`: everybody's.
    pub user: Option<UserId>,
    /// Those about this entry, and about all before.
    pub until: EntryNo,
}

impl Case {
    /// Is this an outside person on the case?
    pub fn has_participant(&self, address: &Address) -> bool {
        self.participants.iter().any(|party| &party.address == address)
    }

    /// Is this the contact's address, or another one of the user who is the contact?
    pub fn is_contacts(&self, directory: &Directory, address: &Address) -> bool {
        self.contact.as_ref().is_some_and(|contact| directory.is_one_user(&contact.address, address))
    }

    /// What came after a user had last looked, and must be known before the user's answer leaves: a mail of the
    /// contact's, or another user's answer. The later of them.
    pub fn overtaken(&self, seen: EntryNo, user: UserId) -> Option<EntryNo> {
        let answered = self.last_answer_entry.filter(|_| self.last_answer_by != Some(user));
        let turn = self.last_turn.filter(|(_, by)| *by != user).map(|(entry, _)| entry);
        [self.last_contact_entry, answered, turn].into_iter().flatten().filter(|entry| *entry > seen).max()
    }

    /// Does this user's token about this entry no longer count?
    pub fn has_revoked(&self, user: UserId, entry: EntryNo) -> bool {
        self.revoked.iter().any(|revoked| revoked.user.is_none_or(|whose| whose == user) && entry <= revoked.until)
    }

    /// Where the mail is now that came by this entry.
    pub fn moved_to(&self, entry: EntryNo) -> Option<CaseId> {
        self.moved.iter().rev().find(|(moved, _)| *moved == entry).map(|(_, to)| *to)
    }

    /// May the settled case still be reopened at `now`, `days` after it was settled?
    pub fn reopens_within(&self, days: u32, now: Timestamp) -> bool {
        self.settled.is_none_or(|settled| now.since(settled) <= crate::time::DAY * days)
    }
}
