//! `henvend serve` as a process: its folder, its start, its end.

use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::Place;

/// The longest that starting, stopping or a client verb may take.
const STEP_MAX: Duration = Duration::from_secs(60);
/// How long to listen for a word of the child before looking whether it still lives.
const LISTEN: Duration = Duration::from_millis(100);
const LOG_SHOWN: usize = 4000;

/// One shared address of the house, with one agent.
pub const TO: &str = "orakel@uni.example";
/// Another one, of which nobody is told and nobody acknowledged.
pub const TO_SILENT: &str = "arkiv@uni.example";
/// The agent.
pub const AGENT: &str = "ola@uni.example";

const DIRECTORY: &str = r#"
operators = ["drift@site.example"]

[[customer]]
key = "uni"
name = "Universitetet"

[[customer.category]]
path = "orakel"
name = "Orakel"
addresses = ["orakel@uni.example"]
members = ["ola@uni.example"]

[[customer.category]]
path = "arkiv"
name = "Arkiv"
addresses = ["arkiv@uni.example"]
members = []

[customer.category.settings]
acknowledge = false

[[user]]
name = "Ola Nordmann"
addresses = ["ola@uni.example"]
at.uni = {}

[[user]]
name = "Drift"
addresses = ["drift@site.example"]
"#;

/// How this house differs from the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Acknowledgements to one sender in a day, and in all in a minute; `None`: the defaults.
    pub acknowledgements_max: Option<u32>,
    pub connections_max: usize,
    pub log_level: &'static str,
    pub log_format: &'static str,
    /// More lines of the smarthost's table.
    pub smarthost: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            acknowledgements_max: None,
            connections_max: 1000,
            log_level: "info",
            log_format: "text",
            smarthost: String::new(),
        }
    }
}

/// A data directory with its configuration; the program may run on it, or not.
pub struct House {
    binary: PathBuf,
    /// On a real disk: below the target directory.
    folder: TempDir,
    /// Elsewhere: the name of a socket must be short.
    sockets: TempDir,
}

impl House {
    /// `below` is a folder on the disk to be used.
    pub fn new(binary: &str, below: &str, smarthost: SocketAddr, settings: &Settings) -> io::Result<Self> {
        std::fs::create_dir_all(below)?;
        let folder = tempfile::Builder::new().prefix("house-").tempdir_in(below)?;
        let house = Self { binary: PathBuf::from(binary), folder, sockets: tempfile::tempdir()? };
        std::fs::write(house.config(), house.configuration(smarthost, settings))?;
        std::fs::write(house.folder.path().join("directory.toml"), DIRECTORY)?;
        Ok(house)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("henvend.toml")
    }

    /// Where the store lies.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where it takes mail.
    pub fn lmtp(&self) -> Place {
        Place::Unix(self.sockets.path().join("lmtp"))
    }

    fn configuration(&self, smarthost: SocketAddr, settings: &Settings) -> String {
        let (data, sockets) = (self.data(), self.sockets.path());
        let (host, port) = (smarthost.ip(), smarthost.port());
        let acknowledgements = settings.acknowledgements_max.map_or_else(String::new, |max| {
            format!(
                "[acknowledgements]\nper_sender_day_max = {max}\nper_category_minute_max = {max}\nsite_minute_max = {max}\n"
            )
        });
        let Settings { connections_max, log_level, log_format, smarthost, .. } = settings;
        format!(
            "host_name = \"henvend.example\"\nreply_domain = \"svar.example\"\ndata_directory = \"{data}\"\n\
             [listen]\nlmtp = \"unix:{sockets}/lmtp\"\n[http]\nprobes = \"off\"\napi = \"unix:{sockets}/api\"\n\
             {acknowledgements}[[outbound.smarthost]]\nhost = \"{host}\"\nport = {port}\n{smarthost}\
             [limits]\nconnections_max = {connections_max}\n[log]\nlevel = \"{log_level}\"\n\
             format = \"{log_format}\"\n",
            data = data.display(),
            sockets = sockets.display(),
        )
    }

    /// Starts it and waits until it says that it takes mail.
    pub fn start(&self) -> io::Result<Running> {
        let mut command = Command::new(&self.binary);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        self.start_by(command)
    }

