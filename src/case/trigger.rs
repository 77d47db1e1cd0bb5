//! Everything that may change something.

use crate::case::change::{LetterId, To};
use crate::case::view::Deadline;
use crate::directory::event::DirectoryEvent;
use crate::envelope::{Envelope, RawMail};
use crate::id::{CaseId, LeaseId, UserId, Version};
use crate::mail::Mail;
use crate::verify::{Channel, Ignored};

/// Everything that may change something.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A mail came in.
    Mail(Box<MailArrived>),
    /// A letter was tried.
    Delivery(Delivery),
    /// A deadline has come.
    Deadline(Deadline),
    /// Somebody changes the directory.
    Directory(DirectoryRequest),
    /// Somebody on the command line.
    Operator(OperatorVerb),
}

/// A mail, read and judged.
#[derive(Clone, Debug)]
pub struct MailArrived {
    /// The transaction that it came in.
    pub envelope: Envelope,
    /// Its bytes.
    pub raw: RawMail,
    /// What it says; `None` when it may not or could not be read: it goes to quarantine as it is.
    pub mail: Option<Mail>,
    /// What its way in proves.
    pub channel: Channel,
    /// What was said about its way in, and not believed.
    pub ignored: Vec<Ignored>,
    /// What it answers, where a user's mail quotes that.
    pub answered: Option<Quoted>,
}

/// A text on a case that a mail quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The case, as it was told of then.
    pub case: CaseId,
    /// All that may have been told of it.
    pub text: String,
    /// What it begins with in any case: its writer's own words.
    pub own: String,
}

/// What became of one attempt to send a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The letter.
    pub letter: LetterId,
    /// The lease under which it was tried; another lease in force makes this void.
    pub lease: LeaseId,
    /// What happened.
    pub result: DeliveryResult,
}

/// What happened to a letter that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryResult {
    /// The smarthost answered for each recipient tried.
    Tried(Vec<(To, Handover)>),
    /// It was not sent: it still held something internal. The text says what, not the thing itself.
    Stopped(String),
    /// It cannot be composed or has nobody to go to any more.
    Void(String),
}

/// The smarthost's word on one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// Taken (250).
    Taken,
    /// Not now (4xx, no connection, no answer).
    Temporary(String),
    /// Never (5xx): the mail, or anything from us.
    Permanent {
        /// Enhanced status code, when given.
        status: Option<String>,
        /// The smarthost's words.
        detail: String,
    },
    /// Never, because of this recipient (5xx to RCPT).
    Refused {
        /// Enhanced status code, when given.
        status: Option<String>,
        /// The smarthost's words.
        detail: String,
    },
}

/// Events to apply to the directory, made against one version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRequest {
    /// The version that the events were made against.
    pub base: Version,
    /// What shall happen, in order.
    pub events: Vec<DirectoryEvent>,
    /// Who asks.
    pub by: String,
}

/// What an operator may do by command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorVerb {
    /// Try this letter now.
    RetryLetter(LetterId),
    /// End the pause of mail to this user.
    ResumeMail {
        /// To whom.
        user: UserId,
        /// Who asks.
        by: String,
    },
}
