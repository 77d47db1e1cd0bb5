//! Parts that hold parts in a form of their own: signed envelopes, `winmail.dat`, files written into a text.
//!
//! What comes out stands behind the other parts, so that it is sorted, shown and handed on like them.

use std::ops::Range;

use super::cms::{self, Envelope};
use super::decode::Encoding;
use super::fields;
use super::tnef;
use super::tree::{self, Disposition, Part, Tree};
use super::{HeaderLimits, Limits, uuencode};
use crate::mail::Seal;

/// Envelopes in envelopes, and messages in messages, that are opened.
const LEVELS_MAX: usize = 3;
/// Files taken out of one text.
const FILES_MAX: usize = 100;

/// Opens what can be opened. Every part is looked at once; each level costs what its octets cost.
pub(crate) fn unpack(raw: &[u8], tree: &mut Tree, limits: &Limits) {
    let mut level_ends = tree.parts.len();
    let (mut level, mut number) = (0, 0);
    while number < tree.parts.len() && tree.parts.len() < limits.parts_max {
        if number == level_ends {
            level += 1;
            level_ends = tree.parts.len();
        }
        if level == LEVELS_MAX {
            return;
        }
        open(raw, tree, number, limits);
        number += 1;
    }
}

/// How a container says that it is sealed (RFC 1847, RFC 3156 §4 and §5).
pub(crate) fn seal(part: &Part) -> Option<Seal> {
    let protocol = part.parameter("protocol").unwrap_or_default().to_ascii_lowercase();
    match (part.media_type.as_str(), part.opened) {
        ("multipart/signed", true) if protocol.contains("pkcs7") => Some(Seal::SmimeSigned),
        ("multipart/signed", true) if protocol.contains("pgp") => Some(Seal::PgpSigned),
        ("multipart/encrypted", true) => Some(Seal::PgpEncrypted),
        _ => None,
    }
}

/// What a part may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Envelope,
    Winmail,
    Text,
    Other,
}

fn shape(part: &Part) -> Shape {
    let name = part.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    match part.media_type.as_str() {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Shape::Envelope,
        "application/octet-stream" if name.ends_with(".p7m") => Shape::Envelope,
        "application/ms-tnef" | "application/vnd.ms-tnef" => Shape::Winmail,
        "application/octet-stream" if name == "winmail.dat" || name == "win.dat" => Shape::Winmail,
        "text/plain" if part.name.is_none() && part.disposition != Disposition::Attachment => Shape::Text,
        _ => Shape::Other,
    }
}

fn open(raw: &[u8], tree: &mut Tree, number: usize, limits: &Limits) {
    let Some(part) = tree.parts.get(number) else { return };
    let shape = shape(part);
    if shape == Shape::Other || part.opened {
        return;
    }
    // In base64 nobody writes files into a text a second time.
    if shape == Shape::Text && part.encoding == Encoding::Base64 {
        return;
    }
    let octets = tree.decoded(raw, part);
    match shape {
        Shape::Envelope => match cms::open(&octets) {
            Some(Envelope::Signed(content)) => signed(tree, number, content, limits),
            Some(Envelope::Encrypted) => tree.seals.push(Seal::SmimeEncrypted),
            Some(Envelope::Other) | None => {}
        },
        Shape::Winmail => {
            if let Some(message) = tnef::read(&octets) {
                let octets = octets.into_owned();
                winmail(tree, number, octets, message, limits);
            }
        }
        Shape::Text => {
            if let Some((text, files)) = uuencode::take_out(&octets, FILES_MAX) {
                without_files(tree, number, text, files);
            }
        }
        Shape::Other => {}
    }
}

/// What is signed is a part with a header of its own (RFC 8551 §3.1). It stands in the place of its envelope.
fn signed(tree: &mut Tree, number: usize, content: Vec<u8>, limits: &Limits) {
    let header = HeaderLimits { bytes_max: limits.header_bytes_max, fields_max: limits.header_fields_max };
    let inner = tree::read(&content, &fields::scan(&content, 0, header), limits);
    let (first, source) = (tree.parts.len(), tree.unpacked.len());
    tree.seals.push(Seal::SmimeSigned);
    tree.too_many |= inner.too_many || first + inner.parts.len() > limits.parts_max;
    tree.too_deep |= inner.too_deep;
    for part in inner.parts.into_iter().take(limits.parts_max.saturating_sub(first)) {
        let parent = Some(part.parent.map_or(number, |parent| parent + first));
        tree.parts.push(Part { parent, unpacked: Some(source), ..part });
    }
    tree.unpacked.push(content);
    tree.parts[number].opened = true;
}

/// The text of a `winmail.dat` stands beside the mail's own, which usually says the same.
fn winmail(tree: &mut Tree, number: usize, octets: Vec<u8>, message: tnef::Message, limits: &Limits) {
    let source = tree.unpacked.len();
    let around = tree.parts[number].parent.map(|parent| tree.parts[parent].media_type.as_str());
    let inside = around == Some("application/ms-tnef");
    let part = |media_type: &str, place: Range<usize>| Part {
        parent: Some(number),
        media_type: media_type.to_owned(),
        unpacked: Some(source),
        body: place,
        ..Part::default()
    };
    let mut parts = Vec::with_capacity(message.files.len() + 1);
    if let Some(text) = message.text {
        let charset = text.charset.unwrap_or_else(|| "utf-16le".to_owned());
        // The text of a message in it is a file of its own.
        let name = tree.parts[number].name.as_ref().filter(|_| inside).map(|name| format!("{name}.txt"));
        let parameters = vec![("charset".to_owned(), charset)];
        parts.push(Part { parameters, name, ..part(text.media_type, text.place) });
    }
    for file in message.files {
        let said = file.media_type.filter(|media_type| media_type.contains('/') && !file.is_message);
        let media_type = if file.is_message { "application/ms-tnef" } else { "application/octet-stream" };
        let disposition = if file.content_id.is_some() { Disposition::Inline } else { Disposition::Attachment };
        parts.push(Part {
            name: file.name,
            content_id: file.content_id,
            disposition,
            ..part(said.as_deref().unwrap_or(media_type), file.place)
        });
    }
    let room = limits.parts_max.saturating_sub(tree.parts.len());
    tree.too_many |= parts.len() > room;
    tree.parts.extend(parts.into_iter().take(room));
    tree.unpacked.push(octets);
    tree.parts[number].media_type = "application/ms-tnef".to_owned();
    tree.parts[number].opened = true;
}

fn without_files(tree: &mut Tree, number: usize, text: Vec<u8>, files: Vec<uuencode::Found>) {
    for file in files {
        tree.parts.push(Part {
            media_type: "application/octet-stream".to_owned(),
            name: Some(file.name),
            unpacked: Some(tree.unpacked.len()),
            body: 0..file.octets.len(),
            from_text: true,
            ..Part::default()
        });
        tree.unpacked.push(file.octets);
    }
    let part = &mut tree.parts[number];
    (part.encoding, part.unpacked, part.body) = (Encoding::Identity, Some(tree.unpacked.len()), 0..text.len());
    tree.unpacked.push(text);
}
