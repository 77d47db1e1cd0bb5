//! What a mail on a case says, read again: for what answers it.
//!
//! Job: journal and raw mail → the text that somebody was shown.
//! Absent on purpose: any decision. What is recalled never changes, so it may be read before one.
//!
//! Invariants: a mail that cannot be read again is as if nothing had been answered; a store that fails is an error.

use tracing::error;

use crate::act::World;
use crate::case::event::Actor;
use crate::case::trigger::{MailArrived, Quoted};
use crate::id::{CaseId, EntryNo};
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::ports::{Page, Query, StoreError};
use crate::rules::command::note_of;
use crate::thread::answers::{answered, answered_by_user};

/// What a user's mail answers, if it quotes what it answers.
pub async fn for_user(world: &World, limits: &Limits, arrived: &MailArrived) -> Result<Option<Quoted>, StoreError> {
    let (policy, directory) = (world.policy(), world.store.directory());
    match answered_by_user(&policy.ours, &directory, arrived, world.clock.now()) {
        Some((case, entry)) => {
            Ok(text(world, limits, case, entry).await?.map(|(text, own)| Quoted { case, text, own }))
        }
        None => Ok(None),
    }
}

/// What anybody's mail answers, by our ids that it names.
pub async fn for_mail(world: &World, limits: &Limits, mail: &Mail) -> Result<Option<String>, StoreError> {
    match answered(&world.policy().ours, mail) {
        Some((case, entry)) => Ok(text(world, limits, case, entry).await?.map(|(text, _)| text)),
        None => Ok(None),
    }
}

/// Larger mails are not read again: who answers them would have them read as often as they like.
const BYTES_MAX: u64 = 1 << 20;

/// The text of the mail that this entry brought, and its writer's own words. What a user quoted nobody was shown.
async fn text(
    world: &World,
    limits: &Limits,
    case: CaseId,
    no: EntryNo,
) -> Result<Option<(String, String)>, StoreError> {
    let read = async {
        let query = Query::Journal { case, from: no, max: 1 };
        let Page::Journal(entries) = world.store.page(query).await? else { return Ok(None) };
        let Some(entry) = entries.iter().find(|entry| entry.no == no) else { return Ok(None) };
        let Some(mail) = entry.mail().filter(|mail| !mail.unread && mail.raw.bytes <= BYTES_MAX) else {
            return Ok(None);
        };
        let (raw, limits) = (world.store.raw(mail.raw).await?, limits.clone());
        let parsed = tokio::task::spawn_blocking(move || parse_caught(&raw, &limits)).await;
        Ok(parsed.ok().flatten().map(|mail| match entry.by {
            Actor::User(_) => (note_of(&mail.new_text, entry).to_owned(), note_of(&mail.new_text, entry).to_owned()),
            // A mail that was passed on is shown as it is.
            _ if mail.forwarded.is_some() => (mail.text.clone(), mail.text),
            _ => (mail.text, mail.new_text),
        }))
    };
    match read.await {
        Err(StoreError::Corrupt(what)) => {
            error!(case = case.get(), entry = no.get(), what, "a mail that was answered cannot be read again");
            Ok(None)
        }
        read => read,
    }
}
