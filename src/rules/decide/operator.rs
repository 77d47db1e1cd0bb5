//! Somebody on the command line.

use super::{Scene, undeliverable};
use crate::case::change::{Change, Letter, LetterState};
use crate::case::trigger::OperatorVerb;

/// Does what an operator asks, or says why not.
pub fn decide(scene: Scene<'_>, verb: &OperatorVerb) -> Change {
    let mut change = Change::default();
    match verb {
        OperatorVerb::RetryLetter(id) => match scene.view.letters.get(id) {
            None => change.receipt.refused = Some(format!("there is no letter {id} in the queue")),
            Some(letter) if letter.lease.is_some() => {
                change.receipt.refused = Some(format!("letter {id} is being sent"))
            }
            Some(letter) => {
                change.letters.push(Letter { state: LetterState::Queued, next_try: scene.now, ..letter.clone() });
            }
        },
        OperatorVerb::ResumeMail { user, by } => return undeliverable::by_operator(scene, *user, by),
    }
    change
}
