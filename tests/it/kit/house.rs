//! A whole house behind fake doors: mails and time in, mails and cases out. Everything between is the product.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use henvend::act::{Doors, World, act};
use henvend::address::{Address, Domain, ReversePath};
use henvend::case::change::Receipt;
use henvend::case::event::{CaseEvent, Entry};
use henvend::case::model::Case;
use henvend::case::trigger::{DirectoryRequest, Handover, OperatorVerb, Trigger};
use henvend::directory::diff::{Prune, diff};
use henvend::directory::file;
use henvend::envelope::{Envelope, Listener, RawMail, Recipient};
use henvend::explain::{Question, explain};
use henvend::id::{CaseId, EntryNo, KeyId, MailId, NodeId};
use henvend::intake::suspects::Suspects;
use henvend::intake::{DiskRoom, Intake};
use henvend::letter::Catalog;
use henvend::mail::Mail;
use henvend::mail::parse::{Limits, parse};
use henvend::mail::tag::TagPattern;
use henvend::metrics::Metrics;
use henvend::outbound::Outbound;
use henvend::ports::{
    Answer, Authenticator, Clock, Outgoing, Page, Query, Reception, SendFailure, Store, StoreError, Transport,
};
use henvend::rules::arrive::{Arrival, arrive};
use henvend::rules::telling::Telling;
use henvend::rules::{Policy, keys};
use henvend::sweep::Failed;
use henvend::thread::Ours;
use henvend::time::Timestamp;
use henvend::token::{Key, KeyRing};
use henvend::verify::{Evidence, TrustPolicy};

use super::canary;

/// Two customers, three categories, four users.
pub const DIRECTORY: &str = include_str!("house.toml");

/// A house over a store.
pub struct House {
    pub world: Arc<World>,
    pub clock: Arc<TestClock>,
    pub smarthost: Arc<TestSmarthost>,
    pub intake: Intake,
    outbound: Outbound,
    _directory: tempfile::TempDir,
}

/// How a house differs from the usual one.
#[derive(Default)]
pub struct Setting {
    pub trust: TrustPolicy,
    /// How long answers wait.
    pub undo: std::time::Duration,
    /// When users are told.
    pub telling: Telling,
    /// Own checks; none if not said.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Mails that took the process down twice while they were read.
    pub suspects: Vec<MailId>,
}

/// A mail that left.
#[derive(Clone, Debug)]
pub struct Sent {
    pub reverse_path: ReversePath,
    pub to: Vec<String>,
    pub data: Bytes,
    pub mail: Mail,
}

