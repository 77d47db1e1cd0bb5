//! The sending side, from MAIL to the reply to the final dot, as a value. Hello, TLS and AUTH are done before.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::data::stuffed;
use super::parameter::to_xtext;
use super::peer::{Heard, PeerReply, ReplyReader};
use crate::address::{Address, ReversePath};

/// What the other side said that it can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// RFC 2920.
    pub pipelining: bool,
    /// RFC 6152.
    pub eight_bit: bool,
    /// RFC 6531.
    pub smtputf8: bool,
    /// RFC 3461.
    pub dsn: bool,
    /// RFC 1870: `Some(0)` when it tells no limit.
    pub size: Option<u64>,
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where failures are reported.
    pub reverse_path: ReversePath,
    /// Whom it is for, at least one.
    pub recipients: Vec<Address>,
    /// The mail, not stuffed.
    pub data: Bytes,
    /// `ENVID`; may be empty.
    pub envelope_id: String,
}

/// What became of it for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The other side has it.
    Taken,
    /// Not now.
    Temporary(String),
    /// Never: the mail, or anything from us.
    Permanent {
        /// Enhanced status code.
        status: Option<String>,
        /// The words.
        detail: String,
    },
    /// Never, because of this recipient.
    Refused {
        /// Enhanced status code.
        status: Option<String>,
        /// The words.
        detail: String,
    },
}

/// What became of the whole attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One for each recipient, in order.
    Each(Vec<Fate>),
    /// The final dot went out and its reply never came: it may have been taken (RFC 1047).
    Unknown(String),
}

/// Which reply is awaited; each has its own patience (RFC 5321 §4.5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// To MAIL.
    Mail,
    /// To the RCPT of this recipient.
    Rcpt(usize),
    /// To DATA.
    Data,
    /// To the final dot.
    Dot,
}

/// What the shell shall do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write all of this.
    Write(Bytes),
    /// Read, and [`Delivery::hear`].
    Read(Phase),
    /// It is over.
    Done(Vec<Fate>),
}

/// One mail on its way over a connection that has said hello.
#[derive(Debug)]
pub struct Delivery {
    message: Message,
    offer: Offer,
    fates: Vec<Option<Fate>>,
    /// Commands not yet written, in order.
    unsaid: VecDeque<Phase>,
    /// Replies not yet read, in order.
    awaited: VecDeque<Phase>,
    accepted: Vec<usize>,
    replies: ReplyReader,
    mail_due: bool,
    over: bool,
    clean: bool,
}

impl Delivery {
    /// Looks the mail over, and settles at once what can't be sent to this server.
    pub fn new(message: Message, offer: Offer) -> Self {
        let whole = refused_whole(&message, offer);
        let fates: Vec<Option<Fate>> = message
            .recipients
            .iter()
            .map(|recipient| whole.clone().or_else(|| refused_recipient(&recipient.to_string(), offer)))
            .collect();
        let rcpts = (0..fates.len()).filter(|index| fates[*index].is_none()).map(Phase::Rcpt);
        let unsaid: VecDeque<Phase> = [Phase::Mail].into_iter().chain(rcpts).chain([Phase::Data]).collect();
        let over = fates.iter().all(Option::is_some);
        Self {
            message,
            offer,
            fates,
            unsaid,
            awaited: VecDeque::new(),
            accepted: Vec::new(),
            replies: ReplyReader::default(),
            mail_due: false,
            over,
            clean: true,
        }
    }

    /// What to do now.
    pub fn step(&mut self) -> Step {
        if self.over {
            return Step::Done(self.fates.iter().map(|fate| fate.clone().unwrap_or_else(unanswered)).collect());
        }
        if let Some(phase) = self.awaited.front() {
            return Step::Read(*phase);
        }
        if self.mail_due {
            self.mail_due = false;
            self.awaited.push_back(Phase::Dot);
            return Step::Write(stuffed(&self.message.data));
        }
        Step::Write(self.commands())
    }

