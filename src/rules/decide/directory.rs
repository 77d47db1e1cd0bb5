//! Somebody changes the directory.

use super::{Scene, undeliverable};
use crate::case::change::Change;
use crate::case::trigger::DirectoryRequest;
use crate::directory::check::check_all;
use crate::directory::event::DirectoryEntry;

/// Takes the events if they were made against the directory as it is, and leave it sound.
pub fn decide(scene: Scene<'_>, request: &DirectoryRequest) -> Change {
    let mut change = Change::default();
    let now = scene.view.directory.version();
    if now != request.base {
        change.receipt.refused = Some(format!("the directory has changed: version {now}, not {}", request.base));
        return change;
    }
    if let Err(invalid) = check_all(&scene.view.directory, &request.events, &scene.policy.ours.reply_domain) {
        change.receipt.refused = Some(invalid.to_string());
        return change;
    }
    let entry = |event| DirectoryEntry { at: scene.now, by: request.by.clone(), event };
    undeliverable::elsewhere(scene, &request.events, &mut change);
    change.directory = request.events.iter().cloned().map(entry).collect();
    change
}
