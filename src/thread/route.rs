//! What an address of ours is for.

use crate::address::Address;
use crate::case::trigger::MailArrived;
use crate::case::view::View;
use crate::directory::model::{Directory, OPERATORS, Routed, SITE};
use crate::id::{CategoryId, CustomerId};
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token::{self, Checked, Token};

/// What a recipient address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A token of ours: one case, and one right on it.
    Token(Checked),
    /// Intake of a category.
    Intake(CategoryId),
    /// The control address.
    Control,
    /// The category or its customer is inactive.
    Inactive,
    /// Nobody has this address.
    Unknown,
}

/// What this address leads to. The same answer at RCPT and when the mail is decided.
pub fn route(ours: &Ours, directory: &Directory, address: &Address, now: Timestamp) -> Way {
    if let Some(checked) = token::check(&ours.keys, address, &ours.reply_domain, now) {
        return Way::Token(checked);
    }
    match directory.route(address) {
        Routed::Category(category) => return Way::Intake(category),
        Routed::Inactive => return Way::Inactive,
        Routed::Unknown => {}
    }
    let control = ours.control_address().is_some_and(|control| &control == address);
    match () {
        () if control => Way::Control,
        () if is_postmaster(ours, directory, address) => Way::Intake(OPERATORS),
        () => Way::Unknown,
    }
}

/// Whose an address is, as one customer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Ours: mail to it comes to this customer or to the site.
    Ours,
    /// A shared address of another customer, who must not hear of this one's cases otherwise than by mail to it.
    AnotherCustomers,
    /// A user's who is registered at this customer. Users of others are outside people.
    Colleagues,
    /// Somebody's outside.
    Outside,
}

/// Whose this address is, as this customer sees it.
pub fn whose(ours: &Ours, directory: &Directory, address: &Address, customer: CustomerId) -> Whose {
    let colleague =
        || directory.user_by_address(address).is_some_and(|user| user.registrations.contains_key(&customer));
    match directory.customer_of(address) {
        _ if address.domain() == &ours.reply_domain => Whose::Ours,
        Some(of) if of == customer || of == SITE => Whose::Ours,
        Some(_) => Whose::AnotherCustomers,
        None if is_postmaster(ours, directory, address) => Whose::Ours,
        None if colleague() => Whose::Colleagues,
        None => Whose::Outside,
    }
}

/// Source: RFC 5321 §4.5.1.
fn is_postmaster(ours: &Ours, directory: &Directory, address: &Address) -> bool {
    let local = address.domain() == &ours.reply_domain
        || address.domain() == &ours.host_name
        || directory.serves(address.domain());
    local && address.local().eq_ignore_ascii_case("postmaster")
}

/// The token that a mail was first sent to, when what brought it here names a shared address only: a server in front
/// has rewritten the recipient and says so in `ORCPT` (RFC 3461 §4.2) or in a field of its own. It proves as much there
/// as in a recipient, for nobody can make it up.
pub fn hidden_token(ours: &Ours, arrived: &MailArrived, now: Timestamp) -> Option<Checked> {
    let recipients = &arrived.envelope.recipients;
    let token = |address: &Address| token::check(&ours.keys, address, &ours.reply_domain, now);
    if recipients.iter().any(|recipient| token(&recipient.address).is_some()) {
        return None;
    }
    let original = recipients.iter().filter_map(|recipient| recipient.original.as_deref());
    let original = original.filter_map(|typed| Address::parse(typed.split_once(';').map_or(typed, |(_, rest)| rest)));
    let delivered = arrived.mail.iter().flat_map(|mail| mail.delivered_to.iter().cloned());
    original.chain(delivered).find_map(|address| token(&address))
}

