//! HTTP: probes and metrics for machines, the JSON API behind the command line.
//!
//! Job: turn requests into questions to the store and triggers for `act`, and what comes back into JSON.
//! Absent on purpose: passwords. The API is on a unix socket only, and the socket's mode says who may; probes tell
//! nothing but health and numbers. Decisions are made by `rules`, as for everything else.
//!
//! Invariants: connections, bodies, pages and waiting are bounded; every error is a problem of RFC 9457; nothing is
//! changed but through `act` and the reception that mail comes in by.

pub mod api;
pub mod probes;
pub mod types;

mod cases;
mod directory;
mod doctor;
mod events;
mod listen;
mod mails;
mod problem;
mod queue;
mod status;
mod users;
mod verify;

pub use listen::{Socket, serve};
pub use problem::Failed;