impl House {
    /// Opens the house, with [`DIRECTORY`] in force.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        Self::open_as(store, Setting::default()).await
    }

    /// The same with another setting.
    pub async fn open_as(store: Arc<dyn Store>, setting: Setting) -> Result<Self, StoreError> {
        let clock = Arc::new(TestClock::new(Timestamp::from_secs(1_795_000_000)));
        let directory = tempfile::tempdir().unwrap();
        let suspects = suspects(&directory.path().join("suspects"), &setting.suspects);
        let smarthost = Arc::new(TestSmarthost::default());
        let authenticator = setting.authenticator.clone().unwrap_or_else(|| Arc::new(NoChecks));
        let doors = Doors { store, transport: smarthost.clone(), authenticator, clock: clock.clone() };
        let world = Arc::new(World::new(doors, Arc::new(Metrics::new()), policy(setting)));
        let disk = DiskRoom { directory: directory.path().to_owned(), factor: 3 };
        let intake = Intake::new(world.clone(), suspects, Limits::default(), disk);
        let catalog = Arc::new(Catalog::compiled_in().unwrap());
        let outbound = Outbound::new(world.clone(), catalog, 4, Limits::default());
        let house = Self { world, clock, smarthost, intake, outbound, _directory: directory };
        house.apply(DIRECTORY).await?;
        Ok(house)
    }

    /// Makes the directory what a file says.
    pub async fn apply(&self, text: &str) -> Result<Receipt, StoreError> {
        apply(&self.world, text).await
    }

    /// Makes the directory what a file says, and nothing else.
    pub async fn apply_pruned(&self, text: &str) {
        let directory = self.world.store.directory();
        let events = diff(&directory, &file::read(text, None).unwrap(), Prune::On);
        let request = DirectoryRequest { base: directory.version(), events, by: "test".to_owned() };
        assert_eq!(act(&self.world, Trigger::Directory(request)).await.unwrap().refused, None);
    }

    /// A mail comes in from a trusted peer. `mail` may have LF line ends.
    pub async fn receive(&self, from: &str, to: &[&str], mail: &str) -> Result<Receipt, StoreError> {
        self.receive_by(Listener::Lmtp, from, to, mail).await
    }

    /// The same by another door; over SMTP, from a peer that nobody has listed.
    pub async fn receive_by(
        &self,
        listener: Listener,
        from: &str,
        to: &[&str],
        mail: &str,
    ) -> Result<Receipt, StoreError> {
        self.intake.receive(envelope(listener, from, to), wire(mail)).await
    }

    /// What would become of a mail, and why.
    pub async fn explain(&self, from: &str, to: &[&str], mail: &str) -> serde_json::Value {
        let (policy, directory, now) = (self.world.policy(), self.world.store.directory(), self.clock.now());
        let raw = wire(mail);
        let mail = Some(parse(raw.bytes(), &Limits::default()));
        let arrival =
            Arrival { envelope: envelope(Listener::Lmtp, from, to), raw, mail, evidence: Evidence::default() };
        let trigger = Trigger::Mail(Box::new(arrive(&policy, &directory, arrival)));
        let view = self.world.store.peek(keys(&policy, &directory, &trigger, now)).await.unwrap();
        let Trigger::Mail(arrived) = &trigger else { unreachable!("it was made a line above") };
        explain(&Question { policy: &policy, view: &view, arrived, file: "-", now })
    }

    /// The same, where nothing can fail: what became of it for each recipient.
    pub async fn deliver(&self, from: &str, to: &[&str], mail: &str) -> Vec<(&'static str, u64)> {
        let receipt = self.receive(from, to, mail).await.unwrap();
        receipt.outcomes.iter().map(|outcome| (outcome.became.as_str(), outcome.case.get())).collect()
    }

    /// Sends every letter whose time has come, and gives what left, after a look for what must not leave.
    pub async fn send(&self) -> Vec<Sent> {
        self.try_send().await.unwrap();
        let sent = self.smarthost.take();
        canary::search(&self.world, &sent).await;
        sent
    }

    /// The same, where the store may fail. What left is with the smarthost.
    pub async fn try_send(&self) -> Result<(), StoreError> {
        for _ in 0..100 {
            let now = self.clock.now();
            let until = now.plus(std::time::Duration::from_secs(60));
            let due = self.world.store.lease(NodeId::new(1), now, until, 50).await?;
            if due.items.is_empty() {
                break;
            }
            for letter in due.items {
                self.outbound.send(letter).await;
            }
        }
        self.world.store.health()
    }

    /// An operator does something by command line: why it was not done.
    pub async fn act(&self, verb: OperatorVerb) -> Option<String> {
        act(&self.world, Trigger::Operator(verb)).await.unwrap().refused
    }

    /// Acts on deadlines that have come.
    pub async fn sweep(&self) {
        self.try_sweep().await.unwrap();
    }

    /// The same, where the store may fail.
    pub async fn try_sweep(&self) -> Result<(), StoreError> {
        henvend::sweep::sweep(&self.world, &mut Failed::new()).await.map(drop)
    }

    pub async fn case(&self, number: u64) -> Case {
        self.world.store.case(CaseId::new(number)).await.unwrap().unwrap()
    }

    pub async fn journal(&self, number: u64) -> Vec<Entry> {
        let query = Query::Journal { case: CaseId::new(number), from: EntryNo::new(1), max: 1000 };
        let Page::Journal(entries) = self.world.store.page(query).await.unwrap() else { panic!("not a journal") };
        entries
    }

    /// The names of the events of a case, entry by entry. Who was told is seen by the mails.
    pub async fn events(&self, number: u64) -> Vec<String> {
        let name = |event: &CaseEvent| {
            let debug = format!("{event:?}");
            debug.split([' ', '{']).next().unwrap().to_owned()
        };
        self.journal(number)
            .await
            .iter()
            .map(|entry| {
                let events = entry.events.iter().filter(|event| !matches!(event, CaseEvent::UsersTold { .. }));
                events.map(name).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}

fn envelope(listener: Listener, from: &str, to: &[&str]) -> Envelope {
    let recipient = |text: &&str| Recipient { address: address(text), notify: None, original: None };
    Envelope {
        listener,
        trusted: listener != Listener::Smtp,
        peer: "unix".to_owned(),
        hello: "mx.example".to_owned(),
        queue_id: None,
        client: None,
        reverse_path: Address::parse(from).map_or(ReversePath::Null, ReversePath::Mailbox),
        recipients: to.iter().map(recipient).collect(),
        smtputf8: false,
        dsn_return: None,
        envelope_id: None,
    }
}

fn wire(mail: &str) -> RawMail {
    RawMail::new(Bytes::from(mail.replace("\r\n", "\n").replace('\n', "\r\n")))
}

/// Makes the directory of a world what a file says.
pub async fn apply(world: &World, text: &str) -> Result<Receipt, StoreError> {
    let wanted = file::read(text, None).unwrap();
    let directory = world.store.directory();
    let events = diff(&directory, &wanted, Prune::Off);
    let request = DirectoryRequest { base: directory.version(), events, by: "test".to_owned() };
    act(world, Trigger::Directory(request)).await
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap_or_else(|| panic!("{text} is no address"))
}

/// The notes of a process that died twice while it read each of these.
fn suspects(path: &Path, mails: &[MailId]) -> Suspects {
    for mail in mails {
        for _ in 0..2 {
            Suspects::open(path).unwrap().begin(*mail);
        }
    }
    Suspects::open(path).unwrap()
}

fn policy(setting: Setting) -> Policy {
    let keys = KeyRing::new(vec![Key::new(KeyId::new(1), [42; 32])]).unwrap();
    Policy {
        ours: Ours {
            prefix: "HV".to_owned(),
            legacy_tags: TagPattern::parse("[rt.uni.example #{number}]").into_iter().collect(),
            host_name: Domain::parse("henvend.example").unwrap(),
            reply_domain: Domain::parse("svar.example").unwrap(),
            keys: Arc::new(keys),
        },
        reply_token_days: 90,
        trust: setting.trust,
        reopen_days: 14,
        undo: setting.undo,
        acks: Default::default(),
        backoff: Default::default(),
        telling: setting.telling,
        time_zone: jiff::tz::TimeZone::get("Europe/Oslo").unwrap(),
    }
}

/// The mail to this person, if there is exactly one.
pub fn to<'a>(sent: &'a [Sent], person: &str) -> &'a Sent {
    let theirs: Vec<&Sent> = sent.iter().filter(|mail| mail.to.iter().any(|to| to == person)).collect();
    let all: Vec<_> = sent.iter().map(|mail| (&mail.to, &mail.mail.subject)).collect();
    assert_eq!(theirs.len(), 1, "mails to {person} among {all:?}");
    theirs[0]
}

