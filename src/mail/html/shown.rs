//! What a page shows and what it hides, and how images are told in words.

use std::borrow::Cow;
use std::collections::HashMap;

use super::tags::Tag;

/// Not shown by any client: the text in front of newsletters that only an inbox's list shows, and its filling.
///
/// `mso-hide:all` hides from Outlook only, and what it is put on is what all others show; text without height is hidden
/// only when it is not let out; and letters of no size are common around letters of some.
pub(super) fn is_hidden(tag: &Tag<'_>, style: &str) -> bool {
    if tag.has("hidden") {
        return true;
    }
    if style.is_empty() {
        return false;
    }
    let (mut flat, mut clipped) = (false, false);
    for (name, value) in style.split(';').filter_map(|rule| rule.split_once(':')) {
        let value = || value.trim_end_matches("!important").trim_end_matches("px");
        match name {
            "display" if value() == "none" => return true,
            "visibility" if value() == "hidden" => return true,
            "opacity" if matches!(value(), "0" | "0.0") => return true,
            "max-height" | "height" | "max-width" => flat |= value() == "0",
            "overflow" => clipped |= value() == "hidden",
            _ => {}
        }
    }
    flat && clipped
}

/// How an image is told in text: it keeps its place by its name.
pub fn image_mark(name: &str) -> String {
    format!("[image: {name}]")
}

/// Does this line tell of an image and nothing else?
pub fn is_image_mark(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("[image: ") && line.ends_with(']') && !line[1..].contains('[')
}

/// What an image says: its name when it came with the mail, else its description. `None` for what only measures.
pub(super) fn image(tag: &Tag<'_>, images: &HashMap<String, String>) -> Option<String> {
    const CHARS_MAX: usize = 100;
    let source = tag.attribute("src").unwrap_or_default().trim();
    let id = source.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("cid:")).map(|_| &source[4..]);
    if let Some(name) = id.and_then(|id| images.get(id)) {
        return Some(image_mark(name));
    }
    let tiny =
        |side: &str| tag.attribute(side).is_some_and(|side| matches!(side.trim().trim_end_matches("px"), "0" | "1"));
    if tiny("width") || tiny("height") {
        return None;
    }
    let description: String = tag.attribute("alt").unwrap_or_default().trim().chars().take(CHARS_MAX).collect();
    match () {
        () if description.is_empty() => None,
        // A smiley that a client made an image of.
        () if !description.chars().any(|sign| sign.is_alphanumeric() || sign == '&') => Some(description),
        () => Some(format!("[{description}]")),
    }
}

/// The charset that a page declares for itself, in front of its text; asked where the mail says nothing.
pub fn declared_charset(page: &[u8]) -> Option<Cow<'_, str>> {
    const BYTES_MAX: usize = 4096;
    const NAME_BYTES_MAX: usize = 40;
    let head = page[..page.len().min(BYTES_MAX)].to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"<meta")?;
    let at = at + memchr::memmem::find(&head[at..], b"charset=")? + b"charset=".len();
    let name = page[at..].trim_ascii_start();
    let name = name.strip_prefix(b"\"").or_else(|| name.strip_prefix(b"'")).unwrap_or(name);
    let is_name = |octet: &&u8| octet.is_ascii_alphanumeric() || b"-_.:".contains(octet);
    let length = name.iter().take(NAME_BYTES_MAX).take_while(is_name).count();
    let name = String::from_utf8_lossy(&name[..length]);
    // A page in which this can be read is in no set of wide signs.
    (length > 0 && !name.to_ascii_lowercase().starts_with("utf-16")).then_some(name)
}

/// Signs that show nothing and fill the place behind a hidden text, or mark where a word may be cut.
pub(super) fn is_filling(sign: char) -> bool {
    matches!(sign, '\u{AD}' | '\u{34F}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// Signs that change how their neighbours are joined, and mean nothing without one.
pub(super) fn is_joiner(sign: char) -> bool {
    matches!(sign, '\u{200C}' | '\u{200D}')
}
