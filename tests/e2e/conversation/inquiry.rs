//! One inquiry from beginning to end, and once more after the end.

use super::letters::{self, About};
use super::{AASE, JORGEN, KARI, inquiry};
use crate::kit::compose::{Mail, Program};
use crate::kit::journal::Journal;
use crate::kit::place::{Place, REPLY_DOMAIN, STUDY};
use crate::kit::received::Received;

const SUBJECT: &str = "Spørsmål om låneordning på Ås";
const ABOUT: About<'static> =
    About { reference: "HV-1", shared: STUDY, category: "Studieveiledningen", title: SUBJECT };
const NOTE: &str = "Hun ringte i går også, og nøkkelen ligger i kanarifugl-skuffen hos vaktmesteren.";

/// Bytes that no text handling may touch: lone line ends, a dot alone on a line, every byte there is. And many of them:
/// a scanned page has some megabytes.
fn pdf() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n.\r\n..\n\r\r\n".to_vec();
    bytes.extend((0..4_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8));
    bytes.extend(b"\n%%EOF");
    bytes
}

#[test]
fn an_inquiry_is_answered_worked_on_settled_and_opened_again() {
    let place = Place::open();
    comes_in(&place);
    let answer = is_answered(&place);
    let kept_references = goes_on_by_references_alone(&place, &answer);
    goes_on_by_the_tag_alone(&place);
    comes_once_though_sent_twice(&place, &kept_references);
    gets_a_note(&place);
    is_left_alone_by_a_bad_command(&place);
    is_settled(&place);
    is_opened_again(&place);
    place.close();
}

fn comes_in(place: &Place) {
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    let acknowledgement = place.sink.newest(KARI.1, 1);
    // Nothing verifies the sender, so the title is neutral and the text holds nothing of hers.
    letters::acknowledgement(&acknowledgement, About { title: "Henvendelsen din", ..ABOUT }, KARI);
    let kari_1 = "kari-1@mail.kunde.example".to_owned();
    let root = letters::root(ABOUT, &acknowledgement);
    assert_eq!(acknowledgement.ids("References"), [root, kari_1.clone()]);
    assert_eq!(acknowledgement.ids("In-Reply-To"), [kari_1]);
    assert!(!acknowledgement.everything().contains("låneordning"));
    for agent in [AASE, JORGEN] {
        let told = place.sink.newest(agent.1, 1);
        letters::notification(&told, ABOUT, (agent, "new", "new"));
        assert_eq!(told.people("From")[0].name, "Kari Nærland via Studieveiledningen");
        assert!(told.text().contains("\nHvordan søker jeg om å få lånt utstyr på Ås?\n"), "{}", told.text());
    }
    facts_stand_on_lines_of_their_own(&place.sink.newest(AASE.1, 1));
    let [aase, jorgen] = [AASE, JORGEN].map(|agent| letters::reply_address(&place.sink.newest(agent.1, 1)));
    assert_ne!(aase, jorgen, "everybody has an address of their own");
    let case = place.daemon.case("HV-1");
    assert_eq!((case.status(), case.title(), case.category()), ("new", SUBJECT, "ostfold/studie"));
    assert_eq!((case.owner(), case.participants()), ("", vec![KARI.1]));
    assert_eq!(Journal::events(case.last()), ["case_opened", "mail_received", "acknowledged"]);
    assert_eq!(case.last()["mail"]["from"]["name"], KARI.0);
    assert_eq!(case.last()["mail"]["subject"], SUBJECT);
}

fn facts_stand_on_lines_of_their_own(told: &Received) {
    let text = told.text();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    for line in [
        "Svarer du på denne e-posten, sendes svaret til Kari Nærland <kari.naerland@kunde.example>",
        "fra studie@hjelp.ostfold.example.",
        "Ny henvendelse fra Kari Nærland:",
        "Sak:         HV-1 Spørsmål om låneordning på Ås",
        "Kategori:    Studieveiledningen",
        "Innmelder:   Kari Nærland <kari.naerland@kunde.example>",
    ] {
        assert!(lines.contains(&line), "no line “{line}” in\n{text}");
    }
}

