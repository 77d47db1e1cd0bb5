//! Is this another copy of a mail that is here already?
//!
//! A copy differs in trace headers; a copy through a list also has a prefix in its subject and a footer below its
//! text. So the fingerprints leave both out: see [`Sameness::is_copy_of`].

use serde::{Deserialize, Serialize};

use crate::address::Mailbox;
use crate::mail::subject::{self, ListTags};

/// Most lines at the end of a text that may be a list's footer.
pub const FOOTER_LINES_MAX: usize = 16;

/// Fingerprints of one mail (64 bits of BLAKE3 each).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sameness {
    /// Of From and Date.
    pub origin: u64,
    /// Of the subject without list prefixes, reply prefixes and spaces.
    pub subject: u64,
    /// Of the attachments' decoded bytes.
    pub attachments: u64,
    /// Of the text: whole, then without its last non-empty line, without its last two, … at most
    /// [`FOOTER_LINES_MAX`] + 1 of them; never of nothing, but for an empty text.
    pub text: Vec<u64>,
}

impl Sameness {
    /// Is this the same mail as `other`, seen a second time, perhaps through a list? The callers compare Message-IDs;
    /// here is decided whether the same id also means the same content.
    ///
    /// A list changes the subject's prefix and puts a footer below the text, so one whole text may be the other's
    /// text without its last lines. Two texts that only have a beginning in common are two mails.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        let (Some(mine), Some(theirs)) = (self.text.first(), other.text.first()) else {
            return false;
        };
        self.fixed() == other.fixed() && (other.text.contains(mine) || self.text.contains(theirs))
    }

    /// The same, where no list was between the two: then the whole texts are equal.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.fixed() == other.fixed() && self.text.first() == other.text.first()
    }

    fn fixed(&self) -> (u64, u64, u64) {
        (self.origin, self.subject, self.attachments)
    }
}

/// What the fingerprints are made of.
pub(crate) struct SamenessParts<'a> {
    /// Writers as read.
    pub from: &'a [Mailbox],
    /// `Date` as written.
    pub date: &'a str,
    /// Subject, decoded.
    pub subject: &'a str,
    /// The whole readable text.
    pub text: &'a str,
    /// Hash over the attachments' octets.
    pub attachments: blake3::Hash,
}

/// Makes the fingerprints of a mail.
pub(crate) fn compute(parts: &SamenessParts<'_>) -> Sameness {
    let mut origin = blake3::Hasher::new();
    for mailbox in parts.from {
        origin.update(mailbox.address.key().as_bytes()).update(b"\n");
    }
    origin.update(squeezed(parts.date).as_bytes());
    let subject = subject::base_subject(parts.subject, ListTags::Dropped);
    Sameness {
        origin: short(&origin.finalize()),
        subject: short(&blake3::hash(squeezed(&subject).to_lowercase().as_bytes())),
        attachments: short(&parts.attachments),
        text: endings(parts.text),
    }
}

/// The text's fingerprint, then those of the text without its last lines. Spaces and empty lines do not count.
fn endings(text: &str) -> Vec<u64> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let sure = lines.len().saturating_sub(FOOTER_LINES_MAX).max(1).min(lines.len());
    let mut hasher = blake3::Hasher::new();
    let mut squeezed = Vec::with_capacity(text.len());
    for line in &lines[..sure] {
        squeeze(line, &mut squeezed);
    }
    hasher.update(&squeezed);
    let mut prints = vec![short(&hasher.finalize())];
    for line in &lines[sure..] {
        squeezed.clear();
        squeeze(line, &mut squeezed);
        hasher.update(&squeezed);
        prints.push(short(&hasher.finalize()));
    }
    prints.reverse();
    prints
}

fn squeeze(line: &str, out: &mut Vec<u8>) {
    // Spaces beyond ASCII begin with one of these octets; Norwegian letters do not.
    if line.bytes().any(|octet| matches!(octet, 0xC2 | 0xE1..=0xE3)) {
        line.split_whitespace().for_each(|word| out.extend_from_slice(word.as_bytes()));
    } else {
        // Without a branch for each octet: all texts pass here.
        let mut end = out.len();
        out.resize(end + line.len(), 0);
        for octet in line.bytes() {
            out[end] = octet;
            end += usize::from(!octet.is_ascii_whitespace() && octet != 0x0B);
        }
        out.truncate(end);
    }
    out.push(b'\n');
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn short(hash: &blake3::Hash) -> u64 {
    let bytes: [u8; 8] = hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes");
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use crate::mail::parse::{Limits, parse};

    use super::*;

    fn of(subject: &str, text: &str) -> Sameness {
        let raw = format!(
            "From: Ola <ola@uni.no>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\nSubject: {subject}\r\n\r\n{text}"
        );
        parse(raw.as_bytes(), &Limits::default()).sameness
    }

    #[test]
    fn a_copy_through_a_list_is_the_same_mail() {
        let first = of("Skriver", "Hei\r\n\r\nDen virker ikke.\r\n");
        let footer = "Hei\n\nDen virker  ikke.\n\n____________\nliste@x.no\nhttps://x.no/liste\n";
        for (subject, text, same) in [
            ("Skriver", "Hei\nDen virker ikke.\n", true),
            ("[liste] Skriver", footer, true),
            ("Re: Skriver", footer, true),
            ("Skriver", "Hei\nDen virker igjen.\n", false),
            ("Noe annet", "Hei\nDen virker ikke.\n", false),
            // The second line could be a footer; everything else of the two is equal.
            ("Skriver", "Hei\n", true),
            ("Skriver", "", false),
        ] {
            let second = of(subject, text);
            assert_eq!(second.is_copy_of(&first), same, "{subject} {text:?}");
            assert_eq!(first.is_copy_of(&second), second.is_copy_of(&first));
        }
    }

    #[test]
    fn a_long_text_is_not_a_copy_of_its_beginning() {
        let long: String = (0..40).map(|n| format!("linje {n}\n")).collect();
        assert!(!of("x", &long).is_copy_of(&of("x", "linje 0\nlinje 1\n")));
        assert_eq!(of("x", &long).text.len(), FOOTER_LINES_MAX + 1);
        assert_eq!(of("x", "").text.len(), 1);
    }
}
