//! What the three kinds of mails look like that we send, header by header.

use crate::kit::place::REPLY_DOMAIN;
use crate::kit::received::{Received, Somebody};

use super::Person;

/// From which category, on which case.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a str,
    pub shared: &'a str,
    pub category: &'a str,
    pub title: &'a str,
}

/// “We have your mail”: automatic in every way, says nothing that the sender wrote.
pub fn acknowledgement(mail: &Received, about: About<'_>, to: Person) {
    common(mail, about, to);
    assert_eq!(from(mail), person(about.category, about.shared), "{}", mail.show());
    assert_eq!(mail.reverse_path, "", "an acknowledgement has the null sender");
    assert_eq!(mail.field("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(mail.field("X-Auto-Response-Suppress").as_deref(), Some("All"));
    assert_eq!(mail.field("Reply-To"), None);
    assert_eq!(mail.field("List-Id"), None);
    nothing_for_filters(mail);
    assert!(mail.text().contains(&format!("[{}]", about.reference)), "{}", mail.text());
    assert_eq!(mail.files(), []);
}

/// To an agent: a reply address of their own, and all that filters can sort by.
pub fn notification(mail: &Received, about: About<'_>, to: (Person, &str, &str)) {
    token(&mail.reverse_path, "return+");
    inside(mail, about, to);
}

/// The question whether a mail is the agent's own: nobody hears of it when it does not arrive.
pub fn question(mail: &Received, about: About<'_>, to: (Person, &str)) {
    assert_eq!(mail.reverse_path, "", "a question has the null sender");
    let (agent, status) = to;
    inside(mail, about, (agent, "receipt", status));
}

fn inside(mail: &Received, about: About<'_>, to: (Person, &str, &str)) {
    let (agent, event, status) = to;
    common(mail, about, agent);
    let sender = from(mail);
    assert_eq!(sender.address, about.shared);
    assert!(sender.name.ends_with(about.category), "{sender:?}");
    reply_address(mail);
    let category = mail.field("X-Henvend-Category").expect("agents' filters sort by it");
    let (customer, path) = category.split_once('/').expect("customer/path");
    let list = format!("{category} <{path}.{customer}.{REPLY_DOMAIN}>");
    assert_eq!(mail.field("List-Id"), Some(list));
    assert_eq!(mail.field("X-Henvend-Case").as_deref(), Some(about.reference));
    assert_eq!(mail.field("X-Henvend-Event").as_deref(), Some(event), "{}", mail.show());
    assert_eq!(mail.field("X-Henvend-Status").as_deref(), Some(status));
    assert_eq!(mail.field("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.field("X-Auto-Response-Suppress").as_deref(), Some("All"));
    let root = root(about, mail);
    let references = mail.ids("References");
    assert_eq!(references.first(), Some(&root), "the case's root: all of it is one thread");
    // Then what its reader got before; last, a receipt answers its reader's own mail.
    let own = references.iter().filter(|id| !id.ends_with(&format!("@{REPLY_DOMAIN}"))).count();
    assert_eq!(own, usize::from(event == "receipt" && own > 0), "{references:?}");
    assert_eq!(mail.ids("In-Reply-To").first(), references.last());
}

/// A person's answer: nothing automatic about it, and no way back but the shared address.
pub fn answer(mail: &Received, about: About<'_>, who: (Person, Person)) {
    let (agent, contact) = who;
    common(mail, about, contact);
    let name = format!("{} via {}", agent.0, about.category);
    assert_eq!(from(mail), person(&name, about.shared));
    token(&mail.reverse_path, "return+");
    for name in ["Auto-Submitted", "X-Auto-Response-Suppress", "Reply-To", "Sender", "List-Id", "Precedence"] {
        assert_eq!(mail.field(name), None, "{name}");
    }
    nothing_for_filters(mail);
}

/// What agents sort by is not for contacts.
fn nothing_for_filters(mail: &Received) {
    for name in ["X-Henvend-Case", "X-Henvend-Event", "X-Henvend-Category", "X-Henvend-Status", "Thread-Index"] {
        assert_eq!(mail.field(name), None, "{name}");
    }
}

/// What every mail of ours has.
fn common(mail: &Received, about: About<'_>, to: Person) {
    assert_eq!(mail.recipient, to.1);
    assert_eq!(mail.people("To"), [person(to.0, to.1)], "{}", mail.show());
    assert_eq!(mail.people("Cc"), []);
    assert_eq!(mail.field("Bcc"), None);
    let tag = format!("[{}]", about.reference);
    assert_eq!(mail.subject(), format!("{tag} {}", about.title));
    assert_eq!(mail.subject().matches("[HV-").count(), 1, "exactly one tag");
    assert!(mail.field("Date").is_some());
    assert_eq!(mail.field("MIME-Version").as_deref(), Some("1.0"));
    let id = mail.id();
    let number = about.reference.trim_start_matches("HV-");
    let (local, domain) = id.split_once('@').expect("an id has a domain");
    let parts: Vec<&str> = local.split('.').collect();
    assert_eq!((parts[0], parts[1], parts.len(), domain), ("hv", number, 5, REPLY_DOMAIN), "{id}");
    assert!(parts[2..4].iter().all(|part| part.parse::<u32>().is_ok()), "{id}");
    assert!(parts[4].len() >= 26 && parts[4].chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert!(mail.data.split(|byte| *byte == b'\n').all(|line| line.len() <= 999), "RFC 5321 §4.5.3.1.6");
}

/// The root of the case's thread: entry 0, copy 0.
pub fn root(about: About<'_>, mail: &Received) -> String {
    let number = about.reference.trim_start_matches("HV-");
    let references = mail.ids("References");
    let root = references.first().expect("every mail of ours has References");
    assert!(root.starts_with(&format!("hv.{number}.0.0.")), "{root}");
    root.clone()
}

/// The address to which an agent answers.
pub fn reply_address(mail: &Received) -> String {
    let address = mail.people("Reply-To").pop().expect("agents answer to an address of their own").address;
    token(&address, "reply+");
    address
}

fn token(address: &str, local: &str) {
    let (name, domain) = address.split_once('@').unwrap_or_else(|| panic!("no address: {address:?}"));
    assert_eq!(domain, REPLY_DOMAIN);
    assert!(name.starts_with(local) && name.len() <= 64, "RFC 5321 §4.5.3.1.1: {address}");
    let token = &name[local.len()..];
    assert!(token.len() >= 40 && token.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{address}");
}

fn from(mail: &Received) -> Somebody {
    let mut from = mail.people("From");
    assert_eq!(from.len(), 1, "one From: {}", mail.show());
    from.remove(0)
}

fn person(name: &str, address: &str) -> Somebody {
    Somebody { name: name.to_owned(), address: address.to_owned() }
}
