//! Agents work by replying.

use std::time::Duration;

use henvend::address::ReversePath;
use henvend::case::model::Status;
use henvend::case::trigger::Handover;
use henvend::ports::SendFailure;
use henvend::time::DAY;

use super::{CUSTOMER, house, mail, opened};
use crate::kit::house::{Mood, to};

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
    assert_eq!(
        sent.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(),
        ["kari@uni.example", "ola@uni.example"]
    );
    assert!(to(&sent, "ola@uni.example").mail.text.contains("ansvarlig: Kari Bråten"), "the writer sees what was done");
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
async fn a_report_about_an_answer_is_on_its_case_and_opens_it_also_when_it_was_resolved() {
    for (answer, after) in [("Hei!", Status::Waiting), ("/løst\nHei!", Status::Resolved)] {
        reported(answer, after).await;
    }
}

/// An answer after which the case stands so, and the report that it did not arrive.
async fn reported(answer: &str, after: Status) {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("90", "ola@uni.example", "Re: x", "", answer)).await;
    assert_eq!(house.case(1).await.status, after);
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
async fn a_report_reopens_what_was_settled_and_names_everybody_who_got_nothing() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei", "Cc: sjef@firma.example\n", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    let answer = mail("90", "ola@uni.example", "Re: x", "", "/løst\nHei!");
    house.deliver("ola@uni.example", &[&token], &answer).await;
    let ReversePath::Mailbox(back) = to(&house.send().await, CUSTOMER).reverse_path.clone() else {
        panic!("an answer has a return path")
    };
    let failed = |address: &str| format!("\nFinal-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n");
    let report = format!(
        "From: MAILER-DAEMON@mx.example\nTo: {back}\nSubject: Undelivered Mail\nMessage-ID: <r@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n{}{}\n--b--\n",
        failed(CUSTOMER),
        failed("sjef@firma.example")
    );
    assert_eq!(house.deliver("", &[&back.to_string()], &report).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Open);
    let sent = house.send().await;
    let told = &to(&sent, "ola@uni.example").mail.text;
    assert!(told.contains(CUSTOMER) && told.contains("sjef@firma.example"), "{told}");
}

#[tokio::test]
async fn a_report_that_came_to_the_shared_address_is_known_by_the_mail_that_it_returns() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("90", "ola@uni.example", "Re: x", "", "Hei!")).await;
    let answer = to(&house.send().await, CUSTOMER).id();
    let report = |id: &str, ours: &str| {
        format!(
            "From: MAILER-DAEMON@mx.example\nTo: orakel@uni.example\nSubject: Undelivered Mail\nMessage-ID: <{id}@mx.example>\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {CUSTOMER}\n\
             Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {ours}\nSubject: x\n\nHei!\n--b--\n"
        )
    };
    let forged = answer.replace("<hv.1.", "<hv.2.");
    assert_ne!(
        house.deliver("", &["orakel@uni.example"], &report("r1", &forged)).await[0].1,
        1,
        "anybody can write it"
    );
    assert_eq!(house.case(1).await.status, Status::Waiting);
    assert_eq!(house.deliver("", &["orakel@uni.example"], &report("r2", &answer)).await, [("added", 1)]);
    assert_eq!(house.case(1).await.status, Status::Open);
    let sent = house.send().await;
    assert!(sent.iter().any(|mail| mail.mail.field("X-Henvend-Event") == Some("failed")));
}

#[tokio::test]
async fn an_answer_that_goes_on_below_the_quotation_is_not_sent_in_part() {
    for (below, became) in [
        ("Og husk å lukke vinduet.", "held"),
        ("Mvh\nOla", "added"),
        ("-- \nOla Nordmann\nOrakel. Universitetet.", "added"),
        ("This e-mail is confidential. If you are not the intended recipient, delete it.", "added"),
    ] {
        let house = house().await;
        let sent = opened(&house).await;
        let told = to(&sent, "ola@uni.example");
        let body = format!("Skru den av og på.\n\n{}\n\n{below}", told.quoted());
        let answer = mail("a", "ola@uni.example", "Re: x", "", &body);
        assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &answer).await, [(became, 1)], "{below}");
        let sent = house.send().await;
        match became {
            "held" => assert!(to(&sent, "ola@uni.example").mail.text.contains("under e-posten du siterer")),
            _ => assert_eq!(to(&sent, CUSTOMER).mail.text.lines().next(), Some("Skru den av og på.")),
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_marked_as_bulk_is_not_done_and_its_writer_is_told() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let marked = mail("95", "ola@uni.example", "Re: x", "Precedence: bulk\n", "Skru den av og på.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &marked).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    assert!(to(&sent, "ola@uni.example").mail.text.contains("masseutsendelse"), "{}", sent[0].mail.text);
}

#[tokio::test]
async fn who_both_has_a_case_and_follows_it_is_told_once() {
    let house = house().await;
    let sent = opened(&house).await;
    let (ola, kari) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
    for (id, who, token, commands) in [
        ("c1", "ola@uni.example", &ola, "/følg"),
        ("c2", "kari@uni.example", &kari, "/følg"),
        ("c3", "ola@uni.example", &ola, "/ta"),
    ] {
        let commanded = mail(id, who, "Re: x", "", commands);
        assert_eq!(house.deliver(who, &[token], &commanded).await, [("added", 1)]);
    }
    house.send().await;
    let ack = to(&sent, CUSTOMER).id();
    let more = mail("2", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "Hallo?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    let sent = house.send().await;
    let told: Vec<_> = sent.iter().filter(|mail| mail.to[0] == "ola@uni.example").collect();
    assert_eq!(told.len(), 1);
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
async fn only_those_who_were_put_off_are_tried_again() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei", "Cc: sjef@firma.example, borte@firma.example\n", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let gone = Handover::Permanent { status: Some("5.1.1".to_owned()), detail: "no such user".to_owned() };
    let later = Handover::Temporary("450 4.2.1 full".to_owned());
    house.smarthost.next(Mood::Say(vec![Handover::Taken, later, gone]));
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: Hei", "", "Svar.")).await;
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).to, [CUSTOMER], "taken for one of three");
    assert!(
        to(&sent, "ola@uni.example").mail.text.contains("borte@firma.example"),
        "the writer learns who is not there"
    );
    house.clock.pass(Duration::from_secs(70));
    let sent = house.send().await;
    assert_eq!(sent.iter().map(|mail| mail.to.join(" ")).collect::<Vec<_>>(), ["sjef@firma.example"]);
    assert!(house.send().await.is_empty());
}
