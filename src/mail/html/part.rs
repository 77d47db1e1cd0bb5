//! The part of a page that holds certain words and no others: the writer's own, above what a client quoted.
//!
//! Words are compared by their letters and digits. Clients write the plain text beside a page in their own ways: with
//! other bullets, with marks for what is bold, with targets of links and names of images in brackets.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::Page;
use super::containers::{Around, Container};
use super::tags::{Tag, Token, Tokens};

/// More open elements than anybody writes in; a tree of them would take long to build.
const OPEN_MAX: usize = 1000;

/// Finds the part of `html` that holds `words`, after `before`, as the plain text of the same mail has them.
///
/// Shape:  one pass over the page for each way to write links and images; what is open at the beginning of the part is
///         not closed in it, nor the other way round.
/// Errors: `None` where the page says anything else, or says it in between.
pub fn part<'a>(html: &'a str, before: &str, words: &str) -> Option<&'a str> {
    let named = descriptions(html);
    let words = &targets_last(words);
    [(true, true), (true, false), (false, false)].into_iter().find_map(|(links, images)| {
        let told = |group: &str| links && is_target(group) || images && is_image(group, &named);
        let words = without_groups(words, |group| (is_target(group) || is_image(group, &named)) && !told(group));
        Search { before: letters(before), words: letters(&words), links, images }.find(html)
    })
}

/// Does a page hold these words and no others?
pub fn holds_only(html: &str, words: &str) -> bool {
    part(html, "", words).is_some_and(|part| letters(&joined(&html[part.len()..])).is_empty())
}

/// All words of a page in one line, hidden ones too, with nothing where tags stood.
pub fn joined(html: &str) -> String {
    let images = HashMap::new();
    let mut page = Page::new(&images);
    for token in Tokens::new(html) {
        if let Token::Text(text) = token {
            page.text(text);
        }
    }
    page.finish().text
}

fn letters(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).collect()
}

/// The descriptions of a page's images.
fn descriptions(html: &str) -> HashSet<&str> {
    let images = Tokens::new(html).filter_map(|token| match token {
        Token::Open(tag) if tag.name == "img" => tag.attribute("alt"),
        _ => None,
    });
    images.collect()
}

/// A plain text without what clients put into it for links and images.
fn without_groups(text: &str, is_put_in: impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '[']) {
        let (before, group) = rest.split_at(at);
        out.push_str(before);
        let end = group.find(['>', ']', '\n']).map_or(group.len(), |end| end + 1);
        let (group, after) = group.split_at(end);
        if !is_put_in(group) {
            out.push_str(group);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Zimbra writes `[ https://x.example/ | words ]`; the others `words <https://x.example/>`.
fn targets_last(text: &str) -> Cow<'_, str> {
    const OPENING: &str = "[ http";
    if !text.contains(OPENING) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPENING) {
        let (before, group) = rest.split_at(at);
        out.push_str(before);
        let line = group.lines().next().unwrap_or_default();
        let link = line.split_once(" ]").and_then(|(link, _)| Some((link.len() + 2, link[2..].split_once(" | ")?)));
        rest = match link {
            Some((length, (target, words))) => {
                out.push_str(&format!("{words} <{target}>"));
                &group[length..]
            }
            None => {
                out.push('[');
                &group[1..]
            }
        };
    }
    out.push_str(rest);
    out.into()
}

fn is_target(group: &str) -> bool {
    ["<http://", "<https://", "<mailto:", "<tel:"].iter().any(|scheme| group.starts_with(scheme))
}

/// `[image: name]`, `[cid:…]`, or the description of one of the page's images.
fn is_image(group: &str, images: &HashSet<&str>) -> bool {
    let Some(name) = group.strip_prefix('[').and_then(|group| group.strip_suffix(']')) else { return false };
    name.starts_with("image: ") || name.starts_with("cid:") || images.contains(name)
}

