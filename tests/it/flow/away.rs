//! Somebody is away: who hears of what, and what they find when they are back.

use super::control::{answer, holds};
use henvend::case::trigger::Handover;

use super::{CUSTOMER, all_to, house, mail, opened, submit};
use crate::kit::house::{House, Mood, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

async fn at(house: &House, time: &str) -> Vec<Sent> {
    house.clock.set(time);
    house.sweep().await;
    house.send().await
}

/// Ola has a case, and goes away until Monday.
async fn gone() -> (House, Sent, Sent) {
    let house = house().await;
    let sent = opened(&house).await;
    let (olas, karis) = (to(&sent, OLA).clone(), to(&sent, KARI).clone());
    house.deliver(OLA, &[&olas.reply_to()], &mail("2", OLA, "Re: x", "", "/ta")).await;
    house.send().await;
    holds(&answer(&house, OLA, "away until monday").await, &["Du er borte til 23.11.2026 kl. 07.00."]);
    (house, olas, karis)
}

#[tokio::test]
async fn an_absent_owners_case_is_told_to_all_who_work_it() {
    let (house, _, _) = gone().await;
    let more = mail("3", CUSTOMER, "[HV-1] x", "", "Nå lukter det svidd.");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, KARI), &["Nå lukter det svidd.", "Ola Nordmann (borte til 23.11.2026)"]);
    assert!(at(&house, "2026-11-23T05:59:00Z").await.is_empty());
    let sent = at(&house, "2026-11-23T06:00:00Z").await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["Dette har skjedd siden sist", "Nå lukter det svidd.", "Forfalte (1)"]);
    // Back: told of each thing, and nobody else is.
    let again = mail("4", CUSTOMER, "[HV-1] x", "", "Hallo?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &again).await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["Hallo?"]);
    assert!(at(&house, "2026-12-24T06:00:00Z").await.is_empty());
}

#[tokio::test]
async fn whoever_comes_back_early_is_told_at_once() {
    let (house, _, _) = gone().await;
    let more = mail("3", CUSTOMER, "[HV-1] x", "", "Nå lukter det svidd.");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    house.send().await;
    holds(&answer(&house, OLA, "borte nei").await, &["Du er ikke borte."]);
    let sent = at(&house, "2026-11-18T14:00:00Z").await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["Nå lukter det svidd."]);
    assert!(at(&house, "2026-11-23T06:00:00Z").await.is_empty());
}

#[tokio::test]
async fn nothing_happened_and_nothing_is_said_at_return() {
    let house = house().await;
    answer(&house, KARI, "borte til og med fredag").await;
    assert!(at(&house, "2026-11-21T06:00:00Z").await.is_empty());
    let due = house.world.store.due(henvend::time::Timestamp::from_millis(i64::MAX), 9).await.unwrap();
    assert_eq!(due.items, []);
}

#[tokio::test]
async fn a_case_is_given_to_somebody_absent_with_a_remark() {
    let (house, olas, karis) = gone().await;
    house.deliver(KARI, &[&karis.reply_to()], &mail("3", KARI, "Re: x", "", "/fristill")).await;
    house.send().await;
    let give = mail("4", KARI, "Re: x", "", "/tildel ola\nHei, Ola ser på det.");
    assert_eq!(house.deliver(KARI, &[&karis.reply_to()], &give).await, [("added", 1)]);
    let sent = house.send().await;
    holds(to(&sent, KARI), &["ansvarlig: Ola Nordmann", "Ola Nordmann er borte til 23.11.2026 kl. 07.00"]);
    to(&sent, CUSTOMER);
    // It is for Ola personally.
    to(&sent, OLA);
    assert_eq!(house.case(1).await.owner, house.world.store.directory().users().next().map(|ola| ola.id));
    // Who takes a case while away knows it.
    house.deliver(KARI, &[&karis.reply_to()], &mail("5", KARI, "Re: x", "", "/ta")).await;
    house.send().await;
    house.deliver(OLA, &[&olas.reply_to()], &mail("6", OLA, "Re: x", "", "/ta")).await;
    let own = house.send().await;
    assert!(!to(&own, OLA).mail.text.contains("er borte"), "{}", to(&own, OLA).mail.text);
    assert!(house.events(1).await.last().unwrap().ends_with("CaseAssigned TakenOver"));
}

