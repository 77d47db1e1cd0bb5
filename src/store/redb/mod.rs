//! The store on redb and segment files, for one process.
//!
//! Job: keep the promises of `Store` with one thread that writes. It takes all requests that wait (at most
//! [`BATCH_MAX`]), runs each decision on what is committed and what was staged before it in the same batch, and commits
//! once: so no two decisions ever race, and a hot case costs nothing extra. `open.rs` opens, `writer.rs` is the thread
//! and what it does when the disk fails, `commit.rs` one batch, `rows.rs` what views are made of, `read.rs` all that
//! does not write, `lease.rs` who is sending which letter, `guard.rs` stands between redb and its file, `index.rs` keeps the search index up.
//!
//! Absent on purpose: a cache of cases (redb has the pages, reading a record costs a microsecond), and leases on disk:
//! one process owns the directory, so a lease that it held dies with it, and the letter goes out again with the same
//! Message-ID.
//!
//! Invariants: only the writer thread writes and leases; nothing that a failed batch staged is ever seen; a mail that
//! changes nothing (a duplicate) takes no room on disk.

mod commit;
mod gathered;
mod guard;
mod index;
mod lease;
mod open;
mod read;
mod rows;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;

use ::redb::{Database, ReadTransaction, ReadableDatabase};
use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::case::change::{Letter, Receipt};
use crate::case::event::RawRef;
use crate::case::model::Case;
use crate::case::view::{Deadline, Keys, View};
use crate::directory::model::Directory;
use crate::envelope::RawMail;
use crate::id::{CaseId, NodeId};
use crate::ports::{Answer, Decide, Due, Page, Query, Store, StoreError};
use crate::store::disk::Disk;
use crate::store::segments::{Packed, Segments};
use crate::time::Timestamp;

pub use open::OpenConfig;

/// Most requests in one commit.
pub const BATCH_MAX: usize = 512;
/// Most bytes of raw mail in one commit, but for a single mail that is larger.
pub const BATCH_BYTES_MAX: u64 = 32 << 20;
/// Requests that may wait for the writer; more wait outside.
const WAITING_MAX: usize = 2 * BATCH_MAX;
/// Mails up to here are compressed by the task that brings them, larger ones on a thread of their own.
const COMPRESS_INLINE_MAX: usize = 64 << 10;

/// The store. Dropping it finishes what waits and closes the files.
#[derive(Debug)]
pub struct RedbStore {
    shared: Arc<Shared>,
    requests: Option<mpsc::Sender<Message>>,
    writer: Option<JoinHandle<()>>,
    indexer: Option<JoinHandle<()>>,
}

/// What the writer and the readers have in common.
#[derive(Debug)]
struct Shared {
    segments: Arc<Segments>,
    /// `None` while it is being reopened after a failure.
    database: RwLock<Option<Database>>,
    directory: RwLock<Arc<Directory>>,
    leases: Mutex<lease::Leases>,
    health: watch::Sender<Result<(), StoreError>>,
    changed: Arc<Notify>,
    search: index::Search,
}

/// What the writer is asked for.
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
enum Message {
    Transact(Request),
    Lease {
        now: Timestamp,
        until: Timestamp,
        max: usize,
        reply: oneshot::Sender<Result<Due<Letter>, StoreError>>,
    },
    /// The pause after a failure is over.
    Reopen,
}

struct Request {
    raw: Option<Packed>,
    keys: Keys,
    decide: Decide,
    reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

impl RedbStore {
    /// Opens the data directory of the configuration.
    pub fn open(config: OpenConfig) -> Result<Self, StoreError> {
        let disk = crate::store::disk::DataDirectory::open(&config.directory)?;
        Self::open_on(Arc::new(disk), config)
    }

    /// Opens on a disk that is given; the configuration's directory is not looked at.
    pub fn open_on(disk: Arc<dyn Disk>, config: OpenConfig) -> Result<Self, StoreError> {
        let segments = Arc::new(Segments::new(disk.clone()));
        let shared = Arc::new(Shared {
            segments: segments.clone(),
            database: RwLock::new(None),
            directory: RwLock::default(),
            leases: Mutex::default(),
            health: watch::Sender::new(Ok(())),
            changed: Arc::default(),
            search: index::Search::default(),
        });
        let (requests, inbox) = mpsc::channel(WAITING_MAX);
        let writer = writer::start(
            shared.clone(),
            open::Opener { disk: disk.clone(), config, segments },
            inbox,
            requests.downgrade(),
        )?;
        let indexer = index::start(shared.clone(), disk)?;
        Ok(Self { shared, requests: Some(requests), writer: Some(writer), indexer: Some(indexer) })
    }

    /// Makes the search index anew from what the store holds; until that is done, searches are told to come back.
    pub fn rebuild_search(&self) {
        self.shared.search.rebuild();
    }

    fn search(&self, words: String, before: Option<CaseId>, max: usize) -> Answer<'_, Result<Page, StoreError>> {
        let shared = self.shared.clone();
        Box::pin(async move {
            let wanted = self.read(|_, read| index::fed(read)).await?;
            let found = aside(move || shared.search.index(wanted)?.find(&words, before, max)).await?;
            let below = found.last().copied().filter(|_| found.len() >= max);
            let load = move |_: &Shared, read: &ReadTransaction| {
                found.into_iter().filter_map(|id| read::case(read, id).transpose()).collect()
            };
            let cases = self.read(load).await?;
            Ok(Page::Cases { cases, below })
        })
    }

