//! A conversation with a mail server, line by line. Whoever calls bounds how long it takes.

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::config::place::Place;
use crate::smtp::peer::{Heard, PeerReply, ReplyReader};

trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// A connection, and what was read of it ahead.
pub struct Wire {
    pipe: Box<dyn Pipe>,
    input: BytesMut,
}

impl Wire {
    /// Connects to a listener.
    pub async fn to(place: &Place) -> Result<Self, String> {
        match place {
            Place::Unix(path) => UnixStream::connect(path).await.map(Self::over),
            Place::Tcp(address) => TcpStream::connect(address).await.map(Self::over),
        }
        .map_err(|error| error.to_string())
    }

    /// Connects to a mail server by its name.
    pub async fn to_host(host: &str) -> Result<Self, String> {
        TcpStream::connect(host).await.map(Self::over).map_err(|error| error.to_string())
    }

    fn over(pipe: impl Pipe + 'static) -> Self {
        Self { pipe: Box::new(pipe), input: BytesMut::new() }
    }

    /// Is greeted, and says hello.
    pub async fn greeted(&mut self, hello: &str) -> Result<(), String> {
        let greeting = self.hear().await?;
        wanted(greeting, 220, "greeting")?;
        self.say(&format!("{hello} doctor.invalid"), 250).await
    }

    /// Says a line, or a mail and its last dot. Any reply but this one is an error.
    pub async fn say(&mut self, what: &str, code: u16) -> Result<(), String> {
        let line = format!("{what}\r\n");
        self.pipe.write_all(line.as_bytes()).await.map_err(|error| error.to_string())?;
        let name = if what.contains('\n') { "the mail" } else { what };
        wanted(self.hear().await?, code, name)
    }

    /// Says goodbye, whether it is heard or not.
    pub async fn leave(mut self) {
        drop(self.pipe.write_all(b"QUIT\r\n").await);
    }

    async fn hear(&mut self) -> Result<PeerReply, String> {
        let mut reader = ReplyReader::default();
        loop {
            match reader.next(&mut self.input) {
                Heard::Whole(reply) => return Ok(reply),
                Heard::Broken => return Err("what answers is no mail server".to_owned()),
                Heard::More => {}
            }
            match self.pipe.read_buf(&mut self.input).await {
                Ok(0) => return Err("it hung up".to_owned()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

fn wanted(reply: PeerReply, code: u16, what: &str) -> Result<(), String> {
    if reply.code == code {
        return Ok(());
    }
    Err(format!("{what}: {} {} {}", reply.code, reply.status.unwrap_or_default(), reply.text))
}
