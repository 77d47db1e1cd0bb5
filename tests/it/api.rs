//! The API and the probes through real unix sockets, asked by the command line's own client; the store behind them is
//! a small one in memory.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use henvend::act::{Doors, World};
use henvend::address::Address;
use henvend::case::change::{Became, Change, Letter, LetterKind, LetterState, Outcome, Receipt, To};
use henvend::case::event::{Actor, CaseEvent, Entry, MailEntry, RawRef};
use henvend::case::model::{Case, Channel, Priority, Status};
use henvend::case::view::{Deadline, Keys, View};
use henvend::cli::client::{Client, ClientError, Content, with_query};
use henvend::config::Config;
use henvend::directory::apply::apply;
use henvend::directory::event::DirectoryEntry;
use henvend::directory::model::Directory;
use henvend::envelope::{Envelope, RawMail};
use henvend::http::api::{self, ApiState};
use henvend::http::probes::{self, Life, ProbeState};
use henvend::http::types as json;
use henvend::http::{Socket, serve};
use henvend::id::{CaseId, CategoryId, CustomerId, EntryNo, KeyId, LetterId, MailId, NodeId};
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

const RAW: &[u8] = b"Subject: Hei\r\n\r\nTekst\r\n";

#[derive(Default)]
struct Inside {
    directory: Arc<Directory>,
    history: Vec<DirectoryEntry>,
    letters: Vec<Letter>,
    down: bool,
}

/// One case, one letter, any directory; decisions run on a true view.
#[derive(Default)]
struct Fake(Mutex<Inside>);

impl Fake {
    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.0.lock().expect("no panic while locked")
    }

    fn answer<T: Send + 'static>(&self, answer: T) -> Answer<'_, Result<T, StoreError>> {
        let result = self.health().map(|()| answer);
        Box::pin(async move { result })
    }
}

fn case() -> Case {
    Case {
        id: CaseId::new(7),
        customer: CustomerId::new(1),
        category: CategoryId::new(1),
        watching: Vec::new(),
        title: "Blåbær".to_owned(),
        status: Status::Waiting,
        owner: None,
        owned_since: None,
        watchers: Vec::new(),
        priority: Priority::Normal,
        channel: Channel::Mail,
        contact: None,
        participants: Vec::new(),
        links: vec![CaseId::new(3)],
        opened: Timestamp::from_secs(0),
        changed: Timestamp::from_secs(0),
        settled: None,
        wait_until: None,
        last_entry: EntryNo::new(1),
        last_contact_entry: None,
        last_answer_entry: None,
        thread_ids: Vec::new(),
        acknowledged: false,
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
    };
    let events = vec![CaseEvent::MailReceived { mail }];
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
        self.answer(View::default())
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
                Page::Cases(fits.then(case).into_iter().take(query.max).collect())
            }
            Query::Cases(_) => Page::Cases(Vec::new()),
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

struct House {
    folder: tempfile::TempDir,
    store: Arc<Fake>,
    world: Arc<World>,
    life: Arc<Life>,
    stops: Vec<oneshot::Sender<()>>,
    running: Vec<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl House {
    fn open() -> Self {
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
        house.listen("probes", probes::router(ProbeState { world: world.clone(), life: life.clone() }));
        house.listen(
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
                life,
                mail_bytes_max: 2000,
            }),
        );
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn listen(&mut self, name: &str, router: axum::Router) {
        let listener = tokio::net::UnixListener::bind(self.path(name)).expect("a socket");
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        self.running.push(tokio::spawn(serve(Socket::Unix(listener), router, stopped)));
        self.stops.push(stop);
    }

    fn client(&self) -> Client {
        Client::at(&self.path("api"))
    }

    /// Status and body of a probe.
    async fn probe(&self, path: &str) -> (u16, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::UnixStream::connect(self.path("probes")).await.expect("listening");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
    }

    async fn close(self) {
        drop(self.stops);
        for server in self.running {
            server.await.expect("no panic").expect("no failure");
        }
    }
}

fn status_of<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> u16 {
    match answer {
        Err(ClientError::Refused(problem)) => problem.status,
        other => panic!("a problem was wanted: {other:?}"),
    }
}

