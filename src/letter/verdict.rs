//! What is said of one line of a user's commands, and of a mail that was held.

use minijinja::{Value, context};

use super::catalog::{TextProblem, Words};
use super::write::Material;
use crate::case::change::To;
use crate::case::command::{CommandProblem, LineVerdict};
use crate::case::event::CaseEvent;
use crate::rules::budget::RECEIPTS_PER_DAY_MAX;

/// The line, and what is wrong with it.
pub(super) fn line(material: &Material<'_>, words: &Words, verdict: &LineVerdict) -> Result<Value, TextProblem> {
    use CommandProblem as P;
    let empty = context! {};
    let (name, facts) = match &verdict.problem {
        None => ("fine", empty),
        Some(P::UnknownVerb { nearest: None }) => ("unknown_verb", empty),
        Some(P::UnknownVerb { nearest: Some(nearest) }) => {
            ("unknown_verb_nearest", context! { nearest => nearest.as_str() })
        }
        Some(P::MissingArgument) => ("missing_argument", empty),
        Some(P::BadArgument) => ("bad_argument", empty),
        Some(P::PastDate) => ("past_date", empty),
        Some(P::UnknownUser) => ("unknown_user", empty),
        Some(P::AmbiguousUser { matches }) => ("ambiguous_user", context! { matches => matches.join(", ") }),
        Some(P::Contradiction) => ("contradiction", empty),
        Some(P::NothingWritten) => ("nothing_written", empty),
        Some(P::EmptyNote) => ("empty_note", empty),
        Some(P::NoAddress) => ("no_address", context! { number => material.telephone(words.language) }),
        Some(P::PartsDiffer { page }) if page.is_empty() => ("parts_differ_none", empty),
        Some(P::PartsDiffer { page }) => ("parts_differ", context! { page => page.join(", ") }),
        Some(P::NothingHeld) => ("nothing_held", empty),
        Some(P::UnknownCase) => ("unknown_case", empty),
        Some(P::SameCase) => ("same_case", empty),
        Some(P::UnknownCategory) => ("unknown_category", empty),
        Some(P::AmbiguousCategory { matches }) => ("ambiguous_category", context! { matches => matches.join(", ") }),
        Some(P::BadAddress) => ("bad_address", empty),
        Some(P::NotOnCase) => ("not_on_case", empty),
        Some(P::NoMailToMove) => ("no_mail_to_move", empty),
        Some(P::StillHeld) => ("still_held", empty),
        Some(P::TextUnwanted) => ("text_unwanted", empty),
        Some(P::AlreadySo) => ("already_so", empty),
        Some(P::EmptyCase) => ("empty_case", empty),
        Some(P::NotHere) => ("not_here", empty),
        Some(P::NotYet) => ("not_yet", empty),
        Some(P::TextBelow) => ("text_below", empty),
        Some(P::TextWithin { written }) => ("text_within", context! { written }),
        Some(P::NotAtTop) => ("not_at_top", empty),
        Some(P::Sealed) => ("sealed", empty),
        Some(P::OnlyImages) => ("only_images", empty),
        Some(P::TooManyAddresses { most }) => ("too_many_addresses", context! { most => most }),
        Some(P::NoRoom { left }) => ("no_room", context! { left => left }),
        Some(P::NotByWord) => ("not_by_word", empty),
        Some(P::InSubject) => ("in_subject", empty),
        Some(P::OnlySignature) => ("only_signature", empty),
        Some(P::BadTime) => ("bad_time", empty),
        Some(P::BadDay) => ("bad_day", empty),
        Some(P::TooFar) => ("too_far", empty),
        Some(P::NothingForwarded) => ("nothing_forwarded", empty),
        Some(P::NothingToRecall) => ("nothing_to_recall", empty),
        Some(P::OnlyCalendarAnswer) => ("only_calendar_answer", empty),
        Some(P::Wrapped) => ("wrapped", empty),
        Some(P::BareVerb) => ("bare_verb", empty),
        Some(P::Internal) => ("internal", empty),
        Some(P::ToWhom) => ("to_whom", empty),
    };
    let said = material.catalog.phrase(&words.refused, name, facts)?;
    Ok(context! { line => &verdict.line, verdict => said })
}

/// What is said of a held mail; and that it is the last of which its user is told today.
pub(super) fn held(material: &Material<'_>, words: &Words, said: String) -> Result<String, TextProblem> {
    let to = material.letter.to.first();
    let enough = |event: &CaseEvent| matches!(event, CaseEvent::ToldEnough { user } if to == Some(&To::User(*user)));
    if !material.entry.events.iter().any(enough) {
        return Ok(said);
    }
    Ok(format!(
        "{said} {}",
        material.catalog.phrase(&words.held, "enough", context! { count => RECEIPTS_PER_DAY_MAX })?
    ))
}
