//! Wiring: stand-in.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::Config;

/// Why the daemon ended.
#[derive(Debug, Error)]
pub enum Failure {
    /// Starting again does not help.
    #[error("{0}")]
    Config(String),
    /// Starting again may help.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The exit code of sysexits(3).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 78,
            Self::Broken(_) => 75,
        }
    }
}

/// Runs until it is told to stop; the path is read again on SIGHUP.
pub fn serve(_config: Config, _path: &Path) -> Result<(), Failure> {
    Err(Failure::Broken("the daemon is not wired yet".to_owned()))
}

/// Plays the demonstration.
pub fn demo(_once: bool, _data: Option<PathBuf>) -> Result<(), Failure> {
    Err(Failure::Broken("the demonstration is not wired yet".to_owned()))
}
