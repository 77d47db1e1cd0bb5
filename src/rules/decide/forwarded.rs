//! A user passes on a mail to a shared address and says `/new`: its inner writer is the contact. Where nobody can tell
//! who that is, the user gets the mail back: as an ordinary one it would make the user the contact.

use super::mail::Turn;
use super::{control, intake, opening};
use crate::case::change::Outcome;
use crate::case::command::{Command, CommandProblem, LineVerdict};
use crate::case::errand::{Errand, Opening, OpeningText, Whom};
use crate::case::model::Party;
use crate::case::view::View;
use crate::directory::model::{Category, User};
use crate::mail::{Kind, Mail};
use crate::rules::command::{self, errand};
use crate::thread::{Ours, Whose, whose};

/// What says so, as the first line.
const WORDS: &[&str] = &["/new", "/ny", "/nytt"];

/// Takes a mail that a member of the category passes on for its inner writer. `None`: it is no such mail.
pub fn decide(turn: &mut Turn<'_>, mail: &Mail, categories: &[&Category]) -> Option<Outcome> {
    let (category, view) = (*categories.first()?, turn.scene.view);
    let user = view.directory.user_by_address(&mail.only_from()?.address)?;
    let (word, rest) = said(&mail.new_text)?;
    let written = mail.kind == Kind::Person && view.directory.is_active_member(user.id, category.id);
    if !written || control::kept(turn).is_some() {
        return None;
    }
    let (commands, mut verdicts) = commands(turn, rest, (user, category));
    let party = match inner_writer(mail, category, (&turn.scene.policy.ours, view)) {
        Ok(party) => party,
        Err(problem) => {
            verdicts.insert(0, LineVerdict { line: word.trim().to_owned(), problem: Some(problem) });
            let reading = errand::Reading { errands: Vec::new(), verdicts };
            return Some(control::on_behalf(turn, mail, (user, category.customer, reading)));
        }
    };
    // Where it says its text a second time, as a page, the two must want the same done.
    let page = mail.page_text.trim();
    let on_page = said(page).map(|(_, rest)| self::commands(turn, rest, (user, category)).0);
    if !page.is_empty() && on_page.as_ref() != Some(&commands) {
        let problem = Some(CommandProblem::PartsDiffer { page: Vec::new() });
        verdicts.push(LineVerdict { line: String::new(), problem });
    }
    let good = verdicts.iter().all(|verdict| verdict.problem.is_none());
    let opening = Opening {
        category: category.id,
        watching: categories.iter().skip(1).map(|category| category.id).collect(),
        whom: Whom::Party(party),
        title: intake::title(turn, mail),
        commands,
        text: OpeningText::Forwarded,
    };
    let errands = if good { vec![Errand::Open(Box::new(opening))] } else { Vec::new() };
    Some(control::on_behalf(turn, mail, (user, category.customer, errand::Reading { errands, verdicts })))
}

/// Who wrote the mail that is passed on, if that is somebody outside.
fn inner_writer(mail: &Mail, category: &Category, (ours, view): (&Ours, &View)) -> Result<Party, CommandProblem> {
    let inner = mail.forwarded.as_ref().ok_or(CommandProblem::NothingForwarded)?;
    let address = inner.address.clone().ok_or(CommandProblem::NothingForwarded)?;
    if whose(ours, &view.directory, &address, category.customer) != Whose::Outside {
        return Err(CommandProblem::BadAddress);
    }
    Ok(Party { name: inner.name.clone(), address })
}

/// The word, if it is there, and what follows it.
fn said(new_text: &str) -> Option<(&str, &str)> {
    let first = *command::split(new_text).0.first()?;
    let is_word = WORDS.contains(&first.trim().to_lowercase().as_str());
    is_word.then(|| new_text.split_once(first).map(|(_, rest)| (first, rest))).flatten()
}

/// What else is to be done with the new case, and what is wrong with it.
fn commands(turn: &Turn<'_>, rest: &str, whose: (&User, &Category)) -> (Vec<Command>, Vec<LineVerdict>) {
    let (user, category) = whose;
    let policy = turn.scene.policy;
    let context = command::Context {
        directory: &turn.scene.view.directory,
        category: category.id,
        user: user.id,
        now: turn.scene.now,
        time_zone: &policy.time_zone,
        ours: &policy.ours,
    };
    let mut reading = command::read(rest, &context);
    for (command, verdict) in reading.commands.iter().zip(&mut reading.verdicts) {
        verdict.problem = (!opening::can_be_said(command)).then_some(CommandProblem::NotHere);
    }
    (reading.commands, reading.verdicts)
}
