//! Warnings that a gateway puts above mail from outside: `[EKSTERN] Vær forsiktig med lenker …`.
//!
//! A banner is whole lines of known wording at the very top, and something stands below it. What is not surely one stays.

use super::{Class, Line, lower};

/// So many paragraphs, of so many lines and octets each, are looked at.
const PARAGRAPHS_MAX: usize = 3;
const LINES_MAX: usize = 8;
const BYTES_MAX: usize = 900;

/// What stands alone in brackets, or before a colon, and says that a mail is from outside; lower-case.
#[rustfmt::skip]
const OUTSIDE_LABELS: &[&str] = &[
    "ekstern", "ekstern e-post", "ekstern epost", "ekstern avsender", "ekstern avsendar", "ekstern melding", "ekstern mail",
    "ekstern e-mail", "external", "external email", "external e-mail", "external mail", "external message", "external sender", "ext",
    "extern", "extern e-post", "extern avsändare", "extern mail", "externe e-mail", "externe mail", "externer absender",
];

/// What may stand before a colon above any warning, lower-case.
#[rustfmt::skip]
const WARNING_LABELS: &[&str] = &[
    "caution", "warning", "attention", "alert", "notice", "important", "security notice", "security warning", "advarsel", "åtvaring",
    "forsiktig", "obs", "merk", "viktig", "varsel", "sikkerhetsvarsel", "vær forsiktig", "varning", "observera", "viktigt", "bemærk",
    "vigtigt", "achtung", "vorsicht", "warnung", "hinweis",
];

/// How warnings about a sender begin who seldom writes, lower-case (Microsoft 365).
#[rustfmt::skip]
const SELDOM: &[&str] = &[
    "you don't often get email from", "you don’t often get email from", "some people who received this message don't often get email from",
    "some people who received this message don’t often get email from", "du får ikke ofte e-post fra", "du mottar ikke ofte e-post fra",
    "du får ikkje ofte e-post frå", "noen som mottok denne meldingen, får ikke ofte e-post fra",
    "noen som mottok denne meldingen får ikke ofte e-post fra", "noen som mottar denne meldingen, får ikke ofte e-post fra",
    "nokon som fekk denne meldinga, får ikkje ofte e-post frå", "du får inte ofta e-post från", "du får ikke ofte mail fra", "du får ikke ofte mails fra",
    "du modtager ikke ofte mails fra", "sie erhalten nicht häufig e-mails von", "sie erhalten nicht oft e-mails von",
    "sie erhalten nicht oft eine e-mail von",
];

/// This mail, lower-case; and that it is from outside.
#[rustfmt::skip]
const THIS: &[&str] = &[
    "this email", "this e-mail", "this message", "this mail", "denne e-posten", "denne eposten", "denne meldingen", "denne meldinga",
    "denne e-mail", "denne mail", "denne besked", "denne meddelelse", "detta e-post", "detta mejl", "detta mail", "detta meddelande",
    "e-posten kommer fra", "e-posten er sendt fra", "eposten kommer fra", "eposten er sendt fra", "meldingen kommer fra",
    "meldingen er sendt fra", "e-posten kjem frå", "e-posten er send frå", "det här meddelandet", "den här e-posten", "denna e-post", "diese e-mail", "diese mail", "diese nachricht",
];
#[rustfmt::skip]
const OUTSIDE: &[&str] = &[
    "outside", "external", "utenfor", "utanfor", "utanför", "ekstern", "extern", "uden for", "udenfor", "außerhalb", "utenfra", "utanfrå",
];
/// All the words of a sentence that says who is outside, and nothing else.
#[rustfmt::skip]
const SENDER_WORDS: &[&str] = &[
    "denne", "e", "posten", "eposten", "meldingen", "meldinga", "mail", "kommer", "kom", "kjem", "er", "blei", "ble", "sendt", "send",
    "fra", "frå", "en", "ein", "ekstern", "avsender", "avsendar", "kilde", "kjelde", "this", "email", "message", "comes", "came", "is",
    "was", "sent", "from", "an", "external", "sender", "source", "originated",
];
const SENDERS: &[&str] = &["avsender", "avsendar", "kilde", "kjelde", "sender", "source"];
/// And outside of what, where no label stands before it.
const OF_THE_HOUSE: &[&str] =
    &["organi", "virksomhet", "verksemd", "företag", "firma", "company", "unternehm", "universit"];

/// What else such a warning says, lower-case.
#[rustfmt::skip]
const ADVICE: &[&str] = &[
    "not click", "n't click", "n’t click", "ikke klikk", "ikkje klikk", "klik ikke", "ikke klik", "inte klicka", "klicka inte",
    "klicken sie nicht", "klicken sie nur", "clicking", "open attachment", "opening attachment", "åpne vedlegg", "åpner vedlegg",
    "opne vedlegg", "opnar vedlegg", "åbne vedhæft", "öppna bilagor", "öppna inte", "links or", "lenker eller", "lenker og",
    "lenkjer eller", "lenkjer og", "länkar eller", "länkar och", "links und", "links oder", "links eller", "be careful",
    "use caution", "exercise caution", "be cautious", "caution when", "vær forsiktig", "ver forsiktig", "vær varsom",
    "var försiktig", "vær opmærksom", "seien sie vorsichtig", "recognize the sender", "recognise the sender", "know the sender",
    "kjenner avsender", "kjenner igjen avsender", "kjenner du avsender", "stoler på avsender", "kjenner avsendar",
    "kjenner du avsendar", "känner avsändaren", "känner igjen avsändaren", "kender afsender", "den absender kennen",
    "learn why this is important", "hvorfor dette er viktig", "kvifor dette er viktig", "varför det här är viktigt",
    "hvorfor dette er vigtigt", "warum dies wichtig ist",
];

