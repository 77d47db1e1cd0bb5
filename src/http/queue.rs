//! Letters that are still to be sent.

use axum::Json;
use axum::extract::{Path, State};

use super::api::{ApiState, Pairs};
use super::cases::Words;
use super::problem::Failed;
use super::types::{LetterView, QueuePage, Retried};
use crate::act::act;
use crate::case::change::{Letter, LetterState, To};
use crate::case::trigger::{OperatorVerb, Trigger};
use crate::id::LetterId;
use crate::ports::{Page, Query};

/// Most letters in one page.
pub(super) const LETTERS_MAX: usize = 1000;

pub(super) async fn list(State(state): State<ApiState>, query: Pairs) -> Result<Json<QueuePage>, Failed> {
    let after = query.first("after").map(letter_id).transpose()?;
    let max = query.max(LETTERS_MAX)?;
    let letters = letters(&state, after, max).await?;
    let next = letters.last().filter(|_| letters.len() >= max).map(|letter| letter.id.to_string());
    let words = Words::of(&state);
    Ok(Json(QueuePage { letters: letters.iter().map(|letter| view(&words, letter)).collect(), next }))
}

pub(super) async fn letters(state: &ApiState, after: Option<LetterId>, max: usize) -> Result<Vec<Letter>, Failed> {
    match state.world.store.page(Query::Letters { after, max }).await? {
        Page::Letters(letters) => Ok(letters),
        _ => Err(Failed::internal("the store answered another question")),
    }
}

pub(super) async fn retry(State(state): State<ApiState>, Path(letter): Path<String>) -> Result<Json<Retried>, Failed> {
    let id = letter_id(&letter)?;
    let receipt = act(&state.world, Trigger::Operator(OperatorVerb::RetryLetter(id))).await?;
    match receipt.refused {
        Some(why) => Err(Failed::not_found(why)),
        None => Ok(Json(Retried { letter: id.to_string() })),
    }
}

fn letter_id(text: &str) -> Result<LetterId, Failed> {
    LetterId::parse(text).ok_or_else(|| Failed::bad_request(format!("\"{text}\" is no letter: wanted CASE.ENTRY.COPY")))
}

fn view(words: &Words, letter: &Letter) -> LetterView {
    let to = letter.to.iter().map(|to| match to {
        To::User(id) => words.user_address(*id),
        To::Outside(address) => address.to_string(),
    });
    LetterView {
        id: letter.id.to_string(),
        case: words.reference(letter.id.case),
        kind: letter.kind.as_str().to_owned(),
        category: words.category(letter.category),
        to: to.collect(),
        state: match (letter.state, letter.lease) {
            (LetterState::Stopped, _) => "stopped",
            (LetterState::Queued, Some(_)) => "sending",
            (LetterState::Queued, None) => "queued",
        }
        .to_owned(),
        created: letter.created.to_string(),
        next_try: letter.next_try.to_string(),
        attempts: letter.attempts,
        last_error: letter.last_error.clone(),
    }
}
