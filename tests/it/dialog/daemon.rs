//! The whole daemon behind a script: its own store on disk, its listeners, its decisions.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use henvend::act::act;
use henvend::address::Domain;
use henvend::case::trigger::{DirectoryRequest, Trigger};
use henvend::config::Config;
use henvend::config::model::{Http, Listen, Outbound};
use henvend::config::place::Place;
use henvend::daemon::{Running, start};
use henvend::directory::diff::{Prune, diff};
use henvend::directory::file;
use henvend::envelope::Listener;
use henvend::id::CaseId;
use tokio::net::{TcpStream, UnixStream};

use super::live::run_live;
use super::script::{Script, Settings, Step, StoreMood};

/// Scripts that set nothing which a daemon cannot be told from outside.
pub fn plays(settings: &Settings) -> bool {
    settings.store == StoreMood::Well && !settings.bare_only
}

/// Plays a script on a daemon of its own.
pub async fn start_and_play(script: &Script) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path(), &script.settings)).await.unwrap_or_else(|error| panic!("{error}"));
    settle(&running, &script.settings).await;
    // Whoever hangs up after the dot comes again when the mail is on its case, not while it is on its way there.
    let taken = taken_before_each_connection(script);
    let connection = Cell::new(0);
    let come = async || {
        if taken[connection.replace(connection.get() + 1)] {
            a_case_is_there(&running).await;
        }
    };
    let result = match running.tcp.first() {
        Some(address) => {
            let connect = async || (come().await, TcpStream::connect(address).await.unwrap()).1;
            run_live(script, connect, None).await
        }
        None => {
            let connect = async || (come().await, UnixStream::connect(folder.path().join("in")).await.unwrap()).1;
            run_live(script, connect, None).await
        }
    };
    running.stop().await;
    result
}

/// Says of each connection of a script whether a mail was taken before it.
fn taken_before_each_connection(script: &Script) -> Vec<bool> {
    let (mut connections, mut taken) = (vec![false], false);
    for step in &script.steps {
        match step {
            Step::Taken(mails) => taken |= *mails > 0,
            Step::Hangup => connections.push(taken),
            _ => {}
        }
    }
    connections
}

async fn a_case_is_there(running: &Running) {
    let there = async {
        while running.world.store.case(CaseId::new(1)).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), there).await.unwrap();
}

fn config(folder: &Path, settings: &Settings) -> Config {
    let any_port: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let place = if settings.trusted { Place::Unix(folder.join("in")) } else { Place::Tcp(any_port) };
    let mut listen = Listen { lmtp: None, ..Listen::default() };
    match settings.listener {
        Listener::Lmtp | Listener::Pipe => listen.lmtp = Some(place),
        Listener::Smtp => listen.smtp = Some(place),
        Listener::Submission => listen.submission = Some(place),
    }
    Config {
        host_name: Domain::parse("mx.example.org").unwrap(),
        reply_domain: Domain::parse("svar.example.org").unwrap(),
        data_directory: folder.to_owned(),
        listen,
        http: Http { probes: None, api: folder.join("api") },
        outbound: Outbound { smarthosts: Vec::new(), ..Outbound::default() },
        ..Config::default()
    }
}

/// The residents of the script are the addresses of one category, the inactive ones of another.
async fn settle(running: &Running, settings: &Settings) {
    let list = |addresses: &[String]| {
        let ours = addresses.iter().filter(|address| !address.starts_with("postmaster@"));
        ours.map(|address| format!("'{address}'")).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        "operators = ['drift@site.example']\n[[user]]\nname = 'Drift'\naddresses = ['drift@site.example']\n\
         [[customer]]\nkey = 'x'\nname = 'X'\n[[customer.category]]\npath = 'c'\nname = 'C'\naddresses = [{}]\n\
         [[customer.category]]\npath = 'old'\nname = 'Old'\nactive = false\naddresses = [{}]\n",
        list(&settings.residents),
        list(&settings.inactive)
    );
    let wanted = file::read(&text, None).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    let directory = running.world.store.directory();
    let events = diff(&directory, &wanted, Prune::Off);
    let request = DirectoryRequest { base: directory.version(), events, by: "test".to_owned() };
    let receipt = act(&running.world, Trigger::Directory(request)).await.unwrap();
    assert_eq!(receipt.refused, None);
}
