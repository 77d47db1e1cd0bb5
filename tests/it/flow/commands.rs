//! What each command does.

use henvend::case::model::{Case, Priority, Status};

use super::{CUSTOMER, all_to, house, mail, opened};
use crate::kit::house::{House, Sent, to};

/// One case, and Ola, who writes commands on it.
struct Desk {
    house: House,
    token: String,
    written: std::cell::Cell<u32>,
}

impl Desk {
    async fn open() -> Self {
        let house = house().await;
        let sent = opened(&house).await;
        let token = to(&sent, "ola@uni.example").reply_to();
        Self { house, token, written: std::cell::Cell::new(100) }
    }

    async fn write(&self, body: &str) -> &'static str {
        let id = self.written.get();
        self.written.set(id + 1);
        let text = mail(&format!("w{id}"), "ola@uni.example", "Re: x", "", body);
        self.house.deliver("ola@uni.example", &[&self.token], &text).await[0].0
    }

    /// Commands that go through, the transcript that tells of them, and the case after them.
    async fn does(&self, commands: &str) -> (String, Case) {
        assert_eq!(self.write(commands).await, "added", "{commands}");
        let sent = self.house.send().await;
        assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER), "commands alone send nothing to the contact");
        (to(&sent, "ola@uni.example").mail.text.clone(), self.house.case(1).await)
    }

    /// A mail that comes back with this verdict, and changes nothing.
    async fn refuses(&self, commands: &str, verdict: &str) {
        let before = self.house.case(1).await;
        assert_eq!(self.write(commands).await, "held", "{commands}");
        let sent = self.house.send().await;
        assert_eq!(sent.len(), 1);
        let told = &to(&sent, "ola@uni.example").mail.text;
        assert!(told.contains(verdict) && told.contains("Ingenting er gjort"), "{verdict} in {told}");
        let after = self.house.case(1).await;
        assert_eq!((before.status, before.owner, before.title), (after.status, after.owner, after.title));
    }
}

#[tokio::test]
async fn who_has_it() {
    let desk = Desk::open().await;
    let (told, case) = desk.does("/ta").await;
    assert!(told.contains("ansvarlig: Ola Nordmann") && case.owner.is_some(), "{told}");
    let (told, case) = desk.does("/fristill").await;
    assert!(told.contains("ingen er ansvarlig") && case.owner.is_none(), "{told}");
    desk.refuses("/tildel Kåre", "ingen i kategorien heter det").await;
}

#[tokio::test]
async fn where_it_stands() {
    let desk = Desk::open().await;
    assert_eq!(desk.does("/løst").await.1.status, Status::Resolved);
    assert_eq!(desk.does("/gjenåpne").await.1.status, Status::Open);
    desk.refuses("/reopen", "slik er det allerede").await;
    assert_eq!(desk.does("/søppel").await.1.status, Status::Spam);
    assert_eq!(desk.does("/ikkesøppel").await.1.status, Status::Open);
    desk.refuses("/notspam", "slik er det allerede").await;
    let (told, case) = desk.does("/vent til fredag").await;
    assert_eq!(case.status, Status::Waiting);
    assert!(told.contains("venter til 20.11.2026 kl. 08.00"), "{told}");
    assert_eq!(desk.does("/lukk").await.1.status, Status::Closed);
}

#[tokio::test]
async fn what_it_is_called_and_how_urgent_it_is() {
    let desk = Desk::open().await;
    let (told, case) = desk.does("/tittel Skriveren på rom 3\n/prioritet haster\n/tid 1t 15m").await;
    assert_eq!((case.title.as_str(), case.priority, case.minutes), ("Skriveren på rom 3", Priority::Urgent, 75));
    assert!(told.contains("tittel: Skriveren på rom 3") && told.contains("75 minutter"), "{told}");
    desk.refuses("/prioritet rosa", "kan ikke leses").await;
    desk.refuses("/tid 0", "kan ikke leses").await;
    desk.refuses("/tittel", "mangler noe").await;
}

#[tokio::test]
async fn a_case_is_moved_to_another_category_and_its_people_hear_of_it() {
    let desk = Desk::open().await;
    desk.refuses("/kategori bakrommet", "ingen slik kategori").await;
    assert_eq!(desk.write("/kategori resepsjon").await, "added");
    let sent = desk.house.send().await;
    let told = to(&sent, "kari@uni.example");
    assert!(told.mail.text.contains("flyttet til Resepsjonen"), "{}", told.mail.text);
    let case = desk.house.case(1).await;
    assert_eq!(desk.house.world.store.directory().category(case.category).unwrap().path, "resepsjon");
    assert_eq!(told.mail.from[0].address.to_string(), "resepsjon@uni.example");
}

