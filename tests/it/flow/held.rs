//! Answers that wait: overtaken ones, ones that may still be taken back, and ones that nothing proves yet.

use std::sync::Arc;
use std::time::Duration;

use henvend::case::model::Status;
use henvend::time::DAY;
use henvend::verify::TrustPolicy;

use super::{CUSTOMER, all_to, house, mail, opened, submit};
use crate::kit::house::{House, Sent, Setting, to};
use crate::kit::memory::MemoryStore;

/// Ola's answer to the first mail, after the contact has written again.
async fn overtaken(house: &House) -> Sent {
    let sent = opened(house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let ack = to(&sent, CUSTOMER).id();
    let more = mail("2", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "Glem det, den virker igjen.");
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("added", 1)]);
    house.send().await;
    let answer = mail("3", "ola@uni.example", "Re: x", "", "/løst\nSkru den av og på.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "nobody else hears of it");
    to(&sent, "ola@uni.example").clone()
}

#[tokio::test]
async fn an_answer_that_the_case_has_overtaken_waits_and_its_writer_sees_what_came() {
    let house = house().await;
    let told = overtaken(&house).await;
    for part in ["IKKE sendt", "Kåre Kunde", "Glem det, den virker igjen.", "Skru den av og på.", "/send"] {
        assert!(told.mail.text.contains(part), "{part} in {}", told.mail.text);
    }
    assert_eq!(house.case(1).await.status, Status::New, "its commands wait too");
}

#[tokio::test]
async fn send_alone_sends_what_waited_with_its_commands() {
    let house = house().await;
    let told = overtaken(&house).await;
    let send = mail("4", "ola@uni.example", "Re: x", "", "/send");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &send).await, [("added", 1)]);
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    assert!(answer.mail.text.starts_with("Skru den av og på."), "{}", answer.mail.text);
    assert!(!answer.mail.text.contains("/send") && !answer.mail.text.contains("/løst"));
    let case = house.case(1).await;
    assert_eq!((case.status, case.held.len()), (Status::Resolved, 0));
    assert_eq!(house.events(1).await[3], "HeldReleased AnswerWritten CaseAssigned StatusChanged CommandsGiven");
}

#[tokio::test]
async fn send_with_a_text_sends_that_instead() {
    let house = house().await;
    let told = overtaken(&house).await;
    let send = mail("4", "ola@uni.example", "Re: x", "", "/send\nSå bra at den virker!");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &send).await, [("added", 1)]);
    let sent = house.send().await;
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Så bra at den virker!"));
    let case = house.case(1).await;
    assert_eq!((case.status, case.held.len()), (Status::Waiting, 0));
    house.clock.pass(DAY * 4);
    house.sweep().await;
    assert!(house.send().await.is_empty(), "nothing is left that could come back");
}

#[tokio::test]
async fn a_plain_reply_to_the_receipt_is_an_answer_of_its_own() {
    let house = house().await;
    let told = overtaken(&house).await;
    let answer = mail("4", "ola@uni.example", "Re: x", "", "Fint!");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &answer).await, [("added", 1)]);
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Fint!"));
}

#[tokio::test]
async fn drop_forgets_what_waited_and_sends_nothing() {
    let house = house().await;
    let told = overtaken(&house).await;
    let forget = mail("4", "ola@uni.example", "Re: x", "", "/forkast\n\nMvh\nOla");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &forget).await, [("added", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    assert!(to(&sent, "ola@uni.example").mail.text.contains("forkastet"));
    assert!(house.case(1).await.held.is_empty());
    let again = mail("5", "ola@uni.example", "Re: x", "", "/send");
    assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &again).await, [("held", 1)]);
    assert!(to(&house.send().await, "ola@uni.example").mail.text.contains("ingen svar som venter"));
}

#[tokio::test]
async fn what_waits_for_three_days_goes_back_to_its_writer() {
    let house = house().await;
    overtaken(&house).await;
    house.clock.pass(Duration::from_secs(71 * 3600));
    house.sweep().await;
    assert!(house.send().await.is_empty());
    house.clock.pass(Duration::from_secs(3600));
    house.sweep().await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let told = to(&sent, "ola@uni.example");
    assert!(
        told.mail.text.contains("aldri sendt") && told.mail.text.contains("Skru den av og på."),
        "{}",
        told.mail.text
    );
    assert!(house.case(1).await.held.is_empty());
}

