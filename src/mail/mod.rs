//! Bytes to meaning and back: one raw mail → [`Mail`]; one [`compose::Draft`] → raw mail.
//!
//! Job: say what stands in a mail, in plain values. Never fails: what cannot be read is a note in `problems`.
//! [`parse::parse`] is the way in; [`machine::classify`] decides the kind again when the envelope is known;
//! [`same::Sameness::is_copy_of`] knows a second copy; [`compose::compose`] is the way out.
//! MIME structure, types, base64, charsets, dates and HTML references are the library's (`mail_parser`), which is given
//! a guarded copy only: it has no limits of its own. Ours is what it reads otherwise than mail is written: each file
//! below `parse` says why it is there.
//! Absent on purpose: what stands in an attached mail, which is a file like any other. And any belief: a `Mail` holds
//! what the mail *says*; who may be believed is `verify`'s matter, which case is meant is `thread`'s.
//!
//! Invariants: no panic reaches a caller on any input; time is linear in the size of the mail; everything here is
//! bounded by [`parse::Limits`].

pub mod calendar;
pub mod caught;
pub mod compose;
pub mod html;
pub mod machine;
pub mod parse;
pub mod refs;
pub mod report;
pub mod same;
pub mod subject;
pub mod tag;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Mailbox};
use crate::time::Timestamp;

pub use refs::MessageId;

/// What a mail says, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mail {
    /// `Message-ID`, without angle brackets.
    pub message_id: Option<MessageId>,
    /// Ids of `In-Reply-To`, in order.
    pub in_reply_to: Vec<MessageId>,
    /// Ids of `References`, oldest first as written.
    pub references: Vec<MessageId>,
    /// Every mailbox of every `From` field. Exactly one is the rule (RFC 5322 §3.6.2); anything else proves nobody.
    pub from: Vec<Mailbox>,
    /// `From` was a group, or there were several `From` fields, or an address in it could not be read.
    pub from_irregular: bool,
    /// What `From` says when no address can be read in it; shown to people, never used as an address.
    pub from_said: Option<Said>,
    /// `Sender`
    pub sender: Option<Mailbox>,
    /// `Reply-To`
    pub reply_to: Vec<Mailbox>,
    /// `To`
    pub to: Vec<Mailbox>,
    /// `Cc`
    pub cc: Vec<Mailbox>,
    /// `Delivered-To`, `X-Original-To`, `Envelope-To`
    pub delivered_to: Vec<Address>,
    /// Decoded, unfolded, without controls. Empty when there is none.
    pub subject: String,
    /// `Date`
    pub date: Option<Timestamp>,
    /// First 22 bytes of Outlook's `Thread-Index`.
    pub thread_index: Option<[u8; 22]>,
    /// `Thread-Topic`, decoded.
    pub thread_topic: Option<String>,
    /// What kind of mail it is.
    pub kind: Kind,
    /// What its program said for its writer, and nothing else stands in it.
    pub gesture: Option<Gesture>,
    /// It may be a machine's all the same: shown as its kind says, never answered automatically.
    pub unclear: bool,
    /// What decided the kind: `header:value` facts, strongest first; and what makes it unclear.
    pub kind_signals: Vec<String>,
    /// The whole readable text, LF line ends.
    pub text: String,
    /// The writer's own new words: `text` without quoted history and signature. A subsequence of `text`'s lines, each
    /// whole or without what a client wrote behind the writer's words, or PGP in front of them.
    pub new_text: String,
    /// The beginning of the writer's own new words as a page (HTML) says them that is an alternative to `text`; empty
    /// without one. The two should say the same.
    pub page_text: String,
    /// Something was cut off to get `new_text`.
    pub quoted_cut: bool,
    /// Where in `text` the first line stands that was cut off as history: an octet.
    pub quoted_at: Option<usize>,
    /// Words of the writer's stand below our reply line, and are not in `new_text`.
    pub text_below: bool,
    /// Its writer's own words are nothing but a signature, or what a telephone puts below every mail.
    pub only_signature: bool,
    /// The writer of the innermost mail that this mail passes on, in its text or attached; what the mail says, proven by
    /// nothing.
    pub forwarded: Option<Forwarded>,
    /// There is an HTML part.
    pub has_html: bool,
    /// Parts that are not the readable text, in order.
    pub attachments: Vec<Attachment>,
    /// How it is signed or encrypted, each way once. Nothing of it was checked.
    pub seals: Vec<Seal>,
    /// What a delivery report says, when it is one.
    pub report: Option<Report>,
    /// What it says if it is a delivery report, which it is if it comes from the null sender.
    pub report_if_null: Option<Report>,
    /// Header fields in the order of the mail, undecoded but unfolded: `Received`, `Authentication-Results` and all
    /// others, name as written. At most [`parse::Limits::header_fields_max`].
    pub fields: Vec<Field>,
    /// Fingerprints by which a second copy of the same mail is known.
    pub sameness: same::Sameness,
    /// What could not be read, or was cut off, in sentences.
    pub problems: Vec<String>,
}

