//! All that a store tells of an old database, as text.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use henvend::case::event::Entry;
use henvend::case::view::Keys;
use henvend::id::{EntryNo, NodeId, Version};
use henvend::ports::{CaseQuery, Page, Query, Store};

use super::every::{at, user};
use super::records::{self, JOURNAL};

/// More than there is of anything.
const MANY: usize = 10_000;

/// One line for each record.
pub async fn everything(store: &dyn Store) -> String {
    let mut told = String::new();
    let Page::Cases { cases, .. } = page(store, Query::Cases(CaseQuery { max: MANY, ..CaseQuery::default() })).await
    else {
        panic!("another page")
    };
    lines(&mut told, cases);
    let entries = journal(store).await;
    let mails: BTreeMap<u64, _> =
        entries.iter().filter_map(Entry::mail).map(|mail| (mail.raw.place, mail.raw)).collect();
    lines(&mut told, entries);
    for mail in mails.into_values() {
        lines(&mut told, [store.raw(mail).await.unwrap()]);
    }
    let Page::Letters(letters) = page(store, Query::Letters { after: None, max: MANY }).await else {
        panic!("another page")
    };
    lines(&mut told, letters);
    let leased = store.lease(NodeId::new(1), at(1000), at(2000), MANY).await.unwrap();
    lines(&mut told, leased.items.iter().map(|letter| format!("due: {}", letter.id)));
    lines(&mut told, store.due(at(1000), MANY).await.unwrap().items);
    view(&mut told, store).await;
    let Page::DirectoryHistory(history) =
        page(store, Query::DirectoryHistory { from: Version::new(1), max: MANY }).await
    else {
        panic!("another page")
    };
    lines(&mut told, history);
    let directory = store.directory();
    lines(&mut told, directory.customers());
    lines(&mut told, directory.categories());
    lines(&mut told, directory.users());
    told
}

fn lines(told: &mut String, these: impl IntoIterator<Item = impl Debug>) {
    these.into_iter().for_each(|one| writeln!(told, "{one:?}").unwrap());
}

async fn page(store: &dyn Store, query: Query) -> Page {
    store.page(query).await.unwrap()
}

async fn journal(store: &dyn Store) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let from = entries.last().map_or(EntryNo::new(1), |entry| entry.no.next());
        let Page::Journal(more) = page(store, Query::Journal { case: JOURNAL, from, max: 100 }).await else {
            panic!("another page")
        };
        if more.is_empty() {
            return entries;
        }
        entries.extend(more);
    }
}

/// What is found by key, by keys that are made today.
async fn view(told: &mut String, store: &dyn Store) {
    let known = records::known_keys().into_iter().map(|(_, key)| key).collect();
    let leads = records::lead_keys().into_iter().map(|(_, key)| key).collect();
    let (counters, gathered) = (vec![records::counter()], vec![user(3)]);
    let view = store.peek(Keys { known, leads, counters, gathered, ..Keys::default() }).await.unwrap();
    lines(told, view.known.into_iter().collect::<BTreeMap<_, _>>());
    lines(told, view.leads.into_iter().collect::<BTreeMap<_, _>>());
    lines(told, view.counters);
    lines(told, view.gathered);
}
