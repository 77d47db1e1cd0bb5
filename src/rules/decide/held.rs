//! Users' mails that wait: until their writer says so, until they may no longer be taken back, or until it is too late.

use std::time::Duration;

use super::step::{Done, Step};
use super::wish::{Wish, is_there, perform};
use super::work::Answered;
use super::{Scene, audience};
use crate::address::Address;
use crate::case::change::LetterKind;
use crate::case::command::{Command, CommandProblem, LineVerdict};
use crate::case::event::{Actor, CaseEvent, MailEntry};
use crate::case::held::{Content, Held, HeldBack};
use crate::case::model::Case;
use crate::directory::model::{CONTROL, User};
use crate::id::{EntryNo, UserId};
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TagPattern};
use crate::mail::{Mail, machine};
use crate::rules::command;
use crate::thread::pick::may_work;
use crate::time::Timestamp;
use crate::verify::Channel;
use crate::verify::prove::{Claim, ProvenUser, TokenProof, prove};

/// For so long a mail waits for its writer's word; then the writer gets it back.
const WORD_MAX: Duration = Duration::from_secs(72 * 3600);

/// When something that begins to wait now no longer does.
pub fn until(scene: Scene<'_>, why: HeldBack) -> Timestamp {
    let wait = match why {
        HeldBack::Undo => scene.policy.undo,
        HeldBack::Overtaken | HeldBack::Unproven => WORD_MAX,
    };
    scene.now.plus(wait)
}

/// What a user wants done, as far as it may have to wait.
pub struct Work<'a> {
    pub content: Content,
    /// The entry that its writer had seen last, as far as it is known.
    pub seen: Option<EntryNo>,
    pub user: UserId,
    /// Who has the writer's own mail already.
    pub had: &'a [Address],
}

/// Why this must not be carried out at once, if it must not.
pub fn reason(scene: Scene<'_>, case: &Case, work: Work<'_>) -> Option<HeldBack> {
    let Work { content, seen, user, had } = work;
    // What everybody has already cannot be held back.
    let to_nobody = case.participants.iter().all(|party| had.contains(&party.address));
    if content != Content::Answer || to_nobody {
        return None;
    }
    if seen.is_some_and(|seen| case.overtaken(seen, user).is_some()) {
        return Some(HeldBack::Overtaken);
    }
    (!scene.policy.undo.is_zero()).then_some(HeldBack::Undo)
}

/// What waits of this user's on this case: what the answered entry held, that and no other; where it held nothing, the
/// latest.
pub fn of_user<'a>(case: &'a Case, user: UserId, answered: Option<Answered<'_>>) -> Option<&'a Held> {
    let mut theirs = case.held.iter().filter(|held| held.user == user && held.why != HeldBack::Unproven);
    let once = |event: &CaseEvent| match event {
        CaseEvent::WorkHeld { held } if held.user == user => Some(held.mail.clone()),
        _ => None,
    };
    let journal = answered.and_then(|answered| answered.journal);
    match journal.and_then(|entry| entry.events.iter().find_map(once)) {
        // It may wait on by another entry, for another word.
        Some(mail) => theirs.find(|held| held.mail == mail),
        None => theirs.next_back(),
    }
}

/// The latest of what waits of this user's on this case that a recall is about. It names no more than the subject.
pub fn recalled<'a>(scene: Scene<'_>, case: &'a Case, what: (UserId, &Mail)) -> Option<&'a Held> {
    let (user, mail) = what;
    let ours = TagPattern::ours(&scene.policy.ours.prefix);
    let bare = |subject: &str| base_subject(&tag::without(subject, &ours), ListTags::Dropped).to_lowercase();
    let wanted = machine::recalled(&mail.subject).map(bare);
    let theirs = case.held.iter().filter(|held| held.user == user && held.content != Content::Nothing);
    theirs.rev().find(|held| wanted.as_ref().is_none_or(|wanted| *wanted == bare(&held.mail.subject)))
}

