//! The key ring's file: made on first start, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::id::KeyId;
use crate::token::{Key, KeyRing};

/// Its name in the data directory.
pub const FILE_NAME: &str = "keys.toml";

/// Reads the ring; makes one with a fresh key when there is none.
pub fn load_or_create(data_directory: &Path) -> Result<KeyRing> {
    let path = data_directory.join(FILE_NAME);
    match File::open(&path) {
        Ok(file) => read(file).with_context(|| format!("key ring {}", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => create(data_directory, &path),
        Err(error) => Err(error).with_context(|| format!("key ring {}", path.display())),
    }
}

fn read(mut file: File) -> Result<KeyRing> {
    let mode = file.metadata()?.permissions().mode() & 0o777;
    ensure!(mode & 0o077 == 0, "others may read it (mode {mode:o}); chmod 600");
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(KeyRing::from_text(&text)?)
}

/// Written aside, synced, then named: after a crash there is a whole ring or none.
fn create(data_directory: &Path, path: &Path) -> Result<KeyRing> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no randomness for a key: {error}"))?;
    let ring = KeyRing::new(vec![Key::new(KeyId::new(1), secret)])?;
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .with_context(|| format!("key ring {}", aside.display()))?;
    file.write_all(ring.to_text().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    File::open(data_directory)?.sync_all()?;
    Ok(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = load_or_create(directory.path()).unwrap();
        let path = directory.path().join(FILE_NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load_or_create(directory.path()).unwrap(), first);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = load_or_create(directory.path()).unwrap_err();
        assert!(format!("{refused:#}").contains("chmod 600"), "{refused:#}");
    }

    #[test]
    fn a_broken_ring_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
        file.write_all(b"[[key]]\nid = 1\n").unwrap();
        assert!(load_or_create(directory.path()).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"[[key]]\nid = 1\n");
    }
}
