//! One of each variant of each stored enum, and what else is stored. No two values beside each other are alike, so
//! that two fields that change places are seen.

use henvend::address::{Address, Mailbox};
use henvend::case::change::{Gathered, LetterKind, LetterState, RecipientClass, To};
use henvend::case::command::{Command, CommandProblem, LineVerdict};
use henvend::case::errand::{Errand, Listed, Opening, OpeningText, Whom};
use henvend::case::event::{AckSubject, AckWithheld, Actor, CaseEvent, MailEntry, RawRef, Signal};
use henvend::case::held::{Content, Held, HeldBack, HeldReason};
use henvend::case::model::{Channel, Party, Priority, Status};
use henvend::case::view::{DeadlineKind, Lead};
use henvend::directory::event::DirectoryEvent;
use henvend::directory::model::{AnswerName, CategorySettings, Language, Role, TagPlace};
use henvend::directory::personal::{Digest, Personal, Quiet, QuietChoice};
use henvend::id::{CaseId, CategoryId, CustomerId, EntryNo, LetterId, MailId, UserId};
use henvend::mail::{Kind, MessageId, ReportState};
use henvend::time::Timestamp;
use henvend::verify::Ignored;

use super::records::FIRST_MAIL;

/// A function that gives one of each variant, with its name. A variant that is not listed does not compile.
macro_rules! every {
    ($name:ident: $of:ident { $($variant:ident $(($($inside:tt)*))? $({$($fields:tt)*})?),* $(,)? }) => {
        pub fn $name() -> Vec<(String, $of)> {
            let name = |one: &$of| match one { $($of::$variant { .. } => stringify!($variant)),* };
            let all = vec![$($of::$variant $(($($inside)*))? $({$($fields)*})?),*];
            all.into_iter().map(|one| (format!("{}::{}", stringify!($of), name(&one)), one)).collect()
        }
    };
}

every!(statuses: Status { New, Open, Waiting, Resolved, Closed, Spam, Merged(CaseId::new(5)) });
every!(priorities: Priority { Low, Normal, High, Urgent });
every!(channels: Channel { Mail, Phone });
every!(actors: Actor { Outside(address("kari@kunde.example")), User(user(3)), System, Operator("root".to_owned()) });
every!(signals: Signal { ReplyToken, SignedId, KnownId, ThreadIndex, SubjectTag, BodyTag, None });
every!(kinds: Kind {
    Person, AutoReply, Bounce, List, Bulk, Loop, Calendar, Feedback, Voicemail, Spam, Receipt,
});
every!(report_states: ReportState { Relayed, Delayed, Failed });
every!(ack_subjects: AckSubject { Own, Neutral });
every!(ack_withheld: AckWithheld {
    NotAPerson, SwitchedOff, SenderBudget, CategoryBudget, SiteBudget, Unverified,
});
every!(ignored: Ignored { Below, UntrustedPeer, Malformed, Contradicting });
every!(held_reasons: HeldReason {
    NoToken, ForeignFrom, NoChannelProof, ExpiredToken, InactiveUser, Automatic, NotConfirmed, RevokedToken,
});
every!(held_back: HeldBack { Overtaken, Undo, Unproven });
every!(contents: Content { Answer, Note, Nothing });
every!(listed: Listed { Open, Mine, Unassigned, Overdue });
every!(whom: Whom { Party(party("per@kunde.example")), Phone("+4722222222".to_owned()) });
every!(opening_texts: OpeningText { Note, Forwarded });
every!(digests: Digest { Off, Daily, Weekly });
every!(quiet: QuietChoice { Site, Never, Hours(Quiet::parse("22:30-07:15").unwrap()) });
every!(letter_kinds: LetterKind { Answer, Acknowledgement, Notification, Receipt, Digest });
every!(letter_states: LetterState { Queued, Stopped });
every!(to: To { User(user(8)), Outside(address("kari@kunde.example")) });
every!(recipient_classes: RecipientClass { Intake, Token, Call, Control });
every!(deadlines: DeadlineKind { WaitEnds, HeldEnds, DigestDue, MailResumes });
every!(leads: Lead { Conversation, Awaited, Tag, Again });
every!(languages: Language { Nb, Nn, En });
every!(roles: Role { Agent, Lead, Orderer, Operator });
every!(tag_places: TagPlace { Left, Right, Off });
every!(answer_names: AnswerName { Agent, Category });

every!(commands: Command {
    Take, Assign(user(4)), Unassign, Note, Call(Some("+4722222222".to_owned())), Resolve, Close, Reopen,
    Wait(Some(at(20))), Spam, NotSpam, Priority(Priority::High), Category(category(6)), Title("Skjerm".to_owned()),
    Cc(vec![address("per@kunde.example")]), Uncc(vec![address("berit@kunde.example")]),
    Contact(address("kari@kunde.example")), Watch, Unwatch, Link(case(2)), Merge(case(3)), Split, Move(case(4)),
    Time(15), Send, Drop, Show, History, Help,
});

