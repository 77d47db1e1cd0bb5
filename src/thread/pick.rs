//! Candidates → the case a mail belongs to, or none, with the reason for each.

use crate::address::{Address, Domain};
use crate::case::event::{Candidate, Placed, Signal};
use crate::case::model::{Case, Status};
use crate::case::view::{KnownKey, View};
use crate::directory::model::User;
use crate::id::{CaseId, CustomerId, EntryNo};
use crate::mail::Mail;
use crate::mail::subject::{ListTags, base_subject, without_tags};
use crate::thread::Ours;
use crate::thread::keys::{ids_newest_first, tags};
use crate::token;
use crate::verify::Channel;

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

/// Picks the case: signals in order of their strength, the first that names a case and passes wins.
pub fn pick(question: &Question<'_>) -> Pick {
    let mut pick =
        Pick { case: None, placed: Placed { decided_by: Signal::None, candidates: Vec::new() }, related: Vec::new() };
    for (signal, named, entry) in signals(question) {
        let Some(case) = where_it_is(question.view, named, entry) else { continue };
        if case.customer != question.customer
            || pick.placed.candidates.iter().any(|c| c.case == case.id && c.signal == signal)
        {
            continue;
        }
        let verdict = judge(question, signal, case);
        let (accepted, reason) = match &verdict {
            Ok((_, reason)) => (true, *reason),
            Err(reason) => (false, *reason),
        };
        pick.placed.candidates.push(Candidate { case: case.id, signal, accepted, reason: reason.to_owned() });
        match verdict {
            Ok((standing, _)) => {
                pick.placed.decided_by = signal;
                pick.case = Some((case.id, standing));
                pick.related.clear();
                return pick;
            }
            Err(_) if !pick.related.contains(&case.id) => pick.related.push(case.id),
            Err(_) => {}
        }
    }
    pick
}

/// Every case that the mail names, strongest signal first.
fn signals(question: &Question<'_>) -> Vec<(Signal, CaseId, Option<EntryNo>)> {
    let mut found = Vec::new();
    let ids = ids_newest_first(question.mail);
    for id in &ids {
        if let Some(letter) = token::check_message_id(&question.ours.keys, id) {
            found.push((Signal::SignedId, letter.case, Some(letter.entry)));
        }
    }
    for id in &ids {
        let rows = question.view.known.get(&KnownKey::of(question.customer, id));
        let threading = rows.into_iter().flatten().filter(|row| !row.public);
        found.extend(threading.map(|row| (Signal::KnownId, row.case, Some(row.entry))));
    }
    found.extend(tags(question.ours, question.mail).into_iter().map(|case| (Signal::SubjectTag, case, None)));
    found
}

/// The case on which a mail came, or the one that the mail was moved to.
fn where_it_is(view: &View, case: CaseId, entry: Option<EntryNo>) -> Option<&Case> {
    let came = view.cases.get(&case)?;
    view.case(entry.and_then(|entry| came.moved_to(entry)).unwrap_or(case))
}

fn judge(question: &Question<'_>, signal: Signal, case: &Case) -> Result<(Standing, &'static str), &'static str> {
    if case.status == Status::Spam {
        return Err("the case is spam");
    }
    let Some(from) = question.mail.only_from().map(|from| &from.address) else {
        return Err("there is not exactly one From address");
    };
    if case.has_participant(from) {
        return Ok(participant(question, signal, from));
    }
    if working_user(question, case, from).is_some() {
        return Ok((Standing::User, "in the name of a user who works the case"));
    }
    match signal {
        Signal::SignedId | Signal::KnownId if same_subject(question, case) => {
            Ok((Standing::Outsider, "the writer is no part of the case; the subject is the same"))
        }
        Signal::SubjectTag if of_participants_domain(question, case, from) => {
            Ok((Standing::Unproven, "from the domain of a participant, which the category allows"))
        }
        _ => Err("the writer is no part of the case"),
    }
}

fn participant(question: &Question<'_>, signal: Signal, from: &Address) -> (Standing, &'static str) {
    if signal == Signal::SubjectTag && !question.channel.covers(from) {
        (Standing::Unproven, "a participant by the header; the tag alone names the case")
    } else {
        (Standing::Participant, "the writer is part of the case")
    }
}

/// The user with this address, if they may work this case.
pub fn working_user<'a>(question: &Question<'a>, case: &Case, from: &Address) -> Option<&'a User> {
    let directory = &question.view.directory;
    let user = directory.user_by_address(from)?;
    may_work(question.view, user, case).then_some(user)
}

/// May this user work this case: an active member of its category or of one that watches it, its owner, or a watcher.
pub fn may_work(view: &View, user: &User, case: &Case) -> bool {
    let mut categories = std::iter::once(&case.category).chain(&case.watching);
    let member = categories.any(|category| view.directory.is_active_member(user.id, *category));
    let involved = case.owner == Some(user.id) || case.watchers.contains(&user.id);
    member || (involved && user.is_active_at(case.customer))
}

fn same_subject(question: &Question<'_>, case: &Case) -> bool {
    let base =
        |subject: &str| base_subject(&without_tags(subject, &question.ours.prefix), ListTags::Dropped).to_lowercase();
    let theirs = base(&question.mail.subject);
    !theirs.is_empty() && theirs == base(&case.title)
}

fn of_participants_domain(question: &Question<'_>, case: &Case, from: &Address) -> bool {
    let allowed =
        question.view.directory.category(case.category).is_some_and(|category| category.settings.tag_from_same_domain);
    let public = |domain: &Domain| PUBLIC_PROVIDERS.contains(&domain.as_str());
    allowed && !public(from.domain()) && case.participants.iter().any(|party| party.address.domain() == from.domain())
}
