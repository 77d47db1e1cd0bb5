//! Words of notes in a text.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::mail::text::is_closing_alone;

/// A note shorter than this says nothing that an answer might not say by itself.
const NOTE_CHARS_MIN: usize = 16;
/// A single line of a note counts from this length on.
const NOTE_LINE_CHARS_MIN: usize = 40;
/// Most short lines that count together.
const JOINED_LINES_MAX: usize = 4;
/// Most lines of notes that are looked for.
const NOTE_LINES_MAX: usize = 2000;

/// What of a case's notes is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Vec<Piece>);

/// A note as a whole, or one of its lines.
#[derive(Clone, Debug)]
struct Piece {
    written: String,
    words: String,
}

impl Piece {
    /// Of lines as they were written, and without the numbers of items.
    fn of(lines: &[(&str, &str)], chars_min: usize) -> Option<Self> {
        let joined = |side: fn(&(&str, &str)) -> String| lines.iter().map(side).collect::<Vec<_>>().join("\n");
        let words = words(&joined(|(_, bare)| (*bare).to_owned()));
        let written = joined(|(line, _)| (*line).to_owned()).trim().to_owned();
        (words.trim().chars().count() >= chars_min).then_some(Self { written, words })
    }
}

/// The first of these lines, with as many below it as make it long enough.
fn long_enough(lines: &[(&str, &str)]) -> Option<Piece> {
    (1..=lines.len().min(JOINED_LINES_MAX)).find_map(|n| Piece::of(&lines[..n], NOTE_LINE_CHARS_MIN))
}

impl Notes {
    /// Each note as a whole, and its long lines or runs of short ones, but not the greeting and signature below.
    pub(super) fn of(notes: &[String]) -> Self {
        let mut pieces = Vec::new();
        for note in notes {
            let lines: Vec<&str> = note.lines().take_while(|line| !is_closing_alone(line)).collect();
            let lines: Vec<(&str, &str)> = lines.iter().copied().zip(items(&lines)).collect();
            pieces.extend(Piece::of(&lines, NOTE_CHARS_MIN));
            pieces.extend((0..lines.len()).filter_map(|at| long_enough(&lines[at..])));
        }
        pieces.truncate(NOTE_LINES_MAX);
        Self(pieces)
    }

    pub(super) fn are_in(&self, text: &str) -> bool {
        self.within(text).next().is_some()
    }

    /// The pieces that stand in a text, as the notes have them.
    pub(super) fn within(&self, text: &str) -> impl Iterator<Item = &str> {
        let text = if self.0.is_empty() { String::new() } else { normal(text) };
        self.0.iter().filter_map(move |piece| {
            memchr::memmem::find(text.as_bytes(), piece.words.as_bytes()).map(|_| piece.written.as_str())
        })
    }
}

/// The words of a text, without the numbers of items.
fn normal(text: &str) -> String {
    words(&items(&text.lines().collect::<Vec<_>>()).join("\n"))
}

/// Words in lower case, with a space around each: a client may have rewrapped them, with other quotation marks and dashes,
/// other signs in front of the items of a list, and the targets of links behind their words.
fn words(text: &str) -> String {
    let mut out = String::from(" ");
    for line in text.lines() {
        let line = ComposingNormalizerBorrowed::new_nfc().normalize(line).to_lowercase();
        for word in untargeted(&line).split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
            out.push_str(word);
            out.push(' ');
        }
    }
    out
}

/// The lines without the numbers of items, where there are several in a row: `12. november` is a day.
fn items<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let is_item = |line: &&&str| {
        let bare = line.trim_start_matches(|sign: char| sign.is_whitespace() || "|>".contains(sign));
        numbered(line).is_some() || bare.starts_with(['-', '*', '•', '–'])
    };
    let full = |line: &&&str| !line.trim().is_empty();
    let beside = |at: usize| {
        let (before, after) = (lines[..at].iter().rev().find(full), lines[at + 1..].iter().find(full));
        before.is_some_and(|line| is_item(&line)) || after.is_some_and(|line| is_item(&line))
    };
    let bare = |(at, line): (usize, &&'a str)| numbered(line).filter(|_| beside(at)).unwrap_or(line);
    lines.iter().enumerate().map(bare).collect()
}

/// What stands in a line behind the number of an item: `> 2. `.
fn numbered(line: &str) -> Option<&str> {
    const DIGITS_MAX: usize = 3;
    let bare = line.trim_start_matches(|sign: char| !sign.is_alphanumeric());
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &bare[digits..];
    ((1..=DIGITS_MAX).contains(&digits) && behind.starts_with([')', '.'])).then(|| &behind[1..])
}

/// A line without `<https://…>`, `<mailto:…>` and their like.
fn untargeted(line: &str) -> String {
    const SCHEMES: [&str; 4] = ["<http://", "<https://", "<mailto:", "<tel:"];
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if !SCHEMES.iter().any(|scheme| rest.starts_with(scheme)) {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        rest = &rest[end + 1..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::readings;
    use super::*;

    #[test]
    fn a_note_is_found_as_clients_write_it() {
        let note = "Han sa \"jeg betaler ikke\" - og la på røret midt i samtalen...\nSe intern.uni.example for mer\n\n- vis *ikke* fram dette\n- ring heller Kari";
        let notes = Notes::of(&[note.to_owned()]);
        for text in [
            "Han sa “jeg betaler ikke” – og la på røret midt i samtalen…",
            "| Han sa \u{2068}jeg\u{2069} betaler ikke - og la på\n| røret midt i samtalen. Takk!",
            "Se intern.uni.example<http://intern.uni.example> for mer\n1. vis ikke fram dette\n2. ring heller Kari",
            "Se <https://intern.uni.example/> intern.uni.example for mer * vis ikke fram dette",
            "la pa\u{30a} røret: han sa jeg betaler ikke og la pa\u{30a} røret midt i samtalen",
        ] {
            assert!(readings(text).any(|text| notes.are_in(&text)), "{text}");
        }
        let day = Notes::of(&["12. november kl. 14.00".to_owned()]);
        assert!(day.are_in("Den 12. november kl. 14.00, altså.") && !day.are_in("Den 3. november kl. 14.00."));
        assert!(!notes.are_in(&"<http://".repeat(100_000)));
        for text in ["Han sa at han ikke betaler.", "Se uni.example for mer.", "<", "a < b <http://", "1. 2) 33333."] {
            assert!(!notes.are_in(text), "{text}");
        }
    }
}
