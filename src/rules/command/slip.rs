//! What people forget about command lines, and what their programs do to them. Such a text must not go to the contact.

use super::verb::plain;
use super::verb::{self, Verb};
use super::{Context, SLASHES, composed, is_blank, read_line, split, takes_text, up_to_end, verb_of};
use crate::mail::Mail;
use crate::mail::text::is_only_closing;

/// How words begin that somebody may take for the name of `/note`.
const NOTES: &[&str] = &["note", "notat", "notis"];

/// How people mark what is for colleagues, where they know nothing of commands.
const INTERNAL: &[&str] = &["intern", "internt", "interne", "internnotat", "internal", "internally"];

/// What may stand beside that.
#[rustfmt::skip]
const BESIDE_INTERNAL: &[&str] = &[
    "kun", "bare", "berre", "til", "for", "only", "strictly", "strengt", "note", "notat", "notis", "merknad",
    "kommentar", "info", "informasjon", "beskjed", "melding", "bruk", "use", "comment", "message", "memo",
];

/// Words of a short yes, lower-case.
const YES: &[&str] = &["ja", "jo", "yes", "send", "jepp", "japp", "yep", "stemmer", "stemmar", "riktig", "correct"];

/// Whole answers to the question whether somebody has written a mail, lower-case.
#[rustfmt::skip]
const OWNED: &[&str] = &[
    "det var jeg", "det er jeg", "det var meg", "det er meg", "det var eg", "det er eg", "it was me", "it is me",
    "that was me", "that is me", "i did", "i wrote it", "i wrote that", "i wrote this",
];

/// How people begin, lower-case.
#[rustfmt::skip]
const GREETINGS: &[&str] = &[
    "hei", "heisann", "hallo", "hi", "hello", "hey", "morn", "god dag", "dear henvend", "hei henvend", "hi henvend",
    "hello henvend",
];

/// Words that confirm, lower-case.
const CONFIRMATIONS: &[&str] =
    &["bekreft", "bekrefter", "bekreftet", "bekrefta", "stadfest", "stadfestar", "stadfesta", "confirm", "confirmed"];

/// What may stand beside them.
const COURTESIES: &[&str] = &[
    "ok", "hei", "hi", "hello", "takk", "thanks", "please", "den", "det", "it", "er", "is", "was", "var", "meg", "me",
    "i", "jeg", "eg", "som", "skrev", "skreiv", "skrevet", "skrive", "har", "have", "wrote", "written", "did", "right",
    "bare", "that", "gjerne", "du", "svaret", "han", "this", "dette", "fra", "frå", "from", "the", "answer", "tusen",
];

/// What a client puts in front of a line that it takes for an item of a list, or around one that is bold.
const LIST_SIGNS: &[char] = &[
    '-', '*', '_', '•', '·', '–', '—', '◦', '▪', '●', '.', ')', '(', '[', '"', '\'', '«', '»', '“', '”', '„', '‘', '’',
    '#',
];

/// A line of a text that would be a command at the top: a greeting stands above it, or a sign of a list in front of it.
/// What was to be a note must not go to the contact. Who only speaks of another command goes on behind it.
pub fn stray_command<'a>(text: &'a str, context: &Context<'_>) -> Option<&'a str> {
    const WORDS_OF_A_COMMAND_MAX: usize = 2;
    let is_list_sign = |c: char| is_blank(c) || c.is_ascii_digit() || LIST_SIGNS.contains(&c);
    let means_it = |verb: Verb, argument: &str| {
        let short = argument.split_whitespace().count() <= WORDS_OF_A_COMMAND_MAX;
        short || takes_text(verb) || plain(verb).is_none() || verb == Verb::Wait
    };
    let alone = text.lines().filter(|line| !line.trim_matches(is_blank).is_empty()).count() == 1;
    text.split('\n').find(|line| {
        let bare =
            line.trim_start_matches(is_list_sign).trim_end_matches(['*', '_', ']', ')', '"', '\'', '»', '”', '’']);
        if !bare.starts_with(|c| SLASHES.contains(&c) || c == '\\') {
            return is_behind_a_word(bare, Some(context).filter(|_| alone));
        }
        match verb_of(bare) {
            (_, Some(verb), argument) => means_it(verb, argument),
            (word, None, _) => NOTES.iter().any(|note| word.starts_with(note)),
        }
    })
}

/// `Hello, /close`, `@Kari /note she knows this`: a word or three, and a command. Who speaks of one says more. Where it is
/// all that was written, the command may have its argument.
fn is_behind_a_word(line: &str, alone: Option<&Context<'_>>) -> bool {
    const WORDS_BEFORE_MAX: usize = 3;
    let Some((before, after)) = line.split_once(" /") else { return false };
    let command = &line[before.len() + 1..];
    let meant = match verb_of(command) {
        (_, Some(verb), argument) => {
            let whole = || alone.is_some_and(|context| read_line(command.trim_end_matches('?'), context).is_ok());
            takes_text(verb) || argument.is_empty() && plain(verb).is_some() || whole()
        }
        (_, None, _) => false,
    };
    // `950 kr /time`
    if before.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let words = before.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    (1..=WORDS_BEFORE_MAX).contains(&words) && !after.starts_with('/') && meant
}

