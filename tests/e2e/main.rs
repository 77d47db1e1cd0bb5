//! End-to-end tests: the real program between real servers, told as stories.
//!
//! Everything runs on loopback under a temporary directory: a Postfix with its own configuration and queue in front of
//! henvend and behind it, and a sink that stands for everybody's mailboxes. What is missing on the machine is a failure.
//! Run by `tests/run`, or alone: `cargo nextest run --profile e2e`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "waits are bounded by the real clock")]

mod agents;
mod conversation;
mod full_disk;
mod kit;
#[path = "../load/mod.rs"]
mod load;
mod passed;
mod pictures;
mod secure;
mod telling;
