//! `henvend demo --once`, the real program.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use henvend::case::model::Status;
use henvend::ports::{CaseQuery, Page, Query, Store};
use henvend::store::redb::{OpenConfig, RedbStore};

/// The longest that the story may take.
const STORY_MAX: Duration = Duration::from_secs(60);

/// What was said, and how it ended.
struct Told {
    status: ExitStatus,
    out: String,
    err: String,
}

/// Plays it with a home and a place for temporary files of its own, which are as empty afterwards as before.
fn played(arguments: &[&Path]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["home", "tmp"] {
        std::fs::create_dir(place(name)).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_henvend"))
        .args(["demo", "--once"])
        .args(arguments)
        .env("HOME", place("home"))
        .env("TMPDIR", place("tmp"))
        .env_remove("NO_COLOR")
        .env_remove("HENVEND_LOG")
        .current_dir(place("home"))
        .stdin(Stdio::null())
        .stdout(File::create(place("out")).unwrap())
        .stderr(File::create(place("err")).unwrap())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > STORY_MAX {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    for name in ["home", "tmp"] {
        let left: Vec<_> = std::fs::read_dir(place(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
    let read = |name: &str| std::fs::read_to_string(place(name)).unwrap();
    Told { status, out: read("out"), err: read("err") }
}

/// The story was told to its end.
fn whole(told: &Told) {
    assert!(told.status.success(), "{}\n{}", told.out, told.err);
    assert_eq!(told.err, "", "nothing to complain about");
    assert!(!told.out.contains('\u{1b}'), "no colour where there is no terminal");
    let begins = |line: &&str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    let steps: Vec<&str> = told.out.lines().filter(begins).map(|line| &line[..1]).collect();
    assert_eq!(steps, ["1", "2", "3", "4", "5", "6", "7"]);
    assert!(told.out.lines().filter(|line| line.contains('✓')).count() >= 7, "{}", told.out);
}

#[test]
fn the_story_is_told_to_its_end_and_leaves_nothing_behind() {
    whole(&played(&[]));
}

#[tokio::test]
async fn its_store_stays_where_it_is_told_to_and_the_next_story_is_another_case() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for number in 1..=2 {
        let told = played(&[Path::new("--data"), &data]);
        whole(&told);
        assert!(told.out.contains(&format!("[HV-{number}]")), "{}", told.out);
        let store = RedbStore::open(OpenConfig::new(data.clone())).unwrap();
        let query = CaseQuery { max: 10, ..CaseQuery::default() };
        let Page::Cases { cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("not cases") };
        assert_eq!(cases.len(), number);
        for case in cases {
            assert_eq!((case.title.as_str(), case.status), ("Søppelbøtta er borte", Status::Open));
            assert!(case.owner.is_some() && case.last_answer_entry < case.last_contact_entry, "she wrote last");
        }
    }
}
