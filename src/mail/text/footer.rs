//! What organisations, lists and scanners put below every mail, told from what somebody wrote below a quotation.
//!
//! In doubt somebody wrote it: what is told as written is given back, what is told as a footer is lost.

use std::borrow::Cow;

use super::{Class, Line, lower, signature};

/// Fewer signs than this are a sentence of somebody's, whatever they are about.
const FOOTER_CHARS_MIN: usize = 60;
/// So much of a paragraph is looked at, in octets.
const BYTES_MAX: usize = 1000;

/// Words that nobody writes to anybody, lower-case.
#[rustfmt::skip]
const SURELY: &[&str] = &[
    "intended recipient", "disclaimer", "mailman/listinfo", "consider the environment",
    "think of the environment", "think before you print", "before printing this", "vurder miljøet", "tenk på miljøet",
    "tenk miljø", "miljøet før du", "tænk på miljøet", "miljøet, før du", "tänk på miljön", "miljön innan du",
    "an die umwelt", "umwelt, bevor", "umwelt bevor", 
];

/// What stands there without a verb, lower-case; in a sentence somebody says it.
#[rustfmt::skip]
const NAMED: &[&str] = &[
    "unsubscribe", "mailing list", "follow us on", "følg oss på", "følg os på", "följ oss på", "folgen sie uns", "org.nr", "org. nr",
    "organisasjonsnummer", "organisationsnummer", "foretaksregisteret", "handelsregister", "registered office",
];

/// Words of footers that somebody may use too, lower-case: about a mail, in a long sentence or with a link, they are one's.
#[rustfmt::skip]
const PERHAPS: &[&str] = &[
    "confidential", "confidentiel", "confidencial", "konfidensiel", "konfidentiel", "fortrolig", "vertraulich", "vertrouwelijk",
    "riservat", "poufn", "luottamuksell", "sekretess", "virus", "taushetsplikt", "teieplikt", "privileged", "beregnet på",
    "beregnet for", "beregnet til", "berekna på", "berekna for", "ment for", "meint for", "tiltænkt", "intended for", "intended only",
    "intended solely", "avsett för", "avsedd för", "bestimmt", "in error", "by mistake", "ved en feil", "ved ein feil", "ved feil",
    "feilsendt", "ved en fejl", "av misstag", "irrtümlich", "personvern", "personopplysning", "personuppgift", "personoplysning",
    "personal data", "privacy", "privatliv", "integritet", "dataskydd", "datenschutz", "gdpr", "meld deg av", "meld deg ut",
    "avmeld", "afmeld", "avregistrer", "avprenumerera", "abbestellen", "skriver ut", "skriv ut", "printer", "ausdrucken", "scanned",
    "skannet", "kontrollert", "eksterne avsender", "external sender",
];

/// Whatever is about mail, lower-case; and how links begin.
#[rustfmt::skip]
const ABOUT_MAIL: &[&str] = &[
    "mail", "e-post", "epost", "melding", "message", "meddel", "besked", "nachricht", "viesti", "mottaker", "mottakar", "recipient",
    "avsender", "avsendar", "http://", "https://", "www.",
];

/// How people close what they write, lower-case.
#[rustfmt::skip]
const CLOSINGS: &[&str] = &[
    "mvh", "m.v.h", "vh", "br", "hilsen", "med vennlig hilsen", "med venleg helsing", "helsing", "vennlig hilsen", "venleg helsing", "med vennlig", "med venleg", "beste hilsen",
    "beste helsing", "hälsningar", "med vänlig", "vänliga hälsningar", "venlig hilsen", "med venlig", "regards", "best regards",
    "kind regards", "with kind regards", "with best regards", "sincerely", "yours sincerely", "yours faithfully", "best wishes", "cheers",
    "mit freundlichen", "freundliche grüße", "viele grüße", "terveisin", "vennleg helsing", "med vennleg", "med beste", "beste hilsner",
    "hilsener", "hilsner",
];

/// Words of sentences that names and addresses do not hold, lower-case.
#[rustfmt::skip]
const SENTENCE_WORDS: &[&str] = &[
    "er", "har", "kan", "må", "skal", "vil", "ble", "blir", "var", "går", "gikk", "kommer", "kjem", "kom", "virker", "fungerer", "trenger",
    "treng", "sender", "ser", "tar", "tok", "dette", "du", "dere", "dykk", "jeg", "vi", "eg", "me", "ikke", "ikkje", "gjør", "gjer", "prøv",
    "får", "fikk", "bør", "bruk", "är", "ska", "måste", "vill", "jag", "inte", "ni", "blev", "fungerar", "is", "are", "was", "has", "have",
    "can", "must", "will", "should", "works", "it", "this", "that", "you", "we", "they", "not", "do", "does", "did", "try", "ist", "sind",
    "hat", "kann", "muss", "wird", "geht", "ich", "wir", "sie", "nicht",
];

/// Answers of a word, lower-case.
#[rustfmt::skip]
const ANSWERS: &[&str] = &[
    "ja", "jo", "joda", "nei", "nja", "neida", "ok", "okay", "greit", "takk", "stemmer", "nej", "tack", "tak", "yes", "no", "nope",
    "yep", "sure", "thanks", "nein", "danke",
];

