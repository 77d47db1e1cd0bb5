//! Signed address parts and Message-IDs: issue, check, key ring.
//!
//! Job: make strings that only we can make, and know them again. Keyed BLAKE3, MAC of 128 bits, no dice: the same
//! input always gives the same string.
//! Absent on purpose: files and randomness (the shell reads the ring and makes its keys).
//!
//! Layout of an address token, base32 without padding (RFC 4648 §6), case-insensitive, at most 36 bytes of payload so
//! that `return+TOKEN` stays within a local part's 64 octets (RFC 5321 §4.5.3.1.1):
//!
//! | bytes | field |
//! |---|---|
//! | 1 | kind: 1 reply, 2 note, 3 return, 4 confirm |
//! | 1 | key id |
//! | 5 | case, big-endian |
//! | 3 | entry, big-endian |
//! | 4 | reply, note, confirm: user; return: copy, big-endian |
//! | 2 | last valid day, days since 2020-01-01, big-endian |
//! | 16 | MAC over `henvend address` and all bytes before |
//!
//! A Message-ID of ours is `<hv.CASE.ENTRY.COPY.MAC@domain>`; MAC is base32 over one byte key id and 16 bytes of MAC
//! over `henvend message-id`, key id, case, entry, copy. Entry 0, copy 0 is the root of the case's thread.
//!
//! Addresses for trying the way in have a layout of their own: [`probe`].
//!
//! Tokens can be revoked before their time: a case keeps, by user, up to which entry they no longer count
//! (`case::model::Revoked`). The token itself says only what it was made for.
//!
//! Invariants: issue∘check is the identity; a changed character is never accepted; tokens expire, Message-IDs never.

pub mod probe;
mod ring;

use crate::address::{Address, Domain};
use crate::id::{CaseId, EntryNo, KeyId, LetterId, UserId};
use crate::mail::MessageId;
use crate::time::Timestamp;

pub use ring::{Key, KeyRing, RingProblem};

/// Local part in front of `+TOKEN` for answers and notes.
pub const REPLY: &str = "reply";
/// Local part in front of `+TOKEN` in envelope senders.
pub const RETURN: &str = "return";
/// 2020-01-01 in days since 1970.
const EPOCH_DAY: i64 = 18_262;
const MAC_BYTES: usize = 16;
const TOKEN_BYTES: usize = 16 + MAC_BYTES;
const CASE_MAX: u64 = (1 << 40) - 1;

/// What a token lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// Answer (or command) as this user, on this case.
    Reply(UserId),
    /// Write a note as this user, on this case.
    Note(UserId),
    /// Say that a held mail is this user's own, on this case.
    Confirm(UserId),
    /// Report about this copy of what the entry sent.
    Return(u16),
}

impl Grant {
    /// Whose it is, when it is a user's.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Reply(user) | Self::Note(user) | Self::Confirm(user) => Some(user),
            Self::Return(_) => None,
        }
    }
}

/// What stands in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it lets its holder do.
    pub grant: Grant,
    /// On which case.
    pub case: CaseId,
    /// About which entry.
    pub entry: EntryNo,
    /// The last day on which it counts, days since 1970 UTC.
    pub last_day: i64,
}

/// A token that we made, in time or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checked {
    /// It counts.
    Valid(Token),
    /// It is ours, but its time is over.
    Expired(Token),
}

impl Checked {
    /// The token, expired or not.
    pub fn token(self) -> Token {
        match self {
            Self::Valid(token) | Self::Expired(token) => token,
        }
    }
}

impl Token {
    /// A token that counts for `days` from `now` on.
    pub fn lasting(grant: Grant, case: CaseId, entry: EntryNo, now: Timestamp, days: u16) -> Self {
        Self { grant, case, entry, last_day: now.day() + i64::from(days) }
    }
}

