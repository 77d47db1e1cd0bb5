//! What mail programs say for their writers: a thumb up, a recall, yes to a meeting. None of it is an answer.

use std::sync::Arc;
use std::time::Duration;

use henvend::case::model::Status;

use super::control::holds;
use super::{CUSTOMER, all_to, house, mail, opened, stands};
use crate::kit::house::{House, Sent, Setting, to};
use crate::kit::memory::MemoryStore;

const OLA: &str = "ola@uni.example";
const ORAKEL: &str = "orakel@uni.example";

const REACTIONS: &[&str] = &[
    include_str!("../../corpus/gestures/reaction-gmail.eml"),
    include_str!("../../corpus/gestures/reaction-gmail-in-another-language.eml"),
    include_str!("../../corpus/gestures/reaction-outlook.eml"),
    include_str!("../../corpus/gestures/reaction-outlook-page-nb.eml"),
    include_str!("../../corpus/gestures/reaction-telephone-nb.eml"),
    include_str!("../../corpus/gestures/reaction-as-the-standard-has-it.eml"),
];
const RECALL: &str = include_str!("../../corpus/gestures/recall-exchange-online.eml");
const ACCEPTED: &[&str] = &[
    include_str!("../../corpus/gestures/calendar-accepted-outlook.eml"),
    include_str!("../../corpus/gestures/calendar-accepted-google.eml"),
];
const DECLINED_IN_WORDS: &str = include_str!("../../corpus/gestures/calendar-declined-with-words.eml");

/// The same mail about the case, whatever it named before.
fn about_the_case(mail: &str) -> String {
    let at = mail.find("\nSubject: ").unwrap() + 1;
    let (before, rest) = mail.split_at(at);
    let (subject, rest) = rest.split_once('\n').unwrap();
    let verb = subject.trim_start_matches("Subject: ").split(':').next().unwrap();
    format!("{before}Subject: {verb}: [HV-1] Skriveren virker ikke\n{rest}")
}

/// The same mail by an agent.
fn by_ola(mail: &str) -> String {
    mail.replace(CUSTOMER, OLA)
}

/// A case that Ola has answered and settled; all that was sent.
async fn settled(house: &House) -> Vec<Sent> {
    let mut sent = opened(house).await;
    let answer = mail("2", OLA, "Re: x", "", "/løst\nPrøv å skru den av og på.");
    house.deliver(OLA, &[&to(&sent, OLA).reply_to()], &answer).await;
    sent.extend(house.send().await);
    assert_eq!(house.case(1).await.status, Status::Resolved);
    sent
}

#[tokio::test]
async fn an_agents_reaction_goes_to_nobody_and_changes_nothing() {
    for reaction in REACTIONS {
        let house = house().await;
        let token = to(&opened(&house).await, OLA).reply_to();
        assert_eq!(house.deliver(OLA, &[&token], &by_ola(reaction)).await, [("held", 1)], "{reaction}");
        assert_eq!(house.send().await.len(), 0, "{reaction}");
        let case = house.case(1).await;
        assert_eq!((case.status, case.owner, case.held.len()), (Status::New, None, 0), "{reaction}");
        assert_eq!(house.events(1).await[1..], ["MailHeld"], "it is kept");
    }
}

#[tokio::test]
async fn a_contacts_reaction_is_kept_and_wakes_nobody() {
    for reaction in REACTIONS {
        let house = house().await;
        settled(&house).await;
        assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], reaction).await, [("added", 1)], "{reaction}");
        assert_eq!(house.send().await.len(), 0, "{reaction}");
        assert_eq!(house.case(1).await.status, Status::Resolved);
        assert_eq!(house.events(1).await.last().unwrap(), "MailReceived");
    }
}

#[tokio::test]
async fn a_reaction_on_an_old_case_opens_no_new_one() {
    let house = house().await;
    settled(&house).await;
    house.clock.pass(Duration::from_secs(30 * 86_400));
    assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], REACTIONS[0]).await, [("added", 1)]);
    assert_eq!(house.send().await.len(), 0);
}

#[tokio::test]
async fn a_waiting_case_waits_on_after_a_reaction() {
    let house = house().await;
    settled(&house).await;
    stands(&house, 1, Status::Waiting).await;
    house.deliver(CUSTOMER, &[ORAKEL], REACTIONS[0]).await;
    assert_eq!(house.case(1).await.status, Status::Waiting);
}

#[tokio::test]
async fn words_beside_a_reaction_are_words() {
    for words in [
        include_str!("../../corpus/gestures/person-writes-beside-a-reaction.eml"),
        include_str!("../../corpus/gestures/person-quotes-what-was-liked.eml"),
    ] {
        let house = house().await;
        settled(&house).await;
        assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], words).await, [("reopened", 1)], "{words}");
    }
}

#[tokio::test]
async fn a_recall_stops_the_answer_that_still_waits() {
    let setting = Setting { undo: Duration::from_secs(60), ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let token = to(&opened(&house).await, OLA).reply_to();
    let answer = mail("2", OLA, "SV: [HV-1] Skriveren virker ikke", "", "Den er gammel og dum.");
    assert_eq!(house.deliver(OLA, &[&token], &answer).await, [("held", 1)]);
    let recall = about_the_case(&by_ola(RECALL));
    assert_eq!(house.deliver(OLA, &[&token], &recall).await, [("added", 1)]);
    house.clock.pass(Duration::from_secs(3600));
    house.sweep().await;
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "nothing goes to the contact");
    holds(to(&sent, OLA), &["Svaret ditt er forkastet og blir ikke sendt.", "Den er gammel og dum."]);
    let case = house.case(1).await;
    assert_eq!((case.status, case.held.len()), (Status::New, 0));
}

