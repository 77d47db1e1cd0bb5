//! Mails of the world go through the real program: `HENVEND_CORPUS` names a folder of them; without it, the project's
//! own fixtures go.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use henvend::case::event::RawRef;
use henvend::id::{CaseId, EntryNo, MailId};
use henvend::ports::{CaseQuery, Page, Query, Store};
use henvend::store::redb::{OpenConfig, RedbStore};

use crate::load::client::{Said, Session};
use crate::load::mails::Post;
use crate::load::no_beat;
use crate::load::program::{House, Settings, TO};
use crate::load::smarthost::Smarthost;

/// More than any mail here may take, in a slow build on a busy machine: it tells hanging from working.
const MAIL_MAX: Duration = Duration::from_secs(20);
/// What the program may come to need for any of this; a dev build needs somewhat more than the real one.
const MEMORY_KIB_MAX: u64 = 200 << 10;
const ENTRIES_MAX: usize = 10_000;
/// Endings of files that lie beside mails and are none: tables, expectations, notes, programs.
const NO_MAIL: &[&str] = &[
    "json",
    "jsonl",
    "tsv",
    "csv",
    "md",
    "expect",
    "result",
    "html",
    "py",
    "sh",
    "yml",
    "yaml",
    "toml",
    "error",
    "dns",
    "readme",
    "gitattributes",
    "zst",
    "gz",
    "license",
];

#[test]
fn every_mail_of_the_corpus_is_taken_and_kept_as_it_came() {
    let folder = std::env::var_os("HENVEND_CORPUS").map_or_else(fixtures, PathBuf::from);
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no mails in {}", folder.display());
    let smarthost = Smarthost::start(std::sync::Arc::new(|_| {}), no_beat()).unwrap();
    let below = env!("CARGO_TARGET_TMPDIR");
    let house = House::new(env!("CARGO_BIN_EXE_henvend"), below, smarthost.address, &Settings::default()).unwrap();
    let running = house.start().unwrap();
    house.move_in().unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fed = runtime.block_on(feed(&house, &files));
    let memory = running.memory_kib("VmHWM").unwrap();
    assert!(running.stop().unwrap().success(), "{}", house.log_tail());
    runtime.block_on(kept_as_they_came(&house, &fed));
    let slowest = fed.iter().max_by_key(|fed| fed.said.took).unwrap();
    println!(
        "{} mails, {} bytes, {} duplicates; slowest {:?} ({}); memory at most {memory} KiB",
        fed.len(),
        fed.iter().map(|fed| fed.bytes.len()).sum::<usize>(),
        fed.iter().filter(|fed| fed.duplicate()).count(),
        slowest.said.took,
        slowest.file.display()
    );
    assert!(memory <= MEMORY_KIB_MAX, "{memory} KiB");
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if path.is_dir() {
            collect(&path, files);
        } else if !NO_MAIL.contains(&ending) && !name.starts_with('.') && !name.starts_with("readme") {
            files.push(path);
        }
    }
}

/// A file as a mail server would bring it: no mbox line, CRLF line ends, and nothing else touched.
fn as_brought(file: &[u8]) -> Bytes {
    let mbox = file.starts_with(b"From ");
    let body = if mbox { memchr::memchr(b'\n', file).map_or(&[][..], |end| &file[end + 1..]) } else { file };
    let mut out = Vec::with_capacity(body.len() + body.len() / 32 + 2);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A CR by itself is refused at the door (tests/dialog); mail servers in front make it a space.
        out.extend(line.iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }));
        out.extend_from_slice(b"\r\n");
    }
    Bytes::from(out)
}

struct Fed {
    file: PathBuf,
    bytes: Bytes,
    said: Said,
}

impl Fed {
    fn duplicate(&self) -> bool {
        self.said.reply.ends_with(" duplicate")
    }

    /// The case that the reply names: `250 2.0.0 <to> HV-1042 new`.
    fn case(&self) -> CaseId {
        let word = self.said.reply.split(' ').find_map(|word| word.strip_prefix("HV-"));
        CaseId::parse(word.unwrap_or_default()).unwrap_or_else(|| panic!("no case in {:?}", self.said.reply))
    }
}

async fn feed(house: &House, files: &[PathBuf]) -> Vec<Fed> {
    let mut fed: Vec<Fed> = Vec::new();
    let mut session = Session::open(&house.lmtp(), no_beat()).await.unwrap();
    for (number, file) in files.iter().enumerate() {
        let bytes = as_brought(&std::fs::read(file).unwrap());
        let from = format!("sender{number}@corpus.example");
        let post = Post { from, to: TO.to_owned(), message_id: String::new(), bytes: bytes.clone() };
        let begun = Instant::now();
        let said = tokio::time::timeout(MAIL_MAX, session.deliver(&post)).await;
        let said = said.unwrap_or_else(|_| panic!("{} hangs, {:?}", file.display(), begun.elapsed()));
        let said = said.unwrap_or_else(|error| panic!("{}: {error}\n{}", file.display(), house.log_tail()));
        assert!(said.taken(), "{}: {}", file.display(), said.reply);
        fed.push(Fed { file: file.clone(), bytes, said });
    }
    fed
}

/// Each is on the case that was named, byte for byte; of a duplicate, the mail that came first is.
async fn kept_as_they_came(house: &House, fed: &[Fed]) {
    let store = RedbStore::open(OpenConfig::new(house.data())).unwrap();
    let kept = kept(&store).await;
    for mail in fed {
        let on_case = kept.get(&mail.case()).unwrap_or_else(|| panic!("{}: no case", mail.file.display()));
        let raw = on_case.iter().find(|raw| raw.id == MailId::of(&mail.bytes));
        match raw {
            Some(raw) => assert_eq!(store.raw(*raw).await.unwrap(), mail.bytes, "{}", mail.file.display()),
            None => assert!(mail.duplicate(), "{} is not where it was said to be", mail.file.display()),
        }
    }
    let entries: usize = kept.values().map(Vec::len).sum();
    assert_eq!(entries, fed.iter().filter(|mail| !mail.duplicate()).count(), "one entry for each mail");
}

async fn kept(store: &RedbStore) -> HashMap<CaseId, Vec<RawRef>> {
    let query = CaseQuery { max: usize::MAX, ..CaseQuery::default() };
    let Page::Cases(cases) = store.page(Query::Cases(query)).await.unwrap() else { panic!("not cases") };
    let mut kept = HashMap::new();
    for case in cases {
        let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: ENTRIES_MAX };
        let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("not a journal") };
        kept.insert(case.id, entries.iter().filter_map(|entry| entry.mail().map(|mail| mail.raw)).collect());
    }
    kept
}