impl Sent {
    /// Where an answer to this mail goes.
    pub fn reply_to(&self) -> String {
        self.mail.reply_to.first().or(self.mail.from.first()).unwrap().address.to_string()
    }

    /// What a mail program would quote.
    pub fn quoted(&self) -> String {
        self.mail.text.lines().map(|line| format!("> {line}\n")).collect()
    }

    pub fn id(&self) -> String {
        self.mail.message_id.as_ref().unwrap().to_string()
    }
}

/// A clock that stands until it is set.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// It is this time from now on: `2026-11-19T06:00:00Z`.
    pub fn set(&self, time: &str) {
        let time: jiff::Timestamp = time.parse().unwrap();
        *self.0.lock().unwrap() = Timestamp::from_millis(time.as_millisecond());
    }

    pub fn pass(&self, duration: std::time::Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(duration);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, _: Timestamp) -> Answer<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Makes no checks of its own.
pub struct NoChecks;

impl Authenticator for NoChecks {
    fn gather<'a>(&'a self, _: &'a Envelope, _: &'a Mail, _: &'a RawMail) -> Answer<'a, Evidence> {
        Box::pin(async { Evidence::default() })
    }
}

/// Takes everything, unless told otherwise, and keeps it.
#[derive(Default)]
pub struct TestSmarthost {
    sent: Mutex<Vec<Sent>>,
    moods: Mutex<VecDeque<Mood>>,
}

/// What the smarthost does with the next mails.
#[derive(Clone)]
pub enum Mood {
    Fail(SendFailure),
    Say(Vec<Handover>),
    Panic,
}

impl TestSmarthost {
    pub fn next(&self, mood: Mood) {
        self.moods.lock().unwrap().push_back(mood);
    }

    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

impl Transport for TestSmarthost {
    fn send(&self, mail: Outgoing) -> Answer<'_, Result<Vec<Handover>, SendFailure>> {
        Box::pin(async move {
            let mood = self.moods.lock().unwrap().pop_front();
            let words = match mood {
                Some(Mood::Fail(failure)) => return Err(failure),
                Some(Mood::Say(words)) => words,
                Some(Mood::Panic) => panic!("a transport with a bug"),
                None => vec![Handover::Taken; mail.recipients.len()],
            };
            let taken = mail.recipients.iter().zip(&words).filter(|(_, word)| **word == Handover::Taken);
            let to: Vec<String> = taken.map(|(to, _)| to.to_string()).collect();
            if !to.is_empty() {
                let read = parse(&mail.data, &Limits::default());
                self.sent.lock().unwrap().push(Sent {
                    reverse_path: mail.reverse_path,
                    to,
                    data: mail.data,
                    mail: read,
                });
            }
            Ok(words)
        })
    }
}
