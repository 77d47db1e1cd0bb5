//! `queue list`, `queue retry`.

use std::fmt::Write;

use anyhow::Result;

use super::Exit;
use super::args::Queue;
use super::client::{Client, Content, encoded, with_query};
use super::show::{Form, Paint, local, table};
use crate::http::types::{QueuePage, Retried};

pub(super) async fn run(client: &Client, verb: Queue, form: Form) -> Result<Exit> {
    match verb {
        Queue::List { after } => {
            let path = with_query("/v1/queue", after.as_deref().map(|letter| ("after", letter)));
            form.print(&client.get::<QueuePage>(&path).await?, render)?;
        }
        Queue::Retry { letter } => {
            let path = format!("/v1/queue/{}/retry", encoded(&letter));
            let done: Retried = client.post(&path, Content::none()).await?;
            form.print(&done, |done, _| format!("{} is tried now\n", done.letter))?;
        }
    }
    Ok(Exit::Done)
}

fn render(page: &QueuePage, paint: Paint) -> String {
    if page.letters.is_empty() {
        return "the queue is empty\n".to_owned();
    }
    let rows: Vec<_> = page
        .letters
        .iter()
        .map(|letter| {
            vec![
                letter.id.clone(),
                letter.case.clone(),
                letter.kind.clone(),
                letter.state.clone(),
                letter.attempts.to_string(),
                local(&letter.next_try),
                letter.to.join(" "),
                letter.last_error.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let mut text = table(&["LETTER", "CASE", "KIND", "STATE", "TRIES", "NEXT TRY", "TO", "LAST ERROR"], &rows, paint);
    if let Some(next) = &page.next {
        let _ = writeln!(text, "more: --after {next}");
    }
    text
}
