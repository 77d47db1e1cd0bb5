//! From the directory as it is to the directory as a file wants it.
//!
//! The way is walked on a copy: each event is applied before the next is thought of, so each fits where it stands, and
//! the end is the directory that the file describes.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::apply::apply;
use super::check::{ADDRESSES_MAX, WRITERS_MAX};
use super::event::DirectoryEvent;
use super::file::{File, FileAt, FileCategory, FileCustomer};
use super::model::{BUILT_IN, Directory, OPERATORS, QUARANTINE, Role, SITE};
use super::read::SITE_KEY;
use crate::address::Address;
use crate::id::{CategoryId, CustomerId, UserId};

/// What becomes of that which the file does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// It stays as it is.
    #[default]
    Off,
    /// Customers, categories and registrations become inactive; addresses, roles and memberships go. The built-in
    /// categories stay, and so do all operators when the file names none.
    On,
}

/// Whose an address is, by the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Category(CategoryId),
    User(UserId),
}

struct Walk<'a> {
    file: &'a File,
    prune: Prune,
    then: Directory,
    events: Vec<DirectoryEvent>,
    /// For each user of the file, in order: who that is.
    users: Vec<(UserId, Known)>,
    /// For each category of the file.
    categories: Vec<(CategoryId, &'a FileCategory)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Already,
    New,
}

/// The events that make the directory what the file says; none if it is that already.
///
/// An address that the file gives to somebody is taken from whoever else has it, pruning or not. A user who loses the
/// last address this way becomes inactive. Users are known by their first address, else by any other.
pub fn diff(directory: &Directory, file: &File, prune: Prune) -> Vec<DirectoryEvent> {
    let mut walk = Walk {
        file,
        prune,
        then: directory.clone(),
        events: Vec::new(),
        users: who_is_who(directory, file),
        categories: Vec::new(),
    };
    for customer in &file.customers {
        let id = walk.customer(customer);
        for category in &customer.categories {
            let id = walk.category(id, category);
            walk.categories.push((id, category));
        }
    }
    walk.move_addresses();
    walk.registrations();
    walk.writers();
    walk.members();
    if prune == Prune::On {
        walk.deactivate_the_rest();
    }
    walk.events
}

fn who_is_who(directory: &Directory, file: &File) -> Vec<(UserId, Known)> {
    let mut found: Vec<Option<UserId>> = vec![None; file.users.len()];
    let mut taken = HashSet::new();
    let depth = file.users.iter().map(|user| user.addresses.len()).max().unwrap_or(0);
    for nth in 0..depth {
        for (user, place) in file.users.iter().zip(&mut found).filter(|(_, place)| place.is_none()) {
            let known = user.addresses.get(nth).and_then(|address| directory.user_by_address(address));
            *place = known.map(|user| user.id).filter(|id| taken.insert(*id));
        }
    }
    let mut next = directory.users().map(|user| user.id.get()).max().unwrap_or(0);
    let number = |place: Option<UserId>| match place {
        Some(id) => (id, Known::Already),
        None => {
            next += 1;
            (UserId::new(next), Known::New)
        }
    };
    found.into_iter().map(number).collect()
}

