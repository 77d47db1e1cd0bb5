//! Who wrote it: a person, or which kind of machine.
//!
//! The standards' own fields decide first, then the marks of large systems, and words last, never the words of the
//! subject alone: a person's mail taken for a machine's gets no answer.

mod gesture;
mod marks;
mod senders;
mod unclear;
mod voice;

pub use gesture::recalled;
pub(crate) use senders::{is_daemon, is_mailer_daemon, is_nobody};

use crate::mail::subject::{ListTags, base_subject};
use crate::mail::{Kind, Mail};

/// Most servers that a mail may have passed.
pub const RECEIVED_MAX: usize = 50;

/// What is known beside the mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// The reverse path of the envelope.
    pub reverse_path: Reverse,
    /// Whether the mail's own Message-ID is one that we made.
    pub own: Own,
    /// What the site's own filter writes into spam; nothing when the mail did not come through it.
    pub spam_marks: &'a [SpamMark],
}

/// A field that a filter writes into spam: `X-Spam-Flag: YES`. Anybody can write one; it counts only where the site says
/// that its own filter does, and takes others' away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpamMark {
    /// Name of the field.
    pub name: String,
    /// How its value begins, case ignored; empty for any value.
    pub value: String,
}

impl SpamMark {
    /// Reads `X-Spam-Flag: YES`; `None` without a name that a field can have (RFC 5322 §2.2).
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        let good = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self { name: name.to_owned(), value: value.trim().to_owned() })
    }

    fn is_in(&self, mail: &Mail) -> bool {
        let begins = |value: &str| {
            value.trim_start().get(..self.value.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.value))
        };
        mail.fields.iter().any(|field| field.name.eq_ignore_ascii_case(&self.name) && begins(&field.value))
    }
}

/// The reverse path, as far as the kind depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reverse {
    /// The mail alone is at hand; its `Return-Path` field is believed.
    #[default]
    Unknown,
    /// `<>`: a report or an automatic answer (RFC 5321 §4.5.5).
    Null,
    /// An address.
    Mailbox,
}

/// Whether the mail is one of ours, come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Own {
    /// Nobody has looked at the signature; the form of the id counts.
    #[default]
    Unchecked,
    /// Its signature is ours.
    Ours,
    /// It only looks like ours, or does not.
    Foreign,
}

/// Sets `kind`, `gesture`, `unclear` and `kind_signals`; takes the report of a mail that is one only because nobody sent it.
pub fn classify(mail: &mut Mail, context: &Context<'_>) {
    if context.reverse_path == Reverse::Null && mail.report.is_none() {
        mail.report = mail.report_if_null.take();
    }
    (mail.kind, mail.kind_signals) = kind(mail, context);
    mail.gesture = gesture::of(mail);
    let doubt = unclear::doubt(mail).filter(|_| mail.kind.is_personal());
    mail.unclear = doubt.is_some();
    mail.kind_signals.extend(doubt);
}

/// What kind of mail it is, and what says so, strongest first. No signal means a person.
pub fn kind(mail: &Mail, context: &Context<'_>) -> (Kind, Vec<String>) {
    let from_machine: [Check; 5] = [own_mail, reports, voice::voicemail, automatic, system_sender];
    let by_marks: [Check; 5] = [spam, list_or_bulk, gesture::kind, invitation, words];
    let mut checks = from_machine.iter().chain(&by_marks);
    checks.find_map(|check| check(mail, context)).unwrap_or_default()
}

/// Does a Message-ID have the form of ours, `hv.CASE.ENTRY.COPY.MAC@…`? Whether we signed it is for others to say.
pub fn has_own_form(id: &str) -> bool {
    let local = id.split('@').next().unwrap_or_default();
    let mut pieces = local.split('.');
    let head = pieces.next().is_some_and(|head| head.eq_ignore_ascii_case("hv"));
    let number = |piece: Option<&str>| piece.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    head && number(pieces.next())
        && number(pieces.next())
        && number(pieces.next())
        && pieces.next().is_some_and(|mac| mac.len() >= 20)
}

