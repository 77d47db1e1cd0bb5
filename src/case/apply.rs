//! Case and entry → case. The only way a case changes.

use super::event::{Actor, CaseEvent, Entry};
use super::held::Held;
use super::model::{Case, HELD_MAX, MOVED_MAX, Party, Priority, REVOKED_MAX, Revoked, Status, THREAD_IDS_MAX};
use crate::id::{CaseId, CategoryId, EntryNo, UserId};
use crate::mail::MessageId;
use crate::time::Timestamp;

/// The case after an entry; `None` where a journal does not begin with the opening of its case.
///
/// Shape:  `case` is `None` for the first entry; `entry.no` is the one after `case.last_entry`.
/// Errors: none, total: an event that means nothing in the case's state changes nothing.
pub fn apply(id: CaseId, case: Option<Case>, entry: &Entry) -> Option<Case> {
    let mut case = case;
    for event in &entry.events {
        match (&mut case, event) {
            (None, event) => case = Some(open(id, entry, event)?),
            (Some(case), event) => apply_event(case, entry, event),
        }
    }
    let mut case = case?;
    if let (Actor::User(by), true) = (&entry.by, entry.events.iter().any(CaseEvent::turns)) {
        case.last_turn = Some((entry.no, *by));
    }
    case.last_entry = entry.no;
    case.changed = entry.at;
    Some(case)
}

fn open(id: CaseId, entry: &Entry, event: &CaseEvent) -> Option<Case> {
    let CaseEvent::CaseOpened { customer, category, title, channel, contact, participants } = event else {
        return None;
    };
    Some(Case {
        id,
        customer: *customer,
        category: *category,
        watching: Vec::new(),
        title: title.clone(),
        status: Status::New,
        owner: None,
        owned_since: None,
        watchers: Vec::new(),
        priority: Priority::default(),
        channel: *channel,
        contact: contact.clone(),
        participants: participants.clone(),
        links: Vec::new(),
        opened: entry.at,
        changed: entry.at,
        settled: None,
        wait_until: None,
        last_entry: EntryNo::new(0),
        last_contact_entry: None,
        last_answer_entry: None,
        thread_ids: Vec::new(),
        acknowledged: false,
        last_answer_by: None,
        minutes: 0,
        held: Vec::new(),
        moved: Vec::new(),
        revoked: Vec::new(),
        last_turn: None,
    })
}

fn apply_event(case: &mut Case, entry: &Entry, event: &CaseEvent) {
    match event {
        CaseEvent::MailReceived { .. }
        | CaseEvent::MailTaken { .. }
        | CaseEvent::MailForwarded { .. }
        | CaseEvent::AnswerWritten { .. }
        | CaseEvent::Acknowledged { .. } => apply_mail(case, entry, event),
        CaseEvent::CaseAssigned { .. }
        | CaseEvent::WatcherAdded { .. }
        | CaseEvent::WatcherRemoved { .. }
        | CaseEvent::ParticipantAdded { .. }
        | CaseEvent::ParticipantRemoved { .. }
        | CaseEvent::ContactChanged { .. } => apply_people(case, entry, event),
        CaseEvent::TokensRevoked { user, until } => revoke(case, *user, *until),
        CaseEvent::WorkHeld { held } => hold(case, held),
        CaseEvent::HeldReleased { entry } | CaseEvent::HeldDropped { entry } | CaseEvent::HeldReturned { entry } => {
            case.held.retain(|held| held.entry != *entry);
        }
        CaseEvent::StatusChanged { to, .. } => change_status(case, *to, entry.at),
        CaseEvent::WaitingSet { until } => case.wait_until = *until,
        CaseEvent::WaitEnded => case.wait_until = None,
        CaseEvent::PriorityChanged { to } => case.priority = *to,
        CaseEvent::CategoryWatches { category } => push_new(&mut case.watching, *category),
        CaseEvent::CategoryChanged { to, .. } => change_category(case, *to),
        CaseEvent::TitleChanged { to } => case.title.clone_from(to),
        CaseEvent::TimeSpent { minutes } => case.minutes = case.minutes.saturating_add(*minutes),
        CaseEvent::CaseLinked { case: other } => push_new(&mut case.links, *other),
        CaseEvent::CaseMerged { into } => change_status(case, Status::Merged(*into), entry.at),
        CaseEvent::MailMoved { entry, to } => remember_move(case, (*entry, *to)),
        CaseEvent::CaseOpened { .. }
        | CaseEvent::OwnMailReturned { .. }
        | CaseEvent::NoteWritten { .. }
        | CaseEvent::CommandsGiven { .. }
        | CaseEvent::MailHeld { .. }
        | CaseEvent::CommandsRefused { .. }
        | CaseEvent::CopyReceived { .. }
        | CaseEvent::AcknowledgementWithheld { .. }
        | CaseEvent::DeliveryFailed { .. }
        | CaseEvent::ReportReceived { .. }
        | CaseEvent::LetterStopped { .. }
        | CaseEvent::CallMade { .. }
        | CaseEvent::ContactFromReplyTo
        | CaseEvent::TextUnsent
        | CaseEvent::TakenOver { .. }
        | CaseEvent::AnswerDelayed { .. }
        | CaseEvent::ToldEnough { .. }
        | CaseEvent::CaseAbsorbed { .. }
        | CaseEvent::CaseReleased { .. }
        | CaseEvent::ShowAsked
        | CaseEvent::HistoryAsked
        | CaseEvent::HelpAsked
        | CaseEvent::ErrandsGiven { .. }
        | CaseEvent::ErrandsHeld { .. }
        | CaseEvent::ResultsIgnored { .. }
        | CaseEvent::UsersTold { .. }
        | CaseEvent::OwnerAway { .. }
        | CaseEvent::DigestMade { .. }
        | CaseEvent::UserUnreached { .. }
        | CaseEvent::MailPaused { .. }
        | CaseEvent::MailResumed { .. }
        | CaseEvent::OwnerUnreached { .. } => {}
    }
}

