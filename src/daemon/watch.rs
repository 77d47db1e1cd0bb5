//! What nobody asks for: the watchdog's proof of life, and gauges of the queue and of users.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use super::systemd;
use crate::act::World;
use crate::case::change::{Letter, LetterState};
use crate::id::{LetterId, NodeId};
use crate::ports::{Page, Query, StoreError};
use crate::time::Timestamp;

/// How often the queue is counted.
const COUNT_PAUSE: Duration = Duration::from_secs(15);
/// Most letters counted; a longer queue shows as this many.
const COUNT_MAX: usize = 100_000;
const PAGE: usize = 1000;

/// Tells systemd that the writer really works, as long as it does.
pub async fn watchdog(world: Arc<World>, mut stop: watch::Receiver<bool>) {
    let Some(limit) = systemd::watchdog() else { return };
    loop {
        let now = world.clock.now();
        // Leasing nothing goes the whole way to the writer and back.
        let asked = world.store.lease(NodeId::new(0), now, now, 0);
        match tokio::time::timeout(limit / 2, asked).await {
            Ok(Ok(_)) => systemd::alive(),
            // While the disk is full or being reopened the process itself is well.
            Ok(Err(StoreError::Unavailable(_))) => systemd::alive(),
            Ok(Err(error)) => warn!(%error, "no proof of life"),
            Err(_) => warn!("the store does not answer in time"),
        }
        tokio::select! {
            () = world.clock.sleep(limit / 3) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Counts the queue, and who is not reached, now and then.
pub async fn gauges(world: Arc<World>, mut stop: watch::Receiver<bool>) {
    loop {
        count_users(&world);
        if let Err(error) = count(&world).await {
            warn!(%error, "the queue cannot be counted");
        }
        tokio::select! {
            () = world.clock.sleep(COUNT_PAUSE) => {}
            _ = stop.changed() => return,
        }
    }
}

fn count_users(world: &World) {
    let directory = world.store.directory();
    let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    world.metrics.users_paused.set(gauge(directory.paused_users().count()));
    world.metrics.categories_unattended.set(gauge(directory.unattended_categories().count()));
    world.metrics.operators_reached.set(gauge(directory.reached_operators().count()));
}

async fn count(world: &World) -> Result<(), StoreError> {
    let (mut after, mut queued, mut oldest): (Option<LetterId>, usize, _) = (None, 0, None);
    while queued < COUNT_MAX {
        let Page::Letters(letters) = world.store.page(Query::Letters { after, max: PAGE }).await? else { break };
        queued += letters.len();
        let waiting = letters.iter().filter(|letter| letter.state == LetterState::Queued);
        oldest = waiting.map(waits_since).chain(oldest).min();
        after = letters.last().map(|letter| letter.id);
        if letters.len() < PAGE {
            break;
        }
    }
    let age = oldest.map_or(Duration::ZERO, |oldest| world.clock.now().since(oldest));
    world.metrics.letters_queued.set(i64::try_from(queued).unwrap_or(i64::MAX));
    world.metrics.letters_oldest_seconds.set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    Ok(())
}

/// Since when a letter waits for the smarthost: one that is kept until morning does not yet.
fn waits_since(letter: &Letter) -> Timestamp {
    if letter.attempts == 0 { letter.next_try } else { letter.created }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::change::LetterKind;
    use crate::directory::model::OPERATORS;
    use crate::id::{CaseId, EntryNo};

    #[test]
    fn a_letter_that_is_kept_until_morning_does_not_grow_old_before() {
        let [evening, morning] = [1_000, 30_000].map(Timestamp::from_secs);
        let kept = Letter {
            id: LetterId { case: CaseId::new(1), entry: EntryNo::new(1), copy: 1 },
            kind: LetterKind::Notification,
            category: OPERATORS,
            to: Vec::new(),
            created: evening,
            state: LetterState::Queued,
            next_try: morning,
            attempts: 0,
            last_error: None,
            lease: None,
        };
        assert_eq!(waits_since(&kept), morning);
        assert_eq!(waits_since(&Letter { attempts: 1, ..kept }), evening, "one that the smarthost did not take");
    }
}
