use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::task::JoinHandle;

use super::*;
use crate::address::{Address, ReversePath};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1)
    }

    fn sleep_until(&self, _deadline: Timestamp) -> Answer<'_, ()> {
        Box::pin(std::future::pending())
    }
}

fn mail(recipients: &[&str]) -> Outgoing {
    Outgoing {
        reverse_path: ReversePath::Null,
        recipients: recipients.iter().map(|text| Address::parse(text).expect("good")).collect(),
        data: Bytes::from_static(b"Subject: x\r\n\r\nhei\r\n"),
        envelope_id: String::new(),
    }
}

fn smarthost(hosts: Vec<HostConfig>) -> Smarthost {
    let patience = Patience { greeting: Duration::from_secs(5), ..Patience::default() };
    let config = SmarthostConfig { hosts, hello: "mx.example.org".to_owned(), patience, pool_max: 2 };
    Smarthost::new(config, Arc::new(Still)).expect("a sound configuration")
}

fn at(port: u16, tls: Tls) -> HostConfig {
    HostConfig { at: At::Tcp { host: "127.0.0.1".to_owned(), port }, tls, authorities: Vec::new(), login: None }
}

/// A server that plays one script a connection: each line is what it reads (`< prefix`) or says.
async fn server(connections: Vec<Vec<&'static str>>) -> (u16, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let playing = tokio::spawn(async move {
        let mut played = 0;
        for script in connections {
            let (stream, _) = listener.accept().await.expect("a caller");
            let mut stream = BufReader::new(stream);
            for line in script {
                let Some(want) = line.strip_prefix("< ") else {
                    stream.write_all(format!("{line}\r\n").as_bytes()).await.expect("somebody reads");
                    continue;
                };
                let mut got = String::new();
                stream.read_line(&mut got).await.expect("text");
                assert!(got.starts_with(want), "wanted {want}, got {got:?}");
            }
            played += 1;
        }
        played
    });
    (port, playing)
}

const HELLO: [&str; 3] = ["220 x ready", "< EHLO mx.example.org", "250-x\r\n250-PIPELINING\r\n250 SIZE 1000"];
const ONE: [&str; 8] = [
    "< MAIL FROM:<> SIZE=19",
    "< RCPT TO:<",
    "< DATA",
    "250 ok\r\n250 ok\r\n354 go",
    "< Subject: x",
    "< \r",
    "< hei",
    "< .",
];

