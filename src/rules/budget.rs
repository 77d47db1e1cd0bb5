//! How many acknowledgements, to whom.

/// Are senders acknowledged whom nothing verifies?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AckUnverified {
    /// Only verified senders where an authserv-id is configured, else all.
    #[default]
    Auto,
    /// All, within the budgets.
    Always,
    /// Only verified senders.
    Never,
}

/// Bounds on acknowledgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckPolicy {
    /// To one sender in one day.
    pub per_sender_day_max: u32,
    /// From one category in one minute.
    pub per_category_minute_max: u32,
    /// From all of them in one minute.
    pub site_minute_max: u32,
    /// To whom nothing verifies.
    pub unverified: AckUnverified,
}

impl Default for AckPolicy {
    fn default() -> Self {
        Self {
            per_sender_day_max: 3,
            per_category_minute_max: 60,
            site_minute_max: 600,
            unverified: AckUnverified::default(),
        }
    }
}
