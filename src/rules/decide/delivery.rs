//! A letter was tried: what became of it, and whether somebody must know.

use std::time::Duration;

use super::Scene;
use super::audience;
use super::step::{Done, Step};
use super::undeliverable::{self, Lost};
use crate::case::change::{Change, Letter, LetterKind, LetterState, To};
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::{Case, Status};
use crate::case::trigger::{Delivery, DeliveryResult, Handover};
use crate::id::{EntryNo, LetterId, UserId};
use crate::rules::retry;
use crate::thread::pick::may_work;

/// Longest reply of a smarthost that is kept.
const DETAIL_CHARS_MAX: usize = 500;
/// From then on an answer is late.
const LATE: Duration = Duration::from_secs(3600);

/// Decides what a try means for the letter and its case.
pub fn decide(scene: Scene<'_>, tried: &Delivery) -> Change {
    let mut change = Change::default();
    let Some(letter) = scene.view.letters.get(&tried.letter) else { return change };
    if letter.lease != Some(tried.lease) {
        change.receipt.refused = Some("another lease holds the letter".to_owned());
        return change;
    }
    match &tried.result {
        DeliveryResult::Tried(words) => words_said(scene, letter, words, &mut change),
        DeliveryResult::Stopped(what) => stopped(scene, letter, what, &mut change),
        DeliveryResult::Void(why) => voided(scene, letter, why, &mut change),
    }
    change
}

fn words_said(scene: Scene<'_>, letter: &Letter, words: &[(To, Handover)], change: &mut Change) {
    let mut failed = Vec::new();
    let mut lost = None;
    let mut left = letter.clone();
    left.attempts += 1;
    left.lease = None;
    for (to, word) in words {
        match word {
            Handover::Taken => left.to.retain(|other| other != to),
            Handover::Temporary(detail) => left.last_error = Some(shorten(detail)),
            Handover::Permanent { status, detail } => {
                left.to.retain(|other| other != to);
                failed.push((to.clone(), status.clone(), shorten(detail)));
            }
            Handover::Refused { status, detail } => {
                left.to.retain(|other| other != to);
                failed.push((to.clone(), status.clone(), shorten(detail)));
                if let To::User(user) = to {
                    lost = Some(Lost { user: *user, letter: letter.id, why: shorten(detail) });
                }
            }
        }
    }
    if !left.to.is_empty() {
        match retry::next_attempt(&scene.policy.backoff, &left, scene.now) {
            Some(next) => {
                left.next_try = next;
                // A failure says enough, and this entry is the only one that this try makes.
                if failed.is_empty() {
                    told_late(scene, letter, &left, change);
                }
            }
            None => {
                let why = left.last_error.clone().unwrap_or_else(|| "given up".to_owned());
                failed.extend(left.to.drain(..).map(|to| (to, None, why.clone())));
            }
        }
    }
    if left.to.is_empty() {
        change.letters_done.push(letter.id)
    } else {
        change.letters.push(left)
    }
    if let (Some(case), false) = (scene.view.case(letter.id.case), failed.is_empty()) {
        report_failure(scene, (letter, case), (failed, lost), change);
    }
}

/// An answer that is not gone after an hour, and will not be tried before: its writer is told, once.
fn told_late(scene: Scene<'_>, before: &Letter, left: &Letter, change: &mut Change) {
    let late = before.created.plus(LATE);
    let Some(case) = scene.view.case(before.id.case).filter(|_| before.kind == LetterKind::Answer) else { return };
    let Some(writer) = writer(scene, case, before.id) else { return };
    if before.next_try >= late || left.next_try < late {
        return;
    }
    let mut step = Step::on(scene, case, Actor::System);
    let recipients = left.to.iter().filter_map(|to| match to {
        To::Outside(address) => Some(address.to_string()),
        To::User(_) => None,
    });
    let (recipients, detail) = (recipients.collect(), left.last_error.clone().unwrap_or_default());
    step.event(CaseEvent::AnswerDelayed { entry: entry_on(case, before.id), recipients, detail });
    let mut done = step.done();
    done.tell(LetterKind::Notification, vec![writer]);
    done.into_change(change);
}

