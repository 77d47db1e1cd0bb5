//! How the daemon is.

use axum::Json;
use axum::extract::State;

use super::api::ApiState;
use super::probes::checks;
use super::problem::Failed;
use super::queue::{LETTERS_MAX, letters};
use super::types::Status;
use crate::address::Address;
use crate::case::change::{Letter, LetterState};
use crate::directory::model::{SITE, User};

/// Most users named to whom mail is paused.
const PAUSED_MAX: usize = 20;
/// Most categories that are named.
const UNATTENDED_MAX: usize = 20;

pub(super) async fn show(State(state): State<ApiState>) -> Result<Json<Status>, Failed> {
    let checks = checks(&state.world, &state.life);
    let directory = state.world.store.directory();
    // A store that cannot be read is one of the checks; the rest is told all the same.
    let letters = letters(&state, None, LETTERS_MAX).await.ok();
    let stopped = |letters: &Vec<Letter>| letters.iter().filter(|letter| letter.state == LetterState::Stopped).count();
    let open = |id| directory.customer(id).is_some_and(|customer| customer.active && id != SITE);
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: checks.iter().all(|check| check.ok),
        checks,
        directory_version: directory.version().get(),
        customers: directory.customers().filter(|customer| open(customer.id)).count(),
        categories: directory.categories().filter(|category| category.active && open(category.customer)).count(),
        users: directory.users().filter(|user| user.registrations.values().any(|at| at.active)).count(),
        paused: directory
            .paused_users()
            .filter_map(User::main_address)
            .take(PAUSED_MAX)
            .map(Address::to_string)
            .collect(),
        users_paused: directory.paused_users().count(),
        unattended: directory
            .unattended_categories()
            .take(UNATTENDED_MAX)
            .map(|category| directory.full_path(category.id))
            .collect(),
        letters_waiting: letters.as_ref().map(Vec::len),
        letters_stopped: letters.as_ref().map(stopped),
    }))
}
