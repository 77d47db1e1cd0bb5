//! A mail that goes along with another as a file, and the mails within it: their headers, written anew.

use super::decode::Encoding;
use super::{Limits, charset, read_header, read_tree, words};

/// Mails within mails that are written anew; deeper ones stay as they are.
const DEPTH_MAX: usize = 4;

/// A field of such a header.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its name, as written.
    pub name: &'a str,
    /// What stands behind the colon, folds and line end included.
    pub value: &'a str,
    /// What that says: unfolded, decoded (RFC 2047).
    pub says: &'a str,
}

/// The mail with each field as `rewrite` wants it; `None` leaves it out.
///
/// Shape:  a field that stays as it was keeps its octets; bodies do too, but for the mails that stand in them unencoded,
///         as RFC 2046 §5.2.1 wants them. Fields beyond what is read of a header are left out.
/// Errors: none, total.
pub fn rewritten(raw: &[u8], rewrite: &dyn Fn(Told<'_>) -> Option<String>) -> Vec<u8> {
    within(raw, rewrite, DEPTH_MAX)
}

/// What the fields of a mail's header say, decoded.
pub fn said(raw: &[u8]) -> Vec<String> {
    let header = read_header(raw, &Limits::default());
    header.fields.iter().map(|field| words::readable(&field.text())).collect()
}

fn within(raw: &[u8], rewrite: &dyn Fn(Told<'_>) -> Option<String>, depth: usize) -> Vec<u8> {
    let limits = Limits::default();
    let header = read_header(raw, &limits);
    let mut out = Vec::with_capacity(raw.len());
    for field in &header.fields {
        let value = match std::str::from_utf8(field.value) {
            Ok(value) => value.into(),
            Err(_) => charset::rescue(field.value),
        };
        let told = Told { name: field.name, value: &value, says: &words::readable(&field.text()) };
        let Some(wanted) = rewrite(told) else { continue };
        out.extend(field.name.as_bytes());
        out.push(b':');
        out.extend(if wanted == *value { field.value } else { wanted.as_bytes() });
        if !out.ends_with(b"\n") {
            out.extend(b"\r\n");
        }
    }
    let head = &raw[..header.body.min(raw.len())];
    let ends = |line: &[u8]| head.strip_suffix(line).is_some_and(|above| above.is_empty() || above.ends_with(b"\n"));
    out.extend(match () {
        () if ends(b"\n") => &b"\n"[..],
        () if header.body >= raw.len() && !ends(b"\r\n") => b"",
        () => b"\r\n",
    });
    let tree = read_tree(raw, &header, &limits);
    let mails = tree.parts.iter().skip(1).filter(|part| part.is_message() && part.unpacked.is_none());
    let mails = mails.filter(|part| depth > 0 && part.encoding == Encoding::Identity).map(|part| part.body.clone());
    let mut at = header.body;
    for mail in mails.filter(|mail| mail.end <= raw.len()) {
        if mail.start >= at && mail.start <= mail.end {
            out.extend(&raw[at..mail.start]);
            out.extend(within(&raw[mail.clone()], rewrite, depth - 1));
            at = mail.end;
        }
    }
    out.extend(raw.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_written_anew_and_bodies_are_not() {
        let raw = "Received: from a\n by b\nFrom: Ola <ola@x.example>\nSubject: =?utf-8?q?bl=C3=A5?=\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\n\
                   Received: i teksten\n--q\nContent-Type: message/rfc822\n\nReceived: from c\nSubject: to\n\n\
                   Received: nei\n--q--\n";
        let drop_trace = |told: Told<'_>| {
            assert!(told.name != "Subject" || told.says == "blå" || told.says == "to", "{told:?}");
            (told.name != "Received").then(|| told.value.replace("ola@", "orakel@"))
        };
        let want = raw.replace("Received: from a\n by b\n", "").replace("Received: from c\n", "");
        let found = rewritten(raw.as_bytes(), &drop_trace);
        assert_eq!(String::from_utf8_lossy(&found), want.replace("ola@", "orakel@"));
    }

    #[test]
    fn anything_can_be_rewritten() {
        for raw in ["", "\n", "x", "A: 1", "A: 1\n\nx", "no header\nat all\n", "A: \u{e5}\nB\n\n"] {
            let as_it_is = |told: Told<'_>| Some(told.value.to_owned());
            let once = rewritten(raw.as_bytes(), &as_it_is);
            assert_eq!(rewritten(&once, &as_it_is), once, "{raw:?}");
            assert!(rewritten(raw.as_bytes(), &|_| None).len() <= raw.len() + 2, "{raw:?}");
        }
    }
}