/// Takes a banner off the top of the lines that are kept.
pub(super) fn trim(lines: &[Line<'_>], keep: &mut [bool]) {
    for _ in 0..PARAGRAPHS_MAX {
        let worded = |at: &usize| keep[*at] && lines[*at].class == Class::Own;
        let mut kept = (0..lines.len()).filter(|at| keep[*at] && lines[*at].class != Class::Blank);
        let Some(first) = kept.next().filter(worded) else { return };
        let Some(length) = length(&lines[first..]) else { return };
        let below = first + length;
        if !(below..lines.len()).any(|at| worded(&at)) {
            return;
        }
        keep[first..below].fill(false);
    }
}

/// How many of these lines, from the first on, are a banner.
fn length(lines: &[Line<'_>]) -> Option<usize> {
    if !may_begin(lines.first()?.bare) {
        return None;
    }
    let paragraph = lines.iter().take_while(|line| line.class == Class::Own).take(LINES_MAX).count();
    (1..=paragraph).rev().find(|length| is_banner(&lines[..*length]))
}

/// Is the rest worth reading? Nearly all mails begin otherwise.
fn may_begin(line: &str) -> bool {
    let line = lower(undecorated(&line[..line.floor_char_boundary(BYTES_MAX)])).into_owned();
    let begins = |list: &[&str]| list.iter().any(|words| line.starts_with(words));
    begins(OUTSIDE_LABELS) || begins(WARNING_LABELS) || begins(SELDOM) || begins(THIS)
}

/// Without the signs that are put around a warning.
fn undecorated(text: &str) -> &str {
    text.trim_start_matches(|c: char| !c.is_alphanumeric())
}

/// What a warning begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    None,
    Warning,
    Outside,
}

fn is_banner(lines: &[Line<'_>]) -> bool {
    let text = lines.iter().map(|line| line.bare).collect::<Vec<_>>().join("\n");
    if text.len() > BYTES_MAX {
        return false;
    }
    let text = lower(undecorated(&text)).into_owned();
    let (label, rest) = labelled(&text);
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences: Vec<&str> = sentences(&rest).filter(|sentence| sentence.contains(char::is_alphanumeric)).collect();
    let known = sentences.iter().all(|sentence| tells_of_outside(sentence) || is_advice(sentence));
    // Warnings do not ask.
    known
        && !rest.split(' ').any(|word| word.ends_with('?'))
        && match label {
            Label::Outside => !sentences.is_empty() || lines.len() == 1 && lines[0].bare.starts_with(['[', '(', '<']),
            Label::Warning if sentences.iter().all(|sentence| names_sender(sentence)) => !sentences.is_empty(),
            Label::Warning => {
                sentences.iter().any(|sentence| tells_of_outside(sentence))
                    && sentences.iter().any(|sentence| is_advice(sentence))
            }
            Label::None => sentences.first().is_some_and(|first| {
                is_seldom(first)
                    || THIS.iter().any(|words| first.starts_with(words))
                        && (names_sender(first) || OF_THE_HOUSE.iter().any(|words| first.contains(words)))
                        && tells_of_outside(first)
                        && sentences.len() > 1
            }),
        }
}

/// The labels at the beginning, the strongest of them, and what follows.
fn labelled(text: &str) -> (Label, &str) {
    const LABELS_MAX: usize = 3;
    const ENDS: &[char] = &[':', ']', ')', '>', '!', '\n', '–', '-', '|'];
    let (mut found, mut rest) = (Label::None, text);
    for _ in 0..LABELS_MAX {
        let bare = undecorated(rest);
        let after = |list: &[&str]| {
            list.iter().find_map(|words| {
                let after = bare.strip_prefix(words)?.trim_start_matches(' ');
                (after.is_empty() || after.starts_with(ENDS)).then_some(after)
            })
        };
        (found, rest) = match (after(OUTSIDE_LABELS), after(WARNING_LABELS)) {
            (Some(after), _) => (Label::Outside, after),
            (None, Some(after)) if found == Label::None => (Label::Warning, after),
            (None, Some(after)) => (found, after),
            (None, None) => break,
        };
    }
    (found, rest)
}

/// Text between stops; a stop within an address or a link is none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(". ").flat_map(|part| part.split("! ")).map(str::trim)
}

/// Names whoever seldom writes.
fn is_seldom(sentence: &str) -> bool {
    SELDOM.iter().any(|words| sentence.starts_with(words)) && sentence.contains('@')
}

fn tells_of_outside(sentence: &str) -> bool {
    let has = |list: &[&str]| list.iter().any(|words| sentence.contains(words));
    is_seldom(sentence) || has(THIS) && has(OUTSIDE)
}

/// Says that the mail is from an external sender, and nothing else: who reports such a mail says more.
fn names_sender(sentence: &str) -> bool {
    let mut words = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    tells_of_outside(sentence)
        && words.clone().all(|word| SENDER_WORDS.contains(&word))
        && words.any(|word| SENDERS.contains(&word))
}

fn is_advice(sentence: &str) -> bool {
    const CHARS_MAX: usize = 250;
    let link = |word: &str| word.trim_matches(['<', '>', '(', ')', '[', ']']).starts_with("http");
    sentence.split(' ').all(link)
        || sentence.chars().count() <= CHARS_MAX && ADVICE.iter().any(|words| sentence.contains(words))
}
