//! What a user writes to the control address: one errand a line, then perhaps the text of a new case.

use std::mem::discriminant;

use super::verb::nearest_among;
use super::{COMMANDS_MAX, SLASHES, TITLE_CHARS_MAX, argument, choice, is_blank, up_to_end};
use crate::address::Address;
use crate::case::command::{CommandProblem, LineVerdict};
use crate::case::errand::{Errand, Listed, Opening, OpeningText, Whom};
use crate::case::model::Party;
use crate::case::view::View;
use crate::directory::model::{Category, SITE, User};
use crate::id::{CaseId, CategoryId};
use crate::mail::Mail;
use crate::rules::telling::Telling;
use crate::thread::pick::may_work;
use crate::thread::{Ours, Whose, whose};
use crate::time::Timestamp;

/// What errands are read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who there is, and the cases that the lines name.
    pub view: &'a View,
    /// Who writes.
    pub user: &'a User,
    /// What is ours: references, and addresses.
    pub ours: &'a Ours,
    /// What a new case is called; empty: as its text begins.
    pub title: &'a str,
    /// Now, and where days are meant.
    pub now: Timestamp,
    pub time_zone: &'a jiff::tz::TimeZone,
    /// When somebody who was away is back.
    pub telling: &'a Telling,
}

/// A mail to the control address, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What is wanted, in order. Empty when any line is bad.
    pub errands: Vec<Errand>,
    /// Each line, and what is wrong with it.
    pub verdicts: Vec<LineVerdict>,
}

impl Reading {
    /// One more; but two that choose otherwise in the same thing leave open which is meant.
    fn take(&mut self, errand: Errand) -> Result<(), CommandProblem> {
        let same = |other: &Errand| errand.is_personal() && discriminant(other) == discriminant(&errand);
        if self.errands.iter().any(same) {
            return Err(CommandProblem::Contradiction);
        }
        self.errands.push(errand);
        Ok(())
    }

    /// Can all of it be done?
    pub fn is_good(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.problem.is_none())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    List,
    Show,
    Search,
    New,
    Help,
    Digest,
    Away,
    Quiet,
    /// What is promised and not there yet.
    Later,
}

/// Every name of every verb: English, Bokmål and Nynorsk, and how the Norwegian ones are typed without their letters.
const VERBS: &[(&str, Verb)] = &[
    ("list", Verb::List),
    ("liste", Verb::List),
    ("show", Verb::Show),
    ("vis", Verb::Show),
    ("search", Verb::Search),
    ("find", Verb::Search),
    ("søk", Verb::Search),
    ("soek", Verb::Search),
    ("finn", Verb::Search),
    ("new", Verb::New),
    ("ny", Verb::New),
    ("nytt", Verb::New),
    ("help", Verb::Help),
    ("hjelp", Verb::Help),
    ("digest", Verb::Digest),
    ("sammendrag", Verb::Digest),
    ("samandrag", Verb::Digest),
    ("away", Verb::Away),
    ("borte", Verb::Away),
    ("quiet", Verb::Quiet),
    ("stille", Verb::Quiet),
    ("order", Verb::Later),
    ("bestill", Verb::Later),
    ("tinging", Verb::Later),
];

/// Which cases a list is of: its names in English, Bokmål and Nynorsk.
const LISTED: &[(&str, Listed)] = &[
    ("open", Listed::Open),
    ("åpne", Listed::Open),
    ("aapne", Listed::Open),
    ("opne", Listed::Open),
    ("mine", Listed::Mine),
    ("unassigned", Listed::Unassigned),
    ("ledige", Listed::Unassigned),
    ("overdue", Listed::Overdue),
    ("forfalt", Listed::Overdue),
    ("forfalte", Listed::Overdue),
    ("forfalne", Listed::Overdue),
];

/// Words between a category and the one that a new case is for.
const FOR: &[&str] = &[" for ", " til "];

/// Reads the errands at the top of a mail to the control address.
///
/// Shape:  `text` has LF line ends.       Errors: as verdicts, one for each line.
pub fn read(text: &str, context: &Context<'_>) -> Reading {
    let (lines, below) = split(text);
    let mut reading = Reading::default();
    for line in lines {
        let outcome = if reading.verdicts.len() >= COMMANDS_MAX {
            Err(CommandProblem::Contradiction)
        } else {
            errand(line, below, context)
        };
        let problem = outcome.and_then(|errand| reading.take(errand)).err();
        reading.verdicts.push(LineVerdict { line: line.trim().chars().take(200).collect(), problem });
    }
    if reading.verdicts.is_empty() {
        reading.errands.push(Errand::Help);
    }
    if !reading.is_good() {
        reading.errands.clear();
    }
    reading
}

