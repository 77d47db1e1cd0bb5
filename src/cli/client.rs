//! The daemon's API, from the other side of its unix socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::http::types::Problem;

/// Longest wait for a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Longest wait for an answer; the daemon gives up earlier and says so.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(75);
/// Largest answer taken.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Why there is no answer, or not the one hoped for.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("no daemon at {}: {error}", socket.display())]
    Absent {
        /// Where.
        socket: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The socket is there, but not for us.
    #[error("not allowed to open {}: are you in the group henvend?", .0.display())]
    NotAllowed(PathBuf),
    /// The daemon said no.
    #[error("{}", .0.detail)]
    Refused(Problem),
    /// The daemon went away, or took too long.
    #[error("no answer: {0}")]
    Broken(String),
    /// The daemon said something that we do not understand.
    #[error("answer not understood: {0}")]
    Strange(String),
}

/// Speaks to one daemon; a connection for each request.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
}

/// A body and its media type.
#[derive(Clone, Debug)]
pub struct Content {
    kind: &'static str,
    bytes: Bytes,
}

impl Content {
    /// Nothing.
    pub fn none() -> Self {
        Self { kind: "application/octet-stream", bytes: Bytes::new() }
    }

    /// A raw mail.
    pub fn mail(bytes: Vec<u8>) -> Self {
        Self { kind: "message/rfc822", bytes: bytes.into() }
    }

    /// A value as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value).expect("requests are plain values with text keys");
        Self { kind: "application/json", bytes: bytes.into() }
    }
}

impl Client {
    /// The daemon that listens here.
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Asks for something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(&self.send(Method::GET, path, Content::none()).await?)
    }

    /// Asks to do something.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, content: Content) -> Result<T, ClientError> {
        read(&self.send(Method::POST, path, content).await?)
    }

    async fn send(&self, method: Method, path: &str, content: Content) -> Result<Bytes, ClientError> {
        let broken = |error: &dyn std::fmt::Display| ClientError::Broken(error.to_string());
        let stream = self.connect().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "henvend")
            .header("content-type", content.kind)
            .body(Full::new(content.bytes))
            .map_err(|error| broken(&error))?;
        let exchange = async {
            let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
            let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
            let asking = async {
                let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
                let status = answer.status();
                let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
                Ok((status, body.map_err(|error| broken(&error))?.to_bytes()))
            };
            // The connection has to be driven; when it ends first, the asking tells why.
            tokio::pin!(asking);
            tokio::select! {
                answer = &mut asking => answer,
                _ = connection => asking.await,
            }
        };
        let (status, body) = timeout(ANSWER_TIME_MAX, exchange).await.map_err(|error| broken(&error))??;
        if status.is_success() { Ok(body) } else { Err(refused(status, &body)) }
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        let connecting = timeout(CONNECT_TIME_MAX, UnixStream::connect(&self.socket)).await;
        match connecting.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => Ok(stream),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(ClientError::NotAllowed(self.socket.clone()))
            }
            Err(error) => Err(ClientError::Absent { socket: self.socket.clone(), error }),
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| ClientError::Strange(error.to_string()))
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    ClientError::Refused(serde_json::from_slice(body).unwrap_or_else(|_| Problem {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: status.to_string(),
    }))
}

/// `path?key=value&…` with everything but plain letters and digits percent-encoded (RFC 3986 §2.1).
pub fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// One part of a path, percent-encoded.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded() {
        let pairs = [("to", "kåre+x@uni.no"), ("max", "5")];
        assert_eq!(with_query("/v1/x", pairs), "/v1/x?to=k%C3%A5re%2Bx%40uni.no&max=5");
        assert_eq!(with_query("/v1/x", []), "/v1/x");
        assert_eq!(encoded("HV-1/../2"), "HV-1%2F..%2F2");
    }
}
