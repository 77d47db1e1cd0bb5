//! The one thread that writes: takes what waits, commits it, answers; and what it does when the disk fails.
//!
//! | state | requests | leaves it when |
//! |---|---|---|
//! | serving | are committed | a batch fails |
//! | waiting | are told `Unavailable` | reopening works: tried at once, then after a growing pause |
//! | over | are told `SyncFailed` | never: after a failed sync nobody knows what is on disk, the process must end |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ::redb::ReadableDatabase;
use tokio::sync::mpsc;

use super::commit::{self, Committed};
use super::guard::Watch;
use super::open::{Ledger, Opened, Opener};
use super::{BATCH_BYTES_MAX, BATCH_MAX, Message, Request, Shared, storage_error};
use crate::case::change::{Letter, Receipt};
use crate::metrics::StoreFailure;
use crate::ports::{Due, StoreError};
use crate::store::append::Appender;

/// The first pause before the database is opened again, doubled up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(10);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Opens, then starts the thread.
pub fn start(
    shared: Arc<Shared>,
    opener: Opener,
    inbox: mpsc::Receiver<Message>,
    own: mpsc::WeakSender<Message>,
) -> Result<JoinHandle<()>, StoreError> {
    let no_thread = |error| StoreError::Unavailable(format!("cannot start a thread: {error}"));
    let appender = Appender::start(opener.segments.clone()).map_err(no_thread)?;
    let opened = opener.open(appender.landing())?;
    let state = State::Waiting { pause: PAUSE_MIN };
    let mut writer = Writer { shared, opener, appender, inbox, own, state };
    writer.serve(opened);
    std::thread::Builder::new().name("store-write".to_owned()).spawn(move || writer.run()).map_err(no_thread)
}

enum State {
    Serving { ledger: Ledger, watch: Arc<Watch> },
    Waiting { pause: Duration },
    Over,
}

struct Writer {
    shared: Arc<Shared>,
    opener: Opener,
    appender: Appender,
    inbox: mpsc::Receiver<Message>,
    /// For the alarm that ends a pause; weak, so that it keeps nobody from closing the store.
    own: mpsc::WeakSender<Message>,
    state: State,
}

