//! Everybody's mailboxes: a mail server that takes all mail and keeps it, byte for byte.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use super::PATIENCE;
use super::received::Received;

/// Everybody's mailboxes.
pub struct Sink {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<Received>>,
    came: Condvar,
    refused: Mutex<BTreeSet<String>>,
}

impl Sink {
    /// Opens the mailboxes on a free port.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for peer in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(&state, &peer));
            }
        });
        Self { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on there is no such mailbox.
    pub fn refuse(&self, address: &str) {
        self.state.refused.lock().expect("no thread panicked").insert(address.to_lowercase());
    }

    /// All that came so far.
    pub fn everything(&self) -> Vec<Received> {
        self.state.mails.lock().expect("no thread panicked").clone()
    }

    /// All that this mailbox has so far.
    pub fn mailbox(&self, address: &str) -> Vec<Received> {
        self.everything().into_iter().filter(|mail| mail.is_to(address)).collect()
    }

    /// The mailbox's mails once it has `count` of them; fails when it has more or not enough in time.
    pub fn wait(&self, address: &str, count: usize) -> Vec<Received> {
        self.matching(&format!("mails to {address}"), count, |mail| mail.is_to(address))
    }

    /// The mails that are `wanted` once there are `count` of them; fails when there are more or not enough in time.
    pub fn matching(&self, what: &str, count: usize, wanted: impl Fn(&Received) -> bool) -> Vec<Received> {
        let mails = self.state.mails.lock().expect("no thread panicked");
        let too_few = |mails: &mut Vec<Received>| mails.iter().filter(|mail| wanted(mail)).count() < count;
        let waited = self.state.came.wait_timeout_while(mails, PATIENCE, too_few);
        let (mails, _) = waited.expect("no thread panicked");
        let found: Vec<Received> = mails.iter().filter(|mail| wanted(mail)).cloned().collect();
        let seen: Vec<String> = mails.iter().map(Received::summary).collect();
        assert_eq!(found.len(), count, "{what}; all that came:\n{}", seen.join("\n"));
        found
    }

    /// The mailbox's newest mail, which is its `count`th.
    pub fn newest(&self, address: &str, count: usize) -> Received {
        self.wait(address, count).pop().expect("at least one was waited for")
    }
}

fn serve(state: &State, peer: &TcpStream) {
    let Ok(reading) = peer.try_clone() else { return };
    let mut lines = BufReader::new(reading);
    let mut writing = peer;
    let mut say = |text: &str| writing.write_all(format!("{text}\r\n").as_bytes()).is_ok();
    if !say("220 sink.example ESMTP") {
        return;
    }
    let mut envelope = (String::new(), Vec::new());
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let said = match verb.as_str() {
            "EHLO" => say("250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE"),
            "MAIL" => {
                envelope = (path(&line), Vec::new());
                say("250 2.1.0 ok")
            }
            "RCPT" if state.refused.lock().is_ok_and(|no| no.contains(&path(&line).to_lowercase())) => {
                say("550 5.1.1 no such mailbox")
            }
            "RCPT" => {
                envelope.1.push(path(&line));
                say("250 2.1.5 ok")
            }
            "DATA" if envelope.1.is_empty() => say("503 5.5.1 nobody to give it to"),
            "DATA" => {
                let Some(data) = say("354 go on").then(|| data(&mut lines)).flatten() else { return };
                keep(state, &envelope, &data);
                say("250 2.0.0 kept")
            }
            "QUIT" => {
                say("221 2.0.0 bye");
                return;
            }
            _ => say("250 2.0.0 ok"),
        };
        if !said {
            return;
        }
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(path, _)| path.to_owned()).unwrap_or_default()
}

/// The mail up to the lone dot, unstuffed.
fn data(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        match line.as_slice() {
            b".\r\n" => return Some(mail),
            [b'.', rest @ ..] => mail.extend_from_slice(rest),
            _ => mail.extend_from_slice(&line),
        }
    }
}

fn keep(state: &State, envelope: &(String, Vec<String>), data: &[u8]) {
    let (reverse_path, recipients) = envelope;
    let mails = recipients.iter().map(|recipient| Received {
        reverse_path: reverse_path.clone(),
        recipient: recipient.clone(),
        data: data.to_vec(),
    });
    state.mails.lock().expect("no thread panicked").extend(mails);
    state.came.notify_all();
}
