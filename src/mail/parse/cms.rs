//! What stands in a signed envelope of S/MIME (RFC 5652), without looking at the signature.
//!
//! No library's: the maintained ones take DER only, and mailers write BER with lengths that are not known beforehand.
//! Only as much is read as leads to the content; nothing is believed.

/// What an envelope is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// Signed, with what was signed inside.
    Signed(Vec<u8>),
    /// Encrypted for somebody else.
    Encrypted,
    /// Something else, such as certificates.
    Other,
}

/// Object identifiers below `1.2.840.113549.1`: RFC 5652 §14, RFC 5083 §5.
const PKCS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1];
const SIGNED_DATA: &[u8] = &[7, 2];
const ENCRYPTED: [&[u8]; 3] = [&[7, 3], &[7, 6], &[9, 16, 1, 23]];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const CONTEXT_0: u8 = 0xA0;
/// In a tag: holds other elements.
const CONSTRUCTED: u8 = 0x20;

/// Opens an envelope; `None` when it is none.
///
/// Shape:  one pass, nothing recursive; the content is a copy.
pub(crate) fn open(octets: &[u8]) -> Option<Envelope> {
    let info = element(octets, SEQUENCE)?.inside;
    let kind = element(info, OBJECT_IDENTIFIER)?;
    let content = element(kind.behind, CONTEXT_0)?.inside;
    let Some(kind) = kind.inside.strip_prefix(PKCS) else { return Some(Envelope::Other) };
    match kind {
        SIGNED_DATA => Some(signed_content(content).map_or(Envelope::Other, Envelope::Signed)),
        _ if ENCRYPTED.contains(&kind) => Some(Envelope::Encrypted),
        _ => Some(Envelope::Other),
    }
}

/// RFC 5652 §5.1: version, algorithms, then what is signed; it is left out where only certificates are sent.
fn signed_content(octets: &[u8]) -> Option<Vec<u8>> {
    let data = element(octets, SEQUENCE)?.inside;
    let version = element(data, INTEGER)?;
    let algorithms = element(version.behind, SET)?;
    let info = element(algorithms.behind, SEQUENCE)?.inside;
    let kind = element(info, OBJECT_IDENTIFIER)?;
    string(element(kind.behind, CONTEXT_0)?.inside)
}

/// One element of BER.
struct Element<'a> {
    /// Its content; up to the end of everything, when its length is not given.
    inside: &'a [u8],
    /// What follows it.
    behind: &'a [u8],
}

/// The element at the beginning, when it is of this kind.
fn element(octets: &[u8], tag: u8) -> Option<Element<'_>> {
    let (found, length, rest) = head(octets)?;
    if found != tag {
        return None;
    }
    Some(match length {
        Some(length) => {
            Element { inside: rest.get(..length).unwrap_or(rest), behind: rest.get(length..).unwrap_or_default() }
        }
        None => Element { inside: rest, behind: behind_open(rest) },
    })
}

/// Tag, length when it is given, and what follows.
fn head(octets: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (tag, rest) = octets.split_first()?;
    let (length, rest) = rest.split_first()?;
    match *length {
        short @ 0..=0x7F => Some((*tag, Some(usize::from(short)), rest)),
        0x80 => Some((*tag, None, rest)),
        long => {
            let count = usize::from(long & 0x7F);
            let length = rest.get(..count).filter(|_| count <= 4)?.iter().fold(0, |all, b| all << 8 | usize::from(*b));
            Some((*tag, Some(length), &rest[count..]))
        }
    }
}

/// What follows an element without a length: it ends at two zeros of its own.
fn behind_open(octets: &[u8]) -> &[u8] {
    let (mut rest, mut open) = (octets, 1usize);
    while open > 0 {
        let Some((tag, length, behind)) = head(rest) else { return &[] };
        match length {
            Some(0) if tag == 0 => open -= 1,
            Some(_) => {}
            None => open += 1,
        }
        rest = behind.get(length.unwrap_or_default()..).unwrap_or_default();
    }
    rest
}

