//! Whom a report's words name. Systems write an address at the beginning of a line, behind a label, or alone below a
//! sentence that announces it; what stands below it, up to the next one, is said about it.

use crate::address::Address;
use crate::mail::{Mail, ReportRecipient, ReportState};

use super::{RECIPIENTS_MAX, code, marks};

/// Octets of one line that are looked at.
const LINE_BYTES_MAX: usize = 500;
/// Lines below an announcement in which a name without a domain is believed to be a recipient.
const NAME_LINES_MAX: usize = 2;

/// How sure it is that an address is a recipient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It stands in some sentence.
    Mentioned,
    /// It stands in a sentence about a refusal.
    Refused,
    /// It stands where systems list recipients.
    Listed,
    /// And somebody announced the list.
    Announced,
}

/// One address and what is said about it.
struct Named {
    address: String,
    rank: Rank,
    said: String,
}

/// The recipients that the text names, each with the status that its lines give.
///
/// Shape:  one pass over the lines; at most [`RECIPIENTS_MAX`] recipients, the surest kind of them only.
/// Errors: none.
pub(super) fn recipients(said: &str, mail: &Mail, state: ReportState) -> Vec<ReportRecipient> {
    let mut reader =
        Reader { mail, named: Vec::new(), places: Places::new(), current: None, announced: None, name: None };
    said.lines().for_each(|line| reader.line(line));
    let overall = code::of(said, state).or_else(|| code::unsaid(state));
    let mut chosen = reader.choose();
    if chosen.is_empty() {
        chosen.extend(reader.local_name());
    }
    let with_status = |named: Named| {
        let status = code::of(&named.said, state).or_else(|| overall.clone());
        ReportRecipient { address: named.address, status }
    };
    chosen.into_iter().map(with_status).collect()
}

type Places = std::collections::HashMap<String, usize>;

struct Reader<'m> {
    mail: &'m Mail,
    named: Vec<Named>,
    /// Where an address stands in `named`, by its lower-case form.
    places: Places,
    /// Whom the lines are about.
    current: Option<usize>,
    /// Lines since the announcement.
    announced: Option<usize>,
    /// A name without domain below an announcement.
    name: Option<String>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        let lower = line.to_lowercase();
        let announces = marks::ANNOUNCEMENTS.iter().any(|words| lower.contains(words));
        if announces {
            self.announced = Some(0);
        }
        for (address, rank) in addresses(line, &lower) {
            let rank = if rank == Rank::Listed && self.announced.is_some() { Rank::Announced } else { rank };
            self.take(&address, rank);
        }
        match &mut self.announced {
            Some(lines) if !announces && !line.trim().is_empty() => {
                *lines += 1;
                if *lines <= NAME_LINES_MAX && self.name.is_none() {
                    self.name = local_name(line);
                }
            }
            _ => {}
        }
        if let Some(named) = self.current.and_then(|at| self.named.get_mut(at)) {
            named.said.push_str(line);
            named.said.push('\n');
        }
    }

    fn take(&mut self, address: &Address, rank: Rank) {
        let text = address.to_string();
        let known = *self.places.entry(text.to_lowercase()).or_insert(self.named.len());
        if let Some(named) = self.named.get_mut(known) {
            named.rank = named.rank.max(rank);
        } else if self.named.len() < RECIPIENTS_MAX {
            self.named.push(Named { address: text, rank, said: String::new() });
        } else {
            return;
        }
        self.current = Some(known);
    }

    /// The surest ones; of those that only stand in sentences, the first. The writer's own address only when there is
    /// no other, because people write to themselves.
    fn choose(&mut self) -> Vec<Named> {
        let mail = self.mail;
        let is = |named: &Named, address: &Address| named.address.eq_ignore_ascii_case(&address.to_string());
        let reporter = |named: &Named| mail.from.iter().chain(&mail.reply_to).any(|m| is(named, &m.address));
        let writer = |named: &Named| mail.to.iter().any(|m| is(named, &m.address));
        self.named.retain(|named| !reporter(named));
        let (own, others): (Vec<Named>, Vec<Named>) = std::mem::take(&mut self.named).into_iter().partition(writer);
        let chosen = surest(others);
        if chosen.is_empty() {
            surest(own.into_iter().filter(|named| named.rank >= Rank::Listed).collect())
        } else {
            chosen
        }
    }

    /// A name without a domain is one of the reporting system's own.
    fn local_name(&self) -> Option<Named> {
        let domain = self.mail.from.first()?.address.domain();
        let address = Address::of(self.name.as_deref()?, domain)?;
        Some(Named { address: address.to_string(), rank: Rank::Announced, said: String::new() })
    }
}

