//! `user resume`.

use anyhow::Result;

use super::Exit;
use super::args::User;
use super::client::{Client, Content, encoded};
use super::show::{Form, safe};
use crate::http::types::Resumed;

pub(super) async fn run(client: &Client, verb: User, form: Form) -> Result<Exit> {
    match verb {
        User::Resume { address } => {
            let path = format!("/v1/users/{}/resume", encoded(&address));
            let done: Resumed = client.post(&path, Content::none()).await?;
            form.print(&done, |done, _| format!("mail goes to {} again\n", safe(&done.user)))?;
        }
    }
    Ok(Exit::Done)
}
