//! A mail to a shared address.

use super::mail::Turn;
use super::step::Step;
use super::user;
use super::{Scene, audience, form, leads, leaked};
use crate::address::{Address, Mailbox};
use crate::case::change::{Became, LetterKind};
use crate::case::event::{AckSubject, Actor, Candidate, CaseEvent, MailEntry, Placed, Signal};
use crate::case::model::{Case, Channel, PARTICIPANTS_MAX, Party, Status};
use crate::directory::model::{CONTROL, Category};
use crate::id::{CaseId, CategoryId, CustomerId, EntryNo, UserId};
use crate::mail::{Gesture, Kind, Mail};
use crate::rules::budget;
use crate::thread::pick::{Pick, Question, Standing, may_work, pick, working_user};
use crate::thread::{Way, Whose, own_letter, route, whose};

/// Longest title of a case, in characters.
pub const TITLE_CHARS_MAX: usize = 250;

/// Puts a mail to a shared address on a case: the one it belongs to, or a new one.
///
/// Shape:  `categories` holds at least one, all of one customer; a new case belongs to the first, the others watch.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail, categories: &[&Category]) -> (Became, CaseId) {
    let category = categories[0];
    if let Some(case) = own_mail(turn, mail, category) {
        return (returned(turn, mail, case), case.id);
    }
    let question = Question {
        ours: &turn.scene.policy.ours,
        view: turn.scene.view,
        customer: category.customer,
        mail,
        channel: &turn.arrived.channel,
        reopen_days: turn.scene.policy.reopen_days,
        now: turn.scene.now,
    };
    let mut picked = pick(&question);
    // A copy of it is held there at the address of a user who did not write it.
    if picked.case.is_some_and(|(id, _)| turn.scene.view.case(id).is_some_and(|case| turn.is_touched(case.id))) {
        picked.case = None;
        picked.placed.decided_by = Signal::None;
        for candidate in picked.placed.candidates.iter_mut().filter(|candidate| candidate.accepted) {
            candidate.accepted = false;
            "a copy of this mail is held there".clone_into(&mut candidate.reason);
        }
    }
    let named = picked.case.and_then(|(id, standing)| Some((turn.scene.view.case(id)?, standing)));
    let Some((case, standing)) = named else { return open(turn, mail, categories, picked) };
    let (placed, id) = (picked.placed, case.id);
    if standing == Standing::User {
        let writer = mail.only_from().and_then(|from| working_user(&question, case, &from.address));
        if let Some(writer) = writer {
            return (user::without_token(turn, mail, case, writer, placed), id);
        }
    }
    (added(turn, mail, case, Join { standing, placed: Some(placed), categories, leaked: Vec::new() }), id)
}

/// The categories that the mail is addressed to, by customer, in the order of the recipients.
pub fn by_customer<'a>(scene: Scene<'a>, ways: &[Way]) -> Vec<(CustomerId, Vec<&'a Category>)> {
    let mut groups: Vec<(CustomerId, Vec<&Category>)> = Vec::new();
    for way in ways {
        let Way::Intake(id) = way else { continue };
        let Some(category) = scene.view.directory.category(*id) else { continue };
        match groups.iter_mut().find(|(customer, _)| *customer == category.customer) {
            Some((_, categories)) if categories.iter().any(|other| other.id == category.id) => {}
            Some((_, categories)) => categories.push(category),
            None => groups.push((category.customer, vec![category])),
        }
    }
    groups
}

/// Our own mail come back: the case that it was sent for.
fn own_mail<'a>(turn: &Turn<'a>, mail: &Mail, category: &Category) -> Option<&'a Case> {
    let own = Some(mail).filter(|mail| mail.kind == Kind::Loop)?;
    let letter = own_letter(&turn.scene.policy.ours, own)?;
    turn.scene.view.case(letter.case).filter(|case| case.customer == category.customer)
}

