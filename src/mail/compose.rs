//! [`Draft`] → RFC 5322 octets.
//!
//! The same draft always gives the same octets: boundaries come from the Message-ID, the date from the draft. No
//! field of a draft can end its line: controls become spaces.

use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address as HeaderAddress;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId as HeaderIds;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

use crate::address::Mailbox;
use crate::mail::MessageId;
use crate::mail::parse::names;
use crate::time::Timestamp;

/// The field that holds a second copy of our Message-ID.
pub const LOOP_FIELD: &str = "X-Henvend-Loop";
/// Octets of a `References` field; the root and the newest ids stay (RFC 5322 §2.1.1 for a line, though it is folded).
const REFERENCES_BYTES_MAX: usize = 998 - "References: ".len();

/// A mail to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The one writer.
    pub from: Mailbox,
    /// `To`
    pub to: Vec<Mailbox>,
    /// `Cc`
    pub cc: Vec<Mailbox>,
    /// `Reply-To`
    pub reply_to: Vec<Mailbox>,
    /// Subject, not encoded.
    pub subject: String,
    /// `Message-ID`
    pub message_id: MessageId,
    /// `In-Reply-To`
    pub in_reply_to: Option<MessageId>,
    /// `References`, oldest first.
    pub references: Vec<MessageId>,
    /// `Date`
    pub date: Timestamp,
    /// Further fields, in order. Values are written as unstructured text.
    pub headers: Vec<(String, String)>,
    /// The plain text, LF line ends.
    pub text: String,
    /// The same as HTML, when there is one.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<DraftAttachment>,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftAttachment {
    /// Its name; made safe when written.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// `Content-ID` of an image that the HTML shows in its place; `None` for an ordinary attachment.
    pub content_id: Option<String>,
    /// Its octets.
    pub bytes: Vec<u8>,
}

/// Writes the mail.
///
/// Shape:  CRLF line ends, lines ≤ 998 octets, header fields in a fixed order, non-ASCII as encoded words (RFC 2047)
///         and RFC 2231 parameters.
/// Errors: none, total; what would break a line is replaced.
pub fn compose(draft: &Draft) -> Vec<u8> {
    let mut mail = MessageBuilder::new()
        .header("From", mailbox(&draft.from))
        .header("Date", Date::new(draft.date.millis().div_euclid(1000)))
        .header("Message-ID", HeaderIds::new(draft.message_id.as_str()))
        // Some servers put an id of their own in place of ours. By this field the mail is known again if it comes back.
        .header(LOOP_FIELD, HeaderIds::new(draft.message_id.as_str()));
    for (name, list) in [("To", &draft.to), ("Cc", &draft.cc), ("Reply-To", &draft.reply_to)] {
        if !list.is_empty() {
            mail = mail.header(name, HeaderAddress::new_list(list.iter().map(mailbox).collect()));
        }
    }
    mail = mail.header("Subject", Text::new(one_line(&draft.subject)));
    if let Some(id) = &draft.in_reply_to {
        mail = mail.header("In-Reply-To", HeaderIds::new(id.as_str()));
    }
    let references = kept_references(&draft.references);
    if !references.is_empty() {
        mail = mail.header("References", HeaderIds::new_list(references.into_iter().map(MessageId::as_str)));
    }
    for (name, value) in &draft.headers {
        if is_free_name(name) {
            mail = mail.header(name.as_str(), Text::new(one_line(value)));
        }
    }
    mail.header("MIME-Version", Raw::new("1.0"))
        .body(body(draft))
        .write_to_vec()
        .expect("writing to memory does not fail")
}

fn mailbox(mailbox: &Mailbox) -> HeaderAddress<'static> {
    HeaderAddress::new_address(
        mailbox.name.as_deref().map(one_line).filter(|n| !n.is_empty()),
        mailbox.address.to_string(),
    )
}

/// Controls and line ends of any script become spaces, so that a value stays in its field (RFC 5322 §2.2).
fn one_line(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    flat.trim().to_owned()
}

