//! Random work on two stores at once: whatever can be asked, both answer the same.

use std::sync::{Arc, Mutex};

use henvend::case::change::{Change, Letter, LetterState};
use henvend::case::event::{CaseEvent, Entry, RawRef};
use henvend::case::model::Status;
use henvend::case::view::{Keys, View};
use henvend::id::{CategoryId, EntryNo, NodeId, UserId, Version};
use henvend::ports::{CaseQuery, Due, Page, Query, Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::place::{InMemory, OnDisk, Place, transact};
use super::sample::{
    at, case_id, continues, counter, customer_added, deadline, known, lead, letter, letter_id, mail, opens, seen,
};

/// Something to do. Small numbers, so that things meet.
#[derive(Clone, Debug)]
enum Work {
    Transact(Vec<Part>, Option<u8>),
    Lease { now: i64, lasts: i64, max: usize },
    Reopen,
}

/// A part of a change.
#[derive(Clone, Debug)]
enum Part {
    Open(u8),
    Continue(u64),
    Merge(u64, u64),
    Misnumber(u64),
    Seen(u8, u64),
    Lead(u8, u64),
    Letter(u64, u16, i64),
    Stop(u64, u16),
    Done(u64, u16),
    Set(i64, u64),
    Clear(i64, u64),
    Count(u8),
    Gather(u32, u64),
    Tell(u32),
    Customer(u32),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        3 => (0..4_u8).prop_map(Part::Open),
        4 => (1..6_u64).prop_map(Part::Continue),
        1 => (1..6_u64, 1..6_u64).prop_map(|(from, to)| Part::Merge(from, to)),
        1 => (1..6_u64).prop_map(Part::Misnumber),
        3 => (0..3_u8, 1..6_u64).prop_map(|(key, case)| Part::Seen(key, case)),
        3 => (0..3_u8, 1..6_u64).prop_map(|(key, case)| Part::Lead(key, case)),
        4 => (1..4_u64, 0..3_u16, 0..40_i64).prop_map(|(case, copy, time)| Part::Letter(case, copy, time)),
        1 => (1..4_u64, 0..3_u16).prop_map(|(case, copy)| Part::Stop(case, copy)),
        2 => (1..4_u64, 0..3_u16).prop_map(|(case, copy)| Part::Done(case, copy)),
        2 => (-9..40_i64, 1..4_u64).prop_map(|(time, case)| Part::Set(time, case)),
        2 => (-9..40_i64, 1..4_u64).prop_map(|(time, case)| Part::Clear(time, case)),
        2 => (0..3_u8).prop_map(Part::Count),
        3 => (1..4_u32, 1..6_u64).prop_map(|(user, case)| Part::Gather(user, case)),
        1 => (1..4_u32).prop_map(Part::Tell),
        1 => (1..9_u32).prop_map(Part::Customer),
    ]
}

fn work() -> impl Strategy<Value = Work> {
    let transact = (prop::collection::vec(part(), 0..6), prop::option::of(any::<u8>()));
    prop_oneof![
        8 => transact.prop_map(|(parts, raw)| Work::Transact(parts, raw)),
        3 => (0..50_i64, 1..30_i64, 0..5_usize).prop_map(|(now, lasts, max)| Work::Lease { now, lasts, max }),
        1 => Just(Work::Reopen),
    ]
}

fn all_keys() -> Keys {
    let letters = (1..4).flat_map(|case| (0..3).map(move |copy| letter_id(case, copy))).collect();
    let (known, cases) = ((0..3).map(known).collect(), (1..6).map(case_id).collect::<Vec<_>>());
    let entries = cases.iter().flat_map(|case| (1..4).map(|no| (*case, EntryNo::new(no)))).collect();
    let counters = (0..3).map(|of| counter(100, of)).collect();
    let gathered = (1..4).map(UserId::new).collect();
    Keys { known, leads: (0..3).map(lead).collect(), cases, letters, counters, entries, gathered }
}

fn change(view: &View, parts: &[Part]) -> Change {
    let mut change = Change::default();
    for part in parts {
        match *part {
            Part::Open(title) => change.cases.push(opens(view, &title.to_string())),
            Part::Continue(case) if view.cases.contains_key(&case_id(case)) => {
                change.cases.push(continues(view, case_id(case)));
            }
            Part::Merge(from, to) if view.cases.contains_key(&case_id(from)) => {
                let mut merged = continues(view, case_id(from));
                merged.case.status = Status::Merged(case_id(to));
                change.cases.push(merged);
            }
            Part::Continue(_) | Part::Merge(..) => {}
            Part::Misnumber(case) => {
                let mut wrong = opens(view, "wrong");
                wrong.case.id = case_id(case);
                change.cases.push(wrong);
            }
            Part::Seen(key, case) => change.seen.push((known(key), seen(case_id(case), u32::from(key)))),
            Part::Lead(key, case) => change.leads.push((lead(key), case_id(case))),
            Part::Letter(case, copy, time) => change.letters.push(letter(letter_id(case, copy), time)),
            Part::Stop(case, copy) => {
                change.letters.push(Letter { state: LetterState::Stopped, ..letter(letter_id(case, copy), 5) });
            }
            Part::Done(case, copy) => change.letters_done.push(letter_id(case, copy)),
            Part::Set(time, case) => change.deadlines_set.push(deadline(time, case)),
            Part::Clear(time, case) => change.deadlines_cleared.push(deadline(time, case)),
            Part::Count(of) => change.counters.push(counter(100, of)),
            Part::Gather(user, case) => {
                let entry = view.cases.get(&case_id(case)).map_or(EntryNo::new(1), |case| case.last_entry);
                change.gathered.push((UserId::new(user), case_id(case), entry));
            }
            Part::Tell(user) => change.gathered_told.push(UserId::new(user)),
            Part::Customer(number) => change.directory.push(customer_added(number)),
        }
    }
    change
}

