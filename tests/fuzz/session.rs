//! What a peer says, in any pieces, to a session without a socket.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use henvend::address::Domain;
use henvend::envelope::Listener;
use henvend::smtp::limits::Limits;
use henvend::smtp::server::{Action, Peer, Session, SessionConfig, Verdict};
use henvend::time::Timestamp;

use crate::dice::Dice;
use crate::rounds;
use crate::seeds::dialogs;

const WORDS: &[&str] = &[
    "\r\n",
    "\r\n.\r\n",
    "\n.\n",
    "\r.\r",
    "\r\n..\r\n",
    "LHLO x\r\n",
    "EHLO x\r\n",
    "MAIL FROM:<>\r\n",
    "MAIL FROM:<a@b.example> SIZE=1 BODY=8BITMIME SMTPUTF8\r\n",
    "RCPT TO:<orakel@example.org>\r\n",
    "RCPT TO:<orakel@example.org> ORCPT=rfc822;a+40b NOTIFY=NEVER\r\n",
    "DATA\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "QUIT\r\n",
    "VRFY x\r\n",
    "BDAT 5 LAST\r\n",
    "XFORWARD NAME=x\r\n",
    "STARTTLS\r\n",
    "AUTH PLAIN AAAA\r\n",
    "\0",
    "\u{e5}",
    "@",
    "<",
    ">",
    "SIZE=99999999999999999999",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// Plays input in pieces; gives how many mails were taken.
fn play(dice: &mut Dice, input: &[u8]) -> usize {
    let limits = Limits { mail_bytes_max: 20_000, ..Limits::default() };
    let config = SessionConfig {
        listener: *dice.pick(&[Listener::Lmtp, Listener::Smtp, Listener::Submission]),
        host: Domain::parse("mx.example.org").unwrap(),
        prefix: "HV".to_owned(),
        limits,
    };
    let peer = Peer { name: "unix".to_owned(), trusted: dice.one_in(2) };
    let mut now = Timestamp::from_secs(1_793_000_000);
    let mut session = Session::new(Arc::new(config), peer, now);
    let (mut said, mut taken, mut rest) = (Vec::new(), 0, input);
    let mut buffer = BytesMut::new();
    // Each octet is good for a few steps at most.
    let mut steps = 16 * input.len() + 64;
    loop {
        steps = steps.checked_sub(1).expect("the session goes round and round");
        assert!(session.body_held() <= 64 * 1024);
        let verdict = match session.feed(&mut buffer, now) {
            Action::Close => break,
            Action::Wait if rest.is_empty() => break,
            Action::Wait => {
                let length = if dice.one_in(3) { 1 } else { 1 + dice.below(600) };
                let (piece, behind) = rest.split_at(length.min(rest.len()));
                buffer.extend_from_slice(piece);
                rest = behind;
                now = now.plus(Duration::from_millis(10));
                continue;
            }
            Action::Send(bytes) => {
                said.extend_from_slice(&bytes);
                continue;
            }
            Action::Recipient(_) | Action::Room(_) => {
                dice.pick(&[Verdict::Accept, Verdict::Accept, Verdict::Unavailable]).clone()
            }
            Action::Accept(mail) => {
                taken += 1;
                assert!(mail.body.len() <= 20_000);
                Verdict::Taken(Vec::new())
            }
        };
        session.answer(verdict, now);
    }
    // Every line is a reply of ours, whole: nothing of what the peer said comes back as a line of its own.
    let said = String::from_utf8(said).expect("replies are text");
    assert!(said.is_empty() || said.ends_with("\r\n"));
    for line in said.split("\r\n").filter(|line| !line.is_empty()) {
        let code = line.get(..3).and_then(|code| code.parse::<u16>().ok());
        assert!(code.is_some_and(|code| (200..600).contains(&code)) && !line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    taken
}

#[test]
fn any_dialog_is_answered() {
    let seeds = dialogs();
    let mut taken = 0;
    rounds("session", 75_000, |dice| {
        let mut input = dice.pick(&seeds).clone();
        let other = dice.pick(&seeds).clone();
        dice.change(&mut input, WORDS, &other);
        taken += play(dice, &input);
    });
    // Else the changes are too wild to come anywhere.
    assert!(taken > 20 || std::env::var_os("HENVEND_SEED").is_some(), "only {taken} mails were taken");
}