every!(problems: CommandProblem {
    UnknownVerb { nearest: Some("/take".to_owned()) }, MissingArgument, BadArgument, PastDate, UnknownUser,
    AmbiguousUser { matches: words() }, Contradiction, NothingWritten, EmptyNote, NoAddress,
    PartsDiffer { page: words() }, NothingHeld, UnknownCase, SameCase, UnknownCategory,
    AmbiguousCategory { matches: words() }, BadAddress, NotOnCase, NoMailToMove, StillHeld, TextUnwanted, AlreadySo,
    EmptyCase, NotHere, NotYet, Sealed, OnlyImages, NotAtTop, TextBelow,
    TooManyAddresses { most: 20 }, NoRoom { left: 3 }, TextWithin { written: "kl ni".to_owned() },
    NotByWord, NothingForwarded, BadTime, BadDay, TooFar, InSubject, OnlySignature,
    NothingToRecall, OnlyCalendarAnswer, Wrapped, BareVerb, ToWhom, Internal,
});

every!(errands: Errand {
    List { which: Listed::Mine, category: Some(category(3)) }, Show(case(2)), Search("skriver".to_owned()),
    Open(Box::new(opening(Whom::Party(party("per@kunde.example")), OpeningText::Note))), Help,
    Digest(Digest::Daily), Away(Some(at(30))), Quiet(QuietChoice::Never),
});

every!(case_events: CaseEvent {
    CaseOpened {
        customer: CustomerId::new(1), category: category(3), title: "Skriveren".to_owned(), channel: Channel::Phone,
        contact: Some(party("kari@kunde.example")), participants: vec![party("per@kunde.example")],
    },
    MailReceived { mail: mail() },
    OwnMailReturned { mail: mail() },
    AnswerWritten { mail: mail(), sent_as: message_id("sent.1@henvend.example") },
    NoteWritten { mail: mail() },
    CommandsGiven { mail: mail() },
    MailHeld { mail: mail(), user: user(3), reason: HeldReason::NoChannelProof },
    CommandsRefused { mail: mail(), user: user(3), verdicts: vec![verdict(None)] },
    CopyReceived { category: category(4) },
    CaseAssigned { owner: Some(user(3)) },
    StatusChanged { from: Status::New, to: Status::Open },
    WaitingSet { until: Some(at(20)) },
    WaitEnded,
    PriorityChanged { to: Priority::Urgent },
    CategoryWatches { category: category(4) },
    CaseLinked { case: case(2) },
    ParticipantAdded { party: party("per@kunde.example") },
    Acknowledged { sent_as: message_id("ack.1@henvend.example"), subject: AckSubject::Neutral },
    AcknowledgementWithheld { reason: AckWithheld::SiteBudget },
    DeliveryFailed {
        entry: EntryNo::new(4), recipient: "kari@kunde.example".to_owned(), status: Some("5.1.1".to_owned()),
        detail: "550 no such user".to_owned(),
    },
    ReportReceived { mail: mail(), about: EntryNo::new(4), state: ReportState::Failed },
    LetterStopped { entry: EntryNo::new(4), what: "a token".to_owned() },
    WorkHeld { held: held(vec![Command::Take], Content::Answer, HeldBack::Undo) },
    HeldReleased { entry: EntryNo::new(5) },
    HeldDropped { entry: EntryNo::new(6) },
    HeldReturned { entry: EntryNo::new(7) },
    CategoryChanged { from: category(3), to: category(4) },
    TitleChanged { to: "Skjermen".to_owned() },
    ParticipantRemoved { address: address("per@kunde.example") },
    ContactChanged { party: party("berit@kunde.example") },
    WatcherAdded { user: user(4) },
    WatcherRemoved { user: user(5) },
    TimeSpent { minutes: 15 },
    CallMade { number: Some("+4722222222".to_owned()) },
    CaseMerged { into: case(2) },
    CaseAbsorbed { case: case(3) },
    CaseReleased { case: case(4) },
    MailMoved { entry: EntryNo::new(8), to: case(5) },
    MailTaken { mail: mail(), from: case(6), entry: EntryNo::new(9) },
    ShowAsked,
    HistoryAsked,
    HelpAsked,
    ErrandsGiven { mail: mail(), errands: vec![Errand::Help], opened: Some(case(7)) },
    ErrandsHeld { errands: vec![Errand::Show(case(8))] },
    MailForwarded { mail: mail() },
    TokensRevoked { user: user(6), until: EntryNo::new(10) },
    ResultsIgnored { reasons: vec![Ignored::Malformed] },
    UsersTold { letters: vec![(user(7), 2)] },
    OwnerAway { user: user(8), until: at(40) },
    DigestMade { told: vec![gathered()], more: 9 },
    UserUnreached { user: user(9), entry: EntryNo::new(11) },
    MailPaused { user: user(9), why: "550 no such user".to_owned(), alone: vec![category(3)] },
    MailResumed { user: user(9), since: at(50) },
    OwnerUnreached { user: user(10) },
    ContactFromReplyTo,
    TextUnsent,
    TakenOver { from: user(11) },
    AnswerDelayed { entry: EntryNo::new(12), recipients: vec!["kunde@post.example".to_owned()], detail: "451 try later".to_owned() },
    ToldEnough { user: user(12) },
});

