//! What shall happen.
//!
//! Job: turn a trigger and a view into one change, purely. [`decide::decide`] is the only entrance.
//! Absent on purpose: clocks, sockets, the store; the words of letters (that is `letter`).
//!
//! Invariants: the same policy, view, trigger and time give the same change; a mail with a 250 is on a case in the
//! change that was committed for it.

pub mod arrive;
pub mod budget;
pub mod command;
pub mod decide;
pub mod retry;
pub mod telling;

use std::time::Duration;

use crate::case::trigger::{OperatorVerb, Trigger};
use crate::case::view::{Deadline, DeadlineKind, Keys, KnownKey};
use crate::directory::model::{Directory, User};
use crate::directory::undelivered::Paused;
use crate::id::CaseId;
use crate::thread::{self, Ours};
use crate::time::Timestamp;
use crate::verify::TrustPolicy;

/// Everything configured that a decision depends on.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What is ours.
    pub ours: Ours,
    /// How long a reply token counts.
    pub reply_token_days: u16,
    /// Whom to believe.
    pub trust: TrustPolicy,
    /// How long a settled case is reopened by a reply.
    pub reopen_days: u32,
    /// Acknowledgements.
    pub acks: budget::AckPolicy,
    /// How long an answer waits before it leaves, so that its writer can think better of it.
    pub undo: Duration,
    /// When failed letters are tried again.
    pub backoff: retry::Backoff,
    /// When users are told.
    pub telling: telling::Telling,
    /// Where dates and "tomorrow" are meant.
    pub time_zone: jiff::tz::TimeZone,
}

/// What a trigger must know before it is decided.
pub fn keys(policy: &Policy, directory: &Directory, trigger: &Trigger, now: Timestamp) -> Keys {
    let mut keys = thread::keys(&policy.ours, directory, trigger, now);
    if let Trigger::Mail(arrived) = trigger {
        keys.counters = budget::keys(&policy.ours, directory, arrived, now);
        if let Some(mail) = &arrived.mail {
            keys.cases.extend(command::cases(&mail.new_text, &policy.ours.prefix));
            keys.cases.extend(command::errand::cases(command::errand::source(mail), &policy.ours.prefix));
        }
    }
    if let Trigger::Deadline(Deadline { case, kind: DeadlineKind::DigestDue, .. }) = trigger {
        keys.gathered.extend(desk_of(directory, *case).map(|user| user.id));
    }
    if let Some((user, paused)) = resumed(directory, trigger) {
        keys.known.push(KnownKey::control(user.id));
        keys.gathered.push(user.id);
        keys.cases.push(paused.case);
    }
    keys
}

/// The user to whom mail is no longer to be paused.
fn resumed<'a>(directory: &'a Directory, trigger: &Trigger) -> Option<(&'a User, Paused)> {
    let user = match trigger {
        Trigger::Deadline(Deadline { case, kind: DeadlineKind::MailResumes, .. }) => paused_by(directory, *case),
        Trigger::Operator(OperatorVerb::ResumeMail { user, .. }) => directory.user(*user),
        _ => None,
    };
    user.and_then(|user| Some((user, user.undelivered.paused()?)))
}

/// The user because of whose mail the operators were given this case.
fn paused_by(directory: &Directory, case: CaseId) -> Option<&User> {
    directory.users().find(|user| user.undelivered.paused().is_some_and(|paused| paused.case == case))
}

/// The user whose mail about no case is kept on this case.
fn desk_of(directory: &Directory, case: CaseId) -> Option<&User> {
    directory.users().find(|user| user.personal.desk == Some(case))
}