#[tokio::test]
async fn of_two_agents_who_answer_at_the_same_time_one_is_sent_and_the_other_told() {
    let house = house().await;
    let sent = opened(&house).await;
    let ola = mail("2", "ola@uni.example", "Re: x", "", "Svar fra Ola.");
    let kari = mail("3", "kari@uni.example", "Re: x", "", "Svar fra Kari.");
    let (token_ola, token_kari) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
    assert_eq!(house.deliver("ola@uni.example", &[&token_ola], &ola).await, [("added", 1)]);
    assert_eq!(house.deliver("kari@uni.example", &[&token_kari], &kari).await, [("held", 1)]);
    let sent = house.send().await;
    assert!(to(&sent, CUSTOMER).mail.text.starts_with("Svar fra Ola."));
    let told: Vec<_> = all_to(&sent, "kari@uni.example");
    let receipt = told.iter().find(|mail| mail.mail.field("X-Henvend-Event") == Some("receipt")).unwrap();
    assert!(receipt.mail.text.contains("Ola Nordmann") && receipt.mail.text.contains("Svar fra Ola."));
}

#[tokio::test]
async fn an_agent_may_write_twice_and_notes_are_never_overtaken() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    for (id, text) in [("2", "Første svar."), ("3", "Jeg glemte noe.")] {
        let answer = mail(id, "ola@uni.example", "Re: x", "", text);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("added", 1)]);
    }
    let note = mail("4", "kari@uni.example", "Re: x", "", "/notat\nOla har dette.");
    let token = to(&sent, "kari@uni.example").reply_to();
    assert_eq!(house.deliver("kari@uni.example", &[&token], &note).await, [("added", 1)]);
}

#[tokio::test]
async fn a_reply_to_all_that_everybody_has_already_is_not_held_up() {
    let house = house().await;
    let sent = opened(&house).await;
    let ack = to(&sent, CUSTOMER).id();
    let more = mail("2", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "Hallo?");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    let fields = format!("Cc: {CUSTOMER}\nIn-Reply-To: <1@post.example>\n");
    let answer = mail("3", "ola@uni.example", "Re: x", &fields, "Skru den av og på.");
    assert_eq!(submit(&house, "ola@uni.example", &["orakel@uni.example"], &answer).await, [("added", 1)]);
    assert!(house.events(1).await[2].starts_with("AnswerWritten"));
}

async fn house_with_undo() -> House {
    let setting = Setting { undo: Duration::from_secs(60), ..Setting::default() };
    House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap()
}

#[tokio::test]
async fn an_answer_can_be_taken_back_for_as_long_as_the_site_says() {
    let house = house_with_undo().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let answer = mail("2", "ola@uni.example", "Re: x", "", "/løst\nDette var feil.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("held", 1)]);
    assert!(house.send().await.is_empty());
    let forget = mail("3", "ola@uni.example", "Re: x", "", "/drop");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &forget).await, [("added", 1)]);
    house.clock.pass(DAY);
    house.sweep().await;
    assert!(house.send().await.iter().all(|mail| mail.to[0] == "ola@uni.example"), "only the transcript");

    let answer = mail("4", "ola@uni.example", "Re: x", "", "/løst\nDette er riktig.");
    house.deliver("ola@uni.example", &[&token], &answer).await;
    house.clock.pass(Duration::from_secs(59));
    house.sweep().await;
    assert!(house.send().await.is_empty());
    house.clock.pass(Duration::from_secs(1));
    house.sweep().await;
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Dette er riktig."));
    assert_eq!(house.case(1).await.status, Status::Resolved);
}

#[tokio::test]
async fn a_mail_that_comes_while_an_answer_can_be_taken_back_holds_it_up() {
    let house = house_with_undo().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Skru av og på.")).await;
    let ack = to(&sent, CUSTOMER).id();
    let more = mail("3", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "Den virker igjen.");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await;
    house.send().await;
    house.clock.pass(Duration::from_secs(60));
    house.sweep().await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    let told = to(&sent, "ola@uni.example");
    assert!(told.mail.text.contains("Den virker igjen.") && told.mail.text.contains("Skru av og på."));
    let send = mail("4", "ola@uni.example", "Re: x", "", "/send");
    house.deliver("ola@uni.example", &[&told.reply_to()], &send).await;
    assert!(to(&house.send().await, CUSTOMER).mail.text.starts_with("Skru av og på."));
}

