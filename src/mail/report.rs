//! Delivery reports: which mail did not arrive, at whom, why.

mod status;
mod words;

use serde::{Deserialize, Serialize};

use crate::mail::parse::fields::{self, HeaderLimits};
use crate::mail::{Mail, MessageId, Report, ReportState, refs};

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
    /// The returned mail or its header, decoded.
    pub returned: Option<String>,
}

/// Reads the report; `None` when the mail is none.
///
/// Shape:  the standard's own part first, the words of older systems else.
/// Errors: none. Source: RFC 3464, RFC 6522.
pub(crate) fn read(parts: &Parts<'_>) -> Option<Report> {
    // RFC 6522 §3: other reports have their own kinds.
    if matches!(parts.report_type.as_str(), "feedback-report" | "disposition-notification") {
        return None;
    }
    let returned = parts.returned.as_deref().and_then(message_id);
    if let Some(status) = &parts.status
        && let Some((state, recipients)) = status::read(status)
    {
        return Some(Report { state, recipients, original_message_id: returned });
    }
    let found = words::read(parts)?;
    let original_message_id = returned.or_else(|| found.copy.and_then(id_line));
    Some(Report { state: found.state, recipients: found.recipients, original_message_id })
}

/// The id in the header of a returned mail.
fn message_id(returned: &str) -> Option<MessageId> {
    const LIMITS: HeaderLimits = HeaderLimits { bytes_max: RETURNED_BYTES_MAX, fields_max: 300 };
    let start = returned.len() - returned.trim_start().len();
    let header = fields::scan(returned.as_bytes(), start, LIMITS);
    header.first("message-id").and_then(|field| refs::read(&field.text()).into_iter().next())
}

/// The first line below the system's words that is a Message-ID; the copy may be indented or half a mail.
fn id_line(copy: &str) -> Option<MessageId> {
    let line = copy
        .lines()
        .find(|line| line.trim_start().get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:")))?;
    refs::read(&line.trim_start()[11..]).into_iter().next()
}

/// A state that can be compared: the worst of several counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// What became of it.
    pub state: ReportState,
    /// Where it was going.
    pub address: String,
    /// Enhanced status code.
    pub status: Option<String>,
}

/// The first enhanced status code in a text (RFC 3463 §2): `5.1.1`.
fn status_code(text: &str) -> Option<String> {
    let octets = text.as_bytes();
    let digits = |from: usize| octets[from..].iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    for (at, octet) in octets.iter().enumerate() {
        let free = at == 0 || !octets[at - 1].is_ascii_alphanumeric() && octets[at - 1] != b'.';
        if !free || !matches!(octet, b'2' | b'4' | b'5') || octets.get(at + 1) != Some(&b'.') {
            continue;
        }
        let subject = digits(at + 2);
        let dot = at + 2 + subject;
        if !(1..=3).contains(&subject) || octets.get(dot) != Some(&b'.') {
            continue;
        }
        let detail = digits(dot + 1);
        let end = dot + 1 + detail;
        let ends = octets.get(end).is_none_or(|b| {
            !b.is_ascii_alphanumeric() && (*b != b'.' || !octets.get(end + 1).is_some_and(u8::is_ascii_digit))
        });
        if (1..=3).contains(&detail) && ends {
            return Some(text[at..end].to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests;
