//! What a receipt tells of besides its own entry.

use super::{JOURNAL_MAX, Outbound, read};
use crate::case::change::{Letter, LetterKind};
use crate::case::event::{CaseEvent, Entry};
use crate::case::held::HeldBack;
use crate::case::model::Case;
use crate::id::EntryNo;
use crate::letter::told::Past;
use crate::ports::{Page, Query, StoreError};

/// Most mails shown in one receipt, the latest.
const SHOWN_MAX: usize = 5;
/// Most entries of a history, the latest.
const HISTORY_MAX: usize = 200;

/// Which entries of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// The mail that this entry brought.
    Mail(EntryNo),
    /// Mails of the contact's and answers, after this entry.
    MailsAfter(EntryNo),
    /// Everything, without texts.
    All,
}

fn wanted(letter: &Letter, entry: &Entry) -> Wanted {
    if letter.kind != LetterKind::Receipt {
        return Wanted::Nothing;
    }
    let wanted = entry.events.iter().find_map(|event| match event {
        CaseEvent::WorkHeld { held } if held.why == HeldBack::Overtaken => {
            Some(Wanted::MailsAfter(held.seen.unwrap_or(EntryNo::new(0))))
        }
        CaseEvent::HeldReturned { entry } => Some(Wanted::Mail(*entry)),
        CaseEvent::HistoryAsked => Some(Wanted::All),
        CaseEvent::ShowAsked => Some(Wanted::MailsAfter(EntryNo::new(0))),
        _ => None,
    });
    wanted.unwrap_or(Wanted::Nothing)
}

/// Is this entry one whose text tells how an inquiry goes?
pub(super) fn is_talk(entry: &Entry) -> bool {
    entry.events.iter().any(|event| {
        matches!(
            event,
            CaseEvent::MailReceived { .. }
                | CaseEvent::MailTaken { .. }
                | CaseEvent::MailForwarded { .. }
                | CaseEvent::AnswerWritten { .. }
                | CaseEvent::NoteWritten { .. }
        )
    })
}

impl Outbound {
    /// Reads what this letter tells of besides its own entry, oldest first.
    pub(super) async fn past(&self, letter: &Letter, about: (&Case, &Entry)) -> Result<Vec<Past>, StoreError> {
        let (case, entry) = about;
        let before = entry.no.get().saturating_sub(1);
        let (from, keep): (u32, fn(&Entry) -> bool) = match wanted(letter, entry) {
            Wanted::Nothing => return Ok(Vec::new()),
            Wanted::Mail(no) => {
                let held = self.journal(case, no.get(), no.get()).await?;
                return self.with_mails(held).await;
            }
            Wanted::MailsAfter(seen) => (seen.get() + 1, is_talk),
            Wanted::All => {
                let from = before.saturating_sub(u32::try_from(HISTORY_MAX).unwrap_or(u32::MAX)) + 1;
                let entries = self.journal(case, from, before).await?;
                return Ok(entries.into_iter().map(|entry| Past { entry, mail: None }).collect());
            }
        };
        let mut entries = self.journal(case, from, before).await?;
        entries.retain(keep);
        entries.drain(..entries.len().saturating_sub(SHOWN_MAX));
        self.with_mails(entries).await
    }

    pub(super) async fn journal(&self, case: &Case, from: u32, to: u32) -> Result<Vec<Entry>, StoreError> {
        let from = from.max(to.saturating_sub(u32::try_from(JOURNAL_MAX).unwrap_or(u32::MAX))).max(1);
        let query = Query::Journal { case: case.id, from: EntryNo::new(from), max: JOURNAL_MAX };
        let Page::Journal(mut entries) = self.world.store.page(query).await? else { return Ok(Vec::new()) };
        entries.retain(|entry| entry.no.get() <= to);
        Ok(entries)
    }

    pub(super) async fn with_mails(&self, entries: Vec<Entry>) -> Result<Vec<Past>, StoreError> {
        let mut past = Vec::with_capacity(entries.len());
        for entry in entries {
            let mail = match entry.mail().filter(|mail| !mail.unread) {
                Some(mail) => Some(read(&self.world.store.raw(mail.raw).await?, &self.limits)),
                None => None,
            };
            past.push(Past { entry, mail });
        }
        Ok(past)
    }
}
