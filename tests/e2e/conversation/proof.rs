//! Who wrote it: by login, by what the mail server finds out, and by the agent's own word.

use super::{AASE, KARI, inquiry, letters};
use crate::kit::compose::{Mail, Program};
use crate::kit::journal::Journal;
use crate::kit::place::{Place, STUDY};

#[test]
fn an_agent_is_believed_by_login_by_the_mail_server_and_by_their_own_word() {
    let place = Place::open_proving();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Lån av utstyr").bytes());
    let told = place.sink.newest(AASE.1, 1);
    let found = letters::reply_address(&told);
    let answer = |id: &str, text: &str| Mail::new(Program::Thunderbird, AASE, id).text(text).answering(&told);
    place.submit(AASE.1, &[&found], &answer("aase-1", "Du søker på nett.\n").bytes());
    assert!(place.sink.newest(KARI.1, 1).text().starts_with("Du søker på nett."));
    place.send(AASE.1, &[&found], &answer("aase-2", "Fristen er på fredag.\n").bytes());
    assert!(place.sink.newest(KARI.1, 2).text().starts_with("Fristen er på fredag."));

    // The same address, but from a server that nobody knows.
    let before = place.sink.mailbox(AASE.1).len();
    place.send("a@fremmed.example", &[&found], &answer("aase-3", "Vi låner ut PC-er og kameraer.\n").bytes());
    let asked = place.sink.newest(AASE.1, before + 1);
    assert!(asked.text().contains("Er det du som har skrevet dette?"), "{}", asked.text());
    let case = place.daemon.case("HV-1");
    assert!(Journal::detail(case.last(), "mail_held").ends_with("no_channel_proof"), "{}", place.daemon.log());
    assert_eq!(place.sink.mailbox(KARI.1).len(), 2, "nothing is sent before that");
    assert!(place.daemon.metrics().contains("henvend_rules_mails_held_total{reason=\"no_channel_proof\"} 1"));

    let word = Mail::new(Program::Gmail, AASE, "aase-4").text("Bekreft\n").answering(&asked);
    place.send("a@fremmed.example", &[&letters::reply_address(&asked)], &word.bytes());
    assert!(place.sink.newest(KARI.1, 3).text().starts_with("Vi låner ut PC-er og kameraer."));
    place.close();
}

#[test]
fn an_operator_sees_that_what_is_forged_in_the_mail_servers_name_comes_along_and_is_not_believed() {
    let place = Place::open_proving();
    let told = place.daemon.doctor(place.postfix.world_port);
    let findings = told["findings"].as_array().expect("findings");
    let verdict = |check: &str| findings.iter().find(|found| found["check"] == check).map(|found| &found["verdict"]);
    // Postfix writes its Received above, and removes nothing.
    assert_eq!(verdict("forged results"), Some(&"warn".into()), "{told}\n{}", place.daemon.log());
    for check in ["ready", "operators", "reply domain", "smarthost", "way in", "keys", "clock"] {
        assert_eq!(verdict(check), Some(&"ok".into()), "{told}");
    }
    assert!(place.daemon.cases().is_empty() && place.daemon.letters() == 0);
    place.close();
}

#[test]
fn a_result_that_came_with_a_mail_proves_nothing() {
    let place = Place::open_proving();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Lån av utstyr").bytes());
    let told = place.sink.newest(AASE.1, 1);
    let forged = Mail::new(Program::Thunderbird, AASE, "forged").text("/lukk\nVi er stengt.\n").answering(&told);
    let forged =
        forged.field("Authentication-Results", "mx.henvend.example; spf=pass smtp.mailfrom=aase.boe@byen.example");
    place.send("a@fremmed.example", &[&letters::reply_address(&told)], &forged.bytes());
    place.sink.newest(AASE.1, 2);
    let case = place.daemon.case("HV-1");
    assert!(Journal::detail(case.last(), "mail_held").ends_with("no_channel_proof"));
    assert!(place.daemon.metrics().contains("henvend_intake_results_ignored_total{reason=\"below_received\"} 1"));
    assert_eq!((case.status(), place.sink.mailbox(KARI.1).len()), ("new", 0));
    place.close();
}
