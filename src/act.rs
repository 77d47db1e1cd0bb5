//! The only way anything changes: a trigger in, a receipt out.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::case::change::{Became, Change, Receipt};
use crate::case::event::CaseEvent;
use crate::case::trigger::Trigger;
use crate::case::view::View;
use crate::metrics::Metrics;
use crate::ports::{Authenticator, Clock, Store, StoreError, Transport};
use crate::rules::{self, Policy};
use crate::time::Timestamp;

use tracing::error;

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

/// The doors, to build a world of.
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

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another policy in force: for what is decided from now on.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}

/// Decides a trigger on a true view and commits what was decided.
///
/// Errors: nothing was changed; for a mail that means 4xx, so that the server in front keeps it.
pub async fn act(world: &World, trigger: Trigger) -> Result<Receipt, StoreError> {
    let policy = world.policy();
    let now = world.clock.now();
    let keys = rules::keys(&policy, &world.store.directory(), &trigger, now);
    let raw = if let Trigger::Mail(arrived) = &trigger { Some(arrived.raw.clone()) } else { None };
    let tally = Arc::new(Mutex::new(Vec::new()));
    let written = tally.clone();
    let mut trigger = trigger;
    let decide = Box::new(move |view: &View| {
        let change = decide_or_quarantine(&policy, view, &mut trigger, now);
        *written.lock().unwrap_or_else(PoisonError::into_inner) = tally_of(&change);
        change
    });
    let receipt = world.store.transact(raw, keys, decide).await?;
    let counted = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
    counted.into_iter().for_each(|count| count.add_to(&world.metrics));
    for outcome in &receipt.outcomes {
        world.metrics.mails.count(outcome.became);
        if outcome.became == Became::Reopened {
            world.metrics.cases_reopened.count();
        }
    }
    Ok(receipt)
}

/// A mail that no decision survives is quarantined as it is: a fault of ours must not turn it away for ever.
fn decide_or_quarantine(policy: &Policy, view: &View, trigger: &mut Trigger, now: Timestamp) -> Change {
    let decided = catch_unwind(AssertUnwindSafe(|| rules::decide::decide(policy, view, trigger, now)));
    match (decided, &mut *trigger) {
        (Ok(change), _) => change,
        (Err(_), Trigger::Mail(arrived)) if arrived.mail.is_some() => {
            error!(mail = %arrived.raw.id(), "deciding about a mail panicked, quarantined");
            arrived.mail = None;
            rules::decide::decide(policy, view, trigger, now)
        }
        (Err(panic), _) => resume_unwind(panic),
    }
}

/// Something to be counted once its change is committed.
enum Count {
    Opened,
    Held(crate::case::held::HeldReason),
    Withheld(crate::case::event::AckWithheld),
}

impl Count {
    fn add_to(self, metrics: &Metrics) {
        match self {
            Self::Opened => metrics.cases_opened.count(),
            Self::Held(reason) => metrics.mails_held.count(reason),
            Self::Withheld(reason) => metrics.acks_withheld.count(reason),
        }
    }
}

fn tally_of(change: &Change) -> Vec<Count> {
    let events = change.cases.iter().flat_map(|change| &change.entry.events);
    let counted = events.filter_map(|event| match event {
        CaseEvent::CaseOpened { .. } => Some(Count::Opened),
        CaseEvent::MailHeld { reason, .. } => Some(Count::Held(*reason)),
        CaseEvent::AcknowledgementWithheld { reason } => Some(Count::Withheld(*reason)),
        _ => None,
    });
    counted.collect()
}
