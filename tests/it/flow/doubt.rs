//! Mails that are not carried out, and what whoever wrote them, or whose name they bear, is told.

use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened};
use crate::kit::house::{DIRECTORY, House, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const AASE: &str = "åse@bla.example";

/// A house where a token alone does not do; what Ola is told of this mail of his that came by no proven way.
async fn unproven(body: &str) -> (House, Sent) {
    let house = house_that_checks().await;
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren", "", "Hei!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let token = to(&house.send().await, OLA).reply_to();
    let answer = mail("2", OLA, "Re: x", "", body);
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "only the user's own address hears of it");
    (house, to(&sent, OLA).clone())
}

fn holds(sent: &Sent, parts: &[&str]) {
    for part in parts {
        assert!(sent.mail.text.contains(part), "{part} in {}", sent.mail.text);
    }
}

#[tokio::test]
async fn who_is_asked_sees_what_a_yes_does() {
    let (_, asked) = unproven("/ta\n/vent 3d\nSkru den av og på.").await;
    holds(&asked, &["bekreft", "    /ta\n        i orden", "    /vent 3d\n        i orden", "> Skru den av og på."]);
    holds(&asked, &["- teksten blir sendt til Kåre Kunde <kunde@post.example>"]);
    let (_, asked) = unproven("/notat\nHan ringer stadig.").await;
    holds(&asked, &["bekreft", "- teksten blir lagret som et internt notat", "> Han ringer stadig."]);
    let (_, asked) = unproven("/kopi sjef@firma.example\nSkru den av og på.").await;
    holds(&asked, &["- teksten blir sendt til innmelderen"]);
}

#[tokio::test]
async fn where_a_yes_could_do_nothing_the_user_sees_why_and_gets_the_text_back() {
    let (house, told) = unproven("/ta\n/tildel truls\nSkru den av og på.").await;
    holds(&told, &["    /ta\n        i orden", "    /tildel truls\n        ingen i kategorien heter det"]);
    holds(&told, &["ingenting å bekrefte", "> Skru den av og på.", "Ingenting er gjort"]);
    let yes = mail("3", OLA, "Re: x", "", "bekreft");
    house.deliver(OLA, &[&told.reply_to()], &yes).await;
    assert!(all_to(&house.send().await, CUSTOMER).is_empty());
    assert!(house.case(1).await.owner.is_none());
}

#[tokio::test]
async fn what_no_word_can_confirm_is_told_to_be_so() {
    let (_, told) = unproven("/del").await;
    holds(&told, &["/del", "kan flyttes"]);
    let (_, told) = unproven("/send").await;
    holds(&told, &["/send", "ingen svar som venter"]);
    let house = house_that_checks().await;
    for (id, title) in [("1", "Skriveren"), ("2", "Toner")] {
        let first = mail(id, "Kåre Kunde <kunde@post.example>", title, "", "Hei!");
        house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    }
    let token = all_to(&house.send().await, OLA)[1].reply_to();
    house.deliver(OLA, &[&token], &mail("3", OLA, "Re: x", "", "/slå-sammen HV-1")).await;
    holds(to(&house.send().await, OLA), &["/slå-sammen HV-1", "dette kan ikke bekreftes"]);
}

#[tokio::test]
async fn a_bad_errand_in_a_users_name_is_told_with_its_lines() {
    let house = house().await;
    let asks = mail("1", OLA, "Spørsmål", "", "list mine\nshow HV-99");
    assert_eq!(house.deliver("x@evil.example", &["henvend@svar.example"], &asks).await, [("held", 1)]);
    let told = to(&house.send().await, OLA).clone();
    holds(&told, &["    show HV-99\n", "ingen slik sak", "> list mine", "ingenting å bekrefte"]);
    let yes = mail("2", OLA, "Re: x", "", "bekreft");
    house.deliver(OLA, &[&told.reply_to()], &yes).await;
    assert!(!house.events(1).await.concat().contains("ErrandsGiven"));
}

#[tokio::test]
async fn a_colleague_who_answers_a_passed_on_notification_is_told_how_to_do_it() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let theirs = mail("k", "Kari Bråten <kari@uni.example>", "Re: x", "", "Skru den av og på.");
    assert_eq!(house.deliver(KARI, &[&token], &theirs).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 2, "nothing goes to the contact");
    holds(to(&sent, OLA), &["Kari Bråten <kari@uni.example>", "> Skru den av og på.", "Ingenting er gjort"]);
    let told = to(&sent, KARI);
    holds(told, &["svaradressen til Ola Nordmann", "> Skru den av og på.", "Ingenting er gjort"]);
    let again = mail("k2", KARI, "Re: x", "", "Skru den av og på.");
    assert_eq!(house.deliver(KARI, &[&told.reply_to()], &again).await, [("added", 1)], "as it says");
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru den av og på."));
}

