//! Listeners and sessions on real sockets: room, order, patience, going down.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use henvend::address::Domain;
use henvend::envelope::Listener;
use henvend::net::listen::{Bound, Endpoint, ListenConfig, bind};
use henvend::net::passed::Passed;
use henvend::net::serve::serve;
use henvend::net::{Front, NetConfig, Phase};
use henvend::ports::{Answer, Clock};
use henvend::smtp::server::{Peer, Session};
use henvend::time::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dialog::bare;
use crate::dialog::house::House;
use crate::dialog::live::Frozen;
use crate::dialog::script::Settings;

/// Time that passes when it is told to.
struct Told(watch::Sender<Timestamp>);

impl Told {
    fn new() -> Self {
        Self(watch::Sender::new(Timestamp::from_secs(0)))
    }

    fn pass(&self, seconds: u64) {
        self.0.send_modify(|now| *now = now.plus(Duration::from_secs(seconds)));
    }
}

impl Clock for Told {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Answer<'_, ()> {
        let mut ear = self.0.subscribe();
        Box::pin(async move {
            ear.wait_for(|now| *now >= deadline).await.unwrap();
        })
    }
}

struct Running {
    house: Arc<House>,
    phase: watch::Sender<Phase>,
    ended: JoinHandle<()>,
}

fn config(folder: &Path) -> NetConfig {
    NetConfig::new(Domain::parse("mx.example.org").unwrap(), "HV".to_owned(), folder.to_owned())
}

fn listen(endpoint: Endpoint) -> io::Result<Bound> {
    bind(&ListenConfig { listener: Listener::Lmtp, endpoint, trusted: Vec::new() }, &mut Passed::default())
}

fn run(bound: Bound, config: NetConfig) -> Running {
    let house = Arc::new(House::new(&Settings::lmtp()));
    let front = Arc::new(Front::new(config, house.clone(), Arc::new(Frozen), Arc::default()));
    let (phase, ear) = watch::channel(Phase::Serving);
    Running { house, phase, ended: tokio::spawn(bound.run(front, ear)) }
}

/// Reads up to and with `text`; fails after a long time or at the end.
pub async fn until(stream: &mut (impl AsyncRead + Unpin), text: &str) -> String {
    let mut heard = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&heard).contains(text) {
            if stream.read_buf(&mut heard).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(20), reading).await;
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.contains(text), "no {text:?} in {heard:?}");
    heard
}

pub async fn say(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

const OPENING: &str = "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<orakel@example.org>\r\nDATA\r\n";

#[tokio::test]
async fn mails_without_room_in_memory_wait_on_disk_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut config = config(folder.path());
    config.limits.mail_bytes_max = 1 << 20;
    config.inflight_bytes_max = 1 << 20;
    let running = run(listen(Endpoint::Unix { path: path.clone(), mode: 0o600 }).unwrap(), config);
    let line = format!("{}\r\n", "x".repeat(98));
    let big = line.repeat(9_000);
    let mut first = UnixStream::connect(&path).await.unwrap();
    let mut second = UnixStream::connect(&path).await.unwrap();
    for stream in [&mut first, &mut second] {
        say(stream, OPENING).await;
        until(stream, "354 ").await;
        say(stream, &big).await;
    }
    say(&mut second, "two\r\n.\r\n").await;
    say(&mut first, "one\r\n.\r\n").await;
    until(&mut first, "250 2.0.0 <orakel@example.org> HV-").await;
    until(&mut second, "250 2.0.0 <orakel@example.org> HV-").await;
    assert_eq!(*running.house.count.borrow(), 2);
    let mails = running.house.mails();
    assert!(
        mails.contains(&format!("{big}one\r\n").into_bytes()) && mails.contains(&format!("{big}two\r\n").into_bytes())
    );
}

#[tokio::test]
async fn going_down_finishes_what_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let running = run(listen(Endpoint::Unix { path: path.clone(), mode: 0o600 }).unwrap(), config(folder.path()));
    let mut idle = UnixStream::connect(&path).await.unwrap();
    let mut busy = UnixStream::connect(&path).await.unwrap();
    until(&mut idle, "220 ").await;
    say(&mut busy, OPENING).await;
    until(&mut busy, "354 ").await;
    running.phase.send(Phase::Draining).unwrap();
    until(&mut idle, "421 4.3.2 ").await;
    say(&mut busy, "hei\r\n.\r\n").await;
    let heard = until(&mut busy, "421 4.3.2 ").await;
    assert!(heard.starts_with("250 2.0.0 <orakel@example.org> HV-1 new\r\n"), "{heard}");
    drop((idle, busy));
    tokio::time::timeout(Duration::from_secs(20), running.ended).await.unwrap().unwrap();
    assert!(UnixStream::connect(&path).await.is_err());
    assert_eq!(*running.house.count.borrow(), 1);
}

