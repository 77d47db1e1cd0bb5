//! x

use crate::case::trigger::{OperatorVerb, Trigger};
use crate::case::view::Keys;
use crate::directory::model::Directory;
use crate::rules::Policy;

/// Minimal stand-in: only what the operator's verbs need.
pub fn keys(_policy: &Policy, _directory: &Directory, trigger: &Trigger) -> Keys {
    match trigger {
        Trigger::Operator(OperatorVerb::RetryLetter(letter)) => Keys { letters: vec![*letter], ..Keys::default() },
        _ => Keys::default(),
    }
}
