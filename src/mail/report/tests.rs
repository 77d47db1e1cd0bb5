use crate::mail::parse::{Limits, parse};
use crate::mail::{Report, ReportState};

fn status_report(status: &str) -> Option<Report> {
    let raw = format!(
        "From: <mailer-daemon@mx.no>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <new@ses.example>\nX-Henvend-Loop: <sent@uni.no>\n\nHei\n--b--\n"
    );
    parse(raw.as_bytes(), &Limits::default()).report
}

#[test]
fn recipients_and_states_are_read() {
    for (status, state, want) in [
        (
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.no\nAction: failed\nStatus: 5.1.1",
            ReportState::Failed,
            "a@b.no 5.1.1",
        ),
        (
            "Original-Recipient: rfc822;a+2Bx@b.no\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.2.2 full",
            ReportState::Failed,
            "a+x@b.no 5.2.2",
        ),
        (
            "Final-Recipient: utf-8;bj\\x{F8}rn@b.no\nAction: failed\nStatus: 5.1.1",
            ReportState::Failed,
            "bjørn@b.no 5.1.1",
        ),
        (
            "Final-Recipient: rfc822;a@b.no\nAction: delayed\nStatus: 4.0.0 (later)",
            ReportState::Delayed,
            "a@b.no 4.0.0",
        ),
        ("Final-Recipient: rfc822;a@b.no\nAction: delivered\nStatus: 2.0.0", ReportState::Relayed, "a@b.no 2.0.0"),
        ("Final-Recipient: rfc822;a@b.no\nStatus: 4.2.2", ReportState::Delayed, "a@b.no 4.2.2"),
        ("Final-Recipient: rfc822;a@b.no\nDiagnostic-Code: smtp; 550\n 5.7.1 no", ReportState::Failed, "a@b.no 5.7.1"),
        (
            "Original-Recipient: rfc822;a@b.no\nFinal-Recipient: rfc822;a@intern.no\nAction: failed",
            ReportState::Failed,
            "a@b.no 5.0.0",
        ),
        (
            "Final-Recipient: rfc822;a@b.no\nAction: failed\nFinal-Recipient: rfc822;c@d.no\nAction: failed",
            ReportState::Failed,
            "a@b.no 5.0.0 c@d.no 5.0.0",
        ),
        (
            "Final-Recipient: rfc822;a@b.no\nAction: relayed\n\nFinal-Recipient: rfc822;<c@d.no>\nAction: FAILED",
            ReportState::Failed,
            "c@d.no 5.0.0",
        ),
    ] {
        let report = status_report(status).expect(status);
        let all: Vec<String> =
            report.recipients.iter().map(|r| format!("{} {}", r.address, r.status.as_deref().unwrap_or("-"))).collect();
        assert_eq!((report.state, all.join(" ").as_str()), (state, want), "{status}");
        assert_eq!(report.original_message_id.map(|id| id.to_string()).as_deref(), Some("<sent@uni.no>"));
    }
}

#[test]
fn the_id_comes_from_the_returned_part_only() {
    let raw = "From: mailer-daemon@mx.no\nReturn-Path: <>\nSubject: Undelivered mail\nReferences: <other@uni.no>\nIn-Reply-To: <other@uni.no>\n\nYour message <said@uni.no> could not be delivered.\n<a@b.no>: unknown user\n";
    let report = parse(raw.as_bytes(), &Limits::default()).report.expect("a report");
    assert_eq!(report.original_message_id, None);
    assert_eq!(report.recipients[0].address, "a@b.no");
}

