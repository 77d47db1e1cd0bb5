//! A case that a user opens for somebody else.

use super::step::{Done, Step};
use super::wish::remark_absence;
use super::{Scene, audience};
use crate::case::change::LetterKind;
use crate::case::command::Command;
use crate::case::errand::{Opening, OpeningText, Whom};
use crate::case::event::{Actor, CaseEvent, MailEntry};
use crate::case::model::{Channel, Status};
use crate::directory::model::SITE;
use crate::id::CaseId;
use crate::verify::prove::ProvenUser;

/// Opens it, and tells those who work it. Nothing goes to the contact.
pub fn open<'a>(scene: Scene<'a>, id: CaseId, what: (&ProvenUser, &Opening, MailEntry)) -> Done<'a> {
    let (user, opening, mail) = what;
    let user = user.user();
    let directory = &scene.view.directory;
    let customer = directory.category(opening.category).map_or(SITE, |category| category.customer);
    let (contact, number) = match &opening.whom {
        Whom::Party(party) => (Some(party.clone()), None),
        Whom::Phone(number) => (None, Some(number.clone())),
    };
    let mut step = Step::opening(scene, id, Actor::User(user));
    step.event(CaseEvent::CaseOpened {
        customer,
        category: opening.category,
        title: opening.title.clone(),
        channel: if number.is_some() { Channel::Phone } else { Channel::Mail },
        participants: contact.iter().cloned().collect(),
        contact,
    });
    step.event(match opening.text {
        OpeningText::Note => CaseEvent::NoteWritten { mail },
        OpeningText::Forwarded => CaseEvent::MailForwarded { mail },
    });
    if number.is_some() {
        step.event(CaseEvent::CallMade { number });
    }
    opening.watching.iter().for_each(|category| step.event(CaseEvent::CategoryWatches { category: *category }));
    for command in &opening.commands {
        match command {
            Command::Take => assign(&mut step, user),
            Command::Assign(owner) => assign(&mut step, *owner),
            Command::Priority(to) => step.event(CaseEvent::PriorityChanged { to: *to }),
            Command::Title(to) => step.event(CaseEvent::TitleChanged { to: to.clone() }),
            _ => {}
        }
    }
    let mut done = step.done();
    let told = audience::everybody(scene, &done.case, Some(user));
    done.tell(LetterKind::Notification, told);
    done
}

fn assign(step: &mut Step<'_>, owner: crate::id::UserId) {
    step.event(CaseEvent::CaseAssigned { owner: Some(owner) });
    remark_absence(step, owner);
    step.status(Status::Open);
}

/// Can this be said of a case that is only being opened?
pub fn can_be_said(command: &Command) -> bool {
    matches!(command, Command::Take | Command::Assign(_) | Command::Priority(_) | Command::Title(_))
}
