//! `winmail.dat`: what Outlook puts a mail's text and files into when it takes the receiver for an Exchange.
//!
//! No library's: the crate of that name leaves the text out and has stood still for years, the other needs a C library.
//! As Microsoft's MS-OXTNEF says: a stream of attributes; some hold a list of properties (MS-OXCDATA).

use std::ops::Range;

use super::charset;

/// What was in it. Contents are places in the octets given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The text, when it is plain or a page.
    pub text: Option<Text>,
    /// The files in order.
    pub files: Vec<File>,
}

/// The text of the mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Media type.
    pub media_type: &'static str,
    /// `None` where it is UTF-16.
    pub charset: Option<String>,
    /// Where it stands.
    pub place: Range<usize>,
}

/// One file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct File {
    /// The long name, else the short one.
    pub name: Option<String>,
    /// Media type, when it is said.
    pub media_type: Option<String>,
    /// By which the text refers to it.
    pub content_id: Option<String>,
    /// Where it stands.
    pub place: Range<usize>,
    /// A mail in the mail: a stream like this one.
    pub is_message: bool,
}

const SIGNATURE: u32 = 0x223E_9F78;
/// Attributes: MS-OXTNEF §2.1.3.2.
const BODY: u32 = 0x0002_800C;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const CODE_PAGE: u32 = 0x0006_9007;
const FILE_BEGINS: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_DATA: u32 = 0x0006_800F;
const FILE_PROPERTIES: u32 = 0x0006_9005;
/// Properties: MS-OXPROPS.
const TEXT_BODY: u16 = 0x1000;
const HTML_BODY: u16 = 0x1013;
const SHORT_NAME: u16 = 0x3704;
const LONG_NAME: u16 = 0x3707;
const DISPLAY_NAME: u16 = 0x3001;
const MIME_TAG: u16 = 0x370E;
const CONTENT_ID: u16 = 0x3712;
const DATA_OBJECT: u16 = 0x3701;

/// Most attributes, and most properties of all together, that are read.
const ATTRIBUTES_MAX: usize = 20_000;
const PROPERTIES_MAX: usize = 50_000;
/// Most files.
const FILES_MAX: usize = 500;

/// Reads a stream; `None` when it is none. What is cut off or broken ends the reading; what was read till then stays.
///
/// Shape:  one pass, nothing recursive.
pub(crate) fn read(octets: &[u8]) -> Option<Message> {
    let mut cursor = Cursor { octets, at: 0 };
    if cursor.u32()? != SIGNATURE {
        return None;
    }
    cursor.skip(2)?;
    let mut reader = Reader { octets, message: Message::default(), code_page: None, properties: PROPERTIES_MAX };
    for _ in 0..ATTRIBUTES_MAX {
        let Some((id, place)) = attribute(&mut cursor) else { break };
        reader.take(id, place);
    }
    let mut message = reader.message;
    message.files.retain(|file| !file.place.is_empty());
    Some(message)
}

/// Level, id, length, content, sum.
fn attribute(cursor: &mut Cursor<'_>) -> Option<(u32, Range<usize>)> {
    cursor.skip(1)?;
    let id = cursor.u32()?;
    let length = cursor.u32()? as usize;
    let place = cursor.take(length)?;
    cursor.skip(2)?;
    Some((id, place))
}

struct Reader<'a> {
    octets: &'a [u8],
    message: Message,
    code_page: Option<u32>,
    /// How many properties may still be read.
    properties: usize,
}

