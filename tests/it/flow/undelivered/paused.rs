//! While mail to a user is paused: who is told instead, and what still goes.

use super::*;
use crate::flow::control::answer;
use crate::flow::submit;

/// Ola has a case, and mail to Ola comes back five times: the letter by which Ola and Kari heard of the case.
async fn paused() -> (House, Sent, Sent) {
    let house = house().await;
    let told = inquiry(&house, 90).await;
    let (olas, karis) = (to(&told, OLA).clone(), to(&told, KARI).clone());
    house.deliver(OLA, &[&olas.reply_to()], &mail("t", OLA, "Re: x", "", "/ta")).await;
    house.send().await;
    fails(&house, 1, 5).await;
    assert!(is_paused(&house, OLA));
    (house, olas, karis)
}

#[tokio::test]
async fn an_owners_cases_are_told_to_those_who_work_the_category() {
    let (house, ..) = paused().await;
    let more = mail("more", "k90@post.example", "[HV-1] x", "", "Nå lukter det svidd.");
    house.deliver("k90@post.example", &["orakel@uni.example"], &more).await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    holds(to(&sent, KARI), &["Nå lukter det svidd.", "Ola Nordmann (får ikke e-post nå)"]);
}

#[tokio::test]
async fn not_even_what_is_urgent_or_personal_is_written() {
    let (house, _, karis) = paused().await;
    for (n, text) in ["/prioritet haster", "/note\nDette haster.", "/fristill", "/tildel ola"].iter().enumerate() {
        house.deliver(KARI, &[&karis.reply_to()], &mail(&format!("n{n}"), KARI, "Re: x", "", text)).await;
        assert!(all_to(&house.send().await, OLA).is_empty(), "{text}");
    }
    assert_eq!(house.case(1).await.owner, Some(user(&house, OLA).id));
}

#[tokio::test]
async fn whoever_gives_a_case_to_somebody_unreached_is_told_so() {
    let (house, _, karis) = paused().await;
    house.deliver(KARI, &[&karis.reply_to()], &mail("n1", KARI, "Re: x", "", "/fristill")).await;
    house.send().await;
    let give = mail("n2", KARI, "Re: x", "", "/tildel ola\nHei, Ola ser på det.");
    house.deliver(KARI, &[&karis.reply_to()], &give).await;
    let sent = house.send().await;
    holds(to(&sent, KARI), &["ansvarlig: Ola Nordmann", "Ola Nordmann får ikke e-post nå"]);
    to(&sent, "k90@post.example");
}

