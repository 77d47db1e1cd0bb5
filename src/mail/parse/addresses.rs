//! Address lists in headers, read in one pass.
//!
//! Not the library's: it makes one address of `<a@><b.no>`, splits `"a b"@c.no`, takes `Ola ola@uni.no` for an address,
//! says nothing of quotes that never end, and has no limit. Who wrote a mail must not hang on such readings.

use crate::address::{Address, Mailbox};
use crate::mail::Said;

use super::words;

/// Longest display name kept, in signs.
const NAME_CHARS_MAX: usize = 256;

/// What a list of addresses says.
#[derive(Debug, Default)]
pub(crate) struct AddressList {
    /// Mailboxes in order.
    pub mailboxes: Vec<Mailbox>,
    /// There was a group, an unreadable entry, or something that two readers may read differently.
    pub irregular: bool,
    /// There were more than allowed.
    pub cut: bool,
    /// What the first entry without a readable address says.
    pub said: Option<Said>,
}

/// Reads the unfolded value of an address field (RFC 5322 §3.4), at most `max` entries.
pub(crate) fn read(value: &str, max: usize) -> AddressList {
    let mut list = AddressList { irregular: has_control(value), ..AddressList::default() };
    let mut count = 0;
    for entry in split(value, &mut list.irregular) {
        if entry.trim().is_empty() {
            continue;
        }
        count += 1;
        if count > max {
            list.cut = true;
            break;
        }
        read_entry(entry, &mut list);
    }
    list
}

fn has_control(value: &str) -> bool {
    value.bytes().any(|b| b < b' ' && b != b'\t' || b == 0x7F)
        || !value.is_ascii() && value.chars().any(|c| c.is_control() && c != '\t')
}

/// Cuts at commas, and at the marks of groups, outside of quotes, comments and brackets; and where a comma is missing
/// between two bracketed addresses, of which the first is the one that others read.
fn split<'a>(value: &'a str, irregular: &mut bool) -> Vec<&'a str> {
    let quotes = quotes_close(value);
    let (mut entries, mut start) = (Vec::new(), 0);
    let mut scan = Scan { quotes, ..Scan::default() };
    let (mut opened, mut ended) = (0, None);
    for (at, octet) in value.bytes().enumerate() {
        let inside = scan.angle;
        if !scan.outside(octet) {
            match (inside, scan.angle) {
                (false, true) => opened = at,
                (true, false) => {
                    if let Some(end) = ended.filter(|end| *end > start) {
                        *irregular = true;
                        entries.push(&value[start..end]);
                        start = end;
                    }
                    ended = value[opened..at].contains('@').then_some(at + 1);
                }
                _ => {}
            }
            continue;
        }
        match octet {
            b',' => entries.push(&value[start..at]),
            // RFC 5322 §3.4: `name: a, b;` is a group. Its name says nothing about anybody.
            b':' | b';' => {
                *irregular = true;
                if octet == b';' || !value[start..at].contains('@') {
                    entries.push(if octet == b';' { &value[start..at] } else { "" });
                } else {
                    continue;
                }
            }
            _ => continue,
        }
        start = at + 1;
    }
    *irregular |= !quotes;
    entries.push(&value[start..]);
    entries
}

/// Is every quotation closed? If not, its mark is only a sign.
fn quotes_close(text: &str) -> bool {
    let (mut open, mut escaped) = (false, false);
    for octet in text.bytes() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if open => escaped = true,
            b'"' => open = !open,
            _ => {}
        }
    }
    !open
}

/// Where the scan is: inside of quotes, comments, brackets, or behind a backslash.
#[derive(Default)]
struct Scan {
    quotes: bool,
    quoted: bool,
    escaped: bool,
    comment: usize,
    angle: bool,
}

impl Scan {
    /// Takes one octet; true when it stands outside of everything.
    fn outside(&mut self, octet: u8) -> bool {
        if self.escaped {
            self.escaped = false;
            return false;
        }
        match octet {
            b'\\' if self.quoted || self.comment > 0 => self.escaped = true,
            b'"' if self.quotes && self.comment == 0 => self.quoted = !self.quoted,
            _ if self.quoted => {}
            b'(' => self.comment += 1,
            b')' => self.comment = self.comment.saturating_sub(1),
            _ if self.comment > 0 => {}
            b'<' => self.angle = true,
            b'>' => self.angle = false,
            _ => return !self.angle,
        }
        false
    }
}

fn read_entry(entry: &str, list: &mut AddressList) {
    let Pieces { phrase, bracketed, comment, brackets } = pieces(entry);
    list.irregular |= brackets > 1;
    let (spec, name) = match bracketed {
        Some(spec) => (spec.to_owned(), if phrase.trim().is_empty() { comment } else { phrase }),
        None => bare(&phrase, comment, &mut list.irregular),
    };
    match address(&spec, &mut list.irregular) {
        Some(address) => list.mailboxes.push(Mailbox { name: display(&name), address }),
        None => {
            list.irregular = true;
            let said = match bracketed {
                Some(_) => Said { name: display(&name), address: display(&spec) },
                // A word without brackets is a name.
                None => Said { name: display(&spec), address: None },
            };
            list.said.get_or_insert(said);
        }
    }
}

struct Pieces<'a> {
    phrase: String,
    bracketed: Option<&'a str>,
    comment: String,
    brackets: usize,
}