#[tokio::test]
async fn cases_and_queue_are_listed() {
    let house = House::open();
    let client = house.client();
    let page: json::CasePage = client.get("/v1/cases?status=waiting,open&max=1").await.expect("a page");
    assert_eq!((page.cases[0].reference.as_str(), page.next.as_deref()), ("HV-7", Some("HV-7")));
    let page: json::CasePage = client.get("/v1/cases?before=HV-7").await.expect("a page");
    assert_eq!((page.cases.len(), page.next), (0, None));

    let case: json::CaseView = client.get("/v1/cases/hv-7").await.expect("the case");
    assert_eq!((case.case.title.as_str(), &case.links[..]), ("Blåbær", &["HV-3".to_owned()][..]));
    let mail = case.journal[0].mail.as_ref().expect("a mail");
    assert_eq!(mail.new_text.as_deref(), Some("Subject: Hei\r\n\r\nTekst\r\n"));
    assert_eq!(case.journal[0].events[0].event, "mail_received");

    for (path, status) in [
        ("/v1/cases/HV-8", 404),
        ("/v1/cases/x", 400),
        ("/v1/cases?status=lost", 400),
        ("/v1/cases?category=no/where", 400),
        ("/v1/cases?max=0", 400),
        ("/v1/nothing", 404),
    ] {
        assert_eq!(status_of(client.get::<serde_json::Value>(path).await), status, "{path}");
    }

    let queue: json::QueuePage = client.get("/v1/queue").await.expect("a page");
    assert_eq!((queue.letters[0].state.as_str(), queue.letters[0].to[0].as_str()), ("stopped", "kari@firma.no"));
    let done: json::Retried = client.post("/v1/queue/7.1.0/retry", Content::none()).await.expect("done");
    assert_eq!(done.letter, "7.1.0");
    let queue: json::QueuePage = client.get("/v1/queue").await.expect("a page");
    assert_eq!(
        (queue.letters[0].state.as_str(), queue.letters[0].next_try.as_str()),
        ("queued", "2026-09-21T14:13:20Z")
    );
    assert_eq!(status_of(client.post::<json::Retried>("/v1/queue/7.9.0/retry", Content::none()).await), 404);
    house.close().await;
}

#[tokio::test]
async fn a_directory_is_shown_applied_and_exported() {
    let house = House::open();
    let client = house.client();
    let shipped = include_str!("../../config/directory.toml");
    let ask = |toml: &str, dry_run, version| {
        Content::json(&json::ApplyRequest { toml: toml.to_owned(), prune: true, dry_run, version })
    };
    let path = "/v1/directory/apply";
    let seen: json::Applied = client.post(path, ask(shipped, true, None)).await.expect("a difference");
    assert!(!seen.applied && seen.version == 0 && seen.lines.len() > 10, "{seen:?}");
    let done: json::Applied = client.post(path, ask(shipped, false, Some(0))).await.expect("applied");
    assert!(done.applied && done.version > 10 && done.lines == seen.lines, "{done:?}");
    assert_eq!(house.store.directory().version().get(), done.version);
    let again: json::Applied = client.post(path, ask(shipped, false, None)).await.expect("applied");
    assert_eq!((again.lines.len(), again.version), (0, done.version));
    assert_eq!(status_of(client.post::<json::Applied>(path, ask(shipped, false, Some(0))).await), 409);
    assert_eq!(status_of(client.post::<json::Applied>(path, ask("x = 1", false, None)).await), 422);

    let export: json::DirectoryExport = client.get("/v1/directory").await.expect("a file");
    let again: json::Applied = client.post(path, ask(&export.toml, true, None)).await.expect("a difference");
    assert!(again.lines.is_empty(), "{again:?}");
    let history: json::HistoryPage = client.get("/v1/directory/history?from=2&max=1").await.expect("a page");
    assert_eq!((history.events[0].version, history.next), (2, Some(3)));
    assert!(history.events[0].by.starts_with("cli:"), "{history:?}");
    house.close().await;
}

