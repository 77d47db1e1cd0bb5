//! What users ask at the control address, and who is believed there.

use henvend::address::Domain;
use henvend::case::change::{CaseChange, Change};
use henvend::case::model::{Case, Channel, Status};
use henvend::case::view::{Keys, View};
use henvend::id::{CaseId, EntryNo};
use henvend::ports::Clock;
use henvend::verify::TrustPolicy;
use std::sync::Arc;

use super::{CUSTOMER, all_to, back, house, house_that_checks, mail, opened, submit};
use crate::kit::house::{House, Sent, Setting, address, to};
use crate::kit::memory::MemoryStore;
use crate::kit::place::transact;
use crate::kit::sample;

pub(super) const CONTROL: &str = "henvend@svar.example";
const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

fn asks(id: &str, from: &str, body: &str) -> String {
    mail(id, from, "Spørsmål", "", body)
}

/// What a logged-in user gets back.
pub(super) async fn answer(house: &House, from: &str, body: &str) -> Sent {
    house.clock.pass(std::time::Duration::from_secs(1));
    let id = house.clock.now().millis().to_string();
    submit(house, from, &[CONTROL], &asks(&id, from, body)).await;
    let sent = house.send().await;
    to(&sent, from).clone()
}

pub(super) fn holds(sent: &Sent, parts: &[&str]) {
    let text = &sent.mail.text;
    parts.iter().for_each(|part| assert!(text.contains(part), "{part} in\n{text}"));
}

#[tokio::test]
async fn a_list_names_the_open_cases_of_the_writers_categories_references_first() {
    let house = house().await;
    opened(&house).await;
    let other = mail("2", "x@post.example", "Besøk", "", "Når er dere åpne?");
    house.deliver("x@post.example", &["resepsjon@uni.example"], &other).await;
    house.deliver("y@post.example", &["kundar@bla.example"], &mail("3", "y@post.example", "Kjøp", "", "Hei")).await;
    house.send().await;
    let ola = answer(&house, OLA, "list").await;
    holds(&ola, &["\nHV-1 Skriveren virker ikke\n", "ny · ingen · Orakel", "Kåre Kunde"]);
    assert!(!ola.mail.text.contains("HV-2") && !ola.mail.text.contains("HV-3"), "{}", ola.mail.text);
    let kari = answer(&house, KARI, "liste åpne").await;
    holds(&kari, &["HV-1", "HV-2 Besøk"]);
    let kari = answer(&house, KARI, "/list open resep").await;
    assert!(!kari.mail.text.contains("HV-1 ") && kari.mail.text.contains("HV-2"), "{}", kari.mail.text);
    let åse = answer(&house, "åse@bla.example", "list").await;
    assert!(åse.mail.text.contains("HV-3") && !åse.mail.text.contains("HV-1"), "{}", åse.mail.text);
    let lines = ola.mail.text.lines().map(|line| line.chars().count()).max();
    assert!(lines <= Some(72), "{lines:?}");
}

#[tokio::test]
async fn what_is_mine_and_what_nobody_has() {
    let house = house().await;
    let sent = opened(&house).await;
    let take = mail("2", OLA, "Re: x", "", "/ta");
    house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &take).await;
    house.deliver(CUSTOMER, &["orakel@uni.example"], &mail("3", CUSTOMER, "Skjermen", "", "Svart")).await;
    house.send().await;
    let both = answer(&house, OLA, "list mine\nlist ledige").await;
    holds(&both, &["Dine åpne saker:", "HV-1", "Saker som ingen har:", "HV-2 Skjermen"]);
    let kari = answer(&house, KARI, "list mine").await;
    holds(&kari, &["Ingen saker"]);
}

