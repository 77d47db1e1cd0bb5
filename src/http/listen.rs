//! Listeners with bounds: so many connections, none silent for long.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::config::place::Place;
use crate::net::listen::bind_unix;

/// Most connections of one listener; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 64;
/// A connection on which nothing moves for so long is closed. Longer than any answer may take.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// A bound socket, own or handed over.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpListener),
    /// Unix.
    Unix(UnixListener),
}

/// Mode of the unix sockets here: who is in the group may do everything.
const UNIX_MODE: u32 = 0o660;

impl Socket {
    /// Binds a socket. One that a process left behind at a unix path is replaced; one that still answers is not.
    pub async fn bind(place: &Place) -> io::Result<Self> {
        let path = match place {
            Place::Tcp(address) => return TcpListener::bind(address).await.map(Self::Tcp),
            Place::Unix(path) => path,
        };
        bind_unix(path, UNIX_MODE).map(Self::Unix)
    }
}

/// Answers requests on this socket until `stop` ends; then lets those under way finish.
pub async fn serve(socket: Socket, router: Router, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let listener = Bounded { socket, permits: Arc::new(Semaphore::new(CONNECTIONS_MAX)) };
    let service = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// Who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The user at the other end of a unix socket, as the kernel knows it.
    pub uid: Option<u32>,
}

impl Peer {
    /// As what the journals know them: `cli:1000`.
    pub fn name(self) -> String {
        self.uid.map_or_else(|| "cli".to_owned(), |uid| format!("cli:{uid}"))
    }
}

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        *stream.remote_addr()
    }
}

/// A listener that accepts only while a permit is free.
#[derive(Debug)]
pub struct Bounded {
    socket: Socket,
    permits: Arc<Semaphore>,
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = Peer;

    async fn accept(&mut self) -> (Connection, Peer) {
        let permit = self.permits.clone().acquire_owned().await.ok();
        let (stream, peer) = match &mut self.socket {
            Socket::Tcp(listener) => (Stream::Tcp(Listener::accept(listener).await.0), Peer { uid: None }),
            Socket::Unix(listener) => {
                let (stream, _) = Listener::accept(listener).await;
                let uid = stream.peer_cred().ok().map(|peer| peer.uid());
                (Stream::Unix(stream), Peer { uid })
            }
        };
        let silence = Box::pin(tokio::time::sleep(SILENCE_MAX));
        (Connection { stream, silence, _permit: permit }, peer)
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { uid: None })
    }
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection that ends when nothing moves on it.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    silence: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Something moved, or it was silent for too long.
    #[expect(clippy::disallowed_methods, reason = "tokio's timers are set in its own time")]
    fn progress<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.silence.as_mut().reset(Instant::now() + SILENCE_MAX);
            return polled;
        }
        ready!(self.silence.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

macro_rules! on_stream {
    ($connection:expr, $context:expr, $method:ident $(, $argument:expr)*) => {{
        let polled = match &mut $connection.stream {
            Stream::Tcp(stream) => Pin::new(stream).$method($context $(, $argument)*),
            Stream::Unix(stream) => Pin::new(stream).$method($context $(, $argument)*),
        };
        $connection.progress($context, polled)
    }};
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, cx, poll_read, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_stream!(self, cx, poll_write, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, cx, poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, cx, poll_shutdown)
    }
}