/// Was this token revoked on the case that it was made for? That may be part of another now.
pub fn is_revoked(view: &View, token: Token) -> bool {
    let case = view.cases.get(&token.case);
    token.grant.user().is_some_and(|user| case.is_some_and(|case| case.has_revoked(user, token.entry)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ReversePath;
    use crate::directory::apply::apply;
    use crate::directory::event::DirectoryEvent;
    use crate::directory::model::Language;
    use crate::envelope::{Envelope, Listener, RawMail, Recipient};
    use crate::id::{CaseId, EntryNo, UserId};
    use crate::mail::Mail;
    use crate::token::Grant;
    use crate::verify::Channel;

    fn arrived(recipient: &str, original: Option<String>, delivered_to: Option<&Address>) -> MailArrived {
        let address = Address::parse(recipient).expect("an address");
        let envelope = Envelope {
            listener: Listener::Lmtp,
            trusted: true,
            peer: "unix".to_owned(),
            hello: "mx.example".to_owned(),
            queue_id: None,
            client: None,
            reverse_path: ReversePath::Null,
            recipients: vec![Recipient { address, notify: None, original }],
            smtputf8: false,
            dsn_return: None,
            envelope_id: None,
        };
        let mail = Mail { delivered_to: delivered_to.into_iter().cloned().collect(), ..Mail::default() };
        let raw = RawMail::new(bytes::Bytes::from_static(b"x"));
        MailArrived {
            envelope,
            raw,
            mail: Some(mail),
            channel: Channel::Nothing("a test"),
            ignored: Vec::new(),
            answered: None,
        }
    }

    #[test]
    fn whose_an_address_is_depends_on_who_asks() {
        let mut directory = Directory::default();
        let (one, other) = (CustomerId::new(1), CustomerId::new(2));
        let address = |text: &str| Address::parse(text).expect("an address");
        let customer = |id, key: &str| {
            let (key, name, language) = (key.to_owned(), key.to_owned(), Language::En);
            DirectoryEvent::CustomerAdded { id, key, name, language }
        };
        let category = |id, customer: CustomerId| {
            let (path, name) = ("it".to_owned(), "It".to_owned());
            DirectoryEvent::CategoryAdded { id, customer, path, name, language: None, settings: Default::default() }
        };
        let shared = |id, text: &str| DirectoryEvent::AddressesSet { id, addresses: vec![address(text)] };
        let (of_one, of_other, user) = (CategoryId::new(3), CategoryId::new(4), UserId::new(1));
        for event in [
            customer(one, "one"),
            customer(other, "other"),
            category(of_one, one),
            category(of_other, other),
            shared(of_one, "it@one.example"),
            shared(of_other, "it@other.example"),
            DirectoryEvent::UserAdded {
                id: user,
                name: "Ola".to_owned(),
                addresses: vec![address("ola@one.example")],
                language: Language::En,
            },
            DirectoryEvent::RegistrationSet { id: user, customer: one, active: false, roles: Vec::new() },
        ] {
            apply(&mut directory, &event);
        }
        for (text, by_one, by_other) in [
            ("it@one.example", Whose::Ours, Whose::AnotherCustomers),
            ("it+x@one.example", Whose::Ours, Whose::AnotherCustomers),
            ("it@other.example", Whose::AnotherCustomers, Whose::Ours),
            ("ola@one.example", Whose::Colleagues, Whose::Outside),
            ("Postmaster@other.example", Whose::Ours, Whose::Ours),
            ("postmaster@henvend.example", Whose::Ours, Whose::Ours),
            ("anything@svar.example", Whose::Ours, Whose::Ours),
            ("postmaster@post.example", Whose::Outside, Whose::Outside),
            ("kari@one.example", Whose::Outside, Whose::Outside),
        ] {
            let whose = |customer| whose(&Ours::for_tests(), &directory, &address(text), customer);
            assert_eq!((whose(one), whose(other)), (by_one, by_other), "{text}");
        }
    }

    #[test]
    fn a_rewritten_token_is_found_in_what_the_server_in_front_says() {
        let (ours, now) = (Ours::for_tests(), Timestamp::from_secs(1_795_000_000));
        let token = Token::lasting(Grant::Reply(UserId::new(1)), CaseId::new(5), EntryNo::new(1), now, 90);
        let address = token::issue(&ours.keys, &token, &ours.reply_domain).expect("within the layout");
        let found = |arrived: MailArrived| hidden_token(&ours, &arrived, now);
        let want = Some(Checked::Valid(token));
        let shared = "orakel@uni.example";
        assert_eq!(found(arrived(shared, Some(format!("rfc822;{address}")), None)), want);
        assert_eq!(found(arrived(shared, Some(address.to_string().to_uppercase()), None)), want);
        assert_eq!(found(arrived(shared, None, Some(&address))), want);
        assert_eq!(found(arrived(shared, Some("rfc822;orakel@uni.example".to_owned()), None)), None);
        assert_eq!(found(arrived(&address.to_string(), None, Some(&address))), None, "it is not hidden");
    }
}