    /// Follows [`Store::health`]: the daemon ends the process when it says [`StoreError::SyncFailed`].
    pub fn watch_health(&self) -> watch::Receiver<Result<(), StoreError>> {
        self.shared.health.subscribe()
    }

    /// What ended this store for good: the process must end and start anew.
    pub fn fatal(&self) -> Option<StoreError> {
        self.health().err().filter(|error| matches!(error, StoreError::SyncFailed(_)))
    }

    async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Message,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let closing = || StoreError::Unavailable("closing".to_owned());
        let requests = self.requests.as_ref().ok_or_else(closing)?;
        requests.send(message(reply)).await.map_err(|_| closing())?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the batch was given up".to_owned())))
    }

    /// Runs `job` on a thread that may wait for the disk.
    fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Shared, &ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, Result<T, StoreError>> {
        let shared = self.shared.clone();
        aside(move || {
            let database = shared.database.read().unwrap_or_else(PoisonError::into_inner);
            let database = database.as_ref().ok_or_else(|| shared.why_closed())?;
            job(&shared, &database.begin_read().map_err(storage_error)?)
        })
    }
}

fn aside<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Answer<'static, Result<T, StoreError>> {
    Box::pin(async move {
        let died = |error| Err(StoreError::Corrupt(format!("reading ended in a panic: {error}")));
        tokio::task::spawn_blocking(job).await.unwrap_or_else(died)
    })
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(writer) = self.writer.take() {
            // A panic in it has been logged, and there is nobody left to tell.
            let _ = writer.join();
        }
        self.shared.search.end();
        if let Some(indexer) = self.indexer.take() {
            // The same.
            let _ = indexer.join();
        }
    }
}

impl Shared {
    fn leases(&self) -> MutexGuard<'_, lease::Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory(&self) -> Arc<Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_directory(&self, directory: Arc<Directory>) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
    }

    fn set_database(&self, database: Option<Database>) {
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = database;
    }

    fn set_health(&self, health: Result<(), StoreError>) {
        self.health.send_modify(|now| *now = health);
    }

    fn why_closed(&self) -> StoreError {
        let health = self.health.borrow().clone();
        health.err().unwrap_or_else(|| StoreError::Unavailable("being opened".to_owned()))
    }
}

impl Store for RedbStore {
    fn transact(&self, raw: Option<RawMail>, keys: Keys, decide: Decide) -> Answer<'_, Result<Receipt, StoreError>> {
        Box::pin(async move {
            let raw = match raw {
                Some(raw) if raw.bytes().len() > COMPRESS_INLINE_MAX => {
                    Some(aside(move || Ok(Packed::new(&raw))).await?)
                }
                small => small.as_ref().map(Packed::new),
            };
            self.ask(|reply| Message::Transact(Request { raw, keys, decide, reply })).await
        })
    }

    fn peek(&self, keys: Keys) -> Answer<'_, Result<View, StoreError>> {
        self.read(move |shared, read| read::view(shared, read, &keys))
    }

    fn case(&self, id: CaseId) -> Answer<'_, Result<Option<Case>, StoreError>> {
        self.read(move |_, read| read::case(read, id))
    }

    fn directory(&self) -> Arc<Directory> {
        self.shared.directory()
    }

    fn page(&self, query: Query) -> Answer<'_, Result<Page, StoreError>> {
        match query {
            Query::Search { words, before, max } => self.search(words, before, max),
            query => self.read(move |shared, read| read::page(shared, read, query)),
        }
    }

    fn raw(&self, mail: RawRef) -> Answer<'_, Result<Bytes, StoreError>> {
        let shared = self.shared.clone();
        aside(move || shared.segments.read(mail))
    }

    fn due(&self, now: Timestamp, max: usize) -> Answer<'_, Result<Due<Deadline>, StoreError>> {
        self.read(move |_, read| read::due(read, now, max))
    }

    /// One process has the store, so which node asks makes no difference.
    fn lease(
        &self,
        _node: NodeId,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Answer<'_, Result<Due<Letter>, StoreError>> {
        Box::pin(self.ask(move |reply| Message::Lease { now, until, max, reply }))
    }

    fn health(&self) -> Result<(), StoreError> {
        self.shared.health.borrow().clone()
    }

    /// Wakes all who wait at that moment: make the `notified()` future first, look second, await it third.
    fn changed(&self) -> Arc<Notify> {
        self.shared.changed.clone()
    }
}

/// What a failure of redb means to whoever called the store.
pub(crate) fn storage_error(error: impl Into<::redb::Error>) -> StoreError {
    use ::redb::Error;
    match error.into() {
        Error::Corrupted(what) => StoreError::Corrupt(what),
        error @ Error::UpgradeRequired(_) => StoreError::Foreign(error.to_string()),
        error @ (Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. }
        | Error::TableDoesNotExist(_)) => StoreError::Foreign(error.to_string()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
