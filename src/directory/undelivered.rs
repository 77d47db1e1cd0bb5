//! What became of mail to a user: what came back lately, and whether mail to them is paused because of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::{BUILT_IN, Category, Directory, User};
use crate::id::{CaseId, LetterId};
use crate::time::{DAY, Timestamp};

/// With so many letters come back, mail to a user pauses.
pub const FAILURES_MAX: usize = 5;
/// Within such a time.
pub const WINDOW: Duration = Duration::from_secs(7 * DAY.as_secs());

/// What became of mail to a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// The letters that came back last, and when; at most [`FAILURES_MAX`], oldest first.
    failed: Vec<(LetterId, Timestamp)>,
    paused: Option<Paused>,
}

/// Mail to a user is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// Since when.
    pub since: Timestamp,
    /// The case by which the operators were told.
    pub case: CaseId,
}

impl Undelivered {
    /// Is nothing written to the user that can be told later?
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// The pause, while there is one.
    pub fn paused(&self) -> Option<Paused> {
        self.paused
    }

    /// Has this letter been counted?
    pub fn counts(&self, letter: LetterId) -> bool {
        self.failed.iter().any(|(counted, _)| *counted == letter)
    }

    /// The letters that came back within [`WINDOW`] before `now`, oldest first.
    pub fn recent(&self, now: Timestamp) -> impl Iterator<Item = LetterId> {
        self.failed.iter().filter(move |(_, at)| now.since(*at) <= WINDOW).map(|(letter, _)| *letter)
    }

    /// One more came back; a letter counts once.
    pub(super) fn add(&mut self, letter: LetterId, at: Timestamp) {
        if !self.counts(letter) {
            self.failed.push((letter, at));
            self.failed.drain(..self.failed.len().saturating_sub(FAILURES_MAX));
        }
    }

    /// From now on mail is paused.
    pub(super) fn pause(&mut self, paused: Paused) {
        self.paused = Some(paused);
    }
}

impl User {
    /// Does what is sent to the user now reach somebody who is there?
    pub fn is_reached(&self, now: Timestamp) -> bool {
        !self.personal.is_away(now) && !self.undelivered.is_paused()
    }
}

impl Directory {
    /// The active users to whom mail is paused.
    pub fn paused_users(&self) -> impl Iterator<Item = &User> {
        self.users().filter(|user| user.undelivered.is_paused() && user.active_somewhere().is_some())
    }

    /// The active categories that take mail, and of which nobody is told: no active member is reached.
    pub fn unattended_categories(&self) -> impl Iterator<Item = &Category> {
        self.categories().filter(|category| {
            let open = self.customer(category.customer).is_some_and(|customer| customer.active);
            let takes = category.active && open && !category.addresses.is_empty() && !BUILT_IN.contains(&category.id);
            takes && self.active_members(category.id).all(|member| member.undelivered.is_paused())
        })
    }

    /// The active operators to whom mail is not paused.
    pub fn reached_operators(&self) -> impl Iterator<Item = &User> {
        self.users().filter(|user| user.is_operator() && !user.undelivered.is_paused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EntryNo;

    fn letter(copy: u16) -> LetterId {
        LetterId { case: CaseId::new(1), entry: EntryNo::new(1), copy }
    }

    #[test]
    fn a_letter_counts_once_and_for_seven_days() {
        let mut undelivered = Undelivered::default();
        let day = |days: i64| Timestamp::from_secs(days * 86_400);
        for (copy, at) in [(1, day(0)), (2, day(1)), (2, day(2)), (3, day(6))] {
            undelivered.add(letter(copy), at);
        }
        let recent = |now| undelivered.recent(now).map(|letter| letter.copy).collect::<Vec<_>>();
        assert_eq!(recent(day(6)), [1, 2, 3]);
        assert_eq!(recent(day(7)), [1, 2, 3], "the last instant");
        assert_eq!(recent(Timestamp::from_millis(7 * 86_400_000 + 1)), [2, 3]);
        assert_eq!(recent(day(14)), [0_u16; 0]);
    }

    #[test]
    fn only_the_last_are_remembered() {
        let mut undelivered = Undelivered::default();
        (1..=9).for_each(|copy| undelivered.add(letter(copy), Timestamp::from_secs(i64::from(copy))));
        assert_eq!(undelivered.recent(Timestamp::from_secs(9)).map(|l| l.copy).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
    }
}
