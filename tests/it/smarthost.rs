//! The way out by TLS, against a server that speaks it: whom we believe, and that nothing leaves unprotected.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use henvend::address::{Address, ReversePath};
use henvend::net::smarthost::{
    At, AuthorityError, HostConfig, Login, Patience, Smarthost, SmarthostConfig, Tls, TlsStart, authorities,
};
use henvend::ports::{Handover, Outgoing, SendFailure, Transport};

use serde_json::Value;

use crate::dialog::live::Frozen;
use crate::kit::secure::{Authority, Begin, Heard, Identity, SecureHost};
use crate::load::client::Session;
use crate::load::mails::Order;
use crate::load::no_beat;
use crate::load::program::{House, Settings, TO};

const HOST: &str = "127.0.0.1";
/// Patience with hello, TLS and AUTH, each.
const OPENING_MAX: Duration = Duration::from_secs(2);

/// What the transport is told.
struct Way {
    host: &'static str,
    tls: Tls,
    believed: String,
    password: Option<&'static str>,
}

impl Way {
    fn new(tls: Tls, believed: &str) -> Self {
        Self { host: HOST, tls, believed: believed.to_owned(), password: None }
    }

    fn with_password(self, password: &'static str) -> Self {
        Self { password: Some(password), ..self }
    }

    fn to(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    async fn send(self, server: &SecureHost) -> Result<Vec<Handover>, SendFailure> {
        let login = self.password.map(|word| Login { user: "henvend".to_owned(), password: word.to_owned() });
        let at = At::Tcp { host: self.host.to_owned(), port: server.address.port() };
        let authorities =
            if self.believed.is_empty() { Vec::new() } else { authorities(self.believed.as_bytes()).unwrap() };
        let hosts = vec![HostConfig { at, tls: self.tls, authorities, login }];
        let hello = "mx.example.org".to_owned();
        let patience = Patience { opening: OPENING_MAX, ..Patience::default() };
        let config = SmarthostConfig { hosts, hello, patience, pool_max: 0 };
        let mail = Outgoing {
            reverse_path: ReversePath::Null,
            recipients: vec![Address::parse("kari@post.example").unwrap()],
            data: Bytes::from_static(b"Subject: x\r\n\r\nhei\r\n"),
            envelope_id: String::new(),
        };
        Smarthost::new(config, Arc::new(Frozen)).unwrap().send(mail).await
    }
}

/// Only greetings and the wish for TLS were ever said in the clear.
fn assert_secret(heard: &[Heard]) {
    for (secure, line) in heard {
        assert!(*secure || line.starts_with("EHLO ") || line == "STARTTLS", "in the clear: {line}");
    }
}

/// The server heard of no mail, and of no login.
fn assert_kept(server: &SecureHost, sent: Result<Vec<Handover>, SendFailure>, why: &str) {
    match &sent {
        Err(SendFailure::Temporary(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
    assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0), "{:?}", server.heard());
    assert_secret(&server.heard());
}

#[tokio::test]
async fn a_host_that_an_authority_vouches_for_gets_the_mail() {
    let authority = Authority::new("Vår CA");
    let identity = authority.identity(HOST);
    for (begin, start) in [(Begin::StartTls, TlsStart::StartTls), (Begin::AtOnce, TlsStart::Implicit)] {
        let server = SecureHost::start(begin, &identity, "PLAIN").await;
        let both = format!("{}{}", Authority::new("En annen").pem(), authority.pem());
        let sent = Way::new(Tls::Verified(start), &both).send(&server).await;
        assert_eq!(sent, Ok(vec![Handover::Taken]), "{begin:?}");
        assert_eq!(server.count("MAIL FROM:<>"), 1);
        // What was offered before TLS counts for nothing afterwards (RFC 3207 §4.2).
        assert_eq!(server.count("EHLO"), if begin == Begin::StartTls { 2 } else { 1 });
        assert_secret(&server.heard());
    }
}

#[tokio::test]
async fn a_certificate_of_its_own_may_be_believed_by_name() {
    let identity = Identity::self_signed(HOST);
    let server = SecureHost::start(Begin::StartTls, &identity, "PLAIN").await;
    let sent = Way::new(Tls::Verified(TlsStart::StartTls), &identity.pem()).send(&server).await;
    assert_eq!(sent, Ok(vec![Handover::Taken]));
}

#[tokio::test]
async fn a_host_that_nobody_vouches_for_gets_nothing() {
    let authority = Authority::new("Vår CA");
    let identities = [
        ("self-signed", Identity::self_signed(HOST), "UnknownIssuer"),
        ("somebody else's", Authority::new("En annen").identity(HOST), "UnknownIssuer"),
        ("of the same name, another key", Authority::new("Vår CA").identity(HOST), "BadSignature"),
        ("another host's", authority.identity("smtp.annen.example"), "not valid for name"),
        ("another address's", authority.identity("127.0.0.2"), "not valid for name"),
        ("outdated", authority.outdated_identity(HOST), "expired"),
    ];
    for (name, identity, why) in identities {
        for (begin, start) in [(Begin::StartTls, TlsStart::StartTls), (Begin::AtOnce, TlsStart::Implicit)] {
            println!("{name}, {begin:?}");
            let server = SecureHost::start(begin, &identity, "PLAIN").await;
            let way = Way::new(Tls::Verified(start), &authority.pem()).with_password("blåbær");
            assert_kept(&server, way.send(&server).await, why);
        }
    }
}

#[tokio::test]
async fn a_host_is_known_by_the_name_that_it_is_called_here() {
    let authority = Authority::new("Vår CA");
    let way = || Way::new(Tls::Verified(TlsStart::StartTls), &authority.pem()).to("localhost");
    let server = SecureHost::start(Begin::StartTls, &authority.identity("localhost"), "PLAIN").await;
    assert_eq!(way().send(&server).await, Ok(vec![Handover::Taken]));
    let server = SecureHost::start(Begin::StartTls, &authority.identity(HOST), "PLAIN").await;
    assert_kept(&server, way().send(&server).await, "not valid for name");
}

#[tokio::test]
async fn a_host_that_promises_tls_and_does_nothing_is_left() {
    let authority = Authority::new("Vår CA");
    let server = SecureHost::start(Begin::Stall, &authority.identity(HOST), "PLAIN").await;
    for tls in [Tls::Required, Tls::Verified] {
        let way = Way::new(tls(TlsStart::StartTls), &authority.pem()).with_password("blåbær");
        assert_kept(&server, way.send(&server).await, "TLS");
    }
}

#[tokio::test]
async fn the_systems_authorities_do_not_vouch_for_a_stranger() {
    let server = SecureHost::start(Begin::StartTls, &Authority::new("Vår CA").identity(HOST), "PLAIN").await;
    let way = Way::new(Tls::Verified(TlsStart::StartTls), "");
    assert_kept(&server, way.send(&server).await, "TLS");
}

#[tokio::test]
async fn encryption_alone_asks_for_no_certificate() {
    for (begin, start) in [(Begin::StartTls, TlsStart::StartTls), (Begin::AtOnce, TlsStart::Implicit)] {
        let server = SecureHost::start(begin, &Identity::self_signed("hvem.example"), "PLAIN").await;
        let sent = Way::new(Tls::Required(start), "").with_password("blåbær").send(&server).await;
        assert_eq!(sent, Ok(vec![Handover::Taken]), "{begin:?}");
        assert_secret(&server.heard());
    }
}

#[tokio::test]
async fn a_host_without_tls_gets_nothing() {
    let authority = Authority::new("Vår CA");
    let identity = authority.identity(HOST);
    for tls in [Tls::Required, Tls::Verified] {
        let server = SecureHost::start(Begin::Never, &identity, "PLAIN").await;
        let sent = Way::new(tls(TlsStart::StartTls), &authority.pem()).with_password("blåbær").send(&server).await;
        assert_kept(&server, sent, "STARTTLS is not offered");
        // It answers TLS from the first byte with words: no TLS either.
        let sent = Way::new(tls(TlsStart::Implicit), &authority.pem()).with_password("blåbær").send(&server).await;
        assert!(matches!(sent, Err(SendFailure::Temporary(_))), "{sent:?}");
        assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0));
    }
}

