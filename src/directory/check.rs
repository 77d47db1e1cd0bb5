//! Does an event make sense on a directory?
//!
//! Two questions, kept apart. [`fits`] guards the invariants of the room, so [`super::apply`] asks it too; what it
//! refuses today it must refuse for ever, as histories are replayed. [`check`] also asks what a new event must keep to:
//! readable names, no address that henvend needs for itself.

use std::collections::HashSet;

use thiserror::Error;

use super::apply::apply;
use super::event::DirectoryEvent;
use super::model::{BUILT_IN, Directory, OPERATORS, Role, SITE};
use crate::address::{Address, Domain};
use crate::id::{CategoryId, CustomerId, UserId};

/// Longest name of a customer, category or user, in octets: it stands in From of every mail.
pub const NAME_BYTES_MAX: usize = 200;
/// Longest path of a category, in octets.
pub const PATH_BYTES_MAX: usize = 120;
/// Longest signature, in octets.
pub const SIGNATURE_BYTES_MAX: usize = 4096;
/// Most addresses of one category or user.
pub const ADDRESSES_MAX: usize = 100;

/// Why an event cannot be: what is wrong, in one clause.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Invalid(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(why.into()))
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid(why())) }
}

/// May these events be applied to this directory, one after the other? The first that may not is named.
pub fn check_all(directory: &Directory, events: &[DirectoryEvent], reply_domain: &Domain) -> Result<(), Invalid> {
    let mut then = directory.clone();
    for (number, event) in events.iter().enumerate() {
        check(&then, event, reply_domain).map_err(|Invalid(why)| Invalid(format!("change {}: {why}", number + 1)))?;
        apply(&mut then, event);
    }
    Ok(())
}

/// May this event be added to the history?
pub fn check(directory: &Directory, event: &DirectoryEvent, reply_domain: &Domain) -> Result<(), Invalid> {
    use DirectoryEvent as E;
    fits(directory, event)?;
    match event {
        E::CustomerAdded { key, name, .. } => {
            ensure(is_key(key), || format!("\"{key}\" is not a short name: {KEY_WANTED}"))?;
            readable(name)
        }
        E::CategoryAdded { path, name, settings, .. } => {
            ensure(is_path(path), || format!("\"{path}\" is not a path: {PATH_WANTED}"))?;
            signature(&settings.signature)?;
            readable(name)
        }
        E::CategoryChanged { name, settings, .. } => {
            signature(&settings.signature)?;
            readable(name)
        }
        E::CustomerChanged { name, .. } => readable(name),
        E::AddressesSet { id, addresses } => addresses.iter().try_for_each(|address| {
            let whose = if *id == OPERATORS { Whose::Operators } else { Whose::Others };
            shared_address(address, whose, Some(reply_domain)).map_err(|why| about(address, why))
        }),
        E::UserAdded { name, addresses, .. } | E::UserChanged { name, addresses, .. } => {
            readable(name)?;
            addresses
                .iter()
                .try_for_each(|address| user_address(address, Some(reply_domain)).map_err(|why| about(address, why)))
        }
        E::CustomerActivated { .. }
        | E::CategoryActivated { .. }
        | E::RegistrationSet { .. }
        | E::MemberAdded { .. }
        | E::MemberRemoved { .. }
        | E::PersonalSet { .. }
        | E::MailUndelivered { .. }
        | E::MailPaused { .. }
        | E::MailResumed { .. } => Ok(()),
    }
}

/// Does this event keep the invariants of the directory?
pub fn fits(directory: &Directory, event: &DirectoryEvent) -> Result<(), Invalid> {
    use DirectoryEvent as E;
    match event {
        E::CustomerAdded { id, key, .. } => {
            ensure(directory.customer(*id).is_none(), || format!("customer number {id} is taken"))?;
            ensure(directory.customer_by_key(key).is_none(), || format!("customer {key} is there already"))
        }
        E::CustomerChanged { id, .. } => known_customer(directory, *id),
        E::CustomerActivated { id, active } => {
            ensure(*active || *id != SITE, || "the site itself is always active".to_owned())?;
            known_customer(directory, *id)
        }
        E::CategoryAdded { id, customer, path, .. } => {
            known_customer(directory, *customer)?;
            ensure(directory.category(*id).is_none(), || format!("category number {id} is taken"))?;
            let taken = directory.categories().any(|other| other.customer == *customer && &other.path == path);
            ensure(!taken, || format!("category {path} is there already"))
        }
        E::CategoryChanged { id, .. } => known_category(directory, *id),
        E::CategoryActivated { id, active } => {
            let built_in = BUILT_IN.contains(id);
            ensure(*active || !built_in, || "a built-in category is always active".to_owned())?;
            known_category(directory, *id)
        }
        E::AddressesSet { id, addresses } => addresses_fit(directory, *id, addresses),
        E::UserAdded { id, addresses, .. } => {
            ensure(directory.user(*id).is_none(), || format!("user number {id} is taken"))?;
            ensure(!addresses.is_empty(), || "a user needs an address".to_owned())?;
            user_addresses_fit(directory, *id, addresses)
        }
        E::UserChanged { id, addresses, .. } => {
            known_user(directory, *id)?;
            ensure(!addresses.is_empty() || !is_in_use(directory, *id), || {
                "an active user needs an address".to_owned()
            })?;
            user_addresses_fit(directory, *id, addresses)
        }
        E::RegistrationSet { id, customer, active, roles } => {
            known_customer(directory, *customer)?;
            ensure(*customer == SITE || !roles.contains(&Role::Operator), || {
                "operators belong to the site".to_owned()
            })?;
            ensure(!*active || has_address(directory, *id), || "an active user needs an address".to_owned())?;
            known_user(directory, *id)
        }
        E::MemberAdded { category, user } => member_fits(directory, *category, *user),
        E::MemberRemoved { category, user } => {
            let member = directory.category(*category).is_some_and(|category| category.members.contains(user));
            ensure(member, || format!("user {user} is no member there"))
        }
        E::PersonalSet { id, .. }
        | E::MailUndelivered { id, .. }
        | E::MailPaused { id, .. }
        | E::MailResumed { id } => known_user(directory, *id),
    }
}

