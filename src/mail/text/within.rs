//! What was written into a quotation, found by what was quoted.
//!
//! A client that puts no `>` before what it quotes (Outlook) lets its user write there, in another colour; as text the
//! two look the same. Whoever has what was quoted can tell them apart: three words in a row that stand in it are it; two
//! are at its beginning and its end.
//!
//! Time is linear in both texts.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::mail::Mail;
use crate::mail::text::{REPLY_MARKER_BEGIN, REPLY_MARKER_END};

/// So many words in a row are known again.
const RUN: usize = 3;
/// Most words that are looked at in each of the two.
const WORDS_MAX: usize = 100_000;
/// Most octets that are given of what was written.
const WRITTEN_BYTES_MAX: usize = 2_000;

/// A quotation, beside what was quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// What somebody wrote into it, spaces as one, places apart by ` … `. Empty: nothing.
    pub written: String,
    /// Its words that do not stand in what was quoted.
    pub foreign: usize,
    /// Some of it stands there.
    pub known: bool,
}

impl Mail {
    /// Looks through what was cut off for what its writer wrote into it.
    ///
    /// Shape:  `sent` is a text that the mail may quote; the quotation of it begins where words of `own` stand, which is a
    ///         part of it. `end` is a word that stands behind it in the quotation, with one word of its own before it:
    ///         what is between belongs to the writer. Without `end` only what stands between two pieces of `sent` does.
    /// Errors: none; where `sent` is not quoted nothing is found.
    pub fn within_quotation(&self, sent: &str, own: &str, end: Option<&str>) -> Within {
        let Some(from) = self.quoted_at else { return Within::default() };
        let Some(quotation) = self.text.get(from..) else { return Within::default() };
        let new: HashSet<&str> = self.new_text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut words = words_of(below_marker(quotation), &new);
        let stop = end.and_then(|end| place_of(&words, end));
        // What stands behind it may repeat what was sent: a title its first words.
        words.truncate(stop.unwrap_or(words.len()));
        let sent = Sent::of(sent);
        let mut known = sent.known(&words);
        let foreign = known.iter().filter(|known| !**known).count();
        let first = Sent::of(own).known(&words).iter().position(|known| *known).filter(|first| known[*first]);
        let Some(first) = first else { return Within { foreign, ..Within::default() } };
        let first = sent.begins(&words[..=first]).filter(|_| end.is_some()).unwrap_or(first);
        known[first] = true;
        let last = known.iter().rposition(|known| *known).unwrap_or(first);
        let mut found: Vec<Range<usize>> =
            gaps(&known[..last], first).filter(|gap| sent.is_foreign(&words, gap)).collect();
        let tail = stop.map(|stop| last + 1..stop).filter(|tail| !tail.is_empty());
        found.extend(tail.filter(|tail| sent.is_foreign_tail(&words, tail)));
        Within { written: written(&words, &found), foreign, known: true }
    }
}

/// The lines behind the one above which an answer is written; all of them, where there is no such line.
fn below_marker(quotation: &str) -> &str {
    let Some(at) = quotation.find(REPLY_MARKER_BEGIN) else { return quotation };
    let after = &quotation[at + REPLY_MARKER_BEGIN.len()..];
    after.find(REPLY_MARKER_END).map_or(after, |end| &after[end + REPLY_MARKER_END.len()..])
}

/// A word, and as what it is known again.
struct Word<'a> {
    text: &'a str,
    hash: u64,
}

/// The words outside these lines. Links and addresses are none: clients and gateways write them anew.
fn words_of<'a>(text: &'a str, without: &HashSet<&str>) -> Vec<Word<'a>> {
    let lines = text.lines().filter(|line| !without.contains(line.trim()));
    let pieces = lines.flat_map(str::split_whitespace).filter(|piece| !is_link(piece));
    let words = pieces.flat_map(|piece| piece.split(|sign: char| !is_of_word(sign)));
    words.filter(|word| !word.is_empty()).take(WORDS_MAX).map(|text| Word { text, hash: hash(text) }).collect()
}

fn is_link(piece: &str) -> bool {
    ["://", "www.", "@", "mailto:", "cid:", "tel:"].iter().any(|sign| piece.contains(sign))
}

/// Signs that show nothing are no end of a word; they are not looked at either.
fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || is_invisible(sign)
}

fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let signs = word.chars().filter(|sign| !is_invisible(*sign)).flat_map(char::to_lowercase);
    signs.for_each(|sign| sign.hash(&mut hasher));
    hasher.finish()
}