#[tokio::test]
async fn a_new_case_is_given_to_somebody_absent_with_a_remark() {
    let (house, _, _) = gone().await;
    let body = "/ny\n/tildel ola\n\n---------- Forwarded message ---------\nFrom: Per <per@post.example>\n\
                Date: ons. 18. nov. 2026 kl. 09:12\nSubject: Skjermen\nTo: Kari <kari@uni.example>\n\nDen er svart.\n";
    submit(&house, KARI, &["orakel@uni.example"], &mail("3", KARI, "Fwd: Skjermen", "", body)).await;
    let sent = house.send().await;
    holds(to(&sent, KARI), &["Ola Nordmann (borte til 23.11.2026)"]);
    holds(to(&sent, OLA), &["Den er svart."]);
}

/// What did not reach the contact is seen to by those who are there.
#[tokio::test]
async fn the_absent_are_not_told_that_their_answer_failed() {
    let (house, olas, _) = gone().await;
    answer(&house, OLA, "borte nei").await;
    house.sweep().await;
    house.send().await;
    house.deliver(OLA, &[&olas.reply_to()], &mail("3", OLA, "Re: x", "", "Skru den av og på.")).await;
    let failed = Handover::Permanent { status: Some("5.1.1".to_owned()), detail: "550 no such user".to_owned() };
    house.smarthost.next(Mood::Say(vec![failed]));
    answer(&house, OLA, "borte til mandag").await;
    let sent = house.send().await;
    assert!(all_to(&sent, OLA).is_empty(), "{sent:?}");
    holds(to(&at(&house, "2026-11-23T06:00:00Z").await, OLA), &["kom ikke fram"]);
}

#[tokio::test]
async fn urgent_things_reach_the_absent() {
    let (house, _, karis) = gone().await;
    house.deliver(KARI, &[&karis.reply_to()], &mail("3", KARI, "Re: x", "", "/note\nDette kan vente.")).await;
    assert!(all_to(&house.send().await, OLA).is_empty());
    house.deliver(KARI, &[&karis.reply_to()], &mail("4", KARI, "Re: x", "", "/prioritet haster")).await;
    to(&house.send().await, OLA);
}

#[tokio::test]
async fn dates_that_mean_nothing_are_refused() {
    let house = house().await;
    for (line, why) in [
        ("borte", "mangler"),
        ("borte til", "kan ikke leses"),
        ("borte til 17.11.2026", "passert"),
        ("borte til 17.11.", "passert"),
        ("borte til 2020-01-01", "passert"),
        ("away until yesterday", "kan ikke leses"),
        ("borte til 31. februar", "kan ikke leses"),
        ("borte til 2026-13-01", "kan ikke leses"),
        ("borte til 2036-11-18", "for lenge til"),
        ("borte til 99999999999999999999d", "kan ikke leses"),
        ("borte til fredag\nborte nei", "motsier"),
    ] {
        holds(&answer(&house, OLA, line).await, &["Ingenting er gjort", why]);
    }
    assert_eq!(house.world.store.directory().users().next().unwrap().personal.away_until, None);
    for (line, until) in [
        ("away until tomorrow", "19.11.2026 kl. 07.00"),
        ("borte til og med fredag", "21.11.2026 kl. 07.00"),
        ("borte 3d", "21.11.2026 kl. 07.00"),
        ("Borte til 20. desember", "20.12.2026 kl. 07.00"),
        ("away through 2027-01-03", "4.1.2027 kl. 07.00"),
        ("borte 2 timer", "18.11.2026 kl. 14.0"),
    ] {
        holds(&answer(&house, OLA, line).await, &[until]);
    }
}

#[tokio::test]
async fn whoever_leaves_nobody_behind_is_told_so() {
    let house = house().await;
    let ola = answer(&house, OLA, "borte til fredag").await;
    assert!(!ola.mail.text.contains("Merk:"), "{}", ola.mail.text);
    let both = "Merk: I Orakel, Resepsjonen er ingen andre til stede.";
    holds(&answer(&house, KARI, "borte til torsdag").await, &[both]);
    house.clock.set("2026-11-20T12:00:00Z");
    holds(&answer(&house, KARI, "borte til mandag").await, &["Merk: I Resepsjonen er ingen andre til stede."]);
}

#[tokio::test]
async fn a_word_that_comes_after_the_date_changes_nothing() {
    let house = house().await;
    let asks = mail("1", OLA, "x", "", "borte til i morgen");
    assert_eq!(house.deliver(OLA, &[super::control::CONTROL], &asks).await, [("held", 1)]);
    let asked = to(&house.send().await, OLA).clone();
    house.clock.set("2026-11-20T12:00:00Z");
    let yes = mail("2", OLA, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &yes).await, [("added", 1)]);
    holds(to(&house.send().await, OLA), &["Du er ikke borte: 19.11.2026 kl. 07.00 er allerede passert."]);
    assert_eq!(house.world.store.directory().users().next().unwrap().personal.away_until, None);
}
