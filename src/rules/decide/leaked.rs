//! A user's answer address in the hands of somebody outside: a notification was passed on, and its answer came here.
//!
//! It is the mail of whoever wrote it, and counts as any mail of an outside person of the case does. The address has
//! shown that it is known outside the house, so it is revoked; and with it all that the user was sent on this case
//! before, answers, notes and confirmations alike, for who passes on one mail passes on those that it quotes. What the
//! user is sent from this entry on counts again. A revoked address is no better than none: a mail to it in the user's
//! name needs what a mail to the shared address needs, and otherwise the user's own address is asked.
//!
//! A user who is the contact of a case is the contact when they answer what they were told of it, and may know the
//! address: nothing is revoked. So may whoever writes as the group whose address it is.

use std::collections::BTreeMap;

use super::Scene;
use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use super::user::by_token_alone;
use crate::case::change::{Became, LetterKind};
use crate::case::event::{Actor, Candidate, CaseEvent, Placed, Signal};
use crate::case::model::Case;
use crate::directory::model::Category;
use crate::id::{CaseId, UserId};
use crate::mail::Mail;
use crate::thread::pick::{Pick, Standing, may_work, takes_from_outside};
use crate::thread::{hidden_token, is_revoked};
use crate::token::{self, Checked};

/// Did somebody write it who is part of the case from outside, and not the user whose address it came to?
pub fn is_contacts(scene: Scene<'_>, mail: &Mail, case: &Case, checked: Checked) -> bool {
    let Some(user) = checked.token().grant.user() else { return false };
    let known = scene.view.directory.user(user);
    let foreign = mail.only_from().filter(|from| known.is_none_or(|known| !known.has_address(&from.address)));
    foreign.is_some_and(|from| case.has_participant(&from.address))
}

/// May the writer write as the group whose address it is? Then they came by it as they should.
fn may_have(scene: Scene<'_>, mail: &Mail, checked: Checked) -> bool {
    let directory = &scene.view.directory;
    let user = checked.token().grant.user().and_then(|user| directory.user(user));
    let writer = user.zip(mail.only_from()).and_then(|(user, from)| directory.writer_for(user, &from.address));
    writer.is_some()
}

/// Places it as a mail of the contact's: on the case, or on a new one if that is over. What the addresses could do ends.
pub fn decide<'a>(turn: &mut Turn<'a>, mail: &Mail, case: &'a Case) -> (Became, CaseId) {
    let scene = turn.scene;
    let leaks = Leaks::of(turn, mail, case);
    let when = (scene.policy.reopen_days, scene.now);
    let own = scene.view.directory.category(case.category);
    let placed = match (takes_from_outside(case, mail, when), own) {
        (Err(reason), Some(own)) => {
            let opened = on_a_new_case(turn, mail, (case, own), reason);
            on_its_own(turn, case, &leaks.here);
            opened
        }
        _ => {
            let categories = &turn.categories(case.customer);
            let own = mail.only_from().is_some_and(|from| !case.has_participant(&from.address));
            let reason = match own {
                true => "a user's token in the recipient, used by the user, who is the contact",
                false => "a user's token in the recipient, used by somebody outside",
            };
            let placed = Some(by_token_alone(case, reason));
            let join = Join { standing: Standing::Participant, placed, categories, leaked: leaks.here };
            (intake::added(turn, mail, case, join), case.id)
        }
    };
    elsewhere(turn, leaks.before);
    placed
}

/// Another copy of this mail is on a case already: only what the addresses could do ends.
pub fn second_copy<'a>(turn: &mut Turn<'a>, mail: &Mail, case: &'a Case) {
    let leaks = Leaks::of(turn, mail, case);
    on_its_own(turn, case, &leaks.here);
    elsewhere(turn, leaks.before);
}

/// Whose addresses a mail came to, as far as they counted.
struct Leaks {
    /// On the case.
    here: Vec<UserId>,
    /// On cases that are part of it by now.
    before: BTreeMap<CaseId, Vec<UserId>>,
}

impl Leaks {
    fn of(turn: &Turn<'_>, mail: &Mail, case: &Case) -> Self {
        let (scene, arrived) = (turn.scene, turn.arrived);
        let ours = &scene.policy.ours;
        let check = |address| token::check(&ours.keys, address, &ours.reply_domain, scene.now);
        let named = arrived.envelope.recipients.iter().filter_map(|recipient| check(&recipient.address));
        let mut leaks = Self { here: Vec::new(), before: BTreeMap::new() };
        for checked in named.chain(hidden_token(ours, arrived, scene.now)) {
            let token = checked.token();
            let meant = scene.view.case(token.case).is_some_and(|meant| meant.id == case.id);
            let counts = matches!(checked, Checked::Valid(_)) && !is_revoked(scene.view, token);
            let leaked = meant && counts && is_contacts(scene, mail, case, checked) && !may_have(scene, mail, checked);
            let Some(user) = token.grant.user().filter(|_| leaked) else { continue };
            if !leaks.here.contains(&user) {
                leaks.here.push(user);
            }
            if token.case != case.id {
                leaks.before.entry(token.case).or_default().push(user);
            }
        }
        leaks
    }
}

/// A case that is part of another by now may be on its own again one day.
fn elsewhere(turn: &mut Turn<'_>, before: BTreeMap<CaseId, Vec<UserId>>) {
    for (old, users) in before {
        let Some(old) = turn.scene.view.cases.get(&old) else { continue };
        let mut step = Step::on(turn.scene, old, Actor::System);
        revoke(&mut step, old, &users);
        turn.finish(step.done());
    }
}

fn on_a_new_case<'a>(
    turn: &mut Turn<'a>,
    mail: &Mail,
    old: (&'a Case, &'a Category),
    reason: &'static str,
) -> (Became, CaseId) {
    let (case, own) = old;
    let others = turn.categories(case.customer).into_iter().filter(|category| category.id != own.id);
    let categories: Vec<&Category> = std::iter::once(own).chain(others).collect();
    let candidate = Candidate { case: case.id, signal: Signal::ReplyToken, accepted: false, reason: reason.to_owned() };
    let placed = Placed { decided_by: Signal::None, candidates: vec![candidate] };
    let pick = Pick { case: None, placed, related: vec![case.id], suggested: Vec::new() };
    intake::open(turn, mail, &categories, pick)
}

/// An entry for nothing else.
fn on_its_own<'a>(turn: &mut Turn<'a>, case: &'a Case, leaked: &[UserId]) {
    if leaked.is_empty() {
        return;
    }
    let mut step = Step::on(turn.scene, case, Actor::System);
    revoke(&mut step, case, leaked);
    let mut done = step.done();
    done.tell(LetterKind::Notification, readers(turn.scene, leaked, &done.case));
    turn.finish(done);
}

/// What these users were sent on the case before this entry is void.
pub fn revoke(step: &mut Step<'_>, case: &Case, users: &[UserId]) {
    users.iter().for_each(|user| step.event(CaseEvent::TokensRevoked { user: *user, until: case.last_entry }));
}

/// The users hear of it, as long as the case is any of theirs.
pub fn readers(scene: Scene<'_>, users: &[UserId], case: &Case) -> Vec<UserId> {
    let known = users.iter().filter_map(|user| scene.view.directory.user(*user));
    known.filter(|known| may_work(&scene.view.directory, known, case)).map(|known| known.id).collect()
}