/// Does the line right below the last command look like the rest of it? Clients that wrap plain text by themselves break
/// long lines, and what is broken off would be sent.
pub fn goes_on_below(new_text: &str) -> bool {
    const LONG_CHARS_MIN: usize = 60;
    const REST_CHARS_MAX: usize = 40;
    let (lines, text) = split(new_text);
    let Some(line) = lines.last() else { return false };
    let (_, verb, argument) = verb_of(line);
    let end = line.as_ptr().addr() + line.len() - new_text.as_ptr().addr();
    let next = new_text[end..].split('\n').nth(1).unwrap_or_default().trim_matches(is_blank);
    if next.is_empty() || argument.is_empty() || verb == Some(Verb::Call) || next.starts_with(SLASHES) {
        return false;
    }
    let ends_open = argument.ends_with([',', ';']);
    let names_people = matches!(verb, Some(Verb::Cc | Verb::Uncc));
    let only_people = || next.split([' ', ',', ';']).all(|word| word.is_empty() || word.contains('@'));
    let short = || text == next && next.chars().count() <= REST_CHARS_MAX;
    ends_open || names_people && only_people() || line.chars().count() >= LONG_CHARS_MIN && short()
}

/// The line that somebody put above what is for colleagues, or the words in front of it, who knows nothing of commands.
pub fn heading(text: &str) -> Option<&str> {
    const ENDS: &[&str] = &[":", " –", " —", " - ", ")", "]"];
    let text = text.trim_matches(is_blank);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = composed(&first.to_lowercase()).into_owned();
    let internal = |head: &str| {
        let words = words(head);
        let beside = |word: &String| INTERNAL.contains(&word.as_str()) || BESIDE_INTERNAL.contains(&word.as_str());
        words.iter().all(beside) && words.iter().any(|word| INTERNAL.contains(&word.as_str()))
    };
    let note = |head: &str| matches!(words(head).as_slice(), [word] if NOTES.contains(&word.as_str()));
    // "Note: …" begins a sentence.
    let marked = |head: &str| matches!(words(head).as_slice(), [word] if word == "notat");
    let in_front = || ENDS.iter().filter_map(|end| line.split_once(end)).any(|(head, _)| internal(head));
    let named = || line.split_once(':').is_some_and(|(head, _)| marked(head));
    let below = !rest.trim_matches(is_blank).is_empty();
    (internal(&line) || in_front() || named() || below && note(&line)).then_some(first.trim_matches(is_blank))
}

/// The name of a command, when it is all that was written above the writer's closing: its slash may have been forgotten.
pub fn bare_verb<'a>(text: &'a str, writer: &str, context: &Context<'_>) -> Option<&'a str> {
    // "Bekreftet." is an answer.
    const ORDERS: [&str; 3] = ["bekreft", "stadfest", "confirm"];
    let text = text.trim_matches(is_blank);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let name = composed(&first.trim_matches(is_blank).trim_end_matches('.').to_lowercase()).into_owned();
    // "Ring 22 22 22 22" is an answer, too, and so are "Løst!" and "Vent til fredag."
    let ends = |end: char| first.trim_end_matches(is_blank).ends_with(end);
    let answers = || match verb_of(first).1 {
        _ if ends('!') => true,
        Some(Verb::Wait | Verb::Contact | Verb::Time) => ends('.'),
        Some(Verb::Send | Verb::Drop | Verb::Show) => true,
        verb => verb.is_some_and(takes_text),
    };
    let whole = || !answers() && read_line(first, context).is_ok();
    let named = verb::of(&name).is_some() || ORDERS.contains(&name.as_str()) || whole();
    (named && is_closed(rest, writer)).then_some(first.trim_matches(is_blank))
}

/// Is there nothing below a word but its writer's closing?
pub fn is_closed(below: &str, writer: &str) -> bool {
    below.trim_matches(is_blank).is_empty() || is_only_closing(below, writer)
}

/// Is this a yes, and nothing else?
pub fn is_yes(line: &str) -> bool {
    if OWNED.contains(&words(line).join(" ").as_str()) {
        return !line.contains('?');
    }
    let yes = |word: &str| YES.contains(&word) || CONFIRMATIONS.contains(&word);
    let words = words(line);
    let only = words.iter().all(|word| yes(word) || COURTESIES.contains(&word.as_str()));
    only && !line.contains('?') && words.iter().any(|word| yes(word))
}

/// A text without the greeting above it.
pub fn ungreeted(text: &str) -> &str {
    let text = text.trim_matches(is_blank);
    match text.split_once('\n') {
        Some((first, rest)) if GREETINGS.contains(&words(first).join(" ").as_str()) => rest.trim_matches(is_blank),
        _ => text,
    }
}

/// What stands below the first line, a greeting apart.
pub fn below_the_word(text: &str) -> &str {
    ungreeted(text).split_once('\n').unwrap_or_default().1
}

/// Does this hold a word that confirms?
pub fn is_confirmation(line: &str) -> bool {
    words(line).iter().any(|word| CONFIRMATIONS.contains(&word.as_str()))
}

fn words(line: &str) -> Vec<String> {
    line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Does its writer say where it ends?
pub fn is_ended(new_text: &str) -> bool {
    up_to_end(new_text).len() < new_text.len()
}

/// A line with a command that was cut off as a signature: `/Lukk` looks like one, as `/Ola` does.
pub fn cut_command(mail: &Mail) -> Option<&str> {
    const LINES_MAX: usize = 200;
    let own = mail.text.get(..mail.quoted_at.unwrap_or(mail.text.len())).unwrap_or_default();
    let ends = own.trim_end_matches(is_blank).lines().rev().take(LINES_MAX);
    let is_command = |line: &&str| line.starts_with(SLASHES) && verb_of(line).1.is_some();
    let found = ends.map(|line| line.trim_start_matches(is_blank)).find(is_command)?;
    let kept = || mail.new_text.lines().any(|line| line.trim_start_matches(is_blank) == found);
    (!is_ended(&mail.new_text) && !kept()).then_some(found)
}
