//! Somebody wrote to an agent instead of to the shared address.

use super::{holds, write};
use crate::conversation::{AASE, JORGEN, OLA};
use crate::kit::compose::Program;
use crate::kit::place::{Place, STUDY};

#[test]
fn a_mail_passed_on_becomes_a_case_of_whoever_wrote_it() {
    let place = Place::open_proving();
    let private = write(Program::Thunderbird, OLA).to(AASE.1).subject("Fagbytte");
    let private = private.text("Hei Åse!\nKan jeg bytte fag ennå?\n\nHilsen Ola\n");
    place.send_from_house(OLA.1, &[AASE.1], &private.bytes());
    let got = place.sink.newest(AASE.1, 1);
    let mail = write(Program::Gmail, AASE).to(STUDY).text("/ny\n/prioritet høy\n").forwarding(&got);
    place.submit(AASE.1, &mail.recipients(), &mail.bytes());

    // The first number is that of what Åse has asked for herself.
    let told = place.told(JORGEN.1, "HV-2 new", 1);
    holds(&told, &["Kan jeg bytte fag ennå?", OLA.1]);
    assert!(!told.text().contains("/ny"), "{}", told.text());
    place.settle();
    let case = place.daemon.case("HV-2");
    assert_eq!((case.title(), case.status(), case.participants()), ("Fagbytte", "new", vec![OLA.1]));
    assert_eq!(place.sink.mailbox(OLA.1).len(), 0, "nothing is sent until somebody answers");

    let answer = write(Program::Outlook, JORGEN).text("Ja, fram til fredag.\n").answering(&told);
    place.submit(JORGEN.1, &answer.recipients(), &answer.bytes());
    let answer = place.sink.newest(OLA.1, 1);
    assert_eq!(answer.people("From")[0].address, STUDY);
    assert!(answer.text().starts_with("Ja, fram til fredag."), "{}", answer.text());
    assert!(!answer.everything().contains(AASE.0), "nor does Ola see who passed it on: {}", answer.show());
    // His answer goes on there, and not to Åse's own mailbox.
    let more = write(Program::Thunderbird, OLA).text("Supert!\n").answering(&answer);
    assert_eq!(more.recipients(), [STUDY]);
    place.send(OLA.1, &more.recipients(), &more.bytes());
    place.told(JORGEN.1, "HV-2 added", 1);
    place.close();
}