/// There is nobody, or nothing, to send any more. An answer that came to nothing is told like one that failed.
fn voided(scene: Scene<'_>, letter: &Letter, why: &str, change: &mut Change) {
    change.letters_done.push(letter.id);
    if let (Some(case), LetterKind::Answer) = (scene.view.case(letter.id.case), letter.kind) {
        let failed = letter.to.iter().map(|to| (to.clone(), None, shorten(why))).collect();
        report_failure(scene, (letter, case), (failed, None), change);
    }
}

/// The letter's entry, where it is one of this case: a case that is part of this one counted its own.
pub fn entry_on(case: &Case, letter: LetterId) -> EntryNo {
    if letter.case == case.id { letter.entry } else { EntryNo::new(0) }
}

type Failed = (To, Option<String>, String);

fn report_failure(scene: Scene<'_>, about: (&Letter, &Case), what: (Vec<Failed>, Option<Lost>), change: &mut Change) {
    let ((letter, case), (failed, lost)) = (about, what);
    let mut step = Step::on(scene, case, Actor::System);
    lost.iter().for_each(|lost| undeliverable::note(&mut step, lost));
    let entry = entry_on(case, letter.id);
    for (to, status, detail) in failed {
        let recipient = match to {
            To::Outside(address) => address.to_string(),
            To::User(id) => scene.view.directory.user(id).map(|user| user.name.clone()).unwrap_or_default(),
        };
        step.event(CaseEvent::DeliveryFailed { entry, recipient, status, detail });
    }
    let mut done = if letter.kind == LetterKind::Answer { came_to_nothing(step, case, letter.id) } else { step.done() };
    let paused = lost.and_then(|lost| undeliverable::count(&mut done, change, &lost, scene.view.next_case));
    std::iter::once(done).chain(paused).for_each(|done| done.into_change(change));
}

/// An answer did not arrive, and somebody waits for it: the case is work again, and those who work it are told, and
/// whoever wrote it, where its entry is at hand.
pub fn came_to_nothing<'a>(mut step: Step<'a>, case: &Case, letter: LetterId) -> Done<'a> {
    open_again(&mut step, case);
    let mut done = step.done();
    let mut told = audience::concerned(done.scene, &done.case, None);
    let writer = writer(done.scene, &done.case, letter).filter(|writer| !told.contains(writer));
    told.extend(writer);
    done.tell(LetterKind::Notification, told);
    done
}

fn open_again(step: &mut Step<'_>, case: &Case) {
    if matches!(case.status, Status::Waiting | Status::Resolved | Status::Closed) {
        step.status(Status::Open);
    }
}

/// The user who wrote what the letter sends, if they still work the case.
fn writer(scene: Scene<'_>, case: &Case, letter: LetterId) -> Option<UserId> {
    let Actor::User(writer) = scene.view.entries.get(&(letter.case, letter.entry))?.by else { return None };
    let directory = &scene.view.directory;
    directory.user(writer).filter(|user| may_work(directory, user, case)).map(|user| user.id)
}

/// The last look found something internal: the letter stays in the queue for an operator, and those who work the case
/// are told, whoever wrote it among them.
fn stopped(scene: Scene<'_>, letter: &Letter, what: &str, change: &mut Change) {
    change.letters.push(Letter {
        state: LetterState::Stopped,
        last_error: Some(shorten(what)),
        lease: None,
        ..letter.clone()
    });
    let Some(case) = scene.view.cases.get(&letter.id.case) else { return };
    let stopped = |entry| CaseEvent::LetterStopped { entry, what: shorten(what) };
    let mut step = Step::on(scene, case, Actor::System);
    step.event(stopped(letter.id.entry));
    if letter.kind != LetterKind::Answer {
        return step.done().into_change(change);
    }
    came_to_nothing(step, case, letter.id).into_change(change);
    // Told from where its text is; whoever waits for it does so on the case that this one has become part of.
    if let Some(whole) = scene.view.case(case.id).filter(|whole| whole.id != case.id) {
        let mut step = Step::on(scene, whole, Actor::System);
        step.event(stopped(EntryNo::new(0)));
        open_again(&mut step, whole);
        step.done().into_change(change);
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).collect()
}
