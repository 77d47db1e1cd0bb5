//! Letters out: lease, write, look once more, send, act on the outcome.
//!
//! Job: bring what decisions named to the smarthost, several at a time.
//! Absent on purpose: retry rules (that is `rules::retry`), words (that is `letter`).
//!
//! Invariants: a letter is tried under a lease, and its outcome names the lease; every attempt ends in one `act`; a
//! mail to outside people is looked at by `guard` after it is written; a letter on which anything panics is stopped.

mod found;
mod notes;
mod past;
mod sheet;
mod summary;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tracing::{error, info, warn};

use crate::act::{World, act, caught};
use crate::address::Address;
use crate::case::change::{Letter, LetterKind, To};
use crate::case::event::Entry;
use crate::case::trigger::{Delivery, DeliveryResult, Handover, Trigger};
use crate::id::NodeId;
use crate::letter::Catalog;
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::metrics::AttemptFailure;
use crate::ports::{Outgoing, Page, Query, SendFailure, StoreError};
use crate::recall;

use sheet::{Sheet, aside};

/// How long a letter is ours; longer than any transaction may take.
const LEASE: Duration = Duration::from_secs(45 * 60);
/// The longest that one attempt may take: shorter than its lease.
const SEND_MAX: Duration = Duration::from_secs(40 * 60);
/// How long to wait when the store cannot be asked.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);
/// Most entries of a journal that are read at once.
const JOURNAL_MAX: usize = 2000;

/// Sends letters.
pub struct Outbound {
    world: Arc<World>,
    catalog: Arc<Catalog>,
    node: NodeId,
    parallel: usize,
    limits: Limits,
}

impl Outbound {
    /// Sends letters of this world, at most `parallel` at a time.
    pub fn new(world: Arc<World>, catalog: Arc<Catalog>, parallel: usize, limits: Limits) -> Self {
        Self { world, catalog, node: NodeId::new(1), parallel: parallel.max(1), limits }
    }

    /// Sends until told to stop; then waits for what is on its way.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let this = Arc::new(self);
        let permits = Arc::new(Semaphore::new(this.parallel));
        let changed = this.world.store.changed();
        while !*stop.borrow() {
            let wake = changed.notified();
            tokio::pin!(wake);
            wake.as_mut().enable();
            // Woken too when a letter has been sent, so that the next one is leased at once.
            let Ok(permit) = permits.acquire().await else { return };
            drop(permit);
            let next = this.clone().lease_and_send(&permits).await;
            let sleep = async {
                match next {
                    Some(next) => this.world.clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake => {}
                () = sleep => {}
                _ = stop.changed() => {}
            }
        }
        // All permits back: nothing is on its way any more.
        if permits.acquire_many(u32::try_from(this.parallel).unwrap_or(u32::MAX)).await.is_err() {
            error!("letters on their way were not waited for");
        }
    }

    /// Leases as many letters as may be sent now; tells when to look again.
    async fn lease_and_send(self: Arc<Self>, permits: &Arc<Semaphore>) -> Option<crate::time::Timestamp> {
        let now = self.world.clock.now();
        let free = permits.available_permits();
        let due = match self.world.store.lease(self.node, now, now.plus(LEASE), free).await {
            Ok(due) => due,
            Err(error) => {
                error!(%error, "letters cannot be leased");
                return Some(now.plus(TROUBLE_PAUSE));
            }
        };
        let full = due.items.len() >= free;
        for letter in due.items {
            let Ok(permit) = permits.clone().acquire_owned().await else { return None };
            let this = self.clone();
            tokio::spawn(async move {
                this.send(letter).await;
                drop(permit);
            });
        }
        // A full lease may have left letters that are due: look again as soon as one of these is done.
        if full { Some(now) } else { due.next }
    }

    /// Tries one letter once.
    pub async fn send(&self, letter: Letter) {
        let (id, kind) = (letter.id, letter.kind);
        let Some(lease) = letter.lease else { return };
        let started = self.world.clock.now();
        let result = match caught(self.attempt(&letter)).await {
            Some(Ok(result)) => result,
            None => {
                error!(letter = %id, "sending a letter panicked");
                DeliveryResult::Stopped("panic".to_owned())
            }
            Some(Err(error)) => {
                error!(letter = %id, %error, "letter cannot be read");
                let later = |to: &To| (to.clone(), Handover::Temporary(error.to_string()));
                DeliveryResult::Tried(letter.to.iter().map(later).collect())
            }
        };
        let outcome = self.count(kind, &result);
        let ms = self.world.clock.now().since(started).as_millis() as u64;
        info!(letter = %id, case = id.case.get(), kind = kind.as_str(), attempt = letter.attempts + 1, outcome, ms, "letter tried");
        let delivery = Delivery { letter: id, lease, result };
        match act(&self.world, Trigger::Delivery(delivery)).await {
            Ok(receipt) => {
                if let Some(refused) = receipt.refused {
                    warn!(letter = %id, refused, "outcome of a letter was not taken");
                }
            }
            Err(error) => error!(letter = %id, %error, "outcome of a letter cannot be kept; it may be sent again"),
        }
    }

