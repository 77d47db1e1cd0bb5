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

/// A port on loopback that is free now.
pub fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("it has an address").port()
}
