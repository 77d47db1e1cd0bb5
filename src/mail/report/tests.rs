use crate::mail::parse::{Limits, parse};
use crate::mail::{Report, ReportState};

fn status_report(status: &str) -> Option<Report> {
    let raw = format!(
        "From: <mailer-daemon@mx.no>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <sent@uni.no>\n\nHei\n--b--\n"
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
            "a@b.no -",
        ),
        (
            "Final-Recipient: rfc822;a@b.no\nAction: failed\nFinal-Recipient: rfc822;c@d.no\nAction: failed",
            ReportState::Failed,
            "a@b.no - c@d.no -",
        ),
        (
            "Final-Recipient: rfc822;a@b.no\nAction: relayed\n\nFinal-Recipient: rfc822;<c@d.no>\nAction: FAILED",
            ReportState::Failed,
            "c@d.no -",
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
