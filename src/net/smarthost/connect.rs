//! From nothing to a connection that has said hello: address, greeting, TLS, AUTH.

use std::future::Future;
use std::time::Duration;

use mail_send::smtp::tls::build_tls_connector;
use mail_send::{Credentials, SmtpClient, SmtpClientBuilder};
use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, EXT_8BIT_MIME, EXT_DSN, EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8, EXT_START_TLS,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::authority::{Authority, connector};
use super::{At, HostConfig, Patience, SmarthostError, Tls, TlsStart};
use crate::smtp::client::Offer;

/// Anything that bytes go through.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// A connection that has said hello.
pub struct Line {
    /// Its two ends of bytes.
    pub pipe: Box<dyn Pipe>,
    /// What the other side can do.
    pub offer: Offer,
}

/// A host, ready to be connected to.
pub struct Host {
    config: HostConfig,
    /// TLS settings and the name that a certificate must have.
    tls: Option<SmtpClientBuilder<String>>,
}

impl Host {
    pub fn new(config: &HostConfig) -> Result<Self, SmarthostError> {
        let tls = match (&config.at, config.tls) {
            (At::Unix(_), _) => None,
            (At::Tcp { host, .. }, Tls::None) if here(host) => None,
            (At::Tcp { host, .. }, Tls::None) => return Err(SmarthostError::Exposed(host.clone())),
            (At::Tcp { host, port }, Tls::Required(_)) => Some(builder(host, *port, any_certificate())?),
            (At::Tcp { host, port }, Tls::Verified(_)) => Some(builder(host, *port, vouched_for(&config.authorities))?),
        };
        Ok(Self { config: config.clone(), tls })
    }

    /// Connects. What fails here has not touched any mail.
    pub async fn open(&self, hello: &str, patience: &Patience) -> Result<Line, String> {
        match &self.config.at {
            At::Unix(path) => {
                let stream = within(patience.connect, "connect", UnixStream::connect(path)).await?;
                self.open_plain(stream, hello, patience).await
            }
            At::Tcp { host, port } => {
                let stream = within(patience.connect, "connect", TcpStream::connect((host.as_str(), *port))).await?;
                // Commands and mails are written whole; held back, each would wait for the other side's receipt.
                stream.set_nodelay(true).map_err(|error| format!("connect: {error}"))?;
                match &self.tls {
                    Some(tls) => self.open_tls(stream, tls, hello, patience).await,
                    None => self.open_here(stream, hello, patience).await,
                }
            }
        }
    }

    /// A name may lead anywhere: what was reached without TLS must be this machine.
    async fn open_here(&self, stream: TcpStream, hello: &str, patience: &Patience) -> Result<Line, String> {
        let peer = stream.peer_addr().map_err(|error| format!("connect: {error}"))?;
        if !peer.ip().to_canonical().is_loopback() {
            return Err(format!("connect: {} is not this machine, and TLS is off", peer.ip()));
        }
        self.open_plain(stream, hello, patience).await
    }

    async fn open_plain<T: Pipe + 'static>(&self, stream: T, hello: &str, patience: &Patience) -> Result<Line, String> {
        let mut client = SmtpClient { stream, timeout: patience.opening };
        greeting(&mut client, patience).await?;
        self.log_in(client, hello).await
    }

    async fn open_tls(
        &self,
        stream: TcpStream,
        tls: &SmtpClientBuilder<String>,
        hello: &str,
        patience: &Patience,
    ) -> Result<Line, String> {
        let mut client = SmtpClient { stream, timeout: patience.opening };
        let (connector, name) = (&tls.tls_connector, tls.tls_hostname.as_str());
        if matches!(self.config.tls, Tls::Required(TlsStart::Implicit) | Tls::Verified(TlsStart::Implicit)) {
            let mut client = client.into_tls(connector, name).await.map_err(|error| format!("TLS: {error}"))?;
            greeting(&mut client, patience).await?;
            return self.log_in(client, hello).await;
        }
        greeting(&mut client, patience).await?;
        let offer = client.ehlo(hello).await.map_err(|error| format!("EHLO: {error}"))?;
        if !offer.has_capability(EXT_START_TLS) {
            return Err("STARTTLS is not offered, and we do not go on without".to_owned());
        }
        let client = client.start_tls(connector, name).await.map_err(|error| format!("TLS: {error}"))?;
        self.log_in(client, hello).await
    }

    /// Hello, and AUTH where we have a name here. What was offered before TLS is forgotten (RFC 3207 §4.2).
    async fn log_in<T: Pipe + 'static>(&self, mut client: SmtpClient<T>, hello: &str) -> Result<Line, String> {
        let mut offer = client.ehlo(hello).await.map_err(|error| format!("EHLO: {error}"))?;
        if let Some(login) = &self.config.login {
            // Others would be tried and broken off in the middle.
            offer.auth_mechanisms &= AUTH_PLAIN | AUTH_LOGIN;
            let credentials = Credentials::new(login.user.clone(), login.password.clone());
            client.authenticate(&credentials, &offer).await.map_err(|error| format!("AUTH: {error}"))?;
        }
        let size = offer.has_capability(EXT_SIZE).then_some(offer.size as u64);
        let offer = Offer {
            pipelining: offer.has_capability(EXT_PIPELINING),
            eight_bit: offer.has_capability(EXT_8BIT_MIME),
            smtputf8: offer.has_capability(EXT_SMTP_UTF8),
            dsn: offer.has_capability(EXT_DSN),
            size,
        };
        Ok(Line { pipe: Box::new(client.stream), offer })
    }
}

/// The crate reads a greeting for as long as it takes; we do not.
async fn greeting<T: Pipe>(client: &mut SmtpClient<T>, patience: &Patience) -> Result<(), String> {
    let reply = within(patience.greeting, "greeting", client.read()).await?;
    if reply.code / 100 == 2 { Ok(()) } else { Err(format!("greeting: {} {}", reply.code, reply.message.trim())) }
}

async fn within<T, E: std::fmt::Display>(
    time: Duration,
    what: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(time, work).await {
        Ok(done) => done.map_err(|error| format!("{what}: {error}")),
        Err(_) => Err(format!("{what}: waited too long")),
    }
}

/// Is this, by its name, the machine that we are on?
fn here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn any_certificate() -> Result<TlsConnector, String> {
    build_tls_connector(true)
}

fn vouched_for(authorities: &[Authority]) -> Result<TlsConnector, String> {
    match authorities {
        [] => build_tls_connector(false),
        own => connector(own).map_err(|error| error.to_string()),
    }
}

fn builder(
    host: &str,
    port: u16,
    connector: Result<TlsConnector, String>,
) -> Result<SmtpClientBuilder<String>, SmarthostError> {
    let connector = connector.map_err(|detail| SmarthostError::NoTls { host: host.to_owned(), detail })?;
    Ok(SmtpClientBuilder::new_with_tls_connector(host.to_owned(), port, connector))
}
