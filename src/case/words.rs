//! Words as they are looked for: lower case, without accents, `æ ø å` and how they are typed without them the same.

/// Shortest and longest word that is looked for, in characters; of a longer one only so much counts.
const CHARS_MIN: usize = 2;
const CHARS_MAX: usize = 30;

/// The words of a text, in order, as they are compared.
///
/// Shape:  letters and digits only; a word of one character is none.       Errors: none, total; linear in the text.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let is_part = |c: char| c.is_alphanumeric() || is_mark(c);
    text.split(move |c| !is_part(c)).map(folded).filter(|word| word.chars().count() >= CHARS_MIN)
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

fn folded(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 4);
    for c in word.chars().take(CHARS_MAX) {
        match c {
            // Letters that are taken apart: a and a ring, o or a and two dots. Other marks are left out.
            '\u{30A}' if out.ends_with('a') => out.push('a'),
            '\u{308}' if out.ends_with(['a', 'o']) => out.push('e'),
            c if is_mark(c) => {}
            c => c.to_lowercase().for_each(|c| fold(c, &mut out)),
        }
    }
    out
}

fn fold(c: char, out: &mut String) {
    let plain = match c {
        'å' => "aa",
        'æ' | 'ä' => "ae",
        'ø' | 'ö' | 'œ' => "oe",
        'á' | 'à' | 'â' | 'ã' | 'ą' | 'ā' | 'ă' => "a",
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' => "e",
        'í' | 'ì' | 'î' | 'ï' | 'ī' => "i",
        'ó' | 'ò' | 'ô' | 'õ' | 'ő' | 'ō' => "o",
        'ú' | 'ù' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'ç' | 'ć' | 'č' => "c",
        'ñ' | 'ń' | 'ň' => "n",
        'ś' | 'š' | 'ș' | 'ş' => "s",
        'ź' | 'ż' | 'ž' => "z",
        'ł' => "l",
        'ř' => "r",
        'ť' | 'ț' => "t",
        'ď' | 'đ' | 'ð' => "d",
        'ŋ' => "ng",
        'þ' => "th",
        'ß' => "ss",
        c => {
            return if c.is_alphanumeric() {
                out.push(c)
            };
        }
    };
    out.push_str(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_meet_however_they_are_typed() {
        let table: [(&str, &[&str]); 8] = [
            ("Skriveren virker ikke!", &["skriveren", "virker", "ikke"]),
            ("LØST, løst, loest", &["loest", "loest", "loest"]),
            ("Kåre Kaare Ka\u{30A}re", &["kaare", "kaare", "kaare"]),
            ("Ærfugl, Müller, Malmö", &["aerfugl", "muller", "malmoe"]),
            ("kari.nordmann@post.example", &["kari", "nordmann", "post", "example"]),
            ("+47 22 22 22 22", &["47", "22", "22", "22", "22"]),
            ("i a - ø 7", &["oe"]),
            ("Bjørk-Ödegård", &["bjoerk", "oedegaard"]),
        ];
        for (text, want) in table {
            assert_eq!(words(text).collect::<Vec<_>>(), want, "{text}");
        }
        assert_eq!(words(&"a".repeat(5000)).map(|word| word.len()).collect::<Vec<_>>(), [CHARS_MAX]);
    }
}
