//! One test for each promise of `Store`, run on every store (`store.rs`).

use std::sync::{Arc, Mutex};

use henvend::case::change::{Became, CASES_PER_LEAD_MAX, Change, Outcome, Receipt, SEEN_PER_ID_MAX};
use henvend::case::event::RawRef;
use henvend::case::model::Status;
use henvend::case::view::{KEYS_MAX, Keys};
use henvend::id::{CategoryId, EntryNo, Version};
use henvend::ports::{CaseQuery, Page, Query, Store, StoreError};

use super::place::{Place, peek, put, transact};
use super::sample::{self, case_id, counter, deadline, known, lead, letter, letter_id, only, opens, seen};
use super::waiting::{due, queue};

async fn open_case(store: &dyn Store, title: &'static str) {
    transact(store, None, Keys::default(), move |view| only(opens(view, title))).await.unwrap();
}

async fn journal(store: &dyn Store, case: u64, from: u32, max: usize) -> Vec<u32> {
    let query = Query::Journal { case: case_id(case), from: EntryNo::new(from), max };
    let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("another page") };
    entries.iter().map(|entry| entry.no.get()).collect()
}

async fn cases(store: &dyn Store, query: CaseQuery) -> Vec<u64> {
    let Page::Cases { cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("another page") };
    cases.iter().map(|case| case.id.get()).collect()
}

/// A change that touches everything there is.
fn everything(view: &henvend::case::View) -> Change {
    let case = view.next_case;
    Change {
        receipt: Receipt { outcomes: vec![Outcome { became: Became::New, case }], refused: None },
        cases: vec![opens(view, "everything")],
        seen: vec![(known(1), seen(case, 1))],
        leads: vec![(lead(1), case)],
        letters: vec![letter(letter_id(case.get(), 0), 10), letter(letter_id(case.get(), 1), 20)],
        deadlines_set: vec![deadline(30, case.get())],
        directory: vec![sample::customer_added(1)],
        counters: vec![counter(99, 1)],
        ..Change::default()
    }
}

fn all_keys() -> Keys {
    Keys {
        known: vec![known(1)],
        leads: vec![lead(1)],
        cases: vec![case_id(1)],
        letters: vec![letter_id(1, 0), letter_id(1, 1)],
        counters: vec![counter(99, 1)],
        entries: vec![(case_id(1), EntryNo::new(1)), (case_id(1), EntryNo::new(2))],
        gathered: Vec::new(),
    }
}

pub async fn a_change_is_there_whole_and_stays(place: &dyn Place) {
    for opening in 0..2 {
        let store = place.open();
        if opening == 0 {
            let raw = Some(sample::mail("Subject: hei\r\n\r\nhei\r\n"));
            let receipt = transact(&*store, raw, Keys::default(), everything).await.unwrap();
            assert_eq!(receipt.outcomes, [Outcome { became: Became::New, case: case_id(1) }]);
        }
        let view = peek(&*store, all_keys()).await;
        assert_eq!(view.cases[&case_id(1)], sample::case(case_id(1), "everything"));
        assert_eq!(view.known[&known(1)], [seen(case_id(1), 1)]);
        assert_eq!(view.leads[&lead(1)], [case_id(1)]);
        assert_eq!(view.letters[&letter_id(1, 1)], letter(letter_id(1, 1), 20));
        assert_eq!(view.letters.len(), 2);
        assert_eq!(view.counters[&counter(99, 1)], 1);
        assert_eq!(view.next_case, case_id(2));
        assert_eq!(view.directory.version(), Version::new(1));
        assert_eq!(store.directory(), view.directory);
        assert_eq!(store.case(case_id(1)).await.unwrap().unwrap().title, "everything");
        assert_eq!(store.case(case_id(2)).await.unwrap(), None);
        assert_eq!(due(&*store, 30, 9).await, (vec![1], None));
        let raw = raw_of(&*store, 1).await;
        assert_eq!(&store.raw(raw).await.unwrap()[..], b"Subject: hei\r\n\r\nhei\r\n");
        assert_eq!(store.health(), Ok(()));
    }
}

