//! The model: what a store is, said with maps under one lock. Shares nothing with the real one but the trait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use henvend::case::change::{
    CASES_PER_LEAD_MAX, Change, Gathered, Letter, LetterState, Receipt, SEEN_PER_ID_MAX, SeenMail,
};
use henvend::case::event::{Entry, RawRef};
use henvend::case::model::{Case, Status};
use henvend::case::view::{
    CounterKey, Deadline, KEYS_MAX, Keys, KnownKey, LeadKey, MERGES_MAX, MOVES_MAX, PILE_MAX, Pile, View,
};
use henvend::case::words::words;
use henvend::directory::apply::apply;
use henvend::directory::event::DirectoryEntry;
use henvend::directory::model::Directory;
use henvend::envelope::RawMail;
use henvend::id::{CaseId, EntryNo, LeaseId, LetterId, MailId, NodeId, UserId};
use henvend::mail::parse::{Limits, parse};
use henvend::ports::{Answer, Decide, Due, Page, Query, Store, StoreError};
use henvend::time::Timestamp;
use tokio::sync::Notify;

/// The model store. Clones of it by [`MemoryStore::reopened`] hold the same.
#[derive(Default)]
pub struct MemoryStore {
    truth: Arc<Mutex<Truth>>,
    changed: Arc<Notify>,
}

#[derive(Clone, Default)]
struct Truth {
    directory: Vec<DirectoryEntry>,
    cases: BTreeMap<CaseId, Case>,
    entries: BTreeMap<(CaseId, EntryNo), Entry>,
    known: BTreeMap<KnownKey, Vec<SeenMail>>,
    leads: BTreeMap<LeadKey, Vec<CaseId>>,
    letters: BTreeMap<LetterId, Letter>,
    deadlines: BTreeSet<Deadline>,
    counters: BTreeMap<CounterKey, u32>,
    gathered: BTreeMap<(UserId, CaseId), Gathered>,
    mails: Vec<Bytes>,
    leases: BTreeMap<LetterId, (LeaseId, Timestamp)>,
    leases_given: u64,
}

impl MemoryStore {
    /// As after a restart: all that was committed, no leases.
    pub fn reopened(&self) -> Self {
        self.truth().leases.clear();
        Self { truth: self.truth.clone(), changed: Arc::default() }
    }

    /// Changes a byte of a mail.
    pub fn spoil(&self, mail: RawRef) {
        let mut truth = self.truth();
        let mut bytes = truth.mails[mail.place as usize].to_vec();
        bytes[5] ^= 1;
        truth.mails[mail.place as usize] = Bytes::from(bytes);
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap()
    }
}

impl Truth {
    fn directory(&self) -> Arc<Directory> {
        let mut directory = Directory::default();
        self.directory.iter().for_each(|entry| apply(&mut directory, &entry.event));
        Arc::new(directory)
    }

    fn next_case(&self) -> CaseId {
        self.cases.last_key_value().map_or_else(CaseId::default, |(last, _)| last.next())
    }

    fn letter(&self, id: LetterId) -> Option<Letter> {
        let mut letter = self.letters.get(&id)?.clone();
        letter.lease = self.leases.get(&id).map(|(lease, _)| *lease);
        Some(letter)
    }

    /// A case and those that it was merged into.
    fn merged(&self, id: CaseId) -> impl Iterator<Item = &Case> {
        let next = |case: &&Case| if let Status::Merged(to) = case.status { self.cases.get(&to) } else { None };
        std::iter::successors(self.cases.get(&id), next).take(MERGES_MAX + 1)
    }

    fn view(&self, keys: &Keys) -> View {
        let mut view = View { directory: self.directory(), next_case: self.next_case(), ..View::default() };
        let mut wanted: Vec<CaseId> = keys.cases.iter().take(KEYS_MAX).copied().collect();
        let before = |key: &(CaseId, EntryNo)| self.entries.get(key)?.taken_from();
        for key in keys.entries.iter().take(KEYS_MAX) {
            let all = std::iter::successors(Some(*key), before).take(MOVES_MAX + 1);
            view.entries.extend(all.filter_map(|key| Some((key, self.entries.get(&key)?.clone()))));
        }
        let absorbed = view.entries.values().flat_map(Entry::absorbed);
        wanted.extend(absorbed.chain(view.entries.values().filter_map(Entry::taken_from).map(|(case, _)| case)));
        for key in keys.known.iter().take(KEYS_MAX) {
            if let Some(seen) = self.known.get(key) {
                wanted.extend(seen.iter().map(|mail| mail.case));
                view.known.insert(*key, seen.clone());
            }
        }
        for key in keys.leads.iter().take(KEYS_MAX) {
            if let Some(cases) = self.leads.get(key) {
                wanted.extend(cases);
                view.leads.insert(*key, cases.clone());
            }
        }
        let named: Vec<&Case> = wanted.into_iter().flat_map(|id| self.merged(id)).collect();
        let moved = named.iter().flat_map(|case| &case.moved).flat_map(|(_, to)| self.merged(*to));
        view.cases.extend(named.iter().copied().chain(moved).map(|case| (case.id, case.clone())));
        let letters = keys.letters.iter().take(KEYS_MAX);
        view.letters = letters.filter_map(|id| Some((*id, self.letter(*id)?))).collect();
        let counters = keys.counters.iter().take(KEYS_MAX);
        view.counters = counters.filter_map(|key| Some((*key, *self.counters.get(key)?))).collect();
        for user in keys.gathered.iter().take(KEYS_MAX) {
            let rows = self.gathered.iter().rev().filter(|((of, _), _)| of == user);
            let mut cases: Vec<Gathered> = rows.map(|(_, row)| row.clone()).collect();
            let more = u32::try_from(cases.len().saturating_sub(PILE_MAX)).unwrap();
            cases.truncate(PILE_MAX);
            if !cases.is_empty() {
                view.gathered.insert(*user, Pile { cases, more });
            }
        }
        view
    }

