//! Stand-in until the directory's own comes: counts, and adds customers.
use super::event::DirectoryEvent;
use super::model::{Customer, Directory};
use crate::id::Version;

/// The directory after one more event.
pub fn apply(directory: &mut Directory, event: &DirectoryEvent) {
    directory.version = Version::new(directory.version.get() + 1);
    if let DirectoryEvent::CustomerAdded { id, key, name, language } = event {
        let customer = Customer { id: *id, key: key.clone(), name: name.clone(), language: *language, active: true };
        directory.customers.insert(*id, customer);
    }
}
