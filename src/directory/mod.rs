//! Customers, categories, addresses, users.
//!
//! Job: say who there is, from the history of what happened; turn a declarative file into the events that make it so.
//! Absent on purpose: storing and asking. The whole directory is one immutable value, held in memory.
//!
//! Invariants: a directory is what [`apply::apply`] makes of its events, in order; an address belongs to one category
//! at most, a user's address to one user, no address to both; a user without an address is active nowhere; nothing is
//! ever forgotten, only deactivated.

pub mod apply;
pub mod check;
pub mod describe;
pub mod diff;
pub mod event;
pub mod export;
pub mod file;
pub mod model;
pub mod personal;
mod read;
pub mod undelivered;
mod written;

#[cfg(test)]
mod property;
