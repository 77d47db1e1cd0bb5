//! A mail in the name of a user: proven, it is done; not proven, it is held, and the user is told.

use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use super::wish::is_there;
use super::work::{self, Asked, Order, Plain, carry_out, hold_back};
use super::{Scene, audience, held};
use crate::case::change::{Became, LetterKind};
use crate::case::command::Sort;
use crate::case::event::{Actor, Candidate, CaseEvent, Placed, Signal};
use crate::case::held::{Content, Held, HeldBack, HeldReason};
use crate::case::model::{Case, HELD_MAX};
use crate::directory::model::User;
use crate::id::{EntryNo, UserId};
use crate::mail::{Kind, Mail};
use crate::rules::{budget, command};
use crate::thread::pick::{Standing, may_work};
use crate::token::{self, Checked, Grant, Token};
use crate::verify::Channel;
use crate::verify::prove::{Claim, TokenProof, prove};

/// A mail to a user's reply or note address.
pub fn by_token(turn: &mut Turn<'_>, mail: &Mail, case: &Case, checked: Checked) -> Became {
    let token = checked.token();
    let (user, plain) = match token.grant {
        Grant::Note(user) => (user, Plain::Note),
        Grant::Reply(user) | Grant::Confirm(user) => (user, Plain::Answer),
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
    if let Grant::Confirm(_) = token.grant {
        return confirm(turn, mail, case, (user, checked));
    }
    let channel = match &turn.arrived.channel {
        // A domain's word is that this mail was written, not that it was written to this case: anybody who once got
        // one of the user's mails could bring it again. Not every domain signs To, so a mail that did its work on
        // another case is looked at twice, too.
        Channel::Domain(_) if !names(turn.scene, mail, token) || turn.was_elsewhere(mail, case) => &ELSEWHERE,
        channel => channel,
    };
    act(turn, mail, case, Attempt { user, proof, channel, plain, placed, entry: Some(token.entry) })
}

const ELSEWHERE: Channel = Channel::Nothing("the mail names another address than the one it came to");

/// Does the mail itself say that it is for this token's address?
fn names(scene: Scene<'_>, mail: &Mail, token: Token) -> bool {
    let ours = &scene.policy.ours;
    let mut named = mail.to.iter().chain(&mail.cc);
    named.any(|to| {
        let checked = token::check(&ours.keys, &to.address, &ours.reply_domain, scene.now);
        checked.is_some_and(|checked| checked.token() == token)
    })
}

/// A user's mail to the shared address, on a case that they work.
pub fn without_token(turn: &mut Turn<'_>, mail: &Mail, case: &Case, user: &User, placed: Placed) -> Became {
    let (proof, channel) = (TokenProof::None, &turn.arrived.channel);
    act(turn, mail, case, Attempt { user, proof, channel, plain: Plain::Answer, placed, entry: None })
}

struct Attempt<'a> {
    user: &'a User,
    proof: TokenProof,
    channel: &'a Channel,
    plain: Plain,
    placed: Placed,
    /// The entry that it answers, by its token.
    entry: Option<EntryNo>,
}

fn act(turn: &mut Turn<'_>, mail: &Mail, case: &Case, attempt: Attempt<'_>) -> Became {
    let Attempt { user, proof, channel, plain, placed, entry } = attempt;
    if !matches!(mail.kind, Kind::Person | Kind::Calendar) {
        return hold(turn, mail, case, (user.id, HeldReason::Automatic));
    }
    let from = mail.only_from().map(|from| &from.address);
    let claim = Claim { channel, token: proof, from, user, customer: case.customer };
    let proven = prove(&turn.scene.policy.trust, claim);
    let allowed =
        proven.and_then(
            |proven| {
                if may_work(turn.scene.view, user, case) { Ok(proven) } else { Err(HeldReason::InactiveUser) }
            },
        );
    match allowed {
        Ok(proven) => carry_out(turn, mail, case, Order { proven, plain, placed, entry }),
        Err(reason) => hold(turn, mail, case, (user.id, reason)),
    }
}

fn by_token_alone(case: &Case, reason: &str) -> Placed {
    let candidate = Candidate { case: case.id, signal: Signal::ReplyToken, accepted: true, reason: reason.to_owned() };
    Placed { decided_by: Signal::ReplyToken, candidates: vec![candidate] }
}

