//! One batch: decide and stage request after request, then make all of it true with one commit.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ::redb::{Database, ReadableTable, Table, WriteTransaction};

use super::gathered;
use super::open::Ledger;
use super::rows::{self, Rows};
use super::{Request, Shared, storage_error};
use crate::case::change::{
    CASES_PER_LEAD_MAX, CaseChange, Change, Letter, LetterState, Receipt, SEEN_PER_ID_MAX, SeenMail,
};
use crate::case::view::{CounterKey, KnownKey, LeadKey, View};
use crate::directory::apply::apply;
use crate::directory::event::DirectoryEntry;
use crate::directory::model::Directory;
use crate::id::{CaseId, EntryNo, LetterId};
use crate::ports::StoreError;
use crate::store::append::{AppendFailure, Appender, Batch};
use crate::store::{record, schema};
use crate::time::Timestamp;

/// Most counters whose time is over that one commit deletes.
const COUNTERS_SWEPT_MAX: usize = 64;
/// Most rows of the feed that one commit deletes: more than one commit can add.
const FEED_SWEPT_MAX: usize = 1024;

/// What a batch has come to.
pub struct Committed {
    /// One for each request, in order.
    pub answers: Vec<Result<Receipt, StoreError>>,
    pub ledger: Ledger,
    /// When it has changed.
    pub directory: Option<Arc<Directory>>,
    /// Letters that were rewritten or are done.
    pub leases_ended: HashSet<LetterId>,
    /// There are new letters or deadlines.
    pub brought_work: bool,
}

/// Commits a batch. An error means that nothing of it may be believed, and that the database must be opened anew.
pub fn run(
    shared: &Shared,
    database: &Database,
    appender: &Appender,
    ledger: Ledger,
    requests: &mut [Request],
) -> Result<Committed, StoreError> {
    let mut write = database.begin_write().map_err(storage_error)?;
    // The commit carries the allocator's state: after a crash nothing has to be walked through, however large it is.
    write.set_quick_repair(true);
    let mut staging = Staging::new(&write, shared, ledger)?;
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        answers.push(staging.take(request)?);
    }
    let staged = staging.finish()?;
    if staged.dirty {
        if !staged.mails.is_empty() {
            appender.begin(staged.mails);
        }
        write.commit().map_err(storage_error)?;
        // The commit has waited for it already: this cannot wait, and must not fail.
        if let Err(AppendFailure::Write(why) | AppendFailure::Sync(why)) = appender.landing().wait() {
            return Err(StoreError::SyncFailed(why));
        }
    } else {
        // All that was read had been committed before.
        write.abort().map_err(storage_error)?;
    }
    Ok(Committed { answers, ..staged.committed })
}

/// A batch of which everything is staged.
struct Staged {
    dirty: bool,
    mails: Batch,
    committed: Committed,
}

struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    directory: Table<'t, u64, &'static [u8]>,
    cases: Table<'t, u64, &'static [u8]>,
    entries: Table<'t, &'static [u8; 12], &'static [u8]>,
    known: Table<'t, &'static [u8; 20], &'static [u8]>,
    leads: Table<'t, &'static [u8; 20], &'static [u8]>,
    letters: Table<'t, &'static [u8; 14], &'static [u8]>,
    letters_due: Table<'t, &'static [u8; 22], ()>,
    deadlines: Table<'t, &'static [u8; 17], ()>,
    counters: Table<'t, &'static [u8; 24], u32>,
    feed: Table<'t, u64, &'static [u8; 12]>,
    gathered: Table<'t, &'static [u8; 12], &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(write: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            meta: write.open_table(schema::META).map_err(storage_error)?,
            directory: write.open_table(schema::DIRECTORY).map_err(storage_error)?,
            cases: write.open_table(schema::CASES).map_err(storage_error)?,
            entries: write.open_table(schema::ENTRIES).map_err(storage_error)?,
            known: write.open_table(schema::KNOWN).map_err(storage_error)?,
            leads: write.open_table(schema::LEADS).map_err(storage_error)?,
            letters: write.open_table(schema::LETTERS).map_err(storage_error)?,
            letters_due: write.open_table(schema::LETTERS_DUE).map_err(storage_error)?,
            deadlines: write.open_table(schema::DEADLINES).map_err(storage_error)?,
            counters: write.open_table(schema::COUNTERS).map_err(storage_error)?,
            feed: write.open_table(schema::FEED).map_err(storage_error)?,
            gathered: write.open_table(schema::GATHERED).map_err(storage_error)?,
        })
    }
}

