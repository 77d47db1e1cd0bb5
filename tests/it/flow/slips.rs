//! What programs on the way do to an agent's mail, and what an agent forgets: nothing of it may reach the contact.

use henvend::case::model::Status;

use super::control::holds;
use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened};
use crate::kit::house::{House, Sent, to};

const OLA: &str = "ola@uni.example";

/// Ola answers the first notification with this: the house, what became of it, and what left.
async fn answered(fields: &str, body: &str) -> (House, &'static str, Vec<Sent>) {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let became = house.deliver(OLA, &[&token], &mail("2", OLA, "Re: x", fields, body)).await[0].0;
    let sent = house.send().await;
    (house, became, sent)
}

/// It comes back with these words, and nothing of it is done.
async fn comes_back(body: &str, because: &str) {
    let (house, became, sent) = answered("", body).await;
    assert_eq!(became, "held", "{body}");
    assert!(all_to(&sent, CUSTOMER).is_empty(), "{body}");
    holds(to(&sent, OLA), &[because, "Ingenting er gjort, og ingenting er sendt."]);
    let case = house.case(1).await;
    assert_eq!((case.status, case.owner, case.title.as_str()), (Status::New, None, "Skriveren virker ikke"), "{body}");
}

/// It reaches the contact, and begins so there.
async fn is_sent(fields: &str, body: &str, begins: &str) {
    let (_, became, sent) = answered(fields, body).await;
    assert_eq!(became, "added", "{fields}{body}");
    let text = &to(&sent, CUSTOMER).mail.text;
    assert_eq!(text.split("\n\n-- \n").next(), Some(begins), "{fields}{body}");
}

const SUPPRESSED: &str = "X-Auto-Response-Suppress: DR, OOF, AutoReply\n";

#[tokio::test]
async fn marks_that_a_gateway_puts_into_everybodys_mail_hold_no_agent_up() {
    for fields in [SUPPRESSED, "X-Auto-Response-Suppress: All\n", "List-Unsubscribe: <mailto:av@uni.example>\n"] {
        is_sent(fields, "Skru den av og på.", "Skru den av og på.").await;
    }
    let (house, became, _) = answered(SUPPRESSED, "/løst").await;
    assert_eq!((became, house.case(1).await.status), ("added", Status::Resolved));
}

#[tokio::test]
async fn other_marks_of_machines_still_do() {
    for (fields, body) in [
        ("Precedence: bulk\n", "Skru den av og på."),
        ("Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n", "Skru den av og på."),
        ("List-Id: <alle.uni.example>\nList-Unsubscribe: <mailto:av@uni.example>\n", "Skru den av og på."),
        (SUPPRESSED, "Jeg er på ferie til mandag."),
        (SUPPRESSED, "Dette er et automatisk svar."),
        ("X-Auto-Response-Suppress: All\nX-Autoreply: yes\n", "Hei"),
    ] {
        let (house, became, sent) = answered(fields, body).await;
        assert_eq!(became, "held", "{fields}{body}");
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{fields}{body}");
        assert_eq!(house.case(1).await.status, Status::New);
    }
}

#[tokio::test]
async fn an_automatic_subject_above_a_gateways_mark_is_a_machines() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let away = mail("2", OLA, "Automatisk svar: [HV-1] x", SUPPRESSED, "Kontakt resepsjonen.");
    assert_eq!(house.deliver(OLA, &[&token], &away).await, [("held", 1)]);
    assert!(all_to(&house.send().await, CUSTOMER).is_empty());
}

#[tokio::test]
async fn a_gateways_mark_proves_nobody() {
    let house = house_that_checks().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let answer = mail("2", OLA, "Re: x", SUPPRESSED, "Skru den av og på.");
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    holds(to(&sent, OLA), &["Er det du som har skrevet dette?"]);
    // And whoever is asked may say so through the same gateway.
    let yes = mail("3", OLA, "Re: x", SUPPRESSED, "bekreft");
    assert_eq!(house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &yes).await, [("added", 1)]);
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru den av og på."));
}

#[tokio::test]
async fn what_a_client_broke_off_a_command_is_not_sent() {
    for body in [
        "/kopi a@firma.example, b@firma.example,\nsjef@firma.example",
        "/kopi a@firma.example, b@firma.example\nsjef@firma.example",
        "/kopi a@firma.example,\nHei, her er saken.",
        "/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\nblinker",
        "/ta\n/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\nblinker",
    ] {
        comes_back(body, "linjen under ser ut som resten av denne").await;
    }
}

#[tokio::test]
async fn a_text_below_a_command_is_sent_as_ever() {
    for (body, text) in [
        ("/tittel Skriveren\nDen er fikset.", "Den er fikset."),
        ("/kopi a@firma.example\nHei, Per!", "Hei, Per!"),
        ("/kopi a@firma.example\n\nsjef@firma.example er borte.", "sjef@firma.example er borte."),
        ("/ta\nblinker", "blinker"),
        ("/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står og\n\nblinker", "blinker"),
        (
            "/tittel Skriveren på rom 3 i andre etasje ved siden av kopirommet står stille\nHei!\nNå virker den.",
            "Hei!\nNå virker den.",
        ),
    ] {
        is_sent("", body, text).await;
    }
}

#[tokio::test]
async fn a_command_without_its_slash_is_not_sent() {
    for body in ["ta", "Ta.", "løst", "LØST", "send", "bekreft", "help", "lukk", "forkast", "slå-sammen"] {
        comes_back(body, "mente du dette som en kommando?").await;
    }
}

#[tokio::test]
async fn a_word_that_is_no_command_is_sent() {
    for body in ["Ok", "ja", "Takk!", "Nei.", "Løst!", "Bekreftet.", "Det er løst.", "ta den", "\u{1F44D}"] {
        is_sent("", body, body).await;
    }
    let (_, became, _) = answered("", "/notat\nta").await;
    assert_eq!(became, "added", "a note may say anything");
}
