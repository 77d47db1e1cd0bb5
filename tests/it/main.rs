//! The one test binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod crash;
mod kit;
mod store;
