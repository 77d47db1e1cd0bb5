//! What happened on a case, to one user. Says first what a reply will do and to whom.

use minijinja::context;

use super::catalog::{TextProblem, Words};
use super::excerpt::{Cut, shown};
use super::inside::{self, Inner, Shown};
use super::offered::{form, merges, outsider, outsiders};
use super::page::Page;
use super::stopped;
use super::told::{moment, owner, sentence};
use super::write::{Material, Written};
use crate::case::event::{Actor, CaseEvent, MailEntry, Signal};
use crate::case::model::{Party, Status};
use crate::directory::model::{Category, Language, QUARANTINE, SITE, User};
use crate::id::{CaseId, UserId};
use crate::mail::compose::DraftAttachment;
use crate::mail::text::reply_marker;
use crate::thread::pick::may_work;
use crate::token::Grant;

/// Most octets of files sent along; larger ones are named, and are on the case.
const FILES_BYTES_MAX: usize = 10 << 20;

/// Most of a mail's text that a digest shows, in characters.
const EXCERPT_CHARS_MAX: usize = 90;

/// Writes a notification.
pub fn write(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some((user, address)) = material.user() else { return Ok(Written::Void("the user is no longer active")) };
    if !may_still_see(material, user) {
        return Ok(Written::Void("the user no longer works the case"));
    }
    let Some(sender) = material.sender(category) else { return Ok(Written::Void("the category has no address")) };
    let event = Happened::of(material);
    let among_us = event.is_among_us(material, user.id);
    let grant = if among_us { Grant::Note(user.id) } else { Grant::Reply(user.id) };
    let Some(reply_to) = material.token_address(grant) else {
        return Ok(Written::Void("the case number is too large"));
    };
    let words = material.catalog.words(user.language);
    let who = who(material, words);
    let name = match event.is_somebodys() {
        true => material.catalog.fill(&words.via, context! { who => &who, category => &category.name })?,
        false => category.name.clone(),
    };
    let (mut files, left_out) =
        if event.shows_mail() { material.files(FILES_BYTES_MAX) } else { (Vec::new(), Vec::new()) };
    let (shown, cut) = shown(material, event, words);
    let about =
        About { language: user.language, event, among_us, who: &who, shown: &shown, cut, files: &files, left_out };
    let page = page(material, category, about)?;
    files.extend(shown.whole);
    let event = event.as_str();
    let (user, answers) = ((user, address), None);
    let reverse_path = material.return_path();
    let inner = Inner { user, name, from: sender, reply_to, event, page, reverse_path, answers, attachments: files };
    inside::write(material, category, inner)
}

/// May the user see what happened, now that the letter leaves? Who loses the case by the entry itself hears of that.
fn may_still_see(material: &Material<'_>, user: &User) -> bool {
    let loses = |event: &CaseEvent| {
        matches!(
            event,
            CaseEvent::CategoryChanged { .. }
                | CaseEvent::CaseAssigned { .. }
                | CaseEvent::WatcherRemoved { .. }
                | CaseEvent::CaseMerged { .. }
                | CaseEvent::CaseReleased { .. }
        )
    };
    let works = || may_work(material.directory, user, material.case);
    material.case.customer == SITE || works() || material.entry.events.iter().any(loses)
}

/// What happened, in a line: for digests.
pub fn brief(material: &Material<'_>, words: &Words) -> Result<String, TextProblem> {
    let event = Happened::of(material);
    let (recipient, detail) = failure(material, words).unwrap_or_default();
    let facts = context! { who => who(material, words), recipient, detail, whose => whose(material) };
    let mut said = material.catalog.phrase(&words.headline, event.as_str(), facts)?;
    let text = shown(material, event, words).0.text;
    if said.ends_with(':') {
        let all = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = all.chars().take(EXCERPT_CHARS_MAX).collect();
        let more = if short.len() < all.len() { " …" } else { "" };
        said = format!("{said} {}{more}", short.trim_end());
    }
    let changes = if event.tells_changes() { changes(material, words)?.join("; ") } else { String::new() };
    Ok(format!("{} {changes}", said.trim_end()).trim_end().to_owned())
}

