//! What a user's commands cannot do on this case now.

use std::collections::BTreeSet;

use super::work::{Asked, Plain, is_blank, is_empty};
use super::{Scene, held, place};
use crate::address::Address;
use crate::case::command::{Command, CommandProblem, LineVerdict, Sort};
use crate::case::event::{Actor, CaseEvent, Entry};
use crate::case::held::{Content, HeldBack};
use crate::case::model::{Case, PARTICIPANTS_MAX, Status};
use crate::mail::Mail;
use crate::rules::command::{self, Reading, errand};
use crate::thread::pick::may_work;

/// Most of a line that is told.
const LINE_CHARS_MAX: usize = 200;

/// Adds what stands in the way besides the lines themselves.
pub fn refuse_the_impossible(reading: &mut Reading, scene: Scene<'_>, what: (&Asked<'_>, &Mail, Content)) {
    let (asked, mail, content) = what;
    // Commands and verdicts stand side by side as long as every line is good.
    for (command, verdict) in reading.commands.iter().zip(&mut reading.verdicts) {
        verdict.problem = impossible(command, scene, asked);
    }
    refuse_more_than_there_is_room_for(reading, scene, asked.case);
    if held::settles(&reading.commands).is_some_and(|settling| ends_with_it(settling, content)) {
        let others = reading.commands.iter().zip(&mut reading.verdicts);
        for (_, verdict) in others.filter(|(command, _)| command.sort() != Sort::Held && !command.is_question()) {
            verdict.problem = Some(CommandProblem::Contradiction);
        }
    }
    let is = |sort: Sort| reading.commands.iter().any(|command| command.sort() == sort);
    let written = written_within(scene, asked, mail);
    let (empty, silent) = (is_empty(mail, &reading.text, asked.user), reading.verdicts.is_empty());
    let commands_in_subject = || is_in_subject(scene, asked, mail);
    let problem = match content {
        _ if !written.is_empty() && !command::is_ended(&mail.new_text) => CommandProblem::TextWithin { written },
        // Below the line it may be quoted or written: nobody can tell, and what was written would be lost. Who ends the
        // answer says that nothing below it is theirs.
        _ if mail.text_below && !command::is_ended(&mail.new_text) => CommandProblem::TextBelow,
        Content::Answer if asked.plain == Plain::Unclear => CommandProblem::ToWhom,
        Content::Answer if is_sealed(mail, &reading.text) => CommandProblem::Sealed,
        Content::Note | Content::Nothing if empty && is_sealed(mail, "") => CommandProblem::Sealed,
        Content::Answer | Content::Nothing if (content == Content::Answer || silent) && commands_in_subject() => {
            CommandProblem::InSubject
        }
        Content::Nothing if silent && !is_blank(&reading.text) => CommandProblem::OnlySignature,
        Content::Nothing if silent => CommandProblem::NothingWritten,
        Content::Nothing if is(Sort::Text) => CommandProblem::EmptyNote,
        Content::Answer if is_for_control(asked, &reading.text) => CommandProblem::NotHere,
        // What stands below a question to us is hardly for the contact.
        Content::Answer if !reading.commands.is_empty() && reading.commands.iter().all(Command::is_question) => {
            CommandProblem::TextUnwanted
        }
        // Nobody answers spam.
        Content::Answer if is(Sort::Place) || reading.commands.contains(&Command::Spam) => CommandProblem::TextUnwanted,
        Content::Answer if answers_nobody(reading, asked) => CommandProblem::NoAddress,
        // A picture may be all that is left of a signature; any other file says enough by itself.
        Content::Answer if empty && mail.files().all(|file| file.content_type.starts_with("image/")) => {
            CommandProblem::OnlyImages
        }
        Content::Answer => match slip(asked, reading, scene) {
            Some((word, problem)) => {
                let line = word.chars().take(LINE_CHARS_MAX).collect();
                return reading.verdicts.push(LineVerdict { line, problem: Some(problem) });
            }
            None => return,
        },
        Content::Note | Content::Nothing => return,
    };
    reading.verdicts.push(LineVerdict { line: String::new(), problem: Some(problem) });
}

