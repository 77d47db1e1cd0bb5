//! Databases of older days (`tests/old`), row by row as they lie on disk: what was written is what is read, and what is
//! written today under the same schema is what was written then.

mod every;
mod read;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use henvend::store::schema::{self, SCHEMA_VERSION};

use crate::kit::place::{OnDisk, Place};

/// The tables whose rows are numbered as they come.
const NUMBERED: [&str; 2] = ["entries", "directory"];

/// One row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    table: String,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Row {
    fn parse(line: &str) -> Self {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [name, table, key, value] = parts[..] else { panic!("no row: {line}") };
        let bytes = |hex: &str| HEXLOWER.decode(hex.trim().as_bytes()).unwrap();
        Self { name: name.to_owned(), table: table.to_owned(), key: bytes(key), value: bytes(value) }
    }

    /// What it is found by.
    fn place(&self) -> (&str, &str) {
        (&self.table, &self.name)
    }

    fn line(&self) -> String {
        let [key, value] = [&self.key, &self.value].map(|bytes| HEXLOWER.encode(bytes));
        format!("{} | {} | {key} | {value}\n", self.name, self.table)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old")
}

fn rows(file: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter(|line| !line.starts_with('#')).map(Row::parse).collect()
}

/// The rows that today's code writes, each with the number of the row that has its name, else with the next one.
fn written(kept: &[Row]) -> Vec<Row> {
    let numbers: BTreeMap<(&str, &str), u32> = NUMBERED
        .iter()
        .flat_map(|table| (1..).zip(kept.iter().filter(move |row| row.table == *table)))
        .map(|(number, row)| ((row.table.as_str(), row.name.as_str()), number))
        .collect();
    let mut next = NUMBERED.map(|table| (table, 1 + kept.iter().filter(|row| row.table == table).count() as u32));
    let samples = records::all().into_iter();
    samples
        .map(|sample| {
            let next = next.iter_mut().find(|(table, _)| *table == sample.table).map(|(_, next)| next);
            let number = numbers.get(&(sample.table, sample.name.as_str())).copied().or_else(|| {
                let next = next?;
                *next += 1;
                Some(*next - 1)
            });
            let (key, value) = (sample.row)(number.unwrap_or_default());
            Row { name: sample.name, table: sample.table.to_owned(), key, value }
        })
        .collect()
}

#[test]
fn records_are_written_as_they_were_under_this_schema() {
    let file = folder().join(format!("schema-{SCHEMA_VERSION}.rows"));
    let kept = rows(&file);
    let written = written(&kept);
    let places: BTreeSet<_> = written.iter().map(Row::place).collect();
    assert_eq!(places.len(), written.len(), "two rows of one name");
    let mut wrong = Vec::new();
    let mut first = String::new();
    for old in &kept {
        let Some(new) = written.iter().find(|new| new.place() == old.place()) else {
            panic!("{}: was written under this schema, and no more is. {MOVED}", old.name);
        };
        // How small a mail gets is the compressor's own matter.
        if new != old && old.table != "mail" {
            if wrong.is_empty() {
                first = format!("was {}now {}", old.line(), new.line());
            }
            wrong.push(&old.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?} are written otherwise. {MOVED}\n{first}");
    let new = written.iter().filter(|row| !kept.iter().any(|old| old.place() == row.place()));
    let new: Vec<&Row> = new.collect();
    if std::env::var_os("WRITE_OLD").is_some() && !new.is_empty() {
        let head =
            format!("# A database of schema {SCHEMA_VERSION}: what it shows | table | key | value. See README.\n");
        let lines: String = kept.iter().chain(new).map(Row::line).collect();
        std::fs::write(&file, head + &lines).unwrap();
    } else {
        let names: Vec<&str> = new.iter().map(|row| row.name.as_str()).collect();
        assert!(new.is_empty(), "not in {}: {names:?}. WRITE_OLD=1 adds them, see tests/old/README", file.display());
    }
}

const MOVED: &str = "Databases that are out there hold the old bytes: a variant or a field has changed its place, or a \
                     field has come or gone. New variants go to the end; anything else is a new schema, with a step \
                     from the old one. See tests/old/README";

/// Goes through all steps from the schema that it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_databases_are_read_as_what_they_were_written_for() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "rows")).collect();
    assert!(!files.is_empty(), "no database in {}", folder().display());
    for file in files {
        let version = file.file_stem().unwrap().to_str().unwrap().strip_prefix("schema-").unwrap();
        let place = OnDisk::new();
        lay(place.path(), version.parse().unwrap(), &rows(&file));
        let told = read::everything(&*place.open()).await;
        let beside = file.with_extension("expect");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&beside, &told).unwrap();
        }
        let wanted = std::fs::read_to_string(&beside).unwrap_or_default();
        let differing = wanted.lines().zip(told.lines()).find(|(was, now)| was != now);
        let (was, now) = differing.unwrap_or(("so many lines", "another number of lines"));
        assert!(wanted == told, "{} is read otherwise\nwas {was}\nnow {now}\n{MOVED}", file.display());
    }
}

/// Puts the rows where a store of that schema had them.
fn lay(path: &Path, version: u64, rows: &[Row]) {
    std::fs::create_dir_all(path.join("mail")).unwrap();
    let mails = rows.iter().filter(|row| row.table == "mail").flat_map(|row| row.value.clone());
    let mails: Vec<u8> = mails.collect();
    std::fs::write(path.join("mail/00000001.seg"), &mails).unwrap();
    let database = ::redb::Database::create(path.join("henvend.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let mut meta = write.open_table(schema::META).unwrap();
        meta.insert(schema::META_SCHEMA, version).unwrap();
        meta.insert(schema::META_MAIL_END, (1 << 40) + mails.len() as u64).unwrap();
    }
    rows.iter().filter(|row| row.table != "mail").for_each(|row| put(&write, row));
    write.commit().unwrap();
}

fn put(write: &::redb::WriteTransaction, row: &Row) {
    fn sized<const N: usize>(bytes: &[u8]) -> [u8; N] {
        bytes.try_into().expect("as long as its table wants")
    }
    let (key, value) = (row.key.as_slice(), row.value.as_slice());
    let number = || u64::from_be_bytes(sized(key));
    match row.table.as_str() {
        "directory" => drop(write.open_table(schema::DIRECTORY).unwrap().insert(number(), value).unwrap()),
        "cases" => drop(write.open_table(schema::CASES).unwrap().insert(number(), value).unwrap()),
        "entries" => drop(write.open_table(schema::ENTRIES).unwrap().insert(&sized(key), value).unwrap()),
        "known" => drop(write.open_table(schema::KNOWN).unwrap().insert(&sized(key), value).unwrap()),
        "leads" => drop(write.open_table(schema::LEADS).unwrap().insert(&sized(key), value).unwrap()),
        "letters" => drop(write.open_table(schema::LETTERS).unwrap().insert(&sized(key), value).unwrap()),
        "letters_due" => drop(write.open_table(schema::LETTERS_DUE).unwrap().insert(&sized(key), ()).unwrap()),
        "deadlines" => drop(write.open_table(schema::DEADLINES).unwrap().insert(&sized(key), ()).unwrap()),
        "feed" => drop(write.open_table(schema::FEED).unwrap().insert(number(), &sized(value)).unwrap()),
        "gathered" => drop(write.open_table(schema::GATHERED).unwrap().insert(&sized(key), value).unwrap()),
        "counters" => {
            let count = u32::from_le_bytes(sized(value));
            write.open_table(schema::COUNTERS).unwrap().insert(&sized(key), count).unwrap();
        }
        other => panic!("no table {other}"),
    }
}
