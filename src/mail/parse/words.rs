//! Encoded words in headers (RFC 2047), read in one pass.
//!
//! Not the library's: it reads each word for itself, so that a letter cut in two by a mailer is lost, puts a space
//! between a word and the comma or bracket behind it, and takes a wrong charset at its word.

use memchr::memmem;

use super::{charset, decode};

/// Decodes every encoded word; the space between two of them disappears (RFC 2047 §6.2). Words that a mailer cut in
/// the middle of a letter are put together again before their octets are read.
pub(crate) fn decode(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<(&str, Vec<u8>)> = None;
    let mut ends = Ends { text, next: None };
    let (mut plain, mut from) = (0, 0);
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"=?") {
        let start = from + at;
        let Some(word) = read(text, start, &mut ends) else {
            from = start + 2;
            continue;
        };
        let between = &text[plain..start];
        if !between.trim().is_empty() || pending.is_none() {
            flush(&mut out, pending.take());
            out.push_str(between);
        }
        match &mut pending {
            Some((charset, octets)) if charset.eq_ignore_ascii_case(word.charset) => octets.extend(word.octets),
            _ => {
                flush(&mut out, pending.take());
                pending = Some((word.charset, word.octets));
            }
        }
        (plain, from) = (word.end, word.end);
    }
    flush(&mut out, pending);
    out.push_str(&text[plain..]);
    out
}

/// Decoded, controls and invisible direction marks made spaces or dropped, trimmed: a subject or a name for people.
pub(crate) fn readable(text: &str) -> String {
    let decoded = decode(text);
    let mut out = String::with_capacity(decoded.len());
    for sign in decoded.trim().chars() {
        match sign {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
            _ if sign.is_control() => out.push(' '),
            _ => out.push(sign),
        }
    }
    out.trim().to_owned()
}

struct Word<'a> {
    charset: &'a str,
    octets: Vec<u8>,
    end: usize,
}

/// Where the next `?=` is; looked up once per place, so that many unclosed words cost no more than one.
struct Ends<'a> {
    text: &'a str,
    next: Option<Option<usize>>,
}

impl Ends<'_> {
    fn after(&mut self, position: usize) -> Option<usize> {
        match self.next {
            Some(None) => return None,
            Some(Some(at)) if at >= position => return Some(at),
            _ => {}
        }
        let found = memmem::find(&self.text.as_bytes()[position..], b"?=").map(|at| position + at);
        self.next = Some(found);
        found
    }
}

fn read<'a>(text: &'a str, start: usize, ends: &mut Ends<'_>) -> Option<Word<'a>> {
    const CHARSET_BYTES_MAX: usize = 64;
    let octets = text.as_bytes();
    let head = &octets[start + 2..octets.len().min(start + 2 + CHARSET_BYTES_MAX)];
    let charset_end = start + 2 + memchr::memchr(b'?', head)?;
    let encoding = octets.get(charset_end + 1)?.to_ascii_lowercase();
    if octets.get(charset_end + 2) != Some(&b'?') {
        return None;
    }
    let data = charset_end + 3;
    let end = ends.after(data)?;
    if memmem::find(&octets[data..end], b"=?").is_some_and(|at| at > 0) && encoding == b'b' {
        return None;
    }
    let charset = text.get(start + 2..charset_end)?;
    // RFC 2231 §5: a language may follow the charset.
    let charset = charset.split('*').next().unwrap_or(charset);
    let coded = &octets[data..end];
    let octets = match encoding {
        b'b' => decode::base64(coded),
        b'q' => decode::quoted_printable(&coded.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect::<Vec<_>>()),
        _ => return None,
    };
    Some(Word { charset, octets, end: end + 2 })
}

fn flush(out: &mut String, pending: Option<(&str, Vec<u8>)>) {
    if let Some((charset, octets)) = pending {
        out.push_str(&charset::text(&octets, Some(charset)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_and_joined() {
        for (coded, want) in [
            ("plain", "plain"),
            ("=?utf-8?Q?bl=C3=A5b=C3=A6r?= is", "blåbær is"),
            ("=?UTF-8?B?YmzD?= =?utf-8?B?pWI=?=", "blåb"),
            ("=?iso-8859-1?q?bl=E5?=\t =?utf-8?q?b=C3=A6r?=", "blåbær"),
            ("a =?utf-8?q?b_c?= d", "a b c d"),
            ("=?utf-8*nb?Q?=C3=A6?=", "æ"),
            ("=?utf-8?Q?unclosed", "=?utf-8?Q?unclosed"),
            ("=?x?y?z?=", "=?x?y?z?="),
            ("=?ISO-2022-JP?B?GyRCJU8bKEI=?=", "ハ"),
            ("[x] =?utf-8?q?=5BHV-1=5D?=", "[x] [HV-1]"),
        ] {
            assert_eq!(decode(coded), want, "{coded}");
        }
        assert_eq!(readable("=?utf-8?q?a=0D=0ABcc:_x?="), "a  Bcc: x");
    }
}
