//! Opening: the database, brought up to date, what the writer must know of it, and the mails' end.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use ::redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend};

use super::guard::{Guarded, Watch};
use super::{index, rows, storage_error};
use crate::directory::apply::apply;
use crate::directory::event::DirectoryEntry;
use crate::directory::model::Directory;
use crate::id::CaseId;
use crate::metrics::Metrics;
use crate::ports::StoreError;
use crate::store::append::Landing;
use crate::store::disk::Disk;
use crate::store::segments::{Cursor, Segments};
use crate::store::{record, schema};

/// Memory that redb may use for pages.
pub const CACHE_BYTES_DEFAULT: usize = 64 << 20;

/// How to open.
#[derive(Clone)]
pub struct OpenConfig {
    /// Where everything lies.
    pub directory: PathBuf,
    /// Memory that redb may use for pages.
    pub cache_bytes: usize,
    /// Told how far a repair has come, from 0 to 1: starting takes longer than usual.
    pub repairing: Arc<dyn Fn(f64) + Send + Sync>,
    /// Where commits and failures are counted.
    pub metrics: Arc<Metrics>,
}

impl OpenConfig {
    /// The usual, in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            cache_bytes: CACHE_BYTES_DEFAULT,
            repairing: Arc::new(|_| {}),
            metrics: Arc::default(),
        }
    }
}

impl fmt::Debug for OpenConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenConfig({}, {} bytes of cache)", self.directory.display(), self.cache_bytes)
    }
}

/// Opens, and after a failure opens again.
#[derive(Debug)]
pub struct Opener {
    pub disk: Arc<dyn Disk>,
    pub config: OpenConfig,
    pub segments: Arc<Segments>,
}

/// What the writer knows of the last commit.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    /// The number of the next case.
    pub next_case: CaseId,
    /// How many events made the directory.
    pub events: u64,
    /// The last row of the feed.
    pub fed: u64,
    /// Where the next raw mail goes.
    pub mail_end: Cursor,
}

/// All that opening yields.
pub struct Opened {
    pub database: Database,
    pub watch: Arc<Watch>,
    pub ledger: Ledger,
    pub directory: Directory,
}

impl Opener {
    /// Opens. Nothing may be under way on the same files.
    pub fn open(&self, landing: &Arc<Landing>) -> Result<Opened, StoreError> {
        let watch = Arc::new(Watch::default());
        let opened = self.try_open(&watch, landing);
        // A sync that fails while opening leaves as little known as any other.
        opened.map_err(|error| watch.sync_failed().map_or(error, StoreError::SyncFailed))
    }

    fn try_open(&self, watch: &Arc<Watch>, landing: &Arc<Landing>) -> Result<Opened, StoreError> {
        let failed = |error| StoreError::Unavailable(format!("database: {error}"));
        let file = match self.disk.database().map_err(failed)? {
            Some(file) => file,
            None => {
                // Made aside: a crash in the middle leaves no database rather than half of one.
                let blank = self.disk.blank_database().map_err(failed)?;
                schema::prepare(&self.build(blank, watch, landing)?)?;
                self.disk.adopt_database().map_err(failed)?;
                let missing = || StoreError::Unavailable("database: gone at once".to_owned());
                self.disk.database().map_err(failed)?.ok_or_else(missing)?
            }
        };
        let database = self.build(file, watch, landing)?;
        schema::prepare(&database)?;
        let (ledger, directory) = load(&database)?;
        let cut = self.segments.cut(ledger.mail_end);
        cut.map_err(|error| StoreError::Unavailable(format!("cannot cut the last segment: {error}")))?;
        Ok(Opened { database, watch: watch.clone(), ledger, directory })
    }

    fn build(
        &self,
        file: Box<dyn StorageBackend>,
        watch: &Arc<Watch>,
        landing: &Arc<Landing>,
    ) -> Result<Database, StoreError> {
        let repairing = self.config.repairing.clone();
        Builder::new()
            .set_cache_size(self.config.cache_bytes)
            .set_repair_callback(move |session| repairing(session.progress()))
            .create_with_backend(Guarded::new(file, watch.clone(), landing.clone()))
            .map_err(open_error)
    }
}

fn open_error(error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::Storage(::redb::StorageError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            StoreError::Foreign(format!("the database file is not one of ours: {error}"))
        }
        other => storage_error(other),
    }
}

fn load(database: &Database) -> Result<(Ledger, Directory), StoreError> {
    let read = database.begin_read().map_err(storage_error)?;
    let cases = read.open_table(schema::CASES).map_err(storage_error)?;
    let meta = read.open_table(schema::META).map_err(storage_error)?;
    let mail_end = meta.get(schema::META_MAIL_END).map_err(storage_error)?;
    let mut ledger = Ledger {
        next_case: rows::next_case(&cases)?,
        events: 0,
        fed: index::fed(&read)?,
        mail_end: mail_end.map_or(Cursor::START, |place| Cursor::of(place.value())),
    };
    let mut directory = Directory::default();
    for row in read.open_table(schema::DIRECTORY).map_err(storage_error)?.iter().map_err(storage_error)? {
        let (number, bytes) = row.map_err(storage_error)?;
        ledger.events += 1;
        if number.value() != ledger.events {
            return Err(StoreError::Corrupt(format!("event {} of the directory is missing", ledger.events)));
        }
        let entry: DirectoryEntry = record::decode(bytes.value(), "directory")?;
        apply(&mut directory, &entry.event);
    }
    Ok((ledger, directory))
}
