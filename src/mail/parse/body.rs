//! Which parts are the readable text, which are attachments.

use super::tree::{Disposition, Part, Tree};

/// What a mail's parts are for.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Leaves that make up the readable text, in order.
    pub text: Vec<usize>,
    /// Everything else that holds something.
    pub attachments: Vec<usize>,
    /// HTML parts that are meant to be read, or are another form of what is.
    pub pages: Vec<usize>,
}

/// Sorts the parts.
pub(crate) fn sort(raw: &[u8], tree: &Tree) -> Body {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); tree.parts.len()];
    for (number, part) in tree.parts.iter().enumerate() {
        if let Some(parent) = part.parent {
            children[parent].push(number);
        }
    }
    let sorter = Sorter { raw, tree, children };
    let mut body = Body::default();
    sorter.part(0, Place::First, &mut body);
    body.attachments.sort_unstable();
    body
}

/// Where a part stands among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The first of its container, or the mail itself.
    First,
    /// Behind others.
    Later,
    /// Belongs to a page before it (RFC 2387).
    Related,
}

struct Sorter<'a> {
    raw: &'a [u8],
    tree: &'a Tree,
    children: Vec<Vec<usize>>,
}

impl Sorter<'_> {
    /// Sorts one part; calls itself for containers, which are never deeper than the walk allowed.
    fn part(&self, number: usize, place: Place, body: &mut Body) {
        let part = &self.tree.parts[number];
        if part.is_multipart() && part.opened {
            return self.container(number, place, body);
        }
        let html = part.media_type == "text/html";
        if self.is_readable(number, part, place) {
            body.pages.extend(html.then_some(number));
            body.text.push(number);
        } else if part.parent.is_some() || !part.body.is_empty() || part.disposition == Disposition::Attachment {
            body.attachments.push(number);
        }
    }

    fn container(&self, number: usize, place: Place, body: &mut Body) {
        let children = &self.children[number];
        match self.tree.parts[number].media_type.as_str() {
            "multipart/alternative" => self.alternative(children, place, body),
            "multipart/related" => {
                let root = self.related_root(number);
                for child in children {
                    self.part(*child, if Some(*child) == root { place } else { Place::Related }, body);
                }
            }
            _ => {
                for (at, child) in children.iter().enumerate() {
                    let first = at == 0 && place == Place::First;
                    self.part(*child, if first { Place::First } else { Place::Later }, body);
                }
            }
        }
    }

    /// Plain text is preferred, unless it is blank beside a page (RFC 2046 §5.1.4 would take the last).
    fn alternative(&self, children: &[usize], place: Place, body: &mut Body) {
        let mut options: Vec<Body> = Vec::with_capacity(children.len());
        for child in children {
            let mut option = Body::default();
            self.part(*child, if place == Place::Later { Place::First } else { place }, &mut option);
            options.push(option);
        }
        let plain =
            |b: &Body| !b.text.is_empty() && b.text.iter().all(|n| self.tree.parts[*n].media_type != "text/html");
        let filled = |b: &Body| b.text.iter().any(|n| !self.is_blank(*n));
        // Several plain ones are not alternatives, whatever their container says.
        let mut chosen: Vec<usize> =
            (0..options.len()).filter(|at| plain(&options[*at]) && filled(&options[*at])).collect();
        if chosen.is_empty() {
            let best = options.iter().position(filled).or_else(|| options.iter().position(|b| !b.text.is_empty()));
            chosen.extend(best);
        }
        for (at, option) in options.into_iter().enumerate() {
            body.pages.extend(option.pages);
            body.attachments.extend(option.attachments);
            if chosen.contains(&at) {
                body.text.extend(option.text);
            }
        }
    }

    /// The page of a related container: named by `start`, else the first (RFC 2387 §3.2).
    fn related_root(&self, number: usize) -> Option<usize> {
        let children = &self.children[number];
        let start = self.tree.parts[number].parameter("start").map(|s| s.trim().trim_matches(['<', '>']).to_owned());
        let named = start.and_then(|id| {
            children.iter().find(|c| self.tree.parts[**c].content_id.as_deref() == Some(id.as_str())).copied()
        });
        named.or_else(|| children.first().copied())
    }

    fn is_readable(&self, number: usize, part: &Part, place: Place) -> bool {
        if part.disposition == Disposition::Attachment || place == Place::Related {
            return false;
        }
        match part.media_type.as_str() {
            "text/plain" | "text/html" => part.name.is_none() || place == Place::First,
            "text/enriched" | "text/richtext" => place == Place::First && part.name.is_none(),
            // A container whose boundary never came: its text is better than nothing.
            _ if part.is_multipart() => true,
            other => number == 0 && other.starts_with("text/") && other != "text/calendar",
        }
    }

    fn is_blank(&self, number: usize) -> bool {
        const BLANK_BYTES_MAX: usize = 400;
        let part = &self.tree.parts[number];
        if part.body.len() > BLANK_BYTES_MAX {
            return false;
        }
        let text = super::decode::text(&part.decoded(self.raw), part.parameter("charset"));
        if part.media_type == "text/html" {
            return crate::mail::html::to_text(&text).text.trim().is_empty() && !text.contains("<img");
        }
        text.chars().all(|c| c.is_whitespace() || c == '\u{FEFF}')
    }
}
