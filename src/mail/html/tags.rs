//! A page cut into tags and text. Never goes back over what it has read, but for an unclosed quote once.

/// A piece of a page.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text with its references.
    Text(&'a str),
    /// `<name …>`
    Open(Tag<'a>),
    /// `</name>`, lower-case.
    Close(String),
}

/// An opening tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// Lower-case.
    pub name: String,
    inner: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, as written.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.inner;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '='));
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, next) = match after.strip_prefix('=') {
                Some(after) => value(after.trim_start()),
                None => ("", after),
            };
            if key.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = next;
        }
    }

    /// Is the attribute there?
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The style, lower-case, without spaces.
    pub fn style(&self) -> String {
        const BYTES_MAX: usize = 2000;
        let style = self.attribute("style").unwrap_or_default();
        style.chars().take(BYTES_MAX).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    }

    /// Without attributes.
    pub fn is_plain(&self) -> bool {
        self.inner.trim().is_empty()
    }

    /// Elements that hold nothing.
    pub fn is_void(&self) -> bool {
        matches!(
            self.name.as_str(),
            "br" | "hr" | "img" | "meta" | "link" | "input" | "area" | "base" | "col" | "wbr" | "embed" | "param"
        ) || self.name.contains(':')
            || self.inner.ends_with('/') && self.name != "a" && self.name != "div"
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
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
        let length = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
        let name = inner[..length].to_ascii_lowercase();
        if closing {
            return Some(Some(Token::Close(name)));
        }
        let tag = Tag { name, inner: &inner[length..] };
        if let "script" | "style" | "title" | "template" | "noframes" | "textarea" = tag.name.as_str() {
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
            let end = rest.bytes().skip(1).position(|b| b == b'<').map_or(rest.len(), |at| at + 1);
            self.position += end;
            return Some(Token::Text(&rest[..end]));
        }
    }
}
