//! The header block: where fields begin and end, their bytes as text.
//!
//! Not the library's: it takes `Fr om:` for a sender, which no other reader does, keeps no limit, does not see where a
//! header ends without an empty line, and loses 8-bit text.

use std::borrow::Cow;

use memchr::memchr;

use super::charset;

/// One field where it stands in the mail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawField<'a> {
    /// Name as written, ASCII without spaces.
    pub name: &'a str,
    /// From behind the colon to the end of its last line, folds included.
    pub value: &'a [u8],
}

impl RawField<'_> {
    /// Is it this field? Names are not case-sensitive (RFC 5322 §1.2.2).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value as text, folds removed, trimmed (RFC 5322 §2.2.3).
    pub fn text(&self) -> String {
        unfold(self.value)
    }

    /// The same, where the mail's text is in this charset: 8-bit octets in a header are then usually in it too.
    pub fn text_in(&self, charset: Option<&str>) -> String {
        if self.value.is_ascii() { self.text() } else { charset::text(&flat(self.value), charset) }
    }
}

/// How much of a header is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderLimits {
    /// Octets; fields beyond are left out.
    pub bytes_max: usize,
    /// Fields; those beyond are left out.
    pub fields_max: usize,
}

/// A header block.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    /// Its fields in order.
    pub fields: Vec<RawField<'a>>,
    /// Where the body begins.
    pub body: usize,
    /// There were more fields or octets than allowed.
    pub cut: bool,
    /// A sender is among what was left out, in whole or in part.
    pub from_cut: bool,
    /// Fields that were kept though they stand beyond what is.
    late: usize,
}

/// What says who wrote a mail, or that a machine did: kept wherever it stands, a few of them, each if it is short.
const VITAL: [&str; 9] = [
    "from",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "auto-submitted",
    "precedence",
    "list-id",
    "x-auto-response-suppress",
];
const VITAL_FIELDS_MAX: usize = 16;
const VITAL_BYTES_MAX: usize = 4096;

/// Reads the header block that begins at `start`.
///
/// Shape:  one pass over the lines of the header; each field is a slice of `raw`.
/// Errors: none; a line that is no field is skipped when a field follows, else the body begins there.
pub(crate) fn scan<'a>(raw: &'a [u8], start: usize, limits: HeaderLimits) -> Header<'a> {
    let fields = Vec::with_capacity(24);
    let mut header = Header { fields, body: raw.len(), cut: false, from_cut: false, late: 0 };
    let mut open: Option<(&'a str, usize)> = None;
    let mut position = start;
    while position < raw.len() {
        let next = line_end(raw, position);
        let line = trim_end(&raw[position..next]);
        if line.is_empty() {
            header.body = next;
            break;
        }
        if matches!(line[0], b' ' | b'\t') {
            position = next;
            continue;
        }
        let name = field_name(line);
        if name.is_none() && !field_follows(raw, next) {
            header.body = position;
            break;
        }
        header.keep(raw, open.take(), position, limits);
        header.cut |= position - start > limits.bytes_max;
        open = name.map(|(name, colon)| (name, position + colon + 1));
        position = next;
    }
    let end = header.body.min(position);
    header.keep(raw, open, end, limits);
    header
}

impl<'a> Header<'a> {
    fn keep(&mut self, raw: &'a [u8], open: Option<(&'a str, usize)>, end: usize, limits: HeaderLimits) {
        let Some((name, value)) = open else { return };
        let is_from = name.eq_ignore_ascii_case("from");
        if self.cut || self.fields.len() == limits.fields_max {
            self.cut = true;
            let vital = VITAL.iter().any(|vital| name.eq_ignore_ascii_case(vital));
            if vital && self.late < VITAL_FIELDS_MAX && end.saturating_sub(value) <= VITAL_BYTES_MAX {
                self.late += 1;
                self.fields.push(RawField { name, value: &raw[value..end.max(value)] });
            } else {
                self.from_cut |= is_from;
            }
            return;
        }
        let kept = end.min(value + limits.bytes_max).max(value);
        self.fields.push(RawField { name, value: &raw[value..kept] });
        self.cut = kept < end;
        self.from_cut |= self.cut && is_from;
    }

    /// The last field of this name; where a mailer writes two, the library takes this one.
    pub fn last(&self, name: &str) -> Option<&RawField<'a>> {
        self.fields.iter().rfind(|field| field.is(name))
    }

    /// The first field of this name.
    pub fn first(&self, name: &str) -> Option<&RawField<'a>> {
        self.fields.iter().find(|field| field.is(name))
    }
}

