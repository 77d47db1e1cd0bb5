//! How many connections each TCP peer has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by peer.
#[derive(Debug)]
pub struct Peers {
    max: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub struct Counted {
    peer: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Peers {
    /// At most `max` connections of each.
    pub fn new(max: usize) -> Self {
        Self { max, counts: Arc::default() }
    }

    /// Counts one more, unless the peer has enough.
    pub fn enter(&self, address: IpAddr) -> Option<Counted> {
        let peer = household(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Counted { peer, counts: self.counts.clone() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}

/// One host has a whole /64 of IPv6 addresses to call from.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> 64 << 64)),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn peers_are_counted_until_they_leave() {
        let peers = Peers::new(2);
        let first = peers.enter(ip("192.0.2.1"));
        let second = peers.enter(ip("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(peers.enter(ip("192.0.2.1")).is_none());
        assert!(peers.enter(ip("192.0.2.2")).is_some());
        drop(second);
        assert!(peers.enter(ip("192.0.2.1")).is_some());
        let six = [peers.enter(ip("2001:db8::1")), peers.enter(ip("2001:db8::2"))];
        assert!(six.iter().all(Option::is_some));
        assert!(peers.enter(ip("2001:db8::3")).is_none());
        assert!(peers.enter(ip("2001:db8:0:1::3")).is_some());
        drop((first, six));
        assert!(peers.counts.lock().expect("whole").is_empty());
    }
}
