//! What is promised, looked for in the journals of all cases and in all mails that left.

use std::collections::{BTreeMap, BTreeSet};

use henvend::address::ReversePath;
use henvend::case::apply::apply;
use henvend::case::event::{Actor, CaseEvent, Entry};
use henvend::case::held::HeldBack;
use henvend::id::CaseId;

use super::{AGENTS, STRANGER, World, Written};
use crate::kit::house::{Sent, address};

type Journals = BTreeMap<u64, Vec<Entry>>;

/// The mail of an event is the one that its entry came by: no word on one that came before, and none that came elsewhere.
fn settles(entry: &Entry) -> bool {
    let settled = |event: &CaseEvent| {
        matches!(event, CaseEvent::HeldReleased { .. } | CaseEvent::HeldDropped { .. } | CaseEvent::HeldReturned { .. })
    };
    entry.events.iter().any(settled)
}

fn id_of(event: &CaseEvent) -> Option<String> {
    Some(event.mail()?.message_id.as_ref()?.to_string())
}

fn is_answer(sent: &Sent) -> bool {
    sent.mail.field("Auto-Submitted").is_none()
}

fn is_outside(sent: &Sent) -> bool {
    !sent.to.iter().any(|to| AGENTS.contains(&to.as_str()))
}

impl World {
    /// What holds at any moment.
    pub async fn judge(&self) {
        let journals = self.journals().await;
        let mut placed = BTreeMap::new();
        for (number, journal) in &journals {
            let replayed = journal.iter().fold(None, |case, entry| apply(CaseId::new(*number), case, entry));
            assert_eq!(replayed, Some(self.house.case(*number).await), "the journal makes the case\n{}", self.told());
            let mut seen = BTreeSet::new();
            for entry in journal.iter().filter(|entry| !entry.moved_here()) {
                let ids: BTreeSet<String> = entry.events.iter().filter_map(id_of).collect();
                for id in ids {
                    if seen.insert(id.clone()) {
                        *placed.entry(id).or_insert(0) += 1;
                    } else {
                        assert!(settles(entry), "{id} has another entry, {number}/{}\n{}", entry.no, self.told());
                    }
                }
            }
        }
        for mail in &self.written {
            assert_eq!(placed.get(&mail.id), Some(&1), "{} is on exactly one entry\n{}", mail.id, self.told());
        }
        self.judge_copies(&journals);
        self.judge_strangers(&journals);
        self.judge_machines(&journals);
        self.judge_reasons(&journals);
    }

    /// Promise 3: one copy of each answer, and only of answers.
    fn judge_copies(&self, journals: &Journals) {
        for person in [super::CUSTOMER, super::COPIED, STRANGER] {
            let theirs = self.to(person);
            let ids: BTreeSet<String> = theirs.iter().map(Sent::id).collect();
            assert_eq!(ids.len(), theirs.len(), "no mail twice\n{}", self.told());
        }
        for mail in self.written.iter().filter(|mail| !mail.word.is_empty()) {
            let (copies, answers) = (self.copies(mail), answers(journals, mail));
            assert!(
                copies <= answers && answers <= usize::from(AGENTS.contains(&mail.by)),
                "{copies} copies, {answers} answers of {}\n{}",
                mail.id,
                self.told()
            );
        }
    }

    /// Mails to outside people that hold this mail's words.
    fn copies(&self, mail: &Written) -> usize {
        let holds = |sent: &&Sent| (is_outside(sent) || is_answer(sent)) && sent.mail.text.contains(&mail.word);
        self.got.iter().filter(holds).count()
    }

    /// Promise 4: nothing that a stranger writes is carried out, and they get mails only of cases that they opened, or
    /// that a user let them into.
    fn judge_strangers(&self, journals: &Journals) {
        let ids: Vec<&String> = self.written.iter().filter(|mail| mail.by == STRANGER).map(|mail| &mail.id).collect();
        let stranger = address(STRANGER);
        let mut theirs = BTreeSet::new();
        for (number, journal) in journals {
            for entry in journal {
                let by_user = matches!(entry.by, Actor::User(_));
                for event in &entry.events {
                    let strange = id_of(event).is_some_and(|id| ids.contains(&&id));
                    let kept = matches!(
                        event,
                        CaseEvent::MailReceived { .. }
                            | CaseEvent::MailHeld { .. }
                            | CaseEvent::WorkHeld { .. }
                            | CaseEvent::MailTaken { .. }
                    );
                    assert!(!strange || kept, "a stranger's mail was carried out: {event:?}\n{}", self.told());
                    let lets_in = match event {
                        CaseEvent::CaseOpened { participants, .. } => {
                            participants.iter().any(|party| party.address == stranger)
                        }
                        CaseEvent::ParticipantAdded { party } | CaseEvent::ContactChanged { party } => {
                            assert!(by_user || party.address != stranger, "let in by nobody\n{}", self.told());
                            party.address == stranger
                        }
                        _ => false,
                    };
                    if lets_in {
                        theirs.insert(format!("<hv.{number}."));
                    }
                }
                let own = entry.mail().and_then(|mail| mail.message_id.as_ref()).map(ToString::to_string);
                if !by_user && own.is_some_and(|id| ids.contains(&&id)) {
                    let changed = |event: &CaseEvent| {
                        matches!(event, CaseEvent::CaseAssigned { .. } | CaseEvent::PriorityChanged { .. })
                            || matches!(event, CaseEvent::StatusChanged { to, .. } if !to.is_active())
                    };
                    assert!(!entry.events.iter().any(changed), "a stranger's command was done\n{}", self.told());
                }
            }
        }
        for sent in self.to(STRANGER) {
            let may = theirs.iter().any(|case| sent.id().starts_with(case));
            assert!(may, "a stranger got {}: {}\n{}", sent.id(), sent.mail.text, self.told());
        }
    }

