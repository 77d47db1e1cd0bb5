//! Mails that tell a user what became of their own, and answers of the control address.

use std::time::Duration;

use henvend::envelope::Listener;
use henvend::verify::TrustPolicy;

use super::{CUSTOMER, FIRST, KARI, OLA, SHARED, mail, open, say};
use crate::kit::house::{DIRECTORY, House, Sent, Setting, to};

const CONTROL: &str = "henvend@svar.example";

/// The first mail of the story, and what Ola is told of it.
pub async fn begun(house: &House) -> Sent {
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", FIRST);
    house.deliver(CUSTOMER, &[SHARED], &first).await;
    to(&house.send().await, OLA).clone()
}

/// What a user must know of an answer of theirs that did not leave, or of their answer address.
pub async fn told(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting { undo: Duration::from_secs(60), ..Setting::default() }).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "Dette skulle jeg ikke ha skrevet.").await;
    say(&house, OLA, &new, "3", "/drop").await;
    kept.push(("receipt-dropped", to(&house.send().await, OLA).clone()));

    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let house = open(language, Setting { trust, ..Setting::default() }).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "/take\nHei, slå den av og på.").await;
    kept.push(("receipt-unproven", to(&house.send().await, OLA).clone()));

    let house = open(language, Setting::default()).await;
    let new = begun(&house).await;
    say(&house, CUSTOMER, &new, "2", "Takk, jeg fikk dette fra Ola.").await;
    kept.push(("notification-revoked", to(&house.send().await, OLA).clone()));
    say(&house, OLA, &new, "3", "Hei, slå den av og på.").await;
    kept.push(("receipt-revoked", to(&house.send().await, OLA).clone()));
    kept
}

/// What an agent is told of people who come another way than by a mail of their own from the address that we know.
pub async fn otherwise(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let forms =
        "addresses = [\"orakel@uni.example\", { address = \"skjema@uni.example\", contact_from = \"reply_to\" }";
    let directory = DIRECTORY.replace("addresses = [\"orakel@uni.example\"", forms);
    let directory = directory.replace("language = \"nb\"", &format!("language = \"{language}\""));
    house.apply(&directory.replace("at.uni = {}", &format!("language = \"{language}\"\nat.uni = {{}}"))).await.unwrap();
    let new = begun(&house).await;
    let other = "kaare@jobb.example";
    let tagged = mail("2", other, "Re: [HV-1] Skriveren virker ikke", "", "Jeg er på jobb nå.");
    house.deliver(other, &[SHARED], &tagged).await;
    kept.push(("notification-linked", to(&house.send().await, OLA).clone()));
    let named = format!("In-Reply-To: {}\n", new.id());
    let copied = mail("3", "per@firma.example", "Re: [HV-1] Skriveren virker ikke", &named, "Min også.");
    house.deliver("per@firma.example", &[SHARED], &copied).await;
    kept.push(("notification-outsider", to(&house.send().await, OLA).clone()));
    let reply_to = "Reply-To: Berit Sjef <berit@firma.example>\n";
    let form = mail("4", "Nettskjema <www@nettsted.example>", "Kontaktskjema", reply_to, "Døra er låst.");
    house.deliver("www@nettsted.example", &["skjema@uni.example"], &form).await;
    kept.push(("notification-form", to(&house.send().await, OLA).clone()));
    let call = mail("5", KARI, "Skjermen er svart", "", "new orakel for 91234567\nKari Nordmann, rom 5.");
    house.receive_by(Listener::Submission, KARI, &[CONTROL], &call).await.unwrap();
    let told = to(&house.send().await, OLA).clone();
    say(&house, OLA, &told, "6", "Hei, prøv nå.").await;
    kept.push(("notification-telephone", told));
    kept.push(("receipt-telephone", to(&house.send().await, OLA).clone()));
    kept
}

/// What the control address answers.
pub async fn control(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let new = begun(&house).await;
    say(&house, OLA, &new, "2", "/take\nHei, slå den av og på.").await;
    let other = mail("3", "Berit Sjef <berit@firma.example>", "Får ikke <logget> inn & ut", "", "Passordet er feil.");
    house.deliver("berit@firma.example", &[SHARED], &other).await;
    house.send().await;
    for (id, name, body) in [
        ("10", "control-list", "list"),
        ("11", "control-show", "show HV-1"),
        ("12", "control-search", "search passord"),
        ("13", "control-help", "help"),
        ("14", "control-refused", "lits mine\nshow HV-99"),
    ] {
        let asked = mail(id, OLA, "Spørsmål", "", body);
        house.receive_by(Listener::Submission, OLA, &[CONTROL], &asked).await.unwrap();
        kept.push((name, to(&house.send().await, OLA).clone()));
    }
    let unproven = mail("15", KARI, "Spørsmål", "", "list mine");
    house.deliver("x@evil.example", &[CONTROL], &unproven).await;
    kept.push(("control-confirm", to(&house.send().await, KARI).clone()));
    kept
}

#[tokio::test]
async fn a_list_has_a_button_for_each_case_and_the_answer_to_it_is_read() {
    let kept = control("nb").await;
    let list = &kept.iter().find(|(name, _)| *name == "control-list").unwrap().1;
    let page = super::page(list);
    assert!(page.contains(">Vis HV-1</a>") && page.contains("body=%2Fvis%20HV-2%0D%0A%2Fslutt%0D%0A"), "{page}");
    let house = open("nb", Setting::default()).await;
    begun(&house).await;
    let ask = mail("10", OLA, "Spørsmål", "", "list");
    house.receive_by(Listener::Submission, OLA, &[CONTROL], &ask).await.unwrap();
    let list = to(&house.send().await, OLA).clone();
    say(&house, OLA, &list, "11", "/vis HV-1\n/slutt\n\nMvh Ola\nTlf. 22 22 22 22").await;
    let shown = to(&house.send().await, OLA).clone();
    assert!(shown.mail.text.contains("Den blinker rødt") && !shown.mail.text.contains("Ingenting er gjort"));
}
