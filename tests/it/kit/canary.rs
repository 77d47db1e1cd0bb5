//! Looks through every mail that left for somebody outside: nothing internal may be in it, however it is written.

use henvend::act::World;
use henvend::case::event::CaseEvent;
use henvend::case::model::Case;
use henvend::id::{CaseId, EntryNo};
use henvend::mail::parse::{Limits, parse};
use henvend::ports::{Page, Query};

use super::house::{Sent, address};

/// What no mail to somebody outside may hold. Tests put it where it must stay: into notes, names, addresses.
pub const CANARY: &str = "kanarifugl";
/// A note shorter than this says nothing that an answer might not say by itself.
const NOTE_CHARS_MIN: usize = 16;
/// Letters of a token at least.
const TOKEN_CHARS_MIN: usize = 40;

/// Fails when one of these mails tells somebody outside what is internal.
pub async fn search(world: &World, sent: &[Sent]) {
    let directory = world.store.directory();
    let is_user = |to: &String| directory.user_by_address(&address(to)).is_some();
    let outside: Vec<&Sent> = sent.iter().filter(|mail| !mail.to.iter().all(is_user)).collect();
    if outside.is_empty() {
        return;
    }
    let cases = cases(world).await;
    let takes_part = |user: &henvend::address::Address| cases.iter().any(|case| case.has_participant(user));
    let users = directory.users().flat_map(|user| &user.addresses).filter(|address| !takes_part(address));
    let mut secrets: Vec<String> = users.map(|address| address.to_string().to_lowercase()).collect();
    secrets.push(CANARY.to_owned());
    secrets.extend(notes(world, &cases).await);
    for mail in outside {
        let text = everything(mail);
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret:?} left for {:?}:\n{text}", mail.to);
        }
        assert!(!holds_token(&text), "a token left for {:?}:\n{text}", mail.to);
    }
}

async fn cases(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    while let Some(case) = world.store.case(CaseId::new(cases.len() as u64 + 1)).await.unwrap() {
        cases.push(case);
    }
    cases
}

/// The words of all notes.
async fn notes(world: &World, cases: &[Case]) -> Vec<String> {
    let mut notes = Vec::new();
    for case in cases {
        let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: 1000 };
        let Page::Journal(entries) = world.store.page(query).await.unwrap() else { panic!("not a journal") };
        for entry in entries {
            let is_note = entry.events.iter().any(|event| matches!(event, CaseEvent::NoteWritten { .. }));
            let Some(mail) = entry.mail().filter(|_| is_note) else { continue };
            let raw = world.store.raw(mail.raw).await.unwrap();
            let text = parse(&raw, &Limits::default()).new_text;
            let words: Vec<&str> = text.lines().filter(|line| !line.starts_with('/')).collect();
            notes.push(normal(&words.join("\n")));
        }
    }
    notes.retain(|note| note.chars().count() >= NOTE_CHARS_MIN);
    notes
}

/// Its bytes as they are, and what a reader's program makes of them; in one spelling.
fn everything(sent: &Sent) -> String {
    let mail = &sent.mail;
    let mut all = vec![String::from_utf8_lossy(&sent.data).into_owned(), mail.subject.clone(), mail.text.clone()];
    all.extend(mail.fields.iter().map(|field| field.value.clone()));
    let people = mail.from.iter().chain(&mail.to).chain(&mail.cc).chain(&mail.reply_to);
    all.extend(people.map(|mailbox| mailbox.label()));
    all.extend(mail.attachments.iter().map(|file| file.name.clone().unwrap_or_default()));
    normal(&all.join("\n"))
}

/// Lower case, without the marks of quoting and the ends of lines that a client may have put in.
fn normal(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("=2B", "+").replace("%2B", "+").replace("&#43;", "+");
    let words = joined.split(|c: char| c.is_whitespace() || c == '>').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

fn holds_token(text: &str) -> bool {
    let joined: String = text.split_whitespace().collect();
    ["reply+", "return+"].iter().any(|local| {
        joined.match_indices(local).any(|(at, _)| {
            let letters = joined[at + local.len()..].bytes().take_while(u8::is_ascii_alphanumeric).count();
            letters >= TOKEN_CHARS_MIN
        })
    })
}

#[test]
fn a_canary_is_found_however_it_is_written() {
    let token = "abcdefgh".repeat(7);
    for text in [
        format!("reply+{token}@svar.example"),
        format!("> reply+{}\n> {}@svar.example", &token[..30], &token[30..]),
        format!("<mailto:reply%2B{token}@svar.example>"),
        format!("REPLY=2B{}=\r\n{}", &token[..10], &token[10..]),
    ] {
        assert!(holds_token(&normal(&text)), "{text}");
    }
    assert!(!holds_token("reply+short@svar.example"));
    assert!(normal("> Den røde\n> KANARI\u{a0}fugl").contains("røde kanari fugl"));
}
