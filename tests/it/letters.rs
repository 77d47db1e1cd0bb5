//! What we write, word by word: text and HTML of each kind of mail, in each language, as kept in `tests/snapshots`.
//! `UPDATE_EXPECT=1` writes them anew.

mod html;
mod events;
mod others;

use std::path::PathBuf;
use std::sync::Arc;

use henvend::case::trigger::Handover;
use henvend::envelope::Listener;
use henvend::mail::parse::html_page;

use crate::kit::house::{DIRECTORY, House, Mood, Sent, Setting, to};
use crate::kit::memory::MemoryStore;

const CUSTOMER: &str = "kunde@post.example";
const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const SHARED: &str = "orakel@uni.example";

/// Each kind of mail in one language, by name.
pub async fn story(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", FIRST);
    house.deliver(CUSTOMER, &[SHARED], &first).await;
    let sent = house.send().await;
    kept.push(("acknowledgement", to(&sent, CUSTOMER).clone()));
    let new = to(&sent, OLA).clone();
    kept.push(("notification-new", new.clone()));
    let karis = to(&sent, KARI).reply_to();

    say(&house, OLA, &new, "2", "/take").await;
    kept.push(("receipt-done", to(&house.send().await, OLA).clone()));
    say(&house, OLA, &new, "3", "/help").await;
    kept.push(("receipt-help", to(&house.send().await, OLA).clone()));
    say(&house, OLA, &new, "4", "/resovle\n/wait 2020-01-01\nHei, prøv nå.").await;
    kept.push(("receipt-refused", to(&house.send().await, OLA).clone()));

    let more =
        with_file("5", "Re: [HV-1] Skriveren virker ikke", &format!("{MORE}{}", "Den står stille. ".repeat(700)));
    house.deliver(CUSTOMER, &[SHARED], &more).await;
    let added = to(&house.send().await, OLA).clone();
    kept.push(("notification-added", added.clone()));
    say(&house, OLA, &new, "6", "/løst\nHei, slå den av og på.").await;
    kept.push(("receipt-overtaken", to(&house.send().await, OLA).clone()));

    let forged = mail("7", OLA, "Re: [HV-1] x", &format!("In-Reply-To: {}\n", kept[0].1.id()), "/close\nHei!");
    house.deliver("x@evil.example", &[SHARED], &forged).await;
    kept.push(("receipt-confirm", to(&house.send().await, OLA).clone()));

    let note = mail("8", KARI, "Re: x", "", "/note\nRom 3 skal pusses opp.\nSpør vaktmesteren på 22 22 22 22.");
    house.deliver(KARI, &[&karis], &note).await;
    kept.push(("notification-note", to(&house.send().await, OLA).clone()));

    house.smarthost.next(Mood::Say(vec![Handover::Permanent {
        status: Some("5.1.1".to_owned()),
        detail: "550 5.1.1 no such user".to_owned(),
    }]));
    say(&house, OLA, &added, "9", "Hei, vi bytter den i morgen.").await;
    house.try_send().await.unwrap();
    let failed = house.smarthost.take().into_iter().find(|sent| sent.mail.field("X-Henvend-Event") == Some("failed"));
    kept.push(("notification-failed", failed.expect("the owner is told")));
    kept.extend(chosen(language).await.into_iter().filter(|(name, _)| *name == "digest"));
    kept
}

