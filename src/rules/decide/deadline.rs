//! A deadline has come.

use super::Scene;
use super::step::Step;
use super::{audience, digest, held, undeliverable};
use crate::case::change::{Change, LetterKind};
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::Status;
use crate::case::view::{Deadline, DeadlineKind};

/// What a deadline does. One that no longer fits its case is only forgotten.
pub fn decide(scene: Scene<'_>, due: Deadline) -> Change {
    let mut change = Change::default();
    match due.kind {
        DeadlineKind::HeldEnds => return held_ends(scene, due),
        DeadlineKind::DigestDue => return digest::due(scene, due),
        DeadlineKind::MailResumes => return undeliverable::due(scene, due),
        DeadlineKind::WaitEnds => {}
    }
    let waiting = scene
        .view
        .cases
        .get(&due.case)
        .filter(|case| case.status == Status::Waiting && case.wait_until == Some(due.at));
    let Some(case) = waiting else {
        change.deadlines_cleared.push(due);
        return change;
    };
    let mut step = Step::on(scene, case, Actor::System);
    step.event(CaseEvent::WaitEnded);
    step.status(Status::Open);
    let mut done = step.done();
    let told = audience::concerned(scene, &done.case, None);
    done.tell(LetterKind::Notification, told);
    done.into_change(&mut change);
    change
}

/// Time is over for something that waited.
fn held_ends(scene: Scene<'_>, due: Deadline) -> Change {
    let mut change = Change::default();
    let made = scene.view.cases.get(&due.case).and_then(|case| held::ended(scene, case, due.at));
    match made {
        Some(made) => made.into_iter().for_each(|done| done.into_change(&mut change)),
        None => change.deadlines_cleared.push(due),
    }
    change
}
