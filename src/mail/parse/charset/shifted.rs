//! Sets that write other scripts with ASCII octets: UTF-7, and those that shift between two tables.

use super::decode;
use crate::mail::parse::decode::base64_value;

/// Reads octets of such a set; `None` when the set is another.
pub(super) fn read(octets: &[u8], name: &str) -> Option<String> {
    match name {
        _ if name.ends_with("utf7") => Some(utf_7(octets)),
        "iso2022kr" => decode(&unshifted(octets), "euc-kr"),
        "iso2022cn" | "iso2022cnext" => decode(&unshifted(octets), "gbk"),
        "hz" | "hzgb2312" => decode(&unshifted(octets), "gbk"),
        _ => None,
    }
}

/// Are there the marks by which ISO-2022-JP goes to Japanese and back (RFC 1468)? Mailers forget to declare it.
pub(super) fn is_japanese(octets: &[u8]) -> bool {
    let goes = |mark: &[u8]| memchr::memmem::find(octets, mark).is_some();
    memchr::memchr(0x1B, octets).is_some()
        && (goes(b"\x1b$B") || goes(b"\x1b$@"))
        && (goes(b"\x1b(B") || goes(b"\x1b(J"))
}

/// RFC 2152. A letter may be cut in two by the end of a run only where the mail is broken.
fn utf_7(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = memchr::memchr(b'+', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..at]));
        rest = &rest[at + 1..];
        let run = rest.iter().take_while(|b| sextet(**b).is_some()).count();
        match rest.get(..run).unwrap_or_default() {
            [] => out.push('+'),
            coded => push_utf_16(coded, &mut out),
        }
        rest = &rest[run..];
        // The mark that ends a run is no part of the text; any other sign is.
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

/// Without the alphabet's other signs for file names: here, one of them ends a run.
fn sextet(octet: u8) -> Option<u8> {
    base64_value(octet).filter(|_| !matches!(octet, b'-' | b'_'))
}

fn push_utf_16(coded: &[u8], out: &mut String) {
    let (mut bits, mut count) = (0u32, 0u32);
    let mut units = Vec::with_capacity(coded.len() / 2);
    for value in coded.iter().filter_map(|b| sextet(*b)) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push((bits >> count) as u16);
        }
    }
    out.extend(char::decode_utf16(units).map(|sign| sign.unwrap_or('\u{FFFD}')));
}

/// Between the marks that shift out (`SO`, `~{`) and in (`SI`, `~}`), octets get the highest bit: then they are what
/// the table of the unshifted set holds. The marks, and the escapes that name a table, are left out.
fn unshifted(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let (mut rest, mut high) = (octets, 0u8);
    loop {
        rest = match rest {
            [] => return out,
            [0x0E, behind @ ..] | [b'~', b'{', behind @ ..] => {
                high = 0x80;
                behind
            }
            [0x0F, behind @ ..] | [b'~', b'}', behind @ ..] => {
                high = 0;
                behind
            }
            [0x1B, b'$', b')' | b'*', _, behind @ ..] => behind,
            [octet, behind @ ..] => {
                // No set keeps its shift beyond a line.
                high = if *octet == b'\n' { 0 } else { high };
                out.push(if (0x21..=0x7E).contains(octet) { octet | high } else { *octet });
                behind
            }
        };
    }
}
