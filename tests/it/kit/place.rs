//! Where a store lives: opened again, it is the same store.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use henvend::case::event::RawRef;
use henvend::case::view::{Keys, View};
use henvend::case::{Change, Receipt};
use henvend::envelope::RawMail;
use henvend::ports::{Store, StoreError};
use henvend::store::redb::{OpenConfig, RedbStore};

use super::memory::MemoryStore;

/// Where a store lives.
pub trait Place: Send + Sync {
    /// Opens it. Whoever had it open must have dropped it.
    fn open(&self) -> Arc<dyn Store>;

    /// Changes one byte of a raw mail behind the store's back.
    fn spoil(&self, mail: RawRef);
}

/// In memory.
#[derive(Default)]
pub struct InMemory(MemoryStore);

impl Place for InMemory {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.0.reopened())
    }

    fn spoil(&self, mail: RawRef) {
        self.0.spoil(mail);
    }
}

/// redb in a folder that goes with this.
pub struct OnDisk(tempfile::TempDir);

impl OnDisk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

impl Place for OnDisk {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(RedbStore::open(OpenConfig::new(self.0.path())).unwrap())
    }

    fn spoil(&self, mail: RawRef) {
        let path = self.0.path().join("mail").join(format!("{:08}.seg", mail.place >> 40));
        let file = std::fs::File::options().read(true).write(true).open(path).unwrap();
        // The last byte of the header's hash and the first of the body would both do; this is in the body.
        let offset = (mail.place & ((1 << 40) - 1)) + 64 + 5;
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        file.write_all_at(&[byte[0] ^ 1], offset).unwrap();
    }
}

/// One transaction.
pub async fn transact(
    store: &dyn Store,
    raw: Option<RawMail>,
    keys: Keys,
    decide: impl FnMut(&View) -> Change + Send + 'static,
) -> Result<Receipt, StoreError> {
    store.transact(raw, keys, Box::new(decide)).await
}

/// One change that asks for nothing.
pub async fn put(store: &dyn Store, change: Change) {
    transact(store, None, Keys::default(), move |_| change.clone()).await.unwrap();
}

/// What the store knows of these keys.
pub async fn peek(store: &dyn Store, keys: Keys) -> View {
    store.peek(keys).await.unwrap()
}
