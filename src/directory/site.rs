//! The directory before its first event.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{CONTROL, Category, CategorySettings, Customer, Directory, Language, OPERATORS, QUARANTINE, SITE};
use crate::id::{CategoryId, Version};

impl Default for Directory {
    /// The site and its categories.
    fn default() -> Self {
        let site = Customer {
            id: SITE,
            key: "site".to_owned(),
            name: "Site".to_owned(),
            language: Language::En,
            active: true,
        };
        let category = |id: CategoryId, path: &str, name: &str| Category {
            id,
            customer: SITE,
            path: path.to_owned(),
            name: name.to_owned(),
            language: None,
            addresses: Vec::new(),
            form_addresses: BTreeSet::new(),
            active: true,
            settings: CategorySettings { acknowledge: false, ..CategorySettings::default() },
            members: BTreeSet::new(),
        };
        let categories = [
            category(CONTROL, "control", "henvend"),
            category(OPERATORS, "operators", "Operators"),
            category(QUARANTINE, "quarantine", "Quarantine"),
        ];
        Self {
            version: Version::new(0),
            customers: BTreeMap::from([(SITE, site)]),
            categories: categories.into_iter().map(|category| (category.id, category)).collect(),
            users: BTreeMap::new(),
            category_by_address: HashMap::new(),
            user_by_address: HashMap::new(),
        }
    }
}
