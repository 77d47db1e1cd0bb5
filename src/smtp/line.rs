//! Bytes → command lines. Only CRLF ends a line.

use bytes::{Buf, BytesMut};
use memchr::{memchr2, memmem};

use super::reply::{LINE_TOO_LONG, LONE_CR_OR_LF, Reply};

/// What the bytes at hand make.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing whole yet.
    More,
    /// A line of so many octets, CRLF included, at the front of the input.
    Whole(usize),
    /// No line that we take. What belongs to it up to its CRLF is thrown away, so that nothing of it can pass for a
    /// command of its own.
    Refused(&'static Reply),
}

/// Finds lines in a stream.
#[derive(Debug, Default)]
pub struct LineReader {
    /// The rest of a refused line is being thrown away.
    skipping: bool,
    /// So far there is neither CR nor LF in the input.
    scanned: usize,
}

impl LineReader {
    /// Looks for the next line. A whole line stays in the input; the caller takes it away.
    pub fn next(&mut self, input: &mut BytesMut, bytes_max: usize) -> Line {
        if self.skipping && !self.skip(input) {
            return Line::More;
        }
        let found = memchr2(b'\r', b'\n', &input[self.scanned..]).map(|at| self.scanned + at);
        let length = found.unwrap_or(input.len());
        if length + 2 > bytes_max {
            return self.refuse(input, length, &LINE_TOO_LONG);
        }
        self.scanned = length;
        let Some(at) = found else { return Line::More };
        match (input[at], input.get(at + 1)) {
            (b'\r', Some(b'\n')) => {
                self.scanned = 0;
                Line::Whole(at + 2)
            }
            (b'\r', None) => Line::More,
            _ => self.refuse(input, at + 1, &LONE_CR_OR_LF),
        }
    }

    fn refuse(&mut self, input: &mut BytesMut, eaten: usize, reply: &'static Reply) -> Line {
        input.advance(eaten);
        self.skipping = true;
        self.scanned = 0;
        Line::Refused(reply)
    }

    /// Throws away up to CRLF; `false` when it has not come yet.
    fn skip(&mut self, input: &mut BytesMut) -> bool {
        if let Some(at) = memmem::find(input, b"\r\n") {
            input.advance(at + 2);
            self.skipping = false;
            return true;
        }
        let kept = usize::from(input.last() == Some(&b'\r'));
        input.advance(input.len() - kept);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as text and refusals as `!code`, read in segments of `step`.
    fn lines(wire: &str, step: usize) -> Vec<String> {
        let (mut reader, mut input, mut told) = (LineReader::default(), BytesMut::new(), Vec::new());
        for segment in wire.as_bytes().chunks(step) {
            input.extend_from_slice(segment);
            loop {
                match reader.next(&mut input, 10) {
                    Line::More => break,
                    Line::Whole(length) => told.push(String::from_utf8_lossy(&input.split_to(length)).into_owned()),
                    Line::Refused(reply) => told.push(format!("!{}", reply.name)),
                }
            }
            assert!(input.len() <= 10);
        }
        told
    }

    #[test]
    fn only_both_together_end_a_line() {
        let table: [(&str, &[&str]); 9] = [
            ("a\r\nb\r\n", &["a\r\n", "b\r\n"]),
            ("12345678\r\n", &["12345678\r\n"]),
            ("123456789\r\nb\r\n", &["!LINE_TOO_LONG", "b\r\n"]),
            ("1234567890123456789012345\rx\n\r\r\nb\r\n", &["!LINE_TOO_LONG", "b\r\n"]),
            ("a\nMAIL\r\nb\r\n", &["!LONE_CR_OR_LF", "b\r\n"]),
            ("a\rMAIL\r\nb\r\n", &["!LONE_CR_OR_LF", "b\r\n"]),
            ("a\r\r\nb\r\n", &["!LONE_CR_OR_LF", "b\r\n"]),
            ("\n\n\n\r\nb\r\n", &["!LONE_CR_OR_LF", "b\r\n"]),
            ("a\r", &[]),
        ];
        for (wire, want) in table {
            for step in [1, 2, 3, 100] {
                if wire.len() > 10 && step == 100 {
                    continue;
                }
                assert_eq!(lines(wire, step), want, "{wire:?} by {step}");
            }
        }
    }
}
