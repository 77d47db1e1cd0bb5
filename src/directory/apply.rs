//! Directory and event → directory. Total: an event that does not fit changes nothing but the version.

use std::collections::BTreeSet;

use super::check::fits;
use super::event::DirectoryEvent;
use super::model::{Category, CategorySettings, Customer, Directory, Language, Registration, User};
use super::undelivered::{Paused, Undelivered};
use crate::address::Address;
use crate::id::{CategoryId, CustomerId, UserId, Version};

/// Makes the event true. Events that break an invariant are counted and otherwise passed over.
pub fn apply(directory: &mut Directory, event: &DirectoryEvent) {
    directory.version = Version::new(directory.version.get() + 1);
    if fits(directory, event).is_err() {
        return;
    }
    match event.clone() {
        DirectoryEvent::CustomerAdded { id, key, name, language } => {
            directory.customers.insert(id, Customer { id, key, name, language, active: true });
        }
        DirectoryEvent::CustomerChanged { id, name, language } => change_customer(directory, id, name, language),
        DirectoryEvent::CustomerActivated { id, active } => {
            directory.customers.entry(id).and_modify(|customer| customer.active = active);
        }
        DirectoryEvent::CategoryAdded { id, customer, path, name, language, settings } => {
            let (addresses, members) = (Vec::new(), BTreeSet::new());
            let category = Category { id, customer, path, name, language, addresses, active: true, settings, members };
            directory.categories.insert(id, category);
        }
        DirectoryEvent::CategoryChanged { id, name, language, settings } => {
            change_category(directory, id, |category| describe_category(category, name, language, settings));
        }
        DirectoryEvent::CategoryActivated { id, active } => {
            change_category(directory, id, |category| category.active = active);
        }
        DirectoryEvent::AddressesSet { id, addresses } => set_addresses(directory, id, addresses),
        DirectoryEvent::UserAdded { id, name, addresses, language } => {
            let (addresses_later, registrations, personal, undelivered) = Default::default();
            let user = User { id, name, addresses: addresses_later, language, registrations, personal, undelivered };
            directory.users.insert(id, user);
            set_user_addresses(directory, id, addresses);
        }
        DirectoryEvent::UserChanged { id, name, addresses, language } => {
            directory.users.entry(id).and_modify(|user| (user.name, user.language) = (name, language));
            set_user_addresses(directory, id, addresses);
        }
        DirectoryEvent::RegistrationSet { id, customer, active, roles } => {
            let registration = Registration { active, roles: roles.into_iter().collect() };
            directory.users.entry(id).and_modify(|user| {
                user.registrations.insert(customer, registration);
            });
        }
        DirectoryEvent::MemberAdded { category, user } => {
            change_category(directory, category, |category| {
                category.members.insert(user);
            });
        }
        DirectoryEvent::MemberRemoved { category, user } => {
            change_category(directory, category, |category| {
                category.members.remove(&user);
            });
        }
        DirectoryEvent::PersonalSet { id, personal } => {
            directory.users.entry(id).and_modify(|user| user.personal = personal);
        }
        event @ (DirectoryEvent::MailUndelivered { .. }
        | DirectoryEvent::MailPaused { .. }
        | DirectoryEvent::MailResumed { .. }) => change_mail(directory, &event),
    }
}

fn change_customer(directory: &mut Directory, id: CustomerId, name: String, language: Language) {
    directory.customers.entry(id).and_modify(|customer| (customer.name, customer.language) = (name, language));
}

fn change_mail(directory: &mut Directory, event: &DirectoryEvent) {
    match *event {
        DirectoryEvent::MailUndelivered { id, letter, at } => {
            directory.users.entry(id).and_modify(|user| user.undelivered.add(letter, at));
        }
        DirectoryEvent::MailPaused { id, since, case } => {
            directory.users.entry(id).and_modify(|user| user.undelivered.pause(Paused { since, case }));
        }
        DirectoryEvent::MailResumed { id } => {
            directory.users.entry(id).and_modify(|user| user.undelivered = Undelivered::default());
        }
        _ => {}
    }
}

fn change_category(directory: &mut Directory, id: CategoryId, change: impl FnOnce(&mut Category)) {
    if let Some(category) = directory.categories.get_mut(&id) {
        change(category);
    }
}

fn describe_category(category: &mut Category, name: String, language: Option<Language>, settings: CategorySettings) {
    (category.name, category.language, category.settings) = (name, language, settings);
}

fn set_addresses(directory: &mut Directory, id: CategoryId, addresses: Vec<Address>) {
    let before = directory.categories.get(&id).map_or(Vec::new(), |category| category.addresses.clone());
    for address in &before {
        directory.category_by_address.remove(address);
    }
    directory.category_by_address.extend(addresses.iter().map(|address| (address.clone(), id)));
    change_category(directory, id, |category| category.addresses = addresses);
}