/// Carries out what was held: by its writer's word, or because the time for taking it back is over.
pub fn release<'a>(mut step: Step<'a>, case: &'a Case, what: (&Held, ProvenUser, Option<MailEntry>)) -> Vec<Done<'a>> {
    let (held, user, word) = what;
    let verdicts = no_longer_possible(step.scene, case, held);
    if !verdicts.is_empty() {
        step.event(CaseEvent::HeldReturned { entry: held.entry });
        step.event(CaseEvent::CommandsRefused { mail: held.mail.clone(), user: held.user, verdicts });
        word.into_iter().for_each(|mail| step.event(CaseEvent::CommandsGiven { mail }));
        let mut done = step.done();
        done.tell(LetterKind::Receipt, vec![held.user]);
        return vec![done];
    }
    step.event(CaseEvent::HeldReleased { entry: held.entry });
    let now = step.scene.now;
    let in_time = |command: &Command| match command {
        Command::Wait(Some(until)) if *until <= now => Command::Wait(None),
        command => command.clone(),
    };
    let wish = Wish {
        user,
        mail: held.mail.clone(),
        content: held.content,
        commands: held.commands.iter().map(in_time).collect(),
        had: held.had.clone(),
        answered: None,
        watching: Vec::new(),
        // What moves things about is not held.
        next_case: step.scene.view.next_case,
    };
    // The mail that was held comes first: it is what the entry is about.
    let mut made = perform(step, case, &wish);
    if let (Some(done), Some(mail)) = (made.first_mut(), word) {
        done.entry.events.push(CaseEvent::CommandsGiven { mail });
    }
    made
}

/// What it wants besides being sent, and can no longer have.
fn no_longer_possible(scene: Scene<'_>, case: &Case, held: &Held) -> Vec<LineVerdict> {
    let directory = &scene.view.directory;
    let problem = |command: &Command| match command {
        Command::Category(to) if !directory.category(*to).is_some_and(|category| category.active) => {
            Some(CommandProblem::UnknownCategory)
        }
        Command::Assign(user) if !directory.user(*user).is_some_and(|user| user.is_active_at(case.customer)) => {
            Some(CommandProblem::UnknownUser)
        }
        _ => None,
    };
    let problems = held.commands.iter().filter_map(problem);
    problems.map(|problem| LineVerdict { line: String::new(), problem: Some(problem) }).collect()
}

/// The time of something that waited has come.
pub fn ended<'a>(scene: Scene<'a>, case: &'a Case, at: Timestamp) -> Option<Vec<Done<'a>>> {
    let held = case.held.iter().find(|held| held.until == at)?;
    let user = scene.view.directory.user(held.user);
    let claim = |user| Claim {
        channel: &Channel::Nothing("a deadline"),
        token: TokenProof::Earlier(held.user),
        from: None,
        directory: &scene.view.directory,
        user,
        customer: case.customer,
    };
    let works = |user: &&User| may_work(&scene.view.directory, user, case);
    let proven = user.filter(works).and_then(|user| prove(&scene.policy.trust, claim(user)).ok());
    match (held.why, proven) {
        (HeldBack::Undo, Some(proven)) => match overtaken(case, held) {
            false => Some(release(Step::on(scene, case, Actor::User(held.user)), case, (held, proven, None))),
            true => Some(vec![overtaken_while_waiting(scene, case, held)]),
        },
        _ => Some(vec![returned(scene, case, held)]),
    }
}

/// Has something come in since that its writer must know of, or has the mail gone elsewhere that it answers?
fn overtaken(case: &Case, held: &Held) -> bool {
    case.overtaken(seen_by_writer(held), held.user).is_some()
        || held.seen.is_some_and(|seen| case.moved_to(seen).is_some())
}

/// Has its writer answered by another mail since? It may be the same once more.
fn has_answered_since(case: &Case, held: &Held) -> bool {
    case.last_answer_by == Some(held.user) && case.last_answer_entry.is_some_and(|answer| answer > held.entry)
}

