//! All records that a database of today can hold, each with a name that stays.

use bytes::Bytes;
use henvend::case::change::{Letter, LetterKind, LetterState, RecipientClass, SeenMail, To};
use henvend::case::command::Command;
use henvend::case::errand::{Errand, OpeningText, Whom};
use henvend::case::event::{Actor, Candidate, CaseEvent, Entry, MailEntry, Placed, RawRef, Signal};
use henvend::case::held::{Content, HeldBack};
use henvend::case::model::{Case, Channel, Priority, Revoked, Status};
use henvend::case::view::{CounterKey, Deadline, KnownKey, LeadKey};
use henvend::directory::event::{DirectoryEntry, DirectoryEvent};
use henvend::directory::model::{AnswerName, Language, TagPlace};
use henvend::directory::personal::{Digest, QuietChoice};
use henvend::envelope::RawMail;
use henvend::id::{CaseId, CustomerId, EntryNo, LetterId, MailId};
use henvend::mail::same::Sameness;
use henvend::store::segments::{HEADER_BYTES, Packed};
use henvend::store::{record, schema};
use serde::Serialize;

use super::every::{self, at, case, category, mail, message_id, party, user};

/// Too short to be compressed.
pub const FIRST_MAIL: &[u8] = b"Subject: a\r\n\r\nb\r\n";
/// Worth compressing.
const SECOND_MAIL: [u8; 300] = [b'a'; 300];
/// All entries stand in this case's journal.
pub const JOURNAL: CaseId = CaseId::new(1);
const CUSTOMER: CustomerId = CustomerId::new(1);

/// A record to be kept: what it shows, its table, and its row.
pub struct Sample {
    pub name: String,
    pub table: &'static str,
    pub row: Box<RowOf>,
}

/// Key and value of the row with this number.
type RowOf = dyn Fn(u32) -> (Vec<u8>, Vec<u8>);

fn sample(name: impl Into<String>, table: &'static str, key: &[u8], value: Vec<u8>) -> Sample {
    let key = key.to_vec();
    Sample { name: name.into(), table, row: Box::new(move |_| (key.clone(), value.clone())) }
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    record::encode(value, &mut bytes).unwrap();
    bytes
}

/// All of them.
pub fn all() -> Vec<Sample> {
    let mut all: Vec<Sample> = entries().into_iter().map(journal).collect();
    all.extend(directory().into_iter().map(history));
    all.extend(cases());
    all.extend(known());
    all.extend(letters());
    let deadline = |kind| Deadline { at: at(70), case: case(1), kind };
    let deadlines = every::deadlines().into_iter();
    all.extend(
        deadlines.map(|(name, kind)| sample(name, "deadlines", &schema::deadline_key(&deadline(kind)), Vec::new())),
    );
    all.push(sample("counter", "counters", &schema::counter_key(&counter()), 3_u32.to_le_bytes().to_vec()));
    all.push(sample("feed", "feed", &1_u64.to_be_bytes(), schema::entry_key(JOURNAL, EntryNo::new(1)).to_vec()));
    let gathered = encoded(&every::gathered());
    all.push(sample("Gathered", "gathered", &schema::gathered_key(user(3), JOURNAL), gathered));
    let mut place = 1_u64 << 40;
    for (name, raw) in [("mail as it is", FIRST_MAIL), ("mail compressed", &SECOND_MAIL)] {
        let packed = Packed::new(&RawMail::new(Bytes::copy_from_slice(raw)));
        let (header, body) = packed.parts();
        all.push(sample(name, "mail", &place.to_be_bytes(), [header, body].concat()));
        place += packed.disk_bytes();
    }
    all
}

fn entry(event: CaseEvent) -> Entry {
    Entry { no: EntryNo::new(1), at: at(10), by: Actor::System, placed: None, events: vec![event] }
}