/// An octet string, in one piece or in several.
fn string(octets: &[u8]) -> Option<Vec<u8>> {
    let (tag, length, rest) = head(octets)?;
    if tag == OCTET_STRING {
        return Some(rest.get(..length?).unwrap_or(rest).to_vec());
    }
    if tag != OCTET_STRING | CONSTRUCTED {
        return None;
    }
    let (mut rest, mut open) = match length {
        Some(length) => (rest.get(..length).unwrap_or(rest), 0usize),
        None => (rest, 1),
    };
    let mut out = Vec::with_capacity(rest.len());
    while let Some((tag, length, behind)) = head(rest) {
        match (tag, length) {
            (OCTET_STRING, Some(length)) => {
                out.extend_from_slice(behind.get(..length).unwrap_or(behind));
                rest = behind.get(length..).unwrap_or_default();
                continue;
            }
            // The end of a piece without a length; the last one ends the string.
            (0, Some(0)) if open <= 1 => break,
            (0, Some(0)) => open -= 1,
            (_, None) => open += 1,
            _ => {}
        }
        rest = behind;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(tag: u8, inside: &[&[u8]]) -> Vec<u8> {
        let inside = inside.concat();
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, &inside].concat()
    }

    /// With a length that is not given.
    fn open_ended(tag: u8, inside: &[&[u8]]) -> Vec<u8> {
        [&[tag, 0x80][..], &inside.concat(), &[0, 0]].concat()
    }

    fn kind(end: &[u8]) -> Vec<u8> {
        wrapped(OBJECT_IDENTIFIER, &[PKCS, end])
    }

    #[test]
    fn what_was_signed_is_found_in_both_forms() {
        let data = |make: fn(u8, &[&[u8]]) -> Vec<u8>, content: &[u8]| {
            let algorithms = make(SET, &[&make(SEQUENCE, &[&kind(&[1, 11])])]);
            let info = make(SEQUENCE, &[&kind(&[7, 1]), &make(CONTEXT_0, &[content])]);
            let data = make(SEQUENCE, &[&[INTEGER, 1, 1], &algorithms, &info, &make(SET, &[])]);
            make(SEQUENCE, &[&kind(SIGNED_DATA), &make(CONTEXT_0, &[&data])])
        };
        let plain = wrapped(OCTET_STRING, &[b"Hei"]);
        let pieces: [&[u8]; 2] = [&wrapped(OCTET_STRING, &[b"H"]), &wrapped(OCTET_STRING, &[b"ei"])];
        let nested = open_ended(0x24, &[&open_ended(0x24, &[pieces[0]]), pieces[1]]);
        for octets in [
            data(wrapped, &plain),
            data(open_ended, &plain),
            data(wrapped, &wrapped(0x24, &pieces)),
            data(open_ended, &open_ended(0x24, &pieces)),
            data(open_ended, &nested),
        ] {
            assert_eq!(open(&octets), Some(Envelope::Signed(b"Hei".to_vec())));
            for cut in 0..octets.len() {
                open(&octets[..cut]);
            }
        }
    }

    #[test]
    fn other_envelopes_are_told_apart() {
        let of = |end: &[u8]| wrapped(SEQUENCE, &[&kind(end), &wrapped(CONTEXT_0, &[b"\x30\x00"])]);
        assert_eq!(open(&of(&[7, 3])), Some(Envelope::Encrypted));
        assert_eq!(open(&of(&[9, 16, 1, 23])), Some(Envelope::Encrypted));
        assert_eq!(open(&of(&[7, 1])), Some(Envelope::Other));
        assert_eq!(open(&of(SIGNED_DATA)), Some(Envelope::Other));
        assert_eq!(open(b"SGVp"), None);
        assert_eq!(open(b""), None);
        assert_eq!(open(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 6]), None);
    }
}
