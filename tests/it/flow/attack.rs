//! Hostile mails, each with what becomes of it and who hears of it. Nothing internal may leave for anybody: every mail
//! that is sent is searched, see `kit/canary.rs`.
//!
//! Two cases in a house whose mail server says who may have sent a mail. Case 1 is the customer's, Kari's to answer, with a
//! note of Ola's on it; case 2 is the neighbour's. In the mails `{ola1}` is where Ola answers on case 1, `{note1}` where Kari answers
//! Ola's note, `{ack1}` the Message-ID of the customer's acknowledgement, `{back1}` where a report about Ola's notification goes,
//! `{told1}` what Ola's mail program quotes of case 1, `{pass}` what our mail server writes above mails of
//! uni.example's own servers.

mod forgeries;
mod injection;
mod leaks;
mod tokens;

use henvend::case::event::CaseEvent;

use super::{CUSTOMER, back, house_that_checks, mail};
use crate::kit::canary::CANARY;
use crate::kit::house::{House, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

/// What it is; to which address; header, empty line and body; what becomes of it, and who gets a mail because of it.
type Attack = (&'static str, &'static str, &'static str, &'static str);

struct Scene {
    house: House,
    names: Vec<(&'static str, String)>,
}

impl Scene {
    async fn open() -> Self {
        let house = house_that_checks().await;
        let passed = |domain: &str| format!("Authentication-Results: mx.uni.example; dkim=pass header.d={domain}\n");
        let from = |domain: &str, text: String| format!("{}{text}", passed(domain));
        let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren virker ikke", "", "Den blinker rødt.");
        house.deliver(CUSTOMER, &["orakel@uni.example"], &from("post.example", first)).await;
        let one = house.send().await;
        let second = mail("2", "nabo@nabo.example", "Nettet er nede", "", "Hele huset.");
        house.deliver("nabo@nabo.example", &["orakel@uni.example"], &from("nabo.example", second)).await;
        let two = house.send().await;
        let (ola1, ola2) = (to(&one, OLA).reply_to(), to(&two, OLA).reply_to());
        let note = format!("/tildel kari\n/notat\n{CANARY}: kunden er vanskelig og betaler alltid for sent.");
        let note = mail("3", OLA, "Re: Skriveren", &format!("Cc: {ola1}\n"), &note);
        assert_eq!(house.deliver(OLA, &[&ola1], &from("uni.example", note)).await, [("added", 1)]);
        let three = house.send().await;
        let names = vec![
            ("{kari1}", to(&one, KARI).reply_to()),
            ("{note1}", to(&three, KARI).reply_to()),
            ("{ack1}", to(&one, CUSTOMER).id()),
            ("{olaid1}", to(&one, OLA).id()),
            ("{back1}", back(to(&one, OLA))),
            ("{told1}", to(&one, OLA).quoted()),
            ("{toldraw1}", String::from_utf8_lossy(&to(&one, OLA).data).replace("\r\n", "\n")),
            ("{piece1}", to(&one, OLA).mail.text.split_once('\n').unwrap().1.to_owned()),
            ("{toldnote1}", to(&three, KARI).quoted()),
            ("{OLA1}", ola1.to_uppercase()),
            ("{ola1wrapped}", format!("{}\n> {}", &ola1[..30], &ola1[30..])),
            ("{ola1percent}", ola1.replace('+', "%2B")),
            ("{ola1short}", ola1.replacen("reply+", "reply+a", 1)),
            ("{ola1cut}", format!("{}@svar.example", &ola1.split('@').next().unwrap()[..20])),
            ("{ola1}", ola1),
            ("{ola2}", ola2),
            ("{pass}\n", passed("uni.example")),
            ("{canary}", CANARY.to_owned()),
        ];
        Self { house, names }
    }

    fn with_names(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// Header fields that the attack does not care for are as in any answer.
    fn whole(&self, to: &str, text: &str) -> String {
        let (header, body) = text.split_once("\n\n").expect("a header and a body");
        let usual = [
            ("From", "x@evil.example".to_owned()),
            ("To", to.to_owned()),
            ("Subject", "Re: [HV-1] Skriveren virker ikke".to_owned()),
            ("Message-ID", "<attack@evil.example>".to_owned()),
            ("Date", "Wed, 18 Nov 2026 12:30:00 +0100".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ];
        let has = |name: &str| {
            header.lines().any(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))
        };
        let missing = usual.iter().filter(|(name, _)| !has(name)).map(|(name, value)| format!("{name}: {value}\n"));
        format!("{header}\n{}\n{body}\n", missing.collect::<String>())
    }

    /// How a case stands: its status and who has it.
    async fn state(&self, case: u64) -> String {
        let case = self.house.case(case).await;
        let directory = self.house.world.store.directory();
        let owner = case.owner.map(|owner| directory.user(owner).unwrap().main_address().unwrap().local().to_owned());
        format!("{} {}", case.status.as_str(), owner.as_deref().unwrap_or("nobody"))
    }

    /// What becomes of it: outcome, why it was held or refused, how the case stands that it was added to, and who gets a
    /// mail because of it.
    async fn play(&self, attack: &Attack) -> String {
        let (_, to, text, _) = attack;
        let (to, text) = (self.with_names(to), self.with_names(text));
        let recipients: Vec<&str> = to.split(' ').collect();
        let before = (self.house.case(1).await, self.house.journal(1).await.len(), self.house.journal(2).await.len());
        let outcomes = self.house.deliver("x@evil.example", &recipients, &self.whole(recipients[0], &text)).await;
        let mut told: Vec<String> = outcomes.iter().map(|(became, case)| format!("{became} {case}")).collect();
        let ones = self.house.journal(1).await.split_off(before.1);
        let twos = self.house.journal(2).await.split_off(before.2);
        for event in ones.iter().chain(&twos).flat_map(|entry| &entry.events) {
            match event {
                CaseEvent::MailHeld { reason, .. } => {
                    assert_eq!(self.house.world.metrics.mails_held.get(*reason), 1, "it is counted");
                    told.push(reason.as_str().to_owned());
                }
                CaseEvent::CommandsRefused { .. } => told.push("refused".to_owned()),
                CaseEvent::MailReceived { mail } if mail.outsider => told.push("outsider".to_owned()),
                _ => {}
            }
        }
        let after = self.house.case(1).await;
        if !told[0].starts_with("added") {
            let state = |case: &henvend::case::model::Case| {
                (case.status, case.owner, case.title.clone(), case.participants.clone())
            };
            assert_eq!(state(&before.0), state(&after), "case 1 is as it was");
        }
        let sent = self.house.send().await;
        if let [("added", case)] = outcomes[..] {
            told.push(self.state(case).await);
        }
        sent.iter().for_each(is_sound);
        let mut people: Vec<String> = sent.iter().flat_map(|mail| mail.to.clone()).collect();
        people.sort_unstable();
        format!("{} > {}", told.join(" "), people.join(" "))
    }
}

/// What was sent is one mail to those who are named in it, shows words and runs nothing, and its files lie where they are
/// saved.
fn is_sound(sent: &Sent) {
    const FIELDS: &[&str] = &[
        "from",
        "to",
        "cc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "auto-submitted",
        "x-auto-response-suppress",
        "list-id",
        "x-henvend-loop",
        "x-henvend-case",
        "x-henvend-category",
        "x-henvend-event",
        "x-henvend-status",
        "thread-topic",
        "thread-index",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    ];
    let mut names: Vec<String> = sent.mail.fields.iter().map(|field| field.name.to_lowercase()).collect();
    assert!(names.iter().all(|name| FIELDS.contains(&name.as_str())), "{names:?}");
    names.sort_unstable();
    assert!(names.windows(2).all(|two| two[0] != two[1]), "no field twice: {names:?}");
    for named in sent.mail.to.iter().chain(&sent.mail.cc) {
        assert_ne!(named.address.domain().as_str(), "evil.example", "{:?}", sent.mail.to);
    }
    assert!(!sent.mail.subject.contains(char::is_control));
    let pages = henvend::mail::parse::html_page(&sent.data).map(|page| page.to_lowercase());
    for live in ["<script", "<iframe", "<object", "<form", "javascript:", " onerror", " onload"] {
        assert!(pages.iter().all(|page| !page.contains(live)), "{live} in {pages:?}");
    }
    // As the library reads them: a name that our own reading would mend must not leave broken.
    let read = mail_parser::MessageParser::default().parse(&sent.data[..]).unwrap();
    for name in read.attachments().map(|file| mail_parser::MimeHeaders::attachment_name(file).unwrap().to_owned()) {
        let lies_here = !name.contains(['/', '\\']) && !name.starts_with('.') && !name.contains(char::is_control);
        assert!(lies_here && !name.is_empty(), "{name:?}");
    }
}

/// Plays each in a house of its own, and tells all that ended otherwise.
async fn check(attacks: &'static [Attack]) {
    let mut wrong = Vec::new();
    for attack in attacks {
        let played = tokio::spawn(async move { Scene::open().await.play(attack).await });
        let found = played.await.unwrap_or_else(|error| error.to_string());
        if found.trim() != attack.3 {
            wrong.push(format!("{}\n    wanted {}\n    found  {}", attack.0, attack.3, found.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
