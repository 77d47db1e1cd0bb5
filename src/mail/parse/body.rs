//! Which parts are the readable text, which are attachments.

use super::tree::{Disposition, Part, Tree};

/// What a mail's parts are for.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Leaves that make up the readable text, in order.
    pub text: Vec<usize>,
    /// Everything else that holds something.
    pub attachments: Vec<usize>,
    /// Images that stand between texts, also among the attachments.
    pub images: Vec<usize>,
    /// Texts that say once more what the mail says, for when it says nothing.
    pub spare: Vec<usize>,
    /// There is an HTML part meant to be read.
    pub has_html: bool,
    /// The first HTML part that was left for its alternative in plain text.
    pub page: Option<usize>,
}

impl Body {
    /// Takes in everything but the text of another.
    fn take_rest(&mut self, other: &mut Self) {
        self.has_html |= other.has_html;
        self.attachments.append(&mut other.attachments);
        self.images.append(&mut other.images);
        self.spare.append(&mut other.spare);
    }
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
    body.attachments.extend((0..tree.parts.len()).filter(|number| tree.parts[*number].from_text));
    body.attachments.sort_unstable();
    if !body.spare.is_empty() && body.text.iter().all(|number| sorter.is_blank(*number)) {
        body.has_html |= body.spare.iter().any(|number| tree.parts[*number].media_type == "text/html");
        body.text = std::mem::take(&mut body.spare);
    }
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
    /// Belongs to a `winmail.dat`.
    Winmail,
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
        if part.opened {
            return self.container(number, place, body);
        }
        let html = part.media_type == "text/html";
        if place == Place::Winmail && part.name.is_none() && part.media_type.starts_with("text/") {
            body.spare.push(number);
        } else if self.is_readable(number, part, place) {
            body.has_html |= html;
            body.text.push(number);
        } else if part.parent.is_some() || !part.body.is_empty() || part.disposition == Disposition::Attachment {
            body.attachments.push(number);
            if self.is_in_place(part, place) {
                body.images.push(number);
            }
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
            "application/ms-tnef" => children.iter().for_each(|child| self.part(*child, Place::Winmail, body)),
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
        for (at, mut option) in options.into_iter().enumerate() {
            body.take_rest(&mut option);
            let page = || option.text.iter().copied().find(|n| self.tree.parts[*n].media_type == "text/html");
            if chosen.contains(&at) {
                body.page = body.page.or(option.page);
                body.text.extend(option.text);
            } else {
                body.page = body.page.or_else(page);
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
        if part.disposition == Disposition::Attachment || matches!(place, Place::Related | Place::Winmail) {
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

    /// An image that its writer put between texts.
    fn is_in_place(&self, part: &Part, place: Place) -> bool {
        part.media_type.starts_with("image/") && part.disposition == Disposition::Inline && place != Place::Related
    }

    fn is_blank(&self, number: usize) -> bool {
        const BLANK_BYTES_MAX: usize = 400;
        let part = &self.tree.parts[number];
        if part.body.len() > BLANK_BYTES_MAX {
            return false;
        }
        let text = super::charset::text(&self.tree.decoded(self.raw, part), part.parameter("charset"));
        if part.media_type == "text/html" {
            return crate::mail::html::to_text(&text).text.trim().is_empty() && !text.contains("<img");
        }
        text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'))
    }
}
