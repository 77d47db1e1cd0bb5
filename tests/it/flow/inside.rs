//! Nothing internal leaves, and nothing is said that is not so.

use std::sync::Arc;

use henvend::case::model::Status;
use henvend::id::MailId;

use super::{CUSTOMER, all_to, house, house_that_checks, mail, opened};
use crate::kit::house::{House, Sent, Setting, address, to};
use crate::kit::memory::MemoryStore;

/// The outside people of a case, the contact first.
async fn outside(house: &House, case: u64) -> Vec<String> {
    house.case(case).await.participants.iter().map(|party| party.address.to_string()).collect()
}

fn raw(sent: &Sent) -> String {
    String::from_utf8_lossy(&sent.data).to_lowercase()
}

#[tokio::test]
async fn an_answer_to_a_receipt_of_held_mail_is_a_note() {
    let house = house().await;
    let sent = opened(&house).await;
    let fields = format!("In-Reply-To: {}\n", to(&sent, CUSTOMER).id());
    let forged = mail("2", "ola@uni.example", "Re: [HV-1] x", &fields, "/close");
    assert_eq!(house.deliver("x@evil.example", &["orakel@uni.example"], &forged).await, [("held", 1)]);
    let sent = house.send().await;
    let receipt = to(&sent, "ola@uni.example");
    assert!(receipt.mail.text.contains("internt notat"), "it says so: {}", receipt.mail.text);
    let words = "Dette var ikke meg! Noen forsøker å lure oss.";
    let answer = mail("3", "ola@uni.example", "SV: x", &format!("In-Reply-To: {}\n", receipt.id()), words);
    assert_eq!(house.deliver("ola@uni.example", &[&receipt.reply_to()], &answer).await, [("added", 1)]);
    assert!(all_to(&house.send().await, CUSTOMER).is_empty());
    assert!(house.events(1).await[2].starts_with("NoteWritten"));
}

/// A signed mail: its signature is a file that names its writer.
fn signed(body: &str) -> String {
    format!(
        "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <signert@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b\n\n--b\n\
         Content-Type: text/plain\n\n{body}\n\n--b\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\n\
         Content-Disposition: attachment; filename=\"smime.p7s\"\n\nMII ola@uni.example IIM\n--b--\n"
    )
}

#[tokio::test]
async fn a_signature_by_certificate_does_not_leave() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &signed("Svar.")).await;
    let sent = house.send().await;
    let answer = to(&sent, CUSTOMER);
    assert!(answer.mail.attachments.is_empty() && answer.mail.text.starts_with("Svar."));
    assert!(!raw(answer).contains("ola@uni.example") && !raw(answer).contains("smime"), "{}", raw(answer));
}

#[tokio::test]
async fn a_command_beside_a_certificate_or_a_logo_is_only_a_command() {
    let with_logo = "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <logo@uni.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>/ta</p><img src=\"cid:logo\">\n\
         --b\nContent-Type: image/png; name=\"logo.png\"\nContent-ID: <logo>\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"logo.png\"\n\niVBORw0KGgo=\n--b--\n";
    for take in [signed("/take"), with_logo.to_owned()] {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        assert_eq!(house.deliver("ola@uni.example", &[&token], &take).await, [("added", 1)]);
        assert_eq!(house.events(1).await[1], "CommandsGiven CaseAssigned StatusChanged");
        assert!(all_to(&house.send().await, CUSTOMER).is_empty());
    }
}

#[tokio::test]
async fn the_signature_below_a_note_stops_no_answer_but_its_words_do() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let signature = "Med vennlig hilsen\nOla Nordmann\nSeniorrådgiver, IT-avdelingen, Universitetet i Eksempel";
    let words = "Sjekk toneren i skriveren på rommet ved siden av først.";
    let write = async |id: &str, text: &str| {
        let mail = mail(id, "ola@uni.example", "Re: x", "", &format!("{text}\n\n{signature}"));
        house.deliver("ola@uni.example", &[&token], &mail).await;
        all_to(&house.send().await, CUSTOMER).len()
    };
    assert_eq!(write("2", &format!("/notat\n{words}")).await, 0);
    assert_eq!(write("3", "Hei!\nVi bytter toner.").await, 1);
    assert_eq!(write("4", &format!("Hei!\n{words}")).await, 0, "stopped");
    assert_eq!(write("5", &format!("Hei!\n{}", words.to_uppercase().replace(' ', "\n"))).await, 0, "rewrapped");
}

