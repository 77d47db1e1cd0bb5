//! The command line: arguments in, exit code out.
//!
//! Job: read arguments, ask the daemon over its unix socket, print what it says for people or for programs.
//! Absent on purpose: doing anything. What is changed is changed by the daemon; `serve` and `demo` are handed back to
//! `main`, which starts them.
//!
//! Invariants: exit codes are those of sysexits(3) named in [`Exit`]; waiting is bounded; what strangers wrote is
//! printed without its control characters.

mod args;
mod cases;
mod check;
pub mod client;
mod directory;
mod doctor;
mod mails;
mod offline;
mod queue;
mod show;
mod status;
mod token;
mod user;
mod verify;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};

use crate::config::Config;
use args::{Cli, Verb};
use client::{Client, ClientError};
use show::Form;

/// What `main` does next.
#[derive(Debug)]
pub enum Next {
    /// It is all done.
    End(ExitCode),
    /// Run the daemon; the path is read again on SIGHUP.
    Serve(Box<Config>, PathBuf),
    /// Play the demonstration.
    Demo(Demo),
}

/// How the demonstration is played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// End after the story.
    pub once: bool,
    /// Keep the store here.
    pub data: Option<PathBuf>,
}

/// Exit codes (sysexits(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// As asked.
    Done = 0,
    /// The arguments are wrong.
    Usage = 64,
    /// What was handed in is wrong.
    Data = 65,
    /// No daemon.
    Absent = 69,
    /// Try again later.
    Later = 75,
    /// Not allowed.
    NotAllowed = 77,
    /// The configuration is wrong; starting again does not help.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Does what the arguments say.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Next {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help is asked for and goes to standard output; where that is closed nobody is left to be told.
            let printed = error.print();
            let exit = if error.use_stderr() || printed.is_err() { Exit::Usage } else { Exit::Done };
            return Next::End(exit.into());
        }
    };
    match dispatch(cli) {
        Ok(next) => next,
        Err(error) => {
            eprintln!("henvend: {error:#}");
            Next::End(exit_of(&error).into())
        }
    }
}

fn dispatch(cli: Cli) -> Result<Next> {
    let form = Form::of(cli.json);
    let client = || Client::at(&cli.socket.clone().unwrap_or_else(|| check::api_socket(&cli.config)));
    let exit = match cli.verb {
        Verb::Serve => {
            return Ok(match check::load_whole(&cli.config) {
                Ok(config) => Next::Serve(Box::new(config), cli.config),
                Err(problems) => {
                    eprint!("{problems}");
                    Next::End(Exit::Config.into())
                }
            });
        }
        Verb::Demo(demo) => return Ok(Next::Demo(Demo { once: demo.once, data: demo.data })),
        Verb::Check(check) => check::run(&cli.config, check.print, form)?,
        Verb::Explain(explain) if explain.offline => mails::explain_offline(&cli.config, &explain, form)?,
        Verb::Explain(explain) => wait(mails::explain(&client(), explain, form))?,
        Verb::Deliver(deliver) => wait(mails::deliver(&client(), deliver, form))?,
        Verb::Case(verb) => wait(cases::run(&client(), verb, form))?,
        Verb::Queue(verb) => wait(queue::run(&client(), verb, form))?,
        Verb::Directory(verb) => wait(directory::run(&client(), verb, form))?,
        Verb::User(verb) => wait(user::run(&client(), verb, form))?,
        Verb::Token(args::Token::Rotate) => token::rotate(&cli.config, form)?,
        Verb::Doctor(asked) => wait(doctor::run(&client(), &cli.config, asked, form))?,
        Verb::Status => wait(status::run(&client(), form))?,
        Verb::Verify { rebuild_search } => wait(verify::run(&client(), rebuild_search, form))?,
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "henvend", &mut script);
            print_bytes(&script)?
        }
        Verb::Man { verb } => manual(&verb)?,
    };
    Ok(Next::End(exit.into()))
}

fn manual(verb: &[String]) -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut page = &command;
    for word in verb {
        let Some(found) = page.find_subcommand(word) else {
            eprintln!("henvend: there is no verb {}", verb.join(" "));
            return Ok(Exit::Usage);
        };
        page = found;
    }
    let mut bytes = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut bytes)?;
    print_bytes(&bytes)
}

fn print_bytes(bytes: &[u8]) -> Result<Exit> {
    std::io::stdout().write_all(bytes)?;
    Ok(Exit::Done)
}

fn wait(work: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start")?.block_on(work)
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return match error.kind() {
            // Whoever read our output has seen enough.
            std::io::ErrorKind::BrokenPipe => Exit::Done,
            std::io::ErrorKind::NotFound => Exit::Usage,
            std::io::ErrorKind::PermissionDenied => Exit::NotAllowed,
            _ => Exit::Later,
        };
    }
    if error.is::<BadInput>() {
        return Exit::Data;
    }
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Absent { .. }) => Exit::Absent,
        Some(ClientError::NotAllowed(_)) => Exit::NotAllowed,
        Some(ClientError::Refused(problem)) => match problem.status {
            403 => Exit::NotAllowed,
            409 | 500.. => Exit::Later,
            _ => Exit::Data,
        },
        Some(ClientError::Broken(_) | ClientError::Strange(_)) | None => Exit::Later,
    }
}

/// A file, or standard input for `-`.
fn read_input(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read;
    if path != Path::new("-") {
        return std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    }
    let mut bytes = Vec::new();
    let most = 1 << 30;
    std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
    if bytes.len() as u64 > most {
        return Err(BadInput("standard input is larger than 1 GiB".to_owned()).into());
    }
    Ok(bytes)
}

/// What was handed in cannot be used, whenever it is tried.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadInput(String);
