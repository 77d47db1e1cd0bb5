//! What the store needs of a disk, so that a test can stand in for one: a database file and numbered segment files.

use std::fmt::Debug;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::redb::StorageBackend;
use ::redb::backends::{FileBackend, InMemoryBackend};

use crate::ports::StoreError;

const DATABASE: &str = "henvend.redb";
const BLANK_DATABASE: &str = "henvend.redb.new";
const SEARCH_DATABASE: &str = "search.redb";

/// A place with one database file and numbered segment files.
pub trait Disk: Debug + Send + Sync {
    /// The database file, opened anew; `None` if there is none yet.
    fn database(&self) -> io::Result<Option<Box<dyn StorageBackend>>>;

    /// An empty file, to become the database. What an earlier attempt left of one is dropped.
    fn blank_database(&self) -> io::Result<Box<dyn StorageBackend>>;

    /// From now on, and after a crash too, the file made last is the database. Before, there was none.
    fn adopt_database(&self) -> io::Result<()>;

    /// The file of the search index, opened anew; made if there is none. A disk without one keeps it in memory.
    fn search_database(&self) -> io::Result<Box<dyn StorageBackend>> {
        Ok(Box::new(InMemoryBackend::new()))
    }

    /// The file of the search index is dropped.
    fn drop_search_database(&self) -> io::Result<()> {
        Ok(())
    }

    /// The segment file of this number, opened anew; made if there is none.
    fn segment(&self, number: u32) -> io::Result<Arc<dyn SegmentFile>>;
}

/// One file of raw mails.
pub trait SegmentFile: Debug + Send + Sync {
    /// Fills `out` from `offset` on; an error if the file ends before.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts off what lies behind `len`. What is read there later was written later.
    fn cut(&self, len: u64) -> io::Result<()>;

    /// Makes sure that there is room up to `len`. A disk that cannot say so says nothing.
    fn reserve(&self, len: u64) -> io::Result<()>;

    /// After this, all that was written survives.
    fn sync(&self) -> io::Result<()>;
}

/// A data directory: `henvend.redb`, `search.redb`, `mail/NNNNNNNN.seg`, and `lock`, held by the one process that has it open.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    /// Held, never read: the lock ends with it.
    _lock: File,
}

impl DataDirectory {
    /// Opens the directory, makes it if need be, and keeps other processes out.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |what: &str, error: io::Error| {
            StoreError::Unavailable(format!("{what} in the data directory {}: {error}", path.display()))
        };
        let mail = path.join("mail");
        std::fs::create_dir_all(&mail).map_err(|error| failed("cannot make folders", error))?;
        for folder in [path, &mail] {
            sync_folder(folder).map_err(|error| failed("cannot sync a folder", error))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(|error| failed("cannot open the lock", error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
                "the data directory {} is in use by another henvend",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed("cannot lock", error)),
        }
    }
}

impl Disk for DataDirectory {
    fn database(&self) -> io::Result<Option<Box<dyn StorageBackend>>> {
        match OpenOptions::new().read(true).write(true).open(self.path.join(DATABASE)) {
            Ok(file) => Ok(Some(Box::new(FileBackend::new(file).map_err(io::Error::other)?))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn blank_database(&self) -> io::Result<Box<dyn StorageBackend>> {
        let path = self.path.join(BLANK_DATABASE);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(FileBackend::new(file).map_err(io::Error::other)?))
    }

    fn adopt_database(&self) -> io::Result<()> {
        std::fs::rename(self.path.join(BLANK_DATABASE), self.path.join(DATABASE))?;
        sync_folder(&self.path)
    }

    fn search_database(&self) -> io::Result<Box<dyn StorageBackend>> {
        let path = self.path.join(SEARCH_DATABASE);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Box::new(FileBackend::new(file).map_err(io::Error::other)?))
    }

    fn drop_search_database(&self) -> io::Result<()> {
        std::fs::remove_file(self.path.join(SEARCH_DATABASE))
    }

    fn segment(&self, number: u32) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(RealSegment(open_or_make(&self.path.join("mail"), &format!("{number:08}.seg"))?)))
    }
}

/// A new file is only there after a crash when its folder was synced too.
fn open_or_make(folder: &Path, name: &str) -> io::Result<File> {
    let path = folder.join(name);
    match OpenOptions::new().read(true).write(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            file.sync_all()?;
            sync_folder(folder)?;
            Ok(file)
        }
        other => other,
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[derive(Debug)]
struct RealSegment(File);

impl SegmentFile for RealSegment {
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn cut(&self, len: u64) -> io::Result<()> {
        if self.0.metadata()?.len() > len { self.0.set_len(len) } else { Ok(()) }
    }

    /// A sync is cheaper where the file need not grow.
    fn reserve(&self, len: u64) -> io::Result<()> {
        let now = self.0.metadata()?.len();
        if now >= len {
            return Ok(());
        }
        match rustix::fs::fallocate(&self.0, rustix::fs::FallocateFlags::empty(), now, len - now) {
            Err(error) if error == rustix::io::Errno::OPNOTSUPP || error == rustix::io::Errno::NOSYS => Ok(()),
            other => other.map_err(io::Error::from),
        }
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
