//! What a user wants without a case: by mail to the control address, or by passing on a mail. Every such mail is kept
//! on a case of that user's own, which is nobody's work and told to nobody.

use super::Scene;
use super::mail::Turn;
use super::opening::open;
use super::step::Step;
use super::user::{channel, is_by_machine, token_proof};
use super::{digest, held, intake, work};
use crate::case::change::{Became, LetterKind, Outcome, RecipientClass, SeenMail};
use crate::case::errand::{Errand, Opening};
use crate::case::event::{Actor, CaseEvent, MailEntry, Placed, Signal};
use crate::case::held::HeldReason;
use crate::case::model::{Case, Channel, HELD_MAX, Status};
use crate::case::view::{KnownKey, View};
use crate::directory::model::{CONTROL, SITE, User};
use crate::id::{CaseId, CustomerId, EntryNo, UserId};
use crate::mail::Mail;
use crate::rules::budget::HeldBy;
use crate::rules::command;
use crate::rules::command::errand::{self, Context, Reading};
use crate::token::{Checked, Grant};
use crate::verify::prove::{Claim, ProvenUser, TokenProof, prove};

/// A mail to the control address. `None`: a stranger's, which is for quarantine; nothing goes back.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail) -> Option<Outcome> {
    let view = turn.scene.view;
    let writer = mail.only_from().and_then(|from| view.directory.user_by_address(&from.address));
    let Some((user, customer)) = writer.and_then(|user| Some((user, user.active_somewhere()?))) else {
        return (!mail.kind.is_personal()).then(|| aside(turn, mail));
    };
    let (standing, reading) = (standing(turn, user), read(turn, mail, user));
    Some(act(turn, mail, Attempt { user, customer, proof: TokenProof::None, standing, reading }))
}

/// A mail to an address of a user's own case for what is about no case.
pub fn by_token<'a>(turn: &mut Turn<'a>, mail: &Mail, case: &'a Case, what: (Checked, UserId)) -> Became {
    let (checked, user) = what;
    let Some(user) = turn.scene.view.directory.user(user) else { return aside(turn, mail).became };
    let confirms = matches!(checked.token().grant, Grant::Confirm(_));
    let proof = token_proof(turn.scene, user.id, checked);
    let (customer, reading) = (user.active_somewhere().unwrap_or(SITE), read(turn, mail, user));
    let attempt = Attempt { user, customer, proof, standing: Some(case), reading };
    let outcome = match confirms {
        true => confirm(turn, mail, attempt, checked.token().entry),
        false => act(turn, mail, attempt),
    };
    // What it opened is told by the answer: to the address it is one more entry.
    if outcome.case == case.id { outcome.became } else { Became::Added }
}

/// A user's errand that came by another way than the control address.
pub fn on_behalf<'a>(turn: &mut Turn<'a>, mail: &Mail, wanted: (&'a User, CustomerId, Reading)) -> Outcome {
    let (user, customer, reading) = wanted;
    let standing = standing(turn, user);
    act(turn, mail, Attempt { user, customer, proof: TokenProof::None, standing, reading })
}

/// The case of this sort on which this mail has an entry already.
pub fn kept(turn: &Turn<'_>) -> Option<CaseId> {
    turn.change.cases.iter().map(|change| &change.case).find(|case| case.category == CONTROL).map(|case| case.id)
}

/// Is what this held mail wants not done yet? What was confirmed, or given back, no longer waits.
pub fn may_still_be_done(view: &View, row: &SeenMail) -> bool {
    let kept = view.cases.get(&row.case).filter(|case| case.category == CONTROL);
    kept.is_none_or(|case| case.held.iter().any(|held| held.entry == row.entry))
}

/// A mail that wants something in a user's name.
struct Attempt<'a> {
    user: &'a User,
    /// A customer at which the user must be active.
    customer: CustomerId,
    proof: TokenProof,
    /// The user's case, if there is one.
    standing: Option<&'a Case>,
    reading: Reading,
}

