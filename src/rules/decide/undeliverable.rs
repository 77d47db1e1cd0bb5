//! Mail to a user that does not arrive: counted, and paused when it is too much.
//!
//! While it is paused, what the user would be told is gathered as for somebody who is away, and those who work the
//! category are told in place of an owner. Answers to what the user writes still go: they ask for them. It ends when a
//! proven mail of the user's comes, when an operator says so, or when mail to the user goes elsewhere; then the user
//! is told all of it by a digest.

use super::control::{desk, desk_row, desk_title, kept_apart};
use super::step::{Done, Step};
use super::{Scene, audience};
use crate::case::change::{Change, LetterKind};
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::{Channel, Status};
use crate::case::view::{Deadline, DeadlineKind};
use crate::directory::event::{DirectoryEntry, DirectoryEvent};
use crate::directory::model::{OPERATORS, SITE, User};
use crate::directory::undelivered::{FAILURES_MAX, Paused};
use crate::id::{CaseId, CategoryId, LetterId, UserId};
use crate::rules::paused_by;

/// A letter to a user that did not arrive.
pub struct Lost {
    pub user: UserId,
    pub letter: LetterId,
    /// In the words of whoever did not take it.
    pub why: String,
}

/// The user to whom this letter went; `None`: to outside people, or nobody knows any more.
pub fn reader(scene: Scene<'_>, letter: LetterId) -> Option<UserId> {
    let entry = scene.view.entries.get(&(letter.case, letter.entry))?;
    let told = entry.events.iter().filter_map(|event| match event {
        CaseEvent::UsersTold { letters } => Some(letters),
        _ => None,
    });
    told.flatten().find(|(_, copy)| *copy == letter.copy).map(|(user, _)| *user)
}

/// Says so on the case.
pub fn note(step: &mut Step<'_>, lost: &Lost) {
    step.event(CaseEvent::UserUnreached { user: lost.user, entry: lost.letter.entry });
}

/// Counts it, once for each letter. Where an owner was not reached, the others who work the case are told. Gives the
/// operators' case when this was one too many.
pub fn count<'a>(done: &mut Done<'a>, change: &mut Change, lost: &Lost, next_case: CaseId) -> Option<Done<'a>> {
    let scene = done.scene;
    let user = scene.view.directory.user(lost.user).filter(|user| user.active_somewhere().is_some())?;
    if user.undelivered.counts(lost.letter) {
        return None;
    }
    if done.case.owner == Some(user.id) && done.case.status.is_active() && !is_own(scene, user, lost.letter) {
        let others = audience::everybody(scene, &done.case, Some(user.id));
        done.tell(LetterKind::Notification, others);
    }
    if user.undelivered.is_paused() {
        // Written before the pause, and back after it began.
        again(scene, user, lost.letter, change);
        return None;
    }
    let event = DirectoryEvent::MailUndelivered { id: user.id, letter: lost.letter, at: scene.now };
    change.directory.push(by_henvend(scene, event));
    let mut earlier: Vec<LetterId> = user.undelivered.recent(scene.now).collect();
    // One mail may tell of several.
    earlier.extend(change.directory.iter().filter_map(|entry| match &entry.event {
        DirectoryEvent::MailUndelivered { id, letter, .. } if *id == user.id && *letter != lost.letter => Some(*letter),
        _ => None,
    }));
    let paused_now =
        |entry: &DirectoryEntry| matches!(&entry.event, DirectoryEvent::MailPaused { id, .. } if *id == user.id);
    if earlier.len() + 1 < FAILURES_MAX || change.directory.iter().any(paused_now) {
        return None;
    }
    earlier.into_iter().chain([lost.letter]).for_each(|letter| again(scene, user, letter, change));
    let event = DirectoryEvent::MailPaused { id: user.id, since: scene.now, case: next_case };
    change.directory.push(by_henvend(scene, event));
    Some(paused(scene, (user, &lost.why), next_case))
}

/// Did the letter tell the user of nothing but a mail in their own name? That is for nobody else.
fn is_own(scene: Scene<'_>, user: &User, letter: LetterId) -> bool {
    let held = |event: &CaseEvent| matches!(event, CaseEvent::MailHeld { user: whose, .. } if *whose == user.id);
    let entry = scene.view.entries.get(&(letter.case, letter.entry));
    entry.is_some_and(|entry| entry.by == Actor::User(user.id) || entry.events.iter().any(held))
}

/// What a letter told that did not arrive is told with the rest.
fn again(scene: Scene<'_>, user: &User, letter: LetterId, change: &mut Change) {
    change.gathered.push((user.id, letter.case, letter.entry));
    let entry = scene.view.entries.get(&(letter.case, letter.entry));
    for event in entry.iter().flat_map(|entry| &entry.events) {
        let CaseEvent::DigestMade { told, .. } = event else { continue };
        let told = told.iter().flat_map(|gathered| gathered.latest.iter().map(|entry| (gathered.case, *entry)));
        change.gathered.extend(told.map(|(case, entry)| (user.id, case, entry)));
    }
}

