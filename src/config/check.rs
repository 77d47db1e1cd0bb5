//! From the file as written to the configuration as used, with everything that is wrong.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::file::{self, File};
use super::model::{Config, Http, Limits, Listen, Log, LogFormat, LogLevel, Login, Outbound, Smarthost, Tls};
use super::place::{Network, Place, is_socket_path};
use super::reader::{OFF, Problems, Reader, quoted};
use crate::address::Domain;
use crate::mail::machine::SpamMark;
use crate::rules::budget::{AckPolicy, AckUnverified};
use crate::rules::retry::Backoff;
use crate::verify::{OwnCheck, TrustPolicy};

/// Reads and checks a configuration; `name` is what the file is called in problems.
///
/// Errors: all problems at once; but when the text is no TOML or holds an unknown key, that alone.
pub fn read(name: &str, text: &str) -> Result<Config, Problems> {
    let mut reader = Reader { file: name, problems: Vec::new() };
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            reader.add(&format!("line {line}"), error.message(), "");
            return Err(Problems(reader.problems));
        }
    };
    let config = reader.config(file);
    reader.together(&config);
    if reader.problems.is_empty() { Ok(config) } else { Err(Problems(reader.problems)) }
}

impl Reader<'_> {
    fn config(&mut self, file: File) -> Config {
        let default = Config::default();
        let host_name = "the full name of this host, as other mail servers know it";
        let reply_domain = "a domain of its own for answers, routed here: reply.your.domain";
        Config {
            host_name: self.domain("host_name", file.host_name, host_name).unwrap_or(default.host_name),
            reply_domain: self.domain("reply_domain", file.reply_domain, reply_domain).unwrap_or(default.reply_domain),
            data_directory: self.path("data_directory", file.data_directory).unwrap_or(default.data_directory),
            trust: self.trust(file.trust, &file.listen),
            listen: self.listen(file.listen),
            http: self.http(file.http),
            store_cache_bytes: self.number(
                "store.cache_bytes",
                file.store.cache_bytes,
                1 << 20..=1 << 40,
                default.store_cache_bytes,
            ),
            prefix: self.prefix(file.cases.prefix).unwrap_or(default.prefix),
            legacy_tags: self.legacy_tags(file.cases.legacy_tags),
            reopen_days: self.number("cases.reopen_days", file.cases.reopen_days, 0..=3650, default.reopen_days),
            undo: Duration::from_secs(self.number("cases.undo_seconds", file.cases.undo_seconds, 0..=86_400, 0)),
            reply_token_days: self.number(
                "cases.reply_token_days",
                file.cases.reply_token_days,
                1..=3650,
                default.reply_token_days,
            ),
            acks: self.acks(file.acknowledgements),
            outbound: self.outbound(file.outbound),
            limits: self.limits(file.limits),
            log: self.log(file.log),
            telling: self.telling(file.notifications),
            time_zone: self.zone(file.time.zone).unwrap_or(default.time_zone),
        }
    }

    fn listen(&mut self, file: file::Listen) -> Listen {
        let default = Listen::default();
        let mode = file.unix_mode.and_then(|text| {
            let mode = u32::from_str_radix(&text, 8).ok().filter(|mode| (0o600..=0o777).contains(mode));
            if mode.is_none() {
                self.add("listen.unix_mode", quoted(&text), "an octal mode between \"0600\" and \"0777\"");
            }
            mode
        });
        let mut peers = Vec::new();
        for text in file.trusted_peers.unwrap_or_default() {
            match Network::parse(&text) {
                Some(network) => peers.push(network),
                None => self.add("listen.trusted_peers", quoted(&text), "an address or a network: 192.0.2.0/24"),
            }
        }
        Listen {
            lmtp: self.place("listen.lmtp", file.lmtp, default.lmtp),
            smtp: self.place("listen.smtp", file.smtp, default.smtp),
            submission: self.place("listen.submission", file.submission, default.submission),
            unix_mode: mode.unwrap_or(default.unix_mode),
            trusted_peers: peers,
        }
    }

    fn http(&mut self, file: file::Http) -> Http {
        let default = Http::default();
        let api = file.api.map(|text| match text.strip_prefix("unix:").filter(|path| is_socket_path(path)) {
            Some(path) => PathBuf::from(path),
            None => {
                self.add("http.api", quoted(&text), "unix:/path of a socket: the API is on nothing else");
                default.api.clone()
            }
        });
        Http { probes: self.place("http.probes", file.probes, default.probes), api: api.unwrap_or(default.api) }
    }

    fn acks(&mut self, file: file::Acknowledgements) -> AckPolicy {
        let default = AckPolicy::default();
        let words = [("auto", AckUnverified::Auto), ("always", AckUnverified::Always), ("never", AckUnverified::Never)];
        let mut bound =
            |key: &str, value, default| self.number(&format!("acknowledgements.{key}"), value, 0..=1_000_000, default);
        AckPolicy {
            per_sender_day_max: bound("per_sender_day_max", file.per_sender_day_max, default.per_sender_day_max),
            per_category_minute_max: bound(
                "per_category_minute_max",
                file.per_category_minute_max,
                default.per_category_minute_max,
            ),
            site_minute_max: bound("site_minute_max", file.site_minute_max, default.site_minute_max),
            unverified: self.one_of("acknowledgements.unverified", file.unverified, &words).unwrap_or_default(),
        }
    }

    fn outbound(&mut self, file: file::Outbound) -> Outbound {
        let default = Outbound::default();
        let smarthosts = file.smarthost.map(|list| {
            if list.is_empty() {
                self.add("outbound.smarthost", "none", "at least one");
            }
            list.into_iter().enumerate().map(|(nth, host)| self.smarthost(nth, host)).collect()
        });
        let most = file.connections_max;
        Outbound {
            connections_max: self.number("outbound.connections_max", most, 1..=1000, default.connections_max),
            backoff: self.backoff(
                file.retry_minutes,
                &[
                    ("retry_wait_minutes_max", file.retry_wait_minutes_max),
                    ("retry_age_hours_max", file.retry_age_hours_max),
                    ("acknowledgement_age_hours_max", file.acknowledgement_age_hours_max),
                ],
            ),
            smarthosts: smarthosts.unwrap_or(default.smarthosts),
        }
    }

    fn backoff(&mut self, first: Option<Vec<i64>>, ends: &[(&str, Option<i64>); 3]) -> Backoff {
        let default = Backoff::default();
        let waits = first.map(|waits| {
            if waits.is_empty() {
                self.add("outbound.retry_minutes", "none", "at least one wait");
            }
            waits.into_iter().map(|wait| self.span("outbound.retry_minutes", Some(wait), MINUTE, MINUTE)).collect()
        });
        let mut end = |nth: usize, unit, default| {
            let (key, value) = ends[nth];
            self.span(&format!("outbound.{key}"), value, unit, default)
        };
        Backoff {
            wait_max: end(0, MINUTE, default.wait_max),
            age_max: end(1, HOUR, default.age_max),
            ack_age_max: end(2, HOUR, default.ack_age_max),
            first: waits.unwrap_or(default.first),
        }
    }

    fn span(&mut self, key: &str, value: Option<i64>, unit: Duration, default: Duration) -> Duration {
        value.map_or(default, |value| unit * self.number(key, Some(value), 1..=100_000, 1u32))
    }

    fn smarthost(&mut self, nth: usize, file: file::Smarthost) -> Smarthost {
        let default = Smarthost::default();
        let place = format!("outbound.smarthost[{nth}]");
        let key = |name: &str| format!("{place}.{name}");
        let host = file.host.unwrap_or(default.host);
        if host.parse::<IpAddr>().is_err() && (host.starts_with('[') || Domain::parse(&host).is_none()) {
            self.add(&key("host"), quoted(&host), "a host name or an address");
        }
        let words = [("none", Tls::None), ("required", Tls::Required), ("verified", Tls::Verified)];
        let loopback = host.parse::<IpAddr>().map_or(host == "localhost", |address| address.is_loopback());
        let tls = match self.one_of(&key("tls"), file.tls, &words) {
            Some(Tls::None) if !loopback => {
                self.add(&key("tls"), "\"none\"", "\"verified\" or \"required\": the host is not on loopback");
                Tls::Verified
            }
            Some(tls) => tls,
            None if loopback => Tls::None,
            None => Tls::Verified,
        };
        let ca_file = self.path(&key("ca_file"), file.ca_file);
        if ca_file.is_some() && tls != Tls::Verified {
            self.add(&key("ca_file"), "a file", "none, or tls = \"verified\": nothing else looks at certificates");
        }
        let password_file = self.path(&key("password_file"), file.password_file);
        let login = match (file.user, password_file) {
            (Some(user), Some(password_file)) => Some(Login { user, password_file }),
            (Some(_), None) => {
                self.add(&key("password_file"), "nothing", "the file that holds the user's password");
                None
            }
            (None, Some(_)) => {
                self.add(&key("user"), "nothing", "the user whose password the file holds");
                None
            }
            (None, None) => None,
        };
        let port = self.number(&key("port"), file.port, 1..=65_535, default.port);
        Smarthost { host, port, tls, ca_file, login }
    }

    fn trust(&mut self, file: file::Trust, listen: &file::Listen) -> TrustPolicy {
        let words = [("auto", None), ("channel", Some(true)), ("token", Some(false))];
        let authserv_ids = file.authserv_ids.unwrap_or_default();
        for id in authserv_ids.iter().filter(|id| id.is_empty() || id.chars().any(|c| c.is_whitespace() || c == ';')) {
            self.add("trust.authserv_ids", quoted(id), "the name in Authentication-Results, one word (RFC 8601 §2.5)");
        }
        let own_check = self.own_check(file.own_check.unwrap_or_default(), file.name_server);
        let received_above = self.number("trust.received_above", file.received_above, 0..=10, 0);
        let submission = listen.submission.as_deref().is_some_and(|text| text != OFF);
        let require_channel = self.one_of("trust.require", file.require, &words).unwrap_or_default();
        let spam_marks = self.spam_marks(file.spam_marks.unwrap_or_default());
        let provable = own_check.is_some() || !authserv_ids.is_empty();
        let binding_domains = self.binding_domains(file.domain.unwrap_or_default(), provable);
        let policy = TrustPolicy {
            authserv_ids,
            received_above,
            own_check,
            submission,
            require_channel,
            binding_domains,
            spam_marks,
        };
        if require_channel == Some(true) && !policy.can_verify() && !submission {
            let wanted = "an authserv_id, own_check or a submission listener with it: nothing else can prove a sender";
            self.add("trust.require", "\"channel\"", wanted);
        }
        policy
    }

    /// Domains whose own mail servers let nobody write in another's name.
    fn binding_domains(&mut self, domains: BTreeMap<String, file::TrustDomain>, provable: bool) -> Vec<Domain> {
        let mut binding = Vec::new();
        for (name, _) in domains.iter().filter(|(_, domain)| domain.binds_sender == Some(true)) {
            let key = format!("trust.domain.\"{name}\"");
            match Domain::parse(name) {
                Some(_) if !provable => {
                    let wanted =
                        "trust.authserv_ids or own_check with it: nothing else can prove that a mail is of the domain";
                    self.add(&format!("{key}.binds_sender"), "true", wanted);
                }
                Some(domain) => binding.push(domain),
                None => self.add(&key, quoted(name), "a domain: \"uni.no\""),
            }
        }
        binding
    }

    fn spam_marks(&mut self, texts: Vec<String>) -> Vec<SpamMark> {
        let mut marks = Vec::new();
        for text in texts {
            match SpamMark::parse(&text) {
                Some(mark) => marks.push(mark),
                None => {
                    self.add("trust.spam_marks", quoted(&text), "a field and how its value begins: X-Spam-Flag: YES")
                }
            }
        }
        marks
    }

    fn own_check(&mut self, on: bool, name_server: Option<String>) -> Option<OwnCheck> {
        let Some(text) = name_server else { return on.then(OwnCheck::default) };
        let name_server =
            text.parse::<SocketAddr>().or_else(|_| text.parse::<IpAddr>().map(|ip| (ip, DNS_PORT).into()));
        if name_server.is_err() {
            self.add(
                "trust.name_server",
                quoted(&text),
                "an address in numbers: 192.0.2.53, or with a port [2001:db8::53]:53",
            );
        }
        if !on {
            self.add("trust.name_server", quoted(&text), "own_check = true with it: nothing else asks");
        }
        on.then_some(OwnCheck { name_server: name_server.ok() })
    }

    fn limits(&mut self, file: file::Limits) -> Limits {
        let is = Limits::default();
        macro_rules! limit {
            ($key:ident, $range:expr) => {
                self.number(concat!("limits.", stringify!($key)), file.$key, $range, is.$key)
            };
        }
        Limits {
            mail_bytes_max: limit!(mail_bytes_max, 65_536..=1 << 30),
            recipients_max: limit!(recipients_max, 100..=10_000),
            line_bytes_max: limit!(line_bytes_max, 512..=65_536),
            text_line_bytes_max: limit!(text_line_bytes_max, 1000..=1 << 30),
            header_bytes_max: limit!(header_bytes_max, 1 << 14..=1 << 24),
            header_fields_max: limit!(header_fields_max, 100..=100_000),
            addresses_max: limit!(addresses_max, 100..=100_000),
            mime_depth_max: limit!(mime_depth_max, 2..=100),
            mime_parts_max: limit!(mime_parts_max, 10..=10_000),
            errors_max: limit!(errors_max, 1..=1000),
            sessions_max: limit!(sessions_max, 1..=1_000_000),
            connections_max: limit!(connections_max, 1..=1_000_000),
            connections_per_peer_max: limit!(connections_per_peer_max, 1..=1_000_000),
            inflight_bytes_max: limit!(inflight_bytes_max, 1 << 20..=1 << 40),
            idle: Duration::from_secs(self.number(
                "limits.idle_seconds",
                file.idle_seconds,
                10..=3600,
                is.idle.as_secs(),
            )),
            data_bytes_per_second_min: limit!(data_bytes_per_second_min, 1..=1 << 30),
            disk_free_factor: limit!(disk_free_factor, 1..=1000),
        }
    }

    fn log(&mut self, file: file::Log) -> Log {
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace]
            .map(|level| (level.as_str(), level));
        let default = Config::default().log;
        Log {
            format: self.one_of("log.format", file.format, &formats).unwrap_or(default.format),
            level: self.one_of("log.level", file.level, &levels).unwrap_or(default.level),
        }
    }

    /// What only shows when several values are seen together.
    fn together(&mut self, config: &Config) {
        let Listen { lmtp, smtp, submission, .. } = &config.listen;
        if let Some(place @ Place::Tcp(_)) = submission {
            self.add("listen.submission", place, "a unix socket: whoever reaches it may write as any user");
        }
        let api = Place::Unix(config.http.api.clone());
        let probes = config.http.probes.as_ref();
        let named = [
            ("listen.lmtp", lmtp.as_ref()),
            ("listen.smtp", smtp.as_ref()),
            ("listen.submission", submission.as_ref()),
            ("http.probes", probes),
            ("http.api", Some(&api)),
        ];
        for (nth, (key, place)) in named.iter().enumerate().filter(|(_, (_, place))| place.is_some()) {
            if let Some((other, _)) = named[..nth].iter().find(|(_, before)| before == place) {
                self.add(key, format!("the place of {other}"), "a place of its own");
            }
        }
        let reached_by_unix = [lmtp, smtp].into_iter().flatten().any(|place| matches!(place, Place::Unix(_)));
        let has_listener = lmtp.is_some() || smtp.is_some();
        if !config.trust.authserv_ids.is_empty()
            && has_listener
            && !reached_by_unix
            && config.listen.trusted_peers.is_empty()
        {
            self.add("listen.trusted_peers", "none", "the mail server whose Authentication-Results are to be believed");
        }
        let limits = &config.limits;
        if limits.connections_max < limits.sessions_max {
            self.add("limits.connections_max", limits.connections_max, "at least limits.sessions_max");
        }
        if limits.inflight_bytes_max < limits.mail_bytes_max {
            self.add("limits.inflight_bytes_max", limits.inflight_bytes_max, "at least limits.mail_bytes_max");
        }
    }
}

/// Where name servers are asked (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
