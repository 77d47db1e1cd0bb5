//! Where a report's own words end and the mail that it is about begins.

use crate::address::Address;
use crate::mail::compose::LOOP_FIELD;
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
    const LINES_MAX: usize = 60;
    let lines = || text.trim_start().lines().take(LINES_MAX).take_while(|line| !line.trim().is_empty());
    let traced = |line: &str| {
        let lower = line.get(..13).unwrap_or_default().to_ascii_lowercase();
        lower.starts_with("received:") || lower.starts_with("return-path:")
    };
    lines().next().is_some_and(is_field) && lines().any(traced)
}

/// The id in the header of a returned mail. A header that lost its folds on the way is read line by line.
pub(super) fn message_id(returned: &str) -> Option<MessageId> {
    const LIMITS: HeaderLimits = HeaderLimits { bytes_max: RETURNED_BYTES_MAX, fields_max: 300 };
    let start = returned.len() - returned.trim_start().len();
    let header = fields::scan(returned.as_bytes(), start, LIMITS);
    // Our own id, where a server on the way had put another in its place.
    let mut fields = [LOOP_FIELD, "message-id"].into_iter().filter_map(|name| header.first(name));
    let by_field = fields.find_map(|field| refs::read(&field.text()).into_iter().next());
    by_field.or_else(|| {
        let text = returned.trim_start();
        let end = text.find("\n\n").or_else(|| text.find("\r\n\r\n")).unwrap_or(text.len());
        id_line(text.get(..end)?)
    })
}

/// The one to whom a returned mail went, when it went to one only. Not of a mail to a list, which others read, nor of a
/// report, which came back itself.
pub(super) fn only_recipient(returned: &str) -> Option<Address> {
    const LIMITS: HeaderLimits = HeaderLimits { bytes_max: RETURNED_BYTES_MAX, fields_max: 300 };
    let start = returned.len() - returned.trim_start().len();
    let header = fields::scan(returned.as_bytes(), start, LIMITS);
    let value = |name: &str| header.first(name).map(|field| field.text());
    let report = value("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("multipart/report"));
    let listed = ["list-id", "list-post", "x-beenthere", "mailing-list", "x-mailman-approved-at"]
        .iter()
        .any(|name| header.first(name).is_some());
    let to = value("to").filter(|_| !listed)?;
    let mut addresses = to.split([',', ';']).filter(|one| one.contains('@'));
    let one = addresses.next()?.trim();
    let bare = one.rsplit_once('<').map_or(one, |(_, address)| address);
    let address = Address::parse(bare.trim_matches(['>', ' ', '"']))?;
    (addresses.next().is_none() && value("cc").is_none() && !report).then_some(address)
}

/// The part for machines of a report that came inside another mail, as filters wrap it.
pub(super) fn wrapped_report(returned: &str) -> Option<&str> {
    let header = returned.trim_start().split("\n\n").next().unwrap_or_default();
    let header = header.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
    let is_report = header.contains("multipart/report") && header.contains("delivery-status");
    let wanted = b"final-recipient:";
    let windows = || returned.as_bytes().windows(wanted.len());
    let at = is_report.then(|| windows().position(|window| window.eq_ignore_ascii_case(wanted))).flatten()?;
    returned.get(at..)
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
