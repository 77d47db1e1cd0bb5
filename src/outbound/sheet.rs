//! All that a letter is written from, and the writing of it. Large ones are read and written on a thread that may block.

use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use tracing::error;

use crate::address::Address;
use crate::case::change::{Letter, To};
use crate::case::event::Entry;
use crate::case::model::Case;
use crate::case::trigger::DeliveryResult;
use crate::directory::model::Directory;
use crate::id::LetterId;
use crate::letter::control::Found;
use crate::letter::digest::Summary;
use crate::letter::guard::{Inside, guard};
use crate::letter::told::Past;
use crate::letter::{Catalog, Material, Written, write};
use crate::mail::Mail;
use crate::mail::compose::{Draft, compose};
use crate::ports::{Outgoing, StoreError};
use crate::rules::Policy;

/// What is larger than this is worked on aside: everything else waits for as long as it takes.
const INLINE_BYTES_MAX: usize = 256 * 1024;

/// Does work on so many bytes, where it holds up nobody.
pub(super) async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    if bytes <= INLINE_BYTES_MAX {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|ended| match ended.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(cancelled) => StoreError::Unavailable(cancelled.to_string()),
    })
}

/// What a letter is written from.
pub(super) struct Sheet {
    pub letter: Letter,
    pub case: Case,
    pub entry: Entry,
    /// The mail of its entry.
    pub mail: Option<(Mail, Bytes)>,
    /// The text that it answers, where it quotes it.
    pub answered: Option<String>,
    /// The texts of the case's notes, when the letter leaves the house or tells of one that did not for them.
    pub notes: Vec<String>,
    pub past: Vec<Past>,
    pub seen: Vec<LetterId>,
    pub found: Vec<Found>,
    pub summary: Option<Summary>,
    pub directory: Arc<Directory>,
    pub policy: Arc<Policy>,
    pub catalog: Arc<Catalog>,
}

impl Sheet {
    /// Bytes that there are to write, and to look through for what must not leave.
    pub(super) fn bytes(&self) -> usize {
        let notes = self.notes.iter().map(String::len);
        notes.chain(self.mail.iter().map(|(_, raw)| raw.len())).sum()
    }

    /// The mail that goes out, and whom each of its recipients stands for; or why there is none.
    pub(super) fn write(&self) -> Result<(Outgoing, Vec<(To, Address)>), DeliveryResult> {
        let material = self.material();
        let written = write(&material).map_err(|problem| {
            error!(letter = %self.letter.id, %problem, "letter cannot be written");
            DeliveryResult::Stopped("text".to_owned())
        })?;
        let (draft, recipients, reverse_path) = match written {
            Written::Mail { draft, recipients, reverse_path } => (draft, recipients, reverse_path),
            Written::Void(why) => return Err(DeliveryResult::Void(why.to_owned())),
        };
        if self.letter.kind.leaves_the_house() {
            self.last_look(&draft, &material)?;
        }
        let outgoing = Outgoing {
            reverse_path,
            recipients: recipients.iter().map(|(_, address)| address.clone()).collect(),
            data: Bytes::from(compose(&draft)),
            envelope_id: draft.message_id.as_str().to_owned(),
        };
        Ok((outgoing, recipients))
    }

    fn last_look(&self, draft: &Draft, material: &Material<'_>) -> Result<(), DeliveryResult> {
        let leak = guard(draft, &Inside::of(material, material.notes));
        leak.map_err(|leak| DeliveryResult::Stopped(leak.as_str().to_owned()))
    }

    fn material(&self) -> Material<'_> {
        Material {
            letter: &self.letter,
            case: &self.case,
            entry: &self.entry,
            mail: self.mail.as_ref().map(|(mail, raw)| (mail, &raw[..])),
            answered: self.answered.as_deref(),
            journal: &self.past,
            seen: &self.seen,
            notes: &self.notes,
            found: &self.found,
            summary: self.summary.as_ref(),
            directory: &self.directory,
            ours: &self.policy.ours,
            catalog: &self.catalog,
            reply_token_days: self.policy.reply_token_days,
            telling: &self.policy.telling,
            time_zone: &self.policy.time_zone,
        }
    }
}
