//! What stands behind a verb: people, places and numbers, as people write them.

use super::Context;
use crate::address::Address;
use crate::case::command::CommandProblem;
use crate::case::model::Priority;
use crate::directory::model::{Category, Directory, SITE, User};
use crate::id::{CaseId, CategoryId, CustomerId, UserId};
use crate::thread::{Whose, whose};

/// Most people named in one line.
const ADDRESSES_MAX: usize = 20;
/// More than a day's work in one go is a slip of the pen.
const MINUTES_MAX: u32 = 24 * 60;

/// The active member that `who` means: `me`, a mail address, or part of a name that only one has.
pub fn user(who: &str, context: &Context<'_>) -> Result<UserId, CommandProblem> {
    let who = who.trim().trim_start_matches('@').to_lowercase();
    let who = ["til ", "to "].iter().find_map(|word| who.strip_prefix(word)).unwrap_or(&who).trim_start();
    // As programs write it: `Kari Bråten <kari@uni.example>`, `kari@uni.example<mailto:kari@uni.example>`.
    let wanted = match addresses(who).as_deref() {
        Ok([one]) => one.to_string(),
        // `Bråten, Kari`
        _ => who.split_once(", ").map_or(who.to_owned(), |(last, first)| format!("{first} {last}")),
    };
    let members: Vec<&User> = context.directory.active_members(context.category).collect();
    if ["me", "meg"].contains(&wanted.as_str()) {
        let me = members.iter().find(|user| user.id == context.user);
        return me.map(|user| user.id).ok_or(CommandProblem::UnknownUser);
    }
    if let Some(address) = Address::parse(&wanted) {
        let found = members.iter().find(|user| user.has_address(&address));
        return found.map(|user| user.id).ok_or(CommandProblem::UnknownUser);
    }
    let exact = members.iter().filter(|user| user.name.to_lowercase() == wanted);
    if let [one] = exact.collect::<Vec<_>>().as_slice() {
        return Ok(one.id);
    }
    let matches: Vec<&&User> = members.iter().filter(|user| begins_a_word(user, &wanted)).collect();
    match matches.as_slice() {
        [] => Err(CommandProblem::UnknownUser),
        [one] => Ok(one.id),
        several => Err(CommandProblem::AmbiguousUser {
            matches: several.iter().take(10).map(|user| user.name.clone()).collect(),
        }),
    }
}

/// Does `wanted` begin a word of the user's name, or the local part of an address?
fn begins_a_word(user: &User, wanted: &str) -> bool {
    let name = user.name.to_lowercase();
    let starts = name.match_indices(wanted).any(|(at, _)| at == 0 || name[..at].ends_with([' ', '-']));
    starts || user.addresses.iter().any(|address| address.local().to_lowercase() == wanted)
}

/// A level of urgency.
pub fn priority(name: &str) -> Result<Priority, CommandProblem> {
    match name.to_lowercase().as_str() {
        "low" | "lav" | "låg" => Ok(Priority::Low),
        "normal" => Ok(Priority::Normal),
        "high" | "høy" | "høg" | "hoey" => Ok(Priority::High),
        "urgent" | "haster" | "hastar" | "kritisk" => Ok(Priority::Urgent),
        _ => Err(CommandProblem::BadArgument),
    }
}

/// The active category of the writer's customer that a path, the end of a path or a name means.
pub fn category(path: &str, context: &Context<'_>) -> Result<CategoryId, CommandProblem> {
    let directory = context.directory;
    let customer = customer(context);
    let there = directory.categories().filter(|category| category.customer == customer && category.active);
    category_among(there.collect(), path, directory, |category| category.path.clone())
}

