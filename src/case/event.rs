//! All that can happen to a case, and the journal entries that hold it.

use serde::{Deserialize, Serialize};

use super::change::Gathered;
use super::command::LineVerdict;
use super::errand::Errand;
use super::held::{Held, HeldReason};
use super::model::{Channel, Party, Priority, Status};
use crate::address::{Address, Mailbox};
use crate::id::{CaseId, CategoryId, CustomerId, EntryNo, MailId, UserId};
use crate::mail::{Kind, MessageId, ReportState};
use crate::time::Timestamp;
use crate::verify::Ignored;

/// Who caused an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// An outside person, as the mail's header has it.
    Outside(Address),
    /// A proven user.
    User(UserId),
    /// henvend itself: a deadline, a delivery.
    System,
    /// Somebody on the command line.
    Operator(String),
}

/// Where a raw mail lies. The place is the store's own matter; the id tells what must be found there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawRef {
    /// Hash of the raw bytes.
    pub id: MailId,
    /// Where the store put them.
    pub place: u64,
    /// How many bytes the mail has.
    pub bytes: u64,
}

/// What the journal keeps of a mail. Its text is read from the raw mail when it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailEntry {
    /// The raw mail.
    pub raw: RawRef,
    /// Its Message-ID, when it has one.
    pub message_id: Option<MessageId>,
    /// Its From, when it has exactly one.
    pub from: Option<Mailbox>,
    /// Its decoded subject.
    pub subject: String,
    /// Its kind.
    pub kind: Kind,
    /// How many attachments.
    pub attachments: u16,
    /// Placed by the tag alone, and nothing proves its sender.
    pub unproven: bool,
    /// Its writer is not part of the case: shown to agents, nothing is sent to them.
    pub outsider: bool,
    /// It could not or must not be read: nobody reads it again.
    pub unread: bool,
}

/// A sign by which a mail names a case, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Our reply or return token in the recipient.
    ReplyToken,
    /// Our own signed Message-ID.
    SignedId,
    /// A Message-ID that is on a case.
    KnownId,
    /// Outlook's Thread-Index.
    ThreadIndex,
    /// The tag in the subject.
    SubjectTag,
    /// The tag in the body.
    BodyTag,
    /// Nothing named a case.
    None,
}

impl Signal {
    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReplyToken => "reply_token",
            Self::SignedId => "signed_id",
            Self::KnownId => "known_id",
            Self::ThreadIndex => "thread_index",
            Self::SubjectTag => "subject_tag",
            Self::BodyTag => "body_tag",
            Self::None => "none",
        }
    }
}

/// A case that a mail named, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The case named.
    pub case: CaseId,
    /// By what.
    pub signal: Signal,
    /// Did it pass its conditions?
    pub accepted: bool,
    /// Why, in one clause.
    pub reason: String,
}

/// Why a mail was placed where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The signal that won.
    pub decided_by: Signal,
    /// All that were tried, in order.
    pub candidates: Vec<Candidate>,
}

