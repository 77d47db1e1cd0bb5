//! The line that introduces a quote: `On Monday, Ola wrote:` in the languages of large mail clients.

use super::{Class, Line, Mark, bare, lower};

/// Lines that one such sentence is wrapped over at most.
const LINES_MAX: usize = 5;
/// Longer sentences are somebody's own.
const BYTES_MAX: usize = 400;

/// Words for "wrote", lower-case; one of them is in every such sentence.
#[rustfmt::skip]
const WROTE: &[&str] = &[
    "wrote", "writes", "sent", "skrev", "skreiv", "skriver", "skreva", "schrieb", "schrieben", "écrit", "ecrit",
    "schreef", "geschreven", "escribió", "escribio", "scritto", "scrisse", "escreveu", "napisał", "napisała",
    "napisał(a)", "napisal", "napisal(a)", "napsal", "napsal(a)", "napisał/a", "pisze", "kirjoitti",
    "kirjoittanut", "написал", "написал(а)", "написала", "пишет", "пише", "yazdı", "írta", "написав", "viết",
    "写道", "寫道", "작성", "wrote：", "a_écrit", "scris", "έγραψε",
];
/// Words that such a sentence begins with, lower-case.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "on", "den", "på", "am", "le", "op", "el", "il", "em", "w", "dnia", "dne", "a", "på", "ons", "man", "tir",
    "ons", "tor", "tors", "fre", "lør", "søn", "mån", "tis", "lör", "sön", "ma", "ti", "ke", "to", "pe", "la",
    "su", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mandag", "tirsdag", "onsdag", "torsdag", "fredag",
    "lørdag", "søndag", "måndag", "tisdag", "lördag", "söndag", "laurdag", "sundag", "tysdag", "måndag", "kl",
    "vào", "в", "pada", "no", "at", "in", "lun", "mar", "mié", "jue", "vie", "sáb", "dom", "gio", "ven", "dim",
    "sam", "jeu", "mer", "pon", "wt", "śr", "czw", "pt", "sob", "niedz",
];

