//! A mail in the name of a user: proven, it is done; not proven, it is held, and the user is told.

use super::mail::Turn;
use super::step::{Done, Step};
use super::wish::is_there;
use super::work::{self, Asked, Basis, Order, Plain, addressees, carry_out, hold_back};
use super::{Scene, audience, gesture, held};
use crate::address::Address;
use crate::case::change::{Became, LetterKind};
use crate::case::command::{CommandProblem, LineVerdict, Sort};
use crate::case::event::{Actor, Candidate, CaseEvent, Entry, Placed, Signal};
use crate::case::held::{Content, Held, HeldReason};
use crate::case::model::{Case, HELD_MAX};
use crate::directory::model::User;
use crate::id::{CaseId, EntryNo, UserId};
use crate::mail::tag::TagPattern;
use crate::mail::text::says_passed_on;
use crate::mail::{Mail, machine};
use crate::rules::budget::HeldBy;
use crate::rules::command;
use crate::thread::clue::ids_newest_first;
use crate::thread::pick::may_work;
use crate::thread::{Way, Whose, is_revoked, route, whose};
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
    let directory = turn.scene.view.directory.clone();
    let placed = by_token_alone(case, "our token in the recipient");
    let moved = || turn.scene.view.case(token.case).is_some_and(|from| from.moved_to(token.entry).is_some());
    let answers = match () {
        () if token.case == case.id => Basis::Entry(token.entry),
        () if moved() => Basis::Named,
        () => Basis::Elsewhere,
    };
    let Some(user) = directory.user(user) else {
        let work = Work { user, plain, placed, answers };
        return hold(turn, mail, case, (work, HeldReason::InactiveUser));
    };
    let proof = token_proof(turn.scene, user.id, checked);
    if let Grant::Confirm(_) = token.grant {
        return confirm(turn, mail, case, (user, checked, placed));
    }
    let channel = match &turn.arrived.channel {
        // A domain's word is that this mail was written, not that it was written to this case: anybody who once got
        // one of the user's mails could bring it again. Not every domain signs To, so a mail that did its work on
        // another case is looked at twice, too.
        Channel::Domain(_) if !names(turn.scene, mail, token) || turn.was_elsewhere(mail, case) => &ELSEWHERE,
        channel => channel,
    };
    act(turn, mail, case, Attempt { user, proof, channel, plain, placed, answers })
}

/// Would the user whose token this is answer themselves? What they write to the contact, who they are, is the
/// contact's. Their notes, and whatever has a line with a command, are a user's still: they can say who the contact is.
pub fn answers_themselves(turn: &Turn<'_>, mail: &Mail, case: &Case, checked: Checked) -> bool {
    let Grant::Reply(user) = checked.token().grant else { return false };
    let Some(user) = turn.scene.view.directory.user(user) else { return false };
    let own = |address: &Address| user.has_address(address);
    let contact = case.contact.as_ref().is_some_and(|contact| own(&contact.address));
    if !contact
        || is_by_machine(mail, token_proof(turn.scene, user.id, checked))
        || !mail.only_from().is_some_and(|from| own(&from.address))
    {
        return false;
    }
    let asked = Asked { case, user, answered: None, quoted: None, plain: Plain::Answer };
    let (reading, content) = work::read(turn.scene, mail, asked);
    content == Content::Answer && reading.verdicts.iter().all(|verdict| verdict.line.is_empty())
}

/// What a user's token proves by itself.
pub fn token_proof(scene: Scene<'_>, user: UserId, checked: Checked) -> TokenProof {
    match checked {
        _ if is_revoked(scene.view, checked.token()) => TokenProof::Revoked(user),
        Checked::Expired(_) => TokenProof::Expired(user),
        Checked::Valid(Token { grant: Grant::Confirm(_), .. }) => TokenProof::Confirmed(user),
        Checked::Valid(_) => TokenProof::Valid(user),
    }
}

/// What the way in proves of a mail that came without a token. A domain's word is that this mail was written, not that
/// it was written to us: anybody who once got one of the user's mails could bring it.
pub fn channel<'a>(turn: &Turn<'a>, mail: &Mail) -> &'a Channel {
    let (ours, directory) = (&turn.scene.policy.ours, &turn.scene.view.directory);
    let is_ours = |to: &Address| !matches!(route(ours, directory, to, turn.scene.now), Way::Unknown);
    match &turn.arrived.channel {
        Channel::Domain(_) if !addressees(mail).iter().any(is_ours) => &ELSEWHERE,
        channel => channel,
    }
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
    let (proof, channel) = (TokenProof::None, channel(turn, mail));
    let plain = meant(turn, mail, case, (user, &placed));
    let merged = |id: CaseId| id != case.id && turn.scene.view.case(id).is_some_and(|now| now.id == case.id);
    let answers = match newest_named(turn, mail) {
        Some((of, _)) if merged(of) => Basis::Elsewhere,
        _ => Basis::Named,
    };
    act(turn, mail, case, Attempt { user, proof, channel, plain, placed, answers })
}

