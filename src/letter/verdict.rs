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
    let empty = context! {};
    let (name, facts) = match &verdict.problem {
        None => ("fine", empty),
        Some(CommandProblem::UnknownVerb { nearest: None }) => ("unknown_verb", empty),
        Some(CommandProblem::UnknownVerb { nearest: Some(nearest) }) => {
            ("unknown_verb_nearest", context! { nearest => nearest.as_str() })
        }
        Some(CommandProblem::MissingArgument) => ("missing_argument", empty),
        Some(CommandProblem::BadArgument) => ("bad_argument", empty),
        Some(CommandProblem::PastDate) => ("past_date", empty),
        Some(CommandProblem::UnknownUser) => ("unknown_user", empty),
        Some(CommandProblem::AmbiguousUser { matches }) => {
            ("ambiguous_user", context! { matches => matches.join(", ") })
        }
        Some(CommandProblem::Contradiction) => ("contradiction", empty),
        Some(CommandProblem::NothingWritten) => ("nothing_written", empty),
        Some(CommandProblem::EmptyNote) => ("empty_note", empty),
        Some(CommandProblem::NoAddress) => ("no_address", context! { number => material.telephone(words.language) }),
        Some(CommandProblem::PartsDiffer { page }) if page.is_empty() => ("parts_differ_none", empty),
        Some(CommandProblem::PartsDiffer { page }) => ("parts_differ", context! { page => page.join(", ") }),
        Some(CommandProblem::NothingHeld) => ("nothing_held", empty),
        Some(CommandProblem::UnknownCase) => ("unknown_case", empty),
        Some(CommandProblem::SameCase) => ("same_case", empty),
        Some(CommandProblem::UnknownCategory) => ("unknown_category", empty),
        Some(CommandProblem::AmbiguousCategory { matches }) => {
            ("ambiguous_category", context! { matches => matches.join(", ") })
        }
        Some(CommandProblem::BadAddress) => ("bad_address", empty),
        Some(CommandProblem::NotOnCase) => ("not_on_case", empty),
        Some(CommandProblem::NoMailToMove) => ("no_mail_to_move", empty),
        Some(CommandProblem::StillHeld) => ("still_held", empty),
        Some(CommandProblem::TextUnwanted) => ("text_unwanted", empty),
        Some(CommandProblem::AlreadySo) => ("already_so", empty),
        Some(CommandProblem::EmptyCase) => ("empty_case", empty),
        Some(CommandProblem::NotHere) => ("not_here", empty),
        Some(CommandProblem::NotYet) => ("not_yet", empty),
        Some(CommandProblem::TextBelow) => ("text_below", empty),
        Some(CommandProblem::TextWithin { written }) => ("text_within", context! { written }),
        Some(CommandProblem::NotAtTop) => ("not_at_top", empty),
        Some(CommandProblem::Sealed) => ("sealed", empty),
        Some(CommandProblem::OnlyImages) => ("only_images", empty),
        Some(CommandProblem::TooManyAddresses { most }) => ("too_many_addresses", context! { most => most }),
        Some(CommandProblem::NoRoom { left }) => ("no_room", context! { left => left }),
        Some(CommandProblem::NotByWord) => ("not_by_word", empty),
        Some(CommandProblem::InSubject) => ("in_subject", empty),
        Some(CommandProblem::OnlySignature) => ("only_signature", empty),
        Some(CommandProblem::BadTime) => ("bad_time", empty),
        Some(CommandProblem::BadDay) => ("bad_day", empty),
        Some(CommandProblem::TooFar) => ("too_far", empty),
        Some(CommandProblem::NothingForwarded) => ("nothing_forwarded", empty),
        Some(CommandProblem::NothingToRecall) => ("nothing_to_recall", empty),
        Some(CommandProblem::OnlyCalendarAnswer) => ("only_calendar_answer", empty),
        Some(CommandProblem::Wrapped) => ("wrapped", empty),
        Some(CommandProblem::BareVerb) => ("bare_verb", empty),
        Some(CommandProblem::ToWhom) => ("to_whom", empty),
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
