//! The declarative form of the directory: what shall be, not how to get there.
//!
//! A file is TOML: `operators`, `[[customer]]` with `[[customer.category]]`, `[[user]]`; `config/directory.toml` shows
//! every key. Users are known by their addresses, customers by their short name, categories by their path.
//!
//! Invariants: a [`File`] is consistent in itself. Every member is a user of the file and registered at the category's
//! customer, every registration names a customer of the file or the site, no address stands twice. Who may write as a
//! group is a user of the file, and no group.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::model::{CategorySettings, Language, Role};
use crate::address::{Address, Domain};

/// A directory as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Users who run the service: registered at the site, members of its two built-in categories.
    pub operators: BTreeSet<Address>,
    /// Customers, in the order of the file.
    pub customers: Vec<FileCustomer>,
    /// Users, in the order of the file.
    pub users: Vec<FileUser>,
}

/// A customer as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCustomer {
    /// Short name.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Language of its mails.
    pub language: Language,
    /// Takes mail.
    pub active: bool,
    /// Its categories.
    pub categories: Vec<FileCategory>,
}

/// A category as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCategory {
    /// Path inside the customer.
    pub path: String,
    /// Name for people.
    pub name: String,
    /// Language towards contacts, where it differs from the customer's.
    pub language: Option<Language>,
    /// Takes mail.
    pub active: bool,
    /// Shared addresses, main one first.
    pub addresses: Vec<Address>,
    /// Those of them that web forms write to.
    pub form_addresses: BTreeSet<Address>,
    /// An address of each member.
    pub members: BTreeSet<Address>,
    /// How it behaves.
    pub settings: CategorySettings,
}

/// A user as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUser {
    /// Name for people.
    pub name: String,
    /// Mail addresses, at least one; the first is where notifications go.
    pub addresses: Vec<Address>,
    /// Language of mails to them.
    pub language: Language,
    /// An address of each who may write as it, if it is a group.
    pub writers: Option<BTreeSet<Address>>,
    /// What they are where, by the customer's short name.
    pub at: BTreeMap<String, FileAt>,
}

/// A registration as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAt {
    /// Is it a seat?
    pub active: bool,
    /// What the user may do there.
    pub roles: BTreeSet<Role>,
}

/// One thing wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `customer[uni].category[it].addresses`, or `line 7`.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What should; empty where `found` says it all.
    pub wanted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted.as_str() {
            "" => write!(f, "{}: {}", self.key, self.found),
            wanted => write!(f, "{}: found {}, wanted {wanted}", self.key, self.found),
        }
    }
}

/// Everything wrong in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, key: impl Into<String>, found: impl fmt::Display, wanted: impl Into<String>) {
        self.0.push(Problem { key: key.into(), found: found.to_string(), wanted: wanted.into() });
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Problems {}

