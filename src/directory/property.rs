//! Whatever the directory and whatever the file: walking the diff ends where the file says, and stays there.

use proptest::prelude::*;

use super::apply::apply;
use super::check::check;
use super::diff::{Prune, diff};
use super::event::DirectoryEvent;
use super::export::export;
use super::file::{File, read};
use super::model::{CategorySettings, Directory, Language, Role};
use crate::address::{Address, Domain};
use crate::id::{CategoryId, CustomerId, UserId, Version};

const ADDRESSES: u8 = 10;

fn address(number: u8) -> Address {
    Address::parse(&format!("å{number}@uni.no")).expect("good")
}

fn reply_domain() -> Domain {
    Domain::parse("reply.uni.no").expect("good")
}

fn language() -> impl Strategy<Value = Language> {
    prop_oneof![Just(Language::Nb), Just(Language::Nn), Just(Language::En)]
}

fn settings() -> impl Strategy<Value = CategorySettings> {
    (any::<bool>(), prop_oneof![Just(String::new()), Just("Hilsen\n\"IT\"".to_owned())])
        .prop_map(|(acknowledge, signature)| CategorySettings { acknowledge, signature, ..Default::default() })
}

fn event() -> impl Strategy<Value = DirectoryEvent> {
    use DirectoryEvent as E;
    let customer = || (0u32..4).prop_map(CustomerId::new);
    let category = || (1u32..6).prop_map(CategoryId::new);
    let user = || (1u32..5).prop_map(UserId::new);
    let name = || "[a-zæøå\"]{1,6}";
    let addresses = || prop::collection::vec((0..ADDRESSES).prop_map(address), 0..3);
    let role = prop_oneof![Just(Role::Agent), Just(Role::Lead), Just(Role::Orderer), Just(Role::Operator)];
    let roles = prop::collection::vec(role, 0..3);
    prop_oneof![
        (customer(), "[ab]", name(), language()).prop_map(|(id, key, name, language)| E::CustomerAdded {
            id,
            key,
            name,
            language
        }),
        (customer(), name(), language()).prop_map(|(id, name, language)| E::CustomerChanged { id, name, language }),
        (customer(), any::<bool>()).prop_map(|(id, active)| E::CustomerActivated { id, active }),
        (category(), customer(), "[ab](/a)?", name(), prop::option::of(language()), settings()).prop_map(
            |(id, customer, path, name, language, settings)| E::CategoryAdded {
                id,
                customer,
                path,
                name,
                language,
                settings
            }
        ),
        (category(), name(), prop::option::of(language()), settings())
            .prop_map(|(id, name, language, settings)| E::CategoryChanged { id, name, language, settings }),
        (category(), any::<bool>()).prop_map(|(id, active)| E::CategoryActivated { id, active }),
        (category(), addresses()).prop_map(|(id, addresses)| E::AddressesSet { id, addresses }),
        (user(), name(), addresses(), language()).prop_map(|(id, name, addresses, language)| E::UserAdded {
            id,
            name,
            addresses,
            language
        }),
        (user(), name(), addresses(), language()).prop_map(|(id, name, addresses, language)| E::UserChanged {
            id,
            name,
            addresses,
            language
        }),
        (user(), customer(), any::<bool>(), roles).prop_map(|(id, customer, active, roles)| E::RegistrationSet {
            id,
            customer,
            active,
            roles
        }),
        (category(), user()).prop_map(|(category, user)| E::MemberAdded { category, user }),
        (category(), user()).prop_map(|(category, user)| E::MemberRemoved { category, user }),
        (category(), addresses()).prop_map(|(id, addresses)| E::FormAddressesSet { id, addresses }),
        (user(), prop::option::of(prop::collection::vec(user(), 0..3)))
            .prop_map(|(id, writers)| E::WritersSet { id, writers }),
    ]
}

/// What a history of valid events makes.
fn directory() -> impl Strategy<Value = Directory> {
    prop::collection::vec(event(), 0..60).prop_map(|events| {
        let mut directory = Directory::default();
        for event in events.iter() {
            if check(&directory, event, &reply_domain()).is_ok() {
                apply(&mut directory, event);
            }
        }
        directory
    })
}

fn as_file(directory: &Directory) -> File {
    let text = export(directory);
    read(&text, Some(&reply_domain())).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

fn walk(directory: &Directory, events: &[DirectoryEvent]) -> Directory {
    let mut then = directory.clone();
    for event in events {
        assert_eq!(check(&then, event, &reply_domain()), Ok(()), "{event:?} in {events:#?}");
        apply(&mut then, event);
    }
    then
}

fn maps_are_true(directory: &Directory) {
    let shared: usize = directory.categories().map(|category| category.addresses.len()).sum();
    assert_eq!(directory.category_by_address.len(), shared);
    let own: usize = directory.users().map(|user| user.addresses.len()).sum();
    assert_eq!(directory.user_by_address.len(), own);
    for category in directory.categories() {
        assert!(category.addresses.iter().all(|address| directory.category_by_address[address] == category.id));
    }
    for user in directory.users() {
        assert!(user.addresses.iter().all(|address| directory.user_by_address[address] == user.id));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_export_read_back_changes_nothing(directory in directory()) {
        let file = as_file(&directory);
        prop_assert_eq!(diff(&directory, &file, Prune::Off), []);
        prop_assert_eq!(diff(&directory, &file, Prune::On), []);
    }

    #[test]
    fn a_diff_gets_there_and_stays_there(here in directory(), there in directory()) {
        let file = as_file(&there);
        for prune in [Prune::Off, Prune::On] {
            let events = diff(&here, &file, prune);
            let after = walk(&here, &events);
            maps_are_true(&after);
            prop_assert_eq!(after.version(), Version::new(here.version().get() + events.len() as u64));
            prop_assert_eq!(diff(&after, &file, prune), []);
            for category in there.categories() {
                let path = there.full_path(category.id);
                let got = after.category_by_path(&path).expect("named in the file");
                prop_assert_eq!(got.active, category.active);
                prop_assert!(category.addresses.iter().all(|address| got.addresses.contains(address)));
            }
        }
    }

    #[test]
    fn without_pruning_nobody_loses_but_to_the_file(here in directory(), there in directory()) {
        let file = as_file(&there);
        let after = walk(&here, &diff(&here, &file, Prune::Off));
        for user in here.users().filter(|user| there.users().all(|other| user.addresses.iter().all(|a| !other.has_address(a)))) {
            let moved = user.addresses.iter().any(|address| there.is_shared(address));
            let then = after.user(user.id).expect("nobody is forgotten");
            prop_assert!(moved || then.registrations == user.registrations);
        }
        for category in here.categories().filter(|category| there.category_by_path(&here.full_path(category.id)).is_none()) {
            prop_assert_eq!(after.category(category.id).map(|then| then.active), Some(category.active));
        }
    }
}
