//! What stands behind a verb: people and times, as people write them.

use std::time::Duration;

use jiff::civil::{Date, Time};

use super::Context;
use crate::address::Address;
use crate::case::event::CommandProblem;
use crate::directory::model::User;
use crate::id::UserId;
use crate::time::{DAY, Timestamp};

/// Waiting longer than this is a slip of the pen.
const WAIT_MAX: Duration = Duration::from_secs(400 * 86_400);
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
    let text = text.strip_prefix("til ").or(text.strip_prefix("until ")).unwrap_or(&text).trim();
    let until = match span(text) {
        Some(span) => context.now.plus(span),
        None => morning_of(date(text, context).ok_or(CommandProblem::BadArgument)?, context)?,
    };
    if until <= context.now {
        return Err(CommandProblem::PastDate);
    }
    if until > context.now.plus(WAIT_MAX) { Err(CommandProblem::BadArgument) } else { Ok(until) }
}

fn span(text: &str) -> Option<Duration> {
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

fn date(text: &str, context: &Context<'_>) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let mut parts = text.trim_end_matches('.').split('.').map(str::trim);
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let today = context.now.to_jiff().to_zoned(context.time_zone.clone()).date();
    let date = match parts.next() {
        Some(year) => Date::new(year.parse().ok()?, month, day).ok()?,
        None => {
            let this_year = Date::new(today.year(), month, day).ok()?;
            if this_year > today { this_year } else { Date::new(today.year() + 1, month, day).ok()? }
        }
    };
    parts.next().is_none().then_some(date)
}

fn morning_of(date: Date, context: &Context<'_>) -> Result<Timestamp, CommandProblem> {
    let zoned =
        date.to_datetime(MORNING).to_zoned(context.time_zone.clone()).map_err(|_| CommandProblem::BadArgument)?;
    Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::model::{Directory, OPERATORS};

    #[test]
    fn times_are_read_as_people_write_them() {
        let directory = Directory::default();
        let zone = jiff::tz::TimeZone::get("Europe/Oslo").expect("known zone");
        let now = Timestamp::from_secs(1_795_000_000); // 2026-11-18T11:06:40Z
        let context =
            Context { directory: &directory, category: OPERATORS, user: UserId::new(1), now, time_zone: &zone };
        let good = [
            ("3d", "2026-11-21T11:06:40Z"),
            ("2 timer", "2026-11-18T13:06:40Z"),
            ("1 uke", "2026-11-25T11:06:40Z"),
            ("2026-12-01", "2026-12-01T07:00:00Z"),
            ("til 1.12.", "2026-12-01T07:00:00Z"),
            ("1.6", "2027-06-01T06:00:00Z"),
            ("1.12.2026", "2026-12-01T07:00:00Z"),
        ];
        for (text, want) in good {
            assert_eq!(time(text, &context).map(|t| t.to_string()).as_deref(), Ok(want), "{text}");
        }
        for bad in ["", "x", "0d", "99999d", "3x", "31.2.", "2026-13-01", "1.1.1.1", "9999d"] {
            assert_eq!(time(bad, &context), Err(CommandProblem::BadArgument), "{bad}");
        }
        assert_eq!(time("2026-11-01", &context), Err(CommandProblem::PastDate));
    }
}