/// That one of these categories which a path, the end of a path or a name means; `name` tells several apart.
pub fn category_among(
    there: Vec<&Category>,
    wanted: &str,
    directory: &Directory,
    name: impl Fn(&Category) -> String,
) -> Result<CategoryId, CommandProblem> {
    let wanted = wanted.trim_matches('/').to_lowercase();
    let is_whole = |category: &Category| {
        directory.full_path(category.id) == wanted || category.path == wanted || category.name.to_lowercase() == wanted
    };
    let whole: Vec<&&Category> = there.iter().filter(|category| is_whole(category)).collect();
    let ends = |category: &Category| category.path.rsplit('/').next().is_some_and(|last| last.starts_with(&wanted));
    let found = if whole.is_empty() { there.iter().filter(|category| ends(category)).collect() } else { whole };
    match found.as_slice() {
        [] => Err(CommandProblem::UnknownCategory),
        [one] => Ok(one.id),
        several => Err(CommandProblem::AmbiguousCategory {
            matches: several.iter().take(10).map(|category| name(category)).collect(),
        }),
    }
}

fn customer(context: &Context<'_>) -> CustomerId {
    context.directory.category(context.category).map_or(SITE, |category| category.customer)
}

/// Addresses of people who may be part of a case: nobody who is of the house.
pub fn outsiders(list: &str, context: &Context<'_>) -> Result<Vec<Address>, CommandProblem> {
    let found = addresses(list)?;
    let whose = |address| whose(context.ours, context.directory, address, customer(context));
    if found.iter().all(|address| whose(address) == Whose::Outside) {
        Ok(found)
    } else {
        Err(CommandProblem::BadAddress)
    }
}

/// Addresses, with commas, semicolons or blanks between them; as programs make them: `<a@b>`,
/// `mailto:a@b`, a name in front.
pub fn addresses(list: &str) -> Result<Vec<Address>, CommandProblem> {
    let words = list.split([',', ';', ' ', '\t', '<', '>', '(', ')']).map(|word| word.trim_start_matches("mailto:"));
    let mut found: Vec<Address> = Vec::new();
    for word in words.filter(|word| word.contains('@')) {
        let address = Address::parse(word.trim_matches(['"', '\'', '.'])).ok_or(CommandProblem::BadAddress)?;
        if !found.contains(&address) {
            found.push(address);
        }
        if found.len() > ADDRESSES_MAX {
            return Err(CommandProblem::TooManyAddresses { most: ADDRESSES_MAX });
        }
    }
    if found.is_empty() { Err(CommandProblem::BadAddress) } else { Ok(found) }
}

/// `HV-1042`, `[HV-1042]`, `hv 1042`, `#1042`, `1042`
pub fn case(text: &str, prefix: &str) -> Result<CaseId, CommandProblem> {
    let text = text.trim_matches(['[', ']', '#', '.', ' ']).to_lowercase();
    let number = text.strip_prefix(&prefix.to_lowercase()).unwrap_or(&text);
    let number = number.trim_start_matches(['-', ' ', '#']);
    let number = number.parse().ok().filter(|number| *number > 0);
    number.map(CaseId::new).ok_or(CommandProblem::BadArgument)
}

/// Time spent: `15m`, `1h 30m`, `1t30`, `1:30`, `90`; minutes.
pub fn minutes(text: &str) -> Result<u32, CommandProblem> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    // The first word behind a number says whether it counts hours: there is a `t` in "minutter", too.
    let unit = text.find(|c: char| !c.is_ascii_digit()).map(|at| text.split_at(at));
    let (hours, minutes) = match unit {
        Some((hours, rest)) if rest.starts_with([':', 'h', 't']) => {
            (hours, rest[1..].trim_start_matches(|c: char| c.is_alphabetic()))
        }
        _ => ("0", text.as_str()),
    };
    let minutes = minutes.trim_end_matches(|c: char| c.is_alphabetic());
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u32>().ok() };
    let total =
        number(hours).zip(number(minutes)).and_then(|(hours, minutes)| hours.checked_mul(60)?.checked_add(minutes));
    total.filter(|total| (1..=MINUTES_MAX).contains(total)).ok_or(CommandProblem::BadArgument)
}

/// A telephone number as written, or none.
pub fn phone(text: &str) -> Result<Option<String>, CommandProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let good = text.chars().all(|c| c.is_ascii_digit() || "+() -./".contains(c));
    if good && (3..=20).contains(&digits) { Ok(Some(text.to_owned())) } else { Err(CommandProblem::BadArgument) }
}
