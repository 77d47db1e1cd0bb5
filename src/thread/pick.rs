//! Candidates → the case a mail belongs to, or none, with the reason for each.

use std::collections::BTreeSet;

use crate::address::{Address, Domain};
use crate::case::event::{Candidate, Placed, Signal};
use crate::case::model::{Case, Status};
use crate::case::view::{KnownKey, LeadKey, View};
use crate::directory::model::{Directory, User};
use crate::id::{CaseId, CustomerId, EntryNo, LetterId};
use crate::mail::{Mail, MessageId};
use crate::thread::{Ours, clue};
use crate::time::Timestamp;
use crate::token;
use crate::verify::Channel;

/// Most cases of which is told why a mail was or was not placed there: the strongest, and the one that it is placed on.
pub const CANDIDATES_MAX: usize = 20;
/// Most cases that a mail named in vain and are linked to its own; and most that are suggested.
pub const RELATED_MAX: usize = 10;

/// As what the writer stands to the case picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Part of the case.
    Participant,
    /// Part of the case by the header alone: the tag named it and nothing proves the sender.
    Unproven,
    /// In the name of a user who works the case.
    User,
    /// No part of it; the mail is shown to agents and nothing goes back.
    Outsider,
}

/// Which case a mail belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The case, and as what the writer stands to it; `None`: a new one.
    pub case: Option<(CaseId, Standing)>,
    /// Why.
    pub placed: Placed,
    /// Cases that it named in vain: perhaps related, told to agents only.
    pub related: Vec<CaseId>,
    /// Cases that it did not name, and yet may be about: told to agents only.
    pub suggested: Vec<CaseId>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is ours.
    pub ours: &'a Ours,
    /// What is known.
    pub view: &'a View,
    /// At which customer the mail came in.
    pub customer: CustomerId,
    /// The mail.
    pub mail: &'a Mail,
    /// What its way in proves.
    pub channel: &'a Channel,
    /// How long a settled case is opened again by a mail.
    pub reopen_days: u32,
    /// Now.
    pub now: Timestamp,
}

/// Public mail providers: one domain, millions of strangers.
const PUBLIC_PROVIDERS: &[&str] = &[
    "aol.com",
    "broadpark.no",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "hotmail.no",
    "icloud.com",
    "live.com",
    "live.no",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "online.no",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yahoo.no",
    "yandex.ru",
];

/// How a mail names a case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// By an id that only those know who have seen a mail of the case, or by one that a mail of the case names.
    Id,
    /// By an id that stands in public archives.
    PublicId,
    /// By Outlook's number of the conversation.
    Conversation,
    /// By a tag of ours, which anybody can guess.
    Tag,
    /// By a tag that the case's first mail carried.
    RememberedTag,
    /// Not at all: the same writer, the same subject.
    Again,
}

/// A case that a mail names.
#[derive(Clone, Copy)]
struct Clue {
    signal: Signal,
    case: CaseId,
    how: How,
}

/// Picks the case: signals in order of their strength, the first that names a case and passes wins.
pub fn pick(question: &Question<'_>) -> Pick {
    let placed = Placed { decided_by: Signal::None, candidates: Vec::new() };
    let mut pick = Pick { case: None, placed, related: Vec::new(), suggested: Vec::new() };
    let mut judged = BTreeSet::new();
    for clue in clues(question) {
        let Some(case) = question.view.case(clue.case) else { continue };
        if case.customer != question.customer || !judged.insert((case.id, clue.signal)) {
            continue;
        }
        let verdict = judge(question, clue, case);
        let (accepted, reason) = match &verdict {
            Ok((_, reason)) => (true, *reason),
            Err(reason) => (false, *reason),
        };
        if accepted || pick.placed.candidates.len() < CANDIDATES_MAX - 1 {
            let reason = reason.to_owned();
            pick.placed.candidates.push(Candidate { case: case.id, signal: clue.signal, accepted, reason });
        }
        match verdict {
            Ok((standing, _)) => {
                pick.placed.decided_by = clue.signal;
                pick.case = Some((case.id, standing));
                pick.related.clear();
                return pick;
            }
            Err(_) if pick.related.contains(&case.id) => {}
            Err(_) => match clue.how {
                How::Again => push(&mut pick.suggested, case.id),
                // What another writer's case remembers is that writer's affair.
                How::RememberedTag => {}
                How::Id | How::PublicId | How::Conversation | How::Tag => push(&mut pick.related, case.id),
            },
        }
    }
    pick
}

