//! When users are told: at once, in the morning, or by a digest.

use std::time::Duration;

use jiff::Zoned;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use crate::directory::personal::{Digest, Personal, Quiet, QuietChoice};
use crate::time::Timestamp;

/// When users are told, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// When digests are sent, and when somebody who was away is back.
    pub digest_at: Time,
    /// Hours in which nobody is disturbed who has not chosen otherwise.
    pub quiet: Option<Quiet>,
    /// For so long a case may lie before it is overdue.
    pub overdue: Duration,
}

impl Default for Telling {
    fn default() -> Self {
        Self { digest_at: Time::constant(7, 0, 0, 0), quiet: None, overdue: Duration::from_secs(24 * 3600) }
    }
}

/// When a user is to be told what was gathered, if nothing changes; `None`: nothing is gathered.
///
/// Shape:  always later than `now`. On the night when clocks change the hour is that of the clock; one that is left
///         out is the same time after the gap.
pub fn next_digest(telling: &Telling, zone: &TimeZone, personal: &Personal, now: Timestamp) -> Option<Timestamp> {
    if let Some(until) = personal.away_until.filter(|until| *until > now) {
        return Some(until);
    }
    let local = now.to_jiff().to_zoned(zone.clone());
    let today = local.date();
    let first = match personal.digest {
        Digest::Off => return None,
        Digest::Daily => today,
        Digest::Weekly if today.weekday() == Weekday::Monday => today,
        Digest::Weekly => today.nth_weekday(1, Weekday::Monday).ok()?,
    };
    let after = match personal.digest {
        Digest::Off | Digest::Daily => first.tomorrow(),
        Digest::Weekly => first.nth_weekday(1, Weekday::Monday),
    };
    let times = [Some(first), after.ok()].into_iter().flatten().filter_map(|day| at(day, telling.digest_at, zone));
    times.into_iter().find(|time| *time > now)
}

/// The end of the quiet hours that this user has now; `None`: there are none now.
pub fn quiet_until(telling: &Telling, zone: &TimeZone, personal: &Personal, now: Timestamp) -> Option<Timestamp> {
    let quiet = match personal.quiet {
        QuietChoice::Site => telling.quiet?,
        QuietChoice::Never => return None,
        QuietChoice::Hours(quiet) => quiet,
    };
    let local = now.to_jiff().to_zoned(zone.clone());
    let minute = local.time().hour() as u16 * 60 + local.time().minute() as u16;
    let (today, past_midnight) = (local.date(), quiet.begins() > quiet.ends());
    let day = match (minute >= quiet.begins(), minute < quiet.ends()) {
        (true, true) => today,
        (false, true) if past_midnight => today,
        (true, false) if past_midnight => today.tomorrow().ok()?,
        _ => return None,
    };
    at(day, time_of(quiet.ends())?, zone).filter(|end| *end > now)
}

/// A time of day on the clock.
pub fn time_of(minute: u16) -> Option<Time> {
    Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()
}

/// That day at that time.
pub fn at(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let zoned: Zoned = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oslo() -> TimeZone {
        TimeZone::get("Europe/Oslo").expect("known zone")
    }

    fn time(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
    }

    #[test]
    fn digests_come_on_the_next_morning_of_the_clock() {
        let table = [
            (Digest::Daily, "2026-11-18T05:59:59Z", "2026-11-18T06:00:00Z"),
            (Digest::Daily, "2026-11-18T06:00:00Z", "2026-11-19T06:00:00Z"),
            (Digest::Weekly, "2026-11-18T06:00:00Z", "2026-11-23T06:00:00Z"),
            (Digest::Weekly, "2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z"),
            (Digest::Weekly, "2026-11-23T06:00:00Z", "2026-11-30T06:00:00Z"),
            // 28 March 2027 has 23 hours, 25 October 2026 has 25.
            (Digest::Daily, "2027-03-27T12:00:00Z", "2027-03-28T05:00:00Z"),
            (Digest::Daily, "2026-10-24T12:00:00Z", "2026-10-25T06:00:00Z"),
            (Digest::Weekly, "2026-10-19T12:00:00Z", "2026-10-26T06:00:00Z"),
        ];
        for (digest, now, want) in table {
            let personal = Personal { digest, ..Personal::default() };
            let next = next_digest(&Telling::default(), &oslo(), &personal, time(now));
            assert_eq!(next, Some(time(want)), "{digest:?} {now}");
        }
        let away = Personal { away_until: Some(time("2026-12-01T07:00:00Z")), ..Personal::default() };
        let next = |now| next_digest(&Telling::default(), &oslo(), &away, time(now));
        assert_eq!(next("2026-11-18T12:00:00Z"), away.away_until);
        assert_eq!(next("2026-12-01T07:00:00Z"), None);
    }

    #[test]
    fn an_hour_that_the_clock_leaves_out_or_has_twice_comes_once() {
        let personal = Personal { digest: Digest::Daily, ..Personal::default() };
        let telling = Telling { digest_at: Time::constant(2, 30, 0, 0), ..Telling::default() };
        let next = |now: Timestamp| next_digest(&telling, &oslo(), &personal, now).expect("a time");
        let gap = next(time("2027-03-27T12:00:00Z"));
        assert_eq!((gap, next(gap)), (time("2027-03-28T01:30:00Z"), time("2027-03-29T00:30:00Z")));
        let twice = next(time("2026-10-24T12:00:00Z"));
        assert_eq!((twice, next(twice)), (time("2026-10-25T00:30:00Z"), time("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn quiet_hours_end_in_the_morning() {
        let table = [
            ("22-7", "2026-11-18T20:59:00Z", None),
            ("22-7", "2026-11-18T21:00:00Z", Some("2026-11-19T06:00:00Z")),
            ("22-7", "2026-11-19T05:59:59Z", Some("2026-11-19T06:00:00Z")),
            ("22-7", "2026-11-19T06:00:00Z", None),
            ("0-6", "2026-11-18T23:30:00Z", Some("2026-11-19T05:00:00Z")),
            ("12-13", "2026-11-18T11:30:00Z", Some("2026-11-18T12:00:00Z")),
            ("18-24", "2026-11-18T18:00:00Z", Some("2026-11-18T23:00:00Z")),
            ("18-24", "2026-11-18T11:00:00Z", None),
            // The nights in which clocks change.
            ("22-7", "2027-03-27T22:00:00Z", Some("2027-03-28T05:00:00Z")),
            ("22-7", "2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z")),
            ("1-2:30", "2027-03-28T00:30:00Z", Some("2027-03-28T01:30:00Z")),
            ("1-2:30", "2026-10-25T00:15:00Z", Some("2026-10-25T00:30:00Z")),
            ("1-2:30", "2026-10-25T01:15:00Z", None),
        ];
        for (hours, now, want) in table {
            let telling = Telling { quiet: Quiet::parse(hours), ..Telling::default() };
            let ends = |personal| quiet_until(&telling, &oslo(), &personal, time(now));
            assert_eq!(ends(Personal::default()), want.map(time), "{hours} {now}");
            assert_eq!(ends(Personal { quiet: QuietChoice::Never, ..Personal::default() }), None);
        }
        let own = QuietChoice::Hours(Quiet::parse("12-13").expect("hours"));
        let personal = Personal { quiet: own, ..Personal::default() };
        let ends = quiet_until(&Telling::default(), &oslo(), &personal, time("2026-11-18T11:30:00Z"));
        assert_eq!(ends, Some(time("2026-11-18T12:00:00Z")));
    }
}
