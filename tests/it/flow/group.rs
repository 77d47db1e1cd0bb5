//! A mailbox that several people share and that works cases as one user.

use std::sync::Arc;

use henvend::case::event::Actor;
use henvend::case::model::Status;
use henvend::id::UserId;
use henvend::verify::TrustPolicy;

use super::{CUSTOMER, all_to, mail, opened, submit};
use crate::kit::house::{House, Sent, Setting, address, to};
use crate::kit::memory::MemoryStore;

const VAKT: &str = "vakt@uni.example";
const OLA: &str = "ola@uni.example";

/// Ola and Per may write as the guard room; Kari works beside it, and Per has left.
const GROUP: &str = r#"
[[customer]]
key = "uni"
name = "Universitetet"
[[customer.category]]
path = "orakel"
name = "Orakel"
addresses = ["orakel@uni.example"]
members = ["vakt@uni.example"]
settings = { signature = "Hilsen Orakel" }
[[user]]
kind = "group"
name = "Vaktrommet"
addresses = ["vakt@uni.example"]
writers = ["ola@uni.example", "per@uni.example"]
at.uni = {}
[[user]]
name = "Ola Nordmann"
addresses = ["ola@uni.example"]
at.uni = {}
[[user]]
name = "Per Ås"
addresses = ["per@uni.example"]
at.uni = { active = false }
"#;

