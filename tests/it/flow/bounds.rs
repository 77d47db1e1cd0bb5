//! Loops end, what is settled stays settled, and nothing vanishes in silence.

use std::sync::Arc;
use std::time::Duration;

use henvend::case::model::Status;
use henvend::case::trigger::Handover;
use henvend::rules::budget::RECEIPTS_PER_DAY_MAX;
use henvend::time::DAY;

use super::{CUSTOMER, all_to, back, house, mail, opened, stands};
use crate::kit::house::{House, Mood, Sent, to};
use crate::kit::memory::MemoryStore;

/// More rounds than any loop may have.
const ROUNDS: u32 = RECEIPTS_PER_DAY_MAX * 3;

#[tokio::test]
async fn a_client_rule_that_forwards_all_our_mail_back_comes_to_an_end() {
    let house = house().await;
    let mut theirs: Vec<Sent> =
        opened(&house).await.into_iter().filter(|mail| mail.to[0] == "ola@uni.example").collect();
    let mut receipts = 0;
    for n in 0..ROUNDS {
        let Some(got) = theirs.pop() else { break };
        let subject = format!("VS: {}", got.mail.subject);
        let fields = format!("References: {}\n", got.id());
        let forwarded = mail(&format!("vs{n}"), "ola@uni.example", &subject, &fields, "Videresendt");
        assert_eq!(house.deliver("ola@uni.example", &["orakel@uni.example"], &forwarded).await, [("held", 1)]);
        let sent = house.send().await;
        assert!(sent.iter().all(|mail| mail.to == ["ola@uni.example"]), "nobody else is troubled");
        receipts += sent.len();
        theirs.extend(sent);
    }
    assert!(theirs.is_empty());
    assert_eq!(receipts, RECEIPTS_PER_DAY_MAX as usize);
    assert_eq!(house.case(1).await.status, Status::New);
}

#[tokio::test]
async fn a_responder_that_does_not_say_that_it_is_one_gets_few_receipts_a_day() {
    let house = house().await;
    let mut last = to(&opened(&house).await, "ola@uni.example").clone();
    for day in 0..3 {
        let mut receipts = 0;
        for n in 0..ROUNDS {
            let fields = format!("In-Reply-To: {}\n", last.id());
            let from = "sak@annet-system.example";
            let answer = mail(&format!("auto{day}.{n}"), from, "Re: x", &fields, "Vi har registrert saken.");
            assert_eq!(house.deliver(from, &[&last.reply_to()], &answer).await, [("held", 1)]);
            let mut sent = house.send().await;
            assert!(sent.iter().all(|mail| mail.to == ["ola@uni.example"]));
            receipts += sent.len();
            last = sent.pop().unwrap_or(last);
        }
        assert_eq!(receipts, RECEIPTS_PER_DAY_MAX as usize);
        house.clock.pass(DAY);
    }
}

#[tokio::test]
async fn old_tokens_open_nothing_again() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "/lukk\nFerdig")).await;
    let return_path = back(to(&house.send().await, CUSTOMER));
    house.clock.pass(DAY * 80);
    let late = mail("3", CUSTOMER, "hei", "", "Etter åtti dager.");
    assert_eq!(house.deliver(CUSTOMER, &[&token], &late).await, [("linked", 2)], "by the rules for contacts");
    assert_eq!(house.case(1).await.status, Status::Closed);
    house.clock.pass(DAY * 320);
    let stranger = mail("4", "x@evil.example", "hei", "", "Kjøp dette");
    assert_eq!(house.deliver("x@evil.example", &[&return_path], &stranger).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Closed, "shown, and nothing more");
    let outside = house.send().await.into_iter().filter(|mail| !mail.to[0].ends_with("@uni.example"));
    assert!(outside.map(|mail| mail.mail.subject).eq(["[HV-2] Henvendelsen din"]), "the new case is acknowledged");
}

#[tokio::test]
async fn spam_stays_spam() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let token = to(&sent, "ola@uni.example").reply_to();
    stands(&house, 1, Status::Spam).await;
    let more = mail("2", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "Kjøp mer.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("linked", 2)]);
    let enough = mail("3", CUSTOMER, "Re: x", "", "Og enda mer.");
    assert_eq!(house.deliver(CUSTOMER, &[&token], &enough).await, [("linked", 3)]);
    assert_eq!(house.case(1).await.status, Status::Spam);
    assert!(house.send().await.iter().all(|mail| !mail.mail.subject.contains("HV-1]") || mail.to[0] != CUSTOMER));
}

#[tokio::test]
async fn a_mark_of_spam_that_anybody_can_write_hides_nothing() {
    let house = house().await;
    let marked = mail("1", CUSTOMER, "Hei", "X-Spam-Flag: YES\nX-Spam-Status: Yes, score=99\n", "x");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &marked).await, [("new", 1)]);
    assert_eq!(house.case(1).await.status, Status::New);
    assert_eq!(all_to(&house.send().await, "ola@uni.example").len(), 1);
}

/// What is told of the case in the next days.
async fn told_within_a_week(house: &House) -> Vec<Sent> {
    let mut all = Vec::new();
    for _ in 0..7 {
        all.extend(house.send().await);
        house.clock.pass(DAY);
    }
    all
}

