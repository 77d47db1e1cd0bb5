//! Which case is meant.
//!
//! Job: say what a trigger must know ([`keys`]), and from the candidates pick the case a mail belongs to, with the
//! reason for each one taken or rejected ([`pick`]).
//! Absent on purpose: what then happens (that is `rules`).
//!
//! Invariants: a case of another customer is never a candidate; a mail from somebody who is no part of a case joins it
//! only marked as an outsider's, and only by an id with the same subject.

pub mod keys;
pub mod pick;
pub mod route;

pub use keys::keys;
pub use route::{Way, route};

use std::sync::Arc;

use crate::address::{Address, Domain};
use crate::token::KeyRing;

/// The names by which what is ours is known again.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Prefix of references: `HV`.
    pub prefix: String,
    /// What this host calls itself; `postmaster` is known at it.
    pub host_name: Domain,
    /// Where token addresses live.
    pub reply_domain: Domain,
    /// Keys of tokens and Message-IDs.
    pub keys: Arc<KeyRing>,
}

impl Ours {
    /// The control address, `henvend@reply-domain`.
    pub fn control_address(&self) -> Option<Address> {
        Address::of("henvend", &self.reply_domain)
    }
}
