//! Keeps the search index up with what is committed: a thread of its own, which works a fifth of the time at most, so
//! that under load it falls behind and the mail does not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::redb::{ReadableTable, TableError};

use super::{Shared, read, rows, storage_error};
use crate::case::event::{CaseEvent, Entry};
use crate::case::model::{Case, Party};
use crate::case::words::words;
use crate::id::CaseId;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::ports::StoreError;
use crate::store::disk::Disk;
use crate::store::schema;
use crate::store::search::{Kept, Marks, SearchIndex, Words};

/// Most entries added at once, or those of one case; and most cases looked at for them.
const ENTRIES_MAX: usize = 64;
const CASES_MAX: usize = 1024;
/// Each time that so many cases more are in, they are there for good: a crash does not cost the whole of a rebuild.
const KEPT_EVERY: u64 = 10_000;
/// Most bytes of mail read at once, but for a single mail that is larger.
const BYTES_MAX: u64 = 8 << 20;
/// Most words of one mail that are looked for, and most octets of its text that are read for them.
const WORDS_MAX: usize = 20_000;
const TEXT_BYTES_MAX: usize = 1 << 20;
/// After work there is a rest of so many times its length. Once all is in it is no shorter than `REST_MIN`, for then each
/// piece of work ends in a sync of its own on the disk that the mail needs.
const REST_FACTOR: u32 = 4;
const REST_MIN: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(30);
/// How long to wait when the store is closed for a moment.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// How long a search waits for the index to come up with what was there when it was asked.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// What the thread, the writer and searches have in common.
#[derive(Debug, Default)]
pub struct Search {
    state: Mutex<State>,
    moved: Condvar,
    /// Rows of the feed that are in the index for good and may go.
    kept: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    index: Option<Arc<SearchIndex>>,
    /// Row of the feed up to which all is in.
    reached: u64,
    /// Searches that wait: for them there is no rest, and none of them waits long.
    waiting: usize,
    /// How far it is made.
    building: Building,
    /// It is to be made anew.
    anew: bool,
    woken: bool,
    over: bool,
}

/// How far an index is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Building {
    /// It is being opened.
    #[default]
    Opening,
    /// Of so many cases, so many are in.
    Cases { of: u64, built: u64 },
    /// All that there was when it was begun is in.
    Done,
}

impl Search {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.moved.notify_all();
    }

    /// There is something new in the feed.
    pub fn wake(&self) {
        self.change(|state| state.woken = true);
    }

    /// The thread is to end.
    pub fn end(&self) {
        self.change(|state| state.over = true);
    }

    /// Rows of the feed up to this one may be forgotten.
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// The index, as soon as it holds what is in the feed up to `wanted`, or after a while. An index that is being made
    /// is not to be had: what it does not find yet would seem not to be there.
    pub fn index(&self, wanted: u64) -> Result<Arc<SearchIndex>, StoreError> {
        self.change(|state| (state.waiting, state.woken) = (state.waiting + 1, true));
        let behind = |state: &mut State| !state.over && (state.building != Building::Done || state.reached < wanted);
        let waited = self.moved.wait_timeout_while(self.state(), WAIT_MAX, behind);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
        let why = match (state.building, &state.index) {
            (Building::Done, Some(index)) => return Ok(index.clone()),
            (Building::Cases { of, built }, _) => {
                format!("the search index is being made, {built} of {of} cases are in it: search again later")
            }
            (Building::Opening | Building::Done, _) => {
                "the search index is being opened: search again later".to_owned()
            }
        };
        Err(StoreError::Unavailable(why))
    }

    /// The index is made anew from what the store holds.
    pub fn rebuild(&self) {
        self.change(|state| {
            (state.reached, state.building) = (0, Building::Opening);
            (state.anew, state.woken) = (true, true);
        });
    }

    /// Notes how far the index has come, but for one that is to be made anew.
    fn came_to(&self, marks: Marks) {
        self.change(|state| {
            if state.anew {
                return;
            }
            if marks.built < marks.build_to {
                state.building = Building::Cases { of: marks.build_to, built: marks.built };
            } else {
                (state.building, state.reached) = (Building::Done, marks.followed);
            }
        });
    }

    /// Waits until the rest is over, or a search waits; says whether to go on.
    fn rest(&self, rest: Duration) -> bool {
        let at_rest = |state: &mut State| !state.over && state.waiting == 0;
        let waited = self.moved.wait_timeout_while(self.state(), rest, at_rest);
        !waited.unwrap_or_else(PoisonError::into_inner).0.over
    }

    /// Waits until there is something to do; says whether to go on.
    fn idle(&self) -> bool {
        let idle = |state: &mut State| !state.over && !state.woken;
        let mut state = self.moved.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
        !state.over
    }
}

