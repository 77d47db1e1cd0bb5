//! What a proven user wants done with a case, and its doing.

use super::Scene;
use super::step::{Done, Step};
use super::{audience, place};
use crate::address::Address;
use crate::case::change::LetterKind;
use crate::case::command::{Command, Sort};
use crate::case::event::{CaseEvent, MailEntry};
use crate::case::held::Content;
use crate::case::model::{Case, Party, Priority, Status};
use crate::id::{CaseId, CategoryId, EntryNo, UserId};
use crate::thread::pick::may_work;
use crate::verify::prove::ProvenUser;

/// What a proven user wants. Nothing of it can be done without the proof.
pub struct Wish<'a> {
    pub user: ProvenUser,
    /// The mail that says so.
    pub mail: MailEntry,
    pub content: Content,
    pub commands: Vec<Command>,
    /// Outside people who have the writer's own mail already.
    pub had: Vec<Address>,
    /// The entry that was answered, and its mail, where it brought one.
    pub answered: Option<(EntryNo, Option<&'a MailEntry>)>,
    /// Categories that the mail was also sent to: they watch from now on.
    pub watching: Vec<CategoryId>,
    /// The number that a new case would have.
    pub next_case: CaseId,
}

/// Does all of it: the entry on this case first, then those that it makes on others.
///
/// Shape:  `step` is on `case`, and may hold events already; every command can be carried out.
pub fn perform<'a>(mut step: Step<'a>, case: &'a Case, wish: &Wish<'_>) -> Vec<Done<'a>> {
    let scene = step.scene;
    let user = wish.user.user();
    write(&mut step, wish);
    let taken = owner(&mut step, case, wish);
    stand(&mut step, case, wish);
    wish.commands.iter().for_each(|command| change(&mut step, case, (user, command)));
    wish.watching.iter().for_each(|category| step.event(CaseEvent::CategoryWatches { category: *category }));
    leave(&mut step, case, wish);
    let elsewhere = place::elsewhere(&mut step, case, wish);
    let mut done = step.done();
    if wish.content == Content::Answer {
        done.send_outside(LetterKind::Answer, recipients(&done.case, wish));
    }
    let moved = done.case.category != case.category;
    let raised = done.case.priority == Priority::Urgent && case.priority != Priority::Urgent;
    let told = match () {
        () if taken || moved => audience::everybody,
        // What can wait until morning for nobody must not wait for them either. Where nobody has the case, everybody may
        // be about to answer it.
        () if raised || wish.content == Content::Note || done.case.status != case.status => audience::concerned,
        () => audience::followers,
    };
    let only_asked = wish.content == Content::Nothing && wish.commands.iter().all(Command::is_question);
    // What was so already is no news.
    let nothing = |event: &CaseEvent| {
        matches!(event, CaseEvent::CommandsGiven { .. } | CaseEvent::HeldReleased { .. } | CaseEvent::TextUnsent)
    };
    if !only_asked && !done.entry.events.iter().all(nothing) {
        let directory = &scene.view.directory;
        let told = told(scene, &done.case, Some(user));
        let told = audience::and_members(directory, &done.case, told, (&wish.watching, Some(user)));
        done.tell(LetterKind::Notification, told);
    }
    // Who wrote nothing but commands sees by nothing else that they were carried out; nor that somebody is away.
    let away = done
        .entry
        .events
        .iter()
        .any(|event| matches!(event, CaseEvent::OwnerAway { .. } | CaseEvent::OwnerUnreached { .. }));
    // What was put elsewhere is shown there.
    let mut letters = elsewhere.iter().flat_map(|done| &done.letters);
    let shown = letters.any(|letter| letter.kind == LetterKind::Receipt)
        && wish.commands.iter().all(|command| command.sort() == Sort::Place);
    let silent = wish.content == Content::Nothing && !shown;
    if silent || wish.commands.iter().any(Command::is_question) || away {
        done.tell(LetterKind::Receipt, vec![user]);
    }
    std::iter::once(done).chain(elsewhere).collect()
}

fn write(step: &mut Step<'_>, wish: &Wish<'_>) {
    let mail = wish.mail.clone();
    let event = match wish.content {
        Content::Answer => CaseEvent::AnswerWritten { mail, sent_as: step.message_id(0) },
        Content::Note => CaseEvent::NoteWritten { mail },
        Content::Nothing => CaseEvent::CommandsGiven { mail },
    };
    step.event(event);
}

/// The contact first, then the other outside people of the case; not those who have the writer's own mail already.
fn recipients(case: &Case, wish: &Wish<'_>) -> Vec<Address> {
    let outside = case.participants.iter().map(|party| &party.address);
    outside.filter(|address| !wish.had.contains(address)).cloned().collect()
}

/// Who has the case now. An answer takes a case that nobody has. Says whether it changed hands.
fn owner(step: &mut Step<'_>, case: &Case, wish: &Wish<'_>) -> bool {
    let user = wish.user.user();
    let told = wish.commands.iter().find_map(|command| match command {
        Command::Take => Some(Some(user)),
        Command::Assign(user) => Some(Some(*user)),
        Command::Unassign => Some(None),
        _ => None,
    });
    let active = |owner: UserId| step.scene.view.directory.user(owner).is_some_and(|o| o.is_active_at(case.customer));
    let owned = case.owner.is_some_and(active);
    let by_answer = (wish.content == Content::Answer && !owned).then_some(Some(user));
    let new = told.or(by_answer).filter(|new| case.owner != *new);
    if let Some(owner) = new {
        step.event(CaseEvent::CaseAssigned { owner });
        // Who takes it has perhaps not heard that somebody had it.
        let from = case.owner.filter(|from| owner.is_some() && owned && !step.is_by(*from));
        from.into_iter().for_each(|from| step.event(CaseEvent::TakenOver { from }));
        owner.into_iter().for_each(|owner| remark_absence(step, owner));
    }
    new.is_some()
}

