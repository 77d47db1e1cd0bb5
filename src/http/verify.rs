//! Is everything in the store what it should be? A piece of it for each request: whoever asks holds nobody up.

use axum::Json;
use axum::extract::State;

use super::api::{ApiState, Pairs};
use super::cases::Words;
use super::problem::Failed;
use super::types::{Contradiction, Rebuilding, VerifyPage};
use crate::case::audit::Audit;
use crate::case::event::Entry;
use crate::case::model::Case;
use crate::case::view::Keys;
use crate::id::{CaseId, EntryNo};
use crate::ports::{Page, Query, StoreError};

/// Most cases looked at for one request.
const CASES_MAX: usize = 500;
/// Most octets of mail read for one request, but for the mails of a single case.
const BYTES_MAX: u64 = 256 << 20;
/// Most entries read at once.
const ENTRIES_MAX: usize = 200;

/// `GET /v1/verify`
pub(super) async fn verify(State(state): State<ApiState>, query: Pairs) -> Result<Json<VerifyPage>, Failed> {
    let words = Words::of(&state);
    let after = query.first("after").map(|reference| words.case_id(reference)).transpose()?;
    let max = query.max(CASES_MAX)?;
    let end = state.world.store.peek(Keys::default()).await?.next_case;
    let mut piece = Piece { state: &state, words: &words, bytes: 0, page: VerifyPage::default() };
    let mut id = after.map_or(CaseId::new(1), CaseId::next);
    let mut seen = 0;
    while id < end && seen < max && piece.bytes < BYTES_MAX {
        piece.number(id).await?;
        (id, seen) = (id.next(), seen + 1);
    }
    let last = CaseId::new(id.get() - 1);
    piece.page.next = (id < end).then(|| words.reference(last));
    Ok(Json(piece.page))
}

/// `POST /v1/search/rebuild`
pub(super) async fn rebuild_search(State(state): State<ApiState>) -> Json<Rebuilding> {
    (state.rebuild_search)();
    Json(Rebuilding { rebuilding: true })
}

struct Piece<'a> {
    state: &'a ApiState,
    words: &'a Words,
    bytes: u64,
    page: VerifyPage,
}

impl Piece<'_> {
    async fn number(&mut self, id: CaseId) -> Result<(), Failed> {
        match self.state.world.store.case(id).await {
            Ok(Some(case)) => {
                self.page.cases += 1;
                self.case(&case).await
            }
            Ok(None) => self.missing(id).await,
            Err(error) => self.damage(id, None, error),
        }
    }

    /// Cases are numbered without gaps; the first number is a setting's.
    async fn missing(&mut self, id: CaseId) -> Result<(), Failed> {
        let before = CaseId::new(id.get() - 1);
        // One that cannot be read was there, and has been told.
        if !matches!(self.state.world.store.case(before).await, Ok(None)) {
            self.tell(id, None, "is missing".to_owned());
        }
        Ok(())
    }

    async fn case(&mut self, case: &Case) -> Result<(), Failed> {
        let mut audit = Audit::of(case.id);
        let mut from = EntryNo::new(1);
        loop {
            let query = Query::Journal { case: case.id, from, max: ENTRIES_MAX };
            let entries = match self.state.world.store.page(query).await {
                Ok(Page::Journal(entries)) => entries,
                Ok(_) => return Err(Failed::internal("the store answered another question")),
                Err(error) => return self.damage(case.id, None, error),
            };
            for entry in &entries {
                audit.take(entry);
                self.mail(case.id, entry).await?;
            }
            match entries.last() {
                Some(last) if entries.len() == ENTRIES_MAX => from = last.no.next(),
                _ => break,
            }
        }
        for problem in audit.finish(case) {
            self.tell(case.id, problem.entry, problem.what);
        }
        Ok(())
    }

    /// The raw mail of an entry, which the store checks against its hash.
    async fn mail(&mut self, case: CaseId, entry: &Entry) -> Result<(), Failed> {
        let Some(mail) = entry.mail() else { return Ok(()) };
        self.bytes += mail.raw.bytes;
        self.page.mails += 1;
        match self.state.world.store.raw(mail.raw).await {
            Ok(_) => Ok(()),
            Err(error) => self.damage(case, Some(entry.no), error),
        }
    }

    /// What is damaged is told; a store that cannot answer now is asked again later.
    fn damage(&mut self, case: CaseId, entry: Option<EntryNo>, error: StoreError) -> Result<(), Failed> {
        match error {
            StoreError::Corrupt(what) => {
                self.tell(case, entry, what);
                Ok(())
            }
            other => Err(other.into()),
        }
    }

    fn tell(&mut self, case: CaseId, entry: Option<EntryNo>, what: String) {
        let (case, entry) = (self.words.reference(case), entry.map(EntryNo::get));
        self.page.problems.push(Contradiction { case, entry, what });
    }
}
