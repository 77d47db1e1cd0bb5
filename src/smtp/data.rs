//! The mail itself on the wire: dots unstuffed while reading, stuffed while writing (RFC 5321 §4.5.2).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr2;

use super::limits::Limits;

/// Why a mail is refused although it is read to its end. Of several, the least counts, so that it does not matter in
/// which segments they came to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Larger than allowed.
    TooBig,
    /// A CR without LF, or an LF without CR (RFC 5321 §2.3.8).
    BrokenLines,
    /// A line longer than allowed.
    LineTooLong,
}

/// Where in a line the next byte will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// First of a line; the bytes before were CRLF, or the mail has just begun.
    Start,
    /// After a dot that is first of its line; the dot is not yet in the body.
    Dot,
    /// After such a dot and a CR; neither is in the body.
    DotCr,
    /// Inside a line.
    Text,
    /// After a CR inside a line; it is in the body.
    Cr,
}

/// Reads one mail up to CRLF "." CRLF. What looks like an end but is not made of exactly these is text, and makes the
/// mail refused when its true end has come: two servers must not disagree about where a mail ends.
#[derive(Debug)]
pub struct DataReader {
    place: Place,
    body: BytesMut,
    length: u64,
    received: u64,
    line: usize,
    fault: Option<Fault>,
    mail_bytes_max: u64,
    text_line_bytes_max: usize,
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All input is eaten and there must be more.
    More,
    /// The end was read; what is left of the input is the next command.
    Ended,
}

impl DataReader {
    /// Begins a mail that was announced to have `size` octets (0: not announced).
    pub fn new(limits: &Limits, size: u64) -> Self {
        const ROOM_MAX: u64 = 64 * 1024;
        // One more line end than announced fits, so that an honest mail is never moved.
        let room = usize::try_from(size.min(ROOM_MAX)).unwrap_or(0) + 2;
        Self {
            place: Place::Start,
            body: BytesMut::with_capacity(room),
            length: 0,
            received: 0,
            line: 0,
            fault: None,
            mail_bytes_max: limits.mail_bytes_max,
            text_line_bytes_max: limits.text_line_bytes_max,
        }
    }

    /// Eats what belongs to the mail.
    pub fn read(&mut self, input: &mut BytesMut) -> Progress {
        let before = input.len();
        let mut at = 0;
        let mut progress = Progress::More;
        while at < input.len() {
            let (next, ended) = self.step(input, at);
            at = next;
            if ended {
                progress = Progress::Ended;
                break;
            }
        }
        input.advance(at);
        self.received += (before - input.len()) as u64;
        progress
    }

    /// Eats at least one byte at `at`; tells where the next is, and whether that was the end.
    fn step(&mut self, input: &[u8], at: usize) -> (usize, bool) {
        let byte = input[at];
        match (self.place, byte) {
            (Place::Start, b'.') => self.move_to(Place::Dot),
            (Place::Dot, b'\r') => self.move_to(Place::DotCr),
            (Place::DotCr, b'\n') => return (at + 1, true),
            // The dot had a CR behind it, but no LF: the dot was stuffing, and the CR stands alone. Look at this byte
            // again, as one that follows a CR.
            (Place::DotCr, _) => {
                self.keep(b"\r");
                self.place = Place::Cr;
                return (at, false);
            }
            (Place::Cr, b'\n') => {
                self.keep(b"\n");
                self.line = 0;
                self.place = Place::Start;
            }
            (Place::Cr, _) => {
                self.refuse(Fault::BrokenLines);
                self.place = Place::Text;
                return (at, false);
            }
            (Place::Start | Place::Dot | Place::Text, _) => return (self.text(input, at), false),
        }
        (at + 1, false)
    }

    fn move_to(&mut self, place: Place) {
        self.place = place;
    }

