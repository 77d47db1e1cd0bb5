//! A user's own HTML, where it can be told with certainty which part of it is new: the same words as the text, with
//! their formatting.

use std::collections::BTreeMap;

use super::guard::Inside;
use super::page::html::escaped;
use super::write::Material;
use crate::address::Address;
use crate::case::event::CaseEvent;
use crate::directory::model::Language;
use crate::mail::Mail;
use crate::mail::html::{clean, part};
use crate::mail::parse::html_page;
use crate::rules::command;

/// Longest page that is cleaned, in octets; a longer one goes as text.
const PAGE_BYTES_MAX: usize = 256 << 10;

/// Most images that a page may show.
const IMAGES_MAX: usize = 50;

/// An answer's HTML, and which of the mail's files it shows.
pub struct Formatted {
    /// A piece of a page.
    html: String,
    /// The `Content-ID` under which each image goes along, by its part.
    images: BTreeMap<usize, String>,
    /// Images that the rest of the page shows: of the quotation, of a signature.
    others: Vec<usize>,
}

impl Formatted {
    /// The new part of the entry's mail, cleaned and scrubbed; `None` where it is not certain.
    ///
    /// Shape:  `text` is the answer's text, scrubbed.
    pub fn of(material: &Material<'_>, inside: &Inside<'_>, answer: (&str, &Address)) -> Option<Self> {
        let (text, sender) = answer;
        let (mail, raw) = material.mail?;
        let page = html_page(raw)?;
        let (commands, words) = command::split(&mail.new_text);
        let new = part::part(&page, &commands.join("\n"), words).filter(|new| new.len() <= PAGE_BYTES_MAX)?;
        let named = Some(images(mail)).filter(|named| named.len() <= IMAGES_MAX)?;
        let ids: BTreeMap<usize, String> =
            (1..).zip(&named).map(|(n, (part, _))| (*part, format!("{n}@{}", material.ours.reply_domain))).collect();
        let renamed = named.iter().filter_map(|(part, id)| Some(((*id).to_owned(), ids.get(part)?.clone()))).collect();
        let html = inside.scrub(&clean::clean(new, renamed), sender);
        if !part::holds_only(&html, text) || inside.shows(&html) {
            return None;
        }
        if is_by_word(&material.entry.events) && leads_elsewhere(&html, &mail.text) {
            return None;
        }
        let shown = |id: &String| html.contains(&format!("\"cid:{id}\""));
        let others = named.iter().filter(|(part, id)| !ids.get(part).is_some_and(&shown) && page.contains(*id));
        let others = others.map(|(part, _)| *part).collect();
        let images = ids.into_iter().filter(|(_, id)| shown(id)).collect();
        Some(Self { html, images, others })
    }

    /// The whole page, with a signature below.
    pub fn page(&self, language: Language, signature: &str) -> String {
        let lines: Vec<String> = signature.trim_end().lines().map(escaped).collect();
        let below =
            if lines.is_empty() { String::new() } else { format!("<p>-- <br>\n{}</p>\n", lines.join("<br>\n")) };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n{}\n{below}\
             </body>\n</html>\n",
            self.html
        )
    }

    /// The `Content-ID` of an image that the page shows.
    pub fn content_id(&self, part: usize) -> Option<String> {
        self.images.get(&part).cloned()
    }

    /// Is this a picture of what the writer only quoted?
    pub fn leaves_out(&self, part: usize) -> bool {
        self.others.contains(&part)
    }
}

/// Was it let go by a word of the user's, who was shown the text? Anybody may have written the page.
fn is_by_word(events: &[CaseEvent]) -> bool {
    let released = events.iter().any(|event| matches!(event, CaseEvent::HeldReleased { .. }));
    released && events.iter().any(|event| matches!(event, CaseEvent::CommandsGiven { .. }))
}

/// Does a link lead to a host that the text does not name?
fn leads_elsewhere(html: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let targets = html.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let hosts = targets.filter_map(|(target, _)| {
        let (_, rest) = target.split_once("://").or_else(|| target.split_once(':'))?;
        let host = rest.split(['/', '?', '#', '&']).next()?;
        Some(host.rsplit_once('@').filter(|_| target.contains("://")).map_or(host, |(_, host)| host).to_lowercase())
    });
    hosts.filter(|host| !host.is_empty()).any(|host| !text.contains(&host))
}

/// Files that a page can show in its place.
fn images(mail: &Mail) -> Vec<(usize, &str)> {
    let image = |file: &&crate::mail::Attachment| file.content_type.starts_with("image/");
    let files = mail.files().filter(image);
    files.filter_map(|file| Some((file.part, file.content_id.as_deref()?))).collect()
}
