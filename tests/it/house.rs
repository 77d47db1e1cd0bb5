//! A house with a real API and real probes on unix sockets; the store behind them is a small one in memory.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use henvend::act::{Doors, World};
use henvend::address::Address;
use henvend::case::change::{Became, Change, Letter, LetterKind, LetterState, Outcome, Receipt, To};
use henvend::case::event::{Actor, CaseEvent, Entry, MailEntry, RawRef};
use henvend::case::model::{Case, Status};
use henvend::case::view::{Deadline, Keys, View};
use henvend::cli::client::Client;
use henvend::config::Config;
use henvend::config::place::Place;
use henvend::directory::apply::apply;
use henvend::directory::event::{DirectoryEntry, DirectoryEvent};
use henvend::directory::model::Directory;
use henvend::envelope::{Envelope, RawMail};
use henvend::http::api::{self, ApiState};
use henvend::http::probes::{self, Life, ProbeState};
use henvend::http::{Socket, serve};
use henvend::id::{CaseId, CategoryId, EntryNo, KeyId, LetterId, MailId, NodeId};
use henvend::mail::{Kind, Mail};
use henvend::metrics::Metrics;
use henvend::ports::{
    Answer, Authenticator, Clock, Decide, Due, Outgoing, Page, Query, Reception, RecipientVerdict, SendFailure, Store,
    StoreError, Transport,
};
use henvend::time::Timestamp;
use henvend::token::{Key, KeyRing};
use henvend::verify::Evidence;
use tokio::sync::oneshot;

use crate::kit::sample;

pub const RAW: &[u8] = b"Subject: Hei\r\n\r\nTekst\r\n";

#[derive(Default)]
pub struct Inside {
    directory: Arc<Directory>,
    history: Vec<DirectoryEntry>,
    letters: Vec<Letter>,
    pub down: bool,
}

/// One case, one letter, any directory; decisions run on a true view.
#[derive(Default)]
pub struct Fake(Mutex<Inside>);

impl Fake {
    pub fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.0.lock().expect("no panic while locked")
    }

    /// Something has happened to the directory.
    pub fn happened(&self, event: &DirectoryEvent) {
        apply(Arc::make_mut(&mut self.inside().directory), event);
    }

    fn answer<T: Send + 'static>(&self, answer: T) -> Answer<'_, Result<T, StoreError>> {
        let result = self.health().map(|()| answer);
        Box::pin(async move { result })
    }
}

fn case() -> Case {
    Case {
        category: CategoryId::new(1),
        status: Status::Waiting,
        links: vec![CaseId::new(3)],
        opened: Timestamp::from_secs(0),
        changed: Timestamp::from_secs(0),
        ..sample::case(CaseId::new(7), "Blåbær")
    }
}

fn entry() -> Entry {
    let mail = MailEntry {
        raw: RawRef { id: MailId::of(RAW), place: 0, bytes: RAW.len() as u64 },
        message_id: None,
        from: None,
        subject: "Hei".to_owned(),
        kind: Kind::Person,
        attachments: 0,
        unproven: false,
        outsider: false,
        unread: false,
    };
    let reasons = vec![henvend::verify::Ignored::Below];
    let events = vec![CaseEvent::MailReceived { mail }, CaseEvent::ResultsIgnored { reasons }];
    Entry { no: EntryNo::new(1), at: Timestamp::from_secs(0), by: Actor::System, placed: None, events }
}

fn letter() -> Letter {
    Letter {
        id: LetterId { case: CaseId::new(7), entry: EntryNo::new(1), copy: 0 },
        kind: LetterKind::Acknowledgement,
        category: CategoryId::new(1),
        to: vec![To::Outside(Address::parse("kari@firma.no").expect("good"))],
        created: Timestamp::from_secs(0),
        state: LetterState::Stopped,
        next_try: Timestamp::from_secs(9),
        attempts: 2,
        last_error: Some("later".to_owned()),
        lease: None,
    }
}

impl Store for Fake {
    fn transact(
        &self,
        _raw: Option<RawMail>,
        keys: Keys,
        mut decide: Decide,
    ) -> Answer<'_, Result<Receipt, StoreError>> {
        let mut inside = self.inside();
        let letters = inside.letters.iter().filter(|letter| keys.letters.contains(&letter.id));
        let view = View {
            directory: inside.directory.clone(),
            letters: letters.map(|letter| (letter.id, letter.clone())).collect(),
            ..View::default()
        };
        let Change { receipt, directory: entries, letters, .. } = decide(&view);
        let mut directory = Directory::clone(&inside.directory);
        entries.iter().for_each(|entry| apply(&mut directory, &entry.event));
        inside.directory = Arc::new(directory);
        inside.history.extend(entries);
        for changed in letters {
            inside.letters.retain(|letter| letter.id != changed.id);
            inside.letters.push(changed);
        }
        drop(inside);
        self.answer(receipt)
    }

    fn peek(&self, _: Keys) -> Answer<'_, Result<View, StoreError>> {
        self.answer(View { next_case: CaseId::new(8), ..View::default() })
    }

    fn case(&self, id: CaseId) -> Answer<'_, Result<Option<Case>, StoreError>> {
        self.answer((id == case().id).then(case))
    }

    fn directory(&self) -> Arc<Directory> {
        self.inside().directory.clone()
    }

    fn page(&self, query: Query) -> Answer<'_, Result<Page, StoreError>> {
        let page = match query {
            Query::Cases(query) if query.before.is_none_or(|before| case().id < before) => {
                let fits = query.statuses.is_empty() || query.statuses.contains(&case().status);
                Page::Cases { cases: fits.then(case).into_iter().take(query.max).collect(), below: None }
            }
            Query::Cases(_) | Query::Search { .. } => Page::Cases { cases: Vec::new(), below: None },
            Query::Journal { .. } => Page::Journal(vec![entry()]),
            Query::Letters { .. } => Page::Letters(self.inside().letters.clone()),
            Query::DirectoryHistory { from, max } => {
                let skipped = usize::try_from(from.get() - 1).expect("small");
                Page::DirectoryHistory(self.inside().history.iter().skip(skipped).take(max).cloned().collect())
            }
        };
        self.answer(page)
    }

    fn raw(&self, _: RawRef) -> Answer<'_, Result<Bytes, StoreError>> {
        self.answer(Bytes::from_static(RAW))
    }

    fn due(&self, _: Timestamp, _: usize) -> Answer<'_, Result<Due<Deadline>, StoreError>> {
        self.answer(Due { items: Vec::new(), next: None })
    }

    fn lease(&self, _: NodeId, _: Timestamp, _: Timestamp, _: usize) -> Answer<'_, Result<Due<Letter>, StoreError>> {
        self.answer(Due { items: Vec::new(), next: None })
    }

    fn health(&self) -> Result<(), StoreError> {
        if self.inside().down { Err(StoreError::Unavailable("disk full".to_owned())) } else { Ok(()) }
    }

    fn changed(&self) -> Arc<tokio::sync::Notify> {
        Arc::default()
    }
}

