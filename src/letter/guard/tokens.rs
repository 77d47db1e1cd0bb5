//! Token addresses in a text, and whether they count.

use std::ops::Range;

use crate::address::{Address, Domain};
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token;

/// Letters of a token at least; shorter ones are somebody's words.
const TOKEN_CHARS_MIN: usize = 40;
/// Letters of a token at most.
const TOKEN_CHARS_MAX: usize = 58;

/// What tells a token of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens<'a> {
    pub(super) ours: &'a Ours,
    pub(super) now: Timestamp,
}

impl Tokens<'_> {
    /// Where whole token addresses stand, ours or of our domain: other systems have such addresses too.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        for (start, local) in locals(text) {
            let rest = &text[start + local.len() + 1..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let Some(behind) = rest[letters..].strip_prefix('@').filter(|_| letters >= TOKEN_CHARS_MIN) else {
                continue;
            };
            let signs = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-');
            let domain = &behind[..behind.find(|sign| !signs(sign)).unwrap_or(behind.len())];
            let domain = domain.trim_end_matches(['.', '-']);
            let at_ours = Domain::parse(domain).as_ref() == Some(&self.ours.reply_domain);
            if at_ours || self.begins_live(local, &rest[..letters]) {
                places.push(start..start + local.len() + 1 + letters + 1 + domain.len());
            }
        }
        places
    }

    /// Is there a token that counts, even where a client has wrapped, quoted or encoded the line that it stood on?
    pub(super) fn are_in(&self, text: &str) -> bool {
        if !text.contains('+') && !text.contains("=2B") {
            return false;
        }
        let joined = text.replace("=\r\n", "").replace("=\n", "").replace("=2B", "+");
        let joined: String = joined.chars().filter(|c| !c.is_whitespace() && *c != '>').collect();
        locals(&joined).any(|(start, local)| {
            let rest = &joined[start + local.len() + 1..];
            let length = rest.bytes().take(TOKEN_CHARS_MAX).take_while(u8::is_ascii_alphanumeric).count();
            length >= TOKEN_CHARS_MIN && self.begins_live(local, &rest[..length])
        })
    }

    /// Do these letters begin with a token that counts? The end may run into the text that follows: every length that a
    /// token can have is tried.
    fn begins_live(&self, local: &str, letters: &str) -> bool {
        let longest = letters.len().min(TOKEN_CHARS_MAX);
        (TOKEN_CHARS_MIN..=longest).any(|length| self.is_live(&format!("{local}+{}", &letters[..length])))
    }

    fn is_live(&self, local: &str) -> bool {
        let address = Address::of(local, &self.ours.reply_domain);
        address
            .is_some_and(|address| token::check(&self.ours.keys, &address, &self.ours.reply_domain, self.now).is_some())
    }
}

/// What stands before a token, and where: `reply+` or `return+`.
fn locals(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    text.match_indices('+').filter_map(|(at, _)| {
        let before = |local: &&str| {
            let start = at.checked_sub(local.len()).and_then(|start| text.get(start..at));
            start.is_some_and(|word| word.eq_ignore_ascii_case(local))
        };
        let local = [token::REPLY, token::RETURN].into_iter().find(before)?;
        Some((at - local.len(), local))
    })
}
