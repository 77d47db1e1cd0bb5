//! `explain --offline`: the whole decision on an empty store, without a daemon.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use serde_json::Value;

use super::args::Explain;
use super::read_input;
use crate::address::{Address, ReversePath};
use crate::case::view::View;
use crate::config::Config;
use crate::directory::apply::apply;
use crate::directory::diff::{Prune, diff};
use crate::directory::file;
use crate::directory::model::{Directory, SITE};
use crate::envelope::{Envelope, Listener, RawMail, Recipient};
use crate::explain::{Question, explain};
use crate::id::KeyId;
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::rules::Policy;
use crate::rules::arrive::{Arrival, arrive};
use crate::time::Timestamp;
use crate::token::{Key, KeyRing};
use crate::verify::Evidence;

/// Who there is when no file says so.
const DIRECTORY: &str = r#"
operators = ["operator@example.org"]
[[user]]
name = "Operator"
addresses = ["operator@example.org"]
[[customer]]
key = "example"
name = "Example"
[[customer.category]]
path = "help"
name = "Help"
addresses = ["help@example.org"]
"#;

/// What an explanation without a daemon rests on.
pub(super) struct Offline {
    policy: Policy,
    view: View,
    recipients: Vec<Recipient>,
    reverse_path: Option<ReversePath>,
}

impl Offline {
    /// The configured policy if there is a configuration, else the defaults; no mail is known, no case is there.
    pub(super) fn new(config: &Path, arguments: &Explain) -> Result<Self> {
        let config = if config.exists() {
            super::check::load(config).map_err(|problems| anyhow!("{problems}"))?
        } else {
            Config::default()
        };
        let keys = KeyRing::new(vec![Key::new(KeyId::new(0), [0; 32])]).context("a ring of one key")?;
        let directory = directory(arguments.directory.as_ref())?;
        let to = if arguments.to.is_empty() { vec![first_address(&directory)?] } else { addresses(&arguments.to)? };
        let recipients = to.into_iter().map(|address| Recipient { address, notify: None, original: None }).collect();
        let reverse_path = match arguments.from.as_deref() {
            None => None,
            Some("") => Some(ReversePath::Null),
            Some(text) => Some(ReversePath::Mailbox(address(text)?)),
        };
        let view = View { directory: Arc::new(directory), ..View::default() };
        Ok(Self { policy: config.policy(Arc::new(keys)), view, recipients, reverse_path })
    }

    /// Explains one file.
    pub(super) fn explain(&self, file: &Path, now: Timestamp) -> Result<Value> {
        let raw = RawMail::new(Bytes::from(read_input(file)?));
        let mail = parse_caught(raw.bytes(), &Limits::default());
        let envelope = self.envelope(mail.as_ref());
        let arrival = Arrival { envelope, raw, mail, evidence: Evidence::default() };
        let arrived = arrive(&self.policy, &self.view.directory, arrival);
        let name = file.display().to_string();
        Ok(explain(&Question { policy: &self.policy, view: &self.view, arrived: &arrived, file: &name, now }))
    }

    /// As a mail server would hand it in. Whoever says nothing of the sender means the one whom the mail names.
    fn envelope(&self, mail: Option<&Mail>) -> Envelope {
        Envelope {
            listener: Listener::Pipe,
            trusted: true,
            peer: "file".to_owned(),
            hello: String::new(),
            queue_id: None,
            reverse_path: self.reverse_path.clone().unwrap_or_else(|| sender_of(mail.unwrap_or(&Mail::default()))),
            recipients: self.recipients.clone(),
            smtputf8: true,
            dsn_return: None,
            envelope_id: None,
        }
    }
}

/// Who most likely stood in the envelope of a mail of which only the file is left. Where nothing tells it, an address
/// that nobody can have (RFC 2606 §2): that a program sent it is said by the null sender alone.
pub(super) fn sender_of(mail: &Mail) -> ReversePath {
    let path = mail.field("Return-Path").map(str::trim);
    if path.is_some_and(|path| matches!(path, "<>" | "<MAILER-DAEMON>")) {
        return ReversePath::Null;
    }
    let from = mail.from.first().map(|from| from.address.clone());
    let unknown = || Address::parse("unknown@sender.invalid");
    from.or_else(unknown).map_or(ReversePath::Null, ReversePath::Mailbox)
}

fn directory(path: Option<&PathBuf>) -> Result<Directory> {
    let text = match path {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
        None => DIRECTORY.to_owned(),
    };
    let wanted = file::read(&text, None).map_err(|problems| anyhow!("{problems}"))?;
    let mut directory = Directory::default();
    for event in diff(&Directory::default(), &wanted, Prune::Off) {
        apply(&mut directory, &event);
    }
    Ok(directory)
}

fn first_address(directory: &Directory) -> Result<Address> {
    let mut categories = directory.categories().filter(|category| category.customer != SITE);
    let first = categories.find_map(|category| category.main_address());
    first.cloned().context("the directory has no category with an address; name one with --to")
}

fn addresses(texts: &[String]) -> Result<Vec<Address>> {
    texts.iter().map(|text| address(text)).collect()
}

fn address(text: &str) -> Result<Address> {
    Address::parse(text).with_context(|| format!("\"{text}\" is not a mail address"))
}
