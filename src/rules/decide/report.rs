//! What comes back to the return address of one of our mails.

use super::delivery::{came_to_nothing, entry_on};
use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use super::undeliverable::{self, Lost};
use crate::case::change::Became;
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::Case;
use crate::id::LetterId;
use crate::mail::{Kind, Mail, Report, ReportRecipient, ReportState};
use crate::thread::pick::Standing;

/// Most recipients of one report that are told of.
const RECIPIENTS_MAX: usize = 20;

/// How a report names the letter that it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By the return address, which nobody else has seen.
    ByToken,
    /// By the letter's id, which whoever got an answer of its reader's may know.
    ById,
}

/// A mail to a return address: a report is one about the letter in the token; anything else is an outsider's mail,
/// shown and nothing more.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail, case: &Case, about: (LetterId, Named)) -> Became {
    match &mail.report {
        Some(report) if mail.kind == Kind::Bounce => reported(turn, mail, case, (about, report)),
        _ => {
            let known = mail.only_from().is_some_and(|from| case.has_participant(&from.address));
            let standing = if known { Standing::Participant } else { Standing::Outsider };
            intake::added(turn, mail, case, Join { standing, placed: None, categories: &[], leaked: Vec::new() })
        }
    }
}

fn reported(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: ((LetterId, Named), &Report)) -> Became {
    let ((letter, named), report) = what; // RFC 3464 §2.3.3: `failed`, `delayed`, and all that did arrive
    let entry = entry_on(case, letter);
    let mut step = Step::on(turn.scene, case, Actor::System);
    step.event(CaseEvent::ReportReceived { mail: turn.entry(mail), about: entry, state: report.state });
    let failed = report.state == ReportState::Failed;
    let lost = undeliverable::reader(turn.scene, letter).filter(|_| failed && named == Named::ByToken);
    let lost = lost.map(|user| Lost { user, letter, why: why(report) });
    lost.iter().for_each(|lost| undeliverable::note(&mut step, lost));
    if failed && report.recipients.is_empty() {
        step.event(CaseEvent::DeliveryFailed { entry, recipient: String::new(), status: None, detail: String::new() });
    }
    for recipient in report.recipients.iter().filter(|_| failed).take(RECIPIENTS_MAX) {
        let (address, status) = (recipient.address.clone(), recipient.status.clone());
        step.event(CaseEvent::DeliveryFailed { entry, recipient: address, status, detail: String::new() });
    }
    // Copy 0 is what went to outside people.
    let mut done = if failed && letter.copy == 0 { came_to_nothing(step, case, letter) } else { step.done() };
    let next_case = turn.next_case();
    let paused = lost.and_then(|lost| undeliverable::count(&mut done, &mut turn.change, &lost, next_case));
    std::iter::once(done).chain(paused).for_each(|done| turn.finish(done));
    Became::Added
}

/// In the report's own words, or as good as none.
fn why(report: &Report) -> String {
    let of =
        |recipient: &ReportRecipient| format!("{} {}", recipient.address, recipient.status.as_deref().unwrap_or(""));
    report.recipients.first().map(of).unwrap_or_default().trim().to_owned()
}
