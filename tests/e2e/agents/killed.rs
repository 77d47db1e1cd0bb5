//! The daemon is killed while an answer leaves.

use super::{opens, reply};
use crate::conversation::{AASE, JORGEN, Person};
use crate::kit::gate::Hold;
use crate::kit::place::Place;
use crate::kit::setting::{Setting, Way};

const PER: Person = ("Per Tørå", "per@kunde.example");
const IDA: Person = ("Ida Ås", "ida@kunde.example");

#[test]
fn an_answer_leaves_once_though_the_daemon_is_killed() {
    let mut place = Place::open_as(Setting { way: Way::Gated, ..Setting::default() });
    before_it_is_handed_over(&mut place);
    while_its_receipt_is_under_way(&mut place);
    place.close();
}

/// Åse's mail server has her 250; our smarthost has heard nothing yet.
fn before_it_is_handed_over(place: &mut Place) {
    let case = opens(place, PER, "Før levering");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    place.settle();
    place.gate().hold(Hold::Mail);
    reply(place, AASE, (&told, "Dette går ut én gang."));
    place.gate().wait_held();
    assert_eq!(place.daemon.case(&case).status(), "waiting", "it is on its case");
    place.daemon.kill();
    place.gate().open();
    place.daemon.start_again();
    let answer = place.sink.newest(PER.1, 2);
    assert!(answer.text().starts_with("Dette går ut én gang."), "{}", answer.text());
    place.told(JORGEN.1, &format!("{case} answered"), 1);
    place.settle();
    assert_eq!(place.sink.mailbox(PER.1).len(), 2, "exactly once");
}

/// The smarthost has the mail, and we die before we know: it goes out again, as the same mail.
fn while_its_receipt_is_under_way(place: &mut Place) {
    let case = opens(place, IDA, "Under levering");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    place.settle();
    place.gate().hold(Hold::Receipt);
    reply(place, AASE, (&told, "Dette går kanskje ut to ganger."));
    let first = place.sink.newest(IDA.1, 2);
    place.gate().wait_held();
    place.daemon.kill();
    place.gate().open();
    place.daemon.start_again();
    let again = place.sink.newest(IDA.1, 3);
    assert_eq!(again.id(), first.id(), "her mail program shows it once");
    assert_eq!(again.text(), first.text());
    assert!(first.text().starts_with("Dette går kanskje ut to ganger."), "{}", first.text());
    place.settle();
    assert_eq!(place.sink.mailbox(IDA.1).len(), 3);
    assert_eq!(place.daemon.case(&case).entries().len(), 2, "one entry for one mail");
}
