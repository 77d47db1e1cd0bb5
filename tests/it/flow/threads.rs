//! Which case a mail comes on when its evidence is damaged, late, borrowed or gone.

use henvend::case::event::{Candidate, Signal};
use henvend::case::model::Status;
use henvend::id::CaseId;
use henvend::thread::pick::{CANDIDATES_MAX, RELATED_MAX};
use henvend::time::DAY;

use super::{CUSTOMER, back, house, mail, opened, stands};
use crate::kit::house::{House, to};

const STRANGER: &str = "fremmed@annet.example";
const SHARED: &str = "orakel@uni.example";
/// 22 octets of one conversation, and an answer's five.
const CONVERSATION: &str = "AdmQ0PnZb4Rr1hRkQ8S0rXn1m2v3bA==";
const ANSWER: &str = "AdmQ0PnZb4Rr1hRkQ8S0rXn1m2v3bAAAAAAB";

/// The last entry's signal, and its candidates.
async fn placed(house: &House, case: u64) -> (Signal, Vec<Candidate>) {
    let placed = house.journal(case).await.pop().unwrap().placed.unwrap();
    (placed.decided_by, placed.candidates)
}

fn outlook(id: &str, from: &str, subject: &str, index: &str, topic: &str) -> String {
    mail(id, from, subject, &format!("Thread-Topic: {topic}\nThread-Index: {index}\n"), "Hei")
}

#[tokio::test]
async fn outlooks_conversation_counts_with_its_topic_and_from_a_participant() {
    let house = house().await;
    let first = outlook("1", CUSTOMER, "Skriveren", CONVERSATION, "Skriveren");
    house.deliver(CUSTOMER, &[SHARED], &first).await;
    let answer = outlook("2", CUSTOMER, "SV: Skriveren igjen", ANSWER, "SV: skriveren");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &answer).await, [("added", 1)]);
    assert_eq!(placed(&house, 1).await.0, Signal::ThreadIndex);
    let borrowed = outlook("3", CUSTOMER, "Noe annet", ANSWER, "Noe annet");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &borrowed).await, [("new", 2)], "an old mail answered anew");
    let strangers = outlook("4", STRANGER, "SV: Skriveren", ANSWER, "Skriveren");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await, [("linked", 3)]);
    let (signal, candidates) = placed(&house, 3).await;
    assert_eq!(signal, Signal::None);
    assert!(candidates.iter().all(|candidate| !candidate.accepted && candidate.signal == Signal::ThreadIndex));
    let theirs = outlook("5", STRANGER, "SV: Skriveren", ANSWER, "Skriveren");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &theirs).await, [("added", 3)], "their own case from now on");
    let ours = outlook("6", CUSTOMER, "SV: Skriveren", ANSWER, "Skriveren");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &ours).await, [("added", 1)]);
}

#[tokio::test]
async fn an_answer_that_comes_first_waits_for_what_it_answers() {
    let house = house().await;
    let answer = "From: Per <per@annet.example>\nTo: Kåre <kunde@post.example>\nCc: orakel@uni.example\n\
                  Subject: Re: Skriveren\nMessage-ID: <2@annet.example>\nIn-Reply-To: <1@post.example>\n\nJa.\n";
    assert_eq!(house.deliver("per@annet.example", &[SHARED], answer).await, [("new", 1)]);
    let first = mail("1", CUSTOMER, "Skriveren", "", "Virker den?");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &first).await, [("added", 1)]);
    assert_eq!(placed(&house, 1).await.0, Signal::KnownId);
    let other = mail("3", CUSTOMER, "Re: Skriveren", "References: <1@post.example>\n", "Takk.");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &other).await, [("added", 1)]);
}

#[tokio::test]
async fn two_answers_to_a_mail_that_never_comes_are_one_case_for_those_who_are_part_of_it() {
    let house = house().await;
    let names = "In-Reply-To: <unseen@annet.example>\n";
    house.deliver(CUSTOMER, &[SHARED], &mail("1", CUSTOMER, "Re: Plan", names, "a")).await;
    let again = mail("2", CUSTOMER, "Re: Plan og mer", names, "b");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &again).await, [("added", 1)]);
    let strangers = mail("3", STRANGER, "Re: Noe annet", names, "c");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await, [("linked", 2)]);
    let prose = "In-Reply-To: <yes>\n";
    house.deliver(CUSTOMER, &[SHARED], &mail("4", CUSTOMER, "Ja", prose, "d")).await;
    let same = mail("5", CUSTOMER, "Ja til", prose, "e");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &same).await, [("new", 4)], "what is no id names nothing");
}

