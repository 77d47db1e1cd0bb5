//! What views are made of. The same code reads what is committed and what is staged.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry as Found;

use ::redb::{Key, ReadableTable, Value};
use serde::de::DeserializeOwned;

use super::{gathered, storage_error};
use crate::case::change::SeenMail;
use crate::case::event::Entry;
use crate::case::model::{Case, Status};
use crate::case::view::{KEYS_MAX, Keys, MERGES_MAX, MOVES_MAX, View};
use crate::id::{CaseId, EntryNo};
use crate::ports::StoreError;
use crate::store::{record, schema};

/// The tables that a view is read from, open for reading or for writing.
pub struct Rows<'a, C, K, D, L, N, E, G> {
    pub cases: &'a C,
    pub known: &'a K,
    pub leads: &'a D,
    pub letters: &'a L,
    pub counters: &'a N,
    pub entries: &'a E,
    pub gathered: &'a G,
}

impl<C, K, D, L, N, E, G> Rows<'_, C, K, D, L, N, E, G>
where
    C: ReadableTable<u64, &'static [u8]>,
    K: ReadableTable<&'static [u8; 20], &'static [u8]>,
    D: ReadableTable<&'static [u8; 20], &'static [u8]>,
    L: ReadableTable<&'static [u8; 14], &'static [u8]>,
    N: ReadableTable<&'static [u8; 24], u32>,
    E: ReadableTable<&'static [u8; 12], &'static [u8]>,
    G: ReadableTable<&'static [u8; 12], &'static [u8]>,
{
    /// Adds to `view` what is there under `keys`. Of each sort at most [`KEYS_MAX`] keys are looked at.
    pub fn load(&self, keys: &Keys, view: &mut View) -> Result<(), StoreError> {
        let mut roots = BTreeSet::new();
        for key in keys.known.iter().take(KEYS_MAX) {
            let seen: Option<Vec<SeenMail>> = row(self.known, &schema::known_key(key), "known")?;
            let Some(seen) = seen else { continue };
            roots.extend(seen.iter().map(|mail| mail.case));
            view.known.insert(*key, seen);
        }
        for key in keys.leads.iter().take(KEYS_MAX) {
            let cases: Option<Vec<CaseId>> = row(self.leads, &schema::lead_key(key), "leads")?;
            let Some(cases) = cases else { continue };
            roots.extend(&cases);
            view.leads.insert(*key, cases);
        }
        roots.extend(keys.cases.iter().take(KEYS_MAX));
        for id in keys.letters.iter().take(KEYS_MAX) {
            if let Some(letter) = row(self.letters, &schema::letter_key(*id), "letters")? {
                view.letters.insert(*id, letter);
            }
        }
        for key in keys.counters.iter().take(KEYS_MAX) {
            if let Some(count) = self.counters.get(&schema::counter_key(key)).map_err(storage_error)? {
                view.counters.insert(*key, count.value());
            }
        }
        for key in keys.entries.iter().take(KEYS_MAX) {
            roots.extend(self.load_entry(*key, view)?);
        }
        for user in keys.gathered.iter().take(KEYS_MAX) {
            if let Some(pile) = gathered::pile(self.gathered, *user)? {
                view.gathered.insert(*user, pile);
            }
        }
        roots.into_iter().try_for_each(|id| self.load_case(id, view))
    }

    /// Loads an entry, and those by which its mail came to other cases before; gives the cases that they name.
    fn load_entry(&self, key: (CaseId, EntryNo), view: &mut View) -> Result<Vec<CaseId>, StoreError> {
        let (mut next, mut named) = (Some(key), Vec::new());
        for _ in 0..=MOVES_MAX {
            let Some((case, no)) = next else { break };
            let entry: Option<Entry> = row(self.entries, &schema::entry_key(case, no), "entries")?;
            let Some(entry) = entry else { break };
            named.extend(entry.absorbed());
            next = entry.taken_from();
            named.extend(next.map(|(case, _)| case));
            view.entries.insert((case, no), entry);
        }
        Ok(named)
    }

    /// Loads a case and those that mails of it were moved to, each with those that it was merged into.
    fn load_case(&self, id: CaseId, view: &mut View) -> Result<(), StoreError> {
        for moved_to in self.load_merged(id, view)? {
            self.load_merged(moved_to, view)?;
        }
        Ok(())
    }

    /// Loads a case and those that it was merged into; gives where mails of them were moved to.
    fn load_merged(&self, id: CaseId, view: &mut View) -> Result<BTreeSet<CaseId>, StoreError> {
        let (mut wanted, mut moved_to) = (id, BTreeSet::new());
        for _ in 0..=MERGES_MAX {
            // What is in the view already may have been the end of another chain: its own is walked all the same.
            let case = match view.cases.entry(wanted) {
                Found::Occupied(found) => found.into_mut(),
                Found::Vacant(place) => match case(self.cases, wanted)? {
                    Some(case) => place.insert(case),
                    None => break,
                },
            };
            moved_to.extend(case.moved.iter().map(|(_, to)| *to));
            match case.status {
                Status::Merged(target) => wanted = target,
                _ => break,
            }
        }
        Ok(moved_to)
    }
}

/// The case of this number.
pub fn case(table: &impl ReadableTable<u64, &'static [u8]>, id: CaseId) -> Result<Option<Case>, StoreError> {
    row(table, id.get(), "cases")
}

/// The number that the next case will have.
pub fn next_case(table: &impl ReadableTable<u64, &'static [u8]>) -> Result<CaseId, StoreError> {
    let last = table.last().map_err(storage_error)?;
    Ok(last.map_or_else(CaseId::default, |(id, _)| CaseId::new(id.value()).next()))
}

/// One row, decoded.
pub fn row<'k, K: Key + 'static, T: DeserializeOwned>(
    table: &impl ReadableTable<K, &'static [u8]>,
    key: impl std::borrow::Borrow<<K as Value>::SelfType<'k>>,
    what: &'static str,
) -> Result<Option<T>, StoreError> {
    let found = table.get(key).map_err(storage_error)?;
    found.map(|bytes| record::decode(bytes.value(), what)).transpose()
}