/// What the batch has written so far; later requests of it see all of this.
struct Staging<'t> {
    shared: &'t Shared,
    tables: Tables<'t>,
    ledger: Ledger,
    directory: Arc<Directory>,
    directory_changed: bool,
    ended: HashSet<LetterId>,
    brought_work: bool,
    mails: Batch,
    dirty: bool,
    counted: bool,
    /// The latest time that a decision was made at: the store has no clock of its own.
    latest: Option<Timestamp>,
    bytes: Vec<u8>,
}

impl<'t> Staging<'t> {
    fn new(write: &'t WriteTransaction, shared: &'t Shared, ledger: Ledger) -> Result<Self, StoreError> {
        Ok(Self {
            shared,
            tables: Tables::open(write)?,
            ledger,
            directory: shared.directory(),
            directory_changed: false,
            ended: HashSet::new(),
            brought_work: false,
            mails: Batch::new(),
            dirty: false,
            counted: false,
            latest: None,
            bytes: Vec::new(),
        })
    }

    /// Outer error: the batch is lost. Inner error: this request is refused, and nothing of it was staged.
    fn take(&mut self, request: &mut Request) -> Result<Result<Receipt, StoreError>, StoreError> {
        let landing = request.raw.as_ref().map(|mail| self.ledger.mail_end.after(mail));
        let view = match self.view(request, landing.map(|(place, _)| place)) {
            Ok(view) => view,
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(damage) => return Ok(Err(refused(damage))),
        };
        let decided = catch_unwind(AssertUnwindSafe(|| (request.decide)(&view)));
        let Ok(change) = decided else {
            return Ok(Err(refused(StoreError::Undecided("the decision ended in a panic".to_owned()))));
        };
        if change.is_empty() {
            return Ok(Ok(change.receipt));
        }
        if let Err(error) = self.check(&view, &change)? {
            return Ok(Err(refused(error)));
        }
        if let (Some(mail), Some((place, end))) = (request.raw.take(), landing) {
            self.mails.push((place, mail));
            self.ledger.mail_end = end;
        }
        self.stage(change).map(Ok)
    }

    fn view(&self, request: &Request, place: Option<u64>) -> Result<View, StoreError> {
        let raw = request.raw.as_ref().zip(place).map(|(mail, place)| mail.at(place));
        let directory = self.directory.clone();
        let mut view = View { directory, next_case: self.ledger.next_case, raw, ..View::default() };
        let Tables { cases, known, leads, letters, counters, entries, gathered, .. } = &self.tables;
        Rows { cases, known, leads, letters, counters, entries, gathered }.load(&request.keys, &mut view)?;
        if !view.letters.is_empty() {
            let leases = self.shared.leases();
            for (id, letter) in &mut view.letters {
                letter.lease = if self.ended.contains(id) { None } else { leases.of(*id) };
            }
        }
        Ok(view)
    }

    /// Journals grow by one entry at a time, and cases are numbered without gaps.
    fn check(&self, view: &View, change: &Change) -> Result<Result<(), StoreError>, StoreError> {
        let mut next_case = self.ledger.next_case;
        for (index, CaseChange { case, entry }) in change.cases.iter().enumerate() {
            let twice = change.cases[..index].iter().any(|earlier| earlier.case.id == case.id);
            let expected = if case.id == next_case {
                next_case = next_case.next();
                Some(EntryNo::new(1))
            } else if let Some(known) = view.cases.get(&case.id) {
                Some(known.last_entry.next())
            } else {
                rows::case(&self.tables.cases, case.id)?.map(|known| known.last_entry.next())
            };
            if twice || expected != Some(entry.no) || case.last_entry != entry.no {
                let (case, no) = (case.id, entry.no);
                return Ok(Err(StoreError::Corrupt(format!("a change puts entry {no} on case {case} out of order"))));
            }
        }
        Ok(Ok(()))
    }

