//! A Postfix of our own: its configuration, queue, data and ports lie in the test's directory; the system's is never
//! touched.
//!
//! What henvend needs of it is what `henvend check --print postfix` prints; the rest is what such a test needs. Two
//! doors: `world` is what other mail servers reach, `house` is henvend's smarthost. All that is not for henvend goes to
//! the sink.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use super::login;
use super::place::{AASE, DEDICATED_DOMAIN, JORGEN, SHARED_ADDRESSES, TOWN_DOMAIN};
use super::printed::Printed;
use super::wait_until;

/// Where Debian has Postfix's parts.
const DAEMONS: &str = "/usr/lib/postfix/sbin";

/// How long one greeting is waited for before the next look.
const GREETING_MAX: Duration = Duration::from_secs(2);

/// When the configuration was written, as far as Postfix sees.
const LONG_AGO: Duration = Duration::from_secs(1_000_000_000);

/// Keeps a command running for as long as this test's process lives, however that ends: the command is told to stop
/// when the shell's input closes.
const LEASH: &str = r#"setsid "$@" & pid=$!; cat >/dev/null; kill -TERM "$pid"; wait "$pid""#;

/// Its doors, and the one behind it.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// Where the world hands in mail.
    pub world: u16,
    /// Where henvend hands in mail.
    pub house: u16,
    /// Where all goes that is not for henvend.
    pub sink: u16,
    /// Where those hand in mail who have logged in. With it, the world's door says whose own server a mail comes from.
    pub submission: Option<u16>,
}

/// A running Postfix.
pub struct Postfix {
    directory: PathBuf,
    /// Where the world hands in mail.
    pub world_port: u16,
    /// Where its own people and henvend do.
    pub house_port: u16,
    leash: Child,
}

impl Postfix {
    /// Starts one under `directory`; `printed` is what henvend prints for it. With a key and its certificate in a file,
    /// the house's door is for those only who come by TLS.
    pub fn start(directory: &Path, ports: Ports, printed: &str, certificate: Option<&Path>) -> Self {
        require();
        make_directories(directory);
        let etc = directory.join("etc");
        let printed = Printed::read(printed, &etc);
        write(&etc.join("main.cf"), &main_cf(directory, ports.sink, &printed));
        write(&etc.join("proved"), &proved());
        let door = ports.submission.map(|port| login::door(&etc, port, &printed));
        write(&etc.join("master.cf"), &master_cf(ports, &printed, (certificate, door.as_deref())));
        write(&etc.join("transport"), &transport(ports.sink, &printed));
        // In a session of its own, so that it outlives whoever ends this test's process group.
        let mut command = Command::new("setsid");
        command.args(["sh", "-c", LEASH, "leash"]).arg(format!("{DAEMONS}/master")).arg("-c").arg(&etc).arg("-d");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let leash = command.spawn().expect("a shell");
        let this = Self { directory: directory.to_owned(), world_port: ports.world, house_port: ports.house, leash };
        for port in [ports.world, ports.house].into_iter().chain(ports.submission) {
            wait_until("Postfix to greet", || this.greets(port));
        }
        this
    }

    /// How many mails lie in its queue.
    pub fn queued(&self) -> usize {
        let listed = self.queue_tool("-j");
        assert!(listed.status.success(), "postqueue -j: {listed:?}");
        String::from_utf8_lossy(&listed.stdout).lines().count()
    }

    /// Tries everything again that lies in the queue.
    pub fn flush(&self) {
        let flushed = self.queue_tool("-f");
        assert!(flushed.status.success(), "postqueue -f: {flushed:?}");
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn queue_tool(&self, what: &str) -> Output {
        run(Command::new("postqueue").arg("-c").arg(self.directory.join("etc")).arg(what))
    }

    fn greets(&self, port: u16) -> Result<(), String> {
        let log = self.log();
        assert!(!log.contains("fatal:"), "Postfix does not like its configuration:\n{log}");
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| format!("{error}; its log:\n{log}"))?;
        stream.set_read_timeout(Some(GREETING_MAX)).expect("a limit can be set");
        let mut greeting = String::new();
        let read = BufReader::new(stream).read_line(&mut greeting);
        if greeting.starts_with("220") { Ok(()) } else { Err(format!("{read:?} {greeting:?}; its log:\n{log}")) }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        if let Err(error) = self.leash.wait() {
            eprintln!("Postfix could not be waited for: {error}");
        }
    }
}