/// The strongest come first.
fn push(list: &mut Vec<CaseId>, case: CaseId) {
    if list.len() < RELATED_MAX {
        list.push(case);
    }
}

/// The case on which a mail came, or the one that the mail was moved to.
fn where_it_is(view: &View, case: CaseId, entry: EntryNo) -> CaseId {
    view.cases.get(&case).and_then(|case| case.moved_to(entry)).unwrap_or(case)
}

/// Every case that the mail names, strongest signal first.
fn clues(question: &Question<'_>) -> Vec<Clue> {
    let Question { ours, customer, mail, .. } = *question;
    let mut found = Vec::new();
    let ids = clue::ids_newest_first(mail);
    let signed = ids.iter().filter_map(|id| token::check_message_id(&ours.keys, id));
    let written = |letter: LetterId| where_it_is(question.view, letter.case, letter.entry);
    found.extend(signed.map(|letter| Clue { signal: Signal::SignedId, case: written(letter), how: How::Id }));
    ids.iter().for_each(|id| found.extend(by_id(question, id)));
    // It answers nothing that is here, but something here answers it.
    let own = mail.message_id.iter().map(|id| clue::awaited(customer, id));
    found.extend(own.flat_map(|key| led(question, key, Signal::KnownId, How::Id)));
    let conversation = clue::conversation(ours, customer, mail);
    found.extend(conversation.into_iter().flat_map(|key| led(question, key, Signal::ThreadIndex, How::Conversation)));
    for tag in clue::tags(ours, mail) {
        found.extend(tag.case.map(|case| Clue { signal: tag.signal, case, how: How::Tag }));
        found.extend(led(question, clue::tagged(customer, &tag), tag.signal, How::RememberedTag));
    }
    let again = clue::again(ours, customer, mail, question.now).into_iter().flatten();
    let again = again.flat_map(|key| led(question, key, Signal::None, How::Again));
    found.extend(again.filter(|clue| is_recent(question, clue)));
    found
}

/// Cases that hold a mail with this id, or a mail that names it.
fn by_id(question: &Question<'_>, id: &MessageId) -> Vec<Clue> {
    let rows = question.view.known.get(&KnownKey::of(question.customer, id)).into_iter().flatten();
    let holding = rows.map(|row| {
        let how = if row.public { How::PublicId } else { How::Id };
        Clue { signal: Signal::KnownId, case: where_it_is(question.view, row.case, row.entry), how }
    });
    holding.chain(led(question, clue::awaited(question.customer, id), Signal::KnownId, How::Id)).collect()
}

/// Where a lead leads, the newest case first.
fn led(question: &Question<'_>, key: LeadKey, signal: Signal, how: How) -> Vec<Clue> {
    let cases = question.view.leads.get(&key).map(Vec::as_slice).unwrap_or_default();
    cases.iter().rev().map(|case| Clue { signal, case: *case, how }).collect()
}

/// Only what is on somebody's mind still is suggested.
fn is_recent(question: &Question<'_>, clue: &Clue) -> bool {
    let case = question.view.case(clue.case);
    case.is_some_and(|case| question.now.since(case.changed) <= crate::time::DAY * clue::SUGGESTED_DAYS)
}

fn judge(question: &Question<'_>, clue: Clue, case: &Case) -> Result<(Standing, &'static str), &'static str> {
    if case.status == Status::Spam {
        return Err(SPAM);
    }
    if clue.how == How::Again {
        return Err("nothing names it; the same writer lately wrote with the same subject");
    }
    let Some(from) = question.mail.only_from().map(|from| &from.address) else {
        return Err("there is not exactly one From address");
    };
    let standing = standing(question, clue, case, from)?;
    if standing.0 != Standing::User {
        takes_from_outside(case, question.mail, (question.reopen_days, question.now))?;
    }
    Ok(standing)
}

