//! The API and the probes, asked by the command line's own client.

use std::os::unix::fs::PermissionsExt;

use henvend::cli::client::{Client, ClientError, Content, with_query};
use henvend::config::place::Place;
use henvend::http::Socket;
use henvend::http::types as json;
use henvend::ports::Store;

use crate::house::{House, RAW};

fn status_of<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> u16 {
    match answer {
        Err(ClientError::Refused(problem)) => problem.status,
        other => panic!("a problem was wanted: {other:?}"),
    }
}

#[tokio::test]
async fn cases_and_queue_are_listed() {
    let house = House::open().await;
    let client = house.client();
    let page: json::CasePage = client.get("/v1/cases?status=waiting,open&max=1").await.expect("a page");
    assert_eq!((page.cases[0].reference.as_str(), page.next.as_deref()), ("HV-7", Some("HV-7")));
    let page: json::CasePage = client.get("/v1/cases?before=HV-7").await.expect("a page");
    assert_eq!((page.cases.len(), page.next), (0, None));

    let case: json::CaseView = client.get("/v1/cases/hv-7").await.expect("the case");
    assert_eq!((case.case.title.as_str(), &case.links[..]), ("Blåbær", &["HV-3".to_owned()][..]));
    let mail = case.journal[0].mail.as_ref().expect("a mail");
    assert_eq!(mail.new_text.as_deref(), Some("Subject: Hei\r\n\r\nTekst\r\n"));
    let [received, ignored] = &case.journal[0].events[..] else { panic!("{:?}", case.journal[0].events) };
    assert_eq!((received.event.as_str(), ignored.event.as_str()), ("mail_received", "results_ignored"));
    assert!(ignored.detail.contains("below its Received"), "{}", ignored.detail);

    for (path, status) in [
        ("/v1/cases/HV-8", 404),
        ("/v1/cases/x", 400),
        ("/v1/cases?status=lost", 400),
        ("/v1/cases?category=no/where", 400),
        ("/v1/cases?max=0", 400),
        ("/v1/nothing", 404),
    ] {
        assert_eq!(status_of(client.get::<serde_json::Value>(path).await), status, "{path}");
    }

    let queue: json::QueuePage = client.get("/v1/queue").await.expect("a page");
    assert_eq!((queue.letters[0].state.as_str(), queue.letters[0].to[0].as_str()), ("stopped", "kari@firma.no"));
    let done: json::Retried = client.post("/v1/queue/7.1.0/retry", Content::none()).await.expect("done");
    assert_eq!(done.letter, "7.1.0");
    let queue: json::QueuePage = client.get("/v1/queue").await.expect("a page");
    assert_eq!(
        (queue.letters[0].state.as_str(), queue.letters[0].next_try.as_str()),
        ("queued", "2026-09-21T14:13:20Z")
    );
    assert_eq!(status_of(client.post::<json::Retried>("/v1/queue/7.9.0/retry", Content::none()).await), 404);
    house.close().await;
}

#[tokio::test]
async fn a_directory_is_shown_applied_and_exported() {
    let house = House::open().await;
    let client = house.client();
    let shipped = include_str!("../../config/directory.toml");
    let ask = |toml: &str, dry_run, version| {
        Content::json(&json::ApplyRequest { toml: toml.to_owned(), prune: true, dry_run, version })
    };
    let path = "/v1/directory/apply";
    let seen: json::Applied = client.post(path, ask(shipped, true, None)).await.expect("a difference");
    assert!(!seen.applied && seen.version == 0 && seen.lines.len() > 10, "{seen:?}");
    let done: json::Applied = client.post(path, ask(shipped, false, Some(0))).await.expect("applied");
    assert!(done.applied && done.version > 10 && done.lines == seen.lines, "{done:?}");
    assert_eq!(house.store.directory().version().get(), done.version);
    let again: json::Applied = client.post(path, ask(shipped, false, None)).await.expect("applied");
    assert_eq!((again.lines.len(), again.version), (0, done.version));
    assert_eq!(status_of(client.post::<json::Applied>(path, ask(shipped, false, Some(0))).await), 409);
    assert_eq!(status_of(client.post::<json::Applied>(path, ask("x = 1", false, None)).await), 422);

    let export: json::DirectoryExport = client.get("/v1/directory").await.expect("a file");
    let again: json::Applied = client.post(path, ask(&export.toml, true, None)).await.expect("a difference");
    assert!(again.lines.is_empty(), "{again:?}");
    let history: json::HistoryPage = client.get("/v1/directory/history?from=2&max=1").await.expect("a page");
    assert_eq!((history.events[0].version, history.next), (2, Some(3)));
    assert!(history.events[0].by.starts_with("cli:"), "{history:?}");
    house.close().await;
}