/// It is kept on its case, tells nobody, and is no part of the contact's thread.
fn returned(turn: &mut Turn<'_>, mail: &Mail, case: &Case) -> Became {
    let mut step = Step::on(turn.scene, case, Actor::System);
    let reason = "our own mail, come back".to_owned();
    let candidate = Candidate { case: case.id, signal: Signal::SignedId, accepted: true, reason };
    step.placed(Placed { decided_by: Signal::SignedId, candidates: vec![candidate] });
    step.event(CaseEvent::OwnMailReturned { mail: turn.entry(mail) });
    turn.finish(step.done());
    Became::Added
}

/// Where the case stands after this mail; `None`: where it stood. By whatever way the mail came: outsiders change
/// nothing, and what was settled long ago stays settled. Who accepts an invitation has answered, and asks nothing.
fn after(turn: &Turn<'_>, mail: &Mail, case: &Case, standing: Standing) -> Option<Status> {
    let (days, now) = (turn.scene.policy.reopen_days, turn.scene.now);
    match case.status {
        _ if standing == Standing::Outsider => None,
        Status::Waiting if mail.speaks() || mail.gesture == Some(Gesture::CalendarAnswer) => Some(Status::Open),
        _ if !mail.speaks() => None,
        Status::Resolved | Status::Closed if case.reopens_within(days, now) => Some(Status::Open),
        Status::Resolved
        | Status::Closed
        | Status::New
        | Status::Open
        | Status::Waiting
        | Status::Spam
        | Status::Merged(_) => None,
    }
}

/// Is it to be told of? A thumb up is not; that somebody wants a mail back, or comes to a meeting, is.
fn is_news(mail: &Mail) -> bool {
    match mail.gesture {
        Some(Gesture::Reaction) => false,
        Some(Gesture::Recall) => true,
        Some(Gesture::CalendarAnswer) | None => mail.kind.is_from_somebody(),
    }
}

/// How a mail joins a case that there is.
pub struct Join<'a> {
    /// As what its writer stands to the case.
    pub standing: Standing,
    /// Why it is placed there.
    pub placed: Option<Placed>,
    /// The categories that it was addressed to.
    pub categories: &'a [&'a Category],
    /// The users whose answer addresses it came to; those are revoked.
    pub leaked: Vec<UserId>,
}

/// An outside person's mail on a case that there is.
pub fn added(turn: &mut Turn<'_>, mail: &Mail, case: &Case, join: Join<'_>) -> Became {
    let scene = turn.scene;
    let Join { standing, placed, categories, leaked } = join;
    let mut step = Step::on(scene, case, turn.actor(mail));
    if let Some(placed) = placed {
        step.placed(placed);
    }
    let (unproven, outsider) = (standing == Standing::Unproven, standing == Standing::Outsider);
    step.event(CaseEvent::MailReceived { mail: MailEntry { unproven, outsider, ..turn.entry(mail) } });
    let brought = if brings(turn, mail, case, standing) { categories } else { &[] };
    let new = watch(&mut step, case.category, &case.watching, brought);
    turn.change.leads.extend(leads::of_answer(scene, mail, case, standing));
    leaked::revoke(&mut step, case, &leaked);
    if let Some(to) = after(turn, mail, case, standing) {
        step.status(to);
    }
    let mut done = step.done();
    let mut told = leaked::readers(scene, &leaked, &done.case);
    if is_news(mail) {
        let others = audience::concerned(scene, &done.case, None);
        let others = audience::and_members(&scene.view.directory, &done.case, others, (&new, None));
        told.extend(others.into_iter().filter(|user| !leaked.contains(user)));
    }
    done.tell(LetterKind::Notification, told);
    let reopened = case.settled.is_some() && done.case.settled.is_none();
    turn.finish(done);
    if reopened { Became::Reopened } else { Became::Added }
}