/// Somebody who is away, or to whom mail is paused, does not see what they are given: whoever gives it to them is told.
pub fn remark_absence(step: &mut Step<'_>, owner: UserId) {
    let (view, now) = (step.scene.view, step.scene.now);
    let until = view.directory.user(owner).and_then(|user| user.personal.away_until).filter(|until| *until > now);
    let paused = view.directory.user(owner).is_some_and(|user| user.undelivered.is_paused());
    match until {
        _ if step.is_by(owner) => {}
        _ if paused => step.event(CaseEvent::OwnerUnreached { user: owner }),
        Some(until) => step.event(CaseEvent::OwnerAway { user: owner, until }),
        None => {}
    }
}

/// Where the case stands now: as told; else waiting after an answer, open once somebody works on it.
fn stand(step: &mut Step<'_>, case: &Case, wish: &Wish<'_>) {
    for command in &wish.commands {
        match command {
            Command::Resolve => return step.status(Status::Resolved),
            Command::Close => return step.status(Status::Closed),
            Command::Reopen | Command::NotSpam => return step.status(Status::Open),
            Command::Spam => return step.status(Status::Spam),
            Command::Wait(until) => {
                step.status(Status::Waiting);
                return step.event(CaseEvent::WaitingSet { until: *until });
            }
            _ => {}
        }
    }
    let owner_named = wish.commands.iter().any(|command| matches!(command, Command::Take | Command::Assign(_)));
    match wish.content {
        Content::Answer => step.status(Status::Waiting),
        Content::Note | Content::Nothing if owner_named && case.status == Status::New => step.status(Status::Open),
        Content::Note | Content::Nothing => {}
    }
}

/// What a command changes besides owner and status.
fn change(step: &mut Step<'_>, case: &Case, what: (UserId, &Command)) {
    let (user, command) = what;
    match command {
        Command::Priority(to) if *to == case.priority => {}
        Command::Title(to) if *to == case.title => {}
        Command::Priority(to) => step.event(CaseEvent::PriorityChanged { to: *to }),
        Command::Category(to) => step.event(CaseEvent::CategoryChanged { from: case.category, to: *to }),
        Command::Title(to) => step.event(CaseEvent::TitleChanged { to: to.clone() }),
        Command::Cc(addresses) => {
            for address in addresses.iter().filter(|address| !case.has_participant(address)) {
                step.event(CaseEvent::ParticipantAdded { party: Party { name: None, address: address.clone() } });
            }
        }
        Command::Uncc(addresses) => {
            for address in addresses {
                step.event(CaseEvent::ParticipantRemoved { address: address.clone() });
            }
            // Who is the contact from now on must not be a surprise.
            let next = step.so_far().and_then(|now| now.contact).filter(|next| case.contact.as_ref() != Some(next));
            next.into_iter().for_each(|party| step.event(CaseEvent::ContactChanged { party }));
        }
        Command::Contact(address) => {
            let known = case.participants.iter().find(|party| &party.address == address).cloned();
            let party = known.unwrap_or_else(|| Party { name: None, address: address.clone() });
            step.event(CaseEvent::ContactChanged { party });
        }
        Command::Watch => step.event(CaseEvent::WatcherAdded { user }),
        Command::Unwatch => step.event(CaseEvent::WatcherRemoved { user }),
        Command::Link(other) => step.event(CaseEvent::CaseLinked { case: *other }),
        Command::Time(minutes) => step.event(CaseEvent::TimeSpent { minutes: *minutes }),
        Command::Call(number) => step.event(CaseEvent::CallMade { number: number.clone() }),
        Command::Show => step.event(CaseEvent::ShowAsked),
        Command::History => step.event(CaseEvent::HistoryAsked),
        Command::Help => step.event(CaseEvent::HelpAsked),
        Command::Take
        | Command::Assign(_)
        | Command::Unassign
        | Command::Note
        | Command::Resolve
        | Command::Close
        | Command::Reopen
        | Command::Wait(_)
        | Command::Spam
        | Command::NotSpam
        | Command::Merge(_)
        | Command::Split
        | Command::Move(_)
        | Command::Send
        | Command::Drop => {}
    }
}

/// Who no longer follows a case loses what they were sent on it before: being put on it again later must not make old
/// addresses count. Where they may work it all the same, the answer to this entry counts; else nothing does.
fn leave(step: &mut Step<'_>, case: &Case, wish: &Wish<'_>) {
    if !wish.commands.contains(&Command::Unwatch) {
        return;
    }
    let user = wish.user.user();
    let view = step.scene.view;
    let works = |case: Case| view.directory.user(user).is_some_and(|known| may_work(&view.directory, known, &case));
    let until = if step.so_far().is_some_and(works) { case.last_entry } else { step.no };
    step.event(CaseEvent::TokensRevoked { user, until });
}

/// The scene's directory knows this user as one who may work at all.
pub fn is_there(scene: Scene<'_>, user: UserId, case: &Case) -> bool {
    scene.view.directory.user(user).is_some_and(|user| user.is_active_at(case.customer))
}
