//! The end of a pause: by whom, and what the user is told.

use henvend::case::model::Status;

use super::*;
use crate::flow::control::CONTROL;
use crate::flow::{house_that_checks, submit};

async fn at_once(house: &House) -> Vec<Sent> {
    house.sweep().await;
    house.send().await
}

#[tokio::test]
async fn a_proven_mail_of_the_users_ends_it_and_all_that_was_missed_is_told() {
    let house = house().await;
    let told = inquiry(&house, 90).await;
    fails(&house, 1, 5).await;
    inquiry(&house, 6).await;
    let answer = mail("a", OLA, "Re: x", "", "Hei, det ordner seg.");
    assert_eq!(house.deliver(OLA, &[&to(&told, OLA).reply_to()], &answer).await, [("added", 1)]);
    let sent = at_once(&house).await;
    assert_eq!(all_to(&sent, "k90@post.example").len(), 1, "the answer goes");
    let said = to(&sent, OLA);
    // The five that came back as well as the one that was never written.
    holds(
        said,
        &["E-post til deg kom i retur, så siden 18.11.2026 kl. 12.06 er det", "Hei nummer 1.", "Hei nummer 5."],
    );
    holds(said, &["Hei nummer 6.", "Ingen har disse (6)", "liste mine"]);
    assert!(!is_paused(&house, OLA));
    assert_eq!(house.case(7).await.status, Status::Resolved, "the operators' case is over");
    assert!(all_to(&sent, OPERATOR).is_empty());
    // From now on as ever; and once.
    to(&inquiry(&house, 7).await, OLA);
    house.deliver(OLA, &[&to(&told, OLA).reply_to()], &mail("b", OLA, "Re: x", "", "/note\nFerdig.")).await;
    assert!(all_to(&at_once(&house).await, OLA).is_empty());
}

#[tokio::test]
async fn a_question_to_the_control_address_ends_it_too() {
    let house = house().await;
    fails(&house, 1, 5).await;
    submit(&house, OLA, &[CONTROL], &mail("l", OLA, "x", "", "liste mine")).await;
    let sent = at_once(&house).await;
    let mails = all_to(&sent, OLA);
    assert_eq!(mails.len(), 2, "the answer, and what was missed");
    assert!(mails.iter().any(|mail| mail.mail.text.contains("Hei nummer 3.")));
    // It is kept where the user's other mail about no case is.
    assert_eq!(house.events(7).await.len(), 2, "{:?}", house.events(7).await);
}

#[tokio::test]
async fn what_is_not_proven_ends_nothing() {
    let house = house_that_checks().await;
    let told = inquiry(&house, 90).await;
    fails(&house, 1, 5).await;
    let reply = to(&told, OLA).reply_to();
    // Without proof of its way; by somebody else; by a machine.
    house.deliver(OLA, &[&reply], &mail("a", OLA, "Re: x", "", "Hei.")).await;
    house.deliver("k90@post.example", &[&reply], &mail("b", "k90@post.example", "Re: x", "", "Hei.")).await;
    let away = mail("c", OLA, "Borte", "Auto-Submitted: auto-replied\n", "Tilbake mandag.");
    submit(&house, OLA, &[&reply], &away).await;
    house.deliver(OLA, &["orakel@uni.example"], &mail("d", OLA, "Ny sak", "", "Hei.")).await;
    house.sweep().await;
    assert!(is_paused(&house, OLA));
    submit(&house, OLA, &["orakel@uni.example"], &mail("e", OLA, "[HV-1] x", "", "/note\nHer er jeg.")).await;
    house.sweep().await;
    assert!(!is_paused(&house, OLA));
}

#[tokio::test]
async fn an_operator_ends_it_by_command() {
    let house = house().await;
    fails(&house, 1, 5).await;
    let resume = || OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli:0".to_owned() };
    assert_eq!(house.act(resume()).await, None);
    assert!(!is_paused(&house, OLA));
    holds(to(&house.send().await, OLA), &["Fra nå av får du varsler igjen.", "Hei nummer 1."]);
    assert_eq!(house.act(resume()).await, Some("mail to this user is not paused".to_owned()));
    let nobody = OperatorVerb::ResumeMail { user: henvend::id::UserId::new(999), by: "cli:0".to_owned() };
    assert!(house.act(nobody).await.is_some());
    // Five more are a new pause, and the operators hear of that one.
    let told = fails(&house, 10, 5).await;
    assert_eq!(to(&told, OPERATOR).mail.subject, "[HV-13] Mail to Ola Nordmann is paused");
}

#[tokio::test]
async fn another_address_in_the_directory_ends_it() {
    let house = house().await;
    fails(&house, 1, 5).await;
    let elsewhere = crate::kit::house::DIRECTORY.replace(
        "\"ola@uni.example\", \"ola.privat@post.example\"",
        "\"ola.privat@post.example\", \"ola@uni.example\"",
    );
    // Another name alone does not.
    house.apply(&crate::kit::house::DIRECTORY.replace("Ola Nordmann", "Ola N.")).await.unwrap();
    assert!(at_once(&house).await.is_empty());
    house.apply(&elsewhere).await.unwrap();
    holds(to(&at_once(&house).await, "ola.privat@post.example"), &["Fra nå av får du varsler igjen.", "Hei nummer 5."]);
}

#[tokio::test]
async fn a_case_that_the_operators_closed_stays_closed() {
    let house = house().await;
    let told = fails(&house, 1, 5).await;
    let close = mail("c", OPERATOR, "Re: x", "", "/lukk");
    house.deliver(OPERATOR, &[&to(&told, OPERATOR).reply_to()], &close).await;
    assert_eq!(house.case(6).await.status, Status::Closed);
    assert!(is_paused(&house, OLA), "that is not what ends it");
    house.act(OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli".to_owned() }).await;
    assert_eq!(house.case(6).await.status, Status::Closed);
    assert_eq!(house.events(6).await.last().unwrap(), "MailResumed");
}

#[tokio::test]
async fn somebody_who_has_left_is_told_nothing_more() {
    let house = house().await;
    fails(&house, 1, 5).await;
    let gone = crate::kit::house::DIRECTORY
        .replace("at.uni = {}\n\n[[user]]\nname = \"Kari", "at.uni = { active = false }\n\n[[user]]\nname = \"Kari");
    house.apply(&gone).await.unwrap();
    assert_eq!(house.world.store.directory().paused_users().count(), 0);
    house.act(OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli".to_owned() }).await;
    assert!(at_once(&house).await.is_empty());
}
