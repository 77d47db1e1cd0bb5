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

use crate::address::ReversePath;
use crate::address::{Address, Domain};
use crate::envelope::Envelope;
use crate::mail::Mail;
use crate::mail::machine::{Context, Own, Reverse};
use crate::token::{self, KeyRing};

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

/// What the kind of a mail depends on beside the mail: its envelope, and whether its id is ours.
pub fn kind_context(ours: &Ours, envelope: &Envelope, mail: &Mail) -> Context {
    let reverse_path = match envelope.reverse_path {
        ReversePath::Null => Reverse::Null,
        ReversePath::Mailbox(_) => Reverse::Mailbox,
    };
    let signed = mail.message_id.as_ref().is_some_and(|id| token::check_message_id(&ours.keys, id).is_some());
    let own = if signed { Own::Ours } else { Own::Foreign };
    Context { reverse_path, own, ..Context::default() }
}

impl Ours {
    /// The control address, `henvend@reply-domain`.
    pub fn control_address(&self) -> Option<Address> {
        Address::of("henvend", &self.reply_domain)
    }
}
