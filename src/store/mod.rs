//! Durable truth: what the `Store` door promises, on a disk.
//!
//! Job: hold cases, journals, letters, deadlines, the directory's history and the raw mails, and change them one whole
//! `Change` at a time. [`record`] is how values become bytes, [`schema`] which tables there are, [`segments`] how raw
//! mail lies on disk, [`append`] how it gets there, [`search`] which words are in which case, [`disk`] what of a disk is needed, [`redb`] the backend that is used unless another is wished for.
//!
//! Absent on purpose: deciding. A decision comes in as a function and is run on what the store knows; the store reads
//! nothing into what it writes but the order of case numbers and journal entries.
//!
//! Invariants: a receipt is handed out after everything that it rests on has been synced; a raw mail is synced before
//! the commit that names it takes effect; of a change, all rows are there or none.

pub mod append;
pub mod disk;
pub mod record;
pub mod redb;
pub mod schema;
pub mod search;
pub mod segments;
