//! Where a report's own words end and the mail that it is about begins.

use crate::mail::parse::fields::{self, HeaderLimits};
use crate::mail::{MessageId, refs};

use super::RETURNED_BYTES_MAX;

/// Lower-case beginnings of lines below which the mail itself stands.
#[rustfmt::skip]
const COPY_LINES: &[&str] = &[
    "below this line is a copy", "this is a copy of the message", "this is a copy of your message",
    "original message", "unsent message follows", "unsent message", "original mail", "message header follows",
    "message headers", "returned message", "undelivered message", "message text follows",
    "the original message", "start of message", "your original message", "header of the message",
    "headers of the original", "text of your", "returned mail", "original headers", "message follows",
    "the header of", "a copy of the message", "return message", "returned content", "beginning of message",
    "forwarded message", "included message", "rejected message", "received:", "return-path:",
    "this is a copy of the headers", "a copy of the original message", "old message", "the first 50 lines",
    "here is a copy", "den opprinnelige meldingen", "opprinnelige meldingshoder", "ursprüngliche nachricht",
    "message d'origine", "en-têtes du message", "mensaje original",
];
/// Beginnings that look so and speak of the mail instead.
#[rustfmt::skip]
const NO_COPY_LINES: &[&str] = &[
    "the original message was", "the original message has", "the original message could", "original message-id",
    "your original message was", "your original message could", "original message subject", "returned mail:",
    "original message id", "original message sender", "original message details",
];

/// The system's words, and the copy below them.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let bare = line.trim().trim_matches(['-', '=', '*', '>', ' ', '_', '|', ':']);
        let bare: String = bare.chars().take(60).collect::<String>().to_lowercase();
        let begins = |list: &[&str]| list.iter().any(|words| bare.starts_with(words));
        if begins(COPY_LINES) && !begins(NO_COPY_LINES) {
            let own = bare.starts_with("received") || bare.starts_with("return-path");
            let copy = text.get(if own { start } else { end }..).unwrap_or_default();
            // A sentence about the copy may have several lines; the copy begins with its first field.
            return (text.get(..start).unwrap_or_default(), Some(first_field(copy)));
        }
        start = end;
    }
    (text, None)
}

fn first_field(copy: &str) -> &str {
    const LINES_MAX: usize = 12;
    let mut start = 0;
    for line in copy.split_inclusive('\n').take(LINES_MAX) {
        if is_field(line) {
            return copy.get(start..).unwrap_or_default();
        }
        start += line.len();
    }
    copy
}

/// Is it a line of a mail's header?
fn is_field(line: &str) -> bool {
    let name = line.trim_start().split(':').next().unwrap_or_default();
    name.len() < line.trim().len() && name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Does this part begin as a mail does that a server has handled? Some systems send the copy as plain text.
pub(crate) fn begins_as_mail(text: &str) -> bool {
    let mut lines = text.trim_start().lines();
    let first = lines.next().unwrap_or_default().to_ascii_lowercase();
    let traced =
        ["received:", "return-path:", "x-received:", "delivered-to:"].iter().any(|name| first.starts_with(name));
    traced && lines.next().is_some_and(|line| line.starts_with([' ', '\t']) || is_field(line))
}

/// The id in the header of a returned mail. A header that lost its folds on the way is read line by line.
pub(super) fn message_id(returned: &str) -> Option<MessageId> {
    const LIMITS: HeaderLimits = HeaderLimits { bytes_max: RETURNED_BYTES_MAX, fields_max: 300 };
    let start = returned.len() - returned.trim_start().len();
    let header = fields::scan(returned.as_bytes(), start, LIMITS);
    let by_field = header.first("message-id").and_then(|field| refs::read(&field.text()).into_iter().next());
    by_field.or_else(|| {
        let text = returned.trim_start();
        let end = text.find("\n\n").or_else(|| text.find("\r\n\r\n")).unwrap_or(text.len());
        id_line(text.get(..end)?)
    })
}

/// The first line that is a Message-ID field; the copy may be indented or half a mail.
pub(super) fn id_line(copy: &str) -> Option<MessageId> {
    const NAMES: &[&str] = &["message-id:", "original-message-id:", "x-original-message-id:"];
    let mut lines = copy.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        let named = |name: &&&str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let Some(name) = NAMES.iter().find(named) else { continue };
        let value = line.get(name.len()..).unwrap_or_default();
        // A long id stands on the next line.
        let value = if value.trim().is_empty() { lines.next().unwrap_or_default() } else { value };
        if let Some(id) = refs::read(value).into_iter().next() {
            return Some(id);
        }
    }
    None
}
