//! From the file as written to the file as wanted.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::check::{
    ADDRESSES_MAX, KEY_WANTED, NAME_WANTED, PATH_WANTED, WRITERS_MAX, Whose, is_key, is_name, is_path, is_signature,
    shared_address, user_address,
};
use super::file::{File, FileAt, FileCategory, FileCustomer, FileUser, Problems};
use super::model::{AnswerName, CategorySettings, Language, Role, TagPlace};
use super::written::{At, Category, Customer, Known, Settings, Shared, User, Written};
use crate::address::{Address, Domain};

/// The short name of the built-in customer.
pub(super) const SITE_KEY: &str = "site";
/// Paths of the site's built-in categories.
pub(super) const BUILT_IN: [&str; 3] = ["operators", "quarantine", "control"];

struct Reader<'a> {
    reply_domain: Option<&'a Domain>,
    problems: Problems,
    /// Who has an address, in words.
    taken: HashMap<Address, String>,
}

pub(super) fn check(written: Written, reply_domain: Option<&Domain>) -> Result<File, Problems> {
    let mut reader = Reader { reply_domain, problems: Problems::default(), taken: HashMap::new() };
    let mut file = File {
        customers: written.customer.into_iter().map(|customer| reader.customer(customer)).collect(),
        users: Vec::new(),
        operators: BTreeSet::new(),
    };
    let languages: HashMap<_, _> =
        file.customers.iter().map(|customer| (customer.key.clone(), customer.language)).collect();
    file.users = written.user.into_iter().map(|user| reader.user(user, &languages)).collect();
    file.operators = written.operators.iter().filter_map(|text| reader.address("operators", text)).collect();
    reader.unique_names(&file);
    reader.appoint_operators(&mut file);
    reader.members_are_registered(&file);
    reader.writers_are_people(&file);
    if reader.problems.0.is_empty() { Ok(file) } else { Err(reader.problems) }
}

