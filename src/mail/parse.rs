//! Raw octets → [`Mail`].

mod addresses;
mod body;
pub(crate) mod decode;
pub(super) mod fields;
mod flowed;
mod guard;
pub(super) mod names;
mod params;
mod tree;
pub(super) mod words;

use crate::address::Address;
use crate::mail::machine::{self, Context};
use crate::mail::same::{self, SamenessParts};
use crate::mail::text::forward::{Prefix, prefix};
use crate::mail::text::{self, Readable};
use crate::mail::{Attachment, Field, Forwarded, Mail, refs, report};
use crate::time::Timestamp;

use addresses::AddressList;
use body::Body;
use fields::{Header, HeaderLimits};
use tree::{Disposition, Part, Tree};

/// What is read of one mail; beyond, it is noted in `problems` and left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the header.
    pub header_bytes_max: usize,
    /// Fields of the header.
    pub header_fields_max: usize,
    /// Addresses, all fields together.
    pub addresses_max: usize,
    /// Parts inside of parts.
    pub depth_max: usize,
    /// Parts.
    pub parts_max: usize,
    /// Octets of readable text.
    pub text_bytes_max: usize,
    /// Octets of HTML that are turned into text.
    pub html_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes_max: 256 * 1024,
            header_fields_max: 1000,
            addresses_max: 1000,
            depth_max: 32,
            parts_max: 1000,
            text_bytes_max: 1024 * 1024,
            html_bytes_max: 4 * 1024 * 1024,
        }
    }
}

/// Reads a mail. What the envelope says is not known here: `kind` is decided from the mail alone, and again by
/// [`machine::classify`] when the caller knows more.
///
/// Shape:  one pass over the header, a guarded one of the library over the parts, one over the text; nothing recursive
///         beyond `depth_max`.
/// Errors: none; what cannot be read is a sentence in `problems`.
pub fn parse(raw: &[u8], limits: &Limits) -> Mail {
    let header = read_header(raw, limits);
    let mut mail = Mail::default();
    if header.cut {
        mail.problems.push("the header is longer than what is read; the rest of it was left out".to_owned());
    }
    read_fields(&header, limits, &mut mail);
    let tree = tree::read(raw, &header, limits);
    if tree.unread {
        mail.problems.push("the parts cannot be told apart; the mail was read as one text".to_owned());
    }
    if tree.too_deep {
        mail.problems.push(format!("parts are nested deeper than {}; deeper ones were left closed", limits.depth_max));
    }
    if tree.too_many {
        mail.problems.push(format!("there are more than {} parts; the rest was left out", limits.parts_max));
    }
    let body = body::sort(raw, &tree);
    mail.has_html = body.has_html;
    let files = read_attachments(raw, &tree, &body, &mut mail);
    read_text(raw, &tree, &body, limits, &mut mail);
    mail.report = report::read(&report_parts(raw, &tree, &mail));
    mail.sameness = same::compute(&SamenessParts {
        from: &mail.from,
        date: mail.field("date").unwrap_or_default(),
        subject: &mail.subject,
        text: &mail.text,
        attachments: files,
    });
    machine::classify(&mut mail, &Context::default());
    mail
}

/// The decoded octets of an attachment that [`parse`] listed under the default limits; `None` when there is no such
/// part.
pub fn attachment_bytes(raw: &[u8], part: usize) -> Option<Vec<u8>> {
    let limits = Limits::default();
    let tree = tree::read(raw, &read_header(raw, &limits), &limits);
    tree.parts.get(part).map(|part| part.decoded(raw).into_owned())
}

fn read_header<'a>(raw: &'a [u8], limits: &Limits) -> Header<'a> {
    let header = HeaderLimits { bytes_max: limits.header_bytes_max, fields_max: limits.header_fields_max };
    fields::scan(raw, 0, header)
}

