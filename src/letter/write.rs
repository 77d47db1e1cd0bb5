//! Letter, case and texts → draft.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::catalog::{Catalog, TextProblem};
use super::formatted::Formatted;
use super::telephone::telephone;
use super::told::Past;
use super::{control, digest, notification, outside, receipt};
use crate::address::{Address, Mailbox, ReversePath};
use crate::case::change::{Letter, LetterKind, To};
use crate::case::event::{Actor, Entry};
use crate::case::model::{Case, Party};
use crate::directory::model::{CONTROL, Category, Directory, Language, User};
use crate::id::{CaseId, EntryNo, LetterId, UserId};
use crate::mail::compose::{Draft, DraftAttachment};
use crate::mail::parse::Contents;
use crate::mail::{Attachment, Mail, MessageId};
use crate::rules::telling::Telling;
use crate::thread::pick::may_work;
use crate::thread::{Ours, Whose, whose};
use crate::time::Timestamp;
use crate::token::{self, Grant, Token};

/// Everything that a letter is written from.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// What is to be sent.
    pub letter: &'a Letter,
    /// The case as it stands now.
    pub case: &'a Case,
    /// The entry that the letter is about.
    pub entry: &'a Entry,
    /// The entry's mail and its bytes, when it has one.
    pub mail: Option<(&'a Mail, &'a [u8])>,
    /// The text that the entry's mail answers, where it quotes it.
    pub answered: Option<&'a str>,
    /// Other entries of the journal that the letter tells of.
    pub journal: &'a [Past],
    /// The number of whoever called, where the case came by telephone, as it was written.
    pub number: Option<&'a str>,
    /// What the letter's user has been sent about this case before, oldest first.
    pub seen: &'a [LetterId],
    /// The texts of the case's notes, where they matter.
    pub notes: &'a [String],
    /// What there is to the entry's errands, one by one.
    pub found: &'a [control::Found],
    /// What a digest tells.
    pub summary: Option<&'a digest::Summary>,
    /// Who there is.
    pub directory: &'a Directory,
    /// What is ours.
    pub ours: &'a Ours,
    /// The texts.
    pub catalog: &'a Catalog,
    /// How long reply tokens count.
    pub reply_token_days: u16,
    /// When users are told.
    pub telling: &'a Telling,
    /// Where dates are meant.
    pub time_zone: &'a jiff::tz::TimeZone,
}

/// A letter, written.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// Ready to be looked at and sent.
    Mail {
        /// The mail.
        draft: Box<Draft>,
        /// Who gets it, beside whom in the letter each stands for.
        recipients: Vec<(To, Address)>,
        /// Where failures are reported.
        reverse_path: ReversePath,
    },
    /// There is nobody to send it to any more, or nothing to say.
    Void(&'static str),
}

/// Writes a letter.
///
/// Shape:  the same material gives the same mail.       Errors: a mistake in a template.
pub fn write(material: &Material<'_>) -> Result<Written, TextProblem> {
    let Some(category) = material.directory.category(material.letter.category) else {
        return Ok(Written::Void("the category is gone"));
    };
    match material.letter.kind {
        LetterKind::Answer => outside::answer(material, category),
        LetterKind::Acknowledgement => outside::acknowledgement(material, category),
        LetterKind::Notification => notification::write(material, category),
        LetterKind::Receipt if category.id == CONTROL => control::write(material, category),
        LetterKind::Receipt => receipt::write(material, category),
        LetterKind::Digest => digest::write(material, category),
    }
}

impl<'a> Material<'a> {
    /// The one user that an inside letter is for, and where their mail goes; `None` when they are no longer active.
    pub(super) fn user(&self) -> Option<(&'a User, &'a Address)> {
        let To::User(id) = self.letter.to.first()? else { return None };
        let user = self.directory.user(*id).filter(|user| user.is_active_at(self.case.customer))?;
        Some((user, user.main_address()?))
    }

    /// Where mails of this category come from.
    pub(super) fn sender(&self, category: &Category) -> Option<Address> {
        let own = category.main_address().cloned();
        own.or_else(|| Address::of("postmaster", &self.ours.reply_domain))
    }

    /// The Message-ID of this letter.
    pub(super) fn message_id(&self) -> MessageId {
        token::message_id(&self.ours.keys, self.letter.id, &self.ours.reply_domain)
    }

    /// The ids of the mails of this case that the letter's user has been sent before, oldest first.
    pub(super) fn seen_ids(&self) -> impl Iterator<Item = MessageId> {
        self.seen.iter().map(|letter| token::message_id(&self.ours.keys, *letter, &self.ours.reply_domain))
    }

    /// The number by which Outlook knows the case's conversation.
    pub(super) fn thread_index(&self) -> String {
        token::thread_index(&self.ours.keys, self.case.id, self.case.opened)
    }

    /// The constant root of the case's thread.
    pub(super) fn root_id(&self) -> MessageId {
        let root = crate::id::LetterId { case: self.case.id, entry: EntryNo::new(0), copy: 0 };
        token::message_id(&self.ours.keys, root, &self.ours.reply_domain)
    }

    /// An address that carries a right on this case.
    pub(super) fn token_address(&self, grant: Grant) -> Option<Address> {
        self.address_on(grant, self.case.id, self.letter.id.entry)
    }

