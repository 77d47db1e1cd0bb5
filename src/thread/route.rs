//! What an address of ours is for.

use crate::address::Address;
use crate::directory::model::{Directory, OPERATORS, Routed};
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token::{self, Checked};

/// What a recipient address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A token of ours: one case, and one right on it.
    Token(Checked),
    /// Intake of a category.
    Intake(crate::id::CategoryId),
    /// The control address.
    Control,
    /// The category or its customer is inactive.
    Inactive,
    /// Nobody has this address.
    Unknown,
}

/// What this address leads to. The same answer at RCPT and when the mail is decided.
///
/// Source: RFC 5321 §4.5.1 (postmaster).
pub fn route(ours: &Ours, directory: &Directory, address: &Address, now: Timestamp) -> Way {
    if let Some(checked) = token::check(&ours.keys, address, &ours.reply_domain, now) {
        return Way::Token(checked);
    }
    match directory.route(address) {
        Routed::Category(category) => return Way::Intake(category),
        Routed::Inactive => return Way::Inactive,
        Routed::Unknown => {}
    }
    let local = address.domain() == &ours.reply_domain
        || address.domain() == &ours.host_name
        || directory.serves(address.domain());
    let postmaster = address.local().eq_ignore_ascii_case("postmaster");
    let control = ours.control_address().is_some_and(|control| &control == address);
    match () {
        () if control => Way::Control,
        () if local && postmaster => Way::Intake(OPERATORS),
        () => Way::Unknown,
    }
}
