//! A proven user's mail: read, held back where the case has moved on, carried out.

use super::intake;
use super::mail::Turn;
use super::possible::refuse_the_impossible;
use super::step::Step;
use super::wish::{Wish, perform};
use super::{Scene, held};
use crate::address::Address;
use crate::case::change::{Became, LetterKind};
use crate::case::command::{Command, CommandProblem, LineVerdict, Sort};
use crate::case::event::{Actor, CaseEvent, Entry, MailEntry, Placed};
use crate::case::held::{Content, Held, HeldBack};
use crate::case::model::{Case, HELD_MAX};
use crate::case::trigger::Quoted;
use crate::case::view::KnownKey;
use crate::directory::model::User;
use crate::id::EntryNo;
use crate::mail::text::{is_only_closing, is_surely_closing};
use crate::mail::{Attachment, Mail, html};
use crate::rules::command::{self, Reading};
use crate::thread::clue::ids_newest_first;
use crate::token;
use crate::verify::prove::ProvenUser;

/// What a plain text of a user's becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Answer,
    Note,
    /// Nobody can tell.
    Unclear,
}

/// What a user's mail is read against.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub case: &'a Case,
    pub user: &'a User,
    pub answered: Option<Answered<'a>>,
    /// The text of that, where the mail quotes it.
    pub quoted: Option<&'a Quoted>,
    pub plain: Plain,
}

impl Asked<'_> {
    /// What command lines are read against.
    pub fn context<'a>(&self, scene: Scene<'a>) -> command::Context<'a> {
        command::Context {
            directory: &scene.view.directory,
            category: self.case.category,
            user: self.user.id,
            now: scene.now,
            time_zone: &scene.policy.time_zone,
            ours: &scene.policy.ours,
        }
    }
}

/// What a mail answers.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    /// An entry of the case.
    pub entry: EntryNo,
    /// That entry, where it is known.
    pub journal: Option<&'a Entry>,
}

/// What a mail answers, by what it came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// An entry of this case.
    Entry(EntryNo),
    /// An entry of another case, which is part of this one by now: nobody knows what of this one its writer has seen.
    Elsewhere,
    /// What the ids that it names say.
    Named,
}

impl Basis {
    /// The entry of the case that its writer had seen last, as far as it is known.
    pub fn seen(self, answered: Option<Answered<'_>>) -> Option<EntryNo> {
        match self {
            Self::Elsewhere => Some(EntryNo::new(0)),
            Self::Entry(_) | Self::Named => answered.map(|answered| answered.entry),
        }
    }
}

/// What a proven user sent.
pub struct Order {
    pub proven: ProvenUser,
    pub plain: Plain,
    pub placed: Placed,
    pub answers: Basis,
}

/// Everybody whom the mail itself went to.
pub fn addressees(mail: &Mail) -> Vec<Address> {
    mail.to.iter().chain(&mail.cc).map(|mailbox| mailbox.address.clone()).collect()
}

/// A user's text and commands, with everything that stands in their way.
pub fn read(scene: Scene<'_>, mail: &Mail, asked: Asked<'_>) -> (Reading, Content) {
    let mut reading = command::read_mail(mail, &asked.context(scene));
    let content = content(&reading, mail, asked);
    refuse_the_impossible(&mut reading, scene, (&asked, mail, content));
    (reading, content)
}

fn content(reading: &Reading, mail: &Mail, asked: Asked<'_>) -> Content {
    let files = mail.files().any(|file| !file.inline && file.content_id.is_none() && !is_fixed(file, asked.user));
    if is_empty(mail, &reading.text, asked.user) && !files {
        return Content::Nothing;
    }
    let note = asked.plain == Plain::Note || reading.commands.iter().any(|command| command.sort() == Sort::Text);
    if note { Content::Note } else { Content::Answer }
}

/// Does this text of a user's mail say nothing?
pub fn is_empty(mail: &Mail, text: &str, user: &User) -> bool {
    mail.only_signature || is_blank(text) || is_only_closing(text, &user.name)
}

