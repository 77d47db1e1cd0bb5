//! What fails, and what goes on all the same.

use std::sync::Arc;
use std::time::Duration;

use henvend::case::change::{Change, LetterState};
use henvend::case::view::{Deadline, DeadlineKind};
use henvend::envelope::{Envelope, RawMail};
use henvend::id::CaseId;
use henvend::mail::Mail;
use henvend::ports::{Answer, Authenticator, Page, Query, StoreError};
use henvend::verify::Evidence;

use super::{CUSTOMER, all_to, mail, opened, submit};
use crate::kit::house::{House, Mood, Setting, to};
use crate::kit::memory::MemoryStore;
use crate::kit::place::put;
use crate::kit::refusing::RefusingStore;

const OLA: &str = "ola@uni.example";

async fn due(house: &House) -> Vec<u64> {
    let due = house.world.store.due(house.world.clock.now(), 9).await.unwrap();
    due.items.iter().map(|deadline| deadline.case.get()).collect()
}

#[tokio::test]
async fn a_deadline_that_cannot_be_acted_on_stops_no_other() {
    let store = Arc::new(RefusingStore::default());
    let house = House::open(store.clone()).await.unwrap();
    opened(&house).await;
    house.deliver("x@post.example", &["orakel@uni.example"], &mail("2", "x@post.example", "Nøkkel", "", "Hei")).await;
    let at = house.world.clock.now();
    let set = [1, 2].map(|case| Deadline { at, case: CaseId::new(case), kind: DeadlineKind::WaitEnds });
    put(&*store, Change { deadlines_set: set.to_vec(), ..Change::default() }).await;
    store.refused().case = Some((CaseId::new(1), StoreError::Corrupt("a damaged row".to_owned())));
    house.sweep().await;
    assert_eq!(due(&house).await, [1]);
    // The store itself away: nothing is given up.
    put(&*store, Change { deadlines_set: set.to_vec(), ..Change::default() }).await;
    store.refused().case = Some((CaseId::new(2), StoreError::Unavailable("opened anew".to_owned())));
    assert!(matches!(house.try_sweep().await, Err(StoreError::Unavailable(_))));
    store.refused().case = None;
    house.sweep().await;
    assert_eq!(due(&house).await, [0_u64; 0]);
}

/// Reads a mail that it cannot read.
struct Panics;

impl Authenticator for Panics {
    fn gather<'a>(&'a self, _: &'a Envelope, _: &'a Mail, _: &'a RawMail) -> Answer<'a, Evidence> {
        Box::pin(async { panic!("a field that nobody thought of") })
    }
}

#[tokio::test]
async fn a_mail_on_which_the_own_check_panics_is_taken_and_proves_nothing() {
    let setting = Setting { authenticator: Some(Arc::new(Panics)), ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    opened(&house).await;
    assert_eq!(house.events(1).await.len(), 1);
}

/// The state of every letter in the queue.
async fn queue(house: &House) -> Vec<LetterState> {
    let Page::Letters(letters) = house.world.store.page(Query::Letters { after: None, max: 99 }).await.unwrap() else {
        panic!("no letters")
    };
    letters.iter().map(|letter| letter.state).collect()
}

#[tokio::test]
async fn a_letter_whose_sending_panics_is_stopped_and_told_of() {
    let house = House::open(Arc::new(MemoryStore::default())).await.unwrap();
    let sent = opened(&house).await;
    let answer = mail("2", OLA, "Re: x", "", "Skru den av og på.");
    house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &answer).await;
    house.smarthost.next(Mood::Panic);
    let sent = house.send().await;
    assert_eq!(queue(&house).await, [LetterState::Stopped]);
    assert!(house.events(1).await.iter().any(|event| event.contains("LetterStopped")));
    let told = sent.iter().find(|mail| mail.to[0] == OLA && mail.mail.text.contains("Noe gikk galt i henvend"));
    assert!(told.is_some(), "its writer is told why");
}

#[tokio::test]
async fn an_answer_waits_for_notes_that_cannot_be_read_now_and_stops_at_those_that_never_can() {
    for (error, sent_later) in
        [(StoreError::Unavailable("opened anew".to_owned()), 1), (StoreError::Corrupt("another mail".to_owned()), 0)]
    {
        let store = Arc::new(RefusingStore::default());
        let house = House::open(store.clone()).await.unwrap();
        let sent = opened(&house).await;
        let token = to(&sent, OLA).reply_to();
        house.deliver(OLA, &[&token], &mail("2", OLA, "Re: x", "", "/notat\nHan er sint.")).await;
        house.send().await;
        let note = house.journal(1).await.iter().rev().find_map(|entry| entry.mail().map(|mail| mail.raw.id)).unwrap();
        let answer = mail("3", OLA, "Re: x", "", "Skru den av og på.");
        house.deliver(OLA, &[&token], &answer).await;
        store.refused().raw = Some((note, error.clone()));
        assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "{error}");
        store.refused().raw = None;
        house.clock.pass(Duration::from_secs(3600));
        assert_eq!(all_to(&house.send().await, CUSTOMER).len(), sent_later, "{error}");
    }
}

#[tokio::test]
async fn the_subject_of_an_empty_mail_names_the_case_to_be_shown() {
    let house = House::open(Arc::new(MemoryStore::default())).await.unwrap();
    opened(&house).await;
    submit(&house, OLA, &["henvend@svar.example"], &mail("2", OLA, "vis 1", "", "")).await;
    let sent = house.send().await;
    assert!(to(&sent, OLA).mail.text.contains("Den blinker rødt."), "{}", to(&sent, OLA).mail.text);
}
