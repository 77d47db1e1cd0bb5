//! Files. What a program wrote into one about users does not leave: calendars and cards are scrubbed, attached mails
//! lose the way that they went, and the users' addresses in their headers. What a person wrote may name a person.

use std::borrow::Cow;

use super::{Inside, Leak, readings, views};
use crate::address::Address;
use crate::mail::compose::{DraftAttachment, LOOP_FIELD};
use crate::mail::parse::{Contents, Limits, attached, html_page, parse};
use crate::mail::refs;

/// Most octets of one file that are looked through.
const FILE_BYTES_MAX: usize = 1 << 20;
/// Mails within mails that are opened to be looked through.
const DEPTH_MAX: usize = 8;
/// Octets of a line of a calendar or a card (RFC 5545 §3.1, RFC 6350 §3.2).
const FOLDED_BYTES_MAX: usize = 75;
/// Fields that tell how a mail went, or to whom in secret; so do all that begin with `X-` or `ARC-`.
const TRACE: &[&str] = &[
    "authentication-results",
    "bcc",
    "delivered-to",
    "dkim-signature",
    "envelope-to",
    "received",
    "received-spf",
    "return-path",
];
/// What stands in every notification, and in nothing that a contact gets.
const EVENT_FIELD: &str = "X-Henvend-Event";

/// Who writes such a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A program: a calendar or a card, of folded lines.
    Lines,
    /// Mail programs and servers, its header: a mail.
    Mail,
    /// A browser, for a person: a page.
    Page,
    /// A person, for all that is known.
    Other,
}

impl Kind {
    fn of(file: &DraftAttachment) -> Self {
        let name = file.name.to_lowercase();
        let begins = |mark: &[u8]| file.bytes.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
        match file.content_type.as_str() {
            "text/calendar" | "text/vcard" | "text/x-vcard" | "text/directory" | "application/ics" => Self::Lines,
            "message/rfc822" | "message/global" | "message/news" => Self::Mail,
            _ if [".ics", ".vcs", ".vcf"].iter().any(|ending| name.ends_with(ending)) => Self::Lines,
            _ if begins(b"BEGIN:VCALENDAR") || begins(b"BEGIN:VCARD") => Self::Lines,
            _ if [".eml", ".mht", ".mhtml"].iter().any(|ending| name.ends_with(ending)) => Self::Mail,
            "text/html" | "application/xhtml+xml" => Self::Page,
            _ if [".html", ".htm", ".xhtml"].iter().any(|ending| name.ends_with(ending)) => Self::Page,
            _ if begins_a_page(&file.bytes) => Self::Page,
            _ => Self::Other,
        }
    }
}

/// The file as it may leave.
pub fn cleaned(mut file: DraftAttachment, inside: &Inside<'_>, shared: &Address) -> DraftAttachment {
    match Kind::of(&file) {
        Kind::Lines => file.bytes = lines_cleaned(&file.bytes, inside, shared),
        Kind::Mail => {
            file.bytes = attached::rewritten(&file.bytes, &|told| {
                let scrubbed = inside.scrub(told.value, shared);
                let refers = ["in-reply-to", "references"].iter().any(|name| told.name.eq_ignore_ascii_case(name));
                let ids = if refers { refs::read(told.says) } else { Vec::new() };
                match () {
                    () if is_trace(told.name) => None,
                    () if ids.iter().any(|id| inside.is_internal(id)) => inside.public(&ids),
                    () if told.value.contains("=?") && inside.names_nobody(told.says).is_err() => {
                        let said = inside.scrub(told.says, shared);
                        said.is_ascii().then(|| format!(" {said}\r\n"))
                    }
                    () => Some(scrubbed),
                }
            });
        }
        Kind::Page | Kind::Other => {}
    }
    file
}

/// The last look at a file: for tokens, notes and pieces of notifications everywhere, for users' addresses and the way
/// of a mail where programs write them.
pub(super) fn guard(file: &DraftAttachment, inside: &Inside<'_>) -> Result<(), Leak> {
    look_at_octets(&file.bytes, inside)?;
    match Kind::of(file) {
        Kind::Lines => {
            let text = letters(&file.bytes).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
            // vCard 2.1 may write its values so.
            let plain = text.replace("=\n", "").replace("=40", "@").replace("=2E", ".");
            // RFC 5545 §3.3.11, RFC 6350 §3.4.
            let escapes = [("\\n", "\n"), ("\\N", "\n"), ("\\,", ","), ("\\;", ";"), ("\\\\", "\\")];
            let meant = escapes.iter().fold(plain.clone(), |text, (sign, means)| text.replace(sign, means));
            [text, plain, meant].iter().flat_map(|text| readings(text)).try_for_each(|text| {
                inside.names_nobody(&text)?;
                inside.is_free(&text)
            })
        }
        Kind::Mail => look_at_mail(&file.bytes, inside, DEPTH_MAX),
        Kind::Page => views(&letters(beginning(&file.bytes))).try_for_each(|text| inside.is_free(&text)),
        Kind::Other if begins_a_mail(&file.bytes) => {
            let mail = parse(&file.bytes, &Limits::default());
            readings(&mail.text).try_for_each(|text| inside.is_free(&text))
        }
        Kind::Other => Ok(()),
    }
}

