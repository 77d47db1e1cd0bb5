//! The model store, of which some can be made unreadable.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use henvend::case::change::{Letter, Receipt};
use henvend::case::event::RawRef;
use henvend::case::model::Case;
use henvend::case::view::{Deadline, Keys, View};
use henvend::directory::model::Directory;
use henvend::envelope::RawMail;
use henvend::id::{CaseId, MailId, NodeId};
use henvend::ports::{Answer, Decide, Due, Page, Query, Store, StoreError};
use henvend::time::Timestamp;

use super::memory::MemoryStore;

/// A store that answers some questions with errors.
#[derive(Default)]
pub struct RefusingStore {
    store: MemoryStore,
    refused: Mutex<Refused>,
}

/// What is answered with an error.
#[derive(Default)]
pub struct Refused {
    /// Every transaction that asks for this case.
    pub case: Option<(CaseId, StoreError)>,
    /// This raw mail.
    pub raw: Option<(MailId, StoreError)>,
}

impl RefusingStore {
    pub fn refused(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap()
    }
}

impl Store for RefusingStore {
    fn transact(&self, raw: Option<RawMail>, keys: Keys, decide: Decide) -> Answer<'_, Result<Receipt, StoreError>> {
        let refused = self.refused().case.clone().filter(|(case, _)| keys.cases.contains(case));
        match refused {
            Some((_, error)) => Box::pin(async { Err(error) }),
            None => self.store.transact(raw, keys, decide),
        }
    }

    fn peek(&self, keys: Keys) -> Answer<'_, Result<View, StoreError>> {
        self.store.peek(keys)
    }

    fn case(&self, id: CaseId) -> Answer<'_, Result<Option<Case>, StoreError>> {
        self.store.case(id)
    }

    fn directory(&self) -> Arc<Directory> {
        self.store.directory()
    }

    fn page(&self, query: Query) -> Answer<'_, Result<Page, StoreError>> {
        self.store.page(query)
    }

    fn raw(&self, mail: RawRef) -> Answer<'_, Result<Bytes, StoreError>> {
        let refused = self.refused().raw.clone().filter(|(id, _)| *id == mail.id);
        match refused {
            Some((_, error)) => Box::pin(async { Err(error) }),
            None => self.store.raw(mail),
        }
    }

    fn due(&self, now: Timestamp, max: usize) -> Answer<'_, Result<Due<Deadline>, StoreError>> {
        self.store.due(now, max)
    }

    fn lease(
        &self,
        node: NodeId,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Answer<'_, Result<Due<Letter>, StoreError>> {
        self.store.lease(node, now, until, max)
    }

    fn health(&self) -> Result<(), StoreError> {
        self.store.health()
    }

    fn changed(&self) -> Arc<tokio::sync::Notify> {
        self.store.changed()
    }
}
