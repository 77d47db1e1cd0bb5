//! Every verb and its names.

use crate::case::command::Command;

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
pub const VERBS: &[(&str, Verb)] = &[
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

/// The verb of this name, in lower case.
pub fn of(word: &str) -> Option<Verb> {
    VERBS.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb)
}

/// The command of a verb that stands alone.
pub fn plain(verb: Verb) -> Option<Command> {
    let command = match verb {
        Verb::Take => Command::Take,
        Verb::Unassign => Command::Unassign,
        Verb::Note => Command::Note,
        Verb::Resolve => Command::Resolve,
        Verb::Close => Command::Close,
        Verb::Reopen => Command::Reopen,
        Verb::Spam => Command::Spam,
        Verb::NotSpam => Command::NotSpam,
        Verb::Watch => Command::Watch,
        Verb::Unwatch => Command::Unwatch,
        Verb::Split => Command::Split,
        Verb::Send => Command::Send,
        Verb::Drop => Command::Drop,
        Verb::Show => Command::Show,
        Verb::History => Command::History,
        Verb::Help => Command::Help,
        Verb::Call => Command::Call(None),
        Verb::Wait => Command::Wait(None),
        Verb::Assign
        | Verb::Priority
        | Verb::Category
        | Verb::Title
        | Verb::Cc
        | Verb::Uncc
        | Verb::Contact
        | Verb::Link
        | Verb::Merge
        | Verb::Move
        | Verb::Time => return None,
    };
    Some(command)
}

/// The verb that is at most a letter or two away, when there is one.
pub fn nearest(word: &str) -> Option<String> {
    nearest_among(word, VERBS.iter().map(|(name, _)| *name))
}

/// The same among other names.
pub fn nearest_among(word: &str, names: impl Iterator<Item = &'static str>) -> Option<String> {
    if word.chars().count() > 12 {
        return None;
    }
    let near = names.map(|name| (distance(word, name), name)).min_by_key(|(distance, _)| *distance)?;
    // Of a short word two other letters make another word, unless they have only changed places.
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let most = if word.chars().count() <= 4 && sorted(word) != sorted(near.1) { 1 } else { 2 };
    let enough = near.0 <= most && near.0 < near.1.chars().count();
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