/// Reads a whole mail. Where it says its text a second time, as a page, the two must want the same done.
pub fn read_mail(mail: &Mail, context: &Context<'_>) -> Reading {
    let mut reading = read(source(mail), context);
    let page = read(&mail.page_text, context);
    let differs = !is_same(&reading.errands, &page.errands) && !mail.page_text.trim_matches(is_blank).is_empty();
    if reading.is_good() && differs && !mail.new_text.trim().is_empty() {
        let page = page.verdicts.into_iter().map(|verdict| verdict.line).collect();
        reading.errands.clear();
        reading.verdicts.push(LineVerdict { line: String::new(), problem: Some(CommandProblem::PartsDiffer { page }) });
    }
    reading
}

/// Where a mail says what is wanted: an empty one says it in its subject.
pub fn source(mail: &Mail) -> &str {
    if mail.new_text.trim().is_empty() { &mail.subject } else { &mail.new_text }
}

/// Is the same wanted? What a case is called may be spaced otherwise on a page.
fn is_same(errands: &[Errand], others: &[Errand]) -> bool {
    let bare = |errand: &Errand| match errand {
        Errand::Open(opening) => Errand::Open(Box::new(Opening { title: String::new(), ..(**opening).clone() })),
        other => other.clone(),
    };
    errands.iter().map(bare).eq(others.iter().map(bare))
}

/// The cases that errands name.
pub fn cases(text: &str, prefix: &str) -> Vec<CaseId> {
    let (lines, _) = split(text);
    let named = lines.iter().filter_map(|line| match verb_of(line) {
        (_, Some(Verb::Show), case) => argument::case(case, prefix).ok(),
        _ => None,
    });
    named.collect()
}

/// Do short lines at its top say what is wanted of the control address? Who has just opened a case there may
/// go on as if the answer came from there still: that is for no contact.
pub fn is_errands(text: &str) -> bool {
    const WORDS_MAX: usize = 4;
    let (lines, _) = split(text);
    let asks = |line: &&str| {
        let sentence = line.trim_end().ends_with(['.', '!', '?', ',', ':']);
        verb_of(line).1.is_some() && !sentence && line.split_whitespace().count() <= WORDS_MAX
    };
    !lines.is_empty() && lines.iter().all(asks)
}

/// The text of a new case, below the lines that say what is wanted.
pub fn below(text: &str) -> &str {
    split(text).1
}

/// The lines that say what is wanted (one more than may be done at most), and the text below them. A line that is none
/// ends them if there is an empty line above it: a greeting.
fn split(text: &str) -> (Vec<&str>, &str) {
    let mut lines = Vec::new();
    let mut rest = up_to_end(text).trim_start_matches(is_blank);
    let mut apart = false;
    while let Some(line) = rest.split('\n').next().filter(|line| !line.is_empty()) {
        let verb = verb_of(line).1;
        if lines.len() > COMMANDS_MAX || (apart && verb.is_none()) {
            break;
        }
        lines.push(line);
        let after = &rest[line.len()..];
        rest = after.trim_start_matches(is_blank);
        apart = after[..after.len() - rest.len()].matches('\n').count() > 1;
        if verb == Some(Verb::New) {
            break;
        }
    }
    (lines, rest.trim())
}

/// The first word, the verb that it means, and what follows.
fn verb_of(line: &str) -> (String, Option<Verb>, &str) {
    let line = line.trim_matches(is_blank).trim_start_matches(SLASHES);
    let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let end: &[char] = if argument.is_empty() { &[':', '.', '!'] } else { &[':'] };
    let word = word.trim_end_matches(end).to_lowercase();
    let verb = VERBS.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb);
    (word, verb, argument.trim())
}

fn errand(line: &str, below: &str, context: &Context<'_>) -> Result<Errand, CommandProblem> {
    let (word, verb, argument) = verb_of(line);
    let unknown = || CommandProblem::UnknownVerb { nearest: nearest_among(&word, VERBS.iter().map(|(name, _)| *name)) };
    match (verb.ok_or_else(unknown)?, argument) {
        (Verb::Help, _) => Ok(Errand::Help),
        (Verb::Later, _) => Err(CommandProblem::NotYet),
        (Verb::List, argument) => list(argument, context),
        (Verb::Show | Verb::Search | Verb::New | Verb::Digest | Verb::Away | Verb::Quiet, "") => {
            Err(CommandProblem::MissingArgument)
        }
        (Verb::Show, case) => show(case, context),
        (Verb::Search, words) => Ok(Errand::Search(words.chars().take(TITLE_CHARS_MAX).collect())),
        (Verb::Digest, often) => choice::digest(often).map(Errand::Digest),
        (Verb::Away, until) => choice::away(until, context).map(Errand::Away),
        (Verb::Quiet, hours) => choice::quiet(hours).map(Errand::Quiet),
        (Verb::New, _) if below.is_empty() => Err(CommandProblem::EmptyCase),
        (Verb::New, argument) => open(argument, below, context).map(|opening| Errand::Open(Box::new(opening))),
    }
}

