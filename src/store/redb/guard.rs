//! Between redb and its file: what the store must know of what happens there.
//!
//! A commit of redb is two syncs: the first makes the new pages safe, then a header makes them the database, and the
//! second makes the header safe. The first waits here for the raw mails that the commit names, so that both are
//! written at the same time and a header never names a mail that could be lost. Which of the syncs is the first need
//! not be known: all of them wait, and there is nothing to wait for but during a commit.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::redb::StorageBackend;

use crate::store::append::{AppendFailure, Landing};

/// What became of the file, told to whoever opened it.
#[derive(Debug, Default)]
pub struct Watch {
    closed: AtomicBool,
    sync_failed: Mutex<Option<String>>,
}

impl Watch {
    /// From now on nothing is written through this handle any more, whatever redb may still want.
    pub fn shut(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Why a sync failed, when one has.
    pub fn sync_failed(&self) -> Option<String> {
        self.sync_failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_failed_sync(&self, why: String) {
        self.sync_failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    fn writable(&self) -> io::Result<()> {
        if self.closed.load(Ordering::SeqCst) { Err(io::Error::other("closed after a failure")) } else { Ok(()) }
    }
}

/// redb's file, watched.
#[derive(Debug)]
pub struct Guarded {
    file: Box<dyn StorageBackend>,
    watch: Arc<Watch>,
    landing: Arc<Landing>,
}

impl Guarded {
    /// Puts itself before `file`.
    pub fn new(file: Box<dyn StorageBackend>, watch: Arc<Watch>, landing: Arc<Landing>) -> Self {
        Self { file, watch, landing }
    }
}

impl StorageBackend for Guarded {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.watch.writable()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.watch.writable()?;
        self.file.sync_data().inspect_err(|error| self.watch.note_failed_sync(format!("database: {error}")))?;
        match self.landing.wait() {
            Ok(()) => Ok(()),
            Err(AppendFailure::Write(why)) => Err(io::Error::other(why)),
            Err(AppendFailure::Sync(why)) => {
                self.watch.note_failed_sync(why.clone());
                Err(io::Error::other(why))
            }
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.watch.writable()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
