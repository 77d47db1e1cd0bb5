//! The only way anything changes: a trigger in, a receipt out.

use std::sync::{Arc, PoisonError, RwLock};

use crate::case::change::Receipt;
use crate::case::trigger::Trigger;
use crate::metrics::Metrics;
use crate::ports::{Authenticator, Clock, Store, StoreError, Transport};
use crate::rules::{Policy, decide};
use crate::thread;

/// The doors, and what is configured.
pub struct World {
    /// The durable truth.
    pub store: Arc<dyn Store>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Own checks.
    pub authenticator: Arc<dyn Authenticator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    policy: RwLock<Arc<Policy>>,
}

/// What stands behind the four doors.
#[derive(Clone)]
pub struct Doors {
    /// The durable truth.
    pub store: Arc<dyn Store>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Own checks.
    pub authenticator: Arc<dyn Authenticator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl World {
    /// A world behind these doors, under this policy.
    pub fn new(doors: Doors, metrics: Arc<Metrics>, policy: Policy) -> Self {
        let Doors { store, transport, authenticator, clock } = doors;
        Self { store, transport, authenticator, clock, metrics, policy: RwLock::new(Arc::new(policy)) }
    }

    /// The policy in force. Whoever began with one goes on with it.
    pub fn policy(&self) -> Arc<Policy> {
        // A value is swapped in whole, so a panic elsewhere cannot have left half of one.
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on this is the policy.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}

/// Lets the trigger change what it changes. `Ok`: all of it is on disk.
pub async fn act(world: &World, trigger: Trigger) -> Result<Receipt, StoreError> {
    let policy = world.policy();
    let keys = thread::keys(&policy, &world.store.directory(), &trigger);
    let now = world.clock.now();
    let raw = match &trigger {
        Trigger::Mail(arrived) => Some(arrived.raw.clone()),
        Trigger::Delivery(_) | Trigger::Deadline(_) | Trigger::Directory(_) | Trigger::Operator(_) => None,
    };
    world.store.transact(raw, keys, Box::new(move |view| decide::decide(&policy, view, &trigger, now))).await
}