fn read(turn: &Turn<'_>, mail: &Mail, user: &User) -> Reading {
    // What answers a mail of ours would be called as that one is.
    let answers = !mail.in_reply_to.is_empty() || mail.subject.trim().is_empty();
    let title = if answers { String::new() } else { intake::title(turn, mail) };
    let Scene { policy, view, now } = turn.scene;
    let (ours, telling, time_zone) = (&policy.ours, &policy.telling, &policy.time_zone);
    let context = Context { view, user, ours, title: &title, now, telling, time_zone };
    errand::read_mail(mail, &context)
}

fn standing<'a>(turn: &Turn<'a>, user: &User) -> Option<&'a Case> {
    desk(turn.scene.view, user)
}

/// The user's case for what is about no case.
pub fn desk<'a>(view: &'a View, user: &User) -> Option<&'a Case> {
    let rows = view.known.get(&KnownKey::control(user.id))?;
    rows.first().and_then(|row| view.cases.get(&row.case))
}

fn act<'a>(turn: &mut Turn<'a>, mail: &Mail, attempt: Attempt<'a>) -> Outcome {
    let from = mail.only_from().map(|from| &from.address);
    let Attempt { user, customer, proof, .. } = attempt;
    let channel = if proof == TokenProof::None { channel(turn, mail) } else { &turn.arrived.channel };
    let directory = &turn.scene.view.directory;
    let claim = Claim { channel, token: proof, from, directory, user, customer };
    match prove(&turn.scene.policy.trust, claim) {
        Err(HeldReason::ForeignFrom) => hold(turn, mail, attempt, HeldReason::ForeignFrom),
        _ if is_by_machine(mail, proof) => hold(turn, mail, attempt, HeldReason::Automatic),
        Err(reason) => hold(turn, mail, attempt, reason),
        Ok(_) if !attempt.reading.is_good() => refuse(turn, mail, attempt),
        Ok(proven) => {
            let mut step = step(turn, &attempt, Actor::User(user.id));
            // Another copy of this very mail waited to be confirmed: this one needs no more words.
            let copies = attempt.standing.into_iter().flat_map(|case| &case.held);
            for copy in copies.filter(|held| mail.message_id.is_some() && held.mail.message_id == mail.message_id) {
                step.event(CaseEvent::HeldDropped { entry: copy.entry });
            }
            let wanted = Wanted { mail: turn.entry(mail), errands: attempt.reading.errands.clone(), word: None };
            perform(turn, step, (&attempt, &proven), wanted)
        }
    }
}

/// The next entry of the user's case; its first, when there is none yet.
fn step<'a>(turn: &mut Turn<'a>, attempt: &Attempt<'a>, by: Actor) -> Step<'a> {
    let mut step = match attempt.standing {
        Some(case) => Step::on(turn.scene, case, by),
        None => opening(turn, by, desk_title(attempt.user)),
    };
    let signal = if attempt.proof == TokenProof::None { Signal::None } else { Signal::ReplyToken };
    step.placed(Placed { decided_by: signal, candidates: Vec::new() });
    step
}

/// The first entry of a case that is nobody's work.
fn opening<'a>(turn: &mut Turn<'a>, by: Actor, title: String) -> Step<'a> {
    let id = turn.new_case();
    kept_apart(Step::opening(turn.scene, id, by), title)
}

