//! Answers that the last look stopped: who wrote one gets it back, and hears what was wrong with it.

use henvend::case::model::Status;

use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{DIRECTORY, House, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const NOTE: &str = "/notat\nForslag til svar:\nSkru av skriveren, vent ti sekunder og skru den på igjen.";

/// A house in which Ola reads this language, Kari has written a note, and Ola is asked to answer.
async fn noted(language: &str) -> (House, String) {
    let house = house().await;
    let directory = DIRECTORY.replacen("at.uni = {}", &format!("language = \"{language}\"\nat.uni = {{}}"), 1);
    house.apply(&directory).await.unwrap();
    let sent = opened(&house).await;
    let kari = to(&sent, KARI).reply_to();
    assert_eq!(house.deliver(KARI, &[&kari], &mail("n", KARI, "Re: x", "", NOTE)).await, [("added", 1)]);
    house.send().await;
    (house, to(&sent, OLA).reply_to())
}

async fn answered(house: &House, token: &str, body: &str) -> Vec<Sent> {
    let answer = mail("a", OLA, "Re: x", "", body);
    assert_eq!(house.deliver(OLA, &[token], &answer).await, [("added", 1)]);
    house.send().await
}

#[tokio::test]
async fn a_suggestion_from_a_note_comes_back_with_the_words_that_stand_in_it() {
    for (language, said, lead) in [
        ("nb", "Det inneholdt teksten fra et internt notat. Skriv det med andre ord", "Dette står i et notat:"),
        ("nn", "Det inneheldt teksten frå eit internt notat. Skriv det med andre ord", "Dette står i eit notat:"),
        ("en", "It held the text of an internal note. Put it in other words", "This stands in a note:"),
    ] {
        let (house, token) = noted(language).await;
        let suggested = "Skru av skriveren, vent ti sekunder og skru den på igjen.";
        let sent = answered(&house, &token, &format!("Hei Kåre!\n\n{suggested}\n\nSi fra om det hjelper.")).await;
        assert!(all_to(&sent, CUSTOMER).is_empty());
        assert_eq!(house.case(1).await.status, Status::Open, "somebody still waits");
        let told = &to(&sent, OLA).mail.text;
        assert!(told.contains(said), "{told}");
        assert!(told.contains(&format!("{lead}\n\n{suggested}\n")), "{told}");
        assert!(told.contains("Si fra om det hjelper."), "the answer itself comes back: {told}");
        let again = mail("b", OLA, "Re: x", "", "Hei Kåre!\n\nPrøv å starte skriveren på nytt.");
        assert_eq!(house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &again).await, [("added", 1)]);
        assert!(to(&house.send().await, CUSTOMER).mail.text.contains("starte skriveren på nytt"));
    }
}

#[tokio::test]
async fn whatever_stops_an_answer_is_told_with_the_answer() {
    let piece = "Prøv dette.\n\nSvarer du på denne e-posten, sendes svaret til Kåre Kunde";
    let file = |name: &str, octets: &str| {
        format!(
            "From: {OLA}\nTo: x\nSubject: Re: x\nMessage-ID: <a@uni.example>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=b\n\n--b\n\nPrøv dette.\n--b\nContent-Type: application/octet-stream\n\
             Content-Disposition: attachment; filename={name}\n\n{octets}\n--b--\n"
        )
    };
    let within = "From: x@x.example\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\
                  Content-Transfer-Encoding: base64\n\nUmVjZWl2ZWQ6IGZyb20gYSBieSBiDQoNCkhlaQ==\n--c--";
    for (answer, said) in [
        (mail("a", OLA, "Re: x", "", piece), "Det inneholdt et varsel fra henvend"),
        (file("a.txt", "{token}"), "Det inneholdt en personlig svaradresse. Ta den bort"),
        (
            file("a.vcf", "EMAIL;ENCODING=QUOTED-PRINTABLE:ola=40uni.example"),
            "Det inneholdt en saksbehandlers egen adresse",
        ),
        (file("a.eml", within), "En vedlagt e-post forteller hvilken vei den har gått"),
    ] {
        let house = house().await;
        let token = to(&opened(&house).await, OLA).reply_to();
        let answer = answer.replace("{token}", &token);
        assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("added", 1)], "{said}");
        let sent = house.send().await;
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{said}");
        let told = &to(&sent, OLA).mail.text;
        assert!(told.contains(said) && told.contains("Slik lød svaret:\n\nPrøv dette."), "{told}");
    }
}

