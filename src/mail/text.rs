//! The writer's own new words: the readable text without quoted history and signature.
//!
//! What is cut, and only that: everything from our own "write above this line" on; blocks that a client puts in front
//! of the mail it answers, to the end; quoted lines with the line that introduces them; a signature behind its mark; a gateway's
//! warning above it all.
//! Answers between quoted lines stay, and so do the quotes they answer. When in doubt a line stays: a shown quote is
//! a nuisance, a lost sentence is a lost message.
//!
//! Every step looks at each line a fixed number of times and ahead by a fixed number of lines, so time is linear.

mod attribution;
mod banner;
mod block;
mod footer;
pub(crate) mod cleartext;
pub(crate) mod forward;

mod labels;
mod quotes;
mod readable;
mod signature;
mod within;

use std::borrow::Cow;

use block::Block;

pub use footer::{is_closing_alone, is_only_closing, is_surely_closing};
pub use forward::{PassedOn, says_passed_on};
pub use readable::{Mark, Readable};
pub use within::Within;

/// What our notifications begin their reply line with. Everything from that line on is ours.
pub const REPLY_MARKER_BEGIN: &str = "##-";
/// What ends the words on the reply line.
pub const REPLY_MARKER_END: &str = "-##";

/// The line above which an answer is written, with its words in the reader's language.
pub fn reply_marker(words: &str) -> String {
    format!("{REPLY_MARKER_BEGIN} {words} {REPLY_MARKER_END}")
}

/// The writer's words and what was done to get them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// A subsequence of the text's lines, each whole or its beginning.
    pub new_text: String,
    /// Some line with words was left out.
    pub cut: bool,
    /// Where in the text the first line stands that was left out as history: an octet.
    pub quoted_at: Option<usize>,
    /// There are words below our reply line that nobody quoted and no program put there; they were left out.
    pub below_marker: bool,
    /// There are no words but a signature, which was left in.
    pub only_signature: bool,
    /// Header blocks in the text, which may be of a mail that was passed on.
    pub passed_on: Option<PassedOn>,
}

/// One line and what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Without its line end.
    pub text: &'a str,
    /// Quote marks, emphasis and spaces around taken off; a `>` at the end stays, it may close an address.
    pub bare: &'a str,
    /// What kind of line.
    pub class: Class,
    /// What its HTML said.
    pub mark: Mark,
    /// Its last sign is a colon.
    pub colon: bool,
    /// A sentence that introduces a quote can end here: in a colon, or between dashes.
    pub introduces: bool,
    /// The rest of the line above it: a client wrote its own words behind the writer's.
    pub tail: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Blank,
    /// Begins with `>`, or stands in a quote container.
    Quote,
    Own,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, mark: Mark) -> Self {
        let bare = bare(text);
        // The end of a wrapped `<address>:`, and GroupWise's heading, only look like quotes.
        let unquoted = || matches!(bare, ":" | "：") || block::is_arrow_heading(text);
        let class = match text.trim_start_matches([' ', '\t', '\u{A0}', '\u{200B}']) {
            "" => Class::Blank,
            // Gmail puts the heading of a mail that is passed on where it puts the line above a quote.
            _ if mark == Mark::Quoted => {
                if block::says_forwarded(bare) {
                    Class::Own
                } else {
                    Class::Quote
                }
            }
            inner if inner.starts_with('>') && text.len() - inner.len() <= 4 && !unquoted() => Class::Quote,
            _ => Class::Own,
        };
        let colon = bare.ends_with([':', '：']);
        Self { text, bare, class, mark, colon, introduces: colon || attribution::is_dashed(bare), tail: false }
    }

    /// Two lines, where a client began its own sentence behind the writer's words.
    fn halves(self) -> (Self, Option<Self>) {
        if self.class != Class::Own || !self.colon {
            return (self, None);
        }
        let Some(at) = attribution::shared_from(self.text) else { return (self, None) };
        let (head, tail) = self.text.split_at(at);
        (Self::new(head, self.mark), Some(Self { tail: true, ..Self::new(tail, self.mark) }))
    }
}