/// The mail is on the case, and nothing of it is done. The user's own address is told, unless a machine wrote it; and
/// asked, where a word from there is all that is missing.
fn hold(turn: &mut Turn<'_>, mail: &Mail, case: &Case, whose: (UserId, HeldReason)) -> Became {
    let (user, reason) = whose;
    let mut step = Step::on(turn.scene, case, turn.actor(mail));
    step.event(CaseEvent::MailHeld { mail: turn.entry(mail), user, reason });
    if let Some(held) = to_be_confirmed(turn, mail, case, (user, reason)) {
        step.event(CaseEvent::WorkHeld { held: Box::new(Held { entry: step.no, ..held }) });
    }
    let mut done = step.done();
    let counter = budget::receipt(user, turn.scene.now);
    let room = turn.scene.view.counters.get(&counter).copied().unwrap_or_default() < budget::RECEIPTS_PER_DAY_MAX;
    match reason {
        HeldReason::Automatic => {}
        // Somebody who is no longer there wrote to the contact: those who are must know.
        _ if !is_there(turn.scene, user, case) => {
            done.tell(LetterKind::Notification, audience::concerned(turn.scene, &done.case, Some(user)));
        }
        _ if room => {
            done.tell(LetterKind::Receipt, vec![user]);
            turn.change.counters.push(counter);
        }
        _ => {}
    }
    turn.finish(done);
    Became::Held
}

/// What would be done if the user's own address confirmed it. Others' forgeries leave room for what users write.
fn to_be_confirmed(turn: &Turn<'_>, mail: &Mail, case: &Case, whose: (UserId, HeldReason)) -> Option<Held> {
    let (user, reason) = whose;
    let askable = matches!(reason, HeldReason::NoToken | HeldReason::NoChannelProof | HeldReason::ExpiredToken);
    let known = turn.scene.view.directory.user(user).filter(|user| may_work(turn.scene.view, user, case))?;
    let answered = work::answered(turn, mail, case, None);
    let (reading, content) = work::read(turn.scene, mail, Asked { case, user: known, answered, plain: Plain::Answer });
    let placing = reading.commands.iter().any(|command| matches!(command.sort(), Sort::Place | Sort::Held));
    (askable && reading.is_good() && !placing && case.held.len() < HELD_MAX / 2).then(|| Held {
        entry: EntryNo::new(0),
        user,
        mail: turn.entry(mail),
        content,
        commands: reading.commands,
        had: work::addressees(mail),
        seen: answered.map(|answered| answered.entry),
        why: HeldBack::Unproven,
        until: held::until(turn.scene, HeldBack::Unproven),
    })
}

/// A mail to an address for confirming: nothing but a word of the user's own can come there.
fn confirm(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: (&User, Checked)) -> Became {
    let (user, checked) = what;
    if !matches!(mail.kind, Kind::Person | Kind::Calendar) {
        return hold(turn, mail, case, (user.id, HeldReason::Automatic));
    }
    let proof = match checked {
        Checked::Valid(_) => TokenProof::Confirmed(user.id),
        Checked::Expired(_) => TokenProof::Expired(user.id),
    };
    let from = mail.only_from().map(|from| &from.address);
    let claim = Claim { channel: &turn.arrived.channel, token: proof, from, user, customer: case.customer };
    let proven = match prove(&turn.scene.policy.trust, claim) {
        Ok(proven) if may_work(turn.scene.view, user, case) => proven,
        Ok(_) => return hold(turn, mail, case, (user.id, HeldReason::InactiveUser)),
        Err(reason) => return hold(turn, mail, case, (user.id, reason)),
    };
    let waiting = case.held.iter().find(|held| held.entry == checked.token().entry && held.user == user.id);
    let placed = by_token_alone(case, "our address for confirming in the recipient");
    let Some(waiting) = waiting.filter(|_| held::confirms(&mail.new_text)) else {
        // "That was not me" is for colleagues. More than a note needs a better proof than this.
        let text = mail.new_text.trim();
        if !command::split(text).0.is_empty() || text.is_empty() || held::confirms(text) {
            return hold(turn, mail, case, (user.id, HeldReason::NotConfirmed));
        }
        return carry_out(turn, mail, case, Order { proven, plain: Plain::Note, placed, entry: None });
    };
    let mut step = Step::on(turn.scene, case, Actor::User(user.id));
    step.placed(placed);
    if let (Content::Answer, Some(seen)) = (waiting.content, waiting.seen)
        && case.overtaken(seen, user.id).is_some()
    {
        let (entry, why) = (step.no, HeldBack::Overtaken);
        step.event(CaseEvent::HeldDropped { entry: waiting.entry });
        let again = Held { entry, why, until: held::until(turn.scene, why), ..waiting.clone() };
        let word = CaseEvent::CommandsGiven { mail: turn.entry(mail) };
        return hold_back(turn, step, (again, Some(word)));
    }
    let made = held::release(step, case, (waiting, proven, Some(turn.entry(mail))));
    made.into_iter().for_each(|done| turn.finish(done));
    Became::Added
}
