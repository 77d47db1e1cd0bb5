//! Listening sockets that systemd opened for us, by name.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use thiserror::Error;

use crate::envelope::Listener;

/// What a listener's socket is called where one is passed (`FileDescriptorName=`).
pub const NAMES: [(Listener, &str); 3] =
    [(Listener::Lmtp, "lmtp"), (Listener::Smtp, "smtp"), (Listener::Submission, "submission")];

/// Why a passed socket cannot be used: a slip in a unit file, which starting again does not mend.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PassedError {
    /// No listener is called so.
    #[error("systemd passed a socket named {0:?}: FileDescriptorName= must be lmtp, smtp or submission")]
    Unknown(String),
    /// It is a connection, a datagram socket, or no socket.
    #[error("what systemd passed as {0} does not listen: it must be of ListenStream=, and without Accept=")]
    Silent(String),
    /// Whoever reaches it may write as any user.
    #[error("the socket that systemd passed as submission is on the network: it must be a unix socket")]
    Exposed,
}

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
        // Where they are another process's, so are the names.
        if sd_notify::listen_fds()?.len() == 0 {
            return Ok(Self::default());
        }
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

    /// Can each of them be listened on, by the listener of its name?
    pub fn check(&self) -> Result<(), PassedError> {
        for (name, socket) in &self.sockets {
            let Some((listener, _)) = NAMES.iter().find(|(_, known)| known == name) else {
                return Err(PassedError::Unknown(name.clone()));
            };
            if !sockopt::socket_acceptconn(socket).unwrap_or(false) {
                return Err(PassedError::Silent(name.clone()));
            }
            if *listener == Listener::Submission && sockopt::socket_domain(socket) != Ok(AddressFamily::UNIX) {
                return Err(PassedError::Exposed);
            }
        }
        Ok(())
    }

    /// The names of those that nobody has claimed yet.
    pub fn unclaimed(&self) -> impl Iterator<Item = &str> {
        self.sockets.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn passed(name: &str, socket: impl Into<OwnedFd>) -> Passed {
        Passed { sockets: vec![(name.to_owned(), socket.into())] }
    }

    #[test]
    fn only_sockets_that_listen_under_a_known_name_will_do() {
        let tcp = || std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let (connection, _other_end) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        let file = tempfile::tempfile().expect("a file");
        assert_eq!(Passed::default().check(), Ok(()));
        assert_eq!(passed("lmtp", tcp()).check(), Ok(()));
        assert_eq!(passed("henvend.socket", tcp()).check(), Err(PassedError::Unknown("henvend.socket".to_owned())));
        assert_eq!(passed("", tcp()).check(), Err(PassedError::Unknown(String::new())));
        assert_eq!(passed("lmtp", connection).check(), Err(PassedError::Silent("lmtp".to_owned())));
        assert_eq!(passed("smtp", datagrams).check(), Err(PassedError::Silent("smtp".to_owned())));
        assert_eq!(passed("smtp", file).check(), Err(PassedError::Silent("smtp".to_owned())));
        assert_eq!(passed("submission", tcp()).check(), Err(PassedError::Exposed));
    }

    #[test]
    fn a_second_descriptor_listens_on_the_same_socket() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        let first = UnixListener::bind(&path).expect("bound");
        let process = pidfd_open(getpid(), PidfdFlags::empty()).expect("ourselves");
        let copy = pidfd_getfd(&process, first.as_raw_fd(), PidfdGetfdFlags::empty()).expect("a copy");
        drop(first);
        let mut passed = passed("lmtp", copy);
        assert!(passed.claim("smtp").is_none());
        assert_eq!(passed.unclaimed().collect::<Vec<_>>(), ["lmtp"]);
        let listener = UnixListener::from(passed.claim("lmtp").expect("the copy"));
        let client = std::os::unix::net::UnixStream::connect(&path).expect("somebody listens");
        assert!(listener.accept().is_ok());
        drop(client);
        assert_eq!(passed.unclaimed().count(), 0);
    }
}
