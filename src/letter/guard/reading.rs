//! A text as it can be read, and where each of its octets stands in what was written.

use std::ops::Range;

/// How often what stands for a sign may itself be written so: `%2540` is twice.
const PERCENT_LEVELS_MAX: usize = 4;

/// One way in which a text can be read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// What is read.
    pub text: String,
    /// Where each octet begins in what was written, and where that ends; `None` where nothing was moved.
    from: Option<Vec<usize>>,
}

impl Reading {
    /// Every way: as written, without signs that show nothing, and with `%40` and its like as the signs that they stand
    /// for, as often as they stand for one.
    pub(super) fn all(written: &str) -> Vec<Self> {
        let mut readings = vec![Self { text: written.to_owned(), from: None }];
        if written.contains(is_invisible) {
            readings.push(readings[0].moved(visible(written)));
        }
        for _ in 0..PERCENT_LEVELS_MAX {
            let last = &readings[readings.len() - 1];
            let Some(octets) = without_percent(&last.text) else { break };
            readings.push(last.moved(octets));
        }
        readings
    }

    /// Where in what was written this piece stands.
    pub(super) fn place(&self, piece: Range<usize>) -> Range<usize> {
        match &self.from {
            Some(from) => from[piece.start]..from[piece.end],
            None => piece,
        }
    }

    /// The reading that these octets of this one make, each with the place where it begins.
    fn moved(&self, octets: Vec<(u8, usize)>) -> Self {
        let (bytes, places): (Vec<u8>, Vec<usize>) = octets.into_iter().unzip();
        let (mut text, mut from, mut at) = (String::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1), 0);
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            from.extend(&places[at..at + chunk.valid().len()]);
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                from.extend([places[at]; char::REPLACEMENT_CHARACTER.len_utf8()]);
                at += chunk.invalid().len();
            }
        }
        from.push(self.text.len());
        if let Some(before) = &self.from {
            from.iter_mut().for_each(|place| *place = before[*place]);
        }
        Self { text, from: Some(from) }
    }
}

/// The ways in which a text can be read, each once.
pub(super) fn readings(written: &str) -> impl Iterator<Item = String> + use<> {
    Reading::all(written).into_iter().map(|reading| reading.text)
}

/// Signs that show nothing, which would hide a word from a search.
fn is_invisible(sign: char) -> bool {
    matches!(
        sign,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

fn visible(text: &str) -> Vec<(u8, usize)> {
    let shown = text.char_indices().filter(|(_, sign)| !is_invisible(*sign));
    shown.flat_map(|(at, sign)| (at..at + sign.len_utf8()).map(|at| (text.as_bytes()[at], at))).collect()
}

/// `None` where nothing is written so (RFC 3986 §2.1).
fn without_percent(text: &str) -> Option<Vec<(u8, usize)>> {
    let bytes = text.as_bytes();
    let code = |at: usize| {
        let digits = bytes.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    memchr::memchr_iter(b'%', bytes).find_map(code)?;
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(octet) = bytes.get(at) {
        match code(at).filter(|_| *octet == b'%') {
            Some(meant) => {
                out.push((meant, at));
                at += 3;
            }
            None => {
                out.push((*octet, at));
                at += 1;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_found_where_it_was_written() {
        for (written, word, place) in [
            ("a=ola%40uni&b", "ola@uni", Some("ola%40uni")),
            ("a=ola%2540uni&b", "ola@uni", Some("ola%2540uni")),
            ("%C3%A5se%40bla%", "åse@bla", Some("%C3%A5se%40bla")),
            ("%E5se%40bla", "se@bla", Some("se%40bla")),
            ("x o\u{200b}la@\u{ad}uni", "ola@uni", Some("o\u{200b}la@\u{ad}uni")),
            ("o\u{200b}la%40uni.", "ola@uni", Some("o\u{200b}la%40uni")),
            ("100 % av %4 %zz ola", "ola@uni", None),
        ] {
            let found = Reading::all(written).iter().find_map(|reading| {
                let at = reading.text.find(word)?;
                Some(reading.place(at..at + word.len()))
            });
            assert_eq!(found.map(|place| &written[place]), place, "{written}");
        }
    }

    #[test]
    fn nothing_is_decoded_for_ever() {
        let deep = format!("%{}40", "25".repeat(100_000));
        assert_eq!(Reading::all(&deep).len(), PERCENT_LEVELS_MAX + 1);
    }
}