/// Opens it as a case that is nobody's work.
pub fn kept_apart(mut step: Step<'_>, title: String) -> Step<'_> {
    step.event(CaseEvent::CaseOpened {
        customer: SITE,
        category: CONTROL,
        title,
        channel: Channel::Mail,
        contact: None,
        participants: Vec::new(),
    });
    step.status(Status::Closed);
    step
}

/// What no person wrote and no user is behind: kept, and nothing done.
fn aside(turn: &mut Turn<'_>, mail: &Mail) -> Outcome {
    let title = intake::title(turn, mail);
    let mut step = opening(turn, Actor::System, title);
    let case = step.id;
    step.event(CaseEvent::MailReceived { mail: turn.entry(mail) });
    turn.finish(step.done());
    Outcome { became: Became::New, case }
}

/// What a user's case for what is about no case is called.
pub fn desk_title(user: &User) -> String {
    format!("henvend: {}", user.name)
}

/// The row under which a user's new case for what is about no case is found again.
pub fn desk_row(case: CaseId, entry: EntryNo, user: &User) -> (KnownKey, SeenMail) {
    let (class, sameness) = (RecipientClass::Control, Default::default());
    (KnownKey::control(user.id), SeenMail { class, case, entry, public: true, held: false, sameness })
}

/// Does the user hear of what became of their mail?
#[derive(Clone, Copy)]
enum Receipt {
    Sent,
    Withheld,
}

/// The entry is made, and its user hears of it if that is to be.
fn finish(turn: &mut Turn<'_>, step: Step<'_>, user: &User, receipt: Receipt) -> Outcome {
    let new = step.before.is_none();
    let mut done = step.done();
    if let Receipt::Sent = receipt {
        done.tell(LetterKind::Receipt, vec![user.id]);
    }
    let (case, entry) = (done.case.id, done.entry.no);
    turn.finish(done);
    if new {
        turn.change.seen.push(desk_row(case, entry, user));
    }
    Outcome { became: if new { Became::New } else { Became::Added }, case }
}

/// What a mail wants.
struct Wanted {
    mail: MailEntry,
    errands: Vec<Errand>,
    /// The mail that confirmed it.
    word: Option<MailEntry>,
}

/// Does all of it. What is only asked is answered by the letter, from what is there when it leaves.
fn perform<'a>(turn: &mut Turn<'a>, mut step: Step<'a>, who: (&Attempt<'a>, &ProvenUser), wanted: Wanted) -> Outcome {
    let (attempt, proven) = who;
    let Wanted { mail, errands, word } = wanted;
    let directory = &turn.scene.view.directory;
    let may = |opening: &&Opening| directory.is_active_member(proven.user(), opening.category);
    let opening = errands.iter().find_map(Errand::opening).filter(may).cloned();
    let opened = opening.map(|opening| (turn.new_case(), opening));
    let chosen = digest::choose(&mut step, attempt.user, &errands);
    step.event(CaseEvent::ErrandsGiven { mail: mail.clone(), errands, opened: opened.as_ref().map(|(id, _)| *id) });
    word.into_iter().for_each(|word| step.event(CaseEvent::CommandsGiven { mail: word }));
    turn.change.directory.extend(chosen);
    let kept = finish(turn, step, attempt.user, Receipt::Sent);
    let Some((id, opening)) = opened else { return kept };
    let done = open(turn.scene, id, (proven, &opening, mail));
    turn.finish(done);
    Outcome { became: Became::New, case: id }
}

fn refuse<'a>(turn: &mut Turn<'a>, mail: &Mail, attempt: Attempt<'a>) -> Outcome {
    let user = attempt.user.id;
    let mut step = step(turn, &attempt, Actor::User(user));
    let verdicts = attempt.reading.verdicts;
    step.event(CaseEvent::CommandsRefused { mail: turn.entry(mail), user, verdicts });
    Outcome { became: Became::Held, ..finish(turn, step, attempt.user, Receipt::Sent) }
}

