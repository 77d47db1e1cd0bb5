//! How the process runs: listeners, limits, trust, the way out.
//!
//! Job: turn the text of `henvend.toml` ([`file::File`], as written) into a checked [`Config`] (as used), or say
//! everything that is wrong with it at once.
//! Absent on purpose: reading files and secrets (the shell hands in text and keys), and who there is (that is
//! `directory`, changed while running).
//!
//! Invariants: unknown keys are errors; a `Config` needs no further checks; the shipped `config/henvend.toml` shows
//! every key with its default, and a test compares it with the code.

pub mod check;
pub mod file;
pub mod model;
pub mod place;
mod reader;

pub use check::read;
pub use model::Config;
pub use reader::{Problem, Problems};
