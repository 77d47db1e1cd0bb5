//! What happened, in a sentence: for transcripts, histories and notifications.

use minijinja::{Value, context};

use super::catalog::{TextProblem, Words};
use super::telephone::telephone;
use super::write::Material;
use crate::address::Address;
use crate::case::change::LetterKind;
use crate::case::event::{Actor, CaseEvent, Entry, MailEntry};
use crate::case::model::Case;
use crate::directory::model::User;
use crate::id::{CaseId, CategoryId, UserId};
use crate::mail::Mail;
use crate::time::Timestamp;

/// An entry of the case's journal, with its mail where that is to be shown.
#[derive(Clone, Debug)]
pub struct Past {
    /// The entry.
    pub entry: Entry,
    /// Its mail, read.
    pub mail: Option<Mail>,
}

/// What an event was; `None` where another event of the same entry says it, or nobody asks.
pub fn sentence(material: &Material<'_>, words: &Words, event: &CaseEvent) -> Result<Option<String>, TextProblem> {
    let Some((name, facts)) = said(material, words, event) else { return Ok(None) };
    material.catalog.phrase(&words.done, name, facts).map(Some)
}

fn said(material: &Material<'_>, words: &Words, event: &CaseEvent) -> Option<(&'static str, Value)> {
    use CaseEvent as E;
    let category = |id: &CategoryId| context! { category => category_name(material, *id) };
    let user = |id: &UserId| context! { user => user_name(material, *id) };
    let (reference, empty) = (|case| context! { reference => material.ours.reference(case) }, context! {});
    Some(match event {
        E::CaseOpened { title, .. } => ("case_opened", context! { title }),
        E::MailReceived { mail } => ("mail_received", context! { who => writer(material, words, mail) }),
        E::OwnMailReturned { .. } => ("own_mail_returned", empty),
        E::AnswerWritten { .. } => ("answer_written", empty),
        E::NoteWritten { .. } => ("note_written", empty),
        E::MailHeld { .. } => ("mail_held", empty),
        E::CommandsRefused { .. } => ("commands_refused", empty),
        E::CopyReceived { category: to } => ("copy_received", category(to)),
        E::CaseAssigned { owner: Some(owner) } => ("case_assigned", user(owner)),
        E::CaseAssigned { owner: None } => ("case_unassigned", empty),
        E::StatusChanged { to, .. } => ("status_changed", context! { status => words.status.get(to.as_str()) }),
        E::WaitingSet { until: Some(until) } => ("waiting_set", context! { at => moment(material, words, *until) }),
        E::WaitingSet { until: None } => ("waiting_contact", empty),
        E::WaitEnded => ("wait_ended", empty),
        E::PriorityChanged { to } => ("priority_changed", context! { priority => words.priority.get(to.as_str()) }),
        E::CategoryWatches { category: watching } => ("category_watches", category(watching)),
        E::CaseLinked { case } => ("case_linked", reference(*case)),
        E::ParticipantAdded { party } => ("participant_added", context! { address => party.address.to_string() }),
        E::ParticipantRemoved { address } => ("participant_removed", context! { address => address.to_string() }),
        E::Acknowledged { .. } => ("acknowledged", empty),
        E::AcknowledgementWithheld { .. } => ("acknowledgement_withheld", empty),
        E::DeliveryFailed { recipient, .. } => ("delivery_failed", context! { address => recipient }),
        E::ReportReceived { .. } => ("report_received", empty),
        E::AnswerDelayed { .. } => ("answer_delayed", empty),
        E::LetterStopped { .. } => ("letter_stopped", empty),
        E::WorkHeld { .. } => ("work_held", empty),
        E::HeldReleased { .. } => ("held_released", empty),
        E::HeldDropped { .. } => ("held_dropped", empty),
        E::HeldReturned { .. } => ("held_returned", empty),
        E::CategoryChanged { to, .. } => ("category_changed", category(to)),
        E::TitleChanged { to } => ("title_changed", context! { title => to }),
        E::ContactChanged { party } => ("contact_changed", context! { address => party.address.to_string() }),
        E::WatcherAdded { user: watcher } => ("watcher_added", user(watcher)),
        E::WatcherRemoved { user: watcher } => ("watcher_removed", user(watcher)),
        E::TimeSpent { minutes } => ("time_spent", context! { minutes }),
        E::CallMade { number } => ("call_made", called(words, number.as_deref())),
        E::CaseMerged { into } => ("case_merged", reference(*into)),
        E::CaseAbsorbed { case } => ("case_absorbed", absorbed(material, event, *case)),
        E::CaseReleased { case } => ("case_released", reference(*case)),
        E::MailMoved { to, .. } => ("mail_moved", reference(*to)),
        E::MailTaken { mail, from, .. } => ("mail_taken", taken(material, words, (mail, *from))),
        E::MailForwarded { .. } => ("mail_forwarded", empty),
        E::TokensRevoked { user: whose, .. } => ("tokens_revoked", user(whose)),
        E::OwnerAway { user, until } => ("owner_away", away(material, words, (*user, *until))),
        E::DigestMade { .. } => ("digest_made", empty),
        E::TakenOver { from } => ("taken_over", user(from)),
        E::OwnerUnreached { user: owner } => ("owner_unreached", user(owner)),
        E::UserUnreached { user: whose, .. } => ("user_unreached", user(whose)),
        E::MailPaused { user, why, alone } => ("mail_paused", paused(material, (*user, why, alone))),
        E::MailResumed { user: whose, .. } => ("mail_resumed", user(whose)),
        E::CommandsGiven { .. }
        | E::ErrandsGiven { .. }
        | E::ErrandsHeld { .. }
        | E::ShowAsked
        | E::HistoryAsked
        | E::HelpAsked
        | E::TextUnsent
        | E::ContactFromReplyTo
        | E::ResultsIgnored { .. }
        | E::UsersTold { .. }
        | E::ToldEnough { .. } => return None,
    })
}

