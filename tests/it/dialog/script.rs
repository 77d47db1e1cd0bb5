//! The format of `tests/dialog/*.txt`; described in the README there.

use henvend::envelope::Listener;
use henvend::smtp::limits::Limits;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreMood {
    Well,
    Down,
    Full,
    SlowToKnow,
}

/// Who is asked and under which rules.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listener: Listener,
    pub trusted: bool,
    pub residents: Vec<String>,
    pub inactive: Vec<String>,
    pub store: StoreMood,
    pub limits: Limits,
    pub bare_only: bool,
}

impl Settings {
    /// What holds when a script says nothing.
    pub fn lmtp() -> Self {
        Self {
            listener: Listener::Lmtp,
            trusted: true,
            residents: vec!["orakel@example.org".to_owned()],
            inactive: Vec::new(),
            store: StoreMood::Well,
            limits: Limits::default(),
            bare_only: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Say(Vec<u8>),
    Hear(String),
    Segment(usize),
    Wait(u64),
    Silent,
    Closed,
    Hangup,
    Drain,
    Taken(usize),
    Mail(Vec<u8>),
    Sender(String),
    To(String),
    Dsn(String),
    QueueId(String),
}

#[derive(Clone, Debug)]
pub struct Script {
    pub name: String,
    pub settings: Settings,
    pub steps: Vec<Step>,
}

impl Script {
    /// Every script, by name.
    pub fn all() -> Vec<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dialog");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "txt")).collect();
        paths.sort();
        paths
            .iter()
            .map(|path| Self::read(&path.display().to_string(), &std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    fn read(name: &str, text: &str) -> Self {
        assert!(text.starts_with("# "), "{name}: begins with what must hold");
        let settings = Settings::lmtp();
        let mut script = Self { name: name.to_owned(), settings, steps: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            let known = script.line(line);
            assert!(known.is_some(), "{name}:{}: not understood: {line}", number + 1);
        }
        script
    }

    fn line(&mut self, line: &str) -> Option<()> {
        if line.is_empty() || line.starts_with('#') {
            return Some(());
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "C:" => self.say([bytes(rest), b"\r\n".to_vec()].concat()),
            "C+:" => self.say(bytes(rest)),
            "C*:" => {
                let (times, text) = rest.split_once(' ')?;
                self.say(bytes(text).repeat(times.parse().ok()?));
            }
            "S:" => self.steps.push(Step::Hear(rest.to_owned())),
            _ => return self.setting(word, rest).or_else(|| self.directive(word, rest)),
        }
        Some(())
    }

    fn say(&mut self, more: Vec<u8>) {
        match self.steps.last_mut() {
            Some(Step::Say(before)) => before.extend(more),
            _ => self.steps.push(Step::Say(more)),
        }
    }

    fn setting(&mut self, word: &str, rest: &str) -> Option<()> {
        let settings = &mut self.settings;
        match (word, rest) {
            ("@listener", "lmtp") => settings.listener = Listener::Lmtp,
            ("@listener", "smtp") => settings.listener = Listener::Smtp,
            ("@listener", "submission") => settings.listener = Listener::Submission,
            ("@peer", "trusted") => settings.trusted = true,
            ("@peer", "stranger") => settings.trusted = false,
            ("@resident", address) => settings.residents.push(address.to_owned()),
            ("@inactive", address) => settings.inactive.push(address.to_owned()),
            ("@store", "down") => settings.store = StoreMood::Down,
            ("@store", "full") => settings.store = StoreMood::Full,
            ("@store", "slow-to-know") => settings.store = StoreMood::SlowToKnow,
            ("@bare-only", "") => settings.bare_only = true,
            ("@limit", rest) => {
                let (name, value) = rest.split_once(' ')?;
                limit(&mut settings.limits, name, value.parse().ok()?)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn directive(&mut self, word: &str, rest: &str) -> Option<()> {
        self.steps.push(match word {
            "@segment" => Step::Segment(rest.parse().ok()?),
            "@wait" => Step::Wait(rest.parse().ok()?),
            "@silent" => Step::Silent,
            "@closed" => Step::Closed,
            "@hangup" => Step::Hangup,
            "@drain" => Step::Drain,
            "@taken" => Step::Taken(rest.parse().ok()?),
            "@mail" => Step::Mail(bytes(rest)),
            "@sender" => Step::Sender(rest.to_owned()),
            "@to" => Step::To(rest.to_owned()),
            "@dsn" => Step::Dsn(rest.to_owned()),
            "@queue-id" => Step::QueueId(rest.to_owned()),
            _ => return None,
        });
        Some(())
    }
}

fn limit(limits: &mut Limits, name: &str, value: usize) -> Option<()> {
    match name {
        "mail-bytes" => limits.mail_bytes_max = value as u64,
        "recipients" => limits.recipients_max = value,
        "errors" => limits.errors_max = u32::try_from(value).ok()?,
        "line-bytes" => limits.command_bytes_max = value,
        "text-line-bytes" => limits.text_line_bytes_max = value,
        _ => return None,
    }
    Some(())
}

/// Client text → bytes.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let (kind, tail) = rest.split_first().expect("something after a backslash");
        rest = tail;
        out.push(match kind {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let (digits, tail) = rest.split_at(2);
                rest = tail;
                u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
            }
            other => panic!("no such escape: {other}"),
        });
    }
    out
}
