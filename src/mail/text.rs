//! The writer's own new words: the readable text without quoted history and signature.
//!
//! What is cut, and only that: everything from our own "write above this line" on; blocks that a client puts in front
//! of the mail it answers, to the end; quoted lines with the line that introduces them; a signature behind its mark.
//! Answers between quoted lines stay, and so do the quotes they answer. When in doubt a line stays: a shown quote is
//! a nuisance, a lost sentence is a lost message.
//!
//! Every step looks at each line a fixed number of times and ahead by a fixed number of lines, so time is linear.

mod attribution;
mod block;
mod signature;

use std::borrow::Cow;

/// What our notifications begin their reply line with. Everything from that line on is ours.
pub const REPLY_MARKER_BEGIN: &str = "##-";
/// What ends the words on the reply line.
pub const REPLY_MARKER_END: &str = "-##";

/// The line above which an answer is written, with its words in the reader's language.
pub fn reply_marker(words: &str) -> String {
    format!("{REPLY_MARKER_BEGIN} {words} {REPLY_MARKER_END}")
}

/// What the HTML of a line says about it. Plain text says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It stands in a container that a client made for quoted mail.
    Quoted,
    /// It stands in a container that a client made for the signature.
    Signature,
    /// From here on everything is quoted.
    Cut,
}

/// Readable text, LF line ends, with a mark for each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// The text.
    pub text: String,
    /// One for each line; lines beyond have none.
    pub marks: Vec<Mark>,
}

impl Readable {
    /// Text without marks; line ends made LF, controls taken out.
    pub fn plain(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if has_noise(line) {
                out.extend(
                    line.chars().map(|c| if c == '\r' { '\n' } else { c }).filter(|c| *c == '\n' || !is_noise(*c)),
                );
            } else {
                out.push_str(line);
            }
            out.push('\n');
        }
        out.pop();
        Self { text: out, marks: Vec::new() }
    }

    /// Adds another part's text below, an empty line between.
    pub fn append(&mut self, more: Self) {
        if self.text.trim().is_empty() {
            *self = more;
            return;
        }
        if more.text.trim().is_empty() {
            return;
        }
        let ended = self.text.trim_end_matches('\n').len();
        self.text.truncate(ended);
        self.text.push_str("\n\n");
        self.marks.resize(self.text.matches('\n').count(), Mark::None);
        self.text.push_str(&more.text);
        self.marks.extend(more.marks);
    }

    /// Cuts the text at a number of octets; true when there was more.
    pub fn cut_to(&mut self, bytes_max: usize) -> bool {
        if self.text.len() <= bytes_max {
            return false;
        }
        let mut cut = bytes_max;
        while !self.text.is_char_boundary(cut) {
            cut -= 1;
        }
        self.text.truncate(cut);
        true
    }
}

fn has_noise(line: &str) -> bool {
    line.bytes().any(|b| b < b' ' && b != b'\t' || b == 0x7F) || !line.is_ascii() && line.contains(is_noise)
}

/// Controls other than tab, and signs that show nothing.
fn is_noise(sign: char) -> bool {
    sign.is_control() && sign != '\t' || sign == '\u{FEFF}'
}

/// The writer's words and what was done to get them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// A subsequence of the text's lines.
    pub new_text: String,
    /// Some line with words was left out.
    pub cut: bool,
    /// There are unquoted lines below our reply line; they were left out.
    pub below_marker: bool,
}

/// One line and what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Without its line end.
    pub text: &'a str,
    /// What kind of line.
    pub class: Class,
    /// What its HTML said.
    pub mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Blank,
    /// Begins with `>`, or stands in a quote container.
    Quote,
    Own,
}