/// A file that a mail program or server adds to every mail: the user's card, or what an organisation puts below.
fn is_fixed(file: &Attachment, user: &User) -> bool {
    let name = file.name.as_deref().unwrap_or_default().to_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let digits = |number: &str| !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    let number = || stem.strip_prefix("att").is_some_and(digits);
    let own =
        || stem.replace('_', " ") == user.name.to_lowercase() || user.addresses.iter().any(|own| own.local() == stem);
    match ending {
        "txt" | "htm" | "html" => number(),
        "vcf" => own(),
        _ => false,
    }
}

/// Is there no text? A logo in a signature is none.
pub fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || html::is_image_mark(line))
}

/// What a mail answers on this case: the token says so, or the ids that the mail names.
pub fn answered<'a>(turn: &Turn<'a>, mail: &Mail, case: &Case, basis: Basis) -> Option<Answered<'a>> {
    let view = turn.scene.view;
    let named = || {
        let ids = ids_newest_first(mail);
        let signed = ids.iter().filter_map(|id| token::check_message_id(&turn.scene.policy.ours.keys, id));
        let signed = signed.filter(|letter| letter.case == case.id).map(|letter| letter.entry);
        let rows = ids.iter().filter_map(|id| view.known.get(&KnownKey::of(case.customer, id))).flatten();
        signed.chain(rows.filter(|row| row.case == case.id).map(|row| row.entry)).max()
    };
    let entry = match basis {
        Basis::Entry(entry) => Some(entry),
        Basis::Elsewhere => None,
        Basis::Named => named(),
    };
    let entry = entry.filter(|entry| entry.get() > 0)?;
    Some(Answered { entry, journal: view.entries.get(&(case.id, entry)) })
}

/// Does what a proven user wants, or says what is wrong with it, or keeps it until it is clear.
pub fn carry_out(turn: &mut Turn<'_>, mail: &Mail, case: &Case, order: Order) -> Became {
    let Order { proven, plain, placed, answers } = order;
    let (scene, user) = (turn.scene, proven.user());
    let Some(known) = scene.view.directory.user(user) else { return Became::Held };
    let answered = answered(turn, mail, case, answers);
    let quoted = turn.quoted(case);
    let (mut reading, content) = read(scene, mail, Asked { case, user: known, answered, quoted, plain });
    refuse_what_is_touched(&mut reading, turn, (case, answered));
    let mut step = Step::on(scene, case, Actor::User(user));
    step.placed(placed);
    if !reading.is_good() {
        let why = CaseEvent::CommandsRefused { mail: turn.entry(mail), user, verdicts: reading.verdicts };
        return refuse(turn, step, why);
    }
    let seen = answers.seen(answered);
    match (held::settles(&reading.commands), held::of_user(case, user, answered)) {
        (Some(Command::Drop), Some(held)) => {
            unsent(&mut step, mail, reading.text.as_str(), known);
            return drop_held(turn, mail, (step, held));
        }
        (Some(Command::Send), Some(held)) if content == Content::Nothing => {
            return send_held(turn, mail, (step, case), (held, proven, seen));
        }
        // With a text `/send` replaces what was held.
        (Some(_), Some(held)) => step.event(CaseEvent::HeldDropped { entry: held.entry }),
        _ => {}
    }
    if content == Content::Nothing && !mail.only_signature && !is_surely_closing(&reading.text) {
        step.event(CaseEvent::TextUnsent);
    }
    // Another copy of this very mail waited to be confirmed: this one needs no more words.
    for copy in case.held.iter().filter(|held| held.user == user && is_same(&held.mail, mail)) {
        step.event(CaseEvent::HeldDropped { entry: copy.entry });
    }
    let had = addressees(mail);
    if let Some(why) = held::reason(scene, case, held::Work { content, seen, user, had: &had }) {
        if case.held.len() >= HELD_MAX {
            let verdicts = vec![LineVerdict { line: String::new(), problem: Some(CommandProblem::StillHeld) }];
            return refuse(turn, step, CaseEvent::CommandsRefused { mail: turn.entry(mail), user, verdicts });
        }
        let (entry, until) = (step.no, held::until(scene, why));
        let (mail, commands) = (turn.entry(mail), reading.commands);
        let held = Held { entry, user, mail, content, commands, had, seen, why, until };
        return hold_back(turn, step, (held, None));
    }
    let wish = Wish {
        user: proven,
        mail: turn.entry(mail),
        content,
        commands: reading.commands,
        had,
        answered: answered.map(|answered| (answered.entry, answered.journal.and_then(Entry::mail))),
        watching: intake::new_watchers(case.category, &case.watching, &turn.categories(case.customer)),
        next_case: turn.next_case(),
    };
    perform(step, case, &wish).into_iter().for_each(|done| turn.finish(done));
    Became::Added
}