fn known_customer(directory: &Directory, id: CustomerId) -> Result<(), Invalid> {
    ensure(directory.customer(id).is_some(), || format!("there is no customer number {id}"))
}

fn known_category(directory: &Directory, id: CategoryId) -> Result<(), Invalid> {
    ensure(directory.category(id).is_some(), || format!("there is no category number {id}"))
}

fn known_user(directory: &Directory, id: UserId) -> Result<(), Invalid> {
    ensure(directory.user(id).is_some(), || format!("there is no user number {id}"))
}

fn has_address(directory: &Directory, id: UserId) -> bool {
    directory.user(id).is_some_and(|user| !user.addresses.is_empty())
}

/// Is the user active or a member anywhere?
fn is_in_use(directory: &Directory, id: UserId) -> bool {
    let active = directory.user(id).is_some_and(|user| user.registrations.values().any(|at| at.active));
    active || directory.categories().any(|category| category.members.contains(&id))
}

fn addresses_fit(directory: &Directory, id: CategoryId, addresses: &[Address]) -> Result<(), Invalid> {
    known_category(directory, id)?;
    each_once(addresses)?;
    for address in addresses {
        if directory.category_by_address.get(address).is_some_and(|other| *other != id) {
            return refuse(format!("{address} belongs to another category"));
        }
        if directory.user_by_address.contains_key(address) {
            return refuse(format!("{address} is a user's own address"));
        }
    }
    Ok(())
}

fn user_addresses_fit(directory: &Directory, id: UserId, addresses: &[Address]) -> Result<(), Invalid> {
    each_once(addresses)?;
    for address in addresses {
        if directory.user_by_address.get(address).is_some_and(|other| *other != id) {
            return refuse(format!("{address} belongs to another user"));
        }
        if directory.category_by_address.contains_key(address) {
            return refuse(format!("{address} is a shared address"));
        }
    }
    Ok(())
}

fn each_once(addresses: &[Address]) -> Result<(), Invalid> {
    ensure(addresses.len() <= ADDRESSES_MAX, || format!("more than {ADDRESSES_MAX} addresses"))?;
    let mut seen = HashSet::new();
    match addresses.iter().find(|address| !seen.insert(*address)) {
        Some(twice) => refuse(format!("{twice} is named twice")),
        None => Ok(()),
    }
}

fn member_fits(directory: &Directory, category: CategoryId, user: UserId) -> Result<(), Invalid> {
    known_category(directory, category)?;
    known_user(directory, user)?;
    ensure(has_address(directory, user), || "a member needs an address".to_owned())?;
    let customer = directory.category(category).map(|category| category.customer);
    let registered = directory
        .user(user)
        .is_some_and(|user| customer.is_some_and(|customer| user.registrations.contains_key(&customer)));
    ensure(registered, || format!("user {user} is not registered at that customer"))
}

/// What a customer's short name looks like.
pub const KEY_WANTED: &str = "lower-case letters a to z, digits and hyphens";
/// What a category's path looks like.
pub const PATH_WANTED: &str = "short names (a to z, digits, hyphens) joined by slashes";

/// Is this a customer's short name?
pub fn is_key(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(good) && !text.starts_with('-') && !text.ends_with('-')
}

/// Is this a category's path?
pub fn is_path(text: &str) -> bool {
    text.len() <= PATH_BYTES_MAX && text.split('/').all(is_key)
}

/// Is this a name that people can read in a header?
pub fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX && !text.chars().any(unreadable)
}

/// Line breaks would forge headers, direction marks would forge what is seen.
fn unreadable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn readable(name: &str) -> Result<(), Invalid> {
    ensure(is_name(name), || format!("{name:?} is not a name: {NAME_WANTED}"))
}

/// What a name looks like.
pub const NAME_WANTED: &str = "1 to 200 octets of text in one line";

/// Is this a signature that may stand below a mail?
pub fn is_signature(text: &str) -> bool {
    text.len() <= SIGNATURE_BYTES_MAX && !text.chars().any(|c| c != '\n' && unreadable(c))
}

fn signature(text: &str) -> Result<(), Invalid> {
    ensure(is_signature(text), || "the signature is too long or holds controls".to_owned())
}

/// Whose address it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The operators' category, which alone may have `postmaster` (RFC 5321 §4.5.1).
    Operators,
    /// Any other category.
    Others,
}

/// May this be a category's shared address?
pub fn shared_address(address: &Address, whose: Whose, reply_domain: Option<&Domain>) -> Result<(), &'static str> {
    if reply_domain == Some(address.domain()) {
        return Err("an address outside the reply domain");
    }
    if address.detail().is_some_and(|detail| detail.eq_ignore_ascii_case("call")) {
        return Err("an address that does not end in +call: those take telephone calls");
    }
    if address.local().eq_ignore_ascii_case("postmaster") && whose == Whose::Others {
        return Err("another address: postmaster belongs to the operators");
    }
    Ok(())
}

/// May this be a user's own address?
pub fn user_address(address: &Address, reply_domain: Option<&Domain>) -> Result<(), &'static str> {
    if reply_domain == Some(address.domain()) { Err("an address outside the reply domain") } else { Ok(()) }
}

fn about(address: &Address, wanted: &str) -> Invalid {
    Invalid(format!("found {address}, wanted {wanted}"))
}
