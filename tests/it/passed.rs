//! Sockets that a service manager opened and passed to the program: taken by name, and kept while it is restarted.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixStream};

use crate::load::client::{Place, Session};
use crate::load::mails::{Order, Post};
use crate::load::no_beat;
use crate::load::program::{House, Running, Settings, TO};
use crate::load::smarthost::Smarthost;
use crate::net::{say, until};

/// A unix and a TCP socket, held as a service manager holds them, and the program that is to have them.
struct Scene {
    house: House,
    unix: UnixListener,
    tcp: TcpListener,
    path: PathBuf,
    _folder: tempfile::TempDir,
    _smarthost: Smarthost,
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passed");
        let unix = UnixListener::bind(&path).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let smarthost = Smarthost::start(std::sync::Arc::new(drop), no_beat()).unwrap();
        let (binary, below) = (env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"));
        let house = House::new(binary, below, smarthost.address, &Settings::default()).unwrap();
        Self { house, unix, tcp, path, _folder: folder, _smarthost: smarthost }
    }

    fn address(&self) -> SocketAddr {
        self.tcp.local_addr().unwrap()
    }

    /// Passes these two, as descriptors 3 and 4, with what is said of them.
    fn start(&self, sockets: [OwnedFd; 2], names: &str) -> std::io::Result<Running> {
        let [first, second] = sockets;
        // Only three descriptors can be given to a child; its shell puts two of them where they belong.
        let places = "exec 3<&0 4<&1 </dev/null >/dev/null\nexport LISTEN_PID=$$ LISTEN_FDS=2";
        let mut command: Command = self.house.shell(&format!("{places} {names}"));
        command.stdin(Stdio::from(first)).stdout(Stdio::from(second));
        self.house.start_by(command)
    }

    fn both(&self) -> [OwnedFd; 2] {
        [self.unix.try_clone().unwrap().into(), self.tcp.try_clone().unwrap().into()]
    }

    /// It ends at once, because of its configuration, and says this.
    fn refused(&self, sockets: [OwnedFd; 2], names: &str, words: &str) {
        let said = self.start(sockets, names).map(drop).unwrap_err().to_string();
        assert!(said.contains("exit status: 78") && said.contains(words), "{names}: {said}");
    }
}

fn post(number: u64) -> Post {
    Order { run: "passed", number, bytes: 2000, to: TO }.opening()
}

async fn deliver(place: Place, number: u64) {
    let said = Session::open(&place, no_beat()).await.unwrap().deliver(&post(number)).await.unwrap();
    assert!(said.taken(), "{}", said.reply);
}

/// SMTP, which has no LHLO.
async fn deliver_by_smtp(stream: &mut TcpStream, number: u64) {
    let Post { from, to, bytes, .. } = post(number);
    until(stream, "220 ").await;
    say(stream, &format!("EHLO c\r\nMAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nDATA\r\n")).await;
    until(stream, "354 ").await;
    stream.write_all(&bytes).await.unwrap();
    say(stream, ".\r\nQUIT\r\n").await;
    let heard = until(stream, "221 ").await;
    assert!(heard.contains("250 2.0.0 "), "{heard}");
}

#[tokio::test]
async fn mail_is_taken_on_passed_sockets_by_their_names() {
    let scene = Scene::open();
    let running = scene.start(scene.both(), "LISTEN_FDNAMES=lmtp:smtp").unwrap();
    scene.house.move_in().unwrap();
    deliver(Place::Unix(scene.path.clone()), 1).await;
    deliver_by_smtp(&mut TcpStream::connect(scene.address()).await.unwrap(), 2).await;
    let Place::Unix(own) = scene.house.lmtp() else { panic!("the house listens on a unix socket") };
    assert!(!own.exists(), "the passed socket stands in for the one of the configuration");
    assert!(running.stop().unwrap().success());
    // The other way round it is the other way round; and two of one name are both listened on.
    let [unix, tcp] = scene.both();
    let running = scene.start([tcp, unix], "LISTEN_FDNAMES=lmtp:lmtp").unwrap();
    deliver(Place::Tcp(scene.address()), 3).await;
    deliver(Place::Unix(scene.path.clone()), 4).await;
    assert!(running.stop().unwrap().success());
    assert!(!scene.house.log_tail().contains("panicked"), "{}", scene.house.log_tail());
}

#[tokio::test]
async fn callers_wait_while_the_program_is_restarted() {
    let scene = Scene::open();
    let running = scene.start(scene.both(), "LISTEN_FDNAMES=lmtp:smtp").unwrap();
    scene.house.move_in().unwrap();
    deliver(Place::Unix(scene.path.clone()), 1).await;
    assert!(running.stop().unwrap().success());
    // Nobody is there, and still nobody is turned away.
    let mut by_unix = UnixStream::connect(&scene.path).await.unwrap();
    let mut by_tcp = TcpStream::connect(scene.address()).await.unwrap();
    say(&mut by_unix, "LHLO c\r\n").await;
    let running = scene.start(scene.both(), "LISTEN_FDNAMES=lmtp:smtp").unwrap();
    until(&mut by_unix, "250 ").await;
    deliver_by_smtp(&mut by_tcp, 2).await;
    // The same when it is killed.
    running.kill().unwrap();
    let mut by_tcp = TcpStream::connect(scene.address()).await.unwrap();
    let running = scene.start(scene.both(), "LISTEN_FDNAMES=lmtp:smtp").unwrap();
    deliver_by_smtp(&mut by_tcp, 3).await;
    assert!(running.stop().unwrap().success());
}

#[test]
fn sockets_that_nobody_can_use_are_a_problem_of_the_configuration() {
    let scene = Scene::open();
    let names = "must be lmtp, smtp or submission";
    scene.refused(scene.both(), "LISTEN_FDNAMES=lmtp:henvend.socket", "a socket named \"henvend.socket\"");
    scene.refused(scene.both(), "LISTEN_FDNAMES=lmtp:henvend.socket", names);
    // What systemd calls a socket without a name, and no names at all.
    scene.refused(scene.both(), "LISTEN_FDNAMES=unknown:lmtp", names);
    scene.refused(scene.both(), "", names);
    scene.refused(scene.both(), "LISTEN_FDNAMES=lmtp", "LISTEN_FDNAMES");
    scene.refused(scene.both(), "LISTEN_FDNAMES=submission:smtp", "listen.submission is off");
    let [unix, tcp] = scene.both();
    scene.refused([tcp, unix], "LISTEN_FDNAMES=submission:lmtp", "submission is on the network");
    let (connection, _other_end) = std::os::unix::net::UnixStream::pair().unwrap();
    let [_, tcp] = scene.both();
    scene.refused([connection.into(), tcp], "LISTEN_FDNAMES=lmtp:smtp", "lmtp does not listen");
}

#[test]
fn sockets_for_another_process_are_left_alone() {
    let scene = Scene::open();
    let running = scene.start(scene.both(), "LISTEN_FDNAMES=lmtp:smtp LISTEN_PID=1").unwrap();
    let Place::Unix(own) = scene.house.lmtp() else { panic!("the house listens on a unix socket") };
    assert!(own.exists());
    assert!(running.stop().unwrap().success());
}
