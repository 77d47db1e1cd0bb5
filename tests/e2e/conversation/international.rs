//! Letters beyond ASCII in the header and in addresses, as SMTPUTF8 carries them.

use super::letters::{self, About};
use super::{JORGEN, Person};
use crate::kit::compose::{Mail, Program};
use crate::kit::journal::Journal;
use crate::kit::place::{POST, Place};

const BJORN: Person = ("Bjørn Bråten", "bjørn@fisk.example");
const SUBJECT: &str = "Blåbær på hytta: ÆØÅ 🫐";

#[test]
fn somebody_whose_address_has_other_letters_is_answered() {
    let place = Place::open();
    let about = About { reference: "HV-1", shared: POST, category: "Blåbær kundeservice", title: SUBJECT };
    let mail = Mail::new(Program::International, BJORN, "bjorn-1").to(POST).subject(SUBJECT);
    place.send(BJORN.1, &[POST], &mail.text("Kva kostar eitt kilo blåbær? 🫐\n").bytes());
    let acknowledgement = place.sink.newest(BJORN.1, 1);
    letters::acknowledgement(&acknowledgement, About { title: "Førespurnaden din", ..about }, BJORN);
    let told = place.sink.newest(JORGEN.1, 1);
    letters::notification(&told, about, (JORGEN, "new", "new"));
    assert!(told.text().contains("Kva kostar eitt kilo blåbær? 🫐"), "{}", told.text());
    let mail = Mail::new(Program::Thunderbird, JORGEN, "jorgen-1").text("Hundre kroner. 🫐\n").answering(&told);
    place.send(JORGEN.1, &[&letters::reply_address(&told)], &mail.bytes());
    let answer = place.sink.newest(BJORN.1, 2);
    letters::answer(&answer, about, (JORGEN, BJORN));
    assert!(answer.text().starts_with("Hundre kroner. 🫐"), "{}", answer.text());
    let mail = Mail::new(Program::International, BJORN, "bjorn-2").text("Tek to kilo då!\n").answering(&answer);
    place.send(BJORN.1, &[POST], &mail.bytes());
    letters::notification(&place.sink.newest(JORGEN.1, 2), about, (JORGEN, "added", "open"));
    let case = place.daemon.case("HV-1");
    assert_eq!(Journal::decided_by(case.last()), "signed_id");
    assert_eq!((case.participants(), case.owner()), (vec![BJORN.1], JORGEN.0));
    place.close();
}
