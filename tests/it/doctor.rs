//! `doctor`, the real program against a whole daemon: what it finds, and with which code it ends.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use henvend::config::read;
use henvend::daemon::{Running, start_on};
use henvend::metrics::Metrics;
use henvend::ports::{CaseQuery, Page, Query};
use henvend::store::redb::{OpenConfig, RedbStore};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::Command;

use crate::kit::disk::FaultyDisk;
use crate::kit::house::{DIRECTORY, apply};
use crate::load::no_beat;
use crate::load::smarthost::Smarthost;

/// A daemon that believes results of a mail server at this machine.
async fn site(folder: &Path, smarthost: u16) -> Running {
    let at = folder.display();
    let text = format!(
        "host_name = \"henvend.example\"\nreply_domain = \"svar.example\"\ndata_directory = \"{at}/data\"\n\
         [listen]\nlmtp = \"unix:{at}/lmtp\"\nsmtp = \"127.0.0.1:0\"\ntrusted_peers = [\"127.0.0.1\"]\n\
         [http]\nprobes = \"off\"\napi = \"unix:{at}/api\"\n[[outbound.smarthost]]\nport = {smarthost}\n\
         [trust]\nauthserv_ids = [\"mx.uni.example\"]\n"
    );
    std::fs::write(folder.join("henvend.toml"), &text).unwrap();
    let config = read("henvend.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let metrics = Arc::new(Metrics::new());
    let mut open = OpenConfig::new("unused");
    open.metrics = metrics.clone();
    let store = RedbStore::open_on(Arc::new(FaultyDisk::default()), open).unwrap();
    let running = start_on(config, store, metrics).await.unwrap();
    apply(&running.world, DIRECTORY).await.unwrap();
    running
}

/// Its exit code, and what it finds, by check.
async fn doctor(folder: &Path, more: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let config = folder.join("henvend.toml").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_henvend"));
    command.args(["doctor", "--json", "--config", &config]).args(more).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let word = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = told["findings"].as_array().unwrap().iter();
    let findings = findings.map(|found| (word(found, "check"), word(found, "verdict"), word(found, "says")));
    (output.status.code().unwrap(), findings.collect())
}

fn of<'a>(findings: &'a [(String, String, String)], check: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(name, ..)| name == check);
    let (_, verdict, says) = found.unwrap_or_else(|| panic!("{check} among {findings:?}"));
    (verdict, says)
}

/// A mail server that takes everything and hands nothing over.
async fn black_hole() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        write.write_all(b"220 mx ready\r\n").await.unwrap();
        let (mut lines, mut in_mail) = (BufReader::new(read).lines(), false);
        while let Ok(Some(line)) = lines.next_line().await {
            let reply = match (in_mail, line.as_str()) {
                (true, ".") => "250 2.0.0 mine",
                (true, _) => continue,
                (false, "DATA") => "354 go on",
                (false, _) => "250 ok",
            };
            in_mail = reply == "354 go on";
            write.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_is_looked_at_and_a_lie_sent_in() {
    let smarthost = Smarthost::start(Arc::new(drop), no_beat()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let running = site(folder.path(), smarthost.address.port()).await;
    let (code, findings) = doctor(folder.path(), &[]).await;
    assert_eq!(code, 0, "{findings:?}");
    for check in
        ["ready", "operators", "users", "reply domain", "smarthost", "queue", "disk", "keys", "clock", "way in"]
    {
        assert_eq!(of(&findings, check).0, "ok", "{findings:?}");
    }
    // Straight to us, as if the mail server wrote and removed nothing: what was said in its name was believed.
    let ours = format!("127.0.0.1:{}", running.tcp[0].port());
    let (code, findings) = doctor(folder.path(), &["--via", &ours]).await;
    assert_eq!(code, 65);
    let (verdict, says) = of(&findings, "forged results");
    assert!(verdict == "fail" && says.contains("were believed"), "{findings:?}");
    // One that swallows it, and one that is not there.
    let swallows = format!("127.0.0.1:{}", black_hole().await);
    let (code, findings) = doctor(folder.path(), &["--via", &swallows, "--wait", "1"]).await;
    let (verdict, says) = of(&findings, "forged results");
    assert!(code == 65 && verdict == "fail" && says.contains("did not arrive within 1 s"), "{findings:?}");
    let (code, findings) = doctor(folder.path(), &["--via", "127.0.0.1:1"]).await;
    let (verdict, says) = of(&findings, "forged results");
    assert!(code == 65 && verdict == "fail" && says.contains("did not take it"), "{findings:?}");

    let query = CaseQuery { max: 9, ..CaseQuery::default() };
    let cases = running.world.store.page(Query::Cases(query)).await.unwrap();
    assert_eq!(cases, Page::Cases { cases: Vec::new(), below: None }, "no probe is on a case");
    running.stop().await;
    drop(smarthost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_work_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    // Held and not listened on: nobody else gets it meanwhile.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let running = site(folder.path(), nobody.local_addr().unwrap().port()).await;
    std::fs::remove_file(folder.path().join("lmtp")).unwrap();
    let (code, findings) = doctor(folder.path(), &[]).await;
    assert_eq!(code, 65);
    assert_eq!((of(&findings, "smarthost").0, of(&findings, "way in").0), ("fail", "fail"), "{findings:?}");
    running.stop().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_henvend"));
    let config = folder.path().join("henvend.toml");
    let ended = command.arg("doctor").arg("--config").arg(config).output().await.unwrap();
    assert_eq!(ended.status.code(), Some(69), "no daemon: {ended:?}");
}
