//! What a mail on a case says, read again: for what answers it.
//!
//! Job: journal and raw mail → the text that somebody was shown.
//! Absent on purpose: any decision. What is recalled never changes, so it may be read before one.
//!
//! Invariants: a mail that cannot be read again is as if nothing had been answered; a store that fails is an error.

use tracing::error;

use crate::act::World;
use crate::case::event::{Actor, Entry};
use crate::case::trigger::{MailArrived, Quoted};
use crate::id::{CaseId, EntryNo};
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::ports::{Page, Query, StoreError};
use crate::rules::command::note_of;
use crate::thread::answers::{answered, answered_by_user};

/// Larger mails are not read again: who answers them would have them read as often as they like.
const BYTES_MAX: u64 = 1 << 20;

/// The outside person's mail that a user's mail answers, if it quotes it. What users wrote is told of in several ways,
/// beside what others did.
pub async fn for_user(world: &World, limits: &Limits, arrived: &MailArrived) -> Result<Option<Quoted>, StoreError> {
    let (policy, directory) = (world.policy(), world.store.directory());
    let about = answered_by_user(&policy.ours, &directory, arrived, world.clock.now());
    let Some((case, no)) = about else { return Ok(None) };
    let read = read(world, limits, case, no).await?.filter(|(entry, _)| !is_users(entry));
    Ok(read.map(|(_, mail)| match mail.forwarded.is_some() {
        // A mail that was passed on is shown as it is.
        true => Quoted { case, own: mail.text.clone(), text: mail.text },
        false => Quoted { case, text: mail.text, own: mail.new_text },
    }))
}

/// The text of what anybody's mail answers, by our ids that it names.
pub async fn for_mail(world: &World, limits: &Limits, mail: &Mail) -> Result<Option<String>, StoreError> {
    let Some((case, no)) = answered(&world.policy().ours, mail) else { return Ok(None) };
    let read = read(world, limits, case, no).await?;
    Ok(read.map(|(entry, mail)| match is_users(&entry) {
        // What they quoted was not sent.
        true => note_of(&mail.new_text, &entry).to_owned(),
        false => mail.text,
    }))
}

/// Did a user write its mail?
fn is_users(entry: &Entry) -> bool {
    matches!(entry.by, Actor::User(_)) && !entry.moved_here()
}

/// An entry with the mail that it brought.
async fn read(world: &World, limits: &Limits, case: CaseId, no: EntryNo) -> Result<Option<(Entry, Mail)>, StoreError> {
    let read = async {
        let query = Query::Journal { case, from: no, max: 1 };
        let Page::Journal(entries) = world.store.page(query).await? else { return Ok(None) };
        let Some(entry) = entries.into_iter().find(|entry| entry.no == no) else { return Ok(None) };
        let raw = entry.mail().filter(|mail| !mail.unread && mail.raw.bytes <= BYTES_MAX).map(|mail| mail.raw);
        let Some(raw) = raw else { return Ok(None) };
        let (raw, limits) = (world.store.raw(raw).await?, limits.clone());
        let parsed = tokio::task::spawn_blocking(move || parse_caught(&raw, &limits)).await;
        Ok(parsed.ok().flatten().map(|mail| (entry, mail)))
    };
    match read.await {
        Err(StoreError::Corrupt(what)) => {
            error!(case = case.get(), entry = no.get(), what, "a mail that was answered cannot be read again");
            Ok(None)
        }
        read => read,
    }
}
