//! What the library is given to read: a copy of the mail in which nothing stands that could hurt.
//!
//! `MessageParser` (0.11.9) has no limits. A mail in a mail becomes a value in a value, and dropping 50,000 of them
//! overflows the stack; each declared boundary that never comes is looked for to the end; each `--boundary` makes a
//! part, also in the middle of a line. So a few octets of the copy are overwritten, in linear passes:
//!
//! - a `message/…` type loses its slash: an attached mail is one part, never opened, whatever its encoding;
//! - a boundary whose line does not come later is not declared, so no search fails;
//! - lines and words that only look like boundaries lose their first dash; the lines that are left are counted;
//! - only so many lines of a part's header keep their colon, and so many stars stay.
//!
//! And two kinds of lines are put in, without which the library swallows the parts that follow: the end of a container
//! that was left open inside of another, and the empty line behind a header. What is found in the copy are places;
//! they are counted back to places of the mail, and all contents are taken from there.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2_iter, memmem, memrchr};

use super::fields::{self, Header, line_end};

/// What overwrites an octet: no part of any token the library knows.
const CLOSED: u8 = b'~';
/// Colons of all parts together, behind which the library may collect fields.
const COLONS_MAX: usize = 50_000;
/// Colons behind one boundary line.
const PART_COLONS_MAX: usize = 500;
/// Stars behind one boundary line: pieces of parameters (RFC 2231).
const PART_STARS_MAX: usize = 64;
/// Boundaries written in a way that only the library can read (RFC 2231, escapes); each may cost one failing search.
const ODD_BOUNDARIES_MAX: usize = 8;

/// The copy.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    /// What the library reads: a short header about the content, then the body.
    pub octets: Vec<u8>,
    /// Octets of that header.
    pub front: usize,
    /// There were more boundary lines than parts are allowed.
    pub cut: bool,
    /// Lines that were put in, in order.
    added: Vec<Added>,
}

/// A line that was put in.
#[derive(Debug)]
struct Added {
    /// Where it stands in the copy.
    here: Range<usize>,
    /// By how much everything behind it stands too far.
    shift: usize,
    /// What ends in it ends here in the copy without it: the line end before a boundary belongs to that
    /// (RFC 2046 §5.1.1).
    end: usize,
}

impl Guarded {
    /// A place in the copy as a place in the body.
    pub fn place(&self, offset: usize) -> usize {
        let passed = self.added.partition_point(|added| added.here.start <= offset);
        let place = match passed.checked_sub(1).map(|last| &self.added[last]) {
            Some(added) if offset < added.here.end => added.end,
            Some(added) => offset - added.shift,
            None => offset,
        };
        place.saturating_sub(self.front)
    }
}

/// Makes the copy. `boundary` is used in place of the declared one, with the type beside it.
///
/// Shape:  a few passes over the mail, one small map.
/// Errors: none.
pub(crate) fn copy(raw: &[u8], header: &Header<'_>, boundary: Option<(&str, &[u8])>, parts_max: usize) -> Guarded {
    let body = raw.get(header.body..).unwrap_or_default();
    let mut octets = Vec::with_capacity(body.len() + 512);
    match boundary {
        Some((media_type, boundary)) => {
            octets.extend_from_slice(format!("Content-Type: {media_type}; boundary=\"").as_bytes());
            octets.extend_from_slice(boundary);
            octets.extend_from_slice(b"\"\r\n");
        }
        None => content_fields(header, &mut octets),
    }
    octets.extend_from_slice(b"\r\n");
    let front = octets.len();
    octets.extend_from_slice(body);
    close_messages(&mut octets);
    limit_signs(&mut octets, b':', PART_COLONS_MAX, COLONS_MAX);
    limit_signs(&mut octets, b'*', PART_STARS_MAX, usize::MAX);
    Guarded { front, ..limit_boundaries(octets, parts_max) }
}