/// Splits the new words off.
///
/// Shape:  `new_text` is a subsequence of the lines of `readable.text`, or of their beginnings where a client wrote
///         behind the writer's words; linear in their number.
/// Errors: none, total.
pub fn split(readable: &Readable) -> Split {
    let lines = classify(readable);
    let mut keep = vec![true; lines.len()];
    let mut below_marker = false;
    let marker = if readable.text.contains(REPLY_MARKER_BEGIN) { marker(&lines) } else { None };
    let end = marker.map_or(lines.len(), |at| attribution::start_above(&lines, block::start_above(&lines, at)));
    keep[end..].fill(false);
    let block = trim_history(&lines[..end], &mut keep);
    if let Some(at) = marker {
        let below = &lines[at + 1..];
        let unquoted = lines[at].class == Class::Quote && below.iter().any(|line| line.class == Class::Own);
        if !has_words(&lines, &keep) && unquoted {
            keep_below(&lines, &mut keep, at);
        } else {
            below_marker = unquoted && footer::is_worded(below);
        }
    }
    let first_cut = lines.iter().zip(&keep).position(|(line, keep)| !keep && line.class != Class::Blank);
    let quoted_at = first_cut.map(|at| lines[at].text.as_ptr().addr() - readable.text.as_ptr().addr());
    banner::trim(&lines, &mut keep);
    let only_signature = signature::trim(&lines, &mut keep);
    let cut = lines.iter().zip(&keep).any(|(line, keep)| !keep && line.class != Class::Blank);
    let passed_on = block.and_then(|block| forward::find(&lines[..end], block));
    Split { new_text: join(&lines, &keep), cut, quoted_at, below_marker, only_signature, passed_on }
}

fn classify(readable: &Readable) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(readable.text.len() / 40 + 1);
    for (at, text) in readable.text.split('\n').enumerate() {
        let mark = readable.marks.get(at).copied().unwrap_or_default();
        let (line, rest) = Line::new(text, mark).halves();
        lines.push(line);
        lines.extend(rest);
    }
    for at in 1..lines.len().saturating_sub(1) {
        if lines[at].class == Class::Own && quotes::is_wrapped(&lines[at - 1..=at + 1]) {
            lines[at].class = Class::Quote;
        }
    }
    lines
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

/// Takes quoted history out of these lines. Gives the block that it begins with, when it is one.
fn trim_history(lines: &[Line<'_>], keep: &mut [bool]) -> Option<Block> {
    let history = History::find(lines);
    let own_above = lines[..history.start].iter().any(|line| line.class == Class::Own);
    match history.kind {
        // Nothing above it: the mail was passed on, and this block is what its writer wants to be read.
        HistoryKind::Block(block) if !own_above => quotes::trim_end_of_forwarded(lines, block.below, keep),
        _ => {
            keep[history.start..lines.len()].fill(false);
            quotes::trim(&lines[..history.start], keep);
        }
    }
    match history.kind {
        HistoryKind::Block(block) => Some(block),
        HistoryKind::Sure => None,
        HistoryKind::None => forward::quoted(lines),
    }
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
    Block(Block),
    /// At a line such as `On … wrote:`, or where HTML says so.
    Sure,
}

impl History {
    fn find(lines: &[Line<'_>]) -> Self {
        for (at, line) in lines.iter().enumerate() {
            let block = match line.mark {
                Mark::Cut => block::near(lines, at),
                _ if line.class != Class::Own => continue,
                _ => block::begins(lines, at),
            };
            let start = block.as_ref().map_or(at, |block| block.start.min(at));
            if let Some(block) = block {
                return Self { start, kind: HistoryKind::Block(block) };
            }
            if line.mark == Mark::Cut || attribution::ends_text(lines, at) {
                return Self { start, kind: HistoryKind::Sure };
            }
        }
        Self { start: lines.len(), kind: HistoryKind::None }
    }
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

/// The kept lines, without empty ones at either end.
fn join(lines: &[Line<'_>], keep: &[bool]) -> String {
    let worded = |at: &usize| keep[*at] && lines[*at].class != Class::Blank;
    let Some(first) = (0..lines.len()).find(worded) else { return String::new() };
    let last = (first..lines.len()).rfind(worded).unwrap_or(first);
    let mut out = String::with_capacity(lines[first..=last].iter().map(|line| line.text.len() + 1).sum());
    out.push_str(lines[first].text);
    for at in (first + 1..=last).filter(|at| keep[*at]) {
        if !lines[at].tail || !keep[at - 1] {
            out.push('\n');
        }
        out.push_str(lines[at].text);
    }
    out
}

/// A line as it is compared: quote marks, emphasis and spaces around taken off.
fn bare(line: &str) -> &str {
    let around = |c: char| match c {
        ' ' | '\t' | '*' | '|' => true,
        _ if c.is_ascii() => false,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_whitespace(),
    };
    line.trim_start_matches(|c| c == '>' || around(c)).trim_end_matches(around)
}

/// Lower-case, only where it must be.
pub(crate) fn lower(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_uppercase) { text.to_lowercase().into() } else { text.into() }
}

#[cfg(test)]
mod tests;
