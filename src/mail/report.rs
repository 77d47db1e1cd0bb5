//! Delivery reports: which mail did not arrive, at whom, why.

mod code;
pub(crate) mod copy;
mod listed;
mod marks;
mod status;
mod words;

use crate::mail::{Mail, MessageId, Report, ReportRecipient, ReportState};

/// Octets of a returned mail that are looked at; its header is at the beginning.
pub(crate) const RETURNED_BYTES_MAX: usize = 64 * 1024;
/// Most recipients of one report.
const RECIPIENTS_MAX: usize = 1000;

/// What of a mail can be a report.
pub(crate) struct Parts<'a> {
    /// The mail, read but for its report.
    pub mail: &'a Mail,
    /// Its type is `multipart/report`.
    pub is_report: bool,
    /// `report-type`, lower-case.
    pub report_type: String,
    /// The part for machines, decoded (RFC 3464 §2.1).
    pub status: Option<String>,
    /// The part of a disposition notification for machines, decoded (RFC 8098 §3.1).
    pub disposition: Option<String>,
    /// The returned mail or its header, decoded.
    pub returned: Option<String>,
}

/// A report, as far as the mail alone tells.
#[derive(Debug)]
pub(crate) enum Reading {
    /// It is one.
    Sure(Report),
    /// It is one if it came from the null sender, which the header does not tell.
    IfNull(Report),
}

/// Reads the report; `None` when the mail is none.
///
/// Shape:  the standard's own part first, the words of older systems else.
/// Errors: none. Source: RFC 3464, RFC 6522.
pub(crate) fn read(parts: &Parts<'_>) -> Option<Reading> {
    // RFC 6522 §3: other reports have their own kinds.
    if parts.report_type == "feedback-report" {
        return None;
    }
    if let Some(disposition) = &parts.disposition {
        return rejected(parts, disposition).map(Reading::Sure);
    }
    if parts.report_type == "disposition-notification" {
        return None;
    }
    let returned = parts.returned.as_deref().and_then(copy::message_id);
    let by_fields = parts.status.as_deref().and_then(status::read);
    if let Some(found) = by_fields {
        let in_text = || copy::split(&parts.mail.text).1.and_then(copy::id_line);
        let original_message_id = returned.or(found.original_message_id).or_else(in_text);
        return Some(Reading::Sure(Report { state: found.state, recipients: found.recipients, original_message_id }));
    }
    let found = words::read(parts)?;
    let reading = if found.if_null { Reading::IfNull } else { Reading::Sure };
    // A filter may have put the report into a mail of its own.
    let wrapped = parts.returned.as_deref().and_then(copy::wrapped_report).filter(|_| found.recipients.is_empty());
    if let Some((wrapped, fields)) = wrapped.and_then(|text| Some((text, status::read(text)?))) {
        let original_message_id = copy::id_line(wrapped);
        return Some(reading(Report { state: fields.state, recipients: fields.recipients, original_message_id }));
    }
    // Some systems tell the header of the mail in their own words.
    let told = || copy::id_line(found.said).filter(|id| parts.mail.message_id.as_ref() != Some(id));
    let original_message_id = returned.or_else(|| found.copy.and_then(copy::id_line)).or_else(told);
    let mut report = Report { state: found.state, recipients: found.recipients, original_message_id };
    if report.recipients.is_empty() {
        let copies = parts.returned.as_deref().into_iter().chain(found.copy);
        let one = copies.filter_map(copy::only_recipient).next();
        let status = code::of(found.said, report.state).or_else(|| code::unsaid(report.state));
        report.recipients.extend(one.map(|one| ReportRecipient { address: one.to_string(), status }));
    }
    Some(reading(report))
}

/// Are these the subject, without prefixes, and the words of a report? Not whether it is one.
pub(crate) fn says_delivery_failed(subject: &str, text: &str) -> bool {
    words::say_so(subject, text)
}

/// A filter that refuses a mail says `deleted` (RFC 5429 §2.2), as a reader's program does of a mail thrown away unread; only
/// the filter says that it rejected it.
fn rejected(parts: &Parts<'_>, disposition: &str) -> Option<Report> {
    let lower = disposition.to_ascii_lowercase();
    let deleted = lower.lines().any(|line| line.starts_with("disposition:") && line.contains("deleted"));
    let says = |text: &str| text.to_ascii_lowercase().contains("rejected");
    let refused = says(parts.mail.field("auto-submitted").unwrap_or_default()) || says(&parts.mail.subject);
    if !deleted || !refused {
        return None;
    }
    let value = |name: &str| {
        let field = |line: &&str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        disposition.lines().find(field).and_then(|line| line.get(name.len()..))
    };
    let state = ReportState::Failed;
    let recipient = value("final-recipient:").map(status::address).filter(|address| !address.is_empty());
    let status = code::of(&parts.mail.text, state).or_else(|| code::unsaid(state));
    let recipients = recipient.map(|address| ReportRecipient { address, status }).into_iter().collect();
    let id = |value: &str| MessageId::parse(value);
    let original_message_id = value("original-message-id:").and_then(id);
    Some(Report { state, recipients, original_message_id })
}

#[cfg(test)]
mod tests;
