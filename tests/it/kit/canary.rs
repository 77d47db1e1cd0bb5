//! Looks through every mail that left for somebody outside: nothing internal may be in it, however it is written. Mails
//! are taken apart by the library alone, so that a fault in our own reading hides nothing.

use std::collections::BTreeMap;

use henvend::act::World;
use henvend::address::Address;
use henvend::case::event::CaseEvent;
use henvend::case::model::Case;
use henvend::directory::model::SITE;
use henvend::id::{CaseId, EntryNo};
use henvend::mail::parse::{Limits, parse};
use henvend::ports::{Page, Query};
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::house::{Sent, address};

/// What no mail to somebody outside may hold. Tests put it where it must stay: into notes, names, addresses.
pub const CANARY: &str = "kanarifugl";
/// A note shorter than this says nothing that an answer might not say by itself; nor does a shorter line of one.
const NOTE_CHARS_MIN: usize = 16;
const NOTE_LINE_CHARS_MIN: usize = 40;
/// Letters of a token at least.
const TOKEN_CHARS_MIN: usize = 40;
/// How often a sign may be written by its number.
const LEVELS_MAX: usize = 6;
/// How a notification and a receipt begin, in every language.
const OWN_WORDS: &[&str] = &[
    "svarer du på denne e-posten, sendes svaret til",
    "svarer du på denne e-posten, lagres svaret",
    "svarar du på denne e-posten, blir svaret",
    "if you reply to this e-mail, your answer is sent to",
    "if you reply to this e-mail, your reply is kept",
];

/// What must not be in a mail.
#[derive(Default)]
struct Secrets {
    /// Users' addresses: not where anybody reads, nor where a program writes.
    addresses: Vec<String>,
    /// Words that stand nowhere.
    words: Vec<String>,
}

/// Fails when one of these mails tells somebody outside what is internal.
pub async fn search(world: &World, sent: &[Sent]) {
    let cases = cases(world).await;
    let directory = world.store.directory();
    let mut words = None;
    for mail in sent {
        let case = &cases[&case_of(mail)];
        let is_inside = |to: &String| {
            let user = directory.user_by_address(&address(to));
            // Cases of the site's are about what users of any customer have asked for.
            user.is_some_and(|user| case.customer == SITE || user.registrations.contains_key(&case.customer))
        };
        // A user may also be the contact of a case; then the mail that only users get is theirs all the same.
        if mail.to.iter().all(is_inside) && mail.mail.field("X-Henvend-Event").is_some() {
            continue;
        }
        if words.is_none() {
            let mut all = notes(world, cases.values()).await;
            all.push(CANARY.to_owned());
            words = Some(all);
        }
        let takes_part = |user: &&Address| case.has_participant(user) || mail.to.contains(&user.to_string());
        let users = directory.users().filter(|user| user.registrations.contains_key(&case.customer));
        let addresses = users.flat_map(|user| &user.addresses).filter(|user| !takes_part(user));
        let addresses = addresses.map(|address| address.to_string().to_lowercase()).collect();
        let secrets = Secrets { addresses, words: words.clone().unwrap_or_default() };
        if let Some(leak) = leak(&secrets, &mail.data) {
            panic!("{leak} left for {:?}:\n{}", mail.to, String::from_utf8_lossy(&mail.data));
        }
    }
}

/// By its Message-ID: `hv.CASE.ENTRY.COPY.MAC@domain`.
fn case_of(sent: &Sent) -> u64 {
    sent.id().split('.').nth(1).and_then(|number| number.parse().ok()).expect("a Message-ID of ours")
}

async fn cases(world: &World) -> BTreeMap<u64, Case> {
    let mut cases = BTreeMap::new();
    while let Some(case) = world.store.case(CaseId::new(cases.len() as u64 + 1)).await.unwrap() {
        cases.insert(case.id.get(), case);
    }
    cases
}

/// The words of all notes: whole, and their long lines.
async fn notes(world: &World, cases: impl Iterator<Item = &Case>) -> Vec<String> {
    let mut notes = Vec::new();
    for case in cases {
        let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: 1000 };
        let Page::Journal(entries) = world.store.page(query).await.unwrap() else { panic!("not a journal") };
        for entry in entries {
            let is_note = entry.events.iter().any(|event| matches!(event, CaseEvent::NoteWritten { .. }));
            let Some(mail) = entry.mail().filter(|_| is_note) else { continue };
            let raw = world.store.raw(mail.raw).await.unwrap();
            let text = parse(&raw, &Limits::default()).new_text;
            // Who wrote it ends their answers in the same way.
            let words = text.lines().take_while(|line| !line.to_lowercase().ends_with("hilsen"));
            let words: Vec<&str> = words.filter(|line| !line.starts_with('/')).collect();
            let whole = Some(plain(&words.join("\n"))).filter(|note| note.chars().count() >= NOTE_CHARS_MIN);
            let lines = words.iter().map(|line| plain(line));
            notes.extend(lines.filter(|line| line.chars().count() >= NOTE_LINE_CHARS_MIN).chain(whole));
        }
    }
    notes
}

