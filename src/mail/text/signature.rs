//! Signatures: behind their mark, in a container that a client made for them, or a telephone's one line.

use super::{Class, Line, Mark, bare, lower};

/// A signature has at most so many lines with words; behind more the mark is only a rule.
const LINES_MAX: usize = 15;

/// What telephones and apps put below every mail, lower-case: how it begins.
#[rustfmt::skip]
const SENT_FROM: &[&str] = &[
    "sent from my", "sent from outlook", "sent from mail for", "sent from yahoo", "sent from samsung",
    "sent from proton", "sent via", "sent with", "sent using", "get outlook for", "sendt fra min",
    "sendt fra mitt", "sendt fra outlook", "sendt fra e-post for", "sendt fra mail", "sendt frå",
    "sendt fra samsung", "sendt fra yahoo", "sendt fra iphone", "sendt fra ipad", "hent outlook for",
    "få outlook for", "last ned outlook", "skickat från", "hämta outlook", "lähetetty", "hanki outlook",
    "von meinem", "von mir gesendet", "gesendet von", "gesendet mit", "holen sie sich outlook", "outlook für",
    "verzonden vanaf", "verzonden met", "verstuurd vanaf", "verstuurd via", "outlook voor", "envoyé de mon",
    "envoyé depuis", "envoyé à partir", "obtenez outlook", "télécharger outlook", "enviado desde",
    "enviado do meu", "enviado de", "enviado a partir", "obtener outlook", "obter o outlook", "inviato da",
    "ottieni outlook", "scarica outlook", "wysłane z", "wysłano z", "pobierz outlook",
    "pobierz program outlook", "отправлено с", "iphone'umdan gönderildi", "iphone'dan gönderildi", "odesláno z",
    "iphoneから送信", "发自我的", "從我的",
];
/// And how it ends, where the language puts it there.
const SENT_FROM_ENDINGS: &[&str] = &[
    "iphone gesendet",
    "ipad gesendet",
    "handy gesendet",
    "smartphone gesendet",
    "から送信",
    "gönderildi",
    "iphonesta",
    "ipadista",
];

/// Takes the signature off the lines that are kept, unless nothing else would be left.
pub(super) fn trim(lines: &[Line<'_>], keep: &mut [bool]) {
    let kept: Vec<usize> = (0..lines.len()).filter(|at| keep[*at]).collect();
    let Some(start) = start(lines, &kept) else { return };
    let words_before = kept[..start].iter().any(|at| lines[*at].class != Class::Blank);
    if words_before {
        for at in &kept[start..] {
            keep[*at] = false;
        }
    }
}

/// Nothing but a signature?
pub(super) fn is_only_signature(lines: &[Line<'_>]) -> bool {
    let all: Vec<usize> = (0..lines.len()).collect();
    start(lines, &all).is_some_and(|start| lines[..start].iter().all(|line| line.class == Class::Blank))
}

/// Where among these lines the signature begins.
fn start(lines: &[Line<'_>], kept: &[usize]) -> Option<usize> {
    let mut found = None;
    let mut words = 0;
    for (place, at) in kept.iter().enumerate().rev() {
        let line = &lines[*at];
        if line.class == Class::Blank {
            continue;
        }
        if words > LINES_MAX || line.class == Class::Quote {
            break;
        }
        let nothing_below =
            found.map_or(words == 0, |found| found == place + 1 || blank_between(lines, &kept[place + 1..found]));
        if is_mark(line.text)
            || is_list_footer(lines, &kept[place..], words)
            || nothing_below && (line.mark == Mark::Signature || is_sent_from(line.text))
        {
            found = Some(place);
        }
        words += 1;
    }
    found
}

fn blank_between(lines: &[Line<'_>], places: &[usize]) -> bool {
    places.iter().all(|at| lines[*at].class == Class::Blank)
}

/// `-- ` (RFC 3676 §4.3); the space is often lost on the way.
fn is_mark(text: &str) -> bool {
    matches!(text.trim_end(), "--" | "—") && !text.starts_with(' ')
}

/// What list software puts below a mail: a rule, then the list's name and addresses.
fn is_list_footer(lines: &[Line<'_>], below: &[usize], words: usize) -> bool {
    const RULE_BYTES_MIN: usize = 30;
    const FOOTER_LINES_MAX: usize = 6;
    let rule = lines[below[0]].text.trim();
    if !(1..=FOOTER_LINES_MAX).contains(&words) || rule.len() < RULE_BYTES_MIN || !rule.bytes().all(|b| b == b'_') {
        return false;
    }
    below[1..].iter().any(|at| lines[*at].text.contains("://"))
        && below[1..].iter().any(|at| lines[*at].text.contains("list"))
}

fn is_sent_from(text: &str) -> bool {
    const BYTES_MAX: usize = 160;
    let text = bare(text).trim_matches(['-', '_', '[', ']', '(', ')', '<', '~', '.', '\u{A0}', ' ']);
    if text.is_empty() || text.len() > BYTES_MAX {
        return false;
    }
    let text = lower(text);
    SENT_FROM.iter().any(|head| text.starts_with(head)) && text.split_whitespace().count() <= 12
        || SENT_FROM_ENDINGS.iter().any(|tail| text.ends_with(tail)) && text.split_whitespace().count() <= 6
}
