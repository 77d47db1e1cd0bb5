//! The tree of parts, found in one pass over the lines.
//!
//! A parser that looks for each boundary on its own reads a mail of unclosed multiparts again and again, and one that
//! builds a value inside a value overflows the stack when a mail is nested 40,000 deep. Here a stack of open parts,
//! never deeper than allowed, goes over the octets once, and the result is a flat list.

use std::ops::Range;

use super::decode::Encoding;
use super::fields::{self, Header, HeaderLimits, RawField, trim_end};
use super::{Limits, params, words};

/// Header octets of one part that are kept.
const PART_HEADER: HeaderLimits = HeaderLimits { bytes_max: 64 * 1024, fields_max: 100 };
/// Longest boundary looked for; RFC 2046 §5.1.1 allows 70.
const BOUNDARY_BYTES_MAX: usize = 256;

/// One part of a mail.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The part around it; `None` for the mail itself.
    pub parent: Option<usize>,
    /// `text/plain`, lower-case.
    pub media_type: String,
    /// Parameters of `Content-Type`, names lower-case.
    pub parameters: Vec<(String, String)>,
    /// Transfer encoding.
    pub encoding: Encoding,
    /// How it asks to be shown.
    pub disposition: Disposition,
    /// Name as written, decoded.
    pub name: Option<String>,
    /// `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// `Subject` of an attached mail's header.
    pub subject: Option<String>,
    /// Its octets, still encoded.
    pub body: Range<usize>,
    /// Its header.
    pub header: Range<usize>,
    /// It is a container and has parts in it.
    pub opened: bool,
}

/// `Content-Disposition` (RFC 2183 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// Not said, or unknown.
    #[default]
    Unsaid,
    /// `inline`
    Inline,
    /// `attachment`
    Attachment,
}

impl Part {
    /// A parameter of `Content-Type`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Is it a container, by its type?
    pub fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }

    /// Is it a whole mail?
    pub fn is_message(&self) -> bool {
        matches!(self.media_type.as_str(), "message/rfc822" | "message/global" | "message/news")
    }

    /// Its octets as they were before they were wrapped.
    pub fn decoded<'a>(&self, raw: &'a [u8]) -> std::borrow::Cow<'a, [u8]> {
        self.encoding.decode(raw.get(self.body.clone()).unwrap_or_default())
    }
}

/// All parts, parents before their children.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The mail itself is the first.
    pub parts: Vec<Part>,
    /// There were more parts than allowed.
    pub too_many: bool,
    /// They were nested deeper than allowed; deeper ones were left closed.
    pub too_deep: bool,
}

impl Tree {
    /// Does this part belong to an attached mail?
    pub fn is_inside_mail(&self, part: &Part) -> bool {
        std::iter::successors(part.parent, |parent| self.parts[*parent].parent)
            .any(|parent| self.parts[parent].is_message())
    }
}

/// Finds the parts of a mail whose header is read already.
///
/// Shape:  one pass; at most `parts_max` parts, `depth_max` open at a time.
/// Errors: none; a container whose boundary never comes is a part without children.
pub(crate) fn walk(raw: &[u8], header: &Header<'_>, limits: &Limits) -> Tree {
    let tree = pass(raw, header, limits, None);
    let root = &tree.parts[0];
    if !root.is_multipart() || root.opened {
        return tree;
    }
    // The declared boundary is wrong or missing, but the parts may be there.
    match guess_boundary(&raw[root.body.clone()]) {
        Some(boundary) => pass(raw, header, limits, Some(boundary)),
        None => tree,
    }
}

fn pass(raw: &[u8], header: &Header<'_>, limits: &Limits, boundary: Option<&[u8]>) -> Tree {
    let mut walker = Walker { raw, limits, tree: Tree::default(), open: Vec::new() };
    let mut position = walker.enter(header, 0, boundary);
    while let Some(line) = walker.next_boundary(position) {
        position = walker.cross(line);
        if walker.tree.too_many {
            break;
        }
    }
    walker.close(0, raw.len());
    walker.tree
}

/// The first line that looks like a boundary in front of a part's header.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    const LINES_MAX: usize = 200;
    let mut lines = body.split(|b| *b == b'\n').take(LINES_MAX).peekable();
    while let Some(line) = lines.next() {
        let line = trim_end(line);
        let next = lines.peek().copied().unwrap_or_default();
        let content = next.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"content-"));
        if content && line.len() > 2 && line.len() <= BOUNDARY_BYTES_MAX && line.starts_with(b"--") {
            return Some(line[2..].trim_ascii_end());
        }
    }
    None
}

struct Open {
    part: usize,
    boundary: Option<Vec<u8>>,
}