/// Is something among these lines that somebody wrote, in no quote, nor in what follows every mail of theirs?
pub(super) fn is_worded(lines: &[Line<'_>]) -> bool {
    let behind = lines.iter().rposition(|line| line.class == Class::Quote).map_or(0, |last| last + 1);
    between(&lines[..behind]) || below(&lines[behind..])
}

/// Nobody but the writer puts words between quoted lines; but a client may have wrapped one of those.
fn between(lines: &[Line<'_>]) -> bool {
    const WRAPPED_CHARS_MIN: usize = 60;
    let rest_of = |above: &Line<'_>| {
        above.class == Class::Quote && above.bare.chars().count() >= WRAPPED_CHARS_MIN && !ends_sentence(above.bare)
    };
    let mut above: Option<&Line<'_>> = None;
    for line in lines {
        let wrapped = above.is_some_and(rest_of);
        let said = if wrapped { is_sentence(line.bare) } else { is_said(line.bare) };
        if line.class == Class::Own && said && !is_footer(line.bare) {
            return true;
        }
        above = Some(line);
    }
    false
}

/// Below all that is quoted stands a signature, a footer, or an answer.
fn below(lines: &[Line<'_>]) -> bool {
    if signature::is_only_signature(lines) {
        return false;
    }
    let end = lines.iter().position(|line| signature::is_mark(line.text)).unwrap_or(lines.len());
    lines[..end].split(|line| line.class == Class::Blank).any(|paragraph| {
        let text = paragraph.iter().map(|line| line.bare).collect::<Vec<_>>().join(" ");
        let said = || paragraph.iter().any(|line| is_said(line.bare));
        !is_footer(&text) && !is_closing(&text) && said()
    })
}

/// Does a paragraph stand below every mail of an organisation or of a list?
fn is_footer(paragraph: &str) -> bool {
    let text = lower(&paragraph[..paragraph.floor_char_boundary(BYTES_MAX)]);
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let long = || text.chars().count() >= FOOTER_CHARS_MIN;
    let says = || text.split(|c: char| !c.is_alphabetic()).any(|word| SENTENCE_WORDS.contains(&word));
    has(SURELY) || has(NAMED) && !says() || long() && !text.ends_with('?') && has(PERHAPS) && has(ABOUT_MAIL)
}

fn is_closing(paragraph: &str) -> bool {
    const CHARS_MAX: usize = 60;
    let text = lower(paragraph);
    let begins = |words: &str| text.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    text.chars().count() <= CHARS_MAX && CLOSINGS.iter().any(|words| begins(words)) && !ends_sentence(&text)
}

/// A line with the words of a closing and no others, or the mark of a signature: what follows stands below every mail.
pub fn is_closing_alone(line: &str) -> bool {
    let line = line.trim();
    signature::is_mark(line) || CLOSINGS.contains(&lower(line.trim_end_matches([',', '.', '!'])).as_ref())
}

/// Nothing but how somebody ends what they write: a closing or the writer's own name, and below it who and where they are.
pub fn is_only_closing(text: &str, name: &str) -> bool {
    const LINES_MAX: usize = 15;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let Some((first, rest)) = lines.split_first() else { return false };
    let closing = first.trim_end_matches(['.', '!', ',']);
    // With a comma it is somebody else who is greeted.
    let own = |name: &str| !name.is_empty() && lower(first) == lower(name);
    let begins = is_closing(closing) || own(name) || own(name.split_whitespace().next().unwrap_or_default());
    // Below the writer's own full name stand slogans and opening hours too; who writes on there asks, or adds.
    let named = rest.iter().position(|line| !name.is_empty() && lower(line) == lower(name)).unwrap_or(rest.len());
    let adds = |line: &str| lower(line).starts_with("ps") || line.ends_with('?');
    let said = |at: usize, line: &str| adds(line) || at < named && is_said(line) && !is_footer(line);
    let rest_says = rest.iter().enumerate().any(|(at, line)| said(at, line));
    lines.len() <= LINES_MAX && begins && !is_said(closing) && !rest_says
}

/// Is each line of a closing one that stands below every mail: a word or three, a way to reach somebody, a footer?
pub fn is_surely_closing(closing: &str) -> bool {
    const WORDS_MAX: usize = 3;
    const DIGITS_MIN: usize = 6;
    let digits = |line: &str| line.bytes().filter(u8::is_ascii_digit).count();
    closing.lines().all(|line| {
        let short = line.split_whitespace().count() <= WORDS_MAX;
        short || line.contains('@') || line.contains("www.") || digits(line) >= DIGITS_MIN || is_footer(line)
    })
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '?', '!'])
}

fn is_sentence(text: &str) -> bool {
    ends_sentence(text) && text.contains(' ')
}

/// A line without what stands in it in capitals, and is no word there: `IT-avdelingen`, `EG Norge`.
fn without_shorthand(line: &str) -> Cow<'_, str> {
    let is_capitals = |word: &str| word.len() > 1 && word.chars().all(char::is_uppercase);
    if line.chars().filter(|sign| sign.is_alphabetic()).all(char::is_uppercase) {
        return line.into();
    }
    let parts = line.split_inclusive(|sign: char| !sign.is_alphanumeric());
    parts
        .map(|part| if is_capitals(part.trim_end_matches(|sign: char| !sign.is_alphanumeric())) { "X " } else { part })
        .collect()
}

/// A sentence; or words that make one without its stop, or an answer of a word. Names and addresses are none.
fn is_said(text: &str) -> bool {
    const WORDS_MIN: usize = 3;
    if is_sentence(text) {
        return true;
    }
    let text = &text[..text.floor_char_boundary(BYTES_MAX)];
    let text = lower(&without_shorthand(text)).into_owned();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.clone().next().unwrap_or_default();
    let addressed = text.contains("://") || text.contains('@') || text.contains("www.");
    let makes_one = || words.clone().count() >= WORDS_MIN && words.clone().any(|word| SENTENCE_WORDS.contains(&word));
    !addressed && !text.ends_with(':') && (ANSWERS.contains(&first) || makes_one())
}
