//! Short texts: what names a mail or a case, and what an agent orders.

use std::sync::Arc;

use henvend::address::{Address, Domain};
use henvend::case::errand::Errand;
use henvend::case::view::View;
use henvend::directory::model::{Directory, Language, OPERATORS, User};
use henvend::id::{CaseId, EntryNo, KeyId, UserId};
use henvend::mail::subject::{ListTags, base_subject};
use henvend::mail::tag::{self, TagPattern};
use henvend::mail::{MessageId, refs};
use henvend::rules::command::{self, COMMANDS_MAX, errand};
use henvend::rules::telling::Telling;
use henvend::thread::Ours;
use henvend::time::{DAY, Timestamp};
use henvend::token::{self, Checked, Grant, Key, KeyRing, Token};

use crate::dice::Dice;
use crate::rounds;

const REFERENCES: &[&str] = &[
    "<a@b.example>",
    "<",
    ">",
    " ",
    ",",
    "\t",
    "@",
    "mailto:",
    "Your message of Mon ",
    "%3C",
    "\"",
    "(",
    ")",
    "=?utf-8?q?=3Ca=40b=3E?=",
    "[",
    "\u{e5}",
    "\0",
    ";",
    ":",
    "a@b",
    "<long-0123456789-0123456789-0123456789@mail.nord.example>",
];
const SUBJECTS: &[&str] = &[
    "Re: ",
    "SV: ",
    "AW: ",
    "Fwd: ",
    "回复：",
    "Re[2]: ",
    "[HV-1042]",
    "[HV-",
    "]",
    "[",
    "HV-7",
    "[liste] ",
    " ",
    "\u{a0}",
    "Ynt:",
    "RE : ",
    "[Other #4711]",
    ":",
    "hv-12",
    "\u{200b}",
    "99999999999999999999",
];
const COMMANDS: &[&str] = &[
    "/take",
    "/ta",
    "/assign ",
    "/tildel me",
    "/note",
    "/wait 3d",
    "/vent 2026-12-01",
    "/wait 999999999999d",
    "/lukk",
    "/",
    "//",
    "\n",
    " ",
    "\t",
    "Hei",
    "/løst",
    "/wait -1d",
    "/wait 2026-02-30",
    "\u{200b}",
    "\u{202e}",
    "/ASSIGN @",
    "<a@b.example>",
];

const ERRANDS: &[&str] = &[
    "digest ",
    "sammendrag ukentlig",
    "daily",
    "off",
    "away until ",
    "borte til og med ",
    "fredag",
    "2027-01-01",
    "20. desember",
    "31.2.",
    "29.2.2028",
    "9999-12-31",
    "-9999-01-01",
    "3d",
    "9999w",
    "4t",
    "quiet ",
    "stille 22-7",
    "24:00-00:00",
    "22:30",
    "–",
    "-",
    "list overdue",
    "list mine ",
    "søk ",
    "new x for 22 22 22 22",
    "\n",
    " ",
    "\t",
    "\u{a0}",
    "É",
    "99999999999999999999",
];

fn text(dice: &mut Dice, words: &[&str]) -> String {
    let mut octets: Vec<u8> = (0..dice.below(12)).flat_map(|_| dice.pick(words).as_bytes().to_vec()).collect();
    let other = dice.pick(words).as_bytes().to_vec();
    dice.change(&mut octets, words, &other);
    String::from_utf8_lossy(&octets).into_owned()
}

#[test]
fn any_references_are_read() {
    rounds("references", 100_000, |dice| {
        let value = text(dice, REFERENCES);
        let ids = refs::read(&value);
        assert!(ids.len() <= refs::IDS_MAX);
        for id in ids {
            assert_eq!(MessageId::parse(id.as_str()), Some(id.clone()), "{value:?}");
        }
    });
}