fn read_fields(header: &Header<'_>, limits: &Limits, mail: &mut Mail) {
    let mut left = limits.addresses_max;
    let mut addresses = |value: &str| {
        let list = addresses::read(value, left);
        left -= list.mailboxes.len();
        list
    };
    let mut froms = 0;
    let mut cut = false;
    for field in &header.fields {
        let value = field.text();
        let mut take = |value: &str| -> AddressList {
            let list = addresses(value);
            cut |= list.cut;
            list
        };
        let name = field.name.to_ascii_lowercase();
        match name.as_str() {
            "from" => {
                let list = take(&value);
                froms += 1;
                mail.from_irregular |= list.irregular || froms > 1;
                mail.from.extend(list.mailboxes);
            }
            "sender" if mail.sender.is_none() => mail.sender = take(&value).mailboxes.into_iter().next(),
            "reply-to" => mail.reply_to.extend(take(&value).mailboxes),
            "to" => mail.to.extend(take(&value).mailboxes),
            "cc" => mail.cc.extend(take(&value).mailboxes),
            "delivered-to" | "x-original-to" | "envelope-to" | "x-envelope-to" | "x-delivered-to" => {
                mail.delivered_to.extend(take(&value).mailboxes.into_iter().map(|mailbox| mailbox.address));
            }
            _ => read_other(&name, &value, mail),
        }
        mail.fields.push(Field { name: field.name.to_owned(), value });
    }
    // What was cut off may hold another sender.
    mail.from_irregular |= header.cut;
    mail.delivered_to = unique(std::mem::take(&mut mail.delivered_to));
    if cut {
        mail.problems.push(format!("there are more than {} addresses; the rest was left out", limits.addresses_max));
    }
    if mail.from.is_empty() {
        mail.problems.push("no sender can be read".to_owned());
    } else if mail.from_irregular {
        mail.problems.push("the sender is not one plain address".to_owned());
    }
}

fn read_other(name: &str, value: &str, mail: &mut Mail) {
    match name {
        "subject" if mail.subject.is_empty() => mail.subject = words::readable(value),
        "message-id" if mail.message_id.is_none() => mail.message_id = refs::read(value).into_iter().next(),
        "in-reply-to" => mail.in_reply_to.extend(refs::read(value)),
        "references" => mail.references.extend(refs::read(value)),
        "date" if mail.date.is_none() => mail.date = date(value),
        "thread-index" if mail.thread_index.is_none() => mail.thread_index = thread_index(value),
        "thread-topic" if mail.thread_topic.is_none() => mail.thread_topic = Some(words::readable(value)),
        _ => {}
    }
}

fn unique(addresses: Vec<Address>) -> Vec<Address> {
    let mut seen = std::collections::HashSet::with_capacity(addresses.len());
    addresses.into_iter().filter(|address| seen.insert(address.clone())).collect()
}

fn date(value: &str) -> Option<Timestamp> {
    const DATE_BYTES_MAX: usize = 200;
    let value = value.get(..value.len().min(DATE_BYTES_MAX))?;
    let date = mail_parser::DateTime::parse_rfc822(&format!("{}\n", words::decode(value)))?;
    date.is_valid().then(|| Timestamp::from_secs(date.to_timestamp()))
}

/// The first 22 octets name the conversation; every answer adds five.
fn thread_index(value: &str) -> Option<[u8; 22]> {
    let octets = decode::base64(value.get(..value.len().min(2000))?.as_bytes());
    octets.get(..22)?.try_into().ok()
}

/// Lists the attachments; gives a hash over their octets, so that each is unwrapped once.
fn read_attachments(raw: &[u8], tree: &Tree, body: &Body, mail: &mut Mail) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    for number in &body.attachments {
        let octets = tree.parts[*number].decoded(raw);
        hash.update(&(octets.len() as u64).to_le_bytes()).update(&octets);
        mail.attachments.push(attachment(tree, *number, &octets));
    }
    hash.finalize()
}

fn attachment(tree: &Tree, number: usize, octets: &[u8]) -> Attachment {
    let part = &tree.parts[number];
    let name = part.name.as_deref().and_then(names::safe);
    let subject = || attached_subject(part, octets).and_then(|s| names::safe(&format!("{s}.eml")));
    let related = part.content_id.is_some()
        && part.parent.is_some_and(|parent| tree.parts[parent].media_type == "multipart/related");
    Attachment {
        name: name.or_else(subject),
        content_type: part.media_type.clone(),
        bytes: octets.len(),
        inline: part.disposition == Disposition::Inline || related && part.disposition == Disposition::Unsaid,
        content_id: part.content_id.clone(),
        part: number,
    }
}

/// What an attached mail is about; all that is read of it here.
fn attached_subject(part: &Part, octets: &[u8]) -> Option<String> {
    const HEADER: HeaderLimits = HeaderLimits { bytes_max: 64 * 1024, fields_max: 300 };
    if !part.is_message() {
        return None;
    }
    let header = fields::scan(&octets[..octets.len().min(HEADER.bytes_max)], 0, HEADER);
    header.first("subject").map(|field| words::readable(&field.text()))
}

