//! Replies of the other side, when we are the one who sends.

use bytes::{Buf, BytesMut};
use memchr::memchr;

/// Longest reply read, all its lines together.
const REPLY_BYTES_MAX: usize = 64 * 1024;
/// How much of a reply's words is kept.
const TEXT_CHARS_MAX: usize = 400;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerReply {
    /// Three digits.
    pub code: u16,
    /// Enhanced status code (RFC 3463), when given.
    pub status: Option<String>,
    /// The words on one line, without control characters, cut short.
    pub text: String,
}

/// What the bytes at hand make.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing whole yet.
    More,
    /// A reply.
    Whole(PeerReply),
    /// That is no mail server.
    Broken,
}

/// Finds replies in a stream.
#[derive(Debug, Default)]
pub struct ReplyReader {
    code: Option<u16>,
    status: Option<String>,
    text: String,
    received: usize,
}

impl ReplyReader {
    /// Eats input up to the end of one reply (RFC 5321 §4.2.1).
    pub fn next(&mut self, input: &mut BytesMut) -> Heard {
        while let Some(end) = memchr(b'\n', input) {
            self.received += end + 1;
            let line = String::from_utf8_lossy(&input[..end]).into_owned();
            input.advance(end + 1);
            match self.line(line.trim_end()) {
                Some(false) if self.received <= REPLY_BYTES_MAX => {}
                Some(true) => return self.whole(),
                _ => return Heard::Broken,
            }
        }
        if self.received + input.len() > REPLY_BYTES_MAX { Heard::Broken } else { Heard::More }
    }

    /// Takes one line; tells whether it is the last, or `None` when it is none.
    fn line(&mut self, line: &str) -> Option<bool> {
        let digits = line.get(..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        let code: u16 = digits.parse().ok()?;
        let same = self.code.is_none_or(|before| before == code);
        if !(200..=599).contains(&code) || !same {
            return None;
        }
        self.code = Some(code);
        let (last, rest) = match line.as_bytes().get(3) {
            None => (true, ""),
            Some(b' ') => (true, &line[4..]),
            Some(b'-') => (false, &line[4..]),
            Some(_) => return None,
        };
        let (status, words) = split_status(rest, code);
        self.status = self.status.take().or(status);
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let kept = TEXT_CHARS_MAX.saturating_sub(self.text.chars().count());
        self.text.extend(words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(kept));
        Some(last)
    }

    fn whole(&mut self) -> Heard {
        let Self { code, status, text, .. } = std::mem::take(self);
        Heard::Whole(PeerReply { code: code.unwrap_or_default(), status, text: text.trim().to_owned() })
    }
}

/// `5.1.1 no such user` → status and words (RFC 2034 §4): only where its class is that of the code.
fn split_status(rest: &str, code: u16) -> (Option<String>, &str) {
    let (first, words) = rest.split_once(' ').unwrap_or((rest, ""));
    let parts: Vec<&str> = first.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let sound = parts.len() == 3 && parts.iter().all(number) && parts[0] == (code / 100).to_string();
    if sound { (Some(first.to_owned()), words) } else { (None, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(wire: &str, step: usize) -> Heard {
        let (mut reader, mut input) = (ReplyReader::default(), BytesMut::new());
        for segment in wire.as_bytes().chunks(step) {
            input.extend_from_slice(segment);
            match reader.next(&mut input) {
                Heard::More => {}
                other => return other,
            }
        }
        Heard::More
    }

    fn whole(code: u16, status: Option<&str>, text: &str) -> Heard {
        Heard::Whole(PeerReply { code, status: status.map(str::to_owned), text: text.to_owned() })
    }

    #[test]
    fn replies_are_read_in_any_segments() {
        let table = [
            ("250 ok\r\n", whole(250, None, "ok")),
            ("250\r\n", whole(250, None, "")),
            ("550 5.7.26 no\tentry\r\n", whole(550, Some("5.7.26"), "no entry")),
            ("550-5.1.1 one\r\n550 5.1.1 two\r\n", whole(550, Some("5.1.1"), "one two")),
            ("250 5.1.1 liar\n", whole(250, None, "5.1.1 liar")),
            ("250-one\r\n", Heard::More),
            ("250-one\r\n251 two\r\n", Heard::Broken),
            ("HTTP/1.1 400 Bad Request\r\n", Heard::Broken),
            ("100 what\r\n", Heard::Broken),
            ("250x\r\n", Heard::Broken),
            ("25\u{e6} x\r\n", Heard::Broken),
            ("\r\n", Heard::Broken),
        ];
        for (wire, want) in table {
            for step in [1, 4, 100] {
                assert_eq!(heard(wire, step), want, "{wire:?} by {step}");
            }
        }
        assert_eq!(heard(&"250-x\r\n".repeat(20_000), 1000), Heard::Broken);
        assert_eq!(heard(&"2".repeat(70_000), 1000), Heard::Broken);
    }
}