/// Is a sentence of this kind at `at`, with unprefixed history below it to the end of the text? Everything below is
/// cut, so it has to say when and who in the way only mail clients do.
pub(super) fn ends_text(lines: &[Line<'_>], at: usize) -> bool {
    let Some(found) = sentence(lines, at) else { return false };
    let Facts { time, year, address, .. } = facts(&found.text);
    if !begins_sentence(&found.text) && !address || !(time || year) || !(address || time && year) {
        return false;
    }
    // With quotes right below it is the quotes that are cut, not what follows them.
    lines[found.end..].iter().find(|line| line.class != Class::Blank).is_some_and(|line| line.class == Class::Own)
}

/// Where the sentence above `below` begins; `below` itself when there is none. Empty lines between are usual.
pub(super) fn start_above(lines: &[Line<'_>], below: usize) -> usize {
    const BLANK_MAX: usize = 6;
    let blank = lines[..below].iter().rev().take(BLANK_MAX).take_while(|l| bare(l.text).is_empty()).count();
    let last = below - blank;
    if last > 0 && is_date_and_address(bare(lines[last - 1].text)) {
        return last - 1;
    }
    for start in (last.saturating_sub(LINES_MAX)..last).rev() {
        let Some(found) = sentence(lines, start) else { continue };
        let opens = start == last - 1 || begins_sentence(bare(lines[start].text));
        if found.end == last && opens && (start == last - 1 || facts(&found.text).says_when()) {
            return widen(lines, start, &found.text);
        }
    }
    below
}

/// A sentence whose beginning was wrapped onto lines above.
fn widen(lines: &[Line<'_>], start: usize, found: &str) -> usize {
    if begins_sentence(found) {
        return start;
    }
    for earlier in (start.saturating_sub(LINES_MAX - 1)..start).rev() {
        let text = bare(lines[earlier].text);
        if text.is_empty() {
            break;
        }
        if begins_sentence(text) && text.bytes().any(|b| b.is_ascii_digit()) {
            return earlier;
        }
    }
    start
}

struct Sentence {
    /// One past its last line.
    end: usize,
    text: String,
}

/// The sentence that begins at this line. It ends in a colon, and says "wrote", or when and from which address.
fn sentence(lines: &[Line<'_>], at: usize) -> Option<Sentence> {
    if lines[at].mark == Mark::Signature {
        return None;
    }
    let mut whole = String::new();
    for (offset, line) in lines[at..].iter().take(LINES_MAX).enumerate() {
        let text = bare(line.text);
        if text.is_empty() && offset == 0 || text.len() + whole.len() > BYTES_MAX {
            return None;
        }
        let ends = text.ends_with([':', '：']);
        // A wrapped sentence goes on only where one can have begun.
        if offset == 0 && !ends && !text.contains('@') && !begins_sentence(text) {
            return None;
        }
        if offset > 0 {
            whole.push(' ');
        }
        whole.push_str(text);
        if ends {
            let good = says_wrote(&whole) || is_date_and_address(whole.trim_end_matches([':', '：', ' ']));
            return (good && !shares_line(&whole)).then_some(Sentence { end: at + offset + 1, text: whole });
        }
    }
    None
}

fn says_wrote(sentence: &str) -> bool {
    let sentence = lower(sentence);
    let mut words = sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '>' | '<' | '：' | '"'));
    words.any(|word| !word.is_empty() && WROTE.contains(&word))
        || sentence.contains("写道")
        || sentence.contains("작성")
}

/// `2026-11-03 10:12 GMT+01:00 Ola <ola@uni.no>`: a date in front, an address at the end.
fn is_date_and_address(text: &str) -> bool {
    if text.len() > BYTES_MAX || !text.ends_with('>') || !text.contains('<') || !begins_sentence(text) {
        return false;
    }
    let Facts { time, year, address, .. } = facts(text);
    address && (time || year)
}

fn begins_sentence(text: &str) -> bool {
    const WORD_BYTES_MAX: usize = 16;
    let Some(word) = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.')).next() else { return false };
    if word.is_empty() || word.len() > WORD_BYTES_MAX {
        return false;
    }
    let known = |word: &str| OPENERS.iter().any(|opener| opener.eq_ignore_ascii_case(word));
    word.as_bytes()[0].is_ascii_digit() || known(word) || !word.is_ascii() && known(&lower(word))
}

/// Words of the writer stand in front of the sentence on its own line: `yes On Wed, Apr 4, … wrote:`.
fn shares_line(sentence: &str) -> bool {
    let mut words = sentence.split_whitespace().skip(1).peekable();
    if begins_sentence(sentence) {
        return false;
    }
    while let Some(word) = words.next() {
        let opener = matches!(word, "On" | "Am" | "Den" | "Le" | "El" | "Il" | "Op" | "Em" | "På");
        if opener && words.peek().is_some_and(|next| begins_sentence(next)) {
            return true;
        }
    }
    false
}

/// What a sentence says.
struct Facts {
    time: bool,
    year: bool,
    address: bool,
    digits: usize,
}

impl Facts {
    fn says_when(&self) -> bool {
        self.time || self.year || self.digits >= 4
    }
}

fn facts(sentence: &str) -> Facts {
    let octets = sentence.as_bytes();
    let digit = |at: usize| octets.get(at).is_some_and(u8::is_ascii_digit);
    let time = (1..octets.len())
        .any(|at| matches!(octets[at], b':' | b'.') && digit(at - 1) && digit(at + 1) && digit(at + 2));
    let year = octets.windows(4).enumerate().any(|(at, four)| {
        let alone = !digit(at + 4) && (at == 0 || !digit(at - 1));
        alone && matches!(four[0], b'1' | b'2') && four.iter().all(u8::is_ascii_digit)
    });
    Facts { time, year, address: sentence.contains('@'), digits: octets.iter().filter(|b| b.is_ascii_digit()).count() }
}
