//! Addresses to which the way in is tried: nobody else can make one, and each is soon over.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | kind: 5 |
//! | 1 | key id |
//! | 4 | number, big-endian |
//! | 5 | last second in which it counts, since 1970, big-endian |
//! | 16 | MAC over `henvend probe` and all bytes before |

use super::ring::KeyRing;
use super::{MAC_BYTES, split_detail};
use crate::address::{Address, Domain};
use crate::id::KeyId;
use crate::time::Timestamp;

/// Local part in front of `+TOKEN`.
pub const PROBE: &str = "probe";
const KIND: u8 = 5;
const BODY_BYTES: usize = 11;

/// What stands in such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Which one.
    pub number: u32,
    /// Until when it counts, in whole seconds.
    pub until: Timestamp,
}

/// The address of this probe, or `None` for a time that the layout does not hold.
pub fn issue(ring: &KeyRing, probe: Probe, domain: &Domain) -> Option<Address> {
    let key = ring.current();
    let seconds = u64::try_from(probe.until.millis() / 1000).ok().filter(|seconds| *seconds < 1 << 40)?;
    let mut bytes = vec![KIND, key.id().get()];
    bytes.extend(probe.number.to_be_bytes());
    bytes.extend(&seconds.to_be_bytes()[3..]);
    bytes.extend(key.mac(b"henvend probe", &bytes));
    let text = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    Address::of(&format!("{PROBE}+{text}"), domain)
}

/// The probe whose address this is, if we made it and its time is not over.
pub fn check(ring: &KeyRing, address: &Address, domain: &Domain, now: Timestamp) -> Option<Probe> {
    let (local, text) = split_detail(address.local()).filter(|_| address.domain() == domain)?;
    let bytes = data_encoding::BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    if !local.eq_ignore_ascii_case(PROBE) || bytes.len() != BODY_BYTES + MAC_BYTES || bytes[0] != KIND {
        return None;
    }
    let (body, mac) = bytes.split_at(BODY_BYTES);
    if !ring.key(KeyId::new(body[1]))?.verifies(b"henvend probe", body, mac) {
        return None;
    }
    let number = u32::from_be_bytes([body[2], body[3], body[4], body[5]]);
    let seconds = u64::from_be_bytes([0, 0, 0, body[6], body[7], body[8], body[9], body[10]]);
    let until = Timestamp::from_secs(i64::try_from(seconds).ok()?);
    (now <= until).then_some(Probe { number, until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Key;

    #[test]
    fn what_is_issued_is_known_until_its_time_is_over_and_nothing_else_is() {
        let ring = |secret| KeyRing::new(vec![Key::new(KeyId::new(1), [secret; 32])]).expect("one key");
        let domain = Domain::parse("svar.example").expect("a domain");
        let until = Timestamp::from_secs(1_795_000_600);
        let probe = Probe { number: 0xFFFF_0001, until };
        let address = issue(&ring(7), probe, &domain).expect("within the layout");
        assert!(address.local().len() <= 64, "{address}");
        let read = |text: &str, secret, now| check(&ring(secret), &Address::parse(text)?, &domain, now);
        let text = address.to_string();
        assert_eq!(read(&text, 7, until), Some(probe));
        assert_eq!(read(&text.to_uppercase(), 7, until), Some(probe));
        assert_eq!(read(&text, 7, Timestamp::from_millis(until.millis() + 1)), None);
        assert_eq!(read(&text, 8, until), None, "somebody else's key");
        assert_eq!(read(&text.replace("probe+", "reply+"), 7, until), None);
        assert_eq!(read(&text.replace("svar.", "annet."), 7, until), None);
        for at in 6..text.find('@').expect("an address") {
            let mut other = text.clone();
            other.replace_range(at..=at, if &text[at..=at] == "a" { "b" } else { "a" });
            assert_eq!(read(&other, 7, until), None, "{other}");
        }
    }
}
