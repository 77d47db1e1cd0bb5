//! How the story looks in a terminal.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::catch_all::Caught;
use crate::daemon::Running;

/// Lines of a mail's text that are shown.
const TEXT_LINES_MAX: usize = 30;
/// Longest line that is shown, in characters.
const LINE_CHARS_MAX: usize = 100;

/// Writes to standard output, with colour where that is a terminal.
pub struct Teller {
    colour: bool,
}

#[derive(Clone, Copy)]
enum Look {
    Plain,
    Heading,
    Faint,
    Good,
}

impl Teller {
    /// Colour unless `NO_COLOR` is set or the output is no terminal.
    pub fn to_standard_output() -> Self {
        Self { colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// A step of the story begins.
    pub fn step(&self, number: u32, what: &str) {
        self.line(Look::Plain, "");
        self.line(Look::Heading, &format!("{number}. {what}"));
    }

    /// Something is as promised.
    pub fn kept(&self, what: &str) {
        self.line(Look::Good, &format!("   ✓ {what}"));
    }

    /// A mail passes.
    pub fn mail(&self, how: &str, caught: &Caught) {
        let mail = &caught.mail;
        self.line(Look::Plain, "");
        self.line(Look::Faint, &format!("   ┌ {how}"));
        let boxes = |list: &[crate::address::Mailbox]| {
            let shown = list.iter().map(|one| match &one.name {
                Some(name) => format!("{name} <{}>", one.address),
                None => one.address.to_string(),
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        let fields = [
            ("From", boxes(&mail.from)),
            ("To", boxes(&mail.to)),
            ("Reply-To", boxes(&mail.reply_to)),
            ("Subject", mail.subject.clone()),
        ];
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            self.line(Look::Plain, &format!("   │ {name}: {value}"));
        }
        self.line(Look::Faint, "   │");
        let text = mail.text.trim_end();
        for line in text.lines().take(TEXT_LINES_MAX) {
            self.line(Look::Plain, &format!("   │ {line}"));
        }
        if text.lines().count() > TEXT_LINES_MAX {
            self.line(Look::Faint, "   │ …");
        }
        self.line(Look::Faint, "   └");
    }

    /// The story is over: how to go on.
    pub fn where_to_look(&self, directory: &Path, running: &Running) {
        let api = directory.join("api.sock");
        self.line(Look::Plain, "");
        self.line(Look::Heading, "Now you. henvend stays up until Ctrl-C; every mail it sends is shown here.");
        self.line(Look::Plain, "");
        if let Some(smtp) = running.tcp.first() {
            let send = "   printf 'From: me@example.net\\nSubject: Hello\\n\\nIs anybody there?\\n' |";
            self.line(Look::Plain, send);
            let curl = "     curl -s smtp://ADDRESS --mail-from me@example.net --mail-rcpt servicetorg@blafjell.example -T - --crlf";
            self.line(Look::Plain, &curl.replace("ADDRESS", &smtp.to_string()));
        }
        self.line(Look::Plain, &format!("   henvend --socket {} case list", api.display()));
        self.line(Look::Plain, &format!("   henvend --socket {} case show HV-1", api.display()));
        if let Some(probes) = running.probes {
            self.line(Look::Plain, &format!("   curl http://{probes}/readyz?verbose"));
            self.line(Look::Plain, &format!("   curl http://{probes}/metrics"));
        }
        self.line(Look::Faint, &format!("   store, raw mail and keys: {}", directory.display()));
    }

    fn line(&self, look: Look, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX + 60).collect();
        let code = match look {
            _ if !self.colour => "",
            Look::Plain => "",
            Look::Heading => "\x1b[1;36m",
            Look::Faint => "\x1b[2m",
            Look::Good => "\x1b[32m",
        };
        let end = if code.is_empty() { "" } else { "\x1b[0m" };
        // A reader that has gone away has seen enough.
        if writeln!(std::io::stdout(), "{code}{text}{end}").is_err() {
            tracing::debug!("nobody reads the story");
        }
    }
}