async fn raw_of(store: &dyn Store, case: u64) -> RawRef {
    let query = Query::Journal { case: case_id(case), from: EntryNo::new(1), max: 1 };
    let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("another page") };
    entries[0].mail().unwrap().raw
}

pub async fn a_change_out_of_order_is_refused_whole(place: &dyn Place) {
    let store = place.open();
    open_case(&*store, "one").await;
    type Wrong = Box<dyn Fn(&henvend::case::View) -> Change + Send>;
    let wrong: Vec<Wrong> = vec![
        // An entry is left out.
        Box::new(|view| {
            let mut change = sample::continues(view, case_id(1));
            change.entry.no = change.entry.no.next();
            change.case.last_entry = change.entry.no;
            only(change)
        }),
        // The case does not know its entry.
        Box::new(|view| {
            let mut change = sample::continues(view, case_id(1));
            change.case.last_entry = EntryNo::new(1);
            only(change)
        }),
        // A case number is left out.
        Box::new(|view| {
            let mut change = opens(view, "three");
            change.case.id = case_id(3);
            only(change)
        }),
        // A case that is there begins anew.
        Box::new(|view| {
            let mut change = opens(view, "again");
            change.case.id = case_id(1);
            only(change)
        }),
        // The same case twice.
        Box::new(|view| Change { cases: vec![opens(view, "a"), opens(view, "b")], ..Change::default() }),
    ];
    for decide in wrong {
        let keys = Keys { cases: vec![case_id(1)], ..Keys::default() };
        let with_letter = move |view: &henvend::case::View| Change {
            letters: vec![letter(letter_id(1, 0), 1)],
            counters: vec![counter(9, 9)],
            ..decide(view)
        };
        let answer = transact(&*store, Some(sample::mail("x")), keys, with_letter).await;
        assert!(matches!(answer, Err(StoreError::Corrupt(_))), "{answer:?}");
    }
    assert_eq!(queue(&*store, None, 9).await, [0_u16; 0]);
    let view = peek(&*store, Keys { counters: vec![counter(9, 9)], ..Keys::default() }).await;
    assert!(view.counters.is_empty());
    assert_eq!(view.next_case, case_id(2));
    assert_eq!(journal(&*store, 1, 1, 9).await, [1]);
    open_case(&*store, "two").await;
    assert_eq!(store.case(case_id(2)).await.unwrap().unwrap().title, "two");
}

pub async fn two_cases_of_one_change_are_numbered_in_order(place: &dyn Place) {
    let store = place.open();
    let both = |view: &henvend::case::View| {
        let mut second = opens(view, "second");
        second.case.id = view.next_case.next();
        Change { cases: vec![opens(view, "first"), second], ..Change::default() }
    };
    transact(&*store, None, Keys::default(), both).await.unwrap();
    assert_eq!(store.case(case_id(2)).await.unwrap().unwrap().title, "second");
    assert_eq!(peek(&*store, Keys::default()).await.next_case, case_id(3));
}

pub async fn decisions_see_what_was_committed_before_them(place: &dyn Place) {
    let store = place.open();
    open_case(&*store, "hot").await;
    let keys = || Keys { cases: vec![case_id(1)], ..Keys::default() };
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                transact(&*store, None, keys(), |view| only(sample::continues(view, case_id(1)))).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all: Vec<u32> = (1..=101).collect();
    assert_eq!(journal(&*store, 1, 1, 1000).await, all);
    assert_eq!(store.case(case_id(1)).await.unwrap().unwrap().last_entry, EntryNo::new(101));
}