/// A boundary line: where it is, whose it is, whether it closes.
struct BoundaryLine {
    start: usize,
    next: usize,
    level: usize,
    closes: bool,
}

struct Walker<'a> {
    raw: &'a [u8],
    limits: &'a Limits,
    tree: Tree,
    open: Vec<Open>,
}

impl<'a> Walker<'a> {
    /// Opens the part with this header; goes on into an attached mail, which begins at once. Returns where to go on.
    fn enter(&mut self, header: &Header<'_>, start: usize, boundary: Option<&[u8]>) -> usize {
        let mut position = self.add(header, start, boundary);
        while let Some(attached) = self.attached_mail() {
            let raw = self.raw;
            let header = fields::scan(raw, position, PART_HEADER, |line| self.level_of(line).is_some());
            self.tree.parts[attached].opened = true;
            self.tree.parts[attached].subject = header.first("subject").map(|field| words::readable(&field.text()));
            position = self.add(&header, position, None);
        }
        position
    }

    /// The part opened last, when it is a mail whose header follows.
    fn attached_mail(&mut self) -> Option<usize> {
        let last = self.open.last()?.part;
        let part = &self.tree.parts[last];
        if !part.is_message() || part.encoding != Encoding::Identity {
            return None;
        }
        if self.open.len() >= self.limits.depth_max {
            self.tree.too_deep = true;
            return None;
        }
        self.tree.too_many |= self.tree.parts.len() >= self.limits.parts_max;
        (!self.tree.too_many).then_some(last)
    }

    fn add(&mut self, header: &Header<'_>, start: usize, boundary: Option<&[u8]>) -> usize {
        let parent = self.open.last().map(|open| open.part);
        let mut part =
            describe(&header.fields, parent.is_some_and(|p| self.tree.parts[p].media_type == "multipart/digest"));
        part.parent = parent;
        part.header = start..header.body;
        part.body = header.body..self.raw.len();
        let mut boundary = boundary.map(<[u8]>::to_vec);
        if part.is_multipart() && boundary.is_none() {
            let written = part.parameter("boundary").map(|b| b.trim_end().as_bytes().to_vec());
            boundary = written.filter(|b| !b.is_empty() && b.len() <= BOUNDARY_BYTES_MAX);
        }
        if boundary.is_some() && self.open.len() >= self.limits.depth_max {
            self.tree.too_deep = true;
            boundary = None;
        }
        self.open.push(Open { part: self.tree.parts.len(), boundary });
        self.tree.parts.push(part);
        header.body
    }

    /// The next line from `position` on that is a boundary of an open part.
    fn next_boundary(&self, mut position: usize) -> Option<BoundaryLine> {
        if self.open.iter().all(|open| open.boundary.is_none()) {
            return None;
        }
        while position < self.raw.len() {
            if self.raw[position..].starts_with(b"--") {
                let next = fields::line_end(self.raw, position);
                let line = trim_end(&self.raw[position..next]);
                if let Some((level, closes)) = self.level_of(line) {
                    return Some(BoundaryLine { start: position, next, level, closes });
                }
            }
            position += memchr::memmem::find(&self.raw[position..], b"\n--")? + 1;
        }
        None
    }

    /// Whose boundary this line is; the innermost counts (RFC 2046 §5.1.2).
    fn level_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?;
        for (level, open) in self.open.iter().enumerate().rev() {
            let Some(rest) = open.boundary.as_deref().and_then(|boundary| line.strip_prefix(boundary)) else {
                continue;
            };
            if rest.trim_ascii().is_empty() {
                return Some((level, false));
            }
            if rest.starts_with(b"--") {
                return Some((level, true));
            }
        }
        None
    }

    /// Closes what ends at this line and opens what begins behind it.
    fn cross(&mut self, line: BoundaryLine) -> usize {
        let end = before_line(self.raw, line.start);
        let container = self.open[line.level].part;
        self.close(line.level + usize::from(!line.closes), end);
        if line.closes {
            self.tree.parts[container].body.end = line.next;
            return line.next;
        }
        if self.tree.parts.len() >= self.limits.parts_max {
            self.tree.too_many = true;
            return line.next;
        }
        self.tree.parts[container].opened = true;
        let raw = self.raw;
        let header = fields::scan(raw, line.next, PART_HEADER, |line| self.level_of(line).is_some());
        self.enter(&header, line.next, None)
    }

    /// Closes all parts from this level of the stack on.
    fn close(&mut self, level: usize, end: usize) {
        for open in self.open.drain(level..) {
            let body = &mut self.tree.parts[open.part].body;
            body.end = end.max(body.start);
        }
    }
}