/// One past the line feed that ends the line beginning at `position`.
pub(crate) fn line_end(raw: &[u8], position: usize) -> usize {
    memchr(b'\n', &raw[position..]).map_or(raw.len(), |at| position + at + 1)
}

/// Without its line end.
pub(crate) fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where the line before this one ends, without its line end.
pub(crate) fn before_line(raw: &[u8], start: usize) -> usize {
    let before = raw[..start].strip_suffix(b"\n").unwrap_or(&raw[..start]);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}

/// Name and place of the colon, when the line begins a field. Spaces before the colon are an old form
/// (RFC 5322 §4.5).
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(|b| (33..=126).contains(b));
    if good { std::str::from_utf8(name).ok().map(|name| (name, colon)) } else { None }
}

/// Is the next line a field, a fold or the end of the header? Then the junk before it is only junk.
fn field_follows(raw: &[u8], position: usize) -> bool {
    if position >= raw.len() {
        return false;
    }
    let line = trim_end(&raw[position..line_end(raw, position)]);
    line.first().is_none_or(|b| matches!(b, b' ' | b'\t')) || field_name(line).is_some()
}

/// The value as text, folds removed, trimmed; 8-bit text is UTF-8, else Windows-1252.
pub(crate) fn unfold(value: &[u8]) -> String {
    charset::rescue(&flat(value))
}

/// Without line ends, trimmed.
fn flat(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    let mut flat = Vec::new();
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\r', b'\n', value) {
        flat.extend_from_slice(&value[start..end]);
        start = end + 1;
    }
    if start == 0 {
        return value.into();
    }
    flat.extend_from_slice(&value[start..]);
    flat.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeaderLimits = HeaderLimits { bytes_max: 1000, fields_max: 10 };

    fn read(raw: &[u8]) -> (Vec<String>, usize) {
        let header = scan(raw, 0, LIMITS);
        (header.fields.iter().map(|f| format!("{}={}", f.name, f.text())).collect(), header.body)
    }

    #[test]
    fn fields_are_found_whatever_surrounds_them() {
        let table: [(&[u8], &[&str], usize); 6] = [
            (b"A: 1\r\nB: 2\r\n 3\r\n\r\nx", &["A=1", "B=2 3"], 18),
            (b"A : 1\nB:\n\nx", &["A=1", "B="], 10),
            (b"From me Mon\nA: 1\n\nx", &["A=1"], 18),
            (b"A: 1\nbody without an empty line\nmore\n", &["A=1"], 5),
            (b"A: bl\xe5b\xe6r\r\n\tog\r\n\r\n", &["A=blåbær\tog"], 18),
            (b"\r\nA: 1\r\n", &[], 2),
        ];
        for (raw, want, body) in table {
            assert_eq!(read(raw), (want.iter().map(|s| (*s).to_owned()).collect(), body), "{raw:?}");
        }
    }

    #[test]
    fn too_many_fields_are_cut_but_the_body_is_still_found() {
        let raw = format!("{}\r\nbody", "X: 1\r\n".repeat(500));
        let header = scan(raw.as_bytes(), 0, LIMITS);
        assert_eq!((header.fields.len(), header.cut), (10, true));
        assert_eq!(&raw[header.body..], "body");
    }
}
