//! Raw octets → [`Mail`].

mod addresses;
pub mod attached;
mod body;
mod charset;
mod cms;
pub(crate) mod decode;
pub(super) mod fields;
mod forwarded;
mod flowed;
mod guard;
pub(super) mod names;
mod params;
mod readable;
mod tnef;
mod tree;
mod unpack;
mod uuencode;
pub(super) mod words;

use crate::address::Address;
use crate::mail::machine::{self, Context};
use crate::mail::report::Reading;
use crate::mail::same::{self, SamenessParts};
use crate::mail::{Attachment, Field, Mail, refs, report};
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
    let tree = read_tree(raw, &header, limits);
    read_fields(&header, tree.charset(), limits, &mut mail);
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
    readable::read(raw, &tree, &body, limits, &mut mail);
    read_seals(&tree, &mut mail);
    match report::read(&report_parts(raw, &tree, &mail)) {
        Some(Reading::Sure(report)) => mail.report = Some(report),
        Some(Reading::IfNull(report)) => mail.report_if_null = Some(report),
        None => {}
    }
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

/// The contents of a mail's attachments. Its parts are looked for once, however many are asked for.
pub struct Contents<'a> {
    raw: &'a [u8],
    tree: Tree,
}

impl<'a> Contents<'a> {
    /// Finds the parts as [`parse`] does under the default limits.
    pub fn of(raw: &'a [u8]) -> Self {
        let limits = Limits::default();
        Self { raw, tree: read_tree(raw, &read_header(raw, &limits), &limits) }
    }

    /// The decoded octets of an attachment; `None` when there is no such part.
    pub fn part(&self, part: usize) -> Option<Vec<u8>> {
        self.tree.parts.get(part).map(|part| self.tree.decoded(self.raw, part).into_owned())
    }
}

fn read_tree(raw: &[u8], header: &Header<'_>, limits: &Limits) -> Tree {
    let mut tree = tree::read(raw, header, limits);
    unpack::unpack(raw, &mut tree, limits);
    tree
}

fn read_seals(tree: &Tree, mail: &mut Mail) {
    mail.seals.extend(tree.seals.iter().copied().chain(tree.parts.iter().filter_map(unpack::seal)));
    mail.seals.sort_unstable();
    mail.seals.dedup();
    mail.problems.extend(mail.seals.iter().map(|seal| seal.sentence().to_owned()));
}

/// The one HTML part in which a mail is written, decoded; `None` when there is none, more than one, or one that is
/// longer than what is read of it.
pub fn html_page(raw: &[u8]) -> Option<String> {
    let limits = Limits::default();
    let tree = read_tree(raw, &read_header(raw, &limits), &limits);
    let body = body::sort(raw, &tree);
    let [page] = body.pages.as_slice() else { return None };
    let part = tree.parts.get(*page)?;
    let octets = tree.decoded(raw, part);
    (octets.len() <= limits.html_bytes_max).then(|| readable::page(part, &octets))
}

fn read_header<'a>(raw: &'a [u8], limits: &Limits) -> Header<'a> {
    let header = HeaderLimits { bytes_max: limits.header_bytes_max, fields_max: limits.header_fields_max };
    fields::scan(raw, 0, header)
}

fn read_fields(header: &Header<'_>, charset: Option<&str>, limits: &Limits, mail: &mut Mail) {
    let mut left = limits.addresses_max;
    let mut addresses = |value: &str| {
        let list = addresses::read(value, left);
        left -= list.mailboxes.len();
        list
    };
    let mut froms = 0;
    let mut cut = false;
    for field in &header.fields {
        let value = field.text_in(charset);
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
                mail.from_said = mail.from_said.take().or(list.said);
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
    // What was cut off holds another sender.
    mail.from_irregular |= header.from_cut;
    mail.from_said = mail.from_said.take().filter(|_| mail.from.is_empty());
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
    let value = &value[..value.floor_char_boundary(DATE_BYTES_MAX)];
    let date = mail_parser::DateTime::parse_rfc822(&format!("{}\n", words::decode(value)))?;
    date.is_valid().then(|| Timestamp::from_secs(date.to_timestamp()))
}

/// The first 22 octets name the conversation; every answer adds five.
fn thread_index(value: &str) -> Option<[u8; 22]> {
    const INDEX_BYTES_MAX: usize = 2000;
    let octets = decode::base64(&value.as_bytes()[..value.len().min(INDEX_BYTES_MAX)]);
    octets.get(..22)?.try_into().ok()
}

/// Lists the attachments; gives a hash over their octets, so that each is unwrapped once.
fn read_attachments(raw: &[u8], tree: &Tree, body: &Body, mail: &mut Mail) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    for number in &body.attachments {
        let octets = tree.decoded(raw, &tree.parts[*number]);
        hash.update(&(octets.len() as u64).to_le_bytes()).update(&octets);
        mail.attachments.push(attachment(tree, *number, &octets));
    }
    hash.finalize()
}

fn attachment(tree: &Tree, number: usize, octets: &[u8]) -> Attachment {
    let part = &tree.parts[number];
    let name = part.name.as_deref().and_then(names::safe);
    let subject =
        || attached_subject(part, octets).and_then(|s| names::safe(&format!("{}.eml", s.replace(['/', '\\'], "_"))));
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

/// The parts in which a delivery report speaks (RFC 3464 §2).
fn report_parts<'m>(raw: &[u8], tree: &Tree, mail: &'m Mail) -> report::Parts<'m> {
    const TEXTS_MAX: usize = 8;
    let decoded = |part: &Part| charset::text(&tree.decoded(raw, part), part.parameter("charset"));
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
    // Some systems send the copy as a text of its own.
    let plain = || -> Option<String> {
        if kind != "delivery-status" && !machine::is_daemon(mail) {
            return None;
        }
        let texts = tree.parts.iter().skip(1).filter(|part| part.media_type == "text/plain").take(TEXTS_MAX);
        texts.map(decoded).find(|text| report::copy::begins_as_mail(text))
    };
    let octets = |part: &Part| {
        let octets = tree.decoded(raw, part);
        charset::rescue(&octets[..octets.len().min(report::RETURNED_BYTES_MAX)])
    };
    report::Parts {
        mail,
        is_report: root.media_type == "multipart/report",
        report_type: kind.clone(),
        status: find(&["message/delivery-status", "message/global-delivery-status"]).map(decoded),
        disposition: find(&["message/disposition-notification", "message/global-disposition-notification"])
            .map(decoded),
        returned: returned.map(octets).or_else(plain),
    }
}

#[cfg(test)]
mod tests;
