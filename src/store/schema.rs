//! Which tables there are, and how an older database becomes one of today.
//!
//! Numbers inside keys are big-endian, so that bytes sort as numbers do; a time has its sign bit turned for the same
//! reason. Values are [`record`](super::record)s unless said otherwise.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | name | `schema`: version of this table; `mail_end`: place behind the last committed raw mail |
//! | `directory` | number of the event, from 1 | `DirectoryEntry` |
//! | `cases` | case | `Case` |
//! | `entries` | case (8), entry (4) | `Entry` |
//! | `known` | customer (4), hash (16) | list of `SeenMail`, oldest first |
//! | `leads` | customer (4), hash (16) | list of case numbers, oldest first |
//! | `letters` | case (8), entry (4), copy (2) | `Letter`, its lease left out |
//! | `letters_due` | next try (8), letter (14) | nothing; a row for each queued letter |
//! | `deadlines` | at (8), case (8), kind (1) | nothing |
//! | `feed` | number, from 1, rising | case (8), entry (4): entries in the order of their commits, until the search index has them |
//! | `gathered` | user (4), case (8) | `Gathered`: what the user's next digest tells of the case |
//! | `counters` | until (8), hash (16) | the count, a bare number |

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, TableHandle, WriteTransaction};

use super::redb::storage_error;
use crate::case::view::{CounterKey, Deadline, DeadlineKind, KnownKey, LeadKey};
use crate::id::{CaseId, EntryNo, LetterId, UserId};
use crate::ports::StoreError;
use crate::time::Timestamp;

/// The version that this henvend reads and writes.
pub const SCHEMA_VERSION: u64 = 4;
/// Row of `meta`.
pub const META_SCHEMA: &str = "schema";
/// Row of `meta`.
pub const META_MAIL_END: &str = "mail_end";

/// See the list above.
pub const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// See the list above.
pub const DIRECTORY: TableDefinition<u64, &[u8]> = TableDefinition::new("directory");
/// See the list above.
pub const CASES: TableDefinition<u64, &[u8]> = TableDefinition::new("cases");
/// See the list above.
pub const ENTRIES: TableDefinition<&[u8; 12], &[u8]> = TableDefinition::new("entries");
/// See the list above.
pub const KNOWN: TableDefinition<&[u8; 20], &[u8]> = TableDefinition::new("known");
/// See the list above.
pub const LEADS: TableDefinition<&[u8; 20], &[u8]> = TableDefinition::new("leads");
/// See the list above.
pub const LETTERS: TableDefinition<&[u8; 14], &[u8]> = TableDefinition::new("letters");
/// See the list above.
pub const LETTERS_DUE: TableDefinition<&[u8; 22], ()> = TableDefinition::new("letters_due");
/// See the list above.
pub const DEADLINES: TableDefinition<&[u8; 17], ()> = TableDefinition::new("deadlines");
/// See the list above.
pub const FEED: TableDefinition<u64, &[u8; 12]> = TableDefinition::new("feed");
/// See the list above.
pub const COUNTERS: TableDefinition<&[u8; 24], u32> = TableDefinition::new("counters");

/// See the list above.
pub const GATHERED: TableDefinition<&[u8; 12], &[u8]> = TableDefinition::new("gathered");

/// Turns a database of version `from` into one of version `from + 1`, inside the transaction that is given.
#[derive(Clone, Copy)]
struct Step {
    from: u64,
    run: fn(&WriteTransaction) -> Result<(), StoreError>,
}

/// Oldest first, without gaps.
const STEPS: &[Step] =
    &[Step { from: 1, run: add_leads }, Step { from: 2, run: add_revoked }, Step { from: 3, run: add_gathered }];

/// Mails from before leave no leads: what they name is found by its ids and tags as before.
fn add_leads(write: &WriteTransaction) -> Result<(), StoreError> {
    write.open_table(LEADS).map(drop).map_err(storage_error)
}