fn remember_move(case: &mut Case, moved: (EntryNo, CaseId)) {
    if case.moved.len() < MOVED_MAX {
        case.moved.push(moved);
    }
}

fn apply_mail(case: &mut Case, entry: &Entry, event: &CaseEvent) {
    match event {
        CaseEvent::MailReceived { mail } | CaseEvent::MailTaken { mail, .. } => {
            if mail.kind.is_from_somebody() {
                case.last_contact_entry = Some(entry.no);
            }
            if let (Some(id), false) = (&mail.message_id, mail.outsider) {
                remember_id(case, id);
            }
        }
        // Its id is that of the user's own mail, which the contact has not seen.
        CaseEvent::MailForwarded { .. } => case.last_contact_entry = Some(entry.no),
        CaseEvent::AnswerWritten { sent_as, .. } => {
            case.last_answer_entry = Some(entry.no);
            case.last_answer_by = if let Actor::User(by) = entry.by { Some(by) } else { None };
            remember_id(case, sent_as);
        }
        CaseEvent::Acknowledged { sent_as, .. } => {
            case.acknowledged = true;
            remember_id(case, sent_as);
        }
        _ => {}
    }
}

fn apply_people(case: &mut Case, entry: &Entry, event: &CaseEvent) {
    match event {
        CaseEvent::CaseAssigned { owner } => {
            case.owned_since = owner.is_some().then_some(entry.at);
            case.owner = *owner;
            if let (Some(owner), Actor::User(by)) = (owner, &entry.by)
                && owner != by
                && !case.watchers.contains(by)
            {
                case.watchers.push(*by);
            }
        }
        CaseEvent::WatcherAdded { user } => push_new(&mut case.watchers, *user),
        CaseEvent::WatcherRemoved { user } => case.watchers.retain(|watcher| watcher != user),
        CaseEvent::ParticipantAdded { party } => add_participant(case, party),
        CaseEvent::ParticipantRemoved { address } => {
            case.participants.retain(|party| &party.address != address);
            if case.contact.as_ref().is_some_and(|contact| &contact.address == address) {
                case.contact = case.participants.first().cloned();
            }
        }
        CaseEvent::ContactChanged { party } => {
            let old = case.contact.take().map(|old| old.address);
            case.participants.retain(|other| other.address != party.address && Some(&other.address) != old.as_ref());
            case.participants.insert(0, party.clone());
            case.contact = Some(party.clone());
        }
        _ => {}
    }
}

fn change_status(case: &mut Case, to: Status, at: Timestamp) {
    if to != Status::Waiting {
        case.wait_until = None;
    }
    case.settled = if to.is_active() { None } else { case.settled.or(Some(at)) };
    case.status = to;
}

fn change_category(case: &mut Case, to: CategoryId) {
    case.watching.retain(|watching| *watching != to);
    case.category = to;
}

fn hold(case: &mut Case, held: &Held) {
    if case.held.len() < HELD_MAX {
        case.held.push(held.clone());
    }
}

/// Keeps the first id, for it is the root of the contact's thread, and the latest ones.
fn remember_id(case: &mut Case, id: &MessageId) {
    if case.thread_ids.contains(id) {
        return;
    }
    if case.thread_ids.len() >= THREAD_IDS_MAX {
        case.thread_ids.remove(1);
    }
    case.thread_ids.push(id.clone());
}

