//! Users' mails that were not carried out when they came: why, and what waits.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::event::MailEntry;
use crate::address::Address;
use crate::id::{EntryNo, UserId};
use crate::time::Timestamp;

/// Why a mail in a user's name was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldReason {
    /// No token, and the channel proves no person.
    NoToken,
    /// A token, but the From is not its user's.
    ForeignFrom,
    /// A good token, but the channel proves nothing where it must.
    NoChannelProof,
    /// The token has expired.
    ExpiredToken,
    /// The user is no longer active, or no longer a member.
    InactiveUser,
    /// Automatic mail: it changes nothing.
    Automatic,
    /// It came to an address for confirming, and does not confirm.
    NotConfirmed,
    /// The token was revoked.
    RevokedToken,
}

impl HeldReason {
    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::ForeignFrom => "foreign_from",
            Self::NoChannelProof => "no_channel_proof",
            Self::ExpiredToken => "expired_token",
            Self::InactiveUser => "inactive_user",
            Self::Automatic => "automatic",
            Self::NotConfirmed => "not_confirmed",
            Self::RevokedToken => "revoked_token",
        }
    }

    /// Is a word from the user's own address all that is missing?
    pub const fn is_askable(self) -> bool {
        matches!(self, Self::NoToken | Self::NoChannelProof | Self::ExpiredToken | Self::RevokedToken)
    }
}

/// A user's mail that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The entry that it came in as.
    pub entry: EntryNo,
    /// Whose it is.
    pub user: UserId,
    /// The mail.
    pub mail: MailEntry,
    /// What its text is.
    pub content: Content,
    /// What its command lines say.
    pub commands: Vec<Command>,
    /// Outside people who have the writer's own mail already.
    pub had: Vec<Address>,
    /// The entry that its writer had seen last, as far as it is known.
    pub seen: Option<EntryNo>,
    /// Why it waits.
    pub why: HeldBack,
    /// When it no longer does.
    pub until: Timestamp,
}

/// What a user's mail holds besides commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// An answer to the contact.
    Answer,
    /// A note.
    Note,
    /// No text.
    Nothing,
}

/// Why a user's mail waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// The case has moved on since the notification that it answers.
    Overtaken,
    /// Its writer may still think better of it; then it is sent.
    Undo,
    /// It is not proven enough: the user's own address is asked.
    Unproven,
}

impl HeldBack {
    /// The name used by the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overtaken => "overtaken",
            Self::Undo => "undo",
            Self::Unproven => "unproven",
        }
    }
}