struct Search {
    before: String,
    words: String,
    /// Targets of links count as words.
    links: bool,
    /// And descriptions of images.
    images: bool,
}

/// Where the search stands.
struct State<'a> {
    page: Page<'a>,
    /// Octets of the page's text that are compared and stay.
    seen: usize,
    /// Octets that are compared: behind those that stay are blanks that the end of their line takes back.
    compared: usize,
    /// Lines that had ended then.
    lines: usize,
    /// Octets of the wanted letters that have been met.
    met: usize,
    open: usize,
    start: Option<usize>,
    end: usize,
}

impl Search {
    fn find<'a>(&self, html: &'a str) -> Option<&'a str> {
        let wanted = format!("{}{}", self.before, self.words);
        if self.words.is_empty() {
            return None;
        }
        let images = HashMap::new();
        let mut state = State {
            page: Page::new(&images),
            seen: 0,
            compared: 0,
            lines: 0,
            met: 0,
            open: 0,
            start: self.before.is_empty().then_some(0),
            end: 0,
        };
        let mut tokens = Tokens::new(html);
        while let Some(token) = tokens.next() {
            if state.met == wanted.len() {
                if !state.extend(&token, tokens.at()) {
                    break;
                }
                continue;
            }
            state.follow(&token, self);
            if state.open > OPEN_MAX || !state.compare(&wanted) {
                return None;
            }
            state.begin(&token, tokens.at(), self.before.len());
            state.end = tokens.at();
        }
        (state.met == wanted.len()).then(|| html.get(state.start?..state.end))?
    }
}

impl<'a> State<'a> {
    fn follow(&mut self, token: &Token<'a>, search: &Search) {
        match token {
            Token::Text(text) => self.page.text(text),
            Token::Open(tag) if tag.name == "img" && !search.images => {}
            Token::Open(tag) => {
                self.open += usize::from(!tag.is_void());
                self.page.open(tag);
            }
            Token::Close(name) => {
                self.open = self.open.saturating_sub(1);
                if !search.links {
                    self.page.open.iter_mut().for_each(|open| open.link = None);
                }
                self.page.close(name);
            }
        }
    }

    /// Does what the page has said since still stand in the wanted letters?
    fn compare(&mut self, wanted: &str) -> bool {
        let from = if self.page.marks.len() == self.lines { self.compared } else { self.seen };
        let new = self.page.out.get(from..).unwrap_or_default();
        for sign in new.chars().filter(|sign| sign.is_alphanumeric()) {
            if !wanted.get(self.met..).is_some_and(|rest| rest.starts_with(sign)) {
                return false;
            }
            self.met += sign.len_utf8();
        }
        match new.trim_end_matches([' ', '\t']).len() {
            0 => {}
            kept => self.seen = from + kept,
        }
        (self.compared, self.lines) = (self.page.out.len(), self.page.marks.len());
        true
    }

    /// The part begins behind the last word before it, and the empty lines that follow.
    fn begin(&mut self, token: &Token<'_>, at: usize, before: usize) {
        let is_body = matches!(token, Token::Open(tag) if tag.name == "body");
        match token {
            _ if is_body && self.met == 0 && before == 0 => self.start = Some(at),
            _ if self.met != before || before == 0 => {}
            Token::Open(tag) if tag.name != "br" => {}
            _ if self.start.is_none() => self.start = Some(at),
            Token::Text(text) if !text.trim().is_empty() => {}
            _ if self.start == Some(self.end) => self.start = Some(at),
            _ => {}
        }
    }

    /// All words are met: what may follow them is what closes, ends their sentence, or is a picture.
    fn extend(&mut self, token: &Token<'_>, at: usize) -> bool {
        match token {
            Token::Close(_) => self.end = at,
            Token::Text(text) if text.trim().is_empty() || text.trim() == "&nbsp;" => {}
            Token::Text(text) if ends_sentence(text) => self.end = at,
            Token::Open(tag) if tag.name == "img" => self.end = at,
            Token::Open(tag) if is_plain(tag) => {}
            _ => return false,
        }
        true
    }
}

