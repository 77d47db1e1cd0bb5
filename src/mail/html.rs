//! HTML → readable text with a mark for each line.
//!
//! A stream of tags is rendered as it passes; no tree is built, so a page of 100,000 nested blocks costs what its
//! octets cost. Lists, links, tables and quotes keep their shape. What clients put around quoted mail and signatures
//! becomes a [`Mark`].

mod containers;
mod tags;

use crate::mail::parse::decode::push_entity;
use crate::mail::text::{Mark, Readable};

use tags::{Tag, Token, Tokens};

/// Deeper elements are rendered as if they were not there.
const DEPTH_MAX: usize = 200;
/// Longest reference such as `&CounterClockwiseContourIntegral;`.
const ENTITY_BYTES_MAX: usize = 32;
/// Deepest quote shown.
const QUOTE_DEPTH_MAX: usize = 10;

/// Renders a page.
///
/// Shape:  one pass; output at most a small multiple of the input.
/// Errors: none; tags that make no sense are left out, text never is, but for what the page hides.
pub fn to_text(html: &str) -> Readable {
    let mut page = Page::default();
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => page.text(text),
            Token::Open(tag) => page.open(&tag),
            Token::Close(name) => page.close(&name),
        }
    }
    page.finish()
}

/// One open element and what it changed.
struct Open {
    name: String,
    mark: Option<Mark>,
    quote: bool,
    holds_quotes: bool,
    hidden: bool,
    preformatted: bool,
    list: Option<Option<u32>>,
    link: Option<String>,
    link_start: usize,
}