/// A house where a token alone does not do, and Ola's answer in it that came by no proven way.
async fn unproven() -> (House, Sent) {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let setting = Setting { trust, ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let first = mail("1", "Kåre Kunde <kunde@post.example>", "Skriveren", "", "Hei!");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let sent = house.send().await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let answer = mail("2", "ola@uni.example", "Re: x", "", "/ta\nSkru den av og på.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &answer).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "only the user's own address is asked");
    (house, to(&sent, "ola@uni.example").clone())
}

#[tokio::test]
async fn what_is_not_proven_is_done_when_the_users_own_address_confirms_it() {
    let (house, asked) = unproven().await;
    assert!(
        asked.mail.text.contains("Er det du som har skrevet dette?") && asked.mail.text.contains("Skru den av og på.")
    );
    let yes = mail("3", "ola@uni.example", "Re: x", "", &format!("Bekreft\n\nMvh Ola\n\n{}", asked.quoted()));
    assert_eq!(house.deliver("ola@uni.example", &[&asked.reply_to()], &yes).await, [("added", 1)]);
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    assert!(answer.mail.text.starts_with("Skru den av og på."), "{}", answer.mail.text);
    assert!(house.case(1).await.owner.is_some());
    let again = mail("4", "ola@uni.example", "Re: x", "", "bekreft");
    assert_eq!(house.deliver("ola@uni.example", &[&asked.reply_to()], &again).await, [("held", 1)]);
    assert!(house.send().await.iter().all(|mail| mail.to[0] != CUSTOMER), "once is enough");
}

#[tokio::test]
async fn nobody_and_nothing_else_confirms() {
    let (house, asked) = unproven().await;
    let token = asked.reply_to();
    let vacation = mail("3", "ola@uni.example", "Autosvar", "Auto-Submitted: auto-replied\n", "confirm");
    assert_eq!(house.deliver("", &[&token], &vacation).await, [("held", 1)]);
    let stranger = mail("4", "fremmed@post.example", "Re: x", "", "bekreft");
    assert_eq!(house.deliver("fremmed@post.example", &[&token], &stranger).await, [("held", 1)]);
    let talk = mail("6", "ola@uni.example", "Re: x", "", "Nei, det var ikke meg. Ikke bekreft noe.");
    assert_eq!(house.deliver("ola@uni.example", &[&token], &talk).await, [("added", 1)], "a note, for colleagues");
    let quoted = mail("7", "ola@uni.example", "Re: x", "", &asked.quoted());
    assert_eq!(house.deliver("ola@uni.example", &[&token], &quoted).await, [("held", 1)]);
    let contact = mail("5", CUSTOMER, "Re: x", "", "bekreft");
    assert_eq!(house.deliver(CUSTOMER, &[&token], &contact).await, [("added", 1)]);
    house.clock.pass(DAY * 4);
    house.sweep().await;
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] != CUSTOMER));
    assert!(house.events(1).await.iter().all(|events| !events.contains("AnswerWritten")));
}

#[tokio::test]
async fn a_note_that_is_not_proven_is_a_note_when_it_is_confirmed() {
    let house = house().await;
    let sent = opened(&house).await;
    let (ola, kari) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
    house.deliver("kari@uni.example", &[&kari], &mail("n1", "kari@uni.example", "Re: x", "", "/følg")).await;
    let secret = mail("n2", "ola@uni.example", "Re: x", "", "/notat\nHan ringer stadig.");
    house.deliver("ola@uni.example", &[&ola], &secret).await;
    let sent = house.send().await;
    let note = all_to(&sent, "kari@uni.example").into_iter().find(|mail| mail.mail.text.contains("ringer")).unwrap();
    house.clock.pass(DAY * 91);
    let answer = mail("n3", "kari@uni.example", "Re: x", "", "Be ham slutte.");
    assert_eq!(house.deliver("kari@uni.example", &[&note.reply_to()], &answer).await, [("held", 1)], "it is too old");
    let asked = to(&house.send().await, "kari@uni.example").clone();
    let yes = mail("n4", "kari@uni.example", "Re: x", "", "bekreft");
    assert_eq!(house.deliver("kari@uni.example", &[&asked.reply_to()], &yes).await, [("added", 1)]);
    assert!(all_to(&house.send().await, CUSTOMER).is_empty());
    assert!(house.events(1).await.last().unwrap().contains("NoteWritten"));
}

