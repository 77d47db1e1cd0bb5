//! Words of notes in a text.

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
    fn of(written: &str, chars_min: usize) -> Option<Self> {
        // Its full stop may be left out.
        let words = normal(written).trim_matches(|sign: char| !sign.is_alphanumeric()).to_owned();
        (words.chars().count() >= chars_min).then(|| Self { written: written.trim().to_owned(), words })
    }
}

/// The first of these lines, with as many below it as make it long enough.
fn long_enough(lines: &[&str]) -> Option<Piece> {
    (1..=lines.len().min(JOINED_LINES_MAX)).find_map(|n| Piece::of(&lines[..n].join("\n"), NOTE_LINE_CHARS_MIN))
}

impl Notes {
    /// Each note as a whole, and its long lines or runs of short ones, but not the greeting and signature below.
    pub(super) fn of(notes: &[String]) -> Self {
        let mut pieces = Vec::new();
        for note in notes {
            let lines: Vec<&str> = note.lines().take_while(|line| !is_closing_alone(line)).collect();
            pieces.extend(Piece::of(&lines.join("\n"), NOTE_CHARS_MIN));
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

/// Lower case, single spaces, no quotation marks: how a client may have rewrapped it.
fn normal(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == '>').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}
