//! The command line: every verb and option, with the words of `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A mail gateway for shared addresses.
///
/// Mail to a shared address becomes a case, the people behind it are told, and they work it by replying to e-mail.
#[derive(Debug, Parser)]
#[command(name = "henvend", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Configuration of the daemon
    #[arg(long, global = true, value_name = "FILE", default_value = "/etc/henvend/henvend.toml")]
    pub config: PathBuf,
    /// The daemon's API socket [default: what the configuration says]
    #[arg(long, global = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Answer in JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "Examples:
  henvend demo                              see it work, without any set-up
  henvend check                             is the configuration right?
  henvend directory apply directory.toml    customers, categories, users
  henvend case list --status new,open
  henvend case show HV-1042

Exit codes: 0 done, 64 usage, 65 bad data, 69 daemon absent, 75 try later, 77 not allowed, 78 bad configuration";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the daemon
    #[command(after_help = "Example:\n  henvend serve --config /etc/henvend/henvend.toml")]
    Serve,
    /// Play one inquiry through real sockets, then stay up to be tried
    #[command(after_help = "Examples:\n  henvend demo\n  henvend demo --once; echo $?")]
    Demo(Demo),
    /// Check the configuration; tell everything that is wrong
    #[command(after_help = "Examples:\n  henvend check\n  henvend check --print postfix")]
    Check(Check),
    /// Tell what would become of a mail; nothing is written
    #[command(after_help = "Examples:\n  henvend explain mail.eml --to hjelp@uni.no --from kari@firma.no
  henvend explain --json --to hjelp@uni.no *.eml | jq .decided_by
  henvend explain - --to hjelp@uni.no < mail.eml
  henvend explain --offline --json *.eml | jq .kind")]
    Explain(Explain),
    /// Hand in a mail from standard input
    #[command(after_help = "Example, as a pipe(8) service of Postfix:
  argv=/usr/bin/henvend deliver --from ${sender} --to ${recipient}

Exit code 75 means: keep the mail and try again.")]
    Deliver(Deliver),
    /// Look at cases
    #[command(subcommand)]
    Case(Case),
    /// Look at letters that are still to be sent
    #[command(subcommand)]
    Queue(Queue),
    /// Customers, categories and users
    #[command(subcommand)]
    Directory(Directory),
    /// Users
    #[command(subcommand)]
    User(User),
    /// The keys that sign answer addresses and Message-IDs
    #[command(subcommand)]
    Token(Token),
    /// Is the site well? Tells what does not work, and what to do
    #[command(after_help = "Examples:\n  henvend doctor
  henvend doctor --via mx.uni.no:25     have a forged mail come in by the site's own mail server
  henvend doctor --json | jq '.findings[] | select(.verdict != \"ok\")'

Exit code 65 means: something does not work. The forged mail makes no case.")]
    Doctor(Doctor),
    /// How the daemon is
    #[command(after_help = "Example:\n  henvend status --json | jq .ready")]
    Status,
    /// Check all cases against their journals and all mails against their hashes, while the daemon works
    #[command(after_help = "Examples:\n  henvend verify
  henvend verify --rebuild-search

Exit code 65 means: something is wrong, and it was told where.")]
    Verify {
        /// Have the search index made anew from cases and mails
        #[arg(long)]
        rebuild_search: bool,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:\n  henvend completions bash > /etc/bash_completion.d/henvend")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    #[command(
        after_help = "Examples:\n  henvend man | man -l -\n  henvend man directory apply > henvend-directory-apply.1"
    )]
    Man {
        /// Of which verb [default: of all together]
        #[arg(value_name = "VERB")]
        verb: Vec<String>,
    },
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// End after the story; exit code 0 if every step was as promised
    #[arg(long)]
    pub once: bool,
    /// Keep the store here [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// Print the lines that a mail server in front needs
    #[arg(long, value_name = "SERVER")]
    pub print: Option<Front>,
}

/// A mail server in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Front {
    /// main.cf, master.cf and transport lines
    Postfix,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// Mails, each in a file; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// For whom [default offline: the directory's first category]
    #[arg(long, value_name = "ADDR", required_unless_present = "offline")]
    pub to: Vec<String>,
    /// Envelope sender; empty is the null sender [default: the mail's own From]
    #[arg(long, value_name = "ADDR")]
    pub from: Option<String>,
    /// Explain without a daemon, on an empty store
    #[arg(long)]
    pub offline: bool,
    /// Who there is, offline [default: one category, help@example.org]
    #[arg(long, value_name = "FILE", requires = "offline")]
    pub directory: Option<PathBuf>,
}

