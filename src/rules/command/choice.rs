//! What a user chooses for themselves: how often they are told, until when they are away, when they are left alone.

use std::time::Duration;

use super::errand::Context;
use super::when::{THROUGH, WAIT_MAX, date, span};
use crate::case::command::CommandProblem;
use crate::directory::personal::{Digest, Quiet, QuietChoice};
use crate::rules::telling::at;
use crate::time::{DAY, Timestamp};

/// No, in English, Bokmål and Nynorsk.
const OFF: &[&str] = &["off", "av", "nei", "no", "ikke", "ikkje", "never", "aldri", "back", "tilbake", "slutt"];
const UNTIL: &[&str] = &["until ", "till ", "to ", "til ", "i ", "for "];
/// A date without a year that is farther away than this was last week rather than next year.
const WITHOUT_YEAR_MAX: Duration = Duration::from_secs(270 * 86_400);

/// How often: `daily`, `ukentlig`, `av`.
pub fn digest(text: &str) -> Result<Digest, CommandProblem> {
    match text.to_lowercase().as_str() {
        "daily" | "every day" | "daglig" | "dagleg" | "hver dag" | "kvar dag" => Ok(Digest::Daily),
        "weekly" | "every week" | "ukentlig" | "ukentleg" | "vekentleg" | "hver uke" | "kvar veke" => {
            Ok(Digest::Weekly)
        }
        word if OFF.contains(&word) => Ok(Digest::Off),
        _ => Err(CommandProblem::BadArgument),
    }
}

/// Until when: `until 2026-12-01`, `til fredag`, `til og med 20. desember`, `3d`; `None`: no longer.
pub fn away(text: &str, context: &Context<'_>) -> Result<Option<Timestamp>, CommandProblem> {
    let text = text.to_lowercase();
    if OFF.contains(&text.as_str()) {
        return Ok(None);
    }
    let without = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).map(str::trim);
    let through = without(THROUGH);
    let day = through.or_else(|| without(UNTIL)).unwrap_or(&text);
    let local = |time: Timestamp| time.to_jiff().to_zoned(context.time_zone.clone()).date();
    let until = match span(day) {
        Some(span) if span < DAY => Some(context.now.plus(span)),
        Some(span) => at(local(context.now.plus(span)), context.telling.digest_at, context.time_zone),
        None => {
            let last = date(day, local(context.now)).ok_or(CommandProblem::BadDay)?;
            let back = if through.is_some() { last.tomorrow().ok() } else { Some(last) };
            back.and_then(|back| at(back, context.telling.digest_at, context.time_zone))
        }
    };
    let until = until.ok_or(CommandProblem::BadDay)?;
    let has_year = day.as_bytes().windows(4).any(|four| four.iter().all(u8::is_ascii_digit));
    if until <= context.now || (!has_year && span(day).is_none() && until > context.now.plus(WITHOUT_YEAR_MAX)) {
        return Err(CommandProblem::PastDate);
    }
    if until > context.now.plus(WAIT_MAX) { Err(CommandProblem::TooFar) } else { Ok(Some(until)) }
}

/// When: `22-7`, `22:00-07:00`, `off`, `default`.
pub fn quiet(text: &str) -> Result<QuietChoice, CommandProblem> {
    let text = text.to_lowercase();
    match text.as_str() {
        "default" | "standard" | "vanlig" | "vanleg" => Ok(QuietChoice::Site),
        word if OFF.contains(&word) => Ok(QuietChoice::Never),
        hours => {
            let hours = hours.replace("kl.", "").replace("kl", "").replace(" til ", "-").replace(" to ", "-");
            Quiet::parse(&hours).map(QuietChoice::Hours).ok_or(CommandProblem::BadArgument)
        }
    }
}
