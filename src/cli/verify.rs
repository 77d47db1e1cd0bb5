//! `verify`.

use anyhow::Result;
use serde::Serialize;

use super::Exit;
use super::client::{Client, Content, with_query};
use super::show::{Form, Paint, safe};
use crate::http::types::{Contradiction, Rebuilding, VerifyPage};

#[derive(Default, Serialize)]
struct Verified {
    cases: u64,
    mails: u64,
    problems: Vec<Contradiction>,
    rebuilding_search: bool,
}

/// Exit code 65 when anything is wrong.
pub(super) async fn run(client: &Client, rebuild_search: bool, form: Form) -> Result<Exit> {
    let mut verified = Verified::default();
    let mut after: Option<String> = None;
    loop {
        let path = with_query("/v1/verify", after.as_deref().map(|reference| ("after", reference)));
        let page: VerifyPage = client.get(&path).await?;
        verified.cases += page.cases;
        verified.mails += page.mails;
        verified.problems.extend(page.problems);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if rebuild_search {
        verified.rebuilding_search = client.post::<Rebuilding>("/v1/search/rebuild", Content::none()).await?.rebuilding;
    }
    form.print(&verified, render)?;
    Ok(if verified.problems.is_empty() { Exit::Done } else { Exit::Data })
}

fn render(verified: &Verified, paint: Paint) -> String {
    let mut text = String::new();
    for problem in &verified.problems {
        let entry = problem.entry.map(|entry| format!(" entry {entry}")).unwrap_or_default();
        text += &format!("{}{entry}: {}\n", paint.bold(&problem.case), safe(&problem.what));
    }
    text += &format!("{} cases, {} mails, {} problems\n", verified.cases, verified.mails, verified.problems.len());
    if verified.rebuilding_search {
        text += "the search index is being made anew; until that is done, searches say so and find nothing\n";
    }
    text
}
