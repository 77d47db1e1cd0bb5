//! A mail server on loopback, on a thread of its own. It takes everything, but for recipients that [`REFUSED`] begins.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::Beat;

/// Nobody has an address that begins so.
pub const REFUSED: &str = "refused.";
const HELLO: &[u8] = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0\r\n";

/// A mail that came, before it is answered.
#[derive(Clone, Debug)]
pub struct Copy {
    pub to: Vec<String>,
    pub data: Bytes,
    pub at: Instant,
    /// When the connection that brought it was made. What a dead peer had sent is read after its death.
    pub connected: Instant,
}

impl Copy {
    /// The value of a header field on one line.
    pub fn field(&self, name: &str) -> Option<String> {
        let head_end = memchr::memmem::find(&self.data, b"\r\n\r\n").unwrap_or(self.data.len());
        let head = String::from_utf8_lossy(&self.data[..head_end]).replace("\r\n ", " ").replace("\r\n\t", " ");
        head.split("\r\n").find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// Told of each mail before it gets its 250.
pub type Keep = Arc<dyn Fn(Copy) + Send + Sync>;

/// Runs until dropped.
pub struct Smarthost {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Smarthost {
    pub fn start(keep: Keep, beat: Beat) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, mut stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                loop {
                    tokio::select! {
                        _ = &mut stopped => return,
                        Ok((stream, _)) = listener.accept() => {
                            let (keep, beat) = (keep.clone(), beat.clone());
                            // A peer that was killed leaves its connection in the middle of anything.
                            tokio::spawn(async move { let _ = serve(stream, keep, beat).await; });
                        }
                    }
                }
            });
        });
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Smarthost {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What panicked in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn serve(mut stream: TcpStream, keep: Keep, beat: Beat) -> io::Result<()> {
    let connected = Instant::now();
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink.example\r\n").await?;
    let mut input = BytesMut::with_capacity(16 << 10);
    let mut to = Vec::new();
    loop {
        let mut replies = Vec::new();
        while let Some(end) = memchr::memmem::find(&input, b"\r\n") {
            beat();
            let line = String::from_utf8_lossy(&input.split_to(end + 2)[..end]).into_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => replies.extend_from_slice(HELLO),
                "RCPT" => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    if address.starts_with(REFUSED) {
                        replies.extend_from_slice(format!("550 5.1.1 <{address}>: no such user\r\n").as_bytes());
                    } else {
                        to.push(address.to_owned());
                        replies.extend_from_slice(b"250 2.1.5 ok\r\n");
                    }
                }
                "DATA" if to.is_empty() => replies.extend_from_slice(b"554 5.5.1 nobody to send it to\r\n"),
                "DATA" => {
                    replies.extend_from_slice(b"354 go on\r\n");
                    stream.write_all(&std::mem::take(&mut replies)).await?;
                    let data = mail(&mut stream, &mut input).await?;
                    beat();
                    keep(Copy { to: std::mem::take(&mut to), data, at: Instant::now(), connected });
                    replies.extend_from_slice(b"250 2.0.0 taken\r\n");
                }
                "QUIT" => return stream.write_all(b"221 2.0.0 bye\r\n").await,
                _ => replies.extend_from_slice(b"250 2.0.0 ok\r\n"),
            }
        }
        stream.write_all(&replies).await?;
        if stream.read_buf(&mut input).await? == 0 {
            return Ok(());
        }
    }
}

/// Reads to the final dot; what was stuffed stays so.
async fn mail(stream: &mut TcpStream, input: &mut BytesMut) -> io::Result<Bytes> {
    let mut looked = 0;
    loop {
        if let Some(at) = memchr::memmem::find(&input[looked..], b"\r\n.\r\n") {
            let data = input.split_to(looked + at + 5).freeze();
            return Ok(data.slice(..data.len() - 3));
        }
        looked = input.len().saturating_sub(4);
        input.reserve(32 << 10);
        if stream.read_buf(input).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