fn failure(error: &StoreError) -> StoreFailure {
    match error {
        StoreError::Unavailable(_) | StoreError::Undecided(_) => StoreFailure::Unavailable,
        StoreError::Corrupt(_) => StoreFailure::Corrupt,
        StoreError::Foreign(_) => StoreFailure::Foreign,
        StoreError::SyncFailed(_) => StoreFailure::Sync,
    }
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.inbox.blocking_recv() {
            let (requests, others) = self.gather(first);
            if !requests.is_empty() {
                self.transact(requests);
            }
            for message in others {
                match message {
                    Message::Lease { now, until, max, reply } => {
                        // Whoever asked may have gone: then the lease runs out.
                        let _ = reply.send(self.lease(now, until, max));
                    }
                    Message::Reopen => self.reopen_after_pause(),
                    Message::Transact(request) => self.transact(vec![request]),
                }
            }
        }
        self.close();
    }

    /// Everything that waits, up to a batch.
    fn gather(&mut self, first: Message) -> (Vec<Request>, Vec<Message>) {
        let (mut requests, mut others) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Transact(request) => {
                    bytes += request.raw.as_ref().map_or(0, |raw| raw.disk_bytes());
                    requests.push(request);
                }
                other => others.push(other),
            }
            let full = requests.len() + others.len() >= BATCH_MAX || bytes >= BATCH_BYTES_MAX;
            next = if full { None } else { self.inbox.try_recv().ok() };
        }
        (requests, others)
    }

    fn transact(&mut self, mut requests: Vec<Request>) {
        let metrics = self.opener.config.metrics.clone();
        let timer = metrics.commit_seconds.begin();
        let outcome = match &self.state {
            State::Serving { ledger, .. } => self.commit(*ledger, &mut requests),
            State::Waiting { .. } | State::Over => {
                timer.discard();
                return refuse(requests, &self.shared.why_closed());
            }
        };
        match outcome {
            Ok(committed) => {
                timer.done();
                metrics.commit_batch.observe(requests.len());
                self.adopt(committed, requests);
            }
            Err(error) => {
                timer.discard();
                let error = self.fail(error);
                metrics.store_failures.count(failure(&error));
                refuse(requests, &error);
            }
        }
    }

    fn commit(&self, ledger: Ledger, requests: &mut [Request]) -> Result<Committed, StoreError> {
        let database = self.shared.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or_else(|| self.shared.why_closed())?;
        let work = AssertUnwindSafe(|| commit::run(&self.shared, database, &self.appender, ledger, requests));
        catch_unwind(work).unwrap_or_else(|_| Err(StoreError::Unavailable("a commit ended in a panic".to_owned())))
    }

    /// The batch is true: everybody sees it from now on, and those who brought it are told.
    fn adopt(&mut self, committed: Committed, requests: Vec<Request>) {
        if let State::Serving { ledger, .. } = &mut self.state {
            *ledger = committed.ledger;
        }
        self.shared.search.wake();
        if let Some(directory) = committed.directory {
            self.shared.set_directory(directory);
        }
        if !committed.leases_ended.is_empty() {
            let mut leases = self.shared.leases();
            committed.leases_ended.iter().for_each(|letter| leases.end(*letter));
        }
        if committed.brought_work {
            self.shared.changed.notify_waiters();
        }
        for (request, answer) in requests.into_iter().zip(committed.answers) {
            // Whoever asked may have gone: what was committed stays.
            let _ = request.reply.send(answer);
        }
    }

    /// Nothing of the batch may be believed. Says what to tell those who brought it.
    fn fail(&mut self, error: StoreError) -> StoreError {
        let State::Serving { watch, .. } = &self.state else { return error };
        let watch = watch.clone();
        tracing::error!(%error, "a batch failed, the store is reopened");
        watch.shut();
        self.shared.set_database(None);
        self.appender.landing().forget();
        if let Some(why) = watch.sync_failed() {
            return self.end(StoreError::SyncFailed(why));
        }
        let told = match error {
            known @ (StoreError::Unavailable(_) | StoreError::SyncFailed(_)) => known,
            StoreError::Corrupt(why) | StoreError::Foreign(why) | StoreError::Undecided(why) => {
                StoreError::Unavailable(why)
            }
        };
        if matches!(told, StoreError::SyncFailed(_)) {
            return self.end(told);
        }
        self.state = State::Waiting { pause: PAUSE_MIN };
        self.reopen();
        told
    }

    fn end(&mut self, error: StoreError) -> StoreError {
        tracing::error!(%error, "a sync failed, the process must end");
        self.state = State::Over;
        self.shared.set_health(Err(error.clone()));
        error
    }

    fn reopen_after_pause(&mut self) {
        if matches!(self.state, State::Waiting { .. }) {
            self.reopen();
        }
    }

    fn reopen(&mut self) {
        match self.opener.open(self.appender.landing()) {
            Ok(opened) => {
                tracing::info!("the store is open again");
                self.serve(opened);
            }
            Err(error @ StoreError::SyncFailed(_)) => {
                self.end(error);
            }
            Err(error) => self.wait(error),
        }
    }

    fn serve(&mut self, opened: Opened) {
        self.shared.set_directory(Arc::new(opened.directory));
        self.shared.set_database(Some(opened.database));
        self.state = State::Serving { ledger: opened.ledger, watch: opened.watch };
        self.shared.set_health(Ok(()));
        // What was due before is due still.
        self.shared.changed.notify_waiters();
    }

    fn wait(&mut self, error: StoreError) {
        tracing::warn!(%error, "the store cannot be opened yet");
        let pause = if let State::Waiting { pause } = self.state { pause } else { PAUSE_MIN };
        self.state = State::Waiting { pause: (pause * 2).min(PAUSE_MAX) };
        self.shared.set_health(Err(error));
        let own = self.own.clone();
        #[expect(clippy::disallowed_methods, reason = "a pause between two tries; no test waits for it")]
        let alarm = move || {
            std::thread::sleep(pause);
            if let Some(own) = own.upgrade() {
                // Fails only if the writer has ended.
                let _ = own.blocking_send(Message::Reopen);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("store-alarm".to_owned()).spawn(alarm) {
            self.end(StoreError::SyncFailed(format!("no thread to wait with: {error}")));
        }
    }

    fn lease(
        &self,
        now: crate::time::Timestamp,
        until: crate::time::Timestamp,
        max: usize,
    ) -> Result<Due<Letter>, StoreError> {
        let database = self.shared.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or_else(|| self.shared.why_closed())?;
        let read = database.begin_read().map_err(storage_error)?;
        self.shared.leases().take(&read, now, until, max)
    }

    fn close(&mut self) {
        self.shared.set_database(None);
        self.shared.set_health(Err(StoreError::Unavailable("closed".to_owned())));
    }
}

fn refuse(requests: Vec<Request>, error: &StoreError) {
    for request in requests {
        let answer: Result<Receipt, StoreError> = Err(error.clone());
        // Whoever asked may have gone.
        let _ = request.reply.send(answer);
    }
}