/// The library needs no other fields to find parts.
fn content_fields(header: &Header<'_>, octets: &mut Vec<u8>) {
    const BYTES_MAX: usize = 8 * 1024;
    for name in ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"] {
        if let Some(field) = header.last(name) {
            let value = field.value.trim_ascii();
            octets.extend_from_slice(name.as_bytes());
            octets.extend_from_slice(b": ");
            octets.extend_from_slice(&value[..value.len().min(BYTES_MAX)]);
            octets.extend_from_slice(b"\r\n");
        }
    }
}

/// Signs that the library passes over between the two halves of a media type.
fn is_filler(octet: &u8) -> bool {
    octet.is_ascii_whitespace() || matches!(octet, b'"' | b'\\')
}

/// Takes the slash from `message/…`, and the name from `multipart/digest`, whose parts are mails without saying so
/// (RFC 2046 §5.1.5). A comment before a slash may hide either. No octet is looked at by more than two slashes.
fn close_messages(octets: &mut [u8]) {
    let slashes: Vec<usize> = memchr_iter(b'/', octets).collect();
    for (number, &slash) in slashes.iter().enumerate() {
        let from = number.checked_sub(1).map_or(0, |before| slashes[before] + 1);
        let to = slashes.get(number + 1).copied().unwrap_or(octets.len());
        let fillers = octets[from..slash].iter().rev().take_while(|b| is_filler(b)).count();
        let before = &octets[from..slash - fillers];
        let fillers = octets[slash + 1..to].iter().take_while(|b| is_filler(b)).count();
        let after = slash + 1 + fillers;
        if before.ends_with(b")") || ends_with_word(before, b"message") {
            octets[slash] = CLOSED;
        } else if ends_with_word(before, b"multipart")
            && octets[after..to].first().is_some_and(|b| matches!(b, b'd' | b'D' | b'('))
        {
            octets[after] = CLOSED;
        }
    }
}

fn ends_with_word(octets: &[u8], word: &[u8]) -> bool {
    octets.len().checked_sub(word.len()).is_some_and(|at| octets[at..].eq_ignore_ascii_case(word))
}

/// The library keeps each line with a colon as a field while it reads a part's header, and looks through all numbered
/// pieces (RFC 2231 §3) for each of them. Behind one boundary line, and in all, only so many of these signs stay.
fn limit_signs(octets: &mut [u8], sign: u8, here_max: usize, all_max: usize) {
    if memchr_iter(sign, octets).take(here_max + 1).count() <= here_max {
        return;
    }
    let (mut position, mut here, mut all) = (0, 0, 0);
    while position < octets.len() {
        let end = line_end(octets, position);
        let line = &mut octets[position..end];
        if line.starts_with(b"--") {
            here = 0;
        }
        for octet in line.iter_mut().filter(|octet| **octet == sign) {
            if here >= here_max || all >= all_max {
                *octet = CLOSED;
            } else {
                here += 1;
                all += 1;
            }
        }
        position = end;
    }
}

/// A place where a boundary is declared.
struct Declared {
    /// Where the word begins.
    at: usize,
    /// The boundary as the library will read it; `None` when only the library can tell.
    value: Option<Vec<u8>>,
}

/// Leaves only what declares a boundary that comes, and only lines that are declared; cuts where there are too many.
fn limit_boundaries(mut octets: Vec<u8>, parts_max: usize) -> Guarded {
    let declared = declarations(&octets);
    let mut lines = Lines::new(&declared);
    if declared.is_empty() {
        return Guarded { octets, ..Guarded::default() };
    }
    let mut cut = None;
    for start in dash_lines(&mut octets) {
        let end = line_end(&octets, start);
        if !lines.take(&octets, start..end) {
            octets[start] = CLOSED;
        }
        // A part has one line in front; a container one more behind.
        if lines.count > 2 * parts_max + 2 {
            cut = Some(start);
            break;
        }
    }
    octets.truncate(cut.unwrap_or(octets.len()));
    lines.end_header(&octets, octets.len());
    let mut odd = 0;
    for declared in &declared {
        odd += usize::from(declared.value.is_none());
        let stays = lines.opens(declared) && (declared.value.is_some() || odd <= ODD_BOUNDARIES_MAX);
        if !stays && let Some(octet) = octets.get_mut(declared.at) {
            *octet = CLOSED;
        }
    }
    let mut guarded = lines.put_in(octets);
    guarded.cut = cut.is_some();
    guarded
}

