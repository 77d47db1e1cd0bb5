//! What shall happen.
//!
//! Job: turn a trigger and a view into one change, purely. [`decide::decide`] is the only entrance.
//! Absent on purpose: clocks, sockets, the store; the words of letters (that is `letter`).
//!
//! Invariants: the same policy, view, trigger and time give the same change; a mail with a 250 is on a case in the
//! change that was committed for it.

pub mod budget;
pub mod command;
pub mod decide;
pub mod retry;

use std::sync::Arc;

use crate::address::{Address, Domain};
use crate::token::KeyRing;
use crate::verify::TrustPolicy;

/// Everything configured that a decision depends on.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Prefix of references: `HV`.
    pub prefix: String,
    /// Where token addresses live.
    pub reply_domain: Domain,
    /// How long a reply token counts.
    pub reply_token_days: u16,
    /// Keys of tokens and Message-IDs.
    pub keys: Arc<KeyRing>,
    /// Whom to believe.
    pub trust: TrustPolicy,
    /// How long a settled case is reopened by a reply.
    pub reopen_days: u32,
    /// Acknowledgements.
    pub acks: budget::AckPolicy,
    /// When failed letters are tried again.
    pub backoff: retry::Backoff,
    /// Where dates and "tomorrow" are meant.
    pub time_zone: jiff::tz::TimeZone,
}

impl Policy {
    /// The control address, `henvend@reply-domain`.
    pub fn control_address(&self) -> Option<Address> {
        Address::of("henvend", &self.reply_domain)
    }
}