/// A journal's entry; its number is that of its place.
fn journal((name, entry): (String, Entry)) -> Sample {
    let row = move |number| {
        let no = EntryNo::new(number);
        (schema::entry_key(JOURNAL, no).to_vec(), encoded(&Entry { no, ..entry.clone() }))
    };
    Sample { name, table: "entries", row: Box::new(row) }
}

fn history((name, event): (String, DirectoryEvent)) -> Sample {
    let value = encoded(&DirectoryEntry { at: at(5), by: "cli:root".to_owned(), event });
    let row = move |number| (u64::from(number).to_be_bytes().to_vec(), value.clone());
    Sample { name, table: "directory", row: Box::new(row) }
}

/// One of each event, then what they hold: one of each variant.
fn events() -> Vec<(String, CaseEvent)> {
    fn with<T>(all: &mut Vec<(String, CaseEvent)>, every: Vec<(String, T)>, event: impl Fn(T) -> CaseEvent) {
        all.extend(every.into_iter().map(|(name, one)| (name, event(one))));
    }
    let mut all = every::case_events();
    let held = |commands, content, why| CaseEvent::WorkHeld { held: every::held(commands, content, why) };
    let wants = |errand| CaseEvent::ErrandsHeld { errands: vec![errand] };
    let opens = |whom, text| wants(Errand::Open(Box::new(every::opening(whom, text))));
    let phone = || Whom::Phone("+4722222222".to_owned());
    with(&mut all, every::commands(), |command| held(vec![command], Content::Note, HeldBack::Overtaken));
    with(&mut all, every::contents(), |content| held(vec![Command::Send], content, HeldBack::Undo));
    with(&mut all, every::held_back(), |why| held(vec![Command::Drop], Content::Answer, why));
    with(&mut all, every::problems(), |problem| {
        let verdicts = vec![every::verdict(Some(problem))];
        CaseEvent::CommandsRefused { mail: mail(), user: user(3), verdicts }
    });
    with(&mut all, every::errands(), wants);
    with(&mut all, every::listed(), |which| wants(Errand::List { which, category: None }));
    with(&mut all, every::whom(), |whom| opens(whom, OpeningText::Note));
    with(&mut all, every::opening_texts(), |text| opens(phone(), text));
    with(&mut all, every::digests(), |digest| wants(Errand::Digest(digest)));
    with(&mut all, every::quiet(), |quiet| wants(Errand::Quiet(quiet)));
    with(&mut all, every::statuses(), |from| CaseEvent::StatusChanged { from, to: Status::Open });
    with(&mut all, every::priorities(), |to| CaseEvent::PriorityChanged { to });
    with(&mut all, every::channels(), |channel| CaseEvent::CaseOpened {
        customer: CUSTOMER,
        category: category(3),
        title: String::new(),
        channel,
        contact: None,
        participants: Vec::new(),
    });
    with(&mut all, every::kinds(), |kind| CaseEvent::MailReceived { mail: MailEntry { kind, ..mail() } });
    with(&mut all, every::report_states(), |state| CaseEvent::ReportReceived {
        mail: mail(),
        about: EntryNo::new(2),
        state,
    });
    with(&mut all, every::ack_subjects(), |subject| {
        let sent_as = message_id("ack.2@henvend.example");
        CaseEvent::Acknowledged { sent_as, subject }
    });
    with(&mut all, every::ack_withheld(), |reason| CaseEvent::AcknowledgementWithheld { reason });
    with(&mut all, every::ignored(), |reason| CaseEvent::ResultsIgnored { reasons: vec![reason] });
    with(&mut all, every::held_reasons(), |reason| CaseEvent::MailHeld { mail: mail(), user: user(3), reason });
    let outsider = MailEntry { outsider: true, unread: false, ..mail() };
    all.push(("MailEntry of an outsider".to_owned(), CaseEvent::MailReceived { mail: outsider }));
    let place = (1 << 40) + (HEADER_BYTES + FIRST_MAIL.len()) as u64;
    let raw = RawRef { id: MailId::of(&SECOND_MAIL), place, bytes: SECOND_MAIL.len() as u64 };
    let second = CaseEvent::MailReceived { mail: MailEntry { raw, ..mail() } };
    all.push(("MailEntry of a compressed mail".to_owned(), second));
    all
}