/// What a text is that came without a token. What answers a colleague is a note. What went to colleagues, or passes
/// the contact's mail on, may be for them or for the contact, unless the contact has it already.
fn meant(turn: &Turn<'_>, mail: &Mail, case: &Case, by: (&User, &Placed)) -> Plain {
    let (user, placed) = by;
    let Scene { policy, view, now, .. } = turn.scene;
    let (ours, directory) = (&policy.ours, &view.directory);
    let named = addressees(mail);
    let tokens = named.iter().filter_map(|to| token::check(&ours.keys, to, &ours.reply_domain, now));
    let mut own = tokens.map(Checked::token).filter(|token| token.case == case.id);
    match own.find(|token| token.grant.user() == Some(user.id)).map(|token| token.grant) {
        Some(Grant::Note(_)) => return Plain::Note,
        Some(Grant::Reply(_)) => return Plain::Answer,
        _ => {}
    }
    if named.iter().any(|to| case.has_participant(to) || case.is_contacts(directory, to)) {
        return Plain::Answer;
    }
    let to_colleagues = || {
        named.iter().any(|to| !user.has_address(to) && whose(ours, directory, to, case.customer) == Whose::Colleagues)
    };
    let passed_on = || mail.forwarded.is_some() || says_passed_on(&mail.subject);
    let spoken_of = placed.decided_by == Signal::BodyTag;
    match () {
        () if newest_named(turn, mail).is_some_and(|(_, entry)| is_among_us(entry, user)) => Plain::Note,
        () if spoken_of || to_colleagues() || passed_on() => Plain::Unclear,
        () => Plain::Answer,
    }
}

/// What the newest of our mails that this one names told of, and on which case; that may be part of another by now.
fn newest_named<'a>(turn: &Turn<'a>, mail: &Mail) -> Option<(CaseId, &'a Entry)> {
    let Scene { policy, view, .. } = turn.scene;
    let mut letters =
        ids_newest_first(mail).into_iter().filter_map(|id| token::check_message_id(&policy.ours.keys, id));
    letters.find_map(|letter| Some((letter.case, view.entries.get(&(letter.case, letter.entry))?)))
}

/// Did another user write or do it, or does it tell of a mail that was held? A case that they opened, or a mail that they
/// moved, is somebody else's words.
fn is_among_us(entry: &Entry, user: &User) -> bool {
    let passes_on = |event: &CaseEvent| matches!(event, CaseEvent::CaseOpened { .. } | CaseEvent::MailTaken { .. });
    let by_other = matches!(entry.by, Actor::User(by) if by != user.id);
    let held = |event: &CaseEvent| matches!(event, CaseEvent::MailHeld { .. });
    by_other && !entry.events.iter().any(passes_on) || entry.events.iter().any(held)
}

struct Attempt<'a> {
    user: &'a User,
    proof: TokenProof,
    channel: &'a Channel,
    plain: Plain,
    placed: Placed,
    answers: Basis,
}

/// What a mail that is not carried out was meant to be.
struct Work {
    user: UserId,
    plain: Plain,
    placed: Placed,
    answers: Basis,
}

fn act(turn: &mut Turn<'_>, mail: &Mail, case: &Case, attempt: Attempt<'_>) -> Became {
    let Attempt { user, proof, channel, plain, placed, answers } = attempt;
    let from = mail.only_from().map(|from| &from.address);
    let directory = &turn.scene.view.directory;
    let claim = Claim { channel, token: proof, from, directory, user, customer: case.customer };
    let works = may_work(&turn.scene.view.directory, user, case);
    let reason = match prove(&turn.scene.policy.trust, claim) {
        // Whose address it is must know who else has it, whatever wrote the mail.
        Err(HeldReason::ForeignFrom) => HeldReason::ForeignFrom,
        Ok(proven) if works && mail.gesture.is_some() => {
            let order = Order { proven, plain, placed: placed.clone(), answers };
            match gesture::carry_out(turn, mail, case, &order) {
                Some(became) => return became,
                None => HeldReason::Automatic,
            }
        }
        _ if is_by_machine(mail, proof) || is_absence(turn, mail) => HeldReason::Automatic,
        Ok(proven) if works => return carry_out(turn, mail, case, Order { proven, plain, placed, answers }),
        Ok(_) => HeldReason::InactiveUser,
        // Whoever has left a case is told that, and not of addresses.
        Err(HeldReason::RevokedToken) if !works => HeldReason::InactiveUser,
        Err(reason) => reason,
    };
    hold(turn, mail, case, (Work { user: user.id, plain, placed, answers }, reason))
}