fn read_text(raw: &[u8], tree: &Tree, body: &Body, limits: &Limits, mail: &mut Mail) {
    let mut readable = Readable::default();
    for number in &body.text {
        readable.append(part_text(raw, &tree.parts[*number], limits, mail));
        if readable.cut_to(limits.text_bytes_max) {
            mail.problems.push("the text is longer than what is read; the rest of it was left out".to_owned());
            break;
        }
    }
    let split = text::split(&readable);
    if split.below_marker {
        mail.problems.push("there is text below the line that says to write above it; it was left out".to_owned());
    }
    (mail.new_text, mail.quoted_cut) = (split.new_text, split.cut);
    mail.text = readable.text;
    let recipients = mail.to.iter().chain(&mail.cc).map(|mailbox| mailbox.address.clone());
    let in_text = split.passed_on.and_then(|passed_on| passed_on.original(&mail.subject, recipients));
    mail.forwarded = in_text.or_else(|| attached_original(raw, tree, limits, &mail.subject));
}

/// The writer of the innermost mail of those that are attached to one another. An answer, a report and a digest pass
/// nothing on by what is attached.
fn attached_original(raw: &[u8], tree: &Tree, limits: &Limits, subject: &str) -> Option<Forwarded> {
    const CONTAINERS: &[&str] = &["multipart/report", "multipart/digest"];
    let within = |part: &Part| part.parent.map_or("", |parent| tree.parts[parent].media_type.as_str());
    let part = tree.parts.iter().find(|part| part.is_message() && !CONTAINERS.contains(&within(part)))?;
    if prefix(subject, false) == Some(Prefix::Answer) || tree.parts[0].media_type == "multipart/report" {
        return None;
    }
    let octets = part.decoded(raw);
    let header = read_header(&octets, limits);
    let text = |name: &str| header.first(name).map(|field| field.text());
    let subject = text("subject").map(|subject| words::readable(&subject)).unwrap_or_default();
    // Each mail inside of another is read with a smaller part of the depth that is left: four at most.
    let inner = Limits { depth_max: limits.depth_max / 3, ..limits.clone() };
    if inner.depth_max > 0
        && prefix(&subject, false) == Some(Prefix::Forward)
        && let Some(innermost) = parse(&octets, &inner).forwarded
    {
        return Some(innermost);
    }
    let from = addresses::read(&text("from")?, 1).mailboxes.into_iter().next()?;
    Some(Forwarded { name: from.name, address: Some(from.address), subject })
}

fn part_text(raw: &[u8], part: &Part, limits: &Limits, mail: &mut Mail) -> Readable {
    let octets = part.decoded(raw);
    let most = if part.media_type == "text/html" { limits.html_bytes_max } else { limits.text_bytes_max };
    if octets.len() > most {
        mail.problems.push("a text part is longer than what is read; the rest of it was left out".to_owned());
    }
    let octets = &octets[..octets.len().min(most)];
    let mut text = decode::text(octets, part.parameter("charset"));
    if part.media_type == "text/html" || part.media_type == "text/enriched" {
        return super::html::to_text(&text);
    }
    if part.parameter("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        text = flowed::join(&text, part.parameter("delsp"));
    }
    Readable::plain(&text)
}

/// The parts in which a delivery report speaks (RFC 3464 §2).
fn report_parts<'m>(raw: &[u8], tree: &Tree, mail: &'m Mail) -> report::Parts<'m> {
    let decoded = |part: &Part| decode::text(&part.decoded(raw), part.parameter("charset"));
    // What stands in an attached mail is not what this mail says.
    let find = |types: &[&str]| tree.parts.iter().find(|part| types.contains(&part.media_type.as_str()));
    let root = &tree.parts[0];
    let kind = root.parameter("report-type").unwrap_or_default().to_ascii_lowercase();
    let returned = find(&[
        "message/rfc822",
        "message/partial",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    ]);
    report::Parts {
        mail,
        is_report: root.media_type == "multipart/report",
        report_type: kind,
        status: find(&["message/delivery-status", "message/global-delivery-status"]).map(decoded),
        returned: returned.map(|part| {
            let octets = part.decoded(raw);
            decode::rescue(&octets[..octets.len().min(report::RETURNED_BYTES_MAX)])
        }),
    }
}

#[cfg(test)]
mod tests;
