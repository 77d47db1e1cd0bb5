//! Mail of outside people and of machines.

use std::time::Duration;

use henvend::address::ReversePath;
use henvend::case::model::Status;

use super::{CUSTOMER, house, mail, opened};
use crate::kit::house::{Sent, to};

#[tokio::test]
async fn a_new_mail_is_acknowledged_and_its_members_are_told() {
    let house = house().await;
    let sent = opened(&house).await;
    assert_eq!(sent.len(), 3);

    let ack = to(&sent, CUSTOMER);
    assert_eq!(ack.reverse_path, ReversePath::Null);
    assert_eq!(ack.mail.subject, "[HV-1] Henvendelsen din", "nothing of an unverified sender's goes back");
    assert!(!ack.mail.text.contains("blinker") && ack.mail.text.contains("HV-1"), "{}", ack.mail.text);
    assert_eq!(ack.mail.field("Auto-Submitted"), Some("auto-replied"));
    assert_eq!(ack.mail.field("X-Auto-Response-Suppress"), Some("All"));
    assert_eq!(ack.mail.in_reply_to[0].as_str(), "1@post.example");
    assert!(ack.mail.reply_to.is_empty());

    let notification = to(&sent, "ola@uni.example");
    assert_eq!(notification.mail.subject, "[HV-1] Skriveren virker ikke");
    assert_eq!(notification.mail.from[0].name.as_deref(), Some("Kåre Kunde via Orakel"));
    assert_eq!(notification.mail.from[0].address.to_string(), "orakel@uni.example");
    assert!(notification.reply_to().starts_with("reply+") && notification.reply_to().ends_with("@svar.example"));
    assert!(notification.mail.text.contains("Den blinker rødt."), "{}", notification.mail.text);
    assert_eq!(notification.mail.field("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(notification.mail.field("X-Henvend-Case"), Some("HV-1"));
    assert_eq!(notification.mail.field("X-Henvend-Event"), Some("new"));
    assert_eq!(notification.mail.field("List-Id"), Some("uni/orakel <orakel.uni.svar.example>"));
    assert!(matches!(&notification.reverse_path, ReversePath::Mailbox(a) if a.local().starts_with("return+")));
    assert_ne!(notification.reply_to(), to(&sent, "kari@uni.example").reply_to(), "each has their own token");
    assert!(house.send().await.is_empty(), "nothing is sent twice");
}

#[tokio::test]
async fn the_customers_answer_finds_its_case_by_any_sign_that_is_left() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let by_reply = mail("3", CUSTOMER, "Re: noe helt annet", &format!("In-Reply-To: {ack}\n"), "a");
    let by_references = mail("4", CUSTOMER, "Re: igjen", &format!("References: <x@y>\n\t{ack}\n"), "b");
    let by_own_id = mail("5", CUSTOMER, "Re: mer", "In-Reply-To: <1@post.example>\n", "c");
    let by_tag = mail("6", CUSTOMER, "VS: [hv-1] Skriveren", "", "d");
    for (reply, signal) in
        [(by_reply, "SignedId"), (by_references, "SignedId"), (by_own_id, "KnownId"), (by_tag, "SubjectTag")]
    {
        assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &reply).await, [("added", 1)], "{signal}");
        let last = house.journal(1).await.pop().unwrap();
        assert_eq!(format!("{:?}", last.placed.unwrap().decided_by), signal);
    }
    let last = house.journal(1).await.pop().unwrap();
    assert!(last.mail().unwrap().unproven, "by the tag alone, nothing proves the sender");
    assert!(house.send().await.iter().all(|mail| mail.to[0] != CUSTOMER), "no second acknowledgement");
}

#[tokio::test]
async fn the_same_mail_is_one_entry_however_often_it_comes() {
    let house = house().await;
    opened(&house).await;
    let again = mail(
        "1",
        "Kåre Kunde <kunde@post.example>",
        "Skriveren virker ikke",
        "Received: by another way\n",
        "Hei!\nDen blinker rødt.",
    );
    let by_list = mail(
        "1",
        "Kåre Kunde <kunde@post.example>",
        "[liste] Skriveren virker ikke",
        "",
        "Hei!\nDen blinker rødt.\n_____\nAvmeld: http://liste.example",
    );
    assert_eq!(
        house.deliver(CUSTOMER, &["orakel@uni.example", "hjelp@uni.example"], &again).await,
        [("duplicate", 1), ("duplicate", 1)]
    );
    assert_eq!(house.deliver(CUSTOMER, &["hjelp@uni.example"], &by_list).await, [("duplicate", 1)]);
    assert_eq!(house.journal(1).await.len(), 1);
    let other = mail("1", "Kåre Kunde <kunde@post.example>", "Noe annet", "", "Samme id, annet innhold.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &other).await, [("new", 2)]);
    let more = mail(
        "1",
        "Kåre Kunde <kunde@post.example>",
        "Skriveren virker ikke",
        "",
        "Hei!\nDen blinker rødt.\nOg kjelleren er full av vann.",
    );
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("new", 3)], "it says more");
}

#[tokio::test]
async fn one_mail_to_several_addresses_is_one_case_for_each_customer() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei alle", "", "x");
    let to_all = ["resepsjon@uni.example", "orakel@uni.example", "kundar@bla.example"];
    assert_eq!(house.deliver(CUSTOMER, &to_all, &first).await, [("new", 1), ("new", 1), ("new", 2)]);
    let case = house.case(1).await;
    assert_eq!(case.watching.len(), 1);
    let sent = house.send().await;
    assert_eq!(sent.iter().filter(|mail| mail.to[0] == CUSTOMER).count(), 2, "one acknowledgement for each case");
    assert_eq!(
        sent.iter().filter(|mail| mail.to[0] == "kari@uni.example").count(),
        1,
        "once, though in both categories"
    );
    let other = to(&sent, "åse@bla.example");
    assert!(!String::from_utf8_lossy(&other.data).contains("HV-1"), "no customer sees another's reference");

    let copy = mail("1", CUSTOMER, "Hei alle", "", "x");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &copy).await, [("duplicate", 1)]);
    assert_eq!(house.journal(1).await.len(), 1);
}