/// What an entry is to those who are told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    New,
    Added,
    Reopened,
    Answered,
    Noted,
    Changed,
    Copied,
    WaitEnded,
    Failed,
    Delayed,
    Stopped,
    Returned,
    Held,
    Quarantined,
    Revoked,
    Unreached,
    Paused,
}

impl Happened {
    /// The strongest event of the entry.
    fn of(material: &Material<'_>) -> Self {
        let events = &material.entry.events;
        let reopened = events.iter().any(|event| {
            matches!(event, CaseEvent::StatusChanged { from: Status::Resolved | Status::Closed, to: Status::Open })
        });
        let paused = events.iter().any(|event| matches!(event, CaseEvent::MailPaused { .. }));
        let first = events.iter().find_map(|event| match event {
            CaseEvent::CaseOpened { .. } if paused => Some(Self::Paused),
            CaseEvent::CaseOpened { category, .. } if *category == QUARANTINE => Some(Self::Quarantined),
            CaseEvent::UserUnreached { .. } => Some(Self::Unreached),
            CaseEvent::CaseOpened { .. } => Some(Self::New),
            CaseEvent::DeliveryFailed { .. } => Some(Self::Failed),
            CaseEvent::AnswerDelayed { .. } => Some(Self::Delayed),
            CaseEvent::LetterStopped { .. } => Some(Self::Stopped),
            CaseEvent::HeldReturned { .. } => Some(Self::Returned),
            CaseEvent::WaitEnded => Some(Self::WaitEnded),
            CaseEvent::AnswerWritten { .. } => Some(Self::Answered),
            CaseEvent::NoteWritten { .. } => Some(Self::Noted),
            CaseEvent::CopyReceived { .. } => Some(Self::Copied),
            CaseEvent::MailHeld { .. } => Some(Self::Held),
            CaseEvent::MailReceived { .. } if reopened => Some(Self::Reopened),
            CaseEvent::MailReceived { .. } | CaseEvent::MailTaken { .. } => Some(Self::Added),
            _ => None,
        });
        let revoked =
            |event: &CaseEvent| matches!(event, CaseEvent::TokensRevoked { .. } | CaseEvent::UsersTold { .. });
        first.unwrap_or(if events.iter().all(revoked) { Self::Revoked } else { Self::Changed })
    }

    /// The name in `X-Henvend-Event` and in the word lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Added => "added",
            Self::Reopened => "reopened",
            Self::Answered => "answered",
            Self::Noted => "noted",
            Self::Changed => "changed",
            Self::Copied => "copied",
            Self::WaitEnded => "wait_ended",
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Stopped => "stopped",
            Self::Returned => "returned",
            Self::Held => "held",
            Self::Quarantined => "quarantined",
            Self::Revoked => "revoked",
            Self::Unreached => "unreached",
            Self::Paused => "paused",
        }
    }

    /// Is the entry's mail itself what the user is told of?
    pub(super) const fn shows_mail(self) -> bool {
        !matches!(
            self,
            Self::Failed
                | Self::Delayed
                | Self::Stopped
                | Self::WaitEnded
                | Self::Copied
                | Self::Revoked
                | Self::Unreached
                | Self::Paused
        )
    }

    /// Is it what colleagues say or did, so that a plain reply is for them, not for the contact? Whoever is given a case,
    /// alone or with their category, is to answer.
    fn is_among_us(self, material: &Material<'_>, reader: UserId) -> bool {
        let given = |event: &CaseEvent| match event {
            CaseEvent::CaseAssigned { owner } => *owner == Some(reader),
            CaseEvent::CategoryChanged { .. } => true,
            _ => false,
        };
        match self {
            Self::Noted | Self::Answered => true,
            Self::Changed => !material.entry.events.iter().any(given),
            _ => false,
        }
    }

    /// Do the user's commands belong to what is told?
    const fn tells_changes(self) -> bool {
        matches!(self, Self::Answered | Self::Noted | Self::Changed | Self::Paused)
    }

    const fn is_somebodys(self) -> bool {
        matches!(self, Self::New | Self::Added | Self::Reopened | Self::Answered | Self::Noted | Self::Changed)
    }
}

