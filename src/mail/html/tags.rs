//! A page cut into tags and text. Never goes back over what it has read, but for an unclosed quote once.

use std::borrow::Cow;

/// A piece of a page.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text with its references.
    Text(&'a str),
    /// `<name …>`
    Open(Tag<'a>),
    /// `</name>`, lower-case.
    Close(Cow<'a, str>),
}

/// An opening tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// Lower-case.
    pub name: Cow<'a, str>,
    /// The first of each of the attributes that are asked for, as written.
    attributes: Vec<(&'static str, &'a str)>,
    /// Without attributes.
    pub is_plain: bool,
    /// Written `<name/>`.
    is_closed: bool,
}

/// The attributes that anybody asks for.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "class", "style", "id", "name", "href", "src", "alt", "type", "cite", "width", "height", "hidden", "value", "start",
    "data-marker",
];

impl<'a> Tag<'a> {
    /// Reads what stands between name and `>`, once.
    fn read(name: Cow<'a, str>, inner: &'a str) -> Self {
        let mut tag =
            Self { name, attributes: Vec::new(), is_plain: inner.trim().is_empty(), is_closed: inner.ends_with('/') };
        let mut rest = inner;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '='));
            if rest.is_empty() {
                return tag;
            }
            let is_end = |octet: u8| octet.is_ascii_whitespace() || matches!(octet, b'=' | b'/');
            let end = rest.bytes().position(is_end).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, next) = match after.strip_prefix('=') {
                Some(after) => value(after.trim_start()),
                None => ("", after),
            };
            if let Some(key) = ATTRIBUTES.iter().copied().find(|known| known.eq_ignore_ascii_case(key))
                && tag.attribute(key).is_none()
            {
                tag.attributes.push((key, value));
            }
            rest = next;
        }
    }

    /// The value of one of [`ATTRIBUTES`], as written.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        debug_assert!(ATTRIBUTES.contains(&name), "no other is read");
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    /// Is the attribute there?
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The style, lower-case, without spaces.
    pub fn style(&self) -> String {
        const BYTES_MAX: usize = 2000;
        let style = self.attribute("style").unwrap_or_default();
        if style.is_ascii() {
            let octets = style.bytes().take(BYTES_MAX).filter(|octet| !octet.is_ascii_whitespace());
            return octets.map(|octet| char::from(octet.to_ascii_lowercase())).collect();
        }
        style.chars().take(BYTES_MAX).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    }

    /// Elements that hold nothing.
    pub fn is_void(&self) -> bool {
        matches!(
            self.name.as_ref(),
            "br" | "hr" | "img" | "meta" | "link" | "input" | "area" | "base" | "col" | "wbr" | "embed" | "param"
        ) || self.name.contains(':')
            || self.is_closed && self.name != "a" && self.name != "div"
    }
}

/// In lower case, copied only where it is not.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|octet| octet.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

fn value(text: &str) -> (&str, &str) {
    let octets = text.as_bytes();
    if let Some(quote @ (b'"' | b'\'')) = octets.first().copied() {
        let inner = &text[1..];
        return memchr::memchr(quote, inner.as_bytes()).map_or((inner, ""), |end| (&inner[..end], &inner[end + 1..]));
    }
    let end = octets.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    text.split_at(end)
}

/// Goes over a page.
pub(super) struct Tokens<'a> {
    html: &'a str,
    position: usize,
    /// From here on, this quote sign is never closed.
    unclosed: [bool; 2],
    /// No tag ends behind here: what looks like one is text.
    over: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(html: &'a str) -> Self {
        Self { html, position: 0, unclosed: [false; 2], over: false }
    }

    /// How far the page is read.
    pub fn at(&self) -> usize {
        self.position
    }

    fn seek(&self, from: usize, needle: &str) -> Option<usize> {
        memchr::memmem::find(&self.html.as_bytes()[from..], needle.as_bytes()).map(|at| from + at)
    }

    /// Reads what begins with `<`; `None` when it is no tag but a sign.
    fn markup(&mut self) -> Option<Option<Token<'a>>> {
        let start = self.position;
        let rest = &self.html[start..];
        if rest.starts_with("<!--") {
            // HTML: a comment that is never closed goes on to the end. Its text stays hidden, as in a browser.
            self.position = self.seek(start + 2, "-->").map_or(self.html.len(), |at| at + 3);
            return Some(None);
        }
        let next = rest.as_bytes().get(1).copied()?;
        if matches!(next, b'!' | b'?') {
            self.position = self.seek(start, ">").map_or(self.html.len(), |at| at + 1);
            return Some(None);
        }
        let closing = next == b'/';
        let name_start = start + 1 + usize::from(closing);
        if !self.html.as_bytes().get(name_start).is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        let Some(end) = self.tag_end(name_start) else {
            self.over = true;
            return None;
        };
        let inner = &self.html[name_start..end];
        self.position = end + 1;
        let length = inner.bytes().position(|b| b.is_ascii_whitespace() || b == b'/').unwrap_or(inner.len());
        let name = lower(&inner[..length]);
        if closing {
            return Some(Some(Token::Close(name)));
        }
        let tag = Tag::read(name, &inner[length..]);
        if let "script" | "style" | "title" | "template" | "noframes" | "textarea" = tag.name.as_ref() {
            self.skip_raw(&tag.name);
            return Some(None);
        }
        Some(Some(Token::Open(tag)))
    }

    /// The `>` that ends the tag; quoted values may hold one.
    fn tag_end(&mut self, from: usize) -> Option<usize> {
        let octets = self.html.as_bytes();
        let mut at = from;
        let mut after_equals = false;
        while at < octets.len() {
            match octets[at] {
                b'>' => return Some(at),
                quote @ (b'"' | b'\'') if after_equals => {
                    let which = usize::from(quote == b'"');
                    match memchr::memchr(quote, &octets[at + 1..]).filter(|_| !self.unclosed[which]) {
                        Some(length) => at += length + 1,
                        None => self.unclosed[which] = true,
                    }
                    after_equals = false;
                }
                b'=' => after_equals = true,
                octet if octet.is_ascii_whitespace() => {}
                _ => after_equals = false,
            }
            at += 1;
        }
        None
    }

    /// Goes behind `</name>`; to the end when there is none.
    fn skip_raw(&mut self, name: &str) {
        let octets = self.html.as_bytes();
        for at in memchr::memmem::find_iter(&octets[self.position..], b"</") {
            let start = self.position + at + 2;
            if octets.get(start..start + name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes())) {
                self.position = self.seek(start, ">").map_or(octets.len(), |at| at + 1);
                return;
            }
        }
        self.position = octets.len();
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.html.get(self.position..).filter(|rest| !rest.is_empty())?;
            if rest.starts_with('<') && !self.over {
                match self.markup() {
                    Some(Some(token)) => return Some(token),
                    Some(None) => continue,
                    None => {}
                }
            }
            let end = memchr::memchr(b'<', &rest.as_bytes()[1..]).map_or(rest.len(), |at| at + 1);
            self.position += end;
            return Some(Token::Text(&rest[..end]));
        }
    }
}
