//! The line that introduces a quote: `On Monday, Ola wrote:` in the languages of large mail clients.

use super::{Class, Line, Mark, lower};

/// Lines that one such sentence is wrapped over at most.
const LINES_MAX: usize = 5;
/// Longer sentences are somebody's own.
const BYTES_MAX: usize = 400;

/// Words for "wrote", lower-case; one of them is in every such sentence.
#[rustfmt::skip]
const WROTE: &[&str] = &[
    "wrote", "writes", "sent", "skrev", "skreiv", "skriver", "skreva", "schrieb", "schrieben", "écrit", "ecrit",
    "schreef", "geschreven", "escribió", "escribio", "scritto", "scrisse", "escreveu", "napisał", "napisała",
    "napisał(a)", "napisal", "napisal(a)", "napsal", "napsal(a)", "napisał/a", "pisze", "kirjoitti", "kirjoittanut",
    "написал", "написал(а)", "написала", "пишет", "пише", "yazdı", "írta", "написав", "viết", "menulis", "napísal",
    "napísala", "napísal(a)", "napisao", "napisao/la", "napisala", "napsala", "написа", "rakstīja", "rašė",
    "kirjutas", "skrifaði", "ritaði", "escriure", "كتب", "כתב", "نوشت", "写道", "寫道", "작성", "wrote：", "a_écrit",
    "scris", "έγραψε",
];
/// Words that such a sentence begins with, lower-case.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "on", "den", "på", "am", "le", "op", "el", "il", "em", "w", "dnia", "dne", "a", "ons", "man", "tir", "tor",
    "tors", "fre", "lør", "søn", "mån", "tis", "lör", "sön", "ma", "ti", "ke", "to", "pe", "la", "su", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag",
    "måndag", "tisdag", "lördag", "söndag", "laurdag", "sundag", "tysdag", "kl", "vào", "в", "pada", "no", "at", "in",
    "lun", "mar", "mié", "jue", "vie", "sáb", "dom", "gio", "ven", "dim", "sam", "jeu", "mer", "pon", "wt", "śr",
    "czw", "pt", "sob", "niedz",
];

