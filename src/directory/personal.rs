//! What a user has chosen for themselves, by mail: how much they are told of, and when.

use serde::{Deserialize, Serialize};

use crate::id::CaseId;
use crate::time::Timestamp;

/// How often a user wants a digest instead of a mail for each event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Digest {
    /// Never: a mail for each event.
    #[default]
    Off,
    /// Every morning.
    Daily,
    /// On Monday mornings.
    Weekly,
}

/// Hours of the day in which nobody is disturbed; they may go past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// The minute of the day in which they begin, from 0.
    from: u16,
    /// The minute in which they are over.
    until: u16,
}

const MINUTES_A_DAY: u16 = 24 * 60;

impl Quiet {
    /// Reads `22:00-07:00`, `22-7`, `22.00–07.00`; `None` for anything else, and where they would never begin.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        let (from, until) = (minute(from)?, minute(until)? % MINUTES_A_DAY);
        (from < MINUTES_A_DAY && from != until).then_some(Self { from, until })
    }

    /// The minute of the day in which they begin.
    pub const fn begins(self) -> u16 {
        self.from
    }

    /// The minute of the day in which they are over.
    pub const fn ends(self) -> u16 {
        self.until
    }
}

impl std::fmt::Display for Quiet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [from, until] = [self.from, self.until].map(|minute| (minute / 60, minute % 60));
        write!(f, "{:02}:{:02}–{:02}:{:02}", from.0, from.1, until.0, until.1)
    }
}

/// A time of day: `7`, `07:30`, `7.30`; in minutes, `24:00` the last.
pub fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "00"));
    let number = |text: &str, length| {
        let digits = length && text.bytes().all(|octet| octet.is_ascii_digit());
        if digits { text.parse::<u16>().ok() } else { None }
    };
    let hour = number(hour, (1..=2).contains(&hour.len())).filter(|hour| *hour <= 24)?;
    let minute = number(minute, minute.len() == 2).filter(|minute| *minute < 60)?;
    Some(hour * 60 + minute).filter(|minute| *minute <= MINUTES_A_DAY)
}

/// Which quiet hours a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuietChoice {
    /// Those of the site.
    #[default]
    Site,
    /// None.
    Never,
    /// Their own.
    Hours(Quiet),
}

/// What a user has chosen for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// How often they want a digest.
    pub digest: Digest,
    /// Until when they are away, when they have said so.
    pub away_until: Option<Timestamp>,
    /// Their quiet hours.
    pub quiet: QuietChoice,
    /// The case on which their mail about no case is kept: from there they are sent digests.
    pub desk: Option<CaseId>,
}

impl Personal {
    /// Has the user said that they are away?
    pub fn is_away(&self, now: Timestamp) -> bool {
        self.away_until.is_some_and(|until| until > now)
    }

    /// Is what happens gathered for a digest?
    pub fn gathers(&self, now: Timestamp) -> bool {
        self.digest != Digest::Off || self.is_away(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let table = [
            ("22:00-07:00", Some("22:00–07:00")),
            ("22-7", Some("22:00–07:00")),
            ("22.30 – 6.15", Some("22:30–06:15")),
            ("0-6", Some("00:00–06:00")),
            ("18-24", Some("18:00–00:00")),
            ("7-7", None),
            ("24-7", None),
            ("25-7", None),
            ("22:60-7", None),
            ("22:0-7", None),
            ("-7", None),
            ("22", None),
            ("+1-7", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(Quiet::parse(text).map(|quiet| quiet.to_string()).as_deref(), want, "{text}");
        }
    }
}
