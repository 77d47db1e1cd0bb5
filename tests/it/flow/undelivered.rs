//! Mail to a user comes back: what counts, and when it is too much.

mod paused;
mod resumed;

use std::sync::Arc;
use std::time::Duration;

use henvend::address::ReversePath;
use henvend::case::trigger::{Handover, OperatorVerb};
use henvend::directory::model::User;
use henvend::time::DAY;

use super::control::holds;
use super::{all_to, back, house, mail};
use crate::kit::house::{House, Mood, Sent, to};
use crate::kit::memory::MemoryStore;

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const OPERATOR: &str = "drift@site.example";

/// An inquiry by somebody new, and what everybody is told of it.
async fn inquiry(house: &House, n: u32) -> Vec<Sent> {
    let who = format!("k{n}@post.example");
    let first = mail(&format!("i{n}"), &who, &format!("Sak {n}"), "", &format!("Hei nummer {n}."));
    house.deliver(&who, &["orakel@uni.example"], &first).await;
    house.send().await
}

/// A report about a mail of ours, by the server that did not deliver it.
fn report(letter: &Sent, id: &str, action: &str) -> String {
    let (to, ours) = (letter.to[0].as_str(), letter.id());
    format!(
        "From: MAILER-DAEMON@mx.example\nTo: {}\nSubject: Undelivered Mail\nMessage-ID: <{id}@mx.example>\n\
         Date: Wed, 18 Nov 2026 12:00:00 +0100\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: 5.1.1\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {ours}\nSubject: x\n\n--b--\n",
        back(letter)
    )
}

/// The mail comes back, by its return address.
async fn bounces(house: &House, letter: &Sent, id: &str) {
    let outcome = house.deliver("", &[&back(letter)], &report(letter, id, "failed")).await;
    assert_eq!(outcome[0].0, "added");
}

/// So many notifications to Ola come back, of inquiries beginning with this number; what the last one leads to.
async fn fails(house: &House, first: u32, times: u32) -> Vec<Sent> {
    let mut sent = Vec::new();
    for n in first..first + times {
        let told = inquiry(house, n).await;
        bounces(house, to(&told, OLA), &format!("r{n}")).await;
        sent = house.send().await;
    }
    sent
}

fn user(house: &House, address: &str) -> User {
    let directory = house.world.store.directory();
    directory.users().find(|user| user.addresses[0].to_string() == address).unwrap().clone()
}

fn is_paused(house: &House, address: &str) -> bool {
    user(house, address).undelivered.is_paused()
}

#[tokio::test]
async fn the_fifth_within_seven_days_pauses_mail_and_the_operators_are_told_once() {
    let house = house().await;
    assert!(fails(&house, 1, 4).await.is_empty());
    assert!(!is_paused(&house, OLA));
    let told = fails(&house, 5, 1).await;
    assert!(is_paused(&house, OLA));
    assert_eq!(told.len(), 1, "nobody but the operator: {told:?}");
    let said = to(&told, OPERATOR);
    assert_eq!(said.mail.subject, "[HV-6] Mail to Ola Nordmann is paused");
    holds(
        said,
        &["Mail to Ola Nordmann comes back.", "ola@uni.example", "5.1.1", "henvend user resume ola@uni.example"],
    );
    assert!(!said.mail.text.contains("nobody else"), "Kari is there: {}", said.mail.text);
    // Nothing more to Ola, and nothing more about Ola.
    let told = inquiry(&house, 7).await;
    assert!(all_to(&told, OLA).is_empty() && all_to(&told, OPERATOR).is_empty(), "{told:?}");
    to(&told, KARI);
    assert_eq!(house.events(6).await[0], "CaseOpened MailPaused");
    assert_eq!(house.world.metrics.user_failures.get(), 5);
}

#[tokio::test]
async fn what_came_back_longer_ago_does_not_count() {
    let house = house().await;
    fails(&house, 1, 4).await;
    house.clock.pass(DAY * 7 + Duration::from_millis(1));
    fails(&house, 5, 4).await;
    assert!(!is_paused(&house, OLA));
    house.clock.pass(DAY * 7);
    fails(&house, 9, 1).await;
    assert!(is_paused(&house, OLA), "the four before are seven days old, and no older");
}

#[tokio::test]
async fn a_letter_counts_once_however_often_it_comes_back() {
    let house = house().await;
    fails(&house, 1, 3).await;
    let told = inquiry(&house, 4).await;
    let letter = to(&told, OLA);
    bounces(&house, letter, "once").await;
    let same = report(letter, "once", "failed");
    assert_eq!(house.deliver("", &[&back(letter)], &same).await[0].0, "duplicate");
    for id in ["by-another-server", "by-a-third"] {
        bounces(&house, letter, id).await;
    }
    assert!(!is_paused(&house, OLA));
    assert!(all_to(&house.send().await, OPERATOR).is_empty());
    fails(&house, 5, 1).await;
    assert!(is_paused(&house, OLA));
}