    /// Takes what the other side wrote.
    pub fn hear(&mut self, input: &mut BytesMut) {
        while let Some(phase) = self.awaited.front().copied() {
            match self.replies.next(input) {
                Heard::More => return,
                Heard::Broken => return self.stop(&Fate::Temporary("unreadable reply".to_owned())),
                Heard::Whole(reply) => {
                    self.awaited.pop_front();
                    self.heard(phase, reply);
                }
            }
            if self.over {
                return;
            }
        }
        // RFC 5321 §4.1.1.4: a reply to what we have not said is none.
        if !input.is_empty() && !self.over {
            self.stop(&Fate::Temporary("a reply too many".to_owned()));
        }
    }

    /// The connection broke, or patience ended; `unwritten` octets of the last [`Step::Write`] never left us.
    pub fn lost(mut self, why: &str, unwritten: usize) -> Outcome {
        if self.awaited.front() == Some(&Phase::Dot) && unwritten == 0 && !self.over {
            return Outcome::Unknown(why.to_owned());
        }
        self.stop(&Fate::Temporary(why.to_owned()));
        Outcome::Each(self.fates.into_iter().map(|fate| fate.unwrap_or_else(unanswered)).collect())
    }

    /// Nothing was said to us yet in this transaction: if the connection is lost now, it was an old one gone stale.
    pub fn untouched(&self) -> bool {
        self.awaited.front().is_none_or(|phase| *phase == Phase::Mail) && !self.over
    }

    /// The connection can carry another mail.
    pub fn reusable(&self) -> bool {
        self.over && self.clean && self.awaited.is_empty()
    }

    fn commands(&mut self) -> Bytes {
        let mut wire = String::new();
        while let Some(phase) = self.unsaid.pop_front() {
            match phase {
                Phase::Mail => self.say_mail(&mut wire),
                Phase::Rcpt(index) => self.say_rcpt(&mut wire, index),
                Phase::Data | Phase::Dot => wire.push_str("DATA\r\n"),
            }
            self.awaited.push_back(phase);
            if !self.offer.pipelining {
                break;
            }
        }
        Bytes::from(wire)
    }

    fn say_mail(&self, wire: &mut String) {
        let message = &self.message;
        match &message.reverse_path {
            ReversePath::Null => wire.push_str("MAIL FROM:<>"),
            ReversePath::Mailbox(address) => wire.push_str(&format!("MAIL FROM:<{address}>")),
        }
        if self.offer.size.is_some() {
            wire.push_str(&format!(" SIZE={}", message.data.len()));
        }
        if self.offer.eight_bit && !message.data.is_ascii() {
            wire.push_str(" BODY=8BITMIME");
        }
        if self.offer.smtputf8 && needs_smtputf8(message) {
            wire.push_str(" SMTPUTF8");
        }
        if self.offer.dsn {
            wire.push_str(" RET=HDRS");
            if !message.envelope_id.is_empty() {
                wire.push_str(&format!(" ENVID={}", to_xtext(&message.envelope_id)));
            }
        }
        wire.push_str("\r\n");
    }

    fn say_rcpt(&self, wire: &mut String, index: usize) {
        wire.push_str(&format!("RCPT TO:<{}>", self.message.recipients[index]));
        if self.offer.dsn {
            // RFC 3461 §4.1: nobody could be told about a mail without a sender.
            wire.push_str(match self.message.reverse_path {
                ReversePath::Null => " NOTIFY=NEVER",
                ReversePath::Mailbox(_) => " NOTIFY=FAILURE,DELAY",
            });
        }
        wire.push_str("\r\n");
    }

    fn heard(&mut self, phase: Phase, reply: PeerReply) {
        let good = reply.code / 100 == if phase == Phase::Data { 3 } else { 2 };
        match (phase, good) {
            // RFC 5321 §3.8: whatever it answers, it is hanging up.
            _ if reply.code == 421 => self.stop(&fate(&reply)),
            (Phase::Mail, true) => {}
            (Phase::Rcpt(index), true) => self.accepted.push(index),
            (Phase::Rcpt(index), false) => self.fates[index] = Some(of_recipient(fate(&reply))),
            (Phase::Data, true) if !self.accepted.is_empty() => self.mail_due = true,
            (Phase::Dot, true) => {
                for index in std::mem::take(&mut self.accepted) {
                    self.fates[index] = Some(Fate::Taken);
                }
                self.over = true;
            }
            // A server that wants a mail without a recipient gets none: we hang up instead.
            (Phase::Data, true) => self.stop(&unanswered()),
            (Phase::Mail | Phase::Data | Phase::Dot, false) => self.stop(&fate(&reply)),
        }
        let refused = self.unsaid.front() == Some(&Phase::Data) && self.awaited.is_empty() && self.accepted.is_empty();
        if refused && !self.over {
            self.stop(&unanswered());
        }
    }

