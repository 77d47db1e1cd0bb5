//! One entry in the making: events first, then the case as it will be, then the letters about it.

use std::collections::BTreeSet;

use super::Scene;
use super::timing::{self, When};
use crate::address::Address;
use crate::case::apply;
use crate::case::change::{CaseChange, Change, Letter, LetterId, LetterKind, LetterState, To};
use crate::case::event::{Actor, CaseEvent, Entry, Placed};
use crate::case::model::{Case, Status};
use crate::case::view::{Deadline, DeadlineKind};
use crate::directory::model::CONTROL;
use crate::id::{CaseId, EntryNo, UserId};
use crate::mail::MessageId;
use crate::token;

/// Most users told of one entry.
pub const NOTIFIED_MAX: usize = 500;

/// One entry in the making.
pub struct Step<'a> {
    pub scene: Scene<'a>,
    pub id: CaseId,
    pub no: EntryNo,
    pub before: Option<&'a Case>,
    by: Actor,
    placed: Option<Placed>,
    events: Vec<CaseEvent>,
}

/// An entry that is made: the case as it will be, and what is yet to be sent.
pub struct Done<'a> {
    pub scene: Scene<'a>,
    pub before: Option<&'a Case>,
    pub case: Case,
    pub entry: Entry,
    pub letters: Vec<Letter>,
    /// Who is told of it by a digest.
    gathered: Vec<UserId>,
}

impl<'a> Step<'a> {
    /// The first entry of a new case.
    pub fn opening(scene: Scene<'a>, id: CaseId, by: Actor) -> Self {
        Self { scene, id, no: EntryNo::new(1), before: None, by, placed: None, events: Vec::new() }
    }

    /// The next entry of a case.
    pub fn on(scene: Scene<'a>, case: &'a Case, by: Actor) -> Self {
        Self {
            scene,
            id: case.id,
            no: case.last_entry.next(),
            before: Some(case),
            by,
            placed: None,
            events: Vec::new(),
        }
    }

    /// Why the mail is placed here.
    pub fn placed(&mut self, placed: Placed) {
        self.placed = Some(placed);
    }

    /// One more thing that happened.
    pub fn event(&mut self, event: CaseEvent) {
        self.events.push(event);
    }

    /// Is this user the cause of it?
    pub fn is_by(&self, user: UserId) -> bool {
        self.by == Actor::User(user)
    }

    /// The case stands there now, if it did not already.
    pub fn status(&mut self, to: Status) {
        let from = self.before.map_or(Status::New, |case| case.status);
        if from != to {
            self.events.push(CaseEvent::StatusChanged { from, to });
        }
    }

    /// The Message-ID of this entry's copy `copy`.
    pub fn message_id(&self, copy: u16) -> MessageId {
        let ours = &self.scene.policy.ours;
        token::message_id(&ours.keys, LetterId { case: self.id, entry: self.no, copy }, &ours.reply_domain)
    }

    /// The case as what has happened so far leaves it; `None` before it is opened.
    pub fn so_far(&self) -> Option<Case> {
        let Self { scene, id, no, before, by, events, .. } = self;
        let entry = Entry { no: *no, at: scene.now, by: by.clone(), placed: None, events: events.clone() };
        apply(*id, before.cloned(), &entry)
    }

    /// The entry, and the case after it.
    pub fn done(self) -> Done<'a> {
        let Self { scene, id, no, before, by, placed, events } = self;
        let entry = Entry { no, at: scene.now, by, placed, events };
        let case = apply(id, before.cloned(), &entry).expect("a first entry begins with CaseOpened");
        Done { scene, before, case, entry, letters: Vec::new(), gathered: Vec::new() }
    }
}

impl Done<'_> {
    /// Something goes to outside people. Always copy 0, so that a report about copy 0 is about what left the house.
    pub fn send_outside(&mut self, kind: LetterKind, to: Vec<Address>) {
        if !to.is_empty() {
            let letter = self.letter(kind, 0, to.into_iter().map(To::Outside).collect());
            self.letters.push(letter);
        }
    }

    /// These users are told, each by a mail of their own, or by what each has chosen instead.
    pub fn tell(&mut self, kind: LetterKind, users: Vec<UserId>) {
        let mut copy = self.letters.iter().map(|letter| letter.id.copy).max().unwrap_or(0);
        let mut told: Vec<(UserId, u16)> = Vec::new();
        for user in users.into_iter().take(NOTIFIED_MAX) {
            match timing::of(self, kind, user) {
                When::Gathered => self.gathered.push(user),
                When::At(next_try) => {
                    copy += 1;
                    let letter = self.letter(kind, copy, vec![To::User(user)]);
                    self.letters.push(Letter { next_try, ..letter });
                    told.push((user, copy));
                }
            }
        }
        if !told.is_empty() {
            self.entry.events.push(CaseEvent::UsersTold { letters: told });
        }
    }

    fn letter(&self, kind: LetterKind, copy: u16, to: Vec<To>) -> Letter {
        let id = LetterId { case: self.case.id, entry: self.entry.no, copy };
        let (created, category) = (self.scene.now, self.case.category);
        Letter {
            id,
            kind,
            category,
            to,
            created,
            state: LetterState::Queued,
            next_try: created,
            attempts: 0,
            last_error: None,
            lease: None,
        }
    }

    /// Moves all of it into the change.
    pub fn into_change(self, change: &mut Change) {
        let (old, new) = (self.before.map(deadlines).unwrap_or_default(), deadlines(&self.case));
        change.deadlines_cleared.extend(old.difference(&new));
        change.deadlines_set.extend(new.difference(&old));
        change.letters.extend(self.letters);
        let (case, entry) = (self.case.id, self.entry.no);
        debug_assert!(change.cases.iter().all(|other| other.case.id != case), "a change makes one entry on a case");
        change.gathered.extend(self.gathered.into_iter().map(|user| (user, case, entry)));
        change.cases.push(CaseChange { case: self.case, entry: self.entry });
    }
}

/// Everything that a case waits for. A user's case for what is about no case waits for that user's next digest.
fn deadlines(case: &Case) -> BTreeSet<Deadline> {
    let kind = if case.category == CONTROL { DeadlineKind::DigestDue } else { DeadlineKind::WaitEnds };
    let wait = case.wait_until.map(|at| Deadline { at, case: case.id, kind });
    let held = case.held.iter().map(|held| Deadline { at: held.until, case: case.id, kind: DeadlineKind::HeldEnds });
    wait.into_iter().chain(held).collect()
}
