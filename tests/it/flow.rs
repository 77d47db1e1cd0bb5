//! What henvend does with mail, seen from outside: mails and time in, mails and cases out.

mod agent;
mod attack;
mod away;
mod bounds;
mod clients;
mod commands;
mod contact;
mod control;
mod copies;
mod digest;
mod doubt;
mod faults;
mod formatted;
mod forwarded;
mod gestures;
mod held;
mod inside;
mod leaked;
mod machines;
mod opening;
mod order;
mod parts;
mod orders;
mod overdue;
mod place;
mod probes;
mod quiet;
mod sealed;
mod slips;
mod stopped;
mod text;
mod threads;
mod trust;
mod undelivered;
mod within;

use std::sync::Arc;

use henvend::address::ReversePath;
use henvend::case::apply::apply;
use henvend::case::change::{CaseChange, Change};
use henvend::case::event::{Actor, CaseEvent, Entry};
use henvend::case::model::Status;
use henvend::case::view::Keys;
use henvend::envelope::Listener;
use henvend::id::CaseId;
use henvend::verify::TrustPolicy;

use crate::kit::house::{House, Sent, Setting};
use crate::kit::memory::MemoryStore;
use crate::kit::place::transact;

const CUSTOMER: &str = "kunde@post.example";

async fn house() -> House {
    House::open(Arc::new(MemoryStore::default())).await.unwrap()
}

fn mail(id: &str, from: &str, subject: &str, more: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: orakel@uni.example\nSubject: {subject}\nMessage-ID: <{id}@post.example>\n\
         Date: Wed, 18 Nov 2026 12:00:00 +0100\n{more}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

/// The customer writes; everybody is told.
async fn opened(house: &House) -> Vec<Sent> {
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", "Hei!\nDen blinker rødt.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await, [("new", 1)]);
    house.send().await
}

/// A house whose mail server in front says who may have sent a mail.
async fn house_that_checks() -> House {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let setting = Setting { trust, ..Setting::default() };
    House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap()
}

/// A mail over the listener for people who have logged in: what became of it.
async fn submit(house: &House, from: &str, to: &[&str], mail: &str) -> Vec<(&'static str, u64)> {
    let receipt = house.receive_by(Listener::Submission, from, to, mail).await.unwrap();
    receipt.outcomes.iter().map(|outcome| (outcome.became.as_str(), outcome.case.get())).collect()
}

/// The mails to this person, any number of them.
fn all_to<'a>(sent: &'a [Sent], person: &str) -> Vec<&'a Sent> {
    sent.iter().filter(|mail| mail.to.iter().any(|to| to == person)).collect()
}

/// Where a report about this mail goes.
fn back(sent: &Sent) -> String {
    let ReversePath::Mailbox(address) = &sent.reverse_path else { panic!("without a return path") };
    address.to_string()
}

/// Somebody has said where a case stands.
async fn stands(house: &House, case: u64, status: Status) {
    let keys = Keys { cases: vec![CaseId::new(case)], ..Keys::default() };
    let now = house.world.clock.now();
    let decided = transact(house.world.store.as_ref(), None, keys, move |view| {
        let case = view.case(CaseId::new(case)).unwrap();
        let events = vec![CaseEvent::StatusChanged { from: case.status, to: status }];
        let entry = Entry { no: case.last_entry.next(), at: now, by: Actor::System, placed: None, events };
        let case = apply(case.id, Some(case.clone()), &entry).unwrap();
        Change { cases: vec![CaseChange { case, entry }], ..Change::default() }
    });
    decided.await.unwrap();
}