#[tokio::test]
async fn mails_are_handed_in_and_explained() {
    let house = House::open().await;
    let client = house.client();
    let path = with_query("/v1/deliver", [("from", ""), ("to", "it@uni.no"), ("to", "it+x@uni.no")]);
    let unix = b"From kari Mon Nov 22\nSubject: Hei\n\nTekst\n".to_vec();
    let answer = client.post::<json::Delivered>(&path, Content::mail(unix.clone())).await;
    assert_eq!(status_of(answer), 422, "it+x is nobody here");
    let path = with_query("/v1/deliver", [("to", "it@uni.no")]);
    let done: json::Delivered = client.post(&path, Content::mail(unix.clone())).await.expect("delivered");
    assert_eq!((done.outcomes[0].case.as_str(), done.outcomes[0].became.as_str()), ("HV-7", "added"));
    for (path, mail, status) in [
        ("/v1/deliver".to_owned(), unix.clone(), 400),
        (with_query("/v1/deliver", [("to", "it")]), unix.clone(), 400),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), Vec::new(), 422),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), vec![b'x'; 1500], 503),
        (with_query("/v1/deliver", [("to", "it@uni.no")]), vec![b'x'; 2500], 413),
    ] {
        assert_eq!(status_of(client.post::<json::Delivered>(&path, Content::mail(mail)).await), status, "{path}");
    }
    let path = with_query("/v1/explain", [("to", "a@b.no"), ("to", "c@d.no")]);
    let said: serde_json::Value = client.post(&path, Content::mail(unix)).await.expect("explained");
    assert_eq!(said, serde_json::json!({ "bytes": RAW.len(), "to": 2 }));
    house.close().await;
}

#[tokio::test]
async fn probes_tell_what_is_missing() {
    let house = House::open().await;
    assert_eq!(house.probe("/livez").await, (200, "ok\n".to_owned()));
    let (status, text) = house.probe("/readyz").await;
    assert_eq!(status, 503);
    assert!(text.contains("[-] started") && text.contains("[-] operator") && !text.contains("store"), "{text}");
    assert_eq!(house.probe("/startupz").await.0, 503);

    house.life.started();
    let shipped = include_str!("../../config/directory.toml");
    let ask = json::ApplyRequest { toml: shipped.to_owned(), ..Default::default() };
    let _: json::Applied = house.client().post("/v1/directory/apply", Content::json(&ask)).await.expect("applied");
    assert_eq!(house.probe("/readyz").await, (200, "ok\n".to_owned()));
    let verbose = "[+] started\n[+] draining\n[+] store\n[+] operator\nok\n";
    assert_eq!(house.probe("/readyz?verbose").await, (200, verbose.to_owned()));
    let status: json::Status = house.client().get("/v1/status").await.expect("a status");
    assert!(status.ready && status.customers == 1 && status.categories == 2 && status.users == 4, "{status:?}");
    assert_eq!((status.letters_waiting, status.letters_stopped), (Some(1), Some(1)));

    house.store.inside().down = true;
    assert_eq!(house.probe("/readyz").await, (503, "[-] store store unavailable: disk full\nnot ok\n".to_owned()));
    assert_eq!(status_of(house.client().get::<json::CasePage>("/v1/cases").await), 503);
    let (_, numbers) = house.probe("/metrics").await;
    assert!(numbers.contains("henvend_daemon_ready_current 0\n"), "{numbers}");
    assert!(numbers.contains("henvend_http_requests_total{status=\"5xx\"} 1\n"), "{numbers}");
    assert_eq!(house.world.metrics.ready.get(), 0);
    house.close().await;
}

#[tokio::test]
async fn a_socket_left_behind_is_replaced_and_only_the_group_may_open_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("api");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("bound"));
    Socket::bind(&Place::Unix(path.clone())).await.expect("replaced");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&path, "a file").expect("written");
    Socket::bind(&Place::Unix(path.clone())).await.expect_err("a file is never removed");
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), "a file");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let nobody = Client::at(&folder.path().join("none"));
    assert!(matches!(nobody.get::<json::Status>("/v1/status").await, Err(ClientError::Absent { .. })));

    let mut house = House::open().await;
    let path = house.path("garbage");
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("own file");
    // A server that hangs up is an answer lost, not a daemon absent.
    house.running.push(tokio::spawn(async move { listener.accept().await.map(drop) }));
    let answer = Client::at(&path).get::<json::Status>("/v1/status").await;
    assert!(matches!(answer, Err(ClientError::Broken(_))), "{answer:?}");
    house.close().await;
}
