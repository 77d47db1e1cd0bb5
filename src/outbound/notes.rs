//! The texts of notes, none of which may leave the house.

use super::{JOURNAL_MAX, Outbound};
use crate::case::change::Letter;
use crate::case::event::{CaseEvent, Entry};
use crate::case::model::Case;
use crate::id::{CaseId, EntryNo};
use crate::letter::guard::Leak;
use crate::ports::{Page, Query, StoreError};
use crate::rules::command;

/// Most notes that a letter is compared with, those of its own case first, and the newest of each case first.
const NOTES_MAX: usize = 300;
/// Most cases whose notes are looked for.
const RELATED_MAX: usize = 16;

impl Outbound {
    /// The texts of the notes of a case, and of those that it shares people or mails with. A letter that leaves the house
    /// is compared with them; so is one that tells of such a letter that was stopped for them.
    pub(super) async fn notes(&self, letter: &Letter, about: (&Case, &Entry)) -> Result<Vec<String>, StoreError> {
        let (case, entry) = about;
        let noted =
            |event: &CaseEvent| matches!(event, CaseEvent::LetterStopped { what, .. } if what == Leak::Note.as_str());
        if !letter.kind.leaves_the_house() && !entry.events.iter().any(noted) {
            return Ok(Vec::new());
        }
        let mut notes = Vec::new();
        let mut related = vec![case.id];
        let mut at = 0;
        while let Some(id) = related.get(at).copied() {
            at += 1;
            for entry in self.newest(id).await?.iter().rev() {
                for other in entry.related() {
                    if related.len() < RELATED_MAX && !related.contains(&other) {
                        related.push(other);
                    }
                }
                let is_note = entry.events.iter().any(|event| matches!(event, CaseEvent::NoteWritten { .. }));
                let Some(note) = entry.mail().filter(|_| is_note && notes.len() < NOTES_MAX) else { continue };
                let raw = self.world.store.raw(note.raw).await?;
                notes.push(command::note_of(&self.read(&raw).await?.new_text, entry).to_owned());
            }
        }
        Ok(notes)
    }

    /// The newest entries of a case; those of one that is part of another now, too.
    async fn newest(&self, id: CaseId) -> Result<Vec<Entry>, StoreError> {
        let Some(case) = self.world.store.case(id).await? else { return Ok(Vec::new()) };
        let before = u32::try_from(JOURNAL_MAX).unwrap_or(u32::MAX);
        let from = EntryNo::new(case.last_entry.get().saturating_sub(before).max(1));
        match self.world.store.page(Query::Journal { case: id, from, max: JOURNAL_MAX }).await? {
            Page::Journal(entries) => Ok(entries),
            _ => Ok(Vec::new()),
        }
    }
}