fn is_answered(place: &Place) -> Received {
    let told = place.sink.newest(AASE.1, 1);
    let text = "/take\n\nHei Kari!\n\nDet gjør du på biblioteket. Skjemaet ligger ved.\n\n.\n..\n-- \nÅse\n";
    let mail = Mail::new(Program::Thunderbird, AASE, "aase-1").text(text).attach("søknad på ære.pdf", &pdf());
    let mail = mail.answering(&told);
    place.send(AASE.1, &[&letters::reply_address(&told)], &mail.bytes());
    let answer = place.sink.newest(KARI.1, 2);
    letters::answer(&answer, ABOUT, (AASE, KARI));
    let text = answer.text();
    assert!(text.starts_with("Hei Kari!\n\nDet gjør du på biblioteket. Skjemaet ligger ved.\n\n.\n..\n"), "{text}");
    assert!(text.trim_end().ends_with("-- \nVennlig hilsen\nStudieveiledningen i Østfold"), "{text}");
    for inside in ["/take", "skrev", "> ", "Saksbehandler"] {
        assert!(!text.contains(inside), "“{inside}” in {text}");
    }
    let files = answer.files();
    assert_eq!(files.len(), 1, "{}", answer.show());
    assert_eq!(files[0].name, "søknad på ære.pdf");
    assert_eq!(files[0].content_type, "application/pdf");
    assert!(files[0].bytes == pdf(), "the file arrives byte for byte");
    let acknowledgement = &place.sink.mailbox(KARI.1)[0];
    let references = answer.ids("References");
    assert!(references.contains(&"kari-1@mail.kunde.example".to_owned()), "{references:?}");
    assert!(references.contains(&acknowledgement.id()), "{references:?}");
    assert_eq!(references[0], acknowledgement.ids("References")[0], "one root, whatever the mail");
    let told = place.sink.newest(JORGEN.1, 2);
    letters::notification(&told, ABOUT, (JORGEN, "answered", "waiting"));
    let before = place.sink.mailbox(JORGEN.1).remove(0);
    assert_eq!(told.ids("References"), [letters::root(ABOUT, &told), before.id()], "his mails follow each other");
    assert!(told.text().contains("Det gjør du på biblioteket."), "{}", told.text());
    let case = place.daemon.case("HV-1");
    assert_eq!((case.status(), case.owner()), ("waiting", AASE.0));
    assert_eq!(Journal::events(case.last()), ["answer_written", "case_assigned", "status_changed"]);
    assert_eq!(case.last()["by"], AASE.0);
    assert_eq!(Journal::decided_by(case.last()), "reply_token");
    place.settle();
    assert_eq!(place.sink.mailbox(AASE.1).len(), 1, "nobody is told of their own answer");
    answer
}

/// A phone's mail program dropped `In-Reply-To` and its owner wrote a subject of her own.
fn goes_on_by_references_alone(place: &Place, answer: &Received) -> Vec<u8> {
    let references = [answer.ids("References"), vec![answer.id()]].concat();
    let references: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
    let mail = Mail::new(Program::Gmail, KARI, "kari-2").to(STUDY).subject("takk!");
    let mail = mail.text("Takk, men når åpner de?\n").field("References", &references.join("\r\n\t")).bytes();
    place.send(KARI.1, &[STUDY], &mail);
    let told = place.sink.newest(AASE.1, 2);
    letters::notification(&told, ABOUT, (AASE, "added", "open"));
    assert!(told.text().contains("Takk, men når åpner de?"), "{}", told.text());
    let case = place.daemon.case("HV-1");
    assert_eq!(case.status(), "open");
    assert_eq!(Journal::events(case.last()), ["mail_received", "status_changed"]);
    assert_eq!(Journal::decided_by(case.last()), "signed_id");
    assert_eq!(case.last()["mail"]["unproven"], false);
    mail
}

fn goes_on_by_the_tag_alone(place: &Place) {
    let mail = Mail::new(Program::Outlook, KARI, "kari-3").to(STUDY).subject(&format!("SV: [HV-1] {SUBJECT}"));
    place.send(KARI.1, &[STUDY], &mail.text("Og så lurte jeg på én ting til.\n").bytes());
    let told = place.sink.newest(AASE.1, 3);
    letters::notification(&told, ABOUT, (AASE, "added", "open"));
    assert!(told.text().contains("Avsenderen er ikke bekreftet."), "{}", told.text());
    let case = place.daemon.case("HV-1");
    assert_eq!(Journal::decided_by(case.last()), "subject_tag");
    assert_eq!(case.last()["mail"]["unproven"], true);
}

fn comes_once_though_sent_twice(place: &Place, mail: &[u8]) {
    let before = place.daemon.case("HV-1").entries().len();
    place.send(KARI.1, &[STUDY], mail);
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    place.settle();
    assert_eq!(place.daemon.case("HV-1").entries().len(), before);
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    assert_eq!(place.sink.mailbox(AASE.1).len(), 3);
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2);
}

