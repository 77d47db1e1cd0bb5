//! Is it alive, has it started, can it take mail? And the numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::types::Check;
use crate::act::World;

/// Where the process stands in its life; the daemon tells, probes ask.
#[derive(Debug, Default)]
pub struct Life {
    started: AtomicBool,
    draining: AtomicBool,
}

impl Life {
    /// Every listener is open.
    pub fn started(&self) {
        self.started.store(true, Ordering::Release);
    }

    /// The end has begun: no new work should be sent here.
    pub fn draining(&self) {
        self.draining.store(true, Ordering::Release);
    }
}

/// What probes look at.
#[derive(Clone)]
pub struct ProbeState {
    /// The doors.
    pub world: Arc<World>,
    /// The process.
    pub life: Arc<Life>,
}

/// `/livez`, `/readyz`, `/startupz` (each with `?verbose`) and `/metrics`.
pub fn router(state: ProbeState) -> Router {
    Router::new()
        .route("/livez", get(|query: RawQuery| async move { answer(&[], &query) }))
        .route("/readyz", get(readyz))
        .route("/startupz", get(startupz))
        .route("/metrics", get(metrics))
        .with_state(state)
}

/// Everything that readiness depends on. The gauge is kept true on the way.
pub fn checks(world: &World, life: &Life) -> Vec<Check> {
    let started = check("started", life.started.load(Ordering::Acquire), || "listeners are not open yet".to_owned());
    let staying = check("draining", !life.draining.load(Ordering::Acquire), || "the daemon is stopping".to_owned());
    let health = world.store.health();
    let store = check("store", health.is_ok(), || health.err().map_or_else(String::new, |error| error.to_string()));
    let operator = check("operator", world.store.directory().has_operator(), || {
        "no active operator: nobody would see quarantined mail. Name one in the directory".to_owned()
    });
    let checks = vec![started, staying, store, operator];
    world.metrics.ready.set(i64::from(checks.iter().all(|check| check.ok)));
    checks
}

fn check(name: &str, ok: bool, detail: impl FnOnce() -> String) -> Check {
    Check { name: name.to_owned(), ok, detail: if ok { String::new() } else { detail() } }
}

async fn readyz(State(state): State<ProbeState>, query: RawQuery) -> Response {
    answer(&checks(&state.world, &state.life), &query)
}

async fn startupz(State(state): State<ProbeState>, query: RawQuery) -> Response {
    let checks = checks(&state.world, &state.life);
    answer(&checks[..1], &query)
}

async fn metrics(State(state): State<ProbeState>) -> Response {
    // Scraped without a probe beside it, the gauge would stand still.
    checks(&state.world, &state.life);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, state.world.metrics.text()).into_response()
}

/// `ok`, or what is not; with `?verbose` every check on its own line.
fn answer(checks: &[Check], RawQuery(query): &RawQuery) -> Response {
    let verbose =
        query.as_deref().is_some_and(|query| query.split('&').any(|key| key.split('=').next() == Some("verbose")));
    let well = checks.iter().all(|check| check.ok);
    let mut text = String::new();
    for check in checks.iter().filter(|check| verbose || !check.ok) {
        let (sign, detail) = if check.ok { ('+', "") } else { ('-', check.detail.as_str()) };
        text.push_str(format!("[{sign}] {} {detail}", check.name).trim_end());
        text.push('\n');
    }
    text.push_str(if well { "ok\n" } else { "not ok\n" });
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text).into_response()
}
