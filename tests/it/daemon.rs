//! The whole daemon on a disk that fails: what its peers are told, how it ends, and that nothing taken is lost.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use henvend::cli::client::Client;
use henvend::config::{Config, read};
use henvend::daemon::{Failure, Signals, start_on, until_told};
use henvend::http::types::VerifyPage;
use henvend::metrics::Metrics;
use henvend::ports::{CaseQuery, Page, Query, Store};
use henvend::store::redb::{OpenConfig, RedbStore};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use crate::kill::each_on_a_case_exactly_once;
use crate::kit::disk::{Fault, FaultyDisk, Left};
use crate::kit::house::{DIRECTORY, apply};
use crate::load::client::{Place, Session};
use crate::load::mails::{Order, Post};
use crate::load::no_beat;
use crate::load::program::{self, Settings};
use crate::load::smarthost::Smarthost;
use crate::net::{say, until};

const TO: &str = "orakel@uni.example";
const WAIT_MAX: Duration = Duration::from_secs(60);

fn post(number: u64, bytes: usize) -> Post {
    Order { run: "disk", number, bytes, to: TO }.opening()
}

fn configuration(folder: &Path, smarthost: u16) -> Config {
    let at = folder.display();
    let text = format!(
        "host_name = \"henvend.example\"\nreply_domain = \"svar.example\"\ndata_directory = \"{at}/data\"\n\
         [listen]\nlmtp = \"unix:{at}/lmtp\"\n[http]\nprobes = \"off\"\napi = \"unix:{at}/api\"\n\
         [[outbound.smarthost]]\nport = {smarthost}\n"
    );
    read("henvend.toml", &text).unwrap()
}

/// The daemon on a disk in memory.
struct Daemon {
    lmtp: PathBuf,
    running: JoinHandle<Result<(), Failure>>,
}

impl Daemon {
    async fn start(folder: &Path, disk: &FaultyDisk, smarthost: u16) -> Self {
        let metrics = Arc::new(Metrics::new());
        let mut open = OpenConfig::new("unused");
        open.metrics = metrics.clone();
        let store = RedbStore::open_on(Arc::new(disk.clone()), open).unwrap();
        let running = start_on(configuration(folder, smarthost), store, metrics).await.unwrap();
        apply(&running.world, DIRECTORY).await.unwrap();
        let file = folder.join("henvend.toml");
        let running = tokio::spawn(async move { until_told(running, Signals::new()?, &file).await });
        Self { lmtp: folder.join("lmtp"), running }
    }

    async fn deliver(&self, post: &Post) -> String {
        let mut session = Session::open(&Place::Unix(self.lmtp.clone()), no_beat()).await.unwrap();
        session.deliver(post).await.unwrap().reply
    }

    /// A session that has said all of a mail but the final dot.
    async fn begin(&self, post: &Post) -> UnixStream {
        let mut stream = UnixStream::connect(&self.lmtp).await.unwrap();
        say(&mut stream, &format!("LHLO c\r\nMAIL FROM:<{}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n", post.from)).await;
        until(&mut stream, "354 ").await;
        say(&mut stream, std::str::from_utf8(&post.bytes).unwrap()).await;
        stream
    }
}

