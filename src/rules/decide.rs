//! (policy, view, trigger, now) → change. The only entrance to what shall happen.

mod audience;
mod control;
mod deadline;
mod digest;
mod delivery;
mod directory;
mod forwarded;
mod gesture;
mod held;
mod intake;
mod leaked;
mod leads;
mod mail;
mod opening;
mod operator;
mod place;
mod possible;
mod report;
mod step;
mod timing;
mod undeliverable;
mod user;
mod wish;
mod work;

use crate::case::change::Change;
use crate::case::trigger::Trigger;
use crate::case::view::View;
use crate::rules::Policy;
use crate::time::Timestamp;

/// What a decision is made from.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// What is configured.
    pub policy: &'a Policy,
    /// What is known.
    pub view: &'a View,
    /// Now.
    pub now: Timestamp,
}

/// What shall happen.
///
/// Shape:  `view` answers the keys that `rules::keys` gave for this trigger.
/// Errors: none, total: what cannot be done is said in the change's receipt or on the case.
pub fn decide(policy: &Policy, view: &View, trigger: &Trigger, now: Timestamp) -> Change {
    let scene = Scene { policy, view, now };
    match trigger {
        Trigger::Mail(arrived) => mail::decide(scene, arrived),
        Trigger::Delivery(tried) => delivery::decide(scene, tried),
        Trigger::Deadline(due) => deadline::decide(scene, *due),
        Trigger::Directory(request) => directory::decide(scene, request),
        Trigger::Operator(verb) => operator::decide(scene, verb),
    }
}
