//! One mail a day or a week instead of one each time.

use std::sync::Arc;

use henvend::case::change::LetterKind;
use henvend::directory::personal::Digest;
use henvend::mail::parse::html_page;
use henvend::ports::{Clock, Page, Query, Store};
use henvend::time::DAY;

use super::control::{CONTROL, answer, holds};
use super::{CUSTOMER, all_to, house, mail, opened, submit};
use crate::kit::house::{DIRECTORY, House, Sent, to};
use crate::kit::memory::MemoryStore;
use crate::kit::place::{InMemory, OnDisk, Place};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const ÅSE: &str = "åse@bla.example";

/// Somebody has chosen, on a Wednesday at noon.
async fn chosen(line: &str) -> House {
    let house = house().await;
    answer(&house, OLA, line).await;
    house
}

/// A customer writes to this address, and everybody is told who is told at once.
async fn writes(house: &House, address: &str, id: &str, subject: &str) -> Vec<Sent> {
    let new = mail(id, CUSTOMER, subject, "", "Hei!\nDen blinker rødt, og ingen vet hvorfor.");
    house.deliver(CUSTOMER, &[address], &new).await;
    house.send().await
}

/// What leaves at this time.
async fn at(house: &House, time: &str) -> Vec<Sent> {
    house.clock.set(time);
    house.sweep().await;
    house.send().await
}

/// The text of the only mail, which is a digest.
fn digest(sent: &[Sent]) -> &str {
    assert_eq!(sent.len(), 1, "{:?}", sent.iter().map(|sent| &sent.mail.subject).collect::<Vec<_>>());
    assert_eq!(sent[0].mail.field("X-Henvend-Event"), Some("digest"));
    &sent[0].mail.text
}

#[tokio::test]
async fn what_happened_is_told_once_in_the_morning() {
    let house = chosen("digest daily").await;
    let sent = writes(&house, "orakel@uni.example", "1", "Skriveren virker ikke").await;
    assert!(all_to(&sent, OLA).is_empty(), "gathered");
    to(&sent, KARI);
    assert!(at(&house, "2026-11-19T05:59:59Z").await.is_empty());
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    holds(
        to(&sent, OLA),
        &[
            "Dette har skjedd siden sist",
            "HV-2 Skriveren virker ikke\nny · ingen · Orakel\n",
            "- 18.11. 12.06 Ny henvendelse fra kunde@post.example: Hei! Den blinker rødt, og ingen vet hvorfor.",
            "Ingen har disse (1)",
        ],
    );
    assert_eq!(to(&sent, OLA).mail.subject, "Sammendrag 19.11.2026");
    digest(&sent);
    assert!(at(&house, "2026-11-19T20:00:00Z").await.is_empty(), "once");
}

#[tokio::test]
async fn nothing_to_say_is_not_said() {
    let house = chosen("sammendrag daglig").await;
    assert!(at(&house, "2026-11-19T06:00:00Z").await.is_empty());
    let sent = writes(&house, "orakel@uni.example", "1", "Skriver").await;
    let token = to(&sent, KARI).reply_to();
    house.deliver(KARI, &[&token], &mail("2", KARI, "Re: x", "", "/løst\nSkru den av og på.")).await;
    house.send().await;
    let sent = at(&house, "2026-11-20T06:00:00Z").await;
    assert!(digest(&sent).contains("Dette har skjedd"));
    assert!(at(&house, "2026-11-21T06:00:00Z").await.is_empty(), "all is settled");
    assert_eq!(house.world.metrics.letters_sent.get(LetterKind::Digest), 1);
}

#[tokio::test]
async fn a_weekly_digest_comes_on_monday() {
    let house = chosen("samandrag vekentleg").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    for day in ["19", "20", "21", "22"] {
        assert!(at(&house, &format!("2026-11-{day}T06:00:00Z")).await.is_empty(), "{day}");
    }
    assert!(digest(&at(&house, "2026-11-23T06:00:00Z").await).contains("HV-2 Skriver"));
    assert!(at(&house, "2026-11-24T06:00:00Z").await.is_empty());
}

