//! Own checks, against a name server of our own on loopback.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use henvend::address::{Address, Domain, ReversePath};
use henvend::envelope::{Client, Envelope, Listener, RawMail};
use henvend::mail::parse::{Limits, parse};
use henvend::net::authenticate::OwnChecks;
use henvend::ports::Authenticator;
use henvend::verify::{Evidence, OwnCheck, TrustPolicy};
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use tokio::net::UdpSocket;

use crate::kit::house::{House, Setting, to};
use crate::kit::memory::MemoryStore;

/// The key pair of RFC 8463, appendix A.
const SECRET: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const MAIL: &str = "From: Ola Nordmann <ola@uni.example>\r\nTo: orakel@uni.example\r\nSubject: Hei\r\n\
                    Message-ID: <1@uni.example>\r\n\r\nEn vanlig e-post.\r\n";

/// What is published: names with a text, and `fails.example`, of which nobody can say anything.
fn zone() -> HashMap<String, String> {
    let key = format!("v=DKIM1; k=ed25519; p={PUBLIC}");
    let rows = [
        ("s._domainkey.uni.example", key.as_str()),
        ("s._domainkey.post.example", key.as_str()),
        ("s._domainkey.evil.example", key.as_str()),
        ("uni.example", "v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all"),
        ("_dmarc.strict.example", "v=DMARC1; p=reject; adkim=s; aspf=s"),
        ("strict.example", "v=spf1 ip4:192.0.2.7 -all"),
        ("s._domainkey.part.strict.example", key.as_str()),
        ("part.strict.example", "v=spf1 -all"),
    ];
    rows.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// Answers questions for TXT until the test ends.
async fn name_server(zone: HashMap<String, String>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            let reply = answer(&buffer[..length], &zone);
            socket.send_to(&reply, peer).await.unwrap();
        }
    });
    address
}

/// RFC 1035 §4.1, as far as one question needs it.
fn answer(question: &[u8], zone: &HashMap<String, String>) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_lowercase());
        at = end;
    }
    let (name, asked) = (labels.join("."), &question[12..at + 5]);
    let text = zone.get(&name).filter(|_| question[at + 1..at + 3] == [0, 16]);
    let code = match text {
        _ if name.ends_with("fails.example") => 2,
        None if !zone.contains_key(&name) => 3,
        _ => 0,
    };
    let mut reply = question[..2].to_vec();
    reply.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(text.is_some()), 0, 0, 0, 0]);
    reply.extend(asked);
    if let Some(text) = text {
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(text.len() + 1).unwrap().to_be_bytes());
        reply.push(u8::try_from(text.len()).unwrap());
        reply.extend(text.as_bytes());
    }
    reply
}

async fn checks(address: SocketAddr) -> OwnChecks {
    OwnChecks::new(Some(address), Domain::parse("henvend.example").unwrap(), Duration::from_secs(5)).unwrap()
}

fn signed(domain: &str, part_only: bool, mail: &str) -> String {
    let decode = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let key = Ed25519Key::from_seed_and_public_key(&decode(SECRET), &decode(PUBLIC)).unwrap();
    let signer =
        DkimSigner::from_key(key).domain(domain).selector("s").headers(["From", "To", "Subject", "Message-ID"]);
    let signature = signer.body_length(part_only).sign(mail.as_bytes()).unwrap();
    format!("{}{mail}", signature.to_header())
}

fn envelope(from: &str, client: Option<&str>) -> Envelope {
    let client = client.map(|text| Client { address: text.parse().unwrap(), hello: "mx.uni.example".to_owned() });
    Envelope {
        listener: Listener::Smtp,
        trusted: false,
        peer: "192.0.2.7".to_owned(),
        hello: "mx.uni.example".to_owned(),
        queue_id: None,
        client,
        reverse_path: Address::parse(from).map_or(ReversePath::Null, ReversePath::Mailbox),
        recipients: Vec::new(),
        smtputf8: false,
        dsn_return: None,
        envelope_id: None,
    }
}

async fn found(checks: &OwnChecks, envelope: &Envelope, mail: &str) -> Evidence {
    let raw = RawMail::new(Bytes::from(mail.to_owned()));
    checks.gather(envelope, &parse(raw.bytes(), &Limits::default()), &raw).await
}