/// Is a sentence of this kind at `at`, with unprefixed history below it to the end of the text? Everything below is
/// cut, so it has to say when and who in the way only mail clients do.
pub(super) fn ends_text(lines: &[Line<'_>], at: usize) -> bool {
    let Some(found) = sentence(lines, at) else { return false };
    let Facts { time, year, address, .. } = facts(&found.text);
    let said = (begins_sentence(&found.text) || address) && (time || year) && (address || time && year);
    if !said && !is_dashed(lines[at].bare) {
        return false;
    }
    // With quotes right below it is the quotes that are cut, not what follows them.
    lines[found.end..].iter().find(|line| line.class != Class::Blank).is_some_and(|line| line.class == Class::Own)
}

/// Does a sentence of this kind begin here, whatever follows it?
pub(super) fn begins(lines: &[Line<'_>], at: usize) -> bool {
    sentence(lines, at).is_some_and(|found| facts(&found.text).says_when())
}

/// Where the sentence above `below` begins; `below` itself when there is none. Empty lines between are usual.
pub(super) fn start_above(lines: &[Line<'_>], below: usize) -> usize {
    const BLANK_MAX: usize = 6;
    let blank = lines[..below].iter().rev().take(BLANK_MAX).take_while(|line| line.bare.is_empty()).count();
    let last = below - blank;
    if last > 0 && is_date_and_address(lines[last - 1].bare) {
        return last - 1;
    }
    if last == 0 || !lines[last - 1].introduces {
        return below;
    }
    for start in (last.saturating_sub(LINES_MAX)..last).rev() {
        let Some(found) = sentence(lines, start) else { continue };
        let opens = start == last - 1 || begins_sentence(lines[start].bare);
        if found.end == last && opens && (start == last - 1 || facts(&found.text).says_when()) {
            return widen(lines, start, &found.text);
        }
    }
    below
}

/// The same, only where the sentence says when.
pub(super) fn dated_above(lines: &[Line<'_>], below: usize) -> usize {
    let start = start_above(lines, below);
    if start < below && begins(lines, start) { start } else { below }
}

/// A sentence whose beginning was wrapped onto lines above.
fn widen(lines: &[Line<'_>], start: usize, found: &str) -> usize {
    if begins_sentence(found) {
        return start;
    }
    for earlier in (start.saturating_sub(LINES_MAX - 1)..start).rev() {
        let text = lines[earlier].bare;
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
    let ahead = &lines[at..lines.len().min(at + LINES_MAX)];
    let end = ahead.iter().position(|line| line.introduces)? + 1;
    let (first, more) = ahead[..end].split_first()?;
    // A wrapped sentence goes on only where one can have begun.
    let begun = end == 1 || first.bare.contains('@') || begins_sentence(first.bare);
    let long = ahead[..end].iter().map(|line| line.bare.len()).sum::<usize>() > BYTES_MAX;
    if first.bare.is_empty() || first.mark == Mark::Signature || !begun || long {
        return None;
    }
    let mut whole = without_dashes(first.bare).to_owned();
    for line in more {
        whole.push(' ');
        whole.push_str(line.bare);
    }
    let good = says_wrote(&whole) || is_date_and_address(whole.trim_end_matches([':', '：', ' ']));
    (good && !shares_line(&whole)).then_some(Sentence { end: at + end, text: whole })
}

/// `--- On Tuesday, Ola wrote:` and `---- Ola wrote ----`, as Yahoo, Zoho and Notes write.
fn without_dashes(text: &str) -> &str {
    if text.starts_with("--") { text.trim_matches(['-', ' ']) } else { text }
}

/// A whole sentence between dashes.
pub(super) fn is_dashed(bare: &str) -> bool {
    bare.starts_with("--") && bare.ends_with("--") && bare.len() <= BYTES_MAX && says_wrote(bare)
}

/// Is there a word for "wrote"?
pub(super) fn says_wrote(sentence: &str) -> bool {
    let sentence = lower(sentence);
    let mut words =
        sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '>' | '<' | '：' | '"' | '-'));
    words.any(|word| !word.is_empty() && WROTE.contains(&word))
        || sentence.contains("写道")
        || sentence.contains("작성")
}

/// A year of four digits and a time of day.
pub(super) fn says_year_and_time(text: &str) -> bool {
    let facts = facts(text);
    facts.year && facts.time
}

/// Where a client's sentence begins behind the writer's words on one line: `yes On Wed, Apr 4, 2026 at … wrote:`. The
/// line ends in a colon.
pub(super) fn shared_from(text: &str) -> Option<usize> {
    if text.len() > BYTES_MAX || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let spaces = text.match_indices([' ', '-']).map(|(at, space)| at + space.len());
    let start = spaces.into_iter().find(|at| opens_in_the_middle(&text[*at..]))?;
    let head = text[..start].trim_end_matches([' ', '-']);
    let Facts { time, year, address, .. } = facts(&text[start..]);
    let good = !head.trim().is_empty() && !begins_sentence(head) && says_wrote(&text[start..]);
    (good && time && (year || address)).then_some(head.len())
}

/// A word that opens such a sentence, written as at its beginning, and a second one.
fn opens_in_the_middle(text: &str) -> bool {
    const OPENERS: &[&str] = &["On ", "Am ", "Den ", "Le ", "El ", "Il ", "Op ", "Em ", "På "];
    OPENERS.iter().any(|opener| text.strip_prefix(opener).is_some_and(begins_sentence))
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

/// Words of the writer stand in front of the sentence, and it is not sure enough to be parted from them.
fn shares_line(sentence: &str) -> bool {
    !begins_sentence(sentence) && sentence.match_indices(' ').any(|(at, _)| opens_in_the_middle(&sentence[at + 1..]))
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