/// What the writer had seen last; who named nothing had seen what was there.
fn seen_by_writer(held: &Held) -> EntryNo {
    held.seen.unwrap_or(held.entry)
}

/// Has the case moved on since the writer was told how it stood, or saw it otherwise?
pub fn has_moved_on(case: &Case, held: &Held, seen: Option<EntryNo>) -> bool {
    let moved_on = match held.why {
        HeldBack::Unproven => overtaken(case, held) || has_answered_since(case, held),
        HeldBack::Overtaken | HeldBack::Undo => {
            let told = seen.map_or(held.entry, |seen| seen.max(held.entry));
            case.overtaken(told, held.user).is_some()
        }
    };
    held.content == Content::Answer && moved_on
}

/// A mail that waits for a word of its writer's own address, from now on.
pub fn unproven(scene: Scene<'_>, what: (EntryNo, UserId, MailEntry)) -> Held {
    let (entry, user, mail) = what;
    let (why, until) = (HeldBack::Unproven, until(scene, HeldBack::Unproven));
    let (content, commands, had) = (Content::Nothing, Vec::new(), Vec::new());
    Held { entry, user, mail, content, commands, had, seen: None, why, until }
}

/// What waited waits on, for its writer's word on what has come in since; as an entry of this step.
pub fn overtaken_again(step: &mut Step<'_>, held: &Held) -> Held {
    step.event(CaseEvent::HeldDropped { entry: held.entry });
    let (entry, why) = (step.no, HeldBack::Overtaken);
    let seen = if held.why == HeldBack::Overtaken { held.entry } else { seen_by_writer(held) };
    Held { entry, why, seen: Some(seen), until: until(step.scene, why), ..held.clone() }
}

/// Something came in while it could still be taken back: now it waits for its writer's word.
fn overtaken_while_waiting<'a>(scene: Scene<'a>, case: &'a Case, held: &Held) -> Done<'a> {
    let mut step = Step::on(scene, case, Actor::System);
    let again = overtaken_again(&mut step, held);
    step.event(CaseEvent::WorkHeld { held: Box::new(again) });
    let mut done = step.done();
    done.tell(LetterKind::Receipt, vec![held.user]);
    done
}

/// It was never carried out: its writer gets it back; where they no longer work the case, those who do get it too.
fn returned<'a>(scene: Scene<'a>, case: &'a Case, held: &Held) -> Done<'a> {
    let mut step = Step::on(scene, case, Actor::System);
    step.event(CaseEvent::HeldReturned { entry: held.entry });
    let mut done = step.done();
    let user = scene.view.directory.user(held.user);
    let there = match case.category {
        CONTROL => user.is_some_and(|user| user.active_somewhere().is_some()),
        _ => is_there(scene, held.user, case),
    };
    if there {
        done.tell(LetterKind::Receipt, vec![held.user]);
    }
    let works = case.category == CONTROL || user.is_some_and(|user| may_work(&scene.view.directory, user, case));
    if !works && held.why != HeldBack::Unproven {
        let told = audience::concerned(scene, &done.case, Some(held.user));
        done.tell(LetterKind::Notification, told);
    }
    done
}

/// Does this mail say that a held one is the user's own, or is to be sent all the same?
pub fn confirms(new_text: &str, writer: &str) -> bool {
    let text = command::ungreeted(new_text);
    let (first, below) = text.split_once('\n').unwrap_or((text, ""));
    // Nothing but the word: "Bekrefter ikke" says the opposite, and a question asks. With a text below `/send` means that
    // text, and not the one that was held; and a yes may be about anything.
    command::is_yes(first) && (command::is_closed(below, writer) || command::is_confirmation(first))
}

/// Is this one of the commands that settle what was held?
pub fn settles(commands: &[Command]) -> Option<&Command> {
    commands.iter().find(|command| matches!(command, Command::Send | Command::Drop))
}
