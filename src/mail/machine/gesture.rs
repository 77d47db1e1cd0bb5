//! What a mail program says for its writer in place of words: a thumb up, a wish to have a mail back, yes to a meeting.
//!
//! Somebody pressed a button: that answers nothing, and asks nothing. Where words of the writer's own stand beside it, it
//! is a mail like any other.

use super::{Context, Found, content_of, found};
use crate::mail::calendar;
use crate::mail::text::lower;
use crate::mail::{Gesture, Kind, Mail};

/// Longest text that may be nothing but a gesture, in octets: it may hold a subject, or the beginning of another mail.
const TEXT_BYTES_MAX: usize = 800;

/// The gesture that this mail is, and what says so. Its kind is known already.
pub(super) fn of(mail: &Mail) -> Option<Gesture> {
    match mail.kind {
        Kind::Loop | Kind::Bounce | Kind::Feedback | Kind::Spam | Kind::Voicemail => None,
        Kind::Calendar => answers_invitation(mail).then_some(Gesture::CalendarAnswer),
        Kind::Person | Kind::AutoReply | Kind::List | Kind::Bulk | Kind::Receipt => match () {
            () if recall(mail).is_some() => Some(Gesture::Recall),
            () if reaction(mail).is_some() => Some(Gesture::Reaction),
            () => None,
        },
    }
}

/// A reaction says no more than that somebody has seen the mail, and how they liked it; a recall is a program's mail
/// about another mail.
pub(super) fn kind(mail: &Mail, _: &Context<'_>) -> Found {
    if let Some(signal) = recall(mail) {
        return found(Kind::AutoReply, signal);
    }
    reaction(mail).and_then(|signal| found(Kind::Receipt, signal))
}

/// Signs that words may be set in.
const QUOTES: &[char] = &['"', '“', '”', '„', '«', '»', '\'', '‘', '’'];

/// All that somebody wrote, on one line; nothing where it is too much for a gesture.
fn said(mail: &Mail) -> Option<String> {
    let text = if mail.new_text.trim().is_empty() {
        // What a client writes above a quote may have gone with it.
        mail.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
    } else {
        mail.new_text.as_str()
    };
    let short = text.len() <= TEXT_BYTES_MAX;
    short.then(|| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|said| !said.is_empty())
}

fn reaction(mail: &Mail) -> Option<String> {
    let said = || said(mail);
    // RFC 9078 §2
    if content_of(mail, "content-disposition").split(';').next() == Some("reaction") {
        return Some("content-disposition: reaction".to_owned());
    }
    const PART: &str = "text/vnd.google.email-reaction+json";
    let whole = content_of(mail, "content-type").starts_with(PART);
    let part = || mail.attachments.iter().any(|part| part.content_type == PART && part.name.is_none());
    if whole || part() && said().is_none_or(|said| is_without_words(&said) || reacts(&said) || is_from_gmail(&said)) {
        return Some(format!("content-type: {PART}"));
    }
    let said = said()?;
    match () {
        () if reacts(&said) => Some("text: somebody reacted".to_owned()),
        () if is_tapback(&said) => Some("text: a reaction that quotes".to_owned()),
        () => None,
    }
}

/// A sign, and a sentence that names the program, in whatever language.
fn is_from_gmail(said: &str) -> bool {
    const WORDS_MAX: usize = 14;
    let mut words = said.split(' ');
    words.next().is_some_and(is_without_words) && words.count() <= WORDS_MAX && lower(said).contains("gmail")
}

