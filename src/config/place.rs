//! Where a listener listens, and which peers are known.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Where something listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A unix socket at this absolute path.
    Unix(PathBuf),
    /// An address and a port.
    Tcp(SocketAddr),
}

impl Place {
    /// Reads `unix:/path` or `127.0.0.1:24` or `[::1]:24`. Names are not looked up: a listener must not depend on DNS.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("unix:") {
            Some(path) => is_socket_path(path).then(|| Self::Unix(PathBuf::from(path))),
            None => text.parse().ok().map(Self::Tcp),
        }
    }
}

/// Absolute, and short enough for the kernel (`sun_path` holds 108 octets with its end mark).
pub fn is_socket_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= 107 && !path.contains('\0')
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}

/// A network: all addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. The bits beyond the prefix must be zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let width = width(address);
        let bits = bits.unwrap_or(width);
        let network = Self { address, bits };
        (bits <= width && number(address) & !network.mask() == 0).then_some(network)
    }

    /// Is the peer in it? An IPv4 peer on an IPv6 socket counts as the IPv4 peer that it is.
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        width(peer) == width(self.address) && number(peer) & self.mask() == number(self.address)
    }

    fn mask(&self) -> u128 {
        let width = u32::from(width(self.address));
        let all = if width == 128 { u128::MAX } else { (1 << width) - 1 };
        all & !all.checked_shr(u32::from(self.bits)).unwrap_or(0)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_paths_or_numbers() {
        for good in ["unix:/run/x.sock", "127.0.0.1:24", "[::1]:25"] {
            assert_eq!(Place::parse(good).map(|place| place.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "unix:", "unix:run/x", "localhost:25", "127.0.0.1", ":25", "/run/x"] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn networks_hold_their_peers() {
        let cases = [
            ("127.0.0.0/8", "127.3.2.1", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:5::1", true),
            ("::/0", "2001:db8:5::1", true),
        ];
        for (network, peer, want) in cases {
            let network = Network::parse(network).expect("good");
            assert_eq!(network.contains(peer.parse().expect("good")), want, "{network} {peer}");
        }
        for bad in ["", "x", "127.0.0.1/8", "127.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
