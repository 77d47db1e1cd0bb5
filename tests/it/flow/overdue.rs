//! What should have been seen to.

use super::control::{answer, holds};
use super::{CUSTOMER, house, mail, opened};
use crate::kit::house::{House, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const MEANS: &str = "Forfalt er en ny sak som ingen har tatt eller svart på innen 24 timer";

async fn overdue(house: &House, wanted: &[&str], others: &[&str]) {
    let told = answer(house, OLA, "list overdue").await;
    holds(&told, wanted);
    // In any case it says what it means.
    assert!(told.mail.text.split_whitespace().collect::<Vec<_>>().join(" ").contains(MEANS), "{}", told.mail.text);
    others.iter().for_each(|other| assert!(!told.mail.text.contains(other), "{other} in {}", told.mail.text));
}

#[tokio::test]
async fn new_cases_that_nobody_touches_become_overdue() {
    let house = house().await;
    opened(&house).await;
    overdue(&house, &["Ingen saker"], &["HV-1"]).await;
    house.clock.set("2026-11-19T11:06:30Z");
    overdue(&house, &["Ingen saker"], &["HV-1"]).await;
    // That the contact writes again does not begin it anew.
    let more = mail("2", CUSTOMER, "[HV-1] x", "", "Er det noen der?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    house.send().await;
    house.clock.set("2026-11-19T11:06:40Z");
    overdue(&house, &["Forfalte saker:", "HV-1 Skriveren virker ikke"], &[]).await;
    holds(&answer(&house, OLA, "liste forfalte orakel").await, &["Forfalte saker i Orakel:", "HV-1"]);
    holds(&answer(&house, "åse@bla.example", "liste forfalne").await, &["Forfallen er ei ny sak"]);
    holds(&answer(&house, "drift@site.example", "list overdue").await, &["Overdue is a new case"]);
}

#[tokio::test]
async fn a_case_on_which_nothing_happens_and_one_whose_waiting_is_over() {
    let house = house().await;
    let sent = opened(&house).await;
    let (olas, karis) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    house.deliver(KARI, &[&karis], &mail("2", KARI, "Re: x", "", "/ta")).await;
    house.send().await;
    house.clock.set("2026-11-19T12:00:00Z");
    overdue(&house, &["HV-1"], &[]).await;
    house.deliver(KARI, &[&karis], &mail("3", KARI, "Re: x", "", "/note\nJeg ser på det.")).await;
    house.send().await;
    overdue(&house, &["Ingen saker"], &["HV-1"]).await;
    house.deliver(KARI, &[&karis], &mail("4", KARI, "Re: x", "", "/vent til 2026-12-01")).await;
    house.send().await;
    house.clock.set("2026-11-30T12:00:00Z");
    overdue(&house, &["Ingen saker"], &["HV-1"]).await;
    house.clock.set("2026-12-01T07:00:00Z");
    house.sweep().await;
    house.send().await;
    overdue(&house, &["HV-1"], &[]).await;
    house.deliver(OLA, &[&olas], &mail("5", OLA, "Re: x", "", "/note\nRinger dem nå.")).await;
    house.send().await;
    overdue(&house, &["Ingen saker"], &["HV-1"]).await;
}
