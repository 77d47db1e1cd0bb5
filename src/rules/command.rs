//! A user's command lines.
//!
//! Commands are lines that begin with `/` at the top of the user's own new text. The first line that is neither empty
//! nor a command ends them. All of them are good, or none is carried out.

mod argument;
mod choice;
pub mod errand;
mod slip;
mod verb;
mod when;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use icu_normalizer::ComposingNormalizerBorrowed;

pub use self::slip::{bare_verb, below_the_word, heading, is_closed, is_confirmation, is_ended, is_yes, ungreeted};
use self::slip::{goes_on_below, stray_command};
use self::verb::{Verb, nearest, plain};
use crate::case::command::{Command, CommandProblem, LineVerdict, Sort};
use crate::case::event::{Actor, CaseEvent, Entry};
use crate::directory::model::Directory;
use crate::id::{CaseId, CategoryId, UserId};
use crate::mail::Mail;
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TagPattern};
use crate::thread::Ours;
use crate::time::Timestamp;

/// Most command lines read from one mail.
pub const COMMANDS_MAX: usize = 20;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 250;

/// What a command line is read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who there is.
    pub directory: &'a Directory,
    /// Whose members may be named.
    pub category: CategoryId,
    /// Who writes.
    pub user: UserId,
    /// Now.
    pub now: Timestamp,
    /// Where dates are meant.
    pub time_zone: &'a jiff::tz::TimeZone,
    /// What is ours: references, and addresses.
    pub ours: &'a Ours,
}

/// A user's new text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What is to be done, in order. Empty when any line is bad.
    pub commands: Vec<Command>,
    /// Each command line, and what is wrong with it.
    pub verdicts: Vec<LineVerdict>,
    /// What follows the command lines, trimmed.
    pub text: String,
}

impl Reading {
    /// Can all of it be carried out?
    pub fn is_good(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.problem.is_none())
    }
}

/// The sign that begins a command, and those that look like it: such a line is better refused than sent to the contact.
const SLASHES: &[char] = &['/', '\u{2044}', '\u{2215}', '\u{2571}', '\u{29F8}', '\u{FF0F}'];

/// What may follow a command of one word, and says no more: `/lukk saken`.
const THE_CASE: &[&str] = &["saken", "saka", "denne saken", "denne saka", "the case", "this case"];

/// Whom a case waits for that waits for nobody else.
const FOR_THE_CONTACT: &[&str] = &[
    "på svar",
    "svar",
    "på kunden",
    "på kunde",
    "på innmelder",
    "på innmelderen",
    "på innmeldar",
    "på innmeldaren",
    "på svar fra kunden",
    "på svar frå kunden",
    "for reply",
    "for a reply",
    "for an answer",
    "for answer",
    "for the contact",
    "for the customer",
    "for customer",
];

/// How a word ends that a telephone has completed, or a sentence.
const FULL_STOPS: &[char] = &['.', ':', ',', ';', '!'];

/// Signs that show nothing (Unicode: default ignorable, and two that are blank).
const UNSEEN: &[RangeInclusive<char>] = &[
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{61C}'..='\u{61C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFFB}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0000}'..='\u{E0FFF}',
];

/// Reads the command lines at the top of a user's own new text.
///
/// Shape:  `new_text` has LF line ends.       Errors: as verdicts, one for each line.
pub fn read(new_text: &str, context: &Context<'_>) -> Reading {
    let (lines, text) = split(new_text);
    let mut reading = Reading { text: text.to_owned(), ..Reading::default() };
    for line in lines {
        let outcome = if reading.verdicts.len() >= COMMANDS_MAX {
            Err(CommandProblem::Contradiction)
        } else {
            read_line(line, context).and_then(|command| compatible(&reading.commands, command))
        };
        let problem = match outcome {
            Ok(command) => {
                reading.commands.push(command);
                None
            }
            Err(problem) => Some(problem),
        };
        reading.verdicts.push(LineVerdict { line: line.trim().chars().take(200).collect(), problem });
    }
    if let (Some(last), true) = (reading.verdicts.last_mut(), goes_on_below(new_text)) {
        last.problem.get_or_insert(CommandProblem::Wrapped);
    }
    // One more is enough to say; after too many lines nobody looks at it.
    if let (Some(line), true) = (stray_command(&reading.text, context), reading.verdicts.len() <= COMMANDS_MAX) {
        let problem = Some(CommandProblem::NotAtTop);
        reading.verdicts.push(LineVerdict { line: line.trim().chars().take(200).collect(), problem });
    }
    if !reading.is_good() {
        reading.commands.clear();
    }
    reading
}