fn surest(mut named: Vec<Named>) -> Vec<Named> {
    let Some(best) = named.iter().map(|named| named.rank).max() else { return named };
    named.retain(|named| named.rank == best);
    if best < Rank::Listed {
        named.truncate(1);
    }
    named
}

/// The addresses of a line.
fn addresses(line: &str, lower: &str) -> Vec<(Address, Rank)> {
    if !line.contains('@') || line.len() > LINE_BYTES_MAX {
        return Vec::new();
    }
    let refusal = marks::REFUSALS.iter().any(|words| lower.contains(words));
    let mut found: Vec<(Address, Rank)> = Vec::new();
    let mut before = String::new();
    for word in line.split_whitespace() {
        if let Some((address, typed)) = address_in(word) {
            let rank = match () {
                () if typed
                    || is_label(&before)
                    || found.iter().any(|(_, rank)| *rank == Rank::Listed) && ends_list(&before) =>
                {
                    Rank::Listed
                }
                () if is_contact(&before) => continue,
                () if refusal => Rank::Refused,
                () => Rank::Mentioned,
            };
            found.push((address, rank));
        }
        before.push_str(&word.to_lowercase());
        before.push(' ');
    }
    found
}

/// The address in a word, and whether a type in front says that it is a recipient's: `SMTP:`, `rfc822;`.
fn address_in(word: &str) -> Option<(Address, bool)> {
    if !word.contains('@') {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let behind = |mark: &str| lower.rfind(mark).and_then(|at| word.get(at + mark.len()..));
    let typed = ["smtp:", "smtp=", "rfc822;", "822;"].iter().find_map(|mark| behind(mark));
    let bare = typed.or_else(|| behind("mailto:")).unwrap_or(word);
    let bare = bare.trim_start_matches(['<', '"', '\'', '(', '[', '*', '«', '“', '‘', '`']);
    let bare = bare
        .split(['>', ';', ')', ']', ',', '"', '»', '”', '’', '<'])
        .next()?
        .trim_end_matches(['.', ':', '\'', '*', '!']);
    Address::parse(bare).map(|address| (address, typed.is_some()))
}

/// Does what stands before an address on its line say that systems list it there? Nothing, a reply, or a label.
fn is_label(before: &str) -> bool {
    const WORDS_MAX: usize = 6;
    let before = before.trim_matches(['<', '>', '*', '-', '#', '|', '•', '"', ' ', '.', '\t']);
    // Whom an alias stands for: the address that was written to.
    if before.is_empty()
        || ["expanded from", "expanded from:", "generated from"].iter().any(|end| before.ends_with(end))
    {
        return true;
    }
    let reply =
        |word: &str| word.len() <= 9 && word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'#'));
    if before.split(' ').all(reply) {
        return true;
    }
    let Some(label) = before.strip_suffix(':') else { return before.ends_with("rcpt to") };
    let label = label.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | '-' | '#' | '('));
    let few = label.split_whitespace().count() <= WORDS_MAX;
    few && marks::LABELS.iter().any(|word| label.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
}

/// The next address of a list: `a@b.no, c@d.no` or `"a@b.no" <a@b.no>`.
fn ends_list(before: &str) -> bool {
    before.trim_end().ends_with([',', ';', '"'])
}

/// Is it somebody who may be asked, or who wrote?
fn is_contact(before: &str) -> bool {
    let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
    marks::CONTACTS.contains(&last.trim_matches(['<', ':', '(', '"']))
}

/// A line that is one name, or a name and what is wrong with it.
fn local_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let alone = words.next().is_none_or(|next| next.starts_with('('));
    let name = if alone { first } else { first.strip_suffix("...")? };
    let name = name.trim_matches(['<', '>', '"', '\'', ':']);
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    (name.chars().any(|c| c.is_ascii_alphabetic()) && name.chars().all(good)).then(|| name.to_owned())
}
