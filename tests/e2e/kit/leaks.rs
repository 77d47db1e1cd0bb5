//! Nothing internal leaves: every mail that went to somebody outside is searched, in every decoding.

use super::place::{INSIDE_ADDRESSES, INSIDE_HELLO, REPLY_DOMAIN};
use super::received::Received;

/// Fails when a mail to somebody outside holds a reply address, words of a note, an agent's own address, or a trace of
/// the way that an agent's mail came.
pub fn none(mails: &[Received], secrets: &[String]) {
    let inside = |address: &str| INSIDE_ADDRESSES.iter().any(|one| one.eq_ignore_ascii_case(address));
    let outside: Vec<&Received> = mails.iter().filter(|mail| !inside(&mail.recipient)).collect();
    for mail in outside {
        let all = mail.everything().to_lowercase();
        // Also as a client or a gateway may have broken the lines.
        let joined: String = all.replace("=\r\n", "").chars().filter(|c| !c.is_whitespace() && *c != '>').collect();
        let must_not = INSIDE_ADDRESSES.iter().copied().chain(secrets.iter().map(String::as_str)).chain([
            "reply+",
            "return+",
            INSIDE_HELLO,
            "svar over denne linjen",
            "svar over denne linja",
        ]);
        for words in must_not {
            let bare: String = words.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
            assert!(
                !all.contains(&words.to_lowercase()) && !joined.contains(&bare),
                "“{words}” left the house, to <{}>:\n{}",
                mail.recipient,
                mail.show()
            );
        }
        let domain = format!("@{REPLY_DOMAIN}");
        for address in ["from", "to", "cc", "reply-to"].iter().flat_map(|field| mail.people(field)) {
            assert!(!address.address.ends_with(&domain), "{address:?} in a mail to <{}>", mail.recipient);
        }
    }
}
