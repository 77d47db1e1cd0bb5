//! When something shall be, as people write it: what has one clear meaning in an office.

use std::time::Duration;

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};

use super::Context;
use crate::case::command::CommandProblem;
use crate::rules::telling::at;
use crate::time::{DAY, Timestamp};

/// Waiting longer than this is a slip of the pen.
pub const WAIT_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Somebody who waits until a day wants to find the case in the morning.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// The first day back is the day after.
pub const THROUGH: &[&str] = &["til og med ", "t.o.m. ", "tom ", "through ", "thru "];
const UNTIL: &[&str] = &["until ", "till ", "til ", "fram til ", "frem til ", "på ", "on ", "for ", "to "];
const WITHIN: &[&str] = &["om ", "in ", "i ", "another "];
/// Words before a time of day.
const CLOCK: &[&str] = &["kl", "kl.", "klokka", "klokken", "at"];
const TODAY: &[&str] = &["i dag", "idag", "today"];
const TOMORROW: &[&str] = &["tomorrow", "i morgen", "imorgen", "i morgon", "imorgon"];
const AFTER_TOMORROW: &[&str] =
    &["day after tomorrow", "the day after tomorrow", "overmorgen", "i overmorgen", "overmorgon", "i overmorgon"];
/// What begins with the next Monday.
const MONDAY: &[&str] = &[
    "next week",
    "neste uke",
    "neste veke",
    "after the weekend",
    "over the weekend",
    "over helgen",
    "over helga",
    "etter helgen",
    "etter helga",
];
const FIRST: &[&str] = &["next month", "neste måned", "neste månad"];

/// When a case shall come back: `3d`, `i 2 uker`, `4t`, `til fredag kl 12`, `1. desember`, `01.12.2026`, `neste uke`.
pub fn time(text: &str, context: &Context<'_>) -> Result<Timestamp, CommandProblem> {
    let (text, clock) = clock(&text.to_lowercase()).ok_or(CommandProblem::BadTime)?;
    // Nothing but an hour may follow the word.
    let text = format!("{text} ");
    let without = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    let through = without(THROUGH);
    // `to` is also two.
    let spelled = within(text.trim(), context).is_some().then_some(text.as_str());
    let day = spelled.or(through).or_else(|| without(UNTIL)).unwrap_or(&text).trim();
    let zone = context.time_zone;
    let local = |time: Timestamp| time.to_jiff().to_zoned(zone.clone()).date();
    let until = match (within(day, context), clock) {
        (Some(until), None) => Some(until),
        // Hours from now, at another hour: that is no time.
        (Some(until), Some(clock)) => at(local(until), clock, zone).filter(|_| until >= context.now.plus(DAY)),
        (None, Some(clock)) if day.is_empty() => at(local(context.now), clock, zone),
        (None, clock) => date(day, local(context.now)).and_then(|last| {
            let day = if through.is_some() && clock.is_none() { last.tomorrow().ok()? } else { last };
            at(day, clock.unwrap_or(MORNING), zone)
        }),
    };
    let until = until.ok_or(CommandProblem::BadTime)?;
    match () {
        () if until <= context.now => Err(CommandProblem::PastDate),
        () if until > context.now.plus(WAIT_MAX) => Err(CommandProblem::TooFar),
        () => Ok(until),
    }
}

/// The end of a span of time that begins now.
fn within(text: &str, context: &Context<'_>) -> Option<Timestamp> {
    let text = WITHIN.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let (count, unit) = count(text)?;
    if !["month", "months", "måned", "måneder", "månad", "månader", "mnd"].contains(&unit) {
        return span(text).map(|span| context.now.plus(span));
    }
    let months = jiff::Span::new().try_months(count).ok()?;
    let end = context.now.to_jiff().to_zoned(context.time_zone.clone()).checked_add(months).ok()?;
    Some(Timestamp::from_millis(end.timestamp().as_millisecond()))
}

