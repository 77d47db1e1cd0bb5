//! A digest: what happened since the last one and how the user's cases stand, on one page that a phone shows.

use minijinja::{Value, context};

use super::catalog::{TextProblem, Words};
use super::control::{item, reader};
use super::headers::{inside, subject};
use super::notification::brief;
use super::page::html::{self, Commands, Frame};
use super::told::{Past, moment, moment_as};
use super::write::{Material, Written};
use crate::address::Mailbox;
use crate::case::event::CaseEvent;
use crate::case::model::Case;
use crate::directory::model::{Category, TagPlace, User};
use crate::mail::compose::Draft;
use crate::mail::text::reply_marker;
use crate::token::Grant;

/// What a digest tells.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What happened, case by case.
    pub told: Vec<Told>,
    /// So many more cases of which something is to be told.
    pub more_cases: u32,
    /// Cases of the user's, or of nobody's, that should have been seen to.
    pub overdue: Section,
    /// The user's cases that wait for the user.
    pub mine: Section,
    /// Cases that nobody has.
    pub unassigned: Section,
    /// The user's cases that wait for somebody else.
    pub waiting: Section,
}

/// What happened on a case.
#[derive(Clone, Debug)]
pub struct Told {
    /// The case as it stands now.
    pub case: Case,
    /// The latest that happened, oldest first.
    pub entries: Vec<Past>,
    /// How much more happened.
    pub more: u32,
}

/// Cases that stand alike.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// The newest of them, newest first.
    pub cases: Vec<Case>,
    /// How many more there are.
    pub more: usize,
}

impl Section {
    /// One more; of more than `max` only how many there are.
    pub fn add(&mut self, case: Case, max: usize) {
        if self.cases.len() < max {
            self.cases.push(case);
        } else {
            self.more += 1;
        }
    }
}

impl Summary {
    /// That something of the user's waits for somebody else is no news.
    fn is_silent(&self) -> bool {
        let news = [&self.overdue, &self.mine, &self.unassigned];
        self.told.is_empty() && self.more_cases == 0 && news.iter().all(|section| section.cases.is_empty())
    }
}

/// Writes a digest.
pub fn write(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some((user, address)) = reader(material) else { return Ok(Written::Void("the user is no longer active")) };
    let Some(sender) = material.ours.control_address() else { return Ok(Written::Void("there is no control address")) };
    let resumed = material.entry.events.iter().find_map(|event| match event {
        CaseEvent::MailResumed { since, .. } => Some(moment(material, material.catalog.words(user.language), *since)),
        _ => None,
    });
    let Some(summary) = material.summary.filter(|summary| resumed.is_some() || !summary.is_silent()) else {
        return Ok(Written::Void("nothing is to be told"));
    };
    let Some(reply_to) = material.token_address(Grant::Reply(user.id)) else {
        return Ok(Written::Void("the case number is too large"));
    };
    let words = material.catalog.words(user.language);
    let day = moment_as(material, &words.day, material.letter.created);
    let title = material.catalog.phrase(&words.digest, "subject", context! { day })?;
    let facts = context! {
        marker => reply_marker(&words.reply_above),
        resumed,
        told => summary.told.iter().map(|told| happened(material, user, told)).collect::<Result<Vec<_>, _>>()?,
        more_cases => summary.more_cases,
        sections => sections(material, words, summary)?,
    };
    let page = material.catalog.page(user.language, "digest", facts)?;
    let to = reply_to.to_string();
    let commands = Commands { to: &to, subject: &category.name, end: &words.end };
    let frame = Frame { language: user.language, title: &title, commands: Some(commands) };
    let draft = Draft {
        from: Mailbox { name: Some(category.name.clone()), address: sender },
        to: vec![Mailbox { name: Some(user.name.clone()), address: address.clone() }],
        cc: Vec::new(),
        reply_to: vec![Mailbox { name: None, address: reply_to.clone() }],
        message_id: material.message_id(),
        in_reply_to: None,
        references: Vec::new(),
        date: material.date(),
        headers: inside(material, category, "digest"),
        text: page.text(),
        html: Some(html::write(&page, &frame)),
        attachments: Vec::new(),
        subject: title,
    };
    let recipients = material.letter.to.iter().map(|to| (to.clone(), address.clone())).collect();
    Ok(Written::Mail { draft: Box::new(draft), recipients, reverse_path: material.return_path() })
}

/// A case, each thing that happened on it in a line, and where an answer on it goes.
fn happened(material: &Material<'_>, user: &User, told: &Told) -> Result<Value, TextProblem> {
    let words = material.catalog.words(user.language);
    let line = |past: &Past| {
        let mail = past.mail.as_ref().map(|mail| (mail, &[][..]));
        let about = Material { case: &told.case, entry: &past.entry, mail, ..*material };
        let at = moment_as(material, &words.short_moment, past.entry.at);
        brief(&about, words).map(|said| format!("{at} {said}"))
    };
    let lines: Vec<String> = told.entries.iter().map(line).collect::<Result<_, _>>()?;
    let reply_to = material.address_on(Grant::Reply(user.id), told.case.id, told.case.last_entry);
    let reply_to = reply_to.map(|address| address.to_string());
    let subject = subject(&Material { case: &told.case, ..*material }, TagPlace::Left, &told.case.title);
    Ok(context! { case => item(material, words, &told.case)?, lines, more => told.more, reply_to, subject })
}

/// How cases stand, in the order in which they want to be seen to.
fn sections(material: &Material<'_>, words: &Words, summary: &Summary) -> Result<Vec<Value>, TextProblem> {
    let all = [
        ("overdue", &summary.overdue),
        ("mine", &summary.mine),
        ("unassigned", &summary.unassigned),
        ("waiting", &summary.waiting),
    ];
    let section = |(name, section): (&str, &Section)| {
        let count = section.cases.len() + section.more;
        let headline = material.catalog.phrase(&words.digest, name, context! { count })?;
        let cases = section.cases.iter().map(|case| item(material, words, case)).collect::<Result<Vec<_>, _>>()?;
        Ok(context! { headline, cases, more => section.more })
    };
    all.into_iter().filter(|(_, section)| !section.cases.is_empty()).map(section).collect()
}
