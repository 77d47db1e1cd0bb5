//! One LMTP session, as a mail server in front would hold it: MAIL, RCPT and DATA in one write (RFC 2920), then the
//! mail.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::Beat;
use super::mails::Post;

/// The longest that a reply may take.
const REPLY_MAX: Duration = Duration::from_secs(30);
/// Written at once.
const WRITE_BYTES: usize = 64 << 10;

/// Where the program listens.
#[derive(Clone, Debug)]
pub enum Place {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

/// A session that has said hello.
pub struct Session {
    pipe: Box<dyn Pipe>,
    heard: Vec<u8>,
    out: Vec<u8>,
    beat: Beat,
}

/// What the program said to a mail.
#[derive(Clone, Debug)]
pub struct Said {
    /// The last line of the reply that settled it.
    pub reply: String,
    /// From the final dot to the reply.
    pub took: Duration,
}

impl Said {
    pub fn taken(&self) -> bool {
        self.reply.starts_with("250 ")
    }
}

impl Session {
    pub async fn open(place: &Place, beat: Beat) -> io::Result<Self> {
        let pipe: Box<dyn Pipe> = match place {
            Place::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Place::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        let mut session = Self { pipe, heard: Vec::new(), out: Vec::new(), beat };
        session.expect("220 ").await?;
        session.write(b"LHLO client.example\r\n").await?;
        session.expect("250 ").await?;
        Ok(session)
    }

    /// Hands in one mail. An error means that nobody knows what became of it.
    pub async fn deliver(&mut self, post: &Post) -> io::Result<Said> {
        let envelope = format!("MAIL FROM:<{}> BODY=8BITMIME\r\nRCPT TO:<{}>\r\nDATA\r\n", post.from, post.to);
        self.write(envelope.as_bytes()).await?;
        for wanted in ["250 ", "250 ", "354 "] {
            let reply = self.reply().await?;
            if !reply.starts_with(wanted) {
                return Ok(Said { reply, took: Duration::ZERO });
            }
        }
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        stuff(&post.bytes, &mut out);
        out.extend_from_slice(b".\r\n");
        for part in out.chunks(WRITE_BYTES) {
            self.write(part).await?;
        }
        self.out = out;
        let ended = Instant::now();
        let reply = self.reply().await?;
        Ok(Said { reply, took: ended.elapsed() })
    }

    async fn expect(&mut self, wanted: &str) -> io::Result<()> {
        let reply = self.reply().await?;
        if reply.starts_with(wanted) { Ok(()) } else { Err(io::Error::other(format!("not {wanted}: {reply}"))) }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        (self.beat)();
        tokio::time::timeout(REPLY_MAX, self.pipe.write_all(bytes)).await?
    }

    /// The last line of the next reply.
    async fn reply(&mut self) -> io::Result<String> {
        loop {
            while let Some(end) = self.heard.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.heard.drain(..end + 2).take(end).collect();
                if line.get(3) != Some(&b'-') {
                    (self.beat)();
                    return Ok(String::from_utf8_lossy(&line).into_owned());
                }
            }
            let read = tokio::time::timeout(REPLY_MAX, self.pipe.read_buf(&mut self.heard)).await??;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Doubles the dot at the start of a line (RFC 5321 §4.5.2). Of an empty mail only the final dot is seen.
fn stuff(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.starts_with(b".") {
        out.push(b'.');
    }
    let mut from = 0;
    for at in memchr::memmem::find_iter(bytes, b"\r\n.") {
        out.extend_from_slice(&bytes[from..at + 2]);
        out.push(b'.');
        from = at + 2;
    }
    out.extend_from_slice(&bytes[from..]);
    if !bytes.is_empty() && !bytes.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}
