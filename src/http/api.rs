//! The JSON API: routes, bounds, and what a handler needs.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::probes::Life;
use super::problem::Failed;
use super::{cases, directory, doctor, mails, queue, status, users, verify};
use crate::act::World;
use crate::envelope::{Envelope, RawMail};
use crate::mail::Mail;
use crate::metrics::HttpAnswer;
use crate::ports::{Answer, Reception, StoreError};

/// Reads a raw mail, on a thread where reading can do no harm.
pub type ReadMail = Arc<dyn Fn(RawMail) -> Answer<'static, Mail> + Send + Sync>;

/// Says what would become of a mail, and does nothing.
pub type Explain =
    Arc<dyn Fn(Arc<World>, Envelope, RawMail) -> Answer<'static, Result<serde_json::Value, StoreError>> + Send + Sync>;

/// Has the search index made anew, in its own time.
pub type RebuildSearch = Arc<dyn Fn() + Send + Sync>;

/// What a handler needs.
#[derive(Clone)]
pub struct ApiState {
    /// The doors.
    pub world: Arc<World>,
    /// Where mail comes in.
    pub reception: Arc<dyn Reception>,
    /// Reads mails for the journal.
    pub read_mail: ReadMail,
    /// What would be.
    pub explain: Explain,
    /// For who finds too little.
    pub rebuild_search: RebuildSearch,
    /// The process.
    pub life: Arc<Life>,
    /// Largest mail taken.
    pub mail_bytes_max: usize,
}

/// A directory file of this size names some 50,000 users.
const DIRECTORY_BYTES_MAX: usize = 16 << 20;
/// No other request has a body worth the name.
const BODY_BYTES_MAX: usize = 64 << 10;
/// An answer that takes longer is not waited for.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// `/v1/…`. Only for a unix socket: whoever can connect may do everything.
pub fn router(state: ApiState) -> Router {
    let mail_bytes = DefaultBodyLimit::max(state.mail_bytes_max);
    let mails = Router::new()
        .route("/v1/deliver", post(mails::deliver))
        .route("/v1/explain", post(mails::explain))
        .layer(mail_bytes);
    let files = Router::new()
        .route("/v1/directory/apply", post(directory::apply))
        .layer(DefaultBodyLimit::max(DIRECTORY_BYTES_MAX));
    Router::new()
        .route("/v1/cases", get(cases::list))
        .route("/v1/cases/{reference}", get(cases::show))
        .route("/v1/queue", get(queue::list))
        .route("/v1/queue/{letter}/retry", post(queue::retry))
        .route("/v1/users/{address}/resume", post(users::resume))
        .route("/v1/directory", get(directory::export))
        .route("/v1/directory/history", get(directory::history))
        .route("/v1/status", get(status::show))
        .route("/v1/doctor", get(doctor::look))
        .route("/v1/doctor/probe", post(doctor::probe))
        .route("/v1/doctor/probe/{number}", get(doctor::probed))
        .route("/v1/verify", get(verify::verify))
        .route("/v1/search/rebuild", post(verify::rebuild_search))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(mails)
        .merge(files)
        .fallback(|| async { Failed::not_found("there is nothing at this path") })
        .layer(from_fn_with_state(state.clone(), bounded))
        .with_state(state)
}

async fn bounded(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await;
    let response = answered.unwrap_or_else(|_| Failed::unavailable("no answer in time").into_response());
    let class = match response.status().as_u16() {
        0..400 => HttpAnswer::Done,
        400..500 => HttpAnswer::Client,
        _ => HttpAnswer::Server,
    };
    state.world.metrics.http_requests.count(class);
    response
}

/// The pairs of a query string, decoded, in order; keys may come again.
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn first(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// How many are wanted: at most, and unless told otherwise, `most`.
    pub(super) fn max(&self, most: usize) -> Result<usize, Failed> {
        match self.first("max").map(str::parse::<usize>) {
            None => Ok(most),
            Some(Ok(wanted)) if wanted > 0 => Ok(wanted.min(most)),
            Some(_) => Err(Failed::bad_request("max: wanted a number above 0")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Pairs {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        let query = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|error| Failed::bad_request(error.body_text()))
    }
}
