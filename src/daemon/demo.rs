//! x
use super::Failure;
use std::path::PathBuf;
/// x
pub fn demo(_once: bool, _data: Option<PathBuf>) -> Result<(), Failure> {
    Ok(())
}
