//! Words → cases. An index in a file of its own, made from what the store holds: it may be behind, it may be lost and
//! made anew, and it never stands in the way of a mail.
//!
//! | table | key | value |
//! |---|---|---|
//! | `words` | word, 0, a case (8) | the cases from that one on, up to the next key of the word, in order, 5 bytes each |
//! | `marks` | name | `followed`: row of the feed up to which all is in; `built`, `build_to`: cases of a rebuild |

use std::collections::{BTreeMap, BTreeSet};

use ::redb::{Builder, Database, Durability, ReadableDatabase, ReadableTable, StorageBackend, Table, TableDefinition};

use super::redb::storage_error;
use crate::case::words::words;
use crate::id::CaseId;
use crate::ports::StoreError;

const WORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("words");
const MARKS: TableDefinition<&str, u64> = TableDefinition::new("marks");

/// Memory for the index's pages: searches are rare, and reading from disk is quick enough for them.
const CACHE_BYTES: usize = 8 << 20;
/// Most cases in one row: a row is rewritten whole.
const CASES_PER_ROW_MAX: usize = 128;
const CASE_BYTES: usize = 5;
/// Most rows read for one word: a search for the beginning of half of all words finds some, not all.
const ROWS_MAX: usize = 20_000;
/// Most words of one search.
const WORDS_MAX: usize = 12;
/// A word of so many characters also finds words that begin with it.
const BEGINNING_CHARS_MIN: usize = 3;

/// How far the index has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Row of the feed up to which all is in.
    pub followed: u64,
    /// Cases up to this one are in, as they stood when they were read.
    pub built: u64,
    /// Cases up to this one must be read before the feed is followed.
    pub build_to: u64,
}

/// What a crash leaves of what was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it, and all that was added before.
    ForGood,
    /// Perhaps nothing.
    UntilCrash,
}

/// Words of cases that are to be added.
pub type Words = BTreeMap<CaseId, BTreeSet<String>>;

/// The index.
#[derive(Debug)]
pub struct SearchIndex {
    database: Database,
}

impl SearchIndex {
    /// Opens an index, or makes an empty one. An error means that the file is none, and may be dropped.
    pub fn open(file: Box<dyn StorageBackend>) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::Corrupt(format!("the search index: {error}"));
        let database =
            Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(Boxed(file)).map_err(unreadable)?;
        let write = database.begin_write().map_err(storage_error)?;
        write.open_table(WORDS).map_err(storage_error)?;
        write.open_table(MARKS).map_err(storage_error)?;
        write.commit().map_err(storage_error)?;
        Ok(Self { database })
    }

    /// How far it has come.
    pub fn marks(&self) -> Result<Marks, StoreError> {
        let table = self.database.begin_read().map_err(storage_error)?.open_table(MARKS).map_err(storage_error)?;
        let mark = |name: &str| -> Result<u64, StoreError> {
            Ok(table.get(name).map_err(storage_error)?.map_or(0, |row| row.value()))
        };
        Ok(Marks { followed: mark("followed")?, built: mark("built")?, build_to: mark("build_to")? })
    }

    /// Adds words of cases, and says how far that brings it.
    pub fn add(&self, added: &Words, marks: Marks, kept: Kept) -> Result<(), StoreError> {
        let mut write = self.database.begin_write().map_err(storage_error)?;
        write.set_quick_repair(kept == Kept::ForGood);
        let durability = match kept {
            Kept::ForGood => Durability::Immediate,
            Kept::UntilCrash => Durability::None,
        };
        write.set_durability(durability).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        {
            let mut table = write.open_table(WORDS).map_err(storage_error)?;
            for (case, words) in added {
                for word in words {
                    insert(&mut table, word, case.get())?;
                }
            }
            let mut table = write.open_table(MARKS).map_err(storage_error)?;
            for (name, mark) in [("followed", marks.followed), ("built", marks.built), ("build_to", marks.build_to)] {
                table.insert(name, mark).map_err(storage_error)?;
            }
        }
        write.commit().map_err(storage_error)
    }

    /// Forgets everything.
    pub fn clear(&self) -> Result<(), StoreError> {
        let write = self.database.begin_write().map_err(storage_error)?;
        write.delete_table(WORDS).map_err(storage_error)?;
        write.delete_table(MARKS).map_err(storage_error)?;
        write.open_table(WORDS).map_err(storage_error)?;
        write.open_table(MARKS).map_err(storage_error)?;
        write.commit().map_err(storage_error)
    }

    /// Cases below `before` that hold the first [`WORDS_MAX`] of these words, newest number first, at most `max`.
    pub fn find(&self, text: &str, before: Option<CaseId>, max: usize) -> Result<Vec<CaseId>, StoreError> {
        let table = self.database.begin_read().map_err(storage_error)?.open_table(WORDS).map_err(storage_error)?;
        let mut wanted: Vec<String> = words(text).take(WORDS_MAX).collect();
        // Long words have few cases: the rest only thins them out.
        wanted.sort_by_key(|word| std::cmp::Reverse(word.len()));
        wanted.dedup();
        let mut found: Option<BTreeSet<u64>> = None;
        for word in &wanted {
            let with_word = cases_with(&table, word)?;
            found = Some(match found {
                None => with_word,
                Some(found) => found.intersection(&with_word).copied().collect(),
            });
        }
        let below = before.map_or(u64::MAX, CaseId::get);
        Ok(found.unwrap_or_default().range(..below).rev().take(max).copied().map(CaseId::new).collect())
    }
}

