//! What HTML in mail must be: it loads nothing, runs nothing, says its language, is legible in light and dark, and says
//! what the text says.

use std::collections::BTreeMap;

use henvend::mail::html::part::joined;
use henvend::mail::html::to_text;

use super::{letters, page};

/// WCAG 2.1, 1.4.3.
const CONTRAST_MIN: f64 = 4.5;
/// Gmail shows no more of a page than this many octets.
const PAGE_BYTES_MAX: usize = 102_000;

/// Colour and ground, by class.
type Sheet = BTreeMap<String, [String; 2]>;

#[tokio::test]
async fn every_page_is_fit_for_any_mail_program() {
    for language in ["nb", "nn", "en"] {
        for (name, sent) in letters(language).await {
            let (name, page) = (format!("{language}/{name}"), page(&sent));
            loads_and_runs_nothing(&name, &page);
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{name}");
            assert!(page.contains("<meta name=\"color-scheme\" content=\"light dark\">"), "{name}");
            assert!(page.len() < PAGE_BYTES_MAX, "{name}: {} octets", page.len());
            legible(&name, &page);
            says_the_same(&name, &sent.mail.text, &page);
        }
    }
}

fn loads_and_runs_nothing(name: &str, page: &str) {
    let lower = page.to_lowercase();
    for banned in ["<script", "<img", "<link", "<iframe", "<form", "<object", "<svg", "url(", "@import"] {
        assert!(!lower.contains(banned), "{name}: {banned}");
    }
    for tag in lower.split('<').skip(1).filter_map(|part| part.split('>').next()) {
        let attributes = tag.split_whitespace().skip(1);
        let bad =
            |attribute: &str| attribute.starts_with("src=") || attribute.starts_with("on") && attribute.contains('=');
        assert!(!attributes.into_iter().any(bad), "{name}: {tag}");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(link.starts_with("mailto:reply%2B"), "{name}: {link:.60}");
    }
}

/// Each word of the text stands in the page too, or in its links.
fn says_the_same(name: &str, text: &str, page: &str) {
    let links: String = page.split("href=\"").skip(1).filter_map(|link| link.split('"').next()).collect();
    let arguments = "NAVN NAMN NAME";
    let shown = format!("{} {} {} {arguments}", joined(page), to_text(page).text, without_percent(&links));
    for word in text.split_whitespace().map(|word| word.trim_end_matches(':')) {
        let dashes = word.chars().all(|sign| sign == '-');
        assert!(dashes || shown.contains(word), "{name}: “{word}” is in the text only");
    }
}

fn without_percent(links: &str) -> String {
    let mut parts = links.split('%');
    let mut octets = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        octets.push(u8::from_str_radix(&part[..2], 16).unwrap());
        octets.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(octets).unwrap()
}

/// Follows colours down to every piece of text: as the styles at the elements say, and as the sheet for dark says.
fn legible(name: &str, page: &str) {
    let dark = sheet(page);
    let body = page.split_once("<body").unwrap().1;
    let mut open: Vec<(String, [[String; 2]; 2])> = Vec::new();
    for part in format!("<body{body}").split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let element = tag.trim_start_matches('/').split(' ').next().unwrap().to_owned();
        if tag.starts_with('/') {
            open.truncate(open.iter().rposition(|(open, _)| *open == element).unwrap_or(0));
        } else if element != "br" {
            let around = open.last().map_or_else(Default::default, |(_, colours)| colours.clone());
            open.push((element, colours(tag, around, &dark)));
        }
        let Some((_, shown)) = open.last().filter(|_| !text.trim().is_empty()) else { continue };
        for [colour, ground] in shown {
            let contrast = contrast(colour, ground);
            assert!(contrast >= CONTRAST_MIN, "{name}: {colour} on {ground} is {contrast:.1}: {text:.40}");
        }
    }
}

/// Light and dark, of an element within others.
fn colours(tag: &str, around: [[String; 2]; 2], dark: &Sheet) -> [[String; 2]; 2] {
    let [[mut colour, mut ground], mut night] = around;
    let style = tag.split_once("style=\"").map_or("", |(_, style)| style);
    for property in style.split(['"', ';']) {
        match property.split_once(':') {
            Some(("color", value)) => colour = value.to_owned(),
            Some(("background-color", value)) => ground = value.to_owned(),
            _ => {}
        }
    }
    let class = tag.split_once("class=\"").and_then(|(_, class)| class.split('"').next());
    if let Some(colours) = class.and_then(|class| dark.get(class)) {
        night.clone_from(colours);
    }
    [[colour, ground], night]
}

/// `.class{color:#…!important;background-color:#…!important}`
fn sheet(page: &str) -> Sheet {
    let (_, sheet) = page.split_once("prefers-color-scheme:dark").unwrap();
    let rules = sheet.split("</style>").next().unwrap().lines().filter_map(|line| line.strip_prefix('.'));
    let rule = |line: &str| {
        let (class, rest) = line.split_once("{color:").unwrap();
        let (colour, ground) = rest.split_once("!important;background-color:").unwrap();
        (class.to_owned(), [colour.to_owned(), ground[..7].to_owned()])
    };
    rules.map(rule).collect()
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.039_28 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}
