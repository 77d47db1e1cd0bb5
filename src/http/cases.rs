//! Cases and their journals.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use super::api::{ApiState, Pairs};
use super::problem::Failed;
use super::types::{CandidateView, CaseLine, CasePage, CaseView, EntryView, MailView, Person, PlacedView};
use crate::case::event::{Actor, Entry, MailEntry, Placed};
use crate::case::model::{Case, Party, Status};
use crate::directory::model::Directory;
use crate::envelope::RawMail;
use crate::id::{CaseId, CategoryId, EntryNo, UserId};
use crate::ports::{CaseQuery, Page, Query};

/// Most cases in one page.
const CASES_MAX: usize = 200;
/// Most cases that a search looks through for those of one page.
const FOUND_MAX: usize = 10_000;
/// Most entries in one page of a journal.
const ENTRIES_MAX: usize = 100;
/// Raw mails that are read for one page, all together; the rest of them are shown without their text.
const RAW_BYTES_MAX: u64 = 64 << 20;

/// Numbers and names in words.
pub(super) struct Words {
    directory: Arc<Directory>,
    prefix: String,
}

impl Words {
    pub(super) fn of(state: &ApiState) -> Self {
        Self { directory: state.world.store.directory(), prefix: state.world.policy().ours.prefix.clone() }
    }

    pub(super) fn reference(&self, case: CaseId) -> String {
        format!("{}-{case}", self.prefix)
    }

    /// Reads `HV-1042`, `hv-1042` or `1042`.
    pub(super) fn case_id(&self, text: &str) -> Result<CaseId, Failed> {
        let number = match text.split_once('-') {
            Some((prefix, number)) if prefix.eq_ignore_ascii_case(&self.prefix) => number,
            _ => text,
        };
        let wanted = || Failed::bad_request(format!("\"{text}\" is no reference: wanted {}-NUMBER", self.prefix));
        CaseId::parse(number).ok_or_else(wanted)
    }

    pub(super) fn category(&self, id: CategoryId) -> String {
        self.directory.full_path(id)
    }

    pub(super) fn user_address(&self, id: UserId) -> String {
        let address = self.directory.user(id).and_then(|user| user.main_address());
        address.map_or_else(|| format!("user {id}"), ToString::to_string)
    }

    pub(super) fn user_name(&self, id: UserId) -> String {
        self.directory.user(id).map_or_else(|| format!("user {id}"), |user| user.name.clone())
    }

    fn user(&self, id: UserId) -> Person {
        let user = self.directory.user(id);
        Person {
            user: Some(id.get()),
            name: user.map(|user| user.name.clone()),
            address: user.and_then(|user| user.main_address()).map(ToString::to_string),
        }
    }

    fn line(&self, case: &Case) -> CaseLine {
        CaseLine {
            reference: self.reference(case.id),
            title: case.title.clone(),
            status: case.status.as_str().to_owned(),
            merged_into: match case.status {
                Status::Merged(target) => Some(self.reference(target)),
                _ => None,
            },
            priority: case.priority.as_str().to_owned(),
            category: self.category(case.category),
            owner: case.owner.map(|owner| self.user(owner)),
            contact: case.contact.as_ref().map(party),
            opened: case.opened.to_string(),
            changed: case.changed.to_string(),
            waits_until: case.wait_until.map(|until| until.to_string()),
        }
    }

    fn entry(&self, entry: &Entry) -> EntryView {
        EntryView {
            no: entry.no.get(),
            at: entry.at.to_string(),
            by: match &entry.by {
                Actor::Outside(address) => address.to_string(),
                Actor::User(id) => self.directory.name_of(*id, entry.from()).unwrap_or_else(|| self.user_name(*id)),
                Actor::System => "henvend".to_owned(),
                Actor::Operator(name) => name.clone(),
            },
            placed: entry.placed.as_ref().map(|placed| self.placed(placed)),
            events: entry.events.iter().filter_map(|event| self.event(event)).collect(),
            told: entry.events.iter().flat_map(|event| self.told(event)).collect(),
            mail: entry.mail().map(mail),
        }
    }

    fn placed(&self, placed: &Placed) -> PlacedView {
        let candidates = placed.candidates.iter().map(|candidate| CandidateView {
            case: self.reference(candidate.case),
            signal: candidate.signal.as_str().to_owned(),
            accepted: candidate.accepted,
            reason: candidate.reason.clone(),
        });
        PlacedView { decided_by: placed.decided_by.as_str().to_owned(), candidates: candidates.collect() }
    }
}

fn party(party: &Party) -> Person {
    Person { user: None, name: party.name.clone(), address: Some(party.address.to_string()) }
}