#[tokio::test]
async fn an_agents_address_in_the_title_is_the_shared_one_outside() {
    let house = house_that_checks().await;
    let results =
        "Authentication-Results: mx.uni.example; dmarc=pass header.from=post.example; dkim=pass header.d=uni.example\n";
    let first = mail("1", CUSTOMER, "Fikk ikke svar fra ola@uni.example", "", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &format!("{results}{first}")).await;
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).mail.subject, "[HV-1] Fikk ikke svar fra orakel@uni.example");
    assert_eq!(to(&sent, "ola@uni.example").mail.subject, "[HV-1] Fikk ikke svar fra ola@uni.example");
    let token = to(&sent, "ola@uni.example").reply_to();
    let reply = format!("{results}{}", mail("2", "ola@uni.example", "Re: x", &format!("Cc: {token}\n"), "Svar"));
    house.deliver("ola@uni.example", &[&token], &reply).await;
    let sent = house.send().await;
    assert_eq!(to(&sent, CUSTOMER).mail.subject, "[HV-1] Fikk ikke svar fra orakel@uni.example");
    assert!(sent.iter().all(|mail| mail.mail.field("X-Henvend-Event") != Some("stopped")));
}

#[tokio::test]
async fn what_nobody_sees_before_a_command_does_not_make_a_note_an_answer() {
    for unseen in ["\u{200b}", "\u{feff}", "\u{200e}\u{2060}", "\u{ad}", "\u{a0} "] {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let note = mail("2", "ola@uni.example", "Re: x", "", &format!("{unseen}/notat\nHan er helt umulig."));
        assert_eq!(house.deliver("ola@uni.example", &[&token], &note).await, [("added", 1)]);
        assert!(house.events(1).await[1].starts_with("NoteWritten"), "{unseen:?}");
        assert!(all_to(&house.send().await, CUSTOMER).is_empty());
    }
}

#[tokio::test]
async fn an_answer_below_the_quotation_is_all_that_leaves() {
    let house = house().await;
    let sent = opened(&house).await;
    let notification = to(&sent, "ola@uni.example");
    let attribution = "Den 18.11.2026 12:00 skrev Kåre Kunde via Orakel:";
    let body = format!("{attribution}\n{}\nHei, skru den av og på.\n", notification.quoted());
    let reply = mail("2", "ola@uni.example", "Re: x", "", &body);
    house.deliver("ola@uni.example", &[&notification.reply_to()], &reply).await;
    assert_eq!(to(&house.send().await, CUSTOMER).mail.text.trim(), "Hei, skru den av og på.\n\n-- \nHilsen Orakel");
}

