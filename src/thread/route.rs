//! What an address of ours is for.

use crate::address::Address;
use crate::case::trigger::MailArrived;
use crate::case::view::View;
use crate::directory::model::{Directory, OPERATORS, Routed};
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token::{self, Checked, Token};

/// What a recipient address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A token of ours: one case, and one right on it.
    Token(Checked),
    /// Intake of a category.
    Intake(crate::id::CategoryId),
    /// The control address.
    Control,
    /// The category or its customer is inactive.
    Inactive,
    /// Nobody has this address.
    Unknown,
}

/// What this address leads to. The same answer at RCPT and when the mail is decided.
///
/// Source: RFC 5321 §4.5.1 (postmaster).
pub fn route(ours: &Ours, directory: &Directory, address: &Address, now: Timestamp) -> Way {
    if let Some(checked) = token::check(&ours.keys, address, &ours.reply_domain, now) {
        return Way::Token(checked);
    }
    match directory.route(address) {
        Routed::Category(category) => return Way::Intake(category),
        Routed::Inactive => return Way::Inactive,
        Routed::Unknown => {}
    }
    let local = address.domain() == &ours.reply_domain
        || address.domain() == &ours.host_name
        || directory.serves(address.domain());
    let postmaster = address.local().eq_ignore_ascii_case("postmaster");
    let control = ours.control_address().is_some_and(|control| &control == address);
    match () {
        () if control => Way::Control,
        () if local && postmaster => Way::Intake(OPERATORS),
        () => Way::Unknown,
    }
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
