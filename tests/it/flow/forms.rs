//! Web forms, which write in their own name for whoever filled them in.

use henvend::case::event::{AckWithheld, CaseEvent};

use super::{all_to, house, house_that_checks, mail};
use crate::kit::house::{House, address, to};

const FORM: &str = "skjema@uni.example";
const SERVER: &str = "www@nettsted.example";
const BERIT: &str = "berit@firma.example";
const OLA: &str = "ola@uni.example";
const DIRECTORY: &str = r#"
[[customer]]
key = "uni"
name = "Universitetet"
[[customer.category]]
path = "orakel"
name = "Orakel"
addresses = ["orakel@uni.example", { address = "skjema@uni.example", contact_from = "reply_to" }]
settings = { signature = "Hilsen Orakel" }
"#;

async fn with_form(house: House) -> House {
    house.apply(DIRECTORY).await.unwrap();
    house
}

fn filled_in(id: &str, reply_to: &str) -> String {
    mail(id, &format!("Nettskjema <{SERVER}>"), "Kontaktskjema", reply_to, "Navn: Berit\nMelding: Døra er låst.")
}

async fn contact_of(house: &House, case: u64) -> Option<String> {
    house.case(case).await.contact.map(|contact| contact.address.to_string())
}

#[tokio::test]
async fn who_filled_in_a_form_is_the_contact_and_the_agents_are_told_how() {
    let house = with_form(house().await).await;
    let form = filled_in("1", "Reply-To: Berit Sjef <berit@firma.example>\n");
    assert_eq!(house.deliver(SERVER, &[FORM], &form).await, [("new", 1)]);
    assert_eq!(contact_of(&house, 1).await.as_deref(), Some(BERIT));
    assert!(!house.case(1).await.has_participant(&address(SERVER)), "the form itself is nobody to write to");
    let sent = house.send().await;
    assert!(all_to(&sent, SERVER).is_empty());
    let ack = to(&sent, BERIT);
    assert_eq!(ack.mail.subject, "[HV-1] Henvendelsen din", "nothing verifies her: no word of the mail goes out");
    let told = to(&sent, OLA);
    for part in ["Ny henvendelse fra Berit Sjef:", "OBS: E-posten kom gjennom et skjema, fra www@nettsted.example."] {
        assert!(told.mail.text.contains(part), "{part}\n{}", told.mail.text);
    }
    let answer = mail("2", OLA, "Re: x", "", "Vi kommer.");
    house.deliver(OLA, &[&told.reply_to()], &answer).await;
    let sent = house.send().await;
    let out = to(&sent, BERIT);
    assert_eq!((out.to.len(), out.mail.text.lines().next()), (1, Some("Vi kommer.")));
    let more = mail("3", BERIT, "Re: x", &format!("In-Reply-To: {}\n", out.id()), "Takk!");
    assert_eq!(house.deliver(BERIT, &["orakel@uni.example"], &more).await, [("added", 1)]);
    assert!(!house.journal(1).await.last().unwrap().mail().unwrap().outsider);
}

#[tokio::test]
async fn forms_of_other_people_are_not_alike() {
    let house = with_form(house().await).await;
    for (number, person) in [BERIT, "per@firma.example", BERIT].into_iter().enumerate() {
        house.deliver(SERVER, &[FORM], &filled_in(&format!("{number}"), &format!("Reply-To: {person}\n"))).await;
    }
    assert_eq!(house.case(2).await.links, [], "the same form, and somebody else");
    assert_eq!(house.case(3).await.links, [henvend::id::CaseId::new(1)], "the same form, and the same person");
}

#[tokio::test]
async fn anything_but_one_outside_person_leaves_the_sender_the_contact() {
    let house = with_form(house().await).await;
    house.deliver(BERIT, &["orakel@uni.example"], &mail("0", BERIT, "Hei", "", "x")).await;
    let token = to(&house.send().await, OLA).reply_to();
    let hostile = [
        "Reply-To: orakel@uni.example\n".to_owned(),
        "Reply-To: skjema+x@uni.example\n".to_owned(),
        "Reply-To: kundar@bla.example\n".to_owned(),
        "Reply-To: ola@uni.example\n".to_owned(),
        "Reply-To: ola.privat@post.example\n".to_owned(),
        "Reply-To: \u{e5}se@bla.example\n".to_owned(),
        "Reply-To: henvend@svar.example\n".to_owned(),
        "Reply-To: noe@svar.example\n".to_owned(),
        "Reply-To: postmaster@uni.example\n".to_owned(),
        format!("Reply-To: {token}\n"),
        "Reply-To: berit@firma.example, per@firma.example\n".to_owned(),
        "Reply-To: berit@firma.example\nReply-To: per@firma.example\n".to_owned(),
        "Reply-To: alle: berit@firma.example;\n".to_owned(),
        "Reply-To: berit@firma.example, \"\n".to_owned(),
        "Reply-To: berit\n".to_owned(),
        "Reply-To: <>\n".to_owned(),
        "Reply-To:\n".to_owned(),
        String::new(),
    ];
    for (number, reply_to) in hostile.iter().enumerate() {
        let case = number as u64 + 2;
        let became = house.deliver(SERVER, &[FORM], &filled_in(&format!("h{number}"), reply_to)).await;
        assert_eq!(became[0].1, case, "{reply_to}");
        assert_eq!(contact_of(&house, case).await.as_deref(), Some(SERVER), "{reply_to}");
        assert!(!house.events(case).await[0].contains("ContactFromReplyTo"), "{reply_to}");
    }
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to[0] == SERVER || mail.to[0].ends_with("uni.example")), "nobody else hears");
}