#[tokio::test]
async fn a_notification_come_back_is_no_part_of_the_contacts_thread() {
    let house = house().await;
    let sent = opened(&house).await;
    let come_back = to(&sent, "kari@uni.example");
    let bytes = String::from_utf8_lossy(&come_back.data).into_owned();
    assert_eq!(house.deliver("kari@uni.example", &["orakel@uni.example"], &bytes).await, [("added", 1)]);
    assert_eq!(house.events(1).await[1], "OwnMailReturned");
    let token = to(&sent, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar")).await;
    let sent = house.send().await;
    let id = come_back.id().trim_matches(['<', '>']).to_owned();
    assert!(!raw(to(&sent, CUSTOMER)).contains(&id), "{}", raw(to(&sent, CUSTOMER)));
}

#[tokio::test]
async fn a_stranger_with_an_id_of_ours_is_not_taken_for_us() {
    let house = house().await;
    let sent = opened(&house).await;
    let stolen = format!(
        "From: fremmed@evil.example\nTo: orakel@uni.example\nSubject: Noe annet\nMessage-ID: {}\n\nJeg er ikke med.\n",
        to(&sent, CUSTOMER).id()
    );
    assert_eq!(house.deliver("fremmed@evil.example", &["orakel@uni.example"], &stolen).await, [("new", 2)]);
    assert_eq!(house.journal(1).await.len(), 1);
    assert_eq!(to(&house.send().await, "ola@uni.example").mail.subject, "[HV-2] Noe annet");
}

#[tokio::test]
async fn postmaster_is_no_outside_person() {
    let house = house().await;
    let ways = ["orakel@uni.example", "postmaster@uni.example"];
    let first = mail("1", CUSTOMER, "Hei", "Cc: postmaster@uni.example\n", "x");
    assert_eq!(house.deliver(CUSTOMER, &ways, &first).await, [("new", 1), ("new", 2)]);
    assert_eq!(outside(&house, 1).await, [CUSTOMER]);
    let token = to(&house.send().await, "ola@uni.example").reply_to();
    house.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar")).await;
    assert_eq!(to(&house.send().await, CUSTOMER).to, [CUSTOMER]);
}

#[tokio::test]
async fn another_customers_shared_mailbox_may_be_a_contact() {
    let house = house().await;
    let first = mail("1", "Kundesenteret <kundar@bla.example>", "Bestilling", "", "Kan vi få ti skjermer?");
    assert_eq!(house.deliver("kundar@bla.example", &["orakel@uni.example"], &first).await, [("new", 1)]);
    let sent = house.send().await;
    assert!(all_to(&sent, "kundar@bla.example").is_empty(), "two of ours do not acknowledge each other");
    let notification = to(&sent, "ola@uni.example");
    assert!(notification.mail.text.contains("sendes svaret til Kundesenteret"), "{}", notification.mail.text);
    let reply = mail("2", "ola@uni.example", "Re: x", "", "Ja");
    house.deliver("ola@uni.example", &[&notification.reply_to()], &reply).await;
    let sent = house.send().await;
    let answer = to(&sent, "kundar@bla.example");
    assert_eq!(answer.mail.from[0].address, address("orakel@uni.example"));
    let bytes = String::from_utf8_lossy(&answer.data).into_owned();
    let arrived = house.deliver("orakel@uni.example", &["kundar@bla.example"], &bytes).await;
    assert_eq!(arrived, [("new", 2)], "an ordinary mail there");
    let told = house.send().await;
    assert!(!raw(to(&told, "åse@bla.example")).contains("reply-to: ola"), "{}", raw(to(&told, "åse@bla.example")));
}

#[tokio::test]
async fn another_customers_user_in_copy_is_an_outside_person() {
    let house = house().await;
    let first = mail("1", CUSTOMER, "Hei", "Cc: åse@bla.example, kari@uni.example\n", "x");
    house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await;
    assert_eq!(outside(&house, 1).await, [CUSTOMER, "åse@bla.example"]);
}

#[tokio::test]
async fn mail_from_our_reply_domain_has_no_contact_and_no_acknowledgement() {
    let house = house().await;
    let first = mail("1", "noe@svar.example", "Hei", "", "x");
    house.deliver("x@y.example", &["orakel@uni.example"], &first).await;
    assert_eq!(house.events(1).await, ["CaseOpened MailReceived"], "none is recorded either");
    assert!(outside(&house, 1).await.is_empty());
    assert!(house.send().await.iter().all(|mail| mail.to[0].ends_with("@uni.example")));
}

#[tokio::test]
async fn a_case_in_quarantine_is_named_in_words() {
    let house = house().await;
    let title = async |mail: &str| {
        let became = house.deliver(CUSTOMER, &["nobody@nowhere.example"], mail).await;
        assert_eq!(became[0].0, "quarantined");
        house.case(became[0].1).await.title
    };
    assert_eq!(title("Subject: Hvor er dere?\n\nx\n").await, "Hvor er dere?");
    assert_eq!(title("From: x\n\nNoen ord uten emne\n").await, "Noen ord uten emne");
    let nameless = title("X-Nothing: \n\n").await;
    assert!(!nameless.is_empty() && !nameless.contains("MailId"), "{nameless}");
}

#[tokio::test]
async fn what_took_the_process_down_is_read_neither_at_once_nor_later() {
    let first = mail("1", CUSTOMER, "Farlig", "", "KROPPEN ER LEST");
    let suspects = vec![MailId::of(first.replace('\n', "\r\n").as_bytes())];
    let setting = Setting { suspects, ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    assert_eq!(house.deliver(CUSTOMER, &["orakel@uni.example"], &first).await, [("quarantined", 1)]);
    let sent = house.send().await;
    assert_eq!(to(&sent, "drift@site.example").mail.field("X-Henvend-Event"), Some("quarantined"));
    assert!(sent.iter().all(|mail| !mail.mail.text.contains("KROPPEN") && !mail.mail.subject.contains("Farlig")));
}

#[tokio::test]
async fn an_empty_note_and_an_empty_mail_are_told_apart() {
    for (body, said, unsaid) in [("/notat", "kommandoene", "e-posten din"), ("", "e-posten din", "kommandoene")] {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        let empty = mail("2", "ola@uni.example", "Re: x", "", body);
        assert_eq!(house.deliver("ola@uni.example", &[&token], &empty).await, [("held", 1)]);
        let text = to(&house.send().await, "ola@uni.example").mail.text.to_lowercase();
        assert!(text.contains(said) && !text.contains(unsaid), "{text}");
        assert_eq!(house.case(1).await.status, Status::New);
    }
}

#[tokio::test]
async fn where_nobody_has_the_case_a_note_and_its_end_are_heard_by_all() {
    let house = house().await;
    let kari = to(&opened(&house).await, "kari@uni.example").reply_to();
    for (id, text, said) in [("n1", "/notat\nIkke svar: saken er hos politiet.", "politiet"), ("n2", "/lukk", "lukket")]
    {
        let told = mail(id, "kari@uni.example", "Re: x", "", text);
        assert_eq!(house.deliver("kari@uni.example", &[&kari], &told).await, [("added", 1)]);
        let sent = house.send().await;
        assert!(to(&sent, "ola@uni.example").mail.text.contains(said), "{}", to(&sent, "ola@uni.example").mail.text);
    }
}

#[tokio::test]
async fn a_reply_to_what_a_colleague_did_is_for_colleagues() {
    for (what, words) in [("/ta", "Takk for at du tok den, hun er så masete!"), ("Skru den av og på.", "Fint svart!")]
    {
        let house = house().await;
        let token = to(&opened(&house).await, "ola@uni.example").reply_to();
        house.deliver("ola@uni.example", &[&token], &mail("a", "ola@uni.example", "Re: x", "", what)).await;
        let sent = house.send().await;
        let told = to(&sent, "kari@uni.example");
        assert!(told.mail.text.contains("internt notat"), "{}", told.mail.text);
        let reply = mail("b", "kari@uni.example", "Re: x", "", words);
        assert_eq!(house.deliver("kari@uni.example", &[&told.reply_to()], &reply).await, [("added", 1)], "{what}");
        assert!(all_to(&house.send().await, CUSTOMER).is_empty(), "{what}");
        // The button for who means the contact.
        let page = henvend::mail::parse::html_page(&told.data).unwrap();
        let link = page.split_once(">Svar innmelderen …<").unwrap().0.rsplit_once("mailto:reply%2B").unwrap().1;
        let answer_to = format!("reply+{}", link.split('?').next().unwrap());
        let answer = mail("c", "kari@uni.example", "Re: x", "", "Da er den i orden.");
        assert_eq!(house.deliver("kari@uni.example", &[&answer_to], &answer).await, [("added", 1)], "{what}");
        assert_eq!(all_to(&house.send().await, CUSTOMER).len(), 1, "{what}");
    }
}

#[tokio::test]
async fn whoever_is_given_a_case_answers_the_contact() {
    let house = house().await;
    let token = to(&opened(&house).await, "ola@uni.example").reply_to();
    let given = mail("a", "ola@uni.example", "Re: x", "", "/tildel kari");
    house.deliver("ola@uni.example", &[&token], &given).await;
    let token = to(&house.send().await, "kari@uni.example").reply_to();
    let answer = mail("b", "kari@uni.example", "Re: x", "", "Jeg kommer innom.");
    house.deliver("kari@uni.example", &[&token], &answer).await;
    assert_eq!(all_to(&house.send().await, CUSTOMER).len(), 1);
}
