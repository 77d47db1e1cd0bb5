//! When a letter that could not be sent is tried again.

use std::time::Duration;

use crate::case::change::{Letter, LetterKind};
use crate::time::Timestamp;

/// The schedule of retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Waits after the first failures; then the last one doubles each time.
    pub first: Vec<Duration>,
    /// The longest wait.
    pub wait_max: Duration,
    /// A letter older than this is given up.
    pub age_max: Duration,
    /// The same for acknowledgements: late ones only confuse.
    pub ack_age_max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self {
            first: vec![minutes(1), minutes(5), minutes(15), minutes(30)],
            wait_max: minutes(240),
            age_max: crate::time::DAY * 4,
            ack_age_max: crate::time::DAY,
        }
    }
}

/// When to try next, or `None` when the letter is too old.
///
/// Shape:  `letter.attempts` counts the failure just seen, so it is ≥ 1; `letter.created` ≤ `now`.
/// Units:  the wait is varied by ± 10 %, by a hash of letter and attempt, so that a burst does not come back as one.
/// Errors: none, total.                               Source: RFC 5321 §4.5.4.1.
pub fn next_attempt(backoff: &Backoff, letter: &Letter, now: Timestamp) -> Option<Timestamp> {
    let age_max = if letter.kind == LetterKind::Acknowledgement { backoff.ack_age_max } else { backoff.age_max };
    if now.since(letter.created) >= age_max {
        return None;
    }
    let attempt = usize::try_from(letter.attempts.max(1)).unwrap_or(usize::MAX);
    let wait = match backoff.first.get(attempt - 1) {
        Some(wait) => *wait,
        None => {
            let last = backoff.first.last().copied().unwrap_or(Duration::from_secs(60));
            let doublings = u32::try_from(attempt - backoff.first.len()).unwrap_or(u32::MAX).min(20);
            last.saturating_mul(1 << doublings)
        }
    };
    let wait = wait.min(backoff.wait_max);
    let hash = blake3::hash(format!("{} {}", letter.id, letter.attempts).as_bytes());
    let per_mille = 900 + u32::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]])) % 201;
    Some(now.plus(wait * per_mille / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::change::LetterState;
    use crate::id::{CaseId, CategoryId, EntryNo, LetterId};

    fn letter(kind: LetterKind, attempts: u32) -> Letter {
        Letter {
            id: LetterId { case: CaseId::new(1), entry: EntryNo::new(1), copy: 0 },
            kind,
            category: CategoryId::new(3),
            to: Vec::new(),
            created: Timestamp::from_secs(0),
            state: LetterState::Queued,
            next_try: Timestamp::from_secs(0),
            attempts,
            last_error: None,
            lease: None,
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let backoff = Backoff::default();
        let now = Timestamp::from_secs(10);
        let minutes = [1, 5, 15, 30, 60, 120, 240, 240, 240];
        for (attempts, want) in (1..).zip(minutes) {
            let next = next_attempt(&backoff, &letter(LetterKind::Answer, attempts), now).expect("not too old");
            let wait = next.since(now).as_secs_f64() / 60.0;
            assert!((wait - f64::from(want)).abs() <= f64::from(want) * 0.1 + 0.001, "{attempts}: {wait} min");
        }
        let late = Timestamp::from_secs(86_400);
        assert_eq!(next_attempt(&backoff, &letter(LetterKind::Acknowledgement, 9), late), None);
        assert!(next_attempt(&backoff, &letter(LetterKind::Answer, u32::MAX), late).is_some());
        assert_eq!(next_attempt(&backoff, &letter(LetterKind::Answer, 30), Timestamp::from_secs(4 * 86_400)), None);
    }
}
