//! All that does not write: each call on one committed state of the database.

use std::ops::Bound;

use ::redb::{ReadTransaction, ReadableTable};
use serde::de::DeserializeOwned;

use super::rows::{self, Rows};
use super::{Shared, storage_error};
use crate::case::event::Entry;
use crate::case::model::Case;
use crate::case::view::{Deadline, Keys, View};
use crate::id::{CaseId, EntryNo, LetterId};
use crate::ports::{CaseQuery, Due, Page, Query, StoreError};
use crate::store::{record, schema};
use crate::time::Timestamp;

/// Most cases that are looked at for one page.
const ROWS_MAX: usize = 20_000;

/// What a decision on `keys` would see.
pub fn view(shared: &Shared, read: &ReadTransaction, keys: &Keys) -> Result<View, StoreError> {
    let rows = Rows {
        cases: &read.open_table(schema::CASES).map_err(storage_error)?,
        known: &read.open_table(schema::KNOWN).map_err(storage_error)?,
        leads: &read.open_table(schema::LEADS).map_err(storage_error)?,
        letters: &read.open_table(schema::LETTERS).map_err(storage_error)?,
        counters: &read.open_table(schema::COUNTERS).map_err(storage_error)?,
        entries: &read.open_table(schema::ENTRIES).map_err(storage_error)?,
        gathered: &read.open_table(schema::GATHERED).map_err(storage_error)?,
    };
    let next_case = rows::next_case(rows.cases)?;
    let mut view = View { directory: shared.directory(), next_case, ..View::default() };
    rows.load(keys, &mut view)?;
    let leases = shared.leases();
    for (id, letter) in &mut view.letters {
        letter.lease = leases.of(*id);
    }
    Ok(view)
}

/// The case of this number.
pub fn case(read: &ReadTransaction, id: CaseId) -> Result<Option<Case>, StoreError> {
    rows::case(&read.open_table(schema::CASES).map_err(storage_error)?, id)
}

/// The whole journal of a case.
pub fn journal(read: &ReadTransaction, case: CaseId) -> Result<Vec<Entry>, StoreError> {
    let table = read.open_table(schema::ENTRIES).map_err(storage_error)?;
    let ends = [0, u32::MAX].map(|no| schema::entry_key(case, EntryNo::new(no)));
    let rows = table.range::<&[u8; 12]>(&ends[0]..=&ends[1]).map_err(storage_error)?;
    collect(rows, usize::MAX, "entries")
}

/// One page of a listing.
pub fn page(shared: &Shared, read: &ReadTransaction, query: Query) -> Result<Page, StoreError> {
    match query {
        Query::Cases(query) => cases(read, &query, ROWS_MAX),
        Query::Journal { case, from, max } => {
            let table = read.open_table(schema::ENTRIES).map_err(storage_error)?;
            let last = schema::entry_key(case, EntryNo::new(u32::MAX));
            let rows = table.range::<&[u8; 12]>(&schema::entry_key(case, from)..=&last).map_err(storage_error)?;
            collect(rows, max, "entries").map(Page::Journal)
        }
        Query::Search { .. } => Err(StoreError::Unavailable("searches are made aside".to_owned())),
        Query::Letters { after, max } => letters(shared, read, after, max),
        Query::DirectoryHistory { from, max } => {
            let table = read.open_table(schema::DIRECTORY).map_err(storage_error)?;
            let rows = table.range(from.get()..).map_err(storage_error)?;
            collect(rows, max, "directory").map(Page::DirectoryHistory)
        }
    }
}

/// Reads backwards until the page is full, or enough has been looked at: a filter that few cases pass reads many.
pub fn cases(read: &ReadTransaction, query: &CaseQuery, rows_max: usize) -> Result<Page, StoreError> {
    let table = read.open_table(schema::CASES).map_err(storage_error)?;
    let below = query.before.map_or(Bound::Unbounded, |id| Bound::Excluded(id.get()));
    let mut page = Vec::new();
    for (looked_at, row) in table.range::<u64>((Bound::Unbounded, below)).map_err(storage_error)?.rev().enumerate() {
        let case: Case = record::decode(row.map_err(storage_error)?.1.value(), "cases")?;
        let id = case.id;
        if query.wants(&case) {
            page.push(case);
        }
        if page.len() >= query.max || looked_at + 1 >= rows_max {
            return Ok(Page::Cases { cases: page, below: Some(id) });
        }
    }
    Ok(Page::Cases { cases: page, below: None })
}

fn letters(shared: &Shared, read: &ReadTransaction, after: Option<LetterId>, max: usize) -> Result<Page, StoreError> {
    let table = read.open_table(schema::LETTERS).map_err(storage_error)?;
    let key = after.map(schema::letter_key);
    let behind = key.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let rows = table.range::<&[u8; 14]>((behind, Bound::Unbounded)).map_err(storage_error)?;
    let mut page: Vec<crate::case::change::Letter> = collect(rows, max, "letters")?;
    let leases = shared.leases();
    for letter in &mut page {
        letter.lease = leases.of(letter.id);
    }
    Ok(Page::Letters(page))
}

fn collect<K: ::redb::Key + 'static, T: DeserializeOwned>(
    rows: ::redb::Range<'_, K, &'static [u8]>,
    max: usize,
    what: &'static str,
) -> Result<Vec<T>, StoreError> {
    rows.take(max).map(|row| record::decode(row.map_err(storage_error)?.1.value(), what)).collect()
}

/// Deadlines that have come, and when the next one does.
pub fn due(read: &ReadTransaction, now: Timestamp, max: usize) -> Result<Due<Deadline>, StoreError> {
    let table = read.open_table(schema::DEADLINES).map_err(storage_error)?;
    let mut due = Due { items: Vec::new(), next: None };
    for row in table.iter().map_err(storage_error)? {
        let deadline = schema::deadline_of(row.map_err(storage_error)?.0.value())?;
        if deadline.at > now || due.items.len() >= max {
            due.next = Some(deadline.at);
            break;
        }
        due.items.push(deadline);
    }
    Ok(due)
}