#[tokio::test]
async fn people_come_and_go() {
    let desk = Desk::open().await;
    let (told, case) = desk.does("/kopi Sjefen <sjef@firma.example>, rolf@firma.example").await;
    assert_eq!(case.participants.len(), 3);
    assert!(told.contains("sjef@firma.example er med i saken"), "{told}");
    desk.refuses("/kopi kari@uni.example", "ikke en e-postadresse").await;
    desk.refuses("/kopi orakel@uni.example", "ikke en e-postadresse").await;
    desk.refuses("/kopi reply+abc@svar.example", "ikke en e-postadresse").await;
    desk.refuses("/kopi ikke en adresse", "ikke en e-postadresse").await;
    desk.refuses("/ikkekopi fremmed@post.example", "ikke med i saken").await;
    desk.refuses("/ikkekopi kari@uni.example", "ikke med i saken").await;
    assert_eq!(desk.does("/ikkekopi rolf@firma.example").await.1.participants.len(), 2);
    assert_eq!(desk.write("Hei begge to!").await, "added");
    let sent = desk.house.send().await;
    assert_eq!(to(&sent, CUSTOMER).to, [CUSTOMER, "sjef@firma.example"]);
    let (_, case) = desk.does("/innmelder sjef@firma.example").await;
    assert_eq!(case.contact.unwrap().address.to_string(), "sjef@firma.example");
    assert!(!case.participants.iter().any(|party| party.address.to_string() == CUSTOMER), "it was not theirs");
}

/// A case holds 100 people, a line 20: what is more is refused whole, and never only said to be done.
#[tokio::test]
async fn more_people_than_there_is_room_for_are_refused_all() {
    let desk = Desk::open().await;
    let line = |from: usize, to: usize| {
        let addresses: Vec<String> = (from..to).map(|number| format!("p{number}@firma.example")).collect();
        format!("/kopi {}\n", addresses.join(" "))
    };
    desk.refuses(&line(0, 21), "én linje kan ha høyst 20 adresser").await;
    desk.does(&line(0, 20).replace("p0@", "P0@firma.example p0@")).await;
    let most = [line(20, 40), line(40, 60), line(60, 80)].concat();
    desk.refuses(&format!("{most}{}{}", line(80, 99), line(99, 101)), "saken har ikke plass til flere").await;
    assert_eq!(desk.house.case(1).await.participants.len(), 21, "none of the other lines' either");
    desk.refuses(&format!("{most}{}", line(80, 100)), "saken har plass til 19 personer til").await;
    let (_, case) = desk.does(&format!("{most}{}", line(80, 99))).await;
    assert_eq!(case.participants.len(), 100);
    let (_, case) = desk.does(&format!("/ikkekopi p0@firma.example\n{}", line(1, 2) + &line(99, 100))).await;
    assert!(case.participants.len() == 100 && case.participants[99].address.to_string() == "p99@firma.example");

    let other = mail("other", "rolf@firma.example", "En annen sak", "", "Hei.");
    desk.house.deliver("rolf@firma.example", &["orakel@uni.example"], &other).await;
    desk.house.send().await;
    desk.refuses("/slå-sammen HV-2", "saken har plass til 99 personer til").await;
}

#[tokio::test]
async fn a_watcher_is_told_until_they_no_longer_want_it() {
    let desk = Desk::open().await;
    desk.does("/følg").await;
    assert_eq!(desk.house.case(1).await.watchers.len(), 1);
    desk.does("/ikkefølg").await;
    assert!(desk.house.case(1).await.watchers.is_empty());
}

#[tokio::test]
async fn a_call_is_a_note_with_a_number() {
    let desk = Desk::open().await;
    assert_eq!(desk.write("/ring +47 22 22 22 22\nHun ringer igjen i morgen.").await, "added");
    assert!(all_to(&desk.house.send().await, CUSTOMER).is_empty());
    assert_eq!(desk.house.events(1).await[1], "NoteWritten CallMade");
    desk.refuses("/ring Kari", "kan ikke leses").await;
    desk.refuses("/ring 22 22 22 22", "ingenting etter /notat").await;
}

#[tokio::test]
async fn questions_are_answered_and_change_nothing() {
    let desk = Desk::open().await;
    let (told, _) = desk.does("/hjelp").await;
    for verb in ["/ta", "/slå-sammen HV-7", "/forkast", "/kategori STI"] {
        assert!(told.contains(verb), "{verb} in {told}");
    }
    let (told, _) = desk.does("/vis").await;
    assert!(told.contains("Den blinker rødt.") && told.contains("Status:      ny"), "{told}");
    desk.does("/ta").await;
    let (told, case) = desk.does("/historikk").await;
    assert!(told.contains("e-post fra Kåre Kunde") && told.contains("ansvarlig: Ola Nordmann"), "{told}");
    assert_eq!(case.status, Status::Open);
}