#[tokio::test]
async fn a_case_is_shown_to_those_who_work_it_and_to_nobody_else() {
    let house = house().await;
    opened(&house).await;
    let shown = answer(&house, OLA, "vis hv-1").await;
    holds(&shown, &["HV-1 Skriveren virker ikke", "Kåre Kunde", "Den blinker rødt."]);
    let refused = answer(&house, "åse@bla.example", "vis HV-1").await;
    holds(&refused, &["vis HV-1"]);
    assert!(!refused.mail.text.contains("Skriveren"), "{}", refused.mail.text);
    let none = answer(&house, "åse@bla.example", "vis HV-99").await;
    let after = |sent: &Sent| sent.mail.text.replace("HV-99", "HV-1");
    assert_eq!(after(&none), after(&refused), "a case that is not there looks the same");
}

#[tokio::test]
async fn a_search_finds_words_of_titles_people_and_texts_in_the_writers_cases() {
    let house = house().await;
    opened(&house).await;
    house.deliver("y@post.example", &["kundar@bla.example"], &mail("3", "y@post.example", "Skriver", "", "Rødt")).await;
    house.send().await;
    for words in ["skriver", "blinker RØDT", "roedt", "kåre kunde", "kunde@post.example"] {
        let found = answer(&house, OLA, &format!("søk {words}")).await;
        holds(&found, &["HV-1 Skriveren virker ikke", words]);
        assert!(!found.mail.text.contains("HV-2"), "{words}");
    }
    holds(&answer(&house, OLA, "search skriver kaffe").await, &["Ingen saker med «skriver kaffe»"]);
}

#[tokio::test]
async fn a_user_opens_a_case_for_somebody_who_called() {
    let house = house().await;
    let body = "ny orakel for 22 22 22 22\n\nKari Nordmann ringte om skriveren.\nVil bli ringt opp.";
    assert_eq!(submit(&house, OLA, &[CONTROL], &mail("1", OLA, "", "", body)).await, [("new", 2)]);
    let case = house.case(2).await;
    assert_eq!((case.channel, case.status, case.contact), (Channel::Phone, Status::New, None));
    assert_eq!(case.title, "Kari Nordmann ringte om skriveren.");
    assert_eq!(house.events(2).await, ["CaseOpened NoteWritten CallMade"]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 2);
    holds(to(&sent, OLA), &["Ny sak:", "HV-2 Kari Nordmann ringte"]);
    let told = to(&sent, KARI);
    holds(told, &["telefonsamtale med 22 22 22 22"]);
    assert!(!told.mail.text.contains("ny orakel"), "{}", told.mail.text);
    holds(
        told,
        &[
            "Vil bli ringt opp.",
            "Telefon:     22 22 22 22\n",
            "ingen e-postadresse å svare til. Ring 22 22 22 22. Begynn",
        ],
    );
}

#[tokio::test]
async fn a_user_opens_a_case_for_an_address_and_the_contact_hears_nothing_yet() {
    let house = house().await;
    let body = "/new orakel for Kåre Kunde <kunde@post.example>\nKom innom skranken.";
    assert_eq!(submit(&house, OLA, &[CONTROL], &mail("1", OLA, "Nytt passord", "", body)).await, [("new", 2)]);
    let case = house.case(2).await;
    assert_eq!(case.contact.map(|contact| contact.address), Some(address(CUSTOMER)));
    assert_eq!(case.title, "Nytt passord");
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| !mail.to.contains(&CUSTOMER.to_owned())));
    let answer = mail("2", KARI, "Re: x", "", "Hent det i skranken.");
    house.deliver(KARI, &[&to(&sent, KARI).reply_to()], &answer).await;
    to(&house.send().await, CUSTOMER);
    for bad in [
        "new resepsjon for a@b.example\nx",
        "new orakel for kari@uni.example\nx",
        "new orakel for henvend@svar.example\nx",
        "new orakel for x@y.example",
        "new orakel\nx",
    ] {
        let refused = self::answer(&house, OLA, bad).await;
        holds(&refused, &["Ingenting er gjort"]);
    }
}