/// The boundary lines met so far, and what must be put between them.
struct Lines<'m> {
    /// Where each declared boundary was seen last.
    last: HashMap<&'m [u8], usize>,
    /// Some boundaries are known to the library only.
    odd: bool,
    /// Lines that were left.
    count: usize,
    /// Containers that have begun and not ended, outermost first.
    open: Vec<&'m [u8]>,
    /// Where the last of the lines ended.
    behind: usize,
    /// A header follows it.
    in_header: bool,
    /// What is put in, and where.
    added: Vec<(usize, Vec<u8>)>,
    /// Octets in front of the line of an outer container: what is declared there had no line of its own.
    ended: Vec<(Range<usize>, &'m [u8])>,
}

impl<'m> Lines<'m> {
    fn new(declared: &'m [Declared]) -> Self {
        Self {
            last: declared.iter().filter_map(|declared| Some((declared.value.as_deref()?, 0))).collect(),
            odd: declared.iter().any(|declared| declared.value.is_none()),
            count: 0,
            open: Vec::new(),
            behind: 0,
            in_header: false,
            added: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Does a line come for this boundary before an outer container goes on?
    fn opens(&self, declared: &Declared) -> bool {
        let Some(value) = declared.value.as_deref() else { return true };
        let at = self.ended.partition_point(|(range, _)| range.end <= declared.at);
        let ended = self.ended.get(at).is_some_and(|(range, outer)| range.contains(&declared.at) && *outer != value);
        !ended && self.last.get(value).is_some_and(|line| *line > declared.at)
    }

    /// Takes a line with two dashes in front; false when it is nobody's.
    fn take(&mut self, octets: &[u8], line: Range<usize>) -> bool {
        let Some((boundary, closes)) = known(octets[line.start + 2..line.end].trim_ascii_end(), &self.last) else {
            // Nobody's boundary begins with a space; comments of programs do.
            let line = &octets[line];
            let left = self.odd && !line[2..].starts_with(b" ") && !(has_word(line) && line.contains(&b':'));
            self.count += usize::from(left);
            return left;
        };
        self.count += 1;
        self.end_header(octets, line.start);
        let before = std::mem::replace(&mut self.behind, line.end)..line.start;
        self.in_header = !closes;
        self.last.insert(boundary, line.start);
        match self.open.iter().rposition(|open| *open == boundary) {
            // RFC 2046 §5.1.2: the line of an outer container ends the inner ones, which the library does not see.
            Some(level) => {
                self.ended.push((before, boundary));
                for inner in self.open.drain(level + 1..).rev() {
                    self.added.push((line.start, [b"--", inner, b"--\r\n"].concat()));
                }
                self.open.truncate(level + usize::from(!closes));
            }
            None if !closes => self.open.push(boundary),
            None => {}
        }
        true
    }

    /// The library looks for the empty line behind a header even beyond the next boundary.
    fn end_header(&mut self, octets: &[u8], end: usize) {
        let between = &octets[self.behind.min(end)..end];
        let empty = between.starts_with(b"\n") || between.starts_with(b"\r\n");
        if self.in_header && !empty && memmem::find(between, b"\n\r\n").or(memmem::find(between, b"\n\n")).is_none() {
            let line_end: &[u8] = if between.is_empty() || between.ends_with(b"\n") { b"\r\n" } else { b"\r\n\r\n" };
            self.added.push((end, line_end.to_vec()));
        }
    }

    fn put_in(self, octets: Vec<u8>) -> Guarded {
        if self.added.is_empty() {
            return Guarded { octets, ..Guarded::default() };
        }
        let mut guarded = Guarded { octets: Vec::with_capacity(octets.len() + 16), ..Guarded::default() };
        let mut from = 0;
        for (at, added) in self.added {
            guarded.octets.extend_from_slice(&octets[from..at]);
            let start = guarded.octets.len();
            guarded.octets.extend_from_slice(&added);
            let here = start..guarded.octets.len();
            guarded.added.push(Added { shift: here.end - at, here, end: fields::before_line(&octets, at) });
            from = at;
        }
        guarded.octets.extend_from_slice(&octets[from..]);
        guarded
    }
}

/// The declared boundary that a line names, and whether it closes: all of it, or up to two dashes.
fn known<'m>(line: &[u8], last: &HashMap<&'m [u8], usize>) -> Option<(&'m [u8], bool)> {
    const TRIES_MAX: usize = 16;
    const BOUNDARY_BYTES_MAX: usize = 512;
    let line = &line[..line.len().min(BOUNDARY_BYTES_MAX)];
    let key = |name: &[u8]| last.get_key_value(name).map(|(key, _)| *key);
    let closed = || memmem::rfind_iter(line, b"--").take(TRIES_MAX).find_map(|at| key(&line[..at]));
    key(line).map(|key| (key, false)).or_else(|| closed().map(|key| (key, true)))
}

/// What declares a boundary.
const WORD: &[u8] = b"boundary";

fn has_word(line: &[u8]) -> bool {
    memchr2_iter(b'y', b'Y', line).any(|last| ends_with_word(&line[..last + 1], WORD))
}

/// Every `boundary=`, in whatever place but a boundary line: one too many does no harm.
fn declarations(octets: &[u8]) -> Vec<Declared> {
    let mut found = Vec::new();
    let (mut line, mut looked) = (0, 0);
    for end in memchr2_iter(b'y', b'Y', octets).map(|last| last + 1) {
        if !ends_with_word(&octets[..end], WORD) {
            continue;
        }
        line = memrchr(b'\n', &octets[looked..end]).map_or(line, |at| looked + at + 1);
        looked = end;
        let sign = octets[end..].iter().find(|b| !is_filler(b));
        if matches!(sign, Some(b'=' | b'*')) && !octets[line..].starts_with(b"--") {
            found.push(Declared { at: end - WORD.len(), value: value(&octets[end..]) });
        }
    }
    found
}

/// The value behind the word, when it is written plainly on the same line.
fn value(after: &[u8]) -> Option<Vec<u8>> {
    const VALUE_BYTES_MAX: usize = 300;
    let line = &after[..after.len().min(VALUE_BYTES_MAX)];
    let line = line[..line_end(line, 0)].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    // RFC 2046 §5.1.1 allows few signs; of those, the library reads brackets as comments where no quotes are.
    let (value, special): (_, &[u8]) = match line.strip_prefix(b"\"") {
        Some(quoted) => (&quoted[..memchr(b'"', quoted)?], b"\\"),
        None => (line[..memchr(b';', line).unwrap_or(line.len())].trim_ascii(), b"\\\"()"),
    };
    let plain = |b: &u8| (b.is_ascii_graphic() || *b == b' ') && !special.contains(b);
    let good = !value.is_empty() && !value.ends_with(b" ") && value.iter().all(plain);
    (good && memmem::find(value, b"=?").is_none()).then(|| value.to_vec())
}

/// Where lines begin that begin with two dashes. Two dashes anywhere else are overwritten, as the library would take
/// them for a boundary too; but not beside the word that declares one.
fn dash_lines(octets: &mut [u8]) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut position = 0;
    while let Some(at) = memmem::find(&octets[position..], b"--").map(|at| position + at) {
        let start = memrchr(b'\n', &octets[position..at]).map_or(position, |before| position + before + 1);
        let end = line_end(octets, at);
        position = end;
        let line = &mut octets[start..end];
        if line.starts_with(b"--") {
            lines.push(start);
        } else if !has_word(line) {
            overwrite_dashes(line);
        }
    }
    lines
}

fn overwrite_dashes(line: &mut [u8]) {
    for at in 1..line.len() {
        if line[at] == b'-' && line[at - 1] == b'-' {
            line[at] = CLOSED;
        }
    }
}

#[cfg(test)]
mod tests;
