//! `status`.

use std::fmt::Write;

use anyhow::Result;

use super::Exit;
use super::client::Client;
use super::show::{Form, Paint, safe};
use crate::http::types::Status;

/// Exit code 75 while the daemon cannot take mail.
pub(super) async fn run(client: &Client, form: Form) -> Result<Exit> {
    let status: Status = client.get("/v1/status").await?;
    form.print(&status, render)?;
    Ok(if status.ready { Exit::Done } else { Exit::Later })
}

fn render(status: &Status, paint: Paint) -> String {
    let ready = if status.ready { "ready" } else { "not ready" };
    let mut text = paint.bold(&format!("henvend {}: {ready}", status.version)) + "\n";
    for check in &status.checks {
        let state = if check.ok { "ok" } else { check.detail.as_str() };
        let _ = writeln!(text, "  {:12}{}", check.name, safe(state));
    }
    let letters = match (status.letters_waiting, status.letters_stopped) {
        (Some(waiting), Some(0)) => format!("{waiting} waiting"),
        (Some(waiting), Some(stopped)) => format!("{waiting} waiting, {stopped} of them stopped: see queue list"),
        _ => "unknown".to_owned(),
    };
    let _ = writeln!(
        text,
        "  {:12}version {}: {} customers, {} categories, {} users",
        "directory", status.directory_version, status.customers, status.categories, status.users
    );
    let _ = writeln!(text, "  {:12}{letters}", "letters");
    if status.users_paused > 0 {
        let more = status.users_paused.saturating_sub(status.paused.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = safe(&status.paused.join(" "));
        let _ = writeln!(text, "  {:12}paused, because it comes back: {who}{more}; see user resume", "mail");
    }
    if !status.unattended.is_empty() {
        let which = safe(&status.unattended.join(" "));
        let _ = writeln!(text, "  {:12}nobody is told of mail to {which}: no active member is reached", "members");
    }
    text
}
