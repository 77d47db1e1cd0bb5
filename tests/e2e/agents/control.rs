//! What agents ask at the control address.

use super::{holds, write};
use crate::conversation::{AASE, JORGEN, KARI, OLA, Person, inquiry, letters};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::place::{KAARE, Place, STUDY};
use crate::kit::received::Received;

const CONTROL: &str = "henvend@svar.henvend.example";
const NEW: &str = "ny studie for 22 22 22 22\n\nHan ringte om lån av kamera.\n";

/// A mail to the control address.
fn asks(who: Person, text: &str) -> Vec<u8> {
    write(Program::Outlook, who).to(CONTROL).subject("Spørsmål").text(text).bytes()
}

/// The answers from the control address in somebody's mailbox, once there are so many.
fn answer(place: &Place, who: Person, count: usize) -> Received {
    let from_control = |mail: &Received| mail.people("From").iter().any(|from| from.address == CONTROL);
    let mut found = place.sink.matching("answers", count, |mail| mail.is_to(who.1) && from_control(mail));
    found.pop().expect("at least one was waited for")
}

#[test]
fn the_control_address_serves_whoever_is_proven_and_asks_whoever_is_not() {
    let place = Place::open_proving();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Lån av utstyr på Ås").bytes());
    place.told(AASE.1, "HV-1 new", 1);
    who_has_logged_in_is_answered(&place);
    who_has_not_is_asked_first(&place);
    strangers_hear_nothing(&place);
    place.close();
}

fn who_has_logged_in_is_answered(place: &Place) {
    place.submit(AASE.1, &[CONTROL], &asks(AASE, "liste\nvis HV-1\nsøk utstyr\nhjelp\n"));
    let listed = answer(place, AASE, 1);
    holds(&listed, &["Åpne saker:", "HV-1 Lån av utstyr på Ås", "Saker med «utstyr»:", "søk ORD"]);
    holds(&listed, &["Hvordan søker jeg om å få lånt utstyr på Ås?"]);
    // Another case for somebody who stood in the door: they hear nothing before somebody answers.
    let new = format!("ny studie for {} <{}>\n\nStod i døra og ville låne et kamera.\n", OLA.0, OLA.1);
    place.submit(AASE.1, &[CONTROL], &asks(AASE, &new));
    let told = answer(place, AASE, 2);
    let case = place.daemon.cases().remove(0);
    holds(&told, &["Ny sak:", &format!("{case} Spørsmål"), OLA.0]);
    let told = place.told(JORGEN.1, &format!("{case} new"), 1);
    holds(&told, &["Stod i døra og ville låne et kamera."]);
    assert_eq!(place.daemon.case(&case).participants(), [OLA.1]);
    place.settle();
    assert_eq!(place.sink.mailbox(OLA.1).len(), 0);
    let mail = write(Program::Gmail, JORGEN).text("Kom og hent det.\n").answering(&told);
    place.submit(JORGEN.1, &mail.recipients(), &mail.bytes());
    assert!(place.sink.newest(OLA.1, 1).text().starts_with("Kom og hent det."));
    // An answer to the answer needs no more than one to a notification, and asks again.
    let again = write(Program::Thunderbird, AASE).text("liste mine\n").answering(&listed);
    place.send(AASE.1, &again.recipients(), &again.bytes());
    holds(&answer(place, AASE, 3), &["Ingen saker"]);
}

fn who_has_not_is_asked_first(place: &Place) {
    let before = place.daemon.cases();
    place.send("a@fremmed.example", &[CONTROL], &asks(AASE, NEW));
    let asked = answer(place, AASE, 4);
    holds(&asked, &["Er den fra deg?", "> ny studie for 22 22 22 22", "«bekreft»"]);
    place.settle();
    assert_eq!(place.daemon.cases(), before, "nothing is done before that");
    // A machine's answer and somebody else's are no word of hers.
    let to = letters::reply_address(&asked);
    let away = write(Program::Gmail, AASE).text("bekreft\n").answering(&asked).field("Auto-Submitted", "auto-replied");
    place.send("", &[&to], &away.bytes());
    let other = write(Program::Gmail, OLA).text("bekreft\n").answering(&asked);
    place.send(OLA.1, &[&to], &other.bytes());
    place.settle();
    assert_eq!(place.daemon.cases(), before);
    let word = write(Program::Gmail, AASE).text("Bekreft\n").answering(&asked);
    place.send("a@fremmed.example", &[&to], &word.bytes());
    let case = format!("HV-{}", before.len() + 1);
    holds(&place.told(JORGEN.1, &format!("{case} new"), 1), &["Han ringte om lån av kamera."]);
    assert_eq!(Journal::events(&place.daemon.case(&case).entries()[0])[0], "case_opened");
}

fn strangers_hear_nothing(place: &Place) {
    let before = place.sink.mailbox(OLA.1).len();
    place.send(OLA.1, &[CONTROL], &asks(OLA, "liste\nvis HV-1\n"));
    let told = place.sink.matching("mail to the operator", 1, |mail| {
        mail.is_to(KAARE) && mail.field("X-Henvend-Event").as_deref() == Some("quarantined")
    });
    assert!(!told[0].text().contains("Lån av utstyr"), "{}", told[0].text());
    place.settle();
    assert_eq!(place.sink.mailbox(OLA.1).len(), before);
}