struct Elsewhere;

impl Transport for Elsewhere {
    fn send(&self, _: Outgoing) -> Answer<'_, Result<Vec<henvend::ports::Handover>, SendFailure>> {
        Box::pin(async { Err(SendFailure::Temporary("no way out here".to_owned())) })
    }
}

impl Authenticator for Elsewhere {
    fn gather<'a>(&'a self, _: &'a Envelope, _: &'a Mail, _: &'a RawMail) -> Answer<'a, Evidence> {
        Box::pin(async { Evidence::default() })
    }
}

impl Clock for Elsewhere {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_790_000_000)
    }

    fn sleep_until(&self, _: Timestamp) -> Answer<'_, ()> {
        Box::pin(std::future::pending())
    }
}

impl Reception for Elsewhere {
    fn recipient(&self, address: &Address) -> RecipientVerdict {
        if address.local() == "it" { RecipientVerdict::Accept } else { RecipientVerdict::Unknown }
    }

    fn has_room(&self, bytes: u64) -> bool {
        bytes < 1000
    }

    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>> {
        assert_eq!(&raw.bytes()[..], RAW, "line ends are made those of the wire");
        let outcome = Outcome { became: Became::Added, case: CaseId::new(7) };
        let receipt = Receipt { outcomes: vec![outcome; envelope.recipients.len()], refused: None };
        Box::pin(async { Ok(receipt) })
    }
}

pub struct House {
    folder: tempfile::TempDir,
    pub store: Arc<Fake>,
    pub world: Arc<World>,
    pub life: Arc<Life>,
    stops: Vec<oneshot::Sender<()>>,
    pub running: Vec<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl House {
    pub async fn open() -> Self {
        let store = Arc::new(Fake::default());
        store.inside().letters.push(letter());
        let (elsewhere, life) = (Arc::new(Elsewhere), Arc::new(Life::default()));
        let doors = Doors {
            store: store.clone(),
            transport: elsewhere.clone(),
            authenticator: elsewhere.clone(),
            clock: elsewhere.clone(),
        };
        let ring = KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32])]).expect("one key");
        let policy = Config::default().policy(Arc::new(ring));
        let world = Arc::new(World::new(doors, Arc::new(Metrics::new()), policy));
        let folder = tempfile::tempdir().expect("a folder");
        let mut house =
            Self { folder, store, world: world.clone(), life: life.clone(), stops: vec![], running: vec![] };
        house.listen("probes", probes::router(ProbeState { world: world.clone(), life: life.clone() })).await;
        house
            .listen(
                "api",
                api::router(ApiState {
                    world,
                    reception: elsewhere,
                    read_mail: Arc::new(|raw| {
                        let text = String::from_utf8_lossy(raw.bytes()).into_owned();
                        Box::pin(async { Mail { new_text: text, ..Mail::default() } })
                    }),
                    explain: Arc::new(|_, envelope, raw| {
                        let said = serde_json::json!({ "bytes": raw.bytes().len(), "to": envelope.recipients.len() });
                        Box::pin(async { Ok(said) })
                    }),
                    rebuild_search: Arc::new(|| {}),
                    life,
                    mail_bytes_max: 2000,
                }),
            )
            .await;
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn listen(&mut self, name: &str, router: axum::Router) {
        let place = Place::Unix(self.path(name));
        let socket = Socket::bind(&place).await.expect("a socket");
        let again = Socket::bind(&place).await.expect_err("in use");
        assert_eq!(again.kind(), std::io::ErrorKind::AddrInUse);
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        self.running.push(tokio::spawn(serve(socket, router, stopped)));
        self.stops.push(stop);
    }

    pub fn client(&self) -> Client {
        Client::at(&self.path("api"))
    }

    /// Status and body of a probe.
    pub async fn probe(&self, path: &str) -> (u16, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::UnixStream::connect(self.path("probes")).await.expect("listening");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
    }

    pub async fn close(self) {
        drop(self.stops);
        for server in self.running {
            server.await.expect("no panic").expect("no failure");
        }
    }
}
