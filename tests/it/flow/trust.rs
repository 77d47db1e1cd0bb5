//! Who is believed, and what strangers can and cannot do.

use std::sync::Arc;

use henvend::case::event::CaseEvent;
use henvend::case::model::Status;
use henvend::envelope::Listener;
use henvend::verify::{Ignored, TrustPolicy};

use super::{CUSTOMER, house, house_that_checks, mail, opened, submit};
use crate::kit::house::{House, Sent, Setting, address, to};
use crate::kit::memory::MemoryStore;

#[tokio::test]
async fn a_stranger_who_names_a_case_gets_one_of_his_own() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let tag = mail("7", "Fremmed <fremmed@evil.example>", "[HV-1] hei", "", "Hva står det i saken?");
    assert_eq!(house.deliver("fremmed@evil.example", &["orakel@uni.example"], &tag).await, [("linked", 2)]);
    let id = mail("8", "fremmed@evil.example", "hei", &format!("In-Reply-To: {ack}\n"), "Og nå?");
    assert_eq!(house.deliver("fremmed@evil.example", &["orakel@uni.example"], &id).await, [("linked", 3)]);
    let sent = house.send().await;
    let acks: Vec<_> = sent.iter().filter(|mail| mail.to[0] == "fremmed@evil.example").collect();
    assert_eq!(acks.len(), 2);
    let nothing =
        |mail: &Sent| !String::from_utf8_lossy(&mail.data).contains("HV-1\n") && !mail.mail.text.contains("Skriveren");
    assert!(acks.iter().all(|mail| nothing(mail)));
    assert_eq!(house.journal(1).await.len(), 1, "the case is untouched");
    assert_eq!(house.case(2).await.links, [henvend::id::CaseId::new(1)]);

    let unknown = mail("9", "fremmed@evil.example", "[HV-99] hei", "", "x");
    assert_eq!(house.deliver("fremmed@evil.example", &["orakel@uni.example"], &unknown).await, [("new", 4)]);
}

#[tokio::test]
async fn an_outsider_with_the_same_subject_is_shown_but_never_written_to() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let forwarded = mail(
        "10",
        "Kollega <kollega@firma.example>",
        "VS: [HV-1] Skriveren virker ikke",
        &format!("References: {ack}\n"),
        "Min også.",
    );
    assert_eq!(house.deliver("kollega@firma.example", &["orakel@uni.example"], &forwarded).await, [("added", 1)]);
    assert!(house.journal(1).await[1].mail().unwrap().outsider);
    assert!(!house.case(1).await.has_participant(&address("kollega@firma.example")));
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != "kollega@firma.example"));
    assert!(to(&sent, "ola@uni.example").mail.text.contains("ikke en del av saken"));
}

#[tokio::test]
async fn a_forged_agent_does_nothing_and_the_agent_is_told() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let forged = mail(
        "11",
        "Ola Nordmann <ola@uni.example>",
        "Re: [HV-1] Skriveren",
        &format!("In-Reply-To: {ack}\n"),
        "/close\nSend penger!",
    );
    assert_eq!(house.deliver("x@evil.example", &["orakel@uni.example"], &forged).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let told = to(&sent, "ola@uni.example");
    assert!(
        told.mail.text.contains("holdt tilbake") && told.mail.text.contains("\n> Send penger!"),
        "{}",
        told.mail.text
    );
    assert_eq!(house.case(1).await.status, Status::New);
    assert_eq!(house.events(1).await[1], "MailHeld WorkHeld");
}

#[tokio::test]
async fn a_token_alone_is_not_enough_for_somebody_else() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let stranger = mail("12", "x@evil.example", "hei", "", "Send dette videre");
    assert_eq!(house.deliver("x@evil.example", &[&token], &stranger).await, [("held", 1)]);
    let customer = mail("13", CUSTOMER, "hei", "", "/close\nJeg fikk denne adressen av en venn");
    assert_eq!(house.deliver(CUSTOMER, &[&token], &customer).await, [("added", 1)]);
    assert_eq!(house.events(1).await[1..], ["MailHeld", "MailReceived TokensRevoked"]);
    assert_eq!(house.case(1).await.status, Status::New, "a contact's commands are words");
    assert!(house.send().await.iter().all(|mail| mail.to[0].ends_with("@uni.example")));
}

