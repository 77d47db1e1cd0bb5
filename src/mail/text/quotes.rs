//! Quoted lines, and which of them go.

use super::{Class, Line, Mark, attribution, block, signature};

/// A run of quoted lines, with the line that introduces it.
struct Run {
    /// By a client.
    introduced: bool,
    /// By the writer, in words that end in a colon.
    announced: bool,
    start: usize,
    end: usize,
}

/// Takes quotes out that nobody answered.
pub(super) fn trim(lines: &[Line<'_>], keep: &mut [bool]) {
    let runs = runs(lines);
    let Some((first, last)) = runs.first().zip(runs.last()) else { return };
    const WORDED_ABOVE_MIN: usize = 2;
    let worded = lines[..first.start].iter().filter(|line| line.class == Class::Own).take(WORDED_ABOVE_MIN).count();
    let above = worded > 0;
    let below = has_words(&lines[last.end..]) && !signature::is_only_signature(&lines[last.end..]);
    if !above && !below && runs.len() == 1 && block::passes_on(&lines[first.start..first.end]) {
        // Nothing but a mail passed on, in quotes.
        return;
    }
    if runs.len() > 1 {
        // Answers between quotes stay with them; only what nobody answered below goes.
        if !below {
            keep[last.start..last.end].fill(false);
        }
        return;
    }
    // One block of quotes: history when it is introduced as such or ends the mail; else a quote to answer.
    let history = match first.introduced {
        // A greeting alone stands above a quote whose answer is all below, as if nothing did.
        true => worded < WORDED_ABOVE_MIN || !is_answer(&lines[last.end..]),
        false if first.announced && above => false,
        false => !below || !above && lines[first.start].mark == Mark::Quoted,
    };
    if history {
        keep[first.start..first.end].fill(false);
    }
}

/// Of a mail that was passed on with nothing above it, only the quotes at the very end go, when they are introduced:
/// they are the history of the mail that was passed on. Quotes that begin the block are that mail.
pub(super) fn trim_end_of_forwarded(lines: &[Line<'_>], below: usize, keep: &mut [bool]) {
    let inside = &lines[below.min(lines.len())..];
    if inside.iter().find(|line| line.class != Class::Blank).is_none_or(|line| line.class == Class::Quote) {
        return;
    }
    if let Some(last) = runs(lines).last()
        && last.introduced
        && last.start > below
        && !has_words(&lines[last.end..])
    {
        keep[last.start..last.end].fill(false);
    }
}

fn has_words(lines: &[Line<'_>]) -> bool {
    lines.iter().any(|line| line.class == Class::Own)
}

/// More below a quote than a closing line or what a company or a list puts below every mail: an answer to the quote,
/// which then stays above it.
fn is_answer(below: &[Line<'_>]) -> bool {
    const LINES_MIN: usize = 3;
    const LINES_LOOKED_AT: usize = 40;
    let own = || below.iter().filter(|line| line.class == Class::Own).take(LINES_LOOKED_AT);
    own().count() >= LINES_MIN && !signature::is_only_signature(below) && !own().any(|line| signature::is_footer(line))
}

/// The end of a long quoted line that a client wrapped without a new `>`: it goes on in the middle of a sentence, and
/// the quote goes on below it. Or a link, or the end of one, that stands alone between two quoted lines.
pub(super) fn is_wrapped(lines: &[Line<'_>]) -> bool {
    const WRAPPED_CHARS_MIN: usize = 60;
    let [above, line, below] = lines else { return false };
    if above.class != Class::Quote || below.class != Class::Quote || below.mark != Mark::None {
        return false;
    }
    let text = line.text.trim_matches([' ', '(', ')', '<', '>', '[', ']']);
    let alone = !text.contains(' ');
    let link = text.starts_with("http://") || text.starts_with("https://");
    let begun = above.text.rsplit(' ').next().is_some_and(|word| word.contains("://"));
    let open = !above.text.trim_end().ends_with(['.', '?', '!', ':', ';']);
    let long = || above.text.chars().count() >= WRAPPED_CHARS_MIN;
    alone && (link || begun && open) || open && text.chars().next().is_some_and(char::is_lowercase) && long()
}

fn runs(lines: &[Line<'_>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(next) = lines[at..].iter().position(|line| line.class == Class::Quote) {
        at += next;
        let mut end = at;
        while let Some(next) = next_quote(lines, end) {
            end = next;
        }
        let floor = runs.last().map_or(0, |run| run.end);
        let start = attribution::start_above(lines, at).max(floor);
        match runs.last_mut() {
            Some(run) if !has_words(&lines[run.end..start]) && (run.introduced || start == at) => run.end = end,
            _ => runs.push(Run { introduced: start < at, announced: is_announced(lines, start), start, end }),
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

/// Does the line right above end in a colon, and name neither date nor address as a client would?
fn is_announced(lines: &[Line<'_>], start: usize) -> bool {
    let above = start.checked_sub(1).and_then(|above| lines.get(above));
    above.is_some_and(|line| {
        line.class == Class::Own
            && line.colon
            && !line.bare.bytes().any(|octet| octet == b'@' || octet.is_ascii_digit())
    })
}
