//! The directory's file exactly as it is written: texts where `read` will want more, so that it can tell all problems.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer: Vec<Customer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<User>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Customer {
    pub key: String,
    pub name: String,
    pub language: Option<String>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<Category>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub path: String,
    pub name: String,
    pub language: Option<String>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    #[serde(default)]
    pub addresses: Vec<Shared>,
    #[serde(default)]
    pub members: Vec<String>,
    #[serde(default, skip_serializing_if = "Settings::is_empty")]
    pub settings: Settings,
}

/// A shared address: alone, or with what is to be known of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "wanted an address, or { address = …, contact_from = … }")]
pub(super) enum Shared {
    Plain(String),
    Known(Known),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    pub address: String,
    pub contact_from: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub tag: Option<String>,
    pub answer_name: Option<String>,
    pub acknowledge: Option<bool>,
    pub signature: Option<String>,
    pub tag_from_same_domain: Option<bool>,
}

impl Settings {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub name: String,
    pub kind: Option<String>,
    pub addresses: Vec<String>,
    pub writers: Option<Vec<String>>,
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<String, At>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    pub roles: Option<Vec<String>>,
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}
