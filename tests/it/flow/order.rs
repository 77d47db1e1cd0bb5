//! In which thread our mails stand in people's mail programs: Gmail and Apple Mail look at References and the subject,
//! Outlook at Thread-Index and Thread-Topic too.

use henvend::case::apply::apply;
use henvend::case::change::{CaseChange, Change};
use henvend::case::event::{Actor, CaseEvent, Entry};
use henvend::case::view::Keys;
use henvend::id::{CaseId, UserId};

use super::{CUSTOMER, house, mail, opened};
use crate::kit::house::{House, Sent, to};
use crate::kit::place::transact;

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";

/// The contact writes again: the mails that tell of it.
async fn again(house: &House, answers: &str, id: &str, text: &str) -> Vec<Sent> {
    let more = mail(id, CUSTOMER, "Re: x", &format!("In-Reply-To: {answers}\n"), text);
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &more).await, [("added", 1)]);
    house.send().await
}

fn references(sent: &Sent) -> Vec<String> {
    sent.mail.references.iter().map(ToString::to_string).collect()
}

fn answered(sent: &Sent) -> String {
    let [id] = &sent.mail.in_reply_to[..] else { panic!("{:?}", sent.mail.in_reply_to) };
    id.to_string()
}

fn has_field(sent: &Sent, name: &str) -> bool {
    String::from_utf8_lossy(&sent.data).lines().any(|line| line.to_lowercase().starts_with(name))
}

#[tokio::test]
async fn three_notifications_and_two_answers_in_a_row() {
    let house = house().await;
    let first = opened(&house).await;
    let (ack, one) = (to(&first, CUSTOMER).id(), to(&first, OLA).clone());
    house.deliver(OLA, &[&one.reply_to()], &mail("a1", OLA, "Re: x", "", "Skru den av og på.")).await;
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER).clone();
    let two = to(&again(&house, &answer.id(), "2", "Det hjalp ikke.").await, OLA).clone();
    let three = to(&again(&house, &ack, "3", "Hallo?").await, OLA).clone();
    let reply = mail("a2", OLA, "Re: x", &format!("In-Reply-To: {}\n", three.id()), "Vi kommer.");
    house.deliver(OLA, &[&three.reply_to()], &reply).await;
    let second_answer = to(&house.send().await, CUSTOMER).clone();

    let root = references(&one)[0].clone();
    assert_eq!((references(&one), answered(&one)), (vec![root.clone()], root.clone()));
    assert_eq!(references(&two), [root.clone(), one.id()]);
    assert_eq!(references(&three), [root.clone(), one.id(), two.id()]);
    assert_eq!(answered(&three), two.id(), "each answers the one before");
    for told in [&one, &two, &three] {
        assert_eq!(told.mail.subject, "[HV-1] Skriveren virker ikke");
        assert_eq!(told.mail.thread_topic.as_deref(), Some(told.mail.subject.as_str()), "Outlook's topic");
        assert!(told.mail.thread_index.is_some(), "22 octets");
        assert_eq!(told.mail.thread_index, one.mail.thread_index, "one conversation");
    }

    let outside = [root, "<1@post.example>".to_owned(), ack];
    assert_eq!(references(&answer), outside, "only what the contact has seen");
    let more = [answer.id(), "<2@post.example>".to_owned(), "<3@post.example>".to_owned()];
    assert_eq!(references(&second_answer), [outside.as_slice(), &more].concat());
    for answer in [&answer, &second_answer] {
        assert!(!has_field(answer, "thread-"), "nothing of the house's own conversation leaves");
    }
}

#[tokio::test]
async fn everybody_is_named_what_they_have_been_sent_themselves() {
    let house = house().await;
    let first = opened(&house).await;
    let (ola, kari) = (to(&first, OLA), to(&first, KARI));
    house.deliver(OLA, &[&ola.reply_to()], &mail("a1", OLA, "Re: x", "", "/ta")).await;
    let taken = house.send().await;
    let (transcript, taken) = (to(&taken, OLA).clone(), to(&taken, KARI).clone());
    assert_eq!(references(&transcript)[1..], [ola.id(), "<a1@post.example>".to_owned()], "and their own mail");
    house.deliver(KARI, &[&kari.reply_to()], &mail("n1", KARI, "Re: x", "", "/notat\nSe her.")).await;
    let note = to(&house.send().await, OLA).clone();
    assert_eq!(references(&note)[1..], [ola.id(), transcript.id()]);
    house.deliver(OLA, &[&note.reply_to()], &mail("a2", OLA, "Re: x", "", "/tildel kari")).await;
    let theirs = to(&house.send().await, KARI).clone();
    assert_eq!(references(&theirs)[1..], [kari.id(), taken.id()], "and not what others were sent");
    let other = mail("o", "x@post.example", "Skriveren virker ikke", "", "Her også.");
    house.deliver("x@post.example", &["orakel@uni.example"], &other).await;
    let other = to(&house.send().await, OLA).clone();
    assert_ne!(references(&other)[0], references(&note)[0], "another case is another thread");
    assert_ne!(other.mail.thread_index, note.mail.thread_index);
}

/// So many entries of which everybody was told, without the mails.
async fn entries(house: &House, count: u32) {
    let id = CaseId::new(1);
    let now = house.world.clock.now();
    for _ in 0..count {
        let keys = Keys { cases: vec![id], ..Keys::default() };
        let decided = transact(house.world.store.as_ref(), None, keys, move |view| {
            let case = view.case(id).unwrap();
            let letters = (1..=50).map(|user| (UserId::new(user), user as u16)).collect();
            let events = vec![CaseEvent::TimeSpent { minutes: 1 }, CaseEvent::UsersTold { letters }];
            let entry = Entry { no: case.last_entry.next(), at: now, by: Actor::System, placed: None, events };
            let case = apply(id, Some(case.clone()), &entry).unwrap();
            Change { cases: vec![CaseChange { case, entry }], ..Change::default() }
        });
        decided.await.unwrap();
    }
}

#[tokio::test]
async fn after_five_hundred_entries_the_newest_are_named_and_the_field_is_short() {
    let house = house().await;
    let ack = to(&opened(&house).await, CUSTOMER).id();
    entries(&house, 500).await;
    let last = to(&again(&house, &ack, "2", "Hallo?").await, OLA).clone();
    let named = references(&last);
    assert_eq!(named.len(), 9, "the root and eight more: {named:?}");
    for (id, entry) in named[1..].iter().zip(494..=501) {
        assert!(id.starts_with(&format!("<hv.1.{entry}.")), "{id} is of entry {entry}");
    }
    let header = String::from_utf8_lossy(&last.data).split("\r\n\r\n").next().unwrap().to_owned();
    let field = header.replace("\r\n\t", " ").replace("\r\n ", " ");
    let field = field.lines().find(|line| line.starts_with("References:")).unwrap().len();
    assert!(field <= 998, "{field} octets");
    assert!(header.lines().all(|line| line.len() <= 998));
}
