//! Nothing internal leaves: every mail that went to somebody outside is searched, in every decoding.

use super::daemon::Daemon;
use super::journal::Journal;
use super::place::{INSIDE_ADDRESSES, INSIDE_HELLO, REPLY_DOMAIN};
use super::received::Received;

/// What no mail to somebody outside may hold. Stories put it where it must stay.
const CANARY: &str = "kanarifugl";
/// A note shorter than this says nothing that an answer might not say by itself.
const NOTE_CHARS_MIN: usize = 16;

/// Fails when a mail of henvend's to somebody outside holds a token, words of a note, an agent's own address, or a trace
/// of the way that an agent's mail came.
///
/// Mails that people have sent each other without it (see `compose`), and Postfix' own reports, which give writers their
/// own mails back, are not henvend's.
pub fn none(mails: &[Received], daemon: &Daemon) {
    let outside = mails.iter().filter(|mail| !is_inside(&mail.recipient) && !is_foreign(mail));
    let mut secrets: Vec<String> = INSIDE_ADDRESSES.iter().map(|address| (*address).to_owned()).collect();
    secrets.extend([CANARY, "reply+", "return+", INSIDE_HELLO, "svar over denne linj"].map(str::to_owned));
    secrets.extend(notes(daemon));
    secrets.extend(tokens(mails));
    for mail in outside {
        if let Some(secret) = first_in(mail, &secrets) {
            panic!("“{secret}” left the house, to <{}>:\n{}", mail.recipient, mail.show());
        }
    }
}

/// The first of these that its reader can find in it, or an address of people's at our reply domain.
fn first_in(mail: &Received, secrets: &[String]) -> Option<String> {
    let all = normal(&mail.everything());
    let found = secrets.iter().find(|secret| all.contains(&normal(secret)));
    let domain = format!("@{REPLY_DOMAIN}");
    let mut people = ["from", "to", "cc", "reply-to"].iter().flat_map(|field| mail.people(field));
    found.cloned().or_else(|| people.find(|one| one.address.ends_with(&domain)).map(|one| one.address))
}

fn is_inside(address: &str) -> bool {
    INSIDE_ADDRESSES.iter().any(|one| one.eq_ignore_ascii_case(address))
}

fn is_foreign(mail: &Received) -> bool {
    let by_postfix = mail.people("From").iter().any(|from| from.address.starts_with("MAILER-DAEMON@"));
    by_postfix || mail.id().contains("@mail.")
}

/// The words of all notes, as the journals have them.
fn notes(daemon: &Daemon) -> Vec<String> {
    let mut notes = Vec::new();
    for reference in daemon.cases() {
        let case = daemon.case(&reference);
        let written = case.entries().iter().filter(|entry| Journal::events(entry).contains(&"note_written"));
        for entry in written {
            let text = entry["mail"]["new_text"].as_str().unwrap_or_else(|| panic!("a note without text: {entry}"));
            let words: Vec<&str> = text.lines().filter(|line| !line.starts_with('/')).collect();
            notes.push(words.join("\n").trim().to_owned());
        }
    }
    notes.retain(|note| note.chars().count() >= NOTE_CHARS_MIN);
    notes
}

/// All that agents were given to answer to: the signed part alone.
fn tokens(mails: &[Received]) -> Vec<String> {
    let to_agents = mails.iter().filter(|mail| is_inside(&mail.recipient));
    let addresses = to_agents.flat_map(|mail| mail.people("Reply-To")).map(|person| person.address);
    let token = |address: String| {
        let signed = address.strip_prefix("reply+")?.split('@').next()?;
        Some(signed.to_owned())
    };
    addresses.filter_map(token).collect()
}

/// Lower case, and as no client or gateway can have broken the lines.
fn normal(text: &str) -> String {
    let joined = text.to_lowercase().replace("=\r\n", "").replace("=2b", "+").replace("%2b", "+").replace("&#43;", "+");
    joined.chars().filter(|c| !c.is_whitespace() && *c != '>').collect()
}

#[test]
fn what_is_internal_is_found_however_it_is_written() {
    let mail = |field: &str, body: &str| Received {
        reverse_path: String::new(),
        recipient: "kari@kunde.example".to_owned(),
        data: format!("From: a@b.example\r\n{field}Content-Type: text/plain; charset=utf-8\r\n{body}\r\n").into_bytes(),
    };
    let secrets = ["blå skuffen", "reply+abcdef"].map(str::to_owned);
    let quoted = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    for (field, body) in [
        ("", "\r\n> i den blå\r\n> skuffen".to_owned()),
        ("", format!("{quoted}BL=C3=85 SKUF=\r\nFEN")),
        ("", "Content-Transfer-Encoding: base64\r\n\r\nYmzDpSBza3VmZmVu".to_owned()),
        ("", "\r\n<mailto:reply%2Babc&#43;> <mailto:REPLY%2BABC\r\nDEF@x>".to_owned()),
        ("Subject: =?utf-8?Q?Bl=C3=A5?= =?utf-8?Q?_skuffen?=\r\n", "\r\nHei".to_owned()),
        ("Cc: <henvend@svar.henvend.example>\r\n", "\r\nHei".to_owned()),
    ] {
        assert!(first_in(&mail(field, &body), &secrets).is_some(), "{field}{body}");
    }
    assert_eq!(first_in(&mail("", "\r\nDen blå stolen."), &secrets), None);
}
