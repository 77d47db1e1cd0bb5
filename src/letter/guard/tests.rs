use std::sync::Arc;

use super::*;
use crate::address::{Domain, Mailbox};
use crate::case::change::LetterId;
use crate::id::{CaseId, EntryNo, KeyId, UserId};
use crate::mail::compose::DraftAttachment;
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::token::{Grant, Key, KeyRing, Token};

fn ours() -> Ours {
    Ours {
        prefix: "HV".to_owned(),
        legacy_tags: Default::default(),
        host_name: Domain::parse("henvend.example").expect("a domain"),
        reply_domain: Domain::parse("svar.example").expect("a domain"),
        keys: Arc::new(KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32])]).expect("one key")),
    }
}

fn draft(ours: &Ours, html: &str) -> Draft {
    let id = LetterId { case: CaseId::new(1), entry: EntryNo::new(2), copy: 0 };
    Draft {
        from: Mailbox { name: None, address: Address::parse("orakel@uni.example").expect("an address") },
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: "x".to_owned(),
        message_id: token::message_id(&ours.keys, id, &ours.reply_domain),
        in_reply_to: None,
        references: Vec::new(),
        date: Timestamp::from_secs(0),
        headers: Vec::new(),
        text: "Hei!".to_owned(),
        html: Some(html.to_owned()),
        attachments: Vec::new(),
    }
}

/// A user, a note and a token, each of which stays inside.
struct Secrets {
    ours: Ours,
    now: Timestamp,
    token: String,
    note: &'static str,
}

impl Secrets {
    fn new() -> Self {
        let ours = ours();
        let now = Timestamp::from_secs(1_795_000_000);
        let token = Token::lasting(Grant::Reply(UserId::new(1)), CaseId::new(1), EntryNo::new(1), now, 90);
        let token = token::issue(&ours.keys, &token, &ours.reply_domain).expect("a token").to_string();
        Self { ours, now, token, note: "Han er helt umulig å ha med å gjøre, og det vet alle her på huset." }
    }

    fn leak(&self, draft: &Draft) -> Option<Leak> {
        let wording = Wording::default();
        let inside = Inside {
            tokens: Tokens { ours: &self.ours, now: self.now },
            wording: &wording,
            addresses: Addresses::of([Address::parse("ola@uni.example").expect("an address")].iter()),
            notes: Notes::of(&[self.note.to_owned()]),
        };
        guard(draft, &inside).err()
    }
}

/// However a page writes it, what it shows or hides is found.
#[test]
fn nothing_internal_leaves_in_a_page() {
    let secrets = Secrets::new();
    let (token, note) = (&secrets.token, secrets.note);
    let (half, rest) = token.split_at(30);
    let address = Some(Leak::UserAddress);
    for (html, leak) in [
        ("<p>Hei!</p>".to_owned(), None),
        ("<p>polola@uni.example, ola@uni.example.com</p>".to_owned(), None),
        ("<p>ola@uni.example</p>".to_owned(), address),
        ("<p>o<b>la</b>@uni.<i>example</i></p>".to_owned(), address),
        ("<p>ola&#64;uni&period;example</p>".to_owned(), address),
        ("<p>ola@\u{200b}uni\u{ad}.example</p>".to_owned(), address),
        ("<!-- ola@uni.example --><p>Hei</p>".to_owned(), address),
        ("<p style=\"display:none\">ola@uni.example</p>".to_owned(), address),
        ("<a href=\"mailto:ola%40uni.example\">her</a>".to_owned(), address),
        ("<img alt=\"ola@uni.example\">".to_owned(), address),
        (format!("<a href=\"mailto:{token}\">svar</a>"), Some(Leak::Token)),
        (format!("<a href=\"mailto:{}\">svar</a>", token.replace('+', "%2B")), Some(Leak::Token)),
        (format!("<p>{half}<wbr>{rest}</p>"), Some(Leak::Token)),
        (format!("<p>{half}<br>\n&gt; {rest}</p>"), Some(Leak::Token)),
        (format!("<p>{note}</p>"), Some(Leak::Note)),
        (format!("<p>{}</p>", note.replace("helt", "<b>he</b>lt").replace(' ', "\n")), Some(Leak::Note)),
        (
            format!("<ul><li>{}</li></ul>", note.replace("å", "&aring;").to_uppercase().replace("&ARING;", "&aring;")),
            Some(Leak::Note),
        ),
    ] {
        assert_eq!(secrets.leak(&draft(&secrets.ours, &html)), leak, "{html}");
    }
}

/// A page that is sent along is read as one that is shown; whom a person names in it is theirs to say.
#[test]
fn nothing_internal_leaves_in_a_file() {
    let secrets = Secrets::new();
    let (token, note) = (&secrets.token, secrets.note);
    let entities = token.replace('+', "&#43;").replace('@', "&commat;");
    let tagged = note.replace("helt", "<b>he</b>lt").replace('ø', "&oslash;");
    let (page, text) = ("text/html", "text/plain");
    // The bound on what is looked through falls within a letter: the rest is still read as what it is.
    let long = |said: &str| format!("{said} {}", "å".repeat(1 << 20));
    for (name, content_type, said, leak) in [
        ("rapport.html", page, "<p>Hei, ola@uni.example</p>".to_owned(), None),
        ("rapport.html", page, format!("<p>{entities}</p>"), Some(Leak::Token)),
        ("rapport.HTM", "application/octet-stream", format!("<p>{entities}</p>"), Some(Leak::Token)),
        ("rapport", "application/xhtml+xml", format!("<p>{tagged}</p>"), Some(Leak::Note)),
        ("rapport.txt", text, format!("a {note}"), Some(Leak::Note)),
        ("rapport.txt", text, long(&format!("a {note}")), Some(Leak::Note)),
        ("rapport.txt", text, long(&format!("ab {note}")), Some(Leak::Note)),
        ("rapport.html", page, long(&tagged), Some(Leak::Note)),
        ("rapport.html", page, long(&format!("ab {tagged}")), Some(Leak::Note)),
    ] {
        let mut draft = draft(&secrets.ours, "<p>Hei!</p>");
        let bytes = said.clone().into_bytes();
        draft.attachments.push(DraftAttachment {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content_id: None,
            bytes,
        });
        assert_eq!(secrets.leak(&draft), leak, "{name}: {}", said.chars().take(200).collect::<String>());
    }
}
