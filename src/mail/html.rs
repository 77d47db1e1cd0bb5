//! HTML → readable text with a mark for each line.
//!
//! A stream of tags is rendered as it passes; no tree is built, so a page of 100,000 nested blocks costs what its
//! octets cost. Lists, links, tables and quotes keep their shape. What clients put around quoted mail and signatures
//! becomes a [`Mark`].

pub mod clean;
mod containers;
mod list;
pub mod part;
mod shown;
mod tags;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::mail::parse::decode::push_entity;
use crate::mail::text::{Mark, Readable};

use containers::{Around, Container};
use list::List;
pub use shown::{declared_charset, image_mark, is_image_mark};
use tags::{Tag, Token, Tokens};

/// Deeper elements are rendered as if they were not there.
const DEPTH_MAX: usize = 200;
/// Longest reference such as `&CounterClockwiseContourIntegral;`.
const ENTITY_BYTES_MAX: usize = 32;
/// Longest cell of a table that stands on one line with the next, in octets.
const CELL_BYTES_MAX: usize = 120;
/// Lists in lists that are moved to the right.
const LIST_DEPTH_MAX: usize = 6;
/// Deepest quote shown.
const QUOTE_DEPTH_MAX: usize = 10;

/// Renders a page.
///
/// Shape:  one pass; output at most a small multiple of the input.
/// Errors: none; tags that make no sense are left out, text never is, but for what the page hides.
pub fn to_text(html: &str) -> Readable {
    to_text_with(html, &HashMap::new())
}

/// The same, with the names of the images that came along, by their `Content-ID`.
pub fn to_text_with(html: &str, images: &HashMap<String, String>) -> Readable {
    let mut page = Page::new(images);
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
struct Open<'a> {
    name: Cow<'a, str>,
    mark: Option<Mark>,
    quote: bool,
    holds_quotes: bool,
    hidden: bool,
    preformatted: bool,
    list: Option<List>,
    link: Option<&'a str>,
    /// Where its text begins.
    start: usize,
}

struct Page<'a> {
    images: &'a HashMap<String, String>,
    out: String,
    marks: Vec<Mark>,
    open: Vec<Open<'a>>,
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
    /// Where the last cell of the row began.
    cell: Option<usize>,
    /// The cell has no words yet, so that what would break a line does not.
    fresh: bool,
    /// In this table, cells stand beside each other, so rows stand close below each other.
    joined: bool,
    /// Joins the sign before it to the next, when there is one.
    joiner: Option<char>,
}

impl<'a> Page<'a> {
    fn new(images: &'a HashMap<String, String>) -> Self {
        Self {
            images,
            out: String::new(),
            marks: Vec::new(),
            open: Vec::new(),
            breaks: 0,
            space: false,
            quotes: 0,
            holding_quotes: 0,
            hidden: 0,
            preformatted: 0,
            cut: false,
            line: None,
            cell: None,
            fresh: false,
            joined: false,
            joiner: None,
        }
    }

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
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            // Most of a page is words: what begins a line or follows a space is only their first sign.
            let word = rest.bytes().take_while(u8::is_ascii_graphic).count();
            if word > 0 {
                self.put(sign);
                self.out.push_str(&rest[1..word]);
                rest = &rest[word..];
                continue;
            }
            rest = &rest[sign.len_utf8()..];
            match sign {
                '\n' if self.preformatted > 0 => self.new_line(),
                _ if shown::is_filling(sign) => {}
                _ if shown::is_joiner(sign) => self.joiner = Some(sign),
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
        let joiner = self.joiner.take().filter(|_| self.breaks == 0 && !self.space && !sign.is_ascii());
        self.break_lines();
        if self.at_line_start() {
            self.begin_line();
        } else if self.space && !self.out.ends_with([' ', '\t']) {
            self.out.push(' ');
        }
        (self.space, self.fresh) = (false, false);
        self.out.extend(joiner);
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
        if !self.out.is_empty() && !self.fresh {
            self.breaks = (self.breaks + 1).min(EMPTY_LINES_MAX);
        }
        self.space = false;
    }

    fn owe(&mut self, breaks: usize) {
        if breaks == 0 {
            return;
        }
        if !self.out.is_empty() && !self.fresh {
            self.breaks = self.breaks.max(breaks);
        }
        self.space = false;
    }