#[tokio::test]
async fn where_the_channel_can_prove_something_it_must() {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let house =
        House::open_as(Arc::new(MemoryStore::default()), Setting { trust, ..Setting::default() }).await.unwrap();
    let first = mail("1", CUSTOMER, "Hei", "", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER), "an unverified sender is not acknowledged here");
    let token = to(&sent, "ola@uni.example").reply_to();
    let bare = mail("14", "ola@uni.example", "Re: Hei", "", "Svar");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &bare).await, [("held", 1)]);
    let results = "Authentication-Results: mx.uni.example; dkim=pass header.d=uni.example\n";
    let cc = format!("Cc: {token}\n");
    let proven = format!("{results}{}", mail("15", "ola@uni.example", "Re: Hei", &cc, "Svar"));
    assert_eq!(house.deliver("ola@uni.example", &[&token], &proven).await, [("added", 1)]);
    assert_eq!(to(&house.send().await, CUSTOMER).mail.text.trim(), "Svar\n\n-- \nHilsen Orakel");
}

#[tokio::test]
async fn a_verified_sender_gets_the_subject_back() {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let house =
        House::open_as(Arc::new(MemoryStore::default()), Setting { trust, ..Setting::default() }).await.unwrap();
    let results = "Authentication-Results: mx.uni.example; dmarc=pass header.from=post.example\n";
    let first = format!("{results}{}", mail("1", CUSTOMER, "Sv: Skriveren på rom 4", "", "x"));
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    assert_eq!(to(&house.send().await, CUSTOMER).mail.subject, "[HV-1] Skriveren på rom 4");
}

#[tokio::test]
async fn submission_proves_a_person_without_a_token() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let reply = mail(
        "96",
        "Kari Bråten <kari@uni.example>",
        "Re: [HV-1] x",
        &format!("In-Reply-To: {ack}\n"),
        "Fra telefonen min.",
    );
    let receipt =
        house.receive_by(Listener::Submission, "kari@uni.example", &["orakel@uni.example"], &reply).await.unwrap();
    assert_eq!(receipt.outcomes[0].became.as_str(), "added");
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Fra telefonen min."));
}

/// A mail that brings word of its own way in: what it proved, and what the case keeps of what was not believed.
async fn brings(listener: Listener, results: &str) -> (&'static str, Vec<Ignored>) {
    let house = house_that_checks().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let answer = format!("{results}{}", mail("2", "ola@uni.example", "Re: x", &format!("Cc: {token}\n"), "/lukk"));
    let explained = house.explain("ola@uni.example", &[&token], &answer).await;
    let receipt = house.receive_by(listener, "ola@uni.example", &[&token], &answer).await.unwrap();
    let entry = house.journal(1).await.remove(1);
    let kept = entry.events.iter().find_map(|event| match event {
        CaseEvent::ResultsIgnored { reasons } => Some(reasons.clone()),
        _ => None,
    });
    let kept = kept.unwrap_or_default();
    if listener == Listener::Lmtp {
        let problems = explained["problems"].to_string();
        assert!(kept.iter().all(|reason| problems.contains(reason.told())), "{problems}");
        let told = explained["would"]["events"].to_string().contains("results_ignored");
        assert_eq!(told, !kept.is_empty(), "explain says it before it is so");
    }
    for reason in [Ignored::Below, Ignored::UntrustedPeer, Ignored::Malformed, Ignored::Contradicting] {
        let counted = house.world.metrics.results_ignored.get(reason);
        assert_eq!(counted, u64::from(kept.contains(&reason)), "{reason:?}");
    }
    (receipt.outcomes[0].became.as_str(), kept)
}

