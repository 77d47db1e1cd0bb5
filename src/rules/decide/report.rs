//! What comes back to the return address of one of our mails.

use super::delivery::came_to_nothing;
use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use crate::case::change::Became;
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::Case;
use crate::id::EntryNo;
use crate::mail::{Kind, Mail, Report, ReportState};
use crate::thread::pick::Standing;

/// Most recipients of one report that are told of.
const RECIPIENTS_MAX: usize = 20;

/// A mail to a return address: a report is one about the entry in the token; anything else is an outsider's mail,
/// shown and nothing more.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail, case: &Case, about: (EntryNo, u16)) -> Became {
    match &mail.report {
        Some(report) if mail.kind == Kind::Bounce => reported(turn, mail, case, (about, report)),
        _ => {
            let known = mail.only_from().is_some_and(|from| case.has_participant(&from.address));
            let standing = if known { Standing::Participant } else { Standing::Outsider };
            intake::added(turn, mail, case, Join { standing, placed: None, categories: &[], leaked: Vec::new() })
        }
    }
}

fn reported(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: ((EntryNo, u16), &Report)) -> Became {
    let ((entry, copy), report) = what; // RFC 3464 §2.3.3: `failed`, `delayed`, and all that did arrive
    let mut step = Step::on(turn.scene, case, Actor::System);
    step.event(CaseEvent::ReportReceived { mail: turn.entry(mail), about: entry, state: report.state });
    let failed = report.state == ReportState::Failed;
    if failed && report.recipients.is_empty() {
        step.event(CaseEvent::DeliveryFailed { entry, recipient: String::new(), status: None, detail: String::new() });
    }
    for recipient in report.recipients.iter().filter(|_| failed).take(RECIPIENTS_MAX) {
        let (address, status) = (recipient.address.clone(), recipient.status.clone());
        step.event(CaseEvent::DeliveryFailed { entry, recipient: address, status, detail: String::new() });
    }
    // Copy 0 is what went to outside people.
    let done = if failed && copy == 0 { came_to_nothing(step, case, entry) } else { step.done() };
    turn.finish(done);
    Became::Added
}