    /// A shell that does this before it becomes the program.
    pub fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{script}\nexec \"$0\" \"$@\"")]).arg(&self.binary);
        command
    }

    /// The same by a command that takes the program's arguments and becomes it.
    pub fn start_by(&self, mut command: Command) -> io::Result<Running> {
        let word = self.sockets.path().join("notify");
        // None at the first start.
        let _ = std::fs::remove_file(&word);
        let ear = UnixDatagram::bind(&word)?;
        ear.set_read_timeout(Some(LISTEN))?;
        let log = OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"))?;
        let begun = Instant::now();
        let child = command
            .args(["serve", "--config"])
            .arg(self.config())
            .env("NOTIFY_SOCKET", &word)
            .env_remove("HENVEND_LOG")
            .stderr(log)
            .spawn()?;
        let mut running = Running { child, ready_after: Duration::ZERO };
        loop {
            let mut said = [0; 256];
            match ear.recv(&mut said) {
                Ok(length) if said[..length].starts_with(b"READY=1") => break,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if let Some(status) = running.child.try_wait()? {
                return Err(io::Error::other(format!("ended with {status} while starting:\n{}", self.log_tail())));
            }
            if begun.elapsed() > STEP_MAX {
                return Err(io::Error::other(format!("not ready in time:\n{}", self.log_tail())));
            }
        }
        running.ready_after = begun.elapsed();
        Ok(running)
    }

    /// Makes the house's directory what it should be; the program must run.
    pub fn move_in(&self) -> io::Result<()> {
        let directory = self.folder.path().join("directory.toml");
        self.ask(&["directory", "apply", "--yes", &directory.to_string_lossy()]).map(drop)
    }

    /// Letters that are still to be sent, as far as one page of them tells; the program must run.
    pub fn queue(&self) -> io::Result<Vec<serde_json::Value>> {
        let listed = self.ask(&["queue", "list", "--json"])?;
        let mut listed: serde_json::Value = serde_json::from_str(&listed)?;
        match listed["letters"].take() {
            serde_json::Value::Array(letters) => Ok(letters),
            _ => Err(io::Error::other("a queue without letters")),
        }
    }

    /// How many they are.
    pub fn queue_length(&self) -> io::Result<usize> {
        self.queue().map(|letters| letters.len())
    }

    /// The number of the newest case, 0 without one; the program must run.
    pub fn highest_case(&self) -> io::Result<u64> {
        let listed: serde_json::Value = serde_json::from_str(&self.ask(&["case", "list", "--json"])?)?;
        let newest = listed["cases"][0]["reference"].as_str();
        Ok(newest.and_then(|name| name.rsplit('-').next()?.parse().ok()).unwrap_or_default())
    }

    /// A client verb, and what it prints.
    pub fn ask(&self, arguments: &[&str]) -> io::Result<String> {
        let asked = Command::new(&self.binary)
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::null())
            .output()?;
        if asked.status.success() {
            return Ok(String::from_utf8_lossy(&asked.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&asked.stderr);
        Err(io::Error::other(format!("{arguments:?} ended with {}: {said}", asked.status)))
    }

    /// All that it has said.
    pub fn log(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The last of it.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_SHOWN)..]).into_owned()
    }
}

/// What a failed test leaves behind is needed to find out why: store, log, configuration.
impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("kept: {}", self.folder.path().display());
        }
    }
}

/// A running program; ends when dropped.
pub struct Running {
    child: Child,
    /// From start to the word that it takes mail.
    pub ready_after: Duration,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would, as far as a process can tell.
    pub fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Waits for an end that somebody else brought about.
    pub fn ended(mut self) -> io::Result<ExitStatus> {
        self.wait()
    }

    /// Tells it to stop and waits until it has.
    pub fn stop(mut self) -> io::Result<ExitStatus> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.wait()
    }

    fn wait(&mut self) -> io::Result<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < STEP_MAX {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        Err(io::Error::other("it does not end"))
    }

    /// A line of `/proc/PID/status`, in KiB: `VmRSS` is now, `VmHWM` the most so far.
    pub fn memory_kib(&self, field: &str) -> io::Result<u64> {
        let status = std::fs::read_to_string(Path::new("/proc").join(self.pid().to_string()).join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("no {field} in status")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
