//! Who opens a case at the control address, and works it from there.

use henvend::case::model::Status;

use super::control::{answer, holds};
use super::{CUSTOMER, house, mail, submit};
use crate::kit::house::to;

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

#[tokio::test]
async fn who_opens_a_case_works_it_by_answering_the_mail_that_says_so() {
    let house = house().await;
    let told = answer(&house, OLA, "ny orakel for Kåre Kunde <kunde@post.example>\n\nHan sto i skranken.").await;
    holds(&told, &["HV-2", "sendes svaret til Kåre Kunde <kunde@post.example>", "fra orakel@uni.example"]);
    let reply = mail("2", OLA, "Re: Spørsmål", "", &format!("Hei, den er i orden.\n\n{}", told.quoted()));
    assert_eq!(house.deliver(OLA, &[&told.reply_to()], &reply).await, [("added", 2)]);
    let sent = house.send().await;
    let theirs = to(&sent, CUSTOMER);
    assert!(theirs.mail.text.starts_with("Hei, den er i orden."), "{}", theirs.mail.text);
    assert_eq!(house.case(2).await.status, Status::Waiting);
    let closed = mail("3", OLA, "Re: Spørsmål", "", "/lukk");
    assert_eq!(house.deliver(OLA, &[&told.reply_to()], &closed).await, [("added", 2)]);
    assert_eq!(house.case(2).await.status, Status::Closed);
}

#[tokio::test]
async fn the_answer_to_an_opening_says_what_else_a_reply_does() {
    let house = house().await;
    let phoned = answer(&house, OLA, "ny orakel for 22 22 22 22\n\nHun ringte.").await;
    holds(&phoned, &["ingen e-postadresse", "/notat"]);
    let note = mail("2", OLA, "Re: Spørsmål", "", "/notat\nRingte tilbake.");
    assert_eq!(house.deliver(OLA, &[&phoned.reply_to()], &note).await, [("added", 2)]);
    house.send().await;
    // Beside something else a reply goes on with errands, and the case has an address of its own.
    let both = answer(&house, OLA, "list mine\nny orakel for kunde@post.example\n\nHan sto i skranken.").await;
    assert!(!both.mail.text.contains("sendes svaret til"), "{}", both.mail.text);
    let address = both.mail.text.split_whitespace().find(|word| word.ends_with("@svar.example")).unwrap().to_owned();
    let reply = mail("3", OLA, "Re: Spørsmål", "", "Hei, den er i orden.");
    assert_eq!(house.deliver(OLA, &[&address], &reply).await, [("added", 3)]);
    to(&house.send().await, CUSTOMER);
    assert_eq!(
        house.deliver(OLA, &[&both.reply_to()], &mail("4", OLA, "Re: Spørsmål", "", "vis HV-3")).await,
        [("added", 1)]
    );
}

#[tokio::test]
async fn who_opens_a_case_and_answers_late_hears_what_came_meanwhile() {
    let house = house().await;
    let told = answer(&house, OLA, "ny orakel for kunde@post.example\n\nHan sto i skranken.").await;
    let karis = mail("k", KARI, "[HV-2] x", "In-Reply-To: <x@post.example>\n", "/ta\nJeg tar den.");
    submit(&house, KARI, &["orakel@uni.example"], &karis).await;
    house.send().await;
    let reply = mail("2", OLA, "Re: Spørsmål", "", "Hei, den er i orden.");
    assert_eq!(house.deliver(OLA, &[&told.reply_to()], &reply).await, [("held", 2)]);
    holds(to(&house.send().await, OLA), &["IKKE sendt", "Jeg tar den."]);
}

#[tokio::test]
async fn what_is_meant_for_the_control_address_does_not_go_to_the_contact() {
    let house = house().await;
    let told = answer(&house, OLA, "ny orakel for kunde@post.example\n\nHan sto i skranken.").await;
    for (number, line) in
        ["list mine", "vis HV-2", "/liste ledige\nsøk skriver", "hjelp", "list mine\n\nMvh\nOla"].iter().enumerate()
    {
        let asks = mail(&format!("l{number}"), OLA, "Re: Spørsmål", "", line);
        assert_eq!(house.deliver(OLA, &[&told.reply_to()], &asks).await, [("held", 2)], "{line}");
        let sent = house.send().await;
        assert!(sent.iter().all(|mail| mail.to == [OLA]), "{line}");
    }
    for (number, text) in
        ["Vis legitimasjon når du henter den.", "Hjelp er på vei!", "Finn fram kvitteringen"].iter().enumerate()
    {
        let reply = mail(&format!("r{number}"), OLA, "Re: Spørsmål", "", text);
        let became = house.deliver(OLA, &[&told.reply_to()], &reply).await[0].0;
        assert_eq!(became, if number == 2 { "held" } else { "added" }, "{text}");
    }
}
