//! The parts that are read, put together as one text.

use std::borrow::Cow;
use std::collections::HashMap;

use super::body::Body;
use super::forwarded::attached_original;
use super::tree::{Part, Tree};
use super::{Limits, charset, flowed, names};
use crate::mail::text::cleartext::without_armour;
use crate::mail::text::{self, Readable};
use crate::mail::{Mail, Seal, calendar, html};

/// Reads the text and splits the new words off.
pub(crate) fn read(raw: &[u8], tree: &Tree, body: &Body, limits: &Limits, mail: &mut Mail) {
    let reader = Reader { raw, tree, limits, images: images(tree, body) };
    let mut readable = Readable::default();
    let mut images = body.images.iter().peekable();
    for number in &body.text {
        while let Some(image) = images.next_if(|image| *image < number) {
            if !readable.text.is_empty() {
                readable.append(Readable::plain(&reader.image(*image)));
            }
        }
        readable.append(reader.part(&tree.parts[*number], mail));
        if readable.cut_to(limits.text_bytes_max) {
            mail.problems.push("the text is longer than what is read; the rest of it was left out".to_owned());
            break;
        }
    }
    let page_text = body.page.map(|number| reader.page_text(&tree.parts[number])).unwrap_or_default();
    if let Some(number) = body.page.filter(|_| body.text.len() <= 1 && stands_in_for(&readable.text, &page_text)) {
        readable = reader.part(&tree.parts[number], mail);
        readable.cut_to(limits.text_bytes_max);
    }
    let words = without_armour(&readable);
    let mut split = text::split(&words);
    if let Cow::Owned(_) = words {
        // It is a place in another text.
        split.quoted_at = None;
    }
    if split.below_marker {
        mail.problems.push("there is text below the line that says to write above it; it was left out".to_owned());
    }
    (mail.new_text, mail.quoted_cut, mail.quoted_at) = (split.new_text, split.cut, split.quoted_at);
    mail.text_below = split.below_marker;
    mail.only_signature = split.only_signature;
    mail.text = readable.text;
    mail.page_text = page_text;
    let recipients = mail.to.iter().chain(&mail.cc).map(|mailbox| mailbox.address.clone());
    let in_text = split.passed_on.and_then(|passed_on| passed_on.original(&mail.subject, recipients));
    mail.forwarded = in_text.or_else(|| attached_original(raw, tree, limits, &mail.subject));
    if let Some(summary) = reader.calendar() {
        add_calendar(&summary, mail);
    }
}

/// Does a text only say that the words stand in the page, `This message is in HTML`, or is it no more than the mark of an
/// image?
fn stands_in_for(text: &str, page: &str) -> bool {
    const WORDS_MAX: usize = 40;
    const PAGE_WORDS_MIN: usize = 3;
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(1000).map(str::to_lowercase).collect()
    };
    let is_mark = |line: &str| line.trim().is_empty() || line.trim().starts_with("[cid:") && line.trim().ends_with(']');
    let (said, shown) = (words(text), words(page));
    if said.len() > WORDS_MAX || shown.len() < PAGE_WORDS_MIN {
        return false;
    }
    let known = said.iter().filter(|word| shown.contains(word)).count();
    text.lines().all(is_mark) || said.iter().any(|word| word == "html") && known * 5 < said.len() * 3
}

/// What an invitation is about stands below the text; it is new only where nobody wrote anything.
fn add_calendar(summary: &str, mail: &mut Mail) {
    if mail.text.trim().is_empty() {
        mail.new_text = summary.to_owned();
        mail.text = summary.to_owned();
    } else {
        let ended = mail.text.trim_end_matches('\n').len();
        mail.text.truncate(ended);
        mail.text.push_str("\n\n");
        mail.text.push_str(summary);
    }
}

/// The parts that a page may show by their `Content-ID` (RFC 2392), with the names they have as attachments.
fn images(tree: &Tree, body: &Body) -> HashMap<String, String> {
    let named = |number: &usize| {
        let part = &tree.parts[*number];
        Some((part.content_id.clone()?, image_name(part)))
    };
    body.attachments.iter().filter_map(named).collect()
}

fn image_name(part: &Part) -> String {
    part.name.as_deref().and_then(names::safe).unwrap_or_else(|| part.media_type.clone())
}

