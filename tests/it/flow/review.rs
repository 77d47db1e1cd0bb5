use std::sync::Arc;
use henvend::envelope::Listener;
use henvend::verify::TrustPolicy;
use henvend::case::model::Status;
use super::{CUSTOMER, house, mail, opened};
use crate::kit::house::{House, Setting, to, Sent};
use crate::kit::memory::MemoryStore;

fn show(tag: &str, sent: &[Sent]) {
    for s in sent {
        println!("[{tag}] to={:?} subj={:?} ev={:?} cc={:?} atts={:?}", s.to, s.mail.subject, s.mail.field("X-Henvend-Event"),
            s.mail.cc.iter().map(|c| c.address.to_string()).collect::<Vec<_>>(),
            s.mail.attachments.iter().map(|a| (a.name.clone(), a.content_type.clone())).collect::<Vec<_>>());
    }
}
async fn submit(h: &House, from: &str, rcpt: &[&str], m: &str) -> Vec<(&'static str, u64)> {
    let r = h.receive_by(Listener::Submission, from, rcpt, m).await.unwrap();
    r.outcomes.iter().map(|o| (o.became.as_str(), o.case.get())).collect()
}

#[tokio::test]
async fn r01_reply_all_shared_then_token_by_submission() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let nid = to(&sent, "ola@uni.example").id();
    let m = mail("a1", "ola@uni.example", "Re: [HV-1] Skriveren virker ikke", &format!("In-Reply-To: {nid}\n"), "Svar.");
    println!("{:?}", submit(&h, "ola@uni.example", &["orakel@uni.example"], &m).await);
    println!("{:?}", submit(&h, "ola@uni.example", &[&token], &m).await);
    let sent = h.send().await; show("r01", &sent);
    println!("{:?}", h.events(1).await);
    assert_eq!(sent.iter().filter(|s| s.to.iter().any(|t| t == CUSTOMER)).count(), 1);
}
#[tokio::test]
async fn r02_submission_reply_all_with_customer_in_to() {
    let h = house().await;
    let sent = opened(&h).await;
    let ack = to(&sent, CUSTOMER).id();
    let m = format!("From: kari@uni.example\nTo: Kunde <{CUSTOMER}>\nCc: orakel@uni.example\nSubject: Re: [HV-1] x\nMessage-ID: <q@uni.example>\nIn-Reply-To: {ack}\n\nSvar direkte.\n");
    println!("{:?}", submit(&h, "kari@uni.example", &["orakel@uni.example"], &m).await);
    let sent = h.send().await; show("r02", &sent);
    assert_eq!(sent.iter().filter(|s| s.to.iter().any(|t| t == CUSTOMER)).count(), 0, "he has it already");
}
#[tokio::test]
async fn r03_contact_shared_then_token() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let ack = to(&sent, CUSTOMER).id();
    let m = mail("c1", CUSTOMER, "Re: [HV-1] x", &format!("In-Reply-To: {ack}\n"), "Mer.");
    println!("{:?}", h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await);
    println!("{:?}", h.deliver(CUSTOMER, &[&token], &m).await);
    println!("{:?}", h.events(1).await);
    assert_eq!(h.journal(1).await.len(), 2, "one entry per mail");
}
#[tokio::test]
async fn r04_foreign_token_first_swallows_own() {
    let h = house().await;
    let sent = opened(&h).await;
    let kt = to(&sent, "kari@uni.example").reply_to();
    let ot = to(&sent, "ola@uni.example").reply_to();
    let m = mail("d1", "ola@uni.example", "Re: [HV-1] x", "", "Svar.");
    println!("{:?}", h.deliver("ola@uni.example", &[&kt, &ot], &m).await);
    println!("{:?}", h.events(1).await);
    let sent = h.send().await; show("r04", &sent);
    assert!(sent.iter().any(|s| s.to.iter().any(|t| t == CUSTOMER)), "the right token counts");
}
#[tokio::test]
async fn r05_ack_budget_multi() {
    let h = house().await;
    for n in 0..2 {
        let m = mail(&format!("e{n}"), "victim@post.example", "Sak", "", &format!("x{n}"));
        if n == 0 { h.deliver("x@evil", &["orakel@uni.example"], &m).await; let m = mail("ex", "victim@post.example", "Sak", "", "y"); h.deliver("x@evil", &["orakel@uni.example"], &m).await; }
        else { println!("{:?}", h.deliver("x@evil", &["orakel@uni.example", "kundar@bla.example"], &m).await); }
    }
    let sent = h.send().await;
    let n = sent.iter().filter(|s| s.to[0] == "victim@post.example").count();
    assert!(n <= 3, "{n} acks to one sender in a day");
}
#[tokio::test]
async fn r06_auto_forward_loop() {
    let h = house().await;
    let mut sent = opened(&h).await;
    // A client-side rule of Ola's: forward everything from henvend to orakel@ (new message, From Ola).
    for n in 0..8 {
        let note = to(&sent, "ola@uni.example");
        let m = mail(&format!("f{n}"), "ola@uni.example", &format!("VS: {}", note.mail.subject), &format!("References: {}\n", note.id()), "Videresendt");
        println!("{:?}", h.deliver("ola@uni.example", &["orakel@uni.example"], &m).await);
        sent = h.send().await; show("r06", &sent);
    }
    assert!(h.journal(1).await.len() < 6);
}
#[tokio::test]
async fn r06b_unmarked_responder_on_receipts() {
    let h = house().await;
    let mut sent = opened(&h).await;
    for n in 0..8 {
        let note = to(&sent, "ola@uni.example");
        let m = mail(&format!("g{n}"), "sak@annet-system.example", &format!("Re: {}", note.mail.subject), &format!("In-Reply-To: {}\n", note.id()), "Vi har registrert saken.");
        println!("{:?}", h.deliver("sak@annet-system.example", &[&note.reply_to()], &m).await);
        sent = h.send().await;
        if sent.is_empty() { break; }
    }
    assert!(h.journal(1).await.len() < 6);
}
#[tokio::test]
async fn r07_reply_to_receipt_goes_to_customer() {
    let h = house().await;
    let sent = opened(&h).await;
    let ack = to(&sent, CUSTOMER).id();
    let m = mail("11", "ola@uni.example", "Re: [HV-1] x", &format!("In-Reply-To: {ack}\n"), "/close");
    h.deliver("x@evil.example", &["orakel@uni.example"], &m).await;
    let sent = h.send().await;
    let receipt = to(&sent, "ola@uni.example");
    println!("{}", receipt.mail.text);
    let m = mail("12", "ola@uni.example", "SV: x", &format!("In-Reply-To: {}\n", receipt.id()), "Dette var ikke meg! Noen forsoeker aa lure oss.");
    println!("{:?}", h.deliver("ola@uni.example", &[&receipt.reply_to()], &m).await);
    let sent = h.send().await; show("r07", &sent);
    assert!(sent.iter().all(|s| s.to[0] != CUSTOMER), "{}", to(&sent, CUSTOMER).mail.text);
}
#[tokio::test]
async fn r08_signature_in_note_blocks_answers() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let sig = "Med vennlig hilsen\nOla Nordmann\nSeniorrådgiver, IT-avdelingen, Universitetet i Eksempel\nTlf. 22 22 22 22";
    h.deliver("ola@uni.example", &[&token], &mail("h1", "ola@uni.example", "Re: x", "", &format!("/notat\nSjekk toner.\n\n{sig}"))).await;
    h.send().await;
    h.deliver("ola@uni.example", &[&token], &mail("h2", "ola@uni.example", "Re: x", "", &format!("Hei!\nVi bytter toner.\n\n{sig}"))).await;
    let sent = h.send().await; show("r08", &sent);
    for s in &sent { println!("{}", s.mail.text); }
    assert!(sent.iter().any(|s| s.to[0] == CUSTOMER));
}
#[tokio::test]
async fn r09_title_with_agent_address_blocks_answers() {
    let h = house().await;
    h.deliver(CUSTOMER, &["orakel@uni.example"], &mail("1", CUSTOMER, "Fikk ikke svar fra ola@uni.example", "", "x")).await;
    let sent = h.send().await; show("r09", &sent);
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar")).await;
    let sent = h.send().await; show("r09", &sent);
    assert!(sent.iter().any(|s| s.to[0] == CUSTOMER));
}
#[tokio::test]
async fn r10_smime_signed_take() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = |body: &str, id: &str| format!("From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <{id}@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b\n\n--b\nContent-Type: text/plain\n\n{body}\n\n--b\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\nContent-Transfer-Encoding: 7bit\nContent-Disposition: attachment; filename=\"smime.p7s\"\n\nXXXola@uni.exampleXXX\n--b--\n");
    println!("{:?}", h.deliver("ola@uni.example", &[&token], &m("/take", "s1")).await);
    println!("{:?}", h.events(1).await);
    let sent = h.send().await; show("r10", &sent);
    assert!(sent.iter().all(|s| s.to[0] != CUSTOMER), "only commands and no text: nothing goes to the contact");
}
#[tokio::test]
async fn r10b_smime_answer_leaks_cert() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <s2@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b\n\n--b\nContent-Type: text/plain\n\nSvar.\n\n--b\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\nContent-Disposition: attachment; filename=\"smime.p7s\"\n\nXXX ola@uni.example XXX\n--b--\n";
    h.deliver("ola@uni.example", &[&token], m).await;
    let sent = h.send().await; show("r10b", &sent);
    let a = to(&sent, CUSTOMER);
    println!("{}", String::from_utf8_lossy(&a.data));
    assert!(a.mail.attachments.is_empty());
}
#[tokio::test]
async fn r11_zwsp_before_note() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("i1", "ola@uni.example", "Re: x", "", "\u{200b}/notat\nHan er helt umulig.")).await;
    let sent = h.send().await; show("r11", &sent);
    assert!(sent.iter().all(|s| s.to[0] != CUSTOMER));
}
#[tokio::test]
async fn r12_bottom_posting() {
    let h = house().await;
    let sent = opened(&h).await;
    let n = to(&sent, "ola@uni.example");
    let body = format!("Den 18.11.2026 12:00 skrev Kåre Kunde via Orakel:\n{}\nHei, skru den av og på.\n", n.quoted());
    println!("{:?}", h.deliver("ola@uni.example", &[&n.reply_to()], &mail("j1", "ola@uni.example", "Re: x", "", &body)).await);
    let sent = h.send().await; show("r12", &sent);
    for s in &sent { println!("---\n{}", s.mail.text); }
}
#[tokio::test]
async fn r13_no_id_no_date() {
    let h = house().await;
    let m = "From: skriver@firma.example\nTo: orakel@uni.example\nSubject: Alarm\n\nToner tom.\n";
    println!("{:?}", h.deliver("skriver@firma.example", &["orakel@uni.example"], m).await);
    h.clock.pass(henvend::time::DAY * 30);
    let again = h.deliver("skriver@firma.example", &["orakel@uni.example"], m).await;
    assert_ne!(again[0].0, "duplicate", "a month later, another alarm");
}
#[tokio::test]
async fn r14_other_customers_shared_address_writes() {
    let h = house().await;
    let m = mail("k1", "Kundesenteret <kundar@bla.example>", "Bestilling", "", "Hei uni, kan vi få ti skjermer?");
    println!("{:?}", h.deliver("kundar@bla.example", &["orakel@uni.example"], &m).await);
    let sent = h.send().await; show("r14", &sent);
    println!("contact={:?} participants={:?}", h.case(1).await.contact, h.case(1).await.participants);
    let n = to(&sent, "ola@uni.example");
    println!("{}", n.mail.text);
    let token = n.reply_to();
    println!("{:?}", h.deliver("ola@uni.example", &[&token], &mail("k2", "ola@uni.example", "Re: x", "", "Ja")).await);
    let sent = h.send().await; show("r14", &sent);
    assert!(sent.iter().any(|s| s.to.iter().any(|t| t == "kundar@bla.example")));
}
#[tokio::test]
async fn r15_postmaster_in_to() {
    let h = house().await;
    let m = format!("From: {CUSTOMER}\nTo: orakel@uni.example, postmaster@uni.example\nSubject: Hei\nMessage-ID: <l1@post.example>\n\nx\n");
    println!("{:?}", h.deliver(CUSTOMER, &["orakel@uni.example", "postmaster@uni.example"], &m).await);
    println!("{:?} | {:?}", h.case(1).await.participants, h.case(2).await.participants);
    let sent = h.send().await; show("r15", &sent);
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("l2", "ola@uni.example", "Re: x", "", "Svar")).await;
    let sent = h.send().await; show("r15", &sent);
    let answer = sent.iter().find(|s| s.to.iter().any(|t| t == CUSTOMER)).unwrap();
    let raw = String::from_utf8_lossy(&answer.data).into_owned();
    println!("{:?}", h.deliver("orakel@uni.example", &["postmaster@uni.example"], &raw).await);
    let sent = h.send().await; show("r15", &sent);
    assert!(!answer.to.iter().any(|t| t.starts_with("postmaster")));
}
#[tokio::test]
async fn r16_user_of_other_customer_in_cc() {
    let h = house().await;
    let m = mail("m1", CUSTOMER, "Hei", "Cc: åse@bla.example\n", "x");
    h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await;
    println!("{:?}", h.case(1).await.participants);
    assert!(h.case(1).await.participants.len() == 2);
}
#[tokio::test]
async fn r17_closed_long_ago_by_return_and_spam() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("n1", "ola@uni.example", "Re: x", "", "/lukk\nFerdig")).await;
    let sent = h.send().await;
    let rp = match &to(&sent, CUSTOMER).reverse_path { henvend::address::ReversePath::Mailbox(a) => a.to_string(), _ => panic!() };
    h.clock.pass(henvend::time::DAY * 400);
    println!("{:?}", h.deliver("x@evil.example", &[&rp], &mail("n2", "x@evil.example", "hei", "", "Kjøp dette")).await);
    let sent = h.send().await; show("r17", &sent);
    assert_eq!(h.case(1).await.status, Status::Closed, "shown and nothing more");
}
#[tokio::test]
async fn r18_many_customers_dedupe_keys() {
    let h = house().await;
    let mut t = crate::kit::house::DIRECTORY.to_owned();
    let mut to_all = Vec::new();
    for n in 0..9 {
        t.push_str(&format!("\n[[customer]]\nkey = \"c{n}\"\nname = \"C{n}\"\nlanguage = \"nb\"\n\n[[customer.category]]\npath = \"a\"\nname = \"A\"\naddresses = [\"a@c{n}.example\"]\nmembers = []\n"));
        to_all.push(format!("a@c{n}.example"));
    }
    let r = h.apply(&t).await.unwrap(); println!("{:?}", r.refused);
    let refs: String = (0..40).map(|n| format!(" <ref{n}@x.example>")).collect();
    let m = mail("o1", CUSTOMER, "Til alle", &format!("References:{refs}\n"), "x");
    let rc: Vec<&str> = to_all.iter().map(String::as_str).collect();
    println!("{:?}", h.deliver(CUSTOMER, &rc, &m).await);
    let again = h.deliver(CUSTOMER, &rc, &m).await;
    println!("{again:?}");
    let sent = h.send().await;
    println!("acks to one sender by one mail: {}", sent.iter().filter(|s| s.to[0] == CUSTOMER).count());
    assert!(again.iter().all(|a| a.0 == "duplicate"));
}
#[tokio::test]
async fn r19_category_without_address() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let t = crate::kit::house::DIRECTORY.replace("addresses = [\"orakel@uni.example\", \"hjelp@uni.example\"]", "addresses = []");
    println!("{:?}", h.apply(&t).await.map(|r| r.refused));
    h.deliver("ola@uni.example", &[&token], &mail("p1", "ola@uni.example", "Re: x", "", "Svar")).await;
    let sent = h.send().await; show("r19", &sent);
    for s in &sent { println!("{}", s.mail.from[0].address); }
}
#[tokio::test]
async fn r20_seventeenth_same_id() {
    let h = house().await;
    for n in 0..18 {
        let m = mail("same", CUSTOMER, &format!("Sak {n}"), "", &format!("nr {n}"));
        h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await;
    }
    let m = mail("same", CUSTOMER, "Sak 17", "", "nr 17");
    let again = h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await;
    assert_eq!(again[0].0, "duplicate", "{again:?}");
}
#[tokio::test]
async fn r21_channel_then_forward_notification_by_submission() {
    let trust = TrustPolicy { submission: true, ..TrustPolicy::default() };
    let h = House::open_as(Arc::new(MemoryStore::default()), Setting { trust }).await.unwrap();
    let sent = opened(&h).await;
    let n = to(&sent, "ola@uni.example");
    let body = format!("\n-----Opprinnelig melding-----\nFra: Kåre Kunde via Orakel <orakel@uni.example>\nSendt: 18. november 2026 12:00\nTil: Ola Nordmann <ola@uni.example>\nEmne: {}\n\n{}", n.mail.subject, n.mail.text);
    let m = mail("q1", "ola@uni.example", &format!("VS: {}", n.mail.subject), &format!("References: {}\n", n.id()), &format!("Til orientering, Kari{body}"));
    println!("{:?}", submit(&h, "ola@uni.example", &["orakel@uni.example"], &m).await);
    let sent = h.send().await; show("r21", &sent);
    for s in &sent { println!("---\n{}", s.mail.text); }
}
#[tokio::test]
async fn r22_quarantine_title() {
    let h = house().await;
    println!("{:?}", h.deliver(CUSTOMER, &["nobody@nowhere.example"], "\n\nabc\n").await);
    let sent = h.send().await; show("r22", &sent);
    for s in &sent { println!("---\n{}", s.mail.text); }
}
#[tokio::test]
async fn r23_second_category_in_same_envelope_as_token() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = mail("r1", "ola@uni.example", "Re: x", "Cc: resepsjon@uni.example\n", "Svar, resepsjonen følger.");
    println!("{:?}", h.deliver("ola@uni.example", &[&token, "resepsjon@uni.example"], &m).await);
    assert_eq!(h.case(1).await.watching.len(), 1);
}
#[tokio::test]
async fn r24_html_disagrees() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <ht@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nHan er umulig.\n--b\nContent-Type: text/html\n\n<p>/notat</p><p>Han er umulig.</p>\n--b--\n";
    println!("{:?}", h.deliver("ola@uni.example", &[&token], m).await);
    let sent = h.send().await; show("r24", &sent);
    assert!(sent.iter().all(|s| s.to[0] != CUSTOMER));
}
#[tokio::test]
async fn r25_token_mail_from_removed_registration() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    println!("{:?}", h.deliver("", &[&token], &mail("v1", "ola@uni.example", "Re: x", "", "Svar")).await);
    let sent = h.send().await; show("r25", &sent);
}
#[tokio::test]
async fn s01_suspect_is_parsed_again_by_outbound() {
    // what took the process down is parsed again when its notification is written
    let raw = mail("z", CUSTOMER, "Farlig", "", "KROPPEN ER LEST").replace('\n', "\r\n");
    let _ = raw;
    let m = mail("z", CUSTOMER, "Farlig", "", "KROPPEN ER LEST");
    let id = henvend::id::MailId::of(m.replace('\n', "\r\n").as_bytes());
    crate::kit::house::SUSPECT.set(Some(id));
    let h = house().await;
    println!("{:?}", h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await);
    let sent = h.send().await;
    for s in &sent { println!("{}\n{}", s.mail.subject, s.mail.text); }
    assert!(sent.iter().all(|s| !s.mail.text.contains("KROPPEN ER LEST")), "read again by outbound");
}
#[tokio::test]
async fn s02_spoiled_note_blocks_answers_silently() {
    let store = Arc::new(MemoryStore::default());
    let h = House::open(store.clone()).await.unwrap();
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("h1", "ola@uni.example", "Re: x", "", "/notat\nSjekk toner.")).await;
    h.send().await;
    let raw = h.journal(1).await[1].mail().unwrap().raw;
    store.spoil(raw);
    h.deliver("ola@uni.example", &[&token], &mail("h2", "ola@uni.example", "Re: x", "", "Svar.")).await;
    for _ in 0..20 { let sent = h.send().await; show("s02", &sent); h.clock.pass(henvend::time::DAY); }
    println!("{:?}", h.events(1).await);
    let sent = h.send().await; show("s02", &sent);
    println!("{:?}", h.world.store.page(henvend::ports::Query::Letters { after: None, max: 10 }).await);
}
#[tokio::test]
async fn s03_ack_recorded_but_not_sent() {
    let h = house().await;
    h.deliver("x@y.example", &["orakel@uni.example"], &mail("1", "noe@svar.example", "Hei", "", "x")).await;
    println!("{:?} contact={:?}", h.events(1).await, h.case(1).await.contact);
    show("s03", &h.send().await);
}
#[tokio::test]
async fn s04_bounce_without_recipients_and_text() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("90", "ola@uni.example", "Re: x", "", "Hei!")).await;
    let sent = h.send().await;
    let back = match &to(&sent, CUSTOMER).reverse_path { henvend::address::ReversePath::Mailbox(a) => a.to_string(), _ => panic!() };
    let r = format!("From: MAILER-DAEMON@mx.example\nTo: {back}\nSubject: Undelivered Mail\nMessage-ID: <r@mx.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nNo.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {CUSTOMER}\nAction: failed\nStatus: 5.1.1\n\n--b--\n");
    h.deliver("", &[&back], &r).await;
    for s in h.send().await { println!("{}", s.mail.text); }
}
#[tokio::test]
async fn s05_spam_case_by_token_says_reopened() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("n1", "ola@uni.example", "Re: x", "", "/lukk")).await;
    h.clock.pass(henvend::time::DAY * 80);
    println!("{:?}", h.deliver(CUSTOMER, &[&token], &mail("n2", CUSTOMER, "hei", "", "Etter 80 dager")).await);
}
#[tokio::test]
async fn s06_note_alone_and_empty_receipts() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("n1", "ola@uni.example", "Re: x", "", "/notat")).await;
    for s in h.send().await { println!("{}", s.mail.text); }
    h.deliver("ola@uni.example", &[&token], &mail("n2", "ola@uni.example", "Re: x", "", "")).await;
    for s in h.send().await { println!("{}", s.mail.text); }
}
#[tokio::test]
async fn s07_gmail_html_only_reply_and_inline_logo() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = "From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <lg@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>/ta</p><img src=\"cid:logo\">\n--b\nContent-Type: image/png; name=\"logo.png\"\nContent-ID: <logo>\nContent-Disposition: attachment; filename=\"logo.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n";
    println!("{:?}", h.deliver("ola@uni.example", &[&token], m).await);
    println!("{:?}", h.events(1).await);
    show("s07", &h.send().await);
}
#[tokio::test]
async fn s08_agent_replies_with_token_in_to_and_contact_in_cc() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    let m = format!("From: ola@uni.example\nTo: {token}\nCc: {CUSTOMER}, ny@firma.example\nSubject: Re: x\nMessage-ID: <cc@uni.example>\n\nSvar.\n");
    println!("{:?}", h.deliver("ola@uni.example", &[&token], &m).await);
    show("s08", &h.send().await);
    // the new outside person whom the agent wrote to answers to all
    let r = format!("From: ny@firma.example\nTo: orakel@uni.example\nSubject: Re: x\nMessage-ID: <ny@firma.example>\nIn-Reply-To: <cc@uni.example>\n\nTakk.\n");
    println!("{:?}", h.deliver("ny@firma.example", &["orakel@uni.example"], &r).await);
    show("s08", &h.send().await);
}
#[tokio::test]
async fn s09_two_tokens_two_cases_separately() {
    let h = house().await;
    let sent = opened(&h).await;
    let t1 = to(&sent, "ola@uni.example").reply_to();
    h.deliver(CUSTOMER, &["orakel@uni.example"], &mail("2x", CUSTOMER, "Annet", "", "y")).await;
    let sent = h.send().await;
    let t2 = to(&sent, "ola@uni.example").reply_to();
    let m = mail("both", "ola@uni.example", "Re: x", "", "Svar på begge.");
    println!("{:?}", h.deliver("ola@uni.example", &[&t1], &m).await);
    println!("{:?}", h.deliver("ola@uni.example", &[&t2], &m).await);
    println!("{:?}", h.events(2).await);
}
#[tokio::test]
async fn s10_ack_title_with_agent_address() {
    let trust = TrustPolicy { authserv_ids: vec!["mx.uni.example".to_owned()], ..TrustPolicy::default() };
    let h = House::open_as(Arc::new(MemoryStore::default()), Setting { trust }).await.unwrap();
    let m = format!("Authentication-Results: mx.uni.example; dmarc=pass header.from=post.example\n{}", mail("1", CUSTOMER, "Til ola@uni.example", "", "x"));
    h.deliver(CUSTOMER, &["orakel@uni.example"], &m).await;
    let sent = h.send().await; show("s10", &sent);
    for s in &sent { if s.mail.field("X-Henvend-Event") == Some("stopped") { println!("{}", s.mail.text); } }
}
#[tokio::test]
async fn s11_list_then_direct_no_ack_and_case_flow() {
    let h = house().await;
    let l = mail("1", CUSTOMER, "[liste] Hei", "List-Id: <l.example>\n", "x\n____\nfooter");
    println!("{:?}", h.deliver("l-bounces@l.example", &["orakel@uni.example"], &l).await);
    println!("{:?}", h.deliver(CUSTOMER, &["orakel@uni.example"], &mail("1", CUSTOMER, "Hei", "", "x")).await);
    show("s11", &h.send().await);
}
#[tokio::test]
async fn t01_stranger_with_our_message_id_writes_unmarked_and_unseen() {
    let h = house().await;
    let sent = opened(&h).await;
    let ack = to(&sent, CUSTOMER).id();
    let m = format!("From: fremmed@evil.example\nTo: orakel@uni.example\nSubject: Noe annet\nMessage-ID: {ack}\n\nJeg er ikke en del av saken.\n");
    println!("{:?}", h.deliver("fremmed@evil.example", &["orakel@uni.example"], &m).await);
    let last = h.journal(1).await.pop().unwrap();
    println!("placed={:?} {:?}", last.placed, last.mail().map(|m| (m.outsider, m.unproven, m.kind)));
    let sent = h.send().await; show("t01", &sent);
    assert!(last.mail().unwrap().outsider || last.entry_is_new(), "a stranger's mail on a case not theirs, unmarked");
}
trait E { fn entry_is_new(&self) -> bool; }
impl E for henvend::case::event::Entry { fn entry_is_new(&self) -> bool { self.no.get() == 1 } }
#[tokio::test]
async fn t02_notification_come_back_gets_into_references() {
    let h = house().await;
    let sent = opened(&h).await;
    let n = to(&sent, "kari@uni.example").clone();
    println!("{:?}", h.deliver("kari@uni.example", &["orakel@uni.example"], &String::from_utf8_lossy(&n.data)).await);
    let token = to(&sent, "ola@uni.example").reply_to();
    h.deliver("ola@uni.example", &[&token], &mail("2", "ola@uni.example", "Re: x", "", "Svar")).await;
    let sent = h.send().await;
    let a = to(&sent, CUSTOMER);
    println!("irt={:?} refs={:?}", a.mail.in_reply_to, a.mail.references);
    assert!(!String::from_utf8_lossy(&a.data).contains(n.id().trim_matches(['<', '>'])));
}
#[tokio::test]
async fn t03_guard_is_quadratic() {
    let h = house().await;
    let sent = opened(&h).await;
    let token = to(&sent, "ola@uni.example").reply_to();
    for (id, kib) in [("w1", 64usize), ("w2", 128), ("w3", 256)] {
        let line = format!("{}\n", "+-".repeat(35));
        let body = line.repeat(kib * 1024 / line.len());
        let m = format!("From: ola@uni.example\nTo: x\nSubject: Re: x\nMessage-ID: <{id}@uni.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSe vedlegg.\n--b\nContent-Type: text/plain; name=\"tabell.txt\"\nContent-Disposition: attachment; filename=\"tabell.txt\"\n\n{body}\n--b--\n");
        h.deliver("ola@uni.example", &[&token], &m).await;
        #[allow(clippy::disallowed_methods)]
        let t = std::time::Instant::now();
        let sent = h.send().await;
        println!("{kib} KiB: {:?} ({} mails)", t.elapsed(), sent.len());
    }
}
#[tokio::test]
async fn t04_three_members_copy_loop_of_reply_all_receipt() {
    // Reply-All, shared copy first, nothing proven: a receipt for every such answer
    let h = house().await;
    let sent = opened(&h).await;
    let n = to(&sent, "ola@uni.example");
    let m = mail("ra", "ola@uni.example", "Re: [HV-1] Skriveren virker ikke", &format!("In-Reply-To: {}\n", n.id()), "Svar.");
    println!("{:?}", h.deliver("ola@uni.example", &["orakel@uni.example"], &m).await);
    println!("{:?}", h.deliver("ola@uni.example", &[&n.reply_to()], &m).await);
    println!("{:?}", h.events(1).await);
    let sent = h.send().await; show("t04", &sent);
    println!("{}", to(&sent, "ola@uni.example").mail.text);
}
