//! Transfer encodings: octets to octets. Lenient everywhere: what is broken is kept as it stands.
//!
//! Sound base64 is the library's. Quoted-printable is not: it swallows the two letters behind an `=` that
//! stands for itself, and those before a soft line end at a boundary.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::html::add_html_token;

/// How a part's octets are wrapped (RFC 2045 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// 7bit, 8bit, binary, and whatever is unknown.
    #[default]
    Identity,
    /// `base64`
    Base64,
    /// `quoted-printable`
    QuotedPrintable,
}

impl Encoding {
    /// Reads the field's value; comments and case do not matter.
    pub fn parse(value: &str) -> Self {
        let word = value.trim().trim_matches('"');
        let is = |name: &str| word.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        match () {
            () if is("base64") => Self::Base64,
            () if is("quoted-printable") => Self::QuotedPrintable,
            () => Self::Identity,
        }
    }

    /// Unwraps.
    pub fn decode(self, octets: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Identity => octets.into(),
            Self::Base64 => base64_decode(octets).unwrap_or_else(|| base64(octets)).into(),
            Self::QuotedPrintable => quoted_printable(octets).into(),
        }
    }
}

/// In [`BASE64_VALUES`]: ends a group.
const PADDING: u8 = 0xFE;
/// In [`BASE64_VALUES`]: not of the alphabet.
const FOREIGN: u8 = 0xFF;
/// Six bits for each octet of the alphabet; all others have the highest bit. A table, as which range the next octet
/// falls into is anybody's guess, a processor's too.
static BASE64_VALUES: [u8; 256] = base64_values();

const fn base64_values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [FOREIGN; 256];
    let mut at = 0;
    while at < alphabet.len() {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values[b'=' as usize] = PADDING;
    values
}

/// The six bits that a sign of the alphabet stands for (RFC 4648 §4, and §5 for file names).
pub(crate) fn base64_value(octet: u8) -> Option<u8> {
    Some(BASE64_VALUES[usize::from(octet)]).filter(|value| *value < 64)
}

/// Decodes base64; whatever is not of the alphabet is skipped (RFC 2045 §6.8), padding ends a group.
pub(crate) fn base64(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() / 4 * 3 + 3);
    let (mut group, mut count) = (0u32, 0u8);
    let mut rest = octets;
    while let [octet, behind @ ..] = rest {
        if count == 0
            && let Some(([a, b, c, d], behind)) = rest.split_first_chunk()
        {
            let [a, b, c, d] = [a, b, c, d].map(|octet| BASE64_VALUES[usize::from(*octet)]);
            if a | b | c | d < 64 {
                out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
                rest = behind;
                continue;
            }
        }
        rest = behind;
        match BASE64_VALUES[usize::from(*octet)] {
            PADDING => {
                flush(&mut out, group, count);
                (group, count) = (0, 0);
            }
            FOREIGN => {}
            value => {
                group = group << 6 | u32::from(value);
                count += 1;
            }
        }
        if count == 4 {
            out.extend_from_slice(&group.to_be_bytes()[1..]);
            (group, count) = (0, 0);
        }
    }
    flush(&mut out, group, count);
    out
}

fn flush(out: &mut Vec<u8>, group: u32, count: u8) {
    match count {
        2 => out.push((group >> 4) as u8),
        3 => out.extend_from_slice(&((group >> 2) as u16).to_be_bytes()),
        _ => {}
    }
}

/// Decodes quoted-printable; an `=` that begins nothing stays (RFC 2045 §6.7).
pub(crate) fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut position = 0;
    while position < octets.len() {
        let Some(at) = memchr::memchr(b'=', &octets[position..]) else { break };
        out.extend_from_slice(&octets[position..position + at]);
        position += at;
        let rest = &octets[position + 1..];
        let blanks = rest.iter().take(80).take_while(|b| matches!(b, b' ' | b'\t')).count();
        match (hex(rest.first()), hex(rest.get(1))) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                position += 3;
            }
            _ if rest[blanks..].starts_with(b"\r\n") => position += blanks + 3,
            _ if rest[blanks..].starts_with(b"\n") || rest.len() == blanks => position += blanks + 2,
            _ => {
                out.push(b'=');
                position += 1;
            }
        }
    }
    out.extend_from_slice(octets.get(position..).unwrap_or_default());
    out
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(octet: Option<&u8>) -> Option<u8> {
    octet.and_then(|b| char::from(*b).to_digit(16)).map(|digit| digit as u8)
}

/// Appends what an HTML reference such as `&aring;` or `&#229;` means; unknown ones stay as written.
pub(crate) fn push_entity(out: &mut String, reference: &str) {
    match reference {
        "&nbsp;" | "&#160;" | "&#xa0;" | "&#xA0;" => out.push('\u{A0}'),
        "&#0;" => out.push('\u{FFFD}'),
        _ => add_html_token(out, reference.as_bytes(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_encodings_lose_nothing_readable() {
        for (coded, want) in [
            (&b"SGVp"[..], &b"Hei"[..]),
            (b"SG\r\n Vp!", b"Hei"),
            (b"SGU=SGU=", b"HeHe"),
            (b"SGVpIA", b"Hei "),
            (b"====", b""),
            (b"SGVpSGVp\r\nSGVpS!GVpSGVp", b"HeiHeiHeiHeiHei"),
            (b"S\xFFGVpSGVpSA==", b"HeiHeiH"),
            (b"--__++//", b"\xfb\xef\xff\xfb\xef\xff"),
        ] {
            assert_eq!(base64(coded), want, "{coded:?}");
        }
        for (coded, want) in [
            (&b"bl=C3=A5 =\r\nb=e6r"[..], &b"bl\xc3\xa5 b\xe6r"[..]),
            (b"a=zz=", b"a=zz"),
            (b"100 = 100=20", b"100 = 100 "),
            (b"a=  \nb", b"ab"),
        ] {
            assert_eq!(quoted_printable(coded), want, "{coded:?}");
        }
    }
}