async fn count_cases(store: &dyn Store) -> usize {
    let query = CaseQuery { max: 1000, ..CaseQuery::default() };
    let Page::Cases { cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("not cases") };
    cases.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failed_sync_everybody_gets_451_and_the_daemon_ends() {
    let smarthost = Smarthost::start(Arc::new(drop), no_beat()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let daemon = Daemon::start(folder.path(), &disk, smarthost.address.port()).await;
    for number in 0..3 {
        let reply = daemon.deliver(&post(number, 3000)).await;
        assert!(reply.starts_with("250 "), "{reply}");
    }
    let under_way: Vec<Post> = (3..7).map(|number| post(number, 3000)).collect();
    let mut sessions = Vec::new();
    for post in &under_way {
        sessions.push(daemon.begin(post).await);
    }
    let mut idle = UnixStream::connect(&daemon.lmtp).await.unwrap();
    until(&mut idle, "220 ").await;

    disk.fail(Fault::SyncsFailFrom(1));
    for session in &mut sessions {
        say(session, ".\r\n").await;
    }
    for session in &mut sessions {
        // It is told about its mail first, and then that we go.
        let heard = until(session, "421 ").await;
        assert!(heard.starts_with("451 4.3.") && !heard.contains("250 "), "{heard}");
    }
    until(&mut idle, "421 4.3.2 ").await;
    drop((sessions, idle));
    let ended = tokio::time::timeout(Duration::from_secs(20), daemon.running).await.unwrap().unwrap();
    let failure = ended.unwrap_err();
    assert!(matches!(&failure, Failure::Broken(why) if why.contains("sync")), "{failure}");
    assert_eq!(failure.exit_code(), 75, "systemd starts it again");
    assert!(UnixStream::connect(&daemon.lmtp).await.is_err(), "nobody listens any more");

    // Started again, on what a power cut would have left: what was taken is there, and the others may come again.
    let disk = disk.after_power_cut(Left::Nothing);
    let daemon = Daemon::start(folder.path(), &disk, smarthost.address.port()).await;
    for post in (0..3).map(|number| post(number, 3000)).chain(under_way) {
        let reply = daemon.deliver(&post).await;
        assert!(reply.starts_with("250 "), "{reply}");
    }
    daemon.running.abort();
    let store = RedbStore::open_on(Arc::new(disk.after_power_cut(Left::Nothing)), OpenConfig::new("unused")).unwrap();
    assert_eq!(count_cases(&store).await, 7, "each mail on a case, once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_is_told_while_the_daemon_works() {
    let smarthost = Smarthost::start(Arc::new(drop), no_beat()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let daemon = Daemon::start(folder.path(), &disk, smarthost.address.port()).await;
    for number in 0..3 {
        daemon.deliver(&post(number, 3000)).await;
    }
    let client = Client::at(&folder.path().join("api"));
    let found = async |path: &str| client.get::<VerifyPage>(path).await.unwrap();
    let all = found("/v1/verify").await;
    assert_eq!((all.cases, all.problems, all.next), (3, vec![], None));
    let first = found("/v1/verify?max=1").await;
    assert_eq!((first.cases, first.next.as_deref()), (1, Some("HV-1")));
    assert_eq!(found("/v1/verify?after=HV-1").await.cases, 2);

    disk.spoil_a_mail();
    let problems = found("/v1/verify").await.problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].case.as_str(), problems[0].entry), ("HV-1", Some(1)));
    assert!(daemon.deliver(&post(3, 3000)).await.starts_with("250 "));
    daemon.running.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_disk_is_full_mail_gets_451_and_the_daemon_goes_on() {
    let smarthost = Smarthost::start(Arc::new(drop), no_beat()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let daemon = Daemon::start(folder.path(), &disk, smarthost.address.port()).await;
    assert!(daemon.deliver(&post(0, 3000)).await.starts_with("250 "));
    disk.fail(Fault::FullFor { from: 1, until: u64::MAX });
    for number in 1..4 {
        let reply = daemon.deliver(&post(number, 3000)).await;
        assert!(reply.starts_with("451 4.3."), "{reply}");
    }
    disk.fail(Fault::Never);
    let begun = Instant::now();
    for number in 1..4 {
        while !daemon.deliver(&post(number, 3000)).await.starts_with("250 ") {
            assert!(begun.elapsed() < WAIT_MAX && !daemon.running.is_finished());
        }
    }
    daemon.running.abort();
    let store = RedbStore::open_on(Arc::new(disk.after_power_cut(Left::Nothing)), OpenConfig::new("unused")).unwrap();
    assert_eq!(count_cases(&store).await, 4, "each mail on a case, once");
}

/// No file of this process may grow beyond so many bytes; `None`: as large as it likes.
fn limit_files(pid: u32, bytes: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

/// The largest file below a folder, in bytes.
fn largest(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let size = |entry: std::fs::DirEntry| match entry.metadata().unwrap() {
        found if found.is_dir() => largest(&entry.path()),
        found => found.len(),
    };
    entries.map(size).max().unwrap_or_default()
}

#[tokio::test]
async fn while_files_cannot_grow_mail_gets_451_and_then_all_is_well_by_itself() {
    let smarthost = Smarthost::start(Arc::new(drop), no_beat()).unwrap();
    let (binary, below) = (env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"));
    let house = program::House::new(binary, below, smarthost.address, &Settings::default()).unwrap();
    // A write beyond the limit is to fail like one on a full disk, not to end the process.
    let mut command = house.shell("trap '' XFSZ");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let running = house.start_by(command).unwrap();
    house.move_in().unwrap();
    let deliver = async |post: &Post| {
        let mut session = Session::open(&house.lmtp(), no_beat()).await.unwrap();
        session.deliver(post).await.unwrap().reply
    };
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    limit_files(running.pid(), Some(largest(&house.data())));
    for number in 0..200 {
        let post = post(number, 100_000);
        let reply = deliver(&post).await;
        match &reply[..4] {
            "250 " => taken.push((post, None)),
            "451 " => refused.push(post),
            _ => panic!("{reply}"),
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "{} taken", taken.len());
    assert!(house.queue().is_ok(), "it still answers: {}", house.log_tail());

    limit_files(running.pid(), None);
    let begun = Instant::now();
    for post in refused {
        loop {
            let reply = deliver(&post).await;
            if reply.starts_with("250 ") {
                break;
            }
            assert!(reply.starts_with("451 ") && begun.elapsed() < WAIT_MAX, "{reply}\n{}", house.log_tail());
        }
        taken.push((post, None));
    }
    println!("well again after {:?}", begun.elapsed());
    assert!(running.stop().unwrap().success(), "{}", house.log_tail());
    assert!(each_on_a_case_exactly_once(&house, &taken).await.is_empty());
}