/// Our mail server says who may have sent a mail; a case is open, and the group knows of it.
async fn shared() -> (House, Vec<Sent>) {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let setting = Setting { trust, ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    house.apply(GROUP).await.unwrap();
    let sent = opened(&house).await;
    (house, sent)
}

fn passed(text: &str) -> String {
    format!("Authentication-Results: mx.uni.example; dkim=pass header.d=uni.example\n{text}")
}

fn answer(id: &str, from: &str, token: &str, more: &str) -> String {
    mail(id, from, "Re: [HV-1] x", &format!("Cc: {token}\n{more}"), "Skru den av og på.")
}

fn group(house: &House) -> UserId {
    house.world.store.directory().user_by_address(&address(VAKT)).unwrap().id
}

#[tokio::test]
async fn the_group_is_told_at_its_address_and_whoever_may_answers_for_it() {
    for (from, journal) in [(VAKT, "Vaktrommet"), ("Ola Nordmann <ola@uni.example>", "Vaktrommet (Ola Nordmann)")] {
        let (house, sent) = shared().await;
        let token = to(&sent, VAKT).reply_to();
        let reply = passed(&answer("2", from, &token, ""));
        assert_eq!(house.deliver("x@uni.example", &[&token], &reply).await, [("added", 1)], "{from}");
        let sent = house.send().await;
        let out = to(&sent, CUSTOMER);
        assert_eq!(out.mail.text.trim(), "Skru den av og på.\n\n-- \nHilsen Orakel");
        assert_eq!(out.mail.from[0].name.as_deref(), Some("Vaktrommet via Orakel"), "the contact sees the group alone");
        let case = house.case(1).await;
        assert_eq!((case.owner, case.status), (Some(group(&house)), Status::Waiting));
        let entry = house.journal(1).await.pop().unwrap();
        assert_eq!(entry.by, Actor::User(group(&house)));
        let name = house.world.store.directory().name_of(group(&house), entry.from());
        assert_eq!(name.as_deref(), Some(journal), "the journal names who wrote");
        let told = to(&sent, "kari@uni.example");
        assert!(told.mail.text.contains(&format!("{journal} har svart innmelderen:")), "{}", told.mail.text);
        assert!(all_to(&sent, VAKT).is_empty(), "who has answered is not told of it");
    }
}

#[tokio::test]
async fn nobody_else_answers_for_the_group_whatever_they_write_in_the_header() {
    let strangers = [
        ("kari@uni.example", ""),
        ("per@uni.example", ""),
        ("x@uni.example", ""),
        ("x@uni.example", "Sender: vakt@uni.example\n"),
        ("x@uni.example", "Reply-To: ola@uni.example\n"),
        ("Vaktrommet vakt@uni.example <x@uni.example>", ""),
        ("ola@uni.example, vakt@uni.example", "Sender: ola@uni.example\n"),
    ];
    for (number, (from, more)) in strangers.into_iter().enumerate() {
        let (house, sent) = shared().await;
        let token = to(&sent, VAKT).reply_to();
        let forged = passed(&answer(&format!("f{number}"), from, &token, more));
        assert_eq!(house.deliver("x@evil.example", &[&token], &forged).await, [("held", 1)], "{from} {more}");
        let sent = house.send().await;
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{from} {more}");
        assert_eq!(house.case(1).await.status, Status::New);
        // A user who works here hears what became of their own mail; nobody else does.
        let mut told: Vec<&str> = sent.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
        told.retain(|to| *to != from || from != "kari@uni.example");
        assert_eq!(told, [VAKT], "only the group hears of it: {from} {more}");
    }
}

#[tokio::test]
async fn a_sender_field_proves_nothing_more_and_names_nobody() {
    let (house, sent) = shared().await;
    let token = to(&sent, VAKT).reply_to();
    let by = |id: &str, more: &str| answer(id, VAKT, &token, more);
    let bare = by("2", "Sender: ola@uni.example\n");
    assert_eq!(house.deliver("x@evil.example", &[&token], &bare).await, [("held", 1)], "without proof of the domain");
    house.send().await;
    let proven = passed(&by("3", "Sender: kari@uni.example\n"));
    assert_eq!(house.deliver("x@uni.example", &[&token], &proven).await, [("added", 1)]);
    let entry = house.journal(1).await.pop().unwrap();
    let name = house.world.store.directory().name_of(group(&house), entry.from());
    assert_eq!(name.as_deref(), Some("Vaktrommet"), "nobody knows who it was");
}

#[tokio::test]
async fn a_login_of_one_who_may_write_as_the_group_needs_the_groups_address_or_its_own() {
    let (house, sent) = shared().await;
    let token = to(&sent, VAKT).reply_to();
    for (id, login, from, want) in [
        ("2", OLA, VAKT, "held"),
        ("3", "kari@uni.example", "kari@uni.example", "held"),
        ("4", OLA, OLA, "added"),
        ("5", VAKT, VAKT, "added"),
    ] {
        let became = submit(&house, login, &[&token], &answer(id, from, &token, "")).await;
        assert_eq!(became, [(want, 1)], "{login} as {from}");
    }
}

#[tokio::test]
async fn what_is_not_proven_is_confirmed_from_the_groups_mailbox() {
    let (house, sent) = shared().await;
    let token = to(&sent, VAKT).reply_to();
    assert_eq!(house.deliver("x@uni.example", &[&token], &answer("2", OLA, &token, "")).await, [("held", 1)]);
    let asked = house.send().await;
    assert!(all_to(&asked, OLA).is_empty(), "the group's registered address is asked, not the writer's");
    let confirm = to(&asked, VAKT).reply_to();
    let strangers = mail("3", "kari@uni.example", "Re: x", "", "bekreft");
    assert_eq!(house.deliver("kari@uni.example", &[&confirm], &strangers).await, [("held", 1)]);
    house.send().await;
    let own = mail("4", OLA, "Re: x", "", "bekreft");
    assert_eq!(
        house.deliver(OLA, &[&confirm], &own).await,
        [("added", 1)],
        "Ola reads the mailbox, and may write as it"
    );
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru den av og på."));
    assert_eq!(house.journal(1).await.pop().unwrap().by, Actor::User(group(&house)));
}

#[tokio::test]
async fn who_no_longer_may_write_as_the_group_no_longer_does() {
    let (house, sent) = shared().await;
    let token = to(&sent, VAKT).reply_to();
    let fewer = GROUP.replace("writers = [\"ola@uni.example\", \"per@uni.example\"]", "writers = []");
    house.apply_pruned(&format!("operators = [\"drift@site.example\"]\n{fewer}{DRIFT}")).await;
    let reply = passed(&answer("2", OLA, &token, ""));
    assert_eq!(house.deliver(OLA, &[&token], &reply).await, [("held", 1)]);
    let own = passed(&answer("3", VAKT, &token, ""));
    assert_eq!(house.deliver(VAKT, &[&token], &own).await, [("added", 1)], "the mailbox itself still is the group");
}

const DRIFT: &str = "[[user]]\nname = \"Drift\"\naddresses = [\"drift@site.example\"]\nlanguage = \"en\"\n";

#[tokio::test]
async fn a_contact_who_may_write_as_the_group_is_the_contact_and_keeps_its_address_working() {
    let (house, _) = shared().await;
    let own = mail("2", OLA, "Min egen skjerm", "", "Den er svart.");
    let results = passed(&own);
    assert_eq!(house.deliver(OLA, &["orakel@uni.example"], &results).await, [("new", 2)]);
    let token = to(&house.send().await, VAKT).reply_to();
    let more = passed(&answer("3", OLA, &token, ""));
    assert_eq!(house.deliver(OLA, &[&token], &more).await, [("added", 2)]);
    assert_eq!(house.events(2).await[1], "MailReceived", "nobody answers themselves, and nothing is revoked");
    let reply = passed(&answer("4", VAKT, &token, ""));
    assert_eq!(house.deliver(VAKT, &[&token], &reply).await, [("held", 2)], "it has not seen the contact's mail");
    house.send().await;
}
