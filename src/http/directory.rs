//! The directory: as a file, its history, and a file made true.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};

use super::api::{ApiState, Pairs};
use super::listen::Peer;
use super::problem::Failed;
use super::types::{Applied, ApplyRequest, DirectoryExport, HistoryEvent, HistoryPage};
use crate::act::act;
use crate::case::trigger::{DirectoryRequest, Trigger};
use crate::directory::describe::describe;
use crate::directory::diff::{Prune, diff};
use crate::directory::export;
use crate::directory::file::read;
use crate::id::Version;
use crate::ports::{Page, Query};

/// Most events in one page of the history.
const EVENTS_MAX: usize = 1000;

pub(super) async fn export(State(state): State<ApiState>) -> Json<DirectoryExport> {
    let directory = state.world.store.directory();
    Json(DirectoryExport { version: directory.version().get(), toml: export::export(&directory) })
}

pub(super) async fn history(State(state): State<ApiState>, query: Pairs) -> Result<Json<HistoryPage>, Failed> {
    let from = match query.first("from").map(Version::parse) {
        None => Version::new(1),
        Some(Some(version)) if version.get() > 0 => version,
        Some(_) => return Err(Failed::bad_request("from: wanted the number of an event")),
    };
    let max = query.max(EVENTS_MAX)?;
    let Page::DirectoryHistory(entries) = state.world.store.page(Query::DirectoryHistory { from, max }).await? else {
        return Err(Failed::internal("the store answered another question"));
    };
    let next = (entries.len() >= max).then(|| from.get() + max as u64);
    let mut events = Vec::new();
    for (version, entry) in (from.get()..).zip(entries) {
        let event = serde_json::to_value(&entry.event).map_err(|error| Failed::internal(error.to_string()))?;
        events.push(HistoryEvent { version, at: entry.at.to_string(), by: entry.by, event });
    }
    Ok(Json(HistoryPage { events, next }))
}

pub(super) async fn apply(
    State(state): State<ApiState>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Result<Json<ApplyRequest>, JsonRejection>,
) -> Result<Json<Applied>, Failed> {
    let Json(request) = request.map_err(|error| Failed { status: error.status(), detail: error.body_text() })?;
    let world = &state.world;
    let policy = world.policy();
    let file = read(&request.toml, Some(&policy.ours.reply_domain))
        .map_err(|problems| Failed::unprocessable(problems.to_string().trim_end()))?;
    let directory = world.store.directory();
    if request.version.is_some_and(|seen| seen != directory.version().get()) {
        return Err(Failed::conflict("the directory was changed meanwhile: look at the difference again"));
    }
    let prune = if request.prune { Prune::On } else { Prune::Off };
    let events = diff(&directory, &file, prune);
    let lines = describe(&directory, &events);
    if request.dry_run || events.is_empty() {
        return Ok(Json(Applied { lines, applied: !request.dry_run, version: directory.version().get() }));
    }
    let by = peer.name();
    let version = directory.version().get() + events.len() as u64;
    let request = DirectoryRequest { base: directory.version(), events, by };
    match act(world, Trigger::Directory(request)).await?.refused {
        Some(why) => Err(Failed::conflict(why)),
        None => Ok(Json(Applied { lines, applied: true, version })),
    }
}