#[tokio::test]
async fn one_bad_line_and_nothing_is_done() {
    let house = house().await;
    opened(&house).await;
    let body = "lsit mine\nny orakel for 22 22 22 22\nHan ringte.";
    assert_eq!(submit(&house, OLA, &[CONTROL], &asks("2", OLA, body)).await, [("held", 2)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["Ingenting er gjort", "lsit mine", "list?", "i orden", "Han ringte.", "søk ORD"]);
    for later in ["order user x@uni.example", "bestill kategori"] {
        holds(&answer(&house, OLA, later).await, &["dette finnes ikke ennå"]);
    }
}

#[tokio::test]
async fn help_comes_in_the_users_language_and_for_an_empty_mail() {
    let house = house().await;
    holds(&answer(&house, OLA, "hjelp").await, &["søk ORD"]);
    holds(&answer(&house, "åse@bla.example", "help").await, &["éi linje"]);
    holds(&answer(&house, "drift@site.example", "help").await, &["search WORDS"]);
    let empty = mail("9", OLA, "", "", "");
    submit(&house, OLA, &[CONTROL], &empty).await;
    holds(to(&house.send().await, OLA), &["søk ORD"]);
    let subject = mail("10", OLA, "list", "", "");
    submit(&house, OLA, &[CONTROL], &subject).await;
    holds(to(&house.send().await, OLA), &["Ingen saker"]);
}

#[tokio::test]
async fn everything_of_one_user_is_on_one_case_that_is_nobodys_work() {
    let house = house().await;
    answer(&house, OLA, "list").await;
    let again = answer(&house, OLA, "help").await;
    assert_eq!(house.events(1).await.len(), 2);
    assert_eq!(house.case(1).await.status, Status::Closed);
    let kari = asks("k", KARI, "list");
    assert_eq!(submit(&house, KARI, &[CONTROL], &kari).await, [("new", 2)]);
    assert_eq!(submit(&house, KARI, &[CONTROL], &kari).await, [("duplicate", 2)]);
    house.send().await;
    // The answer's own address needs no other proof.
    let reply = mail("r", OLA, "Re: x", &format!("In-Reply-To: {}\n", again.id()), "list");
    assert_eq!(house.deliver(OLA, &[&again.reply_to()], &reply).await, [("added", 1)]);
    holds(to(&house.send().await, OLA), &["Ingen saker"]);
    let forged = mail("f", "x@evil.example", "Re: x", "", "list");
    assert_eq!(house.deliver("x@evil.example", &[&again.reply_to()], &forged).await, [("held", 1)]);
    let told = house.send().await;
    assert_eq!(told.len(), 1);
    assert!(!to(&told, OLA).mail.text.contains("Ingen saker"));
}

#[tokio::test]
async fn who_is_not_proven_is_asked_at_the_registered_address() {
    let house = house().await;
    opened(&house).await;
    let body = "ny orakel for 22 22 22 22\nHan ringte.";
    assert_eq!(
        house.deliver("x@evil.example", &[CONTROL], &asks("2", "ola.privat@post.example", body)).await,
        [("held", 2)]
    );
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let asked = to(&sent, OLA);
    holds(asked, &["Er den fra deg?", "> ny orakel for 22 22 22 22", "«bekreft»"]);
    let vacation = mail("3", OLA, "Autosvar", "Auto-Submitted: auto-replied\n", "bekreft");
    house.deliver("", &[&asked.reply_to()], &vacation).await;
    let stranger = mail("4", "x@evil.example", "Re: x", "", "bekreft");
    house.deliver("x@evil.example", &[&asked.reply_to()], &stranger).await;
    assert_eq!(house.world.store.case(henvend::id::CaseId::new(3)).await, Ok(None));
    house.send().await;
    let yes = mail("5", OLA, "Re: x", "", &format!("Bekreft\n\n{}", asked.quoted()));
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &yes).await, [("added", 2)]);
    let sent = house.send().await;
    holds(to(&sent, OLA), &["Ny sak:", "HV-3"]);
    let again = mail("6", OLA, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &again).await, [("held", 2)]);
    assert_eq!(house.world.store.case(henvend::id::CaseId::new(4)).await, Ok(None), "once is enough");
}