/// Starts the thread.
pub fn start(shared: Arc<Shared>, disk: Arc<dyn Disk>) -> Result<JoinHandle<()>, StoreError> {
    let no_thread = |error| StoreError::Unavailable(format!("cannot start a thread: {error}"));
    let run = move || match open(&*disk) {
        Ok(index) => follow(&shared, &index),
        Err(error) => tracing::error!(%error, "there is no search index, and none can be made"),
    };
    std::thread::Builder::new().name("store-search".to_owned()).spawn(run).map_err(no_thread)
}

/// The index as it was left; an empty one when it cannot be read.
fn open(disk: &dyn Disk) -> Result<Arc<SearchIndex>, StoreError> {
    let failed = |error| StoreError::Unavailable(format!("search index: {error}"));
    let index = SearchIndex::open(disk.search_database().map_err(failed)?).or_else(|error| {
        tracing::warn!(%error, "the search index is made anew");
        disk.drop_search_database().map_err(failed)?;
        SearchIndex::open(disk.search_database().map_err(failed)?)
    });
    index.map(Arc::new)
}

fn follow(shared: &Shared, index: &Arc<SearchIndex>) {
    let search = &shared.search;
    search.change(|state| state.index = Some(index.clone()));
    let (mut rest, mut more, mut failing) = (Duration::ZERO, true, false);
    while search.rest(rest) && (more || search.idle()) {
        let started = now();
        match advance(shared, index) {
            Ok(left) => {
                (more, failing) = (left, false);
                let least = if more { Duration::ZERO } else { REST_MIN };
                rest = (started.elapsed() * REST_FACTOR).clamp(least, REST_MAX);
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "the search index cannot be kept up; it is tried again and again");
                }
                (rest, more, failing) = (TROUBLE_PAUSE, true, true);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "work is measured for the pause after it; nothing is decided by it")]
fn now() -> Instant {
    Instant::now()
}

/// Some work; says whether there may be more.
fn advance(shared: &Shared, index: &SearchIndex) -> Result<bool, StoreError> {
    let mut marks = index.marks()?;
    let anew = shared.search.state().anew;
    if anew || marks.followed > with_read(shared, fed)? {
        // Wanted so, or made from another store than this.
        index.clear()?;
        shared.search.change(|state| state.anew = false);
        marks = Marks::default();
    }
    let batch = with_read(shared, |read| gather(read, marks))?;
    let mut added = Words::new();
    for (case, whole, entry) in &batch.entries {
        let own = added.entry(*case).or_default();
        if let Some(whole) = whole {
            own.extend(words_of_case(whole));
        }
        words_of_entry(shared, entry, own);
    }
    let done = batch.marks == marks;
    if !done || !added.is_empty() {
        // What is caught up is kept for good; on the way there a crash may lose some of it.
        let keep = !batch.more || batch.marks.built / KEPT_EVERY > marks.built / KEPT_EVERY;
        index.add(&added, batch.marks, if keep { Kept::ForGood } else { Kept::UntilCrash })?;
    }
    if !batch.more {
        shared.search.kept.store(batch.marks.followed, Ordering::Relaxed);
    }
    shared.search.came_to(batch.marks);
    Ok(batch.more)
}

/// What is to be added next.
pub struct Batch {
    /// The case, its state where the case itself is to be read, and an entry.
    entries: Vec<(CaseId, Option<Case>, Entry)>,
    /// How far the index has come with it.
    pub marks: Marks,
    more: bool,
}

fn gather(read: &::redb::ReadTransaction, marks: Marks) -> Result<Batch, StoreError> {
    let last = fed(read)?;
    if marks.build_to == 0 {
        // New: everything is read once, and then what has come since. Case 1 there is, or there will be in the feed.
        let next = rows::next_case(&read.open_table(schema::CASES).map_err(storage_error)?)?;
        let marks = Marks { followed: last, built: 0, build_to: next.get().saturating_sub(1).max(1) };
        return Ok(Batch { entries: Vec::new(), marks, more: true });
    }
    if marks.built < marks.build_to { build(read, marks) } else { catch_up(read, marks, last) }
}

