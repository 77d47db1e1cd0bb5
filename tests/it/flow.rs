//! What henvend does with mail, seen from outside: mails and time in, mails and cases out.

use std::sync::Arc;
use std::time::Duration;

use henvend::address::ReversePath;
use henvend::case::model::Status;
use henvend::envelope::Listener;
use henvend::ports::SendFailure;
use henvend::time::DAY;
use henvend::verify::TrustPolicy;

use crate::kit::house::{House, Mood, Setting, to};
use crate::kit::memory::MemoryStore;

const CUSTOMER: &str = "kunde@post.example";

async fn house() -> House {
    House::open(Arc::new(MemoryStore::default())).await.unwrap()
}

fn mail(id: &str, from: &str, subject: &str, more: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: orakel@uni.example\nSubject: {subject}\nMessage-ID: <{id}@post.example>\n\
         Date: Wed, 18 Nov 2026 12:00:00 +0100\n{more}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

/// The customer writes; everybody is told.
async fn opened(house: &House) -> Vec<crate::kit::house::Sent> {
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", "Hei!\nDen blinker rødt.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await, [("new", 1)]);
    house.send().await
}

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
async fn an_agents_reply_is_sent_from_the_shared_address_and_nothing_internal_with_it() {
    let house = house().await;
    let sent = opened(&house).await;
    let notification = to(&sent, "ola@uni.example");
    let body = format!(
        "/take\nHei Kåre!\nSkru den av og på. Ring ola@uni.example.\n\nDen 18.11.2026 skrev Kåre Kunde via Orakel:\n{}",
        notification.quoted()
    );
    let reply = mail("2", "Ola Nordmann <ola@uni.example>", "SV: [HV-1] Skriveren virker ikke", "", &body);
    assert_eq!(house.deliver("ola@uni.example", &[&notification.reply_to()], &reply).await, [("added", 1)]);

    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    assert_eq!(answer.mail.from[0].name.as_deref(), Some("Ola Nordmann via Orakel"));
    assert_eq!(answer.mail.from[0].address.to_string(), "orakel@uni.example");
    assert_eq!(answer.mail.subject, "[HV-1] Skriveren virker ikke");
    let text = answer.mail.text.trim();
    assert_eq!(text, "Hei Kåre!\nSkru den av og på. Ring orakel@uni.example.\n\n-- \nHilsen Orakel");
    let raw = String::from_utf8_lossy(&answer.data).to_lowercase();
    assert!(!raw.contains("reply+") && !raw.contains("ola@uni.example") && !raw.contains("received:"), "{raw}");
    assert_eq!(answer.mail.field("Auto-Submitted"), None);
    assert!(answer.mail.references.iter().any(|id| id.as_str() == "1@post.example"));
    let told = to(&sent, "kari@uni.example");
    assert_eq!(told.mail.field("X-Henvend-Event"), Some("answered"));
    assert_eq!(sent.len(), 2, "the writer is not told");

    let case = house.case(1).await;
    assert_eq!(case.status, Status::Waiting);
    assert_eq!(house.events(1).await[1], "AnswerWritten CaseAssigned StatusChanged");
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
    let nothing = |mail: &crate::kit::house::Sent| {
        !String::from_utf8_lossy(&mail.data).contains("HV-1\n") && !mail.mail.text.contains("Skriveren")
    };
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
    assert!(!house.case(1).await.has_participant(&crate::kit::house::address("kollega@firma.example")));
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
    assert!(told.mail.text.contains("holdt tilbake") && !told.mail.text.contains("penger"), "{}", told.mail.text);
    assert_eq!(house.case(1).await.status, Status::New);
    assert_eq!(house.events(1).await[1], "MailHeld");
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
    assert_eq!(house.events(1).await[1..], ["MailHeld", "MailReceived"]);
    assert_eq!(house.case(1).await.status, Status::New, "a contact's commands are words");
    assert!(house.send().await.iter().all(|mail| mail.to[0].ends_with("@uni.example")));
}

#[tokio::test]
async fn where_the_channel_can_prove_something_it_must() {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), Setting { trust }).await.unwrap();
    let first = mail("1", CUSTOMER, "Hei", "", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER), "an unverified sender is not acknowledged here");
    let token = to(&sent, "ola@uni.example").reply_to();
    let bare = mail("14", "ola@uni.example", "Re: Hei", "", "Svar");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &bare).await, [("held", 1)]);
    let results = "Authentication-Results: mx.uni.example; dkim=pass header.d=uni.example\n";
    let proven = format!("{results}{}", mail("15", "ola@uni.example", "Re: Hei", "", "Svar"));
    assert_eq!(house.deliver("ola@uni.example", &[&token], &proven).await, [("added", 1)]);
    assert_eq!(to(&house.send().await, CUSTOMER).mail.text.trim(), "Svar\n\n-- \nHilsen Orakel");
}