    fn stage(&mut self, change: Change) -> Result<Receipt, StoreError> {
        self.dirty = true;
        self.brought_work |= !change.letters.is_empty() || !change.deadlines_set.is_empty();
        for changed in &change.cases {
            self.stage_case(changed)?;
        }
        for (key, mail) in change.seen {
            self.stage_seen(&key, mail)?;
        }
        for (key, case) in change.leads {
            self.stage_lead(&key, case)?;
        }
        for letter in change.letters {
            self.stage_letter(letter)?;
        }
        for id in change.letters_done {
            self.remove_letter(id)?;
        }
        for deadline in &change.deadlines_cleared {
            self.tables.deadlines.remove(&schema::deadline_key(deadline)).map_err(storage_error)?;
        }
        for deadline in &change.deadlines_set {
            self.tables.deadlines.insert(&schema::deadline_key(deadline), ()).map_err(storage_error)?;
        }
        for entry in &change.directory {
            self.stage_directory(entry)?;
        }
        for counter in &change.counters {
            self.stage_counter(counter)?;
        }
        for user in change.gathered_told {
            gathered::forget(&mut self.tables.gathered, user)?;
        }
        for one in change.gathered {
            gathered::add(&mut self.tables.gathered, one, &mut self.bytes)?;
        }
        Ok(change.receipt)
    }

    fn stage_case(&mut self, CaseChange { case, entry }: &CaseChange) -> Result<(), StoreError> {
        record::encode(case, &mut self.bytes)?;
        self.tables.cases.insert(case.id.get(), self.bytes.as_slice()).map_err(storage_error)?;
        record::encode(entry, &mut self.bytes)?;
        let key = schema::entry_key(case.id, entry.no);
        self.tables.entries.insert(&key, self.bytes.as_slice()).map_err(storage_error)?;
        self.ledger.fed += 1;
        self.tables.feed.insert(self.ledger.fed, &key).map_err(storage_error)?;
        if case.id == self.ledger.next_case {
            self.ledger.next_case = case.id.next();
        }
        self.latest = self.latest.max(Some(entry.at));
        Ok(())
    }

    fn stage_seen(&mut self, key: &KnownKey, mail: SeenMail) -> Result<(), StoreError> {
        let key = schema::known_key(key);
        let mut seen: Vec<SeenMail> = rows::row(&self.tables.known, &key, "known")?.unwrap_or_default();
        if seen.len() >= SEEN_PER_ID_MAX {
            // Never the first: anybody may send mails under the id of another, as many as it takes.
            seen.remove(1);
        }
        seen.push(mail);
        record::encode(&seen, &mut self.bytes)?;
        self.tables.known.insert(&key, self.bytes.as_slice()).map_err(storage_error)?;
        Ok(())
    }

    fn stage_lead(&mut self, key: &LeadKey, case: CaseId) -> Result<(), StoreError> {
        let key = schema::lead_key(key);
        let mut cases: Vec<CaseId> = rows::row(&self.tables.leads, &key, "leads")?.unwrap_or_default();
        cases.retain(|other| *other != case);
        if cases.len() >= CASES_PER_LEAD_MAX {
            cases.remove(0);
        }
        cases.push(case);
        record::encode(&cases, &mut self.bytes)?;
        self.tables.leads.insert(&key, self.bytes.as_slice()).map_err(storage_error)?;
        Ok(())
    }

