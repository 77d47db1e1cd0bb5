//! What to read where nothing is declared, or something that cannot be true.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::{decode, windows_1252};

/// Valid sequences that make UTF-8 sure where a set of single octets was declared, whose letters do not fall like that.
const SEQUENCES_MIN: usize = 2;
/// The same where two octets make a letter, so that they sometimes do.
const SEQUENCES_WIDE_MIN: usize = 6;

/// Is this UTF-8, although something else is declared? By chance only few octets are.
pub(super) fn is_surely_utf_8(octets: &[u8], declared: &str) -> bool {
    let wide =
        ["gb", "big5", "euc", "ks", "shiftjis", "xsjis", "sjis", "cp9", "ms9", "uhc", "tis", "windows874", "utf"];
    let Ok(text) = std::str::from_utf8(octets) else { return false };
    let least = if wide.iter().any(|head| declared.starts_with(head)) { SEQUENCES_WIDE_MIN } else { SEQUENCES_MIN };
    text.chars().filter(|sign| !sign.is_ascii()).take(least).count() == least
}

/// Reads octets that are not UTF-8, or only in part; by `other` where nothing speaks for UTF-8.
pub(super) fn read(octets: &[u8], other: fn(&[u8]) -> String) -> String {
    let (mut good, mut bad, mut latin) = (0usize, 0usize, true);
    for chunk in octets.utf8_chunks() {
        for sign in chunk.valid().chars().filter(|sign| !sign.is_ascii()) {
            good += 1;
            latin &= matches!(sign, '\u{A0}'..='\u{24F}' | '\u{2000}'..='\u{20CF}');
        }
        bad += usize::from(!chunk.invalid().is_empty());
    }
    match () {
        // One letter by chance: the octets around it say what they all are.
        () if bad > 4 * good => other(octets),
        () if latin => mixed(octets),
        () if good >= bad => String::from_utf8_lossy(octets).into_owned(),
        () => other(octets),
    }
}

/// UTF-8 into which somebody put octets of Windows-1252: each is read as what it is. What can only be a piece of a
/// letter is not.
fn mixed(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut read = 0;
    for chunk in octets.utf8_chunks() {
        out.push_str(chunk.valid());
        read += chunk.valid().len() + chunk.invalid().len();
        match chunk.invalid() {
            [] => {}
            [octet @ (0x8A | 0x8C | 0x8E | 0x9A | 0x9C | 0x9E | 0x9F | 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0xFF)]
                if read < octets.len() || *octet >= 0xF8 =>
            {
                out.push_str(&windows_1252(&[*octet]));
            }
            _ => out.push('\u{FFFD}'),
        }
    }
    out
}

/// By the frequency of letters, but only where there is no doubt that the script is not Latin: most letters are not
/// ASCII. In every Latin language most are.
pub(super) fn by_looks(octets: &[u8]) -> String {
    const BYTES_MAX: usize = 16 * 1024;
    const HIGH_MIN: usize = 8;
    let sample = &octets[..octets.len().min(BYTES_MAX)];
    let high = sample.iter().filter(|b| **b >= 0x80).count();
    let ascii = sample.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if high < HIGH_MIN || high <= ascii {
        return windows_1252(octets);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let name = detector.guess(None, Utf8Detection::Deny).name();
    decode(octets, name).unwrap_or_else(|| windows_1252(octets))
}

/// UTF-8 that was taken for Windows-1252 and made UTF-8 once more: `blÃ¥bÃ¦r`. Undone only when it is certain: every
/// sign that is not ASCII is part of it, they are several, and what comes out is words.
pub(super) fn undo_double(text: String) -> String {
    match doubled(&text) {
        Some(plain) => plain,
        None => text,
    }
}

fn doubled(text: &str) -> Option<String> {
    const LETTERS_MIN: usize = 3;
    let mut signs = text.chars().skip_while(char::is_ascii);
    // Nearly every text is done with here.
    let (first, second) = (octet(signs.next()?)?, octet(signs.next()?)?);
    if !(0xC2..=0xF4).contains(&first) || !(0x80..=0xBF).contains(&second) {
        return None;
    }
    let octets: Vec<u8> = text.chars().map(octet).collect::<Option<_>>()?;
    let plain = String::from_utf8(octets).ok()?;
    let mut letters: Vec<char> = plain.chars().filter(|sign| !sign.is_ascii()).collect();
    let words = letters
        .iter()
        .all(|sign| sign.is_alphabetic() || matches!(sign, '\u{A0}'..='\u{BF}' | '\u{2010}'..='\u{20AC}'));
    let count = letters.len();
    letters.sort_unstable();
    letters.dedup();
    (words && count >= LETTERS_MIN && letters.len() >= 2).then_some(plain)
}

/// What Windows-1252 has at 0x80 to 0x9F; where it has nothing, the control that most programs put there.
const WINDOWS_SIGNS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// The octet of Windows-1252 that this sign is.
fn octet(sign: char) -> Option<u8> {
    match u8::try_from(sign) {
        Ok(octet) if !(0x80..0xA0).contains(&octet) => Some(octet),
        _ => WINDOWS_SIGNS.iter().position(|c| *c == sign).and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}
