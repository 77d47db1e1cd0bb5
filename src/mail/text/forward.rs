//! Who wrote a mail that was passed on, as the blocks in its text say.

use super::labels::{Label, labelled};
use super::{Class, Line, attribution, block, lower};
use crate::address::Address;
use crate::mail::Forwarded;
use crate::mail::subject::{ListTags, base_subject};

/// Longest value of a field that is read, in octets.
const VALUE_BYTES_MAX: usize = 1000;
/// Lines that the last value of a block goes on over at most.
const VALUE_LINES_MAX: usize = 3;

/// Words in front of the subject of a mail that is passed on, lower-case.
#[rustfmt::skip]
const FORWARD_PREFIXES: &[&str] = &[
    "fwd", "fw", "vs", "vb", "vl", "wg", "tr", "rv", "i", "enc", "pd", "doorst", "fs", "ilt", "i̇lt", "přeposláno", "továbbítás", "πρθ",
    "пересл", "转发", "轉寄", "转寄", "転送", "전달", "הועבר", "إعادة توجيه", "chuyển tiếp", "videresendt", "vidaresendt", "vidarebefordrat",
    "weiterleitung", "doorgestuurd", "inoltra", "inoltro", "reenv", "reenviado", "encaminhar", "encaminhado", "transfert", "tr ",
];

/// What the prefix of a subject says the mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    Answer,
    Forward,
}

/// What a mail's header block is written in, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tongue {
    Finnish,
    #[default]
    Any,
}

/// The outermost prefix of a subject. Finns answer with `VS:`, as Norwegians and Danes pass on.
pub(crate) fn prefix(subject: &str, tongue: Tongue) -> Option<Prefix> {
    let mut rest = subject.trim_start();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        rest = after.trim_start();
    }
    let word = rest.split([':', '：']).next().filter(|word| word.len() < rest.len()).map(|word| lower(word.trim()));
    if word
        .is_some_and(|word| FORWARD_PREFIXES.contains(&word.as_ref()) && !(tongue == Tongue::Finnish && word == "vs"))
    {
        return Some(Prefix::Forward);
    }
    let plain = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    (base_subject(rest, ListTags::Kept) != plain).then_some(Prefix::Answer)
}

/// Does the subject say first that the mail passes another on? `VS:` is also how Finns answer.
pub fn says_passed_on(subject: &str) -> bool {
    prefix(subject, Tongue::Any) == Some(Prefix::Forward)
}

/// Header blocks in a text, from the outermost that may have been passed on to the innermost that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOn {
    /// The outermost block says in words that its mail was passed on.
    pub said: bool,
    /// The writer of the mail in the outermost block.
    pub outer: Forwarded,
    /// The writer of the innermost mail that was passed on; the same where it was passed on once.
    pub inner: Forwarded,
    /// What the blocks are written in.
    tongue: Tongue,
}

impl PassedOn {
    /// Who wrote the innermost mail, if this mail passes it on and does not answer it: it says so in words or in its
    /// subject, or its subject is no answer's and the writer of the quoted mail is not among its `recipients`.
    pub fn original(self, subject: &str, mut recipients: impl Iterator<Item = Address>) -> Option<Forwarded> {
        let passes_on = self.said
            || match prefix(subject, self.tongue) {
                Some(Prefix::Forward) => true,
                Some(Prefix::Answer) => false,
                None => !self.outer.address.as_ref().is_some_and(|outer| recipients.any(|to| to == *outer)),
            };
        passes_on.then_some(self.inner)
    }
}