fn mail(entry: &MailEntry) -> MailView {
    let from = entry.from.as_ref().map(|from| Person {
        user: None,
        name: from.name.clone(),
        address: Some(from.address.to_string()),
    });
    MailView {
        id: entry.raw.id.to_string(),
        message_id: entry.message_id.as_ref().map(|id| id.as_str().to_owned()),
        from,
        subject: entry.subject.clone(),
        kind: entry.kind.as_str().to_owned(),
        bytes: entry.raw.bytes,
        attachments: entry.attachments,
        unproven: entry.unproven,
        outsider: entry.outsider,
        new_text: None,
        text: None,
        unread: None,
    }
}

pub(super) async fn list(State(state): State<ApiState>, query: Pairs) -> Result<Json<CasePage>, Failed> {
    let words = Words::of(&state);
    let max = query.max(CASES_MAX)?;
    let asked =
        CaseQuery {
            statuses: statuses(query.all("status"))?,
            category: match query.first("category") {
                Some(path) => {
                    Some(words.directory.category_by_path(path).map(|category| category.id).ok_or_else(|| {
                        Failed::bad_request(format!("there is no category {path}: wanted CUSTOMER/PATH"))
                    })?)
                }
                None => None,
            },
            before: query.first("before").map(|text| words.case_id(text)).transpose()?,
            max,
        };
    let query = match query.first("search") {
        Some(words) => Query::Search { words: words.to_owned(), before: asked.before, max: FOUND_MAX },
        None => Query::Cases(asked.clone()),
    };
    let Page::Cases { mut cases, below } = state.world.store.page(query).await? else {
        return Err(Failed::internal("the store answered another question"));
    };
    cases.retain(|case| asked.wants(case));
    let full = cases.get(max.saturating_sub(1)).map(|case| case.id);
    cases.truncate(max);
    // Cut short by the store, the page says so too: it may be empty, and yet not the last.
    let next = full.or(below).map(|id| words.reference(id));
    Ok(Json(CasePage { cases: cases.iter().map(|case| words.line(case)).collect(), next }))
}

fn statuses<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<Status>, Failed> {
    let known = [Status::New, Status::Open, Status::Waiting, Status::Resolved, Status::Closed, Status::Spam];
    let find = |word: &str| {
        let wanted = || {
            Failed::bad_request(format!(
                "there is no status {word}: wanted new, open, waiting, resolved, closed or spam"
            ))
        };
        known.iter().find(|status| status.as_str() == word).copied().ok_or_else(wanted)
    };
    values.flat_map(|value| value.split(',')).filter(|word| !word.is_empty()).map(find).collect()
}

pub(super) async fn show(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    query: Pairs,
) -> Result<Json<CaseView>, Failed> {
    let words = Words::of(&state);
    let id = words.case_id(&reference)?;
    let from = match query.first("from").map(EntryNo::parse) {
        None => EntryNo::new(1),
        Some(Some(no)) if no.get() > 0 => no,
        Some(_) => return Err(Failed::bad_request("from: wanted the number of an entry")),
    };
    let store = &state.world.store;
    let case = store.case(id).await?;
    let case = case.ok_or_else(|| Failed::not_found(format!("there is no case {}", words.reference(id))))?;
    let max = query.max(ENTRIES_MAX)?;
    let Page::Journal(entries) = store.page(Query::Journal { case: id, from, max }).await? else {
        return Err(Failed::internal("the store answered another question"));
    };
    let last = entries.last().map(|entry| entry.no);
    Ok(Json(CaseView {
        case: words.line(&case),
        participants: case.participants.iter().map(party).collect(),
        watchers: case.watchers.iter().map(|id| words.user(*id)).collect(),
        watching: case.watching.iter().map(|id| words.category(*id)).collect(),
        links: case.links.iter().map(|id| words.reference(*id)).collect(),
        journal: journal(&state, &words, &entries).await,
        next: last.filter(|no| *no < case.last_entry).map(|no| no.next().get()),
    }))
}

async fn journal(state: &ApiState, words: &Words, entries: &[Entry]) -> Vec<EntryView> {
    let mut views = Vec::new();
    let mut left = RAW_BYTES_MAX;
    for entry in entries {
        let mut view = words.entry(entry);
        if let (Some(view), Some(mail)) = (&mut view.mail, entry.mail()) {
            match left.checked_sub(mail.raw.bytes) {
                Some(rest) => {
                    left = rest;
                    read(state, mail, view).await;
                }
                None => view.unread = Some("too much mail for one page: ask for this entry alone".to_owned()),
            }
        }
        views.push(view);
    }
    views
}

/// A mail that cannot be had is no reason to hide the rest of the journal.
async fn read(state: &ApiState, mail: &MailEntry, view: &mut MailView) {
    if mail.unread {
        view.unread = Some("it could not be read when it came, and is not read again".to_owned());
        return;
    }
    match state.world.store.raw(mail.raw).await {
        Ok(bytes) => {
            let mail = (state.read_mail)(RawMail::new(bytes)).await;
            (view.text, view.new_text) = (Some(mail.text), Some(mail.new_text));
        }
        Err(error) => view.unread = Some(error.to_string()),
    }
}
