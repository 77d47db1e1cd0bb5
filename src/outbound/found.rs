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

/// Which cases a list wants.
struct Wish<'a> {
    which: Listed,
    category: Option<CategoryId>,
    user: &'a User,
    view: &'a View,
}

impl Wish<'_> {
    fn wants(&self, case: &Case) -> bool {
        let owned = |id| self.view.directory.user(id).is_some_and(|owner| owner.is_active_at(case.customer));
        let which = match self.which {
            Listed::Open => true,
            Listed::Mine => case.owner == Some(self.user.id),
            Listed::Unassigned => !case.owner.is_some_and(owned),
        };
        let here = self.category.is_none_or(|id| case.category == id || case.watching.contains(&id));
        which && here && may_work(self.view, self.user, case)
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
                    self.list(&Wish { which: *which, category: *category, user, view: &view }).await?
                }
                Errand::Search(words) => self.search(words, (user, &view)).await?,
                Errand::Show(case) => self.shown(*case, (user, &view)).await?,
                Errand::Open(_) => match opened {
                    Some(case) => Found { talk: Vec::new(), ..self.shown(case, (user, &view)).await? },
                    None => Found::default(),
                },
                Errand::Help => Found::default(),
            });
        }
        Ok(found)
    }

    async fn list(&self, wish: &Wish<'_>) -> Result<Found, StoreError> {
        let statuses = vec![Status::New, Status::Open, Status::Waiting];
        let page = |before| Query::Cases(CaseQuery { statuses: statuses.clone(), category: None, before, max: PAGE });
        self.pages(PAGES_MAX, page, |case| wish.wants(case)).await
    }

    async fn search(&self, words: &str, whose: (&User, &View)) -> Result<Found, StoreError> {
        let (user, view) = whose;
        let page = |before| Query::Search { words: words.to_owned(), before, max: HITS };
        self.pages(HITS_PAGES_MAX, page, |case| may_work(view, user, case)).await
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
        let case = self.world.store.case(id).await?.filter(|case| may_work(view, user, case));
        let Some(case) = case else { return Ok(Found::default()) };
        let last = case.last_entry.get();
        let mut entries = self.journal(&case, 1, last).await?;
        entries.retain(super::past::is_talk);
        entries.drain(..entries.len().saturating_sub(TALK_MAX));
        let talk = self.with_mails(entries).await?;
        Ok(Found { cases: vec![case], more: false, talk })
    }
}