#[tokio::test]
async fn only_what_failed_and_only_what_we_sent_counts() {
    let house = house().await;
    fails(&house, 1, 4).await;
    let told = inquiry(&house, 5).await;
    let letter = to(&told, OLA);
    for (n, action) in ["delayed", "relayed", "delivered", "expanded"].into_iter().enumerate() {
        house.deliver("", &[&back(letter)], &report(letter, &format!("a{n}"), action)).await;
    }
    // Somebody makes one up: without our return address, and with one that nobody has signed.
    let forged =
        report(letter, "f1", "failed").replace(&letter.id(), "<hv.1.1.1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@svar.example>");
    let outcome = house.deliver("", &["orakel@uni.example"], &forged).await;
    assert_eq!(outcome[0].0, "new");
    let (ours, mut made_up) = (back(letter), back(letter));
    made_up.replace_range(20..21, if &ours[20..21] == "a" { "b" } else { "a" });
    house.deliver("", &[&made_up], &forged).await;
    // An out-of-office note to the return address is no report.
    let away = mail("away", OLA, "Borte", "Auto-Submitted: auto-replied\n", "Tilbake mandag.");
    house.deliver("", &[&back(letter)], &away).await;
    assert!(!is_paused(&house, OLA));
    // By the id of ours alone anybody can report who got an answer that names it: told, and not counted.
    house.send().await;
    assert_eq!(house.deliver("", &["orakel@uni.example"], &report(letter, "f2", "failed")).await[0].0, "added");
    assert!(!is_paused(&house, OLA));
    house.deliver("", &[&back(letter)], &report(letter, "f3", "failed")).await;
    assert!(is_paused(&house, OLA));
}

#[tokio::test]
async fn a_failed_answer_to_a_contact_counts_for_nobody() {
    let house = house().await;
    for n in 1..=6 {
        let told = inquiry(&house, n).await;
        let answer = mail(&format!("s{n}"), OLA, "Re: x", "", "Svar.");
        house.deliver(OLA, &[&to(&told, OLA).reply_to()], &answer).await;
        let sent = house.send().await;
        bounces(&house, to(&sent, &format!("k{n}@post.example")), &format!("r{n}")).await;
        to(&house.send().await, OLA);
    }
    assert!(!is_paused(&house, OLA) && !is_paused(&house, KARI));
}

#[tokio::test]
async fn a_refusal_of_the_user_by_the_smarthost_counts_like_a_report() {
    let house = house().await;
    let refused =
        |status: &str| Handover::Refused { status: Some(status.to_owned()), detail: format!("550 {status} no") };
    let permanent = |detail: &str| Handover::Permanent { status: None, detail: detail.to_owned() };
    // What says nothing about the mailbox does not: the smarthost wants no mail from us, or not this one.
    for n in 1..=6 {
        let (ack, ola) = (Handover::Taken, permanent("554 no service"));
        [ack, ola].into_iter().for_each(|word| house.smarthost.next(Mood::Say(vec![word])));
        inquiry(&house, n).await;
    }
    assert!(!is_paused(&house, OLA));
    for n in 7..=11 {
        assert!(!is_paused(&house, OLA));
        [Handover::Taken, refused("5.1.1")].into_iter().for_each(|word| house.smarthost.next(Mood::Say(vec![word])));
        let told = inquiry(&house, n).await;
        let operator = usize::from(n == 11);
        assert_eq!(all_to(&told, OPERATOR).len(), operator, "{n}: {told:?}");
    }
    assert!(is_paused(&house, OLA));
    assert_eq!(house.events(7).await.last().unwrap(), "UserUnreached DeliveryFailed");
}

#[tokio::test]
async fn an_owner_who_was_not_reached_has_colleagues_who_are() {
    let house = house().await;
    let told = inquiry(&house, 1).await;
    house.deliver(OLA, &[&to(&told, OLA).reply_to()], &mail("t", OLA, "Re: x", "", "/ta")).await;
    house.send().await;
    let more = mail("more", "k1@post.example", "[HV-1] x", "", "Nå lukter det svidd.");
    house.deliver("k1@post.example", &["orakel@uni.example"], &more).await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "it is Ola's");
    bounces(&house, to(&sent, OLA), "r").await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, KARI), &["E-post til Ola Nordmann om denne saken kom i retur", "Nå lukter det svidd."]);
    assert_eq!(to(&sent, KARI).mail.field("X-Henvend-Event"), Some("unreached"));
}

#[tokio::test]
async fn a_receipt_that_was_lost_is_told_to_nobody_else() {
    let house = house().await;
    let told = inquiry(&house, 1).await;
    let reply = to(&told, OLA).reply_to();
    house.deliver(OLA, &[&reply], &mail("t", OLA, "Re: x", "", "/ta")).await;
    let done = house.send().await;
    bounces(&house, to(&done, OLA), "r1").await;
    // Somebody writes in Ola's name, and Ola is asked.
    house.deliver(OLA, &["orakel@uni.example"], &mail("f", OLA, "[HV-1] x", "", "Ikke min.")).await;
    let asked = house.send().await;
    assert_eq!(to(&asked, OLA).reverse_path, ReversePath::Null, "nobody answers for a question that did not arrive");
    assert!(house.send().await.is_empty());
    assert_eq!(house.world.metrics.user_failures.get(), 1, "it counts");
}

#[tokio::test]
async fn what_was_counted_survives_a_restart() {
    let store = MemoryStore::default();
    let open = async |store: MemoryStore| House::open(Arc::new(store)).await.unwrap();
    fails(&open(store.reopened()).await, 1, 4).await;
    fails(&open(store.reopened()).await, 5, 1).await;
    let house = open(store.reopened()).await;
    assert!(is_paused(&house, OLA));
    assert!(all_to(&inquiry(&house, 6).await, OLA).is_empty());
    house.act(OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli".to_owned() }).await;
    holds(to(&house.send().await, OLA), &["Hei nummer 6."]);
}
