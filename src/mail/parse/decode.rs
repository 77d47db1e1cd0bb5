//! Transfer encodings and character sets: octets to text. Lenient everywhere: what is broken is kept as it stands.
//!
//! Charsets and sound base64 are the library's. Quoted-printable is not: it swallows the two letters behind an `=` that
//! stands for itself, and those before a soft line end at a boundary.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
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

/// Octets of a declared charset as text. A wrong declaration is common: text that is UTF-8 is read as UTF-8 where the
/// declared set is one of those that mailers write without looking.
pub(crate) fn text(octets: &[u8], charset: Option<&str>) -> String {
    let charset = charset.map(|name| name.trim().trim_matches(['"', '\'']).to_ascii_lowercase()).unwrap_or_default();
    let careless = matches!(
        charset.as_str(),
        "" | "utf-8"
            | "utf8"
            | "us-ascii"
            | "ascii"
            | "iso-8859-1"
            | "iso8859-1"
            | "latin1"
            | "windows-1252"
            | "cp1252"
    ) || charset.contains("unknown")
        || charset.starts_with("default");
    if careless || octets.is_ascii() && !stateful(&charset) {
        return rescue(octets);
    }
    match charset_decoder(charset.as_bytes()) {
        Some(decoder) => decoder(octets),
        None => rescue(octets),
    }
}

/// Sets that say more than ASCII with ASCII octets.
fn stateful(charset: &str) -> bool {
    charset.starts_with("iso-2022")
        || charset.contains("utf-7")
        || charset.contains("utf-16")
        || charset.starts_with("hz")
}

/// Octets of an unknown set: UTF-8 when they are, else Windows-1252, which has a sign for nearly every octet. Text
/// that is UTF-8 but for a few octets stays UTF-8.
pub(crate) fn rescue(octets: &[u8]) -> String {
    let error = match std::str::from_utf8(octets) {
        Ok(text) => return text.to_owned(),
        Err(error) => error,
    };
    let multibyte = octets[..error.valid_up_to()].iter().filter(|b| **b >= 0xC2).count();
    if multibyte > 0 {
        return String::from_utf8_lossy(octets).into_owned();
    }
    let lossy = String::from_utf8_lossy(octets);
    let (mut good, mut bad) = (0usize, 0usize);
    for sign in lossy.chars().filter(|c| !c.is_ascii()) {
        if sign == '\u{FFFD}' { bad += 1 } else { good += 1 }
    }
    if good > bad { lossy.into_owned() } else { windows_1252(octets) }
}

fn windows_1252(octets: &[u8]) -> String {
    match charset_decoder(b"windows-1252") {
        Some(decoder) => decoder(octets),
        None => octets.iter().map(|b| char::from(*b)).collect(),
    }
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

    #[test]
    fn charsets_are_believed_only_as_far_as_they_go() {
        for (octets, charset, want) in [
            (&b"bl\xe5b\xe6r"[..], Some("utf-8"), "blåbær"),
            ("blåbær".as_bytes(), Some("iso-8859-1"), "blåbær"),
            (b"bl\xe5b\xe6r", None, "blåbær"),
            (b"\x93x\x94", Some("ISO-8859-1"), "“x”"),
            (b"\x1b$B%O%m!<\x1b(B", Some("iso-2022-jp"), "ハロー"),
            (b"+AOU-", Some("utf-7"), "å"),
            (b"\xe5", Some("x-nonsense"), "å"),
            (b"\x8c", Some("macintosh"), "å"),
        ] {
            assert_eq!(text(octets, charset), want, "{octets:?} {charset:?}");
        }
    }
}
