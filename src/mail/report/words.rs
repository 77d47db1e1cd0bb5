//! Reports of systems older than the standard, or beside it: told by their sender, their words, and the copy of the
//! mail below. Two independent signs are needed, so that nobody's own mail about a bounce is taken for one.

use crate::address::Address;
use crate::mail::machine::is_daemon;
use crate::mail::{ReportRecipient, ReportState};

use super::{Parts, RECIPIENTS_MAX, status, status_code};

/// Octets of text that are looked at.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// What the words say.
pub(super) struct Found<'a> {
    /// What became of the mail.
    pub state: ReportState,
    /// Whom it did not reach.
    pub recipients: Vec<ReportRecipient>,
    /// The copy of the returned mail, when it stands in the text.
    pub copy: Option<&'a str>,
}

/// Lower-case beginnings of subjects that mail systems write.
#[rustfmt::skip]
const SUBJECTS: &[&str] = &[
    "undeliver", "undelivered mail", "mail delivery fail", "delivery status notification", "delivery failure",
    "delivery notification", "returned mail", "failure notice", "mail delivery system", "message status",
    "delivery report", "mail could not be delivered", "warning: could not send", "warning: message",
    "warning - delayed", "non-delivery", "nondeliverable", "unable to deliver", "mail system error",
    "message undeliverable", "returned to sender", "mail failure", "failed mail", "delivery has failed",
    "delivery error", "error sending", "bounce", "delivery unsuccessful", "mail error", "no se puede entregar",
    "non remis", "non recapitabile", "unzustellbar", "zustellung", "kan ikke leveres", "ikke levert",
    "kunne ikke leveres", "kunde inte levereras", "onbestelbaar", "olevererbart", "uleverbar",
    "não foi possível entregar", "niedostarcz", "niet afgeleverd", "returned email", "mail returned",
    "message not delivered", "message delivery fail", "your message could not", "e-mail could not",
    "delivery delayed", "delayed mail", "rejected mail", "message rejected", "user unknown",
    "mail not delivered", "mail deliver", "email delivery fail", "sistema de entrega", "возврат",
    "недоставленное", "mail undeliverable", "undeliv",
];

/// Lower-case words that mail systems write in the text.
#[rustfmt::skip]
const PHRASES: &[&str] = &[
    "could not be delivered", "was not delivered", "delivery to the following", "undeliverable",
    "unable to deliver", "permanent fatal errors", "permanent error", "permanently undeliverable",
    "delivery failed", "did not reach the following", "wasn't able to deliver", "was not able to deliver",
    "following address failed", "address(es) failed", "following addresses failed", "following addresses had",
    "following recipient", "not be delivered to", "returned to sender", "user unknown", "unknown user",
    "no such user", "mailbox unavailable", "mailbox not found", "mailbox is full", "mailbox full", "over quota",
    "quota exceeded", "does not exist", "isn't able to be delivered", "has been delayed", "still undelivered",
    "not yet been delivered", "delivery attempts will continue", "have been unsuccessful",
    "recipient not found", "recipient unknown", "recipient rejected", "relaying denied", "host unknown",
    "message could not be", "mail could not be", "cannot be delivered", "can't be delivered",
    "couldn't be delivered", "failed to deliver", "delivery failure", "undelivered", "unzustellbar",
    "konnte nicht", "kunne ikke leveres", "ikke levert", "non è stato possibile", "no se pudo entregar",
    "n'a pas pu être", "not listed in", "invalid recipient", "addressee unknown", "bounced", "rejected by",
    "said: 5", "unrouteable", "unknown address", "invalid address", "delivery error", "not deliverable",
    "service unavailable", "message was not", "unable to send", "no valid recipients", "user not found",
    "not listed", "no longer", "i'm sorry to have to inform you", "couldn't deliver", "could not deliver",
    "delivery status notification",
];

