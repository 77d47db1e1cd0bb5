//! Blocks that clients put in front of the mail they answer or pass on: `From: … Sent: … To: … Subject: …`, and lines
//! such as `-----Original Message-----`.

use super::labels::{Label, labelled};
use super::{Class, Line, attribution, lower};

/// Lines of one header block that are looked at.
const BLOCK_LINES_MAX: usize = 12;
/// Longer lines are no heading.
const LINE_BYTES_MAX: usize = 300;

/// Words above an answered mail, lower-case, that are no combination of the words below.
#[rustfmt::skip]
const ANSWERED_PHRASES: &[&str] = &[
    "ursprünglichenachricht", "original-nachricht", "originalnachricht", "originalmeddelande", "původní zpráva", "eredeti üzenet", "orijinal mesaj",
    "исходное сообщение", "原始邮件", "原始郵件", "原メール", "元のメッセージ", "원본 메일",
];
/// The same above one that was passed on.
#[rustfmt::skip]
const FORWARDED_PHRASES: &[&str] = &[
    "iletilen mesaj", "továbbított üzenet", "přeposlaná zpráva", "пересылаемое сообщение", "перенаправленное сообщение",
    "начало переадресованного сообщения", "переслане повідомлення", "转发邮件", "转发的邮件", "転送メッセージ", "전달된 메시지",
];
/// What a heading is about, with a word of the next three tables; nothing else may stand in it.
#[rustfmt::skip]
const MESSAGE: &[&str] = &[
    "message", "melding", "meddelelse", "meddelande", "besked", "nachricht", "bericht", "mensaje", "messaggio", "mensagem",
    "wiadomość", "wiadomości", "viesti", "viestin", "meldingen", "meddelelsen", "beskeden", "meddelandet", "mail", "e-mail", "email", "e-post", "epost", "appointment", "courriel", "correo", "brev",
];
#[rustfmt::skip]
const ORIGINAL: &[&str] = &[
    "original", "originale", "originaler", "originalt", "opprinnelig", "opprinneleg", "opphavleg", "opphaveleg", "oprindelig",
    "ursprungligt", "ursprünglich", "ursprüngliche", "oorspronkelijk", "origineel", "d'origine", "d’origine", "initial",
    "originario", "oryginalna", "pierwotna", "alkuperäinen",
];
const REPLIED: &[&str] = &["reply", "antwort", "svar", "answer", "réponse", "respuesta", "risposta", "antwoord", "to"];
#[rustfmt::skip]
const FORWARDED: &[&str] = &[
    "forwarded", "videresendt", "vidaresend", "vidaresendt", "vidarebefordrat", "weitergeleitete", "weitergeleitet",
    "doorgestuurd", "doorgezonden", "transféré", "transmis", "réexpédié", "reenviado", "inoltrato", "encaminhada",
    "reencaminhada", "przekazana", "przekazanej", "przekazywanej", "przesłana", "välitetty", "välitetyn", "edelleenlähetetty",
    "videresendte", "vidaresende", "vidarebefordrade", "weitergeleiteten", "fwd", "redirected",
];
/// What Apple Mail begins such a heading with in most languages.
#[rustfmt::skip]
const START: &[&str] = &[
    "begin", "start", "starten", "begynnelsen", "begynnelse", "anfang", "beginn", "début", "inicio", "início", "inizio", "początek",
    "alkaa", "alku", "börjar", "början", "på", "den", "det", "av", "af", "der", "des", "du", "del", "da", "of",
];
/// `Forwarded by Ola Nordmann`, `Forwarded message from Ola`: what follows is no word of the heading.
const BY: &[&str] =
    &["from", "by", "fra", "frå", "av", "från", "af", "von", "van", "door", "de", "par", "da", "od", "por"];

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first line: a rule, a heading, or its first label.
    pub start: usize,
    /// Its first label, when it has labels.
    pub labels: Option<usize>,
    /// What it holds begins here.
    pub below: usize,
    /// Its heading says that it was passed on.
    pub passed_on: bool,
}

