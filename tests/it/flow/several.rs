//! People with several addresses: contacts who write from another one, and agents who are contacts themselves.

use henvend::case::event::{Actor, CaseEvent};
use henvend::case::model::Status;

use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened, submit};
use crate::kit::house::{DIRECTORY, House, Sent, address, to};

const SHARED: &str = "orakel@uni.example";
const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const OTHER: &str = "kaare@jobb.example";
/// Ola's, too.
const PRIVATE: &str = "ola.privat@post.example";

/// The command behind a button.
fn button<'a>(sent: &'a Sent, command: &str) -> &'a str {
    let lines = sent.mail.text.lines().map(str::trim);
    lines.into_iter().find(|line| line.starts_with(command)).unwrap_or_else(|| panic!("{}", sent.mail.text))
}

async fn click(house: &House, who: &str, told: &Sent, id: &str, command: &str) {
    let clicked = mail(id, who, "[HV] x", "", command);
    assert_eq!(submit(house, who, &[&told.reply_to()], &clicked).await[0].0, "added", "{command}");
}

#[tokio::test]
async fn a_contact_who_writes_from_another_address_is_merged_by_one_click() {
    let house = house().await;
    opened(&house).await;
    let other = mail("2", &format!("Kåre Kunde <{OTHER}>"), "Re: [HV-1] Skriveren virker ikke", "", "Fra jobben nå.");
    assert_eq!(house.deliver(OTHER, &[SHARED], &other).await, [("linked", 2)]);
    let sent = house.send().await;
    let ack = to(&sent, OTHER).id();
    let told = to(&sent, OLA);
    assert!(told.mail.text.contains("Gjelder det samme sak"), "{}", told.mail.text);
    click(&house, OLA, told, "3", button(told, "/slå-sammen")).await;
    assert_eq!(house.case(2).await.status, Status::Merged(henvend::id::CaseId::new(1)));
    for person in [CUSTOMER, OTHER] {
        assert!(house.case(1).await.has_participant(&address(person)), "{person}");
    }
    house.send().await;
    let by_tag = mail("4", CUSTOMER, "Re: [HV-1] Skriveren", "", "Hjemmefra.");
    let by_id = mail("5", OTHER, "Re: x", &format!("In-Reply-To: {ack}\n"), "På jobb.");
    let by_old_tag = mail("6", OTHER, "Re: [HV-2] x", "", "På jobb igjen.");
    for (from, text) in [(CUSTOMER, by_tag), (OTHER, by_id), (OTHER, by_old_tag)] {
        assert_eq!(house.deliver(from, &[SHARED], &text).await, [("added", 1)], "{text}");
    }
    let sent = house.send().await;
    let latest = all_to(&sent, OLA).into_iter().next_back().unwrap().clone();
    assert!(!latest.mail.text.contains("/slå-sammen"), "{}", latest.mail.text);
    click(&house, OLA, &latest, "7", "Vi kommer i morgen.").await;
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).to.len(), 2, "the answer goes to both");
}

#[tokio::test]
async fn an_outsider_who_is_the_contact_elsewhere_is_included_by_one_click() {
    let house = house().await;
    let ack = to(&opened(&house).await, CUSTOMER).id();
    let named = format!("In-Reply-To: {ack}\n");
    let subject = "Re: [HV-1] Skriveren virker ikke";
    assert_eq!(
        house.deliver(OTHER, &[SHARED], &mail("2", OTHER, subject, &named, "Det er meg.")).await,
        [("added", 1)]
    );
    let sent = house.send().await;
    let told = to(&sent, OLA);
    assert!(house.journal(1).await[1].mail().unwrap().outsider);
    click(&house, OLA, told, "3", button(told, "/kopi")).await;
    assert!(house.case(1).await.has_participant(&address(OTHER)));
    house.send().await;
    let next = mail("4", OTHER, "Re: x", &named, "Hei igjen.");
    assert_eq!(house.deliver(OTHER, &[SHARED], &next).await, [("added", 1)]);
    assert!(!house.journal(1).await.last().unwrap().mail().unwrap().outsider);
    let sent = house.send().await;
    assert!(!to(&sent, OLA).mail.text.contains("/kopi"), "nobody is left to include");
}

