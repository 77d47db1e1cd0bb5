//! A mail: to whom it is addressed decides who handles it; each case gets one entry at most.

use super::Scene;
use super::report::Named;
use super::step::{Done, Step};
use super::{control, forwarded, intake, leaked, report, undeliverable, user};
use crate::case::change::{Became, CaseChange, Change, Outcome, RecipientClass, SeenMail};
use crate::case::event::{Actor, CaseEvent, Entry, MailEntry, RawRef};
use crate::case::held::HeldReason;
use crate::case::model::{Case, Channel};
use crate::case::trigger::{MailArrived, Quoted};
use crate::case::view::KnownKey;
use crate::directory::model::{CONTROL, Category, Directory, QUARANTINE, SITE, User};
use crate::id::{CaseId, CustomerId, LetterId, UserId};
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TagPattern};
use crate::mail::{Mail, MessageId};
use crate::rules::budget::{self, HeldBy};
use crate::thread::keys::{own_id, reported};
use crate::thread::{Way, hidden_token, route};
use crate::token::{self, Checked, Grant};

/// One mail on its way through the decision: what is decided so far.
pub struct Turn<'a> {
    pub scene: Scene<'a>,
    pub arrived: &'a MailArrived,
    pub change: Change,
    /// The categories that the mail is addressed to, by customer.
    addressed: Vec<(CustomerId, Vec<&'a Category>)>,
    own_id: MessageId,
    next_case: CaseId,
    /// A user who wrote to another's address, about a case that is not theirs to know of.
    pub misdirected: Option<&'a User>,
    /// A user who is told of a held mail for the last time today.
    last_told: Option<UserId>,
}

/// Decides a mail: for each recipient, in order, one outcome.
pub fn decide(scene: Scene<'_>, arrived: &MailArrived) -> Change {
    let recipients = &arrived.envelope.recipients;
    let ours = &scene.policy.ours;
    let way = |address| route(ours, &scene.view.directory, address, scene.now);
    let mut ways: Vec<Way> = recipients.iter().map(|recipient| way(&recipient.address)).collect();
    uncover(scene, arrived, &mut ways);
    let (addressed, next_case) = (intake::by_customer(scene, &ways), scene.view.next_case);
    let (own_id, change) = (own_id(arrived), Change::default());
    let mut turn = Turn { scene, arrived, change, addressed, own_id, next_case, misdirected: None, last_told: None };
    let mut outcomes: Vec<Option<Outcome>> = vec![None; ways.len()];
    match &arrived.mail {
        None => {}
        Some(mail) => {
            // Tokens first: a copy to a token is the stronger of two copies to one case; the writer's own before others.
            for own in [true, false] {
                for (way, outcome) in ways.iter().zip(&mut outcomes) {
                    if let Way::Token(checked) = way
                        && is_writers_own(scene, mail, *checked) == own
                    {
                        *outcome = turn.token(mail, *checked);
                    }
                }
            }
            if ways.contains(&Way::Control) {
                let outcome = turn.control(mail);
                let to_control = ways.iter().zip(&mut outcomes).filter(|(way, _)| **way == Way::Control);
                to_control.for_each(|(_, slot)| *slot = outcome);
            }
            for (customer, categories) in turn.addressed.clone() {
                let outcome = turn.intake(mail, customer, &categories);
                let of_customer = |way: &Way| matches!(way, Way::Intake(id) if categories.iter().any(|c| c.id == *id));
                ways.iter()
                    .zip(&mut outcomes)
                    .filter(|(way, _)| of_customer(way))
                    .for_each(|(_, slot)| *slot = Some(outcome));
            }
            control::misdirected(&mut turn, mail);
        }
    }
    if outcomes.iter().any(Option::is_none) {
        let quarantined = turn.quarantine();
        outcomes.iter_mut().for_each(|outcome| *outcome = outcome.or(Some(quarantined)));
    }
    let mut change = turn.change;
    undeliverable::heard(scene, &mut change);
    change.receipt.outcomes = outcomes.into_iter().flatten().collect();
    change
}