impl Walk<'_> {
    fn push(&mut self, event: DirectoryEvent) {
        apply(&mut self.then, &event);
        self.events.push(event);
    }

    fn customer(&mut self, wanted: &FileCustomer) -> CustomerId {
        let (name, language) = (wanted.name.clone(), wanted.language);
        let (id, active) = match self.then.customer_by_key(&wanted.key) {
            Some(is) => {
                let (id, active) = (is.id, is.active);
                if (&is.name, is.language) != (&name, language) {
                    self.push(DirectoryEvent::CustomerChanged { id, name, language });
                }
                (id, active)
            }
            None => {
                let highest = self.then.customers().map(|customer| customer.id.get()).max().unwrap_or(0);
                let id = CustomerId::new(highest + 1);
                self.push(DirectoryEvent::CustomerAdded { id, key: wanted.key.clone(), name, language });
                (id, true)
            }
        };
        if active != wanted.active {
            self.push(DirectoryEvent::CustomerActivated { id, active: wanted.active });
        }
        id
    }

    fn category(&mut self, customer: CustomerId, wanted: &FileCategory) -> CategoryId {
        let (name, language, settings) = (wanted.name.clone(), wanted.language, wanted.settings.clone());
        let known = self.then.categories().find(|is| is.customer == customer && is.path == wanted.path);
        let (id, active) = match known {
            Some(is) => {
                let (id, active) = (is.id, is.active);
                if (&is.name, is.language, &is.settings) != (&name, language, &settings) {
                    self.push(DirectoryEvent::CategoryChanged { id, name, language, settings });
                }
                (id, active)
            }
            None => {
                let highest = self.then.categories().map(|category| category.id.get()).max().unwrap_or(0);
                let id = CategoryId::new(highest + 1);
                let path = wanted.path.clone();
                self.push(DirectoryEvent::CategoryAdded { id, customer, path, name, language, settings });
                (id, true)
            }
        };
        if active != wanted.active {
            self.push(DirectoryEvent::CategoryActivated { id, active: wanted.active });
        }
        id
    }

    /// First everybody lets go of what the file gives to others, then everybody takes: so two may change places.
    fn move_addresses(&mut self) {
        let mut owners: HashMap<Address, Owner> = HashMap::new();
        for (id, category) in &self.categories {
            owners.extend(category.addresses.iter().map(|address| (address.clone(), Owner::Category(*id))));
        }
        for ((id, _), user) in self.users.iter().zip(&self.file.users) {
            owners.extend(user.addresses.iter().map(|address| (address.clone(), Owner::User(*id))));
        }
        let stays = |address: &Address, owner: Owner| owners.get(address).is_none_or(|other| *other == owner);
        self.release(stays);

        for (id, wanted) in self.categories.clone() {
            let is = self.then.category(id).map_or(&[][..], |category| &category.addresses);
            let addresses = self.merged(&wanted.addresses, is);
            if addresses != is {
                self.push(DirectoryEvent::AddressesSet { id, addresses });
            }
            self.form_addresses(id, wanted);
        }
        for ((id, known), wanted) in self.users.clone().into_iter().zip(&self.file.users) {
            let (name, language) = (wanted.name.clone(), wanted.language);
            let Some(is) = self.then.user(id).filter(|_| known == Known::Already) else {
                self.push(DirectoryEvent::UserAdded { id, name, addresses: wanted.addresses.clone(), language });
                continue;
            };
            let addresses = self.merged(&wanted.addresses, &is.addresses);
            if (&is.name, &is.addresses, is.language) != (&name, &addresses, language) {
                self.push(DirectoryEvent::UserChanged { id, name, addresses, language });
            }
        }
    }

    /// What the file says of the addresses that it names; others stay as they are.
    fn form_addresses(&mut self, id: CategoryId, wanted: &FileCategory) {
        let Some(is) = self.then.category(id).map(|category| &category.form_addresses) else { return };
        let others = is.iter().filter(|address| !wanted.addresses.contains(address)).cloned();
        let addresses: BTreeSet<Address> = wanted.form_addresses.iter().cloned().chain(others).collect();
        if addresses != *is {
            let addresses = addresses.into_iter().collect();
            self.push(DirectoryEvent::FormAddressesSet { id, addresses });
        }
    }

    fn release(&mut self, stays: impl Fn(&Address, Owner) -> bool) {
        let kept = |addresses: &[Address], owner: Owner| -> Option<Vec<Address>> {
            let kept: Vec<_> = addresses.iter().filter(|address| stays(address, owner)).cloned().collect();
            (kept.len() < addresses.len()).then_some(kept)
        };
        let categories: Vec<_> = self
            .then
            .categories()
            .filter_map(|is| Some((is.id, kept(&is.addresses, Owner::Category(is.id))?)))
            .collect();
        let users: Vec<_> =
            self.then.users().filter_map(|is| Some((is.clone(), kept(&is.addresses, Owner::User(is.id))?))).collect();
        for (id, addresses) in categories {
            self.push(DirectoryEvent::AddressesSet { id, addresses });
        }
        for (user, addresses) in users {
            if addresses.is_empty() {
                self.retire(user.id);
            }
            let (id, name, language) = (user.id, user.name, user.language);
            self.push(DirectoryEvent::UserChanged { id, name, addresses, language });
        }
    }

    /// Nobody without an address is active or a member.
    fn retire(&mut self, user: UserId) {
        let member_of: Vec<_> =
            self.then.categories().filter(|is| is.members.contains(&user)).map(|category| category.id).collect();
        for category in member_of {
            self.push(DirectoryEvent::MemberRemoved { category, user });
        }
        self.no_longer_writes(user);
        self.set_writers(user, None);
        self.deactivate(user, |_| true);
    }

    fn no_longer_writes(&mut self, user: UserId) {
        let groups: Vec<_> = self.then.users().filter_map(|is| Some((is.id, is.writers.clone()?))).collect();
        for (group, mut writers) in groups {
            if writers.remove(&user) {
                self.set_writers(group, Some(writers));
            }
        }
    }

    fn set_writers(&mut self, id: UserId, writers: Option<BTreeSet<UserId>>) {
        if self.then.user(id).is_some_and(|user| user.writers != writers) {
            let writers = writers.map(|writers| writers.into_iter().collect());
            self.push(DirectoryEvent::WritersSet { id, writers });
        }
    }

    /// First all of the file who are no group cease to be one and all who are cease to write as others, then they are
    /// given who writes as them.
    fn writers(&mut self) {
        let file = self.file;
        for ((id, _), user) in self.users.clone().into_iter().zip(&file.users) {
            match user.writers {
                Some(_) => self.no_longer_writes(id),
                None => self.set_writers(id, None),
            }
        }
        for ((id, _), user) in self.users.clone().into_iter().zip(&file.users) {
            let Some(wanted) = &user.writers else { continue };
            let mut writers = self.ids(wanted);
            if let (Some(is), Prune::Off) = (self.then.user(id).and_then(|is| is.writers.as_ref()), self.prune) {
                writers.extend(is.iter().take(WRITERS_MAX.saturating_sub(writers.len())));
            }
            self.set_writers(id, Some(writers));
        }
    }

    fn deactivate(&mut self, id: UserId, which: impl Fn(CustomerId) -> bool) {
        let Some(user) = self.then.user(id) else { return };
        let mut events = Vec::new();
        for (customer, is) in user.registrations.iter().filter(|(customer, is)| is.active && which(**customer)) {
            let roles = is.roles.iter().copied().collect();
            events.push(DirectoryEvent::RegistrationSet { id, customer: *customer, active: false, roles });
        }
        events.into_iter().for_each(|event| self.push(event));
    }

    /// What the file wants, and, unless pruning, what is there besides.
    fn merged(&self, wanted: &[Address], is: &[Address]) -> Vec<Address> {
        let mut all = wanted.to_vec();
        if self.prune == Prune::Off {
            all.extend(is.iter().filter(|address| !wanted.contains(address)).cloned());
            all.truncate(ADDRESSES_MAX.max(wanted.len()));
        }
        all
    }

    fn registrations(&mut self) {
        let file = self.file;
        for ((id, _), user) in self.users.clone().into_iter().zip(&file.users) {
            for (key, wanted) in &user.at {
                let customer = self.then.customer_by_key(key).map(|customer| customer.id);
                if let Some(customer) = customer {
                    self.register(id, customer, wanted);
                }
            }
        }
    }

    fn register(&mut self, id: UserId, customer: CustomerId, wanted: &FileAt) {
        let is = self.then.user(id).and_then(|user| user.registrations.get(&customer));
        let mut roles: BTreeSet<Role> = wanted.roles.clone();
        if let (Some(is), Prune::Off) = (is, self.prune) {
            roles.extend(&is.roles);
        }
        if is.is_none_or(|is| (is.active, &is.roles) != (wanted.active, &roles)) {
            let roles = roles.into_iter().collect();
            self.push(DirectoryEvent::RegistrationSet { id, customer, active: wanted.active, roles });
        }
    }

    fn members(&mut self) {
        let mut wanted: HashMap<CategoryId, BTreeSet<UserId>> = HashMap::new();
        for (id, category) in &self.categories {
            wanted.insert(*id, self.ids(&category.members));
        }
        if !self.file.operators.is_empty() {
            let operators = self.ids(&self.file.operators);
            for built_in in [OPERATORS, QUARANTINE] {
                wanted.entry(built_in).or_default().extend(&operators);
            }
        }
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort_unstable_by_key(|(id, _)| *id);
        for (category, members) in wanted {
            let is = self.then.category(category).map(|category| category.members.clone()).unwrap_or_default();
            for user in members.difference(&is) {
                self.push(DirectoryEvent::MemberAdded { category, user: *user });
            }
            let spared = self.spares(category);
            for user in is.difference(&members).filter(|_| self.prune == Prune::On && !spared) {
                let gone = DirectoryEvent::MemberRemoved { category, user: *user };
                apply(&mut self.then, &gone);
                self.events.push(gone);
            }
        }
    }

    /// A file that names no operator must not leave quarantined mail without a reader.
    fn spares(&self, category: CategoryId) -> bool {
        matches!(category, OPERATORS | QUARANTINE) && !self.names_operators()
    }

    fn names_operators(&self) -> bool {
        let at_site = self.file.users.iter().filter_map(|user| user.at.get(SITE_KEY));
        at_site.into_iter().any(|at| at.active && at.roles.contains(&Role::Operator))
    }

    fn ids(&self, addresses: &BTreeSet<Address>) -> BTreeSet<UserId> {
        addresses.iter().filter_map(|address| self.then.user_by_address(address)).map(|user| user.id).collect()
    }

    fn deactivate_the_rest(&mut self) {
        let file = self.file;
        let named: HashMap<UserId, usize> = self.users.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        let site_stays = !self.names_operators();
        for id in self.then.users().map(|user| user.id).collect::<Vec<_>>() {
            let at = named.get(&id).map(|at| &file.users[*at].at);
            let keys: HashSet<CustomerId> = at
                .into_iter()
                .flat_map(|at| at.keys().filter_map(|key| self.then.customer_by_key(key)))
                .map(|customer| customer.id)
                .collect();
            self.deactivate(id, |customer| !(keys.contains(&customer) || site_stays && customer == SITE));
        }
        let named: HashSet<_> = self.categories.iter().map(|(id, _)| *id).chain(BUILT_IN).collect();
        let rest: Vec<_> =
            self.then.categories().filter(|is| is.active && !named.contains(&is.id)).map(|is| is.id).collect();
        rest.into_iter().for_each(|id| self.push(DirectoryEvent::CategoryActivated { id, active: false }));
        let keys: HashSet<_> = file.customers.iter().map(|customer| customer.key.as_str()).chain([SITE_KEY]).collect();
        let rest: Vec<_> =
            self.then.customers().filter(|is| is.active && !keys.contains(is.key.as_str())).map(|is| is.id).collect();
        rest.into_iter().for_each(|id| self.push(DirectoryEvent::CustomerActivated { id, active: false }));
    }
}
