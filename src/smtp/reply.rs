//! Every reply that we can utter. No status text stands anywhere else.

use std::fmt::Write;

use bytes::BytesMut;

use crate::address::Address;
use crate::envelope::Listener;
use crate::id::CaseId;

/// Longest reply line with its CRLF (RFC 5321 §4.5.3.1.5).
pub const LINE_BYTES_MAX: usize = 512;

/// One thing that we can say.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it is called in logs and metrics.
    pub name: &'static str,
    /// Three digits (RFC 5321 §4.2).
    pub code: u16,
    /// Enhanced status code (RFC 3463), `""` where none is allowed (RFC 2034 §4).
    pub enhanced: &'static str,
    /// The words.
    pub text: &'static str,
    /// Where it is laid down.
    pub source: &'static str,
}

macro_rules! replies {
    ($($name:ident $code:literal $enhanced:literal $text:literal $source:literal)*) => {
        $(
            #[doc = concat!("`", stringify!($code), " ", $enhanced, "`: ", $text, " (", $source, ").")]
            pub static $name: Reply =
                Reply { name: stringify!($name), code: $code, enhanced: $enhanced, text: $text, source: $source };
        )*
        /// All of them.
        pub const ALL: &[&Reply] = &[$(&$name),*];
    };
}

replies! {
    // name             code enhanced  text                                             source
    GREETING            220 ""         "ready"                                          "RFC 5321 §4.3.1"
    BYE                 221 "2.0.0"    "bye"                                            "RFC 5321 §4.1.1.10"
    HELLO               250 ""         "at your service"                                "RFC 5321 §4.1.1.1"
    HELP                214 "2.0.0"    "see RFC 5321 and RFC 2033"                      "RFC 5321 §4.1.1.8"
    OK                  250 "2.0.0"    "ok"                                             "RFC 5321 §4.1.1.9"
    SENDER_OK           250 "2.1.0"    "sender ok"                                      "RFC 5321 §4.1.1.2"
    RECIPIENT_OK        250 "2.1.5"    "recipient ok"                                   "RFC 5321 §4.1.1.3"
    TAKEN               250 "2.0.0"    "taken"                                          "RFC 5321 §4.1.1.4"
    NOT_VERIFIED        252 "2.5.0"    "addresses are checked at RCPT"                  "RFC 5321 §3.5.3"
    GO_AHEAD            354 ""         "end with a dot on a line of its own"            "RFC 5321 §4.1.1.4"
    SHUTTING_DOWN       421 "4.3.2"    "shutting down, try again"                       "RFC 5321 §3.8"
    TOO_BUSY            421 "4.3.2"    "too many connections, try again"                "RFC 5321 §3.8"
    IDLE                421 "4.4.2"    "waited too long"                                "RFC 5321 §4.5.3.2"
    TOO_SLOW            421 "4.4.2"    "mail came too slowly"                           "RFC 5321 §4.5.3.2"
    TOO_MANY_ERRORS     421 "4.7.0"    "too many errors"                                "RFC 5321 §3.8"
    OVERRUN             421 "4.3.4"    "no end of mail in sight"                        "RFC 5321 §3.8"
    UNAVAILABLE         451 "4.3.0"    "not now, try again"                             "RFC 5321 §4.2.2"
    NO_ROOM             452 "4.3.1"    "no room on disk now"                            "RFC 1870 §6"
    TOO_MANY_RECIPIENTS 452 "4.5.3"    "too many recipients"                            "RFC 5321 §4.5.3.1.10"
    UNKNOWN_COMMAND     500 "5.5.1"    "command not known"                              "RFC 5321 §4.2.4"
    WRONG_HELLO         500 "5.5.1"    "not the hello of this protocol"                 "RFC 2033 §4.1"
    LINE_TOO_LONG       500 "5.5.2"    "line too long"                                  "RFC 5321 §4.5.3.1.4"
    LONE_CR_OR_LF       500 "5.5.2"    "lines end in CR LF, both and together"          "RFC 5321 §2.3.8"
    CONTROL_CHARACTER   500 "5.5.2"    "control character in command"                   "RFC 5321 §4.1.2"
    NOT_UTF8            500 "5.5.2"    "command is not UTF-8"                           "RFC 6531 §3.3"
    SYNTAX              501 "5.5.4"    "syntax error in arguments"                      "RFC 5321 §4.2.2"
    BAD_PARAMETER       501 "5.5.4"    "parameter value not valid"                      "RFC 5321 §4.2.2"
    BAD_SENDER          501 "5.1.7"    "sender address not valid"                       "RFC 5321 §4.1.2"
    BAD_RECIPIENT       501 "5.1.3"    "recipient address not valid"                    "RFC 5321 §4.1.2"
    NOT_OFFERED         502 "5.5.1"    "not offered here"                               "RFC 5321 §4.2.4"
    HELLO_FIRST         503 "5.5.1"    "say hello first"                                "RFC 5321 §4.1.4"
    MAIL_FIRST          503 "5.5.1"    "need MAIL first"                                "RFC 5321 §4.1.4"
    RECIPIENT_FIRST     503 "5.5.1"    "no recipient was accepted"                      "RFC 2033 §4.2"
    MAIL_ALREADY        503 "5.5.1"    "a mail is under way"                            "RFC 5321 §4.1.4"
    NOT_TRUSTED         550 "5.7.0"    "not for you"                                    "RFC 5321 §4.2.2"
    NO_SUCH_USER        550 "5.1.1"    "nobody here has this address"                   "RFC 5321 §3.3"
    INACTIVE            550 "5.2.1"    "address is not in use now"                      "RFC 3463 §3.3"
    TOO_BIG             552 "5.3.4"    "mail is too big"                                "RFC 1870 §6"
    NEEDS_SMTPUTF8      553 "5.6.7"    "such an address needs SMTPUTF8"                 "RFC 6531 §3.5"
    BROKEN_LINES        554 "5.6.0"    "lone CR or LF in mail"                          "RFC 5321 §2.3.8"
    TEXT_LINE_TOO_LONG  554 "5.6.0"    "line in mail too long"                          "RFC 5321 §4.5.3.1.6"
    UNKNOWN_PARAMETER   555 "5.5.4"    "parameter not known"                            "RFC 5321 §4.1.1.11"
}

