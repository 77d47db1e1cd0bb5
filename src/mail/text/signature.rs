//! Signatures: behind their mark, in a container that a client made for them, or a telephone's one line.

use super::{Class, Line, Mark, lower};

/// A signature has at most so many lines with words; behind more the mark is only a rule.
const LINES_MAX: usize = 15;

/// What telephones and apps put below every mail, lower-case: how it begins.
#[rustfmt::skip]
const SENT_FROM: &[&str] = &[
    "sent from my", "sent from outlook", "sent from mail for", "sent from yahoo", "sent from samsung",
    "sent from proton", "sent from gmail", "sent from a mobile", "sent from a phone", "get bluemail", "download outlook", "sent from mobile", "sent from windows mail", "sent by galaxy", "from my iphone",
    "from my ipad", "diese nachricht wurde von meinem", "sendt fra en mobil", "sendt fra mobil", "sendt fra telefon",
    "skrevet på mobil", "sent via", "sent with", "sent using", "get outlook for", "sendt fra min",
    "sendt fra mitt", "sendt fra outlook", "sendt fra e-post for", "sendt fra mail", "sendt frå",
    "sendt fra samsung", "sendt fra proton", "sendt fra gmail", "hent outlook til", "sendt fra yahoo", "sendt fra iphone", "sendt fra ipad", "sendt med proton", "skickat med proton", "sendt via", "hent outlook for",
    "få outlook for", "last ned outlook", "skickat från", "hämta outlook", "lähetetty", "hanki outlook",
    "von meinem", "von mir gesendet", "gesendet von", "gesendet mit", "holen sie sich outlook", "outlook für",
    "verzonden vanaf", "verzonden met", "verstuurd vanaf", "verstuurd via", "outlook voor", "envoyé de mon",
    "envoyé depuis", "envoyé à partir", "obtenez outlook", "télécharger outlook", "enviado desde",
    "enviado do meu", "enviado de", "enviado a partir", "obtener outlook", "obter o outlook", "inviato da",
    "ottieni outlook", "scarica outlook", "wysłane z", "wysłano z", "pobierz outlook",
    "pobierz program outlook", "pobierz aplikację outlook", "отправлено с", "iphone'umdan gönderildi", "iphone'dan gönderildi", "odesláno z",
    "iphoneから送信", "发自我的", "從我的",
];
/// Those of them that people begin sentences with.
const OPEN: &[&str] = &[
    "sent via",
    "sent with",
    "sent using",
    "sendt via",
    "sendt frå",
    "download outlook",
    "hent outlook til",
    "last ned outlook",
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

/// Takes the signature off the lines that are kept, unless nothing else would be left. Is that so?
pub(super) fn trim(lines: &[Line<'_>], keep: &mut [bool]) -> bool {
    // Only the last lines are looked at: nothing above them can be a signature.
    let mut words = 0;
    let mut kept: Vec<usize> = Vec::new();
    for at in (0..lines.len()).rev().filter(|at| keep[*at]) {
        words += usize::from(lines[at].class != Class::Blank);
        if words > LINES_MAX + 2 {
            break;
        }
        kept.push(at);
    }
    kept.reverse();
    let Some(start) = start(lines, &kept) else { return false };
    let words_before = words > LINES_MAX + 2 || kept[..start].iter().any(|at| lines[*at].class != Class::Blank);
    if words_before {
        kept[start..].iter().for_each(|at| keep[*at] = false);
    }
    !words_before
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
        let below = &kept[place..];
        if is_mark(line.text)
            || is_list_footer(lines, below, words)
            || nothing_below && (line.mark == Mark::Signature || is_sent_from(line.bare) || is_advert(line.bare))
            || opens_block(lines, &kept[..found.unwrap_or(kept.len())], place)
        {
            found = Some(place);
        }
        words += 1;
    }
    found
}

/// Does a signature without a mark begin here? A name behind a dash on a line of its own, or nothing but who and where
/// somebody is. It has to be a paragraph of its own.
fn opens_block(lines: &[Line<'_>], kept: &[usize], place: usize) -> bool {
    let Some(above) = place.checked_sub(1).map(|above| &lines[kept[above]]) else { return false };
    if above.class != Class::Blank {
        return false;
    }
    let announced = kept[..place].iter().rev().find(|at| lines[**at].class != Class::Blank);
    if announced.is_none_or(|at| lines[*at].colon) {
        return false;
    }
    let below: Vec<&Line<'_>> =
        kept[place..].iter().map(|at| &lines[*at]).filter(|l| l.class != Class::Blank).collect();
    let text = below[0].bare;
    match below.len() {
        1 => is_signed_name(lines[kept[place]].text),
        _ if is_short_rule(text) => is_card(&below[1..], 2),
        _ => {
            is_name(text)
                && is_card(&below[1..], 3)
                && below.len() <= 6
                && below[1..].iter().all(|l| reaches(l.bare) > 0)
        }
    }
}

/// `-Ola`, `/Ola Nordmann`, `~ Ola`
fn is_signed_name(text: &str) -> bool {
    let text = text.trim();
    let name = text.strip_prefix("//").or_else(|| text.strip_prefix(['-', '/', '~', '–', '—']));
    let close = |name: &str| !name.starts_with(' ') || text.starts_with(['/', '~']);
    name.is_some_and(|name| close(name) && is_name(name.trim()))
}

/// One to three words that begin with a capital and hold nothing but letters.
fn is_name(text: &str) -> bool {
    const CHARS_MAX: usize = 40;
    const WORDS_MAX: usize = 3;
    let mut words = 0;
    let each = text.split_whitespace().all(|word| {
        words += 1;
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\''))
    });
    each && (1..=WORDS_MAX).contains(&words) && text.chars().count() <= CHARS_MAX
}