/// What may be meant as a command, and has no slash; or for colleagues.
fn slip<'a>(asked: &Asked<'_>, reading: &'a Reading, scene: Scene<'_>) -> Option<(&'a str, CommandProblem)> {
    let (text, writer) = (reading.text.trim(), asked.user.name.as_str());
    let (first, below) = text.split_once('\n').unwrap_or((text, ""));
    let held = |event: &CaseEvent| matches!(event, CaseEvent::WorkHeld { held } if held.user == asked.user.id);
    let waits =
        || asked.answered.and_then(|answered| answered.journal).is_some_and(|entry| entry.events.iter().any(held));
    let yes = || Some(first).filter(|first| command::is_yes(first) && command::is_closed(below, writer) && waits());
    let alone = || command::bare_verb(text, writer, &asked.context(scene)).or_else(yes);
    // What is wrong in another way is told so.
    let heading = || command::heading(text).filter(|_| reading.is_good()).map(|word| (word, CommandProblem::Internal));
    let alone = || alone().filter(|_| reading.verdicts.is_empty()).map(|word| (word, CommandProblem::BareVerb));
    heading().or_else(alone)
}

/// What the writer wrote into the quoted notification: among the words of the mail that it was about, or between those
/// and what it says of the case, which begins with its reference.
fn written_within(scene: Scene<'_>, asked: &Asked<'_>, mail: &Mail) -> String {
    let Some(quoted) = asked.quoted else { return String::new() };
    let reference = scene.policy.ours.reference(quoted.case);
    mail.within_quotation(&quoted.text, &quoted.own, Some(&reference)).written
}

/// Does the subject begin with a command, which the subject of the case, or of what was answered, does not?
fn is_in_subject(scene: Scene<'_>, asked: &Asked<'_>, mail: &Mail) -> bool {
    let is_command = |subject: &str| command::is_in_subject(subject, &scene.policy.ours.prefix);
    let answered = asked.answered.and_then(|answered| answered.journal).and_then(Entry::mail);
    is_command(&mail.subject)
        && !is_command(&asked.case.title)
        && !answered.is_some_and(|answered| is_command(&answered.subject))
}

/// Does the text ask for what only the control address does, in answer to its word that the case was opened?
fn is_for_control(asked: &Asked<'_>, text: &str) -> bool {
    let by_them = |entry: &Entry| entry.by == Actor::User(asked.user.id);
    let opened = |event: &CaseEvent| matches!(event, CaseEvent::CaseOpened { .. });
    let journal = asked.answered.and_then(|answered| answered.journal).filter(|entry| by_them(entry));
    journal.is_some_and(|entry| entry.events.iter().any(opened)) && errand::is_errands(text)
}

/// Does the mail hold what nobody can open here, in place of a text or beside it? What others have encrypted may stand
/// in what it quotes.
fn is_sealed(mail: &Mail, text: &str) -> bool {
    const ENVELOPES: [&str; 3] = ["application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"];
    let envelope = mail.attachments.iter().any(|file| {
        let name = file.name.as_deref().unwrap_or_default().to_lowercase();
        ENVELOPES.contains(&file.content_type.as_str()) || name.ends_with(".p7m")
    });
    let armour = || text.lines().any(|line| line.starts_with("-----BEGIN PGP MESSAGE-----"));
    envelope || (mail.seals.iter().any(|seal| seal.hides()) && (is_blank(text) || armour()))
}

/// Is what was held settled by this, and nothing else done? With a text `/send` is an answer like any other.
fn ends_with_it(settling: &Command, content: Content) -> bool {
    *settling == Command::Drop || content == Content::Nothing
}

/// Is there nobody to answer, once the commands are carried out?
fn answers_nobody(reading: &Reading, asked: &Asked<'_>) -> bool {
    let mut people: BTreeSet<&Address> = addresses(asked.case).collect();
    for command in &reading.commands {
        match command {
            Command::Cc(new) => people.extend(new),
            Command::Uncc(gone) => people.retain(|address| !gone.contains(address)),
            Command::Contact(_) | Command::Drop => return false,
            _ => {}
        }
    }
    people.is_empty()
}