impl Reply {
    /// Adds this reply to what is to be sent.
    pub fn write(&self, out: &mut BytesMut) {
        put(out, format_args!("{} {}{}{}\r\n", self.code, self.enhanced, space(self.enhanced), self.text));
    }
}

/// A refused command: what the peer is told, and what only the log is told.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// To the peer.
    pub reply: &'static Reply,
    /// For the log; never peer bytes.
    pub detail: &'static str,
}

impl Refusal {
    /// A refusal with its private reason.
    pub const fn new(reply: &'static Reply, detail: &'static str) -> Self {
        Self { reply, detail }
    }
}

/// What became of the mail for one recipient, for the reply to a trusted peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The case that it is on.
    pub case: CaseId,
    /// The word for what happened: `new`, `added`, `duplicate` …
    pub became: &'static str,
}

/// What a host says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Its name.
    pub host: &'a str,
    /// Announced with SIZE (RFC 1870 §4).
    pub mail_bytes_max: u64,
    /// Whether XFORWARD is offered: only to those whose word counts.
    pub xforward: bool,
}

/// The first line of a connection.
pub fn greet(out: &mut BytesMut, host: &str, listener: Listener) {
    put(out, format_args!("{} {host} {} {}\r\n", GREETING.code, protocol(listener), GREETING.text));
}

/// The answer to HELO.
pub fn hello(out: &mut BytesMut, host: &str) {
    put(out, format_args!("{} {host} {}\r\n", HELLO.code, HELLO.text));
}

/// The answer to EHLO and LHLO: what we can do, a line each (RFC 5321 §4.1.1.1).
pub fn offer(out: &mut BytesMut, offer: Offer<'_>) {
    let code = HELLO.code;
    put(out, format_args!("{code}-{} {}\r\n", offer.host, HELLO.text));
    for name in ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"] {
        put(out, format_args!("{code}-{name}\r\n"));
    }
    if offer.xforward {
        put(out, format_args!("{code}-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n"));
    }
    put(out, format_args!("{code} SIZE {}\r\n", offer.mail_bytes_max));
}

/// `250 2.0.0 <orakel@example.org> HV-1042 new`: what became of one recipient's copy, for a trusted peer.
pub fn receipt(out: &mut BytesMut, address: &Address, prefix: &str, place: Place) {
    let mut line = format!("{} {} <{address}> {prefix}-{} {}", TAKEN.code, TAKEN.enhanced, place.case, place.became);
    if line.len() > LINE_BYTES_MAX - 2 {
        line = format!("{} {} {prefix}-{} {}", TAKEN.code, TAKEN.enhanced, place.case, place.became);
    }
    put(out, format_args!("{line}\r\n"));
}

/// The same in one reply for the whole mail, as SMTP wants it: each case once, as many as a line holds.
pub fn receipts(out: &mut BytesMut, prefix: &str, places: &[Place]) {
    let mut line = format!("{} {}", TAKEN.code, TAKEN.enhanced);
    for (index, place) in places.iter().enumerate() {
        if places[..index].contains(place) {
            continue;
        }
        let more = format!("{} {prefix}-{} {}", if index == 0 { "" } else { "," }, place.case, place.became);
        if line.len() + more.len() > LINE_BYTES_MAX - 2 {
            break;
        }
        line.push_str(&more);
    }
    put(out, format_args!("{line}\r\n"));
}

/// The protocol's name in the greeting.
fn protocol(listener: Listener) -> &'static str {
    match listener {
        Listener::Smtp => "ESMTP",
        Listener::Lmtp | Listener::Submission | Listener::Pipe => "LMTP",
    }
}

fn space(before: &str) -> &'static str {
    if before.is_empty() { "" } else { " " }
}

fn put(out: &mut BytesMut, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a growing buffer takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_sound() {
        for reply in ALL {
            assert!(reply.text.is_ascii() && reply.text.len() < 100, "{}", reply.name);
            let class = reply.code / 100;
            assert!((2..=5).contains(&class), "{}", reply.name);
            // RFC 2034 §4: the class digit of both codes is the same.
            let same = reply.enhanced.is_empty() || reply.enhanced.starts_with(&class.to_string());
            assert!(same, "{}", reply.name);
            assert!(reply.source.contains('§'), "{}", reply.name);
            assert_eq!(ALL.iter().filter(|other| other.name == reply.name).count(), 1, "{}", reply.name);
        }
    }

    #[test]
    fn receipts_stay_within_a_line() {
        let mut out = BytesMut::new();
        let places: Vec<Place> = (1..500).map(|n| Place { case: CaseId::new(n), became: "new" }).collect();
        receipts(&mut out, "HV", &places);
        assert!(out.len() <= LINE_BYTES_MAX && out.starts_with(b"250 2.0.0 HV-1 new, HV-2 new,"));
        out.clear();
        let long = Address::parse(&format!("\"{}\"@example.org", "x".repeat(600))).expect("good");
        receipt(&mut out, &long, "HV", places[0]);
        assert_eq!(&out[..], b"250 2.0.0 HV-1 new\r\n");
    }
}
