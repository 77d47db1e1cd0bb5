//! What people forget about command lines, and what their programs do to them. Such a text must not go to the contact.

use super::verb::plain;
use super::verb::{self, Verb};
use super::{SLASHES, composed, is_blank, split, takes_text, up_to_end, verb_of};
use crate::mail::Mail;

/// How words begin that somebody may take for the name of `/note`.
const NOTES: &[&str] = &["note", "notat", "notis"];

/// What a client puts in front of a line that it takes for an item of a list, or around one that is bold.
const LIST_SIGNS: &[char] = &['-', '*', '_', '•', '·', '–', '—', '◦', '▪', '●', '.', ')', '('];

/// A line of a text that would be a command at the top: a greeting stands above it, or a sign of a list in front of it.
/// What was to be a note must not go to the contact. Who only speaks of another command goes on behind it.
pub fn stray_command(text: &str) -> Option<&str> {
    const WORDS_OF_A_COMMAND_MAX: usize = 2;
    let is_list_sign = |c: char| is_blank(c) || c.is_ascii_digit() || LIST_SIGNS.contains(&c);
    let means_it = |verb: Verb, argument: &str| {
        let short = argument.split_whitespace().count() <= WORDS_OF_A_COMMAND_MAX;
        short || takes_text(verb) || plain(verb).is_none() || verb == Verb::Wait
    };
    text.split('\n').find(|line| {
        let bare = line.trim_start_matches(is_list_sign).trim_end_matches(['*', '_']);
        bare.starts_with(|c| SLASHES.contains(&c) || c == '\\')
            && match verb_of(bare) {
                (_, Some(verb), argument) => means_it(verb, argument),
                (word, None, _) => NOTES.iter().any(|note| word.starts_with(note)),
            }
    })
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

/// The name of a command, when it is all that was written: its slash may have been forgotten.
pub fn bare_verb(text: &str) -> Option<&str> {
    const CONFIRMATIONS: [&str; 3] = ["bekreft", "stadfest", "confirm"];
    let word = text.trim_matches(is_blank).trim_end_matches('.');
    let name = composed(&word.to_lowercase()).into_owned();
    (verb::of(&name).is_some() || CONFIRMATIONS.contains(&name.as_str())).then_some(word)
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
