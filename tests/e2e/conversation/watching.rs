//! One mail to several addresses.

use super::letters::{self, About};
use super::{AASE, JORGEN, KARI, inquiry};
use crate::kit::journal::Journal;
use crate::kit::place::{POST, Place, SALE, STUDY, TECH};
use crate::kit::received::Received;

const SUBJECT: &str = "Ny fiber på Røros";

#[test]
fn two_categories_of_one_customer_share_a_case() {
    let place = Place::open();
    place.send(KARI.1, &[SALE, TECH], &inquiry(KARI, "kari-1", SALE, SUBJECT).bytes());
    let about = About { reference: "HV-1", shared: SALE, category: "Salg", title: SUBJECT };
    let acknowledgement = place.sink.newest(KARI.1, 1);
    letters::acknowledgement(&acknowledgement, About { title: "Your message", ..about }, KARI);
    for agent in [AASE, JORGEN] {
        letters::notification(&place.sink.newest(agent.1, 1), about, (agent, "new", "new"));
    }
    // A copy of it that was sent to the other address alone is not another case.
    place.send(KARI.1, &[TECH], &inquiry(KARI, "kari-1", SALE, SUBJECT).bytes());
    place.settle();
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    let case = place.daemon.case("HV-1");
    assert_eq!((case.category(), case.watching()), ("fjordnett/salg", vec!["fjordnett/teknikk"]));
    assert_eq!(case.entries().len(), 1);
    assert_eq!(Journal::events(case.last()), ["case_opened", "mail_received", "category_watches", "acknowledged"]);
    assert_eq!(place.sink.mailbox(KARI.1).len(), 1, "one acknowledgement a case");
    place.close();
}

#[test]
fn a_category_that_gets_its_copy_later_watches_from_then_on() {
    let place = Place::open();
    let mail = inquiry(KARI, "kari-1", SALE, SUBJECT).bytes();
    place.send(KARI.1, &[SALE], &mail);
    place.sink.wait(AASE.1, 1);
    place.settle();
    assert_eq!(place.sink.mailbox(JORGEN.1).len(), 0);
    place.send(KARI.1, &[TECH], &mail);
    let about = About { reference: "HV-1", shared: SALE, category: "Salg", title: SUBJECT };
    letters::notification(&place.sink.newest(JORGEN.1, 1), about, (JORGEN, "copied", "new"));
    place.settle();
    assert_eq!(place.daemon.case("HV-1").watching(), ["fjordnett/teknikk"]);
    assert_eq!((place.sink.mailbox(AASE.1).len(), place.sink.mailbox(KARI.1).len()), (1, 1));
    place.close();
}

#[test]
fn a_mail_that_comes_many_times_at_once_is_one_case() {
    let place = Place::open();
    let mail = inquiry(KARI, "kari-1", SALE, SUBJECT).bytes();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| place.send(KARI.1, &[SALE], &mail));
        }
    });
    place.sink.wait(KARI.1, 1);
    place.sink.wait(AASE.1, 1);
    place.settle();
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    assert_eq!(place.daemon.case("HV-1").entries().len(), 1);
    assert_eq!((place.sink.mailbox(KARI.1).len(), place.sink.mailbox(AASE.1).len()), (1, 1));
    place.close();
}

#[test]
fn two_customers_know_nothing_of_each_other() {
    let place = Place::open();
    place.send(KARI.1, &[STUDY, POST], &inquiry(KARI, "kari-1", STUDY, SUBJECT).bytes());
    // Postfix brings the recipients in an order of its own, so either may be the first.
    let mut acknowledgements = place.sink.wait(KARI.1, 2);
    acknowledgements.sort_by_key(Received::subject);
    let from = |mail: &Received| mail.people("From").remove(0).address;
    let (study, post) = if from(&acknowledgements[0]) == STUDY { ("HV-1", "HV-2") } else { ("HV-2", "HV-1") };
    let category = "Studieveiledningen";
    let about_study = About { reference: study, shared: STUDY, category, title: "Henvendelsen din" };
    let category = "Blåbær kundeservice";
    let about_post = About { reference: post, shared: POST, category, title: "Førespurnaden din" };
    for mail in &acknowledgements {
        let about = if from(mail) == STUDY { about_study } else { about_post };
        letters::acknowledgement(mail, about, KARI);
        let other = if about.reference == study { post } else { study };
        assert!(!mail.everything().contains(other), "{}", mail.show());
    }
    place.settle();
    let cases = [study, post].map(|reference| place.daemon.case(reference));
    assert_eq!(cases.each_ref().map(Journal::category), ["ostfold/studie", "blabaer/post"]);
    assert_eq!(cases.each_ref().map(|case| case.links().len()), [0, 0]);
    assert_eq!((place.sink.mailbox(AASE.1).len(), place.sink.mailbox(JORGEN.1).len()), (1, 2));
    // Her answer to one customer stays there, though she quotes both references.
    let answer = inquiry(KARI, "kari-2", POST, &format!("SV: [HV-1] [HV-2] {SUBJECT}")).bytes();
    place.send(KARI.1, &[POST], &answer);
    place.sink.wait(JORGEN.1, 3);
    place.settle();
    assert_eq!(place.daemon.case(study).entries().len(), 1);
    assert_eq!(Journal::decided_by(place.daemon.case(post).last()), "subject_tag");
    assert_eq!(place.daemon.cases().len(), 2);
    place.close();
}
