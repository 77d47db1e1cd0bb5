//! The directory as the file that would make it.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{
    AnswerName, BUILT_IN, Category, CategorySettings, Customer, Directory, OPERATORS, QUARANTINE, Role, SITE, TagPlace,
    User,
};
use super::read::SITE_KEY;
use super::written;
use crate::address::Address;
use crate::id::UserId;

/// The whole directory as TOML. Read back and compared, nothing would change, pruning or not.
///
/// Users without an address are left out: they are active nowhere and no file could name them.
pub fn export(directory: &Directory) -> String {
    let operators: BTreeSet<UserId> =
        directory.users().filter(|user| is_plain_operator(directory, user)).map(|user| user.id).collect();
    let written = written::Written {
        operators: main_addresses(directory, &operators),
        customer: directory.customers().map(|is| customer(directory, is, &operators)).collect(),
        user: directory
            .users()
            .filter(|is| !is.addresses.is_empty())
            .map(|is| user(directory, is, operators.contains(&is.id)))
            .collect(),
    };
    toml::to_string(&written).expect("texts, switches and lists of them are TOML")
}

/// Is the user just what `operators` says: active operator, member of both built-in categories?
fn is_plain_operator(directory: &Directory, user: &User) -> bool {
    let role = user.registrations.get(&SITE).is_some_and(|at| at.active && at.roles.contains(&Role::Operator));
    role && [OPERATORS, QUARANTINE]
        .iter()
        .all(|id| directory.category(*id).is_some_and(|category| category.members.contains(&user.id)))
}

fn main_addresses(directory: &Directory, ids: &BTreeSet<UserId>) -> Vec<String> {
    let users = ids.iter().filter_map(|id| directory.user(*id));
    users.filter_map(User::main_address).map(ToString::to_string).collect()
}

fn customer(directory: &Directory, is: &Customer, operators: &BTreeSet<UserId>) -> written::Customer {
    let own = directory.categories().filter(|category| category.customer == is.id);
    written::Customer {
        key: is.key.clone(),
        name: is.name.clone(),
        language: Some(is.language.to_string()),
        active: is.active,
        category: own.map(|is| category(directory, is, operators)).collect(),
    }
}

fn category(directory: &Directory, is: &Category, operators: &BTreeSet<UserId>) -> written::Category {
    let built_in = BUILT_IN.contains(&is.id);
    let named = is.members.iter().filter(|id| !built_in || !operators.contains(id)).copied().collect();
    written::Category {
        path: is.path.clone(),
        name: is.name.clone(),
        language: is.language.map(|language| language.to_string()),
        active: is.active,
        addresses: is.addresses.iter().map(|address| shared(is, address)).collect(),
        members: main_addresses(directory, &named),
        settings: settings(&is.settings, is.customer != SITE),
    }
}

fn shared(category: &Category, address: &Address) -> written::Shared {
    let text = address.to_string();
    match category.form_addresses.contains(address) {
        false => written::Shared::Plain(text),
        true => written::Shared::Known(written::Known { address: text, contact_from: Some("reply_to".to_owned()) }),
    }
}

/// Only what differs from a new category's.
fn settings(is: &CategorySettings, acknowledges: bool) -> written::Settings {
    let default = CategorySettings::default();
    written::Settings {
        tag: (is.tag != default.tag).then(|| tag_word(is.tag).to_owned()),
        answer_name: (is.answer_name != default.answer_name).then(|| name_word(is.answer_name).to_owned()),
        acknowledge: (is.acknowledge != acknowledges).then_some(is.acknowledge),
        signature: (is.signature != default.signature).then(|| is.signature.clone()),
        tag_from_same_domain: (is.tag_from_same_domain != default.tag_from_same_domain)
            .then_some(is.tag_from_same_domain),
    }
}

pub(super) fn tag_word(tag: TagPlace) -> &'static str {
    match tag {
        TagPlace::Left => "left",
        TagPlace::Right => "right",
        TagPlace::Off => "off",
    }
}

pub(super) fn name_word(name: AnswerName) -> &'static str {
    match name {
        AnswerName::Agent => "agent",
        AnswerName::Category => "category",
    }
}

fn user(directory: &Directory, is: &User, operator: bool) -> written::User {
    let mut at = BTreeMap::new();
    for (customer, registration) in &is.registrations {
        let Some(customer) = directory.customer(*customer) else { continue };
        let said = operator && customer.key == SITE_KEY && registration.roles == BTreeSet::from([Role::Operator]);
        if !said {
            let roles = registration.roles.iter().map(|role| role_word(*role).to_owned()).collect();
            at.insert(customer.key.clone(), written::At { active: registration.active, roles: Some(roles) });
        }
    }
    let writers = is.writers.as_ref().map(|writers| main_addresses(directory, writers));
    written::User {
        name: is.name.clone(),
        kind: writers.is_some().then(|| "group".to_owned()),
        writers,
        addresses: is.addresses.iter().map(ToString::to_string).collect(),
        language: Some(is.language.to_string()),
        at,
    }
}

pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Lead => "lead",
        Role::Orderer => "orderer",
        Role::Operator => "operator",
    }
}