fn entries() -> Vec<(String, Entry)> {
    let mut all: Vec<_> = events().into_iter().map(|(name, event)| (name, entry(event))).collect();
    let quiet = || entry(CaseEvent::WaitEnded);
    all.extend(every::actors().into_iter().map(|(name, by)| (name, Entry { by, ..quiet() })));
    let placed = |signal| {
        let candidate =
            Candidate { case: case(2), signal: Signal::KnownId, accepted: true, reason: "is on it".to_owned() };
        Some(Placed { decided_by: signal, candidates: vec![candidate] })
    };
    all.extend(every::signals().into_iter().map(|(name, signal)| (name, Entry { placed: placed(signal), ..quiet() })));
    all
}

/// One of each event, then what they hold: one of each variant.
fn directory() -> Vec<(String, DirectoryEvent)> {
    let mut all = every::directory_events();
    let id = category(3);
    let named = |language| DirectoryEvent::CategoryChanged {
        id,
        name: "It".to_owned(),
        language: Some(language),
        settings: every::settings(TagPlace::Off, AnswerName::Agent),
    };
    let tagged = |tag, answer_name| DirectoryEvent::CategoryChanged {
        id,
        name: "It".to_owned(),
        language: None,
        settings: every::settings(tag, answer_name),
    };
    let registered =
        |role| DirectoryEvent::RegistrationSet { id: user(3), customer: CUSTOMER, active: true, roles: vec![role] };
    let chosen = |digest, quiet| {
        let personal = every::personal(digest, quiet);
        DirectoryEvent::PersonalSet { id: user(3), personal }
    };
    all.extend(every::languages().into_iter().map(|(name, language): (_, Language)| (name, named(language))));
    all.extend(every::tag_places().into_iter().map(|(name, tag)| (name, tagged(tag, AnswerName::Agent))));
    all.extend(every::answer_names().into_iter().map(|(name, answer)| (name, tagged(TagPlace::Off, answer))));
    all.extend(every::roles().into_iter().map(|(name, role)| (name, registered(role))));
    let digests = every::digests().into_iter();
    all.extend(digests.map(|(name, digest)| (format!("user's {name}"), chosen(digest, QuietChoice::Site))));
    let quiet = every::quiet().into_iter();
    all.extend(quiet.map(|(name, quiet)| (format!("user's {name}"), chosen(Digest::Off, quiet))));
    all
}

fn cases() -> [Sample; 2] {
    let full = Case {
        id: JOURNAL,
        customer: CUSTOMER,
        category: category(3),
        watching: vec![category(4), category(5)],
        title: "Skriveren står".to_owned(),
        status: Status::Waiting,
        owner: Some(user(3)),
        owned_since: Some(at(11)),
        watchers: vec![user(4)],
        priority: Priority::High,
        channel: Channel::Phone,
        contact: Some(party("kari@kunde.example")),
        participants: vec![party("kari@kunde.example"), party("per@kunde.example")],
        links: vec![case(2)],
        opened: at(12),
        changed: at(13),
        settled: Some(at(14)),
        wait_until: Some(at(15)),
        last_entry: EntryNo::new(16),
        last_contact_entry: Some(EntryNo::new(17)),
        last_answer_entry: Some(EntryNo::new(18)),
        thread_ids: vec![message_id("kari.1@kunde.example")],
        acknowledged: true,
        last_answer_by: Some(user(19)),
        minutes: 20,
        held: vec![*every::held(vec![Command::Close], Content::Nothing, HeldBack::Unproven)],
        moved: vec![(EntryNo::new(21), case(22))],
        revoked: vec![Revoked { user: Some(user(23)), until: EntryNo::new(24) }],
        last_turn: Some((EntryNo::new(25), user(26))),
    };
    let merged = Case { id: case(2), status: Status::Merged(JOURNAL), ..full.clone() };
    [("Case", full), ("Case merged", merged)]
        .map(|(name, case)| sample(name, "cases", &case.id.get().to_be_bytes(), encoded(&case)))
}

