//! Who is sending which letter. In memory: only the process that has the store open can lease from it.

use std::collections::HashMap;

use ::redb::{ReadTransaction, ReadableTable};

use super::{rows, storage_error};
use crate::case::change::Letter;
use crate::id::{LeaseId, LetterId};
use crate::ports::{Due, StoreError};
use crate::store::schema;
use crate::time::Timestamp;

/// The leases that are held.
#[derive(Debug, Default)]
pub struct Leases {
    last: u64,
    held: HashMap<LetterId, Lease>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    id: LeaseId,
    until: Timestamp,
}

impl Leases {
    /// The lease of this letter: in force until another takes the letter or the letter changes.
    pub fn of(&self, letter: LetterId) -> Option<LeaseId> {
        self.held.get(&letter).map(|lease| lease.id)
    }

    /// The letter was rewritten or has left the queue.
    pub fn end(&mut self, letter: LetterId) {
        self.held.remove(&letter);
    }

    /// Leases up to `max` letters whose time has come and that nobody holds at `now`.
    pub fn take(
        &mut self,
        read: &ReadTransaction,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Result<Due<Letter>, StoreError> {
        let queue = read.open_table(schema::LETTERS_DUE).map_err(storage_error)?;
        let letters = read.open_table(schema::LETTERS).map_err(storage_error)?;
        let mut due = Due { items: Vec::new(), next: None };
        for row in queue.iter().map_err(storage_error)? {
            let (at, id) = schema::letter_due_of(row.map_err(storage_error)?.0.value());
            if let Some(lease) = self.held.get(&id).filter(|lease| lease.until > now) {
                due.next = earlier(due.next, at.max(lease.until));
            } else if at > now || due.items.len() >= max {
                // Whatever follows, leased or not, comes no sooner than this.
                due.next = earlier(due.next, at);
                break;
            } else {
                let letter: Option<Letter> = rows::row(&letters, &schema::letter_key(id), "letters")?;
                due.items.push(letter.ok_or_else(|| StoreError::Corrupt(format!("letter {id} is due but not there")))?);
            }
        }
        for letter in &mut due.items {
            self.last += 1;
            let lease = Lease { id: LeaseId::new(self.last), until };
            letter.lease = Some(lease.id);
            self.held.insert(letter.id, lease);
        }
        Ok(due)
    }
}

fn earlier(known: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(at, |known| known.min(at)))
}