every!(directory_events: DirectoryEvent {
    CustomerAdded { id: CustomerId::new(1), key: "uni".to_owned(), name: "Uni".to_owned(), language: Language::Nn },
    CustomerChanged { id: CustomerId::new(1), name: "Universitetet".to_owned(), language: Language::En },
    CustomerActivated { id: CustomerId::new(1), active: true },
    CategoryAdded {
        id: category(3), customer: CustomerId::new(1), path: "it".to_owned(), name: "It".to_owned(),
        language: Some(Language::Nn), settings: settings(TagPlace::Left, AnswerName::Agent),
    },
    CategoryChanged {
        id: category(3), name: "Orakel".to_owned(), language: None,
        settings: settings(TagPlace::Right, AnswerName::Category),
    },
    CategoryActivated { id: category(3), active: true },
    AddressesSet { id: category(3), addresses: vec![address("orakel@uni.example"), address("it@uni.example")] },
    UserAdded {
        id: user(3), name: "Ola".to_owned(), addresses: vec![address("ola@uni.example")], language: Language::Nb,
    },
    UserChanged {
        id: user(3), name: "Ola N.".to_owned(), addresses: vec![address("ola.n@uni.example")], language: Language::Nn,
    },
    RegistrationSet { id: user(3), customer: CustomerId::new(1), active: true, roles: vec![Role::Orderer] },
    MemberAdded { category: category(3), user: user(3) },
    MemberRemoved { category: category(3), user: user(3) },
    PersonalSet { id: user(3), personal: personal(Digest::Weekly, QuietChoice::Never) },
    MailUndelivered { id: user(3), letter: LetterId { case: case(2), entry: EntryNo::new(3), copy: 4 }, at: at(60) },
    MailPaused { id: user(3), since: at(61), case: case(3) },
    MailResumed { id: user(3) },
    WritersSet { id: user(4), writers: Some(vec![user(3), user(5)]) },
    FormAddressesSet { id: category(4), addresses: vec![address("skjema@uni.example"), address("web@uni.example")] },
});

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub fn party(text: &str) -> Party {
    Party { name: Some("Kåre Ås".to_owned()), address: address(text) }
}

pub fn message_id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

pub fn user(number: u32) -> UserId {
    UserId::new(number)
}

pub fn category(number: u32) -> CategoryId {
    CategoryId::new(number)
}

pub fn case(number: u64) -> CaseId {
    CaseId::new(number)
}

fn words() -> Vec<String> {
    ["ola", "olav"].map(str::to_owned).to_vec()
}

pub fn verdict(problem: Option<CommandProblem>) -> LineVerdict {
    LineVerdict { line: "/ta".to_owned(), problem }
}

pub fn mail() -> MailEntry {
    MailEntry {
        raw: RawRef { id: MailId::of(FIRST_MAIL), place: 1 << 40, bytes: FIRST_MAIL.len() as u64 },
        message_id: Some(message_id("kari.1@kunde.example")),
        from: Some(Mailbox { name: None, address: address("kari@kunde.example") }),
        subject: "Skriveren står".to_owned(),
        kind: Kind::Calendar,
        attachments: 2,
        unproven: false,
        outsider: false,
        unread: true,
    }
}

pub fn held(commands: Vec<Command>, content: Content, why: HeldBack) -> Box<Held> {
    let had = vec![address("had@kunde.example")];
    let (entry, seen) = (EntryNo::new(11), Some(EntryNo::new(12)));
    Box::new(Held { entry, user: user(9), mail: mail(), content, commands, had, seen, why, until: at(50) })
}

pub fn opening(whom: Whom, text: OpeningText) -> Opening {
    let (watching, commands) = (vec![category(5)], vec![Command::Take]);
    Opening { category: category(4), watching, whom, title: "Nøkkel".to_owned(), commands, text }
}

pub fn gathered() -> Gathered {
    Gathered { case: case(1), latest: vec![EntryNo::new(2), EntryNo::new(3)], count: 4 }
}

pub fn settings(tag: TagPlace, answer_name: AnswerName) -> CategorySettings {
    let signature = "Hilsen Orakel".to_owned();
    CategorySettings { tag, answer_name, acknowledge: false, signature, tag_from_same_domain: true }
}

pub fn personal(digest: Digest, quiet: QuietChoice) -> Personal {
    Personal { digest, away_until: Some(at(60)), quiet, desk: Some(case(9)) }
}