/// Did a machine write it? Gateways mark everybody's mail as if it were sent to many: what comes to a user's own token is
/// a person's all the same, unless something else speaks against it.
pub fn is_by_machine(mail: &Mail, proof: TokenProof) -> bool {
    let own = matches!(proof, TokenProof::Valid(_) | TokenProof::Confirmed(_));
    let by_gateway = own && machine::is_bulk_by_gateway(mail);
    !mail.kind.is_personal() && !by_gateway
}

/// Is it an absence notice about a mail of ours that says so by nothing but its subject: words of its own in front of
/// our tag?
fn is_absence(turn: &Turn<'_>, mail: &Mail) -> bool {
    let tag = TagPattern::ours(&turn.scene.policy.ours.prefix);
    machine::has_automatic_subject(mail) && tag.find(&mail.subject).next().is_some()
}

/// Why a mail is where it is that nothing but its recipient led there.
pub fn by_token_alone(case: &Case, reason: &str) -> Placed {
    let candidate = Candidate { case: case.id, signal: Signal::ReplyToken, accepted: true, reason: reason.to_owned() };
    Placed { decided_by: Signal::ReplyToken, candidates: vec![candidate] }
}

/// What a word from the user's own address would come to.
enum Word {
    /// This is done.
    Does(Box<Held>),
    /// Nothing, for this is wrong with it.
    DoesNothing(Vec<LineVerdict>),
}

/// The mail is on the case, and nothing of it is done. The user's own address is told, unless a machine wrote it; and
/// asked, where a word from there is all that is missing.
fn hold(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: (Work, HeldReason)) -> Became {
    let word = to_be_confirmed(turn, mail, case, (&what.0, what.1));
    keep(turn, mail, case, what, word)
}

/// The same, with what there is to be confirmed.
fn keep(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: (Work, HeldReason), word: Option<Word>) -> Became {
    let (Work { user, placed, .. }, reason) = what;
    let by = if placed.decided_by == Signal::ReplyToken { HeldBy::Token } else { turn.held_by(mail) };
    let mut step = Step::on(turn.scene, case, turn.actor(mail));
    step.placed(placed);
    step.event(CaseEvent::MailHeld { mail: turn.entry(mail), user, reason });
    match word {
        Some(Word::Does(held)) => step.event(CaseEvent::WorkHeld { held: Box::new(Held { entry: step.no, ..*held }) }),
        Some(Word::DoesNothing(verdicts)) => {
            step.event(CaseEvent::CommandsRefused { mail: turn.entry(mail), user, verdicts });
        }
        None => {}
    }
    let mut done = step.done();
    let mut told: Vec<UserId> = Vec::new();
    let other = turn.told_of_anothers_address(mail, (user, reason));
    let (somebodys, there) = (mail.kind.is_from_somebody(), is_there(turn.scene, user, case));
    // Somebody who is no longer there, or no longer works the case, wrote to the contact: those who do must know.
    if somebodys && (!there || reason == HeldReason::InactiveUser) {
        let mut others = audience::concerned(turn.scene, &done.case, Some(user));
        others.retain(|user| other.is_none_or(|other| other.id != *user));
        done.tell(LetterKind::Notification, others);
    }
    if somebodys && there && turn.may_tell_of_held(user, by) {
        told.push(user);
    }
    if let Some(other) = other {
        match may_work(&turn.scene.view.directory, other, case) {
            true => told.push(other.id),
            // Who has no part in the case learns nothing of it.
            false => turn.misdirected = Some(other),
        }
    }
    done.tell(LetterKind::Receipt, told);
    turn.finish(done);
    Became::Held
}

/// What would be done if the user's own address confirmed it. Others' forgeries leave room for what users write.
fn to_be_confirmed(turn: &Turn<'_>, mail: &Mail, case: &Case, what: (&Work, HeldReason)) -> Option<Word> {
    let (&Work { user, plain, answers, .. }, reason) = what;
    if !reason.is_askable() {
        return None;
    }
    let known = turn.scene.view.directory.user(user).filter(|user| may_work(&turn.scene.view.directory, user, case))?;
    let answered = work::answered(turn, mail, case, answers);
    let quoted = turn.quoted(case);
    let (mut reading, content) = work::read(turn.scene, mail, Asked { case, user: known, answered, quoted, plain });
    let lines = reading.commands.iter().zip(&mut reading.verdicts);
    for (_, verdict) in lines.filter(|(command, _)| matches!(command.sort(), Sort::Place | Sort::Held)) {
        verdict.problem = verdict.problem.take().or(Some(CommandProblem::NotByWord));
    }
    if !reading.is_good() {
        return Some(Word::DoesNothing(reading.verdicts));
    }
    let held = || Held {
        content,
        commands: reading.commands,
        had: work::addressees(mail),
        seen: answers.seen(answered),
        ..held::unproven(turn.scene, (EntryNo::new(0), user, turn.entry(mail)))
    };
    let room = if turn.held_by(mail) == HeldBy::Name { HELD_MAX / 2 } else { HELD_MAX * 3 / 4 };
    (case.held.len() < room).then(held).map(Box::new).map(Word::Does)
}