/// Why this command cannot be carried out.
fn impossible(command: &Command, scene: Scene<'_>, asked: &Asked<'_>) -> Option<CommandProblem> {
    let Asked { case, user, .. } = asked;
    match command {
        Command::Send | Command::Drop => {
            held::of_user(case, user.id, asked.answered).is_none().then_some(CommandProblem::NothingHeld)
        }
        Command::Link(other) | Command::Merge(other) | Command::Move(other) if *other == case.id => {
            Some(CommandProblem::SameCase)
        }
        // What nobody has confirmed may be anybody's, and goes back by itself.
        Command::Merge(_) if case.held.iter().any(|held| held.why != HeldBack::Unproven) => {
            Some(CommandProblem::StillHeld)
        }
        Command::Move(_) if !is_movable(asked) => Some(CommandProblem::NoMailToMove),
        Command::Link(other) | Command::Merge(other) if scene.view.case(*other).is_some_and(|is| is.id == case.id) => {
            Some(CommandProblem::AlreadySo)
        }
        Command::Link(other) | Command::Merge(other) | Command::Move(other) => {
            let known = scene.view.case(*other).filter(|other| other.customer == case.customer && other.id != case.id);
            known
                .is_none_or(|other| !may_work(&scene.view.directory, user, other))
                .then_some(CommandProblem::UnknownCase)
        }
        Command::Split => {
            let merged = asked.answered.and_then(|answered| place::absorbed(scene, case, answered.entry));
            (!is_movable(asked) && merged.is_none()).then_some(CommandProblem::NoMailToMove)
        }
        Command::Uncc(gone) => {
            gone.iter().any(|address| !case.has_participant(address)).then_some(CommandProblem::NotOnCase)
        }
        Command::Reopen => case.status.is_active().then_some(CommandProblem::AlreadySo),
        Command::NotSpam => (case.status != Status::Spam).then_some(CommandProblem::AlreadySo),
        Command::Category(to) => (*to == case.category).then_some(CommandProblem::AlreadySo),
        Command::Take
        | Command::Assign(_)
        | Command::Unassign
        | Command::Note
        | Command::Call(_)
        | Command::Resolve
        | Command::Close
        | Command::Wait(_)
        | Command::Spam
        | Command::Priority(_)
        | Command::Title(_)
        | Command::Cc(_)
        | Command::Contact(_)
        | Command::Watch
        | Command::Unwatch
        | Command::Time(_)
        | Command::Show
        | Command::History
        | Command::Help => None,
    }
}

/// A line that brings more people to a case than it holds is refused, whoever else the lines before it brought or took.
fn refuse_more_than_there_is_room_for(reading: &mut Reading, scene: Scene<'_>, case: &Case) {
    let mut people: BTreeSet<&Address> = addresses(case).collect();
    for (command, verdict) in reading.commands.iter().zip(&mut reading.verdicts) {
        let before = match command {
            Command::Cc(new) => {
                let before = people.len();
                people.extend(new);
                before
            }
            Command::Uncc(gone) => {
                people.retain(|address| !gone.contains(address));
                continue;
            }
            Command::Merge(into) => {
                let target = scene.view.case(*into);
                let before = target.map_or(0, |target| target.participants.len());
                people.extend(target.into_iter().flat_map(addresses));
                before
            }
            _ => continue,
        };
        if people.len() > PARTICIPANTS_MAX {
            let left = PARTICIPANTS_MAX.saturating_sub(before);
            verdict.problem.get_or_insert(CommandProblem::NoRoom { left });
        }
    }
}

fn addresses(case: &Case) -> impl Iterator<Item = &Address> {
    case.participants.iter().map(|party| &party.address)
}

/// Was an outside person's mail answered, come or moved here, that did not open the case, and is not elsewhere already?
fn is_movable(asked: &Asked<'_>) -> bool {
    let Some(answered) = asked.answered else { return false };
    let events = answered.journal.map(|entry| entry.events.as_slice()).unwrap_or_default();
    let received =
        events.iter().any(|event| matches!(event, CaseEvent::MailReceived { .. } | CaseEvent::MailTaken { .. }));
    let first = events.iter().any(|event| matches!(event, CaseEvent::CaseOpened { .. }));
    received && !first && asked.case.moved_to(answered.entry).is_none()
}
