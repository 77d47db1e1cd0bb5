//! Deadlines that have come: act on each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{error, info};

use crate::act::{World, act};
use crate::case::trigger::Trigger;
use crate::case::view::Deadline;
use crate::ports::StoreError;
use crate::time::Timestamp;

/// Most deadlines taken at once.
const BATCH_MAX: usize = 100;
/// Most deadlines that are left aside; with more of them something else is wrong.
const FAILED_MAX: usize = 10_000;
/// How long to wait when the store cannot be asked.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// Deadlines that could not be acted on since the start.
pub type Failed = BTreeSet<Deadline>;

/// Acts on deadlines until told to stop.
pub async fn run(world: Arc<World>, mut stop: watch::Receiver<bool>) {
    let changed = world.store.changed();
    let mut failed = Failed::new();
    while !*stop.borrow() {
        let wake = changed.notified();
        tokio::pin!(wake);
        wake.as_mut().enable();
        let next = match sweep(&world, &mut failed).await {
            Ok(next) => next,
            Err(error) => {
                error!(%error, "deadlines cannot be read");
                Some(world.clock.now().plus(TROUBLE_PAUSE))
            }
        };
        let sleep = async {
            match next {
                Some(next) => world.clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wake => {}
            () = sleep => {}
            _ = stop.changed() => {}
        }
    }
}

/// Acts on all that is due but for what failed before; tells when the next deadline comes.
///
/// Errors: the store is away. A deadline that it cannot act on is told of once and left, so that it stops no other.
pub async fn sweep(world: &World, failed: &mut Failed) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let due = world.store.due(world.clock.now(), BATCH_MAX + failed.len()).await?;
        let fresh: Vec<Deadline> = due.items.into_iter().filter(|deadline| !failed.contains(deadline)).collect();
        if fresh.is_empty() {
            return Ok(due.next);
        }
        for deadline in fresh {
            let case = deadline.case.get();
            match act(world, Trigger::Deadline(deadline)).await {
                Ok(_) => {
                    world.metrics.deadlines.count();
                    info!(case, "deadline acted on");
                }
                Err(error @ (StoreError::Corrupt(_) | StoreError::Undecided(_))) if failed.len() < FAILED_MAX => {
                    error!(case, kind = ?deadline.kind, %error, "deadline cannot be acted on; left until the next start");
                    failed.insert(deadline);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