impl<'a> Turn<'a> {
    /// The case as it was before this mail, or as this mail has left it.
    fn case(&self, id: CaseId) -> Option<&'a Case> {
        self.scene.view.case(id)
    }

    /// Has this mail already put an entry on this case?
    pub fn is_touched(&self, id: CaseId) -> bool {
        self.change.cases.iter().any(|change| change.case.id == id)
    }

    fn token(&mut self, mail: &Mail, checked: Checked) -> Option<Outcome> {
        let token = checked.token();
        let case = self.case(token.case)?;
        // Who answers a mail that was moved answers it where it is.
        let moved = case.moved_to(token.entry).filter(|_| matches!(token.grant, Grant::Reply(_) | Grant::Note(_)));
        let case = moved.and_then(|to| self.case(to)).unwrap_or(case);
        if self.is_touched(case.id) {
            return Some(Outcome { became: Became::Duplicate, case: case.id });
        }
        let keeper = if matches!(token.grant, Grant::Return(_)) { SITE } else { case.customer };
        // A copy that was held is not all that there was to do, if this one proves more: any token does more than none,
        // and the writer's own more than somebody else's.
        let own = is_writers_own(self.scene, mail, checked);
        let less = |row: &SeenMail| row.held && (own || row.class == RecipientClass::Intake);
        // Since then the case may have become part of another, or what it answers may have been moved: by this mail.
        let led = |row: &SeenMail| row.case == token.case || self.case(row.case).is_some_and(|now| now.id == case.id);
        let contacts =
            leaked::is_contacts(self.scene, mail, case, checked) || user::answers_themselves(self, mail, case, checked);
        // A contact's mail may have become a case of its own.
        let here = |row: &SeenMail| led(row) || (contacts && row.class == RecipientClass::Token);
        if let Some(seen) = self.seen(keeper, mail, |row| here(row) && !less(row)) {
            if contacts {
                leaked::second_copy(self, mail, case);
            }
            return Some(Outcome { became: Became::Duplicate, case: seen.case });
        }
        let (became, at) = match token.grant {
            Grant::Reply(user) | Grant::Note(user) | Grant::Confirm(user) if case.category == CONTROL => {
                (control::by_token(self, mail, case, (checked, user)), case.id)
            }
            Grant::Return(copy) => {
                let letter = LetterId { case: token.case, entry: token.entry, copy };
                (report::decide(self, mail, case, (letter, Named::ByToken)), case.id)
            }
            _ if contacts => leaked::decide(self, mail, case),
            _ => (user::by_token(self, mail, case, checked), case.id),
        };
        self.remember(keeper, mail, RecipientClass::Token, at);
        Some(Outcome { became, case: at })
    }

    /// One customer's shared addresses, the first of them first.
    fn intake(&mut self, mail: &Mail, customer: CustomerId, categories: &[&Category]) -> Outcome {
        // A copy to a token in the same transaction has put it on a case of this customer already. Held as a stranger's mail
        // to a user's address, it is told to that user and to nobody else; a user who wrote there is told how to do it.
        let from = mail.only_from().map(|from| &from.address);
        let stranger = from.is_none_or(|from| self.scene.view.directory.user_by_address(from).is_none());
        let is_told = |change: &&CaseChange| !(stranger && self.is_at_anothers(mail, &change.entry));
        let is_here = |change: &&CaseChange| change.case.customer == customer && is_told(change);
        if let Some(here) = self.change.cases.iter().find(is_here) {
            return Outcome { became: Became::Duplicate, case: here.case.id };
        }
        // A held copy is not the end of it when this one proves who wrote it.
        let proven = self.proves_person(mail);
        let view = self.scene.view;
        let done = |row: &SeenMail| {
            let held =
                row.held && (row.class == RecipientClass::Token || proven && control::may_still_be_done(view, row));
            row.class <= RecipientClass::Token && !held
        };
        if let Some(seen) = self.seen(customer, mail, done) {
            let case = seen.case;
            intake::second_copy(self, mail, (case, seen.entry), categories);
            return Outcome { became: Became::Duplicate, case };
        }
        let (became, case) = match self.reported(mail, customer) {
            Some((case, letter)) => (report::decide(self, mail, case, (letter, Named::ById)), case.id),
            None => match forwarded::decide(self, mail, categories) {
                Some(outcome) => (outcome.became, outcome.case),
                None => intake::decide(self, mail, categories),
            },
        };
        self.remember(customer, mail, RecipientClass::Intake, case);
        Outcome { became, case }
    }

    /// The letter that a report is about by the id of our mail that it returns, and its case, if of this customer.
    fn reported(&self, mail: &Mail, customer: CustomerId) -> Option<(&'a Case, LetterId)> {
        let letter = reported(&self.scene.policy.ours, mail)?;
        let case = self.case(letter.case).filter(|case| case.customer == customer)?;
        Some((case, letter))
    }

    /// The control address.
    fn control(&mut self, mail: &Mail) -> Option<Outcome> {
        if let Some(case) = control::kept(self) {
            return Some(Outcome { became: Became::Duplicate, case });
        }
        let proven = self.proves_person(mail);
        let view = self.scene.view;
        let done = |row: &SeenMail| {
            row.class == RecipientClass::Control && !(row.held && proven && control::may_still_be_done(view, row))
        };
        if let Some(seen) = self.seen(SITE, mail, done) {
            return Some(Outcome { became: Became::Duplicate, case: seen.case });
        }
        let outcome = control::decide(self, mail)?;
        self.remember(SITE, mail, RecipientClass::Control, control::kept(self)?);
        Some(outcome)
    }

    fn proves_person(&self, mail: &Mail) -> bool {
        let trust = &self.scene.policy.trust;
        mail.only_from().is_some_and(|from| trust.proves_person(&self.arrived.channel, &from.address))
    }

    /// The categories of this customer that the mail is addressed to.
    pub fn categories(&self, customer: CustomerId) -> Vec<&'a Category> {
        let of_customer = self.addressed.iter().find(|(of, _)| *of == customer);
        of_customer.map(|(_, categories)| categories.clone()).unwrap_or_default()
    }

    /// An earlier copy of this mail of which this holds.
    fn seen(&self, customer: CustomerId, mail: &Mail, holds: impl Fn(&SeenMail) -> bool) -> Option<&'a SeenMail> {
        let rows = self.scene.view.known.get(&KnownKey::of(customer, &self.own_id))?;
        // Only a list puts a footer below what somebody wrote; else what is longer says more.
        let bare = tag::without(&mail.subject, &TagPattern::ours(&self.scene.policy.ours.prefix));
        let by_list = mail.is_public() || base_subject(&bare, ListTags::Kept) != base_subject(&bare, ListTags::Dropped);
        let same = |row: &SeenMail| match row.public || by_list {
            true => row.sameness.is_copy_of(&mail.sameness),
            false => row.sameness.is_same_as(&mail.sameness),
        };
        rows.iter().find(|row| holds(row) && same(row))
    }

    /// What the mail quotes, if that is on this case, or on one that is part of it now.
    pub fn quoted(&self, case: &Case) -> Option<&'a Quoted> {
        let quoted = self.arrived.answered.as_ref()?;
        self.case(quoted.case).is_some_and(|now| now.id == case.id).then_some(quoted)
    }

    /// Has a token brought this mail onto another case before?
    pub fn was_elsewhere(&self, mail: &Mail, case: &Case) -> bool {
        self.seen(case.customer, mail, |row| row.class == RecipientClass::Token && row.case != case.id).is_some()
    }

    fn remember(&mut self, customer: CustomerId, mail: &Mail, class: RecipientClass, case: CaseId) {
        let Some(change) = self.change.cases.iter().find(|change| change.case.id == case) else { return };
        // Held by its own token, no copy can prove more.
        let held = |event: &CaseEvent| matches!(event, CaseEvent::MailHeld { .. });
        let held = match class {
            RecipientClass::Token => self.is_at_anothers(mail, &change.entry),
            _ => change.entry.events.iter().any(held),
        };
        let entry = change.entry.no;
        let public = mail.is_public();
        let seen = SeenMail { class, case, entry, public, held, sameness: mail.sameness.clone() };
        self.change.seen.push((KnownKey::of(customer, &self.own_id), seen));
    }

    /// Was it held at the address of a user who did not write it?
    fn is_at_anothers(&self, mail: &Mail, entry: &Entry) -> bool {
        let directory = &self.scene.view.directory;
        let writes = |user| directory.user(user).is_some_and(|user| may_write_as(directory, mail, user));
        let held_at = |event: &CaseEvent| if let CaseEvent::MailHeld { user, .. } = event { Some(*user) } else { None };
        entry.events.iter().find_map(held_at).is_some_and(|user| !writes(user))
    }

    /// What the journal keeps of this mail.
    pub fn entry(&self, mail: &Mail) -> MailEntry {
        // An id of ours on somebody else's mail is not that mail's id.
        let keys = &self.scene.policy.ours.keys;
        let message_id = mail.message_id.clone().filter(|id| token::check_message_id(keys, id).is_none());
        MailEntry {
            raw: self.raw(),
            message_id,
            from: mail.only_from().cloned(),
            subject: mail.subject.clone(),
            kind: mail.kind,
            attachments: u16::try_from(mail.attachments.len()).unwrap_or(u16::MAX),
            unproven: false,
            outsider: false,
            unread: self.arrived.mail.is_none(),
        }
    }

    fn raw(&self) -> RawRef {
        let raw = &self.arrived.raw;
        self.scene.view.raw.unwrap_or(RawRef { id: raw.id(), place: 0, bytes: raw.bytes().len() as u64 })
    }

    /// Who wrote it, by the header.
    pub fn actor(&self, mail: &Mail) -> Actor {
        mail.only_from().map_or(Actor::System, |from| Actor::Outside(from.address.clone()))
    }

    /// What a mail without a token comes to in its writer's name.
    pub fn held_by(&self, mail: &Mail) -> HeldBy {
        let proven = mail.only_from().is_some_and(|from| self.arrived.channel.covers(&from.address));
        if proven { HeldBy::Channel } else { HeldBy::Name }
    }

    /// May this user be told of one more mail that is not done? Counts it, if so.
    pub fn may_tell_of_held(&mut self, user: UserId, by: HeldBy) -> bool {
        let counter = budget::receipt(user, by, self.scene.now);
        let told = self.scene.view.counters.get(&counter).copied().unwrap_or_default();
        let room = told < budget::RECEIPTS_PER_DAY_MAX;
        self.change.counters.extend(room.then_some(counter));
        self.last_told = Some(user).filter(|_| told + 1 == budget::RECEIPTS_PER_DAY_MAX).or(self.last_told);
        room
    }

    /// The user who wrote this mail to another's address, for whatever `reason` it is held there, if they are told so.
    pub fn told_of_anothers_address(&mut self, mail: &Mail, held: (UserId, HeldReason)) -> Option<&'a User> {
        let (of, reason) = held;
        let from = mail.only_from().filter(|_| mail.kind.is_from_somebody())?;
        let writer = self.scene.view.directory.user_by_address(&from.address)?;
        let anothers = matches!(reason, HeldReason::ForeignFrom | HeldReason::InactiveUser) && writer.id != of;
        let told = anothers && writer.active_somewhere().is_some() && self.may_tell_of_held(writer.id, HeldBy::Name);
        told.then_some(writer)
    }

    /// A number for a new case.
    pub fn new_case(&mut self) -> CaseId {
        let id = self.next_case;
        self.next_case = id.next();
        id
    }

    /// The number that the next new case will have.
    pub fn next_case(&self) -> CaseId {
        self.next_case
    }

    /// Takes in a finished entry. If it is about this mail, it keeps what the mail says of itself and is not believed.
    pub fn finish(&mut self, mut done: Done<'_>) {
        let ignored = &self.arrived.ignored;
        if !ignored.is_empty() && done.entry.mail().is_some_and(|mail| mail.raw.id == self.arrived.raw.id()) {
            done.entry.events.push(CaseEvent::ResultsIgnored { reasons: ignored.clone() });
        }
        let held = |event: &CaseEvent| matches!(event, CaseEvent::MailHeld { .. });
        if done.entry.events.iter().any(held)
            && let Some(user) = self.last_told.take()
        {
            done.entry.events.push(CaseEvent::ToldEnough { user });
        }
        if done.case.id == self.next_case {
            self.next_case = done.case.id.next();
        }
        done.into_change(&mut self.change);
    }

    /// What nobody else can take is a case of the site, with its bytes as they are.
    fn quarantine(&mut self) -> Outcome {
        let blank = Mail::default();
        let mail = self.arrived.mail.as_ref().unwrap_or(&blank);
        if let Some(seen) = self.seen(SITE, mail, |row| row.class == RecipientClass::Intake) {
            return Outcome { became: Became::Duplicate, case: seen.case };
        }
        let id = self.new_case();
        let mut step = Step::opening(self.scene, id, Actor::System);
        let title = Some(intake::title(self, mail)).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| format!("Mail {:.12}", self.arrived.raw.id().to_string()));
        step.event(CaseEvent::CaseOpened {
            customer: SITE,
            category: QUARANTINE,
            title,
            channel: Channel::Mail,
            contact: None,
            participants: Vec::new(),
        });
        step.event(CaseEvent::MailReceived { mail: self.entry(mail) });
        let mut done = step.done();
        let told = super::audience::everybody(self.scene, &done.case, None);
        done.tell(crate::case::change::LetterKind::Notification, told);
        self.finish(done);
        self.remember(SITE, mail, RecipientClass::Intake, id);
        Outcome { became: Became::Quarantined, case: id }
    }
}

