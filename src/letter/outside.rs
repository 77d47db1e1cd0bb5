//! Letters that leave the house: answers and acknowledgements.

use minijinja::context;

use super::catalog::TextProblem;
use super::formatted::Formatted;
use super::guard::{self, Inside};
use super::headers::{automatic, subject};
use super::page::html::{self, Frame};
use super::write::{Material, Written};
use crate::address::{Address, Mailbox, ReversePath};
use crate::case::change::{LetterKind, To};
use crate::case::event::{AckSubject, Actor, CaseEvent};
use crate::directory::model::{AnswerName, Category};
use crate::mail::MessageId;
use crate::mail::compose::{Draft, DraftAttachment};
use crate::rules::command;

/// A user's answer, from the shared address to the outside people of the case.
pub fn answer(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let (Some((mail, _)), Actor::User(user)) = (material.mail, &material.entry.by) else {
        return Ok(Written::Void("the answer's mail is gone"));
    };
    let Some(sender) = material.sender(category) else { return Ok(Written::Void("the category has no address")) };
    let language = material.directory.language_of(category.id);
    let words = material.catalog.words(language);
    let agent = material.directory.user(*user).map(|user| user.name.clone());
    let name = match (category.settings.answer_name, agent) {
        (AnswerName::Agent, Some(agent)) => {
            material.catalog.fill(&words.via, context! { who => agent, category => &category.name })?
        }
        _ => category.name.clone(),
    };
    let inside = Inside::of(material, &[]);
    let text = without_margin(command::split(&mail.new_text).1);
    let text = inside.scrub(&text, &sender);
    let title = inside.scrub(&title_or(material, &words.no_title), &sender);
    let signature = inside.scrub(&category.settings.signature, &sender);
    let formatted = Formatted::of(material, &inside, (&text, &sender));
    let named = |file: DraftAttachment| {
        let name = inside.scrub_file_name(&file.name, &sender);
        guard::cleaned(DraftAttachment { name, ..file }, &inside, &sender)
    };
    let attachments = material.files_of_answer(formatted.as_ref()).into_iter().map(named).collect();
    let draft = Draft {
        html: formatted.map(|formatted| formatted.page(language, &signature)),
        text: with_signature(text, &signature),
        subject: subject(material, category.settings.tag, &title),
        headers: Vec::new(),
        attachments,
        ..blank(material, Mailbox { name: Some(inside.scrub(&name, &sender)), address: sender.clone() })
    };
    Ok(addressed(material, draft, material.return_path()))
}

/// "We have your mail". Says nothing that the sender wrote, unless the sender is verified.
pub fn acknowledgement(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some(sender) = material.sender(category) else { return Ok(Written::Void("the category has no address")) };
    let language = material.directory.language_of(category.id);
    let words = material.catalog.words(language);
    let acknowledged = material.entry.events.iter().find_map(|event| match event {
        CaseEvent::Acknowledged { subject, .. } => Some(*subject),
        _ => None,
    });
    let title = || Inside::of(material, &[]).scrub(&title_or(material, &words.no_title), &sender);
    let own = (acknowledged == Some(AckSubject::Own)).then(title);
    let title = own.clone().unwrap_or_else(|| words.neutral_title.clone());
    let facts = context! { reference => material.reference(), title => own, category => &category.name };
    let page = material.catalog.page(language, "acknowledgement", facts)?;
    let subject = subject(material, category.settings.tag, &title);
    let draft = Draft {
        text: page.text(),
        html: Some(html::write(&page, &Frame { language, title: &subject, commands: None })),
        subject,
        headers: automatic("auto-replied"),
        ..blank(material, Mailbox { name: Some(category.name.clone()), address: sender })
    };
    // An acknowledgement that cannot be delivered is not worth a report (RFC 3834 §3.3).
    Ok(addressed(material, draft, ReversePath::Null))
}

fn title_or(material: &Material<'_>, none: &str) -> String {
    if material.case.title.is_empty() { none.to_owned() } else { material.case.title.clone() }
}

/// Some programs (Yahoo's) put a space in front of every line that they make of a page.
fn without_margin(text: &str) -> String {
    let margin = text.lines().skip(1).all(|line| line.is_empty() || line.starts_with(' '));
    let line = |line: &str| if margin { line.strip_prefix(' ').unwrap_or(line).to_owned() } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn with_signature(text: String, signature: &str) -> String {
    let signature = signature.trim_end();
    if signature.is_empty() { format!("{text}\n") } else { format!("{text}\n\n-- \n{signature}\n") }
}

/// A draft with everything but its words: ids in order, so that it stands in the contact's thread.
fn blank(material: &Material<'_>, from: Mailbox) -> Draft {
    let own = material.message_id();
    let known: Vec<MessageId> = material.case.thread_ids.iter().filter(|id| **id != own).cloned().collect();
    let answered = material.mail_answered();
    let references = std::iter::once(material.root_id()).chain(known.clone()).collect();
    Draft {
        from,
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: String::new(),
        message_id: own,
        in_reply_to: answered.or_else(|| known.last().cloned()),
        references,
        date: material.date(),
        headers: Vec::new(),
        text: String::new(),
        html: None,
        attachments: Vec::new(),
    }
}

impl Material<'_> {
    /// The outside mail that an acknowledgement answers.
    fn mail_answered(&self) -> Option<MessageId> {
        self.entry.events.iter().find_map(|event| match event {
            CaseEvent::MailReceived { mail } => mail.message_id.clone(),
            _ => None,
        })
    }
}

/// To the contact, with a copy to the others; sent only to those who have not had it yet.
fn addressed(material: &Material<'_>, mut draft: Draft, reverse_path: ReversePath) -> Written {
    let mailbox = |address: &Address| {
        let known = material.case.participants.iter().find(|party| &party.address == address);
        Mailbox { name: known.and_then(|party| party.name.clone()), address: address.clone() }
    };
    let contact = material.case.contact.as_ref().map(|contact| &contact.address);
    let everybody = material.case.participants.iter().map(|party| &party.address);
    let recipients: Vec<(To, Address)> = material
        .letter
        .to
        .iter()
        .filter_map(|to| if let To::Outside(address) = to { Some((to.clone(), address.clone())) } else { None })
        .collect();
    let Some(first) = contact.or(recipients.first().map(|(_, address)| address)) else {
        return Written::Void("nobody is left to send it to");
    };
    draft.to = vec![mailbox(first)];
    if material.letter.kind == LetterKind::Answer {
        draft.cc = everybody.filter(|address| *address != first).map(mailbox).collect();
    }
    Written::Mail { draft: Box::new(draft), recipients, reverse_path }
}
