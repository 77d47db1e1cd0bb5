//! Nothing internal leaves: what is internal is taken out when an answer is written, and looked for again before it
//! is sent.

mod addresses;

use addresses::Addresses;

use super::write::Material;
use crate::address::{Address, Domain};
use crate::case::change::To;
use crate::mail::compose::Draft;
use crate::mail::html::part::joined;
use crate::mail::html::to_text;
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token;

/// A note shorter than this says nothing that an answer might not say by itself.
const NOTE_CHARS_MIN: usize = 16;
/// A single line of a note counts from this length on.
const NOTE_LINE_CHARS_MIN: usize = 40;
/// Most lines of notes that are looked for, and most octets of one file that are looked through.
const NOTE_LINES_MAX: usize = 2000;
const FILE_BYTES_MAX: usize = 1 << 20;
/// How people end what they write; what follows is their signature, and stands below their answers too.
const GREETINGS: &[&str] = &[
    "mvh",
    "hilsen",
    "helsing",
    "vennlig hilsen",
    "venleg helsing",
    "med vennlig hilsen",
    "med venleg helsing",
    "beste hilsen",
    "regards",
    "best regards",
    "kind regards",
    "with kind regards",
    "sincerely",
    "br",
    "--",
];
/// Letters of a token at least; shorter ones are somebody's words.
const TOKEN_CHARS_MIN: usize = 40;
/// Letters of a token at most.
const TOKEN_CHARS_MAX: usize = 58;

/// What must not leave.
#[derive(Clone, Debug)]
pub struct Inside<'a> {
    ours: &'a Ours,
    addresses: Addresses,
    notes: Vec<String>,
    now: Timestamp,
}

/// What a mail to outside people still held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// A token that counts.
    Token,
    /// A user's own address.
    UserAddress,
    /// Words of a note.
    Note,
    /// The id of a mail that only a user got.
    InternalId,
}

impl Leak {
    /// The name in the word lists, for operators and logs. The thing itself is not repeated.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::UserAddress => "user_address",
            Self::Note => "note",
            Self::InternalId => "internal_id",
        }
    }
}

impl<'a> Inside<'a> {
    /// What is internal to this letter's case: its users' addresses, but for those of its recipients; and these notes.
    pub fn of(material: &Material<'a>, notes: &[String]) -> Self {
        let case = material.case;
        let outside = |address: &Address| {
            case.has_participant(address) || material.letter.to.contains(&To::Outside(address.clone()))
        };
        let users = material.directory.users().filter(|user| user.registrations.contains_key(&case.customer));
        let addresses = Addresses::of(users.flat_map(|user| &user.addresses).filter(|address| !outside(address)));
        Self { ours: material.ours, addresses, notes: wanted(notes), now: material.letter.created }
    }

    /// The text with users' addresses and token addresses replaced by the shared address.
    pub fn scrub(&self, text: &str, shared: &Address) -> String {
        let shared = shared.to_string();
        self.without_tokens(&self.addresses.replaced(text, &shared), &shared)
    }

    /// The text with whole token addresses replaced, ours or of our domain: other systems have such addresses too.
    fn without_tokens(&self, text: &str, with: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive(|c: char| c.is_whitespace() || "<>\"'()[],;:".contains(c)) {
            let word = piece.trim_end_matches(|c: char| c.is_whitespace() || "<>\"'()[],;:".contains(c));
            let bare = word.trim_end_matches('.');
            if bare.contains('@') && self.is_token(bare) {
                out.push_str(with);
                out.push_str(&piece[bare.len()..]);
            } else {
                out.push_str(piece);
            }
        }
        out
    }

    fn is_token(&self, word: &str) -> bool {
        let domain = word.rsplit_once('@').and_then(|(_, domain)| Domain::parse(domain));
        let at_ours = domain.as_ref() == Some(&self.ours.reply_domain);
        tokens_within(word).any(|(local, letters)| at_ours || self.begins_live(local, letters))
    }

    /// The same for the name of a file. Its ending is no part of an address: `ola@uni.example.pdf`.
    pub fn scrub_file_name(&self, name: &str, shared: &Address) -> String {
        let (stem, ending) = name.split_at(stem(name).len());
        format!("{}{ending}", self.scrub(stem, shared))
    }

    /// Does a page show, or hide, an address or a token?
    pub fn shows(&self, html: &str) -> bool {
        views(html).iter().any(|text| self.holds_user(text) || holds_token(text, self))
    }

    fn holds_user(&self, text: &str) -> bool {
        self.addresses.is_in(text)
    }

    /// Do these letters begin with a token that counts? The end may run into the text that follows: every length that a
    /// token can have is tried.
    fn begins_live(&self, local: &str, letters: &str) -> bool {
        let longest = letters.len().min(TOKEN_CHARS_MAX);
        (TOKEN_CHARS_MIN..=longest).any(|length| self.is_live(&format!("{local}+{}", &letters[..length])))
    }