/// Lower-case words of a report about a mail that is still being tried.
#[rustfmt::skip]
const DELAYED: &[&str] = &[
    "will keep trying", "has been delayed", "is delayed", "not yet been delivered", "still undelivered",
    "delivery attempts will continue", "will continue to try", "will be retried", "warning message only",
    "do not need to resend", "this is a warning", "delivery is delayed", "delayed mail", "transient",
    "will retry", "temporarily deferred", "message still undelivered", "no action is required", "keep trying",
    "not been able to deliver the message yet", "delivery delay",
];
/// Words that say it is over, however often it was delayed.
#[rustfmt::skip]
const OVER: &[&str] = &[
    "giving up", "permanent", "has failed", "have failed", "address(es) failed", "failed permanently",
    "could not be delivered", "was not delivered", "returned", "retry timeout exceeded", "too long",
    "undeliverable", "failure notice", "delivery failed",
];

/// Lower-case beginnings of lines below which the mail itself stands.
#[rustfmt::skip]
const COPY_LINES: &[&str] = &[
    "below this line is a copy", "this is a copy of the message", "this is a copy of your message",
    "original message", "unsent message follows", "unsent message", "original mail", "message header follows",
    "message headers", "returned message", "undelivered message", "message text follows",
    "the original message", "start of message", "your original message", "header of the message",
    "headers of the original", "text of your", "returned mail", "original headers", "message follows",
    "the header of", "a copy of the message", "return message", "returned content", "beginning of message",
    "forwarded message", "included message", "rejected message", "received:", "return-path:",
    "this is a copy of the headers",
];

/// Reads the words; `None` when they are not those of a mail system.
pub(super) fn read<'a>(parts: &'a Parts<'_>) -> Option<Found<'a>> {
    let mail = parts.mail;
    let subject = mail.subject.to_lowercase();
    let sender = Sender::of(parts, &subject);
    if sender == Sender::Anybody {
        return None;
    }
    let mut cut = mail.text.len().min(TEXT_BYTES_MAX);
    while !mail.text.is_char_boundary(cut) {
        cut -= 1;
    }
    let text = &mail.text[..cut];
    let (said, copy) = split_copy(text);
    let lower = said.to_lowercase();
    let by_words = || PHRASES.iter().any(|words| lower.contains(words));
    let is_report = match sender {
        Sender::Certain => true,
        Sender::System => SUBJECTS.iter().any(|words| subject.starts_with(words)) || by_words(),
        Sender::Gateway => by_words() && (copy.is_some() || parts.returned.is_some()),
        Sender::Anybody => false,
    };
    if !is_report {
        return None;
    }
    // The part for machines may have lost its boundaries on the way.
    if let Some(at) = lower.find("final-recipient:").filter(|at| said.is_char_boundary(*at))
        && let Some((state, recipients)) = status::read(&said[at..])
    {
        return Some(Found { state, recipients, copy: copy.or(Some(&text[at..])) });
    }
    let says = |list: &[&str]| list.iter().any(|words| lower.contains(words) || subject.contains(words));
    let state = if says(DELAYED) && !says(OVER) { ReportState::Delayed } else { ReportState::Failed };
    let mut recipients = failed_recipients_field(mail.field("x-failed-recipients").unwrap_or_default());
    if recipients.is_empty() {
        recipients = addresses(said, parts);
    }
    Some(Found { state, recipients, copy })
}

/// Who speaks, before a word of the text is read. A person's mail about a bounce has its words, perhaps its subject,
/// but neither its sender nor its form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// The form or a field says that it is a report.
    Certain,
    /// A mail system's name, or the null sender: the subject or the words must say so too.
    System,
    /// A nameless sender with a system's subject: the words and the returned mail must say so too.
    Gateway,
    /// No sign at all.
    Anybody,
}

impl Sender {
    fn of(parts: &Parts<'_>, subject: &str) -> Self {
        let mail = parts.mail;
        let daemon = is_daemon(mail);
        let replied = mail.field("auto-submitted").is_some_and(|value| value.trim().starts_with("auto-replied"));
        if replied && !daemon {
            return Self::Anybody;
        }
        if parts.is_report || mail.field("x-failed-recipients").is_some() {
            return Self::Certain;
        }
        if daemon || mail.field("return-path").is_some_and(|path| path.trim() == "<>") {
            return Self::System;
        }
        let nameless = mail.from.iter().all(|from| from.name.is_none()) && mail.in_reply_to.is_empty();
        let gateway = nameless && SUBJECTS.iter().any(|words| subject.starts_with(words));
        if gateway { Self::Gateway } else { Self::Anybody }
    }
}