/// What a user who wants one mail a day is told, and the answers to what they choose.
async fn chosen(language: &str) -> Vec<(&'static str, Sent)> {
    let mut kept = Vec::new();
    let house = open(language, Setting::default()).await;
    let asked = async |id: &str, line: &str| {
        let asks = mail(id, OLA, "Hei", "", line);
        house.receive_by(Listener::Submission, OLA, &["henvend@svar.example"], &asks).await.unwrap();
        to(&house.send().await, OLA).clone()
    };
    let new = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", FIRST);
    house.deliver(CUSTOMER, &[SHARED], &new).await;
    let olas = to(&house.send().await, OLA).clone();
    say(&house, OLA, &olas, "2", "/take").await;
    house.send().await;
    kept.push(("control-digest", asked("3", "digest daily\naway off\nquiet 22-7").await));
    kept.push(("control-away", asked("4", "away until friday\nlist overdue").await));
    asked("5", "away off").await;
    house.sweep().await;
    house.send().await;
    let more = with_file("6", "Re: [HV-1] Skriveren virker ikke", MORE);
    house.deliver(CUSTOMER, &[SHARED], &more).await;
    let other = mail("7", "Berit Sjef <berit@firma.example>", "Nøkkel til rom 3", "", "Hei, jeg trenger en nøkkel.");
    house.deliver("berit@firma.example", &[SHARED], &other).await;
    let karis = to(&house.send().await.into_iter().rev().collect::<Vec<_>>()[..1], KARI).clone();
    say(&house, KARI, &karis, "8", "/priority high\n/title Nøkkel").await;
    house.send().await;
    let third = mail("9", "Per Hansen <per@firma.example>", "Ny skjerm", "", "Hei, skjermen min er svart.");
    house.deliver("per@firma.example", &[SHARED], &third).await;
    let karis = to(&house.send().await.into_iter().rev().collect::<Vec<_>>()[..1], KARI).clone();
    say(&house, KARI, &karis, "10", "/assign ola\n/wait until 2026-12-01").await;
    house.send().await;
    house.clock.set("2026-11-19T06:00:00Z");
    house.sweep().await;
    let sent = house.send().await;
    kept.push(("digest", to(&sent, OLA).clone()));
    kept
}

const FIRST: &str = "Hei!\n\nDen blinker rødt, og det står <PC LOAD LETTER> & \"tomt\" i vinduet.\n  - rom 3\n  - toner: \
                     https://skriver.example/status?rom=3&lang=nb\n\nMvh Kåre";
const MORE: &str = "Nå lukter det svidd også.\n\n";

/// All that there is to see in one language.
pub async fn letters(language: &str) -> Vec<(&'static str, Sent)> {
    let mut all = story(language).await;
    all.extend(others::told(language).await);
    all.extend(others::otherwise(language).await);
    all.extend(others::control(language).await);
    all.extend(events::worked(language).await);
    all.extend(events::astray(language).await);
    all.extend(events::left(language).await);
    all
}

async fn open(language: &str, setting: Setting) -> House {
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    assert_eq!(house.apply(&directory(language)).await.unwrap().refused, None);
    house
}

fn directory(language: &str) -> String {
    DIRECTORY
        .replace("language = \"en\"", "language = \"nb\"")
        .replace("language = \"nb\"", &format!("language = \"{language}\""))
        .replace("at.uni = {}", &format!("language = \"{language}\"\nat.uni = {{}}"))
}

fn mail(id: &str, from: &str, subject: &str, more: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: {SHARED}\nSubject: {subject}\nMessage-ID: <{id}@post.example>\n{more}MIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

/// Somebody else got a copy, and a file goes along.
fn with_file(id: &str, subject: &str, body: &str) -> String {
    format!(
        "From: Kåre Kunde <{CUSTOMER}>\nTo: {SHARED}\nCc: Berit Sjef <berit@firma.example>\nSubject: {subject}\n\
         Message-ID: <{id}@post.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: text/plain; charset=utf-8\n\n{body}\n--b\nContent-Type: image/png; name=\"bilde av <vinduet>.png\"\n\
         Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"
    )
}

/// An agent answers a mail of ours.
async fn say(house: &House, from: &str, told: &Sent, id: &str, body: &str) {
    let reply = mail(id, from, &format!("Re: {}", told.mail.subject), "", body);
    house.deliver(from, &[&told.reply_to()], &reply).await;
}

/// What a snapshot holds: the headers that a reader or a program sees, and the text.
fn text(sent: &Sent) -> String {
    let fields =
        ["From", "To", "Reply-To", "Subject", "Auto-Submitted", "List-Id", "X-Henvend-Event", "X-Henvend-Status"];
    let fields = fields.iter().filter_map(|name| sent.mail.field(name).map(|value| format!("{name}: {value}\n")));
    let files = sent
        .mail
        .attachments
        .iter()
        .map(|file| format!("({} octets: {})\n", file.bytes, file.name.as_deref().unwrap()));
    format!("{}\n{}\n{}", fields.collect::<String>(), sent.mail.text, files.collect::<String>())
}

pub fn page(sent: &Sent) -> String {
    html_page(&sent.data).expect("one HTML part").replace("\r\n", "\n")
}

fn expect(name: &str, is: &str, wrong: &mut Vec<String>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, is).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    if wanted != is {
        wrong.push(format!("{name} is now:\n{is}"));
    }
}