impl Reader<'_> {
    fn customer(&mut self, written: Customer) -> FileCustomer {
        let place = format!("customer[{}]", written.key);
        if !is_key(&written.key) {
            self.problems.add(format!("{place}.key"), quoted(&written.key), KEY_WANTED);
        }
        if written.key == SITE_KEY && !written.active {
            self.problems.add(format!("{place}.active"), "false", "true: the site is always active");
        }
        self.name(&place, &written.name);
        let language = self.language(&place, written.language.as_deref()).unwrap_or_default();
        let key = written.key;
        let categories = written.category.into_iter().map(|category| self.category(&place, &key, category)).collect();
        FileCustomer { name: written.name, language, active: written.active, categories, key }
    }

    fn category(&mut self, customer_place: &str, customer: &str, written: Category) -> FileCategory {
        let place = format!("{customer_place}.category[{}]", written.path);
        let built_in = customer == SITE_KEY && BUILT_IN.contains(&written.path.as_str());
        if !is_path(&written.path) {
            self.problems.add(format!("{place}.path"), quoted(&written.path), PATH_WANTED);
        }
        if built_in && !written.active {
            self.problems.add(format!("{place}.active"), "false", "true: built-in categories are always active");
        }
        self.name(&place, &written.name);
        let operators = customer == SITE_KEY && written.path == BUILT_IN[0];
        let whose = if operators { Whose::Operators } else { Whose::Others };
        let addresses_place = format!("{place}.addresses");
        let (addresses, form_addresses) = self.shared_addresses(&addresses_place, written.addresses);
        for address in &addresses {
            if let Err(wanted) = shared_address(address, whose, self.reply_domain) {
                self.problems.add(&addresses_place, address, wanted);
            }
            self.claim(&addresses_place, address, format!("category {customer}/{}", written.path));
        }
        let members = written.members.iter().filter_map(|text| self.address(&format!("{place}.members"), text));
        FileCategory {
            members: members.collect(),
            language: self.language(&place, written.language.as_deref()),
            settings: self.settings(&place, customer, written.settings),
            path: written.path,
            name: written.name,
            active: written.active,
            addresses,
            form_addresses,
        }
    }

    /// All of a category's addresses, and those that web forms write to.
    fn shared_addresses(&mut self, place: &str, written: Vec<Shared>) -> (Vec<Address>, BTreeSet<Address>) {
        let mut forms = BTreeSet::new();
        let mut texts = Vec::with_capacity(written.len());
        for shared in written {
            let (text, from) = match shared {
                Shared::Plain(text) => (text, None),
                Shared::Known(Known { address, contact_from }) => (address, contact_from),
            };
            let words = [("from", false), ("reply_to", true)];
            if self.one_of(&format!("{place}[{text}].contact_from"), from.as_deref(), &words) == Some(true) {
                forms.extend(Address::parse(&text));
            }
            texts.push(text);
        }
        (self.addresses(place, &texts), forms)
    }

    fn settings(&mut self, place: &str, customer: &str, written: Settings) -> CategorySettings {
        let default = CategorySettings { acknowledge: customer != SITE_KEY, ..CategorySettings::default() };
        let tags = [("left", TagPlace::Left), ("right", TagPlace::Right), ("off", TagPlace::Off)];
        let names = [("agent", AnswerName::Agent), ("category", AnswerName::Category)];
        let signature = written.signature.unwrap_or_default();
        if !is_signature(&signature) {
            let wanted = "at most 4096 octets, no controls but line ends";
            self.problems.add(format!("{place}.settings.signature"), quoted(&signature), wanted);
        }
        CategorySettings {
            tag: self.one_of(&format!("{place}.settings.tag"), written.tag.as_deref(), &tags).unwrap_or_default(),
            answer_name: self
                .one_of(&format!("{place}.settings.answer_name"), written.answer_name.as_deref(), &names)
                .unwrap_or_default(),
            acknowledge: written.acknowledge.unwrap_or(default.acknowledge),
            signature,
            tag_from_same_domain: written.tag_from_same_domain.unwrap_or(default.tag_from_same_domain),
        }
    }

    fn user(&mut self, written: User, languages: &HashMap<String, Language>) -> FileUser {
        let place = format!("user[{}]", written.addresses.first().unwrap_or(&written.name));
        self.name(&place, &written.name);
        let addresses_place = format!("{place}.addresses");
        if written.addresses.is_empty() {
            self.problems.add(&addresses_place, "none", "at least one address");
        }
        let addresses = self.addresses(&addresses_place, &written.addresses);
        for address in &addresses {
            if let Err(wanted) = user_address(address, self.reply_domain) {
                self.problems.add(&addresses_place, address, wanted);
            }
            self.claim(&addresses_place, address, format!("user {}", written.name));
        }
        let own = self.language(&place, written.language.as_deref());
        let first = written.at.keys().find_map(|key| languages.get(key));
        let at = written.at.into_iter().map(|(key, at)| self.at(&place, key, at, languages)).collect();
        let language = own.or(first.copied()).unwrap_or_default();
        let writers = self.writers(&place, written.kind.as_deref(), written.writers);
        FileUser { name: written.name, addresses, language, writers, at }
    }

    /// Who may write as this user; `None`: nobody else.
    fn writers(&mut self, user: &str, kind: Option<&str>, writers: Option<Vec<String>>) -> Option<BTreeSet<Address>> {
        let place = format!("{user}.writers");
        let group = self.one_of(&format!("{user}.kind"), kind, &[("person", false), ("group", true)]);
        if let (Some(writers), None | Some(false)) = (&writers, group) {
            let wanted = "nothing, or kind = \"group\": nobody writes as a person";
            self.problems.add(&place, writers.len(), wanted);
        }
        let writers = writers.filter(|_| group == Some(true)).unwrap_or_default();
        if writers.len() > WRITERS_MAX {
            self.problems.add(&place, writers.len(), format!("at most {WRITERS_MAX}"));
        }
        let writers = writers.iter().filter_map(|text| self.address(&place, text)).collect();
        (group == Some(true)).then_some(writers)
    }

    fn at(&mut self, user: &str, key: String, written: At, customers: &HashMap<String, Language>) -> (String, FileAt) {
        let place = format!("{user}.at.{key}");
        if key != SITE_KEY && !customers.contains_key(&key) {
            self.problems.add(&place, quoted(&key), "a customer of this file");
        }
        let roles = written.roles.unwrap_or_else(|| vec!["agent".to_owned()]);
        let names =
            [("agent", Role::Agent), ("lead", Role::Lead), ("orderer", Role::Orderer), ("operator", Role::Operator)];
        let known = if key == SITE_KEY { &names[..] } else { &names[..3] };
        let roles = roles.iter().filter_map(|role| self.one_of(&format!("{place}.roles"), Some(role), known)).collect();
        (key, FileAt { active: written.active, roles })
    }

    fn unique_names(&mut self, file: &File) {
        let mut keys = HashSet::new();
        for customer in &file.customers {
            let place = format!("customer[{}]", customer.key);
            if !keys.insert(&customer.key) {
                self.problems.add(format!("{place}.key"), "the same key twice", "one table per customer");
            }
            let mut paths = HashSet::new();
            for category in customer.categories.iter().filter(|category| !paths.insert(&category.path)) {
                let place = format!("{place}.category[{}].path", category.path);
                self.problems.add(place, "the same path twice", "one table per category");
            }
        }
    }

    /// Writes out what `operators` is short for.
    fn appoint_operators(&mut self, file: &mut File) {
        for address in &file.operators {
            let Some(user) = file.users.iter_mut().find(|user| user.addresses.contains(address)) else {
                self.problems.add("operators", address, "an address of a user of this file");
                continue;
            };
            let at = user.at.entry(SITE_KEY.to_owned());
            let at = at.or_insert_with(|| FileAt { active: true, roles: BTreeSet::new() });
            if !at.active {
                self.problems.add("operators", address, "a user who is active at the site");
            }
            at.roles.insert(Role::Operator);
        }
    }

    fn members_are_registered(&mut self, file: &File) {
        let users: HashMap<_, _> =
            file.users.iter().flat_map(|user| user.addresses.iter().map(move |address| (address, user))).collect();
        for customer in &file.customers {
            for (category, member) in
                customer.categories.iter().flat_map(|category| category.members.iter().map(move |it| (category, it)))
            {
                let wanted = match users.get(member) {
                    Some(user) if user.at.contains_key(&customer.key) => continue,
                    Some(_) => format!("a user registered at {0}: add at.{0} to the user", customer.key),
                    None => "an address of a user of this file".to_owned(),
                };
                let place = format!("customer[{}].category[{}].members", customer.key, category.path);
                self.problems.add(place, member, wanted);
            }
        }
    }

    fn writers_are_people(&mut self, file: &File) {
        let users: HashMap<_, _> =
            file.users.iter().flat_map(|user| user.addresses.iter().map(move |address| (address, user))).collect();
        for group in &file.users {
            for address in group.writers.iter().flatten() {
                let wanted = match users.get(address).map(|writer| writer.writers.is_some()) {
                    Some(false) => continue,
                    Some(true) => "an address of a person: no group writes as a group",
                    None => "an address of a user of this file",
                };
                let place = group.addresses.first().map_or(group.name.clone(), Address::to_string);
                self.problems.add(format!("user[{place}].writers"), address, wanted);
            }
        }
    }

    fn claim(&mut self, place: &str, address: &Address, owner: String) {
        if let Some(other) = self.taken.insert(address.clone(), owner) {
            self.problems.add(place, address, format!("an address of its own: this one belongs to {other}"));
        }
    }

    fn addresses(&mut self, place: &str, texts: &[String]) -> Vec<Address> {
        if texts.len() > ADDRESSES_MAX {
            self.problems.add(place, texts.len(), format!("at most {ADDRESSES_MAX}"));
        }
        texts.iter().filter_map(|text| self.address(place, text)).collect()
    }

    fn address(&mut self, place: &str, text: &str) -> Option<Address> {
        let address = Address::parse(text);
        if address.is_none() {
            self.problems.add(place, quoted(text), "a bare mail address: name@domain");
        }
        address
    }

    fn name(&mut self, place: &str, name: &str) {
        if !is_name(name) {
            self.problems.add(format!("{place}.name"), quoted(name), NAME_WANTED);
        }
    }

    fn language(&mut self, place: &str, text: Option<&str>) -> Option<Language> {
        let all = Language::ALL.map(|language| (language.as_str(), language));
        self.one_of(&format!("{place}.language"), text, &all)
    }

    fn one_of<T: Copy>(&mut self, place: &str, text: Option<&str>, known: &[(&str, T)]) -> Option<T> {
        let text = text?;
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            self.problems.add(place, quoted(text), format!("one of {}", names.join(", ")));
        }
        found
    }
}

fn quoted(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    format!("{short:?}")
}