fn read(from: &str, subject: &str, text: &str) -> Option<Report> {
    let raw = format!(
        "From: {from}\nTo: orakel@uni.no\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    parse(raw.as_bytes(), &Limits::default()).report
}

#[test]
fn words_name_recipients_and_why() {
    let daemon = "Mail Delivery Subsystem <MAILER-DAEMON@mx.no>";
    for (text, want) in [
        (
            "   ----- The following addresses had permanent fatal errors -----\na@b.no\n    (expanded from: c@d.no)\n\n   ----- Transcript of session follows -----\n550 5.1.1 a@b.no... User unknown",
            "a@b.no 5.1.1, c@d.no 5.1.1",
        ),
        (
            "Your message\n\n  To:      list@uni.no\n  Subject: x\n\ndid not reach the following recipient(s):\n\na@b.no on Fri, 4 Oct 2002\n    The recipient name is not recognized",
            "a@b.no 5.1.1",
        ),
        (
            "did not reach the following recipient(s):\n\nc=US;a= ;p=X;dda:SMTP=a@b.no; on Fri\n    Unknown Recipient",
            "a@b.no 5.1.1",
        ),
        (
            "Unknown user: a@b.no\n\nRCPT TO generated following response:\n553 5.3.0 <a@b.no>... Addressee unknown\n\nUnknown user: c@d.no\n",
            "a@b.no 5.3.0, c@d.no 5.1.1",
        ),
        (
            "<a@b.no>:\n192.0.2.1 does not like recipient.\nRemote host said: 552 disk quota exceeded\nGiving up.\n\n<c@d.no>:\nRemote host said: 550 no such user",
            "a@b.no 5.2.2, c@d.no 5.1.1",
        ),
        (
            "Your mail to the following recipients could not be delivered because they are not accepting mail from x@uni.no:\n\tskjermnavn",
            "skjermnavn@mx.no 5.7.1",
        ),
        ("could not be delivered to:\n\tRecipient: [SMTP:a@b.no]\n\tReason: 550 unavailable", "a@b.no 5.0.0"),
        ("Sorry, unable to deliver your message to a@b.no for some reason. Please contact help@mx.no", "a@b.no 5.0.0"),
        ("This address failed:\n  an undisclosed address\n    (generated from a@b.no)", "a@b.no 5.0.0"),
        ("It did not work.", ""),
    ] {
        let report = read(daemon, "Returned mail", text).expect(text);
        let one = |r: &crate::mail::ReportRecipient| format!("{} {}", r.address, r.status.as_deref().unwrap_or("-"));
        assert_eq!(report.recipients.iter().map(one).collect::<Vec<_>>().join(", "), want, "{text}");
    }
}

#[test]
fn the_state_is_what_will_happen() {
    let daemon = "MAILER-DAEMON@mx.no";
    for (text, want) in [
        ("could not be delivered to a@b.no. It will be retried until it is 24 hours old.", ReportState::Delayed),
        ("a@b.no: has not yet been delivered. Delivery attempts will continue.", ReportState::Delayed),
        ("could not be delivered to a@b.no. We keep trying no more: giving up, too long.", ReportState::Failed),
        ("could not be delivered to a@b.no", ReportState::Failed),
        ("Your mail was successfully delivered to a@b.no", ReportState::Relayed),
    ] {
        assert_eq!(read(daemon, "Mail", text).expect(text).state, want, "{text}");
    }
}

#[test]
fn our_own_id_is_found_in_a_mail_that_got_another() {
    let text = "<a@b.no>: user unknown\n\n--- Original message ---\n\nReceived: from x\nMessage-ID: <x@ses.example>\n";
    let id = |text: &str| {
        read("MAILER-DAEMON@mx.no", "x", text).and_then(|r| r.original_message_id).map(|id| id.to_string())
    };
    assert_eq!(id(text).as_deref(), Some("<x@ses.example>"));
    let report = status_report("Final-Recipient: rfc822;a@b.no\nAction: failed\nX-Original-Message-ID: <other@uni.no>");
    assert_eq!(report.and_then(|r| r.original_message_id).map(|id| id.to_string()).as_deref(), Some("<sent@uni.no>"));
}

#[test]
fn people_who_speak_of_reports_write_none() {
    for (from, subject, text) in [
        ("kari@kunde.no", "Delivery failure", "My mail could not be delivered to\n\nola@b.no\n\nWhy?"),
        ("kari@kunde.no", "Undeliverable: rapport", "Hei, jeg fikk denne. Delivery failed to\nola@b.no"),
        (
            "Kari <kari@kunde.no>",
            "Undelivered Mail Returned to Sender",
            "Your message could not be delivered\n<ola@b.no>",
        ),
        ("kari@kunde.no", "Skriver", "user unknown"),
        ("postmaster@kunde.no", "Feil\nIn-Reply-To: <x@uni.no>", "Ja, det stemmer.\n\n> Hva er user unknown?"),
    ] {
        assert_eq!(read(from, subject, text), None, "{text}");
    }
    let gateway =
        read("scanner@mx.no", "Delivery failure notification", "Your message could not be delivered to:\n\nola@b.no\n");
    assert_eq!(gateway.expect("a gateway's").recipients[0].address, "ola@b.no");
}

#[test]
fn a_refusal_by_a_filter_is_a_bounce_and_one_by_a_reader_is_not() {
    let notice = |subject: &str| {
        let raw = format!(
            "From: kari@kunde.no\nSubject: {subject}\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; kari@kunde.no\nOriginal-Message-ID: <sent@uni.no>\nDisposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n"
        );
        parse(raw.as_bytes(), &Limits::default())
    };
    assert_eq!(notice("Not read: Skriver").report, None);
    let refused = notice("Automatically rejected mail").report.expect("a refusal");
    assert_eq!(refused.recipients[0].address, "kari@kunde.no");
    assert_eq!(refused.original_message_id.map(|id| id.to_string()).as_deref(), Some("<sent@uni.no>"));
}

/// A quarter of a megabyte of each: a step that looked at all lines for each line would not come to an end here.
#[test]
fn hostile_words_take_no_longer_than_their_length() {
    let shapes = ["a@b.no\n", "5.1.1 ", "<<< 550 a@b.no ", "message-id:\n", "To: a@b.no, ", "550 5.1.1\n", "@ ", "a\n"];
    for shape in shapes {
        let text = shape.repeat(256 * 1024 / shape.len());
        assert!(read("MAILER-DAEMON@mx.no", "x", &text).is_some(), "{shape:?}");
        assert!(status_report(&format!("Final-Recipient: rfc822;a@b.no\n{text}")).is_some(), "{shape:?}");
    }
    let many: String = (0..20_000).map(|n| format!("<a{n}@b.no>: user unknown\n")).collect();
    let report = read("MAILER-DAEMON@mx.no", "x", &many).expect("a report");
    assert_eq!(report.recipients.len(), super::RECIPIENTS_MAX);
}
