//! What a digest tells, at the time when it leaves: only what its user may see then.

use super::Outbound;
use super::found::Walk;
use crate::case::change::{Gathered, Letter, LetterKind, To};
use crate::case::event::{CaseEvent, Entry};
use crate::case::model::Status;
use crate::case::view::View;
use crate::directory::model::User;
use crate::letter::digest::{Summary, Told};
use crate::ports::StoreError;
use crate::thread::pick::may_work;

/// Most cases of which is told what happened.
const TOLD_MAX: usize = 25;
/// Most cases listed in one section.
const SECTION_MAX: usize = 15;

impl Outbound {
    /// What this letter tells, when it is a digest.
    pub(super) async fn summary(&self, letter: &Letter, entry: &Entry) -> Result<Option<Summary>, StoreError> {
        if letter.kind != LetterKind::Digest {
            return Ok(None);
        }
        let view = View { directory: self.world.store.directory(), ..View::default() };
        let user = letter.to.first().and_then(|to| if let To::User(id) = to { view.directory.user(*id) } else { None });
        let made = entry.events.iter().find_map(|event| match event {
            CaseEvent::DigestMade { told, more } => Some((told, *more)),
            _ => None,
        });
        let (Some(user), Some((gathered, more))) = (user, made) else { return Ok(None) };
        let mut summary = Summary { more_cases: more, ..Summary::default() };
        self.happened(gathered, (user, &view), &mut summary).await?;
        self.standing(letter, (user, &view), &mut summary).await?;
        Ok(Some(summary))
    }

    /// What happened on cases that the user may see; of a case that is part of another now, too.
    async fn happened(
        &self,
        gathered: &[Gathered],
        whose: (&User, &View),
        summary: &mut Summary,
    ) -> Result<(), StoreError> {
        let (user, view) = whose;
        let mut cases = Vec::with_capacity(gathered.len());
        for row in gathered {
            let case = self.world.store.case(row.case).await?.filter(|case| may_work(&view.directory, user, case));
            cases.extend(case.map(|case| (row, case)));
        }
        // The user's own first: a limit further on cuts those last.
        cases.sort_by_key(|(_, case)| case.owner != Some(user.id));
        for (row, case) in cases {
            if summary.told.len() >= TOLD_MAX {
                summary.more_cases += 1;
                continue;
            }
            let mut entries = Vec::with_capacity(row.latest.len());
            for no in &row.latest {
                entries.extend(self.journal(&case, no.get(), no.get()).await?);
            }
            let shown = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            let entries = self.with_mails(entries).await?;
            summary.told.push(Told { case, entries, more: row.count.saturating_sub(shown) });
        }
        Ok(())
    }

    /// How the user's cases stand, and those that nobody has.
    async fn standing(&self, letter: &Letter, whose: (&User, &View), summary: &mut Summary) -> Result<(), StoreError> {
        let (user, view) = whose;
        let mut walk = Walk::default();
        while let Some(cases) = self.next_page(&mut walk).await? {
            for case in cases.into_iter().filter(|case| may_work(&view.directory, user, case)) {
                let own = case.owner == Some(user.id);
                let owner = case.owner.and_then(|owner| view.directory.user(owner));
                if !own && owner.is_some_and(|owner| owner.is_active_at(case.customer)) {
                    continue;
                }
                let overdue = self.is_overdue(&case, letter.created).await?;
                let section = match () {
                    () if overdue => &mut summary.overdue,
                    () if own && case.status == Status::Waiting => &mut summary.waiting,
                    () if own => &mut summary.mine,
                    () => &mut summary.unassigned,
                };
                section.add(case, SECTION_MAX);
            }
        }
        Ok(())
    }
}