/// The operators are told, once.
fn paused<'a>(scene: Scene<'a>, about: (&User, &str), case: CaseId) -> Done<'a> {
    let (user, why) = about;
    let mut step = Step::opening(scene, case, Actor::System);
    step.event(CaseEvent::CaseOpened {
        customer: SITE,
        category: OPERATORS,
        title: format!("Mail to {} is paused", user.name),
        channel: Channel::Mail,
        contact: None,
        participants: Vec::new(),
    });
    step.event(CaseEvent::MailPaused { user: user.id, why: why.to_owned(), alone: alone(scene, user) });
    let mut done = step.done();
    let operators = audience::everybody(scene, &done.case, Some(user.id));
    done.tell(LetterKind::Notification, operators);
    done
}

/// The categories in which nobody is told of anything without this user.
fn alone(scene: Scene<'_>, user: &User) -> Vec<CategoryId> {
    let directory = &scene.view.directory;
    let others = |id| directory.active_members(id).filter(|other| other.id != user.id);
    let own = directory.categories().filter(|category| {
        category.active
            && directory.is_active_member(user.id, category.id)
            && others(category.id).all(|other| !other.is_reached(scene.now))
    });
    own.map(|category| category.id).collect()
}

/// Users of whom this change holds something that only they can have written: mail to them is tried again.
pub fn heard(scene: Scene<'_>, change: &mut Change) {
    let writers = change.cases.iter().filter_map(|change| match change.entry.by {
        Actor::User(user) => scene.view.directory.user(user),
        Actor::Outside(_) | Actor::System | Actor::Operator(_) => None,
    });
    let resumes: Vec<Deadline> = writers.filter_map(|user| resumes(scene, user)).collect();
    change.deadlines_set.extend(resumes);
}

/// Users to whom mail goes somewhere else after these events.
pub fn elsewhere(scene: Scene<'_>, events: &[DirectoryEvent], change: &mut Change) {
    let moved = events.iter().filter_map(|event| match event {
        DirectoryEvent::UserChanged { id, addresses, .. } => {
            let user = scene.view.directory.user(*id)?;
            (user.main_address() != addresses.first()).then_some(user)
        }
        _ => None,
    });
    change.deadlines_set.extend(moved.filter_map(|user| resumes(scene, user)));
}

/// The pause ends at once, but on its own: whatever ends it has changed the user's cases already.
fn resumes(scene: Scene<'_>, user: &User) -> Option<Deadline> {
    let paused = user.undelivered.paused()?;
    Some(Deadline { at: scene.now, case: paused.case, kind: DeadlineKind::MailResumes })
}

/// A pause is to end.
pub fn due(scene: Scene<'_>, due: Deadline) -> Change {
    let mut change = Change::default();
    if let Some(user) = paused_by(&scene.view.directory, due.case) {
        resume(scene, user, Actor::System, &mut change);
    }
    change.deadlines_cleared.push(due);
    change
}

/// An operator ends a pause.
pub fn by_operator(scene: Scene<'_>, user: UserId, by: &str) -> Change {
    let mut change = Change::default();
    match scene.view.directory.user(user).filter(|user| user.undelivered.is_paused()) {
        Some(user) => resume(scene, user, Actor::Operator(by.to_owned()), &mut change),
        None => change.receipt.refused = Some("mail to this user is not paused".to_owned()),
    }
    change
}

fn resume(scene: Scene<'_>, user: &User, by: Actor, change: &mut Change) {
    let Some(Paused { since, case }) = user.undelivered.paused() else { return };
    let who = if let Actor::Operator(name) = &by { name.clone() } else { "henvend".to_owned() };
    let event = DirectoryEvent::MailResumed { id: user.id };
    change.directory.push(DirectoryEntry { at: scene.now, by: who, event });
    let resumed = CaseEvent::MailResumed { user: user.id, since };
    if let Some(case) = scene.view.cases.get(&case) {
        let mut step = Step::on(scene, case, by.clone());
        step.event(resumed.clone());
        if case.status.is_active() {
            step.status(Status::Resolved);
        }
        step.done().into_change(change);
    }
    let mut step = match desk(scene.view, user) {
        Some(case) => Step::on(scene, case, by),
        None => kept_apart(Step::opening(scene, scene.view.next_case, by), desk_title(user)),
    };
    step.event(resumed);
    let pile = scene.view.gathered.get(&user.id);
    change.gathered_told.extend(pile.map(|_| user.id));
    let pile = pile.cloned().unwrap_or_default();
    step.event(CaseEvent::DigestMade { told: pile.cases, more: pile.more });
    let new = step.before.is_none();
    let mut done = step.done();
    done.tell(LetterKind::Digest, vec![user.id]);
    change.seen.extend(new.then(|| desk_row(done.case.id, done.entry.no, user)));
    done.into_change(change);
}

fn by_henvend(scene: Scene<'_>, event: DirectoryEvent) -> DirectoryEntry {
    DirectoryEntry { at: scene.now, by: "henvend".to_owned(), event }
}