/// `doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Send a mail through this mail server that lies in its name: is it believed?
    #[arg(long, value_name = "HOST:PORT", value_parser = super::doctor::via)]
    pub via: Option<String>,
    /// Longest wait for that mail to come in, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub wait: u64,
}

/// `deliver`
#[derive(Debug, Args)]
pub struct Deliver {
    /// For whom
    #[arg(long, value_name = "ADDR", required = true, num_args = 1..)]
    pub to: Vec<String>,
    /// Envelope sender [default: the null sender]
    #[arg(long, value_name = "ADDR", default_value = "", hide_default_value = true)]
    pub from: String,
}

/// `case …`
#[derive(Debug, Subcommand)]
pub enum Case {
    /// List cases, newest first
    #[command(after_help = "Examples:\n  henvend case list --status new,open
  henvend case list --category uni/it --max 10
  henvend case list --search \"printer kari\"")]
    List(CaseList),
    /// Show a case and its journal
    #[command(after_help = "Example:\n  henvend case show HV-1042")]
    Show {
        /// HV-1042, or the number alone
        reference: String,
    },
}

/// `case list`
#[derive(Debug, Args)]
pub struct CaseList {
    /// Only with one of these: new, open, waiting, resolved, closed, spam
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub status: Vec<String>,
    /// Only of this category: CUSTOMER/PATH
    #[arg(long, value_name = "PATH")]
    pub category: Option<String>,
    /// Only with all of these words in title, people and texts
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Only older than this case
    #[arg(long, value_name = "REFERENCE")]
    pub before: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub max: u16,
}

/// `queue …`
#[derive(Debug, Subcommand)]
pub enum Queue {
    /// List letters that are still to be sent
    #[command(after_help = "Example:\n  henvend queue list --json | jq '.letters[].last_error'")]
    List {
        /// Go on after this letter
        #[arg(long, value_name = "LETTER")]
        after: Option<String>,
    },
    /// Try a letter now
    #[command(after_help = "Example:\n  henvend queue retry 1042.3.0")]
    Retry {
        /// As `queue list` shows it: CASE.ENTRY.COPY
        letter: String,
    },
}

/// `directory …`
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Make the directory what a file says; shows the difference and asks
    #[command(after_help = "Examples:\n  henvend directory apply directory.toml --dry-run
  henvend directory apply directory.toml --yes")]
    Apply(Apply),
    /// Print the directory as a file
    #[command(after_help = "Example:\n  henvend directory export > directory.toml")]
    Export,
}

/// `user …`
#[derive(Debug, Subcommand)]
pub enum User {
    /// Send mail to a user again, whose mail was paused because it came back
    #[command(after_help = "Example:\n  henvend user resume ola@uni.no

`henvend status` tells who they are. It ends by itself when the user writes, or gets another address.")]
    Resume {
        /// Any of the user's mail addresses
        #[arg(value_name = "ADDR")]
        address: String,
    },
}

/// `token …`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Add a key, which signs from the daemon's next reload on; the others go on verifying
    #[command(after_help = "Example:\n  henvend token rotate && systemctl reload henvend

Keys are in keys.toml in the data directory. Nothing that was sent becomes void by it.")]
    Rotate,
}

/// `directory apply`
#[derive(Debug, Args)]
pub struct Apply {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only show the difference
    #[arg(long)]
    pub dry_run: bool,
    /// Deactivate what the file does not name
    #[arg(long)]
    pub prune: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_is_understood() {
        let good = [
            "serve",
            "demo --once",
            "demo --data /tmp/x",
            "check --print postfix",
            "explain a.eml b.eml --to a@b.no --json",
            "explain - --to a@b.no --to c@b.no --from d@e.no",
            "deliver --from a@b.no --to c@d.no e@f.no",
            "deliver --to c@d.no",
            "--json case list --status new,open --category uni/it",
            "case show HV-1 --json",
            "queue list",
            "queue retry 1.2.3",
            "directory apply x.toml --dry-run --prune --yes",
            "directory export",
            "user resume ola@uni.no --json",
            "token rotate --json",
            "status --socket /run/x.sock",
            "doctor --json",
            "doctor --via mx.uni.no:25 --wait 5",
            "verify",
            "verify --rebuild-search --json",
            "completions zsh",
            "man",
            "man case show",
        ];
        for line in good {
            let words = std::iter::once("henvend").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
        for line in [
            "",
            "serv",
            "explain a.eml",
            "deliver",
            "case show",
            "check --print sendmail",
            "doctor --via mx",
            "doctor --wait 0",
        ] {
            let words = std::iter::once("henvend").chain(line.split(' ').filter(|word| !word.is_empty()));
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
    }
}