/// Whoever caused the entry, by name; whom it did not reach; who wrote it, where a user only moved it.
fn who(material: &Material<'_>, words: &Words) -> String {
    let lost = material.entry.events.iter().find_map(|event| match event {
        CaseEvent::UserUnreached { user, .. } | CaseEvent::MailPaused { user, .. } => material.directory.user(*user),
        _ => None,
    });
    let held = |event: &CaseEvent| if let CaseEvent::WorkHeld { held } = event { Some(held.user) } else { None };
    let returned = material.journal.first().filter(|_| Happened::of(material) == Happened::Returned);
    let writer = returned.and_then(|past| past.entry.events.iter().find_map(held));
    if let Some(user) = lost.or_else(|| material.directory.user(writer?)) {
        return user.name.clone();
    }
    match &material.entry.by {
        Actor::User(user) if !material.entry.moved_here() => material.directory.name_of(*user, material.entry.from()),
        Actor::Outside(_) if form(material).is_some() => {
            material.case.contact.as_ref().map(|contact| contact.name.clone().unwrap_or(contact.address.to_string()))
        }
        Actor::User(_) | Actor::Outside(_) => {
            material.entry.mail().and_then(|mail| mail.from.as_ref()).map(Material::label)
        }
        // Anybody may have written it, under any name.
        Actor::System if material.case.category == QUARANTINE => {
            material.entry.mail().and_then(|mail| mail.from.as_ref()).map(|from| from.address.to_string())
        }
        Actor::System | Actor::Operator(_) => None,
    }
    .unwrap_or_else(|| words.somebody.clone())
}

/// To whose address a held mail came that somebody else wrote.
fn whose<'a>(material: &Material<'a>) -> Option<&'a str> {
    material.entry.events.iter().find_map(|event| match event {
        CaseEvent::MailHeld { mail, user, .. } => {
            let user = material.directory.user(*user)?;
            let own = mail.from.as_ref().is_some_and(|from| user.has_address(&from.address));
            (!own).then_some(user.name.as_str())
        }
        _ => None,
    })
}

/// What a notification is about, and for whom.
struct About<'a> {
    language: Language,
    event: Happened,
    /// A plain reply is for colleagues.
    among_us: bool,
    who: &'a str,
    shown: &'a Shown,
    cut: Cut,
    files: &'a [DraftAttachment],
    left_out: Vec<String>,
}

fn page(material: &Material<'_>, category: &Category, about: About<'_>) -> Result<Page, TextProblem> {
    let About { language, event, among_us, who, shown, cut, files, left_out } = about;
    let words = material.catalog.words(language);
    let case = material.case;
    let (recipient, detail) = failure(material, words).unwrap_or_default();
    let facts = context! { who, recipient, detail, whose => whose(material) };
    let headline = material.catalog.phrase(&words.headline, event.as_str(), facts)?;
    let reply = match () {
        () if among_us => "note",
        () if case.participants.is_empty() => "none",
        () => "answer",
    };
    let answers = material.user().filter(|_| among_us && !case.participants.is_empty());
    let answer_to = answers.and_then(|(user, _)| material.token_address(Grant::Reply(user.id)));
    let owner = owner(material, words, case)?;
    let contact = case.contact.as_ref().map(Party::full);
    let changes = if event.tells_changes() { changes(material, words)? } else { calls(material, words)? };
    let mut warnings = warnings(material, words);
    if cut == Cut::Shown {
        warnings.extend(words.warning.get("cut").cloned());
    }
    let reference = |id: &CaseId| material.ours.reference(*id);
    let facts = context! {
        marker => reply_marker(&words.reply_above),
        reply,
        answer_to => answer_to.map(|address| address.to_string()),
        reply_to => material.outside_people(),
        from_address => material.sender(category).map(|address| address.to_string()),
        headline,
        changes,
        warnings,
        outsiders => outsiders(material),
        text => &shown.text,
        whole => shown.whole_name(),
        quoted => cut == Cut::Attached,
        files => files.iter().map(|file| file.name.clone()).collect::<Vec<_>>(),
        left_out,
        reference => material.reference(),
        tag => format!("[{}]", material.reference()),
        title => &case.title,
        category => &category.name,
        status => words.status.get(case.status.as_str()),
        owner,
        contact,
        number => material.telephone(language),
        form => form(material),
        merges => merges(material),
        outsider => outsider(material),
        wait_until => case.wait_until.map(|until| moment(material, words, until)),
        given_back => event == Happened::Stopped,
        noted => if event == Happened::Stopped { stopped::noted(material) } else { Vec::new() },
        links => case.links.iter().map(reference).collect::<Vec<_>>(),
    };
    material.catalog.page(language, "notification", facts)
}