#[derive(Default)]
struct Page {
    out: String,
    marks: Vec<Mark>,
    open: Vec<Open>,
    /// Line breaks owed before the next word: 1 a new line, 2 an empty one.
    breaks: usize,
    space: bool,
    quotes: usize,
    holding_quotes: usize,
    hidden: usize,
    preformatted: usize,
    cut: bool,
    /// The mark of the line that is being written.
    line: Option<Mark>,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
            self.plain(&rest[..at]);
            let reference = rest.as_bytes()[at + 1..].iter().take(ENTITY_BYTES_MAX);
            let end = at + 1 + reference.take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
            let mut sign = String::new();
            // A reference without its semicolon is common and meant all the same.
            let closed = rest.as_bytes().get(end) == Some(&b';');
            if end > at + 1 {
                push_entity(&mut sign, &format!("{};", &rest[at..end]));
            }
            if sign.is_empty() || sign.starts_with('&') && sign.len() > 1 {
                self.plain("&");
                rest = &rest[at + 1..];
            } else {
                self.plain(&sign);
                rest = &rest[end + usize::from(closed)..];
            }
        }
        self.plain(rest);
    }

    fn plain(&mut self, text: &str) {
        for sign in text.chars() {
            match sign {
                '\n' if self.preformatted > 0 => self.new_line(),
                _ if sign == '\u{AD}' || sign == '\u{FEFF}' => {}
                '\u{A0}' => self.put_blank(),
                _ if sign.is_whitespace() && self.preformatted == 0 => self.space = true,
                _ if sign.is_control() && sign != '\t' => {}
                _ => self.put(sign),
            }
        }
    }

    /// A no-break space: a space that is not collapsed, but no word either.
    fn put_blank(&mut self) {
        if self.at_line_start() { self.space = true } else { self.put(' ') }
    }

    fn put(&mut self, sign: char) {
        self.break_lines();
        if self.at_line_start() {
            self.begin_line();
        } else if self.space && !self.out.ends_with([' ', '\t']) {
            self.out.push(' ');
        }
        self.space = false;
        self.out.push(sign);
    }

    fn at_line_start(&self) -> bool {
        self.breaks > 0 || self.out.is_empty() || self.out.ends_with('\n')
    }

    fn begin_line(&mut self) {
        let inner = self.open.iter().rev().find_map(|open| open.mark);
        self.line = Some(if self.cut { Mark::Cut } else { inner.unwrap_or_default() });
        for _ in 0..self.quotes.min(QUOTE_DEPTH_MAX) {
            self.out.push_str("> ");
        }
    }

    fn break_lines(&mut self) {
        if self.out.is_empty() {
            self.breaks = 0;
        }
        for _ in 0..std::mem::take(&mut self.breaks) {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let kept = self.out.trim_end_matches([' ', '\t']).len();
        self.out.truncate(kept);
        self.out.push('\n');
        self.marks.push(self.line.take().unwrap_or_default());
        self.space = false;
    }

    /// A line break that is written, not only owed.
    fn new_line(&mut self) {
        const EMPTY_LINES_MAX: usize = 3;
        if !self.out.is_empty() {
            self.breaks = (self.breaks + 1).min(EMPTY_LINES_MAX);
        }
        self.space = false;
    }

    fn owe(&mut self, breaks: usize) {
        if breaks == 0 {
            return;
        }
        if !self.out.is_empty() {
            self.breaks = self.breaks.max(breaks);
        }
        self.space = false;
    }

    fn open(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => return self.new_line(),
            "hr" => return self.owe(1),
            "img" => return self.image(tag),
            "td" | "th" if !self.at_line_start() && self.hidden == 0 => self.out.push('\t'),
            _ => {}
        }
        self.owe(breaks_around(&tag.name));
        if containers::cuts(tag) {
            self.cut = true;
        }
        if tag.is_void() || self.open.len() >= DEPTH_MAX {
            return;
        }
        if implies_end(&tag.name) {
            self.close_same(&tag.name);
        }
        self.push(tag);
        if tag.name == "li" {
            self.item();
        }
    }

    fn push(&mut self, tag: &Tag) {
        let quoted = self.holding_quotes > 0;
        let open = Open {
            mark: containers::mark(tag, quoted),
            quote: tag.name == "blockquote" && containers::is_quote(tag, quoted),
            holds_quotes: containers::holds_quotes(tag),
            hidden: containers::is_hidden(tag),
            preformatted: tag.name == "pre" || tag.style().contains("white-space:pre-wrap"),
            list: match tag.name.as_str() {
                "ul" => Some(None),
                "ol" => Some(Some(tag.attribute("start").and_then(|n| n.parse().ok()).unwrap_or(1))),
                _ => None,
            },
            link: (tag.name == "a").then(|| tag.attribute("href").unwrap_or_default().to_owned()),
            link_start: self.out.len(),
            name: tag.name.clone(),
        };
        self.quotes += usize::from(open.quote);
        self.holding_quotes += usize::from(open.holds_quotes);
        self.hidden += usize::from(open.hidden);
        self.preformatted += usize::from(open.preformatted);
        self.open.push(open);
    }

    fn item(&mut self) {
        const NUMBER_MAX: u32 = 9999;
        let list = self.open.iter_mut().rev().find_map(|open| open.list.as_mut());
        let bullet = match list {
            Some(Some(number)) => {
                let bullet = format!("{number}. ");
                *number = (*number + 1).min(NUMBER_MAX);
                bullet
            }
            _ => "* ".to_owned(),
        };
        if self.hidden == 0 {
            bullet.chars().for_each(|sign| self.put(sign));
        }
    }

    /// An image keeps its place by its description.
    fn image(&mut self, tag: &Tag) {
        const CHARS_MAX: usize = 100;
        let description: String = tag.attribute("alt").unwrap_or_default().trim().chars().take(CHARS_MAX).collect();
        if !description.is_empty() && self.hidden == 0 {
            self.text(&format!("[{description}]"));
        }
    }

    fn close(&mut self, name: &str) {
        self.owe(breaks_around(name));
        if self.open.iter().any(|open| open.name == name) {
            while let Some(open) = self.open.pop() {
                let last = open.name == name;
                self.left(open);
                if last {
                    break;
                }
            }
        }
    }

    /// `<li>` ends the one before it, and so on; but not beyond the list around it.
    fn close_same(&mut self, name: &str) {
        let walls = ["ul", "ol", "table", "blockquote", "div", "dl"];
        let inner = self.open.iter().rev().take_while(|open| !walls.contains(&open.name.as_str()));
        if inner.into_iter().any(|open| open.name == name) {
            self.close(name);
        }
    }

    fn left(&mut self, open: Open) {
        self.quotes -= usize::from(open.quote);
        self.holding_quotes -= usize::from(open.holds_quotes);
        self.hidden -= usize::from(open.hidden);
        self.preformatted -= usize::from(open.preformatted);
        let Some(href) = open.link else { return };
        let shown = self.out.get(open.link_start..).unwrap_or_default();
        if let Some(target) = containers::link_target(&href, shown)
            && self.hidden == 0
        {
            self.space = true;
            self.plain(&format!("<{target}>"));
        }
    }

    fn finish(mut self) -> Readable {
        let kept = self.out.trim_end().len();
        self.out.truncate(kept);
        self.marks.truncate(self.out.matches('\n').count());
        self.marks.push(self.line.unwrap_or_default());
        Readable { text: self.out, marks: self.marks }
    }
}

/// Line breaks that an element makes before and after itself.
fn breaks_around(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "dl" => 2,
        "div" | "tr" | "table" | "ul" | "ol" | "li" | "blockquote" | "section" | "article" | "header" | "footer"
        | "body" | "form" | "fieldset" | "dt" | "dd" | "center" | "address" | "main" | "nav" | "figure" | "tbody"
        | "thead" | "caption" => 1,
        _ => 0,
    }
}

/// Elements whose end is usually not written.
fn implies_end(name: &str) -> bool {
    matches!(name, "a" | "li" | "p" | "tr" | "td" | "th" | "option" | "dt" | "dd")
}

#[cfg(test)]
mod tests;