/// All that can happen to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseEvent {
    /// It came to be. Always a journal's first event.
    CaseOpened {
        customer: CustomerId,
        category: CategoryId,
        title: String,
        channel: Channel,
        contact: Option<Party>,
        participants: Vec<Party>,
    },
    /// An outside person's mail, or one that nobody could be proven for.
    MailReceived { mail: MailEntry },
    /// Our own mail come back: kept, and nothing more.
    OwnMailReturned { mail: MailEntry },
    /// A proven user's answer; it goes to the case's outside people.
    AnswerWritten { mail: MailEntry, sent_as: MessageId },
    /// A proven user's note; it stays inside.
    NoteWritten { mail: MailEntry },
    /// A proven user's commands without text.
    CommandsGiven { mail: MailEntry },
    /// A mail in a user's name that was not proven enough; nothing of it was done or sent.
    MailHeld { mail: MailEntry, user: UserId, reason: HeldReason },
    /// A user's commands that could not be carried out; nothing of the mail was done or sent.
    CommandsRefused { mail: MailEntry, user: UserId, verdicts: Vec<LineVerdict> },
    /// Another copy, to another address of the same customer.
    CopyReceived { category: CategoryId },
    /// Somebody has it now, or nobody.
    CaseAssigned { owner: Option<UserId> },
    /// It stands elsewhere now.
    StatusChanged { from: Status, to: Status },
    /// It waits until then; `None`: for the contact.
    WaitingSet { until: Option<Timestamp> },
    /// The time it waited for has come.
    WaitEnded,
    /// Its urgency is another.
    PriorityChanged { to: Priority },
    /// Another category watches it.
    CategoryWatches { category: CategoryId },
    /// Another case may be about the same.
    CaseLinked { case: CaseId },
    /// An outside person became part of it.
    ParticipantAdded { party: Party },
    /// The contact has had (or will have) an acknowledgement.
    Acknowledged { sent_as: MessageId, subject: AckSubject },
    /// An acknowledgement was due and not sent.
    AcknowledgementWithheld { reason: AckWithheld },
    /// A mail of ours did not arrive, by a report or by the smarthost's word.
    DeliveryFailed { entry: EntryNo, recipient: String, status: Option<String>, detail: String },
    /// A delivery report about one of our mails.
    ReportReceived { mail: MailEntry, about: EntryNo, state: ReportState },
    /// A letter was not sent because it still held something internal.
    LetterStopped { entry: EntryNo, what: String },
    /// A user's mail waits: it is carried out later, or only when its writer says so.
    WorkHeld { held: Box<Held> },
    /// What this entry held was carried out, by this entry.
    HeldReleased { entry: EntryNo },
    /// What this entry held is not to be carried out: its writer says so, or wrote it anew.
    HeldDropped { entry: EntryNo },
    /// What this entry held went back to its writer: the time for saying what shall become of it is over.
    HeldReturned { entry: EntryNo },
    /// It belongs to another category now.
    CategoryChanged { from: CategoryId, to: CategoryId },
    /// It is called something else.
    TitleChanged { to: String },
    /// An outside person is no longer part of it.
    ParticipantRemoved { address: Address },
    /// The one it is for is another.
    ContactChanged { party: Party },
    /// A user is told of it from now on, without having it.
    WatcherAdded { user: UserId },
    /// A user is no longer told of it.
    WatcherRemoved { user: UserId },
    /// A user spent time on it.
    TimeSpent { minutes: u32 },
    /// A user spoke with somebody on the telephone; the entry's note tells what about.
    CallMade { number: Option<String> },
    /// It is part of another case now.
    CaseMerged { into: CaseId },
    /// Another case became part of it.
    CaseAbsorbed { case: CaseId },
    /// A case that had become part of it is on its own again.
    CaseReleased { case: CaseId },
    /// A mail of this case was moved to another.
    MailMoved { entry: EntryNo, to: CaseId },
    /// A mail that came to another case was moved here.
    MailTaken { mail: MailEntry, from: CaseId, entry: EntryNo },
    /// The user asked how it stands.
    ShowAsked,
    /// The user asked what happened.
    HistoryAsked,
    /// The user asked what can be said.
    HelpAsked,
    /// A proven user's errands that are about no case; the case that they opened.
    ErrandsGiven { mail: MailEntry, errands: Vec<Errand>, opened: Option<CaseId> },
    /// What this entry's held mail wants, when the user confirms it.
    ErrandsHeld { errands: Vec<Errand> },
    /// A mail that a proven user passed on; its inner writer is the contact.
    MailForwarded { mail: MailEntry },
    /// This user's tokens on this case about entries up to `until` prove nothing from now on.
    TokensRevoked { user: UserId, until: EntryNo },
    /// What the mail brought along about its own way in, and was not believed.
    ResultsIgnored { reasons: Vec<Ignored> },
    /// Users who get a mail about this entry, each with the number of the copy that is theirs.
    UsersTold { letters: Vec<(UserId, u16)> },
    /// Whoever has it from now on is away until then.
    OwnerAway { user: UserId, until: Timestamp },
    /// What was gathered for a user is told by this entry; so many more cases there were.
    DigestMade { told: Vec<Gathered>, more: u32 },
    /// What this entry was told a user by did not arrive.
    UserUnreached { user: UserId, entry: EntryNo },
    /// Mail to a user is paused, because of this; in these categories nobody is told of anything now.
    MailPaused { user: UserId, why: String, alone: Vec<CategoryId> },
    /// Mail to a user is no longer paused, after it was since then.
    MailResumed { user: UserId, since: Timestamp },
    /// Mail to whoever has it from now on is paused.
    OwnerUnreached { user: UserId },
    /// The mail that opened it came through a web form: the contact is whom its Reply-To names, not its From.
    ContactFromReplyTo,
    /// A text stood below a word that was carried out, and went to nobody.
    TextUnsent,
    /// Who has it from now on got it from this user, who did not pass it on.
    TakenOver { from: UserId },
    /// An answer has not left for so long that its writer is told.
    AnswerDelayed { entry: EntryNo, recipients: Vec<String>, detail: String },
    /// The user is told of no more mails that were held, today.
    ToldEnough { user: UserId },
}

