//! What a user may want without a case: at the control address, or by passing on a mail.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::model::Party;
use crate::directory::personal::{Digest, QuietChoice};
use crate::id::{CaseId, CategoryId};
use crate::time::Timestamp;

/// Something a user wants that is about no case in particular, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errand {
    /// Tell me which cases there are.
    List { which: Listed, category: Option<CategoryId> },
    /// Tell me how this case stands.
    Show(CaseId),
    /// Tell me which cases hold all of these words.
    Search(String),
    /// There is an inquiry that did not come as a mail to a shared address.
    Open(Box<Opening>),
    /// Tell me what I can say.
    Help,
    /// Tell me so often what happened, instead of each time that something happens.
    Digest(Digest),
    /// I am away until then; `None`: I am back.
    Away(Option<Timestamp>),
    /// Do not disturb me then.
    Quiet(QuietChoice),
}

impl Errand {
    /// The case that it opens.
    pub fn opening(&self) -> Option<&Opening> {
        if let Self::Open(opening) = self { Some(opening) } else { None }
    }

    /// Is it about how much the user is told of?
    pub const fn is_personal(&self) -> bool {
        matches!(self, Self::Digest(_) | Self::Away(_) | Self::Quiet(_))
    }
}

/// Which cases are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listed {
    /// All that somebody still has to do something about.
    #[default]
    Open,
    /// Those of them that the user has.
    Mine,
    /// Those of them that nobody has.
    Unassigned,
    /// Those of them that should have been seen to.
    Overdue,
}

/// A case that a user opens for somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The category that it belongs to.
    pub category: CategoryId,
    /// Categories that watch it.
    pub watching: Vec<CategoryId>,
    /// Whom it is for.
    pub whom: Whom,
    /// What it is called.
    pub title: String,
    /// What else is done with it at once.
    pub commands: Vec<Command>,
    /// What its text is.
    pub text: OpeningText,
}

/// Whom a case is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// Somebody with a mail address.
    Party(Party),
    /// Somebody with a telephone number.
    Phone(String),
}

/// What the text of a case is that a user opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpeningText {
    /// The user's own words about it.
    Note,
    /// The mail that the user passed on.
    Forwarded,
}