/// Does the writer bring the other categories to the case that they wrote to? Who has a part in it does, by writing to
/// its own category too: who only answers the address of a category that the case has left means no more than to answer.
fn brings(turn: &Turn<'_>, mail: &Mail, case: &Case, standing: Standing) -> bool {
    let Scene { policy, view, now, .. } = turn.scene;
    let own = Way::Intake(case.category);
    let named =
        || mail.to.iter().chain(&mail.cc).any(|to| route(&policy.ours, &view.directory, &to.address, now) == own);
    let came = || turn.categories(case.customer).iter().any(|category| category.id == case.category);
    standing == Standing::Participant && (came() || named())
}

/// Categories that do not have the case yet watch it from now on; gives them.
pub fn watch(
    step: &mut Step<'_>,
    own: CategoryId,
    watching: &[CategoryId],
    categories: &[&Category],
) -> Vec<CategoryId> {
    let new = new_watchers(own, watching, categories);
    new.iter().for_each(|category| step.event(CaseEvent::CategoryWatches { category: *category }));
    new
}

/// Those of these categories that do not have the case yet.
pub fn new_watchers(own: CategoryId, watching: &[CategoryId], categories: &[&Category]) -> Vec<CategoryId> {
    let ids = categories.iter().map(|category| category.id);
    ids.filter(|id| *id != own && !watching.contains(id)).collect()
}

/// A new case, of the first category.
pub fn open(turn: &mut Turn<'_>, mail: &Mail, categories: &[&Category], why: Pick) -> (Became, CaseId) {
    let category = categories[0];
    let Pick { placed, related, suggested, .. } = why;
    let scene = turn.scene;
    let id = turn.new_case();
    turn.change.leads.extend(leads::of_opening(scene, mail, (category.customer, id)));
    let mut step = Step::opening(scene, id, turn.actor(mail));
    step.placed(placed);
    let by_form = form::contact(turn, mail, category);
    let participants = participants(turn, mail, (category.customer, by_form.as_ref()));
    let own = by_form.as_ref().map(|party| &party.address).or(mail.only_from().map(|from| &from.address));
    let contact = own.and_then(|own| participants.iter().find(|party| party.address == *own).cloned());
    step.event(CaseEvent::CaseOpened {
        customer: category.customer,
        category: category.id,
        title: title(turn, mail),
        channel: Channel::Mail,
        contact: contact.clone(),
        participants,
    });
    step.event(CaseEvent::MailReceived { mail: turn.entry(mail) });
    if by_form.is_some() {
        step.event(CaseEvent::ContactFromReplyTo);
    }
    watch(&mut step, category.id, &[], categories);
    // A form writes with one subject for everybody: what it wrote before is about the same only for the same contact.
    let of_contact = |case: &&CaseId| {
        let address = scene.view.case(**case).and_then(|case| case.contact.as_ref()).map(|contact| &contact.address);
        by_form.as_ref().is_none_or(|party| address == Some(&party.address))
    };
    for case in related.iter().chain(suggested.iter().filter(of_contact)) {
        step.event(CaseEvent::CaseLinked { case: *case });
    }
    if mail.kind == Kind::Spam {
        step.status(Status::Spam);
    }
    let instead = by_form.as_ref().map(|party| &party.address);
    let acknowledged = contact.filter(|_| acknowledge(turn, mail, (category, instead), &mut step));
    let mut done = step.done();
    if let Some(contact) = acknowledged {
        done.send_outside(LetterKind::Acknowledgement, vec![contact.address]);
    }
    if mail.kind != Kind::Spam {
        let told = audience::everybody(scene, &done.case, None);
        done.tell(LetterKind::Notification, told);
    }
    turn.finish(done);
    (if related.is_empty() { Became::New } else { Became::Linked }, id)
}

