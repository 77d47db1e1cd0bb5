//! The only way anything changes: a trigger in, a receipt out.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::Poll;

use crate::case::change::{Became, Change, Receipt};
use crate::case::event::CaseEvent;
use crate::case::trigger::Trigger;
use crate::case::view::View;
use crate::directory::event::DirectoryEvent;
use crate::id::UserId;
use crate::metrics::Metrics;
use crate::ports::{Authenticator, Clock, Store, StoreError, Transport};
use crate::rules::{self, Policy};

use tracing::{error, warn};

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
    let mut trigger = trigger;
    let directory = world.store.directory();
    let keys = or_unread(&mut trigger, |trigger| rules::keys(&policy, &directory, trigger, now))?;
    let raw = if let Trigger::Mail(arrived) = &trigger { Some(arrived.raw.clone()) } else { None };
    let tally = Arc::new(Mutex::new(Vec::new()));
    let written = tally.clone();
    let decide = Box::new(move |view: &View| {
        let decided = or_unread(&mut trigger, |trigger| rules::decide::decide(&policy, view, trigger, now));
        // The store catches it, and nothing of this request is written.
        let change = decided.unwrap_or_else(|error| resume_unwind(Box::new(error)));
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

/// Takes a step. A mail on which it panics goes on unread, to the quarantine: a fault of ours must not turn it away for
/// ever.
fn or_unread<T>(trigger: &mut Trigger, step: impl Fn(&mut Trigger) -> T) -> Result<T, StoreError> {
    let take = |trigger: &mut Trigger| catch_unwind(AssertUnwindSafe(|| step(trigger)));
    let taken = match (take(trigger), &mut *trigger) {
        (Err(_), Trigger::Mail(arrived)) if arrived.mail.is_some() => {
            error!(mail = %arrived.raw.id(), "deciding about a mail panicked, quarantined");
            arrived.mail = None;
            take(trigger)
        }
        (taken, _) => taken,
    };
    taken.map_err(|_| StoreError::Undecided("a panic".to_owned()))
}

/// What comes of this, or `None` when it panics: a fault in one thing must not take along what else waits.
pub async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

/// Something to be counted once its change is committed.
enum Count {
    Opened,
    Held(crate::case::held::HeldReason),
    Withheld(crate::case::event::AckWithheld),
    Undelivered,
    /// Mail to this user, of which an operator hears, or nobody does.
    Paused {
        user: UserId,
        told: bool,
    },
}

impl Count {
    fn add_to(self, metrics: &Metrics) {
        match self {
            Self::Opened => metrics.cases_opened.count(),
            Self::Held(reason) => metrics.mails_held.count(reason),
            Self::Withheld(reason) => metrics.acks_withheld.count(reason),
            Self::Undelivered => metrics.user_failures.count(),
            Self::Paused { user, told: true } => warn!(%user, "mail to a user comes back and is paused"),
            Self::Paused { user, told: false } => {
                error!(%user, "mail to a user comes back and is paused, and no operator is reached by mail");
            }
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
    let undelivered = change.directory.iter().filter_map(|entry| match &entry.event {
        DirectoryEvent::MailUndelivered { .. } => Some(Count::Undelivered),
        DirectoryEvent::MailPaused { id, case, .. } => {
            let told = change.letters.iter().any(|letter| letter.id.case == *case);
            Some(Count::Paused { user: *id, told })
        }
        _ => None,
    });
    counted.chain(undelivered).collect()
}