/// The system's words, and the copy below them.
fn split_copy(text: &str) -> (&str, Option<&str>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let bare = line.trim().trim_matches(['-', '=', '*', '>', ' ', '_', '|', ':']);
        let bare = bare.get(..bare.len().min(60)).unwrap_or_default().to_lowercase();
        if COPY_LINES.iter().any(|words| bare.starts_with(words)) || bare.starts_with("received: from") {
            let own = bare.starts_with("received") || bare.starts_with("return-path");
            let copy = &text[if own { start } else { end }..];
            // A sentence about the copy may have several lines; the copy begins with its first field.
            return (&text[..start], Some(first_field(copy)));
        }
        start = end;
    }
    (text, None)
}

fn first_field(copy: &str) -> &str {
    const LINES_MAX: usize = 12;
    let mut start = 0;
    for line in copy.split_inclusive('\n').take(LINES_MAX) {
        let name = line.trim_start().split(':').next().unwrap_or_default();
        if name.len() < line.trim().len()
            && name.len() > 1
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return &copy[start..];
        }
        start += line.len();
    }
    copy
}

/// Exim names them in a field.
fn failed_recipients_field(value: &str) -> Vec<ReportRecipient> {
    let addresses = value.split([',', ' ']).filter_map(|word| Address::parse(word.trim_matches(['<', '>'])));
    addresses
        .take(RECIPIENTS_MAX)
        .map(|address| ReportRecipient { address: address.to_string(), status: None })
        .collect()
}

/// Addresses that begin a line, or stand alone in brackets: the form in which systems list whom they failed.
fn addresses(said: &str, parts: &Parts<'_>) -> Vec<ReportRecipient> {
    let own: Vec<&Address> = parts.mail.from.iter().chain(&parts.mail.to).map(|m| &m.address).collect();
    let mut listed: Vec<ReportRecipient> = Vec::new();
    let mut elsewhere: Vec<ReportRecipient> = Vec::new();
    let overall = status_code(said).or_else(|| reply_code(said));
    for line in said.lines() {
        let Some((address, first)) = address_in(line) else { continue };
        if own.contains(&&address) {
            continue;
        }
        let list = if first { &mut listed } else { &mut elsewhere };
        let text = address.to_string();
        if list.len() < RECIPIENTS_MAX && !list.iter().any(|known| known.address.eq_ignore_ascii_case(&text)) {
            list.push(ReportRecipient { address: text, status: status_code(line).or_else(|| overall.clone()) });
        }
    }
    if listed.is_empty() {
        elsewhere.truncate(1);
        elsewhere
    } else {
        listed
    }
}

/// The class of the first reply code that refuses for good (RFC 3463 §2: `5.0.0` when no more is known).
fn reply_code(said: &str) -> Option<String> {
    let mut words = said.split(|c: char| !c.is_ascii_alphanumeric());
    let refused =
        words.any(|word| word.len() == 3 && word.starts_with("55") && word.bytes().all(|b| b.is_ascii_digit()));
    refused.then(|| "5.0.0".to_owned())
}

/// The first address of a line, and whether the line begins with it.
fn address_in(line: &str) -> Option<(Address, bool)> {
    const LINE_BYTES_MAX: usize = 500;
    let line = line.get(..line.len().min(LINE_BYTES_MAX))?;
    if !line.contains('@') {
        return None;
    }
    let trim = |word: &str| {
        let word = word.trim_matches(['<', '>', '"', '\'', ',', ';', ':', '(', ')', '[', ']', '.', '*']);
        let word = word.rsplit_once("mailto:").map_or(word, |(_, address)| address);
        let word = word.rsplit_once("822;").map_or(word, |(_, address)| address);
        Address::parse(word.trim_matches(['<', '>', '.', ':']))
    };
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let labels =
        ["to:", "recipient:", "address:", "user:", "recipients:", "rcpt", "original-recipient:", "final-recipient:"];
    let lower = first.to_ascii_lowercase();
    if let Some(address) = trim(first) {
        return Some((address, true));
    }
    let labelled = labels.contains(&lower.as_str());
    words.find_map(trim).map(|address| (address, labelled))
}