/// A few short lines without a sentence, at least so many ways to reach somebody among them.
fn is_card(lines: &[&Line<'_>], ways_min: u32) -> bool {
    const CHARS_MAX: usize = 80;
    const CARD_LINES_MAX: usize = 10;
    const WORDS_MAX: usize = 3;
    let short = |line: &&&Line<'_>| {
        let text = line.bare;
        let sentence = text.ends_with('.') && text.split_whitespace().count() > WORDS_MAX;
        text.chars().count() <= CHARS_MAX && !sentence && !text.ends_with(['?', '!', ':', ';', ','])
    };
    let all = lines.iter().map(|line| reaches(line.bare)).fold(0, |all, kind| all | kind);
    lines.len() <= CARD_LINES_MAX && lines.iter().filter(short).count() == lines.len() && all.count_ones() >= ways_min
}

/// A bit for each way to reach somebody that a line names: page, address, telephone.
fn reaches(text: &str) -> u32 {
    const DIGITS_MIN: usize = 7;
    const LETTERS_MAX: usize = 12;
    let page = text.contains("://") || lower(text).starts_with("www.");
    let address = text.contains('@') && text.split_whitespace().count() <= 3;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let telephone = digits >= DIGITS_MIN && letters <= LETTERS_MAX;
    u32::from(page) | u32::from(address) << 1 | u32::from(telephone) << 2
}

/// A rule of three signs or more, as people draw it above their name.
fn is_short_rule(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 3 && matches!(bytes[0], b'-' | b'_' | b'=' | b'~') && bytes.iter().all(|b| *b == bytes[0])
}

/// What a virus scanner puts below a mail: how the line begins, lower-case.
#[rustfmt::skip]
const ADVERTS: &[&str] = &[
    "virus-free", "virusfri", "virenfrei", "virusvrij", "libre de virus", "garanti sans virus", "privo di virus", "wolny od wirusów",
    "this email has been checked for viruses", "this e-mail has been checked for viruses", "this email is free from viruses",
    "this message has been scanned for viruses", "denne e-posten er sjekket for virus", "denne e-posten er kontrollert for virus",
    "denne e-mail er blevet kontrolleret for virus", "den här e-posten har kontrollerats", "diese e-mail wurde von avast",
    "l'absence de virus dans ce courrier", "el software de antivirus avast", "questa e-mail è stata controllata per individuare virus",
];

fn is_advert(text: &str) -> bool {
    const BYTES_MAX: usize = 200;
    let text = &text[..text.floor_char_boundary(BYTES_MAX)];
    text.starts_with(char::is_alphabetic) && {
        let text = lower(text);
        ADVERTS.iter().any(|advert| text.starts_with(advert))
    }
}

/// Words of what companies and lists put below every mail, lower-case.
#[rustfmt::skip]
const FOOTER_WORDS: &[&str] = &[
    "confidential", "confidentiel", "confidencial", "konfidensiel", "konfidentiel", "fortrolig", "vertraulich", "vertrouwelijk",
    "riservat", "poufn", "luottamuksell", "sekretess", "intended recipient", "disclaimer", "virus", "unsubscribe", "mailing list",
    "mailman/listinfo",
];

/// A line of what a company or a list puts below every mail?
pub(super) fn is_footer(line: &Line<'_>) -> bool {
    const BYTES_MAX: usize = 1000;
    let text = lower(&line.bare[..line.bare.floor_char_boundary(BYTES_MAX)]);
    FOOTER_WORDS.iter().any(|word| text.contains(word))
}

fn blank_between(lines: &[Line<'_>], places: &[usize]) -> bool {
    places.iter().all(|at| lines[*at].class == Class::Blank)
}

/// `-- ` (RFC 3676 §4.3); the space is often lost on the way.
pub(super) fn is_mark(text: &str) -> bool {
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
    let text = text.trim_matches(['-', '_', '[', ']', '(', ')', '<', '>', '~', '.', '\u{A0}', ' ']);
    if text.is_empty() || text.len() > BYTES_MAX {
        return false;
    }
    if text.split_once(", ").is_some_and(|(place, _)| !names_device(place)) {
        return false;
    }
    // Post and parcels are sent, too.
    let named = names_device(text);
    let text = lower(text);
    if OPEN.iter().any(|head| text.starts_with(head)) && !named {
        return false;
    }
    SENT_FROM.iter().any(|head| text.starts_with(head)) && text.split_whitespace().count() <= 12
        || SENT_FROM_ENDINGS.iter().any(|tail| text.ends_with(tail)) && text.split_whitespace().count() <= 6
}

/// Does it end with a device? `Sent from my iPhone, sorry for the typos`, but not `Sent from my desk, it is easier`.
fn names_device(place: &str) -> bool {
    const DEVICES: &[&str] = &["mobile", "phone", "device", "tablet", "smartphone", "mobil", "telefon", "handy"];
    place
        .split_whitespace()
        .next_back()
        .is_some_and(|word| DEVICES.contains(&word) || word.chars().any(|c| c.is_uppercase() || c.is_ascii_digit()))
}
