//! Raw mail in append-only segment files.
//!
//! A **place** is one number: segment (24 bits, from 1) and offset in it (40 bits). A mail's record lies wholly in one
//! segment; a segment that has reached [`SEGMENT_BYTES`] gets no more. A record, numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | `HVM1` |
//! | 4..8 | how the body lies: 0 as it is, 1 zstd |
//! | 8..16 | length of the mail |
//! | 16..24 | length of the body |
//! | 24..56 | BLAKE3 of the mail, its `MailId` |
//! | 56..64 | first 8 bytes of the BLAKE3 of bytes 0..56 |
//! | 64.. | body |
//!
//! Which bytes count is said by the database: its row `mail_end` is committed with the rows that name the mails before
//! it. What lies behind was written for a commit that never came; it is cut off at open and written over.
//!
//! One thread appends ([`Appender`]). It is given the mails of a whole batch, writes them in one go and syncs once,
//! while the database gets its own batch ready; the database's first sync of a commit waits for it (`redb/guard.rs`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;

use super::disk::{Disk, SegmentFile};
use crate::case::event::RawRef;
use crate::envelope::RawMail;
use crate::id::MailId;
use crate::ports::StoreError;

/// A segment of this size or more gets no further mail.
pub const SEGMENT_BYTES: u64 = 256 << 20;
/// Most segment files held open for reading.
const OPEN_FILES_MAX: usize = 16;
/// By how much the room of the last segment grows at a time.
const RESERVE_BYTES: u64 = 8 << 20;
/// Bodies up to here are put into one buffer and written together.
const GATHER_BYTES_MAX: usize = 64 << 10;
/// Quick, and a mail's text becomes a third.
const ZSTD_LEVEL: i32 = 1;
const HEADER_BYTES: usize = 64;
const OFFSET_BITS: u32 = 40;
const MAGIC: &[u8; 4] = b"HVM1";
const STORED: u32 = 0;
const ZSTD: u32 = 1;

/// A mail's record, ready to be written.
#[derive(Clone, Debug)]
pub struct Packed {
    header: [u8; HEADER_BYTES],
    body: Bytes,
    id: MailId,
    bytes: u64,
}

thread_local! {
    /// Making a compressor costs more than using it on a small mail.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

impl Packed {
    /// Compresses a mail, where that makes it smaller.
    pub fn new(raw: &RawMail) -> Self {
        let compressed = compress(raw.bytes()).filter(|body| body.len() < raw.bytes().len());
        let (how, body) = match compressed {
            Some(body) => (ZSTD, Bytes::from(body)),
            None => (STORED, raw.bytes().clone()),
        };
        let bytes = raw.bytes().len() as u64;
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(MAGIC);
        header[4..8].copy_from_slice(&how.to_le_bytes());
        header[8..16].copy_from_slice(&bytes.to_le_bytes());
        header[16..24].copy_from_slice(&(body.len() as u64).to_le_bytes());
        header[24..56].copy_from_slice(raw.id().as_bytes());
        let check = header_check(&header);
        header[56..].copy_from_slice(&check);
        Self { header, body, id: raw.id(), bytes }
    }

    /// How many bytes it takes on disk.
    pub fn disk_bytes(&self) -> u64 {
        (HEADER_BYTES + self.body.len()) as u64
    }

    /// How a journal names it when it lies at `place`.
    pub fn at(&self, place: u64) -> RawRef {
        RawRef { id: self.id, place, bytes: self.bytes }
    }
}

/// `None` where zstd cannot: the mail is then kept as it is.
fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(ZSTD_LEVEL).ok();
        }
        slot.as_mut()?.compress(bytes).ok()
    })
}

fn header_check(header: &[u8; HEADER_BYTES]) -> [u8; 8] {
    let mut check = [0; 8];
    check.copy_from_slice(&blake3::hash(&header[..56]).as_bytes()[..8]);
    check
}

/// Where the next mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    segment: u32,
    offset: u64,
}

impl Cursor {
    /// Before the first mail.
    pub const START: Self = Self { segment: 1, offset: 0 };

    /// From the form kept in the database.
    pub fn of(place: u64) -> Self {
        let (segment, offset) = split(place);
        Self { segment, offset }
    }