fn cases_with(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    word: &str,
) -> Result<BTreeSet<u64>, StoreError> {
    let mut beginning = word.as_bytes().to_vec();
    if word.chars().count() < BEGINNING_CHARS_MIN {
        beginning.push(0);
    }
    let mut cases = BTreeSet::new();
    for row in table.range::<&[u8]>(beginning.as_slice()..).map_err(storage_error)?.take(ROWS_MAX) {
        let (key, value) = row.map_err(storage_error)?;
        if !key.value().starts_with(&beginning) {
            break;
        }
        cases.extend(unpacked(value.value()));
    }
    Ok(cases)
}

fn key(word: &str, case: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(word.len() + 9);
    key.extend(word.as_bytes());
    key.push(0);
    key.extend(case.to_be_bytes());
    key
}

fn insert(table: &mut Table<'_, &'static [u8], &'static [u8]>, word: &str, case: u64) -> Result<(), StoreError> {
    let (first, own) = (key(word, 0), key(word, case));
    let row = table.range::<&[u8]>(first.as_slice()..=own.as_slice()).map_err(storage_error)?.next_back();
    let row = row.transpose().map_err(storage_error)?;
    let row = row.map(|(key, value)| (key.value().to_vec(), unpacked(value.value()).collect::<Vec<u64>>()));
    let (at, mut cases) = row.unwrap_or((own, Vec::new()));
    let Err(place) = cases.binary_search(&case) else { return Ok(()) };
    cases.insert(place, case);
    if cases.len() > CASES_PER_ROW_MAX {
        // Cases come in order as a rule: then the old row stays full and the new one begins with the newest.
        let cut = if place + 1 == cases.len() { place } else { cases.len() / 2 };
        let rest = cases.split_off(cut);
        let from = rest.first().copied().unwrap_or(case);
        table.insert(key(word, from).as_slice(), packed(&rest).as_slice()).map_err(storage_error)?;
    }
    table.insert(at.as_slice(), packed(&cases).as_slice()).map_err(storage_error)?;
    Ok(())
}

fn packed(cases: &[u64]) -> Vec<u8> {
    cases.iter().flat_map(|case| case.to_be_bytes().into_iter().skip(8 - CASE_BYTES)).collect()
}

fn unpacked(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(CASE_BYTES).map(|case| case.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// A file behind a pointer is a file.
#[derive(Debug)]
struct Boxed(Box<dyn StorageBackend>);

impl StorageBackend for Boxed {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.0.write(offset, data)
    }

    fn close(&self) -> Result<(), std::io::Error> {
        self.0.close()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ::redb::backends::InMemoryBackend;

    use super::*;

    fn add(index: &SearchIndex, case: u64, text: &str) {
        let marks = Marks { followed: case, ..Marks::default() };
        index.add(&Words::from([(CaseId::new(case), words(text).collect())]), marks, Kept::UntilCrash).unwrap();
    }

    fn find(index: &SearchIndex, text: &str) -> Vec<u64> {
        index.find(text, None, 1000).unwrap().into_iter().map(CaseId::get).collect()
    }

    #[test]
    fn all_words_are_found_wherever_they_came_in() {
        let index = SearchIndex::open(Box::new(InMemoryBackend::new())).unwrap();
        add(&index, 7, "Skriveren blinker rødt");
        add(&index, 9, "skriver virker");
        add(&index, 7, "Nå virker den ikke");
        let table: [(&str, &[u64]); 7] = [
            ("skriver", &[9, 7]),
            ("SKRIVEREN roedt", &[7]),
            ("virker skriver", &[9, 7]),
            ("blinker virker", &[7]),
            ("kaffe", &[]),
            ("nå", &[7]),
            ("", &[]),
        ];
        for (text, want) in table {
            assert_eq!(find(&index, text), want, "{text}");
        }
        assert_eq!(index.marks().unwrap().followed, 7);
        index.clear().unwrap();
        assert_eq!((find(&index, "skriver"), index.marks().unwrap()), (vec![], Marks::default()));
    }

    #[test]
    fn long_lists_are_parted_and_hold_each_case_once() {
        let index = SearchIndex::open(Box::new(InMemoryBackend::new())).unwrap();
        let numbers: Vec<u64> = (1..=600).map(|number| number * 7 % 601).collect();
        for case in numbers.iter().chain(&numbers[..50]) {
            add(&index, *case, "sak");
        }
        assert_eq!(find(&index, "sak"), (1..=600).rev().collect::<Vec<_>>());
    }
}