#[tokio::test]
async fn a_domain_that_binds_its_senders_proves_who_asks() {
    let domain = Domain::parse("uni.example").unwrap();
    let trust = TrustPolicy {
        authserv_ids: vec!["mx.uni.example".to_owned()],
        binding_domains: vec![domain],
        ..TrustPolicy::default()
    };
    let setting = Setting { trust, ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let passed = "Authentication-Results: mx.uni.example; dkim=pass header.d=uni.example\n";
    let proven = format!("{passed}{}", asks("1", OLA, "list"));
    assert_eq!(house.deliver(OLA, &[CONTROL], &proven).await, [("new", 1)]);
    holds(to(&house.send().await, OLA), &["Ingen saker"]);
    let elsewhere = passed.replace("d=uni.example", "d=post.example");
    let private = format!("{elsewhere}{}", asks("2", "ola.privat@post.example", "list"));
    assert_eq!(house.deliver(OLA, &[CONTROL], &private).await, [("held", 1)]);

    let house = house_that_checks().await;
    assert_eq!(house.deliver(OLA, &[CONTROL], &proven).await, [("held", 1)], "a domain alone proves no person");
}

#[tokio::test]
async fn strangers_and_machines_get_no_answer() {
    let house = house().await;
    let stranger = asks("1", "x@evil.example", "list");
    assert_eq!(house.deliver("x@evil.example", &[CONTROL], &stranger).await, [("quarantined", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "somebody must see it");
    to(&sent, "drift@site.example");
    let machine = mail("2", "x@evil.example", "Autosvar", "Auto-Submitted: auto-replied\n", "Borte");
    assert_eq!(house.deliver("", &[CONTROL], &machine).await, [("new", 2)]);
    assert_eq!(house.case(2).await.status, Status::Closed);
    let vacation = mail("3", OLA, "Autosvar", "Auto-Submitted: auto-replied\n", "Borte");
    assert_eq!(house.deliver("", &[CONTROL], &vacation).await, [("held", 3)]);
    assert!(house.send().await.is_empty());
    let two = mail("4", "ola@uni.example, kari@uni.example", "x", "", "list");
    assert_eq!(house.deliver(OLA, &[CONTROL], &two).await, [("quarantined", 4)]);
}

#[tokio::test]
async fn a_flood_in_a_users_name_fills_no_mailbox() {
    let house = house().await;
    for number in 0..30 {
        house
            .deliver("x@evil.example", &[CONTROL], &asks(&format!("{number}"), OLA, &format!("vis HV-{number}")))
            .await;
    }
    assert_eq!(all_to(&house.send().await, OLA).len(), 10);
    assert_eq!(house.case(1).await.held.len(), 0, "none of the lines was good");
}

#[tokio::test]
async fn a_bounce_of_an_answer_changes_nothing() {
    let house = house().await;
    let sent = answer(&house, OLA, "list").await;
    let report = mail("b", "mailer-daemon@post.example", "Undelivered", "Auto-Submitted: auto-replied\n", "No.");
    assert_eq!(house.deliver("", &[&back(&sent)], &report).await, [("added", 1)]);
    assert!(house.send().await.is_empty());
}

#[tokio::test]
async fn what_waits_for_a_word_is_given_back_in_the_end() {
    let house = house().await;
    house.deliver("x@evil.example", &[CONTROL], &asks("1", OLA, "ny orakel for 22 22 22 22\nHan ringte.")).await;
    let asked = to(&house.send().await, OLA).clone();
    house.clock.pass(henvend::time::DAY * 4);
    house.sweep().await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["ble aldri utført", "Han ringte."]);
    let late = mail("2", OLA, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &late).await, [("held", 1)]);
    assert_eq!(house.world.store.case(henvend::id::CaseId::new(2)).await, Ok(None));
}

#[tokio::test]
async fn who_has_left_a_category_in_the_meantime_opens_nothing_there() {
    let house = house().await;
    house.deliver("x@evil.example", &[CONTROL], &asks("1", KARI, "ny resepsjon for 22 22 22 22\nHan ringte.")).await;
    let asked = to(&house.send().await, KARI).clone();
    let gone = crate::kit::house::DIRECTORY.replace(
        "addresses = [\"resepsjon@uni.example\"]\nmembers = [\"kari@uni.example\"]",
        "addresses = [\"resepsjon@uni.example\"]\nmembers = []",
    );
    house.apply_pruned(&gone).await;
    let yes = mail("2", KARI, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(KARI, &[&asked.reply_to()], &yes).await, [("added", 1)]);
    holds(to(&house.send().await, KARI), &["ikke opprettet"]);
    assert_eq!(house.world.store.case(henvend::id::CaseId::new(2)).await, Ok(None));
}

#[tokio::test]
async fn a_mail_to_the_control_address_and_a_shared_one_is_two_things() {
    let house = house().await;
    let both = asks("1", OLA, "list");
    assert_eq!(submit(&house, OLA, &["orakel@uni.example", CONTROL], &both).await, [("new", 2), ("new", 1)]);
    assert_eq!(
        submit(&house, OLA, &[CONTROL, "orakel@uni.example"], &both).await,
        [("duplicate", 1), ("duplicate", 2)]
    );
}

#[tokio::test]
async fn a_case_that_is_nobodys_work_is_shown_to_nobody_and_joined_by_nothing() {
    let house = house().await;
    let own = answer(&house, OLA, "list").await;
    holds(&answer(&house, OLA, "vis HV-1").await, &["vis HV-1", "Ingenting er gjort"]);
    holds(&answer(&house, OLA, "søk henvend").await, &["Ingen saker"]);
    let tagged = mail("2", CUSTOMER, "[HV-1] hei", &format!("In-Reply-To: {}\n", own.id()), "Hei");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &tagged).await, [("new", 2)]);
    let events = house.events(1).await;
    assert!(events.iter().all(|events| !events.contains("MailReceived")), "{events:?}");
}

