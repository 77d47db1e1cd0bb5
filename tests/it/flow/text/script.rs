//! The format of `tests/flow/*/*.txt`; described in the README there.

use std::path::PathBuf;
use std::time::Duration;

/// Which of the mails that somebody got: the last of this event, on this case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    pub event: Option<String>,
    pub case: Option<String>,
}

/// By which door a mail comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The mail server in front.
    Front,
    /// The listener for people who have logged in.
    Submission,
    /// SMTP, from a peer that nobody has listed.
    Smtp,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Another file is played first.
    Given(String),
    Writes {
        who: String,
        door: Door,
        to: Vec<String>,
    },
    Answers {
        who: String,
        door: Door,
        which: Which,
        quoting: bool,
    },
    /// The same bytes as this writer's last mail; to the same, or to these.
    Again {
        who: String,
        to: Vec<String>,
    },
    /// A delivery report about the last mail that this person got.
    Report {
        who: String,
        status: String,
    },
    Later(Duration),
    At(String),
    /// The smarthost's word on the next mail.
    Smarthost {
        reply: String,
    },
    KeysRotated,
    /// A line of the directory is another.
    Category {
        path: String,
        line: String,
    },
    User {
        name: String,
        line: String,
    },
    /// How the house is; at the top only.
    Setting {
        name: String,
        value: String,
    },
}

/// A step, what is written in it, and what must come out.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands in the file, from 1.
    pub line: usize,
    pub act: Act,
    /// The mail: header, empty line, text.
    pub block: Vec<String>,
    pub expected: Vec<String>,
    /// Where the last line stands that is not an expectation.
    pub ends: usize,
}

pub struct Script {
    /// `tests/flow/theme/name.txt`
    pub file: String,
    pub steps: Vec<Step>,
    text: String,
}

/// Where the files are.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flow")
}

impl Script {
    pub fn open(name: &str) -> Result<Self, String> {
        let file = format!("tests/flow/{name}.txt");
        let path = root().join(format!("{name}.txt"));
        let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
        Self::read(file, text)
    }

    /// Errors: what cannot be understood, with file and line.
    pub fn read(file: String, text: String) -> Result<Self, String> {
        let mut steps: Vec<Step> = Vec::new();
        let mut says_something = false;
        for (at, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("{file}:{}: {what}: {line}", at + 1);
            let number = at + 1;
            if let Some(said) = line.strip_prefix('#') {
                says_something |= said.trim().len() > 20 && steps.is_empty();
            } else if let Some(expected) = line.strip_prefix('|') {
                let step = steps.last_mut().ok_or_else(|| wrong("an expectation before the first step"))?;
                step.expected.push(expected.strip_prefix(' ').unwrap_or(expected).to_owned());
            } else if let Some(written) = line.strip_prefix("    ") {
                let step = steps.last_mut().ok_or_else(|| wrong("a mail before the first step"))?;
                if !step.expected.is_empty() {
                    return Err(wrong("a mail after what came out"));
                }
                while step.block.len() + step.line < at {
                    step.block.push(String::new());
                }
                step.block.push(written.to_owned());
                step.ends = number;
            } else if !line.trim().is_empty() {
                let act = act(line).ok_or_else(|| wrong("not understood"))?;
                steps.push(Step { line: number, act, block: Vec::new(), expected: Vec::new(), ends: number });
            }
        }
        if !says_something {
            return Err(format!("{file}:1: begins with what must hold"));
        }
        for step in &steps {
            let writes = matches!(step.act, Act::Writes { .. } | Act::Answers { .. });
            if !writes && !step.block.is_empty() {
                return Err(format!("{file}:{}: nobody writes here", step.line));
            }
        }
        if steps.iter().all(|step| matches!(step.act, Act::Setting { .. } | Act::Given(_))) {
            return Err(format!("{file}:1: nothing happens"));
        }
        Ok(Self { file, steps, text })
    }

    /// The file with these expectations, one list a step.
    pub fn with(&self, came_out: &[Vec<String>]) -> String {
        let mut text = String::new();
        for (at, line) in self.text.lines().enumerate() {
            if line.starts_with('|') {
                continue;
            }
            text.push_str(line);
            text.push('\n');
            let Some(done) = self.steps.iter().position(|step| step.ends == at + 1) else { continue };
            for line in &came_out[done] {
                text.push_str(format!("| {line}").trim_end());
                text.push('\n');
            }
        }
        text
    }
}

/// A step's first line.
fn act(line: &str) -> Option<Act> {
    fixed(line).or_else(|| told(line)).or_else(|| written(line))
}

fn fixed(line: &str) -> Option<Act> {
    if let Some(name) = line.strip_prefix("given ") {
        return Some(Act::Given(name.to_owned()));
    }
    if let Some(time) = line.strip_prefix("later ") {
        return duration(time).map(Act::Later);
    }
    if let Some(reply) = line.strip_prefix("the smarthost says ") {
        return Some(Act::Smarthost { reply: reply.to_owned() });
    }
    match line {
        "the keys are rotated" => Some(Act::KeysRotated),
        _ => line.strip_prefix("at ").map(|time| Act::At(time.to_owned())),
    }
}

/// `5 s`, `3 min`, `71 h`, `14 d`.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()? * seconds))
}

fn told(line: &str) -> Option<Act> {
    let (head, value) = line.split_once(": ")?;
    let value = value.to_owned();
    if let Some(path) = head.strip_prefix("category ") {
        return Some(Act::Category { path: path.to_owned(), line: value });
    }
    if let Some(name) = head.strip_prefix("user ") {
        return Some(Act::User { name: name.to_owned(), line: value });
    }
    if let Some(who) = head.strip_suffix("'s mail server reports") {
        return Some(Act::Report { who: who.to_owned(), status: value });
    }
    let known = ["trust", "undo", "quiet hours", "show", "text"].contains(&head);
    known.then(|| Act::Setting { name: head.to_owned(), value })
}

fn written(line: &str) -> Option<Act> {
    let (who, rest) = line.split_once(' ')?;
    let who = who.to_owned();
    let list = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
    for (says, door) in
        [("writes to ", Door::Front), ("submits to ", Door::Submission), ("writes by smtp to ", Door::Smtp)]
    {
        if let Some(to) = rest.strip_prefix(says) {
            return Some(Act::Writes { who, door, to: list(to) });
        }
    }
    if let Some(to) = rest.strip_prefix("sends it again") {
        let to = match to.strip_prefix(" to ") {
            Some(to) => list(to),
            None if to.is_empty() => Vec::new(),
            None => return None,
        };
        return Some(Act::Again { who, to });
    }
    let (rest, quoting) = rest.strip_suffix(", quoting").map_or((rest, false), |rest| (rest, true));
    let (rest, door) = rest.strip_suffix(", logged in").map_or((rest, Door::Front), |rest| (rest, Door::Submission));
    let which = which(rest.strip_prefix("answers")?.trim_start())?;
    Some(Act::Answers { who, door, which, quoting })
}

/// `new`, `note on HV-2`, `on HV-2`, or nothing.
pub fn which(text: &str) -> Option<Which> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (event, case) = match words[..] {
        [] => (None, None),
        [event] if event != "on" => (Some(event), None),
        ["on", case] => (None, Some(case)),
        [event, "on", case] => (Some(event), Some(case)),
        _ => return None,
    };
    Some(Which { event: event.map(str::to_owned), case: case.map(str::to_owned) })
}
