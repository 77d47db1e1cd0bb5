//! A script on a live socket.

use std::sync::Arc;
use std::time::Duration;

use henvend::address::Domain;
use henvend::net::listen::{Endpoint, ListenConfig, bind};
use henvend::net::passed::Passed;
use henvend::net::{Front, NetConfig, Phase};
use henvend::ports::{Answer, Clock};
use henvend::time::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;

use super::house::House;
use super::script::{Script, Settings};
use super::{Wire, play};

/// Time stands still.
pub struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_000_000)
    }

    fn sleep_until(&self, _deadline: Timestamp) -> Answer<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Plays a script that needs no passing of time on what `connect` leads to.
///
/// The other side must know the residents of the script's settings, and be the listener that they name.
pub async fn run_live<S>(
    script: &Script,
    connect: impl AsyncFn() -> S,
    house: Option<&Arc<House>>,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stream = connect().await;
    play(script, &mut Live { connect, stream, heard: Vec::new() }, house).await
}

struct Live<C, S> {
    connect: C,
    stream: S,
    heard: Vec<u8>,
}

impl<C: AsyncFn() -> S, S: AsyncRead + AsyncWrite + Unpin> Live<C, S> {
    /// Reads more; `false` when there is no more, or none in a long time.
    async fn more(&mut self) -> bool {
        let read = self.stream.read_buf(&mut self.heard);
        matches!(tokio::time::timeout(Duration::from_secs(20), read).await, Ok(Ok(octets)) if octets > 0)
    }
}

impl<C: AsyncFn() -> S, S: AsyncRead + AsyncWrite + Unpin> Wire for Live<C, S> {
    async fn say(&mut self, bytes: &[u8]) {
        // A server that has hung up hears nothing; what it said before is still to be looked at.
        let _ = self.stream.write_all(bytes).await;
    }

    async fn hear(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.heard.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.heard.drain(..end + 2).collect::<Vec<u8>>();
                return String::from_utf8(line[..end].to_vec()).ok();
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn silent(&mut self) -> bool {
        self.heard.is_empty()
    }

    async fn closed(&mut self) -> bool {
        let read = self.stream.read_buf(&mut self.heard);
        let ended = matches!(tokio::time::timeout(Duration::from_secs(20), read).await, Ok(Ok(0)));
        ended && self.heard.is_empty()
    }

    async fn hangup(&mut self) {
        self.stream = (self.connect)().await;
        self.heard.clear();
    }

    async fn pass(&mut self, _time: Duration) {
        panic!("time passes only on the bare session");
    }

    async fn drain(&mut self) {
        panic!("a live daemon is not drained by a script");
    }
}

/// Our own listener with a house behind it, for one script.
pub async fn serve_and_play(script: &Script) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let settings: &Settings = &script.settings;
    let house = Arc::new(House::new(settings));
    let host = Domain::parse("mx.example.org").unwrap();
    let config = NetConfig::new(host, "HV".to_owned(), folder.path().to_owned());
    let front = Arc::new(Front::new(config, house.clone(), Arc::new(Frozen), Arc::default()));
    let path = folder.path().join("lmtp.sock");
    let endpoint = if settings.trusted {
        Endpoint::Unix { path: path.clone(), mode: 0o600 }
    } else {
        Endpoint::Tcp("127.0.0.1:0".parse().unwrap())
    };
    let listen = ListenConfig { listener: settings.listener, endpoint, trusted: Vec::new() };
    let bound = bind(&listen, &mut Passed::default()).unwrap();
    let address = bound.tcp_address();
    let (phase, ear) = watch::channel(Phase::Serving);
    let running = tokio::spawn(bound.run(front, ear));
    let result = match address {
        Some(address) => run_live(script, async || TcpStream::connect(address).await.unwrap(), Some(&house)).await,
        None => run_live(script, async || UnixStream::connect(&path).await.unwrap(), Some(&house)).await,
    };
    phase.send(Phase::Draining).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), running).await;
    ended.map_err(|_| format!("{}: the listener does not end", script.name))?.unwrap();
    result
}