#[tokio::test]
async fn text_and_page_must_want_the_same() {
    let house = house().await;
    let body = |page: &str| {
        format!(
            "From: {OLA}\nTo: {CONTROL}\nSubject: x\nMessage-ID: <{}@post.example>\nDate: Wed, 18 Nov 2026 12:00:00 +0100\n\
             MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
             list\n\n--b\nContent-Type: text/html\n\n<div>{page}</div>\n\n--b--\n",
            page.len()
        )
    };
    assert_eq!(submit(&house, OLA, &[CONTROL], &body("help<br>list mine")).await, [("held", 1)]);
    holds(to(&house.send().await, OLA), &["Ingenting er gjort"]);
    assert_eq!(submit(&house, OLA, &[CONTROL], &body("list")).await, [("added", 1)]);
}

#[tokio::test]
async fn what_others_have_much_of_hides_nothing_of_the_writers() {
    let house = house().await;
    opened(&house).await;
    let skriver = mail("2", "y@post.example", "Skriver", "", "Rødt");
    house.deliver("y@post.example", &["kundar@bla.example"], &skriver).await;
    house.send().await;
    let keys = Keys { cases: vec![CaseId::new(1)], ..Keys::default() };
    let many = |view: &View| {
        let next = (view.next_case.get()..view.next_case.get() + 1100).map(CaseId::new);
        let cases = next.map(|id| CaseChange {
            case: Case { id, last_entry: EntryNo::new(1), ..view.cases[&CaseId::new(1)].clone() },
            entry: sample::entry(EntryNo::new(1), None),
        });
        Change { cases: cases.collect(), ..Change::default() }
    };
    transact(house.world.store.as_ref(), None, keys, many).await.unwrap();
    for ask in ["søk skriver", "list"] {
        let sent = answer(&house, "åse@bla.example", ask).await;
        holds(&sent, &["HV-2 Skriver"]);
        assert!(!sent.mail.text.contains("Skriveren virker"), "{}", sent.mail.text);
    }
}