type Found = Option<(Kind, Vec<String>)>;
type Check = fn(&Mail, &Context<'_>) -> Found;

fn found(kind: Kind, signal: impl Into<String>) -> Found {
    Some((kind, vec![signal.into()]))
}

fn own_mail(mail: &Mail, context: &Context<'_>) -> Found {
    let id = mail.message_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
    match context.own {
        Own::Ours => found(Kind::Loop, "message-id: ours"),
        Own::Unchecked if has_own_form(id) => found(Kind::Loop, "message-id: of our form"),
        Own::Unchecked if mail.field("x-henvend-loop").is_some() => found(Kind::Loop, "x-henvend-loop"),
        Own::Unchecked | Own::Foreign => went_round(mail),
    }
}

/// RFC 5321 §6.3: a mail that has passed so many servers goes round in circles. It is kept, and never answered.
fn went_round(mail: &Mail) -> Found {
    let hops = mail.fields.iter().filter(|field| field.name.eq_ignore_ascii_case("received")).count();
    if hops > RECEIVED_MAX { found(Kind::Loop, "received: too many") } else { None }
}

/// Reports have types of their own.
fn reports(mail: &Mail, _: &Context<'_>) -> Found {
    let content = content_type(mail);
    let has = |kind: &str| mail.attachments.iter().any(|a| a.content_type == kind);
    let is_report = content.starts_with("multipart/report");
    // RFC 5965 §2
    if is_report && content.contains("feedback-report") || has("message/feedback-report") {
        return found(Kind::Feedback, "content-type: feedback-report");
    }
    // RFC 8098 §3; but for a filter's, which refuses the mail (RFC 5429 §2.2).
    if mail.report.is_none() && is_report && content.contains("disposition-notification")
        || mail.report.is_none() && has("message/disposition-notification")
    {
        return found(Kind::Receipt, "content-type: disposition-notification");
    }
    // Hotmail's complaints are older than the standard.
    if mail.subject.starts_with("complaint about message from") && has("message/rfc822") {
        return found(Kind::Feedback, "subject: complaint about message from, with that message");
    }
    let report = mail.report.as_ref()?;
    let how = if is_report || has("message/delivery-status") || has("message/global-delivery-status") {
        if content.contains("disposition") {
            "content-type: a refusing disposition"
        } else {
            "content-type: delivery-status"
        }
    } else {
        "text: of a delivery report"
    };
    found(Kind::Bounce, format!("{how}, {:?}", report.state).to_lowercase())
}

fn content_type(mail: &Mail) -> String {
    content_of(mail, "content-type")
}

fn content_of(mail: &Mail, name: &str) -> String {
    mail.field(name).unwrap_or_default().trim().to_ascii_lowercase()
}

/// Automatic answers, and mail that a program wrote.
fn automatic(mail: &Mail, _: &Context<'_>) -> Found {
    let mut answers = Vec::new();
    let mut programs = Vec::new();
    for field in &mail.fields {
        let name = field.name.to_ascii_lowercase();
        if !marks::may_be_automatic(&name) {
            continue;
        }
        let value = field.value.to_ascii_lowercase();
        match marks::automatic(&name, &value) {
            Some(marks::Automatic::Answer) => answers.push(signal(&name, &value)),
            Some(marks::Automatic::Program) => programs.push(signal(&name, &value)),
            None => {}
        }
    }
    if !answers.is_empty() {
        answers.append(&mut programs);
        return Some((Kind::AutoReply, answers));
    }
    if programs.is_empty() {
        return None;
    }
    Some((by_program(mail), programs))
}

/// A program that answers something is an automatic answer, whatever word it uses for itself.
fn by_program(mail: &Mail) -> Kind {
    let answers = names_another(mail) || has_prefix(&mail.subject) || marks::subject_says(&mail.subject).is_some();
    if answers { Kind::AutoReply } else { Kind::Bulk }
}

/// Do its fields name the mail that it answers?
fn names_another(mail: &Mail) -> bool {
    !mail.in_reply_to.is_empty() || !mail.references.is_empty()
}

/// Does the subject say that it answers another, `Re: …`?
fn has_prefix(subject: &str) -> bool {
    base_subject(subject, ListTags::Kept).len() < subject.split_whitespace().collect::<Vec<_>>().join(" ").len()
}

/// Is it an automatic answer, by its own fields?
pub(crate) fn is_answer(mail: &Mail) -> bool {
    mail.fields.iter().any(|field| {
        let name = field.name.to_ascii_lowercase();
        marks::may_be_automatic(&name)
            && marks::automatic(&name, &field.value.to_ascii_lowercase()) == Some(marks::Automatic::Answer)
    })
}

fn signal(name: &str, value: &str) -> String {
    const CHARS_MAX: usize = 60;
    format!("{name}: {}", value.chars().take(CHARS_MAX).collect::<String>())
}

/// RFC 5321 §4.5.5: mail from the null sender is never answered, so it is nobody's own letter. Nor is what a mail
/// system writes under its own name.
fn system_sender(mail: &Mail, context: &Context<'_>) -> Found {
    let null = match context.reverse_path {
        Reverse::Null => true,
        Reverse::Mailbox => false,
        Reverse::Unknown => has_null_path(mail),
    };
    if !null {
        return senders::machine_name(mail).and_then(|(kind, name)| found(kind, format!("from: {name}")));
    }
    let kind = if is_daemon(mail) { Kind::Bounce } else { Kind::AutoReply };
    found(kind, "reverse-path: <>")
}

/// Does the last server say that nobody sent it? Sendmail writes the name instead of nothing.
pub(crate) fn has_null_path(mail: &Mail) -> bool {
    mail.field("return-path").is_some_and(|path| matches!(path.trim(), "<>" | "<MAILER-DAEMON>"))
}

fn spam(mail: &Mail, context: &Context<'_>) -> Found {
    let mark = context.spam_marks.iter().find(|mark| mark.is_in(mail))?;
    found(Kind::Spam, format!("{}: {}", mark.name, mark.value).to_lowercase())
}

/// RFC 2919, RFC 2369, and what was usual before them.
fn list_or_bulk(mail: &Mail, _: &Context<'_>) -> Found {
    let precedences = mail.fields.iter().filter(|field| field.name.eq_ignore_ascii_case("precedence"));
    let precedences: Vec<String> = precedences.map(|field| field.value.trim().to_ascii_lowercase()).collect();
    let precedence =
        ["list", "bulk", "junk"].into_iter().find(|word| precedences.iter().any(|p| p == word)).unwrap_or_default();
    let signals = |names: &[&str]| {
        names.iter().filter(|name| mail.field(name).is_some()).map(|n| (*n).to_owned()).collect::<Vec<_>>()
    };
    let mut list = signals(marks::LIST_FIELDS);
    if precedence == "list" {
        list.push("precedence: list".to_owned());
    }
    if !list.is_empty() {
        return Some((Kind::List, list));
    }
    let mut bulk = signals(marks::BULK_FIELDS);
    if suppresses_answers(mail) {
        bulk.push("x-auto-response-suppress".to_owned());
    }
    if matches!(precedence, "bulk" | "junk") {
        bulk.insert(0, format!("precedence: {precedence}"));
    }
    if bulk.is_empty() && is_nobody(mail) {
        bulk.push("from: nobody reads answers".to_owned());
    }
    (!bulk.is_empty()).then_some((Kind::Bulk, bulk))
}

/// Is it bulk by nothing but fields that gateways put into everybody's mail? Nothing else in it speaks of a machine.
pub fn is_bulk_by_gateway(mail: &Mail) -> bool {
    const FIELDS: [&str; 3] = ["x-auto-response-suppress", "list-unsubscribe", "list-unsubscribe-post"];
    let by_gateway = || mail.kind_signals.iter().all(|signal| FIELDS.contains(&signal.as_str()));
    mail.kind == Kind::Bulk
        && mail.gesture.is_none()
        && by_gateway()
        && words(mail, &Context::default()).is_none()
        && unclear::doubt(mail).is_none()
}

/// Does its subject say that a program answers in its writer's place? An answer to such a mail says something else first.
pub fn has_automatic_subject(mail: &Mail) -> bool {
    marks::subject_begins(&mail.subject)
}

/// The sender asks not to be answered by machines ([MS-OXCMAIL] §2.2.3.2.14). Somebody who wants no receipts only is a
/// person all the same.
pub fn suppresses_answers(mail: &Mail) -> bool {
    content_of(mail, "x-auto-response-suppress")
        .split([',', ' '])
        .any(|word| matches!(word.trim(), "all" | "oof" | "autoreply"))
}

/// An invitation or its answer (RFC 6047 §2): a calendar beside the text, not a file that somebody attached.
fn invitation(mail: &Mail, _: &Context<'_>) -> Found {
    let content = content_type(mail);
    let class = mail.field("content-class").unwrap_or_default().to_ascii_lowercase();
    let calendar = content.starts_with("text/calendar")
        || class.contains("calendarmessage")
        || mail.attachments.iter().any(|a| a.content_type == "text/calendar" && a.name.is_none() && !a.inline);
    if calendar { found(Kind::Calendar, "content-type: text/calendar") } else { None }
}

/// Words last: a subject that vacation programs write, and a text that says the same; or a text that begins as only
/// programs begin one, but not in a mail that quotes what it answers: that is how people write.
fn words(mail: &Mail, _: &Context<'_>) -> Found {
    if let Some(said) = says_away(mail) {
        return Some((Kind::AutoReply, said));
    }
    if quotes(mail) {
        return None;
    }
    let beginning = Beginning::of(mail);
    if let Some(sentence) = beginning.says(marks::ANSWER_SENTENCES) {
        return found(Kind::AutoReply, format!("text: {sentence}"));
    }
    beginning.says(marks::PROGRAM_SENTENCES).and_then(|sentence| found(by_program(mail), format!("text: {sentence}")))
}

/// Subject and text that speak of an absence. People ask about their own leave: an absence as the whole subject counts in
/// an answer only. And they quote what they complain about: below a text with quotes, it has to begin as responders do.
fn says_away(mail: &Mail) -> Option<Vec<String>> {
    match marks::subject_says(&mail.subject)? {
        marks::SubjectSays::Absence if !names_another(mail) => return None,
        marks::SubjectSays::Absence | marks::SubjectSays::Answer => {}
    }
    let text = mail.new_text.to_lowercase();
    let phrase = if quotes(mail) {
        Beginning::of(mail).says(marks::AWAY_BEGINNINGS)?
    } else {
        marks::AWAY_PHRASES.iter().copied().find(|phrase| text.contains(phrase))?
    };
    Some(vec![signal("subject", &mail.subject.to_lowercase()), format!("text: {phrase}")])
}

/// The first sentences of what somebody wrote, in lower case.
struct Beginning {
    text: String,
    /// Where a line or a sentence begins.
    starts: Vec<usize>,
}

impl Beginning {
    fn of(mail: &Mail) -> Self {
        const CHARS_MAX: usize = 250;
        let mut text = String::with_capacity(CHARS_MAX);
        for sign in mail.new_text.chars().take(CHARS_MAX) {
            if sign.is_ascii() { text.push(sign.to_ascii_lowercase()) } else { text.extend(sign.to_lowercase()) }
        }
        let (mut starts, mut begins) = (Vec::new(), true);
        for (at, sign) in text.char_indices() {
            match sign {
                ' ' | '*' | '#' | '-' | '[' | '(' | '_' | '\u{a0}' => {}
                '\n' | '.' | '!' | ',' | ':' => begins = true,
                _ => {
                    starts.extend(begins.then_some(at));
                    begins = false;
                }
            }
        }
        Self { text, starts }
    }

    /// The first of these that a line or a sentence begins with. Within one, somebody speaks about them.
    fn says(&self, sentences: &[&'static str]) -> Option<&'static str> {
        let begins = |words: &&str| self.starts.iter().any(|start| marks::starts(&self.text[*start..], words));
        sentences.iter().copied().find(begins)
    }
}

/// Does it quote the mail that it answers?
fn quotes(mail: &Mail) -> bool {
    mail.text.lines().any(|line| line.starts_with('>'))
}

#[cfg(test)]
mod tests;
