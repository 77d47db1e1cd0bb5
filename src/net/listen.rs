//! Listening sockets: opened, or passed to us; and who is let in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustix::net::{AddressFamily, sockopt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;

use super::passed::Passed;
use super::peers::Counted;
use super::serve::serve;
use super::{Front, Phase, draining};
use crate::config::place::Network;
use crate::envelope::Listener;
use crate::smtp::reply;
use crate::smtp::server::{Peer, Session, SessionConfig};

/// Connections that the kernel keeps for us while we are busy.
const BACKLOG: u32 = 1024;
/// How long not to accept when the system has no descriptor or memory left.
const BACKOFF: Duration = Duration::from_millis(200);
/// How much longer than its sessions a listener waits for them.
const LINGER: Duration = Duration::from_secs(1);

/// One listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenConfig {
    /// Which protocol, and how far its peers are believed.
    pub listener: Listener,
    /// Where.
    pub endpoint: Endpoint,
    /// TCP peers whose word counts. A unix socket's peers are always trusted: its mode says who they are.
    pub trusted: Vec<Network>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket that we make, with this mode.
    Unix {
        /// Its path.
        path: PathBuf,
        /// Permissions: `0o660`.
        mode: u32,
    },
    /// A TCP port.
    Tcp(SocketAddr),
    /// A socket passed by systemd under this name.
    Passed(String),
}

/// A socket that listens, and what to do with who calls.
#[derive(Debug)]
pub struct Bound {
    config: ListenConfig,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// What every session of a listener gets a share of.
struct House {
    front: Arc<Front>,
    config: Arc<SessionConfig>,
    phase: watch::Receiver<Phase>,
}

enum Caller {
    Unix(UnixStream),
    Tcp(TcpStream, IpAddr),
}

/// Opens the socket, or claims the one that was passed.
pub fn bind(config: &ListenConfig, passed: &mut Passed) -> io::Result<Bound> {
    let socket = match &config.endpoint {
        Endpoint::Unix { path, mode } => Socket::Unix(bind_unix(path, *mode)?),
        Endpoint::Tcp(address) => Socket::Tcp(bind_tcp(*address)?),
        Endpoint::Passed(name) => {
            let missing = || io::Error::new(io::ErrorKind::NotFound, format!("no socket named {name} was passed"));
            adopt(passed.claim(name).ok_or_else(missing)?)?
        }
    };
    Ok(Bound { config: config.clone(), socket })
}

/// Made beside its place and moved there: so it never stands there with another mode, and a left-over goes.
pub fn bind_unix(path: &Path, mode: u32) -> io::Result<UnixListener> {
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is something that is no socket"));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody else listens there"));
        }
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(mode))?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn adopt(descriptor: OwnedFd) -> io::Result<Socket> {
    if sockopt::socket_domain(&descriptor)? == AddressFamily::UNIX {
        let listener = std::os::unix::net::UnixListener::from(descriptor);
        listener.set_nonblocking(true)?;
        return Ok(Socket::Unix(UnixListener::from_std(listener)?));
    }
    let listener = std::net::TcpListener::from(descriptor);
    listener.set_nonblocking(true)?;
    Ok(Socket::Tcp(TcpListener::from_std(listener)?))
}

impl Bound {
    /// Where it listens, when that is a TCP port: for those who asked for port 0.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Lets peers in until we go down, then waits for those who are inside.
    pub async fn run(self, front: Arc<Front>, mut phase: watch::Receiver<Phase>) {
        let house = House {
            config: Arc::new(SessionConfig {
                listener: self.config.listener,
                host: front.config.host.clone(),
                prefix: front.config.prefix.clone(),
                limits: front.config.limits.clone(),
            }),
            front,
            phase: phase.clone(),
        };
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = draining(&mut phase) => break,
                Some(ended) = sessions.join_next() => note(ended),
                caller = self.socket.accept() => match caller {
                    Ok(caller) => self.admit(caller, &house, &mut sessions),
                    Err(error) => rest(&error).await,
                },
            }
        }
        drop(self.socket);
        let left = async {
            while let Some(ended) = sessions.join_next().await {
                note(ended);
            }
        };
        if tokio::time::timeout(house.front.config.drain_max + LINGER, left).await.is_err() {
            tracing::warn!(sessions = sessions.len(), "sessions cut off in mid-mail");
            sessions.shutdown().await;
        }
    }

    fn admit(&self, caller: Caller, house: &House, sessions: &mut JoinSet<()>) {
        let Some(place) = Place::take(&caller, &house.front) else {
            house.front.metrics.refusals.count(&reply::TOO_BUSY);
            return caller.turn_away();
        };
        let (front, phase) = (house.front.clone(), house.phase.clone());
        let session = Session::new(house.config.clone(), self.peer(&caller), front.clock.now());
        match caller {
            Caller::Unix(stream) => sessions.spawn(async move {
                serve(stream, session, &front, phase).await;
                drop(place);
            }),
            Caller::Tcp(stream, _) => sessions.spawn(async move {
                serve(stream, session, &front, phase).await;
                drop(place);
            }),
        };
    }

    fn peer(&self, caller: &Caller) -> Peer {
        match caller {
            Caller::Unix(_) => Peer { name: "unix".to_owned(), trusted: true },
            Caller::Tcp(_, address) => Peer {
                name: address.to_canonical().to_string(),
                trusted: self.config.trusted.iter().any(|network| network.contains(*address)),
            },
        }
    }
}

impl Socket {
    async fn accept(&self) -> io::Result<Caller> {
        match self {
            Self::Unix(listener) => Ok(Caller::Unix(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Replies are written whole; waiting for more to send would only slow them.
                stream.set_nodelay(true)?;
                Ok(Caller::Tcp(stream, address.ip()))
            }
        }
    }
}

impl Caller {
    /// Says why, if that can be said without waiting (RFC 5321 §3.8), and hangs up.
    fn turn_away(self) {
        let mut words = BytesMut::new();
        reply::TOO_BUSY.write(&mut words);
        let said = match &self {
            Self::Unix(stream) => stream.try_write(&words),
            Self::Tcp(stream, _) => stream.try_write(&words),
        };
        tracing::debug!(said = said.is_ok(), "connection turned away");
    }
}

/// A connection's place among all, and among its peer's.
struct Place {
    _slot: OwnedSemaphorePermit,
    _counted: Option<Counted>,
}

impl Place {
    fn take(caller: &Caller, front: &Front) -> Option<Self> {
        let counted = match caller {
            Caller::Unix(_) => None,
            Caller::Tcp(_, address) => Some(front.peers.enter(*address)?),
        };
        Some(Self { _slot: front.connections.clone().try_acquire_owned().ok()?, _counted: counted })
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "session ended by a fault of ours");
    }
}

/// A peer that is gone before we got to it is nobody's fault; without descriptors or memory it is wiser to wait.
async fn rest(error: &io::Error) {
    let theirs = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if theirs || error.kind() == io::ErrorKind::Interrupted {
        return;
    }
    tracing::warn!(%error, "cannot accept connections");
    tokio::time::sleep(BACKOFF).await;
}