/// A mail to an address for confirming: nothing but a word of the user's own can come there.
fn confirm(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: (&User, Checked, Placed)) -> Became {
    let (user, checked, placed) = what;
    // What is not a word that confirms is for colleagues.
    let work = |placed| Work { user: user.id, plain: Plain::Note, placed, answers: Basis::Named };
    let from = mail.only_from().map(|from| &from.address);
    let proof = token_proof(turn.scene, user.id, checked);
    let (channel, directory) = (&turn.arrived.channel, &turn.scene.view.directory);
    let claim = Claim { channel, token: proof, from, directory, user, customer: case.customer };
    let automatic = is_by_machine(mail, proof) || is_absence(turn, mail);
    let token = checked.token();
    // Entries of a case that has become part of this one are counted by themselves.
    let mut here = case.held.iter().filter(|held| token.case == case.id && held.entry == token.entry);
    let named = here.find(|held| held.user == user.id);
    let waiting = named.filter(|_| held::confirms(&mail.new_text, &user.name));
    let proven = match (prove(&turn.scene.policy.trust, claim), waiting) {
        (Err(reason @ HeldReason::ForeignFrom), _) => return hold(turn, mail, case, (work(placed), reason)),
        _ if automatic => return hold(turn, mail, case, (work(placed), HeldReason::Automatic)),
        (Ok(proven), _) if may_work(&turn.scene.view.directory, user, case) => proven,
        (Ok(_), _) => return hold(turn, mail, case, (work(placed), HeldReason::InactiveUser)),
        (Err(HeldReason::RevokedToken), Some(waiting)) => return ask_again(turn, mail, case, waiting),
        // A word that confirms nothing any more is no answer to anybody.
        (Err(reason), _) if held::confirms(&mail.new_text, &user.name) => {
            return keep(turn, mail, case, (work(placed), reason), None);
        }
        (Err(reason), _) => return hold(turn, mail, case, (work(placed), reason)),
    };
    let placed = by_token_alone(case, "our address for confirming in the recipient");
    let mut step = Step::on(turn.scene, case, Actor::User(user.id));
    let Some(waiting) = waiting else {
        if let Some(dropped) = named.filter(|_| command::drops(&mail.new_text)) {
            step.placed(placed);
            work::unsent(&mut step, mail, command::split(&mail.new_text).1, user);
            return work::drop_held(turn, mail, (step, dropped));
        }
        // "That was not me" is for colleagues. More than a note needs a better proof than this.
        let text = mail.new_text.trim();
        if !command::split(text).0.is_empty() || text.is_empty() || held::confirms(text, &user.name) {
            return hold(turn, mail, case, (work(placed), HeldReason::NotConfirmed));
        }
        return carry_out(turn, mail, case, Order { proven, plain: Plain::Note, placed, answers: Basis::Named });
    };
    step.placed(placed);
    if held::has_moved_on(case, waiting, None) {
        let again = held::overtaken_again(&mut step, waiting);
        let word = CaseEvent::CommandsGiven { mail: turn.entry(mail) };
        return hold_back(turn, step, (again, Some(word)));
    }
    work::unsent(&mut step, mail, command::below_the_word(&mail.new_text), user);
    let mut made = held::release(step, case, (waiting, proven, Some(turn.entry(mail))));
    let unsaid = |done: &&mut Done<'_>| {
        let told = done.letters.iter().any(|letter| letter.kind == LetterKind::Receipt);
        !told && done.entry.events.contains(&CaseEvent::TextUnsent)
    };
    if let Some(done) = made.first_mut().filter(unsaid) {
        done.tell(LetterKind::Receipt, vec![user.id]);
    }
    made.into_iter().for_each(|done| turn.finish(done));
    Became::Added
}

/// The address for confirming was revoked while something waited for it: the user gets a new one.
fn ask_again(turn: &mut Turn<'_>, mail: &Mail, case: &Case, waiting: &Held) -> Became {
    let (user, reason) = (waiting.user, HeldReason::RevokedToken);
    let mut step = Step::on(turn.scene, case, turn.actor(mail));
    step.event(CaseEvent::HeldDropped { entry: waiting.entry });
    let again = Held { entry: step.no, ..waiting.clone() };
    step.event(CaseEvent::WorkHeld { held: Box::new(again) });
    step.event(CaseEvent::MailHeld { mail: turn.entry(mail), user, reason });
    let mut done = step.done();
    done.tell(LetterKind::Receipt, vec![user]);
    turn.finish(done);
    Became::Held
}
