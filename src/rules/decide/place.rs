//! Mails and cases that belong elsewhere: merge, split, move.

use super::step::{Done, Step};
use super::wish::Wish;
use super::{Scene, audience};
use crate::address::{Address, Mailbox};
use crate::case::change::LetterKind;
use crate::case::command::Command;
use crate::case::event::{Actor, CaseEvent, MailEntry};
use crate::case::model::{Case, Channel, PARTICIPANTS_MAX, Party, Status};
use crate::id::{CaseId, EntryNo, UserId};
use crate::thread::pick::may_work;

/// What the wish's commands do to other cases; adds to `step` what they do to this one.
pub fn elsewhere<'a>(step: &mut Step<'a>, case: &'a Case, wish: &Wish<'_>) -> Vec<Done<'a>> {
    let mut made = Vec::new();
    for command in &wish.commands {
        match (command, &wish.answered) {
            (Command::Merge(into), _) => made.extend(merge(step, case, (wish, *into))),
            (Command::Split, Some((entry, _))) if absorbed(step.scene, case, *entry).is_some() => {
                made.extend(unmerge(step, case, (wish, *entry)));
            }
            (Command::Split, Some((entry, Some(mail)))) => made.extend(split(step, case, (wish, *entry, mail))),
            (Command::Move(to), Some((entry, Some(mail)))) => made.extend(put(step, case, (wish, *to, *entry, mail))),
            _ => {}
        }
    }
    made
}

fn by(wish: &Wish<'_>) -> Actor {
    Actor::User(wish.user.user())
}

/// This case is part of that one from now on, with its people.
fn merge<'a>(step: &mut Step<'a>, case: &'a Case, what: (&Wish<'_>, CaseId)) -> Option<Done<'a>> {
    let (wish, into) = what;
    let target = step.scene.view.case(into)?;
    step.event(CaseEvent::CaseMerged { into: target.id });
    let mut there = Step::on(step.scene, target, by(wish));
    there.event(CaseEvent::CaseAbsorbed { case: case.id });
    for party in case.participants.iter().filter(|party| !target.has_participant(&party.address)) {
        there.event(CaseEvent::ParticipantAdded { party: party.clone() });
    }
    let owner = case.owner.filter(|owner| target.owner.is_none() && works(step.scene, *owner, target));
    if owner.is_some() {
        there.event(CaseEvent::CaseAssigned { owner });
    }
    let begun = owner.is_some() && target.status == Status::New;
    let owner = owner.or(target.owner);
    let watchers = case.owner.iter().chain(&case.watchers);
    for user in watchers.filter(|user| owner != Some(**user) && !target.watchers.contains(user)) {
        there.event(CaseEvent::WatcherAdded { user: *user });
    }
    if case.priority > target.priority {
        there.event(CaseEvent::PriorityChanged { to: case.priority });
    }
    // What somebody still has to see to must not wait there, nor rest with what is settled.
    let asks = matches!(case.status, Status::New | Status::Open) && target.status == Status::Waiting;
    if begun || asks || (case.status.is_active() && !target.status.is_active()) {
        there.status(Status::Open);
    }
    Some(shown(there.done(), wish))
}

fn works(scene: Scene<'_>, user: UserId, case: &Case) -> bool {
    scene.view.directory.user(user).is_some_and(|known| may_work(&scene.view.directory, known, case))
}

/// The case that became part of this one by this entry.
pub fn absorbed<'a>(scene: Scene<'a>, case: &Case, entry: EntryNo) -> Option<&'a Case> {
    let entry = scene.view.entries.get(&(case.id, entry))?;
    let absorbed = entry.absorbed().next();
    scene.view.cases.get(&absorbed?).filter(|other| other.status == Status::Merged(case.id))
}

/// A case that had become part of this one is on its own again. What came since stays here.
fn unmerge<'a>(step: &mut Step<'a>, case: &'a Case, what: (&Wish<'_>, EntryNo)) -> Option<Done<'a>> {
    let (wish, entry) = what;
    let other = absorbed(step.scene, case, entry)?;
    step.event(CaseEvent::CaseReleased { case: other.id });
    let brought = step.scene.view.entries.get(&(case.id, entry))?;
    let is_contact = |party: &Party| case.contact.as_ref().is_some_and(|contact| contact.address == party.address);
    for event in &brought.events {
        match event {
            // Whoever has worked on it since goes on.
            CaseEvent::CaseAssigned { owner: Some(_) } if case.last_entry == entry => {
                step.event(CaseEvent::CaseAssigned { owner: None });
            }
            // Whoever has been made the contact since stays.
            CaseEvent::ParticipantAdded { party } if is_contact(party) => {}
            CaseEvent::ParticipantAdded { party } => {
                step.event(CaseEvent::ParticipantRemoved { address: party.address.clone() });
            }
            CaseEvent::WatcherAdded { user } => step.event(CaseEvent::WatcherRemoved { user: *user }),
            _ => {}
        }
    }
    let mut there = Step::on(step.scene, other, by(wish));
    there.status(Status::Open);
    Some(told(there.done(), wish))
}

