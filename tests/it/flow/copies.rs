//! One mail is one entry and one answer, whatever the order, the number and the ways of its copies.

use henvend::time::DAY;

use super::{CUSTOMER, all_to, house, mail, opened, submit};
use crate::kit::house::{DIRECTORY, House, Sent, to};

/// Ola's answer to all that got his notification.
fn reply_to_all(notification: &Sent) -> String {
    let fields = format!("In-Reply-To: {}\n", notification.id());
    mail("svar", "ola@uni.example", "Re: [HV-1] Skriveren virker ikke", &fields, "Svar til alle.")
}

/// One answer left, and one entry holds it.
async fn answered_once(house: &House) {
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).mail.text.trim(), "Svar til alle.\n\n-- \nHilsen Orakel");
    let events = house.events(1).await;
    assert_eq!(events.iter().filter(|events| events.contains("AnswerWritten")).count(), 1, "{events:?}");
}

#[tokio::test]
async fn a_proven_reply_to_all_is_one_answer_in_any_order() {
    for token_first in [true, false] {
        let house = house().await;
        let sent = opened(&house).await;
        let notification = to(&sent, "ola@uni.example");
        let token = notification.reply_to();
        let mut ways = ["orakel@uni.example", token.as_str()];
        if token_first {
            ways.reverse();
        }
        let reply = reply_to_all(notification);
        assert_eq!(submit(&house, "ola@uni.example", &[ways[0]], &reply).await, [("added", 1)]);
        assert_eq!(submit(&house, "ola@uni.example", &[ways[1]], &reply).await, [("duplicate", 1)]);
        answered_once(&house).await;
    }
}

#[tokio::test]
async fn an_unproven_reply_to_all_is_one_answer_in_any_order() {
    let shared = "orakel@uni.example";
    for (first, second) in [(false, true), (true, false)] {
        let house = house().await;
        let sent = opened(&house).await;
        let notification = to(&sent, "ola@uni.example");
        let token = notification.reply_to();
        let way = |by_token: bool| if by_token { token.as_str() } else { shared };
        let reply = reply_to_all(notification);
        let became = if first { "added" } else { "held" };
        assert_eq!(house.deliver("ola@uni.example", &[way(first)], &reply).await, [(became, 1)]);
        let became = if first { "duplicate" } else { "added" };
        assert_eq!(house.deliver("ola@uni.example", &[way(second)], &reply).await, [(became, 1)]);
        answered_once(&house).await;
    }
    let house = house().await;
    let sent = opened(&house).await;
    let notification = to(&sent, "ola@uni.example");
    let both = [shared, &notification.reply_to()];
    let became = house.deliver("ola@uni.example", &both, &reply_to_all(notification)).await;
    assert_eq!(became, [("duplicate", 1), ("added", 1)]);
    answered_once(&house).await;
}

#[tokio::test]
async fn whoever_has_the_writers_own_mail_gets_no_second_copy() {
    let house = house().await;
    let sent = opened(&house).await;
    let reply = format!(
        "From: kari@uni.example\nTo: Kunde <{CUSTOMER}>\nCc: orakel@uni.example\nSubject: Re: [HV-1] x\n\
         Message-ID: <direkte@uni.example>\nIn-Reply-To: {}\n\nSvar direkte.\n",
        to(&sent, CUSTOMER).id()
    );
    assert_eq!(submit(&house, "kari@uni.example", &["orakel@uni.example"], &reply).await, [("added", 1)]);
    let sent = house.send().await;
    assert!(all_to(&sent, CUSTOMER).is_empty(), "it came from kari herself");
    assert_eq!(to(&sent, "ola@uni.example").mail.field("X-Henvend-Event"), Some("answered"));
}

#[tokio::test]
async fn a_contacts_mail_to_a_token_too_is_one_entry() {
    for token_first in [true, false] {
        let house = house().await;
        let sent = opened(&house).await;
        let token = to(&sent, "ola@uni.example").reply_to();
        let more =
            mail("mer", CUSTOMER, "Re: [HV-1] x", &format!("In-Reply-To: {}\n", to(&sent, CUSTOMER).id()), "Mer.");
        let mut ways = ["orakel@uni.example", token.as_str()];
        if token_first {
            ways.reverse();
        }
        assert_eq!(house.deliver(CUSTOMER, &[ways[0]], &more).await, [("added", 1)]);
        assert_eq!(house.deliver(CUSTOMER, &[ways[1]], &more).await, [("duplicate", 1)]);
        let wanted: &[&str] =
            if token_first { &["MailReceived TokensRevoked"] } else { &["MailReceived", "TokensRevoked"] };
        assert_eq!(house.events(1).await[1..], *wanted);
    }
}

