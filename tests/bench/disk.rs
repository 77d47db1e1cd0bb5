//! What the disk alone allows: the bytes and syncs of a commit, written by nobody but us, beside the store's own files.
//!
//! How many of them a commit needs was counted with strace on the daemon: the mail's record in its segment, about
//! fifteen pages of the database in an almost empty store and about one more for each further mail of the batch, then
//! the database's header. The segment and the pages are synced at the same time, then the header.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::load::mails::Post;

const PAGE_BYTES: usize = 4096;
const PAGES_PER_COMMIT: usize = 15;
/// The database of this measurement; pages are written all over it.
const PAGES: u64 = 4096;
const RESERVE_BYTES: u64 = 8 << 20;
/// The store packs with this level.
const ZSTD_LEVEL: i32 = 1;
const RECORD_HEADER_BYTES: usize = 64;

/// How the writes follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// One append and its sync, one write of metadata and its sync: the least that a group commit needs.
    Least,
    /// Just as the store does it: segment and pages side by side, then the header.
    AsTheStore,
}

struct Files {
    segment: File,
    database: File,
    end: u64,
    reserved: u64,
    page: u64,
}

/// Mails a second, when `writers` mails are made durable together each time.
pub fn rate(folder: &Path, mails: &[Post], writers: usize, sequence: Sequence, lasting: Duration) -> f64 {
    let open = |name: &str| {
        let path = folder.join(name);
        OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path).expect("a file")
    };
    let database = open("bare.db");
    database.set_len(PAGES * PAGE_BYTES as u64).expect("room");
    let mut files = Files { segment: open("bare.seg"), database, end: 0, reserved: 0, page: 0 };
    let records: Vec<Vec<u8>> = mails.iter().map(record).collect();
    let (begun, mut rounds) = (Instant::now(), 0);
    let helper = Helper::start(files.segment.try_clone().expect("a second handle"));
    while begun.elapsed() < lasting {
        let batch: Vec<u8> =
            (0..writers).flat_map(|n| &records[(rounds * writers + n) % records.len()]).copied().collect();
        files.reserve(batch.len() as u64);
        let at = files.end;
        files.end += batch.len() as u64;
        match sequence {
            Sequence::Least => {
                files.segment.write_all_at(&batch, at).expect("written");
                files.segment.sync_data().expect("synced");
                files.pages(PAGES_PER_COMMIT + writers - 1);
                files.database.sync_data().expect("synced");
            }
            Sequence::AsTheStore => {
                helper.append(batch, at);
                files.pages(PAGES_PER_COMMIT + writers - 1);
                files.database.sync_data().expect("synced");
                helper.landed();
                files.database.write_all_at(&[1; 320], 0).expect("written");
                files.database.sync_data().expect("synced");
            }
        }
        rounds += 1;
    }
    (rounds * writers) as f64 / begun.elapsed().as_secs_f64()
}

fn record(post: &Post) -> Vec<u8> {
    let mut record = vec![0; RECORD_HEADER_BYTES];
    record.extend(zstd::bulk::compress(&post.bytes, ZSTD_LEVEL).expect("packed"));
    record
}

impl Files {
    fn reserve(&mut self, bytes: u64) {
        if self.end + bytes > self.reserved {
            let more = bytes.next_multiple_of(RESERVE_BYTES);
            let flags = rustix::fs::FallocateFlags::empty();
            // A disk that cannot reserve does without; the store does too.
            let _ = rustix::fs::fallocate(&self.segment, flags, self.reserved, more);
            self.reserved += more;
        }
    }

    fn pages(&mut self, count: usize) {
        for _ in 0..count {
            // Pages of a copy-on-write tree lie here and there.
            self.page = (self.page + 37) % (PAGES - 1);
            let at = (1 + self.page) * PAGE_BYTES as u64;
            self.database.write_all_at(&[self.page as u8; PAGE_BYTES], at).expect("written");
        }
    }
}

/// The thread that appends to the segment.
struct Helper {
    work: mpsc::SyncSender<(Vec<u8>, u64)>,
    done: mpsc::Receiver<()>,
}

impl Helper {
    fn start(segment: File) -> Self {
        let (work, inbox) = mpsc::sync_channel::<(Vec<u8>, u64)>(1);
        let (tell, done) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for (bytes, at) in inbox {
                segment.write_all_at(&bytes, at).expect("written");
                segment.sync_data().expect("synced");
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
        Self { work, done }
    }

    fn append(&self, bytes: Vec<u8>, at: u64) {
        self.work.send((bytes, at)).expect("the helper lives");
    }

    fn landed(&self) {
        self.done.recv().expect("the helper lives");
    }
}