#[tokio::test]
async fn commands_with_an_answer_are_told_to_those_who_follow() {
    let desk = Desk::open().await;
    let body = "/tildel kari\n/prioritet høy\nHei! Kari ser på det.";
    assert_eq!(desk.write(body).await, "added");
    let sent = desk.house.send().await;
    let told = to(&sent, "kari@uni.example");
    assert!(told.mail.text.contains("- prioritet: høy") && told.mail.text.contains("Kari ser på det."));
    assert!(all_to(&sent, "ola@uni.example").is_empty(), "whoever wrote an answer needs no transcript");
}

#[tokio::test]
async fn what_follows_the_end_is_not_read() {
    let desk = Desk::open().await;
    assert_eq!(desk.write("Hei!\n/slutt\nIntern signatur med mobilnummer").await, "added");
    let sent: Vec<Sent> = desk.house.send().await;
    assert!(!to(&sent, CUSTOMER).mail.text.contains("mobilnummer"));
}

#[tokio::test]
async fn what_a_client_or_a_greeting_has_kept_from_being_a_command_is_not_sent() {
    let notes = [
        "- /notat\nKunden er vanskelig.",
        "* /notat\nKunden er vanskelig.",
        "\u{2022} /notat\nKunden er vanskelig.",
        "1. /notat\nKunden er vanskelig.",
        "*/notat*\nKunden er vanskelig.",
        "Hei,\n\n/notat\nKunden er vanskelig.",
        "Kunden er vanskelig.\n/lukk",
    ];
    for note in notes {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let answer = mail("n", "ola@uni.example", "Re: x", "", note);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("held", 1)], "{note}");
        let sent = house.send().await;
        assert_eq!(sent.len(), 1, "{note}");
        assert!(to(&sent, "ola@uni.example").mail.text.contains("må stå helt øverst"), "{}", sent[0].mail.text);
    }
    for text in ["Se i /etc/hosts.\n/etc/fstab er borte.", "- /dev/null\n- /tmp", "/lukk\nSkriv «/notat» øverst."] {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let answer = mail("n", "ola@uni.example", "Re: x", "", text);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("added", 1)], "{text}");
    }
}

#[tokio::test]
async fn verbs_are_known_however_their_letters_are_put_together() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    for (id, line) in [("c1", "/løst"), ("c2", "/gjena\u{30a}pne"), ("c3", "/tildel Kari Bra\u{30a}ten")] {
        let command = mail(id, "ola@uni.example", "Re: x", "", line);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &command).await, [("added", 1)], "{line}");
    }
}

#[tokio::test]
async fn no_address_that_leads_to_us_becomes_part_of_a_case() {
    for ours in ["postmaster@uni.example", "orakel@uni.example", "henvend@svar.example", "kundar+x@bla.example"] {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let command = mail("c", "ola@uni.example", "Re: x", "", &format!("/kopi {ours}"));
        assert_eq!(house.deliver("ola@uni.example", &[&token], &command).await, [("held", 1)], "{ours}");
    }
}

#[tokio::test]
async fn a_case_waits_until_what_people_write_and_a_slip_is_answered_with_what_works() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    for (number, (line, until)) in [
        ("/vent i 3 dager", "2026-11-21T11:06:40Z"),
        ("/vent til fredag kl 12", "2026-11-20T11:00:00Z"),
        ("/wait in 3 days", "2026-11-21T11:06:40Z"),
        ("/vent til mandag", "2026-11-23T07:00:00Z"),
        ("/vent 1. desember", "2026-12-01T07:00:00Z"),
        ("/vent 01.12.2026", "2026-12-01T07:00:00Z"),
        ("/vent til neste uke", "2026-11-23T07:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let wait = mail(&format!("w{number}"), "ola@uni.example", "Re: x", "", line);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &wait).await, [("added", 1)], "{line}");
        assert_eq!(house.case(1).await.wait_until.map(|at| at.to_string()).as_deref(), Some(until), "{line}");
    }
    house.send().await;
    let slip = mail("s", "ola@uni.example", "Re: x", "", "/vent til det passer");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &slip).await, [("held", 1)]);
    let told = to(&house.send().await, "ola@uni.example").mail.text.clone();
    assert!(told.contains("kan ikke leses") && told.contains("fredag kl 12, neste uke"), "{told}");
}