/// Nothing was revoked before, and nobody knows whose turn was the last: an empty list and nothing behind each case.
fn add_revoked(write: &WriteTransaction) -> Result<(), StoreError> {
    let mut cases = write.open_table(CASES).map_err(storage_error)?;
    let rows = cases.iter().map_err(storage_error)?.map(|row| row.map(|(key, _)| key.value()));
    let keys: Vec<u64> = rows.collect::<Result<_, _>>().map_err(storage_error)?;
    for key in keys {
        let old = cases.get(key).map_err(storage_error)?.map(|row| row.value().to_vec());
        let Some(mut new) = old else { continue };
        new.extend([0, 0]);
        cases.insert(key, new.as_slice()).map_err(storage_error)?;
    }
    Ok(())
}

/// Nobody had chosen a digest before there were any.
fn add_gathered(write: &WriteTransaction) -> Result<(), StoreError> {
    write.open_table(GATHERED).map(drop).map_err(storage_error)
}

/// Makes the tables of a new database; brings an old one up to date; refuses a newer or a foreign one.
pub fn prepare(database: &Database) -> Result<(), StoreError> {
    let found = version(database)?;
    match found {
        None => create(database),
        Some(SCHEMA_VERSION) => Ok(()),
        Some(newer) if newer > SCHEMA_VERSION => Err(StoreError::Foreign(format!(
            "the database has schema {newer}, this henvend knows schemas up to {SCHEMA_VERSION}; use the newer one"
        ))),
        Some(older) => upgrade(database, older, STEPS),
    }
}

/// `None`: an empty database.
fn version(database: &Database) -> Result<Option<u64>, StoreError> {
    let read = database.begin_read().map_err(storage_error)?;
    match read.open_table(META) {
        Ok(meta) => {
            let row = meta.get(META_SCHEMA).map_err(storage_error)?;
            row.map(|row| Some(row.value())).ok_or_else(|| StoreError::Foreign("a database without schema".to_owned()))
        }
        Err(TableError::TableDoesNotExist(_)) => {
            let first = read.list_tables().map_err(storage_error)?.next();
            match first {
                None => Ok(None),
                Some(table) => Err(StoreError::Foreign(format!("a database with a table {}", table.name()))),
            }
        }
        Err(error) => Err(StoreError::Foreign(format!("a database with another table meta: {error}"))),
    }
}

fn create(database: &Database) -> Result<(), StoreError> {
    let mut write = database.begin_write().map_err(storage_error)?;
    write.set_quick_repair(true);
    {
        let mut meta = write.open_table(META).map_err(storage_error)?;
        meta.insert(META_SCHEMA, SCHEMA_VERSION).map_err(storage_error)?;
    }
    write.open_table(DIRECTORY).map_err(storage_error)?;
    write.open_table(CASES).map_err(storage_error)?;
    write.open_table(ENTRIES).map_err(storage_error)?;
    write.open_table(KNOWN).map_err(storage_error)?;
    write.open_table(LEADS).map_err(storage_error)?;
    write.open_table(LETTERS).map_err(storage_error)?;
    write.open_table(LETTERS_DUE).map_err(storage_error)?;
    write.open_table(DEADLINES).map_err(storage_error)?;
    write.open_table(COUNTERS).map_err(storage_error)?;
    write.open_table(FEED).map_err(storage_error)?;
    write.open_table(GATHERED).map_err(storage_error)?;
    write.commit().map_err(storage_error)
}

/// One transaction for each step: a crash between two leaves a database that the next start takes further.
fn upgrade(database: &Database, from: u64, steps: &[Step]) -> Result<(), StoreError> {
    for version in from..SCHEMA_VERSION {
        let step = steps.iter().find(|step| step.from == version).ok_or_else(|| {
            StoreError::Foreign(format!("the database has schema {version}, from which there is no way to today's"))
        })?;
        let mut write = database.begin_write().map_err(storage_error)?;
        write.set_quick_repair(true);
        (step.run)(&write)?;
        {
            let mut meta = write.open_table(META).map_err(storage_error)?;
            meta.insert(META_SCHEMA, version + 1).map_err(storage_error)?;
        }
        write.commit().map_err(storage_error)?;
    }
    Ok(())
}