/// Whom a mail did not reach and why; or why it was stopped.
fn failure(material: &Material<'_>, words: &Words) -> Option<(String, String)> {
    let failed = material.entry.events.iter().filter_map(|event| match event {
        CaseEvent::DeliveryFailed { recipient, detail, status, .. } => {
            let detail = if detail.is_empty() { status.clone().unwrap_or_default() } else { detail.clone() };
            Some((recipient.clone(), detail))
        }
        CaseEvent::AnswerDelayed { recipients, detail, .. } => Some((recipients.join(", "), detail.clone())),
        CaseEvent::LetterStopped { what, .. } => {
            Some((String::new(), words.stopped.get(what).cloned().unwrap_or_default()))
        }
        _ => None,
    });
    // One reason is enough for all of them, as a rule it is the same.
    failed.reduce(|(recipients, first), (recipient, _)| (format!("{recipients}, {recipient}"), first))
}

/// What else the entry did to the case.
fn changes(material: &Material<'_>, words: &Words) -> Result<Vec<String>, TextProblem> {
    use CaseEvent as E;
    // Whose addresses were revoked is warned.
    let told = |event: &&CaseEvent| {
        !matches!(
            event,
            E::AnswerWritten { .. } | E::NoteWritten { .. } | E::CaseOpened { .. } | E::TokensRevoked { .. }
        )
    };
    let events = material.entry.events.iter().filter(told);
    events.filter_map(|event| sentence(material, words, event).transpose()).collect()
}

/// The telephone call that it came by: the number is nowhere else.
fn calls(material: &Material<'_>, words: &Words) -> Result<Vec<String>, TextProblem> {
    let events = material.entry.events.iter().filter(|event| matches!(event, CaseEvent::CallMade { .. }));
    events.filter_map(|event| sentence(material, words, event).transpose()).collect()
}

/// Does somebody new bear a colleague's name, and write from an address that is no user's?
fn is_namesake(material: &Material<'_>) -> bool {
    let opens = material.entry.events.iter().any(|event| matches!(event, CaseEvent::CaseOpened { .. }));
    let mail = material.entry.mail().filter(|mail| opens || mail.outsider);
    let Some((name, address)) =
        mail.and_then(|mail| mail.from.as_ref()).and_then(|from| Some((from.name.as_ref()?, &from.address)))
    else {
        return false;
    };
    let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let customer = material.case.customer;
    let mut colleagues = material.directory.users().filter(|user| user.is_active_at(customer));
    material.directory.user_by_address(address).is_none() && colleagues.any(|user| plain(&user.name) == plain(name))
}

fn warnings(material: &Material<'_>, words: &Words) -> Vec<String> {
    let mail: Option<&MailEntry> = material.entry.mail();
    // A case that only looks alike was not named.
    let candidates = material.entry.placed.iter().flat_map(|placed| &placed.candidates);
    let named = candidates.filter(|candidate| !candidate.accepted && candidate.signal != Signal::None).count() > 0;
    let linked = named && material.entry.events.iter().any(|event| matches!(event, CaseEvent::CaseLinked { .. }));
    let seals = material.mail.map(|(mail, _)| mail.seals.as_slice()).unwrap_or_default();
    let sealed = |hides: bool| seals.iter().any(|seal| seal.hides() == hides);
    let reader = material.user().map(|(user, _)| user.id);
    let lost = material
        .entry
        .events
        .iter()
        .any(|event| matches!(event, CaseEvent::TokensRevoked { user, .. } if Some(*user) == reader));
    let facts = [
        ("unproven", mail.is_some_and(|mail| mail.unproven)),
        ("outsider", mail.is_some_and(|mail| mail.outsider)),
        ("namesake", is_namesake(material)),
        ("link", linked),
        ("signed", sealed(false)),
        ("encrypted", sealed(true)),
        ("revoked", lost),
    ];
    facts.iter().filter(|(_, is_so)| *is_so).filter_map(|(name, _)| words.warning.get(*name).cloned()).collect()
}