/// A span of time: `3d`, `2 uker`, `4t`, `en dag`.
pub fn span(text: &str) -> Option<Duration> {
    let (count, unit) = count(text)?;
    let unit = match unit {
        "min" | "minute" | "minutes" | "minutt" | "minutter" => Duration::from_secs(60),
        "h" | "t" | "hour" | "hours" | "time" | "timer" | "timar" => Duration::from_secs(3600),
        "d" | "day" | "days" | "dag" | "dager" | "dagar" | "døgn" => DAY,
        "w" | "u" | "week" | "weeks" | "uke" | "uker" | "veke" | "veker" => DAY * 7,
        _ => return None,
    };
    Some(unit * count)
}

/// How many of what: in digits, or in words up to ten.
fn count(text: &str) -> Option<(u32, &str)> {
    const WORDS: [&[&str]; 10] = [
        &["en", "én", "ein", "ei", "et", "ett", "eit", "a", "an", "one"],
        &["to", "two"],
        &["tre", "three"],
        &["fire", "four"],
        &["fem", "five"],
        &["seks", "six"],
        &["sju", "syv", "seven"],
        &["åtte", "eight"],
        &["ni", "nine"],
        &["ti", "ten"],
    ];
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = match digits {
        0 => {
            let (word, unit) = text.split_once(' ')?;
            (u32::try_from(WORDS.iter().position(|names| names.contains(&word))? + 1).ok()?, unit)
        }
        digits => (text[..digits].parse().ok()?, &text[digits..]),
    };
    (1..10_000).contains(&count).then(|| (count, unit.trim()))
}

/// The time of day at the end of a text, `kl 12`, `at 3pm`, `12:30`, and what stands before it; `None`: it is none.
fn clock(text: &str) -> Option<(String, Option<Time>)> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    // `2026-12-01t12:00`
    if let [.., last] = words.as_mut_slice()
        && let Some((day, hour)) = last.split_once('t').filter(|(day, _)| day.parse::<Date>().is_ok())
    {
        *last = day;
        words.push(hour);
    }
    let half = words.pop_if(|last| ["am", "pm"].contains(last));
    let Some(last) = words.pop() else { return Some((String::new(), None)) };
    let glued = last.strip_prefix("kl").map(|rest| rest.trim_start_matches('.')).filter(|rest| !rest.is_empty());
    let said = glued.is_some() || words.pop_if(|word| CLOCK.contains(word)).is_some();
    let (bare, half) = match (half, last.strip_suffix("am"), last.strip_suffix("pm")) {
        (None, Some(bare), _) => (bare, Some("am")),
        (None, _, Some(bare)) => (bare, Some("pm")),
        (half, ..) => (glued.unwrap_or(last), half),
    };
    let of_day = bare.starts_with(|c: char| c.is_ascii_digit()) && (said || half.is_some() || bare.contains(':'));
    if !of_day {
        words.push(last);
        return (!said && half.is_none()).then(|| (words.join(" "), None));
    }
    let (hour, minute) = bare.split_once([':', '.']).unwrap_or((bare, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + if half == "pm" { 12 } else { 0 },
        Some(_) => return None,
    };
    Some((words.join(" "), Some(Time::new(hour, minute, 0, 0).ok()?)))
}

/// A day: `2026-12-01`, `1.12.`, `1.12.2026`, `1. desember`, `December 1st`, `fredag`, `tomorrow`, `neste uke`, `uke 50`.
pub fn date(text: &str, today: Date) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let text = text.replace(',', " ");
    let text = ["den ", "the "].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text).trim();
    let tomorrow = today.tomorrow().ok()?;
    match text {
        _ if TODAY.contains(&text) => return Some(today),
        _ if TOMORROW.contains(&text) => return Some(tomorrow),
        _ if AFTER_TOMORROW.contains(&text) => return tomorrow.tomorrow().ok(),
        _ if MONDAY.contains(&text) => return today.nth_weekday(1, Weekday::Monday).ok(),
        _ if FIRST.contains(&text) => return today.last_of_month().tomorrow().ok(),
        _ => {}
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if ["uke", "veke", "week"].contains(&first) {
        return week(rest.parse().ok()?, today);
    }
    let Some(weekday) = weekday(first) else { return day_of_month(text, today) };
    if rest.is_empty() {
        return today.nth_weekday(1, weekday).ok();
    }
    // Where the two do not fit, nobody knows which is meant.
    let rest = ["den ", "the "].iter().find_map(|prefix| rest.strip_prefix(prefix)).unwrap_or(rest);
    day_of_month(rest, today).filter(|date| date.weekday() == weekday)
}

