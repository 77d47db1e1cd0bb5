//! Subjects: the reply prefixes of mailers and the names of lists.

/// Words that mailers put before a colon when they answer or pass on, lower-case.
#[rustfmt::skip]
const PREFIXES: &[&str] = &[
    "re", "sv", "vs", "aw", "antw", "antwort", "fwd", "fw", "wg", "vb", "vl", "tr", "rv", "rif", "res", "enc",
    "odp", "pd", "ynt", "ilt", "i̇lt", "fs", "doorst", "betr", "réf", "rép", "ref", "r", "i", "vá",
    "továbbítás", "atb", "ats", "přeposláno", "răsp", "απ", "πρθ", "отв", "ответ", "ha", "пересл", "回复", "答复",
    "回覆", "转发", "轉寄", "转寄", "返信", "転送", "회신", "전달", "השב", "הועבר", "رد", "إعادة توجيه", "trả lời",
    "chuyển tiếp", "antwoord", "svar", "vidarebefordrat", "weiterleitung", "doorgestuurd", "inoltra", "reenv",
    "responder", "encaminhar",
];
/// Longest prefix looked for, in signs.
const PREFIX_CHARS_MAX: usize = 20;
/// Longest name of a list in brackets, in octets.
const LIST_TAG_BYTES_MAX: usize = 60;

/// What becomes of `[names]` in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListTags {
    /// They stay, in front.
    Kept,
    /// They go, so that a copy through a list compares equal.
    Dropped,
}

/// The subject without the prefixes of answering and passing on, in many languages and any number; spaces collapsed.
pub fn base_subject(subject: &str, tags: ListTags) -> String {
    let mut kept = String::new();
    let mut rest = subject.trim_start();
    loop {
        if let Some(after) = without_prefix(rest) {
            rest = after.trim_start();
        } else if let Some((tag, after)) = list_tag(rest) {
            if tags == ListTags::Kept {
                kept.push_str(tag);
                kept.push(' ');
            }
            rest = after.trim_start();
        } else {
            break;
        }
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What follows `Re:`, `SV :`, `Re[2]:`, `回复：` …
fn without_prefix(text: &str) -> Option<&str> {
    let mut word = String::new();
    let mut signs = text.char_indices().take(PREFIX_CHARS_MAX).peekable();
    while let Some((_, sign)) = signs.next_if(|(_, c)| !matches!(c, ':' | '：' | '[' | '(' | '^' | '*')) {
        word.extend(sign.to_lowercase());
    }
    let (at, _) = signs.next()?;
    if !PREFIXES.contains(&word.trim_end()) {
        return None;
    }
    // Some mailers count: `Re[2]:`, `Re(3):`, `Re^4:`, `Re*5:`.
    let after =
        text[at..].trim_start_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '^' | '*') || c.is_ascii_digit());
    let after = after.trim_start_matches([' ', '\u{A0}']);
    after.strip_prefix(':').or_else(|| after.strip_prefix('：'))
}

/// A bracketed name in front of something else.
fn list_tag(text: &str) -> Option<(&str, &str)> {
    let end = text.strip_prefix('[')?.bytes().take(LIST_TAG_BYTES_MAX).position(|b| b == b']')? + 1;
    let (tag, after) = text.split_at(end + 1);
    (!after.trim().is_empty() && tag.len() > 2).then_some((tag, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prefixes_go_in_any_language() {
        for (subject, want) in [
            ("Re: Hei", "Hei"),
            ("SV: AW: Re[2]: VS: Antw: RE: Fwd: WG: VB: Hei  du", "Hei du"),
            ("回复：转发: 你好", "你好"),
            ("Ré : x", "Ré : x"),
            ("Re : x", "x"),
            ("RE(3): x", "x"),
            ("Ynt: x", "x"),
            ("Regarding: x", "Regarding: x"),
            ("Re:", ""),
            ("", ""),
        ] {
            assert_eq!(base_subject(subject, ListTags::Kept), want, "{subject}");
        }
        assert_eq!(base_subject("Re: [liste] SV: Hei", ListTags::Kept), "[liste] Hei");
        assert_eq!(base_subject("Re: [liste] SV: Hei", ListTags::Dropped), "Hei");
        assert_eq!(base_subject("[liste]", ListTags::Dropped), "[liste]");
    }

    proptest! {
        #[test]
        fn a_base_subject_is_its_own_base(subject in "\\PC{0,80}") {
            let base = base_subject(&subject, ListTags::Dropped);
            prop_assert_eq!(base_subject(&base, ListTags::Dropped), base);
        }
    }
}
