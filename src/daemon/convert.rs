//! From the configuration's values to each room's own.

use std::path::Path;

use anyhow::{Context, Result};

use crate::config::model::{Config, Smarthost as ConfiguredHost, Tls as ConfiguredTls};
use crate::config::place::Place;
use crate::config::{Problem, Problems};
use crate::mail::parse;
use crate::net::NetConfig;
use crate::net::listen::{Endpoint, ListenConfig};
use crate::net::passed::{NAMES, Passed};
use crate::net::smarthost::{At, Authority, HostConfig, Login, Patience, SmarthostConfig, Tls, TlsStart, authorities};

use super::Failure;

/// TLS from the first byte (RFC 8314 §3.3).
const SUBMISSIONS_PORT: u16 = 465;

/// Bounds of the network side.
pub fn net(config: &Config) -> NetConfig {
    let usual = NetConfig::new(config.host_name.clone(), config.prefix.clone(), config.data_directory.clone());
    let limits = &config.limits;
    let session = crate::smtp::limits::Limits {
        command_bytes_max: limits.line_bytes_max,
        recipients_max: limits.recipients_max,
        errors_max: limits.errors_max,
        mail_bytes_max: limits.mail_bytes_max,
        text_line_bytes_max: limits.text_line_bytes_max,
        idle_max: limits.idle,
        data_bytes_per_second_min: limits.data_bytes_per_second_min,
        ..usual.limits
    };
    NetConfig {
        limits: session,
        sessions_at_work_max: limits.sessions_max,
        connections_idle_max: limits.connections_max,
        connections_per_peer_max: limits.connections_per_peer_max,
        inflight_bytes_max: usize::try_from(limits.inflight_bytes_max).unwrap_or(usize::MAX),
        ..usual
    }
}

/// Bounds of reading mail.
pub fn reading(config: &Config) -> parse::Limits {
    let limits = &config.limits;
    parse::Limits {
        header_bytes_max: limits.header_bytes_max,
        header_fields_max: limits.header_fields_max,
        addresses_max: limits.addresses_max,
        depth_max: limits.mime_depth_max,
        parts_max: limits.mime_parts_max,
        ..parse::Limits::default()
    }
}

/// Is what systemd passed what the configuration speaks of?
pub fn sockets(config: &Config, passed: &Passed) -> Result<(), Failure> {
    passed.check().map_err(|error| Failure::Config(error.to_string()))?;
    // Whether a user's word needs proof depends on there being such a listener.
    if config.listen.submission.is_none() && passed.unclaimed().any(|name| name == "submission") {
        let wrong = "systemd passed a socket named submission, and listen.submission is off";
        return Err(Failure::Config(wrong.to_owned()));
    }
    Ok(())
}

/// All sockets to listen on. Those that systemd passed under a listener's name stand in for its own.
pub fn listeners(config: &Config, passed: &Passed) -> Vec<ListenConfig> {
    let listen = &config.listen;
    let places = [&listen.lmtp, &listen.smtp, &listen.submission];
    let made = NAMES.into_iter().zip(places).flat_map(|((listener, name), place)| {
        let given = passed.unclaimed().filter(|known| *known == name);
        let mut endpoints: Vec<_> = given.map(|name| Endpoint::Passed(name.to_owned())).collect();
        if endpoints.is_empty() {
            endpoints.extend(place.as_ref().map(|place| match place {
                Place::Unix(path) => Endpoint::Unix { path: path.clone(), mode: listen.unix_mode },
                Place::Tcp(address) => Endpoint::Tcp(*address),
            }));
        }
        let trusted = &listen.trusted_peers;
        endpoints.into_iter().map(move |endpoint| ListenConfig { listener, endpoint, trusted: trusted.clone() })
    });
    made.collect()
}

/// The way out.
pub fn smarthost(config: &Config) -> Result<SmarthostConfig> {
    let hosts = config.outbound.smarthosts.iter().map(host).collect::<Result<Vec<_>>>()?;
    let pool_max = config.outbound.connections_max;
    Ok(SmarthostConfig { hosts, hello: config.host_name.to_string(), patience: Patience::default(), pool_max })
}

fn host(configured: &ConfiguredHost) -> Result<HostConfig> {
    let start = if configured.port == SUBMISSIONS_PORT { TlsStart::Implicit } else { TlsStart::StartTls };
    let tls = match configured.tls {
        ConfiguredTls::None => Tls::None,
        ConfiguredTls::Required => Tls::Required(start),
        ConfiguredTls::Verified => Tls::Verified(start),
    };
    let login = match &configured.login {
        Some(login) => Some(Login { user: login.user.clone(), password: password(&login.password_file)? }),
        None => None,
    };
    let authorities = match &configured.ca_file {
        Some(path) => vouching(path).map_err(|found| anyhow::anyhow!("certificates in {}: {found}", path.display()))?,
        None => Vec::new(),
    };
    let at = At::Tcp { host: configured.host.clone(), port: configured.port };
    Ok(HostConfig { at, tls, authorities, login })
}

/// What the configuration is wrong about because of what stands in other files; `name` is what it is called itself.
///
/// Passwords are left out: where systemd hands them over, they lie there only while the daemon runs.
pub fn files(name: &str, config: &Config) -> Problems {
    let hosts = config.outbound.smarthosts.iter().enumerate();
    let problem = |(nth, host): (usize, &ConfiguredHost)| {
        let path = host.ca_file.as_deref()?;
        let found = vouching(path).err()?;
        let (key, wanted) = (format!("outbound.smarthost[{nth}].ca_file"), "certificates in PEM".to_owned());
        Some(Problem { file: name.to_owned(), key, found: format!("{found} in {}", path.display()), wanted })
    };
    Problems(hosts.filter_map(problem).collect())
}

fn vouching(path: &Path) -> Result<Vec<Authority>, String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    authorities(&pem).map_err(|error| error.to_string())
}

fn password(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("password file {}", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    anyhow::ensure!(!first.is_empty(), "password file {} is empty", path.display());
    Ok(first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_begins_at_once_on_its_own_port_only() {
        let table = [
            (465, ConfiguredTls::Verified, Tls::Verified(TlsStart::Implicit)),
            (465, ConfiguredTls::Required, Tls::Required(TlsStart::Implicit)),
            (587, ConfiguredTls::Verified, Tls::Verified(TlsStart::StartTls)),
            (25, ConfiguredTls::Required, Tls::Required(TlsStart::StartTls)),
            (465, ConfiguredTls::None, Tls::None),
        ];
        for (port, tls, want) in table {
            let configured = ConfiguredHost { port, tls, ..ConfiguredHost::default() };
            assert_eq!(host(&configured).expect("no files are named").tls, want, "{port} {tls:?}");
        }
    }
}