#[test]
fn any_subject_is_read() {
    rounds("subject", 50_000, |dice| {
        let subject = text(dice, SUBJECTS);
        let bare = base_subject(&subject, ListTags::Kept);
        assert!(bare.len() <= subject.len() * 3 + 8, "{subject:?}");
        // However often a subject is answered, it is the same.
        assert_eq!(
            base_subject(&format!("Re: {bare}"), ListTags::Kept),
            base_subject(&bare, ListTags::Kept),
            "{subject:?}"
        );
        let tags = TagPattern::ours("HV").find(&subject).collect::<Vec<_>>();
        assert!(tags.len() <= subject.len());
        assert!(tag::without(&subject, &TagPattern::ours("HV")).len() <= subject.len() + 8);
    });
}

#[test]
fn no_change_makes_another_token() {
    let ring = KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32])]).unwrap();
    let domain = Domain::parse("svar.nord.example").unwrap();
    let now = Timestamp::from_secs(1_793_000_000);
    rounds("token", 100_000, |dice| {
        let number = |dice: &mut Dice| u32::try_from(dice.below(1 << 24)).unwrap();
        let user = UserId::new(number(dice));
        let grant = *dice.pick(&[Grant::Reply(user), Grant::Note(user), Grant::Return(3)]);
        let made = Token::lasting(grant, CaseId::new(number(dice).into()), EntryNo::new(number(dice)), now, 90);
        let address = token::issue(&ring, &made, &domain).unwrap();
        assert_eq!(token::check(&ring, &address, &domain, now), Some(Checked::Valid(made)));
        let mut octets = address.to_string().into_bytes();
        dice.change(&mut octets, &["+", "reply", "return", "a", "7", "@", "="], b"abcdefghijklmnopqrstuvwxyz234567");
        let Some(changed) = Address::parse(&String::from_utf8_lossy(&octets)) else { return };
        if let Some(read) = token::check(&ring, &changed, &domain, now) {
            assert_eq!(read.token(), made, "{address} became {changed}");
        }
    });
}

fn ours() -> Ours {
    let domain = |name: &str| Domain::parse(name).unwrap();
    Ours {
        prefix: "HV".to_owned(),
        legacy_tags: Vec::new(),
        host_name: domain("henvend.example"),
        reply_domain: domain("svar.example"),
        keys: Arc::new(KeyRing::new(vec![Key::new(KeyId::new(1), [7; 32])]).unwrap()),
    }
}

#[test]
fn any_commands_are_read() {
    let (directory, zone) = (Directory::default(), jiff::tz::TimeZone::UTC);
    let now = Timestamp::from_secs(1_793_000_000);
    let context = command::Context {
        directory: &directory,
        category: OPERATORS,
        user: UserId::new(1),
        now,
        time_zone: &zone,
        ours: &ours(),
    };
    rounds("commands", 100_000, |dice| {
        let text = text(dice, COMMANDS);
        let reading = command::read(&text, &context);
        assert!(reading.verdicts.len() <= COMMANDS_MAX + 1);
        assert!(reading.is_good() || reading.commands.is_empty(), "{text:?}");
        assert!(text.contains(&reading.text), "{text:?}");
    });
}

#[test]
fn any_errands_are_read() {
    let (view, zone, telling) = (View::default(), jiff::tz::TimeZone::get("Europe/Oslo").unwrap(), Telling::default());
    let user = User {
        id: UserId::new(1),
        name: "Ola".to_owned(),
        addresses: Vec::new(),
        language: Language::Nb,
        registrations: Default::default(),
        personal: Default::default(),
        undelivered: Default::default(),
    };
    let now = Timestamp::from_secs(1_793_000_000);
    let (ours, view, user) = (&ours(), &view, &user);
    let context = errand::Context { view, user, ours, title: "", now, time_zone: &zone, telling: &telling };
    rounds("errands", 100_000, |dice| {
        let text = text(dice, ERRANDS);
        let reading = errand::read(&text, &context);
        assert!(reading.verdicts.len() <= COMMANDS_MAX + 1);
        assert!(reading.is_good() || reading.errands.is_empty(), "{text:?}");
        for errand in reading.errands {
            let Errand::Away(Some(until)) = errand else { continue };
            assert!(until > now && until < now.plus(DAY * 401), "{text:?}: {until}");
        }
    });
}