#[tokio::test]
async fn ids_are_known_again_in_any_letter_case() {
    let house = house().await;
    house.deliver(CUSTOMER, &[SHARED], &mail("AbC", CUSTOMER, "Skriveren", "", "a")).await;
    let answer = mail("2", CUSTOMER, "Re: x", "In-Reply-To: <mailto:abc@POST.example>\n", "b");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &answer).await, [("added", 1)]);
}

#[tokio::test]
async fn a_token_is_found_wherever_a_server_in_front_has_left_it() {
    let house = house().await;
    let sent = opened(&house).await;
    let notification = to(&sent, "ola@uni.example");
    let token = notification.reply_to();
    let answer = |id: &str, more: &str| mail(id, "ola@uni.example", "Re: Skriveren", more, "Prøv igjen.");
    let percent = token.replacen('+', "%2B", 1);
    for (id, rcpt, more) in [
        ("a", token.to_uppercase(), String::new()),
        ("b", percent, String::new()),
        ("c", SHARED.to_owned(), format!("Delivered-To: {token}\n")),
        ("d", SHARED.to_owned(), format!("X-Original-To: {token}\n")),
    ] {
        assert_eq!(house.deliver("ola@uni.example", &[&rcpt], &answer(id, &more)).await, [("added", 1)], "{id}");
        assert_eq!(placed(&house, 1).await.0, Signal::ReplyToken, "{id}");
    }
    let elsewhere = answer("e", &format!("Delivered-To: {token}\n"));
    let became = house.deliver("ola@uni.example", &["kundar@bla.example"], &elsewhere).await;
    assert_eq!(became, [("new", 2)], "what another customer gets is that customer's");
    let two = answer("f", &format!("Delivered-To: {token}\n"));
    let became = house.deliver("ola@uni.example", &[SHARED, "kundar@bla.example"], &two).await;
    assert_eq!(became, [("added", 1), ("new", 3)]);
    let forged = answer("g", &format!("Delivered-To: {}\n", token.replace(['a', 'b'], "c")));
    assert_eq!(house.deliver(STRANGER, &[SHARED], &forged).await[0].0, "new");
    let report = back(notification);
    let bounce = mail("h", "mailer-daemon@post.example", "Undeliverable", &format!("Delivered-To: {report}\n"), "x");
    assert_eq!(house.deliver("", &[SHARED], &bounce).await, [("added", 1)]);
}

#[tokio::test]
async fn a_tag_in_the_writers_own_text_counts_like_one_in_the_subject() {
    let house = house().await;
    opened(&house).await;
    let answer = mail("2", CUSTOMER, "Mer", "", "Gjelder [HV-1].\n");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &answer).await, [("added", 1)]);
    assert_eq!(placed(&house, 1).await.0, Signal::BodyTag);
    assert!(house.journal(1).await.pop().unwrap().mail().unwrap().unproven);
    let line = mail("3", CUSTOMER, "Enda mer", "", "Hei\nReferanse: HV-1\nHilsen Kåre");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &line).await, [("added", 1)]);
    for (id, text) in [
        (
            "4",
            "Se hva de skrev:\n\n---------- Forwarded message ---------\nFrom: Ola <ola@uni.example>\nSubject: [HV-1] x\n\nx",
        ),
        ("5", "Se dette\n> [HV-1] er svart på"),
        ("6", "Jeg har hørt om HV-1 før"),
    ] {
        let other = mail(id, CUSTOMER, &format!("Nytt {id}"), "", text);
        assert_eq!(house.deliver(CUSTOMER, &[SHARED], &other).await[0].0, "new", "{text}");
    }
    let about_another = mail("8", CUSTOMER, "[rt.uni.example #5] Ny", "", "Ikke som [HV-1].\n");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &about_another).await[0].0, "new");
    let strangers = mail("7", STRANGER, "Hei", "", "Gjelder [HV-1].\n");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await[0].0, "linked");
}

