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
