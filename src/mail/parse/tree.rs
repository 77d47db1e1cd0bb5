//! The parts of a mail, as `mail_parser` finds them, in a flat list of our own.

use std::borrow::Cow;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser, MessagePart, PartType};

use super::decode::Encoding;
use super::fields::{self, Header, trim_end};
use super::guard::{self, Guarded};
use super::{Limits, params};
use crate::mail::Seal;

/// One part of a mail.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The container around it; `None` for the mail itself.
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
    /// Its octets, still encoded.
    pub body: Range<usize>,
    /// Where they stand: among what was unpacked, else in the mail.
    pub unpacked: Option<usize>,
    /// It was cut out of a text.
    pub from_text: bool,
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

    /// Is it a whole mail? It is never opened: what stands in it is not what this mail says.
    pub fn is_message(&self) -> bool {
        matches!(self.media_type.as_str(), "message/rfc822" | "message/global" | "message/news")
    }
}

/// All parts, parents before their children. A part's number is its place in the library's list; behind them stand the
/// parts that were unpacked.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The mail itself is the first.
    pub parts: Vec<Part>,
    /// Octets that do not stand in the mail as they are.
    pub unpacked: Vec<Vec<u8>>,
    /// How it is signed or encrypted.
    pub seals: Vec<Seal>,
    /// There were more parts than allowed.
    pub too_many: bool,
    /// They were nested deeper than allowed; deeper ones were left closed.
    pub too_deep: bool,
    /// The library gave up; the mail is one part.
    pub unread: bool,
}

impl Tree {
    /// A part's octets as they were before they were wrapped.
    pub fn decoded<'a>(&'a self, raw: &'a [u8], part: &Part) -> Cow<'a, [u8]> {
        part.encoding.decode(self.octets(raw, part))
    }

    /// A part's octets as they stand in the mail, or in what was unpacked.
    fn octets<'a>(&'a self, raw: &'a [u8], part: &Part) -> &'a [u8] {
        let all = match part.unpacked {
            Some(number) => self.unpacked.get(number).map(Vec::as_slice).unwrap_or_default(),
            None => raw,
        };
        all.get(part.body.clone()).unwrap_or_default()
    }

    /// The same of a part's first octets as they stand in the mail, at most so many.
    pub fn decoded_top<'a>(&'a self, raw: &'a [u8], part: &Part, bytes_max: usize) -> Cow<'a, [u8]> {
        let all = self.octets(raw, part);
        part.encoding.decode(&all[..all.len().min(bytes_max)])
    }

    /// The charset of the first text.
    pub fn charset(&self) -> Option<&str> {
        let text = self.parts.iter().find(|part| part.media_type.starts_with("text/"))?;
        text.parameter("charset")
    }
}

/// Finds the parts of a mail whose header is read already.
///
/// Shape:  one guarded copy of the mail, one pass of the library over it.
/// Errors: none; a container whose boundary never comes is a part without children.
pub(crate) fn read(raw: &[u8], header: &Header<'_>, limits: &Limits) -> Tree {
    let tree = read_with(raw, header, limits, None);
    let root = &tree.parts[0];
    if !root.is_multipart() || root.opened {
        return tree;
    }
    // The declared boundary is wrong or missing, but the parts may be there.
    let Some(boundary) = guess_boundary(raw.get(header.body..).unwrap_or_default()) else { return tree };
    let mut guessed = read_with(raw, header, limits, Some((&root.media_type, boundary)));
    guessed.parts[0].parameters.clone_from(&root.parameters);
    guessed
}

/// The fields of a part that say what it is; the rest is passed over.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        // Read as a type, it is no text to the library, which then leaves all octets as they are: we unwrap them where
        // they stand in the mail, and only those that are wanted.
        .header_content_type(HeaderName::ContentTransferEncoding)
        .header_raw(HeaderName::ContentId)
        .default_header_ignore()
});

fn read_with(raw: &[u8], header: &Header<'_>, limits: &Limits, boundary: Option<(&str, &[u8])>) -> Tree {
    let guarded = guard::copy(raw, header, boundary, limits.parts_max);
    // No octets are known that make the library panic here; should there be some, the mail is read all the same.
    let message = catch_unwind(AssertUnwindSafe(|| PARSER.parse(&guarded.octets)));
    let reader = Reader { raw, header, guarded: &guarded };
    let mut tree = match message {
        Ok(Some(message)) => reader.flatten(&message, limits),
        Ok(None) | Err(_) => reader.one_part(),
    };
    tree.too_many |= guarded.cut;
    tree
}

/// The first line that looks like a boundary in front of a part's header.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    const LINES_MAX: usize = 200;
    const BOUNDARY_BYTES_MAX: usize = 256;
    let mut lines = body.split(|b| *b == b'\n').take(LINES_MAX).peekable();
    while let Some(line) = lines.next() {
        let line = trim_end(line);
        let next = lines.peek().copied().unwrap_or_default();
        let content = next.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"content-"));
        if content && line.len() > 2 && line.len() <= BOUNDARY_BYTES_MAX && line.starts_with(b"--") {
            return Some(line[2..].trim_ascii_end()).filter(|b| !b.contains(&b'"') && !b.contains(&b'\\'));
        }
    }
    None
}

/// Where a part stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It is the mail itself.
    Outermost,
    /// In a digest, whose parts are mails unless they say otherwise (RFC 2046 §5.1.5).
    InDigest,
    /// In any other part.
    Inside,
}

struct Reader<'a> {
    raw: &'a [u8],
    header: &'a Header<'a>,
    guarded: &'a Guarded,
}