/// The Monday of a week with this number; of next year, when it has begun.
fn week(number: i8, today: Date) -> Option<Date> {
    let monday = |year| ISOWeekDate::new(year, number, Weekday::Monday).ok().map(|week| week.date());
    let year = today.iso_week_date().year();
    monday(year).filter(|monday| *monday > today).or_else(|| monday(year + 1))
}

fn day_of_month(text: &str, today: Date) -> Option<Date> {
    let parts = text.split(['.', ' ']).filter(|part| !part.is_empty() && *part != "of");
    let parts: Vec<&str> = parts.collect();
    let (day, month, year) = match parts.as_slice() {
        [named, day, year @ ..] if named.starts_with(char::is_alphabetic) => (day, named, year),
        [day, month, year @ ..] => (day, month, year),
        _ => return None,
    };
    let ordinal = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_ordinal = ["", "st", "nd", "rd", "th"].contains(&&day[ordinal.len()..]);
    let (day, month) = (ordinal.parse().ok().filter(|_| is_ordinal)?, self::month(month)?);
    match year {
        [] => {
            let this_year = Date::new(today.year(), month, day).ok()?;
            if this_year > today { Some(this_year) } else { Date::new(today.year() + 1, month, day).ok() }
        }
        [year] if year.len() == 2 => Date::new(2000 + year.parse::<i16>().ok()?, month, day).ok(),
        [year] => Date::new(year.parse().ok()?, month, day).ok(),
        _ => None,
    }
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

fn weekday(text: &str) -> Option<Weekday> {
    match text {
        "monday" | "mon" | "mandag" | "man" | "måndag" => Some(Weekday::Monday),
        "tuesday" | "tue" | "tirsdag" | "tir" | "tysdag" => Some(Weekday::Tuesday),
        "wednesday" | "wed" | "onsdag" | "ons" => Some(Weekday::Wednesday),
        "thursday" | "thu" | "torsdag" | "tor" => Some(Weekday::Thursday),
        "friday" | "fri" | "fredag" | "fre" => Some(Weekday::Friday),
        "saturday" | "sat" | "lørdag" | "lør" | "laurdag" => Some(Weekday::Saturday),
        "sunday" | "sun" | "søndag" | "søn" | "sundag" => Some(Weekday::Sunday),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::model::{Directory, OPERATORS};
    use crate::id::UserId;

    fn read(text: &str) -> Result<String, CommandProblem> {
        let (directory, zone) = (Directory::default(), jiff::tz::TimeZone::get("Europe/Oslo").expect("known zone"));
        let now = Timestamp::from_secs(1_795_000_000); // Wednesday 2026-11-18T11:06:40Z
        let (category, user, time_zone) = (OPERATORS, UserId::new(1), &zone);
        let context =
            Context { directory: &directory, category, user, now, time_zone, ours: &crate::thread::Ours::for_tests() };
        time(text, &context).map(|time| time.to_string())
    }

    #[test]
    fn spans_begin_now() {
        for (text, want) in [
            ("3d", "2026-11-21T11:06:40Z"),
            ("3 days", "2026-11-21T11:06:40Z"),
            ("to dager", "2026-11-20T11:06:40Z"),
            ("to three days", "2026-11-21T11:06:40Z"),
            ("i 3 dager", "2026-11-21T11:06:40Z"),
            ("in 3 days", "2026-11-21T11:06:40Z"),
            ("om tre dager", "2026-11-21T11:06:40Z"),
            ("til om  3 dager", "2026-11-21T11:06:40Z"),
            ("for 3 days", "2026-11-21T11:06:40Z"),
            ("i eit døgn", "2026-11-19T11:06:40Z"),
            ("2 timer", "2026-11-18T13:06:40Z"),
            ("en time", "2026-11-18T12:06:40Z"),
            ("30 min", "2026-11-18T11:36:40Z"),
            ("1 uke", "2026-11-25T11:06:40Z"),
            ("a week", "2026-11-25T11:06:40Z"),
            ("i to veker", "2026-12-02T11:06:40Z"),
            ("1 måned", "2026-12-18T11:06:40Z"),
            ("in 2 months", "2027-01-18T11:06:40Z"),
            ("i 3 dager kl 12", "2026-11-21T11:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn days_are_found_in_the_morning_and_at_the_hour_that_is_said() {
        for (text, want) in [
            ("2026-12-01", "2026-12-01T07:00:00Z"),
            ("til 1.12.", "2026-12-01T07:00:00Z"),
            ("1.6", "2027-06-01T06:00:00Z"),
            ("1.12.2026", "2026-12-01T07:00:00Z"),
            ("01.12.2026", "2026-12-01T07:00:00Z"),
            ("01.12.26", "2026-12-01T07:00:00Z"),
            ("1. desember", "2026-12-01T07:00:00Z"),
            ("den 1. desember", "2026-12-01T07:00:00Z"),
            ("til 1 dec 2026", "2026-12-01T07:00:00Z"),
            ("until December 1st", "2026-12-01T07:00:00Z"),
            ("December 1, 2026", "2026-12-01T07:00:00Z"),
            ("the 1st of December", "2026-12-01T07:00:00Z"),
            ("tirsdag 1. desember", "2026-12-01T07:00:00Z"),
            ("til fredag", "2026-11-20T07:00:00Z"),
            ("på fredag", "2026-11-20T07:00:00Z"),
            ("onsdag", "2026-11-25T07:00:00Z"),
            ("til mandag", "2026-11-23T07:00:00Z"),
            ("i morgen", "2026-11-19T07:00:00Z"),
            ("til i morgen tidlig", ""),
            ("i overmorgen", "2026-11-20T07:00:00Z"),
            ("til neste uke", "2026-11-23T07:00:00Z"),
            ("over helga", "2026-11-23T07:00:00Z"),
            ("til neste måned", "2026-12-01T07:00:00Z"),
            ("til uke 50", "2026-12-07T07:00:00Z"),
            ("week 2", "2027-01-11T07:00:00Z"),
            ("til og med fredag", "2026-11-21T07:00:00Z"),
            ("through friday", "2026-11-21T07:00:00Z"),
            ("til fredag kl 12", "2026-11-20T11:00:00Z"),
            ("fredag kl. 12.30", "2026-11-20T11:30:00Z"),
            ("fredag kl.9", "2026-11-20T08:00:00Z"),
            ("til fredag klokka 12:30", "2026-11-20T11:30:00Z"),
            ("friday 12:00", "2026-11-20T11:00:00Z"),
            ("friday at 3pm", "2026-11-20T14:00:00Z"),
            ("Friday at 12 am", "2026-11-19T23:00:00Z"),
            ("1. desember kl 8", "2026-12-01T07:00:00Z"),
            ("01.12.2026 14:15", "2026-12-01T13:15:00Z"),
            ("2026-12-01T14:15", "2026-12-01T13:15:00Z"),
            ("i dag kl 15", "2026-11-18T14:00:00Z"),
            ("til kl 15", "2026-11-18T14:00:00Z"),
            ("kl 15", "2026-11-18T14:00:00Z"),
        ] {
            let want = if want.is_empty() { Err(CommandProblem::BadTime) } else { Ok(want.to_owned()) };
            assert_eq!(read(text), want, "{text}");
        }
    }

    #[test]
    fn what_has_no_one_meaning_is_refused() {
        for bad in [
            "",
            "x",
            "0d",
            "3x",
            "31.2.",
            "2026-13-01",
            "1.1.1.1",
            "1. d",
            "1. desembur",
            "neste fredag",
            "1/12",
            "12",
            "mandag 1. desember",
            "fredag kl",
            "fredag kl 25",
            "friday 13pm",
            "3 timer kl 12",
            "uke 60",
            "kl",
            "1xx dec",
            "dag",
            "et par dager",
            "3 arbeidsdager",
            "10000d",
        ] {
            assert_eq!(read(bad), Err(CommandProblem::BadTime), "{bad}");
        }
        for past in ["2026-11-01", "kl 12", "i dag", "01.11.26"] {
            assert_eq!(read(past), Err(CommandProblem::PastDate), "{past}");
        }
        for far in ["9999d", "2030-01-01", "60 months"] {
            assert_eq!(read(far), Err(CommandProblem::TooFar), "{far}");
        }
    }
}
