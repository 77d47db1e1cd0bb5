//! A disk in memory that fails when it is told to, and that can be looked at after a power cut.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use henvend::store::disk::{Disk, SegmentFile};
use redb::StorageBackend;

/// How the disk fails. Operations that count are those that change a file: writes, cuts, syncs; the first is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    #[default]
    Never,
    /// The machine stops at this operation: it and all later ones fail.
    DeadFrom(u64),
    /// No room at operations `from..until`: writes and growing fail, syncs do not.
    FullFor { from: u64, until: u64 },
    /// This operation, and the syncs after it for as long as nothing else is said, fail if they are syncs.
    SyncsFailFrom(u64),
}

/// What a power cut leaves of what was written and not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// The first half of the writes.
    FirstHalf,
    /// Every other write, beginning with the second: disks reorder.
    EveryOther,
    /// All, but the last write only by half.
    TornLast,
}

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<u32, Content>,
    operations: u64,
    fault: Fault,
}

/// A file as it is read, and as it would be found after a power cut.
#[derive(Clone, Debug, Default)]
struct Content {
    live: Vec<u8>,
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

/// File 0 is the database, the last is what may become it, the others are segments.
const DATABASE: u32 = 0;
const BLANK_DATABASE: u32 = u32::MAX;

impl FaultyDisk {
    /// From now on it fails like this; operations are counted from 1 again.
    pub fn fail(&self, fault: Fault) {
        let mut state = self.state();
        state.operations = 0;
        state.fault = fault;
    }

    /// How many operations there were since it was last told how to fail.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Another disk, with what is on this one after a power cut.
    pub fn after_power_cut(&self, left: Left) -> Self {
        let cut = |(number, content): (&u32, &Content)| (*number, content.after_power_cut(left));
        let files = self.state().files.iter().map(cut).collect();
        let state = State { files, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Turns over an octet of the first mail that was kept.
    pub fn spoil_a_mail(&self) {
        const WITHIN: usize = 150;
        let mut state = self.state();
        let segment = state.files.iter_mut().find(|(number, _)| **number != DATABASE).expect("a segment").1;
        segment.live[WITHIN] ^= 0xFF;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn file(&self, number: u32) -> FaultyFile {
        self.state().files.entry(number).or_default();
        FaultyFile { disk: self.clone(), number }
    }
}

impl State {
    fn count(&mut self, sync: bool) -> io::Result<()> {
        self.operations += 1;
        let now = self.operations;
        match self.fault {
            Fault::DeadFrom(from) if now >= from => Err(io::Error::other("the disk is dead")),
            Fault::FullFor { from, until } if !sync && (from..until).contains(&now) => {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            Fault::SyncsFailFrom(from) if sync && now >= from => Err(io::Error::other("the sync failed")),
            _ => Ok(()),
        }
    }

    /// A dead disk cannot be read either.
    fn readable(&self) -> io::Result<()> {
        match self.fault {
            Fault::DeadFrom(from) if self.operations >= from => Err(io::Error::other("the disk is dead")),
            _ => Ok(()),
        }
    }
}

impl Content {
    fn change(&mut self, change: Pending) {
        apply(&mut self.live, &change);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        for change in self.pending.drain(..) {
            apply(&mut self.synced, &change);
        }
    }

    fn after_power_cut(&self, left: Left) -> Self {
        let mut found = self.synced.clone();
        let count = self.pending.len();
        for (index, change) in self.pending.iter().enumerate() {
            match (left, change) {
                (Left::Nothing, _) => {}
                (Left::FirstHalf, _) if index >= count / 2 => {}
                (Left::EveryOther, _) if index % 2 == 0 => {}
                (Left::TornLast, Pending::Write { offset, bytes }) if index + 1 == count => {
                    let bytes = bytes[..bytes.len() / 2].to_vec();
                    apply(&mut found, &Pending::Write { offset: *offset, bytes });
                }
                _ => apply(&mut found, change),
            }
        }
        Self { live: found.clone(), synced: found, pending: Vec::new() }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Pending) {
    match change {
        Pending::Length(length) => bytes.resize(*length, 0),
        Pending::Write { offset, bytes: written } => {
            let end = offset + written.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*offset..end].copy_from_slice(written);
        }
    }
}

impl Disk for FaultyDisk {
    fn database(&self) -> io::Result<Option<Box<dyn StorageBackend>>> {
        let there = self.state().files.contains_key(&DATABASE);
        Ok(there.then(|| Box::new(self.file(DATABASE)) as Box<dyn StorageBackend>))
    }

    fn blank_database(&self) -> io::Result<Box<dyn StorageBackend>> {
        let mut state = self.state();
        state.count(false)?;
        state.files.insert(BLANK_DATABASE, Content::default());
        drop(state);
        Ok(Box::new(self.file(BLANK_DATABASE)))
    }

    /// A rename and the folder's sync: there or not.
    fn adopt_database(&self) -> io::Result<()> {
        let mut state = self.state();
        state.count(true)?;
        let blank = state.files.remove(&BLANK_DATABASE).ok_or(io::ErrorKind::NotFound)?;
        state.files.insert(DATABASE, blank);
        Ok(())
    }

    fn segment(&self, number: u32) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(self.file(number)))
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    number: u32,
}

impl FaultyFile {
    fn change(&self, change: Pending) -> io::Result<()> {
        let mut state = self.disk.state();
        state.count(false)?;
        state.files.entry(self.number).or_default().change(change);
        Ok(())
    }

    fn fill(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.disk.state();
        state.readable()?;
        let offset = usize::try_from(offset).unwrap();
        let found = state.files[&self.number].live.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn make_safe(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.count(true)?;
        state.files.entry(self.number).or_default().sync();
        Ok(())
    }

    fn put(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Pending::Write { offset: usize::try_from(offset).unwrap(), bytes: bytes.to_vec() })
    }

    fn length(&self) -> u64 {
        self.disk.state().files[&self.number].live.len() as u64
    }
}

impl StorageBackend for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.fill(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Pending::Length(usize::try_from(len).unwrap()))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.make_safe()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.put(offset, data)
    }
}

impl SegmentFile for FaultyFile {
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.fill(offset, out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.put(offset, bytes)
    }

    fn cut(&self, len: u64) -> io::Result<()> {
        if self.length() > len { self.change(Pending::Length(usize::try_from(len).unwrap())) } else { Ok(()) }
    }

    fn reserve(&self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.make_safe()
    }
}