#[tokio::test]
async fn a_recall_does_not_stop_another_answer() {
    let setting = Setting { undo: Duration::from_secs(60), ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let token = to(&opened(&house).await, OLA).reply_to();
    house.deliver(OLA, &[&token], &mail("2", OLA, "SV: Noe annet", "", "Prøv igjen.")).await;
    assert_eq!(house.deliver(OLA, &[&token], &about_the_case(&by_ola(RECALL))).await, [("held", 1)]);
    assert_eq!(house.case(1).await.held.len(), 1);
}

#[tokio::test]
async fn a_recall_of_what_has_left_is_told_so_and_goes_to_nobody() {
    let house = house().await;
    let sent = settled(&house).await;
    let token = to(&sent[..3], OLA).reply_to();
    assert_eq!(house.deliver(OLA, &[&token], &about_the_case(&by_ola(RECALL))).await, [("held", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1);
    holds(to(&sent, OLA), &["Det som er sendt, kan ikke kalles tilbake", "Ingenting er gjort"]);
    assert_eq!(house.case(1).await.status, Status::Resolved);
}

#[tokio::test]
async fn a_recall_that_nobody_proved_stops_nothing() {
    let setting = Setting { undo: Duration::from_secs(60), ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let token = to(&opened(&house).await, OLA).reply_to();
    house.deliver(OLA, &[&token], &mail("2", OLA, "SV: [HV-1] Skriveren virker ikke", "", "Prøv igjen.")).await;
    let recall = about_the_case(&by_ola(RECALL));
    assert_eq!(house.deliver(OLA, &[ORAKEL], &recall).await, [("held", 1)]);
    assert_eq!(house.case(1).await.held.len(), 1);
    assert_eq!(house.send().await.len(), 0);
}

#[tokio::test]
async fn a_contacts_recall_is_shown_and_reopens_nothing() {
    let house = house().await;
    settled(&house).await;
    assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], &about_the_case(RECALL)).await, [("added", 1)]);
    let sent = house.send().await;
    assert_eq!(sent.len(), 1, "the owner is told, and the contact gets nothing");
    holds(to(&sent, OLA), &["would like to recall the message"]);
    assert_eq!(house.case(1).await.status, Status::Resolved);
}

#[tokio::test]
async fn a_recall_without_a_tag_is_a_case_beside_the_one_it_is_about() {
    let house = house().await;
    settled(&house).await;
    house.deliver(CUSTOMER, &[ORAKEL], RECALL).await;
    let sent = house.send().await;
    assert!(all_to(&sent, CUSTOMER).is_empty(), "no acknowledgement");
    assert_eq!(house.case(2).await.links, [house.case(1).await.id]);
}

#[tokio::test]
async fn a_contact_who_comes_to_a_meeting_reopens_nothing() {
    for accepted in ACCEPTED {
        let house = house().await;
        settled(&house).await;
        let accepted = about_the_case(accepted);
        assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], &accepted).await, [("added", 1)], "{accepted}");
        let sent = house.send().await;
        assert_eq!(sent.len(), 1, "the owner is told, and the contact gets nothing");
        holds(to(&sent, OLA), &["ccepted", "Vi ser på skriveren"]);
        assert_eq!(house.case(1).await.status, Status::Resolved);
        house.clock.pass(Duration::from_secs(30 * 86_400));
        let again = accepted.replace("Message-ID: <", "Message-ID: <again.");
        assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], &again).await, [("added", 1)]);
    }
}

#[tokio::test]
async fn a_meeting_that_names_no_case_is_not_acknowledged() {
    for accepted in ACCEPTED {
        let house = house().await;
        assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], accepted).await, [("new", 1)]);
        assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "{accepted}");
    }
}

#[tokio::test]
async fn a_contact_who_declines_in_words_has_written() {
    let house = house().await;
    settled(&house).await;
    let declined = about_the_case(DECLINED_IN_WORDS);
    assert_eq!(house.deliver(CUSTOMER, &[ORAKEL], &declined).await, [("reopened", 1)]);
    holds(to(&house.send().await, OLA), &["Passer mandag klokken ti?"]);
}

#[tokio::test]
async fn an_agent_who_comes_to_a_meeting_has_answered_nobody() {
    for accepted in ACCEPTED {
        let house = house().await;
        let token = to(&opened(&house).await, OLA).reply_to();
        assert_eq!(house.deliver(OLA, &[&token], &by_ola(accepted)).await, [("held", 1)], "{accepted}");
        let sent = house.send().await;
        assert_eq!(sent.len(), 1);
        holds(to(&sent, OLA), &["møteinnkalling", "Ingenting er gjort, og ingenting er sendt."]);
        let case = house.case(1).await;
        assert_eq!((case.status, case.owner), (Status::New, None));
    }
}

#[tokio::test]
async fn an_agent_who_declines_in_words_answers_with_them() {
    let house = house().await;
    let token = to(&opened(&house).await, OLA).reply_to();
    assert_eq!(house.deliver(OLA, &[&token], &by_ola(DECLINED_IN_WORDS)).await, [("added", 1)]);
    let sent = house.send().await;
    holds(to(&sent, CUSTOMER), &["Passer mandag klokken ti?"]);
}