    fn is_live(&self, local: &str) -> bool {
        let address = Address::of(local, &self.ours.reply_domain);
        address
            .is_some_and(|address| token::check(&self.ours.keys, &address, &self.ours.reply_domain, self.now).is_some())
    }
}

/// The last look at a mail to outside people.
///
/// Shape:  looks at subject, names, text and HTML for all three; at attachments for tokens and notes, since a file may
/// rightly name a person.
/// Errors: the first leak found.
pub fn guard(draft: &Draft, inside: &Inside<'_>) -> Result<(), Leak> {
    let text = without_invisible(&draft.text);
    let pages: Vec<String> = draft.html.iter().flat_map(|html| views(html)).collect();
    let mut words = vec![draft.subject.as_str(), text.as_str()];
    words.extend(pages.iter().map(String::as_str));
    words.extend(draft.from.name.as_deref());
    words.extend(draft.headers.iter().map(|(_, value)| value.as_str()));
    let ids = draft.in_reply_to.iter().chain(&draft.references);
    if ids.filter_map(|id| token::check_message_id(&inside.ours.keys, id)).any(|letter| letter.copy != 0) {
        return Err(Leak::InternalId);
    }
    let readable = draft.attachments.iter().filter(|file| !file.bytes.iter().take(4096).any(|byte| *byte == 0));
    let files: Vec<String> =
        readable.map(|file| String::from_utf8_lossy(beginning(&file.bytes)).into_owned()).collect();
    let named: Vec<&str> = draft.attachments.iter().flat_map(|file| [file.name.as_str(), stem(&file.name)]).collect();
    for text in words.iter().chain(&named) {
        if inside.holds_user(text) {
            return Err(Leak::UserAddress);
        }
    }
    for text in words.into_iter().chain(named).chain(files.iter().map(String::as_str)) {
        if holds_token(text, inside) {
            return Err(Leak::Token);
        }
        if holds_note(text, &inside.notes) {
            return Err(Leak::Note);
        }
    }
    Ok(())
}

/// The ways in which a page can be read: as it is written, as it is shown, as if it had no tags, and with its links in
/// plain letters.
fn views(html: &str) -> Vec<String> {
    let views = [html.to_owned(), to_text(html).text, joined(html), without_percent(html)];
    views.iter().map(|view| without_invisible(view)).collect()
}

/// Text with `%40` and its like as the signs that they stand for.
fn without_percent(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(octet) => {
                out.push(octet);
                rest = &after[2..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Text without signs that show nothing, which would hide a word from a search.
fn without_invisible(text: &str) -> String {
    let invisible = |sign: char| matches!(sign, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}');
    text.chars().filter(|sign| !invisible(*sign)).collect()
}

/// Tokens are found even when a client has wrapped, quoted or encoded the line that they stood on.
fn holds_token(text: &str, inside: &Inside<'_>) -> bool {
    let joined =
        text.replace("=\r\n", "").replace("=\n", "").replace("=2B", "+").replace("%2B", "+").replace("%2b", "+");
    let joined: String = joined.chars().filter(|c| !c.is_whitespace() && *c != '>').collect();
    tokens_within(&joined).any(|(local, letters)| inside.begins_live(local, letters))
}

/// What looks like a token address's local part: `reply+` or `return+` and enough letters.
fn tokens_within(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    text.match_indices('+').filter_map(|(at, _)| {
        let before = |local: &&str| {
            let start = at.checked_sub(local.len()).and_then(|start| text.get(start..at));
            start.is_some_and(|word| word.eq_ignore_ascii_case(local))
        };
        let local = [token::REPLY, token::RETURN].into_iter().find(before)?;
        let rest = &text[at + 1..];
        let length = rest.bytes().take(TOKEN_CHARS_MAX).take_while(u8::is_ascii_alphanumeric).count();
        (length >= TOKEN_CHARS_MIN).then(|| (local, &rest[..length]))
    })
}

/// The name of a file without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn beginning(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(FILE_BYTES_MAX)]
}

/// What of the notes is looked for: each as a whole, and its long lines, but not the greeting and signature below.
fn wanted(notes: &[String]) -> Vec<String> {
    let mut wanted = Vec::new();
    for note in notes {
        let ends =
            |line: &&str| !GREETINGS.contains(&line.trim().trim_end_matches([',', '.', '!']).to_lowercase().as_str());
        let lines: Vec<&str> = note.lines().take_while(ends).collect();
        let whole = normal(&lines.join("\n"));
        wanted.extend((whole.chars().count() >= NOTE_CHARS_MIN).then_some(whole));
        wanted.extend(lines.into_iter().map(normal).filter(|line| line.chars().count() >= NOTE_LINE_CHARS_MIN));
    }
    wanted.truncate(NOTE_LINES_MAX);
    wanted
}

fn holds_note(text: &str, wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return false;
    }
    let text = normal(text);
    wanted.iter().any(|words| memchr::memmem::find(text.as_bytes(), words.as_bytes()).is_some())
}

/// Lower case, single spaces, no quotation marks: how a client may have rewrapped it.
fn normal(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == '>').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests;
