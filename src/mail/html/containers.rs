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
    "mailbox_quote", "missive_quote", "original-message", "quote-pbu", "yiv_quoted", "olk_src_body_section",
    "messagereplysection", "__headers__", "__quoted_text__", "quote", "quoted-content", "mail_quote", "spike-previous-body",
];
/// Marks from which on everything is quoted: Outlook on the web and its kin leave the answer above them.
const CUTS: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "stopspelling",
    "mail-editor-reference-message-container",
    "replysplit",
    "lotus_quote_start",
    "zwchr",
    "__divider__",
    "originalcontent",
    "_phcwrapper_3",
];
/// How Outlook draws the line above the header block: the style without spaces. People do not draw such a line.
const OUTLOOK_BORDERS: &[&str] = &["border-top:solid#e1e1e1", "border-top:solid#b5c4df"];
/// Containers of signatures.
#[rustfmt::skip]
const SIGNATURES: &[&str] = &[
    "gmail_signature", "signature", "applemailsignature", "ms-outlook-mobile-signature", "moz-signature",
    "protonmail_signature_block", "tutanota_signature", "signature_block", "mobileoutlooksignature",
    "lightlyy_signature", "yahoo-signature", "email-signature", "ydp-signature",
];
/// Block quotes that clients make for quoted mail; others are the writer's own.
const CITES: &[&str] = &[
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

/// What a line inside of this element is. `quoted`: it stands in a container of [`holds_quotes`].
pub(super) fn mark(tag: &Tag<'_>, quoted: bool) -> Option<Mark> {
    match () {
        // Without anything that an editor writes when somebody indents, it is a program's; how it looks, nobody knows.
        () if tag.name == "blockquote" && (is_quote(tag, quoted) || tag.is_plain()) => Some(Mark::Quoted),
        () if tag.name != "blockquote" && names(tag, |name| QUOTED.contains(&name)) => Some(Mark::Quoted),
        () if names(tag, |name| name.ends_with("yahoo_quoted")) => Some(Mark::Quoted),
        () if names(tag, |name| SIGNATURES.contains(&name)) => Some(Mark::Signature),
        () => None,
    }
}

/// Is everything behind this element quoted?
pub(super) fn cuts(tag: &Tag<'_>) -> bool {
    let bordered = || {
        let style = tag.style();
        OUTLOOK_BORDERS.iter().any(|border| style.contains(border))
    };
    names(tag, |name| CUTS.contains(&name)) || tag.name == "div" && bordered()
}

/// Gmail gives its quotes and what people indent by themselves the same class; only a quote stands in such a container.
pub(super) fn holds_quotes(tag: &Tag<'_>) -> bool {
    tag.name != "blockquote" && names(tag, |name| name == "gmail_quote" || name == "gmail_extra")
}

/// A block quote that a client made for quoted mail, and shows so.
pub(super) fn is_quote(tag: &Tag<'_>, quoted: bool) -> bool {
    let gmail = || names(tag, |name| name == "gmail_quote");
    tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
        || tag.attribute("cite").is_some()
        || names(tag, |name| CITES.contains(&name))
        || tag.style().contains("border-left:")
        || quoted && gmail()
}

/// Names of an element, lower-case; `x_`, which Outlook puts in front of other clients' names, taken off.
fn names(tag: &Tag<'_>, is: impl Fn(&str) -> bool) -> bool {
    const BYTES_MAX: usize = 300;
    ["class", "id", "name", "data-marker"]
        .into_iter()
        .filter_map(|key| tag.attribute(key))
        .filter(|v| v.len() <= BYTES_MAX)
        .any(|value| {
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