impl Mail {
    /// The one writer, when the mail has exactly one regular `From` mailbox.
    pub fn only_from(&self) -> Option<&Mailbox> {
        match self.from.as_slice() {
            [one] if !self.from_irregular => Some(one),
            _ => None,
        }
    }

    /// Did it go through a list, so that anybody may have read it and know its id? Older lists say no more than `bulk`;
    /// what was sent to many at once, but to each alone, is not public for that.
    pub fn is_public(&self) -> bool {
        match self.kind {
            Kind::List => true,
            Kind::Bulk => self.field("precedence").is_some(),
            _ => false,
        }
    }

    /// Did somebody write words for somebody to read? Then it opens and reopens a case; a button that was pressed does not.
    pub fn speaks(&self) -> bool {
        self.kind.is_from_somebody() && self.gesture.is_none()
    }

    /// Does it answer an invitation?
    pub fn answers_invitation(&self) -> bool {
        self.kind == Kind::Calendar
            && self.text.lines().rev().take(calendar::SUMMARY_LINES_MAX).any(calendar::is_answer)
    }

    /// The attachments that somebody meant to send: not the signatures of a mail program, which name their signer, nor
    /// the line that says that the next part is encrypted, nor what it tells the calendar of whoever invited, which names
    /// who answers.
    pub fn files(&self) -> impl Iterator<Item = &Attachment> {
        const MADE_BY_PROGRAMS: [&str; 4] = [
            "application/pkcs7-signature",
            "application/x-pkcs7-signature",
            "application/pgp-signature",
            "application/pgp-encrypted",
        ];
        let answers = self.answers_invitation();
        let for_calendar =
            move |file: &Attachment| answers && file.content_type == "text/calendar" && file.name.is_none();
        let by_program = |file: &Attachment| MADE_BY_PROGRAMS.contains(&file.content_type.as_str());
        self.attachments.iter().filter(move |file| !by_program(file) && !for_calendar(file))
    }

    /// The first field of this name, unfolded.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value.as_str())
    }
}

/// What stands where a mailbox should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// A name.
    pub name: Option<String>,
    /// What was written as an address and is none.
    pub address: Option<String>,
}

/// One header field as it stood in the mail, unfolded, otherwise as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name as written.
    pub name: String,
    /// Value with line folds removed, trimmed; invalid UTF-8 replaced.
    pub value: String,
}

/// What kind of mail it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody wrote it.
    #[default]
    Person,
    /// Vacation, out of office, automatic receipt (RFC 3834).
    AutoReply,
    /// A delivery report (RFC 3464) or what looks like one.
    Bounce,
    /// Through a mailing list (RFC 2919).
    List,
    /// Bulk or junk precedence, newsletters.
    Bulk,
    /// Our own mail come back.
    Loop,
    /// An invitation or its answer.
    Calendar,
    /// A complaint report (RFC 5965).
    Feedback,
    /// A recorded telephone message.
    Voicemail,
    /// Marked as spam by a trusted filter.
    Spam,
    /// A disposition notification (RFC 8098).
    Receipt,
}

