//! What there is to a user's errands, at the time when they are answered: only what that user may see.

use super::Outbound;
use crate::case::change::{Letter, To};
use crate::case::errand::{Errand, Listed};
use crate::case::event::{CaseEvent, Entry};
use crate::case::model::{Case, Status};
use crate::case::view::View;
use crate::directory::model::{CONTROL, User};
use crate::id::{CaseId, CategoryId};
use crate::letter::control::Found;
use crate::ports::{CaseQuery, Page, Query, StoreError};
use crate::thread::pick::may_work;
use crate::time::Timestamp;

/// Most cases in one list.
const CASES_MAX: usize = 30;
/// Cases read at a time, and how often at most: a list must not walk through everything there ever was.
const PAGE: usize = 200;
const PAGES_MAX: usize = 50;
/// The same of a search, of which each page costs as much as all of them.
const HITS: usize = 1000;
const HITS_PAGES_MAX: usize = 20;
/// Mails and notes of a case that are shown, the latest.
const TALK_MAX: usize = 3;

/// How far the active cases have been looked through.
#[derive(Default)]
pub(super) struct Walk {
    before: Option<CaseId>,
    pages: usize,
    over: bool,
}

/// Which cases a list wants.
struct Wish<'a> {
    which: Listed,
    category: Option<CategoryId>,
    user: &'a User,
    view: &'a View,
    at: Timestamp,
}

impl Wish<'_> {
    fn wants(&self, case: &Case) -> bool {
        let owned = |id| self.view.directory.user(id).is_some_and(|owner| owner.is_active_at(case.customer));
        let which = match self.which {
            Listed::Open => true,
            Listed::Mine => case.owner == Some(self.user.id),
            Listed::Unassigned => !case.owner.is_some_and(owned),
            // Seen to by `Outbound::is_overdue`.
            Listed::Overdue => case.status != Status::Waiting,
        };
        let here = self.category.is_none_or(|id| case.category == id || case.watching.contains(&id));
        which && here && may_work(&self.view.directory, self.user, case)
    }
}

impl Outbound {
    /// What is told of each errand of this entry.
    pub(super) async fn found(&self, letter: &Letter, entry: &Entry) -> Result<Vec<Found>, StoreError> {
        let errands = entry.events.iter().find_map(|event| match event {
            CaseEvent::ErrandsGiven { errands, opened, .. } if letter.category == CONTROL => Some((errands, *opened)),
            _ => None,
        });
        let view = View { directory: self.world.store.directory(), ..View::default() };
        let user =
            letter.to.first().and_then(|to| if let To::User(user) = to { view.directory.user(*user) } else { None });
        let (Some((errands, opened)), Some(user)) = (errands, user) else { return Ok(Vec::new()) };
        let mut found = Vec::with_capacity(errands.len());
        for errand in errands {
            found.push(match errand {
                Errand::List { which, category } => {
                    self.list(&Wish { which: *which, category: *category, user, view: &view, at: letter.created })
                        .await?
                }
                Errand::Search(words) => self.search(words, (user, &view)).await?,
                Errand::Show(case) => self.shown(*case, (user, &view)).await?,
                Errand::Open(_) => match opened {
                    Some(case) => Found { talk: Vec::new(), ..self.shown(case, (user, &view)).await? },
                    None => Found::default(),
                },
                Errand::Help | Errand::Digest(_) | Errand::Away(_) | Errand::Quiet(_) => Found::default(),
            });
        }
        Ok(found)
    }

    async fn list(&self, wish: &Wish<'_>) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let mut walk = Walk::default();
        while found.cases.len() <= CASES_MAX {
            let Some(cases) = self.next_page(&mut walk).await? else { break };
            for case in cases.into_iter().filter(|case| wish.wants(case)) {
                if wish.which != Listed::Overdue || self.is_overdue(&case, wish.at).await? {
                    found.cases.push(case);
                }
            }
        }
        found.more = found.cases.len() > CASES_MAX || !walk.over;
        found.cases.truncate(CASES_MAX);
        Ok(found)
    }

    /// The next active cases, newest first; `None`: there are no more, or more than are looked at.
    pub(super) async fn next_page(&self, walk: &mut Walk) -> Result<Option<Vec<Case>>, StoreError> {
        if walk.over || walk.pages >= PAGES_MAX {
            return Ok(None);
        }
        let statuses = vec![Status::New, Status::Open, Status::Waiting];
        let query = CaseQuery { statuses, category: None, before: walk.before, max: PAGE };
        let Page::Cases { cases, below } = self.world.store.page(Query::Cases(query)).await? else { return Ok(None) };
        *walk = Walk { before: below, pages: walk.pages + 1, over: below.is_none() };
        Ok(Some(cases))
    }

    /// Should this case have been seen to? A new one, that nobody has touched for too long; an open one, on which nothing
    /// has happened for too long, or nothing since the time is over for which it waited.
    pub(super) async fn is_overdue(&self, case: &Case, now: Timestamp) -> Result<bool, StoreError> {
        let since = match case.status {
            Status::New => case.opened,
            Status::Open => case.changed,
            Status::Waiting | Status::Resolved | Status::Closed | Status::Spam | Status::Merged(_) => return Ok(false),
        };
        let too_long = now.since(since) >= self.world.policy().telling.overdue;
        if too_long || case.status == Status::New {
            return Ok(too_long);
        }
        let last = self.journal(case, case.last_entry.get(), case.last_entry.get()).await?;
        Ok(last.iter().flat_map(|entry| &entry.events).any(|event| *event == CaseEvent::WaitEnded))
    }

    async fn search(&self, words: &str, whose: (&User, &View)) -> Result<Found, StoreError> {
        let (user, view) = whose;
        let page = |before| Query::Search { words: words.to_owned(), before, max: HITS };
        self.pages(HITS_PAGES_MAX, page, |case| may_work(&view.directory, user, case)).await
    }

    /// The newest cases that are wanted, page after page, until there are enough; says so when not all was looked at.
    async fn pages(
        &self,
        pages_max: usize,
        page: impl Fn(Option<CaseId>) -> Query,
        wants: impl Fn(&Case) -> bool,
    ) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let mut before = None;
        for _ in 0..pages_max {
            let Page::Cases { cases, below } = self.world.store.page(page(before)).await? else { break };
            found.cases.extend(cases.into_iter().filter(|case| wants(case)));
            before = below;
            if before.is_none() || found.cases.len() > CASES_MAX {
                break;
            }
        }
        found.more = before.is_some() || found.cases.len() > CASES_MAX;
        found.cases.truncate(CASES_MAX);
        Ok(found)
    }

    async fn shown(&self, id: CaseId, whose: (&User, &View)) -> Result<Found, StoreError> {
        let (user, view) = whose;
        let case = self.world.store.case(id).await?.filter(|case| may_work(&view.directory, user, case));
        let Some(case) = case else { return Ok(Found::default()) };
        let last = case.last_entry.get();
        let mut entries = self.journal(&case, 1, last).await?;
        entries.retain(Entry::is_talk);
        entries.drain(..entries.len().saturating_sub(TALK_MAX));
        let talk = self.with_mails(entries).await?;
        Ok(Found { cases: vec![case], more: false, talk })
    }
}
