//! What became of a user's own mail, when it could not be done.

use minijinja::context;

use super::catalog::{Catalog, TextProblem, Words};
use super::headers::{inside, subject};
use super::write::{Material, Written};
use crate::address::Mailbox;
use crate::case::event::{CaseEvent, CommandProblem, HeldReason, LineVerdict};
use crate::directory::model::{Category, TagPlace};
use crate::mail::compose::Draft;
use crate::mail::text::reply_marker;
use crate::token::Grant;

/// Writes a receipt: each command line with its verdict, or why the mail was held; and the mail's text.
pub fn write(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some((user, address)) = material.user() else { return Ok(Written::Void("the user is no longer active")) };
    let Some(sender) = material.sender(category) else { return Ok(Written::Void("the category has no address")) };
    let words = material.catalog.words(user.language);
    let Some(Verdict { headline, lines, own }) = verdict(material, words)? else {
        return Ok(Written::Void("nothing was held"));
    };
    // A user who is told of a forged mail answers that it was not theirs: that must not go to the contact.
    let grant = if own { Grant::Reply(user.id) } else { Grant::Note(user.id) };
    let Some(reply_to) = material.token_address(grant) else {
        return Ok(Written::Void("the case number is too large"));
    };
    // What is held may be anybody's: its text goes back only to a user whose token and From were right.
    let text = material.mail.filter(|_| own).map(|(mail, _)| mail.new_text.trim().to_owned());
    let facts = context! {
        marker => reply_marker(&words.reply_above),
        headline,
        lines,
        text,
        reply => if own && !material.case.participants.is_empty() { "answer" } else { "note" },
        reply_to => material.outside_people(),
        from_address => sender.to_string(),
        reference => material.reference(),
        title => &material.case.title,
    };
    let title = if material.case.title.is_empty() { &words.no_title } else { &material.case.title };
    let draft = Draft {
        from: Mailbox { name: Some(category.name.clone()), address: sender },
        to: vec![Mailbox { name: Some(user.name.clone()), address: address.clone() }],
        cc: Vec::new(),
        reply_to: vec![Mailbox { name: None, address: reply_to }],
        subject: subject(material, TagPlace::Left, title),
        message_id: material.message_id(),
        in_reply_to: Some(material.root_id()),
        references: vec![material.root_id()],
        date: material.date(),
        headers: inside(material, category, "receipt"),
        text: material.catalog.text(user.language, "receipt", facts)?,
        html: None,
        attachments: Vec::new(),
    };
    let recipients = material.letter.to.iter().map(|to| (to.clone(), address.clone())).collect();
    Ok(Written::Mail { draft: Box::new(draft), recipients, reverse_path: material.return_path() })
}

struct Verdict {
    headline: String,
    lines: Vec<minijinja::Value>,
    /// The mail is proven to be the user's own.
    own: bool,
}

fn verdict(material: &Material<'_>, words: &Words) -> Result<Option<Verdict>, TextProblem> {
    for event in &material.entry.events {
        match event {
            CaseEvent::MailHeld { reason, .. } => {
                let headline = held(material.catalog, words, *reason)?;
                return Ok(Some(Verdict { headline, lines: Vec::new(), own: false }));
            }
            CaseEvent::CommandsRefused { verdicts, .. } => {
                let differ = |problem: &CommandProblem| matches!(problem, CommandProblem::PartsDiffer { .. });
                let commands = verdicts
                    .iter()
                    .any(|verdict| !verdict.line.is_empty() || verdict.problem.as_ref().is_some_and(differ));
                let name = if commands { "headline" } else { "headline_mail" };
                let headline = material.catalog.phrase(&words.refused, name, context! {})?;
                let lines = verdicts.iter().map(|verdict| line(material.catalog, words, verdict));
                return Ok(Some(Verdict { headline, lines: lines.collect::<Result<_, _>>()?, own: true }));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn held(catalog: &Catalog, words: &Words, reason: HeldReason) -> Result<String, TextProblem> {
    catalog.phrase(&words.held, reason.as_str(), context! {})
}

fn line(catalog: &Catalog, words: &Words, verdict: &LineVerdict) -> Result<minijinja::Value, TextProblem> {
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
        Some(CommandProblem::NoAddress) => ("no_address", empty),
        Some(CommandProblem::PartsDiffer { page }) if page.is_empty() => ("parts_differ_none", empty),
        Some(CommandProblem::PartsDiffer { page }) => ("parts_differ", context! { page => page.join(", ") }),
    };
    let said = catalog.phrase(&words.refused, name, facts)?;
    Ok(context! { line => &verdict.line, verdict => said })
}