fn script(parts: &[&[&'static str]]) -> Vec<&'static str> {
    parts.concat()
}

#[tokio::test]
async fn a_connection_carries_more_than_one_mail() {
    let (port, playing) = server(vec![script(&[&HELLO, &ONE, &["250 mine"], &ONE, &["250 mine too"]])]).await;
    let smarthost = smarthost(vec![at(port, Tls::None)]);
    for _ in 0..2 {
        assert_eq!(smarthost.send(mail(&["a@b.no"])).await, Ok(vec![Handover::Taken]));
    }
    assert_eq!(playing.await.expect("played"), 1);
}

#[tokio::test]
async fn a_connection_gone_stale_is_made_anew() {
    let once = script(&[&HELLO, &ONE, &["250 mine"]]);
    let (port, playing) = server(vec![once.clone(), once]).await;
    let smarthost = smarthost(vec![at(port, Tls::None)]);
    for _ in 0..2 {
        assert_eq!(smarthost.send(mail(&["a@b.no"])).await, Ok(vec![Handover::Taken]));
    }
    assert_eq!(playing.await.expect("played"), 2);
}

#[tokio::test]
async fn a_lost_reply_to_the_dot_is_unknown() {
    let (port, playing) = server(vec![script(&[&HELLO, &ONE])]).await;
    let sent = smarthost(vec![at(port, Tls::None)]).send(mail(&["a@b.no"])).await;
    assert!(matches!(sent, Err(SendFailure::Unknown(_))), "{sent:?}");
    assert_eq!(playing.await.expect("played"), 1);
}

#[tokio::test]
async fn the_next_host_is_tried_when_one_is_down_or_busy() {
    // Held and not listened on: nobody else gets it meanwhile.
    let dead = TcpSocket::new_v4().expect("a socket");
    dead.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let dead_port = dead.local_addr().expect("bound").port();
    let busy = script(&[&HELLO, &["< MAIL", "< RCPT", "< DATA", "451 later\r\n503 no\r\n503 no"]]);
    let (busy_port, busy) = server(vec![busy]).await;
    let (port, playing) = server(vec![script(&[&HELLO, &ONE, &["250 mine"]])]).await;
    let hosts = vec![at(dead_port, Tls::None), at(busy_port, Tls::None), at(port, Tls::None)];
    let smarthost = smarthost(hosts);
    assert_eq!(smarthost.send(mail(&["a@b.no"])).await, Ok(vec![Handover::Taken]));
    assert_eq!((busy.await.expect("played"), playing.await.expect("played")), (1, 1));
    assert_eq!(smarthost.order(), [1, 2, 0]);
}

#[tokio::test]
async fn no_host_and_no_greeting_are_for_later() {
    let none = smarthost(Vec::new()).send(mail(&["a@b.no"])).await;
    assert!(matches!(none, Err(SendFailure::Temporary(_))));
    let (port, playing) = server(vec![vec!["554 5.3.2 not today"]]).await;
    let sent = smarthost(vec![at(port, Tls::None)]).send(mail(&["a@b.no"])).await;
    assert!(matches!(&sent, Err(SendFailure::Temporary(why)) if why.contains("554")), "{sent:?}");
    assert_eq!(playing.await.expect("played"), 1);
}

#[tokio::test]
async fn tls_that_is_not_offered_is_not_done_without() {
    for tls in [Tls::Required(TlsStart::StartTls), Tls::Verified(TlsStart::StartTls)] {
        let (port, playing) = server(vec![script(&[&HELLO, &["< "]])]).await;
        let sent = smarthost(vec![at(port, tls)]).send(mail(&["a@b.no"])).await;
        assert!(matches!(&sent, Err(SendFailure::Temporary(why)) if why.contains("STARTTLS")), "{sent:?}");
        playing.abort();
    }
}

#[tokio::test]
async fn a_login_is_given_by_plain() {
    let hello =
        ["220 x ready", "< EHLO", "250-x\r\n250 AUTH CRAM-MD5 LOGIN PLAIN", "< AUTH PLAIN AHUAcA==", "235 hello u"];
    let one_by_one = ["< MAIL FROM:<>", "250 ok", "< RCPT TO:<a@b.no>", "550 5.1.1 who"];
    let (port, playing) = server(vec![script(&[&hello, &one_by_one])]).await;
    let login = Login { user: "u".to_owned(), password: "p".to_owned() };
    assert!(!format!("{login:?}").contains("\"p\""));
    let host = HostConfig { login: Some(login), ..at(port, Tls::None) };
    let sent = smarthost(vec![host]).send(mail(&["a@b.no"])).await.expect("answered");
    assert!(matches!(&sent[..], [Handover::Refused { status: Some(status), .. }] if status == "5.1.1"));
    assert_eq!(playing.await.expect("played"), 1);
}

#[tokio::test]
async fn a_unix_socket_needs_no_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s");
    let listener = UnixListener::bind(&path).expect("bound");
    let playing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        stream.write_all(b"421 4.3.2 busy\r\n").await.expect("somebody reads");
    });
    let host = HostConfig { at: At::Unix(path), tls: Tls::None, authorities: Vec::new(), login: None };
    let sent = smarthost(vec![host]).send(mail(&["a@b.no"])).await;
    assert!(matches!(&sent, Err(SendFailure::Temporary(why)) if why.contains("421")), "{sent:?}");
    playing.await.expect("played");
}

#[test]
fn mail_does_not_leave_the_machine_without_tls() {
    for host in ["mail.example.org", "192.0.2.1", "localhost.example.org"] {
        let at = At::Tcp { host: host.to_owned(), port: 25 };
        let config = SmarthostConfig {
            hosts: vec![HostConfig { at, tls: Tls::None, authorities: Vec::new(), login: None }],
            hello: "x".to_owned(),
            patience: Patience::default(),
            pool_max: 1,
        };
        let refused = Smarthost::new(config, Arc::new(Still)).err();
        assert_eq!(refused, Some(SmarthostError::Exposed(host.to_owned())));
    }
}
