//! Commands in Norwegian: what was done is told, and one bad line undoes all.

use super::{holds, opens, reply, reply_by};
use crate::conversation::{AASE, JORGEN, Person};
use crate::kit::compose::Program;
use crate::kit::journal::Journal;
use crate::kit::place::Place;

const SIV: Person = ("Siv Grønås", "siv@kunde.example");
const LARS: Person = ("Lars Bråthen", "lars@kunde.example");

#[test]
fn commands_are_carried_out_all_or_none_and_told() {
    let place = Place::open();
    many_in_one_mail(&place);
    one_bad_line_and_nothing_is_done(&place);
    place.close();
}

fn many_in_one_mail(place: &Place) {
    let case = opens(place, SIV, "Praksisplass på Røros");
    let told = place.told(AASE.1, &format!("{case} new"), 1);
    let transcript = |who: Person, nth: usize| place.told(who.1, &format!("{case} receipt"), nth);
    reply(place, AASE, (&told, "/tildel Jørgen\n/vent 3d\n/prioritet høy\n/tittel Praksis på Røros\n/tid 15m\n"));
    let done = transcript(AASE, 1);
    holds(&done, &["Utført:", "- ansvarlig: Jørgen Ødegård", "- status: venter", "- venter til", "- prioritet: høy"]);
    holds(&done, &["- tittel: Praksis på Røros", "- 15 minutter brukt", "Status:      venter"]);
    assert_eq!(done.subject(), format!("[{case}] Praksis på Røros"));
    let journal = place.daemon.case(&case);
    assert_eq!((journal.owner(), journal.status(), journal.title()), (JORGEN.0, "waiting", "Praksis på Røros"));
    let told = place.told(JORGEN.1, &format!("{case} changed"), 1);
    holds(&told, &["ansvarleg: Jørgen Ødegård", "prioritet: høg"]);

    // What the owner does is told to whoever does it; nobody else follows the case.
    let steps = [("/løyst", "status: løyst"), ("/gjenopne", "status: open"), ("/fristill", "ingen er ansvarleg")];
    for (nth, (command, said)) in (1..).zip(steps) {
        reply_by(Program::Gmail, place, JORGEN, (&told, command));
        holds(&transcript(JORGEN, nth), &["Utført:", said]);
    }
    reply_by(Program::Thunderbird, place, AASE, (&done, "/ta\n/løst\n"));
    holds(&transcript(AASE, 2), &["ansvarlig: Åse Bø", "status: løst"]);
    reply_by(Program::Thunderbird, place, AASE, (&done, "/gjenåpne\n"));
    holds(&transcript(AASE, 3), &["status: åpen"]);
    place.settle();
    let journal = place.daemon.case(&case);
    assert_eq!((journal.owner(), journal.status()), (AASE.0, "open"));
    assert_eq!(place.sink.mailbox(SIV.1).len(), 1, "commands alone send nothing to the contact");
}

fn one_bad_line_and_nothing_is_done(place: &Place) {
    let case = opens(place, LARS, "Vitnemål");
    let told = place.told(JORGEN.1, &format!("{case} new"), 1);
    let tries = [
        ("/ta\n/vent 3d\n/tittel\n\nKjem i posten.\n", "/tittel", "det manglar noko etter kommandoen"),
        ("/ta\n/tildel Åse\n\nKjem i posten.\n", "/tildel Åse", "dette motseier ei anna linje"),
        ("/løyst\n/vent 3d\n\nKjem i posten.\n", "/vent 3d", "dette motseier ei anna linje"),
        ("/ta\n/tildel Kåre\n\nKjem i posten.\n", "/tildel Kåre", "ingen i kategorien heiter det"),
    ];
    for (nth, (text, line, verdict)) in (1..).zip(tries) {
        reply(place, JORGEN, (&told, text));
        let refused = place.told(JORGEN.1, &format!("{case} receipt"), nth);
        holds(&refused, &["Kommandoane dine kunne ikkje utførast:", line, verdict, "i orden", "Kjem i posten."]);
        let journal = place.daemon.case(&case);
        assert_eq!(Journal::events(journal.last()), ["commands_refused"], "{text}");
        assert_eq!((journal.owner(), journal.status(), journal.title()), ("", "new", "Vitnemål"), "{text}");
    }
    place.settle();
    assert_eq!(place.sink.mailbox(LARS.1).len(), 1, "nothing is sent when a line is bad");
    assert_eq!(place.sink.mailbox(AASE.1).iter().filter(|mail| mail.subject().contains(&case)).count(), 1);
}