#[tokio::test]
async fn a_second_copy_to_another_category_lets_it_watch() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei", "", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    house.send().await;
    assert_eq!(house.deliver(CUSTOMER, &["resepsjon@uni.example"], &first).await, [("duplicate", 1)]);
    assert_eq!(house.events(1).await[1], "CopyReceived CategoryWatches");
    let sent = house.send().await;
    assert_eq!((sent.len(), sent[0].to[0].as_str()), (1, "kari@uni.example"));
}

#[tokio::test]
async fn machines_get_no_answer() {
    let house = house().await;
    let vacation = mail("20", CUSTOMER, "Autosvar: borte", "Auto-Submitted: auto-replied\n", "Jeg er borte.");
    let list = mail("21", CUSTOMER, "Nytt", "List-Id: <liste.example>\nPrecedence: list\n", "x");
    let bulk = mail("22", CUSTOMER, "Tilbud", "Precedence: bulk\n", "x");
    let suppressed = mail("23", CUSTOMER, "Hei", "X-Auto-Response-Suppress: OOF, AutoReply\n", "x");
    let from_ours = mail("24", "orakel@uni.example", "Hei", "", "x");
    let null = mail("25", CUSTOMER, "Hei", "", "x");
    let round = mail("26", CUSTOMER, "Hei", &"Received: from a by b\n".repeat(51), "x");
    for (sender, mail) in [
        (CUSTOMER, vacation),
        (CUSTOMER, list),
        (CUSTOMER, bulk),
        (CUSTOMER, suppressed),
        (CUSTOMER, from_ours),
        ("", null),
        (CUSTOMER, round),
    ] {
        assert_eq!(house.deliver(sender, &["orakel@uni.example"], &mail).await[0].0, "new");
        let sent = house.send().await;
        assert!(sent.iter().all(|mail| mail.to[0].starts_with("ola@") || mail.to[0].starts_with("kari@")), "{sent:?}");
    }
}

#[tokio::test]
async fn our_own_mail_come_back_goes_nowhere() {
    let house = house().await;
    let sent = opened(&house).await;
    for own in &sent {
        let raw = String::from_utf8_lossy(&own.data).into_owned();
        assert_eq!(house.deliver("orakel@uni.example", &["orakel@uni.example"], &raw).await[0].1, 1);
    }
    assert!(house.send().await.is_empty());
    assert_eq!(house.case(1).await.status, Status::New);
}

#[tokio::test]
async fn acknowledgements_are_bounded() {
    let house = house().await;
    for n in 0..5 {
        let first = mail(&format!("a{n}"), CUSTOMER, &format!("Sak {n}"), "", "x");
        house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    }
    let acks = |sent: &[Sent]| sent.iter().filter(|mail| !mail.to[0].ends_with("@uni.example")).count();
    assert_eq!(acks(&house.send().await), 3, "to one sender in one day");
    for n in 0..80 {
        let from = format!("k{n}@post.example");
        let first = mail(&format!("b{n}"), &from, &format!("Sak {n}"), "", "x");
        house.deliver(&from, &["orakel@uni.example"], &first).await;
    }
    assert_eq!(acks(&house.send().await), 57, "from one category in one minute");
    house.clock.pass(Duration::from_secs(60));
    let first = mail("c", "ny@post.example", "Sak", "", "x");
    house.deliver("ny@post.example", &["orakel@uni.example"], &first).await;
    assert_eq!(acks(&house.send().await), 1);
}

#[tokio::test]
async fn mail_for_postmaster_and_unreadable_mail_reach_the_operators() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei", "", "x");
    assert_eq!(house.deliver(CUSTOMER, &["postmaster@uni.example"], &first).await, [("new", 1)]);
    assert_eq!(house.world.store.directory().full_path(house.case(1).await.category), "site/operators");
    let lost = mail("2", CUSTOMER, "Hei", "", "til ingen");
    assert_eq!(house.deliver(CUSTOMER, &["nobody@nowhere.example"], &lost).await, [("quarantined", 2)]);
    assert_eq!(house.deliver(CUSTOMER, &["nobody@nowhere.example"], &lost).await, [("duplicate", 2)]);
}

#[tokio::test]
async fn agents_get_the_files_that_came() {
    let house = house().await;
    let file = |name: &str, bytes: usize| {
        let body = format!("{}\n", "QUJD".repeat(19)).repeat(bytes / 57);
        format!(
            "--b\nContent-Type: application/pdf; name=\"{name}\"\nContent-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"{name}\"\n\n{body}"
        )
    };
    let first = format!(
        "From: {CUSTOMER}\nTo: orakel@uni.example\nSubject: Skjema\nMessage-ID: <1@post.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nSe vedlegg.\n{}{}--b--\n",
        file("skjema.pdf", 5700),
        file("film.pdf", 12 << 20)
    );
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    let told = &to(&sent, "ola@uni.example").mail;
    let names: Vec<_> = told.attachments.iter().map(|file| (file.name.as_deref(), file.bytes)).collect();
    assert_eq!(names, [(Some("skjema.pdf"), 5700)]);
    assert!(told.text.contains("film.pdf"), "what does not go along is named: {}", told.text);
    assert!(to(&sent, CUSTOMER).mail.attachments.is_empty());
}
