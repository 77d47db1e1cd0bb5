//! The promises of `Store` about searches.

use henvend::case::change::Change;
use henvend::case::event::CaseEvent;
use henvend::case::view::Keys;
use henvend::ports::{Page, Query, Store};

use super::place::{Place, transact};
use super::sample::{case_id, continues, mail, only, opens};

/// Numbers of the cases found.
pub async fn found(store: &dyn Store, words: &str, max: usize) -> Vec<u64> {
    let query = Query::Search { words: words.to_owned(), before: None, max };
    let Page::Cases { cases, .. } = store.page(query).await.unwrap() else { panic!("another page") };
    cases.iter().map(|case| case.id.get()).collect()
}

fn text(words: &str) -> henvend::envelope::RawMail {
    let bytes = format!(
        "From: Kari Ødegård <kari@kunde.example>\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    );
    mail(bytes.into_bytes())
}

/// A case with this text opens, and its title is in its first event.
pub async fn open(store: &dyn Store, title: &'static str, words: &str) {
    let decide = move |view: &henvend::case::View| {
        let mut change = opens(view, title);
        let case = &change.case;
        let opened = CaseEvent::CaseOpened {
            customer: case.customer,
            category: case.category,
            title: title.to_owned(),
            channel: case.channel,
            contact: None,
            participants: Vec::new(),
        };
        change.entry.events.insert(0, opened);
        only(change)
    };
    transact(store, Some(text(words)), Keys::default(), decide).await.unwrap();
}

pub async fn a_search_finds_titles_and_texts_of_all_that_was_committed(place: &dyn Place) {
    let store = place.open();
    assert_eq!(found(&*store, "rødt", 9).await, [0_u64; 0]);
    open(&*store, "Skriveren blinker", "Den blinker rødt.").await;
    open(&*store, "Besøk", "Når er dere åpne? Skriver dere ut?").await;
    assert_eq!(found(&*store, "skriver", 9).await, [2, 1]);
    assert_eq!(found(&*store, "skriver", 1).await, [2]);
    assert_eq!(found(&*store, "BLINKER roedt", 9).await, [1]);
    assert_eq!(found(&*store, "ødegård apne", 9).await, [0_u64; 0]);
    assert_eq!(found(&*store, "ødegård aapne", 9).await, [2]);
    assert_eq!(found(&*store, "", 9).await, [0_u64; 0]);
    let more = |view: &henvend::case::View| only(continues(view, case_id(1)));
    let keys = Keys { cases: vec![case_id(1)], ..Keys::default() };
    transact(&*store, Some(text("Nå vil den ha kaffe.")), keys, more).await.unwrap();
    assert_eq!(found(&*store, "kaffe blinker", 9).await, [1]);
    transact(&*store, None, Keys::default(), |_| Change::default()).await.unwrap();
    drop(store);
    let store = place.open();
    assert_eq!(found(&*store, "kaffe", 9).await, [1]);
    open(&*store, "Ny", "kaffe").await;
    assert_eq!(found(&*store, "kaffe", 9).await, [3, 1]);
}