/// A field name of printable ASCII without a colon (RFC 5322 §2.2), and none that the draft writes itself.
fn is_free_name(name: &str) -> bool {
    const OWN: &[&str] = &[
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    ];
    let printable = !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| (33..=126).contains(&b) && b != b':');
    printable && !OWN.contains(&name.to_ascii_lowercase().as_str())
}

/// The root and as many of the newest as a line of the longest allowed length holds.
fn kept_references(ids: &[MessageId]) -> Vec<&MessageId> {
    let Some((root, rest)) = ids.split_first() else { return Vec::new() };
    let length = |id: &MessageId| id.as_str().len() + 3;
    let mut left = REFERENCES_BYTES_MAX.saturating_sub(length(root));
    let mut newest: Vec<&MessageId> = Vec::new();
    for id in rest.iter().rev() {
        let Some(after) = left.checked_sub(length(id)) else { break };
        left = after;
        newest.push(id);
    }
    newest.push(root);
    newest.reverse();
    newest
}

/// The parts: text, beside it HTML with its images, then files.
fn body(draft: &Draft) -> MimePart<'static> {
    let (inline, files): (Vec<_>, Vec<_>) =
        draft.attachments.iter().partition(|a| a.content_id.is_some() && draft.html.is_some());
    let mut part = text_part("text/plain", &draft.text);
    if let Some(html) = &draft.html {
        let mut page = text_part("text/html", html);
        if !inline.is_empty() {
            let mut parts = vec![page];
            parts.extend(inline.into_iter().map(attachment));
            page = container("multipart/related", "r", draft, parts);
        }
        part = container("multipart/alternative", "a", draft, vec![part, page]);
    }
    if files.is_empty() {
        return part;
    }
    let mut parts = vec![part];
    parts.extend(files.into_iter().map(attachment));
    container("multipart/mixed", "m", draft, parts)
}

/// Quoted-printable or base64 as the library finds shorter; 7-bit only where every line is short.
fn text_part(media_type: &'static str, text: &str) -> MimePart<'static> {
    let mut canonical = String::with_capacity(text.len() + text.len() / 40);
    for line in text.lines() {
        // 0xC2 begins the controls beyond ASCII.
        if line.bytes().any(|octet| octet < b' ' || octet == 0x7F || octet == 0xC2) {
            canonical.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
        } else {
            canonical.push_str(line);
        }
        canonical.push_str("\r\n");
    }
    let kind = ContentType::new(media_type).attribute("charset", "utf-8");
    MimePart::new(kind, BodyPart::Text(canonical.into()))
}

fn attachment(file: &DraftAttachment) -> MimePart<'static> {
    let name = names::safe(&file.name).unwrap_or_else(|| "attachment".to_owned());
    let kind = ContentType::new(media_type(&file.content_type)).attribute("name", name.clone());
    let part = MimePart::new(kind, BodyPart::Binary(file.bytes.clone().into()));
    match &file.content_id {
        Some(id) => {
            let id: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
            let disposition = ContentType::new("inline").attribute("filename", name);
            part.header("Content-Disposition", HeaderType::from(disposition)).cid(id)
        }
        None => part.attachment(name),
    }
}

/// `type/subtype` of a file; what is none, or would be read as a part of ours, is only octets.
fn media_type(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    let token = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    match lower.split_once('/') {
        Some((kind, sub)) if token(kind) && token(sub) && !matches!(kind, "multipart" | "message") => lower,
        _ => "application/octet-stream".to_owned(),
    }
}

/// A container whose boundary follows from the Message-ID: composing again gives the same octets. Encoded parts cannot
/// hold it, as `=_` is in neither alphabet (RFC 2045 §6.7, §6.8); a part that goes as it is was written before the
/// mail's id, with its MAC, existed.
fn container(media_type: &'static str, level: &str, draft: &Draft, parts: Vec<MimePart<'static>>) -> MimePart<'static> {
    let hash = blake3::hash(draft.message_id.as_str().as_bytes());
    let boundary = format!("=_{level}.{}", &hash.to_hex()[..32]);
    MimePart::new(ContentType::new(media_type).attribute("boundary", boundary), BodyPart::Multipart(parts))
}

#[cfg(test)]
mod tests;
