//! Cases that are one, and mails that belong elsewhere.

use super::{answers, holds, opens, reply, reply_by, write};
use crate::conversation::{AASE, JORGEN, Person};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::place::{Place, STUDY};

const ANNE: Person = ("Anne Bjørk", "anne@kunde.example");
const BENTE: Person = ("Bente Sjø", "bente@nabo.example");
const DAG: Person = ("Dag Øye", "dag@kunde.example");
const HEGE: Person = ("Hege Låg", "hege@kunde.example");
const ELI: Person = ("Eli Våge", "eli@kunde.example");

#[test]
fn cases_are_put_together_and_mails_where_they_belong() {
    let place = Place::open();
    a_merged_case_goes_on_in_the_other(&place);
    a_mail_becomes_a_case_of_its_own(&place);
    a_mail_is_moved_to_another_case(&place);
    place.close();
}

fn a_merged_case_goes_on_in_the_other(place: &Place) {
    let one = opens(place, ANNE, "Heisen står");
    let two = opens(place, BENTE, "Heisen er gåen");
    let told = place.told(AASE.1, &format!("{two} new"), 1);
    reply(place, AASE, (&told, &format!("/slå-sammen {one}\n")));
    let receipt = place.told(AASE.1, &format!("{one} receipt"), 1);
    holds(&receipt, &[&format!("{two} er slått sammen med denne saken"), BENTE.1]);
    assert_eq!(place.daemon.case(&two).status(), "merged");

    // Bente knows nothing of that, and answers what she was sent.
    let acknowledgement = place.sink.newest(BENTE.1, 1);
    answers(place, BENTE, (&acknowledgement, "Er det noe nytt om heisen?\n"));
    let told = place.told(JORGEN.1, &format!("{one} added"), 1);
    holds(&told, &["Er det noe nytt om heisen?"]);
    let journal = place.daemon.case(&one);
    assert_eq!(Journal::decided_by(journal.last()), "signed_id");
    assert_eq!(journal.participants(), [ANNE.1, BENTE.1]);
    reply_by(Program::Thunderbird, place, JORGEN, (&told, "Heisen går igjen frå klokka to."));
    for contact in [ANNE, BENTE] {
        let answer = place.sink.newest(contact.1, 2);
        assert_eq!(answer.subject(), format!("[{one}] Heisen står"));
        assert!(answer.text().starts_with("Heisen går igjen frå klokka to."), "{}", answer.text());
        assert!(answer.ids("In-Reply-To")[0].ends_with("@mail.nabo.example"), "{}", answer.show());
    }
}

fn a_mail_becomes_a_case_of_its_own(place: &Place) {
    let case = opens(place, DAG, "Nytt skjerf");
    let acknowledgement = place.sink.newest(DAG.1, 1);
    let other = write(Program::Gmail, DAG).text("Og så trenger jeg en ny stol.\n").answering(&acknowledgement);
    let other = other.subject("Ny stol");
    place.send(DAG.1, &[STUDY], &other.bytes());
    let told = place.told(AASE.1, &format!("{case} added"), 1);
    reply_by(Program::Gmail, place, AASE, (&told, "/del\n"));
    place.settle();
    let new = place.daemon.cases().remove(0);
    assert_ne!(new, case);
    holds(&place.told(AASE.1, &format!("{new} receipt"), 1), &["Ny stol", &case]);
    let told = place.told(JORGEN.1, &format!("{new} new"), 1);
    holds(&told, &["Og så trenger jeg en ny stol."]);
    let journal = place.daemon.case(&new);
    assert_eq!((journal.title(), journal.status(), journal.participants()), ("Ny stol", "new", vec![DAG.1]));
    // An answer to that mail is on the new case, and one to the old case on the old.
    reply(place, JORGEN, (&told, "Kva farge skal stolen ha?"));
    let answer = place.sink.newest(DAG.1, 2);
    assert_eq!(answer.subject(), format!("[{new}] Ny stol"));
    answers(place, DAG, (&answer, "Helst blå.\n"));
    holds(&place.told(JORGEN.1, &format!("{new} added"), 1), &["Helst blå."]);
    answers(place, DAG, (&acknowledgement, "Skjerfet haster ikke.\n"));
    holds(&place.told(AASE.1, &format!("{case} added"), 2), &["Skjerfet haster ikke."]);
}

fn a_mail_is_moved_to_another_case(place: &Place) {
    let wrong = opens(place, ELI, "Parkering");
    let right = opens(place, HEGE, "Rommet på loftet");
    answers(place, ELI, (&place.sink.newest(ELI.1, 1), "Dette gjelder egentlig rommet på loftet.\n"));
    let told = place.told(AASE.1, &format!("{wrong} added"), 1);
    reply_by(Program::Thunderbird, place, AASE, (&told, &format!("/flytt {right}\n")));
    let receipt = place.told(AASE.1, &format!("{right} receipt"), 1);
    holds(&receipt, &[&format!("flyttet hit fra {wrong}"), &format!("{} er med i saken", ELI.1)]);
    let journal = place.daemon.case(&right);
    assert!(Journal::events(journal.last()).contains(&"mail_taken"), "{journal:?}");
    assert_eq!(journal.participants(), [HEGE.1, ELI.1]);
    place.settle();
    assert_eq!(place.sink.mailbox(ELI.1).len(), 1, "Eli hears nothing of it");
}
