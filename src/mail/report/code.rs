//! Status codes: those that a system wrote, and those that its words mean (RFC 3463).

use crate::mail::ReportState;

/// The status of a recipient, from everything that is said about them; the class alone when the words say no more.
///
/// Shape:  a code beside a reply code or a `#`, else a reply code with what the words mean, else any code.
/// Errors: none. Source: RFC 3463 §2, RFC 5321 §4.2.1 (the classes of reply codes).
pub(super) fn of(said: &str, state: ReportState) -> Option<String> {
    marked(said).or_else(|| by_reply(said)).or_else(|| enhanced(said).filter(|code| is_refusal(code))).or_else(|| {
        let class = class_of(state)?;
        detail(said).map(|detail| format!("{class}.{detail}"))
    })
}

/// What is known when nothing was said: the class (RFC 3463 §3.1, `X.0.0`).
pub(super) fn unsaid(state: ReportState) -> Option<String> {
    class_of(state).map(|class| format!("{class}.0.0"))
}

/// A code that says no more than its class gives way to a more exact one of the same class.
pub(super) fn refined(status: Option<String>, said: &str) -> Option<String> {
    let Some(status) = status else { return marked(said).or_else(|| enhanced(said)).or_else(|| by_reply(said)) };
    let vague = status.get(1..) == Some(".0.0");
    let exact = vague.then(|| marked(said).or_else(|| by_reply(said))).flatten();
    exact.filter(|code| code.get(..1) == status.get(..1)).or(Some(status))
}

const fn class_of(state: ReportState) -> Option<char> {
    match state {
        ReportState::Failed => Some('5'),
        ReportState::Delayed => Some('4'),
        ReportState::Relayed => None,
    }
}

fn is_refusal(code: &str) -> bool {
    code.starts_with(['4', '5'])
}

/// The first enhanced status code in a text (RFC 3463 §2): `5.1.1`.
pub(super) fn enhanced(text: &str) -> Option<String> {
    codes(text).next().map(|(_, code)| code.to_owned())
}

/// The first one of a refusal that stands where systems write codes: behind a reply code of the same class, or a `#`.
fn marked(text: &str) -> Option<String> {
    let marked = |at: usize, code: &str| {
        let before = text.get(..at).unwrap_or_default();
        before.ends_with('#') || before.trim_end_matches([' ', '-']).ends_with("Status:") || {
            let word = before.trim_end_matches([' ', '-', '(']);
            let word = word.get(word.len().saturating_sub(3)..).unwrap_or_default();
            is_reply(word) && word.get(..1) == code.get(..1)
        }
    };
    codes(text).find(|(at, code)| is_refusal(code) && marked(*at, code)).map(|(_, code)| code.to_owned())
}

/// The class of the first reply code that refuses, and what the words mean.
fn by_reply(said: &str) -> Option<String> {
    let mut words = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let class = words.find(|word| is_reply(word))?.get(..1)?;
    Some(format!("{class}.{}", detail(said).unwrap_or("0.0")))
}

/// Is it a reply code that refuses (RFC 5321 §4.2.1)? Other numbers of three digits are common.
fn is_reply(word: &str) -> bool {
    #[rustfmt::skip]
    const REPLIES: &[&str] = &[
        "421", "441", "442", "446", "447", "449", "450", "451", "452", "454", "455", "471", "500", "501", "502", "503",
        "504", "511", "512", "513", "521", "522", "523", "530", "535", "541", "550", "551", "552", "553", "554", "555",
        "556", "557", "571", "577",
    ];
    REPLIES.contains(&word)
}

/// Subject and detail that words mean, most telling first (RFC 3463 §3).
#[rustfmt::skip]
const MEANINGS: &[(&str, &str)] = &[
    ("over quota", "2.2"), ("quota exceeded", "2.2"), ("exceeded quota", "2.2"), ("quota violation", "2.2"), ("disk quota", "2.2"),
    ("mailbox full", "2.2"), ("mailbox is full", "2.2"), ("exceeded storage", "2.2"), ("not enough space", "2.2"), ("postboks er full", "2.2"),
    ("postboksen er full", "2.2"), ("innboksen er full", "2.2"), ("brevlådan är full", "2.2"), ("postfach ist voll", "2.2"),
    ("boîte aux lettres est pleine", "2.2"), ("buzón está lleno", "2.2"),
    ("too large", "3.4"), ("size limit", "3.4"), ("exceeds size", "3.4"), ("maximum message size", "3.4"), ("message size", "3.4"),
    ("mailbox disabled", "2.1"), ("account disabled", "2.1"), ("inactive", "2.1"), ("has been suspended", "2.1"), ("account is locked", "2.1"),
    ("host unknown", "1.2"), ("unknown host", "1.2"), ("host not found", "1.2"), ("domain not found", "1.2"), ("domain does not exist", "1.2"),
    ("bad domain", "1.2"), ("unknown domain", "1.2"), ("name service error", "1.2"), ("unrouteable mail domain", "1.2"), ("no mx", "1.2"),
    ("unknown user", "1.1"), ("user unknown", "1.1"), ("no such user", "1.1"), ("user not found", "1.1"), ("unknown recipient", "1.1"),
    ("recipient unknown", "1.1"), ("recipient not found", "1.1"), ("no mailbox here", "1.1"), ("no such mailbox", "1.1"), ("mailbox not found", "1.1"),
    ("no such recipient", "1.1"), ("name is not recognized", "1.1"), ("addressee unknown", "1.1"), ("unknown address", "1.1"), ("no such account", "1.1"),
    ("not listed in", "1.1"), ("invalid recipient", "1.1"), ("does not exist", "1.1"), ("doesn't have a", "1.1"), ("no such address", "1.1"),
    ("mailbox unavailable", "1.1"), ("address unknown", "1.1"), ("finnes ikke", "1.1"),
    ("wasn't found", "1.1"), ("couldn't be found", "1.1"), ("could not be found", "1.1"), ("ikke funnet", "1.1"), ("ikke fundet", "1.1"),
    ("hittades inte", "1.1"), ("wurde nicht gefunden", "1.1"), ("introuvable", "1.1"), ("no se encontró", "1.1"), ("niet gevonden", "1.1"), ("no account by that name", "1.1"), ("unknown local", "1.1"),
    ("unrouteable address", "1.0"), ("unroutable address", "1.0"),
    ("too many hops", "4.6"), ("mail loop", "4.6"), ("loops back", "4.6"),
    ("timeout exceeded", "4.7"), ("too long", "4.7"), ("expired", "4.7"), ("giving up", "4.7"),
    ("connection refused", "4.1"), ("timed out", "4.1"), ("not responding", "4.1"), ("did not respond", "4.1"), ("no route to host", "4.1"),
    ("relay", "7.1"), ("spam", "7.1"), ("blocked", "7.1"), ("access denied", "7.1"), ("not accepting mail from", "7.1"), ("not authorized", "7.1"),
    ("policy", "7.1"), ("virus", "7.1"), ("blacklist", "7.1"), ("rejected for", "7.1"),
];

