//! Mails that may have taken the process down while they were read.
//!
//! A small file of fixed slots beside the store. While a mail is read its hash stands in a slot; after a crash it
//! still does. Nothing is synced: the file need only outlive the process, not the machine.
//!
//! Layout: [`SLOTS`] slots of 40 bytes: 32 bytes hash, 1 byte number of readings that did not end, 7 bytes zero. All
//! zero: free.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tracing::warn;

use crate::id::MailId;

/// At its third reading a mail that never survived two is left unread.
const ATTEMPTS_MAX: u8 = 2;
/// Most mails read at the same time, and suspects remembered.
const SLOTS: usize = 1024;
const SLOT_BYTES: usize = 40;

/// May this mail be read?
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// Yes; give the slot back afterwards.
    Go(Slot),
    /// No: the process did not survive it before.
    Stop,
}

/// A slot held while a mail is read; `None` when all were taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot(Option<usize>);

/// The file of slots.
#[derive(Debug)]
pub struct Suspects {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<usize>,
    known: HashMap<MailId, (usize, u8)>,
}

impl State {
    /// A mail that was read twice at the same time stands in two slots: the one that has seen more is kept, the other is
    /// given back.
    fn remember(&mut self, mail: MailId, found: (usize, u8)) -> Option<usize> {
        let known = self.known.insert(mail, found)?;
        if known.1 <= found.1 {
            return Some(known.0);
        }
        self.known.insert(mail, known);
        Some(found.0)
    }
}

impl Suspects {
    /// Opens the file, or makes an empty one. A file of another size is begun anew.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let size = (SLOTS * SLOT_BYTES) as u64;
        if file.metadata()?.len() != size {
            file.set_len(0)?;
            file.set_len(size)?;
        }
        let mut bytes = vec![0; SLOTS * SLOT_BYTES];
        file.read_exact_at(&mut bytes, 0)?;
        let (mut state, mut doubled) = (State::default(), Vec::new());
        for (slot, bytes) in bytes.chunks_exact(SLOT_BYTES).enumerate().rev() {
            let mut hash = [0; 32];
            hash.copy_from_slice(&bytes[..32]);
            match bytes[32] {
                0 => state.free.push(slot),
                attempts => doubled.extend(state.remember(MailId::from_bytes(hash), (slot, attempts))),
            }
        }
        let suspects = Self { file, state: Mutex::new(state) };
        doubled.into_iter().for_each(|slot| suspects.end(Slot(Some(slot))));
        Ok(suspects)
    }

    /// Notes that a mail is being read.
    pub fn begin(&self, mail: MailId) -> Reading {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (slot, attempts) = match state.known.remove(&mail) {
            Some((slot, attempts)) if attempts >= ATTEMPTS_MAX => {
                // Left unread this time, and forgotten: it is on a case now.
                self.write(slot, &[0; SLOT_BYTES]);
                state.free.push(slot);
                return Reading::Stop;
            }
            Some((slot, attempts)) => (slot, attempts),
            None => match state.free.pop() {
                Some(slot) => (slot, 0),
                None => return Reading::Go(Slot(None)),
            },
        };
        drop(state);
        let mut bytes = [0; SLOT_BYTES];
        bytes[..32].copy_from_slice(mail.as_bytes());
        bytes[32] = attempts + 1;
        self.write(slot, &bytes);
        Reading::Go(Slot(Some(slot)))
    }

    /// Notes that the process has survived it.
    pub fn end(&self, slot: Slot) {
        let Slot(Some(slot)) = slot else { return };
        self.write(slot, &[0; SLOT_BYTES]);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).free.push(slot);
    }

    /// A note that cannot be written costs the protection, not the mail.
    fn write(&self, slot: usize, bytes: &[u8; SLOT_BYTES]) {
        if let Err(error) = self.file.write_all_at(bytes, (slot * SLOT_BYTES) as u64) {
            warn!(%error, "suspects file cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_is_never_survived_is_left_unread_at_the_third_attempt() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("suspects");
        let (bad, good) = (MailId::of(b"bad"), MailId::of(b"good"));
        for _ in 0..2 {
            let suspects = Suspects::open(&path).expect("opens");
            let Reading::Go(slot) = suspects.begin(good) else { panic!("good mail is read") };
            suspects.end(slot);
            assert!(matches!(suspects.begin(bad), Reading::Go(Slot(Some(_)))));
            // The process dies here.
        }
        let suspects = Suspects::open(&path).expect("opens");
        assert_eq!(suspects.begin(bad), Reading::Stop);
        assert!(matches!(suspects.begin(good), Reading::Go(_)));
        assert!(matches!(suspects.begin(bad), Reading::Go(_)), "on a case by now, so another delivery is a new one");
    }

    #[test]
    fn a_mail_that_was_read_twice_at_once_keeps_one_slot() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("suspects");
        let mail = MailId::of(b"twice");
        let suspects = Suspects::open(&path).expect("opens");
        for _ in 0..3 {
            assert!(matches!(suspects.begin(mail), Reading::Go(Slot(Some(_)))));
        }
        // The process dies here.
        let suspects = Suspects::open(&path).expect("opens");
        let Reading::Go(slot) = suspects.begin(mail) else { panic!("its second attempt") };
        suspects.end(slot);
        let state = suspects.state.into_inner().expect("nobody panicked");
        assert_eq!((state.free.len(), state.known.len()), (SLOTS, 0));
        let bytes = std::fs::read(&path).expect("is there");
        assert!(bytes.iter().all(|byte| *byte == 0), "nothing comes back at the next start");
    }

    #[test]
    fn more_readers_than_slots_still_read() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let suspects = Suspects::open(&directory.path().join("suspects")).expect("opens");
        let slots: Vec<Reading> = (0..=SLOTS).map(|n| suspects.begin(MailId::of(&n.to_le_bytes()))).collect();
        assert_eq!(slots.iter().filter(|slot| **slot == Reading::Go(Slot(None))).count(), 1);
    }
}
