//! What a user may want done with a case, and why it cannot be.

use serde::{Deserialize, Serialize};

use super::model::Priority;
use crate::address::Address;
use crate::id::{CaseId, CategoryId, UserId};
use crate::time::Timestamp;

/// Something a user wants done, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// I have it.
    Take,
    /// This user has it.
    Assign(UserId),
    /// Nobody has it.
    Unassign,
    /// The rest of the mail is a note.
    Note,
    /// The rest of the mail tells of a telephone call, with this number.
    Call(Option<String>),
    /// Answered for good.
    Resolve,
    /// Done.
    Close,
    /// Not done after all.
    Reopen,
    /// Wait for the contact, or until a time.
    Wait(Option<Timestamp>),
    /// Not an inquiry.
    Spam,
    /// An inquiry after all.
    NotSpam,
    /// It is that urgent.
    Priority(Priority),
    /// It belongs to this category.
    Category(CategoryId),
    /// It is called that.
    Title(String),
    /// These outside people are part of it.
    Cc(Vec<Address>),
    /// They no longer are.
    Uncc(Vec<Address>),
    /// The one it is for is another.
    Contact(Address),
    /// I want to be told of it.
    Watch,
    /// I no longer do.
    Unwatch,
    /// These may be about the same.
    Link(CaseId),
    /// It is part of this case from now on.
    Merge(CaseId),
    /// The mail that was answered becomes a case of its own.
    Split,
    /// The mail that was answered belongs to that case.
    Move(CaseId),
    /// It took so many minutes.
    Time(u32),
    /// Send what was held.
    Send,
    /// Forget what was held.
    Drop,
    /// Tell me how it stands.
    Show,
    /// Tell me all that happened.
    History,
    /// Tell me what I can say.
    Help,
}

/// What a command is about: of one sort there is one in a mail, where it would contradict another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Who has it.
    Owner,
    /// Where it stands.
    Standing,
    /// What the mail's text is.
    Text,
    /// Whether I am told.
    Watching,
    /// Where the mail or the case belongs.
    Place,
    /// What was held.
    Held,
    /// One thing of its own, of which there is one.
    Single(&'static str),
    /// As many as one likes.
    Any,
}

impl Command {
    /// What it is about.
    pub const fn sort(&self) -> Sort {
        match self {
            Self::Take | Self::Assign(_) | Self::Unassign => Sort::Owner,
            Self::Resolve | Self::Close | Self::Reopen | Self::Wait(_) | Self::Spam | Self::NotSpam => Sort::Standing,
            Self::Note | Self::Call(_) => Sort::Text,
            Self::Watch | Self::Unwatch => Sort::Watching,
            Self::Merge(_) | Self::Split | Self::Move(_) => Sort::Place,
            Self::Send | Self::Drop => Sort::Held,
            Self::Priority(_) => Sort::Single("priority"),
            Self::Category(_) => Sort::Single("category"),
            Self::Title(_) => Sort::Single("title"),
            Self::Contact(_) => Sort::Single("contact"),
            Self::Time(_) => Sort::Single("time"),
            Self::Cc(_) | Self::Uncc(_) | Self::Link(_) | Self::Show | Self::History | Self::Help => Sort::Any,
        }
    }

    /// Does it only ask?
    pub const fn is_question(&self) -> bool {
        matches!(self, Self::Show | Self::History | Self::Help)
    }
}

/// One line of commands, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineVerdict {
    /// The line as written.
    pub line: String,
    /// What is wrong; `None`: nothing, but another line was bad.
    pub problem: Option<CommandProblem>,
}

/// Why a command cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandProblem {
    /// No such verb; perhaps this one was meant.
    UnknownVerb { nearest: Option<String> },
    /// The verb needs something after it.
    MissingArgument,
    /// What follows the verb cannot be read.
    BadArgument,
    /// The time has passed already.
    PastDate,
    /// Nobody of that name works this category.
    UnknownUser,
    /// Several do.
    AmbiguousUser { matches: Vec<String> },
    /// The same verb twice, or two that exclude each other.
    Contradiction,
    /// The mail holds neither a command nor a text.
    NothingWritten,
    /// There is nothing after `/note`.
    EmptyNote,
    /// The contact has no mail address.
    NoAddress,
    /// The mail's page (HTML) has these command lines at its top, and its plain text has others.
    PartsDiffer { page: Vec<String> },
    /// The writer has nothing that waits.
    NothingHeld,
    /// No such case, or none that the writer works.
    UnknownCase,
    /// It is the very case that the mail is about.
    SameCase,
    /// No such category at this customer.
    UnknownCategory,
    /// Several categories may be meant.
    AmbiguousCategory { matches: Vec<String> },
    /// No mail address, or not one that may be named here: ours, a user's.
    BadAddress,
    /// That person is no part of the case.
    NotOnCase,
    /// What was answered is no mail that could be moved.
    NoMailToMove,
    /// Something waits to be sent: that must be settled first.
    StillHeld,
    /// A text with a command that moves things about: nobody can tell whom it is for.
    TextUnwanted,
    /// It stands there already.
    AlreadySo,
    /// There is nothing below the line that opens a case.
    EmptyCase,
    /// It can be said, but not here.
    NotHere,
    /// It is not there yet.
    NotYet,
    /// The mail is encrypted, or holds something encrypted: nobody can open it here.
    Sealed,
    /// The mail holds pictures and no word to whoever is to get them.
    OnlyImages,
    /// It stands below other words, or behind a sign: nobody can tell whether it was to be done.
    NotAtTop,
    /// There are words below the line above which an answer is written.
    TextBelow,
    /// More addresses in one line than `most`.
    TooManyAddresses { most: usize },
    /// More people than the case has room for: so many more go.
    NoRoom { left: usize },
    /// The writer wrote into the quotation.
    TextWithin { written: String },
    /// A word from the writer's own address does not do for it: what it is about stands in the mail that is answered.
    NotByWord,
    /// A mail says that it passes one on, and nobody can tell who wrote that.
    NothingForwarded,
    /// What shall be a time cannot be read as one.
    BadTime,
    /// What shall be a day cannot be read as one.
    BadDay,
    /// The time is so far away that it is a slip of the pen.
    TooFar,
    /// The subject begins with a command, which would not be carried out.
    InSubject,
    /// There is nothing but a signature, or what a telephone puts below every mail.
    OnlySignature,
    /// What the mail wants back does not wait: it has left, or was never here.
    NothingToRecall,
    /// An invitation was answered, and not a word written.
    OnlyCalendarAnswer,
    /// The line below looks like the rest of this one.
    Wrapped,
    /// The whole text is the name of a command, or the word that confirms.
    BareVerb,
    /// The mail did not go to the contact, but to colleagues, or passes another on: its text may be for either.
    ToWhom,
    /// Its writer seems to mean it for colleagues.
    Internal,
}
