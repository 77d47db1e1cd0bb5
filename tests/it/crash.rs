//! The store on a disk that dies, fills up, or fails to sync: at every operation of one fixed run of work.
//!
//! Each run is judged by the same rule: what was acknowledged is there whole; what was not is there whole or not at
//! all; and the store that is opened afterwards takes new work.

use std::collections::BTreeMap;
use std::sync::Arc;

use henvend::case::change::Change;
use henvend::case::view::{Keys, View};
use henvend::id::{EntryNo, UserId};
use henvend::ports::{CaseQuery, Page, Query, Store, StoreError};
use henvend::store::redb::{OpenConfig, RedbStore};

use crate::kit::disk::{Fault, FaultyDisk, Left};
use crate::kit::place::{peek, transact};
use crate::kit::sample::{
    case_id, continues, counter, customer_added, deadline, known, letter, letter_id, mail, noise, opens, seen,
};

/// Pieces of work in a run; they come three at a time.
const WORK: u8 = 30;
const TOGETHER: u8 = 3;
/// For whom each piece gathers two entries.
const USER: UserId = UserId::new(7);

fn open(disk: &FaultyDisk) -> Result<RedbStore, StoreError> {
    RedbStore::open_on(Arc::new(disk.clone()), OpenConfig::new("unused"))
}

/// Work `number` opens a case of that title; everything that it writes carries the number.
fn work(view: &View, number: u8) -> Change {
    let case = view.next_case;
    let time = i64::from(number);
    let mut cases = vec![opens(view, &number.to_string())];
    if view.cases.contains_key(&case_id(1)) {
        cases.push(continues(view, case_id(1)));
    }
    Change {
        cases,
        seen: vec![(known(number), seen(case, 1))],
        letters: vec![letter(letter_id(case.get(), 0), time), letter(letter_id(case.get(), 1), time + 1)],
        letters_done: vec![letter_id(case.get() - 1, 1)],
        deadlines_set: vec![deadline(time, case.get())],
        directory: vec![customer_added(u32::from(number) + 1)],
        counters: vec![counter(1000, 1), counter(1000 + time, 2)],
        gathered: vec![(USER, case, EntryNo::new(1)), (USER, case, EntryNo::new(2))],
        ..Change::default()
    }
}

fn body(number: u8) -> Vec<u8> {
    noise(usize::from(number) * 700, u64::from(number) + 1)
}

async fn try_work(store: &dyn Store, number: u8) -> Result<(), StoreError> {
    let keys = Keys { cases: vec![case_id(1)], ..Keys::default() };
    transact(store, Some(mail(body(number))), keys, move |view| work(view, number)).await.map(|_| ())
}

/// Runs all of it, and says which pieces were acknowledged.
async fn run(store: Arc<dyn Store>) -> Vec<u8> {
    let mut acknowledged = Vec::new();
    for first in (0..WORK).step_by(usize::from(TOGETHER)) {
        let mut wave = tokio::task::JoinSet::new();
        for number in first..first + TOGETHER {
            let store = store.clone();
            wave.spawn(async move { (number, try_work(&*store, number).await) });
        }
        while let Some(done) = wave.join_next().await {
            let (number, answer) = done.unwrap();
            if answer.is_ok() {
                acknowledged.push(number);
            }
        }
    }
    acknowledged
}

/// Everything in the store, checked against itself: which pieces of work are there, whole.
async fn pieces(store: &dyn Store) -> BTreeMap<u8, u64> {
    let query = CaseQuery { max: 1000, ..CaseQuery::default() };
    let Page::Cases { cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("another page") };
    let mut found = BTreeMap::new();
    for case in &cases {
        let number: u8 = case.title.parse().unwrap();
        let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: 1000 };
        let Page::Journal(journal) = store.page(query).await.unwrap() else { panic!("another page") };
        assert_eq!(journal.len(), case.last_entry.get() as usize);
        let raw = store.raw(journal[0].mail().unwrap().raw).await.unwrap();
        assert!(raw == body(number), "the mail of {number}");
        for entry in &journal[1..] {
            store.raw(entry.mail().unwrap().raw).await.unwrap();
        }
        let last = case.id.get() == cases.len() as u64;
        let letters = vec![letter_id(case.id.get(), 0), letter_id(case.id.get(), 1)];
        let keys = Keys { known: vec![known(number)], letters, counters: vec![counter(1000, 1)], ..Keys::default() };
        let view = peek(store, keys).await;
        assert_eq!(view.known[&known(number)], [seen(case.id, 1)]);
        assert_eq!(view.letters.len(), if last { 2 } else { 1 }, "letters of {number}");
        assert_eq!(view.counters[&counter(1000, 1)] as usize, cases.len());
        found.insert(number, case.id.get());
    }
    let count = cases.len();
    assert_eq!(found.len(), count);
    assert_eq!(store.due(henvend::time::Timestamp::from_millis(1000), 1000).await.unwrap().items.len(), count);
    assert_eq!(store.directory().version().get() as usize, count);
    let gathered = peek(store, Keys { gathered: vec![USER], ..Keys::default() }).await.gathered.remove(&USER);
    let rows = gathered.map(|pile| pile.cases).unwrap_or_default();
    assert!(rows.len() == count && rows.iter().all(|row| row.count == 2), "{rows:?}");
    let Page::Letters(queue) = store.page(Query::Letters { after: None, max: 1000 }).await.unwrap() else {
        panic!("another page")
    };
    assert_eq!(queue.len(), if count == 0 { 0 } else { count + 1 });
    if let Some(first) = cases.last() {
        // Every piece but the first also wrote on the first case.
        assert_eq!(first.last_entry.get() as usize, count);
    }
    found
}