/// The address that carries this token, or `None` when a number is beyond what the layout holds.
///
/// Shape:  local part `reply+…` or `return+…`, ≤ 64 octets, lower-case base32.
/// Errors: none for case < 2⁴⁰, entry < 2²⁴, days within 2020–2199.       Source: RFC 5321 §4.5.3.1.1.
pub fn issue(ring: &KeyRing, token: &Token, domain: &Domain) -> Option<Address> {
    let key = ring.current();
    let mut bytes = Vec::with_capacity(TOKEN_BYTES);
    let (kind, number, local) = match token.grant {
        Grant::Reply(user) => (1, user.get(), REPLY),
        Grant::Note(user) => (2, user.get(), REPLY),
        Grant::Return(copy) => (3, u32::from(copy), RETURN),
        Grant::Confirm(user) => (4, user.get(), REPLY),
    };
    let day = u16::try_from(token.last_day - EPOCH_DAY).ok()?;
    if token.case.get() > CASE_MAX || token.entry.get() >= 1 << 24 {
        return None;
    }
    bytes.extend([kind, key.id().get()]);
    bytes.extend(&token.case.get().to_be_bytes()[3..]);
    bytes.extend(&token.entry.get().to_be_bytes()[1..]);
    bytes.extend(number.to_be_bytes());
    bytes.extend(day.to_be_bytes());
    let mac = key.mac(b"henvend address", &bytes);
    bytes.extend(mac);
    let text = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    Address::of(&format!("{local}+{text}"), domain)
}

/// Reads the token of an address on the reply domain; `None` when it carries none that we made.
pub fn check(ring: &KeyRing, address: &Address, domain: &Domain, now: Timestamp) -> Option<Checked> {
    if address.domain() != domain {
        return None;
    }
    let (local, text) = split_detail(address.local())?;
    let bytes = data_encoding::BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    if bytes.len() != TOKEN_BYTES {
        return None;
    }
    let (body, mac) = bytes.split_at(TOKEN_BYTES - MAC_BYTES);
    let key = ring.key(KeyId::new(body[1]))?;
    if !key.verifies(b"henvend address", body, mac) {
        return None;
    }
    let number = u32::from_be_bytes([body[10], body[11], body[12], body[13]]);
    let (grant, want) = match body[0] {
        1 => (Grant::Reply(UserId::new(number)), REPLY),
        2 => (Grant::Note(UserId::new(number)), REPLY),
        3 => (Grant::Return(u16::try_from(number).ok()?), RETURN),
        4 => (Grant::Confirm(UserId::new(number)), REPLY),
        _ => return None,
    };
    if !local.eq_ignore_ascii_case(want) {
        return None;
    }
    let case = u64::from_be_bytes([0, 0, 0, body[2], body[3], body[4], body[5], body[6]]);
    let entry = u32::from_be_bytes([0, body[7], body[8], body[9]]);
    let last_day = i64::from(u16::from_be_bytes([body[14], body[15]])) + EPOCH_DAY;
    let token = Token { grant, case: CaseId::new(case), entry: EntryNo::new(entry), last_day };
    Some(if now.day() <= last_day { Checked::Valid(token) } else { Checked::Expired(token) })
}

/// Some mail programs write the plus as in a link, others put the local part in quotes.
fn split_detail(local: &str) -> Option<(&str, &str)> {
    let local = local.strip_prefix('"').and_then(|local| local.strip_suffix('"')).unwrap_or(local);
    let plus = ["+", "%2B", "%2b"];
    plus.into_iter().find_map(|plus| local.split_once(plus))
}

/// The Message-ID of a letter; entry 0, copy 0: the root of the case's thread. The same at every try.
pub fn message_id(ring: &KeyRing, letter: LetterId, domain: &Domain) -> MessageId {
    let key = ring.first();
    let signed = signed_id(key, letter);
    let LetterId { case, entry, copy } = letter;
    MessageId::parse(&format!("hv.{case}.{entry}.{copy}.{signed}@{domain}"))
        .expect("an id of digits, base32 and a domain is well-formed")
}

/// The number by which Outlook knows that mails belong together, in base64: 22 octets, always the same for a case. Six
/// of time, counted in 100 ns from 1601 and cut, and sixteen that nobody else can make.
///
/// Source: [MS-OXOMSG] §2.2.1.3.
pub fn thread_index(ring: &KeyRing, case: CaseId, opened: Timestamp) -> String {
    const FROM_1601_MILLIS: i64 = 11_644_473_600_000;
    let ticks = opened.millis().saturating_add(FROM_1601_MILLIS).saturating_mul(10_000);
    let mut bytes = vec![1];
    bytes.extend(&ticks.to_be_bytes()[1..6]);
    bytes.extend(ring.first().mac(b"henvend thread-index", &case.get().to_be_bytes()));
    data_encoding::BASE64.encode(&bytes)
}