/// The line end in front of a boundary belongs to the boundary (RFC 2046 §5.1.1).
fn before_line(raw: &[u8], start: usize) -> usize {
    let before = raw[..start].strip_suffix(b"\n").unwrap_or(&raw[..start]);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}

/// What a part's header says of it.
fn describe(fields: &[RawField<'_>], in_digest: bool) -> Part {
    // RFC 2046 §5.1.5: inside of a digest, parts are mails unless they say otherwise.
    let mut part =
        Part { media_type: if in_digest { "message/rfc822" } else { "text/plain" }.to_owned(), ..Part::default() };
    let mut disposition_name = None;
    for field in fields {
        if !field.name.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("content-")) {
            continue;
        }
        if field.is("content-type") {
            (part.media_type, part.parameters) = typed(field, &part.media_type);
        } else if field.is("content-transfer-encoding") {
            part.encoding = Encoding::parse(&field.text());
        } else if field.is("content-disposition") {
            let (word, parameters) = params::read(&field.text());
            part.disposition = match word.as_str() {
                "attachment" => Disposition::Attachment,
                "inline" => Disposition::Inline,
                _ => Disposition::Unsaid,
            };
            disposition_name = parameters.into_iter().find(|(name, _)| name == "filename").map(|(_, value)| value);
        } else if field.is("content-id") {
            let id = field.text();
            part.content_id = Some(id.trim().trim_matches(['<', '>']).to_owned()).filter(|id| !id.is_empty());
        }
    }
    // RFC 2045 §6.4: containers are never wrapped; a mailer that says so is wrong.
    if part.is_multipart() {
        part.encoding = Encoding::Identity;
    }
    part.name = disposition_name.or_else(|| part.parameter("name").map(str::to_owned));
    part
}

/// Media type and parameters. What is no type at all is plain text (RFC 2045 §5.2).
fn typed(field: &RawField<'_>, default: &str) -> (String, Vec<(String, String)>) {
    let (word, parameters) = params::read(&field.text());
    let media_type = match word.split_once('/') {
        Some((_, "")) | None if word.starts_with("multipart") => "multipart/mixed".to_owned(),
        Some(("text", "")) | None => if word.is_empty() { default } else { "text/plain" }.to_owned(),
        Some(("", _)) | Some((_, "")) => "application/octet-stream".to_owned(),
        Some(_) => word,
    };
    (media_type, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(raw: &str) -> Tree {
        let limits = Limits::default();
        let header = fields::scan(raw.as_bytes(), 0, PART_HEADER, |_| false);
        walk(raw.as_bytes(), &header, &limits)
    }

    fn show(raw: &str) -> String {
        let tree = tree(raw);
        let one = |p: &Part| {
            let depth = std::iter::successors(p.parent, |p| tree.parts[*p].parent).count();
            let body = if p.opened { "" } else { &raw[p.body.clone()] };
            format!("{}{} {:?}\n", "  ".repeat(depth), p.media_type, body)
        };
        tree.parts.iter().map(one).collect()
    }

    #[test]
    fn parts_are_found_at_their_boundaries() {
        let raw = "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\npre\r\n--a\r\n\r\nHei\r\n--ab\r\n--a\r\nContent-type: MULTIPART/alternative;\r\n boundary=ab\r\n\r\n--ab\r\nContent-Type: text/html\r\n\r\n<b>\r\n--ab--\r\nepi\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner\r\n--a--\r\n";
        let want = "multipart/mixed \"\"\n  text/plain \"Hei\\r\\n--ab\"\n  multipart/alternative \"\"\n    text/html \"<b>\"\n  message/rfc822 \"\"\n    text/plain \"inner\"\n";
        assert_eq!(show(raw), want);
    }

    #[test]
    fn a_wrong_boundary_is_guessed_and_a_missing_one_is_text() {
        let raw = "Content-Type: multipart/mixed; boundary=x\n\n--y\nContent-Type: text/html\n\n<b>\n--y--\n";
        assert_eq!(show(raw), "multipart/mixed \"\"\n  text/html \"<b>\"\n");
        let raw = "Content-Type: multipart/mixed; boundary=x\n\nhello\n";
        assert_eq!(show(raw), "multipart/mixed \"hello\\n\"\n");
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(40_000);
        let found = tree(&nested);
        assert!(found.too_deep && found.parts.len() <= Limits::default().depth_max + 1, "{}", found.parts.len());

        let unclosed: String =
            (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
        let found = tree(&unclosed);
        assert!(found.too_deep && found.parts.len() <= Limits::default().depth_max + 1, "{}", found.parts.len());

        let digest = format!("Content-Type: multipart/digest; boundary=b\r\n\r\n{}", "--b\r\n\r\n".repeat(40_000));
        assert!(tree(&digest).too_many);
    }
}
