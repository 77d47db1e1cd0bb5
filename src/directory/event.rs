//! All that can happen to the directory. Kept for ever: the price of the service is counted from it.

use serde::{Deserialize, Serialize};

use super::model::{CategorySettings, Language, Role};
use super::personal::Personal;
use crate::address::Address;
use crate::id::{CaseId, CategoryId, CustomerId, LetterId, UserId};
use crate::time::Timestamp;

/// One change of the directory, with when and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// When it was committed.
    pub at: Timestamp,
    /// Who asked for it: `cli:root`, `user:7`.
    pub by: String,
    /// What happened.
    pub event: DirectoryEvent,
}

/// All that can happen to the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectoryEvent {
    /// A customer has ordered the service.
    CustomerAdded { id: CustomerId, key: String, name: String, language: Language },
    /// Its name or language is another.
    CustomerChanged { id: CustomerId, name: String, language: Language },
    /// It takes mail again, or no longer.
    CustomerActivated { id: CustomerId, active: bool },
    /// A category came to be.
    CategoryAdded {
        id: CategoryId,
        customer: CustomerId,
        path: String,
        name: String,
        language: Option<Language>,
        settings: CategorySettings,
    },
    /// Its name, language or settings are others.
    CategoryChanged { id: CategoryId, name: String, language: Option<Language>, settings: CategorySettings },
    /// It takes mail again, or no longer.
    CategoryActivated { id: CategoryId, active: bool },
    /// Its shared addresses are now these, main one first.
    AddressesSet { id: CategoryId, addresses: Vec<Address> },
    /// A person was registered.
    UserAdded { id: UserId, name: String, addresses: Vec<Address>, language: Language },
    /// Name, addresses or language are others.
    UserChanged { id: UserId, name: String, addresses: Vec<Address>, language: Language },
    /// The user is, from now on, this at this customer. Inactive is the end of a seat.
    RegistrationSet { id: UserId, customer: CustomerId, active: bool, roles: Vec<Role> },
    /// The user works this category's cases from now on.
    MemberAdded { category: CategoryId, user: UserId },
    /// No longer.
    MemberRemoved { category: CategoryId, user: UserId },
    /// The user has chosen this for themselves, by mail.
    PersonalSet { id: UserId, personal: Personal },
    /// A letter to the user did not arrive.
    MailUndelivered { id: UserId, letter: LetterId, at: Timestamp },
    /// Too many did not: mail to the user is paused, and the operators are told by this case.
    MailPaused { id: UserId, since: Timestamp, case: CaseId },
    /// Mail to the user is no longer paused, and nothing that did not arrive before counts.
    MailResumed { id: UserId },
}
