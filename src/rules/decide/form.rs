//! Mail that a web form writes: the contact is whoever filled it in, and stands in Reply-To.
//!
//! Anybody can write any Reply-To. So it counts only at addresses that are set up for it, for a mail that opens a case,
//! and only where it names one person outside; the agents are told, and nobody takes the name for verified.

use super::mail::Turn;
use crate::address::{Address, Mailbox};
use crate::case::model::Party;
use crate::directory::model::Category;
use crate::mail::Mail;
use crate::thread::{Way, Whose, route, whose};

/// Whom Reply-To names, where that is who the case is for.
pub fn contact(turn: &Turn<'_>, mail: &Mail, category: &Category) -> Option<Party> {
    let directory = &turn.scene.view.directory;
    let Mailbox { name, address } = mail.only_reply_to().filter(|_| comes_from_a_form(turn, category))?;
    let outside = whose(&turn.scene.policy.ours, directory, address, category.customer) == Whose::Outside;
    // Another customer's user is nobody outside whom a stranger could put in a form.
    let foreign = outside && directory.user_by_address(address).is_none();
    // Where both are the same there is nothing to be taken from elsewhere.
    let other = mail.only_from().is_some_and(|from| from.address != *address);
    (foreign && other).then(|| Party { name: name.clone(), address: address.clone() })
}

/// Is the first address by which this category got the mail one that web forms write to?
fn comes_from_a_form(turn: &Turn<'_>, category: &Category) -> bool {
    let scene = turn.scene;
    let mut recipients = turn.arrived.envelope.recipients.iter().map(|recipient| &recipient.address);
    let way = |address| route(&scene.policy.ours, &scene.view.directory, address, scene.now);
    let first = recipients.find(|address| way(address) == Way::Intake(category.id));
    // A shared address with a detail may be one by itself.
    let known = |address: &Address| {
        if category.addresses.contains(address) { address.clone() } else { address.without_detail() }
    };
    first.is_some_and(|address| category.form_addresses.contains(&known(address)))
}
