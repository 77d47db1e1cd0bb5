//! What users have not been told of yet, a row for each case.

use ::redb::{ReadableTable, Table};

use super::{rows, storage_error};
use crate::case::change::Gathered;
use crate::case::view::{PILE_MAX, Pile};
use crate::id::{CaseId, EntryNo, UserId};
use crate::ports::StoreError;
use crate::store::{record, schema};

/// The table, open for writing.
type Rows<'t> = Table<'t, &'static [u8; 12], &'static [u8]>;

/// What is gathered for a user: of the newest cases, and how many more there are.
pub fn pile(
    table: &impl ReadableTable<&'static [u8; 12], &'static [u8]>,
    user: UserId,
) -> Result<Option<Pile>, StoreError> {
    let [first, last] = schema::gathered_keys(user);
    let mut pile = Pile::default();
    for row in table.range::<&[u8; 12]>(&first..=&last).map_err(storage_error)?.rev() {
        let row = row.map_err(storage_error)?;
        if pile.cases.len() < PILE_MAX {
            pile.cases.push(record::decode(row.1.value(), "gathered")?);
        } else {
            pile.more += 1;
        }
    }
    Ok((!pile.cases.is_empty()).then_some(pile))
}

/// Nothing of it is still to be told.
pub fn forget(table: &mut Rows<'_>, user: UserId) -> Result<(), StoreError> {
    let [first, last] = schema::gathered_keys(user);
    table.retain_in::<&[u8; 12], _>(&first..=&last, |_, _| false).map_err(storage_error)
}

/// One more entry to be told; `bytes` is memory to use.
pub fn add(table: &mut Rows<'_>, what: (UserId, CaseId, EntryNo), bytes: &mut Vec<u8>) -> Result<(), StoreError> {
    let (user, case, entry) = what;
    let key = schema::gathered_key(user, case);
    let gathered = Gathered::with(rows::row(table, &key, "gathered")?, case, entry);
    record::encode(&gathered, bytes)?;
    table.insert(&key, bytes.as_slice()).map_err(storage_error)?;
    Ok(())
}
