//! Answer addresses that came into other hands, and those of users who have left a case.

use std::sync::Arc;

use henvend::case::held::HeldReason;
use henvend::case::model::Status;
use henvend::store::redb::{OpenConfig, RedbStore};
use henvend::time::DAY;

use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened, stands};
use crate::kit::house::{DIRECTORY, House, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

/// The contact answers a notification that was not theirs.
async fn used_by_contact(house: &House, token: &str) -> Vec<Sent> {
    let theirs = mail("k1", CUSTOMER, "Re: Skriveren virker ikke", "", "/lukk\nTakk, Ola sendte meg dette.");
    assert_eq!(house.deliver(CUSTOMER, &[token], &theirs).await, [("added", 1)]);
    house.send().await
}

/// Somebody writes to an answer address in a user's name: what became of it, and the mails that left.
async fn in_the_name_of(house: &House, user: &str, token: &str, id: &str, body: &str) -> (&'static str, Vec<Sent>) {
    let forged = mail(id, user, "Re: x", "", body);
    let became = house.deliver("x@evil.example", &[token], &forged).await[0].0;
    (became, house.send().await)
}

#[tokio::test]
async fn an_address_that_the_contact_has_used_proves_nothing_and_the_next_one_does() {
    let house = house().await;
    let sent = opened(&house).await;
    let (ola, kari) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    let told = used_by_contact(&house, &ola).await;
    assert!(all_to(&told, CUSTOMER).is_empty(), "the contact learns nothing of it");
    assert_eq!(house.case(1).await.status, Status::New, "the contact's command is no command");
    assert!(to(&told, OLA).mail.text.contains("Takk, Ola sendte meg dette."));
    assert!(to(&told, OLA).mail.text.contains("er derfor sperret"), "{}", to(&told, OLA).mail.text);
    assert!(!to(&told, KARI).mail.text.contains("sperret"), "it was not hers");
    assert_eq!(house.events(1).await[1], "MailReceived TokensRevoked");

    let (became, sent) = in_the_name_of(&house, OLA, &ola, "f1", "Send pengene hit.").await;
    assert_eq!((became, sent.len()), ("held", 1), "only the user is asked");
    assert_eq!(house.world.metrics.mails_held.get(HeldReason::RevokedToken), 1);
    let asked = to(&sent, OLA);
    assert!(asked.mail.text.contains("sperret") && asked.mail.text.contains("bekreft"), "{}", asked.mail.text);

    let (became, sent) = in_the_name_of(&house, OLA, &ola, "f1", "Send pengene hit.").await;
    assert_eq!((became, sent.len()), ("duplicate", 0), "brought again, it is still one mail");

    let (became, sent) = in_the_name_of(&house, OLA, &to(&told, OLA).reply_to(), "o1", "Skru den av og på.").await;
    assert_eq!(became, "added", "what the user was sent since counts");
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Skru den av og på."));
    let (became, _) = in_the_name_of(&house, KARI, &kari, "n1", "/notat\nFint.").await;
    assert_eq!(became, "added", "and what others were sent");
    let (became, sent) = in_the_name_of(&house, OLA, &asked.reply_to(), "o2", "bekreft").await;
    assert_eq!(became, "held", "the user may have written it after all, but the case has moved on since");
    let (became, sent) = in_the_name_of(&house, OLA, &to(&sent, OLA).reply_to(), "o3", "/send").await;
    assert_eq!(became, "added");
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Send pengene hit."));
}

#[tokio::test]
async fn what_an_address_still_proves_is_explained() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let answer = mail("o1", OLA, "Re: x", "", "Skru den av og på.");
    let before = house.explain(OLA, &[&token], &answer).await;
    assert_eq!((&before["trust"]["token"], &before["sender"]), (&"valid".into(), &"user".into()));
    used_by_contact(&house, &token).await;
    let after = house.explain(OLA, &[&token], &answer).await;
    assert_eq!((&after["trust"]["token"], &after["sender"]), (&"revoked".into(), &"unproven".into()));
    assert_eq!(after["would"]["events"], serde_json::json!(["mail_held", "work_held"]));
}

