//! x

use crate::case::change::{Change, LetterState};
use crate::case::trigger::{DirectoryRequest, OperatorVerb, Trigger};
use crate::case::view::View;
use crate::directory::check::check_all;
use crate::directory::event::DirectoryEntry;
use crate::rules::Policy;
use crate::time::Timestamp;

/// Minimal stand-in: directory requests and the operator's verbs.
pub fn decide(policy: &Policy, view: &View, trigger: &Trigger, now: Timestamp) -> Change {
    let mut change = Change::default();
    match trigger {
        Trigger::Directory(request) => match directory(policy, view, request, now) {
            Ok(entries) => change.directory = entries,
            Err(why) => change.receipt.refused = Some(why),
        },
        Trigger::Operator(OperatorVerb::RetryLetter(id)) => match view.letters.get(id) {
            Some(letter) => {
                let mut letter = letter.clone();
                (letter.state, letter.next_try, letter.lease) = (LetterState::Queued, now, None);
                change.letters.push(letter);
            }
            None => change.receipt.refused = Some(format!("letter {id} is not in the queue")),
        },
        Trigger::Mail(_) | Trigger::Delivery(_) | Trigger::Deadline(_) => {}
    }
    change
}

fn directory(
    policy: &Policy,
    view: &View,
    request: &DirectoryRequest,
    now: Timestamp,
) -> Result<Vec<DirectoryEntry>, String> {
    if request.base != view.directory.version() {
        return Err("the directory was changed meanwhile: look at the difference again".to_owned());
    }
    check_all(&view.directory, &request.events, &policy.reply_domain).map_err(|invalid| invalid.to_string())?;
    let entry = |event: &_| DirectoryEntry { at: now, by: request.by.clone(), event: Clone::clone(event) };
    Ok(request.events.iter().map(entry).collect())
}