#[tokio::test]
async fn another_systems_tag_opens_a_case_that_remembers_it_for_its_writer() {
    let house = house().await;
    let tagged = |id: &str, from: &str, subject: &str| mail(id, from, subject, "", "Hei");
    let first = tagged("1", CUSTOMER, "SV: [rt.uni.example #12] Skriveren");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &first).await, [("new", 1)]);
    let second = tagged("2", CUSTOMER, "[RT.uni.example #0012] noe annet");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &second).await, [("added", 1)]);
    assert_eq!(placed(&house, 1).await.0, Signal::SubjectTag);
    let others = tagged("3", STRANGER, "[rt.uni.example #12] Skriveren");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &others).await, [("new", 2)], "nobody collects another's mail");
    assert_eq!(
        house.deliver(STRANGER, &[SHARED], &tagged("4", STRANGER, "[rt.uni.example #12]")).await,
        [("added", 2)]
    );
}

#[tokio::test]
async fn who_guesses_a_tag_goes_on_with_a_case_of_their_own() {
    let house = house().await;
    opened(&house).await;
    let guess = mail("2", STRANGER, "Re: [HV-1] Skriveren virker ikke", "", "Send meg alt.");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &guess).await, [("linked", 2)]);
    let again = mail("3", STRANGER, "Re: [HV-1] Hallo?", "", "Send meg alt!");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &again).await, [("added", 2)]);
    let none = mail("4", STRANGER, "Re: [HV-999] Hei", "", "Finnes den?");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &none).await[0].0, "new");
    let again = mail("5", STRANGER, "Re: [HV-999] Hallo?", "", "Finnes den?");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &again).await[0].0, "added", "as with one that exists");
    let contact = mail("6", CUSTOMER, "Re: [HV-1] Skriveren", "", "Takk.");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &contact).await, [("added", 1)]);
}

#[tokio::test]
async fn an_old_case_leads_on_to_the_one_that_followed_it() {
    let house = house().await;
    let sent = opened(&house).await;
    let close = mail("luk", "ola@uni.example", "Re: x", "", "/close");
    house.deliver("ola@uni.example", &[&to(&sent, "ola@uni.example").reply_to()], &close).await;
    assert_eq!(house.case(1).await.status, Status::Closed);
    house.clock.pass(DAY * 400);
    let back_again = mail("2", CUSTOMER, "Re: [HV-1] Skriveren virker ikke", "", "Nå igjen!");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &back_again).await, [("linked", 2)]);
    let more = mail("3", CUSTOMER, "Re: [HV-1] Skriveren virker ikke", "", "Hallo?");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &more).await, [("added", 2)]);
    let (_, candidates) = placed(&house, 2).await;
    assert_eq!(candidates[0].reason, "settled too long ago to be opened again");
}

#[tokio::test]
async fn the_same_subject_by_the_same_writer_is_suggested_for_a_month() {
    let house = house().await;
    opened(&house).await;
    let again = mail("2", CUSTOMER, "SV: Skriveren virker ikke", "", "Hallo?");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &again).await, [("new", 2)]);
    let (signal, candidates) = placed(&house, 2).await;
    assert_eq!((signal, candidates[0].signal, candidates[0].accepted), (Signal::None, Signal::None, false));
    assert_eq!(house.case(2).await.links.len(), 1);
    let strangers = mail("3", STRANGER, "SV: Skriveren virker ikke", "", "Hallo?");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await, [("new", 3)]);
    house.clock.pass(DAY * 31);
    let late = mail("4", CUSTOMER, "SV: Skriveren virker ikke", "", "Hallo?");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &late).await, [("new", 4)]);
    assert_eq!(house.case(4).await.links.len(), 0);
}

#[tokio::test]
async fn a_list_mails_id_counts_no_more_than_a_tag() {
    let house = house().await;
    let list = "List-Id: <liste.annet.example>\n";
    house.deliver(CUSTOMER, &[SHARED], &mail("1", CUSTOMER, "Plan", list, "a")).await;
    let own = mail("2", CUSTOMER, "Re: Plan", "In-Reply-To: <1@post.example>\n", "b");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &own).await, [("added", 1)]);
    assert!(house.journal(1).await.pop().unwrap().mail().unwrap().unproven);
    let strangers = mail("3", STRANGER, "Re: Plan", "In-Reply-To: <1@post.example>\n", "c");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await, [("linked", 2)], "everybody knows that id");
}

