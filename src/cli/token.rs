//! `token …`: the keys that sign.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::Exit;
use super::check::load;
use super::show::Form;
use crate::daemon::rotate_keys;

#[derive(Serialize)]
struct Rotated {
    key: u8,
}

/// Adds a key to the ring of the configured data directory. Without the daemon: it reads the ring again when told to.
pub(super) fn rotate(config: &Path, form: Form) -> Result<Exit> {
    let config = match load(config) {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{problems}");
            return Ok(Exit::Config);
        }
    };
    let key = rotate_keys(&config.data_directory)?.get();
    form.print(&Rotated { key }, |Rotated { key }, _| {
        format!("key {key} signs from the next reload on: systemctl reload henvend\n")
    })?;
    Ok(Exit::Done)
}
