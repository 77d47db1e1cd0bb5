//! What the API needs besides the doors: reading mails, and explaining them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::case::trigger::{MailArrived, Trigger};
use crate::explain::{Question, explain};
use crate::http::api::{Explain, ReadMail};
use crate::mail::Mail;
use crate::mail::machine::classify;
use crate::mail::parse::{Limits, parse};
use crate::ports::{Answer, StoreError};
use crate::rules;
use crate::thread::kind_context;
use crate::verify::{Channel, judge::judge};
use crate::{act::World, envelope::Envelope, envelope::RawMail};

/// Reads a raw mail on a thread that may block.
pub fn reader(limits: Limits) -> ReadMail {
    Arc::new(move |raw| {
        let limits = limits.clone();
        Box::pin(async move { read(raw, limits).await.unwrap_or_default() })
    })
}

/// `None`: reading panicked.
async fn read(raw: RawMail, limits: Limits) -> Option<Mail> {
    let read = move || catch_unwind(AssertUnwindSafe(|| parse(raw.bytes(), &limits))).ok();
    tokio::task::spawn_blocking(read).await.ok().flatten()
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
    let mut mail = read(raw.clone(), limits).await;
    if let Some(mail) = &mut mail {
        classify(mail, &kind_context(&policy.ours, &world.store.directory(), &envelope, mail));
    }
    let channel = match &mail {
        None => Channel::Nothing("the mail could not be read"),
        Some(mail) => {
            let evidence = world.authenticator.gather(&envelope, mail, &raw).await;
            judge(&policy.trust, &envelope, mail, &evidence)
        }
    };
    let now = world.clock.now();
    let trigger = Trigger::Mail(Box::new(MailArrived { envelope, raw, mail, channel }));
    let keys = rules::keys(&policy, &world.store.directory(), &trigger, now);
    let view = world.store.peek(keys).await?;
    let Trigger::Mail(arrived) = trigger else { unreachable!("made two lines above") };
    Ok(explain(&Question { policy: &policy, view: &view, arrived: &arrived, file: "-", now }))
}
