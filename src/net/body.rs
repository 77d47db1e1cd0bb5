//! The mail that a session receives, as far as memory is concerned: counted against what all sessions may hold
//! together, and put on disk when there is no room.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::smtp::server::Session;

/// Memory is counted in units of so many octets.
const UNIT_BYTES: usize = 64 * 1024;

/// So many units hold these octets.
pub fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

/// One mail's share of the memory.
pub struct Body<'a> {
    memory: &'a Semaphore,
    dir: &'a Path,
    held: Option<SemaphorePermit<'a>>,
    spool: Option<Spool>,
    lost: Option<io::Error>,
}

impl<'a> Body<'a> {
    /// Nothing yet.
    pub fn new(memory: &'a Semaphore, dir: &'a Path) -> Self {
        Self { memory, dir, held: None, spool: None, lost: None }
    }

    /// Accounts for what the session holds now; what has no room goes to disk.
    pub async fn weigh(&mut self, session: &mut Session) {
        let bytes = session.body_held();
        let room = if self.spool.is_some() || self.lost.is_some() { bytes < UNIT_BYTES } else { self.hold(bytes) };
        if room {
            return;
        }
        if let Some(part) = session.take_body() {
            self.put(part).await;
        }
    }

    /// The whole mail, when `rest` has come. Waits for room if it was on disk; the caller bounds that.
    pub async fn whole(&mut self, rest: Bytes) -> io::Result<Bytes> {
        if self.spool.is_none() && self.lost.is_none() && self.hold(rest.len()) {
            return Ok(rest);
        }
        self.put(rest).await;
        if let Some(error) = self.lost.take() {
            return Err(error);
        }
        let Some(spool) = self.spool.take() else { return Ok(Bytes::new()) };
        let permit = self.memory.acquire_many(units(spool.bytes)).await.map_err(io::Error::other)?;
        self.held = Some(permit);
        blocking(move || spool.read()).await
    }

    /// The mail is settled.
    pub fn release(&mut self) {
        (self.held, self.spool, self.lost) = (None, None, None);
    }

    /// Is there room in memory for so many octets in all?
    fn hold(&mut self, bytes: usize) -> bool {
        let have = self.held.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = units(bytes).saturating_sub(u32::try_from(have).unwrap_or(u32::MAX));
        if more == 0 {
            return true;
        }
        let Ok(permit) = self.memory.try_acquire_many(more) else { return false };
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        true
    }

    /// To disk. What can't be written is given up; the peer is told at the end of its mail.
    async fn put(&mut self, part: Bytes) {
        self.held = None;
        if self.lost.is_some() {
            return;
        }
        let (spool, dir) = (self.spool.take(), self.dir.to_owned());
        let written = blocking(move || {
            let mut spool = spool.map_or_else(|| Spool::create(&dir), Ok)?;
            spool.file.write_all(&part)?;
            spool.bytes += part.len();
            Ok(spool)
        });
        match written.await {
            Ok(spool) => self.spool = Some(spool),
            Err(error) => self.lost = Some(error),
        }
    }
}

/// A file without a name: gone when it is closed, also when we are killed.
struct Spool {
    file: File,
    bytes: usize,
}

impl Spool {
    fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?, bytes: 0 })
    }

    fn read(mut self) -> io::Result<Bytes> {
        let mut whole = Vec::with_capacity(self.bytes);
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut whole)?;
        Ok(Bytes::from(whole))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_without_room_comes_back_from_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = Semaphore::new(4);
        let other = memory.try_acquire_many(4).expect("free");
        let mut body = Body::new(&memory, folder.path());
        body.put(Bytes::from(vec![b'a'; 100_000])).await;
        body.put(Bytes::from_static(b"b")).await;
        drop(other);
        let whole = body.whole(Bytes::from_static(b"c")).await.expect("read back");
        assert_eq!((whole.len(), &whole[99_999..]), (100_002, &b"abc"[..]));
        assert_eq!(memory.available_permits(), 2);
        body.release();
        assert_eq!(memory.available_permits(), 4);
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    }

    #[tokio::test]
    async fn a_mail_with_room_stays_where_it_is() {
        let memory = Semaphore::new(2);
        let mut body = Body::new(&memory, Path::new("/nowhere"));
        let mail = Bytes::from(vec![b'a'; UNIT_BYTES + 1]);
        let place = mail.as_ptr();
        assert_eq!(body.whole(mail).await.expect("kept").as_ptr(), place);
        assert_eq!(memory.available_permits(), 0);
    }

    #[tokio::test]
    async fn a_disk_that_fails_loses_the_mail_and_says_so() {
        let memory = Semaphore::new(0);
        let mut body = Body::new(&memory, Path::new("/nowhere"));
        assert!(body.whole(Bytes::from_static(b"x")).await.is_err());
        body.release();
        assert!(body.whole(Bytes::new()).await.is_ok());
    }
}
