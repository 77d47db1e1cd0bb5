//! Message-IDs and the fields that name them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest Message-ID kept, in octets; a line cannot hold more (RFC 5322 §2.1.1).
pub const MESSAGE_ID_BYTES_MAX: usize = 998;

/// A Message-ID without its angle brackets, as written (RFC 5322 §3.6.4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(String);

impl MessageId {
    /// Takes an id with or without brackets. `None` for nothing, spaces, controls, brackets inside, or too much.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim();
        let inner = inner.strip_prefix('<').unwrap_or(inner);
        let inner = inner.strip_suffix('>').unwrap_or(inner);
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>');
        let good = !inner.is_empty() && inner.len() <= MESSAGE_ID_BYTES_MAX && !inner.chars().any(odd);
        good.then(|| Self(inner.to_owned()))
    }

    /// The id without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    /// With angle brackets, as in a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Most ids read from one field. A longer list keeps its first, the root, and its newest.
pub const IDS_MAX: usize = 1000;

/// Reads the ids of an unfolded `Message-ID`, `In-Reply-To` or `References` value, oldest first as written.
///
/// Damage is the normal case: spaces where an id was folded, commas between ids, no brackets, words around them
/// (RFC 822 allowed phrases in `In-Reply-To`, RFC 5322 §4.5.4 still has to read them), `mailto:` in front, the whole
/// list as encoded words.
///
/// Shape:  one pass; at most [`IDS_MAX`] ids.
/// Errors: none; a piece that is no id is left out. Source: RFC 5322 §3.6.4, §4.5.4.
pub fn read(value: &str) -> Vec<MessageId> {
    let decoded;
    let value = if value.contains("=?") {
        decoded = super::parse::words::decode(value);
        decoded.as_str()
    } else {
        value
    };
    let mut ids = bracketed(value);
    if ids.is_empty() {
        ids = bare(value);
    }
    if ids.len() > IDS_MAX {
        ids.drain(1..=ids.len() - IDS_MAX);
    }
    ids
}

/// Everything between `<` and `>`; spaces inside come from folding and are taken out.
fn bracketed(value: &str) -> Vec<MessageId> {
    let mut ids = Vec::new();
    let mut open = None;
    for (at, octet) in value.bytes().enumerate() {
        match octet {
            b'<' => open = Some(at + 1),
            b'>' => ids.extend(open.take().and_then(|start| id(&value[start..at]))),
            _ => {}
        }
    }
    ids
}

/// Ids without brackets: words with an `@`, and nothing but such words. Among other words an `@` is an address.
fn bare(value: &str) -> Vec<MessageId> {
    let words = || value.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    let all = words().all(|word| word.contains('@') && !word.contains('<') && !word.contains('>'));
    if all { words().filter_map(id).collect() } else { Vec::new() }
}

fn id(text: &str) -> Option<MessageId> {
    if !text.bytes().any(|b| b.is_ascii_whitespace()) && !text.starts_with(['m', 'M']) {
        return MessageId::parse(text);
    }
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mailto = joined.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("mailto:"));
    MessageId::parse(if mailto { &joined[7..] } else { &joined })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lists_are_read() {
        for (value, want) in [
            ("<a@b>", &["a@b"][..]),
            ("<a@b> <c@d>", &["a@b", "c@d"]),
            ("<a@b>,<c@d>", &["a@b", "c@d"]),
            ("<a@b><c@d>", &["a@b", "c@d"]),
            ("a@b c@d", &["a@b", "c@d"]),
            ("a@b, c@d", &["a@b", "c@d"]),
            ("<long.\tid@b>", &["long.id@b"]),
            ("<mailto:A@b> <MAILTO:c@d>", &["A@b", "c@d"]),
            ("Your message of Mon, 1 Jan <a@b>", &["a@b"]),
            ("<a@b> (ola@uni.no's message)", &["a@b"]),
            ("ola@uni.no of Monday", &[]),
            ("ut@off> <c@d> <cut@of", &["c@d"]),
            ("<<a@b>>", &["a@b"]),
            ("<no-at-sign>", &["no-at-sign"]),
            ("=?utf-8?q?=3Ca=40b=3E?= =?utf-8?q?_=3Cc=40d=3E?=", &["a@b", "c@d"]),
            ("mymail@x", &["mymail@x"]),
            ("", &[]),
            ("<>", &[]),
        ] {
            assert_eq!(read(value).iter().map(MessageId::as_str).collect::<Vec<_>>(), want, "{value}");
        }
    }

    #[test]
    fn a_long_list_keeps_its_root_and_its_newest() {
        let list: String = (0..5000).map(|n| format!("<{n}@x> ")).collect();
        let ids = read(&list);
        assert_eq!(ids.len(), IDS_MAX);
        assert_eq!((ids[0].as_str(), ids[IDS_MAX - 1].as_str()), ("0@x", "4999@x"));
    }
}