/// Key of a journal entry.
pub fn entry_key(case: CaseId, entry: EntryNo) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&case.get().to_be_bytes());
    key[8..].copy_from_slice(&entry.get().to_be_bytes());
    key
}

/// The case of a journal entry's key.
pub fn case_of_entry(key: &[u8; 12]) -> CaseId {
    CaseId::new(u64::from_be_bytes(part(&key[..8])))
}

/// Key of what is known under a Message-ID.
pub fn known_key(known: &KnownKey) -> [u8; 20] {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&known.customer.get().to_be_bytes());
    key[4..].copy_from_slice(&known.hash);
    key
}

/// Key of where a lead leads.
pub fn lead_key(lead: &LeadKey) -> [u8; 20] {
    let mut key = [0; 20];
    key[..4].copy_from_slice(&lead.customer.get().to_be_bytes());
    key[4..].copy_from_slice(&lead.hash);
    key
}

/// Key of a letter.
pub fn letter_key(id: LetterId) -> [u8; 14] {
    let mut key = [0; 14];
    key[..12].copy_from_slice(&entry_key(id.case, id.entry));
    key[12..].copy_from_slice(&id.copy.to_be_bytes());
    key
}

/// Key of a letter's row by time.
pub fn letter_due_key(next_try: Timestamp, id: LetterId) -> [u8; 22] {
    let mut key = [0; 22];
    key[..8].copy_from_slice(&time_bytes(next_try));
    key[8..].copy_from_slice(&letter_key(id));
    key
}

/// What [`letter_due_key`] put together.
pub fn letter_due_of(key: &[u8; 22]) -> (Timestamp, LetterId) {
    let id = LetterId {
        case: CaseId::new(u64::from_be_bytes(part(&key[8..16]))),
        entry: EntryNo::new(u32::from_be_bytes(part(&key[16..20]))),
        copy: u16::from_be_bytes(part(&key[20..])),
    };
    (time_of(part(&key[..8])), id)
}

/// Key of a deadline.
pub fn deadline_key(deadline: &Deadline) -> [u8; 17] {
    let mut key = [0; 17];
    key[..8].copy_from_slice(&time_bytes(deadline.at));
    key[8..16].copy_from_slice(&deadline.case.get().to_be_bytes());
    key[16] = match deadline.kind {
        DeadlineKind::WaitEnds => 1,
        DeadlineKind::HeldEnds => 2,
        DeadlineKind::DigestDue => 3,
        DeadlineKind::MailResumes => 4,
    };
    key
}

/// What [`deadline_key`] put together.
pub fn deadline_of(key: &[u8; 17]) -> Result<Deadline, StoreError> {
    let kind = match key[16] {
        1 => DeadlineKind::WaitEnds,
        2 => DeadlineKind::HeldEnds,
        3 => DeadlineKind::DigestDue,
        4 => DeadlineKind::MailResumes,
        other => return Err(StoreError::Foreign(format!("a deadline of kind {other}, which is not known here"))),
    };
    Ok(Deadline { at: time_of(part(&key[..8])), case: CaseId::new(u64::from_be_bytes(part(&key[8..16]))), kind })
}

/// Key of what is gathered of a case for a user.
pub fn gathered_key(user: UserId, case: CaseId) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&user.get().to_be_bytes());
    key[4..].copy_from_slice(&case.get().to_be_bytes());
    key
}

/// The first and the last key that anything gathered for a user can have.
pub fn gathered_keys(user: UserId) -> [[u8; 12]; 2] {
    [0, u64::MAX].map(|case| gathered_key(user, CaseId::new(case)))
}

