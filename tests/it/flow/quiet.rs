//! Hours in which nobody is disturbed.

use std::sync::Arc;

use henvend::directory::personal::Quiet;
use henvend::rules::telling::Telling;

use super::control::{answer, holds};
use super::{CUSTOMER, all_to, mail};
use crate::kit::house::{House, Sent, Setting, to};
use crate::kit::memory::MemoryStore;

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

/// A house that is quiet in these hours of the night.
async fn quiet(hours: &str) -> House {
    let telling = Telling { quiet: Quiet::parse(hours), ..Telling::default() };
    House::open_as(Arc::new(MemoryStore::default()), Setting { telling, ..Setting::default() }).await.unwrap()
}

async fn writes(house: &House, id: &str) -> Vec<Sent> {
    house.deliver(CUSTOMER, &["orakel@uni.example"], &mail(id, CUSTOMER, "Skriver", "", "Den blinker.")).await;
    house.send().await
}

/// Who gets what leaves at this time.
async fn at(house: &House, time: &str) -> Vec<Sent> {
    house.clock.set(time);
    house.sweep().await;
    house.send().await
}

#[tokio::test]
async fn what_happens_at_night_is_told_in_the_morning_and_the_contact_at_once() {
    let house = quiet("22-7").await;
    house.clock.set("2026-11-18T22:30:00Z");
    let sent = writes(&house, "1").await;
    assert_eq!(sent.len(), 1);
    to(&sent, CUSTOMER);
    assert!(at(&house, "2026-11-19T05:59:59Z").await.is_empty());
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    assert_eq!((all_to(&sent, OLA).len(), all_to(&sent, KARI).len(), sent.len()), (1, 1, 2));
    assert_eq!(writes(&house, "2").await.len(), 3, "by day at once");
}

#[tokio::test]
async fn own_commands_and_urgent_cases_do_not_wait() {
    let house = quiet("22-7").await;
    let sent = writes(&house, "1").await;
    let karis = to(&sent, KARI).reply_to();
    house.clock.set("2026-11-18T23:30:00Z");
    house.deliver(KARI, &[&karis], &mail("2", KARI, "Re: x", "", "/vis")).await;
    to(&house.send().await, KARI);
    house.deliver(KARI, &[&karis], &mail("3", KARI, "Re: x", "", "Skru den av og på.")).await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    to(&sent, CUSTOMER);
    house.deliver(KARI, &[&karis], &mail("4", KARI, "Re: x", "", "/fristill")).await;
    house.send().await;
    // Nobody has it, so all who could must hear.
    house.deliver(KARI, &[&karis], &mail("5", KARI, "Re: x", "", "/prioritet haster")).await;
    to(&house.send().await, OLA);
    let more = mail("6", CUSTOMER, "[HV-1] x", "", "Det brenner!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    holds(to(&house.send().await, OLA), &["Det brenner!"]);
}

#[tokio::test]
async fn a_user_may_choose_otherwise() {
    let house = quiet("22-7").await;
    holds(&answer(&house, OLA, "stille nei").await, &["hele døgnet"]);
    holds(&answer(&house, KARI, "quiet 12:00-14:30").await, &["Mellom 12.00 og 14.30"]);
    let sent = writes(&house, "1").await;
    assert_eq!((all_to(&sent, OLA).len(), all_to(&sent, KARI).len()), (1, 0));
    house.clock.set("2026-11-18T22:30:00Z");
    let sent = writes(&house, "2").await;
    assert_eq!((all_to(&sent, OLA).len(), all_to(&sent, KARI).len()), (1, 2), "and what waited");
    holds(&answer(&house, OLA, "stille standard").await, &["Mellom 22.00 og 07.00", "alle andre"]);
    assert!(all_to(&writes(&house, "3").await, OLA).is_empty());
    for bad in ["stille", "stille om natta", "quiet 7-7", "quiet 25-26", "stille 22-7\nstille nei"] {
        holds(&answer(&house, OLA, bad).await, &["Ingenting er gjort"]);
    }
}

#[tokio::test]
async fn a_digest_waits_until_the_quiet_hours_are_over() {
    let house = quiet("20-9").await;
    answer(&house, OLA, "digest daily").await;
    writes(&house, "1").await;
    assert!(at(&house, "2026-11-19T06:00:00Z").await.is_empty());
    let sent = at(&house, "2026-11-19T08:00:00Z").await;
    assert_eq!(to(&sent, OLA).mail.field("X-Henvend-Event"), Some("digest"));
}

/// Between two and three the clock is put back, or forward.
#[tokio::test]
async fn the_night_ends_when_the_clock_says_so() {
    for (evening, before, morning) in [
        ("2026-10-24T20:30:00Z", "2026-10-25T05:59:59Z", "2026-10-25T06:00:00Z"),
        ("2027-03-27T21:30:00Z", "2027-03-28T04:59:59Z", "2027-03-28T05:00:00Z"),
    ] {
        let house = quiet("22-7").await;
        house.clock.set(evening);
        assert_eq!(writes(&house, "1").await.len(), 1, "{evening}");
        assert!(at(&house, before).await.is_empty(), "{before}");
        assert_eq!(at(&house, morning).await.len(), 2, "{morning}");
    }
}

#[tokio::test]
async fn what_waits_for_the_morning_survives_a_restart() {
    let store = MemoryStore::default();
    let telling = Telling { quiet: Quiet::parse("22-7"), ..Telling::default() };
    let open = async |store: MemoryStore| {
        House::open_as(Arc::new(store), Setting { telling, ..Setting::default() }).await.unwrap()
    };
    let house = open(store.reopened()).await;
    house.clock.set("2026-11-18T22:30:00Z");
    writes(&house, "1").await;
    drop(house);
    let house = open(store.reopened()).await;
    assert!(at(&house, "2026-11-19T05:00:00Z").await.is_empty());
    assert_eq!(at(&house, "2026-11-19T06:00:00Z").await.len(), 2);
    assert_eq!(house.world.store.health(), Ok(()));
}
