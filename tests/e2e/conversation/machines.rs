//! Machines are heard and not answered.

use super::letters::{self, About};
use super::{AASE, JORGEN, KARI, Person, inquiry};
use crate::kit::compose::{Mail, Program};
use crate::kit::journal::Journal;
use crate::kit::place::{Place, REPLY_DOMAIN, STUDY};
use crate::kit::received::Received;

const SUBJECT: &str = "Ønske om utsettelse";
const ABOUT: About<'static> =
    About { reference: "HV-1", shared: STUDY, category: "Studieveiledningen", title: SUBJECT };

/// A case that has been answered by Åse.
fn answered(place: &Place) -> Received {
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    let told = place.sink.newest(AASE.1, 1);
    let mail = Mail::new(Program::Outlook, AASE, "aase-1").text("Det går bra, til fredag.\n").answering(&told);
    place.send(AASE.1, &[&letters::reply_address(&told)], &mail.bytes());
    let told = place.sink.newest(JORGEN.1, 2);
    letters::notification(&told, ABOUT, (JORGEN, "answered", "waiting"));
    told
}

#[test]
fn a_vacation_message_is_kept_and_answered_by_nobody() {
    let place = Place::open();
    answered(&place);
    let [acknowledgement, answer] = &place.sink.wait(KARI.1, 2)[..] else { unreachable!("two were waited for") };
    let away = |id, to: &Received| {
        let mail = Mail::new(Program::Gmail, KARI, id).text("Jeg er på hytta uten dekning.\n").answering(to);
        mail.field("Auto-Submitted", "auto-replied (vacation)").field("Precedence", "bulk").bytes()
    };
    place.send("", &[STUDY], &away("away-1", answer));
    place.send("", &[STUDY], &away("away-2", acknowledgement));
    place.settle();
    let case = place.daemon.case("HV-1");
    let [.., first, second] = case.entries() else { panic!("two more entries: {case:?}") };
    for entry in [first, second] {
        assert_eq!(Journal::events(entry), ["mail_received"]);
        assert_eq!(entry["mail"]["kind"], "auto_reply");
    }
    assert_eq!(case.status(), "waiting", "nobody has answered yet");
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2);
    assert_eq!((place.sink.mailbox(AASE.1).len(), place.sink.mailbox(JORGEN.1).len()), (1, 2));
    // A vacation message that answers nothing of ours becomes a case, and is not acknowledged either.
    let alone = inquiry(KARI, "away-3", STUDY, "Fraværsmelding: borte").field("Auto-Submitted", "auto-replied");
    place.send(KARI.1, &[STUDY], &alone.bytes());
    place.sink.wait(AASE.1, 2);
    place.settle();
    let case = place.daemon.case("HV-2");
    assert_eq!(Journal::detail(case.last(), "acknowledgement_withheld"), "not_a_person");
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2);
    an_agents_own_goes_to_nobody(&place);
    place.close();
}

/// Åse's mail program answers a notification, to her own answer address.
fn an_agents_own_goes_to_nobody(place: &Place) {
    let told = place.told(AASE.1, "HV-1 new", 1);
    let before = place.daemon.case("HV-1");
    let away = Mail::new(Program::Outlook, AASE, "away-4").text("Jeg har ferie.\n").answering(&told);
    let away = away.field("Auto-Submitted", "auto-replied").field("X-Auto-Response-Suppress", "All");
    place.send("", &[&letters::reply_address(&told)], &away.bytes());
    place.settle();
    let after = place.daemon.case("HV-1");
    assert_eq!(after.entries().len(), before.entries().len() + 1, "it is kept");
    assert_eq!((after.status(), after.owner()), (before.status(), before.owner()));
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2);
}

/// It opens a ticket for every mail that it gets, tells so to the sender, and has no mark by which it could be known.
#[test]
fn a_ticket_system_that_answers_every_mail_is_soon_answered_no_more() {
    const TICKETS: Person = ("Kundesenteret", "sak@annet.example");
    let place = Place::open();
    place.send(TICKETS.1, &[STUDY], &inquiry(TICKETS, "ticket-0", STUDY, SUBJECT).bytes());
    place.sink.wait(TICKETS.1, 1);
    let mut answered = 0;
    for round in 1..=6 {
        place.settle();
        let ours = place.sink.mailbox(TICKETS.1);
        for (nth, mail) in ours.iter().enumerate().skip(answered) {
            // It knows no thread but its own, and names ours only in the subject.
            let subject = format!("[Ticket#2026{round}{nth}] {}", mail.subject());
            let receipt = inquiry(TICKETS, &format!("ticket-{round}-{nth}"), STUDY, &subject);
            place.send(TICKETS.1, &[STUDY], &receipt.text("Vi har registrert saken.\n").bytes());
        }
        answered = ours.len();
    }
    assert_eq!(place.sink.mailbox(TICKETS.1).len(), answered, "it is over");
    assert!(answered <= 3, "{answered} mails of ours");
    place.close();
}

/// The report is Postfix's own: the sink has no such mailbox any more when the answer comes.
#[test]
fn an_answer_that_does_not_arrive_comes_back_on_its_case() {
    let place = Place::open();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    place.sink.wait(KARI.1, 1);
    place.sink.refuse(KARI.1);
    let told = place.sink.newest(AASE.1, 1);
    let mail = Mail::new(Program::Outlook, AASE, "aase-1").text("/løst\nDet går bra, til fredag.\n").answering(&told);
    place.send(AASE.1, &[&letters::reply_address(&told)], &mail.bytes());
    // The owner is told by a notification, as the contact cannot be.
    let told = place.sink.newest(AASE.1, 2);
    letters::notification(&told, ABOUT, (AASE, "failed", "open"));
    assert!(told.text().contains(&format!("kom ikke fram til {}", KARI.1)), "{}", told.text());
    place.settle();
    let case = place.daemon.case("HV-1");
    let entry = case.last();
    assert_eq!(Journal::events(entry), ["report_received", "delivery_failed", "status_changed"]);
    assert_eq!(Journal::detail(entry, "report_received"), "about entry 2: failed");
    let detail = Journal::detail(entry, "delivery_failed");
    assert!(detail.contains(KARI.1) && detail.contains("5.1.1"), "{detail}");
    assert_eq!(entry["mail"]["kind"], "bounce");
    assert_eq!(Journal::detail(entry, "status_changed"), "resolved → open");
    assert_eq!((case.status(), case.owner()), ("open", AASE.0));
    assert_eq!(place.daemon.cases(), ["HV-1"], "a report opens no case");
    assert_eq!(place.sink.mailbox(KARI.1).len(), 1);
    place.close();
}

/// Nobody but us knows the return address; who guesses at one gets no further than Postfix.
#[test]
fn a_forged_report_changes_nothing() {
    let place = Place::open();
    answered(&place);
    let before = place.daemon.case("HV-1").entries().len();
    let daemon = ("Mail Delivery System", "mailer-daemon@kunde.example");
    let report =
        Mail::new(Program::Gmail, daemon, "report-1").to(STUDY).subject(&format!("Undelivered: [HV-1] {SUBJECT}"));
    let report = report.field("Auto-Submitted", "auto-replied").text("The mail could not be delivered.\n");
    let guessed = format!("return+{}@{REPLY_DOMAIN}", "a".repeat(52));
    let refused = place.try_send("", &[&guessed], &report.bytes()).expect_err("nobody has this address");
    assert_eq!(refused.code, 550, "{}", refused.text);
    place.settle();
    assert_eq!(place.daemon.case("HV-1").entries().len(), before);
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    place.close();
}