#[tokio::test]
async fn what_is_the_users_own_comes_at_once() {
    let house = house().await;
    let sent = opened(&house).await;
    let (olas, karis) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    answer(&house, OLA, "digest daily").await;
    // Given to them.
    house.deliver(KARI, &[&karis], &mail("2", KARI, "Re: x", "", "/tildel ola")).await;
    holds(to(&house.send().await, OLA), &["Kari Bråten"]);
    // Refused.
    house.deliver(OLA, &[&olas], &mail("3", OLA, "Re: x", "", "/tildle kari")).await;
    holds(to(&house.send().await, OLA), &["Ingenting er gjort"]);
    // Urgent.
    house.deliver(KARI, &[&karis], &mail("4", KARI, "Re: x", "", "/note\nHaster ikke.")).await;
    assert!(all_to(&house.send().await, OLA).is_empty());
    house.deliver(KARI, &[&karis], &mail("5", KARI, "Re: x", "", "/prioritet haster")).await;
    to(&house.send().await, OLA);
    let more = mail("6", CUSTOMER, "[HV-1] x", "", "Hvor blir det av dere?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    to(&house.send().await, OLA);
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    holds(to(&sent, OLA), &["Notat fra Kari Bråten: Haster ikke.", "Dine åpne saker (1)"]);
    assert!(!digest(&sent).contains("Hvor blir det av"), "told already");
}

#[tokio::test]
async fn off_tells_what_was_gathered_and_then_each_thing_again() {
    let house = chosen("digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    answer(&house, OLA, "digest off").await;
    assert!(digest(&at(&house, "2026-11-18T12:00:00Z").await).contains("HV-2 Skriver"));
    to(&writes(&house, "orakel@uni.example", "2", "Skjerm").await, OLA);
    assert!(at(&house, "2026-11-30T06:00:00Z").await.is_empty());
}

/// Nothing of it may get lost between the word and its doing.
#[tokio::test]
async fn what_is_chosen_next_does_not_hold_up_what_is_due() {
    let house = chosen("digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    answer(&house, OLA, "digest off").await;
    answer(&house, OLA, "quiet 1-2").await;
    assert!(digest(&at(&house, "2026-11-18T12:00:00Z").await).contains("HV-2 Skriver"));
}

#[tokio::test]
async fn the_same_twice_changes_nothing_and_nonsense_is_refused() {
    let house = house().await;
    let first = answer(&house, OLA, "digest daily").await;
    let version = house.world.store.directory().version();
    let second = answer(&house, OLA, "Sammendrag: DAGLIG").await;
    assert_eq!(house.world.store.directory().version(), version);
    holds(&first, &["hver morgen kl. 07.00", "«sammendrag av» slår det av"]);
    assert!(second.mail.text.contains("hver morgen kl. 07.00"));
    for bad in ["digest", "digest yearly", "digest daily\ndigest off", "sammendrag 7", "digest daily, please"] {
        holds(&answer(&house, OLA, bad).await, &["Ingenting er gjort"]);
    }
    assert_eq!(house.world.store.directory().version(), version);
    holds(&answer(&house, ÅSE, "digest weekly").await, &["kvar måndag kl. 07.00"]);
    holds(&answer(&house, "drift@site.example", "digest daily").await, &["every morning at 07:00"]);
}

#[tokio::test]
async fn nobody_chooses_for_somebody_else() {
    let house = house().await;
    let forged = mail("1", OLA, "x", "", "digest daily");
    assert_eq!(house.deliver("x@evil.example", &[CONTROL], &forged).await, [("held", 1)]);
    let asked = to(&house.send().await, OLA).clone();
    let digest_of = |house: &House| house.world.store.directory().users().next().unwrap().personal.digest;
    assert_eq!(digest_of(&house), Digest::Off);
    let yes = mail("2", OLA, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &yes).await, [("added", 1)]);
    assert_eq!(digest_of(&house), Digest::Daily);
}

#[tokio::test]
async fn a_restart_neither_loses_nor_repeats_a_digest() {
    for place in [Box::new(InMemory::default()) as Box<dyn Place>, Box::new(OnDisk::new())] {
        let house = House::open(place.open()).await.unwrap();
        answer(&house, OLA, "digest daily").await;
        writes(&house, "orakel@uni.example", "1", "Skriver").await;
        drop(house);
        let house = House::open(place.open()).await.unwrap();
        house.clock.set("2026-11-21T18:00:00Z");
        house.sweep().await;
        drop(house);
        // It was decided, and nothing has left yet.
        let house = House::open(place.open()).await.unwrap();
        assert!(digest(&at(&house, "2026-11-21T18:00:01Z").await).contains("HV-2 Skriver"));
        drop(house);
        let house = House::open(place.open()).await.unwrap();
        assert!(at(&house, "2026-11-21T18:00:02Z").await.is_empty());
        assert!(digest(&at(&house, "2026-11-22T06:00:00Z").await).contains("Forfalte (1)"), "next morning again");
    }
}

#[tokio::test]
async fn a_thousand_events_are_a_short_mail_that_says_how_many_more() {
    let house = chosen("digest daily").await;
    for number in 1..=40 {
        writes(&house, "orakel@uni.example", &format!("case{number}"), &format!("Sak nummer {number}")).await;
    }
    writes(&house, "orakel@uni.example", "last", "Den siste").await;
    for number in 1..960 {
        let id = format!("more{number}");
        let more = mail(&id, CUSTOMER, "[HV-42] Den siste", "", &format!("Purring nummer {number}"));
        house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    }
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    let sent: Vec<Sent> = all_to(&sent, OLA).into_iter().cloned().collect();
    let text = digest(&sent);
    for part in
        ["Purring nummer 957", "Purring nummer 959", "- … og 957 til", "Det har også skjedd noe i 16 andre saker."]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("Ingen har disse (41)") && text.contains("… og 26 til."), "{text}");
    assert!(!text.contains("Purring nummer 956") && text.len() < 8_000, "{} octets", text.len());
    assert!(sent[0].data.len() < 100_000, "{} octets", sent[0].data.len());
}

#[tokio::test]
async fn the_readers_own_cases_come_first() {
    let house = house().await;
    let sent = opened(&house).await;
    house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &mail("2", OLA, "Re: x", "", "/ta")).await;
    house.send().await;
    answer(&house, OLA, "digest daily").await;
    for number in 1..=30 {
        writes(&house, "orakel@uni.example", &format!("case{number}"), &format!("Sak nummer {number}")).await;
    }
    house.deliver(CUSTOMER, &["orakel@uni.example"], &mail("3", CUSTOMER, "[HV-1] x", "", "Hvor blir det av?")).await;
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    let text = &all_to(&sent, OLA)[0].mail.text;
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(place("Hvor blir det av?") < place("HV-32 Sak nummer 30"));
    assert!(place("Det har også skjedd noe i 6 andre saker.") > 0);
}

