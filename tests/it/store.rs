//! The promises of `Store`, on every store; what both do with the same random work; what redb alone must do.

use ::redb::ReadableTable;
use henvend::case::change::Change;
use henvend::case::view::Keys;
use henvend::id::{EntryNo, UserId, Version};
use henvend::ports::StoreError;
use henvend::store::redb::{OpenConfig, RedbStore};
use henvend::store::schema;

use crate::kit::place::{InMemory, OnDisk, Place, peek, put, transact};
use crate::kit::sample::{self, at, counter, opens};
use crate::kit::{promise, random, searching, waiting};

macro_rules! promises {
    ($($kind:ident::$promise:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $kind::$promise(&InMemory::default()).await;
            })*
        }

        mod redb {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $kind::$promise(&OnDisk::new()).await;
            })*
        }
    };
}

promises!(
    promise::a_change_is_there_whole_and_stays,
    promise::a_change_out_of_order_is_refused_whole,
    promise::two_cases_of_one_change_are_numbered_in_order,
    promise::decisions_see_what_was_committed_before_them,
    promise::more_than_a_batch_at_once,
    promise::the_last_run_of_a_decision_counts,
    promise::a_change_of_nothing_answers_and_leaves_nothing,
    promise::mails_are_known_again,
    promise::leads_lead_to_the_newest_cases,
    promise::merged_cases_bring_their_targets,
    promise::keys_beyond_the_limit_are_not_looked_at,
    waiting::letters_are_leased_to_one_at_a_time,
    waiting::a_lease_is_named_until_another_or_a_change,
    waiting::letters_leave_the_queue_or_stop,
    waiting::leases_end_with_the_process,
    waiting::deadlines_come_in_order_and_are_forgotten,
    waiting::whoever_waits_is_told_of_work,
    waiting::what_is_gathered_for_a_user_stays_until_it_is_told,
    promise::counters_count_and_stay,
    promise::the_directory_keeps_its_history,
    promise::pages_follow_each_other,
    searching::a_search_finds_titles_and_texts_of_all_that_was_committed,
    promise::raw_mail_comes_back_byte_for_byte,
    promise::a_spoilt_raw_mail_is_not_handed_out,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_index_that_is_lost_or_spoilt_is_made_anew() {
    let place = OnDisk::new();
    let index = place.path().join("search.redb");
    let store = RedbStore::open(OpenConfig::new(place.path())).unwrap();
    for number in 0..200 {
        searching::open(&store, "Skriveren", &format!("ord{number} felles")).await;
    }
    assert_eq!(searching::found(&store, "felles ord7", 999).await.len(), 11);
    store.rebuild_search();
    assert_eq!(searching::found(&store, "felles", 999).await.len(), 200);
    drop(store);
    for spoil in [None, Some("not an index")] {
        std::fs::remove_file(&index).unwrap();
        if let Some(text) = spoil {
            std::fs::write(&index, text).unwrap();
        }
        let store = RedbStore::open(OpenConfig::new(place.path())).unwrap();
        assert_eq!(searching::found(&store, "skriveren ord199", 999).await, [200]);
    }
}

#[test]
fn random_work_gives_the_same_on_every_store() {
    random::compare();
}

#[test]
fn a_second_process_is_told_that_the_directory_is_in_use() {
    let place = OnDisk::new();
    let store = place.open();
    let second = RedbStore::open(OpenConfig::new(place.path()));
    assert!(matches!(second, Err(StoreError::Unavailable(text)) if text.contains("in use by another henvend")));
    drop(store);
    place.open();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = OnDisk::new();
    drop(place.open());
    std::fs::write(place.path().join("henvend.redb"), b"From kari@kunde.example\n".repeat(400)).unwrap();
    let opened = RedbStore::open(OpenConfig::new(place.path()));
    assert!(matches!(opened, Err(StoreError::Foreign(_))), "{opened:?}");
}

/// As it was left by one that knew no digests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_schema_2_is_taken_over_with_all_that_it_holds() {
    let place = OnDisk::new();
    let store = place.open();
    transact(&*store, None, Keys::default(), |view| sample::only(opens(view, "old"))).await.unwrap();
    let before = Change { deadlines_set: vec![sample::deadline(30, 1)], ..Change::default() };
    put(&*store, Change { directory: vec![sample::customer_added(1)], ..before }).await;
    drop(store);
    let database = ::redb::Database::open(place.path().join("henvend.redb")).unwrap();
    let write = database.begin_write().unwrap();
    assert!(write.delete_table(schema::GATHERED).unwrap());
    {
        // Cases ended before what was revoked and the last turn, of which there is nothing here.
        let mut cases = write.open_table(schema::CASES).unwrap();
        let row = cases.get(1).unwrap().unwrap().value().to_vec();
        cases.insert(1, &row[..row.len() - 2]).unwrap();
    }
    write.open_table(schema::META).unwrap().insert(schema::META_SCHEMA, 2).unwrap();
    write.commit().unwrap();
    drop(database);
    let store = place.open();
    let user = UserId::new(1);
    let gathered = vec![(user, sample::case_id(1), EntryNo::new(1))];
    put(&*store, Change { gathered, ..Change::default() }).await;
    let keys = Keys { cases: vec![sample::case_id(1)], gathered: vec![user], ..Keys::default() };
    let view = peek(&*store, keys).await;
    assert_eq!(view.cases[&sample::case_id(1)].title, "old");
    assert_eq!(view.gathered[&user].cases.len(), 1);
    assert_eq!(waiting::due(&*store, 30, 9).await.0, [1]);
    assert_eq!(store.directory().version(), Version::new(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_whose_time_is_over_are_swept_by_those_that_count() {
    let place = OnDisk::new();
    let store = place.open();
    let many: Vec<_> = (0..100).map(|of| counter(10, of)).collect();
    put(&*store, Change { counters: many.clone(), ..Change::default() }).await;
    let later = |view: &henvend::case::View| {
        let mut change = opens(view, "later");
        change.entry.at = at(11);
        Change { cases: vec![change], counters: vec![counter(50, 1)], ..Change::default() }
    };
    let left = async || {
        let keys = Keys { counters: many.iter().copied().chain([counter(50, 1)]).collect(), ..Keys::default() };
        peek(&*store, keys).await.counters.len()
    };
    assert_eq!(left().await, 100);
    transact(&*store, None, Keys::default(), later).await.unwrap();
    assert_eq!(left().await, 100 - 64 + 1);
    transact(&*store, None, Keys::default(), later).await.unwrap();
    assert_eq!(left().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_changes_nothing_takes_no_room() {
    let place = OnDisk::new();
    let store = place.open();
    let raw = || Some(sample::mail(sample::noise(5000, 9)));
    let places = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    for is_duplicate in [true, true, false, true] {
        let places = places.clone();
        let decide = move |view: &henvend::case::View| {
            places.lock().unwrap().push(view.raw.unwrap().place);
            if is_duplicate { Change::default() } else { sample::only(opens(view, "mail")) }
        };
        transact(&*store, raw(), Keys::default(), decide).await.unwrap();
    }
    let places = places.lock().unwrap();
    assert!(places[0] == places[1] && places[1] == places[2] && places[2] < places[3], "{places:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_panics_harms_nobody_else() {
    let place = OnDisk::new();
    let store = place.open();
    let bad = transact(&*store, None, Keys::default(), |_| panic!("a decision with a bug"));
    assert!(matches!(bad.await, Err(StoreError::Undecided(text)) if text.contains("panic")));
    transact(&*store, None, Keys::default(), |view| sample::only(opens(view, "one"))).await.unwrap();
    assert_eq!(store.health(), Ok(()));
}
