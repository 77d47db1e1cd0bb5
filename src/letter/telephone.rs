//! Telephone numbers, written as people of a language write them.

use crate::directory::model::Language;

/// A number for readers of this language: Norwegian ones in groups, mobiles as 3-2-3, others in pairs; in English, and
/// from elsewhere, with the country. What cannot be read as a number stays as it was written.
pub fn telephone(number: &str, language: Language) -> String {
    let digits: String = number.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect();
    let international = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00"));
    let norwegian = international.map_or(Some(digits.as_str()), |rest| rest.strip_prefix("47"));
    match (norwegian.filter(|national| is_whole(national)), international) {
        (Some(national), _) => {
            let country = if language == Language::En { "+47 " } else { "" };
            format!("{country}{}", grouped(national))
        }
        (None, Some(rest)) if rest.bytes().all(|octet| octet.is_ascii_digit()) && number.starts_with("00") => {
            format!("+{rest}")
        }
        _ => number.trim().to_owned(),
    }
}

/// The Norwegian plan knows numbers of eight digits; those of twelve are for machines, those of five keep their form.
fn is_whole(national: &str) -> bool {
    national.len() == 8 && national.bytes().all(|octet| octet.is_ascii_digit()) && !national.starts_with('0')
}

fn grouped(national: &str) -> String {
    let groups: &[usize] = if national.starts_with(['4', '9', '8']) { &[3, 2, 3] } else { &[2, 2, 2, 2] };
    let mut rest = national;
    let parts = groups.iter().map(|length| {
        let (part, after) = rest.split_at(*length);
        rest = after;
        part
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_readers_write_them() {
        let table = [
            ("22 22 22 22", "22 22 22 22", "+47 22 22 22 22"),
            ("22222222", "22 22 22 22", "+47 22 22 22 22"),
            ("+4722222222", "22 22 22 22", "+47 22 22 22 22"),
            ("0047 22-22-22-22", "22 22 22 22", "+47 22 22 22 22"),
            ("(+47) 912.34.567", "912 34 567", "+47 912 34 567"),
            ("40000000", "400 00 000", "+47 400 00 000"),
            ("800 80 000", "800 80 000", "+47 800 80 000"),
            ("+46 8 123 456 78", "+46 8 123 456 78", "+46 8 123 456 78"),
            ("0046812345678", "+46812345678", "+46812345678"),
            ("02800", "02800", "02800"),
            ("110", "110", "110"),
            ("00000000", "+000000", "+000000"),
            ("+47 1234", "+47 1234", "+47 1234"),
            ("", "", ""),
            ("+", "+", "+"),
            ("ring meg", "ring meg", "ring meg"),
        ];
        for (written, norwegian, english) in table {
            for (language, want) in [(Language::Nb, norwegian), (Language::Nn, norwegian), (Language::En, english)] {
                assert_eq!(telephone(written, language), want, "{written:?} {language}");
            }
        }
    }
}
