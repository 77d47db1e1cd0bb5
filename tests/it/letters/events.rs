//! What users are told of the rest of what can happen on a case, and receipts that are seldom seen.

use std::time::Duration;

use super::others::begun;
use super::{CUSTOMER, FIRST, KARI, OLA, SHARED, directory, mail, open, say};
use crate::kit::house::{House, Sent, Setting, to};

/// The customer writes again on the case.
async fn again(house: &House, ack: &Sent, id: &str, body: &str) {
    let answers = format!("In-Reply-To: {}\n", ack.id());
    let more = mail(id, "Kåre Kunde <kunde@post.example>", "Re: [HV-1] Skriveren virker ikke", &answers, body);
    house.deliver(CUSTOMER, &[SHARED], &more).await;
}

/// What was told with this event.
fn event<'a>(sent: &'a [Sent], name: &str) -> &'a Sent {
    let told = |sent: &&Sent| sent.mail.field("X-Henvend-Event") == Some(name);
    sent.iter().find(told).unwrap_or_else(|| panic!("nobody is told {name}"))
}

/// From the first answer to the end.
pub async fn worked(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "/wait 3d\nHei, vi bytter toneren på torsdag.").await;
    let sent = house.send().await;
    let answered = event(&sent, "answered").clone();
    kept.push(("notification-answered", answered.clone()));
    let answer = to(&sent, CUSTOMER).clone();
    say(&house, KARI, &answered, "3", "/priority high\n/title Toner på rom 3").await;
    kept.push(("notification-changed", event(&house.send().await, "changed").clone()));
    house.clock.pass(Duration::from_secs(4 * 86_400));
    house.sweep().await;
    kept.push(("notification-wait-ended", event(&house.send().await, "wait_ended").clone()));
    say(&house, OLA, &new, "4", "/show").await;
    kept.push(("receipt-show", to(&house.send().await, OLA).clone()));
    say(&house, OLA, &new, "5", "/history").await;
    kept.push(("receipt-history", to(&house.send().await, OLA).clone()));
    say(&house, OLA, &new, "6", "/resolve").await;
    house.send().await;
    again(&house, &answer, "7", "Nå blinker den igjen.").await;
    kept.push(("notification-reopened", event(&house.send().await, "reopened").clone()));
    kept
}

/// What went another way than its writer thought.
pub async fn astray(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let new = begun(&house).await;
    let note = "Hun er en viktig kunde, så vi tar denne saken før alle de andre.";
    say(&house, OLA, &new, "2", &format!("/take\n/note\n{note}")).await;
    house.send().await;
    say(&house, OLA, &new, "3", &format!("Hei!\n\n{note}")).await;
    kept.push(("notification-stopped", event(&house.send().await, "stopped").clone()));
    let copy = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", FIRST);
    house.deliver(CUSTOMER, &["resepsjon@uni.example"], &copy).await;
    kept.push(("notification-copied", to(&house.send().await, KARI).clone()));

    let house = open(language, Setting::default()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "Skru den av og på.").await;
    again(&house, &to(&house.send().await, CUSTOMER).clone(), "3", "Det hjalp ikke.").await;
    house.send().await;
    say(&house, OLA, &new, "4", "Da må vi bytte den.").await;
    house.send().await;
    house.clock.pass(Duration::from_secs(73 * 3600));
    house.sweep().await;
    kept.push(("receipt-returned", to(&house.send().await, OLA).clone()));

    let house = open(language, Setting::default()).await;
    house.deliver(CUSTOMER, &["nobody@nowhere.example"], &mail("1", CUSTOMER, "Hvor er dere?", "", FIRST)).await;
    kept.push(("notification-quarantined", event(&house.send().await, "quarantined").clone()));
    kept
}

/// What becomes of the answers of somebody who leaves, or no longer has the case.
pub async fn left(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let undo = || Setting { undo: Duration::from_secs(60), ..Setting::default() };
    let house = open(language, undo()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "Skru den av og på.").await;
    let gone = directory(language).replacen("at.uni = {}", "at.uni = { active = false }", 1);
    let gone = gone.replace(&format!("members = [\"{OLA}\", \"{KARI}\"]"), &format!("members = [\"{KARI}\"]"));
    assert_eq!(house.apply(&gone).await.unwrap().refused, None);
    house.clock.pass(Duration::from_secs(120));
    house.sweep().await;
    kept.push(("notification-returned", event(&house.send().await, "returned").clone()));
    say(&house, OLA, &new, "3", "Virker den nå?").await;
    kept.push(("notification-held", event(&house.send().await, "held").clone()));

    let house = open(language, undo()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "/category resepsjon").await;
    house.send().await;
    say(&house, OLA, &new, "3", "Skru den av og på.").await;
    kept.push(("receipt-gone", to(&house.send().await, OLA).clone()));

    let house = open(language, undo()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "Dette skulle jeg ikke ha skrevet.").await;
    say(&house, OLA, &new, "3", "/drop\nKan du ta denne, Kari? Jeg rekker ikke.").await;
    kept.push(("receipt-unsent", to(&house.send().await, OLA).clone()));
    kept
}