pub async fn more_than_a_batch_at_once(place: &dyn Place) {
    let store = place.open();
    // All are polled together, so all wait before the first is answered; each sees those before it.
    let decide = |view: &henvend::case::View| {
        let case = view.next_case;
        Change { seen: vec![(known(7), seen(case, 1))], counters: vec![counter(9, 1)], ..only(opens(view, "many")) }
    };
    let keys = || Keys { known: vec![known(7)], counters: vec![counter(9, 1)], ..Keys::default() };
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1300_u32 {
        let store = store.clone();
        tasks.spawn(async move {
            let raw = sample::mail(number.to_string());
            transact(&*store, Some(raw), keys(), decide).await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let view = peek(&*store, keys()).await;
    assert_eq!(view.next_case, case_id(1301));
    assert_eq!(view.counters[&counter(9, 1)], 1300);
    assert_eq!(view.known[&known(7)].len(), SEEN_PER_ID_MAX);
    let mut bodies = std::collections::BTreeSet::new();
    for case in 1..=1300 {
        bodies.insert(store.raw(raw_of(&*store, case).await).await.unwrap());
    }
    assert_eq!(bodies.len(), 1300);
}

pub async fn the_last_run_of_a_decision_counts(place: &dyn Place) {
    let store = place.open();
    let last = Arc::new(Mutex::new((0_u32, None)));
    let kept = last.clone();
    let decide = move |view: &henvend::case::View| {
        let mut last = kept.lock().unwrap();
        last.0 += 1;
        let change = only(opens(view, &format!("run {}", last.0)));
        last.1 = Some(change.clone());
        change
    };
    transact(&*store, None, Keys::default(), decide).await.unwrap();
    let (runs, change) = last.lock().unwrap().clone();
    assert!(runs >= 1);
    assert_eq!(store.case(case_id(1)).await.unwrap(), Some(change.unwrap().cases[0].case.clone()));
}

pub async fn a_change_of_nothing_answers_and_leaves_nothing(place: &dyn Place) {
    let store = place.open();
    let receipt = Receipt { refused: Some("not now".to_owned()), ..Receipt::default() };
    let told = receipt.clone();
    let decide = move |_: &henvend::case::View| Change { receipt: told.clone(), ..Change::default() };
    let answer = transact(&*store, Some(sample::mail("x")), Keys::default(), decide).await;
    assert_eq!(answer, Ok(receipt));
    assert_eq!(peek(&*store, Keys::default()).await.next_case, case_id(1));
}

pub async fn mails_are_known_again(place: &dyn Place) {
    let store = place.open();
    open_case(&*store, "one").await;
    open_case(&*store, "two").await;
    let rows: Vec<_> = (0..20).map(|entry| (known(1), seen(case_id(1 + u64::from(entry) % 2), entry))).collect();
    put(&*store, Change { seen: rows[..3].to_vec(), ..Change::default() }).await;
    put(&*store, Change { seen: rows[3..].to_vec(), ..Change::default() }).await;
    let view = peek(&*store, Keys { known: vec![known(1), known(2)], ..Keys::default() }).await;
    let kept = rows.iter().take(1).chain(rows.iter().skip(rows.len() + 1 - SEEN_PER_ID_MAX));
    let kept: Vec<_> = kept.map(|(_, mail)| mail.clone()).collect();
    assert_eq!(view.known[&known(1)], kept, "the first, for others may use its id on purpose, and the newest");
    assert!(!view.known.contains_key(&known(2)));
    assert_eq!(view.cases.keys().copied().collect::<Vec<_>>(), [case_id(1), case_id(2)]);
    let other = henvend::case::view::KnownKey { customer: henvend::id::CustomerId::new(2), ..known(1) };
    assert!(peek(&*store, Keys { known: vec![other], ..Keys::default() }).await.known.is_empty());
}

pub async fn leads_lead_to_the_newest_cases(place: &dyn Place) {
    let store = place.open();
    for _ in 0..CASES_PER_LEAD_MAX + 2 {
        open_case(&*store, "case").await;
    }
    let all = 1..=CASES_PER_LEAD_MAX as u64 + 2;
    for case in all.clone().chain([5, 5]) {
        put(&*store, Change { leads: vec![(lead(1), case_id(case))], ..Change::default() }).await;
    }
    let view = peek(&*store, Keys { leads: vec![lead(1), lead(2)], ..Keys::default() }).await;
    let newest: Vec<_> = all.skip(2).filter(|case| *case != 5).chain([5]).map(case_id).collect();
    assert_eq!(view.leads[&lead(1)], newest, "each once, the one led to last at the end");
    assert!(!view.leads.contains_key(&lead(2)));
    assert_eq!(view.cases.len(), newest.len());
    let other = henvend::case::view::LeadKey { customer: henvend::id::CustomerId::new(2), ..lead(1) };
    assert!(peek(&*store, Keys { leads: vec![other], ..Keys::default() }).await.leads.is_empty());
}

pub async fn merged_cases_bring_their_targets(place: &dyn Place) {
    let store = place.open();
    for _ in 0..4 {
        open_case(&*store, "case").await;
    }
    for (from, to) in [(1, 2), (2, 3), (4, 4)] {
        let merge = move |view: &henvend::case::View| {
            let mut change = sample::continues(view, case_id(from));
            change.case.status = Status::Merged(case_id(to));
            only(change)
        };
        let keys = Keys { cases: vec![case_id(from)], ..Keys::default() };
        transact(&*store, None, keys, merge).await.unwrap();
    }
    assert_eq!(peek(&*store, Keys { cases: vec![case_id(1)], ..Keys::default() }).await.cases.len(), 3);
    let moved = |view: &henvend::case::View| {
        let mut change = opens(view, "a mail of it was moved");
        change.case.moved = vec![(EntryNo::new(1), case_id(1))];
        only(change)
    };
    transact(&*store, None, Keys::default(), moved).await.unwrap();
    let third = Some(case_id(3));
    for (asked, of, found) in [(vec![5, 1], 1, third), (vec![1], 1, third), (vec![4], 4, None)] {
        let keys = Keys { cases: asked.into_iter().map(case_id).collect(), ..Keys::default() };
        let view = peek(&*store, keys).await;
        assert_eq!(view.case(case_id(of)).map(|case| case.id), found, "4 goes round in a circle");
    }
}

pub async fn keys_beyond_the_limit_are_not_looked_at(place: &dyn Place) {
    let store = place.open();
    open_case(&*store, "one").await;
    let mut cases = vec![case_id(77); KEYS_MAX];
    cases.push(case_id(1));
    let view = peek(&*store, Keys { cases, ..Keys::default() }).await;
    assert!(view.cases.is_empty());
}

pub async fn counters_count_and_stay(place: &dyn Place) {
    let store = place.open();
    let twice = Change { counters: vec![counter(50, 1), counter(50, 1), counter(60, 1)], ..Change::default() };
    put(&*store, twice).await;
    drop(store);
    let store = place.open();
    put(&*store, Change { counters: vec![counter(50, 1)], ..Change::default() }).await;
    let keys = Keys { counters: vec![counter(50, 1), counter(60, 1), counter(50, 2)], ..Keys::default() };
    let counters = peek(&*store, keys).await.counters;
    assert_eq!((counters.len(), counters[&counter(50, 1)], counters[&counter(60, 1)]), (2, 3, 1));
}

pub async fn the_directory_keeps_its_history(place: &dyn Place) {
    let store = place.open();
    let before = store.directory();
    let events: Vec<_> = (1..=5).map(sample::customer_added).collect();
    put(&*store, Change { directory: events[..2].to_vec(), ..Change::default() }).await;
    put(&*store, Change { directory: events[2..].to_vec(), ..Change::default() }).await;
    assert_eq!(before.version(), Version::new(0));
    drop(store);
    let store = place.open();
    assert_eq!(store.directory().version(), Version::new(5));
    assert!(store.directory().customer_by_key("kunde5").is_some());
    for (from, max, want) in [(1, 99, 0..5), (0, 2, 0..2), (2, 2, 1..3), (5, 9, 4..5), (6, 9, 5..5)] {
        let query = Query::DirectoryHistory { from: Version::new(from), max };
        assert_eq!(store.page(query).await.unwrap(), Page::DirectoryHistory(events[want].to_vec()), "{from} {max}");
    }
}

pub async fn pages_follow_each_other(place: &dyn Place) {
    let store = place.open();
    for number in 1..=7_u64 {
        let decide = move |view: &henvend::case::View| {
            let mut change = opens(view, "case");
            change.case.category = CategoryId::new(u32::try_from(number % 2).unwrap());
            change.case.status = if number < 4 { Status::Closed } else { Status::Merged(case_id(1)) };
            only(change)
        };
        transact(&*store, None, Keys::default(), decide).await.unwrap();
    }
    let page = async |before: Option<u64>, max| {
        cases(&*store, CaseQuery { before: before.map(case_id), max, ..CaseQuery::default() }).await
    };
    assert_eq!(page(None, 3).await, [7, 6, 5]);
    assert_eq!(page(Some(5), 3).await, [4, 3, 2]);
    assert_eq!(page(Some(2), 3).await, [1]);
    assert_eq!(page(Some(1), 3).await, [0_u64; 0]);
    let odd = CaseQuery { category: Some(CategoryId::new(1)), max: 9, ..CaseQuery::default() };
    assert_eq!(cases(&*store, odd.clone()).await, [7, 5, 3, 1]);
    let closed = CaseQuery { statuses: vec![Status::Closed, Status::New], ..odd };
    assert_eq!(cases(&*store, closed).await, [3, 1]);
    for _ in 0..3 {
        let keys = Keys { cases: vec![case_id(2)], ..Keys::default() };
        transact(&*store, None, keys, |view| only(sample::continues(view, case_id(2)))).await.unwrap();
    }
    assert_eq!(journal(&*store, 2, 1, 2).await, [1, 2]);
    assert_eq!(journal(&*store, 2, 3, 9).await, [3, 4]);
    assert_eq!(journal(&*store, 9, 1, 9).await, [0_u32; 0]);
}

pub async fn raw_mail_comes_back_byte_for_byte(place: &dyn Place) {
    let store = place.open();
    let mails: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"x".to_vec(),
        b"Subject: \xff\x00\r\n\r\n".repeat(400),
        sample::noise(70_000, 3),
        sample::noise(26 << 20, 5),
        vec![b'a'; 26 << 20],
    ];
    for bytes in &mails {
        let raw = Some(sample::mail(bytes.clone()));
        transact(&*store, raw, Keys::default(), |view| only(opens(view, "mail"))).await.unwrap();
    }
    drop(store);
    let store = place.open();
    for (case, bytes) in (1..).zip(&mails) {
        let raw = raw_of(&*store, case).await;
        assert_eq!(raw.bytes, bytes.len() as u64);
        assert!(store.raw(raw).await.unwrap() == bytes, "mail {case}");
    }
}

pub async fn a_spoilt_raw_mail_is_not_handed_out(place: &dyn Place) {
    let store = place.open();
    let raw = Some(sample::mail("Subject: a long enough line of text\r\n\r\nand a body\r\n"));
    transact(&*store, raw, Keys::default(), |view| only(opens(view, "mail"))).await.unwrap();
    let mail = raw_of(&*store, 1).await;
    let moved = RawRef { place: mail.place + 1, ..mail };
    assert!(matches!(store.raw(moved).await, Err(StoreError::Corrupt(_))));
    let other = RawRef { id: henvend::id::MailId::of(b"other"), ..mail };
    assert!(matches!(store.raw(other).await, Err(StoreError::Corrupt(_))));
    place.spoil(mail);
    assert!(matches!(store.raw(mail).await, Err(StoreError::Corrupt(_))));
}
