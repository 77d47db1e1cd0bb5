//! A mail in the name of a user: proven, it is done; not proven, it is held, and the user is told.

use super::audience;
use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use crate::address::Address;
use crate::case::change::{Became, LetterKind};
use crate::case::event::{
    Actor, Candidate, CaseEvent, CommandProblem, HeldReason, LineVerdict, MailEntry, Placed, Signal,
};
use crate::case::model::{Case, Status};
use crate::directory::model::User;
use crate::id::UserId;
use crate::mail::{Kind, Mail};
use crate::rules::budget;
use crate::rules::command::{self, Command, Reading};
use crate::thread::pick::{Standing, may_work};
use crate::token::{Checked, Grant};
use crate::verify::prove::{Claim, ProvenUser, TokenProof, prove};

/// What a plain text of a user's becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    Answer,
    Note,
}

/// A mail to a user's reply or note address.
pub fn by_token(turn: &mut Turn<'_>, mail: &Mail, case: &Case, checked: Checked) -> Became {
    let token = checked.token();
    let (user, plain) = match token.grant {
        Grant::Note(user) => (user, Plain::Note),
        Grant::Reply(user) => (user, Plain::Answer),
        Grant::Return(_) => unreachable!("reports are handled elsewhere"),
    };
    let from = mail.only_from().map(|from| &from.address);
    let directory = turn.scene.view.directory.clone();
    let Some(user) = directory.user(user) else { return hold(turn, mail, case, (user, HeldReason::InactiveUser)) };
    let placed = by_token_alone(case, "our token in the recipient");
    // The contact answered a notification that somebody passed on: it is the contact's mail, nothing more.
    let foreign = from.filter(|from| !user.has_address(from) && case.has_participant(from));
    if foreign.is_some() {
        let categories = &turn.categories(case.customer);
        let join = Join { standing: Standing::Participant, placed: Some(placed), categories };
        return intake::added(turn, mail, case, join);
    }
    let proof = match checked {
        Checked::Valid(_) => TokenProof::Valid(user.id),
        Checked::Expired(_) => TokenProof::Expired(user.id),
    };
    act(turn, mail, case, Attempt { user, proof, plain, placed })
}

/// A user's mail to the shared address, on a case that they work.
pub fn without_token(turn: &mut Turn<'_>, mail: &Mail, case: &Case, user: &User, placed: Placed) -> Became {
    act(turn, mail, case, Attempt { user, proof: TokenProof::None, plain: Plain::Answer, placed })
}

struct Attempt<'a> {
    user: &'a User,
    proof: TokenProof,
    plain: Plain,
    placed: Placed,
}

fn act(turn: &mut Turn<'_>, mail: &Mail, case: &Case, attempt: Attempt<'_>) -> Became {
    let Attempt { user, proof, plain, placed } = attempt;
    if !matches!(mail.kind, Kind::Person | Kind::Calendar) {
        return hold(turn, mail, case, (user.id, HeldReason::Automatic));
    }
    let from = mail.only_from().map(|from| &from.address);
    let claim = Claim { channel: &turn.arrived.channel, token: proof, from, user, customer: case.customer };
    let proven = prove(&turn.scene.policy.trust, claim);
    let allowed =
        proven.and_then(
            |proven| {
                if may_work(turn.scene.view, user, case) { Ok(proven) } else { Err(HeldReason::InactiveUser) }
            },
        );
    match allowed {
        Ok(proven) => carry_out(turn, mail, case, (proven, plain, placed)),
        Err(reason) => hold(turn, mail, case, (user.id, reason)),
    }
}

fn by_token_alone(case: &Case, reason: &str) -> Placed {
    let candidate = Candidate { case: case.id, signal: Signal::ReplyToken, accepted: true, reason: reason.to_owned() };
    Placed { decided_by: Signal::ReplyToken, candidates: vec![candidate] }
}

/// The mail is on the case, and nothing of it is done. The user's own address is told, unless a machine wrote it.
fn hold(turn: &mut Turn<'_>, mail: &Mail, case: &Case, whose: (UserId, HeldReason)) -> Became {
    let (user, reason) = whose;
    let mut step = Step::on(turn.scene, case, turn.actor(mail));
    step.event(CaseEvent::MailHeld { mail: turn.entry(mail), user, reason });
    let mut done = step.done();
    let directory = &turn.scene.view.directory;
    let active = directory.user(user).is_some_and(|user| user.is_active_at(case.customer));
    let counter = budget::receipt(user, turn.scene.now);
    let room = turn.scene.view.counters.get(&counter).copied().unwrap_or_default() < budget::RECEIPTS_PER_DAY_MAX;
    match reason {
        HeldReason::Automatic => {}
        // Somebody who is no longer there wrote to the contact: those who are must know.
        _ if !active => done.tell(LetterKind::Notification, audience::concerned(directory, &done.case, Some(user))),
        _ if room => {
            done.tell(LetterKind::Receipt, vec![user]);
            turn.change.counters.push(counter);
        }
        _ => {}
    }
    turn.finish(done);
    Became::Held
}