    fn count(&self, kind: LetterKind, result: &DeliveryResult) -> &'static str {
        let metrics = &self.world.metrics;
        match result {
            // Often there is nothing to be told: that is why it is looked at only now.
            DeliveryResult::Void(_) if kind == LetterKind::Digest => "void",
            DeliveryResult::Void(why) => {
                warn!(kind = kind.as_str(), why, "letter came to nothing");
                "void"
            }
            DeliveryResult::Stopped(_) => {
                metrics.guard_stops.count();
                "stopped"
            }
            DeliveryResult::Tried(words) if words.iter().all(|(_, word)| *word == Handover::Taken) => {
                metrics.letters_sent.count(kind);
                "sent"
            }
            DeliveryResult::Tried(words)
                if words
                    .iter()
                    .any(|(_, word)| matches!(word, Handover::Permanent { .. } | Handover::Refused { .. })) =>
            {
                metrics.letters_failed.count(kind);
                metrics.attempts_failed.count(AttemptFailure::Permanent);
                "failed"
            }
            DeliveryResult::Tried(_) => {
                metrics.attempts_failed.count(AttemptFailure::Temporary);
                "deferred"
            }
        }
    }

    async fn attempt(&self, letter: &Letter) -> Result<DeliveryResult, StoreError> {
        let store = &self.world.store;
        let Some(case) = store.case(letter.id.case).await? else {
            return Ok(DeliveryResult::Void("the case is gone".to_owned()));
        };
        let Some(entry) = self.entry(letter).await? else {
            return Ok(DeliveryResult::Void("the entry is gone".to_owned()));
        };
        // What was not read when it came is not read now.
        let mail = match entry.mail().filter(|mail| !mail.unread) {
            Some(mail) => {
                let raw = store.raw(mail.raw).await?;
                Some((self.read(&raw).await?, raw))
            }
            None => None,
        };
        let notes = match self.notes(letter, (&case, &entry)).await {
            Err(StoreError::Corrupt(_)) if !letter.kind.leaves_the_house() => Vec::new(),
            Err(StoreError::Corrupt(what)) => {
                error!(letter = %letter.id, what, "a note cannot be read, so no answer can be compared with it");
                return Ok(DeliveryResult::Stopped("unreadable".to_owned()));
            }
            notes => notes?,
        };
        let answered = match &mail {
            Some((mail, _)) if letter.kind == LetterKind::Notification => {
                recall::for_mail(&self.world, &self.limits, mail).await?
            }
            _ => None,
        };
        let sheet = Sheet {
            answered,
            past: self.past(letter, (&case, &entry)).await?,
            found: self.found(letter, &entry).await?,
            number: self.number(letter, (&case, &entry)).await?,
            seen: self.sent_before(letter, &case).await?,
            summary: self.summary(letter, &entry).await?,
            letter: letter.clone(),
            case,
            entry,
            mail,
            notes,
            directory: store.directory(),
            policy: self.world.policy(),
            catalog: self.catalog.clone(),
        };
        match aside(sheet.bytes(), move || sheet.write()).await? {
            Ok((outgoing, recipients)) => Ok(DeliveryResult::Tried(self.hand_over(outgoing, recipients).await)),
            Err(ended) => Ok(ended),
        }
    }

    async fn hand_over(&self, outgoing: Outgoing, recipients: Vec<(To, Address)>) -> Vec<(To, Handover)> {
        let to = recipients.into_iter().map(|(to, _)| to);
        let sending = tokio::time::timeout(SEND_MAX, self.world.transport.send(outgoing));
        let late = || Err(SendFailure::Unknown("the smarthost took too long".to_owned()));
        // A reply that was lost after the final dot is tried again, with the same Message-ID (RFC 1047).
        match sending.await.unwrap_or_else(|_| late()) {
            Ok(words) => to.zip(words).collect(),
            Err(SendFailure::Permanent { status, detail }) => {
                to.map(|to| (to, Handover::Permanent { status: status.clone(), detail: detail.clone() })).collect()
            }
            Err(failure @ (SendFailure::Temporary(_) | SendFailure::Unknown(_))) => {
                let detail = failure.to_string();
                to.map(|to| (to, Handover::Temporary(detail.clone()))).collect()
            }
        }
    }

    async fn entry(&self, letter: &Letter) -> Result<Option<Entry>, StoreError> {
        let query = Query::Journal { case: letter.id.case, from: letter.id.entry, max: 1 };
        let Page::Journal(entries) = self.world.store.page(query).await? else { return Ok(None) };
        Ok(entries.into_iter().find(|entry| entry.no == letter.id.entry))
    }

    /// Reads a mail that was read before. Should it panic now, the letter goes without its words.
    async fn read(&self, raw: &Bytes) -> Result<Mail, StoreError> {
        let (raw, limits) = (raw.clone(), self.limits.clone());
        aside(raw.len(), move || parse_caught(&raw, &limits).unwrap_or_default()).await
    }
}
