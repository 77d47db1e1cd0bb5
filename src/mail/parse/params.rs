//! Structured MIME values: a word and its parameters (RFC 2045 §5.1), with their pieces put together (RFC 2231).
//!
//! For file names only; other parameters are read by the library. It cuts `x(1).pdf` at the bracket, drops the
//! backslashes of a Windows path, reads every piece of a long name for itself and only the first in its charset.

use std::collections::BTreeMap;

use super::{charset, decode, words};

/// Octets of one value that are read; a file name in RFC 2231 form may be long.
const BYTES_MAX: usize = 4096;
/// Parameters of one value that are read.
const PARAMETERS_MAX: usize = 100;

/// Reads `word; name=value; …`: the word lower-case, the names lower-case, the values decoded. Semicolons may be
/// missing where a line was folded.
pub(crate) fn read(value: &str) -> (String, Vec<(String, String)>) {
    let value = without_comments(&value[..value.floor_char_boundary(BYTES_MAX)]);
    let end = value.find([';', ' ', '\t']).unwrap_or(value.len());
    let word = value[..end].trim().trim_matches('"').to_lowercase();
    let mut pieces: BTreeMap<String, Pieces> = BTreeMap::new();
    let mut rest = &value[end..];
    for _ in 0..PARAMETERS_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(after) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) = quoted_or_token(after.trim_start());
        add(&mut pieces, name.trim(), value);
        rest = after;
    }
    (word, pieces.into_iter().map(|(name, pieces)| (name, pieces.join())).collect())
}

/// The pieces of one value.
#[derive(Default)]
struct Pieces {
    whole: Option<String>,
    numbered: BTreeMap<u32, (String, bool)>,
}

fn add(pieces: &mut BTreeMap<String, Pieces>, name: &str, value: String) {
    let lower = name.to_lowercase();
    // RFC 2231 §3, §4: `name*0*`, `name*1`, `name*`.
    let (base, number, encoded) = match lower.split_once('*') {
        None => (lower.as_str(), None, false),
        Some((base, "")) => (base, Some(0), true),
        Some((base, number)) => (base, number.trim_end_matches('*').parse().ok(), number.ends_with('*')),
    };
    let entry = pieces.entry(base.to_owned()).or_default();
    match number {
        Some(number) => {
            entry.numbered.entry(number).or_insert((value, encoded));
        }
        None => {
            entry.whole.get_or_insert(value);
        }
    }
}

impl Pieces {
    /// The extended form is preferred to the plain one beside it (RFC 6266 §4.3 says so for the same fields).
    fn join(self) -> String {
        if self.numbered.is_empty() {
            return words::decode(&self.whole.unwrap_or_default());
        }
        let mut octets = Vec::new();
        let mut charset = None;
        for (number, (value, encoded)) in self.numbered {
            if !encoded {
                octets.extend_from_slice(value.as_bytes());
                continue;
            }
            let mut coded = value.as_str();
            // RFC 2231 §4: the first piece names charset and language.
            if number == 0 && value.matches('\'').count() >= 2 {
                let mut three = value.splitn(3, '\'');
                charset = three.next().map(str::to_owned);
                coded = three.nth(1).unwrap_or_default();
            }
            percent(coded, &mut octets);
        }
        // Some mailers put encoded words into numbered pieces.
        words::decode(&charset::text(&octets, charset.as_deref()))
    }
}

fn percent(coded: &str, out: &mut Vec<u8>) {
    let octets = coded.as_bytes();
    let mut at = 0;
    while at < octets.len() {
        match (octets[at], decode::hex(octets.get(at + 1)), decode::hex(octets.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (octet, ..) => {
                out.push(octet);
                at += 1;
            }
        }
    }
}

/// A value in quotes, or one up to the next semicolon. Unquoted values with spaces are a common mistake; a name
/// followed by `=` ends one all the same.
fn quoted_or_token(text: &str) -> (String, &str) {
    if let Some(inner) = text.strip_prefix('"') {
        let mut value = String::new();
        let mut escaped = false;
        for (at, sign) in inner.char_indices() {
            match sign {
                _ if escaped => {
                    // A lone backslash is part of a Windows path more often than an escape.
                    if !matches!(sign, '"' | '\\') {
                        value.push('\\');
                    }
                    value.push(sign);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => return (value, &inner[at + 1..]),
                _ => value.push(sign),
            }
        }
        return (value, "");
    }
    let end = text.find(';').unwrap_or(text.len());
    let token = &text[..end];
    let next =
        token.find('=').and_then(|equals| token[..equals].rfind(char::is_whitespace)).filter(|_| !token.contains("=?"));
    let end = next.unwrap_or(end);
    (text[..end].trim().to_owned(), &text[end..])
}

/// Comments are no part of a value (RFC 2045 §5.1).
fn without_comments(value: &str) -> String {
    if !value.contains('(') {
        return value.to_owned();
    }
    let (mut out, mut depth, mut quoted, mut before) = (String::with_capacity(value.len()), 0usize, false, ' ');
    for sign in value.chars() {
        match sign {
            '"' if depth == 0 && before != '\\' => quoted = !quoted,
            // In an unquoted file name, `x(1).pdf`, a bracket is a bracket.
            '(' if !quoted && (depth > 0 || before.is_whitespace() || before == ';') => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                before = sign;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(sign);
        }
        before = sign;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn parameters_are_read_in_all_their_forms() {
        for (value, want) in [
            ("text/plain", "text/plain"),
            ("Text/HTML; Charset=\"utf-8\"", "text/html charset=utf-8"),
            ("multipart/mixed boundary=\"x y\"", "multipart/mixed boundary=x y"),
            ("a/b; name=my file.pdf; x=1", "a/b name=my file.pdf x=1"),
            ("a/b; name=my boundary=x", "a/b boundary=x name=my"),
            ("a/b; name*=utf-8''bl%C3%A5.pdf; name=bla.pdf", "a/b name=blå.pdf"),
            ("a/b; name*0*=iso-8859-1'nb'bl%E5; name*1=\" b\"; name*2*=%E6r", "a/b name=blå bær"),
            ("a/b; name=\"=?utf-8?q?bl=C3?= =?utf-8?q?=A5?=\"", "a/b name=blå"),
            ("a/b; name=\"C:\\tmp\\x.txt\"", "a/b name=C:\\tmp\\x.txt"),
            ("a/b (comment; x=y); charset=utf-8", "a/b charset=utf-8"),
            ("a/b; name=x(1).pdf", "a/b name=x(1).pdf"),
            ("a/b; x=\"unclosed", "a/b x=unclosed"),
            ("; name=x", " name=x"),
            ("", ""),
        ] {
            let (word, parameters) = read(value);
            let shown: String = parameters.iter().map(|(n, v)| format!(" {n}={v}")).collect();
            assert_eq!(format!("{word}{shown}"), want, "{value}");
        }
    }
}