struct Reader<'a> {
    raw: &'a [u8],
    tree: &'a Tree,
    limits: &'a Limits,
    /// Names of images by `Content-ID`.
    images: HashMap<String, String>,
}

impl Reader<'_> {
    fn image(&self, number: usize) -> String {
        html::image_mark(&image_name(&self.tree.parts[number]))
    }

    fn part(&self, part: &Part, mail: &mut Mail) -> Readable {
        let octets = self.tree.decoded(self.raw, part);
        let is_page = matches!(part.media_type.as_str(), "text/html" | "text/enriched" | "text/richtext");
        let most = if is_page { self.limits.html_bytes_max } else { self.limits.text_bytes_max };
        if octets.len() > most {
            mail.problems.push("a text part is longer than what is read; the rest of it was left out".to_owned());
        }
        let octets = &octets[..octets.len().min(most)];
        if is_page {
            return html::to_text_with(&page(part, octets), &self.images);
        }
        let mut text = charset::text(octets, part.parameter("charset"));
        if part.parameter("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
            text = flowed::join(&text, part.parameter("delsp"));
        }
        mail.seals.extend(armour(&text));
        Readable::plain(&self.with_images(text))
    }

    /// Only the beginning is read: commands stand at the top. What stands before the body shows nothing and may be long.
    fn page_text(&self, part: &Part) -> String {
        const HEAD_BYTES_MAX: usize = 256 * 1024;
        const TOP_BYTES_MAX: usize = 32 * 1024;
        let octets = self.tree.decoded_top(self.raw, part, HEAD_BYTES_MAX);
        let body = memchr::memmem::find(&octets, b"<body").or_else(|| memchr::memmem::find(&octets, b"<BODY"));
        let top = &octets[body.unwrap_or_default()..];
        let top = charset::text(&top[..top.len().min(TOP_BYTES_MAX)], part.parameter("charset"));
        text::split(&without_armour(&html::to_text(&top))).new_text
    }

    /// Outlook writes `[cid:image001.png@01D9…]` where an image stands.
    fn with_images(&self, text: String) -> String {
        const OPENING: &str = "[cid:";
        const ID_BYTES_MAX: usize = 250;
        if self.images.is_empty() || !text.contains(OPENING) {
            return text;
        }
        let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
        while let Some(at) = rest.find(OPENING) {
            let (before, mark) = rest.split_at(at);
            out.push_str(before);
            let end = mark.bytes().take(ID_BYTES_MAX).position(|octet| octet == b']');
            let name = end.and_then(|end| self.images.get(&mark[OPENING.len()..end]));
            match (end, name) {
                (Some(end), Some(name)) => {
                    out.push_str(&html::image_mark(name));
                    rest = &mark[end + 1..];
                }
                _ => {
                    out.push_str(OPENING);
                    rest = &mark[OPENING.len()..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The first calendar among all parts.
    fn calendar(&self) -> Option<String> {
        let part = self.tree.parts.iter().find(|part| part.media_type == "text/calendar")?;
        let octets = self.tree.decoded(self.raw, part);
        let octets = &octets[..octets.len().min(self.limits.text_bytes_max)];
        // RFC 5545 §3.1.4: UTF-8 is what is meant where nothing is said.
        calendar::summary(&charset::text(octets, part.parameter("charset")))
    }
}

/// PGP written into the text (RFC 9580 §6.2). It stays there, as those who can read or check it need it whole; only the
/// writer's own new words are without it.
fn armour(text: &str) -> Option<Seal> {
    let at_line = |mark: &str| {
        text.starts_with(mark)
            || memchr::memmem::find_iter(text.as_bytes(), mark).any(|at| text.as_bytes()[..at].ends_with(b"\n"))
    };
    match () {
        () if !text.contains("-----BEGIN PGP ") => None,
        () if at_line("-----BEGIN PGP MESSAGE-----") => Some(Seal::PgpEncrypted),
        () if at_line("-----BEGIN PGP SIGNED MESSAGE-----") => Some(Seal::PgpSigned),
        () => None,
    }
}

/// A page's own writing, in the charset that the mail says, else the one that the page says.
pub(super) fn page(part: &Part, octets: &[u8]) -> String {
    let charset = part.parameter("charset").map(Cow::from).or_else(|| html::declared_charset(octets));
    charset::text(octets, charset.as_deref())
}