    /// Promise 6: no automatic mail is answered automatically, what is sent automatically to outside people is an
    /// acknowledgement, one a case and three a day, and nobody hears what becomes of it.
    fn judge_machines(&self, journals: &Journals) {
        let machines: Vec<&String> = self.written.iter().filter(|mail| mail.automatic).map(|mail| &mail.id).collect();
        let mut a_day: BTreeMap<(String, i64), usize> = BTreeMap::new();
        for journal in journals.values() {
            let mut on_case = 0;
            for entry in journal {
                let acknowledged = entry.events.iter().any(|event| matches!(event, CaseEvent::Acknowledged { .. }));
                let machine = entry.events.iter().filter_map(id_of).any(|id| machines.contains(&&id));
                assert!(!(machine && acknowledged), "a machine is acknowledged\n{}", self.told());
                let moved = |event: &CaseEvent| matches!(event, CaseEvent::StatusChanged { .. });
                let changes = machine && !entry.moved_here() && entry.events.iter().any(moved);
                assert!(!changes, "a machine changes a case\n{}", self.told());
                if acknowledged {
                    on_case += 1;
                    let from = entry.mail().and_then(|mail| mail.from.as_ref()).unwrap().address.key();
                    *a_day.entry((from, entry.at.day())).or_default() += 1;
                }
            }
            assert!(on_case <= 1, "a case is acknowledged once\n{}", self.told());
        }
        assert!(a_day.values().all(|times| *times <= 3), "{a_day:?}\n{}", self.told());
        for sent in self.got.iter().filter(|sent| is_outside(sent) && !is_answer(sent)) {
            assert_eq!(sent.mail.field("Auto-Submitted"), Some("auto-replied"), "{}", self.told());
            assert_eq!(sent.reverse_path, ReversePath::Null, "nothing comes back\n{}", self.told());
            let answers_one = sent.mail.in_reply_to.iter().any(|id| machines.contains(&&id.to_string()));
            assert!(!answers_one, "a machine is answered\n{}", self.told());
        }
    }

    /// Promise 7: each entry by a mail keeps what placed it.
    fn judge_reasons(&self, journals: &Journals) {
        for entry in journals.values().flatten().filter(|entry| entry.mail().is_some()) {
            let elsewhere = entry.moved_here() || settles(entry);
            assert!(elsewhere || entry.placed.is_some(), "{entry:?} says not why\n{}", self.told());
        }
    }

    /// What holds when nothing is under way any more.
    pub async fn judge_the_end(&mut self) {
        for _ in 0..4 {
            self.wait(300_000).await;
            self.send().await;
        }
        self.judge().await;
        let journals = self.journals().await;
        for (number, journal) in &journals {
            assert!(self.house.case(*number).await.held.is_empty(), "nothing is held for ever\n{}", self.told());
            self.judge_held(journal);
            self.judge_refusals(*number, journal);
        }
        for mail in self.written.iter().filter(|mail| !mail.word.is_empty()) {
            assert_eq!(self.copies(mail), answers(&journals, mail), "{} has left\n{}", mail.id, self.told());
        }
    }

    /// What was held is sent, dropped, or back with its alleged writer.
    fn judge_held(&self, journal: &[Entry]) {
        let mut waiting = BTreeMap::new();
        for event in journal.iter().flat_map(|entry| &entry.events) {
            match event {
                CaseEvent::WorkHeld { held } => drop(waiting.insert(held.entry, held.mail.message_id.clone())),
                CaseEvent::HeldReleased { entry } | CaseEvent::HeldDropped { entry } => drop(waiting.remove(entry)),
                CaseEvent::HeldReturned { entry } => {
                    let id = waiting.remove(entry).flatten().map(|id| id.to_string()).unwrap();
                    let mail = self.written.iter().find(|mail| mail.id == id).unwrap();
                    let back = self.to(mail.from).iter().any(|sent| sent.mail.text.contains(&mail.word));
                    assert!(back, "{id} was not returned to its writer\n{}", self.told());
                }
                _ => {}
            }
        }
        assert!(waiting.is_empty(), "{waiting:?} neither sent, dropped nor returned\n{}", self.told());
    }

    /// Promise 7: who was refused, or overtaken, has been told why.
    fn judge_refusals(&self, number: u64, journal: &[Entry]) {
        let directory = self.house.world.store.directory();
        for entry in journal {
            let refused = entry.events.iter().find_map(|event| match event {
                CaseEvent::CommandsRefused { user, .. } => Some(*user),
                CaseEvent::WorkHeld { held } if held.why == HeldBack::Overtaken => Some(held.user),
                _ => None,
            });
            let Some(user) = refused.and_then(|user| directory.user(user)) else { continue };
            let about = format!("<hv.{number}.{}.", entry.no);
            let told = self.to(&user.addresses[0].to_string()).iter().any(|sent| sent.id().starts_with(&about));
            assert!(told, "{} was not told of {number}/{}\n{}", user.name, entry.no, self.told());
        }
    }
}

/// How many answers this mail is.
fn answers(journals: &Journals, mail: &Written) -> usize {
    let events = journals.values().flatten().flat_map(|entry| &entry.events);
    let answers = events.filter(|event| matches!(event, CaseEvent::AnswerWritten { .. }));
    answers.filter(|event| id_of(event).is_some_and(|id| id == mail.id)).count()
}
