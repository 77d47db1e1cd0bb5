//! The town that the stories are about, and everything started for one story.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::daemon::Daemon;
use super::leaks;
use super::postfix::{Ports, Postfix};
use super::sink::Sink;
use super::smtp::{Envelope, Refused, hand_over};
use super::{free_port, wait_until};

/// Where answers of agents and reports come in.
pub const REPLY_DOMAIN: &str = "svar.henvend.example";
/// A domain that is henvend's as a whole.
pub const DEDICATED_DOMAIN: &str = "hjelp.ostfold.example";
/// A domain of which henvend has single addresses; the people who work there have the others.
pub const TOWN_DOMAIN: &str = "byen.example";
/// These.
pub const SHARED_ADDRESSES: &[&str] = &[POST, SALE, TECH];

/// Universitetet i Østfold's one category.
pub const STUDY: &str = "studie@hjelp.ostfold.example";
/// Blåbær AS's one category.
pub const POST: &str = "post@byen.example";
/// The two of Fjordnett.
pub const SALE: &str = "salg@byen.example";
pub const TECH: &str = "teknikk@byen.example";

/// The first agent: Østfold's, and Fjordnett's sales.
pub const AASE: &str = "aase.boe@byen.example";
/// The second: Østfold's, Blåbær's, and Fjordnett's technicians.
pub const JORGEN: &str = "jorgen.odegard@byen.example";
/// The operator.
pub const KAARE: &str = "kaare@drift.example";

/// What `directory apply` is given.
pub const DIRECTORY: &str = r#"
operators = ["kaare@drift.example"]

[[customer]]
key = "ostfold"
name = "Universitetet i Østfold"
language = "nb"

[[customer.category]]
path = "studie"
name = "Studieveiledningen"
addresses = ["studie@hjelp.ostfold.example"]
members = ["aase.boe@byen.example", "jorgen.odegard@byen.example"]
settings = { signature = "Vennlig hilsen\nStudieveiledningen i Østfold\n" }

[[customer]]
key = "blabaer"
name = "Blåbær AS"
language = "nn"

[[customer.category]]
path = "post"
name = "Blåbær kundeservice"
addresses = ["post@byen.example"]
members = ["jorgen.odegard@byen.example"]

[[customer]]
key = "fjordnett"
name = "Fjordnett"
language = "en"

[[customer.category]]
path = "salg"
name = "Salg"
addresses = ["salg@byen.example"]
members = ["aase.boe@byen.example"]

[[customer.category]]
path = "teknikk"
name = "Teknikk"
addresses = ["teknikk@byen.example"]
members = ["jorgen.odegard@byen.example"]

[[user]]
name = "Åse Bø"
addresses = ["aase.boe@byen.example", "åse@privat.example"]
language = "nb"
at.ostfold = {}
at.fjordnett = {}

[[user]]
name = "Jørgen Ødegård"
addresses = ["jorgen.odegard@byen.example"]
language = "nn"
at.ostfold = {}
at.blabaer = {}
at.fjordnett = {}

[[user]]
name = "Kåre Blåbær"
addresses = ["kaare@drift.example"]
"#;

/// Addresses that only agents may ever see.
pub const INSIDE_ADDRESSES: &[&str] = &[AASE, JORGEN, KAARE, "åse@privat.example"];

/// What agents' computers call themselves; stands in the `Received` lines of their mails.
pub const INSIDE_HELLO: &str = "laptop.hemmelig.example";

/// How henvend reaches its smarthost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Without TLS, as is the default on loopback.
    Plain,
    /// By TLS, to the one whom the certificate names.
    Verified,
}

/// Mail server, daemon and mailboxes of one story. Declared in the order in which they go.
pub struct Place {
    pub daemon: Daemon,
    pub postfix: Postfix,
    pub sink: Sink,
    /// Words that stand in notes, so never in anybody else's mail.
    pub secrets: Vec<String>,
    _directory: tempfile::TempDir,
}