#[tokio::test]
async fn a_verified_sender_gets_the_subject_back() {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), Setting { trust }).await.unwrap();
    let results = "Authentication-Results: mx.uni.example; dmarc=pass header.from=post.example\n";
    let first = format!("{results}{}", mail("1", CUSTOMER, "Sv: Skriveren på rom 4", "", "x"));
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    assert_eq!(to(&house.send().await, CUSTOMER).mail.subject, "[HV-1] Skriveren på rom 4");
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
    for (sender, mail) in [
        (CUSTOMER, vacation),
        (CUSTOMER, list),
        (CUSTOMER, bulk),
        (CUSTOMER, suppressed),
        (CUSTOMER, from_ours),
        ("", null),
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
    let acks =
        |sent: &[crate::kit::house::Sent]| sent.iter().filter(|mail| !mail.to[0].ends_with("@uni.example")).count();
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
async fn a_bad_command_stops_everything() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let bad = mail("30", "ola@uni.example", "Re: x", "", "/take\n/resovle\nHei, nå er det fikset.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &bad).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let transcript = &to(&sent, "ola@uni.example").mail.text;
    for part in ["/resovle", "Mente du /resolve?", "/take", "nå er det fikset"] {
        assert!(transcript.contains(part), "{part} in {transcript}");
    }
    assert_eq!(house.case(1).await.owner, None);
    let empty = mail("31", "ola@uni.example", "Re: x", "", "");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &empty).await, [("held", 1)]);
}

#[tokio::test]
async fn commands_alone_send_nothing_to_the_contact() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let assign = mail("40", "ola@uni.example", "Re: x", "", "/tildel kari");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &assign).await, [("added", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), ["kari@uni.example"]);
    let case = house.case(1).await;
    assert_eq!(house.world.store.directory().user(case.owner.unwrap()).unwrap().name, "Kari Bråten");
    assert_eq!(case.status, Status::Open);
    let resolve = mail("41", "ola@uni.example", "Re: x", "", "/løst");
    house.deliver("ola@uni.example", &[&token], &resolve).await;
    assert_eq!(house.case(1).await.status, Status::Resolved);
}

#[tokio::test]
async fn a_note_stays_inside_even_when_an_agent_quotes_it() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let secret = "Kunden er vanskelig, husk å være ekstra hyggelig denne gangen.";
    let note = mail("50", "ola@uni.example", "Re: x", "", &format!("/tildel kari\n/notat\n{secret}"));
    house.deliver("ola@uni.example", &[&token], &note).await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] == "kari@uni.example"));
    let notification = to(&sent, "kari@uni.example");
    assert!(notification.mail.text.contains(secret) && notification.mail.text.contains("internt notat"));

    let answer_to_note = mail("51", "kari@uni.example", "Re: x", "", "Skal huske det.");
    house.deliver("kari@uni.example", &[&notification.reply_to()], &answer_to_note).await;
    assert!(house.send().await.iter().all(|mail| mail.to[0] != CUSTOMER), "an answer to a note is a note");
    assert!(house.events(1).await[2].starts_with("NoteWritten"));

    let leak = mail("52", "ola@uni.example", "Re: x", "", &format!("Hei! Kollegaen min skrev:\n\n{secret}\n\nmvh"));
    house.deliver("ola@uni.example", &[&token], &leak).await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER), "the last look stops it");
    let told = |event: &str| {
        sent.iter().any(|mail| mail.to[0] == "kari@uni.example" && mail.mail.field("X-Henvend-Event") == Some(event))
    };
    assert!(told("answered") && told("stopped"));
    assert!(house.events(1).await.iter().any(|events| events.starts_with("LetterStopped")));
}