/// Does what follows belong to it, down to the end of the mail?
fn takes_text(verb: Verb) -> bool {
    matches!(verb, Verb::Note | Verb::Call)
}

/// Reads a user's mail. Where it says its text a second time, as a page, the two must want the same done: nobody knows
/// which of them the writer saw.
pub fn read_mail(mail: &Mail, context: &Context<'_>) -> Reading {
    let mut reading = read(&mail.new_text, context);
    if let Some(line) = slip::cut_command(mail) {
        reading.commands.clear();
        let (line, problem) = (line.trim().chars().take(200).collect(), Some(CommandProblem::NotAtTop));
        reading.verdicts.push(LineVerdict { line, problem });
    }
    let page = read(&mail.page_text, context);
    let same = page.is_good() && page.commands == reading.commands;
    if reading.is_good() && !same && !mail.page_text.trim_matches(is_blank).is_empty() {
        let page = page.verdicts.into_iter().filter(|verdict| verdict.problem != Some(CommandProblem::NotAtTop));
        let page = page.map(|verdict| verdict.line).collect();
        reading.commands.clear();
        reading.verdicts.push(LineVerdict { line: String::new(), problem: Some(CommandProblem::PartsDiffer { page }) });
    }
    reading
}

/// Is the command at the top the one that discards what waits?
pub fn drops(new_text: &str) -> bool {
    split(new_text).0.first().is_some_and(|line| verb_of(line).1 == Some(Verb::Drop))
}

/// The command lines at the top (one more than may be carried out at most), and the writer's text below them.
pub fn split(new_text: &str) -> (Vec<&str>, &str) {
    let mut lines = Vec::new();
    let mut rest = up_to_end(new_text).trim_start_matches(is_blank);
    while let Some(line) = rest.split('\n').next().filter(|line| line.starts_with(SLASHES)) {
        let (_, verb, argument) = verb_of(line);
        // The text may begin on the line of the command.
        let inline = if verb == Some(Verb::Note) { argument.len() } else { 0 };
        let command = line.trim_end_matches(is_blank);
        let command = &command[..command.len() - inline];
        lines.push(command);
        rest = rest[command.len()..].trim_start_matches(is_blank);
        if verb.is_some_and(takes_text) || lines.len() > COMMANDS_MAX {
            break;
        }
    }
    (lines, rest.trim())
}

/// Does a subject begin, behind tags and what clients put there, with a command? None is carried out from there.
pub fn is_in_subject(subject: &str, prefix: &str) -> bool {
    let bare = base_subject(&tag::without(subject, &TagPattern::ours(prefix)), ListTags::Dropped);
    bare.starts_with(SLASHES) && verb_of(&bare).1.is_some()
}

/// The cases that the command lines name.
pub fn cases(new_text: &str, prefix: &str) -> Vec<CaseId> {
    let (lines, _) = split(new_text);
    let named = lines.iter().filter_map(|line| match verb_of(line) {
        (_, Some(Verb::Link | Verb::Merge | Verb::Move), case) => argument::case(case, prefix).ok(),
        _ => None,
    });
    named.collect()
}

/// A user's own words in a mail: below the command lines, or below the line that opened the case.
pub fn note_of<'a>(new_text: &'a str, entry: &Entry) -> &'a str {
    if !matches!(entry.by, Actor::User(_)) || entry.moved_here() {
        // What begins with a slash is a path, or whatever the contact means by it.
        return new_text.trim();
    }
    let opened = entry.events.iter().any(|event| matches!(event, CaseEvent::CaseOpened { .. }));
    let note = entry.events.iter().any(|event| matches!(event, CaseEvent::NoteWritten { .. }));
    if opened && note { errand::below(new_text) } else { split(new_text).1 }
}