fn set_user_addresses(directory: &mut Directory, id: UserId, addresses: Vec<Address>) {
    let before = directory.users.get(&id).map_or(Vec::new(), |user| user.addresses.clone());
    for address in &before {
        directory.user_by_address.remove(address);
    }
    directory.user_by_address.extend(addresses.iter().map(|address| (address.clone(), id)));
    directory.users.entry(id).and_modify(|user| user.addresses = addresses);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::model::{Role, Routed, SITE};

    fn address(text: &str) -> Address {
        Address::parse(text).expect("good")
    }

    fn build(events: &[DirectoryEvent]) -> Directory {
        let mut directory = Directory::default();
        events.iter().for_each(|event| apply(&mut directory, event));
        directory
    }

    fn small() -> Vec<DirectoryEvent> {
        let (uni, it, ola) = (CustomerId::new(1), CategoryId::new(3), UserId::new(1));
        vec![
            DirectoryEvent::CustomerAdded { id: uni, key: "uni".into(), name: "Uni".into(), language: Language::Nn },
            DirectoryEvent::CategoryAdded {
                id: it,
                customer: uni,
                path: "it".into(),
                name: "IT".into(),
                language: None,
                settings: CategorySettings::default(),
            },
            DirectoryEvent::AddressesSet { id: it, addresses: vec![address("hjelp@uni.no"), address("it@uni.no")] },
            DirectoryEvent::UserAdded {
                id: ola,
                name: "Ola".into(),
                addresses: vec![address("ola@uni.no")],
                language: Language::Nb,
            },
            DirectoryEvent::RegistrationSet { id: ola, customer: uni, active: true, roles: vec![Role::Agent] },
            DirectoryEvent::MemberAdded { category: it, user: ola },
        ]
    }

    #[test]
    fn events_build_what_can_be_asked() {
        let directory = build(&small());
        let it = CategoryId::new(3);
        assert_eq!(directory.version(), Version::new(6));
        assert_eq!(directory.route(&address("HJELP+x@uni.no")), Routed::Category(it));
        assert!(directory.is_active_member(UserId::new(1), it));
        assert_eq!(directory.language_of(it), Language::Nn);
        assert_eq!(directory.user_by_address(&address("Ola@UNI.no")).map(|user| user.id), Some(UserId::new(1)));

        let fewer = [small(), vec![DirectoryEvent::AddressesSet { id: it, addresses: vec![address("it@uni.no")] }]];
        let directory = build(&fewer.concat());
        assert_eq!(directory.route(&address("hjelp@uni.no")), Routed::Unknown);
    }

    #[test]
    fn what_makes_no_sense_changes_only_the_version() {
        let (it, ola, nobody) = (CategoryId::new(3), UserId::new(1), UserId::new(9));
        let user = |id, texts: &[&str]| DirectoryEvent::UserChanged {
            id,
            name: "X".into(),
            addresses: texts.iter().map(|text| address(text)).collect(),
            language: Language::En,
        };
        let nonsense = [
            DirectoryEvent::CustomerAdded { id: SITE, key: "x".into(), name: "X".into(), language: Language::Nb },
            DirectoryEvent::CustomerActivated { id: SITE, active: false },
            DirectoryEvent::CategoryActivated { id: crate::directory::model::QUARANTINE, active: false },
            DirectoryEvent::AddressesSet { id: CategoryId::new(2), addresses: vec![address("IT@uni.no")] },
            DirectoryEvent::AddressesSet { id: it, addresses: vec![address("ola@uni.no")] },
            DirectoryEvent::AddressesSet { id: it, addresses: vec![address("a@uni.no"), address("A@uni.no")] },
            user(ola, &[]),
            user(ola, &["it@uni.no"]),
            user(nobody, &["n@uni.no"]),
            DirectoryEvent::MemberAdded { category: it, user: nobody },
            DirectoryEvent::MemberAdded { category: CategoryId::new(1), user: ola },
            DirectoryEvent::MemberRemoved { category: it, user: nobody },
            DirectoryEvent::RegistrationSet {
                id: ola,
                customer: CustomerId::new(1),
                active: true,
                roles: vec![Role::Operator],
            },
        ];
        for event in nonsense {
            let before = build(&small());
            let mut after = before.clone();
            apply(&mut after, &event);
            assert_eq!(after.version(), Version::new(before.version().get() + 1), "{event:?}");
            after.version = before.version;
            assert_eq!(after, before, "{event:?}");
        }
    }
}