fn carry_out(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: (ProvenUser, Plain, Placed)) -> Became {
    let (proven, plain, placed) = what;
    let scene = turn.scene;
    let context = command::Context {
        directory: &scene.view.directory,
        category: case.category,
        user: proven.user(),
        now: scene.now,
        time_zone: &scene.policy.time_zone,
    };
    let mut reading = command::read_mail(mail, &context);
    let content = content(&reading, mail, plain);
    refuse_the_impossible(&mut reading, &content, case);
    let mut step = Step::on(scene, case, Actor::User(proven.user()));
    step.placed(placed);
    if !reading.is_good() {
        let (user, verdicts) = (proven.user(), reading.verdicts);
        step.event(CaseEvent::CommandsRefused { mail: turn.entry(mail), user, verdicts });
        let mut done = step.done();
        done.tell(LetterKind::Receipt, vec![proven.user()]);
        turn.finish(done);
        return Became::Held;
    }
    write(&mut step, &content, turn.entry(mail));
    let taken = owner(&mut step, case, (&proven, &reading.commands, &content));
    stand(&mut step, case, &reading.commands, &content);
    let new = intake::watch(&mut step, case.category, &case.watching, &turn.categories(case.customer));
    let mut done = step.done();
    if content == Content::Answer {
        done.send_outside(LetterKind::Answer, recipients(case, mail));
    }
    let directory = &scene.view.directory;
    let told = if taken { audience::everybody } else { audience::followers };
    let told = told(directory, &done.case, Some(proven.user()));
    let told = audience::and_members(directory, &done.case, told, (&new, Some(proven.user())));
    done.tell(LetterKind::Notification, told);
    turn.finish(done);
    Became::Added
}

/// What a user's mail holds besides commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Answer,
    Note,
    Nothing,
}

fn content(reading: &Reading, mail: &Mail, plain: Plain) -> Content {
    let files = mail.files().any(|file| !file.inline && file.content_id.is_none());
    if reading.text.is_empty() && !files {
        return Content::Nothing;
    }
    let note = plain == Plain::Note || reading.commands.contains(&Command::Note);
    if note { Content::Note } else { Content::Answer }
}

/// The contact first, then the other outside people of the case; not those who have the writer's own mail already.
fn recipients(case: &Case, mail: &Mail) -> Vec<Address> {
    let has_it = |address: &Address| mail.to.iter().chain(&mail.cc).any(|mailbox| &mailbox.address == address);
    let outside = case.participants.iter().map(|party| &party.address);
    outside.filter(|address| !has_it(address)).cloned().collect()
}

fn refuse_the_impossible(reading: &mut Reading, content: &Content, case: &Case) {
    let problem = match content {
        Content::Nothing if reading.verdicts.is_empty() => CommandProblem::NothingWritten,
        Content::Nothing if reading.commands.contains(&Command::Note) => CommandProblem::EmptyNote,
        Content::Answer if case.participants.is_empty() => CommandProblem::NoAddress,
        _ => return,
    };
    reading.verdicts.push(LineVerdict { line: String::new(), problem: Some(problem) });
}

fn write(step: &mut Step<'_>, content: &Content, mail: MailEntry) {
    let event = match content {
        Content::Answer => CaseEvent::AnswerWritten { mail, sent_as: step.message_id(0) },
        Content::Note => CaseEvent::NoteWritten { mail },
        Content::Nothing => CaseEvent::CommandsGiven { mail },
    };
    step.event(event);
}

/// Who has the case now. An answer takes a case that nobody has. Says whether it changed hands.
fn owner(step: &mut Step<'_>, case: &Case, what: (&ProvenUser, &[Command], &Content)) -> bool {
    let (proven, commands, content) = what;
    let told = commands.iter().find_map(|command| match command {
        Command::Take => Some(proven.user()),
        Command::Assign(user) => Some(*user),
        _ => None,
    });
    let owned = case
        .owner
        .is_some_and(|owner| step.scene.view.directory.user(owner).is_some_and(|o| o.is_active_at(case.customer)));
    let by_answer = (*content == Content::Answer && !owned).then(|| proven.user());
    let new = told.or(by_answer).filter(|new| case.owner != Some(*new));
    if let Some(owner) = new {
        step.event(CaseEvent::CaseAssigned { owner: Some(owner) });
    }
    new.is_some()
}

/// Where the case stands now: as told; else waiting after an answer, open once somebody works on it.
fn stand(step: &mut Step<'_>, case: &Case, commands: &[Command], content: &Content) {
    for command in commands {
        match command {
            Command::Resolve => return step.status(Status::Resolved),
            Command::Close => return step.status(Status::Closed),
            Command::Wait(until) => {
                step.status(Status::Waiting);
                return step.event(CaseEvent::WaitingSet { until: *until });
            }
            Command::Take | Command::Assign(_) | Command::Note => {}
        }
    }
    let owner_named = commands.iter().any(|command| matches!(command, Command::Take | Command::Assign(_)));
    match content {
        Content::Answer => step.status(Status::Waiting),
        Content::Note | Content::Nothing if owner_named && case.status == Status::New => step.status(Status::Open),
        Content::Note | Content::Nothing => {}
    }
}