/// A copy of this very mail has an entry on another case already that this one would change, and gets no second one.
fn refuse_what_is_touched(reading: &mut Reading, turn: &Turn<'_>, about: (&Case, Option<Answered<'_>>)) {
    let (case, answered) = about;
    let before = answered.map(|answered| turn.scene.view.came_by(case.id, answered.entry)).unwrap_or_default();
    let was_there = before.iter().any(|(before, _)| turn.is_touched(*before));
    for (command, verdict) in reading.commands.iter().zip(&mut reading.verdicts) {
        let other = match command {
            Command::Merge(other) | Command::Move(other) => turn.scene.view.case(*other),
            _ => None,
        };
        let moves = was_there && matches!(command, Command::Move(_) | Command::Split);
        if moves || other.is_some_and(|other| turn.is_touched(other.id)) {
            verdict.problem = Some(CommandProblem::Contradiction);
        }
    }
}

/// Nothing is done, and the writer hears why.
pub fn refuse(turn: &mut Turn<'_>, mut step: Step<'_>, why: CaseEvent) -> Became {
    let user = if let CaseEvent::CommandsRefused { user, .. } = &why { vec![*user] } else { Vec::new() };
    step.event(why);
    let mut done = step.done();
    done.tell(LetterKind::Receipt, user);
    turn.finish(done);
    Became::Held
}

/// It waits. Whoever may still take it back hears of it only if the case has moved on.
///
/// Shape:  the second of `what` is the mail that led here, when it is not the one that waits.
pub fn hold_back(turn: &mut Turn<'_>, mut step: Step<'_>, what: (Held, Option<CaseEvent>)) -> Became {
    let (held, word) = what;
    let (user, why) = (held.user, held.why);
    step.event(CaseEvent::WorkHeld { held: Box::new(held) });
    word.into_iter().for_each(|word| step.event(word));
    let mut done = step.done();
    if why == HeldBack::Overtaken {
        done.tell(LetterKind::Receipt, vec![user]);
    }
    turn.finish(done);
    Became::Held
}

fn is_same(entry: &MailEntry, mail: &Mail) -> bool {
    entry.message_id.is_some() && entry.message_id == mail.message_id
}

/// It is sent as it is, unless the case has moved on since its writer was told how it stood.
fn send_held<'a>(
    turn: &mut Turn<'_>,
    mail: &Mail,
    at: (Step<'a>, &'a Case),
    what: (&Held, ProvenUser, Option<EntryNo>),
) -> Became {
    let ((mut step, case), (held, proven, seen)) = (at, what);
    if held::has_moved_on(case, held, seen) {
        // Behind what waits it would be a word that confirms.
        step.event(CaseEvent::CommandsGiven { mail: turn.entry(mail) });
        let again = held::overtaken_again(&mut step, held);
        return hold_back(turn, step, (again, None));
    }
    let made = held::release(step, case, (held, proven, Some(turn.entry(mail))));
    made.into_iter().for_each(|done| turn.finish(done));
    Became::Added
}

/// What stands below a word is nobody's to guess at: it is not sent, and the writer hears that.
pub fn unsent(step: &mut Step<'_>, mail: &Mail, below: &str, user: &User) {
    if !is_empty(mail, below, user) {
        step.event(CaseEvent::TextUnsent);
    }
}

/// The writer thinks better of it.
pub fn drop_held(turn: &mut Turn<'_>, mail: &Mail, what: (Step<'_>, &Held)) -> Became {
    let (mut step, held) = what;
    step.event(CaseEvent::CommandsGiven { mail: turn.entry(mail) });
    step.event(CaseEvent::HeldDropped { entry: held.entry });
    let mut done = step.done();
    done.tell(LetterKind::Receipt, vec![held.user]);
    turn.finish(done);
    Became::Added
}