/// Under what mails are known: an id, in capitals too; the user's own case.
pub fn known_keys() -> Vec<(String, KnownKey)> {
    let id = KnownKey::of(CUSTOMER, &message_id("Kari.1@Kunde.Example"));
    vec![("KnownKey of an id".to_owned(), id), ("KnownKey of a user".to_owned(), KnownKey::control(user(3)))]
}

/// What leads to cases.
pub fn lead_keys() -> Vec<(String, LeadKey)> {
    let key = |lead| LeadKey::of(CUSTOMER, lead, &[b"one", b"two"]).in_time([1, 2, 3]);
    every::leads().into_iter().map(|(name, lead)| (name, key(lead))).collect()
}

/// A counter.
pub fn counter() -> CounterKey {
    CounterKey { until: at(80), of: [9; 16] }
}

fn known() -> Vec<Sample> {
    let sameness = || Sameness { origin: 1, subject: 2, attachments: 3, text: vec![4, 5] };
    let seen = |class| SeenMail {
        class,
        case: case(1),
        entry: EntryNo::new(2),
        public: false,
        held: true,
        sameness: sameness(),
    };
    let every = every::recipient_classes().into_iter();
    let mut all: Vec<Sample> = every
        .map(|(name, class)| {
            let key = KnownKey { customer: CUSTOMER, hash: [class as u8; 16] };
            sample(name, "known", &schema::known_key(&key), encoded(&vec![seen(class)]))
        })
        .collect();
    let two = || encoded(&vec![seen(RecipientClass::Intake), SeenMail { public: true, ..seen(RecipientClass::Call) }]);
    all.extend(known_keys().into_iter().map(|(name, key)| sample(name, "known", &schema::known_key(&key), two())));
    let leads = lead_keys().into_iter();
    all.extend(
        leads.map(|(name, key)| sample(name, "leads", &schema::lead_key(&key), encoded(&vec![case(2), case(1)]))),
    );
    all
}

fn letters() -> Vec<Sample> {
    let letter = Letter {
        id: LetterId { case: case(1), entry: EntryNo::new(2), copy: 0 },
        kind: LetterKind::Answer,
        category: category(3),
        to: vec![To::User(user(3))],
        created: at(31),
        state: LetterState::Queued,
        next_try: at(32),
        attempts: 33,
        last_error: Some("451 later".to_owned()),
        lease: None,
    };
    let mut all = Vec::new();
    let mut put = |entry: u32, every: Vec<(String, Letter)>| {
        for (copy, (name, letter)) in (0..).zip(every) {
            let letter = Letter { id: LetterId { case: case(1), entry: EntryNo::new(entry), copy }, ..letter };
            all.push(sample(&name, "letters", &schema::letter_key(letter.id), encoded(&letter)));
            if letter.state == LetterState::Queued {
                let due = schema::letter_due_key(letter.next_try, letter.id);
                all.push(sample(format!("{name}, when due"), "letters_due", &due, Vec::new()));
            }
        }
    };
    let kinds = every::letter_kinds().into_iter();
    put(1, kinds.map(|(name, kind)| (name, Letter { kind, ..letter.clone() })).collect());
    let states = every::letter_states().into_iter();
    put(2, states.map(|(name, state)| (name, Letter { state, ..letter.clone() })).collect());
    let to = every::to().into_iter();
    put(3, to.map(|(name, to)| (name, Letter { to: vec![to], ..letter.clone() })).collect());
    all
}
