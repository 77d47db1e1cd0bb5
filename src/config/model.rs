//! The configuration as used: checked, with a value for everything.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::place::{Network, Place};
use crate::address::Domain;
use crate::mail::tag::TagPattern;
use crate::rules::Policy;
use crate::rules::budget::AckPolicy;
use crate::rules::retry::Backoff;
use crate::rules::telling::Telling;
use crate::thread::Ours;
use crate::token::KeyRing;
use crate::verify::TrustPolicy;

/// How the process runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Its own name, in greetings.
    pub host_name: Domain,
    /// Where token addresses live.
    pub reply_domain: Domain,
    /// Where everything durable lies.
    pub data_directory: PathBuf,
    /// Ways in.
    pub listen: Listen,
    /// Probes and API.
    pub http: Http,
    /// Memory for the store's pages, in bytes.
    pub store_cache_bytes: usize,
    /// Prefix of references.
    pub prefix: String,
    /// Tags of other systems that name cases.
    pub legacy_tags: Vec<TagPattern>,
    /// How long a settled case is reopened by a reply.
    pub reopen_days: u32,
    /// How long an answer waits before it leaves.
    pub undo: Duration,
    /// How long a reply token counts.
    pub reply_token_days: u16,
    /// Bounds on acknowledgements.
    pub acks: AckPolicy,
    /// The way out.
    pub outbound: Outbound,
    /// Whom to believe.
    pub trust: TrustPolicy,
    /// Bounds on everything.
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
    /// When users are told.
    pub telling: Telling,
    /// Where dates and "tomorrow" are meant.
    pub time_zone: jiff::tz::TimeZone,
}

/// Ways in; `None`: off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// LMTP from a mail server.
    pub lmtp: Option<Place>,
    /// SMTP from a mail server.
    pub smtp: Option<Place>,
    /// LMTP fed only with mail of authenticated users; a unix socket.
    pub submission: Option<Place>,
    /// Mode of unix sockets.
    pub unix_mode: u32,
    /// Peers that are told what became of a mail, and whose trace headers may be believed. Unix sockets always are.
    pub trusted_peers: Vec<Network>,
}

/// Probes and API; `None`: off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// `/livez /readyz /startupz /metrics`
    pub probes: Option<Place>,
    /// The JSON API's unix socket.
    pub api: PathBuf,
}

/// The way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Tried in order.
    pub smarthosts: Vec<Smarthost>,
    /// Letters under way at the same time.
    pub connections_max: usize,
    /// When failed letters are tried again.
    pub backoff: Backoff,
}

/// A mail server that takes what we send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smarthost {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates in PEM of those whose word counts for the host's certificate; `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// Who we are there.
    pub login: Option<Login>,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all; only on loopback.
    None,
    /// Encrypted, whoever answers: STARTTLS, or TLS from the first byte on port 465.
    Required,
    /// Encrypted, and the certificate is that of the host.
    Verified,
}

/// User name, and the file that holds the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// User name.
    pub user: String,
    /// The password is its first line.
    pub password_file: PathBuf,
}

/// Bounds on everything that comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A whole mail.
    pub mail_bytes_max: u64,
    /// Recipients of one mail.
    pub recipients_max: usize,
    /// A command line, with its end (RFC 5321 §4.5.3.1.4, and room for long parameters).
    pub line_bytes_max: usize,
    /// A line of a mail that is taken in.
    pub text_line_bytes_max: usize,
    /// All header fields of one mail.
    pub header_bytes_max: usize,
    /// Header fields of one mail.
    pub header_fields_max: usize,
    /// Addresses read from one mail.
    pub addresses_max: usize,
    /// Nesting of MIME parts.
    pub mime_depth_max: usize,
    /// MIME parts.
    pub mime_parts_max: usize,
    /// Bad commands in one session.
    pub errors_max: u32,
    /// Sessions at work.
    pub sessions_max: usize,
    /// Connections, idle ones included.
    pub connections_max: usize,
    /// Connections of one peer; unix sockets are exempt.
    pub connections_per_peer_max: usize,
    /// Mail bodies in memory.
    pub inflight_bytes_max: u64,
    /// A peer that says nothing, or does not read.
    pub idle: Duration,
    /// Slowest DATA.
    pub data_bytes_per_second_min: u64,
    /// A mail is taken while so many times its size is free on disk.
    pub disk_free_factor: u64,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The shape of a line.
    pub format: LogFormat,
    /// From which weight on.
    pub level: LogLevel,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// From which weight on something is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What somebody must look at.
    Error,
    /// What somebody should know.
    Warn,
    /// One line per mail and attempt.
    Info,
    /// Addresses and subjects too.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word in the file, and in filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Config {
    /// What decisions depend on.
    pub fn policy(&self, keys: Arc<KeyRing>) -> Policy {
        Policy {
            ours: Ours {
                prefix: self.prefix.clone(),
                legacy_tags: self.legacy_tags.clone(),
                host_name: self.host_name.clone(),
                reply_domain: self.reply_domain.clone(),
                keys,
            },
            reply_token_days: self.reply_token_days,
            trust: self.trust.clone(),
            reopen_days: self.reopen_days,
            undo: self.undo,
            acks: self.acks,
            backoff: self.outbound.backoff.clone(),
            telling: self.telling,
            time_zone: self.time_zone.clone(),
        }
    }
}

impl Default for Config {
    /// What `henvend.toml` shows. The two domains have no default there: these are reserved names (RFC 2606 §3).
    fn default() -> Self {
        let domain = |text| Domain::parse(text).expect("a constant that reads");
        Self {
            host_name: domain("henvend.example.org"),
            reply_domain: domain("reply.example.org"),
            data_directory: PathBuf::from("/var/lib/henvend"),
            listen: Listen::default(),
            http: Http::default(),
            store_cache_bytes: 64 << 20,
            prefix: "HV".to_owned(),
            legacy_tags: Vec::new(),
            reopen_days: 14,
            undo: Duration::ZERO,
            reply_token_days: 90,
            acks: AckPolicy::default(),
            outbound: Outbound::default(),
            trust: TrustPolicy::default(),
            limits: Limits::default(),
            log: Log { format: LogFormat::Text, level: LogLevel::Info },
            telling: Telling::default(),
            time_zone: jiff::tz::TimeZone::UTC,
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            lmtp: Some(Place::Unix(PathBuf::from("/run/henvend/lmtp.sock"))),
            smtp: None,
            submission: None,
            unix_mode: 0o660,
            trusted_peers: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        let probes = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9725);
        Self { probes: Some(Place::Tcp(probes)), api: PathBuf::from(API_SOCKET) }
    }
}

/// Where the API listens unless told otherwise; the command line looks there too.
pub const API_SOCKET: &str = "/run/henvend/api.sock";

impl Default for Outbound {
    fn default() -> Self {
        Self { smarthosts: vec![Smarthost::default()], connections_max: 8, backoff: Backoff::default() }
    }
}

impl Default for Smarthost {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: 25, tls: Tls::None, ca_file: None, login: None }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mail_bytes_max: 26 << 20,
            recipients_max: 200,
            line_bytes_max: 2048,
            text_line_bytes_max: 1 << 20,
            header_bytes_max: 256 << 10,
            header_fields_max: 1000,
            addresses_max: 1000,
            mime_depth_max: 32,
            mime_parts_max: 1000,
            errors_max: 10,
            sessions_max: 256,
            connections_max: 1000,
            connections_per_peer_max: 100,
            inflight_bytes_max: 256 << 20,
            idle: Duration::from_secs(300),
            data_bytes_per_second_min: 500,
            disk_free_factor: 3,
        }
    }
}