#[tokio::test]
async fn words_put_in_before_tls_are_not_taken_for_the_hosts() {
    let authority = Authority::new("Vår CA");
    let server = SecureHost::start(Begin::StartTlsWithMore, &authority.identity(HOST), "LOGIN").await;
    let way = Way::new(Tls::Verified(TlsStart::StartTls), &authority.pem()).with_password("blåbær");
    let sent = way.send(&server).await;
    // Whether they were thrown away or spoilt the handshake depends on the border between two segments.
    assert!(matches!(&sent, Ok(_) | Err(SendFailure::Temporary(_))), "{sent:?}");
    assert_eq!(server.count("AUTH PLAIN"), 0, "{:?}", server.heard());
    assert_secret(&server.heard());
}

#[tokio::test]
async fn a_login_is_given_by_tls_in_the_way_that_the_host_knows() {
    let authority = Authority::new("Vår CA");
    let identity = authority.identity(HOST);
    for (offered, begun) in [("PLAIN", "AUTH PLAIN "), ("LOGIN", "AUTH LOGIN"), ("CRAM-MD5 LOGIN PLAIN", "AUTH PLAIN ")]
    {
        let server = SecureHost::start(Begin::StartTls, &identity, offered).await;
        let way = || Way::new(Tls::Verified(TlsStart::StartTls), &authority.pem());
        assert_eq!(way().with_password("blåbær").send(&server).await, Ok(vec![Handover::Taken]), "{offered}");
        assert_eq!((server.count("AUTH"), server.count(begun)), (1, 1), "{:?}", server.heard());
        let refused = way().with_password("feil").send(&server).await;
        assert!(matches!(&refused, Err(SendFailure::Temporary(why)) if why.starts_with("AUTH")), "{refused:?}");
        assert_eq!(server.count("MAIL"), 1, "a mail without a login");
        assert_secret(&server.heard());
    }
    let server = SecureHost::start(Begin::StartTls, &identity, "GSSAPI").await;
    let way = Way::new(Tls::Verified(TlsStart::StartTls), &authority.pem()).with_password("blåbær");
    assert_kept(&server, way.send(&server).await, "AUTH");
}

