//! Nothing internal leaves: what is internal is taken out when an answer is written, and looked for again before it
//! is sent.

mod addresses;
mod files;
mod notes;
mod reading;
mod tokens;
mod wording;

use addresses::Addresses;
use notes::Notes;
use reading::{Reading, readings};
use tokens::Tokens;

use super::write::Material;
use crate::address::Address;
use crate::case::change::To;
use crate::mail::MessageId;
use crate::mail::compose::Draft;
use crate::mail::html::part::joined;
use crate::mail::html::to_text;
use crate::token;

pub use files::cleaned;
pub use wording::Wording;

/// What must not leave.
#[derive(Clone, Debug)]
pub struct Inside<'a> {
    addresses: Addresses,
    notes: Notes,
    tokens: Tokens<'a>,
    wording: &'a Wording,
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
    /// A mail that only a user got, or a piece of it.
    Notification,
    /// The way that an attached mail went.
    Trace,
    /// Words of a note or of a notification in the subject, which is the case's title.
    Title,
}

impl Leak {
    /// The name in the word lists, for operators and logs. The thing itself is not repeated.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::UserAddress => "user_address",
            Self::Note => "note",
            Self::InternalId => "internal_id",
            Self::Notification => "notification",
            Self::Trace => "trace",
            Self::Title => "title",
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
        Self {
            addresses: Addresses::of(users.flat_map(|user| &user.addresses).filter(|address| !outside(address))),
            notes: Notes::of(notes),
            tokens: Tokens { ours: material.ours, now: material.letter.created },
            wording: material.catalog.wording(),
        }
    }

    /// The text with users' addresses and token addresses replaced by the shared address, however they are written.
    pub fn scrub(&self, text: &str, shared: &Address) -> String {
        let mut places: Vec<_> = Vec::new();
        for reading in Reading::all(text) {
            let found = self.addresses.places(&reading.text).into_iter().chain(self.tokens.places(&reading.text));
            places.extend(found.map(|piece| reading.place(piece)));
        }
        places.sort_unstable_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        let (mut out, mut from, shared) = (String::with_capacity(text.len()), 0, shared.to_string());
        for place in places {
            if place.start >= from {
                out.push_str(&text[from..place.start]);
                out.push_str(&shared);
            }
            from = from.max(place.end);
        }
        out.push_str(&text[from..]);
        out
    }

    /// The same for the name of a file. Its ending is no part of an address: `ola@uni.example.pdf`.
    pub fn scrub_file_name(&self, name: &str, shared: &Address) -> String {
        let (stem, ending) = name.split_at(stem(name).len());
        format!("{}{ending}", self.scrub(stem, shared))
    }

    /// Does a page show, or hide, an address or a token?
    pub fn shows(&self, html: &str) -> bool {
        views(html).any(|text| self.addresses.is_in(&text) || self.tokens.are_in(&text))
    }

    /// Tokens, notes and pieces of notifications, which no text and no file may hold.
    fn is_free(&self, text: &str) -> Result<(), Leak> {
        match () {
            () if self.tokens.are_in(text) => Err(Leak::Token),
            () if self.names_internal(text) => Err(Leak::InternalId),
            () if self.notes.are_in(text) => Err(Leak::Note),
            () if self.wording.is_in(text, &self.tokens.ours.prefix) => Err(Leak::Notification),
            () => Ok(()),
        }
    }

    fn names_nobody(&self, text: &str) -> Result<(), Leak> {
        if self.addresses.is_in(text) { Err(Leak::UserAddress) } else { Ok(()) }
    }

    /// A field that names these mails, but for those that only a user got; `None` where no other is left.
    fn public(&self, ids: &[MessageId]) -> Option<String> {
        let public = ids.iter().filter(|id| !self.is_internal(id));
        let field: String = public.map(|id| format!(" <{id}>\r\n")).collect();
        (!field.is_empty()).then_some(field)
    }

    /// Does a text name a mail that only a user got?
    fn names_internal(&self, text: &str) -> bool {
        const ID_BYTES_MAX: usize = 400;
        let starts = text.match_indices("hv.").map(|(at, _)| &text[at..]);
        let starts = starts.map(|rest| &rest[..rest.floor_char_boundary(ID_BYTES_MAX)]);
        let end = |sign: char| !(sign.is_ascii_alphanumeric() || ".-@".contains(sign));
        let ids = starts.map(|rest| &rest[..rest.find(end).unwrap_or(rest.len())]).filter(|id| id.contains('@'));
        ids.filter_map(|id| MessageId::parse(id.trim_end_matches('.'))).any(|id| self.is_internal(&id))
    }

    /// Is this the id of a mail that only a user got?
    fn is_internal(&self, id: &MessageId) -> bool {
        token::check_message_id(&self.tokens.ours.keys, id).is_some_and(|letter| letter.copy != 0)
    }
}

/// The last look at a mail to outside people.
///
/// Shape:  looks at subject, names, text and HTML for users' addresses, tokens, notes and pieces of notifications; at
///         files as [`files::guard`] says.
/// Errors: the first leak found.
pub fn guard(draft: &Draft, inside: &Inside<'_>) -> Result<(), Leak> {
    if draft.in_reply_to.iter().chain(&draft.references).any(|id| inside.is_internal(id)) {
        return Err(Leak::InternalId);
    }
    let mut words = vec![draft.subject.as_str(), draft.text.as_str()];
    words.extend(draft.from.name.as_deref());
    words.extend(draft.headers.iter().map(|(_, value)| value.as_str()));
    words.extend(draft.attachments.iter().flat_map(|file| [file.name.as_str(), stem(&file.name)]));
    let words: Vec<String> =
        words.into_iter().flat_map(readings).chain(draft.html.iter().flat_map(|html| views(html))).collect();
    words.iter().try_for_each(|text| inside.names_nobody(text))?;
    let subject = readings(&draft.subject).try_for_each(|text| inside.is_free(&text));
    subject.map_err(|leak| if leak == Leak::Token { leak } else { Leak::Title })?;
    words.iter().try_for_each(|text| inside.is_free(text))?;
    draft.attachments.iter().try_for_each(|file| files::guard(file, inside))
}

/// The pieces of these notes that stand in a text, as the notes have them.
pub fn noted(text: &str, notes: &[String]) -> Vec<String> {
    let (notes, mut found) = (Notes::of(notes), Vec::<String>::new());
    for piece in readings(text).flat_map(|text| notes.within(&text).map(str::to_owned).collect::<Vec<_>>()) {
        if !found.iter().any(|known| known.contains(&piece)) {
            found.push(piece);
        }
    }
    found
}

/// The ways in which a page can be read: as it is written, as it is shown, as if it had no tags, and with what its tags
/// say in plain letters.
fn views(html: &str) -> impl Iterator<Item = String> + use<> {
    let said = to_text(&html.replace(['<', '>'], " ")).text;
    let views = [html.to_owned(), to_text(html).text, joined(html), said];
    views.into_iter().flat_map(|view| readings(&view).collect::<Vec<_>>())
}

/// The name of a file without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests;
