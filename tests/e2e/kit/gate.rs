//! A gate between henvend and its smarthost, which can be shut at a certain word.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use super::PATIENCE;

/// What does not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// henvend's mails, from the first word on.
    Mail,
    /// The smarthost's word that it has one.
    Receipt,
}

/// Passes everything on, until it is told to hold something back.
pub struct Gate {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    held: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    what: Option<Hold>,
    /// How many connections wait at it.
    count: usize,
}

impl Gate {
    /// A gate in front of this port.
    pub fn before(smarthost: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for henvend in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", smarthost)) else { continue };
                pass(&shared, &henvend, &server);
            }
        });
        Self { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on this is held back.
    pub fn hold(&self, what: Hold) {
        *self.state.held.lock().expect("no thread panicked") = Held { what: Some(what), count: 0 };
    }

    /// Waits until somebody stands before the gate.
    pub fn wait_held(&self) {
        let held = self.state.held.lock().expect("no thread panicked");
        let waited = self.state.changed.wait_timeout_while(held, PATIENCE, |held| held.count == 0);
        assert!(waited.expect("no thread panicked").0.count > 0, "henvend did not come to the gate");
    }

    /// Nothing is held back any more.
    pub fn open(&self) {
        self.state.held.lock().expect("no thread panicked").what = None;
        self.state.changed.notify_all();
    }
}

/// Carries both directions in threads of their own, which end with the connection.
fn pass(state: &Arc<State>, henvend: &TcpStream, server: &TcpStream) {
    let both = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    let (shared, from, mut to) = (state.clone(), BufReader::new(both(henvend)), both(server));
    std::thread::spawn(move || {
        for line in from.split(b'\n').map_while(Result::ok) {
            if line.starts_with(b"MAIL FROM:") {
                shared.stop_at(Hold::Mail);
            }
            if to.write_all(&[&line[..], b"\n"].concat()).is_err() {
                break;
            }
        }
        // Whoever hangs up, the other one is told.
        let _gone = to.shutdown(Shutdown::Write);
    });
    let (state, from, mut to) = (state.clone(), BufReader::new(both(server)), both(henvend));
    std::thread::spawn(move || {
        let mut data = false;
        for line in from.split(b'\n').map_while(Result::ok) {
            if std::mem::replace(&mut data, line.starts_with(b"354 ")) {
                state.stop_at(Hold::Receipt);
            }
            if to.write_all(&[&line[..], b"\n"].concat()).is_err() {
                break;
            }
        }
        let _gone = to.shutdown(Shutdown::Both);
    });
}

impl State {
    /// Waits here for as long as this is held back.
    fn stop_at(&self, what: Hold) {
        let mut held = self.held.lock().expect("no thread panicked");
        if held.what == Some(what) {
            held.count += 1;
            self.changed.notify_all();
            drop(self.changed.wait_while(held, |held| held.what == Some(what)));
        }
    }
}