#[test]
fn authorities_are_read_or_refused_as_a_whole() {
    let good = Authority::new("Vår CA").pem();
    assert_eq!(authorities(format!("# ours\n{good}{good}").as_bytes()).map(|found| found.len()), Ok(2));
    assert_eq!(authorities(b""), Err(AuthorityError::None));
    assert_eq!(
        authorities(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        Err(AuthorityError::None)
    );
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in [format!("{good}{broken}"), good.replace("-----END", "----END"), good.replace("\nMI", "\n%%")] {
        assert!(matches!(authorities(text.as_bytes()), Err(AuthorityError::Unreadable(_))), "{text}");
    }
}

/// The real program, behind a smarthost that it can and cannot believe.
struct Scene {
    house: House,
    folder: tempfile::TempDir,
}

impl Scene {
    fn before(server: &SecureHost) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let smarthost = format!(
            "tls = \"verified\"\nca_file = \"{at}/ca.pem\"\nuser = \"henvend\"\npassword_file = \"{at}/password\"\n"
        );
        std::fs::write(folder.path().join("password"), "blåbær\nAnother line.\n").unwrap();
        let settings = Settings { smarthost, ..Settings::default() };
        let (binary, below) = (env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"));
        Self { house: House::new(binary, below, server.address, &settings).unwrap(), folder }
    }

    fn believe(&self, pem: &str) {
        std::fs::write(self.folder.path().join("ca.pem"), pem).unwrap();
    }

    /// Looks at the queue until it is as wanted.
    fn queue(&self, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let queue = self.house.queue().unwrap();
            if wanted(&queue) {
                return queue;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{queue:?}\n{}", self.house.log_tail());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_waits_until_its_host_can_be_believed() {
    let authority = Authority::new("Vår CA");
    let server = SecureHost::start(Begin::StartTls, &authority.identity(HOST), "LOGIN").await;
    let scene = Scene::before(&server);
    scene.believe(&Authority::new("En annen").pem());
    let running = scene.house.start().unwrap();
    scene.house.move_in().unwrap();
    let post = Order { run: "tls", number: 1, bytes: 2000, to: TO }.opening();
    let said = Session::open(&scene.house.lmtp(), no_beat()).await.unwrap().deliver(&post).await.unwrap();
    assert!(said.taken(), "{}", said.reply);

    let tried = |queue: &[Value]| !queue.is_empty() && queue.iter().all(|letter| letter["attempts"] != 0);
    let waiting = scene.queue(|queue| tried(queue) && queue.iter().all(|letter| letter["state"] == "queued"));
    assert_eq!(waiting.len(), 2, "an acknowledgement and a notification");
    for letter in &waiting {
        let why = letter["last_error"].as_str().unwrap();
        assert!(why.contains("TLS") && why.contains("UnknownIssuer"), "{why}");
    }
    assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0), "{:?}", server.heard());
    assert!(running.stop().unwrap().success());

    scene.believe(&authority.pem());
    let running = scene.house.start().unwrap();
    for letter in &waiting {
        scene.house.ask(&["queue", "retry", letter["id"].as_str().unwrap()]).unwrap();
    }
    scene.queue(<[Value]>::is_empty);
    assert_eq!(server.count("MAIL FROM:<"), 2);
    assert!(server.count("AUTH LOGIN") >= 1);
    assert_secret(&server.heard());
    assert!(running.stop().unwrap().success());
}

#[tokio::test]
async fn authorities_that_are_none_are_a_problem_of_the_configuration() {
    let server = SecureHost::start(Begin::Never, &Identity::self_signed(HOST), "PLAIN").await;
    let scene = Scene::before(&server);
    let refused = |words: &str| {
        let started = scene.house.start().map(|_| ()).unwrap_err().to_string();
        let checked = scene.house.ask(&["check", "--json"]).unwrap_err().to_string();
        for said in [started.as_str(), checked.as_str()] {
            assert!(said.contains("exit status: 78"), "{said}");
        }
        let words = format!("outbound.smarthost[0].ca_file: found {words}");
        assert!(started.contains(&words) && started.contains("wanted certificates in PEM"), "{started}");
    };
    refused("No such file or directory (os error 2) in /");
    scene.believe("");
    refused("no certificate in /");
    scene.believe("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused("a certificate that cannot be read: ");
    scene.believe(&Authority::new("Vår CA").pem());
    assert!(scene.house.ask(&["check"]).unwrap().ends_with("good\n"));
}