    fn commit(&mut self, change: Change) -> Result<Receipt, StoreError> {
        for one in &change.cases {
            let before = self.cases.get(&one.case.id).map(|case| case.last_entry.next());
            let expected = match before {
                None if one.case.id == self.next_case() => EntryNo::new(1),
                Some(next) => next,
                None => return Err(StoreError::Corrupt("no such case".to_owned())),
            };
            if one.entry.no != expected || one.case.last_entry != one.entry.no {
                return Err(StoreError::Corrupt("entry out of order".to_owned()));
            }
            let twice = change.cases.iter().filter(|other| other.case.id == one.case.id).count() > 1;
            if twice {
                return Err(StoreError::Corrupt("a case twice".to_owned()));
            }
            self.cases.insert(one.case.id, one.case.clone());
            self.entries.insert((one.case.id, one.entry.no), one.entry.clone());
        }
        for (key, mail) in change.seen {
            let seen = self.known.entry(key).or_default();
            seen.push(mail);
            if seen.len() > SEEN_PER_ID_MAX {
                seen.remove(1);
            }
        }
        for (key, case) in change.leads {
            let cases = self.leads.entry(key).or_default();
            cases.retain(|other| *other != case);
            cases.push(case);
            cases.drain(..cases.len().saturating_sub(CASES_PER_LEAD_MAX));
        }
        for mut letter in change.letters {
            letter.lease = None;
            self.leases.remove(&letter.id);
            self.letters.insert(letter.id, letter);
        }
        for id in change.letters_done {
            self.leases.remove(&id);
            self.letters.remove(&id);
        }
        for deadline in change.deadlines_cleared {
            self.deadlines.remove(&deadline);
        }
        self.deadlines.extend(change.deadlines_set);
        self.directory.extend(change.directory);
        for key in change.counters {
            *self.counters.entry(key).or_default() += 1;
        }
        self.gathered.retain(|(user, _), _| !change.gathered_told.contains(user));
        for (user, case, entry) in change.gathered {
            let before = self.gathered.get(&(user, case)).cloned();
            self.gathered.insert((user, case), Gathered::with(before, case, entry));
        }
        Ok(change.receipt)
    }

    fn page(&self, query: Query) -> Page {
        match query {
            Query::Cases(query) => {
                let mut cases: Vec<Case> = self.cases.values().rev().cloned().collect();
                cases.retain(|case| query.before.is_none_or(|before| case.id < before));
                cases.retain(|case| query.statuses.is_empty() || query.statuses.contains(&case.status));
                cases.retain(|case| query.category.is_none_or(|category| category == case.category));
                cases.truncate(query.max);
                Self::full(cases, query.max)
            }
            Query::Search { words: wanted, before, max } => {
                let wanted: Vec<String> = words(&wanted).collect();
                let holds = |case: &&Case| {
                    let there = self.words_of(case);
                    let begins = |word: &String, other: &String| word.chars().count() > 2 && other.starts_with(word);
                    !wanted.is_empty()
                        && before.is_none_or(|before| case.id < before)
                        && wanted.iter().all(|word| there.iter().any(|other| other == word || begins(word, other)))
                };
                Self::full(self.cases.values().rev().filter(holds).take(max).cloned().collect(), max)
            }
            Query::Journal { case, from, max } => {
                let own = self.entries.iter().filter(|((id, no), _)| *id == case && *no >= from);
                Page::Journal(own.map(|(_, entry)| entry.clone()).take(max).collect())
            }
            Query::Letters { after, max } => {
                let behind = self.letters.keys().filter(|id| after.is_none_or(|after| **id > after));
                Page::Letters(behind.filter_map(|id| self.letter(*id)).take(max).collect())
            }
            Query::DirectoryHistory { from, max } => {
                let before = usize::try_from(from.get().saturating_sub(1)).unwrap();
                Page::DirectoryHistory(self.directory.iter().skip(before).take(max).cloned().collect())
            }
        }
    }