/// Splits the new words off.
///
/// Shape:  `new_text` is a subsequence of the lines of `readable.text`; linear in their number.
/// Errors: none, total.
pub fn split(readable: &Readable) -> Split {
    let lines = classify(readable);
    let mut keep = vec![true; lines.len()];
    let mut below_marker = false;
    match marker(&lines) {
        Some(at) => {
            let above = attribution::start_above(&lines, block::start_above(&lines, at));
            keep[above..].fill(false);
            trim_history(&lines, &mut keep, above);
            below_marker =
                lines[at + 1..].iter().any(|line| line.class == Class::Own) && lines[at].class == Class::Quote;
            if !has_words(&lines, &keep) && below_marker {
                keep_below(&lines, &mut keep, at);
                below_marker = false;
            }
        }
        None => trim_history(&lines, &mut keep, lines.len()),
    }
    signature::trim(&lines, &mut keep);
    let cut = lines.iter().zip(&keep).any(|(line, keep)| !keep && line.class != Class::Blank);
    Split { new_text: join(&lines, &keep), cut, below_marker }
}

fn classify(readable: &Readable) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(readable.text.len() / 40 + 1);
    for (at, text) in readable.text.split('\n').enumerate() {
        let mark = readable.marks.get(at).copied().unwrap_or_default();
        let bare = text.trim_start_matches([' ', '\t', '\u{A0}', '\u{200B}']);
        let class = if bare.is_empty() {
            Class::Blank
        } else if mark == Mark::Quoted || bare.starts_with('>') && text.len() - bare.len() <= 4 {
            Class::Quote
        } else {
            Class::Own
        };
        lines.push(Line { text, class, mark });
    }
    for at in 1..lines.len().saturating_sub(1) {
        if lines[at].class == Class::Own && is_wrapped_quote(&lines[at - 1..=at + 1]) {
            lines[at].class = Class::Quote;
        }
    }
    lines
}