#[tokio::test]
async fn who_answers_a_colleagues_case_hears_of_it_too() {
    let house = house().await;
    let sent = opened(&house).await;
    let (ola, kari) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    house.deliver(KARI, &[&kari], &mail("k", KARI, "Re: x", "", "/ta")).await;
    house.send().await;
    let piece = "Prøv dette.\n\nSvarer du på denne e-posten, sendes svaret til Kåre Kunde";
    let sent = answered(&house, &ola, piece).await;
    assert!(to(&sent, OLA).mail.text.contains("Det inneholdt et varsel fra henvend"));
    assert_eq!(all_to(&sent, KARI).len(), 2, "the answer, and that it was stopped");
}

#[tokio::test]
async fn what_is_signed_in_the_text_is_sent_as_what_it_says() {
    let house = house().await;
    let sent = opened(&house).await;
    let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n/løst\nHei Kåre!\n- - Skru den av og på.\n\
                  -----BEGIN PGP SIGNATURE-----\n\niQEz\n=AbCd\n-----END PGP SIGNATURE-----";
    let sent = answered(&house, &to(&sent, OLA).reply_to(), signed).await;
    let answer = &to(&sent, CUSTOMER).mail.text;
    assert!(answer.starts_with("Hei Kåre!\n- Skru den av og på.\n"), "{answer}");
    assert!(!answer.contains("PGP"), "{answer}");
    assert_eq!(house.case(1).await.status, Status::Resolved, "and its command is carried out");
}

/// What of a file is left when it has gone to the contact.
async fn sent_file(kind: &str, name: &str, octets: &str) -> String {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let answer = format!(
        "From: {OLA}\nTo: x\nSubject: Re: x\nMessage-ID: <a@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSe her.\n--b\nContent-Type: {kind}\n\
         Content-Disposition: attachment; filename={name}\n\n{octets}\n--b--\n"
    );
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("added", 1)]);
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    let part = answer.mail.attachments[0].part;
    let bytes = henvend::mail::parse::Contents::of(&answer.data).part(part).unwrap();
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n").trim_end().to_owned()
}

#[tokio::test]
async fn files_that_programs_write_keep_everything_but_what_is_internal() {
    let calendar = "BEGIN:VCALENDAR\nSUMMARY:Møte om en skriver som blinker rødt hele dagen og av og til litt om\n  natten\n\
                    ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;CN=Ola:mailto:ola@uni.ex\n ample\n\
                    ORGANIZER:mailto:kunde@post.example\nEND:VCALENDAR";
    let want = calendar.replace("mailto:ola@", "mailto:orakel@");
    assert_eq!(sent_file("text/calendar; charset=utf-8", "a.ics", calendar).await, want);
    let card = "BEGIN:VCARD\nFN:Ola Nordmann\nEMAIL:ola@uni.example\nTEL:22 22 22 22\nEND:VCARD";
    let want = card.replace("ola@uni.example", "orakel@uni.example");
    assert_eq!(sent_file("text/vcard", "a.vcf", card).await, want);
    let mail = "Received: from pc by mx\nX-Mailer: pc\nFrom: Ola <ola@uni.example>\nTo: kunde@post.example\n\
                Subject: bilde\n\nHilsen ola@uni.example";
    let want = "From: Ola <orakel@uni.example>\nTo: kunde@post.example\nSubject: bilde\n\nHilsen ola@uni.example";
    assert_eq!(sent_file("message/rfc822", "a.eml", mail).await, want, "what a person wrote stays");
    let list = "Vaktliste: ola@uni.example";
    assert_eq!(sent_file("text/plain", "a.txt", list).await, list);
}