/// Reads a file and checks it against itself. `reply_domain`: where token addresses live, when that is known; nobody
/// else may have an address there.
///
/// Errors: all problems at once; but when the text is no TOML or holds an unknown key, that alone.
pub fn read(text: &str, reply_domain: Option<&Domain>) -> Result<File, Problems> {
    match toml::from_str(text) {
        Ok(written) => super::read::check(written, reply_domain),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            let mut problems = Problems::default();
            problems.add(format!("line {line}"), error.message(), "");
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "[[user]]\nname = \"Ola\"\naddresses = [\"ola@uni.no\"]\n";

    fn problems(text: &str) -> Vec<String> {
        let domain = Domain::parse("reply.uni.no");
        let problems = read(text, domain.as_ref()).expect_err("something is wrong");
        problems.0.iter().map(ToString::to_string).collect()
    }

    fn customer(rest: &str) -> String {
        format!("[[customer]]\nkey = \"uni\"\nname = \"Uni\"\n{rest}")
    }

    fn category(rest: &str) -> String {
        customer(&format!("[[customer.category]]\npath = \"it\"\nname = \"IT\"\n{rest}"))
    }

    /// A person who is registered nowhere, and a group.
    fn group(rest: &str) -> String {
        customer(&format!("{USER}[[user]]\nname = \"Vakt\"\naddresses = [\"vakt@uni.no\"]\nkind = \"group\"\n{rest}"))
    }

    /// A category with one thing wrong, and how its problem begins.
    fn wrong_categories() -> Vec<(String, &'static str)> {
        vec![
            (category("addresses = [\"it\"]"), "{place}.addresses: found \"it\", wanted a bare mail address"),
            (
                category("addresses = [{ address = \"a@uni.no\", contact_from = \"cc\" }]"),
                "{place}.addresses[a@uni.no].contact_from: found \"cc\", wanted one of from, reply_to",
            ),
            (
                category("addresses = [\"x@reply.uni.no\"]"),
                "{place}.addresses: found x@reply.uni.no, wanted an address outside",
            ),
            (
                category("addresses = [\"a@uni.no\", \"A@uni.no\"]"),
                "{place}.addresses: found A@uni.no, wanted an address of its own: this one belongs to category uni/it",
            ),
            (
                category("addresses = [\"postmaster@uni.no\"]"),
                "{place}.addresses: found postmaster@uni.no, wanted another address",
            ),
            (
                category("addresses = [\"it+call@uni.no\"]"),
                "{place}.addresses: found it+call@uni.no, wanted an address that does not end in +call",
            ),
            (
                category("members = [\"per@uni.no\"]"),
                "{place}.members: found per@uni.no, wanted an address of a user of this file",
            ),
            (
                category(&format!("members = [\"ola@uni.no\"]\n{USER}")),
                "{place}.members: found ola@uni.no, wanted a user registered at uni: add at.uni to the user",
            ),
            (
                category(&format!("addresses = [\"ola@uni.no\"]\n{USER}")),
                "user[ola@uni.no].addresses: found ola@uni.no, wanted an address of its own: this one belongs to category uni/it",
            ),
            (
                category("settings = { tag = \"top\" }"),
                "{place}.settings.tag: found \"top\", wanted one of left, right, off",
            ),
        ]
    }

    /// The same of everything else.
    fn wrong_elsewhere() -> Vec<(String, &'static str)> {
        vec![
            ("x = 1".to_owned(), "line 1: unknown field `x`, expected one of `operators`, `customer`, `user`"),
            (
                customer("namn = 1"),
                "line 4: unknown field `namn`, expected one of `key`, `name`, `language`, `active`, `category`",
            ),
            (
                "[[customer]]\nkey = \"Uni\"\nname = \"x\"".to_owned(),
                "customer[Uni].key: found \"Uni\", wanted lower-case",
            ),
            (
                category("addresses = [{ adress = \"a@uni.no\" }]"),
                "line 7: wanted an address, or { address = …, contact_from = … }",
            ),
            (customer("language = \"no\""), "customer[uni].language: found \"no\", wanted one of nb, nn, en"),
            (format!("{USER}at.uni = {{}}"), "user[ola@uni.no].at.uni: found \"uni\", wanted a customer of this file"),
            (
                format!("{USER}at.site = {{ roles = [\"boss\"] }}"),
                "user[ola@uni.no].at.site.roles: found \"boss\", wanted one of agent, lead, orderer, operator",
            ),
            (
                "operators = [\"x@uni.no\"]".to_owned(),
                "operators: found x@uni.no, wanted an address of a user of this file",
            ),
            (format!("{USER}kind = \"team\""), "user[ola@uni.no].kind: found \"team\", wanted one of person, group"),
            (
                format!("{USER}writers = []"),
                "user[ola@uni.no].writers: found 0, wanted nothing, or kind = \"group\": nobody writes as a person",
            ),
            (
                group("writers = [\"per@uni.no\"]"),
                "user[vakt@uni.no].writers: found per@uni.no, wanted an address of a user of this file",
            ),
            (
                group("writers = [\"vakt@uni.no\"]"),
                "user[vakt@uni.no].writers: found vakt@uni.no, wanted an address of a person: no group writes as a group",
            ),
            (
                group("writers = [\"ola\"]"),
                "user[vakt@uni.no].writers: found \"ola\", wanted a bare mail address: name@domain",
            ),
            (
                "[[user]]\nname = \"a\\nb\"\naddresses = [\"a@uni.no\"]".to_owned(),
                "user[a@uni.no].name: found \"a\\nb\", wanted 1 to 200 octets",
            ),
            (
                "[[user]]\nname = \"a\"\naddresses = []".to_owned(),
                "user[a].addresses: found none, wanted at least one address",
            ),
            (
                "[[customer]]\nkey = \"site\"\nname = \"x\"\nactive = false".to_owned(),
                "customer[site].active: found false, wanted true",
            ),
        ]
    }

    #[test]
    fn each_problem_says_where_what_and_what_instead() {
        let place = "customer[uni].category[it]";
        for (text, want) in wrong_categories().into_iter().chain(wrong_elsewhere()) {
            let want = want.replace("{place}", place);
            let got = problems(&text);
            assert!(got.len() == 1 && got[0].starts_with(&want), "{text}\nwant {want}\ngot  {got:#?}");
        }
        let many = problems(&(category("addresses = [\"x\"]") + "\nmembers = [\"y\"]\nlanguage = \"z\""));
        assert_eq!(many.len(), 3, "{many:#?}");
    }

    #[test]
    fn the_example_is_read_whole() {
        let text = include_str!("../../config/directory.toml");
        let file = read(text, None).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(file.customers.len(), 1);
        assert_eq!(file.customers[0].categories.len(), 2);
        assert!(!file.operators.is_empty());
        assert!(file.users.iter().any(|user| user.name.contains('ø')));
    }
}
