//! Small values to fill a store with.

use bytes::Bytes;
use henvend::address::Address;
use henvend::case::change::{CaseChange, Change, Letter, LetterKind, LetterState, RecipientClass, SeenMail, To};
use henvend::case::event::{Actor, CaseEvent, Entry, MailEntry, RawRef};
use henvend::case::model::{Case, Channel, Priority, Status};
use henvend::case::view::{CounterKey, Deadline, DeadlineKind, KnownKey, LeadKey, View};
use henvend::directory::event::{DirectoryEntry, DirectoryEvent};
use henvend::directory::model::Language;
use henvend::envelope::RawMail;
use henvend::id::{CaseId, CategoryId, CustomerId, EntryNo, LetterId};
use henvend::mail::same::Sameness;
use henvend::mail::{Kind, MessageId};
use henvend::time::Timestamp;

pub const CUSTOMER: CustomerId = CustomerId::new(1);

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn case_id(number: u64) -> CaseId {
    CaseId::new(number)
}

/// A case with one entry.
pub fn case(id: CaseId, title: &str) -> Case {
    Case {
        id,
        customer: CUSTOMER,
        category: CategoryId::new(3),
        watching: Vec::new(),
        title: title.to_owned(),
        status: Status::New,
        owner: None,
        owned_since: None,
        watchers: Vec::new(),
        priority: Priority::Normal,
        channel: Channel::Mail,
        contact: None,
        participants: Vec::new(),
        links: Vec::new(),
        opened: at(1),
        changed: at(1),
        settled: None,
        wait_until: None,
        last_entry: EntryNo::new(1),
        last_contact_entry: None,
        last_answer_entry: None,
        thread_ids: Vec::new(),
        acknowledged: false,
        last_answer_by: None,
        minutes: 0,
        held: Vec::new(),
        moved: Vec::new(),
        revoked: Vec::new(),
        last_turn: None,
    }
}

pub fn entry(no: EntryNo, raw: Option<RawRef>) -> Entry {
    let mail = |raw| MailEntry {
        raw,
        message_id: MessageId::parse("<kari.1@kunde.example>"),
        from: None,
        subject: "Skriveren står".to_owned(),
        kind: Kind::Person,
        attachments: 0,
        unproven: false,
        outsider: false,
        unread: false,
    };
    let event = raw.map_or(CaseEvent::WaitEnded, |raw| CaseEvent::MailReceived { mail: mail(raw) });
    Entry { no, at: at(1), by: Actor::System, placed: None, events: vec![event] }
}

/// The next case of the view, with the raw mail that came along.
pub fn opens(view: &View, title: &str) -> CaseChange {
    CaseChange { case: case(view.next_case, title), entry: entry(EntryNo::new(1), view.raw) }
}

/// One more entry on a case of the view.
pub fn continues(view: &View, id: CaseId) -> CaseChange {
    let mut case = view.cases[&id].clone();
    case.last_entry = case.last_entry.next();
    CaseChange { entry: entry(case.last_entry, view.raw), case }
}

pub fn only(change: CaseChange) -> Change {
    Change { cases: vec![change], ..Change::default() }
}

pub fn letter_id(case: u64, copy: u16) -> LetterId {
    LetterId { case: case_id(case), entry: EntryNo::new(1), copy }
}

pub fn letter(id: LetterId, next_try: i64) -> Letter {
    Letter {
        id,
        kind: LetterKind::Notification,
        category: CategoryId::new(3),
        to: vec![To::Outside(Address::parse("kari@kunde.example").unwrap())],
        created: at(1),
        state: LetterState::Queued,
        next_try: at(next_try),
        attempts: 0,
        last_error: None,
        lease: None,
    }
}

pub fn known(number: u8) -> KnownKey {
    KnownKey { customer: CUSTOMER, hash: [number; 16] }
}

pub fn lead(number: u8) -> LeadKey {
    LeadKey { customer: CUSTOMER, hash: [number; 16] }
}

pub fn seen(case: CaseId, entry: u32) -> SeenMail {
    let sameness = Sameness { origin: u64::from(entry), text: vec![1, 2], ..Sameness::default() };
    SeenMail { class: RecipientClass::Intake, case, entry: EntryNo::new(entry), public: false, held: false, sameness }
}

pub fn deadline(millis: i64, case: u64) -> Deadline {
    Deadline { at: at(millis), case: case_id(case), kind: DeadlineKind::WaitEnds }
}

pub fn counter(until: i64, of: u8) -> CounterKey {
    CounterKey { until: at(until), of: [of; 16] }
}

pub fn customer_added(number: u32) -> DirectoryEntry {
    let event = DirectoryEvent::CustomerAdded {
        id: CustomerId::new(number),
        key: format!("kunde{number}"),
        name: format!("Kunde {number}"),
        language: Language::Nb,
    };
    DirectoryEntry { at: at(i64::from(number)), by: "cli:test".to_owned(), event }
}

pub fn mail(bytes: impl Into<Vec<u8>>) -> RawMail {
    RawMail::new(Bytes::from(bytes.into()))
}

/// Bytes that do not compress, the same for the same seed.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(&mut next).take(len.div_ceil(8)).flatten().collect();
    bytes.truncate(len);
    bytes
}