/// What an acknowledgement may say of the mail's subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AckSubject {
    /// The sender is verified: they get their own subject back.
    Own,
    /// Anybody may have written it: nothing of it is sent to the alleged sender.
    Neutral,
}

/// Why an acknowledgement was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckWithheld {
    /// The mail is not a person's, or has no sender to answer.
    NotAPerson,
    /// The category does not acknowledge.
    SwitchedOff,
    /// The sender has had enough of them today.
    SenderBudget,
    /// The category has sent enough this minute.
    CategoryBudget,
    /// All together have sent enough this minute.
    SiteBudget,
    /// Nothing verifies the sender, and the site wants that.
    Unverified,
}

impl AckWithheld {
    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAPerson => "not_a_person",
            Self::SwitchedOff => "switched_off",
            Self::SenderBudget => "sender_budget",
            Self::CategoryBudget => "category_budget",
            Self::SiteBudget => "site_budget",
            Self::Unverified => "unverified",
        }
    }
}

/// One entry of a journal: what one cause did to one case. Never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the journal.
    pub no: EntryNo,
    /// When it was decided.
    pub at: Timestamp,
    /// Who caused it.
    pub by: Actor,
    /// Why the mail was placed here, when it is a mail.
    pub placed: Option<Placed>,
    /// What happened, in order.
    pub events: Vec<CaseEvent>,
}

impl Entry {
    /// Does its text tell how an inquiry goes?
    pub fn is_talk(&self) -> bool {
        self.events.iter().any(|event| {
            matches!(
                event,
                CaseEvent::MailReceived { .. }
                    | CaseEvent::MailTaken { .. }
                    | CaseEvent::MailForwarded { .. }
                    | CaseEvent::AnswerWritten { .. }
                    | CaseEvent::NoteWritten { .. }
            )
        })
    }

    /// Is it a mail that came to another case first? A user put it here; somebody else wrote it.
    pub fn moved_here(&self) -> bool {
        self.events.iter().any(|event| matches!(event, CaseEvent::MailTaken { .. }))
    }

    /// The mail that this entry is about, when there is one: what waits, before the word on it.
    pub fn mail(&self) -> Option<&MailEntry> {
        let waits = self.events.iter().find(|event| matches!(event, CaseEvent::WorkHeld { .. }));
        waits.and_then(CaseEvent::mail).or_else(|| self.events.iter().find_map(CaseEvent::mail))
    }

    /// The one From address of that mail.
    pub fn from(&self) -> Option<&Address> {
        self.mail()?.from.as_ref().map(|from| &from.address)
    }

    /// The copies of what this entry sent that went to this user.
    pub fn copies_to(&self, user: UserId) -> impl Iterator<Item = u16> {
        let told = self.events.iter().filter_map(|event| match event {
            CaseEvent::UsersTold { letters } => Some(letters),
            _ => None,
        });
        told.flatten().filter(move |(of, _)| *of == user).map(|(_, copy)| *copy)
    }

