//! What the API needs besides the doors: reading mails, and explaining them.

use std::sync::Arc;

use crate::act::World;
use crate::case::trigger::Trigger;
use crate::envelope::{Envelope, RawMail};
use crate::explain::{Question, explain};
use crate::http::api::{Explain, ReadMail};
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::ports::{Answer, StoreError};
use crate::recall;
use crate::rules;
use crate::rules::arrive::{Arrival, arrive};
use crate::verify::Evidence;

/// Reads a raw mail on a thread that may block.
pub fn reader(limits: Limits) -> ReadMail {
    Arc::new(move |raw| {
        let limits = limits.clone();
        Box::pin(async move { read(raw, limits).await.unwrap_or_default() })
    })
}

/// `None`: reading panicked.
async fn read(raw: RawMail, limits: Limits) -> Option<Mail> {
    tokio::task::spawn_blocking(move || parse_caught(raw.bytes(), &limits)).await.ok().flatten()
}

/// Explains a mail on the store as it is.
pub fn explainer(limits: Limits) -> Explain {
    Arc::new(move |world, envelope, raw| {
        let limits = limits.clone();
        let explained: Answer<'static, _> = Box::pin(async move { explained(&world, envelope, raw, limits).await });
        explained
    })
}

async fn explained(
    world: &World,
    envelope: Envelope,
    raw: RawMail,
    limits: Limits,
) -> Result<serde_json::Value, StoreError> {
    let policy = world.policy();
    let mail = read(raw.clone(), limits.clone()).await;
    let evidence = match &mail {
        Some(mail) => world.authenticator.gather(&envelope, mail, &raw).await,
        None => Evidence::default(),
    };
    let now = world.clock.now();
    let directory = world.store.directory();
    let mut arrived = arrive(&policy, &directory, Arrival { envelope, raw, mail, evidence });
    arrived.answered = recall::for_user(world, &limits, &arrived).await?;
    let trigger = Trigger::Mail(Box::new(arrived));
    let keys = rules::keys(&policy, &directory, &trigger, now);
    let view = world.store.peek(keys).await?;
    let Trigger::Mail(arrived) = trigger else { unreachable!("made two lines above") };
    Ok(explain(&Question { policy: &policy, view: &view, arrived: &arrived, file: "-", now }))
}