#[tokio::test]
async fn the_writers_own_token_counts_beside_somebody_elses() {
    for own_first in [true, false] {
        let house = house().await;
        let sent = opened(&house).await;
        let (own, other) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
        let ways = if own_first { [&*own, &*other] } else { [&*other, &*own] };
        let became = house.deliver("ola@uni.example", &ways, &reply_to_all(to(&sent, "ola@uni.example"))).await;
        let wanted = if own_first { ["added", "duplicate"] } else { ["duplicate", "added"] };
        assert_eq!(became.iter().map(|(became, _)| *became).collect::<Vec<_>>(), wanted);
        answered_once(&house).await;
    }
}

#[tokio::test]
async fn the_writers_own_token_counts_after_somebody_elses() {
    let house = house().await;
    let sent = opened(&house).await;
    let (own, other) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
    let reply = reply_to_all(to(&sent, "ola@uni.example"));
    assert_eq!(house.deliver("ola@uni.example", &[&other], &reply).await, [("held", 1)]);
    assert_eq!(house.deliver("ola@uni.example", &[&other], &reply).await, [("duplicate", 1)]);
    assert_eq!(house.deliver("ola@uni.example", &[&own], &reply).await, [("added", 1)]);
    for again in [&own, &other] {
        assert_eq!(house.deliver("ola@uni.example", &[again], &reply).await, [("duplicate", 1)]);
    }
    answered_once(&house).await;
}

#[tokio::test]
async fn a_category_that_an_answer_also_reaches_watches() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let reply = mail("kopi", "ola@uni.example", "Re: x", "Cc: resepsjon@uni.example\n", "Svar til alle.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &reply).await, [("added", 1)]);
    assert_eq!(house.deliver("ola@uni.example", &["resepsjon@uni.example"], &reply).await, [("duplicate", 1)]);
    assert_eq!(house.events(1).await[2], "CopyReceived CategoryWatches");
    answered_once(&house).await;
}

#[tokio::test]
async fn a_mail_to_tokens_of_two_cases_is_an_answer_on_each() {
    for together in [true, false] {
        let house = house().await;
        let first = to(&opened(&house).await, "ola@uni.example").reply_to();
        house.deliver(CUSTOMER, &["orakel@uni.example"], &mail("2", CUSTOMER, "Noe annet", "", "y")).await;
        let second = to(&house.send().await, "ola@uni.example").reply_to();
        let reply = mail("begge", "ola@uni.example", "Re: x", "", "Svar på begge.");
        let became = if together {
            house.deliver("ola@uni.example", &[&first, &second], &reply).await
        } else {
            let mut became = house.deliver("ola@uni.example", &[&first], &reply).await;
            became.extend(house.deliver("ola@uni.example", &[&second], &reply).await);
            became
        };
        assert_eq!(became, [("added", 1), ("added", 2)]);
        let sent = house.send().await;
        let subjects: Vec<_> = all_to(&sent, CUSTOMER).iter().map(|mail| mail.mail.subject.as_str()).collect();
        assert_eq!(subjects, ["[HV-1] Skriveren virker ikke", "[HV-2] Noe annet"]);
        let again = house.deliver("ola@uni.example", &[&second, &first], &reply).await;
        assert_eq!(again, [("duplicate", 2), ("duplicate", 1)]);
    }
}

#[tokio::test]
async fn without_message_id_a_mail_is_known_by_its_date_and_content_or_by_its_bytes() {
    let house = house().await;
    let alarm = |more: &str| {
        format!("{more}From: skriver@firma.example\nTo: orakel@uni.example\nSubject: Alarm\n\nToner tom.\n")
    };
    let deliver = async |mail: &str| house.deliver("skriver@firma.example", &["orakel@uni.example"], mail).await;
    let january = alarm("Received: from skriver by mx; 1 Jan 2027 08:00:00 +0100\n");
    assert_eq!(deliver(&january).await, [("new", 1)]);
    assert_eq!(deliver(&january).await, [("duplicate", 1)]);
    house.clock.pass(DAY * 31);
    let february = alarm("Received: from skriver by mx; 1 Feb 2027 08:00:00 +0100\n");
    assert_eq!(deliver(&february).await, [("new", 2)], "the same alarm in another month");

    let dated = "Date: Mon, 1 Feb 2027 08:00:00 +0100\n";
    assert_eq!(deliver(&alarm(dated)).await, [("new", 3)]);
    let another_way = alarm(&format!("Received: from skriver by mx2; 1 Feb 2027 08:00:07 +0100\n{dated}"));
    assert_eq!(deliver(&another_way).await, [("duplicate", 3)]);
    let next_day = alarm("Date: Tue, 2 Feb 2027 08:00:00 +0100\n");
    assert_eq!(deliver(&next_day).await, [("new", 4)]);
}