/// Does a file begin as a mail does, whatever it is called?
fn begins_a_mail(bytes: &[u8]) -> bool {
    const FIELDS: [&[u8]; 8] =
        [b"received:", b"return-path:", b"from:", b"message-id:", b"mime-version:", b"date:", b"to:", b"subject:"];
    FIELDS.iter().any(|field| bytes.get(..field.len()).is_some_and(|head| head.eq_ignore_ascii_case(field)))
}

/// Does it begin as a page does?
fn begins_a_page(bytes: &[u8]) -> bool {
    const TAGS: [&[u8]; 9] = [b"<!doctype", b"<html", b"<head", b"<body", b"<meta", b"<p>", b"<p ", b"<div", b"<table"];
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    TAGS.iter().any(|tag| bytes.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag)))
}

/// So much of a file as is looked through; a letter is not cut in two.
fn beginning(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len().min(FILE_BYTES_MAX)];
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

fn is_trace(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let experimental = name.starts_with("x-") && !name.starts_with("x-henvend-");
    experimental || name.starts_with("arc-") || TRACE.contains(&name.as_str())
}

/// An attached mail, and all within it.
fn look_at_mail(raw: &[u8], inside: &Inside<'_>, depth: usize) -> Result<(), Leak> {
    let mail = parse(raw, &Limits::default());
    let copies = mail.field(LOOP_FIELD).map(refs::read).unwrap_or_default();
    let is_internal = copies.iter().chain(&mail.message_id).any(|id| inside.is_internal(id));
    if is_internal || mail.field(EVENT_FIELD).is_some() {
        return Err(Leak::Notification);
    }
    if mail.fields.iter().any(|field| is_trace(&field.name)) {
        return Err(Leak::Trace);
    }
    for said in attached::said(raw).iter().flat_map(|said| readings(said)) {
        inside.names_nobody(&said)?;
        inside.is_free(&said)?;
    }
    let pages = html_page(raw);
    let pages = pages.iter().flat_map(|page| views(page));
    readings(&mail.text).chain(pages).try_for_each(|text| inside.is_free(&text))?;
    let contents = Contents::of(raw);
    for part in &mail.attachments {
        let Some(octets) = contents.part(part.part) else { continue };
        look_at_octets(&octets, inside)?;
        if part.content_type.starts_with("message/") && depth > 0 {
            look_at_mail(&octets, inside, depth - 1)?;
        }
    }
    Ok(())
}

/// The beginning of any file. In what is no text, tokens can be told by their signature.
fn look_at_octets(bytes: &[u8], inside: &Inside<'_>) -> Result<(), Leak> {
    const OUTLOOK: &[u8] = b"\xD0\xCF\x11\xE0";
    let bytes = beginning(bytes);
    if !bytes.iter().take(4096).any(|octet| *octet == 0) {
        return readings(&letters(bytes)).try_for_each(|text| inside.is_free(&text));
    }
    let narrow: Vec<u8> = bytes.iter().copied().filter(|octet| *octet != 0).collect();
    if inside.tokens.are_in(&letters(&narrow)) {
        return Err(Leak::Token);
    }
    let wide: fn([u8; 2]) -> u16 = match bytes {
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        // A mail as Outlook saves it, whose texts are of wide letters.
        _ if bytes.starts_with(OUTLOOK) => u16::from_le_bytes,
        _ => return Ok(()),
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let text: String = char::decode_utf16(pairs.iter().map(|pair| wide(*pair)))
        .map(|sign| sign.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    readings(&text).try_for_each(|text| inside.is_free(&text))
}

/// Each line as it may leave; those that say nothing of users keep their octets.
fn lines_cleaned(bytes: &[u8], inside: &Inside<'_>, shared: &Address) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(line_length(rest));
        let written = letters(line).replace("\r\n", "\n");
        let unfolded = written.trim_end_matches('\n').replace("\n ", "").replace("\n\t", "");
        let scrubbed = inside.scrub(&unfolded, shared);
        match std::str::from_utf8(line) {
            _ if scrubbed == unfolded => out.extend(line),
            Ok(_) => out.extend(folded(&scrubbed).bytes()),
            Err(_) => out.extend(folded(&scrubbed).chars().map(|sign| u8::try_from(sign).unwrap_or(b'?'))),
        }
        rest = behind;
    }
    out
}

/// How long the first line is, with the lines that it is folded into.
fn line_length(bytes: &[u8]) -> usize {
    let ends = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1);
    let mut ends = ends.filter(|end| !matches!(bytes.get(*end), Some(b' ' | b'\t')));
    ends.next().unwrap_or(bytes.len())
}

fn folded(line: &str) -> String {
    let (mut out, mut rest, mut room) = (String::with_capacity(line.len() + 10), line, FOLDED_BYTES_MAX);
    while rest.len() > room {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(room));
        out.push_str(head);
        out.push_str("\r\n ");
        (rest, room) = (tail, FOLDED_BYTES_MAX - 1);
    }
    out.push_str(rest);
    out.push_str("\r\n");
    out
}

/// UTF-8, else each octet a letter.
fn letters(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|octet| char::from(*octet)).collect(), Cow::from)
}