    /// Eats as many whole lines as there are without a dot in front, in one go.
    fn text(&mut self, input: &[u8], from: usize) -> usize {
        let mut at = from;
        loop {
            let Some(end) = memchr2(b'\r', b'\n', &input[at..]) else {
                self.lengthen(input.len() - at);
                self.place = Place::Text;
                at = input.len();
                break;
            };
            self.lengthen(end);
            at += end;
            match (input[at], input.get(at + 1)) {
                (b'\r', Some(b'\n')) => {
                    at += 2;
                    self.line = 0;
                    self.place = Place::Start;
                    if input.get(at).is_none_or(|byte| *byte == b'.') {
                        break;
                    }
                }
                (b'\r', None) => {
                    at += 1;
                    self.place = Place::Cr;
                    break;
                }
                (_, _) => {
                    at += 1;
                    self.refuse(Fault::BrokenLines);
                    self.place = Place::Text;
                }
            }
        }
        self.keep(&input[from..at]);
        at
    }

    fn lengthen(&mut self, more: usize) {
        self.line = self.line.saturating_add(more);
        if self.line > self.text_line_bytes_max {
            self.refuse(Fault::LineTooLong);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.length > self.mail_bytes_max {
            self.refuse(Fault::TooBig);
        }
        if self.fault.is_none() {
            self.body.extend_from_slice(bytes);
        }
    }

    /// From now on nothing is kept.
    fn refuse(&mut self, fault: Fault) {
        self.fault = Some(self.fault.map_or(fault, |before| before.min(fault)));
        self.body = BytesMut::new();
    }

    /// Why the mail is refused, as far as it was read.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Octets that came, dots and end included.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Octets of the mail so far, those that were taken away included.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Octets held in memory.
    pub fn held(&self) -> usize {
        self.body.len()
    }

    /// Takes away what is held; the rest will continue it.
    pub fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.body).freeze()
    }
}

