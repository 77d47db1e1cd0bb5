//! Everybody gets one copy, and who gets one is the agents' to say.

use super::{holds, opens, reply, write};
use crate::conversation::letters::reply_address;
use crate::conversation::{AASE, JORGEN, KARI, Person, inquiry};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::place::{Place, STUDY};
use crate::kit::received::Received;

const SJEF: Person = ("Sjefen Sjøl", "sjef@kunde.example");
const BERIT: Person = ("Berit Bråten", "berit@firma.example");
const GRO: Person = ("Gro Åmli", "gro@kunde.example");

#[test]
fn a_reply_to_all_by_the_contact_gives_each_one_copy() {
    let place = Place::open();
    let first = inquiry(KARI, "kari-1", STUDY, "Møterom på Ås").cc(SJEF.1);
    place.send(KARI.1, &[STUDY], &first.bytes());
    let told = place.told(AASE.1, "HV-1 new", 1);
    reply(&place, AASE, (&told, "Rommet er deres hele dagen."));
    // One mail to both of them, as both were on hers.
    let answer = place.sink.newest(SJEF.1, 1);
    assert_eq!(place.sink.newest(KARI.1, 2).id(), answer.id());
    assert_eq!(answer.people("Cc")[0].address, SJEF.1);

    // The boss answers all; his own mail server brings Kari her copy, and us ours.
    let all = write(Program::Outlook, SJEF).text("Takk! Vi blir tolv.\n").answering_all(&answer);
    assert_eq!(all.recipients(), [STUDY, KARI.1]);
    place.send_from_house(SJEF.1, &all.recipients(), &all.bytes());
    holds(&place.told(AASE.1, "HV-1 added", 1), &["Takk! Vi blir tolv."]);
    place.settle();
    assert_eq!(place.sink.newest(KARI.1, 3).people("From")[0].address, SJEF.1, "no copy of ours beside his");
    assert_eq!((place.sink.mailbox(SJEF.1).len(), place.sink.mailbox(JORGEN.1).len()), (1, 2));
    let case = place.daemon.case("HV-1");
    assert_eq!((case.participants(), case.entries().len()), (vec![KARI.1, SJEF.1], 3));

    somebody_new_is_included_by_the_agents_word(&place);
    place.close();
}

/// Gro lets Berit have a copy of her second mail.
fn somebody_new_is_included_by_the_agents_word(place: &Place) {
    let case = opens(place, GRO, "Leie av hytte");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    reply(place, AASE, (&told, "Hvor mange er dere?"));
    let more = write(Program::Gmail, GRO).text("Vi er fire.\n").answering(&place.sink.newest(GRO.1, 2));
    place.send(GRO.1, &[STUDY], &more.cc(BERIT.1).bytes());
    let told = place.told(AASE.1, &format!("{case} added"), 1);
    holds(&told, &[BERIT.1, &format!("/kopi {}", BERIT.1)]);
    reply(place, AASE, (&told, "Det er plass til dere."));
    place.sink.wait(GRO.1, 3);
    place.settle();
    assert_eq!(place.sink.mailbox(BERIT.1).len(), 0, "nobody has said that she may have it");
    reply(place, AASE, (&told, &format!("/kopi {}\n\nNøkkelen henger i skapet.", BERIT.1)));
    let answer = place.sink.newest(BERIT.1, 1);
    assert_eq!(place.sink.newest(GRO.1, 4).id(), answer.id());
    assert!(answer.text().starts_with("Nøkkelen henger i skapet."), "{}", answer.text());
    assert!(!answer.everything().contains("plass til dere"), "{}", answer.show());
    // Now she is part of it.
    let thanks = write(Program::Thunderbird, BERIT).text("Takk skal du ha!\n").answering(&answer);
    place.send(BERIT.1, &[STUDY], &thanks.bytes());
    place.told(AASE.1, &format!("{case} added"), 2);
    assert_eq!(place.daemon.case(&case).last()["mail"]["outsider"], false);
}

/// Kari has put Åse's own address into Cc, so Åse has the mail twice, and answers the one that henvend has not touched.
#[test]
fn a_reply_to_all_by_an_agent_gives_each_one_copy() {
    let place = Place::open_proving();
    let first = inquiry(KARI, "kari-1", STUDY, "Befaring").cc(AASE.1);
    place.send(KARI.1, &[STUDY], &first.bytes());
    place.told(JORGEN.1, "HV-1 new", 1);
    place.send_from_house(KARI.1, &[AASE.1], &first.bytes());
    let from_kari = |mail: &Received| mail.is_to(AASE.1) && mail.id().starts_with("kari-1@");
    let own = place.sink.matching("Kari's own mail to Åse", 1, from_kari).remove(0);
    let all = write(Program::Outlook, AASE).text("Vi kommer på torsdag.\n").answering_all(&own);
    assert_eq!(all.recipients(), [KARI.1, STUDY]);
    place.submit(AASE.1, &all.recipients(), &all.bytes());
    holds(&place.told(JORGEN.1, "HV-1 answered", 1), &["Vi kommer på torsdag."]);
    place.settle();
    assert_eq!(place.sink.newest(KARI.1, 1).people("From")[0].address, AASE.1, "Åse's own, and none of ours");
    let case = place.daemon.case("HV-1");
    assert_eq!((case.owner(), case.status()), (AASE.0, "waiting"));
    assert_eq!(Journal::events(case.last())[0], "answer_written");

    // To the answer address and to the shared one: two ways, one answer.
    let more = write(Program::Gmail, KARI).text("Når kommer dere?\n").answering(&place.sink.newest(KARI.1, 1));
    place.send(KARI.1, &[STUDY], &more.bytes());
    let told = place.told(AASE.1, "HV-1 added", 1);
    let both = write(Program::Gmail, AASE).text("Klokka ti passer best.\n").answering(&told).cc(STUDY);
    assert_eq!(both.recipients(), [reply_address(&told), STUDY.to_owned()]);
    place.submit(AASE.1, &both.recipients(), &both.bytes());
    place.sink.wait(KARI.1, 2);
    place.settle();
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2);
    place.close();
}