async fn judge(store: &dyn Store, acknowledged: &[u8], how: &str) {
    let found = pieces(store).await;
    for number in acknowledged {
        assert!(found.contains_key(number), "{how}: {number} was acknowledged and is gone");
    }
    try_work(store, WORK).await.unwrap();
    assert!(pieces(store).await.contains_key(&WORK), "{how}: no new work");
}

/// How many operations a run takes when nothing fails.
async fn operations_of_a_run() -> u64 {
    let disk = FaultyDisk::default();
    let store = Arc::new(open(&disk).unwrap());
    disk.fail(Fault::Never);
    assert_eq!(run(store.clone()).await.len(), usize::from(WORK));
    let operations = disk.operations();
    judge(&*store, &(0..WORK).collect::<Vec<_>>(), "no fault").await;
    operations
}

/// Every operation with `HENVEND_LONG=1`; otherwise every `stride`-th, another set for each `offset`.
fn points(operations: u64, offset: u64, stride: u64) -> impl Iterator<Item = u64> {
    let long = std::env::var_os("HENVEND_LONG").is_some();
    let step = if long { 1 } else { stride };
    (1..=operations)
        .skip(if long { 0 } else { usize::try_from(offset).unwrap() })
        .step_by(usize::try_from(step).unwrap())
}

async fn dies_everywhere(left: Left, offset: u64) {
    // Losing all that was not synced is the common case: it is tried at every operation.
    let stride = if left == Left::Nothing { 1 } else { 5 };
    for point in points(operations_of_a_run().await, offset, stride) {
        let disk = FaultyDisk::default();
        let store = Arc::new(open(&disk).unwrap());
        disk.fail(Fault::DeadFrom(point));
        let acknowledged = run(store.clone()).await;
        drop(store);
        let how = format!("dead at {point}, {left:?}");
        let again = open(&disk.after_power_cut(left)).unwrap_or_else(|error| panic!("{how}: {error}"));
        judge(&again, &acknowledged, &how).await;
    }
}

macro_rules! power_cuts {
    ($($name:ident: $left:ident, $offset:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            dies_everywhere(Left::$left, $offset).await;
        })*
    };
}

power_cuts! {
    a_power_cut_leaves_nothing_unsynced: Nothing, 0;
    a_power_cut_leaves_everything_written: Everything, 1;
    a_power_cut_leaves_the_first_half: FirstHalf, 2;
    a_power_cut_leaves_every_other_write: EveryOther, 3;
    a_power_cut_tears_the_last_write: TornLast, 4;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_dies_while_opening_opens_later() {
    let full = FaultyDisk::default();
    drop(open(&full).unwrap());
    for point in 1..=full.operations() {
        for left in [Left::Nothing, Left::FirstHalf, Left::EveryOther] {
            let disk = FaultyDisk::default();
            disk.fail(Fault::DeadFrom(point));
            // At the last points only the closing fails, which nobody hears of.
            drop(open(&disk));
            let how = format!("dead at {point} of opening, {left:?}");
            let again = open(&disk.after_power_cut(left)).unwrap_or_else(|error| panic!("{how}: {error}"));
            judge(&again, &[], &how).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_survived_without_help() {
    for point in points(operations_of_a_run().await, 0, 7) {
        for length in [1, 12, 60] {
            let disk = FaultyDisk::default();
            let store = Arc::new(open(&disk).unwrap());
            disk.fail(Fault::FullFor { from: point, until: point + length });
            let acknowledged = run(store.clone()).await;
            let how = format!("full from {point} for {length}");
            disk.fail(Fault::Never);
            let mut health = store.watch_health();
            let well = health.wait_for(Result::is_ok);
            let waited = tokio::time::timeout(std::time::Duration::from_secs(60), well).await;
            assert!(waited.is_ok_and(|health| health.is_ok()), "{how}: not well again: {:?}", store.health());
            let (found, fatal) = (pieces(&*store).await, store.fatal());
            assert_eq!(fatal, None, "{how}");
            assert!(acknowledged.iter().all(|number| found.contains_key(number)), "{how}");
            judge(&*store, &acknowledged, &how).await;
            drop(store);
            let again = open(&disk.after_power_cut(Left::Nothing)).unwrap();
            let kept = pieces(&again).await;
            assert!(kept.contains_key(&WORK) && kept.len() > acknowledged.len(), "{how}: lost at a power cut");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_ends_the_store_and_loses_nothing() {
    for point in points(operations_of_a_run().await, 0, 9) {
        let disk = FaultyDisk::default();
        let store = Arc::new(open(&disk).unwrap());
        disk.fail(Fault::SyncsFailFrom(point));
        let acknowledged = run(store.clone()).await;
        let how = format!("no sync from {point}");
        if acknowledged.len() < usize::from(WORK) {
            assert!(matches!(store.fatal(), Some(StoreError::SyncFailed(_))), "{how}: {:?}", store.health());
            assert!(matches!(try_work(&*store, WORK).await, Err(StoreError::SyncFailed(_))), "{how}");
        }
        drop(store);
        for left in [Left::Nothing, Left::EveryOther] {
            let again = open(&disk.after_power_cut(left)).unwrap_or_else(|error| panic!("{how}: {error}"));
            judge(&again, &acknowledged, &how).await;
        }
    }
}
