//! The key ring's file: made on first start, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
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

/// Adds a key, which signs as soon as the daemon reads the ring again; the others go on verifying.
///
/// Errors: there is no ring, or it cannot be read or written; then it is as it was.
pub fn rotate(data_directory: &Path) -> Result<KeyId> {
    let path = data_directory.join(FILE_NAME);
    let file = File::open(&path).with_context(|| format!("key ring {}", path.display()))?;
    let owner = file.metadata()?;
    let ring = read(file).with_context(|| format!("key ring {}", path.display()))?;
    let ring = ring.rotated(secret()?).context("all 255 keys of the ring are used up")?;
    // Whoever turns the key may be root; the daemon that reads it is not.
    write(data_directory, &path, &ring, Some((owner.uid(), owner.gid())))?;
    Ok(ring.current().id())
}

fn create(data_directory: &Path, path: &Path) -> Result<KeyRing> {
    let ring = KeyRing::new(vec![Key::new(KeyId::new(1), secret()?)])?;
    write(data_directory, path, &ring, None)?;
    Ok(ring)
}

fn secret() -> Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no randomness for a key: {error}"))?;
    Ok(secret)
}

/// Written aside, synced, then named: after a crash there is a whole ring or the one before.
fn write(data_directory: &Path, path: &Path, ring: &KeyRing, owner: Option<(u32, u32)>) -> Result<()> {
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .with_context(|| format!("key ring {}", aside.display()))?;
    if let Some((user, group)) = owner {
        fchown(&file, Some(user), Some(group)).with_context(|| format!("owner of {}", aside.display()))?;
    }
    file.write_all(ring.to_text().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    File::open(data_directory)?.sync_all()?;
    Ok(())
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
    fn a_turned_ring_signs_with_the_new_key_and_is_as_private() {
        let directory = tempfile::tempdir().unwrap();
        assert!(rotate(directory.path()).is_err(), "there is none yet");
        let first = load_or_create(directory.path()).unwrap();
        assert_eq!(rotate(directory.path()).unwrap(), KeyId::new(2));
        let second = load_or_create(directory.path()).unwrap();
        assert_eq!((second.current().id(), second.key(KeyId::new(1))), (KeyId::new(2), first.key(KeyId::new(1))));
        let path = directory.path().join(FILE_NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
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
