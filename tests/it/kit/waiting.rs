//! The promises of `Store` about what waits for its time: letters and their leases, deadlines.

use std::sync::{Arc, Mutex};

use henvend::case::change::{Change, Gathered, LetterState};
use henvend::case::view::{Keys, PILE_MAX, Pile};
use henvend::id::{EntryNo, NodeId, UserId};
use henvend::ports::{Page, Query, Store};

use super::place::{Place, peek, put, transact};
use super::sample::{at, case_id, counter, deadline, letter, letter_id};

const NODE: NodeId = NodeId::new(1);

pub async fn queue(store: &dyn Store, after: Option<u16>, max: usize) -> Vec<u16> {
    let query = Query::Letters { after: after.map(|copy| letter_id(1, copy)), max };
    let Page::Letters(letters) = store.page(query).await.unwrap() else { panic!("another page") };
    letters.iter().map(|letter| letter.id.copy).collect()
}

/// Numbers of the letters leased at `now` until `until`, and when to look again.
async fn lease(store: &dyn Store, now: i64, until: i64, max: usize) -> (Vec<u16>, Option<i64>) {
    let due = store.lease(NODE, at(now), at(until), max).await.unwrap();
    assert!(due.items.iter().all(|letter| letter.lease.is_some()));
    (due.items.iter().map(|letter| letter.id.copy).collect(), due.next.map(|next| next.millis()))
}

pub async fn due(store: &dyn Store, now: i64, max: usize) -> (Vec<u64>, Option<i64>) {
    let due = store.due(at(now), max).await.unwrap();
    (due.items.iter().map(|deadline| deadline.case.get()).collect(), due.next.map(|next| next.millis()))
}

pub async fn letters_are_leased_to_one_at_a_time(place: &dyn Place) {
    let store = place.open();
    let letters = vec![letter(letter_id(1, 0), 30), letter(letter_id(1, 1), 10), letter(letter_id(1, 2), 20)];
    put(&*store, Change { letters, ..Change::default() }).await;
    assert_eq!(lease(&*store, 5, 50, 9).await, (vec![], Some(10)));
    assert_eq!(lease(&*store, 25, 50, 1).await, (vec![1], Some(20)));
    assert_eq!(lease(&*store, 25, 60, 9).await, (vec![2], Some(30)));
    // Nothing is free before 30, and then letter 0.
    assert_eq!(lease(&*store, 26, 60, 9).await, (vec![], Some(30)));
    assert_eq!(lease(&*store, 30, 45, 9).await, (vec![0], Some(50)));
    assert_eq!(lease(&*store, 44, 90, 9).await, (vec![], Some(45)));
    // Leases run out, earliest first.
    assert_eq!(lease(&*store, 45, 99, 9).await, (vec![0], Some(50)));
    assert_eq!(lease(&*store, 70, 99, 9).await, (vec![1, 2], Some(99)));
}

pub async fn a_lease_is_named_until_another_or_a_change(place: &dyn Place) {
    let store = place.open();
    let keys = || Keys { letters: vec![letter_id(1, 0)], ..Keys::default() };
    let held = async |store: &dyn Store| peek(store, keys()).await.letters[&letter_id(1, 0)].lease;
    put(&*store, Change { letters: vec![letter(letter_id(1, 0), 10)], ..Change::default() }).await;
    assert_eq!(held(&*store).await, None);
    let first = store.lease(NODE, at(10), at(20), 1).await.unwrap().items[0].lease;
    assert_eq!(held(&*store).await, first);
    let second = store.lease(NODE, at(20), at(30), 1).await.unwrap().items[0].lease;
    assert!(second > first);
    let seen_by_decision = Arc::new(Mutex::new(None));
    let noted = seen_by_decision.clone();
    let retry = move |view: &henvend::case::View| {
        let mut letter = view.letters[&letter_id(1, 0)].clone();
        *noted.lock().unwrap() = Some(letter.lease);
        (letter.next_try, letter.attempts) = (at(25), 1);
        Change { letters: vec![letter], ..Change::default() }
    };
    transact(&*store, None, keys(), retry).await.unwrap();
    assert_eq!(*seen_by_decision.lock().unwrap(), Some(second));
    assert_eq!(held(&*store).await, None);
    // Rewritten: free again at its new time, although the lease went to 30.
    assert_eq!(lease(&*store, 24, 90, 9).await, (vec![], Some(25)));
    assert_eq!(lease(&*store, 25, 90, 9).await, (vec![0], None));
}