#[tokio::test]
async fn mails_are_handed_in_and_explained() {
    let house = House::open();
    let client = house.client();
    let path = with_query("/v1/deliver", [("from", ""), ("to", "it@uni.no"), ("to", "it+x@uni.no")]);
    let unix = b"From kari Mon Nov 22\nSubject: Hei\n\nTekst\n".to_vec();
    let answer = client.post::<json::Delivered>(&path, Content::mail(unix.clone())).await;
    assert_eq!(status_of(answer), 422, "it+x is nobody here");
    let path = with_query("/v1/deliver", [("to", "it@uni.no")]);
    let done: json::Delivered = client.post(&path, Content::mail(unix.clone())).await.expect("delivered");
    assert_eq!((done.outcomes[0].case.as_str(), done.outcomes[0].became.as_str()), ("HV-7", "added"));
    for (path, mail, status) in [
        ("/v1/deliver".to_owned(), unix.clone(), 400),
        (with_query("/v1/deliver", [("to", "it")]), unix.clone(), 400),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), Vec::new(), 422),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), vec![b'x'; 1500], 503),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), vec![b'x'; 2500], 413),
    ] {
        assert_eq!(status_of(client.post::<json::Delivered>(&path, Content::mail(mail)).await), status, "{path}");
    }
    let path = with_query("/v1/explain", [("to", "a@b.no"), ("to", "c@d.no")]);
    let said: serde_json::Value = client.post(&path, Content::mail(unix)).await.expect("explained");
    assert_eq!(said, serde_json::json!({ "bytes": RAW.len(), "to": 2 }));
    house.close().await;
}

#[tokio::test]
async fn probes_tell_what_is_missing() {
    let house = House::open();
    assert_eq!(house.probe("/livez").await, (200, "ok\n".to_owned()));
    let (status, text) = house.probe("/readyz").await;
    assert_eq!(status, 503);
    assert!(text.contains("[-] started") && text.contains("[-] operator") && !text.contains("store"), "{text}");
    assert_eq!(house.probe("/startupz").await.0, 503);

    house.life.started();
    let shipped = include_str!("../../config/directory.toml");
    let ask = json::ApplyRequest { toml: shipped.to_owned(), ..Default::default() };
    let _: json::Applied = house.client().post("/v1/directory/apply", Content::json(&ask)).await.expect("applied");
    assert_eq!(house.probe("/readyz").await, (200, "ok\n".to_owned()));
    let verbose = "[+] started\n[+] draining\n[+] store\n[+] operator\nok\n";
    assert_eq!(house.probe("/readyz?verbose").await, (200, verbose.to_owned()));
    let status: json::Status = house.client().get("/v1/status").await.expect("a status");
    assert!(status.ready && status.customers == 1 && status.categories == 2 && status.users == 3, "{status:?}");
    assert_eq!((status.letters_waiting, status.letters_stopped), (Some(1), Some(1)));

    house.store.inside().down = true;
    assert_eq!(house.probe("/readyz").await, (503, "[-] store store unavailable: disk full\nnot ok\n".to_owned()));
    assert_eq!(status_of(house.client().get::<json::CasePage>("/v1/cases").await), 503);
    let (_, numbers) = house.probe("/metrics").await;
    assert!(numbers.contains("henvend_daemon_ready_current 0\n"), "{numbers}");
    assert!(numbers.contains("henvend_http_requests_total{status=\"5xx\"} 1\n"), "{numbers}");
    assert_eq!(house.world.metrics.ready.get(), 0);
    house.close().await;
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let nobody = Client::at(&folder.path().join("none"));
    assert!(matches!(nobody.get::<json::Status>("/v1/status").await, Err(ClientError::Absent { .. })));

    let mut house = House::open();
    let path = house.path("garbage");
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("own file");
    // A server that hangs up is an answer lost, not a daemon absent.
    house.running.push(tokio::spawn(async move { listener.accept().await.map(drop) }));
    let answer = Client::at(&path).get::<json::Status>("/v1/status").await;
    assert!(matches!(answer, Err(ClientError::Broken(_))), "{answer:?}");
    house.close().await;
}