/// The end of a long quoted line that a client wrapped without a new `>`: it goes on in the middle of a sentence, and
/// the quote goes on below it. Or a link that stands alone between two quoted lines.
fn is_wrapped_quote(lines: &[Line<'_>]) -> bool {
    const WRAPPED_CHARS_MIN: usize = 60;
    let [above, line, below] = lines else { return false };
    if above.class != Class::Quote || below.class != Class::Quote || below.mark != Mark::None {
        return false;
    }
    let text = line.text.trim_matches([' ', '(', ')', '<', '>', '[', ']']);
    let link = (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(' ');
    let open = !above.text.trim_end().ends_with(['.', '?', '!', ':', ';']);
    let long = above.text.chars().count() >= WRAPPED_CHARS_MIN;
    link || open && long && text.chars().next().is_some_and(char::is_lowercase)
}

/// The first line with our reply marker. A client may have wrapped it, so the end may be on one of the next lines.
fn marker(lines: &[Line<'_>]) -> Option<usize> {
    const WRAPPED_LINES_MAX: usize = 4;
    lines.iter().enumerate().position(|(at, line)| {
        let Some((_, after)) = line.text.split_once(REPLY_MARKER_BEGIN) else { return false };
        let next = &lines[at + 1..lines.len().min(at + WRAPPED_LINES_MAX)];
        after.contains(REPLY_MARKER_END) || next.iter().any(|line| line.text.contains(REPLY_MARKER_END))
    })
}

/// Takes quoted history out of the lines before `end`.
fn trim_history(lines: &[Line<'_>], keep: &mut [bool], end: usize) {
    let history = History::find(&lines[..end]);
    let own_above = lines[..history.start].iter().any(|line| line.class == Class::Own);
    match history.kind {
        // Nothing above it: the mail was passed on, and this block is what its writer wants to be read.
        HistoryKind::Block if !own_above => {
            return;
        }
        _ => keep[history.start..end].fill(false),
    }
    trim_quotes(&lines[..history.start], keep);
}

/// Where unprefixed history begins.
struct History {
    start: usize,
    kind: HistoryKind,
}

enum HistoryKind {
    /// Nowhere.
    None,
    /// At a header block or a line such as `-----Original Message-----`.
    Block,
    /// At a line such as `On … wrote:`, or where HTML says so.
    Sure,
}

impl History {
    fn find(lines: &[Line<'_>]) -> Self {
        for (at, line) in lines.iter().enumerate() {
            if line.mark == Mark::Cut {
                return Self { start: at, kind: HistoryKind::Sure };
            }
            if line.class != Class::Own {
                continue;
            }
            if let Some(start) = block::begins(lines, at) {
                return Self { start, kind: HistoryKind::Block };
            }
            if attribution::ends_text(lines, at) {
                return Self { start: at, kind: HistoryKind::Sure };
            }
        }
        Self { start: lines.len(), kind: HistoryKind::None }
    }
}

/// A run of quoted lines, with the line that introduces it.
struct Run {
    introduced: bool,
    start: usize,
    end: usize,
}

fn trim_quotes(lines: &[Line<'_>], keep: &mut [bool]) {
    let runs = runs(lines);
    let Some((first, last)) = runs.first().zip(runs.last()) else { return };
    let words = |from: usize, to: usize| lines[from..to].iter().any(|line| line.class == Class::Own);
    let (above, below) = (words(0, first.start), words(last.end, lines.len()));
    let below_is_words = below && !signature::is_only_signature(&lines[last.end..]);
    if runs.len() > 1 {
        // Answers between quotes stay with them; only what nobody answered below goes.
        if !below_is_words {
            keep[last.start..last.end].fill(false);
        }
        return;
    }
    // One block of quotes: history when it is introduced as such or ends the mail; else a quote to answer.
    if first.introduced || !below_is_words || !above && lines[first.start].mark == Mark::Quoted {
        keep[first.start..first.end].fill(false);
    }
}

fn runs(lines: &[Line<'_>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].class != Class::Quote {
            at += 1;
            continue;
        }
        let mut end = at;
        while let Some(next) = next_quote(lines, end) {
            end = next;
        }
        let floor = runs.last().map_or(0, |run| run.end);
        let start = attribution::start_above(lines, at).max(floor);
        let words_between = runs.last().is_none_or(|run| lines[run.end..start].iter().any(|l| l.class == Class::Own));
        match runs.last_mut() {
            Some(run) if !words_between => run.end = end,
            _ => runs.push(Run { introduced: start < at, start, end }),
        }
        at = end;
    }
    runs
}

/// One past the next quoted line, when only blank lines stand before it.
fn next_quote(lines: &[Line<'_>], from: usize) -> Option<usize> {
    let blank = lines[from..].iter().take_while(|line| line.class == Class::Blank).count();
    (lines.get(from + blank)?.class == Class::Quote).then_some(from + blank + 1)
}

/// Somebody who writes below a quoted notification: the lines that are not quoted.
fn keep_below(lines: &[Line<'_>], keep: &mut [bool], marker: usize) {
    for (at, line) in lines.iter().enumerate().skip(marker + 1) {
        keep[at] = line.class == Class::Own;
    }
}

fn has_words(lines: &[Line<'_>], keep: &[bool]) -> bool {
    lines.iter().zip(keep).any(|(line, keep)| *keep && line.class != Class::Blank)
}

fn join(lines: &[Line<'_>], keep: &[bool]) -> String {
    let mut kept: Vec<&Line<'_>> = lines.iter().zip(keep).filter(|(_, keep)| **keep).map(|(line, _)| line).collect();
    while kept.last().is_some_and(|line| line.class == Class::Blank) {
        kept.pop();
    }
    let first = kept.iter().position(|line| line.class != Class::Blank).unwrap_or(kept.len());
    kept[first..].iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
}

/// A line as it is compared: quote marks, emphasis and spaces around taken off.
pub(crate) fn bare(line: &str) -> &str {
    line.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '>' | '*' | '|' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
    })
}

/// Lower-case, only where it must be.
pub(crate) fn lower(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_uppercase) { text.to_lowercase().into() } else { text.into() }
}

#[cfg(test)]
mod tests;