impl Place {
    /// Starts everything, and tells henvend who there is.
    pub fn open() -> Self {
        Self::open_by(Way::Plain)
    }

    /// The same with another way from henvend to its smarthost.
    pub fn open_by(way: Way) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the test");
        // Postfix reaches the socket as its own user.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("the directory is ours");
        let at = directory.path();
        let sink = Sink::open();
        let ports = Ports { world: free_port(), house: free_port(), sink: sink.port() };
        let certificate = (way == Way::Verified).then(|| write_certificate(at));
        let tls = if certificate.is_some() {
            format!("tls = \"verified\"\nca_file = \"{}/ca.pem\"\n", at.display())
        } else {
            String::new()
        };
        let daemon = Daemon::start(at, &config(at, ports.house, &tls));
        let postfix = Postfix::start(&at.join("postfix"), ports, &daemon.postfix_lines(), certificate.as_deref());
        daemon.apply(DIRECTORY);
        daemon.wait_ready();
        Self { daemon, postfix, sink, secrets: Vec::new(), _directory: directory }
    }

    /// Somebody out in the world sends a mail to addresses that are routed to us.
    pub fn send(&self, from: &str, to: &[&str], mail: &[u8]) {
        if let Err(refused) = self.try_send(from, to, mail) {
            panic!("{from} to {to:?} refused: {refused:?}");
        }
    }

    /// The same, when it may be refused.
    pub fn try_send(&self, from: &str, to: &[&str], mail: &[u8]) -> Result<(), Refused> {
        hand_over(self.postfix.world_port, &Self::envelope(from, to), mail)
    }

    /// Somebody whom the mail server takes for one of its own.
    pub fn send_from_house(&self, from: &str, to: &[&str], mail: &[u8]) {
        let handed_over = hand_over(self.postfix.house_port, &Self::envelope(from, to), mail);
        handed_over.expect("its own people may send anywhere");
    }

    fn envelope<'a>(from: &'a str, to: &[&'a str]) -> Envelope<'a> {
        let inside = INSIDE_ADDRESSES.iter().any(|address| address.eq_ignore_ascii_case(from));
        let hello = if inside { INSIDE_HELLO } else { "client.example" };
        Envelope { hello, from, to: to.to_vec() }
    }

    /// Waits until nothing is on its way any more: Postfix's queue and henvend's are empty, three times in a row, as
    /// what leaves one may enter the other.
    pub fn settle(&self) {
        let mut calm = 0;
        wait_until("all mail to arrive", || {
            let (before, letters) = (self.postfix.queued(), self.daemon.letters());
            let nothing = before == 0 && letters == 0;
            calm = if nothing { calm + 1 } else { 0 };
            let state = || format!("Postfix has {before}, henvend {letters}; log:\n{}", self.postfix.log());
            if calm >= 3 { Ok(()) } else { Err(state()) }
        });
    }

    /// Ends the story: nothing internal was in any mail to somebody outside, and the daemon stops as it should.
    ///
    /// Reports by Postfix itself, which give writers their own mails back, are no mails of henvend's.
    pub fn close(mut self) {
        self.settle();
        let mut mails = self.sink.everything();
        mails.retain(|mail| !mail.people("From").iter().any(|from| from.address.starts_with("MAILER-DAEMON@")));
        leaks::none(&mails, &self.secrets);
        self.daemon.stop();
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

/// A configuration for everything under one directory; `tls` are more lines about the smarthost.
pub fn config(at: &Path, smarthost: u16, tls: &str) -> String {
    let at = at.display();
    format!(
        r#"host_name = "henvend.example"
reply_domain = "{REPLY_DOMAIN}"
data_directory = "{at}/data"

[listen]
lmtp = "unix:{at}/lmtp.sock"
unix_mode = "0666"

[http]
probes = "unix:{at}/probes.sock"
api = "unix:{at}/api.sock"

[[outbound.smarthost]]
host = "127.0.0.1"
port = {smarthost}
{tls}
[log]
level = "debug"

[time]
zone = "Europe/Oslo"
"#
    )
}
