//! Evidence and policy → what the way in proves.

use crate::address::{Address, Domain};

/// Whom to believe, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Names of mail servers whose `Authentication-Results` are believed, when a trusted peer brings them.
    pub authserv_ids: Vec<String>,
    /// There is a submission listener.
    pub submission: bool,
    /// Must the channel prove something besides a token? `None`: exactly where it can (an authserv-id or a submission
    /// listener is configured).
    pub require_channel: Option<bool>,
}

impl TrustPolicy {
    /// Must a user's mail come by a channel that proves something?
    pub fn channel_required(&self) -> bool {
        self.require_channel.unwrap_or(self.submission || !self.authserv_ids.is_empty())
    }
}

/// What the way in proves about the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The site's mail server vouches for the person behind this From address.
    Person(Address),
    /// The mail comes from a server of the From address's domain.
    Domain(Domain),
    /// Nothing, and why.
    Nothing(&'static str),
}