/// The last row of the feed.
pub fn fed(read: &::redb::ReadTransaction) -> Result<u64, StoreError> {
    match read.open_table(schema::FEED) {
        Ok(feed) => Ok(feed.last().map_err(storage_error)?.map_or(0, |(number, _)| number.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(0),
        Err(error) => Err(storage_error(error)),
    }
}

/// The next cases of a rebuild, each with its whole journal.
pub fn build(read: &::redb::ReadTransaction, marks: Marks) -> Result<Batch, StoreError> {
    let mut batch = Batch { entries: Vec::new(), marks, more: true };
    let mut bytes = 0;
    for number in (marks.built + 1..=marks.build_to).take(CASES_MAX) {
        let id = CaseId::new(number);
        let mut case = read::case(read, id)?;
        for entry in read::journal(read, id)? {
            bytes += bytes_of(&entry);
            batch.entries.push((id, case.take(), entry));
        }
        batch.marks.built = number;
        if batch.entries.len() >= ENTRIES_MAX || bytes >= BYTES_MAX {
            break;
        }
    }
    Ok(batch)
}

/// What there is to read of an entry.
fn bytes_of(entry: &Entry) -> u64 {
    entry.mail().map_or(0, |mail| mail.raw.bytes)
}

/// The next rows of the feed.
fn catch_up(read: &::redb::ReadTransaction, marks: Marks, last: u64) -> Result<Batch, StoreError> {
    let mut batch = Batch { entries: Vec::new(), marks, more: false };
    if marks.followed == last {
        return Ok(batch);
    }
    let feed = read.open_table(schema::FEED).map_err(storage_error)?;
    let journal = read.open_table(schema::ENTRIES).map_err(storage_error)?;
    let mut bytes = 0;
    for row in feed.range(marks.followed + 1..).map_err(storage_error)? {
        let (number, key) = row.map_err(storage_error)?;
        let entry: Option<Entry> = rows::row(&journal, key.value(), "entries")?;
        bytes += entry.as_ref().map_or(0, bytes_of);
        batch.entries.extend(entry.map(|entry| (schema::case_of_entry(key.value()), None, entry)));
        batch.marks.followed = number.value();
        if batch.entries.len() >= ENTRIES_MAX || bytes >= BYTES_MAX {
            break;
        }
    }
    batch.more = batch.marks.followed < last;
    Ok(batch)
}

fn with_read<T>(
    shared: &Shared,
    job: impl FnOnce(&::redb::ReadTransaction) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let database = shared.database.read().unwrap_or_else(PoisonError::into_inner);
    let database = database.as_ref().ok_or_else(|| shared.why_closed())?;
    job(&::redb::ReadableDatabase::begin_read(database).map_err(storage_error)?)
}

fn words_of_case(case: &Case) -> BTreeSet<String> {
    let people = case.participants.iter().flat_map(|party| words_of_party(party).collect::<Vec<_>>());
    words(&case.title).chain(people).collect()
}

fn words_of_party(party: &Party) -> impl Iterator<Item = String> {
    words(&format!("{} {}", party.name.as_deref().unwrap_or_default(), party.address)).collect::<Vec<_>>().into_iter()
}

/// Titles, people and texts that an entry brought.
fn words_of_entry(shared: &Shared, entry: &Entry, own: &mut BTreeSet<String>) {
    for event in &entry.events {
        match event {
            CaseEvent::CaseOpened { title, participants, .. } => {
                own.extend(words(title));
                participants.iter().for_each(|party| own.extend(words_of_party(party)));
            }
            CaseEvent::TitleChanged { to } => own.extend(words(to)),
            CaseEvent::ParticipantAdded { party } | CaseEvent::ContactChanged { party } => {
                own.extend(words_of_party(party));
            }
            CaseEvent::CallMade { number: Some(number) } => own.extend(words(number)),
            _ => {}
        }
    }
    let Some(mail) = entry.mail() else { return };
    own.extend(words(&mail.subject));
    // What was not read when it came is not read now; what cannot be read from disk is found by its subject.
    let raw = if mail.unread { None } else { shared.segments.read(mail.raw).ok() };
    let Some(read) = raw.and_then(|raw| parse_caught(&raw, &Limits::default())) else { return };
    for from in &read.from {
        own.extend(words(&format!("{} {}", from.name.as_deref().unwrap_or_default(), from.address)));
    }
    let end = read.text.floor_char_boundary(TEXT_BYTES_MAX);
    own.extend(words(&read.text[..end]).take(WORDS_MAX));
    for file in read.files().filter_map(|file| file.name.as_deref()) {
        own.extend(words(file));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_in_the_making_says_so_instead_of_finding_half() {
        let memory = Box::new(::redb::backends::InMemoryBackend::new());
        let index = Arc::new(SearchIndex::open(memory).expect("memory"));
        let search = Search::default();
        // Nobody waits for what does not come.
        search.end();
        search.change(|state| state.index = Some(index));
        let why = || search.index(1).map(drop).map_err(|error| error.to_string());
        let (part, whole) =
            (Marks { followed: 7, built: 3, build_to: 9 }, Marks { followed: 7, built: 9, build_to: 9 });
        assert!(why().is_err_and(|why| why.contains("being opened")));
        search.came_to(part);
        assert!(why().is_err_and(|why| why.contains("3 of 9 cases") && why.contains("later")));
        search.came_to(whole);
        assert_eq!(why(), Ok(()));
        search.rebuild();
        search.came_to(whole);
        assert!(why().is_err(), "what was done before it was to be made anew does not count");
    }
}