/// The blocks from `first` on, when it has labels.
///
/// Shape: goes down as long as a block's own subject, or the next block's heading, says that the mail was passed on:
///        the history of the innermost mail is left alone.
pub(super) fn find(lines: &[Line<'_>], first: block::Block) -> Option<PassedOn> {
    let (outer, tongue) = read(lines, &first)?;
    let mut inner = outer.clone();
    let mut below = first.below;
    while prefix(&inner.subject, tongue) != Some(Prefix::Answer)
        && let Some(next) = next(lines, below)
        && (prefix(&inner.subject, tongue) == Some(Prefix::Forward) || next.passed_on)
        && let Some((found, _)) = read(lines, &next)
    {
        inner = found;
        below = next.below;
    }
    Some(PassedOn { said: first.passed_on, outer, inner, tongue })
}

/// The block of a mail that was passed on in quotes, as Apple Mail does; not in the quotes of an answer.
pub(super) fn quoted(lines: &[Line<'_>]) -> Option<block::Block> {
    let first = lines.iter().position(|line| line.class == Class::Quote && !line.bare.is_empty())?;
    let answered = attribution::start_above(lines, first) < first;
    block::begins(lines, first).filter(|block| block.passed_on && !answered)
}

/// The next block below, unless an answer's quotes come first.
fn next(lines: &[Line<'_>], below: usize) -> Option<block::Block> {
    for at in below..lines.len() {
        if let Some(block) = block::begins(lines, at) {
            return Some(block);
        }
        if attribution::begins(lines, at) {
            return None;
        }
    }
    None
}

/// Sender and subject of a block; what it is written in. `None` without a sender.
fn read(lines: &[Line<'_>], block: &block::Block) -> Option<(Forwarded, Tongue)> {
    let folded = |line: &&Line<'_>| line.text.starts_with([' ', '\t']) && !line.bare.is_empty();
    let below = block.below + lines.get(block.below..)?.iter().take(VALUE_LINES_MAX).take_while(folded).count();
    let inside = lines.get(block.labels?..below)?;
    let mut values: [Option<String>; 2] = [None, None];
    let mut tongue = Tongue::default();
    let mut open = None;
    for line in inside {
        match labelled(line.bare) {
            Some((label, value)) => {
                if line.bare.starts_with("Lähettäjä") {
                    tongue = Tongue::Finnish;
                }
                open = match label {
                    Label::From => Some(0),
                    Label::Subject => Some(1),
                    Label::To | Label::When => None,
                };
                open = open.filter(|which| values[*which].is_none());
                if let Some(which) = open {
                    values[which] = Some(value.to_owned());
                }
            }
            // A wrapped value goes on.
            None => {
                if let Some(value) = open.and_then(|which: usize| values[which].as_mut())
                    && value.len() + line.bare.len() < VALUE_BYTES_MAX
                {
                    value.push(' ');
                    value.push_str(line.bare);
                }
            }
        }
    }
    let [from, subject] = values;
    let (name, address) = sender(&from?);
    let subject = subject.unwrap_or_default().trim().to_owned();
    (name.is_some() || address.is_some()).then_some((Forwarded { name, address, subject }, tongue))
}

/// `Kari Kunde <kari@kunde.example>`, `Kari [mailto:kari@kunde.example]`, or a name alone.
fn sender(value: &str) -> (Option<String>, Option<Address>) {
    let value = &value[..value.floor_char_boundary(VALUE_BYTES_MAX)];
    let edge =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | '"' | '\'' | ',' | ';' | ':');
    let mut name_end = value.find(['<', '[', '(']).unwrap_or(value.len());
    let mut address = None;
    for word in value.split(edge).filter(|word| word.contains('@')) {
        address = Address::parse(word.trim_end_matches('.'));
        if address.is_some() {
            let start = word.as_ptr() as usize - value.as_ptr() as usize;
            name_end = name_end.min(start);
            break;
        }
    }
    let name = value[..name_end].trim_matches(edge).trim();
    let name = (!name.is_empty() && !name.contains('@')).then(|| name.to_owned());
    (name, address)
}

#[cfg(test)]
mod tests {
    use super::super::{Readable, split};
    use super::*;

    fn original(subject: &str, text: &str) -> String {
        let us = Address::parse("orakel@uni.no").into_iter();
        let found = split(&Readable::plain(text)).passed_on.and_then(|passed_on| passed_on.original(subject, us));
        found.map_or_else(String::new, |found| {
            let address = found.address.map(|address| address.to_string()).unwrap_or_default();
            format!("{} <{address}> {}", found.name.unwrap_or_default(), found.subject)
        })
    }

    #[test]
    fn the_writer_of_the_innermost_mail_is_found() {
        let block = |from: &str, subject: &str| format!("Fra: {from}\nSendt: i dag\nTil: O\nEmne: {subject}\n\n");
        let kari = "Kari K <kari@x.no>";
        for (subject, text, want) in [
            ("VS: Sak", format!("Se her\n\n{}Hei", block(kari, "Sak")), "Kari K <kari@x.no> Sak"),
            ("Sak", format!("{}Hei", block("Kari K [mailto:kari@x.no]", "Sak")), "Kari K <kari@x.no> Sak"),
            ("VS: Sak", format!("{}Hei", block("kari@x.no", "Sak")), " <kari@x.no> Sak"),
            ("VS: Sak", format!("{}Hei", block("\"K, Kari\" <kari@x.no<mailto:kari@x.no>>", "Sak")), "K, Kari <kari@x.no> Sak"),
            ("VS: Sak", format!("{}Hei", block("Kari Kunde", "Sak")), "Kari Kunde <> Sak"),
            // Answers pass nothing on, whatever is quoted in them.
            ("SV: Sak", format!("Takk\n\n{}Hei", block(kari, "Sak")), ""),
            ("Sak", format!("Takk\n\n{}Hei", block("Orakel <orakel@uni.no>", "Sak")), ""),
            ("VS: Sak", format!("Takk\n\nLähettäjä: {kari}\nLähetetty: x\nAihe: Sak\n\nHei"), ""),
            ("Re: Sak", "Takk\n\nOn 3 Nov 2026 10:02, Kari <kari@x.no> wrote:\n> ---------- Forwarded message ---------\n> From: Per <per@x.no>\n> Date: x\n> Subject: y".to_owned(), ""),
            // But where it is said in words.
            ("Re: Sak", "---------- Forwarded message ---------\nFrom: Kari K <kari@x.no>\nDate: x\nSubject: Sak\n\nHei".to_owned(), "Kari K <kari@x.no> Sak"),
            // Passed on twice; and the history of the innermost is left alone.
            ("VS: Sak", format!("{}Se\n\n{}Hei\n\n{}før", block("Per <per@x.no>", "VS: Sak"), block(kari, "SV: Sak"), block("Per <per@x.no>", "Sak")), "Kari K <kari@x.no> SV: Sak"),
            ("VS: Sak", format!("{}Hei\n\n{}før", block(kari, "Sak"), block("Per <per@x.no>", "Sak")), "Kari K <kari@x.no> Sak"),
            ("Fwd: a", "Videresendt melding:\n\n> Fra: Per <per@x.no>\n> Emne: Fwd: a\n> Dato: x\n>\n> Begin forwarded message:\n>\n> > From: Kari K <kari@x.no>\n> > Subject: a\n> > Date: x".to_owned(), "Kari K <kari@x.no> a"),
            // A wrapped value.
            ("VS: Sak", "Fra: Kari K\n <kari@x.no>\nSendt: x\nEmne: Sak med langt\n navn\n\nHei".to_owned(), "Kari K <kari@x.no> Sak med langt navn"),
        ] {
            assert_eq!(original(subject, &text), want, "{subject}\n{text}");
        }
    }

    #[test]
    fn prefixes_say_what_a_mail_is() {
        for (subject, want) in [
            ("Fwd: x", Some(Prefix::Forward)),
            ("[HV-1042] VS: x", Some(Prefix::Forward)),
            ("WG: AW: x", Some(Prefix::Forward)),
            ("Re: Fwd: x", Some(Prefix::Answer)),
            ("SV : x", Some(Prefix::Answer)),
            ("Vedr. x: y", None),
            ("[liste] x", None),
            ("", None),
        ] {
            assert_eq!(prefix(subject, Tongue::Any), want, "{subject}");
        }
        assert_eq!(prefix("VS: x", Tongue::Finnish), Some(Prefix::Answer));
    }
}