#[tokio::test]
async fn an_answer_that_cannot_be_compared_with_a_note_is_stopped_and_its_writer_told() {
    let store = Arc::new(MemoryStore::default());
    let house = House::open(store.clone()).await.unwrap();
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let note = mail("2", "ola@uni.example", "Re: x", "", "/notat\nSjekk toneren på rommet ved siden av.");
    house.deliver("ola@uni.example", &[&token], &note).await;
    store.spoil(house.journal(1).await[1].mail().unwrap().raw);
    house.deliver("ola@uni.example", &[&token], &mail("3", "ola@uni.example", "Re: x", "", "Svar.")).await;
    let told = told_within_a_week(&house).await;
    assert!(all_to(&told, CUSTOMER).is_empty());
    assert_eq!(to(&told, "ola@uni.example").mail.field("X-Henvend-Event"), Some("stopped"));
    assert_eq!(house.case(1).await.status, Status::Open, "it does not wait for an answer to nothing");
}

#[tokio::test]
async fn an_answer_whose_bytes_are_lost_is_given_up_and_its_writer_told() {
    let store = Arc::new(MemoryStore::default());
    let house = House::open(store.clone()).await.unwrap();
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar.")).await;
    store.spoil(house.journal(1).await[1].mail().unwrap().raw);
    let told = told_within_a_week(&house).await;
    assert!(all_to(&told, CUSTOMER).is_empty());
    let olas = all_to(&told, "ola@uni.example");
    let events: Vec<_> = olas.iter().map(|sent| sent.mail.field("X-Henvend-Event").unwrap()).collect();
    assert_eq!(events, ["delayed", "failed"], "after an hour, and when it is given up");
    assert_eq!(house.case(1).await.status, Status::Open);
}

#[tokio::test]
async fn an_answer_that_is_late_for_one_and_fails_for_another_leaves_once() {
    let house = House::open(Arc::new(MemoryStore::default())).await.unwrap();
    let first = mail("1", CUSTOMER, "Hei", "Cc: sjef@firma.example, borte@firma.example\n", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: Hei", "", "Svar.")).await;
    let later = Handover::Temporary("450 4.2.1 full".to_owned());
    let gone = Handover::Permanent { status: Some("5.1.1".to_owned()), detail: "no such user".to_owned() };
    let mut all = Vec::new();
    for minutes in [0, 2, 6, 17] {
        house.clock.pass(Duration::from_secs(minutes * 60));
        house.smarthost.next(Mood::Say(vec![later.clone(); 3]));
        all.extend(house.send().await);
    }
    house.clock.pass(Duration::from_secs(35 * 60));
    house.smarthost.next(Mood::Say(vec![Handover::Taken, gone, later]));
    all.extend(house.send().await);
    house.clock.pass(DAY);
    all.extend(house.send().await);
    let told = all_to(&all, "ola@uni.example");
    let events: Vec<_> = told.iter().map(|sent| sent.mail.field("X-Henvend-Event").unwrap()).collect();
    assert_eq!((all_to(&all, CUSTOMER).len(), events), (1, vec!["failed"]), "it is one entry that tells of it");
}

/// A mail with a file of text.
fn with_file(id: &str, file: &str) -> String {
    format!(
        "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <{id}@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSe vedlegg.\n--b\n\
         Content-Type: text/plain; name=\"logg.txt\"\nContent-Disposition: attachment; filename=\"logg.txt\"\n\n{file}\n--b--\n"
    )
}

#[tokio::test]
async fn a_long_note_and_a_long_file_are_compared() {
    const LINES: usize = (256 << 10) / 70;
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let log = |word: &str| -> String {
        (0..LINES).map(|n| format!("{n:08} {word} en linje fra en logg som ikke er kort i det hele tatt\n")).collect()
    };
    let note = mail("2", "ola@uni.example", "Re: x", "", &format!("/notat\n{}", log("notat")));
    house.deliver("ola@uni.example", &[&token], &note).await;
    house.send().await;
    house.deliver("ola@uni.example", &[&token], &with_file("3", &log("annet"))).await;
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).mail.attachments[0].name.as_deref(), Some("logg.txt"));
    house.deliver("ola@uni.example", &[&token], &with_file("4", &format!("{}{}", log("annet"), log("notat")))).await;
    assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "a line of the note stands in it");
}

#[tokio::test]
async fn a_file_full_of_what_begins_like_a_token_is_looked_through() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let line = format!("{}\n", "+-".repeat(35));
    let table = line.repeat((256 << 10) / line.len());
    // And like one of our ids, or a link's target.
    for (id, file) in [("2", table.clone()), ("4", "hv.".repeat(80_000)), ("5", "<http://".repeat(30_000))] {
        house.deliver("ola@uni.example", &[&token], &with_file(id, &file)).await;
        assert_eq!(to(&house.send().await, CUSTOMER).mail.attachments.len(), 1);
    }
    house.deliver("ola@uni.example", &[&token], &with_file("3", &format!("{table}{token}\n"))).await;
    assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "a token at the end of it");
}

#[tokio::test]
async fn a_mail_with_a_header_that_is_too_long_is_answered_like_any_other() {
    let house = house().await;
    let filler = format!("X-Trace: {}\n", "trace\n ".repeat(60_000));
    let long = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren", &filler, "Hei!");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &long).await, [("new", 1)]);
    assert_eq!(house.case(1).await.contact.map(|contact| contact.address.to_string()).as_deref(), Some(CUSTOMER));
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Skru av og på.")).await;
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru av og på."));
}
