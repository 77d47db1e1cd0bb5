//! What all mails to a user have in common.

use super::catalog::TextProblem;
use super::headers::{field, inside, subject};
use super::page::Page;
use super::page::html::{self, Commands, Frame};
use super::write::{Material, Written};
use crate::address::{Address, Mailbox, ReversePath};
use crate::directory::model::{Category, TagPlace, User};
use crate::mail::MessageId;
use crate::mail::compose::{Draft, DraftAttachment};

/// Longest text that is shown, in characters; a longer one goes along as a file too.
pub const TEXT_CHARS_MAX: usize = 10_000;

/// A text as it is shown, and as a file where that is not all of it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub text: String,
    pub whole: Option<DraftAttachment>,
}

impl Shown {
    /// The beginning of a text; the file gets this name.
    pub fn of(text: &str, name: &str) -> Self {
        let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) else {
            return Self { text: text.to_owned(), whole: None };
        };
        Self { text: format!("{} …", text[..end].trim_end()), whole: Some(file(text, name)) }
    }

    /// A text with a longer one that it was taken from.
    pub fn with_whole(text: &str, whole: &str, name: &str) -> Self {
        Self { whole: Some(file(whole, name)), ..Self::of(text, name) }
    }

    /// The file's name.
    pub fn whole_name(&self) -> Option<&str> {
        self.whole.as_ref().map(|file| file.name.as_str())
    }
}

fn file(text: &str, name: &str) -> DraftAttachment {
    DraftAttachment {
        name: name.to_owned(),
        content_type: "text/plain; charset=utf-8".to_owned(),
        content_id: None,
        bytes: text.as_bytes().to_vec(),
    }
}

/// A mail to the letter's user, written but for its headers.
pub struct Inner<'a> {
    /// Whose mail it is, and where it goes.
    pub user: (&'a User, &'a Address),
    /// Display name of the sender.
    pub name: String,
    pub from: Address,
    pub reply_to: Address,
    /// The name in `X-Henvend-Event`.
    pub event: &'a str,
    pub page: Page,
    /// Where failures are reported.
    pub reverse_path: ReversePath,
    /// A mail that the user has, when this one is about it.
    pub answers: Option<MessageId>,
    pub attachments: Vec<DraftAttachment>,
}

/// Puts it together. All mails of a case to one user stand in one thread: the same subject; one root, what the user has
/// been sent before, and their own mail that it is about; for Outlook, one number with the subject as its topic.
pub fn write(material: &Material<'_>, category: &Category, inner: Inner<'_>) -> Result<Written, TextProblem> {
    let (user, address) = inner.user;
    let words = material.catalog.words(user.language);
    let title = match material.title_for(user) {
        "" => &words.no_title,
        title => title,
    };
    let place = if category.settings.tag == TagPlace::Right { TagPlace::Right } else { TagPlace::Left };
    let subject = subject(material, place, title);
    let (to, tag) = (inner.reply_to.to_string(), format!("[{}]", material.reference()));
    let commands = Commands { to: &to, subject: &tag, end: &words.end };
    let frame = Frame { language: user.language, title: &subject, commands: Some(commands) };
    let references: Vec<MessageId> =
        std::iter::once(material.root_id()).chain(material.seen_ids()).chain(inner.answers).collect();
    let mut headers = inside(material, category, inner.event);
    headers.extend([field("Thread-Topic", &subject), field("Thread-Index", &material.thread_index())]);
    let draft = Draft {
        from: Mailbox { name: Some(inner.name), address: inner.from },
        to: vec![Mailbox { name: Some(user.name.clone()), address: address.clone() }],
        cc: Vec::new(),
        reply_to: vec![Mailbox { name: None, address: inner.reply_to.clone() }],
        message_id: material.message_id(),
        in_reply_to: references.last().cloned(),
        references,
        date: material.date(),
        headers,
        text: inner.page.text(),
        html: Some(html::write(&inner.page, &frame)),
        attachments: inner.attachments,
        subject,
    };
    let recipients = material.letter.to.iter().map(|to| (to.clone(), address.clone())).collect();
    Ok(Written::Mail { draft: Box::new(draft), recipients, reverse_path: inner.reverse_path })
}
