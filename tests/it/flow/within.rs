//! Words that somebody wrote into a quotation, as Outlook lets people do: in another colour, with no sign in the text.

use super::formatted::flat;
use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{House, Sent, to};

const OLA: &str = "ola@uni.example";
const HEADER: &str = "________________________________\nFra: Orakel <orakel@uni.example>\nSendt: onsdag 18. november 2026 \
                      12:00\nTil: ola@uni.example\nEmne: [HV-1] Skriveren virker ikke\n\n";

/// The notification as Outlook quotes it in plain text.
fn quoted(sent: &Sent) -> String {
    flat(&henvend::mail::parse::html_page(&sent.data).unwrap().replace("\r\n", "\n"))
}

/// Ola's answer: these words, and the notification in which something is replaced.
async fn answered(words: &str, change: (&str, &str)) -> (House, Vec<Sent>, &'static str) {
    let house = house().await;
    let sent = opened(&house).await;
    let told = to(&sent, OLA);
    let quotation = quoted(told);
    assert!(quotation.contains(change.0), "{quotation}");
    let body = format!("{words}\n\n{HEADER}{}", quotation.replacen(change.0, change.1, 1));
    let became = house.deliver(OLA, &[&told.reply_to()], &mail("a", OLA, "SV: [HV-1] x", "", &body)).await[0].0;
    let sent = house.send().await;
    (house, sent, became)
}

#[tokio::test]
async fn an_answer_written_into_the_quoted_mail_comes_back_with_what_was_in_it() {
    for (words, change, written) in [
        ("Se svar i rødt.", ("Den blinker rødt.", "Den blinker rødt. Bytt toneren!"), "Bytt toneren"),
        ("Se svar i rødt.", ("Hei!", "Hei!\nBytt toneren, og si fra."), "Bytt toneren og si fra"),
        ("", ("Den blinker rødt.", "Den blinker rødt.\n\nDa må du bytte toneren"), "Da må du bytte toneren"),
        ("/ta", ("Den blinker rødt.", "Den blinker rødt.\n\nDa må du bytte toneren"), "Da må du bytte toneren"),
        ("/notat\nSe under.", ("Hei!", "Hei!\n\nHun ringer hver dag"), "Hun ringer hver dag"),
    ] {
        let (house, sent, became) = answered(words, change).await;
        assert_eq!(became, "held", "{words} {:?}", sent.iter().map(|m| &m.mail.text).collect::<Vec<_>>());
        assert!(all_to(&sent, CUSTOMER).is_empty(), "{words}");
        let told = &to(&sent, OLA).mail.text;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&format!("du har skrevet i sitatet («{written}»)")), "{words}: {told}");
        assert_eq!(house.case(1).await.owner, None, "{words}");
    }
}

#[tokio::test]
async fn a_quotation_that_nobody_wrote_into_holds_nothing_up() {
    for change in [
        ("Hei!", "Hei!"),
        ("Hei!", ""),
        ("Den blinker rødt.", ""),
        ("Hei!", "[cid:image001.png@01DA] Hei!<https://eur02.safelinks.example/?x=y>"),
        ("##- ", "FORSIKTIG: Denne e-posten kommer fra noen utenfor.\n##- "),
    ] {
        let (_, sent, became) = answered("Skru den av og på.", change).await;
        assert_eq!(became, "added", "{change:?}");
        assert_eq!(to(&sent, CUSTOMER).mail.text.lines().next(), Some("Skru den av og på."));
    }
}

/// The customer answers our answer, with it quoted as Outlook does it. What the agents are shown.
async fn replied(body: impl Fn(&str) -> String) -> Sent {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let words = "Hei Kåre!\n\nHvilken farge blinker den i? Og har du prøvd å skru den av og på?\n\nHilsen Ola";
    house.deliver(OLA, &[&token], &mail("a", OLA, "Re: x", "", words)).await;
    let sent = house.send().await;
    let ours = to(&sent, CUSTOMER);
    let reply = mail("2", CUSTOMER, "SV: [HV-1] x", &format!("In-Reply-To: {}\n", ours.id()), &body(&ours.mail.text));
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &reply).await, [("added", 1)]);
    to(&house.send().await, OLA).clone()
}

