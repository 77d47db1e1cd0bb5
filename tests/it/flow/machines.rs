//! What machines write is kept, and never answered by one.

use std::sync::Arc;

use henvend::mail::Kind;
use henvend::mail::machine::SpamMark;
use henvend::verify::TrustPolicy;

use super::{CUSTOMER, all_to, back, house, mail, opened};
use crate::kit::house::{House, Sent, Setting, to};
use crate::kit::memory::MemoryStore;

/// Rounds that two systems are given to find an end.
const ROUNDS: usize = 6;

/// A ticket system at the customer's that opens a ticket for every mail and answers it, with these fields of its own:
/// how many mails it gets out of us, once it has begun.
async fn rounds(fields: &str) -> usize {
    let house = house().await;
    let mut ours: Vec<Sent> = all_to(&opened(&house).await, CUSTOMER).into_iter().cloned().collect();
    let mut got = 0;
    for n in 0..ROUNDS {
        let Some(last) = ours.pop() else { break };
        // It knows no thread but its own, and names ours only in the subject.
        let subject = format!("[Ticket#2026{n}] {}", last.mail.subject);
        let receipt = mail(&format!("t{n}"), CUSTOMER, &subject, fields, "Vi har registrert saken.");
        house.deliver(CUSTOMER, &["orakel@uni.example"], &receipt).await;
        let sent = house.send().await;
        let out: Vec<Sent> = all_to(&sent, CUSTOMER).into_iter().cloned().collect();
        got += out.len();
        ours.extend(out);
    }
    got
}

#[tokio::test]
async fn two_ticket_systems_stop_at_the_first_receipt() {
    for fields in [
        "RT-Ticket: annet.example #7\nX-RT-Loop-Prevention: annet.example\nPrecedence: bulk\n",
        "X-RT-Loop-Prevention: annet.example\n",
        "X-OTRS-Loop: yes\nX-Powered-By: OTRS\n",
        "X-Powered-By: Znuny (https://www.znuny.example/)\n",
        "X-Mailer: Zendesk Mailer\n",
        "X-FD-Ticket-Id: 99\n",
        "X-JIRA-FingerPrint: 0a1b\n",
        "Auto-Submitted: auto-generated\n",
        "X-Auto-Response-Suppress: All\n",
    ] {
        assert_eq!(rounds(fields).await, 0, "{fields}");
    }
}

#[tokio::test]
async fn a_ticket_system_without_any_mark_gets_few_answers() {
    assert!(rounds("").await <= 3);
}

#[tokio::test]
async fn our_own_mail_is_known_though_it_got_another_id() {
    let house = house().await;
    for own in opened(&house).await {
        let raw = String::from_utf8_lossy(&own.data).into_owned();
        let id = format!("Message-ID: {}", own.id());
        assert!(raw.contains(&id), "{raw}");
        let through = raw.replacen(&id, "Message-ID: <0100018-1a2b-000000@eu-north-1.amazonses.example>", 1);
        assert_eq!(house.deliver("orakel@uni.example", &["orakel@uni.example"], &through).await[0].1, 1);
    }
    assert!(house.send().await.is_empty());
    assert!(house.events(1).await.iter().any(|event| event.contains("OwnMailReturned")), "{:?}", house.events(1).await);
}

#[tokio::test]
async fn a_report_in_plain_words_reaches_its_letter() {
    let house = house().await;
    let sent = opened(&house).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar")).await;
    let return_path = back(to(&house.send().await, CUSTOMER));
    // No field of the header says that it is one; the null sender does.
    let body = format!("Your mail was not delivered to:\n\n<{CUSTOMER}>\n550 5.1.1 No such user");
    let report = mail("r", "it@post.example", "Mail could not be delivered", "", &body);
    assert_eq!(house.deliver("", &[&return_path], &report).await, [("added", 1)]);
    let events = house.events(1).await;
    assert!(events.iter().any(|event| event.contains("DeliveryFailed")), "{events:?}");
}

async fn kind_of(marks: &[&str], fields: &str) -> Kind {
    let spam_marks = marks.iter().map(|text| SpamMark::parse(text).unwrap()).collect();
    let setting = Setting { trust: TrustPolicy { spam_marks, ..TrustPolicy::default() }, ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let first = mail("s", CUSTOMER, "Tilbud", fields, "Kjøp");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    let acks = all_to(&house.send().await, CUSTOMER).len();
    if acks == 0 { Kind::Spam } else { Kind::Person }
}

#[tokio::test]
async fn only_the_sites_own_filter_marks_spam() {
    let marked = "X-Spam-Flag: YES\n";
    assert_eq!(kind_of(&["X-Spam-Flag: yes"], marked).await, Kind::Spam);
    assert_eq!(kind_of(&["X-Spam-Flag: yes"], "X-Spam-Flag: NO\n").await, Kind::Person);
    assert_eq!(kind_of(&[], marked).await, Kind::Person);
}
