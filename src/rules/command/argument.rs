//! What stands behind a verb: people and times, as people write them.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};

use super::Context;
use crate::address::Address;
use crate::case::command::CommandProblem;
use crate::case::model::Priority;
use crate::directory::model::{Category, Directory, SITE, User};
use crate::id::{CaseId, CategoryId, CustomerId, UserId};
use crate::thread::{Whose, whose};
use crate::time::{DAY, Timestamp};

/// Waiting longer than this is a slip of the pen.
pub const WAIT_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Most people named in one line.
const ADDRESSES_MAX: usize = 20;
/// More than a day's work in one go is a slip of the pen.
const MINUTES_MAX: u32 = 24 * 60;
/// Somebody who waits until a day wants to find the case in the morning.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// The active member that `who` means: `me`, a mail address, or part of a name that only one has.
pub fn user(who: &str, context: &Context<'_>) -> Result<UserId, CommandProblem> {
    let wanted = who.trim().trim_start_matches('@').to_lowercase();
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

/// When a case shall come back: `3d`, `2 uker`, `4t`, `2026-12-01`, `1.12.`, `1.12.2026`.
pub fn time(text: &str, context: &Context<'_>) -> Result<Timestamp, CommandProblem> {
    let text = text.to_lowercase();
    let prefixes = ["til og med ", "til ", "until ", "på ", "on ", "for "];
    let text = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text).trim();
    let until = match span(text) {
        Some(span) => context.now.plus(span),
        None => {
            let today = context.now.to_jiff().to_zoned(context.time_zone.clone()).date();
            morning_of(date(text, today).ok_or(CommandProblem::BadArgument)?, context)?
        }
    };
    if until <= context.now {
        return Err(CommandProblem::PastDate);
    }
    if until > context.now.plus(WAIT_MAX) { Err(CommandProblem::BadArgument) } else { Ok(until) }
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
    let (hours, minutes) = match text.split_once([':', 'h', 't']) {
        Some((hours, rest)) => (hours, rest.trim_start_matches(|c: char| c.is_alphabetic())),
        None => ("0", text.as_str()),
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

/// A span of time: `3d`, `2 uker`, `4t`.
pub fn span(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let count: u32 = text[..digits].parse().ok().filter(|count| (1..10_000).contains(count))?;
    let unit = match text[digits..].trim() {
        "h" | "t" | "hour" | "hours" | "time" | "timer" | "timar" => Duration::from_secs(3600),
        "d" | "day" | "days" | "dag" | "dager" | "dagar" => DAY,
        "w" | "u" | "week" | "weeks" | "uke" | "uker" | "veke" | "veker" => DAY * 7,
        _ => return None,
    };
    Some(unit * count)
}

/// A day: `2026-12-01`, `1.12.`, `1.12.2026`, `1. desember`, `fredag`, `tomorrow`.
pub fn date(text: &str, today: Date) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    if let Some(day) = weekday(text, today) {
        return Some(day);
    }
    let mut parts = text.split(['.', ' ']).filter(|part| !part.is_empty());
    let day = parts.next()?.parse().ok()?;
    let month = parts.next().and_then(month)?;
    let date = match parts.next() {
        Some(year) => Date::new(year.parse().ok()?, month, day).ok()?,
        None => {
            let this_year = Date::new(today.year(), month, day).ok()?;
            if this_year > today { this_year } else { Date::new(today.year() + 1, month, day).ok()? }
        }
    };
    parts.next().is_none().then_some(date)
}

/// By number, or by the beginning of its name.
fn month(text: &str) -> Option<i8> {
    const NAMES: [&[&str]; 12] = [
        &["januar", "january"],
        &["februar", "february"],
        &["mars", "march"],
        &["april"],
        &["mai", "may"],
        &["juni", "june"],
        &["juli", "july"],
        &["august"],
        &["september"],
        &["oktober", "october"],
        &["november"],
        &["desember", "december"],
    ];
    let named = |names: &[&str]| text.len() >= 3 && names.iter().any(|name| name.starts_with(text));
    let number = text.parse().ok();
    number.or_else(|| i8::try_from(NAMES.iter().position(|names| named(names))? + 1).ok())
}

/// The next day of this name after today; tomorrow.
fn weekday(text: &str, today: Date) -> Option<Date> {
    if ["tomorrow", "i morgen", "imorgen", "i morgon"].contains(&text) {
        return today.tomorrow().ok();
    }
    let day = match text {
        "monday" | "mon" | "mandag" | "man" | "måndag" => Weekday::Monday,
        "tuesday" | "tue" | "tirsdag" | "tir" | "tysdag" => Weekday::Tuesday,
        "wednesday" | "wed" | "onsdag" | "ons" => Weekday::Wednesday,
        "thursday" | "thu" | "torsdag" | "tor" => Weekday::Thursday,
        "friday" | "fri" | "fredag" | "fre" => Weekday::Friday,
        "saturday" | "sat" | "lørdag" | "lør" | "laurdag" => Weekday::Saturday,
        "sunday" | "sun" | "søndag" | "søn" | "sundag" => Weekday::Sunday,
        _ => return None,
    };
    today.nth_weekday(1, day).ok()
}

fn morning_of(date: Date, context: &Context<'_>) -> Result<Timestamp, CommandProblem> {
    let zoned =
        date.to_datetime(MORNING).to_zoned(context.time_zone.clone()).map_err(|_| CommandProblem::BadArgument)?;
    Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::model::OPERATORS;
    use crate::thread::Ours;

    #[test]
    fn times_are_read_as_people_write_them() {
        let directory = Directory::default();
        let zone = jiff::tz::TimeZone::get("Europe/Oslo").expect("known zone");
        let now = Timestamp::from_secs(1_795_000_000); // 2026-11-18T11:06:40Z
        let context = Context {
            directory: &directory,
            category: OPERATORS,
            user: UserId::new(1),
            now,
            time_zone: &zone,
            ours: &Ours::for_tests(),
        };
        let good = [
            ("3d", "2026-11-21T11:06:40Z"),
            ("2 timer", "2026-11-18T13:06:40Z"),
            ("1 uke", "2026-11-25T11:06:40Z"),
            ("2026-12-01", "2026-12-01T07:00:00Z"),
            ("til 1.12.", "2026-12-01T07:00:00Z"),
            ("1.6", "2027-06-01T06:00:00Z"),
            ("1.12.2026", "2026-12-01T07:00:00Z"),
            ("1. desember", "2026-12-01T07:00:00Z"),
            ("til 1 dec 2026", "2026-12-01T07:00:00Z"),
            ("til fredag", "2026-11-20T07:00:00Z"),
            ("onsdag", "2026-11-25T07:00:00Z"),
            ("i morgen", "2026-11-19T07:00:00Z"),
        ];
        for (text, want) in good {
            assert_eq!(time(text, &context).map(|t| t.to_string()).as_deref(), Ok(want), "{text}");
        }
        for bad in ["", "x", "0d", "99999d", "3x", "31.2.", "2026-13-01", "1.1.1.1", "9999d", "1. d", "1. desembur"] {
            assert_eq!(time(bad, &context), Err(CommandProblem::BadArgument), "{bad}");
        }
        assert_eq!(time("2026-11-01", &context), Err(CommandProblem::PastDate));
    }
}