#[tokio::test]
async fn a_user_of_two_customers_gets_one_digest_of_what_they_may_see() {
    let house = house().await;
    let both = DIRECTORY
        .replace("at.uni = {}\n\n[[user]]\nname = \"Kari", "at.uni = {}\nat.bla = {}\n\n[[user]]\nname = \"Kari")
        .replace("members = [\"åse@bla.example\"]", "members = [\"åse@bla.example\", \"ola@uni.example\"]");
    assert_eq!(house.apply(&both).await.unwrap().refused, None);
    answer(&house, OLA, "digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    writes(&house, "kundar@bla.example", "2", "Blåbær").await;
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    assert!(digest(&sent).contains("HV-2 Skriver") && digest(&sent).contains("HV-3 Blåbær"), "{}", digest(&sent));
    // No longer at one of them: of that one nothing is told, though it was gathered.
    writes(&house, "kundar@bla.example", "3", "Tyttebær").await;
    writes(&house, "orakel@uni.example", "4", "Skjerm").await;
    let left = both.replace("at.uni = {}\nat.bla = {}", "at.uni = {}\nat.bla = { active = false }");
    assert_eq!(house.apply(&left).await.unwrap().refused, None);
    let sent = at(&house, "2026-11-20T06:00:00Z").await;
    assert!(digest(&sent).contains("HV-5 Skjerm") && !digest(&sent).contains("bær"), "{}", digest(&sent));
}

#[tokio::test]
async fn whoever_is_no_longer_active_gets_nothing_and_begins_anew_when_back() {
    let house = chosen("digest daily\nborte til 2026-11-20").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    let gone = DIRECTORY.replacen("at.uni = {}", "at.uni = { active = false }", 1);
    assert_eq!(house.apply(&gone).await.unwrap().refused, None);
    assert!(at(&house, "2026-11-20T06:00:00Z").await.is_empty());
    assert_eq!(house.world.store.due(house.clock.now().plus(DAY * 9), 9).await.unwrap().items, []);
    assert_eq!(house.apply(DIRECTORY).await.unwrap().refused, None);
    to(&writes(&house, "orakel@uni.example", "2", "Skjerm").await, OLA);
    assert!(at(&house, "2026-11-23T06:00:00Z").await.is_empty());
}

/// 25 October 2026 has two hours between two and three; 28 March 2027 has none.
#[tokio::test]
async fn on_the_nights_when_clocks_change_the_digest_comes_once() {
    let house = chosen("digest daily").await;
    let times = ["2027-03-27T05:59:00Z", "2027-03-27T06:00:00Z", "2027-03-28T04:59:00Z", "2027-03-28T05:00:00Z"];
    let mut told = Vec::new();
    house.clock.set("2027-03-26T12:00:00Z");
    house.sweep().await;
    for (number, time) in times.iter().enumerate() {
        writes(&house, "orakel@uni.example", &number.to_string(), "Skriver").await;
        told.push(at(&house, time).await.len());
    }
    assert_eq!(told, [0, 1, 0, 1]);
}

#[tokio::test]
async fn a_digest_is_answered_with_lines_as_the_control_address_takes_them() {
    let house = chosen("digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    let reply = mail("r", OLA, "Re: x", "", "vis HV-2\nsammendrag av");
    assert_eq!(house.deliver(OLA, &[&sent[0].reply_to()], &reply).await, [("added", 1)]);
    holds(to(&house.send().await, OLA), &["HV-2 Skriver", "en e-post hver gang noe skjer"]);
    let forged = mail("f", CUSTOMER, "Re: x", "", "digest daily");
    house.deliver(CUSTOMER, &[&sent[0].reply_to()], &forged).await;
    let personal = house.world.store.directory().users().next().unwrap().personal;
    assert_eq!(personal.digest, Digest::Off);
}

/// Where the button goes that lets the user answer on a case.
fn button(sent: &Sent, reference: &str) -> String {
    let page = html_page(&sent.data).unwrap();
    let links = page.split("href=\"mailto:").filter_map(|link| link.split('"').next());
    let own = links.filter_map(|link| link.split_once('?')).find(|(_, more)| more.contains(reference));
    own.unwrap_or_else(|| panic!("{reference} in {page}")).0.replace("%2B", "+")
}

#[tokio::test]
async fn a_case_is_answered_from_the_digest_unless_it_has_moved_on() {
    let house = chosen("digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    writes(&house, "orakel@uni.example", "2", "Skjerm").await;
    let sent = at(&house, "2026-11-19T06:00:00Z").await;
    let answer = mail("3", OLA, "x", "", "Skru den av og på.");
    assert_eq!(house.deliver(OLA, &[&button(&sent[0], "HV-2")], &answer).await, [("added", 2)]);
    let out = house.send().await;
    assert!(to(&out, CUSTOMER).mail.text.starts_with("Skru den av og på."));
    let more = mail("4", CUSTOMER, "[HV-3] Skjerm", "", "Glem det.");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    house.send().await;
    let late = mail("5", OLA, "x", "", "Bytt den.");
    assert_eq!(house.deliver(OLA, &[&button(&sent[0], "HV-3")], &late).await, [("held", 3)]);
    holds(to(&house.send().await, OLA), &["IKKE sendt", "Glem det."]);
}

#[tokio::test]
async fn a_case_that_is_shown_can_be_answered() {
    let house = chosen("digest daily").await;
    writes(&house, "orakel@uni.example", "1", "Skriver").await;
    let shown = super::control::answer(&house, OLA, "vis HV-2").await;
    let address = shown.mail.text.split_whitespace().find(|word| word.starts_with("reply+")).unwrap();
    let answer = mail("3", OLA, "x", "", "Skru den av og på.");
    assert_eq!(house.deliver(OLA, &[address], &answer).await, [("added", 2)]);
    to(&house.send().await, CUSTOMER);
}

#[tokio::test]
async fn digests_leave_no_letters_and_no_copies_behind() {
    let store = Arc::new(MemoryStore::default());
    let house = House::open(store.clone()).await.unwrap();
    submit(&house, OLA, &[CONTROL], &mail("a", OLA, "x", "", "digest daily")).await;
    house.send().await;
    house.clock.set("2026-11-19T06:00:00Z");
    house.sweep().await;
    let Page::Letters(letters) = store.page(Query::Letters { after: None, max: 9 }).await.unwrap() else { panic!() };
    assert_eq!(letters.iter().map(|letter| letter.kind).collect::<Vec<_>>(), [LetterKind::Digest]);
    assert!(house.send().await.is_empty(), "nothing to say");
    let Page::Letters(letters) = store.page(Query::Letters { after: None, max: 9 }).await.unwrap() else { panic!() };
    assert_eq!(letters, []);
}
