//! The fixed words of what only users are sent: by these a piece of it is known, wherever and however it was pasted.

use std::collections::{HashMap, HashSet};

/// So many words in a row are ours. Fewer may be anybody's.
const WORDS_MIN: usize = 9;
/// Between one fact of a case and the next stand so many words at most: a title, names.
const FACT_WORDS_MAX: usize = 60;
/// Facts that stand together in this order are a notification's.
const FACTS: usize = 3;

/// What is known by its words.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// Rows of words, by their first.
    rows: HashMap<String, Vec<Vec<String>>>,
    /// The names of a case's facts, for each text that begins with them.
    facts: HashSet<Vec<Vec<String>>>,
}

impl Wording {
    /// The wording of templates: those that only users get, and those that contacts get too, whose words are free.
    pub fn of<'a>(inside: impl Iterator<Item = &'a str>, outside: impl Iterator<Item = &'a str>) -> Self {
        let free: HashSet<Vec<String>> = outside.flat_map(rows).collect();
        let mut wording = Self::default();
        for source in inside {
            let facts: Vec<Vec<String>> = source.lines().filter_map(fact).take(FACTS).collect();
            if facts.len() == FACTS {
                wording.facts.insert(facts);
            }
            for row in rows(source).filter(|row| !free.contains(row)) {
                wording.rows.entry(row[0].clone()).or_default().push(row);
            }
        }
        wording
    }

    /// Is a piece of it in a text? References of cases begin with `prefix`.
    pub(super) fn is_in(&self, text: &str, prefix: &str) -> bool {
        let words = words(text);
        let prefix = prefix.to_lowercase();
        (0..words.len()).any(|at| {
            let rest = &words[at..];
            self.rows.get(&rest[0]).is_some_and(|rows| rows.iter().any(|row| rest.starts_with(row)))
                || self.facts.iter().any(|names| begins_facts(rest, names, &prefix))
        })
    }
}

/// `Case: HV-1 … Category: … Status: …`
fn begins_facts(words: &[String], names: &[Vec<String>], prefix: &str) -> bool {
    let Some(mut rest) = words.strip_prefix(names[0].as_slice()) else { return false };
    let is_number = |word: &String| word.bytes().all(|octet| octet.is_ascii_digit());
    if rest.first().is_none_or(|word| word != prefix) || !rest.get(1).is_some_and(is_number) {
        return false;
    }
    names[1..].iter().all(|name| {
        let near = &rest[..rest.len().min(FACT_WORDS_MAX)];
        let found = near.windows(name.len()).position(|window| window == name.as_slice());
        rest = found.map_or(&[], |at| &rest[at + name.len()..]);
        found.is_some()
    })
}

/// All rows of words that stand between what is filled in.
fn rows(source: &str) -> impl Iterator<Item = Vec<String>> {
    let pieces = source.split("{%").flat_map(|piece| piece.rsplit("%}").take(1));
    let pieces = pieces.flat_map(|piece| piece.split("{{")).flat_map(|piece| piece.rsplit("}}").take(1));
    pieces.flat_map(|piece| words(piece).windows(WORDS_MIN).map(<[String]>::to_vec).collect::<Vec<_>>())
}

/// The name of the fact that a line of a template tells.
fn fact(line: &str) -> Option<Vec<String>> {
    let (name, _) = line.strip_prefix("| ")?.split_once(':')?;
    Some(words(name))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: &str = "= {{ marker }}\n{% if reply %}\n? Svarer du på denne e-posten, sendes svaret til {{ who }}\n\
                          {% endif %}\n# {{ headline }}\nVil du legge til noe, kan du svare på denne e-posten.\n\
                          | Sak:      {{ reference }} {{ title }}\n| Kategori: {{ category }}\n| Status: {{ status }}\n";
    const OUTSIDE: &str = "Hei!\nVil du legge til noe, kan du svare på denne e-posten. {{ x }}\n";

    #[test]
    fn a_piece_is_known_however_it_is_wrapped_and_nothing_else_is() {
        let wording = Wording::of([INSIDE].into_iter(), [OUTSIDE].into_iter());
        for (text, known) in [
            ("> Svarer du på denne\n> e-posten, SENDES\n>\n> svaret til Kåre", true),
            ("Svarer du på denne e-posten, sendes svaret", false),
            ("Hvis du svarer på denne e-posten, sendes svaret til oss.", false),
            ("Vil du legge til noe, kan du svare på denne e-posten.", false),
            ("Sak:\tHV-12 Skriveren\nKategori: Orakel\nStatus:\nny", true),
            ("Sak HV-12 er løst.", false),
            ("Sak: HV-12\nStatus: ny", false),
            ("Sak: 12\nKategori: Orakel\nStatus: ny", false),
            ("", false),
        ] {
            assert_eq!(wording.is_in(text, "HV"), known, "{text}");
        }
    }
}