fn gets_a_note(place: &Place) {
    let told = place.sink.newest(JORGEN.1, 2);
    let note = Mail::new(Program::Gmail, JORGEN, "jorgen-1").text(&format!("/notat\n{NOTE}\n")).answering(&told);
    place.send(JORGEN.1, &[&letters::reply_address(&told)], &note.bytes());
    let told = place.sink.newest(AASE.1, 4);
    letters::notification(&told, ABOUT, (AASE, "noted", "open"));
    assert!(told.text().contains(NOTE), "{}", told.text());
    // What answers a note is a note.
    let reply = Mail::new(Program::Outlook, AASE, "aase-2").text("Fint, kanarifugl-skuffen altså.\n").answering(&told);
    place.send(AASE.1, &[&letters::reply_address(&told)], &reply.bytes());
    place.settle();
    let case = place.daemon.case("HV-1");
    let [.., first, second] = case.entries() else { panic!("two notes: {case:?}") };
    assert_eq!((Journal::events(first), Journal::events(second)), (vec!["note_written"], vec!["note_written"]));
    assert_eq!((&first["by"], &second["by"]), (&JORGEN.0.into(), &AASE.0.into()));
    assert_eq!((case.status(), case.owner()), ("open", AASE.0));
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2, "a note goes nowhere");
}

fn is_left_alone_by_a_bad_command(place: &Place) {
    let told = &place.sink.mailbox(AASE.1)[2];
    let mail = Mail::new(Program::Thunderbird, AASE, "aase-3").text("/resovle\n/tildel Jørgen\n\nDa er alt i orden.\n");
    place.send(AASE.1, &[&letters::reply_address(told)], &mail.answering(told).bytes());
    let receipt = place.sink.newest(AASE.1, 5);
    letters::notification(&receipt, ABOUT, (AASE, "receipt", "open"));
    let text = receipt.text();
    let said: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let verdicts = ["/resovle", "ukjent kommando. Mente du /resolve?", "/tildel Jørgen", "i orden"];
    assert!(said.windows(4).any(|four| four == verdicts), "{text}");
    assert!(said.contains(&"Da er alt i orden."), "{text}");
    place.settle();
    let case = place.daemon.case("HV-1");
    assert_eq!(Journal::events(case.last()), ["commands_refused"]);
    assert_eq!((case.status(), case.owner()), ("open", AASE.0));
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2, "nothing is sent when a line is bad");
}

fn is_settled(place: &Place) {
    let told = &place.sink.mailbox(AASE.1)[2];
    let mail = Mail::new(Program::Outlook, AASE, "aase-4").text("/løst\nDe åpner klokken åtte. Lykke til!\n");
    place.send(AASE.1, &[&letters::reply_address(told)], &mail.answering(told).bytes());
    let answer = place.sink.newest(KARI.1, 3);
    letters::answer(&answer, ABOUT, (AASE, KARI));
    let text = answer.text();
    assert!(text.starts_with("De åpner klokken åtte. Lykke til!"), "{text}");
    for inside in ["/løst", "Fra:", "Sendt:", "Emne:", "____", "Svarer du"] {
        assert!(!text.contains(inside), "“{inside}” in {text}");
    }
    let case = place.daemon.case("HV-1");
    assert_eq!(case.status(), "resolved");
    assert_eq!(Journal::events(case.last()), ["answer_written", "status_changed"]);
}

fn is_opened_again(place: &Place) {
    let answer = place.sink.newest(KARI.1, 3);
    let mail = Mail::new(Program::Outlook, KARI, "kari-4")
        .text("Nå står jeg her, klokken er over åtte, og døren er låst!\n")
        .answering(&answer);
    assert_eq!(answer.people("From")[0].address, STUDY);
    place.send(KARI.1, &[STUDY], &mail.bytes());
    let told = place.sink.newest(AASE.1, 6);
    letters::notification(&told, ABOUT, (AASE, "reopened", "open"));
    assert!(told.text().contains("og døren er låst!"), "{}", told.text());
    assert!(!told.text().contains("klokken åtte"), "what was quoted is not shown again: {}", told.text());
    place.settle();
    let case = place.daemon.case("HV-1");
    assert_eq!(case.status(), "open");
    assert_eq!(Journal::detail(case.last(), "status_changed"), "resolved → open");
    assert_eq!(place.sink.mailbox(KARI.1).len(), 3, "one acknowledgement a case");
    assert_eq!(place.sink.mailbox(JORGEN.1).len(), 2, "only the owner is told when there is one");
    let foreign = place.sink.everything().into_iter().filter(|mail| mail.recipient.ends_with(REPLY_DOMAIN)).count();
    assert_eq!(foreign, 0);
}
