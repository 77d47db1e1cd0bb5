//! What henvend does with mail, seen from outside: mails and time in, mails and cases out.

mod agent;
mod contact;
mod trust;
mod review;

use std::sync::Arc;

use crate::kit::house::{House, Sent};
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