#[tokio::test]
async fn a_colleague_who_may_not_see_the_case_learns_nothing_of_it() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    let theirs = mail("a", AASE, "Re: [HV-1] Skriveren virker ikke", "", "Hva gjelder det?");
    assert_eq!(house.deliver("x@evil.example", &[&token], &theirs).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 2);
    holds(to(&sent, OLA), &[AASE, "> Hva gjelder det?"]);
    let told = to(&sent, AASE);
    holds(told, &["til ein kollega", "> Hva gjelder det?"]);
    let whole = String::from_utf8_lossy(&told.data).into_owned();
    for secret in ["HV-1", "Orakel", "orakel", "Ola", "kunde", "blinker", &token] {
        assert!(!whole.contains(secret), "{secret} in {whole}");
    }
    assert_eq!(house.case(1).await.watchers.len(), 0);
    // The same mail once more is one mail.
    assert_eq!(house.deliver("x@evil.example", &[&token], &theirs).await, [("duplicate", 1)]);
    assert!(house.send().await.is_empty());
}

#[tokio::test]
async fn forged_mail_of_colleagues_does_not_fill_their_mailboxes() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    for number in 0..15 {
        let theirs = mail(&format!("a{number}"), AASE, "Re: x", "", "Hei!");
        assert_eq!(house.deliver("x@evil.example", &[&token], &theirs).await, [("held", 1)]);
    }
    let sent = house.send().await;
    assert_eq!((all_to(&sent, AASE).len(), all_to(&sent, OLA).len()), (10, 10));
    let away = mail("v", KARI, "Fravær", "Auto-Submitted: auto-replied\n", "Jeg er på ferie.");
    house.deliver("", &[&token], &away).await;
    assert!(house.send().await.is_empty(), "a machine is told nothing");
}

#[tokio::test]
async fn an_answer_of_the_control_address_that_was_passed_on_serves_nobody_else() {
    let house = house().await;
    opened(&house).await;
    let asks = mail("2", OLA, "Spørsmål", "", "list");
    super::submit(&house, OLA, &["henvend@svar.example"], &asks).await;
    let token = to(&house.send().await, OLA).reply_to();
    let theirs = mail("3", KARI, "Re: Spørsmål", "", "show HV-1");
    assert_eq!(house.deliver(KARI, &[&token], &theirs).await[0].0, "held");
    let sent = house.send().await;
    holds(to(&sent, OLA), &[KARI, "> show HV-1"]);
    holds(to(&sent, KARI), &["til en kollega", "> show HV-1"]);
    assert!(!to(&sent, KARI).mail.text.contains("Skriveren"));
}

#[tokio::test]
async fn the_address_of_somebody_who_has_left_serves_no_colleague_either() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    house.apply(&DIRECTORY.replacen("at.uni = {}", "at.uni = { active = false }", 1)).await.unwrap();
    let theirs = mail("a", AASE, "Re: x", "", "Hei!");
    assert_eq!(house.deliver(AASE, &[&token], &theirs).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(all_to(&sent, OLA).is_empty() && all_to(&sent, CUSTOMER).is_empty());
    holds(to(&sent, AASE), &["til ein kollega"]);
    assert_eq!(all_to(&sent, KARI).len(), 1, "those who are there know");
}

/// What becomes of this answer of Ola's to the first mail; what he is told when nothing of it is done.
async fn answered(subject: &str, body: &str) -> (&'static str, Vec<Sent>) {
    let house = house().await;
    let sent = opened(&house).await;
    let answer = mail("2", OLA, subject, "", &format!("{body}\n\n{}", to(&sent, OLA).quoted()));
    let became = house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &answer).await[0].0;
    (became, house.send().await)
}