    fn stage_letter(&mut self, mut letter: Letter) -> Result<(), StoreError> {
        letter.lease = None;
        record::encode(&letter, &mut self.bytes)?;
        let key = schema::letter_key(letter.id);
        let old = self.tables.letters.insert(&key, self.bytes.as_slice()).map_err(storage_error)?;
        let old: Option<Letter> = old.map(|old| record::decode(old.value(), "letters")).transpose()?;
        if let Some(old) = old {
            self.ended.insert(letter.id);
            self.remove_due(&old)?;
        }
        if letter.state == LetterState::Queued {
            let due = schema::letter_due_key(letter.next_try, letter.id);
            self.tables.letters_due.insert(&due, ()).map_err(storage_error)?;
        }
        Ok(())
    }

    fn remove_letter(&mut self, id: LetterId) -> Result<(), StoreError> {
        self.ended.insert(id);
        let old = self.tables.letters.remove(&schema::letter_key(id)).map_err(storage_error)?;
        let old: Option<Letter> = old.map(|old| record::decode(old.value(), "letters")).transpose()?;
        old.map_or(Ok(()), |old| self.remove_due(&old))
    }

    fn remove_due(&mut self, old: &Letter) -> Result<(), StoreError> {
        self.tables.letters_due.remove(&schema::letter_due_key(old.next_try, old.id)).map_err(storage_error)?;
        Ok(())
    }

    fn stage_directory(&mut self, entry: &DirectoryEntry) -> Result<(), StoreError> {
        self.ledger.events += 1;
        record::encode(entry, &mut self.bytes)?;
        self.tables.directory.insert(self.ledger.events, self.bytes.as_slice()).map_err(storage_error)?;
        apply(Arc::make_mut(&mut self.directory), &entry.event);
        self.directory_changed = true;
        Ok(())
    }

    fn stage_counter(&mut self, counter: &CounterKey) -> Result<(), StoreError> {
        let key = schema::counter_key(counter);
        let before = self.tables.counters.get(&key).map_err(storage_error)?.map_or(0, |count| count.value());
        self.tables.counters.insert(&key, before.saturating_add(1)).map_err(storage_error)?;
        self.counted = true;
        Ok(())
    }

    /// Adds what belongs to the batch as a whole.
    fn finish(mut self) -> Result<Staged, StoreError> {
        if !self.mails.is_empty() {
            let end = self.ledger.mail_end.place();
            self.tables.meta.insert(schema::META_MAIL_END, end).map_err(storage_error)?;
        }
        if let Some(latest) = self.latest.filter(|_| self.counted) {
            self.sweep_counters(latest)?;
        }
        if self.latest.is_some() {
            self.sweep_feed()?;
        }
        let committed = Committed {
            answers: Vec::new(),
            ledger: self.ledger,
            directory: self.directory_changed.then_some(self.directory),
            leases_ended: self.ended,
            brought_work: self.brought_work,
        };
        Ok(Staged { dirty: self.dirty, mails: self.mails, committed })
    }

    /// What the search index has need not be told again. The last row stays: it tells how far the numbers have come.
    fn sweep_feed(&mut self) -> Result<(), StoreError> {
        let gone = self.shared.search.kept().min(self.ledger.fed.saturating_sub(1));
        for _ in 0..FEED_SWEPT_MAX {
            let first = self.tables.feed.first().map_err(storage_error)?.map(|(number, _)| number.value());
            match first {
                Some(number) if number <= gone => self.tables.feed.remove(number).map_err(storage_error)?,
                _ => return Ok(()),
            };
        }
        Ok(())
    }

    /// Counters whose time is over are nobody's concern; some of them go with each batch that counts.
    fn sweep_counters(&mut self, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..COUNTERS_SWEPT_MAX {
            let first = self.tables.counters.first().map_err(storage_error)?.map(|(key, _)| *key.value());
            match first {
                Some(key) if key[..8] < schema::time_bytes(now)[..] => {
                    self.tables.counters.remove(&key).map_err(storage_error)?;
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Once, where it is known: the caller only hears that nothing was written.
fn refused(error: StoreError) -> StoreError {
    tracing::error!(%error, "a request was refused, nothing of it is written");
    error
}