/// What was quoted, by its words.
struct Sent {
    words: HashSet<u64>,
    pairs: HashSet<[u64; 2]>,
    edges: Vec<[u64; 2]>,
    runs: HashSet<Vec<u64>>,
    run: usize,
    first: Option<u64>,
    last: Option<u64>,
}

impl Sent {
    fn of(text: &str) -> Self {
        let words: Vec<u64> = words_of(text, &HashSet::new()).iter().map(|word| word.hash).collect();
        let run = words.len().clamp(1, RUN);
        let pairs: Vec<[u64; 2]> = words.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        Self {
            edges: pairs.first().into_iter().chain(pairs.last()).copied().collect(),
            pairs: pairs.into_iter().collect(),
            runs: words.windows(run).map(<[u64]>::to_vec).collect(),
            first: words.first().copied(),
            last: words.last().copied(),
            words: words.into_iter().collect(),
            run,
        }
    }

    /// Which of these words stand in it, in a row.
    fn known(&self, words: &[Word<'_>]) -> Vec<bool> {
        let mut known = vec![false; words.len()];
        let hashes: Vec<u64> = words.iter().map(|word| word.hash).collect();
        for (at, run) in hashes.windows(self.run).enumerate() {
            if self.runs.contains(run) {
                known[at..at + self.run].fill(true);
            }
        }
        for (at, pair) in hashes.windows(2).enumerate() {
            if self.edges.iter().any(|edge| edge == pair) {
                known[at..at + 2].fill(true);
            }
        }
        known
    }

    /// Where its first word stands, if something was written behind that. The last of these words is a known one.
    fn begins(&self, words: &[Word<'_>]) -> Option<usize> {
        let (last, before) = words.split_last()?;
        let missing = self.first.filter(|first| *first != last.hash)?;
        before.iter().rposition(|word| word.hash == missing)
    }

    /// Did somebody write these words? Between two words that stand together in what was quoted, they did; where some of
    /// it is missing, these may be what is left.
    fn is_foreign(&self, words: &[Word<'_>], gap: &Range<usize>) -> bool {
        let around = [words[gap.start - 1].hash, words[gap.end].hash];
        is_said(&words[gap.clone()]) && (self.pairs.contains(&around) || self.has_new(&words[gap.clone()]))
    }

    fn is_foreign_tail(&self, words: &[Word<'_>], gap: &Range<usize>) -> bool {
        let ended = Some(words[gap.start - 1].hash) == self.last;
        is_said(&words[gap.clone()]) && (ended || self.has_new(&words[gap.clone()]))
    }

    fn has_new(&self, words: &[Word<'_>]) -> bool {
        words.iter().any(|word| !self.words.contains(&word.hash))
    }
}

/// A number in front of a line of a list, or a letter, may be a client's.
fn is_said(words: &[Word<'_>]) -> bool {
    const NUMBER_DIGITS_MIN: usize = 3;
    words.iter().any(|word| {
        let letters = word.text.chars().filter(|sign| sign.is_alphabetic()).count();
        letters >= 2 || word.text.chars().count() >= NUMBER_DIGITS_MIN
    })
}

/// The runs of unknown words from `first` on that known ones follow.
fn gaps(known: &[bool], first: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = first;
    std::iter::from_fn(move || {
        let start = at + known[at..].iter().position(|known| !known)?;
        let end = known[start..].iter().position(|known| *known).map_or(known.len(), |length| start + length);
        at = end;
        Some(start..end)
    })
}

/// Where the word before the last `end` stands.
fn place_of(words: &[Word<'_>], end: &str) -> Option<usize> {
    let end: Vec<u64> = words_of(end, &HashSet::new()).iter().map(|word| word.hash).collect();
    let hashes: Vec<u64> = words.iter().map(|word| word.hash).collect();
    hashes.windows(end.len().max(1)).rposition(|window| window == end)?.checked_sub(1)
}

/// The words as they were written, in their order.
fn written(words: &[Word<'_>], found: &[Range<usize>]) -> String {
    let places = found.iter().map(|gap| words[gap.clone()].iter().map(|word| word.text).collect::<Vec<_>>().join(" "));
    let mut out = places.collect::<Vec<_>>().join(" … ");
    if out.len() > WRITTEN_BYTES_MAX {
        out.truncate(out.floor_char_boundary(WRITTEN_BYTES_MAX));
        out.push_str(" …");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "Hei!\n\nNår åpner dere i morgen, og hva koster det? Hvor finner jeg dere?\n\nHilsen Åse";

    fn outlook(quotation: &str) -> Mail {
        let new_text = "Se svar under.".to_owned();
        let text =
            format!("{new_text}\n\nFra: Åse via Orakel\nSendt: mandag\n\n##- Skriv over denne linjen -##\n{quotation}");
        Mail { quoted_at: Some(new_text.len() + 2), text, new_text, ..Mail::default() }
    }

    fn written(quotation: &str) -> String {
        outlook(quotation).within_quotation(SENT, SENT, Some("HV-7")).written
    }

    #[test]
    fn what_was_only_quoted_is_nothing() {
        for quotation in [
            "Åse skriver:\nHei!\nNår åpner dere i morgen, og hva koster det? Hvor finner jeg dere?\nHilsen Åse\n\n____\nSak: HV-7 Åpent\nStatus: ny",
            "Åse skriver: Hei! NÅR ÅPNER DERE I MOR\u{AD}GEN, og hva\n> koster det?\n[cid:a@b] Hvor finner jeg dere?\n Hilsen Åse Sak HV-7 Åpent",
            "Hei!\nNår åpner dere i morgen, og hva koster det?\nSak: HV-7 Åpent",
            "1. Hei! Når åpner dere i morgen, og hva koster det? Hvor finner jeg dere?",
            "Noe helt annet, som ikke er sitert. Sak: HV-7",
            "Hei! Når åpner dere i morgen, og hva koster det? Hvor finner jeg dere? Hilsen Åse Sak: HV-7 Når åpner dere i morgen",
            "Hei! Når åpner dere i morgen, og hva koster det? Hvor finner jeg dere? Hilsen Åse Sak: HV-7 Hei! Når åpner",
            "",
        ] {
            assert_eq!(written(quotation), "", "{quotation}");
        }
    }

    #[test]
    fn what_stands_between_quoted_words_is_found() {
        for (quotation, found) in [
            ("Hei!\nNår åpner dere i morgen, Kl. ni. og hva koster det? Hvor finner jeg dere?", "Kl ni"),
            (
                "Når åpner dere i morgen, og hva koster det?\n200 kr\nHvor finner jeg dere?\nI Storgata 1.\nHilsen Åse",
                "200 kr … I Storgata 1",
            ),
            (
                "Hei! Når åpner dere i morgen, og hva koster det? Hvor finner jeg dere? Hilsen Åse\nI kjelleren\n---\nSak: HV-7",
                "I kjelleren",
            ),
            // Words of the quoted one's, and an answer all the same.
            ("Når åpner dere i morgen, hei dere, og hva koster det?", "hei dere"),
        ] {
            assert_eq!(written(quotation), found, "{quotation}");
        }
    }

    #[test]
    fn a_text_of_one_word_is_known_again() {
        let mail = outlook("Kari skriver: Takk!\nBare hyggelig\nSak: HV-7");
        assert_eq!(mail.within_quotation("Takk!", "Takk!", Some("HV-7")).written, "Bare hyggelig");
        assert_eq!(mail.within_quotation("", "", Some("HV-7")).written, "");
    }

    #[test]
    fn what_the_writer_wrote_above_is_not_within() {
        let mut mail = outlook("Når åpner dere i morgen, og hva koster det?");
        mail.text.push_str("\nSe svar under.\nHvor finner jeg dere?");
        assert_eq!(mail.within_quotation(SENT, SENT, None).written, "");
    }

    #[test]
    fn what_was_sent_may_name_the_case_itself() {
        let sent = "Nå blinker den igjen.\n\nEmne: [HV-7] Får ikke logget inn";
        let facts = "Sak: HV-7 Får ikke logget inn\nStatus: åpen";
        let quoted = |more: &str| outlook(&format!("Åse skriver:\nNå blinker den igjen.{more}\n{facts}"));
        assert_eq!(quoted("").within_quotation(sent, "Nå blinker den igjen.", Some("HV-7")).written, "");
        assert_eq!(
            quoted(" Hva med toneren?").within_quotation(sent, "Nå blinker den igjen.", Some("HV-7")).written,
            "Hva med toneren"
        );
    }

    #[test]
    fn a_long_text_costs_no_more_than_its_length() {
        let mail = outlook(&"og hva koster det nå ".repeat(50_000));
        let within = mail.within_quotation(&SENT.repeat(500), SENT, Some("HV-7"));
        assert!(within.written.len() <= WRITTEN_BYTES_MAX + 4, "{}", within.written.len());
    }
}