#[tokio::test]
async fn no_digest_goes_and_nothing_of_it_is_lost() {
    let house = house().await;
    answer(&house, OLA, "sammendrag daglig").await;
    let mut sent = Vec::new();
    for day in 0..5 {
        inquiry(&house, 1 + day).await;
        house.clock.set(&format!("2026-11-{}T06:00:00Z", 19 + day));
        house.sweep().await;
        sent = house.send().await;
        bounces(&house, to(&sent, OLA), &format!("d{day}")).await;
        sent = house.send().await;
    }
    to(&sent, OPERATOR);
    inquiry(&house, 6).await;
    house.clock.set("2026-11-24T06:00:00Z");
    house.sweep().await;
    assert!(all_to(&house.send().await, OLA).is_empty());
    house.act(OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli".to_owned() }).await;
    // The last digest, which came back, and what happened since.
    holds(to(&house.send().await, OLA), &["siden 23.11.2026 kl. 07.00", "Hei nummer 5.", "Hei nummer 6."]);
    house.clock.set("2026-11-25T06:00:00Z");
    house.sweep().await;
    assert!(!to(&house.send().await, OLA).mail.text.contains("i retur"), "digests go on as before");
}

#[tokio::test]
async fn a_question_about_a_mail_in_the_users_name_still_goes() {
    let (house, ..) = paused().await;
    let asked = mail("q", OLA, "x", "", "list");
    assert_eq!(house.deliver(OLA, &[crate::flow::control::CONTROL], &asked).await[0].0, "held");
    let question = to(&house.send().await, OLA).clone();
    assert!(is_paused(&house, OLA), "anybody can write in Ola's name");
    house.deliver(OLA, &[&question.reply_to()], &mail("yes", OLA, "Re: x", "", "bekreft")).await;
    house.sweep().await;
    assert!(!is_paused(&house, OLA));
}

#[tokio::test]
async fn a_notification_that_comes_back_after_the_pause_began_is_told_with_the_rest() {
    let house = house().await;
    let late = inquiry(&house, 90).await;
    fails(&house, 1, 5).await;
    bounces(&house, to(&late, OLA), "late").await;
    assert!(house.send().await.is_empty());
    house.act(OperatorVerb::ResumeMail { user: user(&house, OLA).id, by: "cli".to_owned() }).await;
    let sent = house.send().await;
    holds(to(&sent, OLA), &["Hei nummer 90.", "Hei nummer 1.", "Hei nummer 5."]);
    fails(&house, 10, 4).await;
    assert!(!is_paused(&house, OLA), "nothing from before counts");
}

#[tokio::test]
async fn the_operators_hear_where_nobody_is_left() {
    let (house, ..) = paused().await;
    let mut sent = Vec::new();
    for n in 10..15 {
        let told = inquiry(&house, n).await;
        assert_eq!(told.len(), 2, "Kari, and the contact");
        bounces(&house, to(&told, KARI), &format!("k{n}")).await;
        sent = house.send().await;
    }
    holds(
        to(&sent, OPERATOR),
        &["Mail to Kari Bråten comes back.", "in uni/orakel, uni/resepsjon there is nobody else"],
    );
    // Kept for both, whoever comes first.
    inquiry(&house, 20).await;
    submit(&house, KARI, &[crate::flow::control::CONTROL], &mail("l", KARI, "x", "", "list")).await;
    house.sweep().await;
    let sent = house.send().await;
    assert!(all_to(&sent, KARI).iter().any(|mail| mail.mail.text.contains("Hei nummer 20.")), "{sent:?}");
}

/// Mails to the operators' category that come back from this operator, five of them.
async fn operator_fails(house: &House) -> Vec<Sent> {
    let mut sent = Vec::new();
    for n in 0..5 {
        let first = mail(&format!("o{n}"), "x@post.example", "Hei", "", "Til drift.");
        house.deliver("x@post.example", &["postmaster@uni.example"], &first).await;
        let told = house.send().await;
        bounces(house, to(&told, OPERATOR), &format!("o{n}")).await;
        sent = house.send().await;
    }
    sent
}

#[tokio::test]
async fn of_an_operators_mailbox_the_other_operators_are_told() {
    let house = house().await;
    let second = crate::kit::house::DIRECTORY
        .replace("operators = [\"drift@site.example\"]", "operators = [\"drift@site.example\", \"kari@uni.example\"]");
    house.apply(&second).await.unwrap();
    let told = operator_fails(&house).await;
    assert_eq!(all_to(&told, OPERATOR).len(), 0);
    holds(to(&told, KARI), &["E-post til Drift kommer i retur.", "henvend user resume drift@site.example"]);
    assert_eq!(house.world.store.directory().reached_operators().count(), 1);
}

#[tokio::test]
async fn the_only_operator_finds_it_on_coming_back() {
    let house = house().await;
    assert!(operator_fails(&house).await.is_empty());
    assert!(is_paused(&house, OPERATOR));
    assert_eq!(house.world.store.directory().reached_operators().count(), 0);
    assert!(house.world.store.directory().has_operator(), "mail is still taken");
    house.act(OperatorVerb::ResumeMail { user: user(&house, OPERATOR).id, by: "cli".to_owned() }).await;
    holds(to(&house.send().await, OPERATOR), &["Mail to you came back", "Til drift."]);
}