#[tokio::test]
async fn our_mails_say_what_they_said() {
    let mut wrong = Vec::new();
    for language in ["nb", "nn", "en"] {
        for (name, sent) in letters(language).await {
            expect(&format!("{language}/{name}.txt"), &text(&sent), &mut wrong);
            expect(&format!("{language}/{name}.html"), &page(&sent), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 writes them anew\n{}", wrong.join("\n"));
}

/// These are text only.
#[tokio::test]
async fn answers_to_what_users_choose_say_what_they_said() {
    let mut wrong = Vec::new();
    for language in ["nb", "nn", "en"] {
        for (name, sent) in chosen(language).await.iter().filter(|(name, _)| *name != "digest") {
            expect(&format!("{language}/{name}.txt"), &text(sent), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 writes them anew\n{}", wrong.join("\n"));
}

/// Gmail threads by the subject without prefixes and by a common ancestor; Outlook and Apple Mail by the ancestors.
#[tokio::test]
async fn all_mails_of_a_case_to_one_user_stand_in_one_thread() {
    let letters = story("nb").await;
    let root = letters[1].1.mail.references[0].clone();
    let of_case = |name: &str| name.starts_with("notification") || name.starts_with("receipt");
    for (name, sent) in letters.iter().filter(|(name, _)| of_case(name)) {
        assert_eq!(sent.mail.subject, "[HV-1] Skriveren virker ikke", "{name}");
        assert_eq!(sent.mail.references[0], root, "{name}");
        // What the mail is about, where the user wrote it; else the mail that they were sent before it.
        let own = match *name {
            "receipt-done" => Some("2@post.example"),
            "receipt-help" => Some("3@post.example"),
            "receipt-refused" => Some("4@post.example"),
            "receipt-overtaken" => Some("6@post.example"),
            _ => None,
        };
        let last = sent.mail.references.last().unwrap();
        assert_eq!(sent.mail.in_reply_to, std::slice::from_ref(last), "{name}");
        let before = letters.iter().take_while(|(other, _)| other != name);
        let known = before.last().and_then(|(_, before)| before.mail.message_id.as_ref());
        let wanted = own.unwrap_or(if *name == "notification-new" { root.as_str() } else { known.unwrap().as_str() });
        assert_eq!(last.as_str(), wanted, "{name}");
    }
}

#[tokio::test]
async fn who_got_a_copy_is_included_by_one_command() {
    let letters = story("nb").await;
    let added = &letters.iter().find(|(name, _)| *name == "notification-added").unwrap().1;
    assert!(added.mail.text.contains("\n/kopi berit@firma.example\n"), "{}", added.mail.text);
    assert!(page(added).contains("body=%2Fkopi%20berit%40firma.example%0D%0A%2Fslutt"), "{}", page(added));
    let whole = added.mail.attachments.iter().find(|file| file.name.as_deref() == Some("hele teksten.txt")).unwrap();
    assert!(whole.bytes > 10_000 && added.mail.text.chars().count() < 12_000, "shown shortened, sent whole");
}