fn is_without_words(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// What programs write behind the name of who reacted, lower-case.
#[rustfmt::skip]
const REACTED: &[&str] = &[
    "reacted to your message", "reacted to your email", "reacted to your e-mail", "removed their reaction",
    "reacted via gmail", "reagerte på meldingen din", "reagerte på meldinga di", "har reagert på meldingen din",
    "har reagert på meldinga di", "reagerte på e-posten din", "reagerte via gmail", "har reagert via gmail",
    "reagerede på din meddelelse", "har reageret på din meddelelse", "har reageret via gmail", "reagerede via gmail",
    "reagerade på ditt meddelande", "har reagerat på ditt meddelande", "reagerade via gmail", "har reagerat via gmail",
    "reagoi viestiisi", "hat auf ihre nachricht reagiert", "hat auf deine nachricht reagiert", "hat über gmail reagiert",
];

/// Who speaks of a reaction instead: a person.
#[rustfmt::skip]
const SOMEBODY: &[&str] = &[
    "i", "we", "you", "he", "she", "they", "somebody", "someone", "nobody", "who", "it", "jeg", "eg", "vi", "me", "du", "de",
    "dei", "han", "hun", "ho", "hvem", "kven", "noen", "nokon", "ingen", "jag", "ni", "hon", "någon", "nogen", "ich", "wir", "er", "sie",
];

/// `[like] Kari Kunde reacted to your message:`, and nothing beside it but a sign or a link.
fn reacts(said: &str) -> bool {
    const NAME_WORDS_MAX: usize = 6;
    let text = lower(said);
    let Some((name, rest)) = REACTED.iter().find_map(|words| text.split_once(words)) else { return false };
    let name = match name.trim_start().strip_prefix('[').and_then(|marked| marked.split_once(']')) {
        Some((_, name)) => name,
        None => name,
    };
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    let first = name.split_whitespace().next().unwrap_or_default();
    let link = |word: &str| word.trim_matches(['<', '>', '(', ')', '[', ']']).starts_with("http");
    !name.is_empty()
        && name.split_whitespace().count() <= NAME_WORDS_MAX
        && !name.contains(['?', '!', ':', ';', '\n'])
        && !SOMEBODY.contains(&first)
        && rest.split_whitespace().all(|word| link(word) || is_without_words(word))
}

/// How telephones begin the words for a reaction, lower-case; what they quote follows.
#[rustfmt::skip]
const TAPBACKS: &[&str] = &[
    "liked", "loved", "disliked", "laughed at", "emphasized", "emphasised", "questioned", "removed a like from",
    "removed a heart from", "likte", "elsket", "elska", "mislikte", "mislikt", "lo av", "la vekt på", "framhevet",
    "fremhevet", "understreket", "stilte spørsmål ved", "gillade", "älskade", "ogillade", "skrattade åt", "betonade", "ifrågasatte",
    "syntes godt om", "kunne lide", "kunne ikke lide", "grinede ad", "fremhævede", "mochte", "liebte", "gefällt", "lachte über", "betonte",
];

/// `Liked “It is blinking red.”`
fn is_tapback(said: &str) -> bool {
    let text = lower(said);
    // `Reacted 👍 to “…”`
    let sign = || {
        let rest = text.strip_prefix("reacted ").or_else(|| text.strip_prefix("reagerte med "))?;
        let (sign, rest) = rest.split_once(' ')?;
        let rest = rest.strip_prefix("to ").or_else(|| rest.strip_prefix("på "))?;
        is_without_words(sign).then_some(rest)
    };
    let plain = || TAPBACKS.iter().find_map(|words| text.strip_prefix(words)?.strip_prefix(' '));
    let Some(quoted) = plain().or_else(sign) else { return false };
    let inside = quoted.strip_prefix(QUOTES).and_then(|inside| inside.strip_suffix(QUOTES));
    // A second quote is somebody's who writes about several things.
    inside.is_some_and(|inside| !inside.is_empty() && !inside.contains(['"', '“', '”', '«', '»']))
}

/// How Outlook begins the subject of a recall, lower-case.
#[rustfmt::skip]
const RECALL_SUBJECTS: &[&str] = &[
    "recall:", "tilbakekall:", "tilbakekalling:", "tilbakekalle:", "kall tilbake:", "kalle tilbake:", "tilbagekald:",
    "tilbagekaldelse:", "tilbagekaldt:", "återkalla:", "återkallelse:", "återkallande:", "rückruf:", "zurückrufen:", "kutsu takaisin:",
];

/// What it says in the text, lower-case; the recalled subject follows.
#[rustfmt::skip]
const RECALLS: &[&str] = &[
    "would like to recall the message", "ønsker å tilbakekalle meldingen", "ønsker å kalle tilbake meldingen",
    "vil tilbakekalle meldingen", "vil gjerne tilbakekalle meldingen", "vil kalle tilbake meldingen",
    "ønskjer å kalle tilbake meldinga", "vil kalle tilbake meldinga", "ønsker at tilbagekalde meddelelsen",
    "vil gerne tilbagekalde meddelelsen", "vill återkalla meddelandet", "vill återkalla ditt meddelande",
    "möchte die nachricht", "haluaa kutsua viestin takaisin",
];

/// Does it want another mail back? Outside the house that both belong to, that is no more than a text. It names the
/// other by its subject only.
fn recall(mail: &Mail) -> Option<String> {
    let exchange = content_of(mail, "x-ms-exchange-recallreportgenerated") == "true"
        || content_of(mail, "x-ms-traffictypediagnostic").contains("outlookrecall");
    let subject = recalled(&mail.subject).is_some();
    if !subject && !exchange {
        return None;
    }
    let text = lower(&said(mail)?).into_owned();
    let words = RECALLS.iter().find(|words| text.contains(**words));
    match (words, exchange) {
        (Some(words), _) => Some(format!("text: {words}")),
        (None, true) => Some("x-ms-exchange: a recall".to_owned()),
        (None, false) => None,
    }
}

/// The subject of the mail that a recall of this subject wants back.
pub fn recalled(subject: &str) -> Option<&str> {
    const HEAD_BYTES_MAX: usize = 40;
    let subject = subject.trim_start();
    let head = lower(&subject[..subject.floor_char_boundary(HEAD_BYTES_MAX)]).into_owned();
    RECALL_SUBJECTS
        .iter()
        .any(|words| head.starts_with(words))
        .then(|| subject.split_once(':').map_or("", |(_, of)| of))
}

/// What calendar programs say for somebody, lower-case: the first sentence of the text.
#[rustfmt::skip]
const INVITATION_ANSWERS: &[&str] = &[
    "has accepted this invitation.", "has declined this invitation.", "has replied \"maybe\" to this invitation.",
    "has tentatively accepted this invitation.", "har godtatt denne invitasjonen.", "har takket ja til denne invitasjonen.",
    "har avslått denne invitasjonen.", "har takket nei til denne invitasjonen.", "har svart «kanskje» på denne invitasjonen.",
    "har accepteret denne invitation.", "har afvist denne invitation.", "har tackat ja till den här inbjudan.",
    "har tackat nej till den här inbjudan.", "hat diese einladung angenommen.", "hat diese einladung abgelehnt.",
];

/// An answer to an invitation (RFC 5546 §3.2.3) without a word of the writer's own.
fn answers_invitation(mail: &Mail) -> bool {
    let wordless = || {
        let first = mail.new_text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let first = lower(first.trim()).into_owned();
        first.is_empty() || calendar::is_answer(&first) || INVITATION_ANSWERS.iter().any(|words| first.ends_with(words))
    };
    mail.answers_invitation() && wordless()
}
