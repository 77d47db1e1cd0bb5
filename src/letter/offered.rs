//! What a notification offers to be done about people who are no part of the case, or not yet.

use super::write::Material;
use crate::case::event::{CaseEvent, Signal};
use crate::directory::model::QUARANTINE;
use crate::id::CaseId;
use crate::thread::{Way, route};

/// Most people beside the case that are offered to be included.
const OUTSIDERS_MAX: usize = 10;

/// Most cases that are offered to become part of.
const MERGES_MAX: usize = 5;

/// Cases that a mail named in vain, and that its new case could become part of: whoever writes from another address than
/// before names their case by a tag that does not count.
pub(super) fn merges(material: &Material<'_>) -> Vec<String> {
    let candidates = material.entry.placed.iter().flat_map(|placed| &placed.candidates);
    let named = candidates.filter(|candidate| !candidate.accepted && candidate.signal != Signal::None);
    let linked = |case: &CaseId| {
        material.entry.events.iter().any(|event| matches!(event, CaseEvent::CaseLinked { case: link } if link == case))
    };
    let mut found: Vec<String> = Vec::new();
    for case in named.map(|candidate| candidate.case).filter(linked) {
        let reference = material.ours.reference(case);
        if found.len() < MERGES_MAX && !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

/// The address that a web form wrote from, when the contact is whom its Reply-To names.
pub(super) fn form(material: &Material<'_>) -> Option<String> {
    let taken = material.entry.events.iter().any(|event| matches!(event, CaseEvent::ContactFromReplyTo));
    material.entry.from().filter(|_| taken).map(ToString::to_string)
}

/// The writer of a mail that is no part of the case, as long as that is so and they could be.
pub(super) fn outsider(material: &Material<'_>) -> Option<String> {
    let mail = material.entry.mail().filter(|mail| mail.outsider)?;
    let from = &mail.from.as_ref()?.address;
    let known = material.case.has_participant(from) || material.is_inside(from);
    (!known).then(|| from.to_string())
}

/// Outside people whom a mail also went to and who are no part of the case. A mail of theirs would be an outsider's,
/// and an answer does not reach them, until a user has them included.
pub(super) fn outsiders(material: &Material<'_>) -> Vec<String> {
    let received = material.entry.events.iter().any(
        |event| matches!(event, CaseEvent::MailReceived { mail } | CaseEvent::MailTaken { mail, .. } if !mail.outsider),
    );
    // Nobody answers from quarantine.
    let answered = received && material.case.category != QUARANTINE;
    let Some((mail, _)) = material.mail.filter(|_| answered) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for mailbox in mail.to.iter().chain(&mail.cc) {
        let address = &mailbox.address;
        // A shared address, also another customer's, has had the mail itself, and `/cc` takes none.
        let ours = material.is_inside(address)
            || !matches!(route(material.ours, material.directory, address, material.entry.at), Way::Unknown);
        let known = material.case.has_participant(address) || ours;
        if !known && found.len() < OUTSIDERS_MAX && !found.contains(&address.to_string()) {
            found.push(address.to_string());
        }
    }
    found
}