/// Does this case still take this mail from somebody outside? If not, why.
pub fn takes_from_outside(case: &Case, mail: &Mail, when: (u32, Timestamp)) -> Result<(), &'static str> {
    let (reopen_days, now) = when;
    match case.status {
        Status::Spam => Err(SPAM),
        _ if mail.speaks() && !case.reopens_within(reopen_days, now) => Err("settled too long ago to be opened again"),
        _ => Ok(()),
    }
}

const SPAM: &str = "the case is spam";

fn standing(
    question: &Question<'_>,
    clue: Clue,
    case: &Case,
    from: &Address,
) -> Result<(Standing, &'static str), &'static str> {
    if clue.how == How::RememberedTag && !case.is_contacts(&question.view.directory, from) {
        // Whoever comes first with a tag that is not theirs must not collect the mail of those it belongs to.
        return Err("the case remembers the tag, but the writer did not open it");
    }
    // A user who is the contact is the contact by whichever address: nobody answers themselves.
    if case.has_participant(from) || case.is_contacts(&question.view.directory, from) {
        return Ok(participant(question, clue, from));
    }
    if working_user(question, case, from).is_some() {
        return Ok((Standing::User, "in the name of a user who works the case"));
    }
    match clue.how {
        How::Id if same_subject(question, case) => {
            Ok((Standing::Outsider, "the writer is no part of the case; the subject is the same"))
        }
        How::Tag if of_participants_domain(question, case, from) => {
            Ok((Standing::Unproven, "from the domain of a participant, which the category allows"))
        }
        How::PublicId => Err("the writer is no part of the case, and the id is public knowledge"),
        _ => Err("the writer is no part of the case"),
    }
}

fn participant(question: &Question<'_>, clue: Clue, from: &Address) -> (Standing, &'static str) {
    let covered = question.channel.covers(from);
    match clue.how {
        How::Id | How::Conversation | How::Again => (Standing::Participant, "the writer is part of the case"),
        _ if covered => (Standing::Participant, "the writer is part of the case, and proven"),
        How::PublicId => (Standing::Unproven, "a participant by the header; the id is public knowledge"),
        How::Tag | How::RememberedTag => {
            (Standing::Unproven, "a participant by the header; the tag alone names the case")
        }
    }
}

/// The user with this address, if they may work this case.
pub fn working_user<'a>(question: &Question<'a>, case: &Case, from: &Address) -> Option<&'a User> {
    let directory = &question.view.directory;
    let user = directory.user_by_address(from)?;
    may_work(&question.view.directory, user, case).then_some(user)
}

/// May this user work this case: an active member of its category or of one that watches it, its owner, or a watcher.
pub fn may_work(directory: &Directory, user: &User, case: &Case) -> bool {
    let mut categories = std::iter::once(&case.category).chain(&case.watching);
    let member = categories.any(|category| directory.is_active_member(user.id, *category));
    let involved = case.owner == Some(user.id) || case.watchers.contains(&user.id);
    member || (involved && user.is_active_at(case.customer))
}

fn same_subject(question: &Question<'_>, case: &Case) -> bool {
    let theirs = clue::bare_subject(question.ours, &question.mail.subject);
    !theirs.is_empty() && theirs == clue::bare_subject(question.ours, &case.title)
}

fn of_participants_domain(question: &Question<'_>, case: &Case, from: &Address) -> bool {
    let allowed =
        question.view.directory.category(case.category).is_some_and(|category| category.settings.tag_from_same_domain);
    let public = |domain: &Domain| PUBLIC_PROVIDERS.contains(&domain.as_str());
    allowed && !public(from.domain()) && case.participants.iter().any(|party| party.address.domain() == from.domain())
}