#[tokio::test]
async fn whatever_is_done_beside_a_word_on_what_waits_would_be_lost() {
    for commands in ["/send\n/lukk", "/forkast\n/tildel kari"] {
        let house = house().await;
        let told = overtaken(&house).await;
        let both = mail("4", "ola@uni.example", "Re: x", "", commands);
        assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &both).await, [("held", 1)]);
        let sent = house.send().await;
        assert_eq!(sent.len(), 1);
        assert!(to(&sent, "ola@uni.example").mail.text.contains("motsier"), "{}", sent[0].mail.text);
        assert_eq!(house.case(1).await.held.len(), 1, "nothing is done");
    }
}

#[tokio::test]
async fn what_a_user_who_has_left_had_waiting_is_told_to_those_who_are_there() {
    let house = house().await;
    overtaken(&house).await;
    let ola = "[[user]]\nname = \"Ola Nordmann\"\naddresses = [\"ola@uni.example\", \"ola.privat@post.example\"]\nat.uni = {}\n";
    let gone = crate::kit::house::DIRECTORY.replace(ola, "").replace("\"ola@uni.example\", ", "");
    house.apply_pruned(&gone).await;
    house.clock.pass(DAY * 3);
    house.sweep().await;
    let sent = house.send().await;
    assert!(all_to(&sent, "ola@uni.example").is_empty());
    assert!(to(&sent, "kari@uni.example").mail.text.contains("ble aldri sendt"), "{}", sent[0].mail.text);
}

#[tokio::test]
async fn a_denial_and_a_question_confirm_nothing() {
    for denial in ["Bekrefter ikke, dette har jeg ikke skrevet!", "Bekreft at dette ikke er meg?", "Confirm? No."] {
        let (house, asked) = unproven().await;
        let no = mail("3", "ola@uni.example", "Re: x", "", denial);
        house.deliver("ola@uni.example", &[&asked.reply_to()], &no).await;
        assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "{denial}");
    }
    for word in ["bekreft", "*Bekreft.*", "BEKREFTER!", "/confirm"] {
        let (house, asked) = unproven().await;
        let yes = mail("3", "ola@uni.example", "Re: x", "", word);
        assert_eq!(house.deliver("ola@uni.example", &[&asked.reply_to()], &yes).await, [("added", 1)], "{word}");
    }
}

#[tokio::test]
async fn an_answer_waits_when_a_colleague_has_changed_who_would_get_it_or_settled_the_case() {
    for (command, said) in [
        ("/kopi presse@firma.example", "presse@firma.example"),
        ("/innmelder sjef@firma.example", "sjef@firma.example"),
        ("/lukk", "lukket"),
    ] {
        let house = house().await;
        let sent = opened(&house).await;
        let (ola, kari) = (to(&sent, "ola@uni.example").reply_to(), to(&sent, "kari@uni.example").reply_to());
        let changed = mail("k", "kari@uni.example", "Re: x", "", command);
        assert_eq!(house.deliver("kari@uni.example", &[&kari], &changed).await, [("added", 1)]);
        let own = mail("k2", "kari@uni.example", "Re: x", "", "/notat\nJeg tar den.");
        assert_eq!(house.deliver("kari@uni.example", &[&kari], &own).await, [("added", 1)]);
        house.send().await;
        let answer = mail("o", "ola@uni.example", "Re: x", "", "Skru den av og på.");
        assert_eq!(house.deliver("ola@uni.example", &[&ola], &answer).await, [("held", 1)], "{command}");
        let told = to(&house.send().await, "ola@uni.example").clone();
        assert!(told.mail.text.contains("IKKE sendt") && told.mail.text.contains(said), "{}", told.mail.text);
        let send = mail("s", "ola@uni.example", "Re: x", "", "/send");
        assert_eq!(house.deliver("ola@uni.example", &[&told.reply_to()], &send).await, [("added", 1)]);
    }
}