#[tokio::test]
async fn one_tcp_peer_has_only_so_many_connections() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.connections_per_peer_max = 1;
    let bound = listen(Endpoint::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
    let address = bound.tcp_address().unwrap();
    let _running = run(bound, config);
    let mut first = TcpStream::connect(address).await.unwrap();
    until(&mut first, "220 ").await;
    let mut second = TcpStream::connect(address).await.unwrap();
    until(&mut second, "421 4.3.2 too many connections").await;
    say(&mut first, "QUIT\r\n").await;
    until(&mut first, "221 ").await;
}

#[tokio::test]
async fn all_connections_together_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let config = NetConfig { connections_idle_max: 1, sessions_at_work_max: 1, ..config(folder.path()) };
    let _running = run(listen(Endpoint::Unix { path: path.clone(), mode: 0o600 }).unwrap(), config);
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(UnixStream::connect(&path).await.unwrap());
        until(taken.last_mut().unwrap(), "220 ").await;
    }
    let mut third = UnixStream::connect(&path).await.unwrap();
    until(&mut third, "421 4.3.2 ").await;
    // One at work; the other is held back until the first is done.
    let (first, second) = taken.split_at_mut(1);
    say(&mut first[0], OPENING).await;
    until(&mut first[0], "354 ").await;
    say(&mut second[0], OPENING).await;
    say(&mut first[0], "hei\r\n.\r\n").await;
    until(&mut first[0], "HV-1 new").await;
    until(&mut second[0], "354 ").await;
}

#[tokio::test]
async fn a_unix_socket_takes_the_place_of_a_dead_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let endpoint = Endpoint::Unix { path: path.clone(), mode: 0o620 };
    let living = listen(endpoint.clone()).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
    assert_eq!(listen(endpoint.clone()).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    drop(living);
    let anew = listen(endpoint.clone()).unwrap();
    assert!(UnixStream::connect(&path).await.is_ok());
    drop(anew);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "a file of somebody's").unwrap();
    assert_eq!(listen(endpoint).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert!(listen(Endpoint::Passed("lmtp".to_owned())).is_err());
}

fn session(clock: &dyn Clock) -> Session {
    let settings = Settings::lmtp();
    Session::new(Arc::new(bare::config(&settings)), Peer { name: "test".to_owned(), trusted: true }, clock.now())
}

/// A front whose time is ours.
fn front(folder: &Path) -> (Arc<Told>, Front) {
    let clock = Arc::new(Told::new());
    let house = Arc::new(House::new(&Settings::lmtp()));
    (clock.clone(), Front::new(config(folder), house, clock, Arc::default()))
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_told_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, front) = front(folder.path());
    let (_phase, ear) = watch::channel(Phase::Serving);
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let peer = async {
        until(&mut theirs, "220 ").await;
        clock.pass(300);
        until(&mut theirs, "421 4.4.2 waited too long\r\n").await;
        drop(theirs);
    };
    tokio::join!(serve(ours, session(&*clock), &front, ear), peer);
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, front) = front(folder.path());
    let (_phase, ear) = watch::channel(Phase::Serving);
    let (ours, mut theirs) = tokio::io::duplex(64);
    let peer = async {
        let shouting = "HELP\r\n".repeat(1000);
        // It hangs up on us before it has read all: that is what is to be shown.
        let heard_out = tokio::join!(theirs.write_all(shouting.as_bytes()), async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            clock.pass(60);
        });
        assert!(heard_out.0.is_err());
    };
    tokio::join!(serve(ours, session(&*clock), &front, ear), peer);
}

#[tokio::test]
async fn patience_ends_when_we_go_down() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, front) = front(folder.path());
    let (phase, ear) = watch::channel(Phase::Serving);
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let peer = async {
        say(&mut theirs, OPENING).await;
        until(&mut theirs, "354 ").await;
        phase.send(Phase::Draining).unwrap();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        clock.pass(8);
        until(&mut theirs, "421 4.3.2 ").await;
        drop(theirs);
    };
    tokio::join!(serve(ours, session(&*clock), &front, ear), peer);
}