/// Says plainly what is missing; nothing is skipped.
fn require() {
    let master = Path::new(DAEMONS).join("master");
    assert!(
        master.exists(),
        "the end-to-end tests need Debian's package postfix ({} is not there): run tests/run, which installs it",
        master.display()
    );
    let me = run(Command::new("id").arg("-u"));
    assert!(me.stdout == b"0\n", "the end-to-end tests start a Postfix, which only root can: run tests/run as root");
}

/// What `postfix check` would make and look after, which takes longer than a short story. A configuration that it does not
/// like, Postfix says in its log.
fn make_directories(at: &Path) {
    const OWN: &str = "queue/active queue/bounce queue/corrupt queue/defer queue/deferred queue/flush queue/hold queue/incoming \
         queue/private queue/saved queue/trace data";
    let kinds = [
        (["root", "root", "755"], "etc queue queue/pid"),
        (["postfix", "root", "700"], OWN),
        (["postfix", "postdrop", "710"], "queue/public"),
        (["postfix", "postdrop", "730"], "queue/maildrop"),
    ];
    for ([owner, group, mode], names) in kinds {
        let mut install = Command::new("install");
        install.args(["-d", "-o", owner, "-g", group, "-m", mode]);
        let made = run(install.args(names.split_whitespace().map(|name| at.join(name))));
        assert!(made.status.success(), "Debian's package makes the user postfix and the group postdrop: {made:?}");
    }
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"))
}

/// A file of the configuration. Each part of Postfix waits, up to seconds, for a file that was written just now.
pub fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the test's directory is ours");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("the file is ours");
    let file = fs::File::options().append(true).open(path).expect("it was just written");
    file.set_modified(UNIX_EPOCH + LONG_AGO).expect("the file is ours");
}

fn main_cf(directory: &Path, sink_port: u16, printed: &Printed) -> String {
    let at = directory.display();
    // An operator adds their own domains to that line.
    let ours = printed
        .file("main.cf")
        .replace("relay_domains = ", &format!("relay_domains = {DEDICATED_DOMAIN} {TOWN_DOMAIN} "));
    format!(
        "compatibility_level = 3.7
queue_directory = {at}/queue
data_directory = {at}/data
daemon_directory = {DAEMONS}
maillog_file = {at}/log
maillog_file_prefixes = {at}
myhostname = mx.henvend.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtputf8_enable = yes
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
lmtp_tls_security_level = none
relayhost = [127.0.0.1]:{sink_port}
address_verify_map =
address_verify_poll_delay = 1s
minimal_backoff_time = 300s
queue_run_delay = 300s
notify_classes =
proved = check_sender_access texthash:{at}/etc/proved
{ours}"
    )
}

/// Everybody here is on loopback: `mynetworks` is empty for the world's door, so that it trusts nobody.
fn master_cf(ports: Ports, printed: &Printed, doors: (Option<&Path>, Option<&str>)) -> String {
    let (certificate, submission) = doors;
    let tls = certificate.map_or_else(String::new, |file| {
        let file = file.display();
        format!(
            "\n  -o smtpd_tls_security_level=encrypt\n  -o smtpd_tls_chain_files={file}\n  -o smtpd_tls_received_header=yes"
        )
    });
    let (world, house, ours) = (ports.world, ports.house, printed.file("master.cf"));
    let proves = if submission.is_some() { "\n  -o smtpd_sender_restrictions=$proved" } else { "" };
    let submission = submission.unwrap_or_default();
    format!(
        "{world} inet n - n - - smtpd
  -o syslog_name=postfix/world
  -o mynetworks={proves}
{house} inet n - n - - smtpd
  -o syslog_name=postfix/house{tls}
{submission}{ours}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"
    )
}

/// What a filter finds out: whose mails come from their own server. Here it goes by the envelope.
fn proved() -> String {
    [AASE, JORGEN]
        .map(|who| format!("{who} PREPEND Authentication-Results: mx.henvend.example; spf=pass smtp.mailfrom={who}\n"))
        .concat()
}

/// Two whole domains and single addresses of a third go to henvend; the third's people have ordinary mailboxes.
fn transport(sink_port: u16, printed: &Printed) -> String {
    let ours = [DEDICATED_DOMAIN].iter().chain(SHARED_ADDRESSES);
    let mut lines = printed.file("transport").to_owned();
    lines.extend(ours.map(|what| format!("{what} {}\n", printed.henvend())));
    lines.push_str(&format!("{TOWN_DOMAIN} relay:[127.0.0.1]:{sink_port}\n"));
    lines
}