/// Where a store puts a mail is its own matter.
fn without_place(raw: RawRef) -> RawRef {
    RawRef { place: 0, ..raw }
}

fn journal_without_places(mut entries: Vec<Entry>) -> Vec<Entry> {
    for event in entries.iter_mut().flat_map(|entry| &mut entry.events) {
        if let CaseEvent::MailReceived { mail } = event {
            mail.raw = without_place(mail.raw);
        }
    }
    entries
}

/// Does one thing, and says what came of it.
async fn perform(store: &dyn Store, work: &Work) -> String {
    match work {
        Work::Transact(parts, raw) => {
            let raw = raw.map(|byte| mail(vec![byte; usize::from(byte) * 40]));
            let parts = parts.clone();
            let saw = Arc::new(Mutex::new(String::new()));
            let noted = saw.clone();
            let decide = move |view: &View| {
                *noted.lock().unwrap() = view_text(view);
                change(view, &parts)
            };
            let answer = transact(store, raw, all_keys(), decide).await;
            // The text of an error is the store's own.
            let answer = answer.map_err(|error| matches!(error, StoreError::Corrupt(_)));
            format!("{answer:?} after {}", saw.lock().unwrap())
        }
        Work::Lease { now, lasts, max } => {
            let due = store.lease(NodeId::new(1), at(*now), at(now + lasts), *max).await.unwrap();
            let items: Vec<_> = due.items.into_iter().map(lease_or_not).collect();
            format!("{:?}", Due { items, next: due.next })
        }
        Work::Reopen => String::new(),
    }
}

/// Which number a lease has is the store's own matter.
fn lease_or_not(letter: Letter) -> (Letter, bool) {
    let leased = letter.lease.is_some();
    (Letter { lease: None, ..letter }, leased)
}

/// Maps have no order of their own.
fn view_text(view: &View) -> String {
    let mut known: Vec<_> = view.known.iter().collect();
    known.sort_by_key(|(key, _)| **key);
    let leads: std::collections::BTreeMap<_, _> = view.leads.iter().collect();
    let mut counters: Vec<_> = view.counters.iter().collect();
    counters.sort();
    let letters: Vec<_> = view.letters.values().cloned().map(lease_or_not).collect();
    let directory: Vec<_> = view.directory.customers().collect();
    let raw = view.raw.map(without_place);
    let (version, next, cases) = (view.directory.version(), view.next_case, &view.cases);
    let gathered: std::collections::BTreeMap<_, _> = view.gathered.iter().collect();
    format!(
        "{gathered:?} {known:?} {leads:?} {counters:?} {letters:?} {directory:?} {version} {raw:?} {next} {cases:?}"
    )
}

/// All that can be asked.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut told = vec![view_text(&store.peek(all_keys()).await.unwrap())];
    for query in [
        CaseQuery { max: 100, ..CaseQuery::default() },
        CaseQuery { max: 2, before: Some(case_id(4)), ..CaseQuery::default() },
        CaseQuery { max: 9, statuses: vec![Status::New], category: Some(CategoryId::new(3)), before: None },
    ] {
        told.push(format!("{:?}", store.page(Query::Cases(query)).await.unwrap()));
    }
    for case in 1..6 {
        told.push(format!("{:?}", store.case(case_id(case)).await.unwrap()));
        let query = Query::Journal { case: case_id(case), from: EntryNo::new(1), max: 100 };
        let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("another page") };
        for raw in entries.iter().filter_map(Entry::mail).map(|mail| mail.raw) {
            told.push(format!("{:?}", store.raw(raw).await));
        }
        told.push(format!("{:?}", journal_without_places(entries)));
    }
    for after in [None, Some(letter_id(2, 1))] {
        let Page::Letters(letters) = store.page(Query::Letters { after, max: 5 }).await.unwrap() else {
            panic!("another page")
        };
        told.push(format!("{:?}", letters.into_iter().map(lease_or_not).collect::<Vec<_>>()));
    }
    told.push(format!("{:?}", store.page(Query::DirectoryHistory { from: Version::new(2), max: 3 }).await));
    for (now, max) in [(-20, 9), (10, 2), (50, 100)] {
        told.push(format!("{:?}", store.due(at(now), max).await));
    }
    told
}

async fn check(works: Vec<Work>) -> Result<(), TestCaseError> {
    let places: [Box<dyn Place>; 2] = [Box::new(InMemory::default()), Box::new(OnDisk::new())];
    let mut stores: Vec<Arc<dyn Store>> = places.iter().map(|place| place.open()).collect();
    for work in works {
        if matches!(work, Work::Reopen) {
            stores.clear();
            stores = places.iter().map(|place| place.open()).collect();
        }
        let (model, real) = (perform(&*stores[0], &work).await, perform(&*stores[1], &work).await);
        prop_assert_eq!(model, real, "{:?}", work);
        prop_assert_eq!(everything(&*stores[0]).await, everything(&*stores[1]).await, "after {:?}", work);
    }
    Ok(())
}

/// Does random work on the model and on redb. `HENVEND_LONG=1` does more of it.
pub fn compare() {
    let cases = if std::env::var_os("HENVEND_LONG").is_some() { 500 } else { 25 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let run =
        TestRunner::new(config).run(&prop::collection::vec(work(), 1..30), |works| runtime.block_on(check(works)));
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
