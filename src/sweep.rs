//! Deadlines that have come: act on each.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{error, info};

use crate::act::{World, act};
use crate::case::trigger::Trigger;
use crate::ports::StoreError;

/// Most deadlines taken at once.
const BATCH_MAX: usize = 100;
/// How long to wait when the store cannot be asked.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// Acts on deadlines until told to stop.
pub async fn run(world: Arc<World>, mut stop: watch::Receiver<bool>) {
    let changed = world.store.changed();
    while !*stop.borrow() {
        let wake = changed.notified();
        tokio::pin!(wake);
        wake.as_mut().enable();
        let next = match sweep(&world).await {
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

/// Acts on all that is due; tells when the next deadline comes.
pub async fn sweep(world: &World) -> Result<Option<crate::time::Timestamp>, StoreError> {
    loop {
        let due = world.store.due(world.clock.now(), BATCH_MAX).await?;
        if due.items.is_empty() {
            return Ok(due.next);
        }
        for deadline in due.items {
            act(world, Trigger::Deadline(deadline)).await?;
            world.metrics.deadlines.count();
            info!(case = deadline.case.get(), "deadline acted on");
        }
    }
}
