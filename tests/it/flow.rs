//! What henvend does with mail, seen from outside: mails and time in, mails and cases out.

mod agent;
mod bounds;
mod commands;
mod contact;
mod control;
mod copies;
mod forwarded;
mod held;
mod inside;
mod place;
mod trust;

use std::sync::Arc;

use henvend::address::ReversePath;
use henvend::envelope::Listener;
use henvend::verify::TrustPolicy;

use crate::kit::house::{House, Sent, Setting};
use crate::kit::memory::MemoryStore;

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
