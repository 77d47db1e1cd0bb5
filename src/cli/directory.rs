//! `directory apply`, `directory export`.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;

use super::args::{Apply, Directory};
use super::client::{Client, Content};
use super::show::{Form, Paint, safe};
use super::{BadInput, Exit, read_input};
use crate::http::types::{Applied, ApplyRequest, DirectoryExport};

pub(super) async fn run(client: &Client, verb: Directory, form: Form) -> Result<Exit> {
    match verb {
        Directory::Apply(apply) => run_apply(client, apply, form).await,
        Directory::Export => {
            let export: DirectoryExport = client.get("/v1/directory").await?;
            form.print(&export, |export, _| export.toml.clone())?;
            Ok(Exit::Done)
        }
    }
}

/// Shows first, then asks, then applies what was shown: if somebody else changed the directory meanwhile, nothing is
/// done.
async fn run_apply(client: &Client, arguments: Apply, form: Form) -> Result<Exit> {
    let toml = String::from_utf8(read_input(&arguments.file)?)
        .map_err(|_| BadInput(format!("{} is not UTF-8", arguments.file.display())))?;
    let mut request = ApplyRequest { toml, prune: arguments.prune, dry_run: true, version: None };
    let seen: Applied = client.post("/v1/directory/apply", Content::json(&request)).await?;
    if arguments.dry_run || seen.lines.is_empty() {
        let last = if seen.lines.is_empty() { "nothing to change\n" } else { "dry run: nothing was changed\n" };
        form.print(&seen, |seen, paint| render(seen, paint) + last)?;
        return Ok(Exit::Done);
    }
    if let Form::Text(paint) = form {
        std::io::stdout().write_all(render(&seen, paint).as_bytes())?;
    }
    if !arguments.yes && !confirmed()? {
        eprintln!("nothing was changed");
        return Ok(Exit::NotAllowed);
    }
    (request.dry_run, request.version) = (false, Some(seen.version));
    let done: Applied = client.post("/v1/directory/apply", Content::json(&request)).await?;
    form.print(&done, |done, _| format!("done: the directory has version {}\n", done.version))?;
    Ok(Exit::Done)
}

fn render(applied: &Applied, paint: Paint) -> String {
    applied.lines.iter().map(|line| paint.difference(&safe(line)) + "\n").collect()
}

/// Only a person can be asked.
fn confirmed() -> Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        eprintln!("henvend: say --yes to apply this without being asked");
        return Ok(false);
    }
    eprint!("apply this? [y/N] ");
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}
