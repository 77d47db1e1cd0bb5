//! Every verb and its names.

use super::is_blank;

/// What a command line asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Take,
    Assign,
    Unassign,
    Note,
    Call,
    Resolve,
    Close,
    Reopen,
    Wait,
    Spam,
    NotSpam,
    Priority,
    Category,
    Title,
    Cc,
    Uncc,
    Contact,
    Watch,
    Unwatch,
    Link,
    Merge,
    Split,
    Move,
    Time,
    Send,
    Drop,
    Show,
    History,
    Help,
}

/// Lines after which nothing is read.
pub const ENDS: &[&str] = &["/end", "/slutt"];

/// Every name of every verb: English, Norwegian (Bokmål and Nynorsk), and how the Norwegian ones are typed without
/// their letters.
const VERBS: &[(&str, Verb)] = &[
    ("take", Verb::Take),
    ("ta", Verb::Take),
    ("assign", Verb::Assign),
    ("tildel", Verb::Assign),
    ("unassign", Verb::Unassign),
    ("fristill", Verb::Unassign),
    ("note", Verb::Note),
    ("notat", Verb::Note),
    ("call", Verb::Call),
    ("ring", Verb::Call),
    ("ringt", Verb::Call),
    ("resolve", Verb::Resolve),
    ("løst", Verb::Resolve),
    ("loest", Verb::Resolve),
    ("løyst", Verb::Resolve),
    ("close", Verb::Close),
    ("lukk", Verb::Close),
    ("reopen", Verb::Reopen),
    ("gjenåpne", Verb::Reopen),
    ("gjenaapne", Verb::Reopen),
    ("gjenopne", Verb::Reopen),
    ("wait", Verb::Wait),
    ("vent", Verb::Wait),
    ("spam", Verb::Spam),
    ("søppel", Verb::Spam),
    ("soeppel", Verb::Spam),
    ("notspam", Verb::NotSpam),
    ("ikkesøppel", Verb::NotSpam),
    ("ikkespam", Verb::NotSpam),
    ("priority", Verb::Priority),
    ("prioritet", Verb::Priority),
    ("category", Verb::Category),
    ("kategori", Verb::Category),
    ("title", Verb::Title),
    ("tittel", Verb::Title),
    ("cc", Verb::Cc),
    ("kopi", Verb::Cc),
    ("uncc", Verb::Uncc),
    ("ikkekopi", Verb::Uncc),
    ("contact", Verb::Contact),
    ("innmelder", Verb::Contact),
    ("innmeldar", Verb::Contact),
    ("watch", Verb::Watch),
    ("følg", Verb::Watch),
    ("foelg", Verb::Watch),
    ("følgj", Verb::Watch),
    ("unwatch", Verb::Unwatch),
    ("ikkefølg", Verb::Unwatch),
    ("ikkefoelg", Verb::Unwatch),
    ("ikkefølgj", Verb::Unwatch),
    ("link", Verb::Link),
    ("lenke", Verb::Link),
    ("merge", Verb::Merge),
    ("slå-sammen", Verb::Merge),
    ("slåsammen", Verb::Merge),
    ("slaa-sammen", Verb::Merge),
    ("slå-saman", Verb::Merge),
    ("split", Verb::Split),
    ("unmerge", Verb::Split),
    ("del", Verb::Split),
    ("move", Verb::Move),
    ("flytt", Verb::Move),
    ("time", Verb::Time),
    ("tid", Verb::Time),
    ("send", Verb::Send),
    ("drop", Verb::Drop),
    ("dropp", Verb::Drop),
    ("forkast", Verb::Drop),
    ("show", Verb::Show),
    ("vis", Verb::Show),
    ("history", Verb::History),
    ("historikk", Verb::History),
    ("help", Verb::Help),
    ("hjelp", Verb::Help),
];

/// Does its writer say where it ends?
pub fn is_ended(new_text: &str) -> bool {
    up_to_end(new_text).len() < new_text.len()
}

/// What stands above a line `/end`: what follows it is not read.
pub fn up_to_end(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches(is_blank);
        if bare.starts_with('/') && ENDS.contains(&bare.trim_end_matches(is_blank).to_lowercase().as_str()) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// The verb of this name, in lower case.
pub fn of(word: &str) -> Option<Verb> {
    VERBS.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb)
}

/// The verb that is at most two letters away, when there is one.
pub fn nearest(word: &str) -> Option<String> {
    nearest_among(word, VERBS.iter().map(|(name, _)| *name))
}

/// The same among other names.
pub fn nearest_among(word: &str, names: impl Iterator<Item = &'static str>) -> Option<String> {
    if word.chars().count() > 12 {
        return None;
    }
    let near = names.map(|name| (distance(word, name), name)).min_by_key(|(distance, _)| *distance)?;
    let enough = near.0 <= 2 && near.0 < near.1.chars().count();
    enough.then(|| near.1.to_owned())
}

/// How many letters must be changed, added or left out (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