impl Kind {
    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::AutoReply => "auto_reply",
            Self::Bounce => "bounce",
            Self::List => "list",
            Self::Bulk => "bulk",
            Self::Loop => "loop",
            Self::Calendar => "calendar",
            Self::Feedback => "feedback",
            Self::Voicemail => "voicemail",
            Self::Spam => "spam",
            Self::Receipt => "receipt",
        }
    }

    /// Did somebody write it, or have it written: does it open, reopen and hold up anything?
    pub const fn is_from_somebody(self) -> bool {
        !matches!(self, Self::AutoReply | Self::Bounce | Self::Loop | Self::Receipt | Self::Feedback)
    }

    /// Did a person write it, for all that can be seen?
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Person | Self::Calendar)
    }
}

/// What a mail program says for its writer in place of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// A sign of liking or the like, as an answer to a mail.
    Reaction,
    /// Another mail is to be as if it had never been sent.
    Recall,
    /// An invitation was accepted or declined (RFC 5546 §3.2.3).
    CalendarAnswer,
}

/// A mail that was passed on, as the mail around it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Its writer's name.
    pub name: Option<String>,
    /// Its writer's address; Outlook writes none for people of the same house.
    pub address: Option<Address>,
    /// Its subject, as written.
    pub subject: String,
}

/// A signature or an encryption that somebody put on a mail or on a part of it. No key is known here: a signature is
/// never checked, and what is encrypted stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seal {
    /// Signed with S/MIME (RFC 8551).
    SmimeSigned,
    /// Encrypted with S/MIME.
    SmimeEncrypted,
    /// Signed with PGP, as parts (RFC 3156) or in the text.
    PgpSigned,
    /// Encrypted with PGP.
    PgpEncrypted,
}

impl Seal {
    /// Can the mail's text not be read because of it?
    pub const fn hides(self) -> bool {
        matches!(self, Self::SmimeEncrypted | Self::PgpEncrypted)
    }

    /// As a sentence among the mail's problems.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SmimeSigned => "signed with S/MIME; the signature was not checked",
            Self::SmimeEncrypted => "encrypted with S/MIME; it cannot be read here",
            Self::PgpSigned => "signed with PGP; the signature was not checked",
            Self::PgpEncrypted => "encrypted with PGP; it cannot be read here",
        }
    }
}

/// A part of a mail that is not its readable text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// A file name safe to write: no path, no controls; `None` when the part has none.
    pub name: Option<String>,
    /// Media type, lower-case: `image/png`.
    pub content_type: String,
    /// Size after decoding.
    pub bytes: usize,
    /// `Content-Disposition: inline`, or referred to by the HTML.
    pub inline: bool,
    /// `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// Its place among the parser's parts; [`parse::Contents::part`] takes it.
    pub part: usize,
}

/// What a delivery report says (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The worst of its recipients' states.
    pub state: ReportState,
    /// Those recipients whose state is the report's; a mixed report names the failed ones only.
    pub recipients: Vec<ReportRecipient>,
    /// `Message-ID` of the returned mail: from the returned part, or a field that tells it.
    pub original_message_id: Option<MessageId>,
}

/// What became of a mail, by a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// It arrived or was passed on.
    Relayed,
    /// It is still being tried.
    Delayed,
    /// It did not arrive.
    Failed,
}

/// One recipient of a delivery report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecipient {
    /// `Final-Recipient` or `Original-Recipient`.
    pub address: String,
    /// Enhanced status code (RFC 3463): as given, else what the system's words mean, else the class alone. `None` where
    /// nothing failed and nothing was given.
    pub status: Option<String>,
}
