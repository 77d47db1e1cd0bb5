//! How a story's daemon is set up.

use std::fs;
use std::path::{Path, PathBuf};

use super::place::REPLY_DOMAIN;

/// How henvend reaches its smarthost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Without TLS, as is the default on loopback.
    #[default]
    Plain,
    /// The same, through a gate that can be shut.
    Gated,
    /// By TLS, to the one whom the certificate names.
    Verified,
}

/// By what agents are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// By their answer address alone.
    #[default]
    Token,
    /// By login, or by what the mail server finds out about where a mail comes from.
    Channel,
}

/// How a place differs from the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting {
    pub way: Way,
    pub proof: Proof,
    /// How long an answer waits, so that it can be taken back.
    pub undo_seconds: u32,
}

impl Setting {
    /// A configuration for everything under one directory.
    pub fn config(self, at: &Path, smarthost: u16) -> String {
        let at = at.display();
        let (submission, trust) = match self.proof {
            Proof::Token => (String::new(), ""),
            Proof::Channel => (
                format!("submission = \"unix:{at}/submission.sock\"\n"),
                "\n[trust]\nauthserv_ids = [\"mx.henvend.example\"]\n",
            ),
        };
        let tls = match self.way {
            Way::Plain | Way::Gated => String::new(),
            Way::Verified => format!("tls = \"verified\"\nca_file = \"{at}/ca.pem\"\n"),
        };
        format!(
            r#"host_name = "henvend.example"
reply_domain = "{REPLY_DOMAIN}"
data_directory = "{at}/data"

[listen]
lmtp = "unix:{at}/lmtp.sock"
{submission}unix_mode = "0666"

[http]
probes = "unix:{at}/probes.sock"
api = "unix:{at}/api.sock"

[[outbound.smarthost]]
host = "127.0.0.1"
port = {smarthost}
{tls}
[cases]
undo_seconds = {undo}

[log]
level = "debug"

[time]
zone = "Europe/Oslo"
{trust}"#,
            undo = self.undo_seconds
        )
    }

    /// The smarthost's key and certificate in one file, where it needs one.
    pub fn certificate(self, at: &Path) -> Option<PathBuf> {
        (self.way == Way::Verified).then(|| write_certificate(at))
    }
}

/// A certificate that vouches for itself: alone where henvend looks for it, and with its key where Postfix does.
fn write_certificate(at: &Path) -> PathBuf {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
    let (certificate, both) = (made.cert.pem(), at.join("smarthost.pem"));
    fs::write(&both, format!("{}{certificate}", made.signing_key.serialize_pem())).expect("the directory is ours");
    fs::write(at.join("ca.pem"), certificate).expect("the directory is ours");
    both
}