/// Ola asks something for himself, from his private address; Kari is told, and has the case.
async fn asked_by_ola(house: &House) -> Vec<Sent> {
    let first = mail("1", &format!("Ola <{PRIVATE}>"), "Lønnsslippen min", "", "Den mangler.");
    assert_eq!(house.deliver(PRIVATE, &[SHARED], &first).await, [("new", 1)]);
    let sent = house.send().await;
    assert!(all_to(&sent, OLA).is_empty(), "the contact is not told of himself");
    sent
}

#[tokio::test]
async fn an_agent_who_answers_the_acknowledgement_from_work_is_the_contact_still() {
    let house = house().await;
    let sent = asked_by_ola(&house).await;
    let named = format!("In-Reply-To: {}\n", to(&sent, PRIVATE).id());
    for (id, text) in [("2", "Den for mars også."), ("3", "/lukk\nGlem det.")] {
        let more = mail(id, OLA, "Re: [HV-1] Lønnsslippen min", &named, text);
        assert_eq!(house.deliver(OLA, &[SHARED], &more).await, [("added", 1)], "not proven");
    }
    let proven = mail("4", OLA, "Re: [HV-1] Lønnsslippen min", &named, "Og for april.");
    assert_eq!(submit(&house, OLA, &[SHARED], &proven).await, [("added", 1)]);
    for entry in house.journal(1).await {
        assert!(entry.mail().is_some_and(|mail| !mail.outsider), "{entry:?}");
        assert!(matches!(entry.by, Actor::Outside(_)), "{entry:?}");
        assert!(!entry.events.iter().any(|event| matches!(event, CaseEvent::AnswerWritten { .. })), "{entry:?}");
    }
    let case = house.case(1).await;
    assert_eq!((case.status, case.owner), (Status::New, None), "a contact's commands are words");
    let sent = house.send().await;
    let told: Vec<&str> = sent.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
    assert_eq!(told, [KARI; 3], "a colleague answers, and nothing goes to the contact");
    let answer = mail("5", KARI, "Re: x", "", "Du får den i morgen.");
    submit(&house, KARI, &[&sent.last().unwrap().reply_to()], &answer).await;
    assert_eq!(to(&house.send().await, PRIVATE).to, [PRIVATE], "to the address that he asked from");
}

#[tokio::test]
async fn an_agent_who_has_become_the_contact_answers_nobody_by_the_notification() {
    let house = house_that_checks().await;
    let told = to(&opened(&house).await, OLA).clone();
    let take = mail("2", OLA, "Re: x", "", "/ta");
    submit(&house, OLA, &[&told.reply_to()], &take).await;
    house.send().await;
    // The customer was Ola all along, and from now on the directory knows it.
    let known = DIRECTORY.replace("\"ola.privat@post.example\"", "\"ola.privat@post.example\", \"kunde@post.example\"");
    house.apply(&known).await.unwrap();
    let reply = mail("4", OLA, "Re: x", &format!("Cc: {}\n", told.reply_to()), "Takk, den virker nå.");
    assert_eq!(submit(&house, OLA, &[&told.reply_to()], &reply).await, [("added", 1)]);
    let entry = house.journal(1).await.pop().unwrap();
    assert!(matches!(entry.events[0], CaseEvent::MailReceived { .. }), "{entry:?}");
    assert!(!entry.events.iter().any(|event| matches!(event, CaseEvent::TokensRevoked { .. })), "it is his own");
    let sent = house.send().await;
    let people: Vec<&str> = sent.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
    assert_eq!(people, [KARI], "he has the case and is its contact: others must know");
    // With commands alone, and with notes, he is the agent that he is.
    let note = mail("5", OLA, "Re: x", "", "/notat\nBestilt ny.");
    assert_eq!(submit(&house, OLA, &[&told.reply_to()], &note).await, [("added", 1)]);
    let close = mail("6", OLA, "Re: x", "", "/lukk");
    assert_eq!(submit(&house, OLA, &[&told.reply_to()], &close).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Closed);
}