#[tokio::test]
async fn only_what_is_addressed_to_the_form_and_opens_a_case_counts() {
    let house = with_form(house().await).await;
    let form = |id: &str| filled_in(id, "Reply-To: berit@firma.example\n");
    house.deliver(SERVER, &["orakel@uni.example"], &form("1")).await;
    assert_eq!(contact_of(&house, 1).await.as_deref(), Some(SERVER), "an ordinary address");
    house.deliver(SERVER, &["orakel@uni.example", FORM], &form("2")).await;
    assert_eq!(contact_of(&house, 2).await.as_deref(), Some(SERVER), "the first address decides");
    house.deliver(SERVER, &["skjema+nett@uni.example"], &form("3")).await;
    assert_eq!(contact_of(&house, 3).await.as_deref(), Some(BERIT), "with a detail it is the same address");
    let sent = house.send().await;
    let ack = all_to(&sent, SERVER)[0].id();
    let named = format!("In-Reply-To: {ack}\nReply-To: per@firma.example\n");
    assert_eq!(house.deliver(SERVER, &[FORM], &mail("4", SERVER, "Re: x", &named, "Mer.")).await, [("added", 1)]);
    assert_eq!(contact_of(&house, 1).await.as_deref(), Some(SERVER), "a case keeps its contact");
    assert!(!house.case(1).await.has_participant(&address("per@firma.example")));
}

#[tokio::test]
async fn a_name_in_reply_to_is_a_name_and_nothing_else() {
    let house = with_form(house().await).await;
    let names = [
        "=?utf-8?Q?Berit=0D=0ABcc:_offer=40evil.example?=",
        "\"Orakel <orakel@uni.example>\"",
        "=?utf-8?Q?Berit=E2=80=AEon?=",
    ];
    // A name that holds a line break is read in two ways: then Reply-To counts for nothing.
    let contacts = [SERVER, BERIT, BERIT];
    for (number, (name, contact)) in names.into_iter().zip(contacts).enumerate() {
        let (id, case) = (format!("n{number}"), number as u64 + 1);
        house.deliver(SERVER, &[FORM], &filled_in(&id, &format!("Reply-To: {name} <berit@firma.example>\n"))).await;
        assert_eq!(contact_of(&house, case).await.as_deref(), Some(contact), "{name}");
        for sent in house.send().await {
            assert!(!sent.to.iter().any(|to| to.contains("evil")), "{name}");
            assert_eq!(sent.mail.field("Bcc"), None, "{name}");
            let text = String::from_utf8_lossy(&sent.data).into_owned();
            assert!(!text.contains('\u{202e}') && !text.contains("\nBcc:"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_proven_form_verifies_nobody_who_fills_it_in() {
    let house = with_form(house_that_checks().await).await;
    let results = "Authentication-Results: mx.uni.example; dkim=pass header.d=nettsted.example\n";
    let form = format!("{results}{}", filled_in("1", "Reply-To: berit@firma.example\n"));
    house.deliver(SERVER, &[FORM], &form).await;
    assert!(house.send().await.iter().all(|mail| mail.to[0].ends_with("@uni.example")), "no acknowledgement");
    assert_eq!(house.world.metrics.acks_withheld.get(AckWithheld::Unverified), 1);
}

#[tokio::test]
async fn whoever_is_named_in_forms_gets_three_acknowledgements_a_day_like_anybody() {
    let house = with_form(house().await).await;
    for number in 0..5 {
        let form = filled_in(&format!("b{number}"), "Reply-To: berit@firma.example\n");
        house
            .deliver(
                &format!("x{number}@evil.example"),
                &[FORM],
                &form.replace(SERVER, &format!("x{number}@evil.example")),
            )
            .await;
    }
    assert_eq!(all_to(&house.send().await, BERIT).len(), 3);
    assert_eq!(house.world.metrics.acks_withheld.get(AckWithheld::SenderBudget), 2);
    assert!(house.events(5).await[0].contains("AcknowledgementWithheld"));
    let events = house.journal(5).await.remove(0).events;
    assert!(events.iter().any(|event| matches!(event, CaseEvent::ContactFromReplyTo)));
}
