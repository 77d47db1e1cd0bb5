//! Writing raw mails: one thread that is given the mails of a whole batch, writes them in one go and syncs once.
//!
//! It works while the database gets its own pages ready. The database's first sync of a commit waits for it
//! (`redb/guard.rs`), so that a commit takes effect only when the mails that it names are safe.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use super::disk::SegmentFile;
use super::segments::{HEADER_BYTES, Packed, Segments, locked, split};

/// By how much the room of the last segment grows at a time.
const RESERVE_BYTES: u64 = 8 << 20;
/// Bodies up to here are put into one buffer and written together.
const GATHER_BYTES_MAX: usize = 64 << 10;
/// A buffer that has become larger than this is not kept.
const BUFFER_KEPT_MAX: usize = 1 << 20;

/// Why a batch of mails is not on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppendFailure {
    /// It could not be written: later it may.
    Write(String),
    /// It could not be synced: nobody knows what is on disk.
    Sync(String),
}

/// Mails with their places, in ascending order.
pub type Batch = Vec<(u64, Packed)>;

#[derive(Debug)]
enum Progress {
    Running,
    Done(Result<(), AppendFailure>),
}

/// What has become of the batch that the appender was given last.
#[derive(Debug)]
pub struct Landing {
    progress: Mutex<Progress>,
    landed: Condvar,
}

impl Landing {
    fn set(&self, progress: Progress) {
        *locked(&self.progress) = progress;
        self.landed.notify_all();
    }

    /// Nothing is under way any more, and what failed is past.
    pub fn forget(&self) {
        // Whatever it says: the batch is not going on any more.
        let _ = self.wait();
        self.set(Progress::Done(Ok(())));
    }

    /// Waits until the last batch is on disk, or is known not to be.
    pub fn wait(&self) -> Result<(), AppendFailure> {
        let running = |progress: &mut Progress| matches!(progress, Progress::Running);
        let progress = self.landed.wait_while(locked(&self.progress), running).unwrap_or_else(PoisonError::into_inner);
        match &*progress {
            Progress::Done(result) => result.clone(),
            Progress::Running => Err(AppendFailure::Sync("woken too early".to_owned())),
        }
    }
}

/// The thread that writes raw mails.
#[derive(Debug)]
pub struct Appender {
    batches: Option<mpsc::SyncSender<Batch>>,
    landing: Arc<Landing>,
    thread: Option<JoinHandle<()>>,
}

impl Appender {
    /// Starts the thread.
    pub fn start(segments: Arc<Segments>) -> io::Result<Self> {
        let landing = Arc::new(Landing { progress: Mutex::new(Progress::Done(Ok(()))), landed: Condvar::new() });
        let (batches, inbox) = mpsc::sync_channel::<Batch>(1);
        let told = landing.clone();
        let work = move || {
            let mut writing = Writing { segments, reserved: BTreeMap::new(), buffer: Vec::new() };
            for batch in inbox {
                let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| writing.append(&batch)));
                let died = |_| Err(AppendFailure::Sync("the appender panicked".to_owned()));
                told.set(Progress::Done(caught.unwrap_or_else(died)));
            }
        };
        let thread = std::thread::Builder::new().name("store-append".to_owned()).spawn(work)?;
        Ok(Self { batches: Some(batches), landing, thread: Some(thread) })
    }

    /// Begins to write a batch. The one before must have landed.
    pub fn begin(&self, batch: Batch) {
        self.landing.set(Progress::Running);
        let sent = self.batches.as_ref().is_some_and(|batches| batches.send(batch).is_ok());
        if !sent {
            self.landing.set(Progress::Done(Err(AppendFailure::Sync("the appender has ended".to_owned()))));
        }
    }

    /// Where to ask what became of the batch.
    pub fn landing(&self) -> &Arc<Landing> {
        &self.landing
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // It catches what panics inside.
            let _ = thread.join();
        }
    }
}

struct Writing {
    segments: Arc<Segments>,
    /// Up to where there is room in a segment, as far as was asked for.
    reserved: BTreeMap<u32, u64>,
    buffer: Vec<u8>,
}

impl Writing {
    fn append(&mut self, batch: &[(u64, Packed)]) -> Result<(), AppendFailure> {
        for part in batch.chunk_by(|one, next| split(one.0).0 == split(next.0).0) {
            let (segment, offset) = part.first().map_or((1, 0), |(place, _)| split(*place));
            let write = |error: io::Error| AppendFailure::Write(format!("segment {segment}: {error}"));
            let file = self.segments.file(segment).map_err(write)?;
            if offset == 0 {
                file.cut(0).map_err(write)?;
            }
            let bytes: u64 = part.iter().map(|(_, mail)| mail.disk_bytes()).sum();
            self.reserve(segment, offset + bytes, file.as_ref());
            self.write(part, file.as_ref()).map_err(write)?;
            file.sync().map_err(|error| AppendFailure::Sync(format!("segment {segment}: {error}")))?;
        }
        Ok(())
    }

    /// Without room reserved the write itself says whether there is any.
    fn reserve(&mut self, segment: u32, end: u64, file: &dyn SegmentFile) {
        if self.reserved.get(&segment).is_some_and(|reserved| *reserved >= end) {
            return;
        }
        self.reserved.clear();
        let wanted = end.next_multiple_of(RESERVE_BYTES);
        if file.reserve(wanted).is_ok() {
            self.reserved.insert(segment, wanted);
        }
    }

    fn write(&mut self, part: &[(u64, Packed)], file: &dyn SegmentFile) -> io::Result<()> {
        let mut from = 0;
        for (place, mail) in part {
            if self.buffer.is_empty() {
                from = split(*place).1;
            }
            let (header, body) = mail.parts();
            self.buffer.extend_from_slice(header);
            if body.len() <= GATHER_BYTES_MAX {
                self.buffer.extend_from_slice(body);
            } else {
                self.flush(from, file)?;
                file.write(split(*place).1 + HEADER_BYTES as u64, body)?;
            }
        }
        if self.buffer.is_empty() { Ok(()) } else { self.flush(from, file) }
    }

    fn flush(&mut self, from: u64, file: &dyn SegmentFile) -> io::Result<()> {
        let written = file.write(from, &self.buffer);
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT_MAX);
        written
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::envelope::RawMail;
    use crate::store::disk::DataDirectory;

    #[test]
    fn one_batch_may_end_a_segment_and_begin_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let disk = DataDirectory::open(folder.path()).unwrap();
        let segments = Arc::new(Segments::new(Arc::new(disk)));
        let appender = Appender::start(segments.clone()).unwrap();
        let mails: Vec<Packed> = [b"one".repeat(90), vec![0; 300_000], b"three".to_vec()]
            .into_iter()
            .map(|bytes| Packed::new(&RawMail::new(Bytes::from(bytes))))
            .collect();
        let second = (1 << 40) + mails[0].disk_bytes();
        let places = [1 << 40, second, 2 << 40];
        let batch: Batch = places.into_iter().zip(mails.clone()).collect();
        appender.begin(batch);
        assert_eq!(appender.landing().wait(), Ok(()));
        for (place, mail) in places.into_iter().zip(&mails) {
            let found = segments.read(mail.at(place)).unwrap();
            assert_eq!(found.len() as u64, mail.at(place).bytes);
        }
    }
}
