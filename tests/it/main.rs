//! The one test binary: what can only be seen from outside a room.

mod api;
mod cli;
mod config;
mod house;
