//! What fails, and what goes on all the same.

use std::sync::Arc;

use henvend::case::change::Change;
use henvend::case::view::{Deadline, DeadlineKind};
use henvend::envelope::{Envelope, RawMail};
use henvend::id::CaseId;
use henvend::mail::Mail;
use henvend::ports::{Answer, Authenticator, StoreError};
use henvend::verify::Evidence;

use super::{mail, opened};
use crate::kit::house::{House, Setting};
use crate::kit::memory::MemoryStore;
use crate::kit::place::put;
use crate::kit::refusing::RefusingStore;

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