/// Who wrote a piece of a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// We, or a program: it names no user.
    Program,
    /// A person, in a file: it may name a person.
    Person,
}

/// What of these secrets is in a mail, or what else should not be in it.
fn leak(secrets: &Secrets, data: &[u8]) -> Option<String> {
    let whole = String::from_utf8_lossy(data);
    let header = whole.split("\r\n\r\n").next().unwrap_or_default();
    let mut pieces = vec![(Writer::Program, header.to_owned())];
    let message = library().parse(data).expect("a mail");
    take_apart(&message, Writer::Program, &mut pieces);
    pieces.iter().flat_map(|(writer, text)| views(text).into_iter().map(|view| (*writer, view))).find_map(
        |(writer, text)| {
            let addresses = secrets.addresses.iter().filter(|_| writer == Writer::Program);
            let mut words = addresses.chain(&secrets.words).map(String::as_str).chain(OWN_WORDS.iter().copied());
            let found = words.find(|words| text.contains(words)).map(|words| format!("{words:?}"));
            found.or_else(|| holds_token(&text).then(|| "a token".to_owned()))
        },
    )
}

/// Reads the words of every field.
fn library() -> MessageParser {
    MessageParser::new().with_mime_headers().with_address_headers().default_header_text()
}

/// Everything that there is to read in a mail, in plain letters.
fn take_apart(message: &Message<'_>, body: Writer, pieces: &mut Vec<(Writer, String)>) {
    for part in &message.parts {
        for field in &part.headers {
            let raw = &message.raw_message[field.offset_start() as usize..field.offset_end() as usize];
            pieces.push((Writer::Program, String::from_utf8_lossy(raw).replace("\r\n", "")));
            pieces.push((Writer::Program, field.value().as_text().unwrap_or_default().to_owned()));
            let people = field.value().as_address().into_iter().flat_map(|people| people.iter());
            pieces.extend(people.map(|person| {
                (
                    Writer::Program,
                    format!("{} <{}>", person.name().unwrap_or_default(), person.address().unwrap_or_default()),
                )
            }));
        }
        let name = part.attachment_name().unwrap_or_default().to_lowercase();
        pieces.push((Writer::Program, name.clone()));
        let is_file = part.content_disposition().is_some_and(|how| how.is_attachment());
        match &part.body {
            PartType::Message(inner) => attached(inner, pieces),
            PartType::Text(text) if !is_file => pieces.push((body, text.to_string())),
            PartType::Html(page) if !is_file => pieces.extend([(body, page.to_string()), (body, html_to_text(page))]),
            PartType::Multipart(_) => {}
            _ if name.ends_with(".eml") => attached(&library().parse(part.contents()).unwrap(), pieces),
            _ => {
                let lines = [".ics", ".vcf"].iter().any(|ending| name.ends_with(ending));
                let octets: Vec<u8> = part.contents().iter().copied().filter(|octet| *octet != 0).collect();
                let text = String::from_utf8_lossy(&octets).into_owned();
                let unfolded = text.replace("\r\n ", "").replace("\n ", "");
                pieces.push((if lines { Writer::Program } else { Writer::Person }, unfolded));
            }
        }
    }
}

fn attached(message: &Message<'_>, pieces: &mut Vec<(Writer, String)>) {
    for field in message.headers() {
        let trace = ["received", "return-path", "delivered-to", "authentication-results", "bcc"];
        if trace.contains(&field.name().to_lowercase().as_str()) {
            // No text holds this.
            pieces.push((Writer::Program, format!("reply+{}", "a".repeat(TOKEN_CHARS_MIN))));
        }
    }
    take_apart(message, Writer::Person, pieces);
}

/// The ways in which a text can be read, in one spelling.
fn views(text: &str) -> Vec<String> {
    let mut views = vec![text.to_owned(), html_to_text(text), text.replace("=\r\n", "").replace("=\n", "")];
    views.extend(views.clone().iter().map(|view| view.replace("=40", "@").replace("=2B", "+").replace("&#43;", "+")));
    for _ in 0..LEVELS_MAX {
        let decoded: Vec<String> = views.iter().map(|view| without_percent(view)).collect();
        if decoded.iter().all(|view| views.contains(view)) {
            break;
        }
        views.extend(decoded);
    }
    let mut plain: Vec<String> = views.iter().map(|view| plain(view)).collect();
    plain.sort_unstable();
    plain.dedup();
    plain
}