fn add_participant(case: &mut Case, party: &Party) {
    if !case.has_participant(&party.address) && case.participants.len() < super::model::PARTICIPANTS_MAX {
        case.participants.push(party.clone());
    }
}

/// Nothing that was revoked comes back because there is no room: then everybody's tokens of that age are revoked.
fn revoke(case: &mut Case, user: UserId, until: EntryNo) {
    let whose = |revoked: &Revoked| revoked.user == Some(user);
    match case.revoked.iter_mut().find(|revoked| whose(revoked)) {
        Some(revoked) => revoked.until = revoked.until.max(until),
        None => case.revoked.push(Revoked { user: Some(user), until }),
    }
    if case.revoked.len() > REVOKED_MAX {
        let until = case.revoked.iter().map(|revoked| revoked.until).max().unwrap_or(until);
        case.revoked = vec![Revoked { user: None, until }];
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::model::Channel;
    use crate::directory::model::{OPERATORS, SITE};
    use crate::id::UserId;

    fn entry(no: u32, events: Vec<CaseEvent>) -> Entry {
        let at = Timestamp::from_secs(i64::from(no));
        Entry { no: EntryNo::new(no), at, by: Actor::User(UserId::new(1)), placed: None, events }
    }

    fn opened() -> Case {
        let event = CaseEvent::CaseOpened {
            customer: SITE,
            category: OPERATORS,
            title: "t".to_owned(),
            channel: Channel::Mail,
            contact: None,
            participants: Vec::new(),
        };
        apply(CaseId::new(1), None, &entry(1, vec![event])).expect("opened")
    }

    #[test]
    fn a_journal_begins_with_the_opening() {
        assert_eq!(apply(CaseId::new(1), None, &entry(1, vec![CaseEvent::WaitEnded])), None);
        assert_eq!(opened().status, Status::New);
        assert_eq!(opened().last_entry, EntryNo::new(1));
    }

    #[test]
    fn settled_is_when_it_was_first_settled_and_gone_when_reopened() {
        let change = |to| CaseEvent::StatusChanged { from: Status::New, to };
        let case = apply(CaseId::new(1), Some(opened()), &entry(2, vec![change(Status::Resolved)])).expect("case");
        let case = apply(CaseId::new(1), Some(case), &entry(3, vec![change(Status::Closed)])).expect("case");
        assert_eq!(case.settled, Some(Timestamp::from_secs(2)));
        let case = apply(CaseId::new(1), Some(case), &entry(4, vec![change(Status::Open)])).expect("case");
        assert_eq!((case.settled, case.status), (None, Status::Open));
    }

    #[test]
    fn giving_a_case_away_keeps_the_giver_informed() {
        let assign = CaseEvent::CaseAssigned { owner: Some(UserId::new(2)) };
        let case = apply(CaseId::new(1), Some(opened()), &entry(2, vec![assign])).expect("case");
        assert_eq!((case.owner, case.watchers.clone()), (Some(UserId::new(2)), vec![UserId::new(1)]));
        assert_eq!(case.owned_since, Some(Timestamp::from_secs(2)));
    }

    #[test]
    fn what_is_revoked_stays_so_and_takes_little_room() {
        let mut case = opened();
        for n in 1..=REVOKED_MAX as u32 {
            revoke(&mut case, UserId::new(n), EntryNo::new(n));
            revoke(&mut case, UserId::new(n), EntryNo::new(1));
        }
        let says = |case: &Case, user, entry| case.has_revoked(UserId::new(user), EntryNo::new(entry));
        assert_eq!(case.revoked.len(), REVOKED_MAX);
        assert!(says(&case, 7, 7) && !says(&case, 7, 8) && !says(&case, 900, 1));
        revoke(&mut case, UserId::new(900), EntryNo::new(2));
        assert_eq!(case.revoked.len(), 1);
        assert!(says(&case, 7, 7) && says(&case, 900, 2) && !says(&case, 7, 101));
    }

    #[test]
    fn the_first_thread_id_stays() {
        let mut case = opened();
        for n in 0..30 {
            remember_id(&mut case, &MessageId::parse(&format!("{n}@x")).expect("id"));
        }
        let ids: Vec<&str> = case.thread_ids.iter().map(MessageId::as_str).collect();
        assert_eq!(ids.len(), THREAD_IDS_MAX);
        assert_eq!((ids[0], ids[1], ids[9]), ("0@x", "21@x", "29@x"));
    }
}