/// The letter that a Message-ID of ours names; `None` when it is not ours. Any letter case is taken.
pub fn check_message_id(ring: &KeyRing, id: &MessageId) -> Option<LetterId> {
    let local = id.as_str().rsplit_once('@')?.0.to_ascii_lowercase();
    let local = local.strip_prefix("mailto:").unwrap_or(&local);
    let (numbers, signed) = local.strip_prefix("hv.")?.rsplit_once('.')?;
    let letter = LetterId::parse(numbers)?;
    let bytes = data_encoding::BASE32_NOPAD.decode(signed.to_ascii_uppercase().as_bytes()).ok()?;
    let (key, mac) = bytes.split_first()?;
    let key = ring.key(KeyId::new(*key))?;
    key.verifies(b"henvend message-id", &id_bytes(key, letter), mac).then_some(letter)
}

fn signed_id(key: &Key, letter: LetterId) -> String {
    let mut bytes = vec![key.id().get()];
    bytes.extend(key.mac(b"henvend message-id", &id_bytes(key, letter)));
    data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
}

fn id_bytes(key: &Key, letter: LetterId) -> Vec<u8> {
    let mut bytes = vec![key.id().get()];
    bytes.extend(letter.case.get().to_be_bytes());
    bytes.extend(letter.entry.get().to_be_bytes());
    bytes.extend(letter.copy.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring() -> KeyRing {
        KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32]), Key::new(KeyId::new(2), [9; 32])]).expect("two keys")
    }

    fn domain() -> Domain {
        Domain::parse("reply.example.org").expect("good")
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_issued_and_only_as_issued(case in 0..CASE_MAX, entry in 0u32..1 << 24, user: u32, kind in 1u8..5, at in 0usize..64, flip in 1u8..32) {
            let grant = match kind { 1 => Grant::Reply(UserId::new(user)), 2 => Grant::Note(UserId::new(user)), 3 => Grant::Confirm(UserId::new(user)), _ => Grant::Return(user as u16) };
            let now = Timestamp::from_secs(1_790_000_000);
            let token = Token::lasting(grant, CaseId::new(case), EntryNo::new(entry), now, 90);
            let address = issue(&ring(), &token, &domain()).expect("within the layout");
            prop_assert!(address.local().len() <= 64);
            prop_assert_eq!(check(&ring(), &address, &domain(), now), Some(Checked::Valid(token)));
            let upper = Address::parse(&address.to_string().to_uppercase()).expect("still an address");
            prop_assert_eq!(check(&ring(), &upper, &domain(), now), Some(Checked::Valid(token)));
            prop_assert_eq!(check(&ring(), &address, &domain(), now.plus(crate::time::DAY * 91)), Some(Checked::Expired(token)));

            let mut bytes = address.local().as_bytes().to_vec();
            let start = bytes.iter().position(|b| *b == b'+').expect("plus") + 1;
            let at = start + at % (bytes.len() - start);
            let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
            let old = alphabet.iter().position(|b| *b == bytes[at]).expect("base32");
            bytes[at] = alphabet[(old + usize::from(flip)) % 32];
            let forged = Address::of(std::str::from_utf8(&bytes).expect("ascii"), &domain()).expect("address");
            prop_assert_eq!(check(&ring(), &forged, &domain(), now), None);
        }

        #[test]
        fn a_message_id_is_read_as_issued_and_only_as_issued(case: u64, entry: u32, copy: u16) {
            let letter = LetterId { case: CaseId::new(case), entry: EntryNo::new(entry), copy };
            let id = message_id(&ring(), letter, &domain());
            prop_assert_eq!(check_message_id(&ring(), &id), Some(letter));
            let lower = MessageId::parse(&format!("mailto:{}", id.as_str().to_uppercase().replace("MAILTO", "mailto"))).expect("id");
            prop_assert_eq!(check_message_id(&ring(), &lower), Some(letter));
            let other = LetterId { copy: copy.wrapping_add(1), ..letter };
            let forged = id.as_str().replacen(&letter.to_string(), &other.to_string(), 1);
            prop_assert_eq!(check_message_id(&ring(), &MessageId::parse(&forged).expect("id")), None);
        }
    }

    #[test]
    fn a_retired_key_goes_on_verifying_ids() {
        let old = KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32])]).expect("one key");
        let letter = LetterId { case: CaseId::new(5), entry: EntryNo::new(2), copy: 1 };
        assert_eq!(check_message_id(&ring(), &message_id(&old, letter, &domain())), Some(letter));
        let strange = KeyRing::new(vec![Key::new(KeyId::new(1), [8; 32])]).expect("one key");
        assert_eq!(check_message_id(&strange, &message_id(&old, letter, &domain())), None);
    }
}