/// The mail that was answered becomes a case of its own, of the same category; its writer is the contact there.
fn split<'a>(step: &mut Step<'a>, case: &'a Case, what: (&Wish<'_>, EntryNo, &MailEntry)) -> Vec<Done<'a>> {
    let (wish, entry, mail) = what;
    let scene = step.scene;
    let id = wish.next_case;
    step.event(CaseEvent::CaseLinked { case: id });
    let title = scene.policy.ours.title(&mail.subject);
    let contact = mail.from.clone().map(|from| Party { name: from.name, address: from.address });
    let is_theirs =
        |address: &Address| case.has_participant(address) || case.is_contacts(&scene.view.directory, address);
    let contact = contact.filter(|party| is_theirs(&party.address) || mail.outsider);
    let mut there = Step::opening(scene, id, by(wish));
    there.event(CaseEvent::CaseOpened {
        customer: case.customer,
        category: case.category,
        title: if title.is_empty() { case.title.clone() } else { title },
        channel: Channel::Mail,
        contact: contact.clone(),
        participants: contact.into_iter().collect(),
    });
    let mail = MailEntry { outsider: false, ..mail.clone() };
    there.event(CaseEvent::MailTaken { mail, from: case.id, entry });
    there.event(CaseEvent::CaseLinked { case: case.id });
    let before = leave(step, &mut there, (wish, entry));
    std::iter::once(shown(there.done(), wish)).chain(before).collect()
}

/// The mail that came by this entry is there from now on; so is what leads to it on the cases where it was before.
/// Whoever became part of this one by it alone no longer is.
fn leave<'a>(step: &mut Step<'a>, there: &mut Step<'a>, what: (&Wish<'_>, EntryNo)) -> Vec<Done<'a>> {
    let (scene, to, (wish, entry)) = (step.scene, there.id, what);
    step.event(CaseEvent::MailMoved { entry, to });
    let brought = scene.view.entries.get(&(step.id, entry)).filter(|brought| brought.taken_from().is_some());
    for event in brought.iter().flat_map(|brought| &brought.events) {
        if let CaseEvent::ParticipantAdded { party } = event {
            step.event(CaseEvent::ParticipantRemoved { address: party.address.clone() });
        }
    }
    let mut others: Vec<Step<'a>> = Vec::new();
    for (before, entry) in scene.view.came_by(step.id, entry) {
        let moved = CaseEvent::MailMoved { entry, to };
        match others.iter_mut().find(|other| other.id == before) {
            _ if before == step.id => step.event(moved),
            _ if before == to => there.event(moved),
            Some(other) => other.event(moved),
            None => {
                let Some(old) = scene.view.cases.get(&before) else { continue };
                let mut other = Step::on(scene, old, by(wish));
                other.event(moved);
                others.push(other);
            }
        }
    }
    others.into_iter().map(Step::done).collect()
}

/// The mail that was answered belongs to another case.
fn put<'a>(step: &mut Step<'a>, case: &'a Case, what: (&Wish<'_>, CaseId, EntryNo, &MailEntry)) -> Vec<Done<'a>> {
    let (wish, to, entry, mail) = what;
    let Some(target) = step.scene.view.case(to) else { return Vec::new() };
    let mut there = Step::on(step.scene, target, by(wish));
    // Whoever wrote it is part of the case that it is put on.
    let taken = MailEntry { outsider: false, ..mail.clone() };
    there.event(CaseEvent::MailTaken { mail: taken, from: case.id, entry });
    let is_new = |from: &&Mailbox| !target.has_participant(&from.address);
    if let Some(from) = mail.from.as_ref().filter(is_new).filter(|_| target.participants.len() < PARTICIPANTS_MAX) {
        let party = Party { name: from.name.clone(), address: from.address.clone() };
        there.event(CaseEvent::ParticipantAdded { party });
    }
    if matches!(target.status, Status::Waiting | Status::Resolved | Status::Closed | Status::Spam) {
        there.status(Status::Open);
    }
    let before = leave(step, &mut there, (wish, entry));
    std::iter::once(shown(there.done(), wish)).chain(before).collect()
}

/// Who did it goes on from there: sees who is on the case now, answers them, or takes it back.
fn shown<'a>(done: Done<'a>, wish: &Wish<'_>) -> Done<'a> {
    let mut done = told(done, wish);
    done.tell(LetterKind::Receipt, vec![wish.user.user()]);
    done
}

/// Those who work the other case hear of it; the one who did it hears by the transcript.
fn told<'a>(mut done: Done<'a>, wish: &Wish<'_>) -> Done<'a> {
    let users = audience::concerned(done.scene, &done.case, Some(wish.user.user()));
    done.tell(LetterKind::Notification, users);
    done
}