/// Nine more customers with one address each.
async fn with_more_customers(house: &House) -> Vec<String> {
    let customer = |n: u32| {
        format!(
            "\n[[customer]]\nkey = \"c{n}\"\nname = \"C{n}\"\nlanguage = \"nb\"\n\n[[customer.category]]\npath = \"a\"\n\
             name = \"A\"\naddresses = [\"a@c{n}.example\"]\nmembers = []\n"
        )
    };
    let written = format!("{DIRECTORY}{}", (0..9).map(customer).collect::<String>());
    assert_eq!(house.apply(&written).await.unwrap().refused, None);
    (0..9).map(|n| format!("a@c{n}.example")).collect()
}

#[tokio::test]
async fn a_mail_to_many_customers_that_names_many_mails_is_known_again_and_acknowledged_within_the_budget() {
    let house = house().await;
    let addresses = with_more_customers(&house).await;
    let to_all: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let references: String = (0..40).map(|n| format!(" <ref{n}@x.example>")).collect();
    let first = mail("mange", CUSTOMER, "Til alle", &format!("References:{references}\n"), "x");
    let became: Vec<_> = (1..=9).map(|case| ("new", case)).collect();
    assert_eq!(house.deliver(CUSTOMER, &to_all, &first).await, became);
    let known: Vec<_> = (1..=9).map(|case| ("duplicate", case)).collect();
    assert_eq!(house.deliver(CUSTOMER, &to_all, &first).await, known);
    assert_eq!(all_to(&house.send().await, CUSTOMER).len(), 3, "to one sender in one day, also by one mail");
}

#[tokio::test]
async fn many_mails_under_one_message_id_are_all_kept_and_the_first_and_the_newest_known_again() {
    let house = house().await;
    let numbered = |n: u64| mail("samme", CUSTOMER, &format!("Sak {n}"), "", &format!("nummer {n}"));
    for n in 1..=20 {
        assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &numbered(n)).await, [("new", n)]);
    }
    for n in std::iter::once(1).chain(6..=20) {
        assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &numbered(n)).await, [("duplicate", n)]);
    }
}

#[tokio::test]
async fn a_mail_that_first_came_through_a_list_is_the_same_mail() {
    let house = house().await;
    let by_list = mail("1", CUSTOMER, "[liste] Hei", "List-Id: <l.example>\n", "x\n____\nAvmeld her");
    assert_eq!(house.deliver("l-bounces@l.example", &["orakel@uni.example"], &by_list).await, [("new", 1)]);
    let direct = mail("1", CUSTOMER, "Hei", "", "x");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &direct).await, [("duplicate", 1)]);
    assert_eq!(house.journal(1).await.len(), 1);
}

#[tokio::test]
async fn a_category_in_the_same_envelope_as_a_token_watches() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let reply = mail("w1", "ola@uni.example", "Re: x", "", "Resepsjonen har nøkkelen.");
    let both = [token.as_str(), "resepsjon@uni.example"];
    assert_eq!(house.deliver("ola@uni.example", &both, &reply).await, [("added", 1), ("duplicate", 1)]);
    assert_eq!(house.case(1).await.watching.len(), 1);
    let sent = house.send().await;
    to(&sent, CUSTOMER);
    to(&sent, "kari@uni.example");
    assert_eq!(sent.len(), 2, "the contact and the one who did not write it, once each");
}

#[tokio::test]
async fn a_copy_that_proves_its_writer_is_carried_out_after_one_that_was_held() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let reply = mail("w2", "ola@uni.example", "Re: [HV-1] x", &format!("In-Reply-To: {ack}\n"), "Svar.");
    assert_eq!(house.deliver("ola@uni.example", &["orakel@uni.example"], &reply).await, [("held", 1)]);
    for became in ["added", "duplicate"] {
        let outcomes = submit(&house, "ola@uni.example", &["orakel@uni.example"], &reply).await;
        assert_eq!(outcomes, [(became, 1)]);
    }
    to(&house.send().await, CUSTOMER);
}