#[tokio::test]
async fn older_addresses_go_with_it_and_newer_uses_change_nothing() {
    let house = house().await;
    let sent = opened(&house).await;
    let first = to(&sent, OLA).reply_to();
    let more = mail("2", CUSTOMER, "Re: x", &format!("In-Reply-To: {}\n", to(&sent, CUSTOMER).id()), "Hallo?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    let second = to(&house.send().await, OLA).reply_to();
    let third = to(&used_by_contact(&house, &second).await, OLA).reply_to();
    assert_eq!(in_the_name_of(&house, OLA, &first, "f1", "Den første.").await.0, "held");
    let again = mail("k2", CUSTOMER, "Re: x", "", "En gang til.");
    assert_eq!(house.deliver(CUSTOMER, &[&second], &again).await, [("added", 1)]);
    assert_eq!(house.events(1).await[4], "MailReceived", "it counts for nothing already");
    assert!(!to(&house.send().await, KARI).mail.text.contains("sperret"));
    assert_eq!(in_the_name_of(&house, OLA, &third, "o1", "/notat\nDen tredje.").await.0, "added");
}

#[tokio::test]
async fn a_stranger_with_the_address_revokes_nothing_and_learns_nothing() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let stranger = mail("s1", "nabo@nabo.example", "Re: x", "", "Hva står det i saken?");
    assert_eq!(house.deliver("nabo@nabo.example", &[&token], &stranger).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to == [OLA]), "the user alone is told");
    assert_eq!(house.events(1).await[1], "MailHeld");
    assert_eq!(in_the_name_of(&house, OLA, &token, "o1", "Svar.").await.0, "added");
}

#[tokio::test]
async fn what_a_machine_of_the_contacts_sends_there_tells_the_user_alone() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let away = mail("k1", CUSTOMER, "Fravær: Skriveren", "Auto-Submitted: auto-replied\n", "Jeg er på ferie.");
    assert_eq!(house.deliver("", &[&token], &away).await, [("added", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    assert!(to(&sent, OLA).mail.text.contains("er derfor sperret"));
    assert_eq!(in_the_name_of(&house, OLA, &token, "f1", "Svar.").await.0, "held");
}

#[tokio::test]
async fn what_is_revoked_stays_revoked_when_the_house_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let open = async || House::open(Arc::new(RedbStore::open(OpenConfig::new(directory.path())).unwrap())).await;
    let token = {
        let house = open().await.unwrap();
        let token = to(&opened(&house).await, OLA).reply_to();
        used_by_contact(&house, &token).await;
        token
    };
    let house = open().await.unwrap();
    let (became, sent) = in_the_name_of(&house, OLA, &token, "f1", "Svar.").await;
    assert_eq!(became, "held");
    assert!(all_to(&sent, CUSTOMER).is_empty());
}

#[tokio::test]
async fn an_address_for_confirming_goes_too_and_the_user_is_asked_anew() {
    let house = house_that_checks().await;
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren", "", "Hei!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let token = to(&house.send().await, OLA).reply_to();
    let (_, sent) = in_the_name_of(&house, OLA, &token, "o1", "Skru den av og på.").await;
    let confirm = to(&sent, OLA).reply_to();
    used_by_contact(&house, &confirm).await;
    let (became, sent) = in_the_name_of(&house, OLA, &confirm, "o2", "bekreft").await;
    assert_eq!((became, sent.len()), ("held", 1));
    let asked = to(&sent, OLA);
    assert!(asked.mail.text.contains("Skru den av og på."), "{}", asked.mail.text);
    let (became, sent) = in_the_name_of(&house, OLA, &confirm, "o2b", "Bekreft\n\nMvh Ola").await;
    assert_eq!((became, sent.len()), ("held", 1), "a word without anything that it could confirm");
    assert!(!to(&sent, OLA).mail.text.contains("Er det du som har skrevet dette?"));
    let (became, sent) = in_the_name_of(&house, OLA, &confirm, "f1", "Jeg skriver notater.").await;
    assert_eq!((became, all_to(&sent, KARI).len()), ("held", 0), "not even a note");
    let (became, sent) = in_the_name_of(&house, OLA, &asked.reply_to(), "o3", "bekreft").await;
    assert_eq!(became, "held", "the contact has written since");
    let (became, sent) = in_the_name_of(&house, OLA, &to(&sent, OLA).reply_to(), "o4", "/send").await;
    assert_eq!(became, "added");
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Skru den av og på."));
}

#[tokio::test]
async fn a_case_that_is_over_gets_no_mail_by_it_and_the_address_goes_all_the_same() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    stands(&house, 1, Status::Closed).await;
    house.clock.pass(DAY * 15);
    let late = mail("k1", CUSTOMER, "Re: Skriveren virker ikke", "", "Nå er det galt igjen.");
    assert_eq!(house.deliver(CUSTOMER, &[&token], &late).await, [("linked", 2)]);
    assert_eq!(house.deliver(CUSTOMER, &[&token], &late).await, [("duplicate", 2)]);
    assert_eq!((house.events(1).await.len(), house.journal(2).await.len()), (3, 1));
    let sent = house.send().await;
    let theirs: Vec<&Sent> = all_to(&sent, OLA);
    assert_eq!(theirs.len(), 2, "of the new case, and of the address");
    let revoked = theirs.iter().find(|mail| mail.mail.field("X-Henvend-Event") == Some("revoked")).unwrap();
    assert!(revoked.mail.text.contains("svaradressen din i saken er sperret"), "{}", revoked.mail.text);
    assert_eq!(in_the_name_of(&house, OLA, &token, "f1", "Svar.").await.0, "held");
    assert_eq!(in_the_name_of(&house, OLA, &revoked.reply_to(), "o1", "/notat\nSvar.").await.0, "added");
}

