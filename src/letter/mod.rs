//! What we say.
//!
//! Job: turn a letter that a decision named into a mail: words from the catalogue, facts from case, journal and raw
//! mail ([`write`]); and take a last look at what leaves the house ([`guard`]).
//! Absent on purpose: sending, and deciding who gets what.
//!
//! Invariants: a letter has the same Message-ID at every try, though it is written from the case as it stands then; a mail
//! to a contact holds no token, no note and no user's address.

pub mod catalog;
pub mod control;
pub mod digest;
mod excerpt;
mod formatted;
pub mod guard;
mod headers;
mod inside;
mod notification;
mod offered;
mod outside;
pub mod page;
mod receipt;
mod stopped;
mod telephone;
pub mod told;
mod verdict;
pub mod write;

pub use catalog::Catalog;
pub use write::{Material, Written, write};
