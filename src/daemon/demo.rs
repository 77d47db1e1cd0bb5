//! x
use std::path::PathBuf;
use super::Failure;
/// x
pub fn demo(_once: bool, _data: Option<PathBuf>) -> Result<(), Failure> { Ok(()) }
