//! The one test binary: what can only be seen from outside a room.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "waits are bounded by the real clock")]

mod api;
mod cli;
mod config;
mod conversation;
mod corpus;
mod corpus_intake;
mod crash;
mod daemon;
mod demo;
mod dialog;
mod doctor;
mod flow;
mod house;
mod kill;
mod kit;
mod letters;
#[path = "../load/mod.rs"]
mod load;
mod log;
mod net;
mod old;
mod own_check;
mod passed;
mod simulation;
mod smarthost;
mod store;
mod tidy;
