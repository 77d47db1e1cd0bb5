//! systemd's own program hands henvend its sockets.

use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::kit::{free_ports, wait_until};
use crate::load::client::{Place, Session};
use crate::load::mails::Order;
use crate::load::no_beat;
use crate::load::program::{House, Settings, TO};
use crate::load::smarthost::Smarthost;

#[test]
fn mail_is_taken_on_sockets_that_systemd_opened() {
    let smarthost = Smarthost::start(std::sync::Arc::new(drop), no_beat()).unwrap();
    let (binary, below) = (env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"));
    let house = House::new(binary, below, smarthost.address, &Settings::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, [port]) = (folder.path().join("lmtp.sock"), free_ports());

    let mut command = Command::new("systemd-socket-activate");
    command.args(["--fdname=lmtp:lmtp", "-E", "NOTIFY_SOCKET", "-l"]).arg(&path);
    command.arg("-l").arg(format!("127.0.0.1:{port}")).arg(binary);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    // henvend is not started before somebody calls.
    let called = path.clone();
    let caller = std::thread::spawn(move || {
        wait_until("systemd-socket-activate to listen", || UnixStream::connect(&called).map_err(|e| e.to_string()))
    });
    let running = house.start_by(command).unwrap();
    let first = caller.join().unwrap();
    house.move_in().unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let places = [Place::Unix(path), Place::Tcp(([127, 0, 0, 1], port).into())];
    for (number, place) in (1..).zip(&places) {
        let post = Order { run: "systemd", number, bytes: 2000, to: TO }.opening();
        let said = runtime.block_on(async { Session::open(place, no_beat()).await?.deliver(&post).await }).unwrap();
        assert!(said.taken(), "{}", said.reply);
    }
    drop(first);
    assert_eq!(house.highest_case().unwrap(), 2);
    assert!(running.stop().unwrap().success(), "{}", house.log_tail());
}
