//! A proven user's mail that a program wrote at the press of a button: no answer to anybody.

use super::held;
use super::mail::Turn;
use super::step::Step;
use super::work::{Order, drop_held, refuse};
use crate::case::change::Became;
use crate::case::command::{CommandProblem, LineVerdict};
use crate::case::event::{Actor, CaseEvent};
use crate::case::model::Case;
use crate::mail::{Gesture, Mail};

/// What a user's gesture does: a recall stops what still waits; whoever accepts an invitation hears that nobody outside
/// was told. `None` for what is kept and no more.
pub fn carry_out(turn: &mut Turn<'_>, mail: &Mail, case: &Case, order: &Order) -> Option<Became> {
    let user = order.proven.user();
    let problem = match mail.gesture? {
        Gesture::Reaction => return None,
        Gesture::Recall => CommandProblem::NothingToRecall,
        Gesture::CalendarAnswer => CommandProblem::OnlyCalendarAnswer,
    };
    let mut step = Step::on(turn.scene, case, Actor::User(user));
    step.placed(order.placed.clone());
    if mail.gesture == Some(Gesture::Recall)
        && let Some(held) = held::recalled(turn.scene, case, (user, mail))
    {
        return Some(drop_held(turn, mail, (step, held)));
    }
    let verdicts = vec![LineVerdict { line: String::new(), problem: Some(problem) }];
    let mail = turn.entry(mail);
    Some(refuse(turn, step, CaseEvent::CommandsRefused { mail, user, verdicts }))
}