fn ends_sentence(text: &str) -> bool {
    const LINES: &str = "-_=*>|#~–—―─";
    !text.contains('&') && !text.chars().any(|sign| sign.is_alphanumeric() || LINES.contains(sign))
}

/// An element that begins nothing but more of the same.
fn is_plain(tag: &Tag<'_>) -> bool {
    let name = matches!(tag.name.as_ref(), "br" | "div" | "p" | "span" | "b" | "i" | "o:p" | "font");
    name && Container::of(tag, &tag.style(), Around::HoldsNone).is_mute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writers_part_is_found_where_it_is_certain() {
        for (html, before, words, want) in [
            ("<p>Hei <b>du</b>!</p><blockquote>q</blockquote>", "", "Hei *du*!", Some("<p>Hei <b>du</b>!</p>")),
            ("<html><body lang=\"nb\">Hei</body></html>", "", "Hei", Some("Hei</body></html>")),
            ("<div>/ta<br>Hei</div>rest", "/ta", "Hei", Some("Hei</div>")),
            (
                "<div>/ta</div><div><br></div><p>Hei</p><hr><p>Fra: x</p>",
                "/ta",
                "Hei",
                Some("<div><br></div><p>Hei</p>"),
            ),
            ("<div>/ta Hei</div>", "/ta", "Hei", None),
            ("<p>Hei</p><p>-- </p><p>Ola</p>", "", "Hei", Some("<p>Hei</p>")),
            (
                "<p>Hei <i style=\"display:none\">skjult</i>du</p>",
                "",
                "Hei du",
                Some("<p>Hei <i style=\"display:none\">skjult</i>du</p>"),
            ),
            (
                "<p>Se <a href=\"https://x.example/y\">her</a> nå</p>",
                "",
                "Se her <https://x.example/y> nå",
                Some("<p>Se <a href=\"https://x.example/y\">her</a> nå</p>"),
            ),
            (
                "<p>Se <a href=\"https://x.example/y\">her</a> nå</p>",
                "",
                "Se [ https://x.example/y | her ] nå",
                Some("<p>Se <a href=\"https://x.example/y\">her</a> nå</p>"),
            ),
            ("<p>Se [ http://x</p>", "", "Se [ http://x", Some("<p>Se [ http://x</p>")),
            (
                "<p>Se <img src=\"cid:1\" alt=\"kart\"> nå</p>",
                "",
                "Se [image: kart] nå",
                Some("<p>Se <img src=\"cid:1\" alt=\"kart\"> nå</p>"),
            ),
            ("<ul><li>en</li><li>to</li></ul>", "", "  * en\n  * to", Some("<ul><li>en</li><li>to</li></ul>")),
            ("<p>Hei du</p>", "", "Hei deg", None),
            ("<p>Hei</p>", "", "Hei du", None),
            ("<blockquote>q</blockquote><p>Hei</p>", "", "Hei", None),
            ("<p>Hei</p>", "", "", None),
        ] {
            assert_eq!(part(html, before, words), want, "{html}");
        }
    }

    #[test]
    fn a_page_holds_its_words_only_when_nothing_else_is_in_it() {
        assert!(holds_only("<p>Hei <b>du</b></p><br>", "Hei du"));
        assert!(!holds_only("<p>Hei du</p><hr>mer", "Hei du"));
        assert_eq!(joined("o<b>la</b>@u<!-- x -->ni.example &lt;x&gt;"), "ola@uni.example <x>");
    }

    #[test]
    fn a_hostile_page_is_given_up() {
        for shape in ["<div>", "<b>", "<p>", "<a href=x>"] {
            assert_eq!(part(&format!("{}Hei", shape.repeat(1 << 16)), "", "Hei"), None, "{shape}");
        }
    }
}