    /// Cases that share people or mails with this one by it.
    pub fn related(&self) -> impl Iterator<Item = CaseId> {
        self.events.iter().filter_map(|event| match event {
            CaseEvent::CaseAbsorbed { case: other }
            | CaseEvent::CaseReleased { case: other }
            | CaseEvent::CaseMerged { into: other }
            | CaseEvent::MailTaken { from: other, .. }
            | CaseEvent::MailMoved { to: other, .. } => Some(*other),
            _ => None,
        })
    }

    /// Cases that became part of this one by it.
    pub fn absorbed(&self) -> impl Iterator<Item = CaseId> {
        self.events.iter().filter_map(|event| match event {
            CaseEvent::CaseAbsorbed { case } => Some(*case),
            _ => None,
        })
    }

    /// Did a word that confirms what waits lead here? It stands behind that.
    pub fn is_by_word(&self) -> bool {
        let behind = self.events.iter().skip_while(|event| !matches!(event, CaseEvent::WorkHeld { .. }));
        behind.into_iter().any(|event| matches!(event, CaseEvent::CommandsGiven { .. }))
    }
}

impl CaseEvent {
    /// What a held mail wants.
    pub fn errands_held(&self) -> Option<&[Errand]> {
        if let Self::ErrandsHeld { errands } = self { Some(errands) } else { None }
    }

    /// Does it change who gets answers, or settle the case? Who answers something older has to know.
    pub const fn turns(&self) -> bool {
        matches!(
            self,
            Self::ParticipantAdded { .. }
                | Self::ParticipantRemoved { .. }
                | Self::ContactChanged { .. }
                | Self::StatusChanged { to: Status::Resolved | Status::Closed | Status::Spam, .. }
        )
    }

    /// The mail that this event is about, when there is one.
    pub fn mail(&self) -> Option<&MailEntry> {
        match self {
            Self::MailReceived { mail }
            | Self::OwnMailReturned { mail }
            | Self::AnswerWritten { mail, .. }
            | Self::NoteWritten { mail }
            | Self::CommandsGiven { mail }
            | Self::MailHeld { mail, .. }
            | Self::CommandsRefused { mail, .. }
            | Self::ReportReceived { mail, .. }
            | Self::MailTaken { mail, .. }
            | Self::ErrandsGiven { mail, .. }
            | Self::MailForwarded { mail } => Some(mail),
            Self::WorkHeld { held } => Some(&held.mail),
            Self::CaseOpened { .. }
            | Self::CopyReceived { .. }
            | Self::CaseAssigned { .. }
            | Self::StatusChanged { .. }
            | Self::WaitingSet { .. }
            | Self::WaitEnded
            | Self::PriorityChanged { .. }
            | Self::CategoryWatches { .. }
            | Self::CaseLinked { .. }
            | Self::ParticipantAdded { .. }
            | Self::Acknowledged { .. }
            | Self::AcknowledgementWithheld { .. }
            | Self::DeliveryFailed { .. }
            | Self::LetterStopped { .. }
            | Self::HeldReleased { .. }
            | Self::HeldDropped { .. }
            | Self::HeldReturned { .. }
            | Self::CategoryChanged { .. }
            | Self::TitleChanged { .. }
            | Self::ParticipantRemoved { .. }
            | Self::ContactChanged { .. }
            | Self::WatcherAdded { .. }
            | Self::WatcherRemoved { .. }
            | Self::TimeSpent { .. }
            | Self::CallMade { .. }
            | Self::CaseMerged { .. }
            | Self::CaseAbsorbed { .. }
            | Self::CaseReleased { .. }
            | Self::MailMoved { .. }
            | Self::ShowAsked
            | Self::HistoryAsked
            | Self::HelpAsked
            | Self::ErrandsHeld { .. }
            | Self::TokensRevoked { .. }
            | Self::ResultsIgnored { .. }
            | Self::UsersTold { .. }
            | Self::OwnerAway { .. }
            | Self::DigestMade { .. }
            | Self::UserUnreached { .. }
            | Self::MailPaused { .. }
            | Self::MailResumed { .. }
            | Self::OwnerUnreached { .. }
            | Self::ContactFromReplyTo
            | Self::TextUnsent
            | Self::TakenOver { .. }
            | Self::AnswerDelayed { .. }
            | Self::ToldEnough { .. } => None,
        }
    }
}
