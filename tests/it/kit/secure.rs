//! A mail server that speaks TLS, and certificates for it, good and bad.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Somebody who vouches for certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// For a host of this name or address.
    pub fn identity(&self, host: &str) -> Identity {
        self.sign(for_host(host))
    }

    /// Its last day was in the year 2001.
    pub fn outdated_identity(&self, host: &str) -> Identity {
        let mut params = for_host(host);
        (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }
}

impl Identity {
    /// Nobody but itself vouches for it.
    pub fn self_signed(host: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { certificate: for_host(host).self_signed(&key).unwrap(), key }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![self.certificate.der().clone()], key).unwrap()))
    }
}

fn for_host(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name = named(host);
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// When the server begins TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// When it is asked to by STARTTLS.
    StartTls,
    /// The same, and somebody in between has put a reply of their own behind the server's.
    StartTlsWithMore,
    /// Never, though it says that it will.
    Stall,
    /// With the first byte.
    AtOnce,
    /// Never; it does not offer it.
    Never,
}

/// A line that the server heard, and whether it came by TLS.
pub type Heard = (bool, String);

/// Takes every mail, from everybody whose login is right; ends when dropped.
pub struct SecureHost {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    listening: JoinHandle<()>,
}

/// How a server goes about it.
#[derive(Clone)]
struct Ways {
    begin: Begin,
    acceptor: TlsAcceptor,
    /// What it says of AUTH in its hello.
    auth: &'static str,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl SecureHost {
    /// Within a runtime. `auth` names its mechanisms: `PLAIN LOGIN`.
    pub async fn start(begin: Begin, identity: &Identity, auth: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ways = Ways { begin, acceptor: identity.acceptor(), auth, heard: heard.clone() };
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A peer that does not like what it sees hangs up in the middle of anything.
                tokio::spawn(ways.clone().serve(stream));
            }
        });
        Self { address, heard, listening }
    }

    /// All that it has heard.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Lines of mail that came: those that begin so.
    pub fn count(&self, start: &str) -> usize {
        self.heard().iter().filter(|(_, line)| line.starts_with(start)).count()
    }
}

impl Drop for SecureHost {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Ways {
    async fn serve(self, stream: TcpStream) -> io::Result<()> {
        if self.begin == Begin::AtOnce {
            let mut stream = BufReader::new(self.acceptor.accept(stream).await?);
            stream.write_all(b"220 secure.example\r\n").await?;
            return self.talk(&mut stream, true).await.map(drop);
        }
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 secure.example\r\n").await?;
        if self.talk(&mut stream, false).await? {
            if self.begin == Begin::Stall {
                return std::future::pending().await;
            }
            let mut stream = BufReader::new(self.acceptor.accept(stream.into_inner()).await?);
            self.talk(&mut stream, true).await?;
        }
        Ok(())
    }

    /// Until the peer goes, or, which is `true`, TLS is to begin.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        secure: bool,
    ) -> io::Result<bool> {
        while let Some(line) = self.hear(stream, secure).await? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => stream.write_all(self.hello(secure).as_bytes()).await?,
                "STARTTLS" => {
                    let more = if self.begin == Begin::StartTlsWithMore { "250 AUTH PLAIN\r\n" } else { "" };
                    stream.write_all(format!("220 2.0.0 go on\r\n{more}").as_bytes()).await?;
                    return Ok(true);
                }
                "AUTH" => self.log_in(stream, secure, &line).await?,
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    while self.hear(stream, secure).await?.is_some_and(|line| line != ".") {}
                    stream.write_all(b"250 2.0.0 taken\r\n").await?;
                }
                _ => stream.write_all(b"250 2.0.0 ok\r\n").await?,
            }
        }
        Ok(false)
    }

    fn hello(&self, secure: bool) -> String {
        let tls = if secure || self.begin == Begin::Never { "" } else { "250-STARTTLS\r\n" };
        // A server that offers AUTH before TLS too is a trap for those who do not forget it.
        format!("250-secure.example\r\n{tls}250-AUTH {}\r\n250 PIPELINING\r\n", self.auth)
    }

    /// The login is `henvend` with the password `blåbær`.
    async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        secure: bool,
        line: &str,
    ) -> io::Result<()> {
        let good = match line.split_once("AUTH ").unwrap().1 {
            "LOGIN" => {
                stream.write_all(b"334 VXNlcm5hbWU6\r\n").await?;
                let user = self.hear(stream, secure).await?;
                stream.write_all(b"334 UGFzc3dvcmQ6\r\n").await?;
                let password = self.hear(stream, secure).await?;
                user.as_deref() == Some("aGVudmVuZA==") && password.as_deref() == Some("YmzDpWLDpnI=")
            }
            other => other == "PLAIN AGhlbnZlbmQAYmzDpWLDpnI=",
        };
        let reply: &[u8] = if good { b"235 2.7.0 come in\r\n" } else { b"535 5.7.8 who are you\r\n" };
        stream.write_all(reply).await
    }

    async fn hear<S: AsyncRead + Unpin>(&self, stream: &mut BufReader<S>, secure: bool) -> io::Result<Option<String>> {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end_matches("\r\n").to_owned();
        self.heard.lock().unwrap().push((secure, line.clone()));
        Ok(Some(line))
    }
}