pub async fn letters_leave_the_queue_or_stop(place: &dyn Place) {
    let store = place.open();
    let letters: Vec<_> = (0..5).map(|copy| letter(letter_id(1, copy), 10)).collect();
    put(&*store, Change { letters, ..Change::default() }).await;
    let mut stopped = letter(letter_id(1, 2), 10);
    stopped.state = LetterState::Stopped;
    put(&*store, Change { letters: vec![stopped], letters_done: vec![letter_id(1, 1)], ..Change::default() }).await;
    assert_eq!(queue(&*store, None, 9).await, [0, 2, 3, 4]);
    assert_eq!(queue(&*store, None, 2).await, [0, 2]);
    assert_eq!(queue(&*store, Some(2), 2).await, [3, 4]);
    assert_eq!(queue(&*store, Some(4), 2).await, [0_u16; 0]);
    assert_eq!(lease(&*store, 10, 20, 9).await, (vec![0, 3, 4], None));
    put(&*store, Change { letters: vec![letter(letter_id(1, 2), 12)], ..Change::default() }).await;
    assert_eq!(lease(&*store, 12, 20, 9).await, (vec![2], Some(20)));
}

pub async fn leases_end_with_the_process(place: &dyn Place) {
    let store = place.open();
    put(&*store, Change { letters: vec![letter(letter_id(1, 0), 10)], ..Change::default() }).await;
    assert_eq!(lease(&*store, 10, 1000, 9).await, (vec![0], None));
    drop(store);
    assert_eq!(lease(&*place.open(), 11, 1000, 9).await, (vec![0], None));
}

pub async fn deadlines_come_in_order_and_are_forgotten(place: &dyn Place) {
    let store = place.open();
    let set = [deadline(30, 1), deadline(10, 2), deadline(20, 3), deadline(-5, 4)];
    put(&*store, Change { deadlines_set: set.to_vec(), ..Change::default() }).await;
    assert_eq!(due(&*store, -6, 9).await, (vec![], Some(-5)));
    assert_eq!(due(&*store, 20, 9).await, (vec![4, 2, 3], Some(30)));
    assert_eq!(due(&*store, 20, 2).await, (vec![4, 2], Some(20)));
    let cleared = vec![deadline(10, 2), deadline(-5, 4), deadline(11, 2)];
    let moved = Change { deadlines_cleared: cleared, deadlines_set: vec![deadline(40, 2)], ..Change::default() };
    put(&*store, moved).await;
    drop(store);
    assert_eq!(due(&*place.open(), 99, 9).await, (vec![3, 1, 2], None));
}

pub async fn whoever_waits_is_told_of_work(place: &dyn Place) {
    let store = place.open();
    let changed = store.changed();
    for (work, change) in [
        (true, Change { letters: vec![letter(letter_id(1, 0), 10)], ..Change::default() }),
        (true, Change { deadlines_set: vec![deadline(1, 1)], ..Change::default() }),
        (false, Change { counters: vec![counter(5, 5)], ..Change::default() }),
    ] {
        let mut told = Box::pin(changed.notified());
        put(&*store, change).await;
        let was_told = tokio::select! {
            biased;
            () = &mut told => true,
            () = std::future::ready(()) => false,
        };
        assert_eq!(was_told, work);
    }
}

pub async fn what_is_gathered_for_a_user_stays_until_it_is_told(place: &dyn Place) {
    let (ola, kari) = (UserId::new(1), UserId::new(2));
    let keys = || Keys { gathered: vec![ola, kari, UserId::new(3)], ..Keys::default() };
    let row = |case, latest: &[u32], count| {
        let latest = latest.iter().copied().map(EntryNo::new).collect();
        Gathered { case: case_id(case), latest, count }
    };
    let store = place.open();
    let entry = |user, case, no| (user, case_id(case), EntryNo::new(no));
    let first = vec![entry(ola, 1, 2), entry(ola, 2, 1), entry(kari, 1, 2)];
    put(&*store, Change { gathered: first, ..Change::default() }).await;
    let more = vec![entry(ola, 1, 4), entry(ola, 1, 5), entry(ola, 1, 8)];
    put(&*store, Change { gathered: more, ..Change::default() }).await;
    drop(store);
    let store = place.open();
    let view = peek(&*store, keys()).await;
    assert_eq!(view.gathered[&ola], Pile { cases: vec![row(2, &[1], 1), row(1, &[4, 5, 8], 4)], more: 0 });
    assert_eq!(view.gathered[&kari], Pile { cases: vec![row(1, &[2], 1)], more: 0 });
    assert_eq!(view.gathered.len(), 2);
    // What comes with the telling is told next time.
    let told = Change { gathered_told: vec![ola], gathered: vec![entry(ola, 7, 1)], ..Change::default() };
    put(&*store, told).await;
    drop(store);
    let store = place.open();
    let view = peek(&*store, keys()).await;
    assert_eq!(view.gathered[&ola], Pile { cases: vec![row(7, &[1], 1)], more: 0 });
    assert_eq!(view.gathered[&kari].cases, [row(1, &[2], 1)]);
    let many = (1..=PILE_MAX as u64 + 5).map(|case| entry(kari, case, 3)).collect();
    put(&*store, Change { gathered: many, ..Change::default() }).await;
    let pile = peek(&*store, keys()).await.gathered[&kari].clone();
    assert_eq!((pile.cases.len(), pile.more, pile.cases[0].clone()), (PILE_MAX, 5, row(PILE_MAX as u64 + 5, &[3], 1)));
}