fn list(argument: &str, context: &Context<'_>) -> Result<Errand, CommandProblem> {
    let (word, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
    let named = LISTED.iter().find(|(name, _)| *name == word.to_lowercase());
    let (which, place) = named.map_or((Listed::default(), argument), |(_, which)| (*which, rest));
    let place = place.trim();
    let category = if place.is_empty() { None } else { Some(category(place, context)?) };
    Ok(Errand::List { which, category })
}

fn show(case: &str, context: &Context<'_>) -> Result<Errand, CommandProblem> {
    let case = argument::case(case, &context.ours.prefix)?;
    let known = context.view.case(case).filter(|case| may_work(&context.view.directory, context.user, case));
    known.map(|case| Errand::Show(case.id)).ok_or(CommandProblem::UnknownCase)
}

/// `CATEGORY for ADDRESS`, `CATEGORY for NAME <ADDRESS>`, `CATEGORY for NUMBER`
fn open(argument: &str, below: &str, context: &Context<'_>) -> Result<Opening, CommandProblem> {
    let parted = FOR.iter().find_map(|word| argument.rsplit_once(word));
    let (place, whom) = parted.ok_or(CommandProblem::BadArgument)?;
    let category = category(place.trim(), context)?;
    let whom = self::whom(whom, category, context)?;
    let title = match &whom {
        _ if !context.title.is_empty() => context.title,
        // The title is the subject of answers by mail, and the text a note.
        Whom::Phone(_) => below.lines().next().unwrap_or_default(),
        _ => "",
    };
    let title = title.trim().chars().take(TITLE_CHARS_MAX).collect();
    let (commands, text) = (Vec::new(), OpeningText::Note);
    Ok(Opening { category, watching: Vec::new(), whom, title, commands, text })
}

fn whom(text: &str, category: CategoryId, context: &Context<'_>) -> Result<Whom, CommandProblem> {
    let mut words = text.split(|c: char| c.is_whitespace() || "<>()".contains(c)).filter(|word| !word.is_empty());
    let Some(written) = words.next_back().filter(|_| text.contains('@')) else {
        return argument::phone(text.trim())?.map(Whom::Phone).ok_or(CommandProblem::BadArgument);
    };
    let address = Address::parse(written.trim_start_matches("mailto:")).ok_or(CommandProblem::BadAddress)?;
    let directory = &context.view.directory;
    let customer = directory.category(category).map_or(SITE, |category| category.customer);
    if whose(context.ours, directory, &address, customer) != Whose::Outside {
        return Err(CommandProblem::BadAddress);
    }
    let name = text.split(['<', '(']).next().map(|name| name.trim().trim_matches('"').to_owned());
    let name = name.filter(|name| !name.is_empty() && !name.contains('@'));
    Ok(Whom::Party(Party { name, address }))
}

/// The writer's own category that a path, the end of a path or a name means.
fn category(wanted: &str, context: &Context<'_>) -> Result<CategoryId, CommandProblem> {
    let directory = &context.view.directory;
    let own = |category: &&Category| category.active && directory.is_active_member(context.user.id, category.id);
    let own = directory.categories().filter(own).collect();
    argument::category_among(own, wanted, directory, |category| directory.full_path(category.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_a_greeting_or_with_the_text_of_a_new_case() {
        let table: [(&str, &[&str], &str); 6] = [
            ("list mine\nshow HV-1", &["list mine", "show HV-1"], ""),
            ("\n/list\n\nsøk skriver\n\nMvh\nOla", &["/list", "søk skriver"], "Mvh\nOla"),
            ("list\nMvh Ola", &["list", "Mvh Ola"], ""),
            ("ny orakel for a@b.no\n\nHan ringte.\nlist", &["ny orakel for a@b.no"], "Han ringte.\nlist"),
            ("help\n/slutt\nlist", &["help"], ""),
            ("", &[], ""),
        ];
        for (text, lines, below) in table {
            assert_eq!(split(text), (lines.to_vec(), below), "{text:?}");
        }
        assert_eq!(split(&"list\n".repeat(5000)).0.len(), COMMANDS_MAX + 1);
    }
}
