//! x
use super::{event::Entry, model::Case};
/// x
pub fn apply(_: Option<Case>, _: &Entry) -> Option<Case> {
    None
}
