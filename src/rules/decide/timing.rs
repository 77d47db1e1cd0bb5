//! When a user is told of an entry: at once, when quiet hours are over, or by a digest.

use super::step::Done;
use crate::case::change::LetterKind;
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::Priority;
use crate::directory::model::User;
use crate::id::UserId;
use crate::rules::telling;
use crate::time::Timestamp;

/// When a user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// By a letter that leaves then at the earliest.
    At(Timestamp),
    /// By the next digest.
    Gathered,
}

/// When this user is to be told of this entry by a letter of this kind.
pub fn of(done: &Done<'_>, kind: LetterKind, user: UserId) -> When {
    let scene = done.scene;
    let user = scene.view.directory.user(user);
    if kind == LetterKind::Notification && user.is_some_and(|user| user.undelivered.is_paused()) {
        return When::Gathered;
    }
    let waits = match kind {
        LetterKind::Notification => done.case.priority != Priority::Urgent,
        LetterKind::Digest => true,
        // What goes back after days answers nothing that its writer is still about.
        LetterKind::Receipt => done.entry.events.iter().any(|event| matches!(event, CaseEvent::HeldReturned { .. })),
        LetterKind::Answer | LetterKind::Acknowledgement => false,
    };
    let Some(user) = user.filter(|_| waits) else { return When::At(scene.now) };
    if kind == LetterKind::Notification && user.personal.gathers(scene.now) && !is_for_them(done, user) {
        return When::Gathered;
    }
    let (policy, now) = (scene.policy, scene.now);
    let quiet_until = telling::quiet_until(&policy.telling, &policy.time_zone, &user.personal, now);
    When::At(quiet_until.unwrap_or(now))
}

/// Is this addressed to the user rather than to all who work the case? It is theirs from now on; what they wrote did
/// not arrive; what they wanted to be reminded of has come.
fn is_for_them(done: &Done<'_>, user: &User) -> bool {
    let (scene, away) = (done.scene, user.personal.is_away(done.scene.now));
    let owns = done.case.owner == Some(user.id) && !away;
    let by = |entry| scene.view.entries.get(&(done.case.id, entry)).map(|entry| &entry.by);
    let wrote = |entry| !away && by(entry) == Some(&Actor::User(user.id));
    done.entry.events.iter().any(|event| match event {
        CaseEvent::CaseAssigned { owner } => *owner == Some(user.id),
        CaseEvent::DeliveryFailed { entry, .. }
        | CaseEvent::LetterStopped { entry, .. }
        | CaseEvent::AnswerDelayed { entry, .. } => owns || wrote(*entry),
        CaseEvent::WaitEnded => owns,
        _ => false,
    })
}
