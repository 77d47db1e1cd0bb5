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

/// What an element stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// In one that holds quotes.
    HoldsQuotes,
    /// In none of those.
    HoldsNone,
}

/// What an element does to the lines inside of it and behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    /// What a line inside of it is.
    pub mark: Option<Mark>,
    /// Everything behind its beginning is quoted.
    pub cuts: bool,
    /// A block quote that a client made for quoted mail, and shows so.
    pub is_quote: bool,
    /// Gmail gives its quotes and what people indent by themselves the same class; only a quote stands in such a one.
    pub holds_quotes: bool,
}

impl Container {
    /// Reads an element.
    pub fn of(tag: &Tag<'_>, style: &str, around: Around) -> Self {
        let is_block_quote = tag.name == "blockquote";
        if tag.is_plain {
            // Without anything that an editor writes when somebody indents, it is a program's; how it looks, nobody knows.
            return Self { mark: is_block_quote.then_some(Mark::Quoted), ..Self::default() };
        }
        let said = Said::by(tag);
        let is_quote = is_block_quote
            && (said.cites
                || tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
                || tag.has("cite")
                || style.contains("border-left:")
                || around == Around::HoldsQuotes && said.gmail_quote);
        let mark = match () {
            () if is_quote || said.yahoo => Some(Mark::Quoted),
            () if said.quoted && !is_block_quote => Some(Mark::Quoted),
            () if said.signature => Some(Mark::Signature),
            () => None,
        };
        let bordered = tag.name == "div" && OUTLOOK_BORDERS.iter().any(|border| style.contains(border));
        Self {
            mark,
            cuts: said.cuts || bordered,
            is_quote,
            holds_quotes: !is_block_quote && (said.gmail_quote || said.gmail_extra),
        }
    }

    /// Does it say nothing of its lines?
    pub fn is_mute(&self) -> bool {
        *self == Self::default()
    }
}

/// What the names of an element say.
#[derive(Default)]
struct Said {
    quoted: bool,
    yahoo: bool,
    signature: bool,
    cuts: bool,
    cites: bool,
    gmail_quote: bool,
    gmail_extra: bool,
}

impl Said {
    fn by(tag: &Tag<'_>) -> Self {
        const BYTES_MAX: usize = 300;
        let mut said = Self::default();
        for value in ["class", "id", "name", "data-marker"].into_iter().filter_map(|key| tag.attribute(key)) {
            if value.len() <= BYTES_MAX {
                value.to_ascii_lowercase().split_ascii_whitespace().for_each(|name| said.add(name));
            }
        }
        said
    }

    /// One name, lower-case; `x_`, which Outlook puts in front of other clients' names, is taken off.
    fn add(&mut self, name: &str) {
        let mut name = name;
        while let Some(rest) = name.strip_prefix("x_").or_else(|| name.strip_prefix("m_")) {
            name = rest;
        }
        self.quoted |= QUOTED.contains(&name);
        self.yahoo |= name.ends_with("yahoo_quoted");
        self.signature |= SIGNATURES.contains(&name);
        self.cuts |= CUTS.contains(&name);
        self.cites |= CITES.contains(&name);
        self.gmail_quote |= name == "gmail_quote";
        self.gmail_extra |= name == "gmail_extra";
    }
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