impl Reader<'_> {
    fn one_part(&self) -> Tree {
        let body = self.header.body..self.raw.len();
        let part = Part { media_type: "text/plain".to_owned(), body, ..Part::default() };
        Tree { parts: vec![part], unread: true, ..Tree::default() }
    }

    fn flatten(&self, message: &Message<'_>, limits: &Limits) -> Tree {
        let mut tree = Tree { too_many: message.parts.len() > limits.parts_max, ..Tree::default() };
        let found = &message.parts[..message.parts.len().min(limits.parts_max.max(1))];
        // Depth and container of each part; parts left closed have none and are never visited.
        let mut places: Vec<Option<(usize, Option<usize>)>> = vec![None; found.len()];
        places[0] = Some((1, None));
        for (number, part) in found.iter().enumerate() {
            let Some((depth, parent)) = places[number] else {
                tree.parts.push(Part::default());
                continue;
            };
            let stands = match parent {
                None => Stands::Outermost,
                Some(parent) if tree.parts[parent].media_type == "multipart/digest" => Stands::InDigest,
                Some(_) => Stands::Inside,
            };
            let mut read = self.describe(part, stands);
            read.parent = parent;
            let PartType::Multipart(children) = &part.body else {
                tree.parts.push(read);
                continue;
            };
            tree.too_deep |= depth > limits.depth_max;
            let inside =
                children.iter().map(|child| *child as usize).filter(|child| (number + 1..found.len()).contains(child));
            for child in inside.filter(|_| depth <= limits.depth_max) {
                read.opened = true;
                places[child] = Some((depth + 1, Some(number)));
            }
            tree.parts.push(read);
        }
        tree
    }

    /// A place in the copy as a place in the mail.
    fn place(&self, offset: u32) -> usize {
        (self.guarded.place(offset as usize) + self.header.body).min(self.raw.len())
    }

    fn describe(&self, found: &MessagePart<'_>, stands: Stands) -> Part {
        let mut part = Part { media_type: "text/plain".to_owned(), ..Part::default() };
        if stands == Stands::InDigest {
            part.media_type = "message/rfc822".to_owned();
        }
        let start = self.place(found.offset_body);
        part.body = start..self.place(found.offset_end).max(start);
        let mut names = (None, None);
        for field in &found.headers {
            let raw = || -> Cow<'_, [u8]> {
                match stands {
                    Stands::Outermost => {
                        self.header.last(field.name.as_str()).map_or(Cow::default(), |f| f.value.into())
                    }
                    Stands::InDigest | Stands::Inside => {
                        self.raw[self.place(field.offset_start)..self.place(field.offset_end)].into()
                    }
                }
            };
            match (&field.name, &field.value) {
                (HeaderName::ContentType, HeaderValue::ContentType(value)) => {
                    part.media_type = media_type(value);
                    part.parameters = value.attributes().unwrap_or_default().iter().map(owned).collect();
                    names.1 = name(&raw(), "name");
                }
                (HeaderName::ContentDisposition, value) => {
                    part.disposition = match value.as_content_type().map(ContentType::ctype) {
                        Some("attachment") => Disposition::Attachment,
                        Some("inline") => Disposition::Inline,
                        _ => Disposition::Unsaid,
                    };
                    names.0 = name(&raw(), "filename");
                }
                (HeaderName::ContentTransferEncoding, HeaderValue::ContentType(value)) => {
                    part.encoding = Encoding::parse(value.ctype());
                }
                (HeaderName::ContentId, HeaderValue::Text(value)) => {
                    let id = value.trim().trim_matches(['<', '>']);
                    part.content_id = Some(id.to_owned()).filter(|id| !id.is_empty());
                }
                _ => {}
            }
        }
        // RFC 2045 §6.4: containers are never wrapped; a mailer that says so is wrong.
        if part.is_multipart() {
            part.encoding = Encoding::Identity;
        }
        // A name of blanks names nothing.
        part.name = names.0.or(names.1).filter(|name| !name.trim().is_empty());
        part
    }
}

fn owned(attribute: &mail_parser::Attribute<'_>) -> (String, String) {
    (attribute.name.clone().into_owned(), attribute.value.clone().into_owned())
}

/// A file name. Read by ourselves, as the library loses an unquoted `(1)`, backslashes, the charset of all but the
/// first piece (RFC 2231 §4.1), and letters cut in two by encoded words.
fn name(field: &[u8], parameter: &str) -> Option<String> {
    memchr::memmem::find(field, b"ame").or_else(|| memchr::memmem::find(field, b"AME"))?;
    let (_, parameters) = params::read(&fields::unfold(field));
    parameters.into_iter().find(|(name, _)| name == parameter).map(|(_, value)| value)
}

/// The type, with what [`guard`] overwrote put right. What is no type at all is plain text (RFC 2045 §5.2).
fn media_type(value: &ContentType<'_>) -> String {
    let word = |text: &str| {
        let odd = |c: char| c.is_whitespace() || c == '"';
        text.trim_start_matches(odd).split(odd).next().unwrap_or_default().to_owned()
    };
    let kind = word(value.ctype());
    if let Some((kind, subtype)) = value.ctype().split_once('~')
        && word(kind) == "message"
    {
        return format!("message/{}", word(subtype));
    }
    let subtype = value.subtype().map(word).unwrap_or_default();
    match (kind.as_str(), subtype.as_str()) {
        ("multipart", "~igest") => "multipart/digest".to_owned(),
        ("multipart", "") => "multipart/mixed".to_owned(),
        _ if value.subtype().is_none() => "text/plain".to_owned(),
        ("text", "") => "text/plain".to_owned(),
        ("", _) | (_, "") => "application/octet-stream".to_owned(),
        _ => format!("{kind}/{subtype}"),
    }
}
