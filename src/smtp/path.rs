//! The part of MAIL and RCPT between angle brackets, read to the letter.

use crate::address::{Address, Domain, ReversePath};

/// Longest path read, brackets not counted; what is longer is no address of anybody's (RFC 5321 §4.5.3.1.3 asks for
/// 256, but long local parts of forwarders exist).
const PATH_BYTES_MAX: usize = 640;

/// Where a mail is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardPath {
    /// `<postmaster>`, which every host must take without a domain (RFC 5321 §4.5.1).
    Postmaster,
    /// Anybody else.
    Mailbox(Address),
}

/// `FROM:<path> parameters` → path and parameters. `None` when it has not that shape.
pub fn split<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start_matches(' ');
    let (word, rest) = rest.split_at_checked(keyword.len())?;
    if !word.eq_ignore_ascii_case(keyword) {
        return None;
    }
    // A space after the colon is against RFC 5321 §3.3, common, and can't be misread.
    let path = rest.strip_prefix(':')?.trim_start_matches(' ').strip_prefix('<')?;
    let end = closing(path)?;
    let parameters = &path[end + 1..];
    let apart = parameters.is_empty() || parameters.starts_with(' ');
    (apart && end <= PATH_BYTES_MAX).then_some((&path[..end], parameters))
}

/// The place of the `>` that closes the path; one inside quotes does not.
fn closing(path: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, byte) in path.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(index),
            b'<' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// What stands in `MAIL FROM:<…>`.
pub fn reverse(path: &str) -> Option<ReversePath> {
    if path.is_empty() { Some(ReversePath::Null) } else { mailbox(path).map(ReversePath::Mailbox) }
}

/// What stands in `RCPT TO:<…>`. Nothing at all is no recipient.
pub fn forward(path: &str) -> Option<ForwardPath> {
    if path.eq_ignore_ascii_case("postmaster") {
        return Some(ForwardPath::Postmaster);
    }
    mailbox(path).map(ForwardPath::Mailbox)
}

fn mailbox(path: &str) -> Option<Address> {
    let plain = without_route(path)?;
    if plain.contains(' ') && !plain.starts_with('"') {
        return None;
    }
    if plain.starts_with('"') && !well_quoted(plain) {
        return None;
    }
    // Two dots in a row or at an end are against RFC 5321 §4.1.2, but people have such addresses and can't change them.
    Address::parse(plain)
}

/// `@one,@two:user@host` → `user@host`: a route is read and not followed (RFC 5321 §4.1.1.3, Appendix C).
fn without_route(path: &str) -> Option<&str> {
    if !path.starts_with('@') {
        return Some(path);
    }
    let (route, rest) = path.split_once(':')?;
    let sound = route.split(',').all(|hop| hop.strip_prefix('@').and_then(Domain::parse).is_some());
    sound.then_some(rest)
}

/// `"local part"@…` with only what RFC 5321 §4.1.2 lets stand between the quotes.
fn well_quoted(path: &str) -> bool {
    let Some(at) = path.rfind('@') else { return false };
    let Some(inner) = path[..at].strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return false };
    let mut escaped = false;
    for byte in inner.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return false,
            _ => {}
        }
    }
    !escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_at_their_bracket() {
        let table = [
            ("FROM:<a@b.no>", Some(("a@b.no", ""))),
            ("from: <a@b.no> SIZE=3", Some(("a@b.no", " SIZE=3"))),
            ("FROM:<\"a>b\"@c.no> X", Some(("\"a>b\"@c.no", " X"))),
            ("FROM:<\"a\\\">b\"@c.no>", Some(("\"a\\\">b\"@c.no", ""))),
            ("FROM:<>", Some(("", ""))),
            ("FROM:<a@b.no>SIZE=3", None),
            ("FROM:a@b.no", None),
            ("FROM <a@b.no>", None),
            ("FROM:<a@b.no", None),
            ("FROM:<<a@b.no>>", None),
            ("TO:<a@b.no>", None),
            ("FRO", None),
            ("FRØM:<a@b.no>", None),
        ];
        for (text, want) in table {
            assert_eq!(split(text, "FROM"), want, "{text}");
        }
    }

    #[test]
    fn recipients_are_read_to_the_letter() {
        let table = [
            ("a@b.no", Some("a@b.no")),
            ("@x.no,@y.no:a@b.no", Some("a@b.no")),
            ("\"a b\"@c.no", Some("\"a b\"@c.no")),
            ("\"a\\\"b\"@c.no", Some("\"a\\\"b\"@c.no")),
            ("a@[192.0.2.1]", Some("a@[192.0.2.1]")),
            ("a@[IPv6:2001:db8::1]", Some("a@[ipv6:2001:db8::1]")),
            ("a..b.@docomo.example", Some("a..b.@docomo.example")),
            ("", None),
            ("a", None),
            (" a@b.no", None),
            ("a b@c.no", None),
            ("@x.no:", None),
            ("@x.no a@b.no", None),
            ("\"a\"b\"@c.no", None),
            ("\"a\\\"@c.no", None),
            ("a@b@c.no", None),
        ];
        for (text, want) in table {
            let read = forward(text).map(|path| match path {
                ForwardPath::Mailbox(address) => address.to_string(),
                ForwardPath::Postmaster => "postmaster".to_owned(),
            });
            assert_eq!(read.as_deref(), want, "{text}");
        }
        assert_eq!(forward("PostMaster"), Some(ForwardPath::Postmaster));
        assert_eq!(reverse(""), Some(ReversePath::Null));
        assert_eq!(reverse("postmaster"), None);
    }
}
