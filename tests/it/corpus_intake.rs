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
use crate::load::found::{FoundMail, under};
use crate::load::mails::Post;
use crate::load::no_beat;
use crate::load::program::{House, Settings, TO};
use crate::load::smarthost::Smarthost;

/// More than any mail here may take, in a slow build on a busy machine: it tells hanging from working.
const MAIL_MAX: Duration = Duration::from_secs(20);
/// What the program may come to need for any of this; a dev build needs somewhat more than the real one.
const MEMORY_KIB_MAX: u64 = 200 << 10;
const ENTRIES_MAX: usize = 10_000;
#[test]
fn every_mail_of_the_corpus_is_taken_and_kept_as_it_came() {
    let folder = std::env::var_os("HENVEND_CORPUS").filter(|folder| !folder.is_empty());
    let folder = folder.map_or_else(fixtures, PathBuf::from);
    let mails = under(&folder);
    assert!(!mails.is_empty(), "no mails in {}", folder.display());
    let smarthost = Smarthost::start(std::sync::Arc::new(|_| {}), no_beat()).unwrap();
    let below = env!("CARGO_TARGET_TMPDIR");
    let house = House::new(env!("CARGO_BIN_EXE_henvend"), below, smarthost.address, &Settings::default()).unwrap();
    let running = house.start().unwrap();
    house.move_in().unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fed = runtime.block_on(feed(&house, mails));
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
        slowest.file
    );
    assert!(memory <= MEMORY_KIB_MAX, "{memory} KiB");
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

struct Fed {
    file: String,
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

async fn feed(house: &House, mails: Vec<FoundMail>) -> Vec<Fed> {
    let mut fed: Vec<Fed> = Vec::new();
    let mut session = Session::open(&house.lmtp(), no_beat()).await.unwrap();
    for (number, FoundMail { name: file, bytes }) in mails.into_iter().enumerate() {
        let from = format!("sender{number}@corpus.example");
        let post = Post { from, to: TO.to_owned(), message_id: String::new(), bytes: bytes.clone() };
        let begun = Instant::now();
        let said = tokio::time::timeout(MAIL_MAX, session.deliver(&post)).await;
        let said = said.unwrap_or_else(|_| panic!("{file} hangs, {:?}", begun.elapsed()));
        let said = said.unwrap_or_else(|error| panic!("{file}: {error}\n{}", house.log_tail()));
        assert!(said.taken(), "{file}: {}", said.reply);
        fed.push(Fed { file, bytes, said });
    }
    fed
}

/// Each is on the case that was named, byte for byte; of a duplicate, the mail that came first is.
async fn kept_as_they_came(house: &House, fed: &[Fed]) {
    let store = RedbStore::open(OpenConfig::new(house.data())).unwrap();
    let kept = kept(&store).await;
    for mail in fed {
        let on_case = kept.get(&mail.case()).unwrap_or_else(|| panic!("{}: no case", mail.file));
        let raw = on_case.iter().find(|raw| raw.id == MailId::of(&mail.bytes));
        match raw {
            Some(raw) => assert_eq!(store.raw(*raw).await.unwrap(), mail.bytes, "{}", mail.file),
            None => assert!(mail.duplicate(), "{} is not where it was said to be", mail.file),
        }
    }
    let entries: usize = kept.values().map(Vec::len).sum();
    assert_eq!(entries, fed.iter().filter(|mail| !mail.duplicate()).count(), "one entry for each mail");
}

async fn kept(store: &RedbStore) -> HashMap<CaseId, Vec<RawRef>> {
    let query = CaseQuery { max: usize::MAX, ..CaseQuery::default() };
    let Page::Cases { cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("not cases") };
    let mut kept = HashMap::new();
    for case in cases {
        let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: ENTRIES_MAX };
        let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("not a journal") };
        kept.insert(case.id, entries.iter().filter_map(|entry| entry.mail().map(|mail| mail.raw)).collect());
    }
    kept
}