#[tokio::test]
async fn a_settled_case_is_reopened_for_a_while_and_followed_up_in_a_new_one_after() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let answer = mail("60", "ola@uni.example", "Re: x", "", "/lukk\nDet er gjort.");
    house.deliver("ola@uni.example", &[&token], &answer).await;
    assert_eq!(house.case(1).await.status, Status::Closed);
    let sent = house.send().await;
    let id = to(&sent, CUSTOMER).id();
    let vacation =
        mail("61", CUSTOMER, "Autosvar", &format!("In-Reply-To: {id}\nAuto-Submitted: auto-replied\n"), "Borte");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &vacation).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Closed, "a machine reopens nothing");
    house.clock.pass(DAY * 13);
    let thanks = mail("62", CUSTOMER, "Re: x", &format!("In-Reply-To: {id}\n"), "Nei, fortsatt galt.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &thanks).await, [("reopened", 1)]);
    assert_eq!(house.case(1).await.status, Status::Open);
    let close = mail("63", "ola@uni.example", "Re: x", "", "/lukk");
    house.deliver("ola@uni.example", &[&token], &close).await;
    house.clock.pass(DAY * 15);
    let late = mail("64", CUSTOMER, "Re: x", &format!("In-Reply-To: {id}\n"), "Nå igjen.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &late).await, [("linked", 2)]);
}

#[tokio::test]
async fn a_case_that_waits_comes_back() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let wait = mail("70", "ola@uni.example", "Re: x", "", "/ta\n/vent 3d\nJeg kommer tilbake til deg.");
    house.deliver("ola@uni.example", &[&token], &wait).await;
    house.send().await;
    house.clock.pass(DAY * 2);
    house.sweep().await;
    assert_eq!(house.case(1).await.status, Status::Waiting);
    house.clock.pass(DAY);
    house.sweep().await;
    assert_eq!(house.case(1).await.status, Status::Open);
    let sent = house.send().await;
    assert_eq!((sent.len(), sent[0].to[0].as_str()), (1, "ola@uni.example"));
    house.sweep().await;
    assert!(house.send().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_sent_now_is_tried_again_and_its_end_is_told() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let answer = mail("80", "ola@uni.example", "Re: x", "", "Hei!");
    house.smarthost.next(Mood::Fail(SendFailure::Temporary("451 later".to_owned())));
    house.deliver("ola@uni.example", &[&token], &answer).await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER));
    house.clock.pass(Duration::from_secs(70));
    let sent = house.send().await;
    let first_id = to(&sent, CUSTOMER).id();
    assert!(first_id.starts_with("<hv.1.2.0."));

    let more = mail("81", "ola@uni.example", "Re: x", "", "Og en ting til.");
    let refused = SendFailure::Permanent { status: Some("5.1.1".to_owned()), detail: "no such user".to_owned() };
    house.smarthost.next(Mood::Fail(refused));
    house.deliver("ola@uni.example", &[&token], &more).await;
    let sent = house.send().await;
    let told = to(&sent, "ola@uni.example");
    assert_eq!(told.mail.field("X-Henvend-Event"), Some("failed"));
    assert!(told.mail.text.contains(CUSTOMER) && told.mail.text.contains("no such user"), "{}", told.mail.text);
    assert_eq!(house.case(1).await.status, Status::Open);
}

#[tokio::test]
async fn a_report_about_an_answer_is_on_its_case() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("90", "ola@uni.example", "Re: x", "", "Hei!")).await;
    let sent = house.send().await;
    let ReversePath::Mailbox(back) = to(&sent, CUSTOMER).reverse_path.clone() else {
        panic!("an answer has a return path")
    };
    let report = format!(
        "From: MAILER-DAEMON@mx.example\nTo: {back}\nSubject: Undelivered Mail\nMessage-ID: <r@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {CUSTOMER}\n\
         Action: failed\nStatus: 5.1.1\n\n--b--\n"
    );
    assert_eq!(house.deliver("", &[&back.to_string()], &report).await, [("added", 1)]);
    assert_eq!(house.deliver("", &[&back.to_string()], &report).await, [("duplicate", 1)]);
    assert_eq!(house.case(1).await.status, Status::Open);
    let sent = house.send().await;
    assert_eq!(to(&sent, "ola@uni.example").mail.field("X-Henvend-Event"), Some("failed"));
}

#[tokio::test]
async fn an_agents_vacation_changes_nothing() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let vacation =
        mail("95", "ola@uni.example", "Autosvar: borte", "Auto-Submitted: auto-replied\n", "Jeg er på ferie.");
    assert_eq!(house.deliver("", &[&token], &vacation).await, [("held", 1)]);
    assert!(house.send().await.is_empty());
    assert_eq!(house.case(1).await.status, Status::New);
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

#[tokio::test]
async fn cc_of_the_opening_mail_gets_answers_and_a_token_upgrades_a_held_copy() {
    let house = house().await;
    let first =
        mail("1", CUSTOMER, "Hei", "Cc: Sjefen <sjef@firma.example>, hjelp@uni.example, kari@uni.example\n", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let ack = to(&sent, CUSTOMER).id();
    let reply = mail("97", "ola@uni.example", "Re: Hei", &format!("In-Reply-To: {ack}\n"), "Svar til alle.");
    assert_eq!(house.deliver("ola@uni.example", &["orakel@uni.example"], &reply).await, [("held", 1)]);
    assert_eq!(house.deliver("ola@uni.example", &[&token], &reply).await, [("added", 1)]);
    assert_eq!(house.deliver("ola@uni.example", &["orakel@uni.example"], &reply).await, [("duplicate", 1)]);
    let sent = house.send().await;
    let answer = sent.iter().find(|mail| mail.to.iter().any(|to| to == CUSTOMER)).unwrap();
    assert_eq!(answer.to, [CUSTOMER, "sjef@firma.example"], "one mail, both of them, nobody of ours");
    assert_eq!(answer.mail.cc[0].address.to_string(), "sjef@firma.example");
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