#[tokio::test]
async fn results_that_are_not_believed_are_kept_on_the_entry_with_the_reason() {
    const PASS: &str = "Authentication-Results: mx.uni.example; dkim=pass header.d=uni.example\n";
    const FAIL: &str = "Authentication-Results: mx.uni.example; dkim=fail header.d=uni.example\n";
    const NONE: &str = "Authentication-Results: mx.uni.example; dkim=none\n";
    const RECEIVED: &str = "Received: from x by mx.uni.example; Wed, 18 Nov 2026 12:00:00 +0100\n";
    let (lmtp, smtp) = (Listener::Lmtp, Listener::Smtp);
    let table: [(&str, Listener, String, &str, &[Ignored]); 8] = [
        ("a genuine one", lmtp, format!("{PASS}{RECEIVED}"), "added", &[]),
        ("a forged one beside a genuine one", lmtp, format!("{NONE}{RECEIVED}{PASS}"), "held", &[Ignored::Below]),
        ("one that came with a proven mail", lmtp, format!("{PASS}{RECEIVED}{FAIL}"), "added", &[Ignored::Below]),
        ("a forged one alone", lmtp, format!("{RECEIVED}{PASS}"), "held", &[Ignored::Below]),
        ("two that contradict each other", lmtp, format!("{PASS}{FAIL}{RECEIVED}"), "held", &[Ignored::Contradicting]),
        ("from a peer that is not listed", smtp, format!("{PASS}{RECEIVED}"), "held", &[Ignored::UntrustedPeer]),
        ("of somebody else", lmtp, format!("{RECEIVED}{}", PASS.replace("mx.uni", "mx.evil")), "held", &[]),
        (
            "a broken one above a forged one",
            lmtp,
            format!("{}{RECEIVED}{PASS}", PASS.replace("d=uni", "d==uni")),
            "held",
            &[Ignored::Malformed, Ignored::Below],
        ),
    ];
    for (name, listener, results, became, ignored) in table {
        assert_eq!(brings(listener, &results).await, (became, ignored.to_vec()), "{name}");
    }
}

#[tokio::test]
async fn a_login_is_the_users_own_by_whichever_address() {
    let house = house().await;
    let fields = format!("In-Reply-To: {}\n", to(&opened(&house).await, CUSTOMER).id());
    let answer = |id: &str, from: &str| mail(id, from, "Re: [HV-1] x", &fields, "Skru den av og på.");
    // A mail program that writes under the private address, by the mail server of the university, and the other way round.
    let (own, private) = ("ola@uni.example", "ola.privat@post.example");
    for (number, (login, from)) in [(own, private), (private, own)].into_iter().enumerate() {
        let became = submit(&house, login, &["orakel@uni.example"], &answer(&format!("o{number}"), from)).await;
        assert_eq!(became, [("added", 1)], "{login} as {from}");
        assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru den av og på."));
    }
    let others = submit(&house, "kari@uni.example", &["orakel@uni.example"], &answer("o3", private)).await;
    assert_eq!(others, [("held", 1)], "a colleague's login proves nothing of Ola's");
}

#[tokio::test]
async fn a_login_lets_nobody_write_in_a_colleagues_name() {
    let house = house().await;
    let sent = opened(&house).await;
    let fields = format!("In-Reply-To: {}\n", to(&sent, CUSTOMER).id());
    let forged = mail("97", "Kari Bråten <kari@uni.example>", "Re: [HV-1] x", &fields, "/lukk\nVi har stengt.");
    // The mail server lets Ola send, and holds him to the sender in the envelope.
    for sender in ["ola@uni.example", ""] {
        let became = submit(&house, sender, &["orakel@uni.example"], &forged).await;
        assert!(matches!(became[..], [("held" | "duplicate", 1)]), "{became:?}");
    }
    let sent = house.send().await;
    assert_eq!(sent.iter().map(|mail| mail.to.join(" ")).collect::<Vec<_>>(), ["kari@uni.example"]);
    assert!(to(&sent, "kari@uni.example").mail.text.contains("\n> Vi har stengt."));
    assert_eq!(house.case(1).await.status, Status::New);
    assert_eq!(submit(&house, "kari@uni.example", &["orakel@uni.example"], &forged).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Closed);
}

#[tokio::test]
async fn forgeries_do_not_use_up_what_the_users_own_mail_needs() {
    let house = house_that_checks().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    for number in 0..15 {
        let forged = mail(&format!("f{number}"), "ola@uni.example", "[HV-1] x", "", "Send pengene hit.");
        house.deliver("x@evil.example", &["henvend@svar.example"], &forged).await;
    }
    let asked = house.send().await.len();
    assert!(asked <= 10, "{asked}");
    let own = mail("o", "ola@uni.example", "Re: x", "", "Skru den av og på.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &own).await, [("held", 1)]);
    assert!(to(&house.send().await, "ola@uni.example").mail.text.contains("Skru den av og på."));
}
