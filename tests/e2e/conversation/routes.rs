//! What Postfix does with what henvend does not take, or cannot take now.

use super::letters::{self, About};
use super::{AASE, JORGEN, KARI, OLA, inquiry};
use crate::kit::place::{Place, REPLY_DOMAIN, STUDY};
use crate::kit::wait_until;

#[test]
fn mail_to_an_address_that_nobody_has_is_refused_not_lost() {
    let place = Place::open();
    // Postfix asks henvend before it takes a mail, so the sender's own mail server is told at RCPT.
    let mut changed_token = format!("reply+{}@{REPLY_DOMAIN}", "a".repeat(52));
    for unknown in ["ingen.her@hjelp.ostfold.example", "henvendt@svar.henvend.example", &changed_token] {
        let mail = inquiry(OLA, "ola-1", unknown, "Hallo").bytes();
        let refused = place.try_send(OLA.1, &[unknown], &mail).expect_err("nobody has this address");
        assert_eq!((refused.verb, refused.code), ("RCPT", 550), "{}", refused.text);
        assert!(refused.text.contains("5.1.1"), "{}", refused.text);
    }
    // Where Postfix does not ask (its own people may send anywhere), it has the mail and reports to its sender.
    changed_token.insert(10, 'b');
    let mail = inquiry(OLA, "ola-2", STUDY, "Hallo").bytes();
    place.send_from_house(OLA.1, &[&changed_token, STUDY], &mail);
    let report = place.sink.wait(OLA.1, 2).into_iter().find(|mail| !mail.subject().starts_with("[HV-"));
    let report = report.expect("one is the acknowledgement, for the good address");
    assert_eq!(report.reverse_path, "");
    assert!(report.everything().contains("550 5.1.1"), "{}", report.show());
    place.sink.wait(AASE.1, 1);
    assert_eq!(place.daemon.cases(), ["HV-1"]);
    place.close();
}

#[test]
fn mail_waits_in_postfix_while_henvend_is_stopped() {
    let mut place = Place::open();
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Før stans").bytes());
    place.sink.wait(KARI.1, 1);
    place.settle();
    place.daemon.stop();
    let subjects = ["Første under stans", "Andre under stans", "Tredje under stans"];
    let senders = [OLA, OLA, KARI];
    for (nth, (subject, sender)) in subjects.iter().zip(senders).enumerate() {
        place.send(sender.1, &[STUDY], &inquiry(sender, &format!("late-{nth}"), STUDY, subject).bytes());
    }
    wait_until("Postfix to have tried in vain", || {
        let log = place.postfix.log();
        let tried = log.lines().filter(|line| line.contains("postfix/lmtp") && line.contains("status=deferred"));
        if tried.count() >= subjects.len() { Ok(()) } else { Err(log) }
    });
    assert_eq!(place.postfix.queued(), subjects.len());
    place.daemon.start_again();
    place.daemon.wait_ready();
    place.postfix.flush();
    place.sink.wait(OLA.1, 2);
    place.sink.wait(KARI.1, 2);
    let told = place.sink.wait(JORGEN.1, 1 + subjects.len());
    place.settle();
    assert_eq!(place.daemon.cases(), ["HV-4", "HV-3", "HV-2", "HV-1"]);
    let mut titles: Vec<String> =
        ["HV-2", "HV-3", "HV-4"].map(|case| place.daemon.case(case).title().to_owned()).into();
    titles.sort_unstable();
    let mut wanted = subjects.map(str::to_owned);
    wanted.sort_unstable();
    assert_eq!(titles, wanted);
    // What was issued before the stop counts after it.
    let first = &told[0];
    let about = About { reference: "HV-1", shared: STUDY, category: "Studieveiledningen", title: "Før stans" };
    letters::notification(first, about, (JORGEN, "new", "new"));
    let mail = crate::kit::compose::Mail::new(crate::kit::compose::Program::Thunderbird, JORGEN, "jorgen-1");
    let mail = mail.text("No går det att.\n").answering(first);
    place.send(JORGEN.1, &[&letters::reply_address(first)], &mail.bytes());
    letters::answer(&place.sink.newest(KARI.1, 3), about, (JORGEN, KARI));
    place.close();
}
