//! Agents at work: each by replying, from a mail program of their own, to the mails that they really got. One theme a
//! file; several stories of a theme share a place, each with contacts and cases of its own.

mod cases;
mod commands;
mod control;
mod copies;
mod formatted;
mod forwarded;
mod killed;
mod login;
mod together;

use std::sync::atomic::{AtomicU32, Ordering};

use crate::conversation::letters::reply_address;
use crate::conversation::{Person, inquiry};
use crate::kit::compose::{Mail, Program};
use crate::kit::place::{Place, STUDY};
use crate::kit::received::Received;

/// No two mails have the same id.
static WRITTEN: AtomicU32 = AtomicU32::new(0);

/// A new mail.
fn write(program: Program, who: Person) -> Mail {
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    Mail::new(program, who, &format!("agents-{number}"))
}

/// An agent answers a mail of henvend's: to its answer address, quoting it, by their own house's mail server.
fn reply(place: &Place, who: Person, (told, text): (&Received, &str)) {
    reply_by(Program::Outlook, place, who, (told, text));
}

/// The same with another mail program.
fn reply_by(program: Program, place: &Place, who: Person, (told, text): (&Received, &str)) {
    let mail = write(program, who).text(text).answering(told);
    assert_eq!(mail.recipients(), [reply_address(told)]);
    place.send_from_house(who.1, &mail.recipients(), &mail.bytes());
}

/// Somebody outside writes for the first time; gives the reference of their case, as the acknowledgement tells it.
fn opens(place: &Place, who: Person, subject: &str) -> String {
    let id = format!("agents-{}", WRITTEN.fetch_add(1, Ordering::Relaxed));
    place.send(who.1, &[STUDY], &inquiry(who, &id, STUDY, subject).bytes());
    reference(&place.sink.newest(who.1, 1))
}

/// Somebody outside answers a mail of ours.
fn answers(place: &Place, who: Person, (mail, text): (&Received, &str)) {
    let answer = write(Program::Gmail, who).text(text).answering(mail);
    place.send(who.1, &answer.recipients(), &answer.bytes());
}

/// The reference in a subject.
fn reference(mail: &Received) -> String {
    let subject = mail.subject();
    let tag = subject.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    tag.unwrap_or_else(|| panic!("no tag: {subject}")).0.to_owned()
}

/// Its text holds all of these.
fn holds(mail: &Received, parts: &[&str]) {
    let text = mail.text();
    parts.iter().for_each(|part| assert!(text.contains(part), "“{part}” in\n{text}"));
}
