//! Mail addresses and what may stand in their place.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Longest address taken, in octets: 64 of local part, `@`, 255 of domain (RFC 5321 §4.5.3.1).
pub const ADDRESS_BYTES_MAX: usize = 64 + 1 + 255;

/// A domain in its ASCII form, lower-case; or an address literal in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    /// Reads a domain; international names become their ASCII form (RFC 5890 §2.3.2.1).
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 255 || text.chars().any(forbidden) {
            return None;
        }
        if text.starts_with('[') && text.ends_with(']') && text.len() > 2 {
            return Some(Self(text.to_ascii_lowercase()));
        }
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if !plain && text.is_ascii() {
            return None;
        }
        let ascii = if plain { text.to_ascii_lowercase() } else { idna::domain_to_ascii(text).ok()? };
        let labels = !ascii.is_empty() && ascii.split('.').all(|label| !label.is_empty() && label.len() <= 63);
        labels.then_some(Self(ascii))
    }

    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Domain {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a domain")
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mail address: local part as written, domain normalised. Two addresses that differ in case only are equal.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    local: String,
    domain: Domain,
}

impl Address {
    /// Reads `local@domain` or `"quoted local"@domain`. No display name, no angle brackets, no controls.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > ADDRESS_BYTES_MAX * 2 {
            return None;
        }
        let (local, domain) = text.rsplit_once('@')?;
        if local.is_empty() || local.chars().any(forbidden) {
            return None;
        }
        let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let unquotable = |c: char| c.is_whitespace() || "<>(),;:\\\"[]@".contains(c);
        if !quoted && local.chars().any(unquotable) {
            return None;
        }
        Some(Self { local: local.to_owned(), domain: Domain::parse(domain)? })
    }

    /// From parts that are known to be good: a local part of our own making.
    pub fn of(local: &str, domain: &Domain) -> Option<Self> {
        Self::parse(&format!("{local}@{domain}"))
    }

    /// The local part as written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain, normalised.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// What follows the first `+` of the local part.
    pub fn detail(&self) -> Option<&str> {
        if self.local.starts_with('"') { None } else { self.local.split_once('+').map(|(_, detail)| detail) }
    }

    /// The address without `+detail`.
    pub fn without_detail(&self) -> Self {
        match self.local.split_once('+') {
            Some((base, _)) if !base.is_empty() && !self.local.starts_with('"') => {
                Self { local: base.to_owned(), domain: self.domain.clone() }
            }
            _ => self.clone(),
        }
    }

    /// The lower-case form under which equal addresses meet.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }
}

/// Controls, bidirectional overrides and the replacement character never belong in an address.
fn forbidden(c: char) -> bool {
    c.is_control()
        || c == '\u{FFFD}'
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain
            && (self.local == other.local
                || (self.local.is_ascii() && self.local.eq_ignore_ascii_case(&other.local))
                || self.local.to_lowercase() == other.local.to_lowercase())
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.to_lowercase().hash(state);
        self.domain.hash(state);
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.domain, self.local.to_lowercase()).cmp(&(&other.domain, other.local.to_lowercase()))
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a mail address")
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a failed delivery is reported: nowhere, or to a mailbox (RFC 5321 §4.5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReversePath {
    /// `<>`: this mail is itself a report; it is never answered.
    Null,
    /// An ordinary sender.
    Mailbox(Address),
}

/// A display name and an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Decoded display name, without controls.
    pub name: Option<String>,
    /// The address itself.
    pub address: Address,
}

impl Mailbox {
    /// The name, or the address where there is none.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.address.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly_and_compared_loosely() {
        let good = [
            ("Ola@UNI.no", "Ola@uni.no"),
            ("hjelp+x@uni.no", "hjelp+x@uni.no"),
            ("\"odd name\"@uni.no", "\"odd name\"@uni.no"),
            ("kåre@blåbær.no", "kåre@xn--blbr-roah.no"),
            ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ];
        for (text, want) in good {
            assert_eq!(Address::parse(text).map(|a| a.to_string()).as_deref(), Some(want), "{text}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b..c",
            "a\r\nb@c.no",
            "a@b\u{202e}c.no",
            "<a@b.no>",
            "a@b@c.no",
            "a@\u{fffd}.no",
            "a\u{200b}@b.no",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Address::parse("OLA@uni.no"), Address::parse("ola@Uni.No"));
    }

    #[test]
    fn detail_is_split_at_the_first_plus() {
        let address = Address::parse("reply+a+b@x.no").expect("good");
        assert_eq!(address.detail(), Some("a+b"));
        assert_eq!(address.without_detail().to_string(), "reply@x.no");
        assert_eq!(Address::parse("+a@x.no").expect("good").without_detail().to_string(), "+a@x.no");
    }
}
