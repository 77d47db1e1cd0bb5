//! The only way anything changes: a trigger in, a receipt out.

use std::sync::{Arc, RwLock};

use crate::case::change::Receipt;
use crate::case::trigger::Trigger;
use crate::metrics::Metrics;
use crate::ports::{Authenticator, Clock, Store, StoreError, Transport};
use crate::rules::Policy;

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