    /// Settles everybody who is not settled yet. The connection is not used again.
    fn stop(&mut self, fate: &Fate) {
        for open in self.fates.iter_mut().filter(|open| open.is_none()) {
            *open = Some(fate.clone());
        }
        self.over = true;
        self.clean = false;
    }
}

fn unanswered() -> Fate {
    Fate::Temporary("no answer".to_owned())
}

/// RFC 5321 §4.2.1: 5 is for ever, 4 is for now; anything else out of place is taken as for now.
fn fate(reply: &PeerReply) -> Fate {
    let detail = format!("{} {} {}", reply.code, reply.status.as_deref().unwrap_or(""), reply.text);
    match reply.code / 100 {
        5 => Fate::Permanent { status: reply.status.clone(), detail },
        _ => Fate::Temporary(detail),
    }
}

/// What is said of one recipient is about that recipient, unless a code says that it is not: RFC 3463 §3.1 has `1` for
/// an address, `2` for a mailbox, `0` for what has no other; the rest is for networks, protocols, contents, policies.
fn of_recipient(fate: Fate) -> Fate {
    match fate {
        Fate::Permanent { status, detail } if status.as_ref().is_none_or(|code| is_about_mailbox(code)) => {
            Fate::Refused { status, detail }
        }
        fate => fate,
    }
}

fn is_about_mailbox(status: &str) -> bool {
    matches!(status.split('.').nth(1), Some("0" | "1" | "2"))
}

fn never(status: &str, detail: &str) -> Option<Fate> {
    Some(Fate::Permanent { status: Some(status.to_owned()), detail: detail.to_owned() })
}

/// Why this server can have nothing of this mail.
fn refused_whole(message: &Message, offer: Offer) -> Option<Fate> {
    let sender = match &message.reverse_path {
        ReversePath::Null => String::new(),
        ReversePath::Mailbox(address) => address.to_string(),
    };
    if sender.chars().any(char::is_control) {
        return never("5.1.7", "control character in sender");
    }
    let wide = !sender.is_ascii() || !header(&message.data).is_ascii();
    if wide && !offer.smtputf8 {
        return never("5.6.7", "server does not offer SMTPUTF8");
    }
    if !message.data.is_ascii() && !offer.eight_bit {
        return never("5.6.3", "server does not offer 8BITMIME");
    }
    let size_max = offer.size.filter(|max| *max > 0);
    if size_max.is_some_and(|max| message.data.len() as u64 > max) {
        return never("5.3.4", "mail is too big for the server");
    }
    None
}

/// Why this server can't have the mail for this recipient.
fn refused_recipient(address: &str, offer: Offer) -> Option<Fate> {
    if address.chars().any(char::is_control) {
        return never("5.1.3", "control character in recipient");
    }
    if !address.is_ascii() && !offer.smtputf8 {
        return never("5.6.7", "server does not offer SMTPUTF8");
    }
    None
}

fn needs_smtputf8(message: &Message) -> bool {
    let sender = match &message.reverse_path {
        ReversePath::Null => true,
        ReversePath::Mailbox(address) => address.to_string().is_ascii(),
    };
    let recipients = message.recipients.iter().all(|recipient| recipient.to_string().is_ascii());
    !(sender && recipients && header(&message.data).is_ascii())
}

/// The header of a mail.
fn header(mail: &[u8]) -> &[u8] {
    memchr::memmem::find(mail, b"\r\n\r\n").map_or(mail, |end| &mail[..end])
}

#[cfg(test)]
mod tests;