fn taken(material: &Material<'_>, words: &Words, what: (&MailEntry, CaseId)) -> Value {
    context! { who => writer(material, words, what.0), reference => material.ours.reference(what.1) }
}

/// It can be undone by answering the letter that tells of it, and no other.
fn absorbed(material: &Material<'_>, event: &CaseEvent, case: CaseId) -> Value {
    let undo = material.letter.kind != LetterKind::Digest && material.entry.events.contains(event);
    context! { reference => material.ours.reference(case), undo }
}

fn called(words: &Words, number: Option<&str>) -> Value {
    context! { number => number.map(|number| telephone(number, words.language)) }
}

fn away(material: &Material<'_>, words: &Words, who: (UserId, Timestamp)) -> Value {
    context! { user => user_name(material, who.0), at => moment(material, words, who.1) }
}

/// To whom mail is paused, why, where nobody is told of anything for it, and how to end it.
fn paused(material: &Material<'_>, what: (UserId, &str, &[CategoryId])) -> Value {
    let (id, why, alone) = what;
    let address = material.directory.user(id).and_then(User::main_address).map(Address::to_string);
    let alone: Vec<String> = alone.iter().map(|category| material.directory.full_path(*category)).collect();
    context! { user => user_name(material, id), address, why, alone => alone.join(", ") }
}

/// What an entry did, a sentence for each event.
pub fn sentences(material: &Material<'_>, words: &Words, entry: &Entry) -> Result<Vec<String>, TextProblem> {
    entry.events.iter().filter_map(|event| sentence(material, words, event).transpose()).collect()
}

/// Whoever caused an entry, by name.
pub fn who(material: &Material<'_>, words: &Words, entry: &Entry) -> String {
    match &entry.by {
        Actor::User(user) => material.directory.name_of(*user, entry.from()).unwrap_or_default(),
        Actor::Outside(_) => entry.mail().map_or_else(|| words.somebody.clone(), |mail| writer(material, words, mail)),
        Actor::System => "henvend".to_owned(),
        Actor::Operator(name) => name.clone(),
    }
}

/// Who wrote what an entry shows of a mail.
pub fn speaker(material: &Material<'_>, words: &Words, entry: &Entry) -> String {
    match entry.mail() {
        Some(mail) if entry.moved_here() => writer(material, words, mail),
        _ => who(material, words, entry),
    }
}

/// Who wrote a mail: by the name in it, else by the name under which the case knows them.
fn writer(material: &Material<'_>, words: &Words, mail: &MailEntry) -> String {
    let Some(from) = &mail.from else { return words.somebody.clone() };
    let known = material.case.participants.iter().find(|party| party.address == from.address);
    let name = known.and_then(|party| party.name.clone()).filter(|_| from.name.is_none());
    name.unwrap_or_else(|| Material::label(from))
}

fn category_name(material: &Material<'_>, id: CategoryId) -> String {
    material.directory.category(id).map(|category| category.name.clone()).unwrap_or_default()
}

fn user_name(material: &Material<'_>, user: UserId) -> String {
    material.directory.user(user).map(|user| user.name.clone()).unwrap_or_default()
}

/// A text that may be anybody's: no line of it can be taken for one of ours.
pub fn quoted(text: &str) -> String {
    text.trim().lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

/// A date and a time of day, as the language writes them.
pub fn moment(material: &Material<'_>, words: &Words, at: Timestamp) -> String {
    moment_as(material, &words.moment, at)
}

/// An instant, written like this.
pub fn moment_as(material: &Material<'_>, form: &str, at: Timestamp) -> String {
    at.to_jiff().to_zoned(material.time_zone.clone()).strftime(form).to_string()
}

/// Who has a case, by name; and whether mail to them is paused, or until when they are away.
pub fn owner(material: &Material<'_>, words: &Words, case: &Case) -> Result<Option<String>, TextProblem> {
    let Some(owner) = case.owner.and_then(|owner| material.directory.user(owner)) else { return Ok(None) };
    if owner.undelivered.is_paused() {
        return material.catalog.fill(&words.unreached, context! { who => &owner.name }).map(Some);
    }
    let away = owner.personal.away_until.filter(|until| *until > material.letter.created);
    let Some(until) = away else { return Ok(Some(owner.name.clone())) };
    let facts = context! { who => &owner.name, at => moment_as(material, &words.day, until) };
    material.catalog.fill(&words.away, facts).map(Some)
}
