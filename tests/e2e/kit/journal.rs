//! A case as `case show --json` tells it.

use serde_json::Value;

/// A case and its journal.
#[derive(Clone, Debug)]
pub struct Journal(Value);

impl Journal {
    pub fn of(case: Value) -> Self {
        assert!(case["journal"].is_array(), "no journal in {case}");
        Self(case)
    }

    pub fn status(&self) -> &str {
        self.0["status"].as_str().unwrap_or_default()
    }

    pub fn title(&self) -> &str {
        self.0["title"].as_str().unwrap_or_default()
    }

    pub fn category(&self) -> &str {
        self.0["category"].as_str().unwrap_or_default()
    }

    /// Name of whoever has it; empty: nobody.
    pub fn owner(&self) -> &str {
        self.0["owner"]["name"].as_str().unwrap_or_default()
    }

    /// Addresses of all outside people on it.
    pub fn participants(&self) -> Vec<&str> {
        self.list("participants").iter().filter_map(|person| person["address"].as_str()).collect()
    }

    /// Categories that watch it.
    pub fn watching(&self) -> Vec<&str> {
        self.list("watching").iter().filter_map(Value::as_str).collect()
    }

    /// References of cases that may be about the same.
    pub fn links(&self) -> Vec<&str> {
        self.list("links").iter().filter_map(Value::as_str).collect()
    }

    pub fn entries(&self) -> &[Value] {
        self.list("journal")
    }

    /// The newest entry.
    pub fn last(&self) -> &Value {
        self.entries().last().expect("a journal has entries")
    }

    /// Names of an entry's events, in order; but not who was told of it: mailboxes show that.
    pub fn events(entry: &Value) -> Vec<&str> {
        let events = entry["events"].as_array().expect("every entry has events");
        events.iter().filter_map(|event| event["event"].as_str()).filter(|event| *event != "users_told").collect()
    }

    /// The words of the first event of this name in an entry.
    pub fn detail<'a>(entry: &'a Value, event: &str) -> &'a str {
        let events = entry["events"].as_array().expect("every entry has events");
        let found = events.iter().find(|found| found["event"] == event);
        found.and_then(|found| found["detail"].as_str()).unwrap_or_else(|| panic!("no {event} in {entry}"))
    }

    /// By which signal an entry's mail was placed.
    pub fn decided_by(entry: &Value) -> &str {
        entry["placed"]["decided_by"].as_str().unwrap_or_default()
    }

    fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
}
