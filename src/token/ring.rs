//! The keys of tokens and Message-IDs.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::KeyId;

/// One signing key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    id: KeyId,
    secret: [u8; 32],
}

impl Key {
    /// A key of this number.
    pub fn new(id: KeyId, secret: [u8; 32]) -> Self {
        Self { id, secret }
    }

    /// Its number.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn mac(&self, purpose: &[u8], bytes: &[u8]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(&[u8::try_from(purpose.len()).expect("purposes are short")]);
        hasher.update(purpose);
        hasher.update(bytes);
        let mut mac = [0; 16];
        hasher.finalize_xof().fill(&mut mac);
        mac
    }

    /// Compares without telling by time how much was right.
    pub(super) fn verifies(&self, purpose: &[u8], bytes: &[u8], mac: &[u8]) -> bool {
        let Ok(mac) = <[u8; 16]>::try_from(mac) else { return false };
        let difference = self.mac(purpose, bytes).iter().zip(mac).fold(0, |all, (a, b)| all | (a ^ b));
        difference == 0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// All keys, oldest first. The newest signs; all verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    keys: Vec<Key>,
}

/// Why a ring cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RingProblem {
    /// There must be at least one key.
    #[error("the key ring holds no key")]
    Empty,
    /// Every key has its own number.
    #[error("the key ring holds key {0} twice")]
    Twice(KeyId),
    /// Not what `to_text` writes.
    #[error("the key ring cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    id: u8,
    secret: String,
}

impl KeyRing {
    /// A ring of these keys, oldest first.
    pub fn new(keys: Vec<Key>) -> Result<Self, RingProblem> {
        if keys.is_empty() {
            return Err(RingProblem::Empty);
        }
        let twice = keys.iter().enumerate().find(|(n, key)| keys[..*n].iter().any(|other| other.id == key.id));
        match twice {
            Some((_, key)) => Err(RingProblem::Twice(key.id)),
            None => Ok(Self { keys }),
        }
    }

    /// The ring with one key more, which signs from now on; `None` when all 255 numbers are used up.
    pub fn rotated(&self, secret: [u8; 32]) -> Option<Self> {
        let last = self.keys.iter().map(|key| key.id.get()).max()?;
        let mut keys = self.keys.clone();
        keys.push(Key::new(KeyId::new(last.checked_add(1)?), secret));
        Some(Self { keys })
    }

    /// The key that signs.
    pub fn current(&self) -> &Key {
        self.keys.last().expect("a ring is never empty")
    }

    /// The oldest key. Message-IDs are made with it so that they stay the same when keys rotate.
    pub(super) fn first(&self) -> &Key {
        self.keys.first().expect("a ring is never empty")
    }

    /// The key of this number.
    pub fn key(&self, id: KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The ring as the text of its file (TOML).
    pub fn to_text(&self) -> String {
        let key = self
            .keys
            .iter()
            .map(|key| FileKey { id: key.id.get(), secret: data_encoding::HEXLOWER.encode(&key.secret) })
            .collect();
        toml::to_string(&File { key }).expect("numbers and hexadecimal text are TOML")
    }

    /// Reads what `to_text` writes.
    pub fn from_text(text: &str) -> Result<Self, RingProblem> {
        let unreadable = |error: &dyn fmt::Display| RingProblem::Unreadable(error.to_string());
        let file: File = toml::from_str(text).map_err(|error| unreadable(&error.message()))?;
        let mut keys = Vec::new();
        for key in file.key {
            let bytes = data_encoding::HEXLOWER_PERMISSIVE
                .decode(key.secret.as_bytes())
                .map_err(|_| unreadable(&"a secret is not hexadecimal"))?;
            let secret = bytes.try_into().map_err(|_| unreadable(&"a secret is not 32 bytes"))?;
            keys.push(Key::new(KeyId::new(key.id), secret));
        }
        Self::new(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_signs_and_the_old_ones_stay_where_they_are() {
        let old = KeyRing::new(vec![Key::new(KeyId::new(3), [1; 32])]).expect("one key");
        let new = old.rotated([2; 32]).expect("room");
        assert_eq!(
            (new.current().id(), new.first(), new.key(KeyId::new(3))),
            (KeyId::new(4), old.first(), old.key(KeyId::new(3)))
        );
        let full = KeyRing::new(vec![Key::new(KeyId::new(255), [1; 32])]).expect("one key");
        assert_eq!(full.rotated([2; 32]), None);
    }

    #[test]
    fn a_ring_reads_what_it_writes_and_nothing_else() {
        let ring =
            KeyRing::new(vec![Key::new(KeyId::new(3), [1; 32]), Key::new(KeyId::new(4), [2; 32])]).expect("two keys");
        assert_eq!(KeyRing::from_text(&ring.to_text()), Ok(ring.clone()));
        assert!(!format!("{ring:?}").contains("0202"));
        for bad in [
            "",
            "x",
            "[[key]]\nid = 1\nsecret = \"zz\"",
            "[[key]]\nid = 1\nsecret = \"00\"",
            &format!("{0}{0}", ring.to_text()),
        ] {
            assert!(KeyRing::from_text(bad).is_err(), "{bad}");
        }
    }
}
