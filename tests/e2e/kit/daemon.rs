//! The real program, as its operator runs it: `serve` with a configuration file, everything else by the command line.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::journal::Journal;
use super::{PATIENCE, wait_until};

/// The program under test.
const HENVEND: &str = env!("CARGO_BIN_EXE_henvend");
/// How long a stop may take.
const STOP_MAX: Duration = Duration::from_secs(10);

/// A running daemon.
pub struct Daemon {
    directory: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    /// Starts it with this configuration.
    pub fn start(directory: &Path, config: &str) -> Self {
        fs::write(directory.join("henvend.toml"), config).expect("the test's directory is ours");
        let mut this = Self { directory: directory.to_owned(), child: None };
        this.start_again();
        this
    }

    /// Starts it once more, on what it has on disk.
    pub fn start_again(&mut self) {
        let log = File::options().create(true).append(true).open(self.directory.join("henvend.log"));
        let log = log.expect("the test's directory is ours");
        let mut command = self.command();
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().expect("the program under test can be started"));
        wait_until("henvend to answer", || {
            // Whether it is ready is another matter: without a directory it is not.
            let status = self.run(&["status", "--json"]);
            let said = serde_json::from_slice::<Value>(&status.stdout).is_ok_and(|status| status["ready"].is_boolean());
            if said { Ok(()) } else { Err(format!("{status:?}\n{}", self.log())) }
        });
    }

    /// Waits until it says that it takes mail.
    pub fn wait_ready(&self) {
        wait_until("henvend to be ready", || {
            let status = self.run(&["status", "--json"]);
            if status.status.success() { Ok(()) } else { Err(format!("{status:?}\n{}", self.log())) }
        });
    }

    /// `check --print postfix`: the lines that the mail server in front needs.
    pub fn postfix_lines(&self) -> String {
        let printed = self.run(&["check", "--print", "postfix"]);
        assert!(printed.status.success(), "{printed:?}");
        String::from_utf8(printed.stdout).expect("lines of text")
    }

    /// `directory apply`
    pub fn apply(&self, directory: &str) {
        let file = self.directory.join("directory.toml");
        fs::write(&file, directory).expect("the test's directory is ours");
        let applied = self.run(&["directory", "apply", "--yes", &file.display().to_string()]);
        assert!(applied.status.success(), "{applied:?}\n{}", self.log());
    }

    /// `case show`
    pub fn case(&self, reference: &str) -> Journal {
        Journal::of(self.json(&["case", "show", reference]))
    }

    /// `case list`: references of all cases, newest first.
    pub fn cases(&self) -> Vec<String> {
        let list = self.json(&["case", "list"]);
        let cases = list["cases"].as_array().unwrap_or_else(|| panic!("no list of cases: {list}"));
        cases.iter().map(|case| case["reference"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// `queue list`: how many letters are still to be sent.
    pub fn letters(&self) -> usize {
        let list = self.json(&["queue", "list"]);
        list["letters"].as_array().unwrap_or_else(|| panic!("no list of letters: {list}")).len()
    }

    /// `doctor --via`: what it finds, when nothing fails.
    pub fn doctor(&self, port: u16) -> Value {
        self.json(&["doctor", "--via", &format!("127.0.0.1:{port}")])
    }

    /// `/metrics`, as Prometheus asks for it.
    pub fn metrics(&self) -> String {
        ask(UnixStream::connect(self.directory.join("probes.sock")).expect("probes are answered"), "/metrics")
    }

    /// Tells it to stop; it must be gone, in order, within the time it has.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(told.is_ok_and(|told| told.success()), "SIGTERM can be sent");
        let (said, gone) = mpsc::channel();
        let pid = child.id();
        std::thread::spawn(move || said.send(child.wait()));
        let status: ExitStatus = match gone.recv_timeout(STOP_MAX) {
            Ok(status) => status.expect("it was our child"),
            Err(_) => {
                Command::new("kill").args(["-KILL", &pid.to_string()]).status().ok();
                panic!("henvend did not stop within {STOP_MAX:?}; its log:\n{}", self.log());
            }
        };
        assert_eq!(status.code(), Some(0), "exit of henvend; its log:\n{}", self.log());
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().and_then(|()| child.wait()).expect("it was our child");
    }

    /// What it logged.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.directory.join("henvend.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// A verb of the command line, with `--json`.
    fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let output = self.run(&arguments);
        assert!(output.status.success(), "henvend {arguments:?}: {output:?}\n{}", self.log());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("henvend {arguments:?} said no JSON ({error}): {output:?}"))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command().args(arguments).stdin(Stdio::null()).output();
        output.expect("the program under test can be started")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(HENVEND);
        command.arg("--config").arg(self.directory.join("henvend.toml"));
        command
    }
}

/// One HTTP request; gives the body of a good answer.
fn ask(mut stream: UnixStream, path: &str) -> String {
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit can be set");
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: henvend\r\n\r\n").as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {answer}"));
    assert!(head.contains(" 200 "), "{path}: {answer}");
    body.to_owned()
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // A failed test: nothing more is asked of it.
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                eprintln!("henvend could not be ended: {error}");
            }
        }
        if std::thread::panicking() {
            eprintln!("henvend's log:\n{}", self.log());
        }
    }
}
