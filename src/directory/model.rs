//! What there is: customers, their category trees, shared addresses, registered users.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::personal::Personal;
use super::undelivered::Undelivered;
use crate::address::{Address, Domain};
use crate::id::{CategoryId, CustomerId, UserId, Version};

/// The built-in customer of those who run the service.
pub const SITE: CustomerId = CustomerId::new(0);
/// The site's category for mail to `postmaster` and for orders.
pub const OPERATORS: CategoryId = CategoryId::new(1);
/// The site's category for mail that nothing else could take.
pub const QUARANTINE: CategoryId = CategoryId::new(2);
/// The site's category for mail to the control address: nobody's work, so nobody is a member.
pub const CONTROL: CategoryId = CategoryId::new(0);
/// Categories that are there before any event, and always active.
pub const BUILT_IN: [CategoryId; 3] = [CONTROL, OPERATORS, QUARANTINE];

/// A language that mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Norwegian Bokmål.
    #[default]
    Nb,
    /// Norwegian Nynorsk.
    Nn,
    /// English.
    En,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nb, Self::Nn, Self::En];

    /// BCP 47 tag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }
}

/// What a user may do at a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Works cases in the categories that they are members of.
    Agent,
    /// Is told of breaches, reads reports.
    Lead,
    /// May order users and categories.
    Orderer,
    /// Runs the service; only at the site.
    Operator,
}

/// Where the tag stands in a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagPlace {
    /// `[HV-1042] title`
    #[default]
    Left,
    /// `title [HV-1042]`
    Right,
    /// No tag; answers are known by their ids and addresses alone.
    Off,
}

/// Whose name stands in From of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerName {
    /// `Ola via Orakel`
    #[default]
    Agent,
    /// `Orakel`
    Category,
}

/// How a category behaves. Every field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CategorySettings {
    /// Where the tag stands.
    pub tag: TagPlace,
    /// Whose name answers carry.
    pub answer_name: AnswerName,
    /// Are new contacts acknowledged?
    pub acknowledge: bool,
    /// Put below every answer; may be empty.
    pub signature: String,
    /// A tag in the subject also counts from the domain of a participant (never a public mail provider).
    pub tag_from_same_domain: bool,
}

impl Default for CategorySettings {
    fn default() -> Self {
        Self {
            tag: TagPlace::default(),
            answer_name: AnswerName::default(),
            acknowledge: true,
            signature: String::new(),
            tag_from_same_domain: false,
        }
    }
}

/// An organisation that has ordered the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Number.
    pub id: CustomerId,
    /// Short name in paths and commands: `ntnu`.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Language of its mails to contacts and of users that have chosen none.
    pub language: Language,
    /// Inactive: its addresses refuse mail.
    pub active: bool,
}

/// The unit of structure inside a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Number.
    pub id: CategoryId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Path inside the customer: `it/orakel`.
    pub path: String,
    /// Name for people, in From: `Orakel`.
    pub name: String,
    /// Language towards contacts, where it differs from the customer's.
    pub language: Option<Language>,
    /// Shared addresses; the first is the main one.
    pub addresses: Vec<Address>,
    /// Inactive: its addresses refuse mail.
    pub active: bool,
    /// How it behaves.
    pub settings: CategorySettings,
    /// Who works its cases.
    pub members: BTreeSet<UserId>,
}

impl Category {
    /// The address that mail is sent from.
    pub fn main_address(&self) -> Option<&Address> {
        self.addresses.first()
    }
}

/// What a user is at one customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// An active registration is a seat.
    pub active: bool,
    /// What they may do there.
    pub roles: BTreeSet<Role>,
}

/// A registered person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Number.
    pub id: UserId,
    /// Name for people.
    pub name: String,
    /// Mail addresses; the first is where notifications go.
    pub addresses: Vec<Address>,
    /// Language of mails to them.
    pub language: Language,
    /// At which customers they are registered.
    pub registrations: BTreeMap<CustomerId, Registration>,
    /// What they have chosen for themselves.
    pub personal: Personal,
    /// What became of mail to them.
    pub undelivered: Undelivered,
}

impl User {
    /// Where mail to this user goes.
    pub fn main_address(&self) -> Option<&Address> {
        self.addresses.first()
    }

    /// Is the user registered and active at this customer?
    pub fn is_active_at(&self, customer: CustomerId) -> bool {
        self.registrations.get(&customer).is_some_and(|registration| registration.active)
    }

    /// Is this an active operator?
    pub fn is_operator(&self) -> bool {
        let at_site = self.registrations.get(&SITE);
        at_site.is_some_and(|registration| registration.active && registration.roles.contains(&Role::Operator))
    }

    /// A customer at which the user is active; `None`: nowhere.
    pub fn active_somewhere(&self) -> Option<CustomerId> {
        self.registrations.iter().find(|(_, registration)| registration.active).map(|(customer, _)| *customer)
    }

    /// Is this one of the user's addresses?
    pub fn has_address(&self, address: &Address) -> bool {
        self.addresses.contains(address)
    }
}

/// What an address is here, for RCPT and for routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routed {
    /// An active category takes it.
    Category(CategoryId),
    /// The category or its customer is inactive.
    Inactive,
    /// Nobody here has it.
    Unknown,
}

