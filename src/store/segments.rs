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
//! Writing is `append.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
/// Quick, and a mail's text becomes a third.
const ZSTD_LEVEL: i32 = 1;
/// What stands before each body.
pub const HEADER_BYTES: usize = 64;
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

    /// What is written: a header of [`HEADER_BYTES`], and the body behind it.
    pub fn parts(&self) -> (&[u8], &Bytes) {
        (&self.header, &self.body)
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

/// Segment and offset of a place.
pub fn split(place: u64) -> (u32, u64) {
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

    /// The file of this segment.
    pub fn file(&self, number: u32) -> io::Result<Arc<dyn SegmentFile>> {
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

/// A lock that outlives a panic: what it guards is whole at every moment.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8]) -> Packed {
        Packed::new(&RawMail::new(Bytes::copy_from_slice(bytes)))
    }

    #[test]
    fn a_full_segment_gets_no_more_and_a_record_is_never_split() {
        let mail = packed(b"hei");
        let (first, after) = Cursor::START.after(&mail);
        assert_eq!((split(first), after.offset), ((1, 0), mail.disk_bytes()));
        assert_eq!(Cursor::of(after.place()), after);
        let nearly = Cursor { segment: 7, offset: SEGMENT_BYTES - 1 };
        let (place, beyond) = nearly.after(&mail);
        assert_eq!(split(place), (7, SEGMENT_BYTES - 1));
        assert_eq!(split(beyond.after(&mail).0), (8, 0));
    }

    #[test]
    fn mails_are_kept_in_the_smaller_of_two_forms() {
        for (bytes, how) in [(vec![b'a'; 4000], ZSTD), (b"x".to_vec(), STORED), (Vec::new(), STORED)] {
            let mail = packed(&bytes);
            assert_eq!(number(&mail.header[4..8]), u64::from(how), "{} bytes", bytes.len());
            assert!(mail.body.len() <= bytes.len());
            assert_eq!(unpack(mail.body.to_vec(), u64::from(how), bytes.len() as u64), Some(bytes));
        }
    }
}