    fn open(&mut self, tag: &Tag<'a>) {
        let style = tag.style();
        let around = if self.holding_quotes > 0 { Around::HoldsQuotes } else { Around::HoldsNone };
        let container = Container::of(tag, &style, around);
        self.cut |= container.cuts;
        match tag.name.as_ref() {
            "br" => return self.new_line(),
            "hr" => return self.owe(1),
            "img" => return self.image(tag),
            "tr" => (self.cell, self.fresh) = (None, false),
            "table" => (self.cell, self.fresh, self.joined) = (None, false, false),
            "td" | "th" if self.hidden == 0 => self.cell(),
            _ => {}
        }
        self.owe(breaks_around(&tag.name));
        if tag.is_void() || self.open.len() >= DEPTH_MAX {
            return;
        }
        if implies_end(&tag.name) {
            self.close_same(&tag.name);
        }
        self.push(tag, &container, &style);
        if tag.name == "li" {
            self.item(tag);
        }
    }

    /// Cells whose words fit on one line stand beside each other, whatever blocks they are in.
    fn cell(&mut self) {
        let before = self.cell.and_then(|start| self.out.get(start..)).map(|cell| cell.trim_start_matches('\n'));
        let short = before.is_some_and(|cell| cell.len() <= CELL_BYTES_MAX && !cell.contains('\n'));
        if !self.out.is_empty() && (short || !self.at_line_start()) && self.cell.is_some() {
            (self.breaks, self.space, self.fresh, self.joined) = (0, false, true, true);
            self.out.push('\t');
        } else if self.joined && self.cell.is_none() {
            (self.breaks, self.fresh) = (self.breaks.min(1), true);
        }
        self.cell = Some(self.out.len());
    }

    fn push(&mut self, tag: &Tag<'a>, container: &Container, style: &str) {
        let open = Open {
            mark: container.mark,
            quote: container.is_quote,
            holds_quotes: container.holds_quotes,
            hidden: shown::is_hidden(tag, style),
            preformatted: tag.name == "pre" || style.contains("white-space:pre-wrap"),
            list: List::of(tag),
            link: (tag.name == "a").then(|| tag.attribute("href").unwrap_or_default()),
            start: self.out.len(),
            name: tag.name.clone(),
        };
        self.quotes += usize::from(open.quote);
        self.holding_quotes += usize::from(open.holds_quotes);
        self.hidden += usize::from(open.hidden);
        self.preformatted += usize::from(open.preformatted);
        self.open.push(open);
    }

    fn item(&mut self, tag: &Tag<'_>) {
        if self.hidden > 0 {
            return;
        }
        let depth = self.open.iter().filter(|open| open.list.is_some()).count();
        let list = self.open.iter_mut().rev().find_map(|open| open.list.as_mut());
        let bullet = list.unwrap_or(&mut List::Bullets).next(tag.attribute("value"));
        let margin = "  ".repeat(depth.saturating_sub(1).min(LIST_DEPTH_MAX));
        margin.chars().chain(bullet.chars()).for_each(|sign| self.put(sign));
    }

    /// An image keeps its place by its name or description.
    fn image(&mut self, tag: &Tag<'_>) {
        if self.hidden == 0
            && let Some(told) = shown::image(tag, self.images)
        {
            self.text(&told);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "td" | "th" => self.fresh = false,
            "tr" => (self.cell, self.fresh) = (None, false),
            "table" => (self.cell, self.fresh, self.joined) = (None, false, false),
            _ => {}
        }
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
        let inner = self.open.iter().rev().take_while(|open| !walls.contains(&open.name.as_ref()));
        if inner.into_iter().any(|open| open.name == name) {
            self.close(name);
        }
    }

    fn left(&mut self, open: Open<'a>) {
        self.quotes -= usize::from(open.quote);
        self.holding_quotes -= usize::from(open.holds_quotes);
        self.hidden -= usize::from(open.hidden);
        self.preformatted -= usize::from(open.preformatted);
        let Some(href) = open.link else { return };
        let shown = self.out.get(open.start..).unwrap_or_default();
        if let Some(target) = containers::link_target(href, shown)
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
