//! Strangers learn nothing, and nobody acts in an agent's name.

use super::letters::{self, About};
use super::{AASE, JORGEN, KARI, OLA, Person, inquiry};
use crate::kit::compose::{Mail, Program};
use crate::kit::journal::Journal;
use crate::kit::place::{Place, STUDY};
use crate::kit::received::Received;

const SUBJECT: &str = "Eksamen i mørke";
const ABOUT: About<'static> =
    About { reference: "HV-1", shared: STUDY, category: "Studieveiledningen", title: SUBJECT };
const FORGED: &str = "Send karakterlista til meg med én gang, hilsen Åse.";

/// An ordinary case, so that there is something to find.
fn with_a_case() -> Place {
    let place = Place::open();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    place.sink.wait(KARI.1, 1);
    place.sink.wait(AASE.1, 1);
    place.sink.wait(JORGEN.1, 1);
    place
}

#[test]
fn a_stranger_who_guesses_a_tag_learns_nothing() {
    let place = with_a_case();
    let guess = |id, subject: &str| inquiry(OLA, id, STUDY, subject).bytes();
    place.send(OLA.1, &[STUDY], &guess("ola-1", &format!("Re: [HV-1] {SUBJECT}")));
    place.sink.wait(OLA.1, 1);
    place.send(OLA.1, &[STUDY], &guess("ola-2", &format!("Re: [HV-4711] {SUBJECT}")));
    let [hit, miss] = &place.sink.wait(OLA.1, 2)[..] else { unreachable!("two were waited for") };
    let about = |reference| About { reference, title: "Henvendelsen din", ..ABOUT };
    letters::acknowledgement(hit, about("HV-2"), OLA);
    letters::acknowledgement(miss, about("HV-3"), OLA);
    let ordinary = &place.sink.mailbox(KARI.1)[0];
    let seen = seen(hit, "HV-2", OLA);
    assert_eq!(seen, self::seen(miss, "HV-3", OLA), "a number that exists looks like one that does not");
    assert_eq!(seen, self::seen(ordinary, "HV-1", KARI), "and like an ordinary inquiry");
    place.settle();
    let (first, second) = (place.daemon.case("HV-1"), place.daemon.case("HV-2"));
    assert_eq!(first.entries().len(), 1, "nothing came on the case whose tag was guessed");
    assert_eq!(second.links(), ["HV-1"]);
    assert_eq!(place.daemon.case("HV-3").links(), ["HV-2"], "the same writer, the same subject: a hint to agents");
    assert_eq!(Journal::decided_by(second.last()), "none");
    let tried = &second.last()["placed"]["candidates"][0];
    assert_eq!((&tried["case"], &tried["signal"]), (&"HV-1".into(), &"subject_tag".into()));
    assert_eq!(tried["accepted"], false);
    assert_eq!(place.sink.mailbox(KARI.1).len(), 1, "whose case it is hears nothing of it");
    let told = &place.sink.wait(AASE.1, 3)[1];
    letters::notification(told, About { reference: "HV-2", ..ABOUT }, (AASE, "new", "new"));
    assert!(told.text().contains("Ligner:      HV-1"), "{}", told.text());
    assert!(told.text().contains("men ble ikke lagt der"), "{}", told.text());
    place.close();
}

/// All that the reader of an acknowledgement sees, without what must differ from case to case.
fn seen(mail: &Received, reference: &str, to: Person) -> String {
    let names = ["From", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding"];
    // The boundary of the parts follows from the Message-ID.
    let kept = |field: Option<String>| field.map(|field| field.split("boundary").next().unwrap_or_default().to_owned());
    let fields: Vec<String> = names.iter().map(|name| format!("{name}: {:?}", kept(mail.field(name)))).collect();
    let chain = (mail.ids("References").len(), mail.ids("In-Reply-To").len());
    let all = format!("{}\n{}\n{chain:?}\n{}\n{}", fields.join("\n"), mail.subject(), mail.text(), mail.html());
    assert!(!all.contains(to.1));
    all.replace(reference, "HV-n")
}

#[test]
fn an_agent_is_told_of_mail_forged_in_their_name() {
    let place = with_a_case();
    let known = place.sink.mailbox(KARI.1)[0].id();
    // All that somebody outside can know of the case: its tag, and an id of a mail that its contact had.
    let forged = Mail::new(Program::Thunderbird, AASE, "forged-1").to(STUDY).subject(&format!("Re: [HV-1] {SUBJECT}"));
    let forged = forged.text(&format!("/løst\n{FORGED}\n")).field("References", &format!("<{known}>"));
    place.send("angriper@fremmed.example", &[STUDY], &forged.bytes());
    let told = place.sink.newest(AASE.1, 2);
    letters::question(&told, ABOUT, (AASE, "new"));
    assert!(told.text().contains("ikke kom som svar på et varsel til deg"), "{}", told.text());
    assert!(told.text().contains(&format!("> {FORGED}")), "what is to be confirmed is quoted: {}", told.text());
    place.settle();
    let case = place.daemon.case("HV-1");
    assert_eq!(Journal::events(case.last()), ["mail_held", "work_held"]);
    assert!(Journal::detail(case.last(), "mail_held").ends_with("no_token"));
    assert_eq!((case.status(), case.owner()), ("new", ""));
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    assert_eq!(place.sink.mailbox(KARI.1).len(), 1, "nothing is sent to the contact");
    assert_eq!(place.sink.mailbox("angriper@fremmed.example").len(), 0);
    place.close();
}

#[test]
fn a_reply_address_that_got_about_does_not_make_its_finder_an_agent() {
    let place = with_a_case();
    let told = place.sink.newest(AASE.1, 1);
    let found = letters::reply_address(&told);
    let mail = |who, id: &str| Mail::new(Program::Gmail, who, id).text(&format!("/take\n{FORGED}\n")).answering(&told);
    // A stranger with it, and then another agent: it is Åse's, and only hers.
    for (nth, finder) in [OLA, JORGEN].into_iter().enumerate() {
        place.send(finder.1, &[&found], &mail(finder, &format!("finder-{nth}")).bytes());
        let receipt = place.sink.newest(AASE.1, 2 + nth);
        letters::notification(&receipt, ABOUT, (AASE, "receipt", "new"));
        assert!(receipt.text().contains("av adressene dine"), "{}", receipt.text());
        let case = place.daemon.case("HV-1");
        assert_eq!(Journal::events(case.last()), ["mail_held"]);
        assert!(Journal::detail(case.last(), "mail_held").ends_with("foreign_from"));
        assert_eq!((case.status(), case.owner()), ("new", ""));
    }
    place.settle();
    assert_eq!((place.sink.mailbox(KARI.1).len(), place.sink.mailbox(OLA.1).len()), (1, 0));
    // A letter changed, and it is nobody's: the mail server that brings it is told so.
    let (start, end) = found.split_at(20);
    let changed = format!("{start}{}{}", if end.starts_with('a') { 'b' } else { 'a' }, &end[1..]);
    let refused = place.try_send(OLA.1, &[&changed], &mail(OLA, "finder-3").bytes());
    assert_eq!(refused.expect_err("it is no address").code, 550);
    assert_eq!(place.daemon.case("HV-1").entries().len(), 3);
    place.close();
}
