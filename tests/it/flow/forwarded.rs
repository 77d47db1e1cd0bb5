//! A user passes on a mail for somebody who wrote to the wrong place.

use henvend::case::model::Status;

use super::{CUSTOMER, house, mail, submit};
use crate::kit::house::{address, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

/// Ola's mail with this at the top, and the customer's below.
fn passed_on(id: &str, top: &str) -> String {
    let body = format!(
        "{top}\n\n---------- Forwarded message ---------\nFrom: Kåre Kunde <kunde@post.example>\n\
         Date: ons. 18. nov. 2026 kl. 09:12\nSubject: Skriveren virker ikke\nTo: Ola Nordmann <ola@uni.example>\n\n\
         Hei Ola!\nDen blinker rødt.\n"
    );
    mail(id, "Ola Nordmann <ola@uni.example>", "Fwd: Skriveren virker ikke", "", &body)
}

#[tokio::test]
async fn the_inner_writer_is_the_contact_when_the_mail_says_so() {
    let house = house().await;
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &passed_on("1", "/ny")).await, [("new", 2)]);
    let case = house.case(2).await;
    assert_eq!(case.contact.as_ref().map(|contact| &contact.address), Some(&address(CUSTOMER)));
    assert_eq!(case.participants.len(), 1, "the one who passes on is no contact");
    assert_eq!((case.title.as_str(), case.status), ("Skriveren virker ikke", Status::New));
    let sent = house.send().await;
    assert_eq!(sent.len(), 2, "the contact hears nothing yet");
    assert!(to(&sent, OLA).mail.text.contains("HV-2 Skriveren virker ikke"));
    let told = to(&sent, KARI);
    assert!(told.mail.text.contains("Den blinker rødt.") && !told.mail.text.contains("/ny"), "{}", told.mail.text);
    let answer = mail("2", KARI, "Re: x", "", "Skru av og på.");
    house.deliver(KARI, &[&told.reply_to()], &answer).await;
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    assert!(answer.mail.text.starts_with("Skru av og på."));
    assert!(!String::from_utf8_lossy(&answer.data).contains(OLA), "nor does the contact see who passed it on");
}

#[tokio::test]
async fn what_else_is_said_is_done_at_once_or_nothing_is() {
    let house = house().await;
    submit(&house, OLA, &["orakel@uni.example", "resepsjon@uni.example"], &passed_on("1", "/new\n/ta\n/prioritet høy"))
        .await;
    let case = house.case(2).await;
    assert!(case.owner.is_some() && case.status == Status::Open && case.watching.len() == 1);
    house.send().await;
    let bad = passed_on("2", "/new\n/lukk");
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &bad).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(to(&sent, OLA).mail.text.contains("dette kan ikke sies her"));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn without_the_word_it_is_an_ordinary_mail_of_the_users() {
    let house = house().await;
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &passed_on("1", "Ser dere på denne?")).await, [("new", 1)]);
    assert_eq!(house.case(1).await.contact.map(|contact| contact.address), Some(address(OLA)));
    let stranger = passed_on("3", "/ny").replace("Ola Nordmann <ola@uni.example>\nTo", "x@evil.example\nTo");
    assert_eq!(house.deliver("x@evil.example", &["orakel@uni.example"], &stranger).await, [("new", 2)]);
    assert_eq!(house.case(2).await.contact.map(|contact| contact.address), Some(address("x@evil.example")));
}

#[tokio::test]
async fn where_nobody_can_tell_who_wrote_it_the_user_gets_it_back() {
    let house = house().await;
    let nobody = mail("1", OLA, "Skriveren", "", "/ny\n/ta\nDen blinker.");
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &nobody).await, [("held", 1)], "nothing was passed on");
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "no acknowledgement, no case for colleagues");
    let told = to(&sent, OLA).clone();
    for part in ["    /ny\n", "ingen videresendt e-post med en avsender", "    /ta\n", "i orden", "Den blinker."] {
        assert!(told.mail.text.contains(part), "{part} in {}", told.mail.text);
    }
    let nameless = passed_on("2", "/ny").replace("Kåre Kunde <kunde@post.example>", "Kunde, Kåre");
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &nameless).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(to(&sent, OLA).mail.text.contains("Den blinker rødt."), "{}", sent[0].mail.text);
    let colleagues = passed_on("3", "/ny").replace("Kåre Kunde <kunde@post.example>", "Kari <kari@uni.example>");
    assert_eq!(submit(&house, OLA, &["orakel@uni.example"], &colleagues).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(to(&sent, OLA).mail.text.contains("tilhører en kollega"), "{}", sent[0].mail.text);
    // As the first answer says.
    let again = mail("4", OLA, "Re: Skriveren", "", "ny orakel for kunde@post.example\n\nDen blinker.");
    assert_eq!(house.deliver(OLA, &[&told.reply_to()], &again).await, [("added", 1)]);
    assert_eq!(house.case(2).await.contact.map(|contact| contact.address), Some(address(CUSTOMER)));
}

#[tokio::test]
async fn who_is_not_proven_is_asked_first() {
    let house = house().await;
    assert_eq!(house.deliver("x@evil.example", &["orakel@uni.example"], &passed_on("1", "/ny")).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let asked = to(&sent, OLA).clone();
    let yes = mail("2", OLA, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(OLA, &[&asked.reply_to()], &yes).await, [("added", 1)]);
    assert_eq!(house.case(2).await.contact.map(|contact| contact.address), Some(address(CUSTOMER)));
    let told = to(&house.send().await, KARI).clone();
    assert!(told.mail.text.contains("Den blinker rødt."), "{}", told.mail.text);
    // The same mail by a proven way is the same mail.
    let again = submit(&house, OLA, &["orakel@uni.example"], &passed_on("1", "/ny")).await;
    assert_eq!(again, [("duplicate", 1)]);
}