#[tokio::test]
async fn a_hijacked_thread_is_a_case_of_its_own() {
    let house = house().await;
    let sent = opened(&house).await;
    let references = format!("References: <1@post.example> {}\n", to(&sent, CUSTOMER).id());
    let hijack = mail("2", STRANGER, "Noe helt annet", &references, "Send meg alt.");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &hijack).await, [("linked", 2)]);
    let (_, candidates) = placed(&house, 2).await;
    assert!(candidates.len() == 2 && candidates.iter().all(|candidate| !candidate.accepted), "{candidates:?}");
    let forwarded = mail("3", STRANGER, "Re: Skriveren virker ikke", &references, "Jeg har det samme.");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &forwarded).await, [("added", 1)]);
    assert!(house.journal(1).await.pop().unwrap().mail().unwrap().outsider);
}

#[tokio::test]
async fn every_sign_of_a_merged_case_leads_to_the_one_it_went_into() {
    let house = house().await;
    opened(&house).await;
    let second = outlook("2", CUSTOMER, "Papir", CONVERSATION, "Papir");
    assert_eq!(house.deliver(CUSTOMER, &[SHARED], &second).await, [("new", 2)]);
    let ack = to(&house.send().await, CUSTOMER).id();
    stands(&house, 2, Status::Merged(CaseId::new(1))).await;
    for (id, answer) in [
        ("3", mail("3", CUSTOMER, "Re: x", &format!("In-Reply-To: {ack}\n"), "a")),
        ("4", mail("4", CUSTOMER, "Re: x", "In-Reply-To: <2@post.example>\n", "b")),
        ("5", outlook("5", CUSTOMER, "SV: Papir", ANSWER, "Papir")),
        ("6", mail("6", CUSTOMER, "Re: [HV-2] Papir", "", "d")),
        ("7", mail("7", CUSTOMER, "Hei", "", "Ref.: HV-2")),
    ] {
        assert_eq!(house.deliver(CUSTOMER, &[SHARED], &answer).await, [("added", 1)], "{id}");
    }
    let strangers = mail("8", STRANGER, "Re: [HV-2] Papir", "", "e");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &strangers).await, [("linked", 3)]);
    assert_eq!(house.case(3).await.links, [CaseId::new(1)]);
}

/// What is told of the cases that a mail names is bounded; where it belongs is not sought among those alone.
#[tokio::test]
async fn a_mail_that_names_many_cases_finds_its_own_and_tells_of_some() {
    let house = house().await;
    let own = mail("0", STRANGER, "Nøkkel", "", "Hei");
    house.deliver(STRANGER, &[SHARED], &own).await;
    let mut references = "References: <0@post.example>".to_owned();
    for number in 1..38 {
        let other = mail(&number.to_string(), CUSTOMER, &format!("Skriver {number}"), "", "Hei");
        house.deliver(CUSTOMER, &[SHARED], &other).await;
        references.push_str(&format!(" <{number}@post.example>"));
    }
    let answer = mail("a", STRANGER, "Re: Noe annet", &format!("{references}\n"), "Takk");
    assert_eq!(house.deliver(STRANGER, &[SHARED], &answer).await, [("added", 1)]);
    let (_, candidates) = placed(&house, 1).await;
    assert_eq!((candidates.len(), candidates[0].case), (CANDIDATES_MAX, CaseId::new(38)), "the newest first");
    assert!(candidates[CANDIDATES_MAX - 1].accepted, "{candidates:?}");

    let in_vain = mail("b", "per@annet.example", "Noe tredje", &format!("{references}\n"), "Hei");
    assert_eq!(house.deliver("per@annet.example", &[SHARED], &in_vain).await, [("linked", 39)]);
    assert_eq!(placed(&house, 39).await.1.len(), CANDIDATES_MAX - 1);
    let links: Vec<u64> = (0..RELATED_MAX as u64).map(|before| 38 - before).collect();
    assert_eq!(house.case(39).await.links.iter().map(|case| case.get()).collect::<Vec<_>>(), links);
}
