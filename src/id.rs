//! Identifiers. Each is a type of its own: private field, `Display`, `parse`, no conversion from bare text.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a number that is already known to be one of these.
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// The bare number, for encodings and arithmetic.
            pub const fn get(self) -> $inner {
                self.0
            }

            /// Reads decimal digits; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                if digits { text.parse().ok().map(Self) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_id!(
    /// The number of a case; the reference is the site's prefix and this number.
    CaseId(u64)
);
number_id!(
    /// The place of an entry in its case's journal, from 1.
    EntryNo(u32)
);
number_id!(
    /// A customer; 0 is the site itself.
    CustomerId(u32)
);
number_id!(
    /// A category, unique over all customers.
    CategoryId(u32)
);
number_id!(
    /// A registered user.
    UserId(u32)
);
number_id!(
    /// One key of the key ring.
    KeyId(u8)
);
number_id!(
    /// A process that leases letters.
    NodeId(u32)
);
number_id!(
    /// One leasing of one letter; a later lease has a higher number.
    LeaseId(u64)
);
number_id!(
    /// How often something has changed.
    Version(u64)
);

impl EntryNo {
    /// The entry after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl CaseId {
    /// The case number after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Default for CaseId {
    /// The number of the first case.
    fn default() -> Self {
        Self(1)
    }
}

/// The BLAKE3 hash of a raw mail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailId([u8; 32]);

impl MailId {
    /// The id of these exact bytes.
    pub fn of(raw: &[u8]) -> Self {
        Self(*blake3::hash(raw).as_bytes())
    }

    /// The hash as bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailId({})", &self.to_string()[..12])
    }
}

/// A letter: the copy number `copy` of what entry `entry` of case `case` sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LetterId {
    /// The case that the letter speaks of.
    pub case: CaseId,
    /// The entry that caused it.
    pub entry: EntryNo,
    /// Which of the entry's letters, from 0.
    pub copy: u16,
}

impl LetterId {
    /// Reads what `Display` writes: `1042.3.0`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let id = Self {
            case: CaseId::parse(parts.next()?)?,
            entry: EntryNo::parse(parts.next()?)?,
            copy: u16::try_from(Version::parse(parts.next()?)?.get()).ok()?,
        };
        parts.next().is_none().then_some(id)
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.case, self.entry, self.copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_write() {
        let id = LetterId { case: CaseId::new(1042), entry: EntryNo::new(3), copy: 7 };
        assert_eq!(LetterId::parse(&id.to_string()), Some(id));
        let mail = MailId::of(b"x");
        assert_eq!(MailId::parse(&mail.to_string()), Some(mail));
        for bad in ["", "1", "1.2", "1.2.3.4", "1.2.70000", "a.b.c", "+1.2.3"] {
            assert_eq!(LetterId::parse(bad), None, "{bad}");
        }
        assert_eq!(CaseId::parse("99999999999999999999999"), None);
    }
}