/// A token that the mail was first sent to stands for the shared address to which a server in front has rewritten it;
/// but only at the customer whose case it is: what else the mail was addressed to gets its copy.
fn uncover(scene: Scene<'_>, arrived: &MailArrived, ways: &mut [Way]) {
    let Some(checked) = hidden_token(&scene.policy.ours, arrived, scene.now) else { return };
    let Some(case) = scene.view.case(checked.token().case) else { return };
    let at_its_customer = |way: &&mut Way| match way {
        Way::Intake(id) => {
            scene.view.directory.category(*id).is_some_and(|category| category.customer == case.customer)
        }
        Way::Token(_) | Way::Control | Way::Inactive | Way::Unknown => false,
    };
    if let Some(way) = ways.iter_mut().find(at_its_customer) {
        *way = Way::Token(checked);
    }
}

/// Does this token belong to the user whose address the mail is from, or to a group that they may write as?
fn is_writers_own(scene: Scene<'_>, mail: &Mail, checked: Checked) -> bool {
    let (directory, user) = (&scene.view.directory, checked.token().grant.user());
    user.is_none_or(|user| directory.user(user).is_some_and(|user| may_write_as(directory, mail, user)))
}

/// Is the mail from one of the user's addresses, or from somebody who may write as this group?
fn may_write_as(directory: &Directory, mail: &Mail, user: &User) -> bool {
    mail.only_from()
        .is_some_and(|from| user.has_address(&from.address) || directory.writer_for(user, &from.address).is_some())
}
