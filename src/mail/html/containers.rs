//! What clients put around quoted mail and signatures, by class and id.

use crate::mail::text::Mark;

use super::tags::Tag;

/// Containers that hold nothing but quoted mail, or the line that introduces it.
#[rustfmt::skip]
const QUOTED: &[&str] = &[
    "gmail_attr", "gmail_extra_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "moz-cite-prefix",
    "zmail_extra", "gmail_quote_attribution", "reply-intro", "outlookmessageheader", "wordsection1_quote",
    "hcsignature_quote", "quoted_text", "fastmail-quoted", "freebirdfxquote", "_rp_quote", "mail_android_quote",
    "ms-outlook-mobile-reference-message", "history_container", "front-blockquote", "cremed-quote",
    "mailbox_quote", "missive_quote", "original-message", "quote-pbu", "yiv_quoted",
];
/// Marks from which on everything is quoted: Outlook on the web and its kin leave the answer above them.
const CUTS: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "stopspelling",
    "mail-editor-reference-message-container",
    "replysplit",
    "lotus_quote_start",
];
/// Containers of signatures.
#[rustfmt::skip]
const SIGNATURES: &[&str] = &[
    "gmail_signature", "signature", "applemailsignature", "ms-outlook-mobile-signature", "moz-signature",
    "protonmail_signature_block", "tutanota_signature", "signature_block", "mobileoutlooksignature",
    "lightlyy_signature", "yahoo-signature", "email-signature", "ydp-signature",
];
/// Block quotes that clients make for quoted mail; others are the writer's own.
const CITES: &[&str] = &[
    "gmail_quote",
    "protonmail_quote",
    "moz-cite",
    "yahoo_quoted",
    "mailquote",
    "clean_bq",
    "zmail_quote",
    "quote",
    "iosymail",
    "webmail-quote",
];

/// What a line inside of this element is.
pub(super) fn mark(tag: &Tag<'_>) -> Option<Mark> {
    if tag.name == "blockquote" && is_quote(tag) {
        return Some(Mark::Quoted);
    }
    match () {
        () if names(tag, |name| QUOTED.contains(&name)) => Some(Mark::Quoted),
        () if names(tag, |name| SIGNATURES.contains(&name)) => Some(Mark::Signature),
        () => None,
    }
}

/// Is everything behind this element quoted?
pub(super) fn cuts(tag: &Tag<'_>) -> bool {
    names(tag, |name| CUTS.contains(&name))
}

/// A block quote made by a client.
pub(super) fn is_quote(tag: &Tag<'_>) -> bool {
    tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
        || tag.attribute("cite").is_some()
        || names(tag, |name| CITES.contains(&name))
        || tag.style().contains("border-left:")
}

/// Classes and ids of an element, lower-case; `x_`, which Outlook puts in front of other clients' names, taken off.
fn names(tag: &Tag<'_>, is: impl Fn(&str) -> bool) -> bool {
    const BYTES_MAX: usize = 300;
    [tag.attribute("class"), tag.attribute("id")].into_iter().flatten().filter(|v| v.len() <= BYTES_MAX).any(|value| {
        value.split_ascii_whitespace().any(|name| {
            let name = name.to_ascii_lowercase();
            let mut name = name.as_str();
            while let Some(rest) = name.strip_prefix("x_").or_else(|| name.strip_prefix("m_")) {
                name = rest;
            }
            is(name)
        })
    })
}

/// What is written behind a link: its target, when the words do not show it already.
pub(super) fn link_target(href: &str, shown: &str) -> Option<String> {
    const BYTES_MAX: usize = 2000;
    let href = href.trim();
    if href.is_empty() || href.len() > BYTES_MAX || shown.len() > BYTES_MAX {
        return None;
    }
    let mut target = String::with_capacity(href.len());
    let mut rest = href;
    while let Some(at) = rest.find("&amp;") {
        target.push_str(&rest[..at]);
        target.push('&');
        rest = &rest[at + 5..];
    }
    target.push_str(rest);
    target.retain(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>'));
    let scheme = target.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    let plain = match scheme.as_str() {
        "http" | "https" | "ftp" => target.split_once("//").map_or(target.as_str(), |(_, rest)| rest),
        "mailto" | "tel" => target[scheme.len() + 1..].split('?').next().unwrap_or_default(),
        _ => return None,
    };
    let plain = plain.trim_end_matches('/').trim_start_matches("www.");
    let said: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
    if plain.is_empty() || said.is_empty() || said.contains(plain) {
        return None;
    }
    Some(if scheme == "http" || scheme == "https" || scheme == "ftp" { target.clone() } else { plain.to_owned() })
}
