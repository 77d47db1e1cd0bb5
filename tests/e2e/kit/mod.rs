//! What the stories are played with: a mail server, the daemon, and everybody's mailboxes.

pub mod compose;
pub mod daemon;
pub mod gate;
pub mod journal;
pub mod leaks;
pub mod login;
pub mod place;
pub mod postfix;
pub mod printed;
pub mod received;
pub mod setting;
pub mod sink;
pub mod smtp;

use std::time::Duration;

/// How long any one thing may take before the test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait before looking again at something that cannot tell by itself.
const PAUSE: Duration = Duration::from_millis(25);
/// Where ports are looked for. Linux gives any from 32768 on (`net.ipv4.ip_local_port_range`).
const PORTS: std::ops::Range<u32> = 10_000..32_000;

/// Looks again and again until `look` sees it; fails with what it saw last.
///
/// Only for other programs' states, which nothing announces; what the sink receives is waited for by an event.
pub fn wait_until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let rounds = PATIENCE.as_millis() / PAUSE.as_millis();
    let mut last = String::new();
    for _ in 0..rounds {
        match look() {
            Ok(seen) => return seen,
            Err(instead) => last = instead,
        }
        std::thread::park_timeout(PAUSE);
    }
    panic!("waited in vain for {what}; last seen: {last}");
}

/// Ports on loopback for programs that cannot say which one they got: all different, and below those that the kernel
/// gives to whoever asks for any, so that nobody else gets one of them before its program has started.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let start = std::process::id() % (PORTS.end - PORTS.start);
    let round = (PORTS.start + start..PORTS.end).chain(PORTS.start..PORTS.start + start);
    let ports = round.map(|port| u16::try_from(port).expect("a port"));
    // Held until all are found.
    let mut free = ports.filter_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok());
    let held: [_; N] = std::array::from_fn(|_| free.next().expect("a free port"));
    held.map(|socket| socket.local_addr().expect("it has an address").port())
}
