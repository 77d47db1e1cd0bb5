//! Does a case say what its journal says?

use super::apply::apply;
use super::event::Entry;
use super::model::Case;
use crate::id::{CaseId, EntryNo};

/// Goes over a journal, entry by entry.
#[derive(Debug)]
pub struct Audit {
    id: CaseId,
    replayed: Option<Case>,
    /// Of the last entry that was seen.
    last: EntryNo,
    problems: Vec<Problem>,
}

/// What is wrong, and at which entry, where it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Nothing for the case as a whole.
    pub entry: Option<EntryNo>,
    /// In words.
    pub what: String,
}

impl Audit {
    /// Of this case, before its first entry.
    pub fn of(id: CaseId) -> Self {
        Self { id, replayed: None, last: EntryNo::new(0), problems: Vec::new() }
    }

    /// The next entry, as the store gave it.
    pub fn take(&mut self, entry: &Entry) {
        if entry.no != self.last.next() {
            let what = format!("stands behind entry {}", self.last);
            self.problems.push(Problem { entry: Some(entry.no), what });
        }
        self.last = entry.no;
        self.replayed = apply(self.id, self.replayed.take(), entry);
        if self.replayed.is_none() {
            let what = "nothing has opened the case before it".to_owned();
            self.problems.push(Problem { entry: Some(entry.no), what });
        }
    }

    /// What is wrong with the case that is stored, given all of its journal.
    pub fn finish(mut self, stored: &Case) -> Vec<Problem> {
        if let (Some(replayed), None) = (&mut self.replayed, stored.last_turn) {
            // A case from before turns were remembered has none until the next.
            replayed.last_turn = None;
        }
        let what = match &self.replayed {
            None if self.problems.is_empty() => Some("its journal is empty"),
            Some(_) if stored.last_entry != self.last => Some("its journal ends elsewhere than the case says"),
            Some(replayed) if replayed != stored => Some("the case is not what its journal makes of it"),
            _ => None,
        };
        self.problems.extend(what.map(|what| Problem { entry: None, what: what.to_owned() }));
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::event::{Actor, CaseEvent};
    use crate::case::model::{Channel, Status};
    use crate::id::{CategoryId, CustomerId, UserId};
    use crate::time::Timestamp;

    fn entry(no: u32, event: CaseEvent) -> Entry {
        let (no, at) = (EntryNo::new(no), Timestamp::from_secs(i64::from(no)));
        Entry { no, at, by: Actor::System, placed: None, events: vec![event] }
    }

    fn opened() -> CaseEvent {
        CaseEvent::CaseOpened {
            customer: CustomerId::new(1),
            category: CategoryId::new(1),
            title: "Skriver".to_owned(),
            channel: Channel::Mail,
            contact: None,
            participants: Vec::new(),
        }
    }

    fn titled(to: &str) -> CaseEvent {
        CaseEvent::TitleChanged { to: to.to_owned() }
    }

    #[test]
    fn a_case_that_is_not_its_journal_is_told() {
        let id = CaseId::new(7);
        let journal = [entry(1, opened()), entry(2, titled("Blekk"))];
        let stored = journal.iter().fold(None, |case, entry| apply(id, case, entry)).expect("a case");
        let of = |journal: &[Entry], stored: &Case| {
            let mut audit = Audit::of(id);
            journal.iter().for_each(|entry| audit.take(entry));
            let told = |problem: Problem| match problem.entry {
                Some(no) => format!("{no}: {}", problem.what),
                None => problem.what,
            };
            audit.finish(stored).into_iter().map(told).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(of(&journal, &stored), "");
        let other = Case { title: "Papir".to_owned(), ..stored.clone() };
        assert_eq!(of(&journal, &other), "the case is not what its journal makes of it");
        let closed = CaseEvent::StatusChanged { from: Status::New, to: Status::Closed };
        let turned = [entry(1, opened()), Entry { by: Actor::User(UserId::new(1)), ..entry(2, closed) }];
        let stored_then = turned.iter().fold(None, |case, entry| apply(id, case, entry)).expect("a case");
        assert!(stored_then.last_turn.is_some());
        assert_eq!(of(&turned, &stored_then), "");
        assert_eq!(of(&turned, &Case { last_turn: None, ..stored_then }), "", "from before turns were remembered");
        assert_eq!(of(&journal[..1], &stored), "its journal ends elsewhere than the case says");
        assert_eq!(of(&[], &stored), "its journal is empty");
        let gap = [entry(1, opened()), entry(3, titled("Blekk"))];
        let later = Case { last_entry: EntryNo::new(3), changed: gap[1].at, ..stored.clone() };
        assert_eq!(of(&gap, &later), "3: stands behind entry 1");
        assert!(of(&journal[1..], &stored).starts_with("2: stands behind entry 0; 2: nothing has opened"));
    }
}