    /// An address that carries a right on any case, to whoever has seen it up to this entry.
    pub(super) fn address_on(&self, grant: Grant, case: CaseId, seen: EntryNo) -> Option<Address> {
        let token = Token::lasting(grant, case, seen, self.letter.created, self.reply_token_days);
        token::issue(&self.ours.keys, &token, &self.ours.reply_domain)
    }

    /// Where failures of this letter are reported.
    pub(super) fn return_path(&self) -> ReversePath {
        self.token_address(Grant::Return(self.letter.id.copy)).map_or(ReversePath::Null, ReversePath::Mailbox)
    }

    /// `HV-1042`
    pub(super) fn reference(&self) -> String {
        self.ours.reference(self.case.id)
    }

    /// Is this address ours, another customer's or a colleague's, so that nobody outside is behind it?
    pub(super) fn is_inside(&self, address: &Address) -> bool {
        whose(self.ours, self.directory, address, self.case.customer) != Whose::Outside
    }

    /// The id of the entry's mail, when this user wrote it.
    pub(super) fn mail_of(&self, user: UserId) -> Option<MessageId> {
        let own = self.entry.by == Actor::User(user);
        self.entry.mail().filter(|_| own).and_then(|mail| mail.message_id.clone())
    }

    /// The number of whoever called, as readers of this language write it.
    pub(super) fn telephone(&self, language: Language) -> Option<String> {
        self.number.map(|number| telephone(number, language))
    }

    /// The outside people of the case, for people.
    pub(super) fn outside_people(&self) -> String {
        self.case.participants.iter().map(Party::full).collect::<Vec<_>>().join(", ")
    }

    /// What the case is called, to a user who may see it, or has just had it; others do not learn that.
    pub(super) fn title_for(&self, user: &User) -> &'a str {
        let had = self.entry.by == Actor::User(user.id);
        if had || may_work(self.directory, user, self.case) { &self.case.title } else { "" }
    }

    /// The instant that the letter speaks of, so that composing twice gives the same.
    pub(super) fn date(&self) -> Timestamp {
        self.letter.created
    }

    /// The files of the entry's mail, in order, as long as all together have at most so many octets; and the names of
    /// those that do not go along.
    pub(super) fn files(&self, bytes_max: usize) -> (Vec<DraftAttachment>, Vec<String>) {
        let (mut along, mut left) = (Vec::new(), Vec::new());
        let Some((mail, raw)) = self.mail else { return (along, left) };
        let (mut room, mut taken) = (bytes_max, BTreeSet::new());
        let contents = LazyCell::new(|| Contents::of(raw));
        for attachment in mail.files() {
            let name = unlike_the_others(file_name(attachment), &mut taken);
            let bytes = if attachment.bytes <= room { contents.part(attachment.part) } else { None };
            match bytes {
                Some(bytes) => {
                    room = room.saturating_sub(bytes.len());
                    let content_type = attachment.content_type.clone();
                    along.push(DraftAttachment { name, content_type, content_id: None, bytes });
                }
                None => left.push(name),
            }
        }
        (along, left)
    }

    /// All files of an answer: images that its page shows in their place, but not those of what it only quotes.
    pub(super) fn files_of_answer(&self, page: Option<&Formatted>) -> Vec<DraftAttachment> {
        let Some((mail, raw)) = self.mail else { return Vec::new() };
        let (mut taken, contents) = (BTreeSet::new(), Contents::of(raw));
        let kept = mail.files().filter(|file| !page.is_some_and(|page| page.leaves_out(file.part)));
        let draft = |file: &Attachment| {
            let content_id = page.and_then(|page| page.content_id(file.part));
            let (name, content_type) = (unlike_the_others(file_name(file), &mut taken), file.content_type.clone());
            Some(DraftAttachment { name, content_type, content_id, bytes: contents.part(file.part)? })
        };
        kept.filter_map(draft).collect()
    }

    /// The name of whoever an address belongs to, as the entry's mail has it.
    pub(super) fn label(mailbox: &Mailbox) -> String {
        mailbox.label()
    }
}

fn file_name(file: &Attachment) -> String {
    let nameless = if file.content_type == "text/calendar" { "invitation.ics" } else { "attachment" };
    file.name.clone().unwrap_or_else(|| nameless.to_owned())
}

/// Two files of one name, and the second would overwrite the first where they are saved: it gets a number.
fn unlike_the_others(name: String, taken: &mut BTreeSet<String>) -> String {
    if taken.insert(name.to_lowercase()) {
        return name;
    }
    let (stem, ending) = name.rfind('.').map_or((name.as_str(), ""), |dot| name.split_at(dot));
    let numbered = (taken.len() + 1..).map(|number| format!("{stem} ({number}){ending}"));
    numbered.into_iter().find(|name| taken.insert(name.to_lowercase())).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart() {
        let mut taken = BTreeSet::new();
        let names =
            ["a.png", "A.png", "a", "a (4).png", "a.png"].map(|name| unlike_the_others(name.to_owned(), &mut taken));
        assert_eq!(names, ["a.png", "A (2).png", "a", "a (4).png", "a (5).png"]);
    }
}
