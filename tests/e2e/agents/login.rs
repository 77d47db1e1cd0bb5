//! The mail server lets in who knows a password, and lets nobody write in another's name.

use super::{holds, write};
use crate::conversation::{AASE, JORGEN, KARI, inquiry, letters};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::login::{Login, account};
use crate::kit::place::{Place, STUDY};

#[test]
fn a_login_lets_an_agent_write_in_their_own_name_and_in_no_other() {
    let place = Place::open_proving();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Nøkkel til lab").bytes());
    let told = place.told(AASE.1, "HV-1 new", 1);
    let found = letters::reply_address(&told);
    let answer = |text: &str| write(Program::Thunderbird, AASE).text(text).answering(&told).bytes();
    let to = [found.as_str()];

    // Who does not log in, who guesses a password, and who knows one of somebody else's.
    for from in [AASE.1, "noen@fremmed.example"] {
        let refused = place.try_submit(None, (from, &to), &answer("Uten passord.\n")).expect_err("no login");
        assert_eq!((refused.verb, refused.code), ("RCPT", 554), "{}", refused.text);
    }
    let wrong = Login { password: "gjett", ..account(AASE.1) };
    let refused = place.try_submit(Some(wrong), (AASE.1, &to), &answer("Gjettet.\n")).expect_err("a wrong password");
    assert_eq!((refused.verb, refused.code), ("AUTH", 535), "{}", refused.text);
    let refused = place.try_submit(Some(account(JORGEN.1)), (AASE.1, &to), &answer("Lånt navn.\n"));
    let refused = refused.expect_err("another's address in the envelope");
    assert_eq!((refused.verb, refused.code), ("RCPT", 553), "{}", refused.text);
    assert!(refused.text.contains("not owned by user jorgen"), "{}", refused.text);
    place.settle();
    assert_eq!(place.daemon.case("HV-1").entries().len(), 1, "neither reached henvend");

    // Postfix looks at the envelope alone, so this gets in, with Åse's name above it and the answer address of hers.
    place
        .try_submit(Some(account(JORGEN.1)), (JORGEN.1, &to), &answer("/lukk\nLånt navn.\n"))
        .expect("his own envelope");
    let asked = place.told(AASE.1, "HV-1 receipt", 1);
    holds(&asked, &["Er det du som har skrevet dette?", "> Lånt navn."]);
    let case = place.daemon.case("HV-1");
    assert!(Journal::detail(case.last(), "mail_held").ends_with("no_channel_proof"), "{case:?}");
    place.settle();
    assert_eq!((case.status(), place.sink.mailbox(KARI.1).len()), ("new", 0));

    // Her own login, envelope and name.
    place.submit(AASE.1, &to, &answer("Nøkkelen ligger i resepsjonen.\n"));
    assert!(place.sink.newest(KARI.1, 1).text().starts_with("Nøkkelen ligger i resepsjonen."));
    somebody_elses_answer_address_is_no_help(&place);
    place.close();
}

/// Somebody out in the world has Åse's answer address and writes as Jørgen.
fn somebody_elses_answer_address_is_no_help(place: &Place) {
    let told = place.told(AASE.1, "HV-1 new", 1);
    let forged = write(Program::Gmail, JORGEN).text("/lukk\nVi har stengt.\n").answering(&told);
    place.send("a@fremmed.example", &forged.recipients(), &forged.bytes());
    let warned = place.told(AASE.1, "HV-1 receipt", 2);
    holds(&warned, &["av adressene dine"]);
    place.settle();
    let case = place.daemon.case("HV-1");
    assert!(Journal::detail(case.last(), "mail_held").ends_with("foreign_from"), "{case:?}");
    assert_eq!((case.status(), case.owner()), ("waiting", AASE.0));
    assert_eq!((place.sink.mailbox(KARI.1).len(), place.sink.mailbox("a@fremmed.example").len()), (1, 0));
}