/// Is the contact told that the mail is here? The answer is on the case in any event.
fn acknowledge(turn: &mut Turn<'_>, mail: &Mail, by: (&Category, Option<&Address>), step: &mut Step<'_>) -> bool {
    let (category, instead) = by;
    let question = budget::Question {
        policy: &turn.scene.policy.acks,
        trust: &turn.scene.policy.trust,
        view: turn.scene.view,
        arrived: turn.arrived,
        category,
        instead,
        pending: &turn.change.counters,
        now: turn.scene.now,
    };
    match budget::acknowledge(&question) {
        Ok(counted) => {
            let verified = instead.is_none() && budget::is_verified(&turn.arrived.channel, mail);
            let subject = if verified { AckSubject::Own } else { AckSubject::Neutral };
            step.event(CaseEvent::Acknowledged { sent_as: step.message_id(0), subject });
            turn.change.counters.extend(counted.keys());
            true
        }
        Err(reason) => {
            step.event(CaseEvent::AcknowledgementWithheld { reason });
            false
        }
    }
}

/// The outside people whom the opening mail makes part of the case: its writer, or whoever filled in the form that wrote
/// it, and whom it was also sent to.
fn participants(turn: &Turn<'_>, mail: &Mail, at: (CustomerId, Option<&Party>)) -> Vec<Party> {
    let (customer, by_form) = at;
    let mut parties: Vec<Party> = by_form.into_iter().cloned().collect();
    let Some(from) = mail.only_from() else { return parties };
    let Scene { policy, view, .. } = turn.scene;
    let whose = |mailbox: &&Mailbox| whose(&policy.ours, &view.directory, &mailbox.address, customer);
    // Nor another customer's shared address: what went there too is a case of its own, and neither hears of the other's.
    let others = mail.to.iter().chain(&mail.cc).filter(|mailbox| whose(mailbox) == Whose::Outside);
    let writer = Some(from).filter(|from| by_form.is_none() && whose(from) != Whose::Ours);
    for Mailbox { name, address } in writer.into_iter().chain(others) {
        if parties.len() < PARTICIPANTS_MAX && !parties.iter().any(|party| party.address == *address) {
            parties.push(Party { name: name.clone(), address: address.clone() });
        }
    }
    parties
}

/// The subject without tags and reply prefixes; the beginning of the text when there is none.
pub fn title(turn: &Turn<'_>, mail: &Mail) -> String {
    let subject = turn.scene.policy.ours.title(&mail.subject);
    let text = || mail.new_text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    let title = if subject.is_empty() { text() } else { subject };
    title.chars().take(TITLE_CHARS_MAX).collect()
}

/// Another copy, to other addresses of the same customer: those categories watch the case from now on, where the writer
/// has a part in it.
pub fn second_copy(turn: &mut Turn<'_>, mail: &Mail, seen: (CaseId, EntryNo), categories: &[&Category]) {
    let (scene, (id, entry)) = (turn.scene, seen);
    let Some(case) = scene.view.case(id).filter(|case| case.category != CONTROL) else { return };
    let has_part = |from: &Address| {
        let user = scene.view.directory.user_by_address(from);
        let works = user.is_some_and(|user| may_work(&scene.view.directory, user, case));
        works || case.has_participant(from) || case.is_contacts(&scene.view.directory, from)
    };
    // What opened the case did so for whomever it also went to, whoever wrote it.
    let opened = entry == EntryNo::new(1);
    if !opened && !mail.only_from().is_some_and(|from| has_part(&from.address)) {
        return;
    }
    let new: Vec<&&Category> = categories
        .iter()
        .filter(|category| category.id != case.category && !case.watching.contains(&category.id))
        .collect();
    if new.is_empty() {
        return;
    }
    let mut step = Step::on(scene, case, Actor::System);
    for category in &new {
        step.event(CaseEvent::CopyReceived { category: category.id });
        step.event(CaseEvent::CategoryWatches { category: category.id });
    }
    let mut done = step.done();
    let ids: Vec<CategoryId> = new.iter().map(|category| category.id).collect();
    let told = audience::members(&scene.view.directory, &done.case, &ids);
    done.tell(LetterKind::Notification, told);
    turn.finish(done);
}
