//! Two agents on one case, and answers that wait for their writer's word.

use super::{answers, holds, opens, reply, reply_by};
use crate::conversation::{AASE, JORGEN, Person};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::place::Place;
use crate::kit::setting::Setting;

const BIRK: Person = ("Birk Aune", "birk@kunde.example");
const EVA: Person = ("Eva Østby", "eva@kunde.example");
const TOR: Person = ("Tor Ås", "tor@kunde.example");

#[test]
fn an_answer_that_came_too_late_waits_for_its_writers_word() {
    let place = Place::open();
    of_two_at_the_same_time_one_is_sent(&place);
    another_text_is_sent_instead(&place);
    it_is_dropped(&place);
    place.close();
}

fn of_two_at_the_same_time_one_is_sent(place: &Place) {
    let case = opens(place, BIRK, "To svar på én gang");
    let new = format!("{case} new");
    let tolds = [AASE, JORGEN].map(|agent| place.told(agent.1, &new, 1));
    let words = ["Det er Åse som svarer deg.", "Det er Jørgen som svarer deg."];
    std::thread::scope(|scope| {
        scope.spawn(|| reply(place, AASE, (&tolds[0], words[0])));
        scope.spawn(|| reply_by(Program::Gmail, place, JORGEN, (&tolds[1], words[1])));
    });
    let answer = place.sink.newest(BIRK.1, 2);
    place.settle();
    let first = words.iter().position(|words| answer.text().starts_with(words)).expect("one of the two was sent");
    let (winner, (loser, late)) = if first == 0 { (AASE, (JORGEN, words[1])) } else { (JORGEN, (AASE, words[0])) };
    let receipt = place.told(loser.1, &format!("{case} receipt"), 1);
    holds(&receipt, &[winner.0, words[first], late, "/send"]);
    let held = place.daemon.case(&case);
    assert_eq!((held.owner(), held.status()), (winner.0, "waiting"));
    assert_eq!(Journal::events(held.last()), ["work_held"]);
    assert!(Journal::detail(held.last(), "work_held").ends_with("overtaken"), "{held:?}");
    assert_eq!(place.sink.mailbox(BIRK.1).len(), 2, "the other one waits");

    reply(place, loser, (&receipt, "/send"));
    let second = place.sink.newest(BIRK.1, 3);
    assert!(second.text().starts_with(late), "{}", second.text());
    assert_eq!(second.people("From")[0].name, format!("{} via Studieveiledningen", loser.0));
    assert_eq!(Journal::events(place.daemon.case(&case).last())[..2], ["held_released", "answer_written"]);
}

fn another_text_is_sent_instead(place: &Place) {
    let case = opens(place, EVA, "Nøkkelkort");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    answers(place, EVA, (&place.sink.newest(EVA.1, 1), "Glem det, jeg fant det igjen.\n"));
    place.told(AASE.1, &format!("{case} added"), 1);
    reply(place, AASE, (&told, "/løst\nDu må bestille et nytt kort."));
    let receipt = place.told(AASE.1, &format!("{case} receipt"), 1);
    holds(&receipt, &["IKKE sendt", "Glem det, jeg fant det igjen.", "Du må bestille et nytt kort."]);
    assert_eq!(place.daemon.case(&case).status(), "new", "its commands wait too");
    reply(place, AASE, (&receipt, "/send\nSå bra at du fant det!"));
    let answer = place.sink.newest(EVA.1, 2);
    assert!(answer.text().starts_with("Så bra at du fant det!"), "{}", answer.text());
    assert!(!answer.everything().contains("bestille"), "{}", answer.show());
}

fn it_is_dropped(place: &Place) {
    let case = opens(place, TOR, "Mistet adgangskort");
    let told = place.told(JORGEN.1, &format!("{case} new"), 1);
    answers(place, TOR, (&place.sink.newest(TOR.1, 1), "Det ordnet seg.\n"));
    place.told(JORGEN.1, &format!("{case} added"), 1);
    reply(place, JORGEN, (&told, "Kom innom, så får du eit nytt."));
    let receipt = place.told(JORGEN.1, &format!("{case} receipt"), 1);
    reply(place, JORGEN, (&receipt, "/forkast\n\nMvh\nJørgen"));
    holds(&place.told(JORGEN.1, &format!("{case} receipt"), 2), &["forkasta"]);
    reply(place, JORGEN, (&receipt, "/send"));
    holds(&place.told(JORGEN.1, &format!("{case} receipt"), 3), &["du har ingen svar som ventar i denne saka"]);
    place.settle();
    assert_eq!(place.sink.mailbox(TOR.1).len(), 1, "only the acknowledgement");
    assert_eq!(place.sink.mailbox(AASE.1).iter().filter(|mail| mail.subject().contains(&case)).count(), 2);
}

#[test]
fn an_answer_can_be_taken_back_before_it_leaves() {
    let place = Place::open_as(Setting { undo_seconds: 3600, ..Setting::default() });
    let case = opens(&place, EVA, "Frist for søknad");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    reply_by(Program::Thunderbird, &place, AASE, (&told, "/løst\nFristen er i går."));
    place.settle();
    let held = place.daemon.case(&case);
    assert!(Journal::detail(held.last(), "work_held").ends_with("undo"), "{held:?}");
    assert_eq!((held.status(), place.sink.mailbox(EVA.1).len()), ("new", 1), "nothing has left yet");
    reply_by(Program::Thunderbird, &place, AASE, (&told, "/forkast"));
    holds(&place.told(AASE.1, &format!("{case} receipt"), 1), &["forkastet"]);
    place.settle();
    assert_eq!(place.sink.mailbox(EVA.1).len(), 1);

    reply_by(Program::Thunderbird, &place, AASE, (&told, "/løst\nFristen er i morgen."));
    reply_by(Program::Thunderbird, &place, AASE, (&told, "/send"));
    let answer = place.sink.newest(EVA.1, 2);
    assert!(answer.text().starts_with("Fristen er i morgen."), "{}", answer.text());
    assert!(!answer.everything().contains("i går"), "{}", answer.show());
    assert_eq!(place.daemon.case(&case).status(), "resolved");
    place.close();
}
