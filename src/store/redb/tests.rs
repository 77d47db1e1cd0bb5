use ::redb::backends::InMemoryBackend;
use ::redb::{Builder, Database, ReadTransaction, ReadableDatabase};

use super::{index, read};
use crate::case::apply::apply;
use crate::case::event::{Actor, CaseEvent, Entry};
use crate::case::model::{Case, Channel, Status};
use crate::id::{CaseId, CategoryId, CustomerId, EntryNo};
use crate::ports::{CaseQuery, Page};
use crate::store::search::Marks;
use crate::store::{record, schema};
use crate::time::Timestamp;

/// The first entry of a case, and the case as it leaves it: closed.
fn opened(id: CaseId) -> (Case, Entry) {
    let opened = CaseEvent::CaseOpened {
        customer: CustomerId::new(1),
        category: CategoryId::new(1),
        title: "Skriveren".to_owned(),
        channel: Channel::Mail,
        contact: None,
        participants: Vec::new(),
    };
    let closed = CaseEvent::StatusChanged { from: Status::New, to: Status::Closed };
    let at = Timestamp::from_secs(1);
    let entry = Entry { no: EntryNo::new(1), at, by: Actor::System, placed: None, events: vec![opened, closed] };
    (apply(id, None, &entry).expect("a case opens"), entry)
}

/// Closed cases of two entries each.
fn filled(cases: u64) -> Database {
    let database = Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory");
    let write = database.begin_write().expect("the only writer");
    {
        let mut table = write.open_table(schema::CASES).expect("a table");
        let mut journal = write.open_table(schema::ENTRIES).expect("a table");
        let mut bytes = Vec::new();
        for id in (1..=cases).map(CaseId::new) {
            let (case, first) = opened(id);
            record::encode(&case, &mut bytes).expect("encodes");
            table.insert(id.get(), bytes.as_slice()).expect("memory");
            for no in [1, 2].map(EntryNo::new) {
                record::encode(&Entry { no, ..first.clone() }, &mut bytes).expect("encodes");
                journal.insert(&schema::entry_key(id, no), bytes.as_slice()).expect("memory");
            }
        }
    }
    write.commit().expect("memory");
    database
}

fn reading(database: &Database) -> ReadTransaction {
    database.begin_read().expect("memory")
}

#[test]
fn a_rebuild_takes_many_cases_at_a_time() {
    let database = filled(100);
    let mut marks = Marks { followed: 0, built: 0, build_to: 3000 };
    let mut steps = Vec::new();
    while marks.built < marks.build_to {
        let batch = index::build(&reading(&database), marks).expect("reads");
        assert!(batch.marks.built > marks.built);
        marks = batch.marks;
        steps.push(marks.built);
    }
    assert_eq!(steps, [32, 64, 96, 96 + 1024, 96 + 2 * 1024, 3000]);
}

#[test]
fn a_list_that_finds_little_ends_and_says_where_to_go_on() {
    let database = filled(10);
    let open = CaseQuery { statuses: vec![Status::Open], max: 3, ..CaseQuery::default() };
    let page = |query: &CaseQuery, rows_max| match read::cases(&reading(&database), query, rows_max) {
        Ok(Page::Cases { cases, below }) => (cases.len(), below.map(CaseId::get)),
        other => panic!("{other:?}"),
    };
    assert_eq!(page(&open, 4), (0, Some(7)));
    assert_eq!(page(&CaseQuery { before: Some(CaseId::new(3)), ..open.clone() }, 4), (0, None));
    let closed = CaseQuery { statuses: vec![Status::Closed], ..open };
    assert_eq!(page(&closed, 4), (3, Some(8)));
}