    /// A page of cases; after a full one there may be more.
    fn full(cases: Vec<Case>, max: usize) -> Page {
        let below = cases.last().map(|case| case.id).filter(|_| cases.len() >= max);
        Page::Cases { cases, below }
    }

    /// Title, people and texts of a case, word by word.
    fn words_of(&self, case: &Case) -> BTreeSet<String> {
        let mut text = case.title.clone();
        let people = case.participants.iter().map(|party| format!(" {:?} {}", party.name, party.address));
        text.extend(people);
        for (_, entry) in self.entries.iter().filter(|((id, _), _)| *id == case.id) {
            let Some(mail) = entry.mail() else { continue };
            let read = parse(&self.mails[mail.raw.place as usize], &Limits::default());
            let from = read.only_from().map(|from| format!("{:?} {}", from.name, from.address)).unwrap_or_default();
            text.push_str(&format!(" {from} {} {}", read.subject, read.text));
        }
        words(&text).collect()
    }

    fn lease(&mut self, now: Timestamp, until: Timestamp, max: usize) -> Due<Letter> {
        let free_at = |truth: &Self, letter: &Letter| match truth.leases.get(&letter.id) {
            Some((_, until)) if *until > now => letter.next_try.max(*until),
            _ => letter.next_try,
        };
        let queued = self.letters.values().filter(|letter| letter.state == LetterState::Queued);
        let mut waiting: Vec<(Timestamp, Timestamp, LetterId)> =
            queued.map(|letter| (free_at(self, letter), letter.next_try, letter.id)).collect();
        waiting.sort_by_key(|(_, next_try, id)| (*next_try, *id));
        let ready: Vec<LetterId> =
            waiting.iter().filter(|(free, _, _)| *free <= now).map(|(_, _, id)| *id).take(max).collect();
        let next = waiting.iter().filter(|(_, _, id)| !ready.contains(id)).map(|(free, _, _)| *free).min();
        for id in &ready {
            self.leases_given += 1;
            self.leases.insert(*id, (LeaseId::new(self.leases_given), until));
        }
        Due { items: ready.iter().filter_map(|id| self.letter(*id)).collect(), next }
    }
}

impl Store for MemoryStore {
    fn transact(
        &self,
        raw: Option<RawMail>,
        keys: Keys,
        mut decide: Decide,
    ) -> Answer<'_, Result<Receipt, StoreError>> {
        Box::pin(async move {
            let mut truth = self.truth();
            let mut view = truth.view(&keys);
            let place = truth.mails.len() as u64;
            view.raw = raw.as_ref().map(|raw| RawRef { id: raw.id(), place, bytes: raw.bytes().len() as u64 });
            let change = decide(&view);
            let work = !change.letters.is_empty() || !change.deadlines_set.is_empty();
            let mut after = truth.clone();
            after.mails.extend(raw.map(|raw| raw.bytes().clone()));
            let receipt = after.commit(change)?;
            *truth = after;
            if work {
                self.changed.notify_waiters();
            }
            Ok(receipt)
        })
    }

    fn peek(&self, keys: Keys) -> Answer<'_, Result<View, StoreError>> {
        Box::pin(async move { Ok(self.truth().view(&keys)) })
    }

    fn case(&self, id: CaseId) -> Answer<'_, Result<Option<Case>, StoreError>> {
        Box::pin(async move { Ok(self.truth().cases.get(&id).cloned()) })
    }

    fn directory(&self) -> Arc<Directory> {
        self.truth().directory()
    }

    fn page(&self, query: Query) -> Answer<'_, Result<Page, StoreError>> {
        Box::pin(async move { Ok(self.truth().page(query)) })
    }

    fn raw(&self, mail: RawRef) -> Answer<'_, Result<Bytes, StoreError>> {
        Box::pin(async move {
            let found = self.truth().mails.get(mail.place as usize).cloned();
            let right = found.filter(|bytes| MailId::of(bytes) == mail.id);
            right.ok_or_else(|| StoreError::Corrupt("another mail".to_owned()))
        })
    }

    fn due(&self, now: Timestamp, max: usize) -> Answer<'_, Result<Due<Deadline>, StoreError>> {
        Box::pin(async move {
            let truth = self.truth();
            let items: Vec<Deadline> =
                truth.deadlines.iter().filter(|deadline| deadline.at <= now).take(max).copied().collect();
            let next = truth.deadlines.iter().nth(items.len()).map(|deadline| deadline.at);
            Ok(Due { items, next })
        })
    }

    fn lease(
        &self,
        _node: NodeId,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Answer<'_, Result<Due<Letter>, StoreError>> {
        Box::pin(async move { Ok(self.truth().lease(now, until, max)) })
    }

    fn health(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn changed(&self) -> Arc<Notify> {
        self.changed.clone()
    }
}
