//! Users' own addresses in a text: found in one pass, however many users there are.

use std::collections::HashSet;
use std::ops::Range;

use crate::address::Address;

/// Signs that an address may be part of a longer one by.
fn is_part(sign: char) -> bool {
    sign.is_alphanumeric() || "._%+-".contains(sign)
}

/// The addresses that must not leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    /// Those whose local part is all of parts, in lower case.
    plain: HashSet<String>,
    /// The others, of which there are few.
    odd: Vec<String>,
}

impl Addresses {
    pub(super) fn of<'a>(addresses: impl Iterator<Item = &'a Address>) -> Self {
        let mut of = Self::default();
        for address in addresses {
            let text = address.to_string().to_lowercase();
            if address.local().chars().all(is_part) {
                of.plain.insert(text);
            } else {
                of.odd.push(text);
            }
        }
        of
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        !self.places(text).is_empty()
    }

    /// Where they stand, each as an address of its own and not as part of a longer one.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        // Lower-casing ASCII moves nothing, so places in one are places in the other.
        let lower = text.to_ascii_lowercase();
        let ats = memchr::memchr_iter(b'@', lower.as_bytes());
        let mut found: Vec<Range<usize>> = ats.filter_map(|at| self.around(&lower, at)).collect();
        for odd in &self.odd {
            let alone = |at: &usize| !lower[..*at].ends_with(is_part) && ends_here(&lower[at + odd.len()..]);
            found.extend(lower.match_indices(odd).map(|(at, _)| at).filter(alone).map(|at| at..at + odd.len()));
        }
        found.sort_unstable_by_key(|found| found.start);
        found
    }

    fn around(&self, lower: &str, at: usize) -> Option<Range<usize>> {
        // RFC 5321 §4.5.3.1: a local part has 64 octets at most, a domain 255; what is longer is no address of ours.
        const LOCAL_BYTES_MAX: usize = 256;
        const DOMAIN_BYTES_MAX: usize = 256;
        let before =
            lower[..at].char_indices().rev().take_while(|(from, sign)| is_part(*sign) && at - from <= LOCAL_BYTES_MAX);
        let start = before.last().map(|(from, _)| from)?;
        let behind = &lower[at + 1..];
        let length =
            behind.find(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '.' | '-'))).unwrap_or(behind.len());
        // The address ends with the domain, or before a full stop that ends a sentence.
        let dots = behind[..length].match_indices('.').map(|(dot, _)| dot);
        let ends = dots.chain([length]).filter(|end| *end <= DOMAIN_BYTES_MAX && ends_here(&behind[*end..]));
        ends.map(|end| start..at + 1 + end).find(|found| self.is_known(&lower[found.clone()]))
    }

    /// Is it one of them, however its capitals and the letters of its domain are written (RFC 5890 §2.3.2.1)?
    fn is_known(&self, text: &str) -> bool {
        let known = |text: &str| match text.is_ascii() {
            true => self.plain.contains(text),
            false => Address::parse(text).is_some_and(|known| self.plain.contains(&known.to_string().to_lowercase())),
        };
        // `ola+list@` reaches the same mailbox (RFC 5233 §1).
        let detail = || {
            let (local, domain) = text.split_once('@')?;
            Some(format!("{}@{domain}", local.split_once('+')?.0))
        };
        known(text) || detail().is_some_and(|base| known(&base))
    }
}

/// Does an address end where this follows?
fn ends_here(rest: &str) -> bool {
    let mut rest = rest.chars();
    let next = rest.next();
    let dotted = next == Some('.') && rest.next().is_some_and(char::is_alphanumeric);
    !dotted && !next.is_some_and(|sign| sign.is_alphanumeric() || sign == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_where_they_stand_alone() {
        let known = ["ola@uni.example", "åse.ø@bla.example", "o'brien@uni.example", "kari@blåfjell.example"];
        let known: Vec<Address> = known.into_iter().map(|text| Address::parse(text).expect("an address")).collect();
        let addresses = Addresses::of(known.iter());
        for (text, want) in [
            ("Skriv til ola@uni.example.", "Skriv til X."),
            ("<OLA@Uni.Example>, (åse.ø@bla.example)", "<X>, (X)"),
            ("o'brien@uni.example og 'ola@uni.example'", "X og 'X'"),
            ("ola@uni.example.-ola@uni.example", "X.-ola@uni.example"),
            ("ola@uni.example... ola@uni.example/x", "X... X/x"),
            (
                "polola@uni.example ola@uni.example.com ola@uni.example-x",
                "polola@uni.example ola@uni.example.com ola@uni.example-x",
            ),
            ("@ola@uni.example@", "@X@"),
            ("Åse.Ø@bla.example og kari@blåfjell.example, KARI@BLÅFJELL.example.", "X og X, X."),
            ("@", "@"),
            ("Ola+liste@uni.example, kari+x@blåfjell.example, +@uni.example", "X, X, +@uni.example"),
        ] {
            let mut found = addresses.places(text);
            found.dedup_by(|one, before| one.start < before.end);
            let replaced = found.iter().rev().fold(text.to_owned(), |mut text, place| {
                text.replace_range(place.clone(), "X");
                text
            });
            assert_eq!(replaced, want, "{text}");
            assert_eq!(addresses.is_in(text), text != want, "{text}");
        }
    }

    #[test]
    fn many_signs_are_no_more_than_their_length() {
        let addresses = Addresses::of(std::iter::empty());
        for piece in ["@", "a@", "a.", "a@b.", "@."] {
            assert!(!addresses.is_in(&piece.repeat(200_000)), "{piece}");
        }
    }
}
