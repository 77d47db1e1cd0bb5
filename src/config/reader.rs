//! One value of the file after the other: what it is, or a problem.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::file::Notifications;
use super::place::Place;
use crate::address::Domain;
use crate::directory::personal::{Quiet, minute};
use crate::mail::tag::TagPattern;
use crate::rules::telling::{Telling, time_of};

/// One thing wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which file.
    pub file: String,
    /// Where: `listen.lmtp`, or `line 7`.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What should; empty where `found` says it all.
    pub wanted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, found, wanted } = self;
        match wanted.as_str() {
            "" => write!(f, "{file}: {key}: {found}"),
            _ => write!(f, "{file}: {key}: found {found}, wanted {wanted}"),
        }
    }
}

/// Everything wrong in a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Problems {}

pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn add(&mut self, key: &str, found: impl fmt::Display, wanted: &str) {
        let (file, key, wanted) = (self.file.to_owned(), key.to_owned(), wanted.to_owned());
        self.problems.push(Problem { file, key, found: found.to_string(), wanted });
    }

    pub(super) fn legacy_tags(&mut self, texts: Option<Vec<String>>) -> Vec<TagPattern> {
        let mut patterns = Vec::new();
        for text in texts.unwrap_or_default() {
            match TagPattern::parse(&text) {
                Some(pattern) => patterns.push(pattern),
                None => self.add("cases.legacy_tags", quoted(&text), "a name and {number}: [rt.uni.example #{number}]"),
            }
        }
        patterns
    }

    pub(super) fn prefix(&mut self, text: Option<String>) -> Option<String> {
        let text = text?;
        let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
        if text.len() > 12 || !starts || !text.bytes().all(good) {
            self.add("cases.prefix", quoted(&text), "1 to 12 capital letters and digits, a letter first");
            return None;
        }
        Some(text)
    }

    pub(super) fn zone(&mut self, text: Option<String>) -> Option<jiff::tz::TimeZone> {
        let text = text?;
        let zone = jiff::tz::TimeZone::get(&text).ok();
        if zone.is_none() {
            self.add("time.zone", quoted(&text), "a name of the time zone database: Europe/Oslo");
        }
        zone
    }

    pub(super) fn telling(&mut self, file: Notifications) -> Telling {
        let default = Telling::default();
        let digest_at = file.digest_at.and_then(|text| {
            let time = minute(&text).and_then(time_of);
            if time.is_none() {
                self.add("notifications.digest_at", quoted(&text), "a time of day: \"07:00\"");
            }
            time
        });
        let quiet = file.quiet_hours.filter(|text| text != OFF).and_then(|text| {
            let quiet = Quiet::parse(&text);
            if quiet.is_none() {
                self.add("notifications.quiet_hours", quoted(&text), "from when until when, \"22:00-07:00\", or off");
            }
            quiet
        });
        let hours = self.number("notifications.overdue_hours", file.overdue_hours, 1..=10_000, 24u32);
        Telling { digest_at: digest_at.unwrap_or(default.digest_at), quiet, overdue: HOUR * hours }
    }

    pub(super) fn domain(&mut self, key: &str, text: Option<String>, wanted: &str) -> Option<Domain> {
        let found = text.as_deref().map_or_else(|| "nothing".to_owned(), quoted);
        let domain = text.and_then(|text| Domain::parse(&text)).filter(|domain| !domain.as_str().starts_with('['));
        if domain.is_none() {
            self.add(key, found, wanted);
        }
        domain
    }

    pub(super) fn path(&mut self, key: &str, text: Option<String>) -> Option<PathBuf> {
        let text = text?;
        if !text.starts_with('/') || text.contains('\0') {
            self.add(key, quoted(&text), "an absolute path");
        }
        Some(PathBuf::from(text))
    }

    pub(super) fn place(&mut self, key: &str, text: Option<String>, default: Option<Place>) -> Option<Place> {
        let Some(text) = text else { return default };
        if text == OFF {
            return None;
        }
        let place = Place::parse(&text);
        if place.is_none() {
            self.add(key, quoted(&text), "unix:/path, address:port with the address in numbers, or off");
        }
        place
    }

    pub(super) fn number<T: TryFrom<i64> + Copy>(
        &mut self,
        key: &str,
        value: Option<i64>,
        range: RangeInclusive<i64>,
        default: T,
    ) -> T {
        let Some(value) = value else { return default };
        let fits = range.contains(&value).then(|| T::try_from(value).ok()).flatten();
        fits.unwrap_or_else(|| {
            self.add(key, value, &format!("a number from {} to {}", range.start(), range.end()));
            default
        })
    }

    pub(super) fn one_of<T: Copy>(&mut self, key: &str, text: Option<String>, known: &[(&str, T)]) -> Option<T> {
        let text = text?;
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            self.add(key, quoted(&text), &format!("one of {}", names.join(", ")));
        }
        found
    }
}

const HOUR: Duration = Duration::from_secs(3600);

/// The word that switches a listener off.
pub(super) const OFF: &str = "off";

pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    format!("{short:?}")
}
