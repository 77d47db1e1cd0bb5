use proptest::prelude::*;

use super::*;
use crate::address::Address;
use crate::mail::parse::{Contents, Limits, parse};

fn mailbox_of(name: Option<&str>, address: &str) -> Mailbox {
    Mailbox { name: name.map(str::to_owned), address: Address::parse(address).expect("an address") }
}

fn draft() -> Draft {
    Draft {
        from: mailbox_of(Some("Kari Kunde via Orakel"), "orakel@uni.no"),
        to: vec![mailbox_of(Some("Bjørn Ås, \"sjef\""), "bjorn@kunde.no")],
        cc: vec![],
        reply_to: vec![mailbox_of(None, "reply+token@svar.uni.no")],
        subject: "[HV-1042] Blåbær og rømme".to_owned(),
        message_id: MessageId::parse("hv.1042.2.1.abc@svar.uni.no").expect("an id"),
        in_reply_to: MessageId::parse("k1@kunde.no"),
        references: vec![
            MessageId::parse("hv.1042.0.0.abc@svar.uni.no").expect("an id"),
            MessageId::parse("k1@kunde.no").expect("an id"),
        ],
        date: Timestamp::from_secs(1_793_000_000),
        headers: vec![("Auto-Submitted".to_owned(), "auto-generated".to_owned())],
        text: "Hei Bjørn,\n\nDen er i orden.\n".to_owned(),
        html: None,
        attachments: vec![],
    }
}

fn check_shape(raw: &[u8]) {
    assert!(raw.ends_with(b"\r\n"));
    let text = String::from_utf8_lossy(raw);
    for line in text.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line:?}");
    }
    assert!(raw.is_ascii(), "only ASCII leaves");
}

#[test]
fn what_is_written_is_read_again() {
    let draft = draft();
    let raw = compose(&draft);
    check_shape(&raw);
    let mail = parse(&raw, &Limits::default());
    assert_eq!(
        (mail.from.as_slice(), &mail.to, &mail.reply_to),
        ([draft.from.clone()].as_slice(), &draft.to, &draft.reply_to)
    );
    assert_eq!((mail.subject.as_str(), mail.text.trim_end()), (draft.subject.as_str(), draft.text.trim_end()));
    assert_eq!((mail.message_id.as_ref(), &mail.references), (Some(&draft.message_id), &draft.references));
    assert_eq!((mail.in_reply_to.first(), mail.date), (draft.in_reply_to.as_ref(), Some(draft.date)));
    assert_eq!(mail.field("auto-submitted"), Some("auto-generated"));
    assert_eq!(compose(&draft), raw, "composing again says the same");
    let other = Draft { message_id: MessageId::parse("hv.1.1.1.x@y.no").expect("an id"), ..draft };
    assert_ne!(compose(&other), raw);
}

#[test]
fn files_and_images_find_their_places() {
    let file = |name: &str, id: Option<&str>| DraftAttachment {
        name: name.to_owned(),
        content_type: "image/png".to_owned(),
        content_id: id.map(str::to_owned),
        bytes: vec![0, 255, 10, 13, 46],
    };
    let draft = Draft {
        html: Some("<p>Hei <img src=\"cid:a\" alt=\"kart\"></p>".to_owned()),
        attachments: vec![file("blå \"fil\".png", None), file("kart.png", Some("a")), file("../x\r\nBcc: y", None)],
        ..draft()
    };
    let raw = compose(&draft);
    check_shape(&raw);
    let mail = parse(&raw, &Limits::default());
    assert!(mail.has_html);
    assert_eq!(mail.text.trim_end(), draft.text.trim_end());
    let names: Vec<_> = mail.attachments.iter().map(|a| (a.name.as_deref().unwrap_or("-"), a.inline)).collect();
    assert_eq!(names, [("kart.png", true), ("blå _fil_.png", false), ("xBcc_ y", false)]);
    assert_eq!(Contents::of(&raw).part(mail.attachments[1].part).as_deref(), Some(&[0, 255, 10, 13, 46][..]));
    assert_eq!(compose(&draft), raw, "boundaries are no dice");
}

#[test]
fn no_field_can_end_its_line() {
    let draft = Draft {
        from: mailbox_of(Some("Ola\r\nBcc: offer@x.no"), "ola@uni.no"),
        subject: "hei\r\nBcc: offer@x.no\r\n\r\nkropp".to_owned(),
        headers: vec![
            ("X-Good".to_owned(), "a\r\nBcc: offer@x.no".to_owned()),
            ("Bad\r\nBcc".to_owned(), "offer@x.no".to_owned()),
            ("Bcc".to_owned(), "offer@x.no".to_owned()),
        ],
        text: "a\r\n.\r\nb\rc\n".to_owned(),
        ..draft()
    };
    let raw = compose(&draft);
    check_shape(&raw);
    let mail = parse(&raw, &Limits::default());
    assert_eq!(mail.field("bcc"), None);
    assert_eq!(mail.field("x-good"), Some("a  Bcc: offer@x.no"));
    assert_eq!(mail.subject, "hei  Bcc: offer@x.no    kropp");
    assert_eq!(mail.from[0].name.as_deref(), Some("Ola Bcc: offer@x.no"));
}

#[test]
fn long_reference_lists_keep_root_and_newest() {
    let id = |n: usize| MessageId::parse(&format!("{n}.{}@example.no", "x".repeat(40))).expect("an id");
    let draft = Draft { references: (0..500).map(id).collect(), ..draft() };
    let raw = compose(&draft);
    check_shape(&raw);
    let mail = parse(&raw, &Limits::default());
    assert_eq!((mail.references.first(), mail.references.last()), (Some(&id(0)), Some(&id(499))));
    assert!(mail.references.len() > 10 && mail.references.len() < 25, "{}", mail.references.len());
}

proptest! {
    #[test]
    fn any_draft_is_read_as_written(
        subject in "\\PC{0,120}", name in "\\PC{1,60}", text in "(\\PC{0,200}\n){0,8}", value in "\\PC{0,300}", ids in proptest::collection::vec("[a-z0-9.]{1,60}@[a-z]{1,20}", 0..40),
    ) {
        let draft = Draft {
            from: mailbox_of(Some(&name), "orakel@uni.no"),
            subject: subject.clone(),
            headers: vec![("X-Value".to_owned(), value)],
            text: text.clone(),
            references: ids.iter().map(|id| MessageId::parse(id).expect("an id")).collect(),
            ..draft()
        };
        let raw = compose(&draft);
        check_shape(&raw);
        let mail = parse(&raw, &Limits::default());
        let squeezed = |text: &str| text.split_whitespace().collect::<String>().replace('\u{feff}', "");
        prop_assert_eq!(mail.from.len(), 1);
        prop_assert!(!mail.from_irregular);
        prop_assert_eq!(&mail.from[0].address, &draft.from.address);
        prop_assert_eq!(mail.message_id, Some(draft.message_id));
        prop_assert_eq!(squeezed(&mail.text), squeezed(&text));
        prop_assert_eq!(mail.references.first(), draft.references.first());
        prop_assert_eq!(mail.references.last(), draft.references.last());
    }
}
