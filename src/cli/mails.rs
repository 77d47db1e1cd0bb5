//! `explain`, `deliver`.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::args::{Deliver, Explain};
use super::client::{Client, ClientError, Content, with_query};
use super::offline::{Offline, sender_of};
use super::show::{Form, Paint, safe, table};
use super::{Exit, read_input};
use crate::address::ReversePath;
use crate::daemon::SystemClock;
use crate::http::types::Delivered;
use crate::mail::parse::{Limits, parse};
use crate::ports::Clock;

/// One answer for each file, in order, without a daemon.
pub(super) fn explain_offline(config: &Path, arguments: &Explain, form: Form) -> Result<Exit> {
    let offline = Offline::new(config, arguments)?;
    for file in &arguments.files {
        form.print(&offline.explain(file, SystemClock.now())?, render)?;
    }
    Ok(Exit::Done)
}

/// One answer for each file, in order.
pub(super) async fn explain(client: &Client, arguments: Explain, form: Form) -> Result<Exit> {
    for file in &arguments.files {
        let raw = read_input(file)?;
        let from = arguments.from.clone().unwrap_or_else(|| match sender_of(&parse(&raw, &Limits::default())) {
            ReversePath::Null => String::new(),
            ReversePath::Mailbox(from) => from.to_string(),
        });
        let content = Content::mail(raw);
        let path = with_addresses("/v1/explain", &from, &arguments.to);
        let mut answer: Value = client.post(&path, content).await?;
        if let Value::Object(fields) = &mut answer {
            fields.insert("file".to_owned(), Value::String(file.display().to_string()));
        }
        form.print(&answer, render)?;
    }
    Ok(Exit::Done)
}

/// Exit code 75 for every failure that is not the mail's own: a mail server takes most others for a reason to bounce,
/// and a daemon that is away for a moment is none.
pub(super) async fn deliver(client: &Client, arguments: Deliver, form: Form) -> Result<Exit> {
    let content = Content::mail(read_input(Path::new("-"))?);
    let path = with_addresses("/v1/deliver", &arguments.from, &arguments.to);
    let delivered: Delivered = match client.post(&path, content).await {
        Ok(delivered) => delivered,
        Err(error) => {
            let exit = match &error {
                ClientError::Refused(problem) if matches!(problem.status, 400 | 413 | 422) => Exit::Data,
                _ => Exit::Later,
            };
            eprintln!("henvend: {error}");
            return Ok(exit);
        }
    };
    form.print(&delivered, |delivered, paint| {
        let row = |outcome: &crate::http::types::OutcomeView| {
            vec![outcome.to.clone(), outcome.case.clone(), outcome.became.clone()]
        };
        table(&["TO", "CASE", "BECAME"], &delivered.outcomes.iter().map(row).collect::<Vec<_>>(), paint)
    })?;
    Ok(Exit::Done)
}

fn with_addresses(path: &str, from: &str, to: &[String]) -> String {
    with_query(path, std::iter::once(("from", from)).chain(to.iter().map(|to| ("to", to.as_str()))))
}

/// Every field under its name; lists a line each, objects inside them in one line.
fn render(answer: &Value, paint: Paint) -> String {
    let Value::Object(fields) = answer else { return safe(&plain(answer)) + "\n" };
    let file = fields.get("file").map(plain).unwrap_or_default();
    let mut text = paint.bold(&safe(&file)) + "\n";
    for (name, value) in fields.iter().filter(|(name, value)| *name != "file" && !is_nothing(value)) {
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                text.push_str(&format!("  {name}\n"));
                items.iter().for_each(|item| text.push_str(&format!("    {}\n", safe(&plain(item)))));
            }
            Value::String(words) if words.contains('\n') => {
                text.push_str(&format!("  {name}\n{}", super::show::indented(&safe(words), 4)));
            }
            _ => text.push_str(&format!("  {name:16}{}\n", safe(&plain(value)))),
        }
    }
    text
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::String(words) => words.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(words) => words.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !is_nothing(value));
            said.map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_readable() {
        let answer = serde_json::json!({
            "file": "a.eml", "kind": "person", "case": null, "quoted_cut": false, "to": ["a@b.no", "c@d.no"],
            "candidates": [{"case": "HV-1", "accepted": false, "reason": "no\u{1b}"}], "new_text": "Hei\nigjen",
        });
        let want = "a.eml\n  candidates\n    accepted no; case HV-1; reason no\u{fffd}\n  kind            person\n  \
                    new_text\n    Hei\n    igjen\n  quoted_cut      no\n  to              a@b.no, c@d.no\n";
        assert_eq!(render(&answer, Paint::Plain), want);
    }
}