/// The block that this line begins. `None` for any other line.
pub(super) fn begins(lines: &[Line<'_>], at: usize) -> Option<Block> {
    const GAP_MAX: usize = 4;
    let line = &lines[at];
    let text = line.bare;
    let first = *text.as_bytes().first()?;
    if text.len() > LINE_BYTES_MAX {
        return None;
    }
    let next = || (at + 1..lines.len().min(at + GAP_MAX)).find(|n| !lines[*n].bare.is_empty());
    if matches!(first, b'-' | b'_' | b'=' | 0xE2) || line.colon || line.text.starts_with(">>>") {
        if let Some(heading) = heading(line.text, text) {
            let header = next().filter(|next| labelled(lines[*next].bare).is_some()).map(|next| header(lines, next));
            let below = header.as_ref().map_or(at + 1, |header| header.below);
            let passed_on = heading == Heading::Forwarded;
            return Some(Block { start: at, labels: header.map(|header| header.first), below, passed_on });
        }
        if is_rule(text) {
            // A rule counts only right above a block.
            let header = header(lines, next()?);
            let whole = header.is_whole() || is_outlook_rule(text) && header.is_one_in_any_language;
            return whole.then_some(Block { start: at, ..header.block() });
        }
    }
    labelled(text)?;
    if at > 0 && lines[at - 1].colon && lines[at - 1].class == Class::Own {
        // The writer says what it is.
        return None;
    }
    let header = header(lines, at);
    if header.is_whole() {
        // Yahoo and others write both: `On Tuesday, Ola wrote:` and then the header.
        return Some(Block { start: attribution::dated_above(lines, at), ..header.block() });
    }
    let start = notes_start(lines, at).filter(|_| header.to && header.subject)?;
    Some(Block { start, ..header.block() })
}

/// The block at this line or right below it, where HTML says that there is one.
pub(super) fn near(lines: &[Line<'_>], at: usize) -> Option<Block> {
    const LINES_MAX: usize = 4;
    (at..lines.len().min(at + LINES_MAX)).find_map(|at| begins(lines, at))
}

/// Do these quoted lines begin by saying that a mail is passed on?
pub(super) fn passes_on(quoted: &[Line<'_>]) -> bool {
    quoted.iter().find(|line| !line.bare.is_empty()).is_some_and(|line| says_forwarded(line.bare))
}

/// `---------- Forwarded message ---------` or `Begin forwarded message:`
pub(super) fn says_forwarded(bare: &str) -> bool {
    (bare.starts_with('-') || bare.ends_with(':')) && heading(bare, bare) == Some(Heading::Forwarded)
}

/// Where the block right above `below` begins, with its rule or heading; `below` when there is none. Used above our
/// own reply line, where a block is surely the client's.
pub(super) fn start_above(lines: &[Line<'_>], below: usize) -> usize {
    const GAP_MAX: usize = 4;
    let mut start = below;
    let mut labels = 0;
    let mut gap = 0;
    for at in (below.saturating_sub(BLOCK_LINES_MAX + GAP_MAX)..below).rev() {
        let text = lines[at].bare;
        if text.is_empty() {
            gap += 1;
        } else if is_rule(text) || heading(lines[at].text, text).is_some() {
            return at;
        } else if labelled(text).is_some() {
            labels += 1;
            start = at;
            gap = 0;
        } else if labels > 0 || gap > 0 || text.len() > LINE_BYTES_MAX {
            break;
        }
        if gap > GAP_MAX {
            break;
        }
    }
    if labels >= 2 { start } else { below }
}

/// Labelled lines in a row, and what their values look like.
#[derive(Debug, Default)]
struct Header {
    first: usize,
    below: usize,
    from: bool,
    when: bool,
    to: bool,
    subject: bool,
    /// Its sender, or where there is none its recipient, is an address, and its date says year and time of day.
    sure: bool,
    /// Labels that nobody knows, but an address in the first line and a date below.
    is_one_in_any_language: bool,
}

impl Header {
    fn kinds(&self) -> usize {
        [self.from, self.when, self.to, self.subject].iter().filter(|seen| **seen).count()
    }

    fn is_whole(&self) -> bool {
        self.from && self.kinds() >= 3 || self.sure
    }

    fn block(&self) -> Block {
        Block { start: self.first, labels: Some(self.first), below: self.below, passed_on: false }
    }
}

/// The labels in the lines from here on, wrapped values between them.
fn header(lines: &[Line<'_>], first: usize) -> Header {
    const WRAPPED_MAX: usize = 2;
    let mut header = Header { first, below: first, ..Header::default() };
    let (mut wrapped, mut blank) = (0, 0);
    let (mut address, mut date) = (false, false);
    let opener = labelled(lines[first].bare).map(|(label, _)| label);
    for (at, line) in lines.iter().enumerate().skip(first).take(BLOCK_LINES_MAX) {
        let Some((label, value)) = labelled(line.bare) else {
            let is_blank = line.bare.is_empty();
            blank += usize::from(is_blank);
            wrapped += usize::from(!is_blank);
            if blank > 1 || wrapped > WRAPPED_MAX || !is_blank && blank > 0 || at == first {
                break;
            }
            continue;
        };
        (wrapped, blank) = (0, 0);
        header.below = at + 1;
        match label {
            Label::From => (header.from, address) = (true, value.contains('@')),
            Label::To => (header.to, address) = (true, address || opener == Some(Label::When) && value.contains('@')),
            Label::When => (header.when, date) = (true, date || attribution::says_year_and_time(value)),
            Label::Subject => header.subject = true,
        }
        // A client that lost its line breaks: `From: a@b.no Date: …`.
        let shared = label == Label::From && value.contains(": ") && attribution::says_year_and_time(value);
        (header.when, date) = (header.when || shared, date || shared);
    }
    header.sure = address && date;
    header.is_one_in_any_language = header.below == first && is_header_in_any_language(&lines[first..]);
    if header.is_one_in_any_language {
        header.below = first + lines[first..].iter().take_while(|line| line.bare.contains(':')).count();
    }
    header
}

/// `Nadawca: Ola <ola@uni.no>` and so on, in a language that the table lacks: three to six labelled lines, an address in
/// the first, year and time of day in the second, then an empty line.
fn is_header_in_any_language(lines: &[Line<'_>]) -> bool {
    const LABEL_CHARS_MAX: usize = 20;
    let label = |line: &&Line<'_>| {
        let word = line.bare.split_once([':', '：']).map(|(word, _)| word.trim());
        word.is_some_and(|word| word.chars().count() <= LABEL_CHARS_MAX && !word.contains(['@', '.', ',']))
    };
    let labelled = lines.iter().take(BLOCK_LINES_MAX).take_while(label).count();
    (3..=6).contains(&labelled)
        && lines[0].bare.contains('@')
        && attribution::says_year_and_time(lines[1].bare)
        && lines.get(labelled).is_some_and(|line| line.bare.is_empty())
}

/// Lotus Notes writes the sender and the date on lines of their own above `To:`; where the first of them is.
fn notes_start(lines: &[Line<'_>], at: usize) -> Option<usize> {
    const BLANK_MAX: usize = 3;
    let above = |from: usize| (from.saturating_sub(BLANK_MAX)..from).rev().find(|n| lines[*n].class == Class::Own);
    let date = above(at)?;
    let is_date = attribution::says_year_and_time(lines[date].bare) && lines[date].bare.len() <= 40;
    let sender = above(date).filter(|_| is_date)?;
    let is_sender = lines[sender].bare.contains(['/', '@', '<']) && lines[sender].bare.len() <= 120;
    is_sender.then_some(sender)
}

/// A rule of underscores or dashes, as Outlook draws it.
fn is_rule(text: &str) -> bool {
    let bytes = text.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    bytes.len() >= 10 && matches!(first, b'_' | b'-' | b'=') && bytes.iter().all(|b| *b == first)
}

fn is_outlook_rule(text: &str) -> bool {
    text.len() == 32 && text.starts_with('_') && is_rule(text)
}

/// `>>> Ola Nordmann <ola@uni.no> 03.11.2026 10:02 >>>`, as GroupWise writes above an answered mail.
pub(super) fn is_arrow_heading(text: &str) -> bool {
    const BYTES_MAX: usize = 200;
    text.starts_with(">>>")
        && text.len() <= BYTES_MAX
        && text.trim_end().ends_with(" >>>")
        && attribution::says_year_and_time(text)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    Answered,
    Forwarded,
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '_' | '=' | '–' | '—')
}

/// `-------- Original message --------From: … Date: …`, as Samsung writes it, up to the first label.
fn before_labels(text: &str) -> &str {
    const DASHES_MIN: usize = 4;
    let inner = text.trim_start_matches(is_dash);
    let front = text.len() - inner.len();
    let Some((words, rest)) = inner.split_once("----").filter(|_| front >= DASHES_MIN) else { return text };
    let labels = rest.trim_start_matches(is_dash);
    let label = labels.split_once(':').is_some_and(|(label, _)| label.chars().all(char::is_alphabetic));
    if label && !labels.is_empty() { &text[..front + words.len() + 4 + rest.len() - labels.len()] } else { text }
}

/// `-----Original Message-----` and its like: dashes in front, or a colon behind what only Apple writes without.
fn heading(line: &str, text: &str) -> Option<Heading> {
    const BYTES_MAX: usize = 200;
    if is_arrow_heading(line) {
        return Some(Heading::Answered);
    }
    let text = before_labels(text);
    let dashes = text.chars().take_while(|c| is_dash(*c)).count();
    if dashes < 2 && !text.ends_with([':', '：']) || text.len() > LINE_BYTES_MAX {
        return None;
    }
    let around = |c: char| c.is_whitespace() || is_dash(c) || matches!(c, '*' | ':' | '<' | '>' | '.');
    let inner = text.trim_matches(around);
    if inner.is_empty() || inner.len() > BYTES_MAX {
        return None;
    }
    let words = lower(inner);
    match () {
        () if ANSWERED_PHRASES.contains(&words.as_ref()) => Some(Heading::Answered),
        () if FORWARDED_PHRASES.contains(&words.as_ref()) => Some(Heading::Forwarded),
        () => combined(&words, dashes),
    }
}

/// A heading that is put together from the tables' words.
fn combined(words: &str, dashes: usize) -> Option<Heading> {
    const WORDS_MAX: usize = 5;
    let (mut message, mut original, mut replied, mut forwarded) = (false, false, false, false);
    let mut by = false;
    for (at, word) in words.split_whitespace().enumerate() {
        match word {
            _ if MESSAGE.contains(&word) => message = true,
            _ if ORIGINAL.contains(&word) => original = true,
            _ if REPLIED.contains(&word) => replied = true,
            _ if FORWARDED.contains(&word) => forwarded = true,
            _ if at > 0 && dashes >= 4 && BY.contains(&word) => {
                by = true;
                break;
            }
            _ if START.contains(&word) => {}
            _ => return None,
        }
        if at >= WORDS_MAX {
            return None;
        }
    }
    match message {
        true if forwarded => Some(Heading::Forwarded),
        true if original || replied && dashes >= 2 => Some(Heading::Answered),
        _ => (forwarded && by).then_some(Heading::Forwarded),
    }
}