#[tokio::test]
async fn what_a_contact_wrote_into_our_answer_is_shown() {
    let told = replied(|ours| {
        let within = ours.replace("blinker den i?", "blinker den i? Rødt, som jeg skrev.");
        format!("Se svar i teksten under, og ring meg gjerne.\n\n{HEADER}{within}")
    })
    .await;
    assert!(told.mail.text.contains("Rødt, som jeg skrev."), "{}", told.mail.text);
    assert!(told.mail.text.contains("sitert tekst"), "{}", told.mail.text);
}

#[tokio::test]
async fn our_own_answer_quoted_is_missed_by_nobody() {
    let told = replied(|ours| format!("Takk!\n\n{HEADER}{ours}")).await;
    assert!(!told.mail.text.contains("sitert") && !told.mail.text.contains("sitat"), "{}", told.mail.text);
    assert!(!told.mail.text.contains("prøvd å skru"), "{}", told.mail.text);
    assert!(told.mail.attachments.is_empty());
}

#[tokio::test]
async fn most_of_a_mail_that_was_cut_and_is_not_ours_goes_along() {
    let history = "Noen andre har skrevet dette for lenge siden.\n".repeat(20);
    let told = replied(|_| format!("Se hva leverandøren vår svarte om skriveren i går.\n\n{HEADER}{history}")).await;
    let text = told.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Det meste av e-posten er sitat og vises ikke her"), "{text}");
    assert!(!text.contains("for lenge siden"), "{text}");
    assert_eq!(told.mail.attachments[0].name.as_deref(), Some("hele teksten.txt"));
}

#[tokio::test]
async fn a_reply_to_what_a_colleague_wrote_below_a_quotation_is_no_writing_in_one() {
    let house = house().await;
    let sent = opened(&house).await;
    let told = to(&sent, OLA);
    let body = format!("/tildel kari\n/prioritet høy\n\n{HEADER}{}", quoted(told));
    house.deliver(OLA, &[&told.reply_to()], &mail("a", OLA, "SV: [HV-1] x", "", &body)).await;
    let sent = house.send().await;
    let kari = "kari@uni.example";
    let told = to(&sent, kari);
    let body = format!("/løst\n\n{HEADER}{}", quoted(told));
    assert_eq!(house.deliver(kari, &[&told.reply_to()], &mail("b", kari, "SV: x", "", &body)).await, [("added", 1)]);
}

#[tokio::test]
async fn who_answers_a_mail_that_was_split_off_is_not_refused() {
    let house = house().await;
    let ack = to(&opened(&house).await, CUSTOMER).clone();
    let words = "Og så trenger jeg en ny stol.";
    let quote =
        format!("{words}\n\nons. 18. nov. 2026 kl. 12:06 skrev Orakel <orakel@uni.example>:\n\n{}", ack.quoted());
    let more = mail("2", CUSTOMER, "Ny stol", &format!("In-Reply-To: {}\n", ack.id()), &quote);
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("added", 1)]);
    let told = to(&house.send().await, OLA).reply_to();
    house.deliver(OLA, &[&told], &mail("3", OLA, "Re: x", "", "/del")).await;
    let sent = house.send().await;
    let told = to(&sent, "kari@uni.example");
    let body = format!("Kva farge skal stolen ha?\n\n{HEADER}{}", quoted(told));
    let became = house
        .deliver("kari@uni.example", &[&told.reply_to()], &mail("4", "kari@uni.example", "Re: x", "", &body))
        .await;
    let sent = house.send().await;
    assert_eq!(became[0].0, "added", "{}", to(&sent, "kari@uni.example").mail.text);
}