fn detail(said: &str) -> Option<&'static str> {
    let lower = said.to_lowercase();
    MEANINGS.iter().find(|(words, _)| lower.contains(words)).map(|(_, detail)| *detail)
}

/// All enhanced status codes with their places.
fn codes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let octets = text.as_bytes();
    (0..octets.len()).filter_map(move |at| {
        let free = at == 0 || !octets[at - 1].is_ascii_alphanumeric() && octets[at - 1] != b'.';
        let end = if free { code_end(octets, at)? } else { return None };
        text.get(at..end).map(|code| (at, code))
    })
}

/// Where the code that begins here ends.
fn code_end(octets: &[u8], at: usize) -> Option<usize> {
    let digits =
        |from: usize| octets.get(from..).unwrap_or_default().iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    if !matches!(octets.get(at), Some(b'2' | b'4' | b'5')) || octets.get(at + 1) != Some(&b'.') {
        return None;
    }
    let subject = digits(at + 2);
    let dot = at + 2 + subject;
    if !(1..=3).contains(&subject) || octets.get(dot) != Some(&b'.') {
        return None;
    }
    let detail = digits(dot + 1);
    let end = dot + 1 + detail;
    let ends = octets.get(end).is_none_or(|b| {
        !b.is_ascii_alphanumeric() && (*b != b'.' || !octets.get(end + 1).is_some_and(u8::is_ascii_digit))
    });
    ((1..=3).contains(&detail) && ends).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_found_among_numbers() {
        for (text, want) in [
            ("550 5.1.1 unknown", Some("5.1.1")),
            ("(#4.4.2)", Some("4.4.2")),
            ("from 5.1.1.7 or 15.1.1", None),
            ("version 8.12.8", None),
            ("5.1.1.", Some("5.1.1")),
            ("", None),
        ] {
            assert_eq!(enhanced(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn a_status_is_made_of_what_was_said() {
        for (said, want) in [
            ("550 5.1.1 <a@b.no>... User unknown", Some("5.1.1")),
            ("Remote host said: 550 sorry, no mailbox here by that name (#5.1.1)", Some("5.1.1")),
            ("250 2.1.5 Ok\n451 4.3.0 Error: queue file write error", Some("4.3.0")),
            ("Remote host said: 552 Error: disk quota exceeded", Some("5.2.2")),
            ("550 No thanks", Some("5.0.0")),
            ("host mx.b.no said: 421 too busy", Some("4.0.0")),
            ("421 Mailbox full, 550 to come", Some("4.2.2")),
            ("User unknown", Some("5.1.1")),
            ("The server 4.1.8 said 550 unknown user", Some("5.1.1")),
            ("tried for 550000 seconds at 10.0.5.500", None),
            ("Sorry", None),
        ] {
            assert_eq!(of(said, ReportState::Failed).as_deref(), want, "{said}");
        }
        assert_eq!(of("Mailbox full", ReportState::Delayed).as_deref(), Some("4.2.2"));
        assert_eq!(unsaid(ReportState::Relayed), None);
    }

    #[test]
    fn a_vague_status_gives_way_to_an_exact_one() {
        for (status, said, want) in [
            (Some("5.0.0"), "smtp; 550 5.7.1 no", Some("5.7.1")),
            (Some("5.0.0"), "smtp; 421 4.7.0 later", Some("5.0.0")),
            (Some("5.4.7"), "smtp; 550 5.7.1 no", Some("5.4.7")),
            (None, "smtp; 550 Unknown user", Some("5.1.1")),
            (None, "", None),
        ] {
            assert_eq!(refined(status.map(str::to_owned), said).as_deref(), want, "{said}");
        }
    }
}