#[tokio::test]
async fn an_address_of_a_case_that_is_part_of_another_is_revoked_on_both() {
    let house = house().await;
    let one = opened(&house).await;
    let second = mail("2", CUSTOMER, "Toner", "", "Den er tom.");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &second).await;
    let two = house.send().await;
    let (old, there) = (to(&two, OLA).reply_to(), to(&one, OLA).reply_to());
    let (became, _) = in_the_name_of(&house, KARI, &to(&two, KARI).reply_to(), "n1", "/slå-sammen HV-1").await;
    assert_eq!(became, "added");
    used_by_contact(&house, &old).await;
    for (id, token) in [("f1", &old), ("f2", &there)] {
        assert_eq!(in_the_name_of(&house, OLA, token, id, "Svar.").await.0, "held", "{id}");
    }
    assert_eq!(house.events(2).await.last().unwrap(), "TokensRevoked");
}

#[tokio::test]
async fn every_address_that_one_mail_goes_to_is_revoked_by_whatever_copy_comes_first() {
    for shared_first in [true, false] {
        let house = house().await;
        let sent = opened(&house).await;
        let (ola, kari) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
        let fields = format!("In-Reply-To: {}\n", to(&sent, CUSTOMER).id());
        let reply = mail("k1", CUSTOMER, "Re: [HV-1] Skriveren virker ikke", &fields, "Til dere alle.");
        let mut copies = [vec!["orakel@uni.example"], vec![ola.as_str(), kari.as_str()]];
        if !shared_first {
            copies.reverse();
        }
        assert_eq!(house.deliver(CUSTOMER, &copies[0], &reply).await[0], ("added", 1));
        assert_eq!(house.deliver(CUSTOMER, &copies[1], &reply).await[0], ("duplicate", 1));
        let texts = house.journal(1).await.iter().filter(|entry| entry.mail().is_some()).count();
        assert_eq!(texts, 2, "one entry with the mail");
        house.send().await;
        for (id, user, token) in [("f1", OLA, &ola), ("f2", KARI, &kari)] {
            assert_eq!(in_the_name_of(&house, user, token, id, "Svar.").await.0, "held", "{user}");
        }
    }
}