    /// The form kept in the database.
    pub fn place(self) -> u64 {
        u64::from(self.segment) << OFFSET_BITS | self.offset
    }

    /// The place of a mail that is written here, and the cursor behind it.
    pub fn after(self, mail: &Packed) -> (u64, Self) {
        let full = self.offset >= SEGMENT_BYTES;
        let here = if full { Self { segment: self.segment + 1, offset: 0 } } else { self };
        (here.place(), Self { offset: here.offset + mail.disk_bytes(), ..here })
    }
}

fn split(place: u64) -> (u32, u64) {
    // The shift leaves 24 bits.
    ((place >> OFFSET_BITS) as u32, place & ((1 << OFFSET_BITS) - 1))
}

/// The segment files, opened as needed.
#[derive(Debug)]
pub struct Segments {
    disk: Arc<dyn Disk>,
    open: Mutex<BTreeMap<u32, Arc<dyn SegmentFile>>>,
}

impl Segments {
    /// The segments on this disk.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, open: Mutex::new(BTreeMap::new()) }
    }

    /// Cuts off what lies behind the last commit.
    pub fn cut(&self, end: Cursor) -> io::Result<()> {
        self.file(end.segment)?.cut(end.offset)
    }

    /// Reads a mail and checks that it is the one that is meant.
    pub fn read(&self, mail: RawRef) -> Result<Bytes, StoreError> {
        let (segment, offset) = split(mail.place);
        let damaged = |what: &str| StoreError::Corrupt(format!("raw mail {} at {segment}:{offset}: {what}", mail.id));
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("the segment ends before it"),
            _ => StoreError::Unavailable(format!("raw mail {} at {segment}:{offset}: {error}", mail.id)),
        };
        let file = self.file(segment).map_err(failed)?;
        let mut header = [0; HEADER_BYTES];
        file.read(offset, &mut header).map_err(failed)?;
        if &header[..4] != MAGIC || header[56..] != header_check(&header) {
            return Err(damaged("no record begins here"));
        }
        if header[24..56] != mail.id.as_bytes()[..] || number(&header[8..16]) != mail.bytes {
            return Err(damaged("another mail lies here"));
        }
        let stored = number(&header[16..24]);
        let how = number(&header[4..8]);
        if stored > mail.bytes {
            return Err(damaged("its lengths contradict each other"));
        }
        let mut body = vec![0; usize::try_from(stored).map_err(|_| damaged("it is too long"))?];
        file.read(offset + HEADER_BYTES as u64, &mut body).map_err(failed)?;
        let raw = unpack(body, how, mail.bytes).ok_or_else(|| damaged("its body cannot be unpacked"))?;
        if MailId::of(&raw) != mail.id { Err(damaged("its bytes have changed")) } else { Ok(Bytes::from(raw)) }
    }

    fn file(&self, number: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let mut open = locked(&self.open);
        if let Some(file) = open.get(&number) {
            return Ok(file.clone());
        }
        while open.len() >= OPEN_FILES_MAX {
            // The lowest is the oldest; whoever reads it now keeps it open.
            open.pop_first();
        }
        let file = self.disk.segment(number)?;
        open.insert(number, file.clone());
        Ok(file)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn unpack(body: Vec<u8>, how: u64, bytes: u64) -> Option<Vec<u8>> {
    let bytes = usize::try_from(bytes).ok()?;
    let raw = match u32::try_from(how).ok()? {
        STORED => body,
        ZSTD => zstd::bulk::decompress(&body, bytes).ok()?,
        _ => return None,
    };
    (raw.len() == bytes).then_some(raw)
}

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
            self.buffer.extend_from_slice(&mail.header);
            if mail.body.len() <= GATHER_BYTES_MAX {
                self.buffer.extend_from_slice(&mail.body);
            } else {
                self.flush(from, file)?;
                file.write(split(*place).1 + HEADER_BYTES as u64, &mail.body)?;
            }
        }
        if self.buffer.is_empty() { Ok(()) } else { self.flush(from, file) }
    }

    fn flush(&mut self, from: u64, file: &dyn SegmentFile) -> io::Result<()> {
        let written = file.write(from, &self.buffer);
        self.buffer.clear();
        written
    }
}

/// A lock that outlives a panic: what it guards is whole at every moment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