fn without_percent(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok());
        octets.push(code.unwrap_or(*first));
        rest = if code.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// Lower case, without the marks of quoting, the ends of lines and the signs without width that may have been put in.
fn plain(text: &str) -> String {
    let shown: String =
        text.chars().filter(|sign| !matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}')).collect();
    let words = shown.split(|c: char| c.is_whitespace() || c == '>').filter(|word| !word.is_empty());
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "kunden er vanskelig og betaler alltid for sent";

    fn found(more: &str, rest: &str) -> Option<String> {
        let secrets = Secrets { addresses: vec!["ola@uni.example".to_owned()], words: vec![NOTE.to_owned()] };
        let mail = format!("From: orakel@uni.example\nSubject: x\n{more}MIME-Version: 1.0\n{rest}\n");
        leak(&secrets, mail.replace('\n', "\r\n").as_bytes())
    }

    fn text(body: &str) -> Option<String> {
        found("", &format!("Content-Type: text/plain; charset=utf-8\n\n{body}"))
    }

    fn file(kind: &str, octets: &str) -> Option<String> {
        let octets = data_encoding::BASE64_MIME.encode(octets.replace('\n', "\r\n").as_bytes());
        found(
            "",
            &format!(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHei.\n--b\nContent-Type: application/octet-stream\n\
                 Content-Disposition: attachment; filename=\"{kind}\"\nContent-Transfer-Encoding: base64\n\n{octets}\n--b--"
            ),
        )
    }

    #[test]
    fn a_leak_of_any_kind_is_found() {
        let token = format!("reply+{}@svar.example", "abcdefgh".repeat(7));
        let encoded = |text: &str| data_encoding::BASE64_MIME.encode(text.as_bytes());
        let page = |page: &str| found("", &format!("Content-Type: text/html; charset=utf-8\n\n{page}"));
        let coded = |how: &str, text: &str| {
            found("", &format!("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {how}\n\n{text}"))
        };
        let leaks = [
            text("Skriv til OLA@uni.example."),
            text("https://x.example/?a=05%7Cola%40uni.example%7C"),
            text("https://x.example/?a=ola%2540uni.example"),
            text("ola@\u{200b}uni.example"),
            text(&token),
            text(&format!("> {}\n> {}", &token[..30], &token[30..])),
            text(&token.replace('+', "%2B")),
            text(&token.replace('+', "=2B").replace("gh@", "g=\nh@")),
            text(&format!("Hei.\n> KUNDEN er\n> vanskelig {}", &NOTE[20..])),
            text("Svarer du på denne\ne-posten, sendes svaret til Kåre."),
            page("<p>ola&#64;uni.example</p>"),
            page("<p>kunden er <b>vanskelig</b> og betaler&nbsp;alltid for sent</p>"),
            page("<a href=\"mailto:ola%40uni.example\">her</a>"),
            coded("base64", &encoded("Skriv til ola@uni.example.")),
            coded("quoted-printable", "ola=40uni.ex=\nample"),
            found("X-Name: =?utf-8?b?b2xhQHVuaS5leGFtcGxl?=\n", "\nHei"),
            found("Cc: Ola <ola@uni.example>\n", "\nHei"),
            found(&format!("Reply-To: <{token}>\n"), "\nHei"),
            file("ola@uni.example.txt", "x"),
            file("a.txt", &token),
            file("a.txt", NOTE),
            file("a.ics", "ATTENDEE:mailto:ola@un\n i.example"),
            file("a.vcf", "EMAIL:ola@uni.example"),
            file("a.eml", "From: ola@uni.example\n\nHei"),
            file("a.eml", "Received: from a by b\n\nHei"),
            file("a.eml", &format!("From: x@x.example\n\n{token}")),
            file("a.eml", &format!("Content-Transfer-Encoding: base64\n\n{}", encoded(NOTE))),
        ];
        for (at, leak) in leaks.iter().enumerate() {
            assert!(leak.is_some(), "leak {at} is not found");
        }
    }

    #[test]
    fn what_is_no_leak_is_none() {
        assert_eq!(text("Hei! Skriv til orakel@uni.example, reply+short@svar.example."), None);
        assert_eq!(file("a.txt", "Ring Ola, ola@uni.example"), None);
        assert_eq!(file("a.eml", "From: x@x.example\nSubject: y\n\nHilsen ola@uni.example"), None);
    }
}
