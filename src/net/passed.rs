//! Listening sockets that systemd opened for us, by name.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// Sockets that were passed and not yet claimed.
#[derive(Debug, Default)]
pub struct Passed {
    sockets: Vec<(String, OwnedFd)>,
}

impl Passed {
    /// Takes what systemd passed to this process; nothing when it passed nothing.
    ///
    /// A number can't become an owned descriptor without a promise to the compiler that nobody else owns it. So we ask
    /// the kernel for a second descriptor of the same socket instead, which is ours beyond doubt.
    pub fn from_systemd() -> io::Result<Self> {
        let named = sd_notify::listen_fds_with_names()?;
        let mut sockets = Vec::new();
        let mut own = None;
        for (number, name) in named {
            if own.is_none() {
                own = Some(pidfd_open(getpid(), PidfdFlags::empty())?);
            }
            let process = own.as_ref().expect("opened in the lines above");
            sockets.push((name, pidfd_getfd(process, number, PidfdGetfdFlags::empty())?));
        }
        Ok(Self { sockets })
    }

    /// The first socket of this name.
    pub fn claim(&mut self, name: &str) -> Option<OwnedFd> {
        let place = self.sockets.iter().position(|(known, _)| known == name)?;
        Some(self.sockets.remove(place).1)
    }

    /// Names that nobody claimed: probably a slip in a unit file.
    pub fn unclaimed(&self) -> impl Iterator<Item = &str> {
        self.sockets.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_second_descriptor_listens_on_the_same_socket() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        let first = UnixListener::bind(&path).expect("bound");
        let process = pidfd_open(getpid(), PidfdFlags::empty()).expect("ourselves");
        let copy = pidfd_getfd(&process, first.as_raw_fd(), PidfdGetfdFlags::empty()).expect("a copy");
        drop(first);
        let mut passed = Passed { sockets: vec![("lmtp".to_owned(), copy)] };
        assert!(passed.claim("smtp").is_none());
        assert_eq!(passed.unclaimed().collect::<Vec<_>>(), ["lmtp"]);
        let listener = UnixListener::from(passed.claim("lmtp").expect("the copy"));
        let client = std::os::unix::net::UnixStream::connect(&path).expect("somebody listens");
        assert!(listener.accept().is_ok());
        drop(client);
        assert_eq!(passed.unclaimed().count(), 0);
    }
}