/// Everything that there is, at one version. Built by `apply` from events alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub(super) version: Version,
    pub(super) customers: BTreeMap<CustomerId, Customer>,
    pub(super) categories: BTreeMap<CategoryId, Category>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) category_by_address: HashMap<Address, CategoryId>,
    pub(super) user_by_address: HashMap<Address, UserId>,
}

impl Default for Directory {
    /// The directory before its first event: the site and its categories.
    fn default() -> Self {
        let site = Customer {
            id: SITE,
            key: "site".to_owned(),
            name: "Site".to_owned(),
            language: Language::En,
            active: true,
        };
        let category = |id: CategoryId, path: &str, name: &str| Category {
            id,
            customer: SITE,
            path: path.to_owned(),
            name: name.to_owned(),
            language: None,
            addresses: Vec::new(),
            active: true,
            settings: CategorySettings { acknowledge: false, ..CategorySettings::default() },
            members: BTreeSet::new(),
        };
        let categories = [
            category(CONTROL, "control", "henvend"),
            category(OPERATORS, "operators", "Operators"),
            category(QUARANTINE, "quarantine", "Quarantine"),
        ];
        Self {
            version: Version::new(0),
            customers: BTreeMap::from([(SITE, site)]),
            categories: categories.into_iter().map(|category| (category.id, category)).collect(),
            users: BTreeMap::new(),
            category_by_address: HashMap::new(),
            user_by_address: HashMap::new(),
        }
    }
}

impl Directory {
    /// How many events made it.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All customers, the site first.
    pub fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.customers.values()
    }

    /// All categories, by number.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.values()
    }

    /// All users, by number.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The customer of this number.
    pub fn customer(&self, id: CustomerId) -> Option<&Customer> {
        self.customers.get(&id)
    }

    /// The category of this number.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(&id)
    }

    /// The user of this number.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// The customer of this short name.
    pub fn customer_by_key(&self, key: &str) -> Option<&Customer> {
        self.customers.values().find(|customer| customer.key == key)
    }

    /// The category of this full path, `customer/path`.
    pub fn category_by_path(&self, full: &str) -> Option<&Category> {
        let (key, path) = full.split_once('/')?;
        let customer = self.customer_by_key(key)?.id;
        self.categories.values().find(|category| category.customer == customer && category.path == path)
    }

    /// `customer/path` of a category.
    pub fn full_path(&self, id: CategoryId) -> String {
        let category = &self.categories.get(&id);
        category.map_or_else(String::new, |category| {
            let key = self.customers.get(&category.customer).map_or("", |customer| customer.key.as_str());
            format!("{key}/{}", category.path)
        })
    }

    /// The registered user with this address, active or not.
    pub fn user_by_address(&self, address: &Address) -> Option<&User> {
        self.user_by_address.get(address).and_then(|id| self.users.get(id))
    }

    /// Who takes mail to this address; an unknown `+detail` counts as none.
    pub fn route(&self, address: &Address) -> Routed {
        let exact = self.category_by_address.get(address);
        let found = exact.or_else(|| self.category_by_address.get(&address.without_detail()));
        let Some(category) = found.and_then(|id| self.categories.get(id)) else { return Routed::Unknown };
        let customer_active = self.customers.get(&category.customer).is_some_and(|customer| customer.active);
        if category.active && customer_active { Routed::Category(category.id) } else { Routed::Inactive }
    }

    /// Is this one of the shared addresses (with or without detail)?
    pub fn is_shared(&self, address: &Address) -> bool {
        self.category_by_address.contains_key(address)
            || self.category_by_address.contains_key(&address.without_detail())
    }

    /// The customer whose shared address this is (with or without detail).
    pub fn customer_of(&self, address: &Address) -> Option<CustomerId> {
        let by_address = &self.category_by_address;
        let category = by_address.get(address).or_else(|| by_address.get(&address.without_detail()))?;
        self.categories.get(category).map(|category| category.customer)
    }

    /// Is this the domain of any shared address?
    pub fn serves(&self, domain: &Domain) -> bool {
        self.category_by_address.keys().any(|address| address.domain() == domain)
    }

    /// Language towards the contacts of a category.
    pub fn language_of(&self, id: CategoryId) -> Language {
        let category = self.categories.get(&id);
        let own = category.and_then(|category| category.language);
        own.or_else(|| self.customers.get(&category?.customer).map(|customer| customer.language)).unwrap_or_default()
    }

    /// The active users who work this category's cases.
    pub fn active_members(&self, id: CategoryId) -> impl Iterator<Item = &User> {
        let category = self.categories.get(&id);
        let members = category
            .into_iter()
            .flat_map(|category| category.members.iter().map(move |user| (category.customer, user)));
        members.filter_map(|(customer, user)| self.users.get(user).filter(|user| user.is_active_at(customer)))
    }

    /// Is this user an active member of this category?
    pub fn is_active_member(&self, user: UserId, id: CategoryId) -> bool {
        self.categories.get(&id).is_some_and(|category| {
            category.members.contains(&user)
                && self.users.get(&user).is_some_and(|user| user.is_active_at(category.customer))
        })
    }

    /// Is there an active operator? Without one nobody would see quarantined mail.
    pub fn has_operator(&self) -> bool {
        self.users.values().any(User::is_operator)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
