//! The line that introduces a quote: `On Monday, Ola wrote:` in the languages of large mail clients.

use super::{Class, Line, Mark, bare, lower};

/// Lines that one such sentence is wrapped over at most.
const LINES_MAX: usize = 5;
/// Longer sentences are somebody's own.
const BYTES_MAX: usize = 400;

/// Words for "wrote", lower-case; one of them is in every such sentence.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "skrev",
    "skreiv",
    "skriver",
    "skreva",
    "schrieb",
    "schrieben",
    "écrit",
    "ecrit",
    "schreef",
    "geschreven",
    "escribió",
    "escribio",
    "scritto",
    "scrisse",
    "escreveu",
    "napisał",
    "napisała",
    "napisał(a)",
    "napisal",
    "napisal(a)",
    "napsal",
    "napsal(a)",
    "napisał/a",
    "pisze",
    "kirjoitti",
    "kirjoittanut",
    "написал",
    "написал(а)",
    "написала",
    "пишет",
    "пише",
    "yazdı",
    "írta",
    "написав",
    "viết",
    "写道",
    "寫道",
    "작성",
    "wrote：",
    "a_écrit",
    "scris",
    "έγραψε",
];
/// Words that such a sentence begins with, lower-case.
const OPENERS: &[&str] = &[
    "on", "den", "på", "am", "le", "op", "el", "il", "em", "w", "dnia", "dne", "a", "på", "ons", "man", "tir", "ons",
    "tor", "tors", "fre", "lør", "søn", "mån", "tis", "lör", "sön", "ma", "ti", "ke", "to", "pe", "la", "su", "mon",
    "tue", "wed", "thu", "fri", "sat", "sun", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag",
    "måndag", "tisdag", "lördag", "söndag", "laurdag", "sundag", "tysdag", "måndag", "kl", "vào", "в", "pada", "no",
    "at", "in", "lun", "mar", "mié", "jue", "vie", "sáb", "dom", "gio", "ven", "dim", "sam", "jeu", "mer", "pon", "wt",
    "śr", "czw", "pt", "sob", "niedz",
];

/// Is a sentence of this kind at `at`, with unprefixed history below it to the end of the text? Only when it says
/// when, and who or begins as mail clients begin it.
pub(super) fn ends_text(lines: &[Line<'_>], at: usize) -> bool {
    let Some((end, sentence)) = sentence(lines, at) else { return false };
    if !is_sure(&sentence) {
        return false;
    }
    // With quotes right below it is the quotes that are cut, not what follows them.
    lines[end..].iter().find(|line| line.class != Class::Blank).is_some_and(|line| line.class == Class::Own)
}

/// Where the sentence above `below` begins; `below` itself when there is none. One empty line between is usual, as
/// are several.
pub(super) fn start_above(lines: &[Line<'_>], below: usize) -> usize {
    const BLANK_MAX: usize = 6;
    let blank = lines[..below].iter().rev().take(BLANK_MAX).take_while(|l| bare(l.text).is_empty()).count();
    let last = below - blank;
    for start in (last.saturating_sub(LINES_MAX)..last).rev() {
        let Some((end, sentence)) = sentence(lines, start) else { continue };
        let opens = start == last - 1 || begins_sentence(bare(lines[start].text));
        if end == last && opens && (start == last - 1 || is_sure(&sentence)) {
            return widen(lines, start, last, &sentence);
        }
    }
    below
}

/// A sentence whose beginning was wrapped onto lines above.
fn widen(lines: &[Line<'_>], start: usize, last: usize, found: &str) -> usize {
    if begins_sentence(found) {
        return start;
    }
    for earlier in (last.saturating_sub(LINES_MAX)..start).rev() {
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

/// The sentence that begins at this line, and one past its last line. It ends in a colon and says "wrote".
fn sentence(lines: &[Line<'_>], at: usize) -> Option<(usize, String)> {
    if lines[at].mark == Mark::Signature {
        return None;
    }
    let mut whole = String::new();
    for (offset, line) in lines[at..].iter().take(LINES_MAX).enumerate() {
        let text = bare(line.text);
        if text.is_empty() && offset == 0 || text.len() + whole.len() > BYTES_MAX {
            return None;
        }
        if offset > 0 {
            whole.push(' ');
        }
        whole.push_str(text);
        if ends_with_colon(text) {
            return says_wrote(&whole).then_some((at + offset + 1, whole));
        }
        // A wrapped sentence goes on only where one can have begun.
        if offset == 0 && !begins_sentence(text) && !text.contains('@') {
            return None;
        }
    }
    None
}

fn ends_with_colon(text: &str) -> bool {
    text.ends_with(':') || text.ends_with('：')
}

fn says_wrote(sentence: &str) -> bool {
    let sentence = lower(sentence);
    let mut words = sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '>' | '<' | '：' | '"'));
    words.any(|word| !word.is_empty() && WROTE.contains(&word))
        || sentence.contains("写道")
        || sentence.contains("작성")
}

fn begins_sentence(text: &str) -> bool {
    let Some(word) = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.')).next() else { return false };
    let short = word.len() <= 16;
    short
        && (OPENERS.contains(&lower(word).as_ref())
            || word.as_bytes().first().is_some_and(u8::is_ascii_digit) && word.len() <= 10)
}

/// It says when: a year or a time of day; and who, by an address, or begins as a client begins it.
fn is_sure(sentence: &str) -> bool {
    let octets = sentence.as_bytes();
    let digit = |at: usize| octets.get(at).is_some_and(u8::is_ascii_digit);
    let time = (1..octets.len())
        .any(|at| matches!(octets[at], b':' | b'.') && digit(at - 1) && digit(at + 1) && digit(at + 2));
    let year = (0..octets.len()).any(|at| {
        digit(at)
            && digit(at + 1)
            && digit(at + 2)
            && digit(at + 3)
            && !digit(at + 4)
            && (at == 0 || !digit(at - 1))
            && matches!(octets[at], b'1' | b'2')
    });
    let when = time || year || sentence.bytes().filter(u8::is_ascii_digit).count() >= 4;
    when && (sentence.contains('@') || begins_sentence(sentence))
}