impl Reader<'_> {
    fn take(&mut self, id: u32, place: Range<usize>) {
        match id {
            CODE_PAGE => self.code_page = Cursor { octets: self.octets, at: place.start }.u32(),
            BODY => self.set_text("text/plain", Width::Narrow, place),
            MESSAGE_PROPERTIES => self.properties(place, Self::message_property),
            FILE_BEGINS if self.message.files.len() < FILES_MAX => self.message.files.push(File::default()),
            FILE_TITLE => {
                let title = self.string(Width::Narrow, place);
                if let Some(file) = self.message.files.last_mut() {
                    file.name.get_or_insert(title);
                }
            }
            FILE_DATA => {
                if let Some(file) = self.message.files.last_mut() {
                    file.place = place;
                }
            }
            FILE_PROPERTIES => self.properties(place, Self::file_property),
            _ => {}
        }
    }

    /// A page is preferred: it holds what the plain text does, and where the images are.
    fn set_text(&mut self, media_type: &'static str, width: Width, place: Range<usize>) {
        let end = match width {
            Width::Wide => place.end,
            Width::Narrow => place.start + self.until_zero(place.clone()),
        };
        if self.message.text.as_ref().is_some_and(|text| text.media_type == "text/html") || place.start >= end {
            return;
        }
        let charset = (width == Width::Narrow).then(|| self.charset());
        self.message.text = Some(Text { media_type, charset, place: place.start..end });
    }

    fn until_zero(&self, place: Range<usize>) -> usize {
        let octets = self.octets.get(place).unwrap_or_default();
        memchr::memchr(0, octets).unwrap_or(octets.len())
    }

    fn charset(&self) -> String {
        match self.code_page {
            Some(65001) => "utf-8".to_owned(),
            Some(20127) | None => String::new(),
            Some(number @ 28591..=28605) => format!("iso-8859-{}", number - 28590),
            Some(number) => format!("cp{number}"),
        }
    }

    fn string(&self, width: Width, place: Range<usize>) -> String {
        let octets = self.octets.get(place.clone()).unwrap_or_default();
        let text = match width {
            Width::Wide => charset::text(octets, Some("utf-16le")),
            Width::Narrow => charset::text(&octets[..self.until_zero(place)], Some(&self.charset())),
        };
        text.trim_end_matches('\0').to_owned()
    }

    fn message_property(&mut self, property: &Property) {
        match property.id {
            TEXT_BODY => self.set_text("text/plain", property.width(), property.place.clone()),
            HTML_BODY => self.set_text("text/html", property.width(), property.place.clone()),
            _ => {}
        }
    }

    fn file_property(&mut self, property: &Property) {
        let place = property.place.clone();
        if property.id == DATA_OBJECT {
            return self.embedded(property.kind, place);
        }
        if ![LONG_NAME, SHORT_NAME, DISPLAY_NAME, MIME_TAG, CONTENT_ID].contains(&property.id) {
            return;
        }
        let text = self.string(property.width(), place);
        let Some(file) = self.message.files.last_mut().filter(|_| !text.is_empty()) else { return };
        match property.id {
            LONG_NAME => file.name = Some(text),
            SHORT_NAME | DISPLAY_NAME => {
                file.name.get_or_insert(text);
            }
            MIME_TAG => file.media_type = Some(text.to_ascii_lowercase()),
            CONTENT_ID => file.content_id = Some(text),
            _ => {}
        }
    }

    /// An object has the number of its interface in front; the one of a message is known by what follows it.
    fn embedded(&mut self, kind: u16, place: Range<usize>) {
        const INTERFACE_BYTES: usize = 16;
        let inner = if kind == OBJECT { place.start + INTERFACE_BYTES..place.end } else { place };
        let is_message =
            self.octets.get(inner.clone()).is_some_and(|octets| octets.starts_with(&SIGNATURE.to_le_bytes()));
        if let Some(file) =
            self.message.files.last_mut().filter(|file| file.place.is_empty() && inner.start < inner.end)
        {
            file.place = inner;
            file.is_message = is_message;
        }
    }

    /// Goes over a list of properties.
    fn properties(&mut self, place: Range<usize>, take: fn(&mut Self, &Property)) {
        let octets = self.octets.get(..place.end).unwrap_or(self.octets);
        let mut cursor = Cursor { octets, at: place.start };
        for _ in 0..cursor.u32().unwrap_or_default() {
            let Some(left) = self.properties.checked_sub(1) else { return };
            self.properties = left;
            let Some(property) = cursor.property() else { return };
            take(self, &property);
        }
    }
}

const STRING: u16 = 0x001E;
const WIDE_STRING: u16 = 0x001F;
const BINARY: u16 = 0x0102;
const OBJECT: u16 = 0x000D;
const MANY: u16 = 0x1000;

/// How the letters of a text lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// Two octets each, UTF-16.
    Wide,
    /// In the message's code page, up to a zero.
    Narrow,
}

/// A property and where its value stands; the first, where it has several.
struct Property {
    kind: u16,
    id: u16,
    place: Range<usize>,
}

impl Property {
    fn width(&self) -> Width {
        if self.kind == WIDE_STRING { Width::Wide } else { Width::Narrow }
    }
}

/// Reads numbers, low octet first; `None` behind the end.
struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn take(&mut self, count: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.octets.len())?;
        let place = self.at..end;
        self.at = end;
        Some(place)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    fn u16(&mut self) -> Option<u16> {
        let place = self.take(2)?;
        self.octets.get(place)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        let place = self.take(4)?;
        self.octets.get(place)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// Values are filled up to four octets.
    fn padded(&mut self, count: usize) -> Option<Range<usize>> {
        let place = self.take(count)?;
        self.at = self.at.checked_add((4 - count % 4) % 4)?;
        Some(place)
    }

    fn property(&mut self) -> Option<Property> {
        let (kind, id) = (self.u16()?, self.u16()?);
        if id >= 0x8000 {
            self.name()?;
        }
        let many = kind & MANY != 0;
        let kind = kind & !MANY;
        let sized = matches!(kind, STRING | WIDE_STRING | BINARY | OBJECT);
        let count = if many || sized { self.u32()? } else { 1 };
        let mut first = None;
        for _ in 0..count {
            let bytes = match kind {
                0x0002..=0x0004 | 0x000A | 0x000B => 4,
                0x0005..=0x0007 | 0x0014 | 0x0040 => 8,
                0x0048 => 16,
                _ if sized => self.u32()? as usize,
                _ => return None,
            };
            let place = self.padded(bytes)?;
            first.get_or_insert(place);
        }
        Some(Property { kind, id, place: first.unwrap_or_default() })
    }

    /// The name of a property without a number of its own: whose it is, then a number or a string.
    fn name(&mut self) -> Option<()> {
        self.skip(16)?;
        if self.u32()? == 0 {
            return self.skip(4);
        }
        let length = self.u32()? as usize;
        self.padded(length).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