/// Takes an entry apart: words, the last `<…>`, comments.
fn pieces(entry: &str) -> Pieces<'_> {
    let quotes = quotes_close(entry);
    let mut scan = Scan { quotes, ..Scan::default() };
    let mut pieces = Pieces { phrase: String::new(), bracketed: None, comment: String::new(), brackets: 0 };
    let mut open = 0;
    for (at, sign) in entry.char_indices() {
        let (angle, comment) = (scan.angle, scan.comment);
        scan.outside(if sign.is_ascii() { sign as u8 } else { b'x' });
        match (sign, scan.quoted || scan.escaped) {
            ('<', false) if scan.angle && !angle => open = at + 1,
            ('>', false) if angle && !scan.angle => {
                pieces.bracketed = Some(&entry[open..at]);
                pieces.brackets += 1;
            }
            ('(', false) if comment == 0 && scan.comment == 1 => {}
            (')', false) if comment == 1 && scan.comment == 0 => {}
            _ if scan.comment > 0 => pieces.comment.push(sign),
            _ if scan.angle => {}
            _ => pieces.phrase.push(sign),
        }
    }
    if scan.angle && pieces.bracketed.is_none() {
        pieces.bracketed = Some(&entry[open..]);
        pieces.brackets = 2;
    }
    pieces
}

/// An address without brackets: `a@b (Name)`, or `Name a@b`, which is irregular.
fn bare(phrase: &str, comment: String, irregular: &mut bool) -> (String, String) {
    let phrase = phrase.trim();
    if !phrase.contains(char::is_whitespace) || phrase.starts_with('"') {
        return (phrase.to_owned(), comment);
    }
    *irregular = true;
    let Some(spec) = phrase.split_whitespace().rev().find(|word| word.contains('@')) else {
        return (phrase.to_owned(), comment);
    };
    (spec.to_owned(), phrase.replacen(spec, "", 1))
}

fn address(spec: &str, irregular: &mut bool) -> Option<Address> {
    let spec = spec.trim();
    if let Some(address) = Address::parse(spec) {
        return Some(address);
    }
    // RFC 5322 §4.4: a route before the address, long obsolete.
    if let Some((_, last)) = spec.strip_prefix('@').and_then(|route| route.rsplit_once(':')) {
        return Address::parse(last);
    }
    *irregular = true;
    let plain: String = words::decode(spec).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let plain = plain.trim_matches(['\'', '"', '<', '>', '[', ']', ',', ';', '.']);
    let plain = plain.strip_prefix("mailto:").unwrap_or(plain);
    Address::parse(plain)
}

/// The display name as a person reads it; `None` for nothing.
fn display(name: &str) -> Option<String> {
    let mut plain = String::with_capacity(name.len());
    let mut escaped = false;
    for sign in name.trim().chars().take(NAME_CHARS_MAX * 4) {
        match sign {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {}
            _ => {
                escaped = false;
                plain.push(sign);
            }
        }
    }
    let name: String = words::readable(&plain).chars().take(NAME_CHARS_MAX).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).unwrap_or(&name).to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(value: &str) -> String {
        let list = read(value, 1000);
        let one = |m: &Mailbox| format!("{}|{}", m.name.as_deref().unwrap_or("-"), m.address);
        let all = list.mailboxes.iter().map(one).collect::<Vec<_>>().join(" ");
        if list.irregular { format!("{all} !") } else { all }
    }

    #[test]
    fn lists_are_read_and_oddities_are_marked() {
        for (value, want) in [
            ("ola@uni.no", "-|ola@uni.no"),
            ("Ola <ola@uni.no>", "Ola|ola@uni.no"),
            ("\"Nordmann, Ola\" <ola@uni.no>, kari@x.no (Kari K)", "Nordmann, Ola|ola@uni.no Kari K|kari@x.no"),
            ("=?utf-8?q?K=C3=A5re?= <kare@uni.no>", "Kåre|kare@uni.no"),
            ("\"=?utf-8?q?K=C3=A5re?=\" <kare@uni.no>", "Kåre|kare@uni.no"),
            ("'Ola' <ola@uni.no>,", "Ola|ola@uni.no"),
            ("<ola@uni.no>", "-|ola@uni.no"),
            ("venner: ola@uni.no, kari@x.no;", "-|ola@uni.no -|kari@x.no !"),
            ("undisclosed-recipients:;", " !"),
            ("Ola <ola@uni.no> <evil@x.no>", "Ola|ola@uni.no -|evil@x.no !"),
            ("Ola <ola@uni.no> Kari <kari@x.no>, x@y.no", "Ola|ola@uni.no Kari|kari@x.no -|x@y.no !"),
            ("Ola <OLA> <ola@uni.no>", "Ola|ola@uni.no !"),
            ("ola@uni.no <evil@x.no>", "ola@uni.no|evil@x.no"),
            ("Ola ola@uni.no", "Ola|ola@uni.no !"),
            ("\"open <ola@uni.no>", "open|ola@uni.no !"),
            ("<@a.no,@b.no:ola@uni.no>", "-|ola@uni.no"),
            ("ola at uni.no", " !"),
            ("Ola <ola@uni.no", "Ola|ola@uni.no !"),
            ("\"a\\\"b\" <a@b.no>", "a\"b|a@b.no"),
            ("Ola (IT (drift)) <ola@uni.no>", "Ola|ola@uni.no"),
            ("", ""),
        ] {
            assert_eq!(show(value), want, "{value}");
        }
    }

    #[test]
    fn the_number_of_addresses_is_bounded() {
        let list = read(&"a@b.no,".repeat(5000), 1000);
        assert_eq!((list.mailboxes.len(), list.cut), (1000, true));
    }
}