/// A mail as it goes over the wire: every line end CRLF, one at the end, dots stuffed, and the final dot.
///
/// Shape:  any bytes; lone CR and lone LF become CRLF.      Units: none.
/// Errors: none, total.                                       Source: RFC 5321 §2.3.8, §4.5.2.
pub fn stuffed(mail: &[u8]) -> Bytes {
    let mut wire = BytesMut::with_capacity(mail.len() + mail.len() / 32 + 16);
    let mut rest = mail;
    let mut fresh = true;
    while !rest.is_empty() {
        if fresh && rest[0] == b'.' {
            wire.extend_from_slice(b".");
        }
        let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        wire.extend_from_slice(&rest[..end]);
        fresh = end < rest.len();
        if fresh {
            wire.extend_from_slice(b"\r\n");
        }
        let eaten = if rest[end..].starts_with(b"\r\n") { 2 } else { usize::from(fresh) };
        rest = &rest[end + eaten..];
    }
    if !fresh {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn small() -> Limits {
        Limits { mail_bytes_max: 40, text_line_bytes_max: 20, ..Limits::default() }
    }

    type Ended = (Result<Vec<u8>, Fault>, Vec<u8>);

    /// Reads `wire` in segments of `step`; gives the mail or its fault, and what is left over.
    fn read(wire: &[u8], step: usize, limits: &Limits) -> Option<Ended> {
        let mut reader = DataReader::new(limits, 0);
        let mut input = BytesMut::new();
        let mut segments = wire.chunks(step);
        loop {
            input.extend_from_slice(segments.next()?);
            if reader.read(&mut input) == Progress::Ended {
                input.extend(segments.flatten());
                let mail = reader.fault().map_or_else(|| Ok(reader.take().to_vec()), Err);
                return Some((mail, input.to_vec()));
            }
        }
    }

    #[test]
    fn only_the_true_end_ends_a_mail() {
        let table: [(&str, Option<Result<&str, Fault>>); 20] = [
            (".\r\n", Some(Ok(""))),
            ("a\r\n.\r\n", Some(Ok("a\r\n"))),
            ("..\r\n.\r\n", Some(Ok(".\r\n"))),
            (".a\r\n.\r\n", Some(Ok("a\r\n"))),
            ("a\r\n..b\r\n.\r\n", Some(Ok("a\r\n.b\r\n"))),
            ("\r\n\r\n.\r\n", Some(Ok("\r\n\r\n"))),
            ("a.\r\n.\r\n", Some(Ok("a.\r\n"))),
            ("a\n.\n", None),
            ("a\n.\r\n", None),
            ("a\r\n.\n", None),
            ("a\r\n.\r", None),
            ("a\r.\r\n", None),
            ("a\r\n.\r\r\n", None),
            ("a\n.\r\n.\r\n", Some(Err(Fault::BrokenLines))),
            ("a\rb\r\n.\r\n", Some(Err(Fault::BrokenLines))),
            ("\r\r\n.\r\n", Some(Err(Fault::BrokenLines))),
            (".\r\r\n.\r\n", Some(Err(Fault::BrokenLines))),
            (".\rx\r\n.\r\n", Some(Err(Fault::BrokenLines))),
            ("123456789012345678901\r\n.\r\n", Some(Err(Fault::LineTooLong))),
            ("12345678901234567\r\n12345678901234567\r\n123\r\n.\r\n", Some(Err(Fault::TooBig))),
        ];
        for (wire, want) in table {
            for step in [1, 2, 3, 5, 100] {
                let got = read(wire.as_bytes(), step, &small()).map(|(mail, _)| mail);
                let want = want.map(|mail| mail.map(|text| text.as_bytes().to_vec()));
                assert_eq!(got, want, "{wire:?} by {step}");
            }
        }
    }

    #[test]
    fn limits_are_reached_exactly() {
        let (limits, line) = (small(), "12345678901234567890\r\n");
        assert_eq!(read(format!("{line}.\r\n").as_bytes(), 3, &limits).map(|(mail, _)| mail.is_ok()), Some(true));
        let full = format!("{line}1234567890123456\r\n");
        assert_eq!(full.len(), 40);
        assert_eq!(read(format!("{full}.\r\n").as_bytes(), 7, &limits).map(|(mail, _)| mail.is_ok()), Some(true));
    }

    #[test]
    fn parts_taken_away_make_the_whole() {
        let mut reader = DataReader::new(&small(), 0);
        let mut whole = Vec::new();
        for segment in ["abc\r", "\n..d", "\r\n.", "\r\nRSET\r\n"] {
            let mut input = BytesMut::from(segment);
            let progress = reader.read(&mut input);
            whole.extend_from_slice(&reader.take());
            assert_eq!(progress == Progress::Ended, segment.ends_with("RSET\r\n"));
        }
        assert_eq!((&whole[..], reader.length(), reader.held()), (&b"abc\r\n.d\r\n"[..], 9, 0));
        assert_eq!(reader.received(), 13);
    }

    fn wild() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\r\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\n".to_vec()),
            Just(b".".to_vec()),
            Just(b"\r\n.\r\n".to_vec()),
            prop::collection::vec(any::<u8>(), 0..12),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    /// What [`stuffed`] makes of line ends, written the slow way.
    fn canonical(mail: &[u8]) -> Vec<u8> {
        let text: Vec<u8> = mail.to_vec();
        let mut lines = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let eaten = if text[at..].starts_with(b"\r\n") { 2 } else { 1 };
            match text[at] {
                b'\r' | b'\n' => lines.extend_from_slice(b"\r\n"),
                byte => lines.push(byte),
            }
            at += eaten;
        }
        if !lines.is_empty() && !lines.ends_with(b"\r\n") {
            lines.extend_from_slice(b"\r\n");
        }
        lines
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(mail in wild(), step in 1usize..40) {
            let limits = Limits::default();
            let mut wire = stuffed(&mail).to_vec();
            wire.extend_from_slice(b"QUIT\r\n");
            let (read, left) = read(&wire, step, &limits).expect("an end");
            prop_assert_eq!(read, Ok(canonical(&mail)));
            prop_assert_eq!(left, b"QUIT\r\n".to_vec());
        }

        #[test]
        fn segments_make_no_difference(mut wire in wild(), step in 1usize..20) {
            wire.extend_from_slice(b"\r\n.\r\n");
            prop_assert_eq!(read(&wire, step, &small()), read(&wire, wire.len(), &small()));
        }
    }
}
