//! The whole daemon behind a script: its own store on disk, its listeners, its decisions.

use std::net::SocketAddr;
use std::path::Path;

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
use tokio::net::{TcpStream, UnixStream};

use super::live::run_live;
use super::script::{Script, Settings, StoreMood};

/// Scripts that set nothing which a daemon cannot be told from outside.
pub fn plays(settings: &Settings) -> bool {
    settings.store == StoreMood::Well && !settings.bare_only
}

/// Plays a script on a daemon of its own.
pub async fn start_and_play(script: &Script) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path(), &script.settings)).await.unwrap_or_else(|error| panic!("{error}"));
    settle(&running, &script.settings).await;
    let result = match running.tcp.first() {
        Some(address) => run_live(script, async || TcpStream::connect(address).await.unwrap(), None).await,
        None => run_live(script, async || UnixStream::connect(folder.path().join("in")).await.unwrap(), None).await,
    };
    running.stop().await;
    result
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
