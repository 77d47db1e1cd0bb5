//! What a letter tells of, or follows, besides its own entry.

use super::{JOURNAL_MAX, Outbound};
use crate::case::change::{Letter, LetterKind, To};
use crate::case::event::{Actor, CaseEvent, Entry};
use crate::case::held::HeldBack;
use crate::case::model::{Case, Channel};
use crate::directory::model::CONTROL;
use crate::id::{EntryNo, LetterId};
use crate::letter::told::Past;
use crate::ports::{Page, Query, StoreError};

/// Most mails shown in one receipt, the latest.
const SHOWN_MAX: usize = 5;
/// Most entries of a history, the latest: Gmail cuts a page after 102,000 octets.
const HISTORY_MAX: usize = 120;

/// Most mails sent before that a letter names, the latest.
const SEEN_MAX: usize = 8;
/// How far back those are looked for, in entries, and how many are read at a time.
const SEEN_ENTRIES_MAX: u32 = 400;
const SEEN_PAGE: u32 = 40;

/// Which entries of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// The mail that this entry brought.
    Mail(EntryNo),
    /// Mails of the contact's and answers, after this entry.
    MailsAfter(EntryNo),
    /// Those of them that are new to whoever the letter is for.
    NewsAfter(EntryNo),
    /// Everything, without texts.
    All,
}

fn wanted(letter: &Letter, entry: &Entry) -> Wanted {
    // An answer that was stopped, or whose writer has left; what somebody else was to be told of, and was not reached.
    let came_to_nothing = entry.events.iter().find_map(|event| match event {
        CaseEvent::LetterStopped { entry, .. }
        | CaseEvent::UserUnreached { entry, .. }
        | CaseEvent::HeldReturned { entry } => Some(Wanted::Mail(*entry)),
        _ => None,
    });
    match letter.kind {
        LetterKind::Receipt => {}
        LetterKind::Notification => return came_to_nothing.unwrap_or(Wanted::Nothing),
        LetterKind::Answer | LetterKind::Acknowledgement | LetterKind::Digest => return Wanted::Nothing,
    }
    // Nothing came in place of what was dropped.
    let new = |event: &CaseEvent| {
        matches!(event, CaseEvent::AnswerWritten { .. } | CaseEvent::NoteWritten { .. } | CaseEvent::WorkHeld { .. })
    };
    let only_dropped = !entry.events.iter().any(new);
    let wanted = entry.events.iter().find_map(|event| match event {
        CaseEvent::WorkHeld { held } if held.why == HeldBack::Overtaken => {
            Some(Wanted::NewsAfter(held.seen.unwrap_or(EntryNo::new(0))))
        }
        CaseEvent::HeldReturned { entry } => Some(Wanted::Mail(*entry)),
        CaseEvent::HeldDropped { entry } if only_dropped => Some(Wanted::Mail(*entry)),
        CaseEvent::HistoryAsked => Some(Wanted::All),
        CaseEvent::ShowAsked => Some(Wanted::MailsAfter(EntryNo::new(0))),
        _ => None,
    });
    wanted.unwrap_or(Wanted::Nothing)
}

/// Is it talk, or does it change who talks about what?
fn is_told(entry: &Entry) -> bool {
    let turns = |event: &CaseEvent| event.turns() || matches!(event, CaseEvent::MailMoved { .. });
    entry.is_talk() || entry.events.iter().any(turns)
}

impl Outbound {
    /// Reads what this letter tells of besides its own entry, oldest first.
    pub(super) async fn past(&self, letter: &Letter, about: (&Case, &Entry)) -> Result<Vec<Past>, StoreError> {
        let (case, entry) = about;
        let before = entry.no.get().saturating_sub(1);
        let keep: Box<dyn Fn(&Entry) -> bool + Send>;
        let from = match wanted(letter, entry) {
            Wanted::Nothing => return Ok(Vec::new()),
            Wanted::Mail(no) => {
                let held = self.journal(case, no.get(), no.get()).await?;
                return self.with_mails(held).await;
            }
            Wanted::MailsAfter(seen) => {
                keep = Box::new(is_told);
                seen.get() + 1
            }
            Wanted::NewsAfter(seen) => {
                // What they did themselves is none, unless it is an answer that they may send a second time; nor is a mail
                // that is elsewhere now.
                let by_word = entry.is_by_word();
                let reader = letter.to.first().and_then(|to| if let To::User(id) = to { Some(*id) } else { None });
                let own = move |entry: &Entry| !by_word && reader.is_some_and(|id| entry.by == Actor::User(id));
                let moved = case.moved.clone();
                keep = Box::new(move |entry| {
                    is_told(entry) && !own(entry) && !moved.iter().any(|(moved, _)| *moved == entry.no)
                });
                seen.get() + 1
            }
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

    /// The number of whoever called, for those who are to call back: by the case's first entry.
    pub(super) async fn number(&self, letter: &Letter, about: (&Case, &Entry)) -> Result<Option<String>, StoreError> {
        let (case, entry) = about;
        if case.channel != Channel::Phone || letter.kind.leaves_the_house() {
            return Ok(None);
        }
        let first = match entry.no.get() {
            1 => vec![entry.clone()],
            _ => self.journal(case, 1, 1).await?,
        };
        let called = first.into_iter().flat_map(|entry| entry.events).find_map(|event| match event {
            CaseEvent::CallMade { number } => number,
            _ => None,
        });
        Ok(called)
    }

    /// What the letter's user has been sent about this case before, oldest first.
    pub(super) async fn sent_before(&self, letter: &Letter, case: &Case) -> Result<Vec<LetterId>, StoreError> {
        let reader = letter.to.first().filter(|_| letter.category != CONTROL);
        let Some(To::User(user)) = reader else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut last = letter.id.entry.get().saturating_sub(1);
        let end = last.saturating_sub(SEEN_ENTRIES_MAX);
        while last > end && found.len() < SEEN_MAX {
            let first = last.saturating_sub(SEEN_PAGE - 1).max(end + 1);
            let from = EntryNo::new(first);
            let query = Query::Journal { case: case.id, from, max: (last - first + 1) as usize };
            let Page::Journal(entries) = self.world.store.page(query).await? else { break };
            for entry in entries.iter().rev() {
                let copies = entry.copies_to(*user);
                found.extend(copies.map(|copy| LetterId { case: case.id, entry: entry.no, copy }));
            }
            last = first - 1;
        }
        found.truncate(SEEN_MAX);
        found.reverse();
        Ok(found)
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
                Some(mail) => Some(self.read(&self.world.store.raw(mail.raw).await?).await?),
                None => None,
            };
            past.push(Past { entry, mail });
        }
        Ok(past)
    }
}