/// Key of a counter.
pub fn counter_key(counter: &CounterKey) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&time_bytes(counter.until));
    key[8..].copy_from_slice(&counter.of);
    key
}

/// The first bytes of all keys with this time.
pub fn time_bytes(time: Timestamp) -> [u8; 8] {
    (time.millis() ^ i64::MIN).to_be_bytes()
}

fn time_of(bytes: [u8; 8]) -> Timestamp {
    Timestamp::from_millis(i64::from_be_bytes(bytes) ^ i64::MIN)
}

fn part<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ::redb::backends::InMemoryBackend;

    use super::*;

    fn database() -> Database {
        Database::builder().create_with_backend(InMemoryBackend::new()).unwrap()
    }

    fn set_version(database: &Database, version: u64) {
        let write = database.begin_write().unwrap();
        write.open_table(META).unwrap().insert(META_SCHEMA, version).unwrap();
        write.commit().unwrap();
    }

    #[test]
    fn new_databases_are_made_and_newer_ones_refused() {
        let database = database();
        prepare(&database).unwrap();
        assert_eq!(version(&database), Ok(Some(SCHEMA_VERSION)));
        prepare(&database).unwrap();
        set_version(&database, SCHEMA_VERSION + 1);
        let newer = format!("schema {}", SCHEMA_VERSION + 1);
        assert!(matches!(prepare(&database), Err(StoreError::Foreign(text)) if text.contains(&newer)));
    }

    #[test]
    fn a_foreign_database_is_refused() {
        let database = database();
        let write = database.begin_write().unwrap();
        write.open_table(TableDefinition::<u64, u64>::new("other")).unwrap();
        write.commit().unwrap();
        assert!(matches!(prepare(&database), Err(StoreError::Foreign(text)) if text.contains("other")));
    }

    #[test]
    fn an_old_schema_goes_up_step_by_step_or_is_refused() {
        let database = database();
        set_version(&database, 0);
        assert!(matches!(upgrade(&database, 0, STEPS), Err(StoreError::Foreign(_))));
        let step = Step {
            from: 0,
            run: |write| {
                write.open_table(CASES).map_err(storage_error)?.insert(7, b"x".as_slice()).map_err(storage_error)?;
                Ok(())
            },
        };
        let steps = [&[step], STEPS].concat();
        upgrade(&database, 0, &steps).unwrap();
        assert_eq!(version(&database), Ok(Some(SCHEMA_VERSION)));
        let read = database.begin_read().unwrap();
        assert!(read.open_table(LEADS).is_ok() && read.open_table(GATHERED).is_ok());
        assert_eq!(read.open_table(CASES).unwrap().get(7).unwrap().unwrap().value(), b"x\0\0", "with nothing revoked");
    }

    #[test]
    fn keys_sort_as_what_they_hold() {
        let times = [i64::MIN, -1, 0, 1, i64::MAX].map(Timestamp::from_millis);
        assert!(times.windows(2).all(|pair| time_bytes(pair[0]) < time_bytes(pair[1])));
        let id = LetterId { case: CaseId::new(300), entry: EntryNo::new(70_000), copy: 258 };
        for time in times {
            assert_eq!(letter_due_of(&letter_due_key(time, id)), (time, id));
            for kind in
                [DeadlineKind::WaitEnds, DeadlineKind::HeldEnds, DeadlineKind::DigestDue, DeadlineKind::MailResumes]
            {
                let deadline = Deadline { at: time, case: id.case, kind };
                assert_eq!(deadline_of(&deadline_key(&deadline)), Ok(deadline));
            }
        }
        assert!(letter_key(id) < letter_key(LetterId { copy: 259, ..id }));
        let key = gathered_key(UserId::new(300), id.case);
        let [before, own, after] = [299, 300, 301].map(|user| gathered_keys(UserId::new(user)));
        assert!(before[1] < own[0] && own[0] < key && key < own[1] && own[1] < after[0]);
    }
}
