//! The town that the stories are about, and everything started for one story.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::daemon::Daemon;
use super::gate::Gate;
use super::leaks;
use super::login::{Login, account};
use super::postfix::{Ports, Postfix};
use super::received::Received;
use super::setting::{Proof, Setting, Way};
use super::sink::Sink;
use super::smtp::{Envelope, Refused, hand_over};
use super::{free_ports, wait_until};

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

/// Mail server, daemon and mailboxes of one story. Declared in the order in which they go.
pub struct Place {
    pub daemon: Daemon,
    pub postfix: Postfix,
    pub sink: Sink,
    submission: Option<u16>,
    gate: Option<Gate>,
    _directory: tempfile::TempDir,
}

impl Place {
    /// Starts everything, and tells henvend who there is.
    pub fn open() -> Self {
        Self::open_as(Setting::default())
    }

    /// The same where the mail server proves who has sent a mail: by login, or by what it finds out.
    pub fn open_proving() -> Self {
        Self::open_as(Setting { proof: Proof::Channel, ..Setting::default() })
    }

    /// The same, set up otherwise.
    pub fn open_as(setting: Setting) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the test");
        // Postfix reaches the socket as its own user.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("the directory is ours");
        let at = directory.path();
        let sink = Sink::open();
        let [world, house, submission] = free_ports();
        let submission = (setting.proof == Proof::Channel).then_some(submission);
        let ports = Ports { world, house, sink: sink.port(), submission };
        let certificate = setting.certificate(at);
        let gate = (setting.way == Way::Gated).then(|| Gate::before(ports.house));
        let smarthost = gate.as_ref().map_or(ports.house, Gate::port);
        let daemon = Daemon::start(at, &setting.config(at, smarthost));
        let postfix = Postfix::start(&at.join("postfix"), ports, &daemon.postfix_lines(), certificate.as_deref());
        daemon.apply(DIRECTORY);
        daemon.wait_ready();
        Self { daemon, postfix, sink, submission, gate, _directory: directory }
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

    /// Somebody who has logged in.
    pub fn submit(&self, from: &str, to: &[&str], mail: &[u8]) {
        let submitted = self.try_submit(Some(account(from)), (from, to), mail);
        submitted.expect("whoever has logged in may send anywhere");
    }

    /// The same by an account that may be another's, or by none.
    pub fn try_submit(&self, login: Option<Login>, envelope: (&str, &[&str]), mail: &[u8]) -> Result<(), Refused> {
        let port = self.submission.expect("a place that proves");
        let (from, to) = envelope;
        hand_over(port, &Envelope { login, ..Self::envelope(from, to) }, mail)
    }

    fn envelope<'a>(from: &'a str, to: &[&'a str]) -> Envelope<'a> {
        let inside = INSIDE_ADDRESSES.iter().any(|address| address.eq_ignore_ascii_case(from));
        let hello = if inside { INSIDE_HELLO } else { "client.example" };
        Envelope { hello, login: None, from, to: to.to_vec() }
    }

    /// What stands between henvend and its smarthost.
    pub fn gate(&self) -> &Gate {
        self.gate.as_ref().expect("a place with a gate")
    }

    /// The notification or receipt about a case and an event (`HV-1 added`) that an agent has got, when it is the
    /// `count`th of its kind.
    pub fn told(&self, who: &str, what: &str, count: usize) -> Received {
        let (case, event) = what.split_once(' ').expect("a case and an event");
        let is = |mail: &Received, name: &str, value: &str| mail.field(name).as_deref() == Some(value);
        let wanted = |mail: &Received| is(mail, "X-Henvend-Case", case) && is(mail, "X-Henvend-Event", event);
        let mut found = self.sink.matching(&format!("{what} to {who}"), count, |mail| mail.is_to(who) && wanted(mail));
        found.pop().expect("at least one was waited for")
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
    pub fn close(mut self) {
        self.settle();
        leaks::none(&self.sink.everything(), &self.daemon);
        self.daemon.stop();
    }
}
