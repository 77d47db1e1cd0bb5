//! What comes back to the return address of one of our mails.

use super::audience;
use super::intake::{self, Join};
use super::mail::Turn;
use super::step::Step;
use crate::case::change::{Became, LetterKind};
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::{Case, Status};
use crate::id::EntryNo;
use crate::mail::{Kind, Mail, Report, ReportState};
use crate::thread::pick::Standing;

/// A mail to a return address: a report is one about the entry in the token; anything else is an outsider's mail,
/// shown and nothing more.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail, case: &Case, about: (EntryNo, u16)) -> Became {
    match &mail.report {
        Some(report) if mail.kind == Kind::Bounce => reported(turn, mail, case, (about, report)),
        _ => {
            let known = mail.only_from().is_some_and(|from| case.has_participant(&from.address));
            let standing = if known { Standing::Participant } else { Standing::Outsider };
            intake::added(turn, mail, case, Join { standing, placed: None, categories: &[] })
        }
    }
}

fn reported(turn: &mut Turn<'_>, mail: &Mail, case: &Case, what: ((EntryNo, u16), &Report)) -> Became {
    let ((entry, copy), report) = what; // RFC 3464 §2.3.3: `failed`, `delayed`, and all that did arrive
    let mut step = Step::on(turn.scene, case, Actor::System);
    step.event(CaseEvent::ReportReceived { mail: turn.entry(mail), about: entry, state: report.state });
    let failed = report.state == ReportState::Failed;
    if failed {
        let recipient = report.recipients.first();
        step.event(CaseEvent::DeliveryFailed {
            entry,
            recipient: recipient.map(|r| r.address.clone()).unwrap_or_default(),
            status: recipient.and_then(|r| r.status.clone()),
            detail: String::new(),
        });
    }
    // Copy 0 is what went to outside people: somebody waits for an answer that did not arrive.
    let matters = failed && copy == 0;
    if matters && case.status == Status::Waiting {
        step.status(Status::Open);
    }
    let mut done = step.done();
    if matters {
        let told = audience::concerned(turn.scene, &done.case, None);
        done.tell(LetterKind::Notification, told);
    }
    turn.finish(done);
    Became::Added
}