/// What stands above a line `/end`: what follows it is not read.
fn up_to_end(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches(is_blank);
        if bare.starts_with('/') && verb::ENDS.contains(&bare.trim_end_matches(is_blank).to_lowercase().as_str()) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// The word after the slash, the verb that it means, and what follows, to the end of the line. A name of two words may be
/// written as two.
fn verb_of(line: &str) -> (String, Option<Verb>, &str) {
    let sign = |c: char| is_blank(c) || SLASHES.contains(&c) || c == '\\';
    let line = line.trim_start_matches(sign).trim_end_matches(is_blank);
    let (first, rest) = first_word(line);
    let word = plain_word(first);
    let found = verb::of(&word);
    if found.is_none() {
        let (second, argument) = first_word(rest);
        let second = plain_word(second);
        let two = [format!("{word}-{second}"), format!("{word}{second}")];
        if let (Some(verb), false) = (two.iter().find_map(|name| verb::of(name)), second.is_empty()) {
            return (two[0].clone(), Some(verb), argument);
        }
    }
    (word, found, rest)
}

fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start_matches(is_blank))
}

/// A word as our tables have it: lower case, whatever sort of dash, no full stop.
fn plain_word(word: &str) -> String {
    let word = word.trim_end_matches(FULL_STOPS).to_lowercase().replace(['\u{2010}', '\u{2011}', '–', '—'], "-");
    composed(&word).into_owned()
}

/// `å` as one sign, as it is in our tables; some clients write a letter and its ring (Unicode: NFC).
fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// White space, and what nobody sees: a client's invisible mark before `/note` must not make the note an answer.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || UNSEEN.iter().any(|range| range.contains(&c))
}

fn read_line(line: &str, context: &Context<'_>) -> Result<Command, CommandProblem> {
    let (word, verb, argument) = verb_of(line);
    let ended = if verb == Some(Verb::Title) { argument } else { argument.trim_end_matches(['.', '!']) };
    let argument = composed(ended);
    let verb = verb.ok_or_else(|| CommandProblem::UnknownVerb { nearest: nearest(&word) })?;
    match (verb, argument.as_ref()) {
        (Verb::Wait, "") => Ok(Command::Wait(None)),
        (Verb::Wait, whom) if FOR_THE_CONTACT.contains(&whom.to_lowercase().as_str()) => Ok(Command::Wait(None)),
        (verb, what) if THE_CASE.contains(&what.to_lowercase().as_str()) && plain(verb).is_some() => {
            plain(verb).ok_or(CommandProblem::BadArgument)
        }
        (Verb::Call, number) => argument::phone(number).map(Command::Call),
        (verb, "") => plain(verb).ok_or(CommandProblem::MissingArgument),
        (Verb::Assign, who) => argument::user(who, context).map(Command::Assign),
        (Verb::Wait, until) => when::time(until, context).map(|until| Command::Wait(Some(until))),
        (Verb::Priority, name) => argument::priority(name).map(Command::Priority),
        (Verb::Category, path) => argument::category(path, context).map(Command::Category),
        (Verb::Title, title) => Ok(Command::Title(title.chars().take(TITLE_CHARS_MAX).collect())),
        (Verb::Cc, list) => argument::outsiders(list, context).map(Command::Cc),
        (Verb::Uncc, list) => argument::addresses(list).map(Command::Uncc),
        (Verb::Contact, address) => match argument::outsiders(address, context)?.as_slice() {
            [one] => Ok(Command::Contact(one.clone())),
            _ => Err(CommandProblem::BadArgument),
        },
        (Verb::Link, case) => argument::case(case, &context.ours.prefix).map(Command::Link),
        (Verb::Merge, case) => argument::case(case, &context.ours.prefix).map(Command::Merge),
        (Verb::Move, case) => argument::case(case, &context.ours.prefix).map(Command::Move),
        (Verb::Time, time) => argument::minutes(time).map(Command::Time),
        (verb, _) => {
            Err(plain(verb).map_or(CommandProblem::UnknownVerb { nearest: None }, |_| CommandProblem::BadArgument))
        }
    }
}

/// Two owners, or two ways for the case to stand, contradict each other.
fn compatible(earlier: &[Command], command: Command) -> Result<Command, CommandProblem> {
    let clash = |other: &Command| other.sort() == command.sort() && command.sort() != Sort::Any;
    if earlier.iter().any(clash) { Err(CommandProblem::Contradiction) } else { Ok(command) }
}

#[cfg(test)]
mod tests;
