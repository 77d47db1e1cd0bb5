//! Users, one at a time.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};

use super::api::ApiState;
use super::listen::Peer;
use super::problem::Failed;
use super::types::Resumed;
use crate::act::act;
use crate::address::Address;
use crate::case::trigger::{OperatorVerb, Trigger};

pub(super) async fn resume(
    State(state): State<ApiState>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(written): Path<String>,
) -> Result<Json<Resumed>, Failed> {
    let wanted = || Failed::bad_request(format!("\"{written}\" is no mail address"));
    let address = Address::parse(&written).ok_or_else(wanted)?;
    let directory = state.world.store.directory();
    let user = directory.user_by_address(&address);
    let user = user.ok_or_else(|| Failed::not_found(format!("there is no user {address}")))?;
    let verb = OperatorVerb::ResumeMail { user: user.id, by: peer.name() };
    match act(&state.world, Trigger::Operator(verb)).await?.refused {
        Some(why) => Err(Failed::unprocessable(why)),
        None => Ok(Json(Resumed { user: user.main_address().map_or(written, Address::to_string) })),
    }
}