/// Ola follows a case that was moved to a category that is not his; his address from then, and Kari's.
async fn followed_from_outside(house: &House) -> (String, String) {
    let sent = opened(house).await;
    let (ola, kari) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    assert_eq!(in_the_name_of(house, OLA, &ola, "o1", "/følg").await.0, "added");
    let (became, sent) = in_the_name_of(house, KARI, &kari, "n1", "/kategori resepsjon").await;
    assert_eq!(became, "added");
    (to(&sent, OLA).reply_to(), kari)
}

#[tokio::test]
async fn who_leaves_a_case_that_is_not_theirs_to_work_leaves_their_addresses_behind() {
    let house = house().await;
    let (ola, kari) = followed_from_outside(&house).await;
    assert_eq!(in_the_name_of(&house, OLA, &ola, "o2", "/notat\nJeg vet noe om dette.").await.0, "added");
    let (became, sent) = in_the_name_of(&house, OLA, &ola, "o3", "/ikkefølg").await;
    assert_eq!(became, "added");
    assert!(to(&sent, OLA).mail.text.contains("er sperret"), "{}", to(&sent, OLA).mail.text);
    let transcript = to(&sent, OLA).reply_to();
    for (id, token) in [("f1", &ola), ("f2", &transcript)] {
        let (became, sent) = in_the_name_of(&house, OLA, token, id, "Hei fra Ola.").await;
        assert_eq!(became, "held");
        assert!(to(&sent, OLA).mail.text.contains("ikke lenger har tilgang"), "{}", to(&sent, OLA).mail.text);
    }
    let (_, sent) = in_the_name_of(&house, KARI, &kari, "n2", "/kategori orakel").await;
    assert_eq!(in_the_name_of(&house, OLA, &ola, "f3", "Hei fra Ola.").await.0, "held", "nor when he may again");
    assert_eq!(in_the_name_of(&house, OLA, &to(&sent, OLA).reply_to(), "o4", "/notat\nHei.").await.0, "added");
}

#[tokio::test]
async fn who_works_the_case_anyway_is_asked_or_answers_what_came_since() {
    let house = house().await;
    let old = to(&opened(&house).await, OLA).reply_to();
    assert_eq!(in_the_name_of(&house, OLA, &old, "o1", "/følg").await.0, "added");
    let (_, sent) = in_the_name_of(&house, OLA, &old, "o2", "/ikkefølg").await;
    let receipt = to(&sent, OLA).reply_to();
    let (became, sent) = in_the_name_of(&house, OLA, &old, "o3", "Skru den av og på.").await;
    assert_eq!(became, "held");
    assert!(all_to(&sent, CUSTOMER).is_empty(), "nothing before a yes");
    let (became, sent) = in_the_name_of(&house, OLA, &to(&sent, OLA).reply_to(), "o4", "bekreft").await;
    assert_eq!(became, "added");
    assert_eq!(all_to(&sent, CUSTOMER).len(), 1);
    assert_eq!(in_the_name_of(&house, OLA, &receipt, "o5", "/notat\nHan ringte.").await.0, "added");
}

#[tokio::test]
async fn nothing_that_an_inactive_user_was_sent_proves_anything() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let gone = DIRECTORY.replacen("at.uni = {}", "at.uni = { active = false }", 1);
    let gone = gone.replace(&format!("members = [\"{OLA}\", \"{KARI}\"]"), &format!("members = [\"{KARI}\"]"));
    house.apply(&gone).await.unwrap();
    for (id, body) in [("f1", "/lukk"), ("f2", "bekreft"), ("f3", "Hei fra Ola.")] {
        let (became, sent) = in_the_name_of(&house, OLA, &token, id, body).await;
        assert_eq!(became, "held", "{body}");
        assert!(all_to(&sent, CUSTOMER).is_empty() && all_to(&sent, OLA).is_empty());
    }
    assert_eq!(house.case(1).await.status, Status::New);
}