#[tokio::test]
async fn a_signature_counts_when_it_covers_the_whole_mail() {
    let checks = checks(name_server(zone()).await).await;
    let good = signed("uni.example", false, MAIL);
    let many: String = (0..10).fold(good.clone(), |mail, _| signed("evil.example", false, MAIL).replace(MAIL, &mail));
    let two_writers = good.replace("To:", "From: kari@uni.example\r\nTo:");
    let table = [
        ("signed", good.clone(), vec!["uni.example"]),
        (
            "signed by two",
            signed("post.example", false, MAIL).replace(MAIL, &good),
            vec!["post.example", "uni.example"],
        ),
        ("not signed", MAIL.to_owned(), vec![]),
        ("body changed", good.replace("vanlig", "farlig"), vec![]),
        ("text added", format!("{good}Mer.\r\n"), vec![]),
        ("subject changed", good.replace("Hei", "Hallo"), vec![]),
        ("a beginning signed", signed("uni.example", true, MAIL), vec![]),
        ("a beginning signed, text added", format!("{}Mer.\r\n", signed("uni.example", true, MAIL)), vec![]),
        ("by a key nobody published", signed("nobody.example", false, MAIL), vec![]),
        ("by a key nobody can say anything of", signed("fails.example", false, MAIL), vec![]),
        ("more signatures than anybody needs", many, vec![]),
        ("two writers", two_writers, vec![]),
        ("a signature that is none", format!("DKIM-Signature: v=1; d=uni.example\r\n{MAIL}"), vec![]),
    ];
    for (what, mail, want) in table {
        let evidence = found(&checks, &envelope("ola@uni.example", None), &mail).await;
        assert_eq!(evidence.dkim_pass.iter().map(Domain::as_str).collect::<Vec<_>>(), want, "{what}");
        assert_eq!((evidence.spf_pass, evidence.dmarc_pass), (None, None), "{what}");
    }
}

#[tokio::test]
async fn the_sender_counts_when_the_client_may_send_for_it() {
    let checks = checks(name_server(zone()).await).await;
    let table = [
        ("ola@uni.example", Some("192.0.2.7"), Some("uni.example")),
        ("ola@uni.example", Some("2001:db8::7"), Some("uni.example")),
        ("ola@uni.example", Some("::ffff:192.0.2.7"), Some("uni.example")),
        ("ola@uni.example", Some("192.0.2.8"), None),
        ("ola@uni.example", None, None),
        ("", Some("192.0.2.7"), None),
        ("ola@fails.example", Some("192.0.2.7"), None),
        ("ola@nobody.example", Some("192.0.2.7"), None),
    ];
    for (from, client, want) in table {
        let evidence = found(&checks, &envelope(from, client), MAIL).await;
        assert_eq!(evidence.spf_pass.as_ref().map(Domain::as_str), want, "{from} {client:?}");
    }
}

#[tokio::test]
async fn a_domain_that_says_so_is_held_to_its_policy() {
    let checks = checks(name_server(zone()).await).await;
    let mail = MAIL.replace("ola@uni.example", "ola@strict.example");
    let child = MAIL.replace("ola@uni.example", "ola@part.strict.example");
    let table = [
        (mail.clone(), "ola@strict.example", Some("192.0.2.7"), Some(true)),
        (mail.clone(), "ola@strict.example", Some("192.0.2.8"), Some(false)),
        (signed("part.strict.example", false, &mail), "x@post.example", None, Some(false)),
        (signed("part.strict.example", false, &child), "x@post.example", None, Some(true)),
        (MAIL.to_owned(), "ola@uni.example", Some("192.0.2.7"), None),
    ];
    for (mail, from, client, want) in table {
        assert_eq!(found(&checks, &envelope(from, client), &mail).await.dmarc_pass, want, "{from} {client:?}");
    }
}

#[tokio::test]
async fn a_silent_name_server_proves_nothing_and_costs_a_bounded_time() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let name = Domain::parse("henvend.example").unwrap();
    let checks = OwnChecks::new(Some(silent.local_addr().unwrap()), name, Duration::from_millis(200)).unwrap();
    let mail = signed("uni.example", false, MAIL);
    assert_eq!(found(&checks, &envelope("ola@uni.example", Some("192.0.2.7")), &mail).await, Evidence::default());
}

#[tokio::test]
async fn an_agents_signed_reply_is_carried_out_and_an_unsigned_one_is_held() {
    let authenticator = Arc::new(checks(name_server(zone()).await).await);
    let trust = TrustPolicy { own_check: Some(OwnCheck::default()), ..TrustPolicy::default() };
    let setting = Setting { trust, authenticator: Some(authenticator), ..Setting::default() };
    let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
    let first = "From: kunde@post.example\r\nTo: orakel@uni.example\r\nSubject: Skriveren\r\nMessage-ID: <k@post.example>\r\n\r\nDen blinker.\r\n";
    assert_eq!(house.deliver("kunde@post.example", &["orakel@uni.example"], first).await, [("new", 1)]);
    let sent = house.send().await;
    assert!(sent.iter().all(|mail| mail.to != ["kunde@post.example"]), "not proven, so not acknowledged");
    let token = to(&sent, "ola@uni.example").reply_to();
    let reply = |id: &str| MAIL.replace("orakel@uni.example", &token).replace("<1@", &format!("<{id}@"));
    assert_eq!(house.deliver("ola@uni.example", &[&token], &reply("2")).await, [("held", 1)]);
    assert_eq!(
        house.deliver("ola@uni.example", &[&token], &signed("evil.example", false, &reply("3"))).await,
        [("held", 1)]
    );
    assert_eq!(
        house.deliver("ola@uni.example", &[&token], &signed("uni.example", false, &reply("4"))).await,
        [("added", 1)]
    );
    assert!(to(&house.send().await, "kunde@post.example").mail.text.starts_with("En vanlig e-post."));
}
