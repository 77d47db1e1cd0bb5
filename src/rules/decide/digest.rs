//! What users choose for themselves, and what they are told together because of it.

use super::Scene;
use super::step::Step;
use crate::case::change::{Change, LetterKind};
use crate::case::errand::Errand;
use crate::case::event::{Actor, CaseEvent};
use crate::case::view::Deadline;
use crate::directory::event::{DirectoryEntry, DirectoryEvent};
use crate::directory::model::User;
use crate::directory::personal::{Digest, Personal};
use crate::rules::{desk_of, telling};
use crate::time::Timestamp;

/// Takes what the user chooses for themselves, on the case that is for it: what is chosen is in force from now on.
pub fn choose(step: &mut Step<'_>, user: &User, errands: &[Errand]) -> Option<DirectoryEntry> {
    let scene = step.scene;
    let before = user.personal;
    let mut personal = Personal { desk: Some(step.id), ..before };
    for errand in errands {
        match errand {
            Errand::Digest(digest) => personal.digest = *digest,
            // What waited to be confirmed may have come too late.
            Errand::Away(until) => personal.away_until = until.filter(|until| *until > scene.now),
            Errand::Quiet(quiet) => personal.quiet = *quiet,
            Errand::List { .. } | Errand::Show(_) | Errand::Search(_) | Errand::Open(_) | Errand::Help => {}
        }
    }
    if !errands.iter().any(Errand::is_personal) || personal == before {
        return None;
    }
    // What is due already stays due, whatever is chosen before anybody has come to it.
    let due = step.before.and_then(|case| case.wait_until).filter(|at| *at <= scene.now);
    wait(step, due.or_else(|| next(scene, before, personal)));
    let event = DirectoryEvent::PersonalSet { id: user.id, personal };
    Some(DirectoryEntry { at: scene.now, by: format!("user:{}", user.id), event })
}

/// When the user is told next. What was gathered until now is told at once where nothing is gathered any more, or the
/// user is back.
fn next(scene: Scene<'_>, before: Personal, after: Personal) -> Option<Timestamp> {
    let now = scene.now;
    let back = before.is_away(now) && !after.is_away(now);
    let stopped = before.gathers(now) && !after.gathers(now);
    if back || stopped { Some(now) } else { next_digest(scene, after) }
}

fn next_digest(scene: Scene<'_>, personal: Personal) -> Option<Timestamp> {
    telling::next_digest(&scene.policy.telling, &scene.policy.time_zone, &personal, scene.now)
}

fn wait(step: &mut Step<'_>, until: Option<Timestamp>) {
    if step.before.and_then(|case| case.wait_until) != until {
        step.event(CaseEvent::WaitingSet { until });
    }
}

/// A user's digest is due. It is written when it leaves; where it would say nothing, it does not.
pub fn due(scene: Scene<'_>, due: Deadline) -> Change {
    let mut change = Change::default();
    let case = scene.view.cases.get(&due.case).filter(|case| case.wait_until == Some(due.at));
    let (Some(case), Some(user)) = (case, desk_of(&scene.view.directory, due.case)) else {
        change.deadlines_cleared.push(due);
        return change;
    };
    let mut step = Step::on(scene, case, Actor::System);
    let pile = scene.view.gathered.get(&user.id);
    change.gathered_told.extend(pile.map(|_| user.id));
    if user.active_somewhere().is_none() {
        // Whoever comes back is told of everything again, until they choose otherwise.
        let personal = Personal { digest: Digest::Off, away_until: None, ..user.personal };
        let event = DirectoryEvent::PersonalSet { id: user.id, personal };
        change.directory.push(DirectoryEntry { at: scene.now, by: "henvend".to_owned(), event });
        wait(&mut step, None);
        step.done().into_change(&mut change);
        return change;
    }
    wait(&mut step, next_digest(scene, user.personal));
    if user.undelivered.is_paused() {
        // What is gathered is told when that is over.
        change.gathered_told.clear();
        step.done().into_change(&mut change);
        return change;
    }
    let told = pile.is_some() || user.personal.digest != Digest::Off;
    if told {
        let pile = pile.cloned().unwrap_or_default();
        step.event(CaseEvent::DigestMade { told: pile.cases, more: pile.more });
    }
    let mut done = step.done();
    if told {
        done.tell(LetterKind::Digest, vec![user.id]);
    }
    done.into_change(&mut change);
    change
}