#[tokio::test]
async fn a_command_in_the_subject_neither_runs_nor_goes_unsaid() {
    for subject in ["/notat", "Re: /notat", "SV: [HV-1] /lukk Skriveren", "[HV-1] RE: /Take"] {
        let (became, sent) = answered(subject, "Han er alltid sur.").await;
        assert_eq!((became, sent.len()), ("held", 1), "{subject}");
        holds(to(&sent, OLA), &["emnet begynner med en kommando", "Han er alltid sur.", "Ingenting er gjort"]);
    }
    let (became, sent) = answered("/notat", "").await;
    assert_eq!(became, "held");
    holds(to(&sent, OLA), &["emnet begynner med en kommando"]);
    // What is done already, or is none, is no matter.
    for (subject, body) in
        [("/notat", "/notat\nHan er alltid sur."), ("/lukk", "/ta"), ("Re: /tmp er full", "Tøm den.")]
    {
        assert_eq!(answered(subject, body).await.0, "added", "{subject} {body}");
    }
}

#[tokio::test]
async fn a_contact_may_call_their_inquiry_as_they_like() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "/help!", "", "Hei!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let second = mail("2", CUSTOMER, "/close virker ikke", "", "Hei!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &second).await;
    let sent = house.send().await;
    for (number, told) in all_to(&sent, OLA).into_iter().enumerate() {
        let answer = mail(&format!("a{number}"), OLA, &format!("Re: {}", told.mail.subject), "", "Hei!");
        assert_eq!(house.deliver(OLA, &[&told.reply_to()], &answer).await[0].0, "added", "{}", told.mail.subject);
    }
}

#[tokio::test]
async fn an_answer_that_is_nothing_but_a_signature_leaves_for_nobody() {
    for signature in
        ["Sendt fra min iPhone", "Få Outlook for iOS", "-- \nOla Nordmann\nUniversitetet", "Sent from my Galaxy"]
    {
        let (became, sent) = answered("Re: x", signature).await;
        assert_eq!((became, sent.len()), ("held", 1), "{signature}");
        holds(to(&sent, OLA), &["ikke annet enn en signatur", "Ingenting er gjort"]);
    }
    for (body, goes) in [("Ja.\n\nSendt fra min iPhone", true), ("/ta\n\nSendt fra min iPhone", false)] {
        let (became, sent) = answered("Re: x", body).await;
        assert_eq!((became, !all_to(&sent, CUSTOMER).is_empty()), ("added", goes), "{body}");
    }
}

#[tokio::test]
async fn a_file_says_enough_beside_a_signature_and_a_picture_does_not() {
    for (kind, became) in [("application/pdf", "added"), ("image/jpeg", "held")] {
        let house = house().await;
        let token = to(&opened(&house).await, OLA).reply_to();
        let body = format!(
            "--x\nContent-Type: text/plain\n\nSendt fra min iPhone\n--x\nContent-Type: {kind}; name=a.bin\n\
             Content-Disposition: attachment\n\nabc\n--x--"
        );
        let answer =
            mail("2", OLA, "Re: x", "", &body).replace("text/plain; charset=utf-8", "multipart/mixed; boundary=x");
        assert_eq!(house.deliver(OLA, &[&token], &answer).await[0].0, became, "{kind}");
    }
}

#[tokio::test]
async fn who_wrote_an_answer_that_is_stopped_hears_of_it_and_so_does_the_owner() {
    let house = house().await;
    let sent = opened(&house).await;
    let (ola, kari) = (to(&sent, OLA).reply_to(), to(&sent, KARI).reply_to());
    let secret = "Kunden er kjent for å klage på alt mulig, og vi gir ham aldri noe som helst avslag.";
    house.deliver(OLA, &[&ola], &mail("2", OLA, "Re: x", "", &format!("/ta\n/notat\n{secret}"))).await;
    house.send().await;
    super::control::answer(&house, KARI, "digest daily").await;
    let leak = mail("3", KARI, "Re: x", "", &format!("Hei! Ola skrev:\n\n{secret}\n\nmvh"));
    assert_eq!(house.deliver(KARI, &[&kari], &leak).await, [("added", 1)]);
    let sent = house.send().await;
    assert!(all_to(&sent, CUSTOMER).is_empty(), "the last look stops it");
    for person in [OLA, KARI] {
        let stopped =
            all_to(&sent, person).into_iter().filter(|mail| mail.mail.field("X-Henvend-Event") == Some("stopped"));
        let stopped: Vec<&Sent> = stopped.collect();
        assert_eq!(stopped.len(), 1, "{person} is told, and at once");
        holds(stopped[0], &["stoppet før det gikk ut", "teksten fra et internt notat"]);
    }
}