/// A user wrote to another's address, about a case that is not theirs to know of: they are told what became of it, by
/// nothing of that case. What they wanted here with the same mail says enough.
pub fn misdirected(turn: &mut Turn<'_>, mail: &Mail) {
    let Some(user) = turn.misdirected.take() else { return };
    let (standing, customer) = (standing(turn, user), user.active_somewhere().unwrap_or(SITE));
    let new = turn.change.seen.iter().any(|(key, _)| *key == KnownKey::control(user.id));
    if new || standing.is_some_and(|case| turn.is_touched(case.id)) {
        return;
    }
    let attempt = Attempt { user, customer, proof: TokenProof::None, standing, reading: Reading::default() };
    let by = turn.actor(mail);
    let mut step = step(turn, &attempt, by);
    step.event(CaseEvent::MailReceived { mail: MailEntry { unproven: true, ..turn.entry(mail) } });
    finish(turn, step, user, Receipt::Sent);
}

/// Kept, and nothing done. The user's own address is told, unless a machine wrote it; and asked, where a word from there
/// is all that is missing.
fn hold<'a>(turn: &mut Turn<'a>, mail: &Mail, attempt: Attempt<'a>, reason: HeldReason) -> Outcome {
    let by = turn.actor(mail);
    let mut step = step(turn, &attempt, by);
    let user = attempt.user;
    let entry = turn.entry(mail);
    step.event(CaseEvent::MailHeld { mail: entry.clone(), user: user.id, reason });
    let room = attempt.standing.is_none_or(|case| case.held.len() < HELD_MAX);
    if reason.is_askable() && !attempt.reading.is_good() {
        let verdicts = attempt.reading.verdicts;
        step.event(CaseEvent::CommandsRefused { mail: entry, user: user.id, verdicts });
    } else if reason.is_askable() && room {
        let held = held::unproven(turn.scene, (step.no, user.id, entry));
        step.event(CaseEvent::WorkHeld { held: Box::new(held) });
        step.event(CaseEvent::ErrandsHeld { errands: attempt.reading.errands });
    }
    let misdirected = turn.told_of_anothers_address(mail, (user.id, reason));
    turn.misdirected = misdirected.or(turn.misdirected);
    let by = if attempt.proof == TokenProof::None { turn.held_by(mail) } else { HeldBy::Token };
    let told = mail.kind.is_from_somebody() && turn.may_tell_of_held(user.id, by);
    let receipt = if told { Receipt::Sent } else { Receipt::Withheld };
    Outcome { became: Became::Held, ..finish(turn, step, user, receipt) }
}

/// A mail to an address for confirming: nothing but a word of the user's own can come there.
fn confirm<'a>(turn: &mut Turn<'a>, mail: &Mail, attempt: Attempt<'a>, entry: EntryNo) -> Outcome {
    let from = mail.only_from().map(|from| &from.address);
    let Attempt { user, customer, proof, standing, .. } = attempt;
    let (channel, directory) = (&turn.arrived.channel, &turn.scene.view.directory);
    let claim = Claim { channel, token: proof, from, directory, user, customer };
    let proven = match prove(&turn.scene.policy.trust, claim) {
        _ if is_by_machine(mail, proof) => return hold(turn, mail, attempt, HeldReason::Automatic),
        Err(reason) => return hold(turn, mail, attempt, reason),
        Ok(proven) => proven,
    };
    let waiting = standing.and_then(|case| case.held.iter().find(|held| held.entry == entry && held.user == user.id));
    let journal = standing.and_then(|case| turn.scene.view.entries.get(&(case.id, entry)));
    let errands = journal.and_then(|entry| entry.events.iter().find_map(CaseEvent::errands_held));
    let (Some(waiting), Some(errands), true) = (waiting, errands, held::confirms(&mail.new_text, &user.name)) else {
        return hold(turn, mail, attempt, HeldReason::NotConfirmed);
    };
    let mut step = step(turn, &attempt, Actor::User(user.id));
    step.event(CaseEvent::HeldReleased { entry });
    work::unsent(&mut step, mail, command::below_the_word(&mail.new_text), user);
    let wanted = Wanted { mail: waiting.mail.clone(), errands: errands.to_vec(), word: Some(turn.entry(mail)) };
    perform(turn, step, (&attempt, &proven), wanted)
}
