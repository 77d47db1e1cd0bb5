//! The answer to what a user wanted without a case: short lines, references first, as a phone shows them.

use minijinja::context;

use super::catalog::{TextProblem, Words};
use super::headers::inside;
use super::page::html::{self, Commands, Frame};
use super::receipt::{from, unsent};
use super::told::{Past, moment, owner, quoted, speaker};
use super::verdict::{self, line};
use super::write::{Material, Written};
use crate::address::{Address, Mailbox, ReversePath};
use crate::case::change::To;
use crate::case::command::{CommandProblem, LineVerdict};
use crate::case::errand::{Errand, Listed};
use crate::case::event::{CaseEvent, Entry};
use crate::case::held::HeldReason;
use crate::case::model::Case;
use crate::directory::model::{Category, User};
use crate::directory::personal::{Digest, Quiet, QuietChoice};
use crate::id::EntryNo;
use crate::mail::Mail;
use crate::mail::compose::Draft;
use crate::mail::text::reply_marker;
use crate::rules::command;
use crate::rules::telling::time_of;
use crate::token::Grant;

/// Longest title in a list, in characters.
const TITLE_CHARS_MAX: usize = 60;
/// Longest text of one mail, in characters.
const TEXT_CHARS_MAX: usize = 4000;

/// What there is to an errand when it is answered.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Cases that the user may see, newest first.
    pub cases: Vec<Case>,
    /// There are more of them.
    pub more: bool,
    /// The latest mails and notes of the one case that was asked for, oldest first.
    pub talk: Vec<Past>,
}

/// Writes the answer.
pub fn write(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some((user, address)) = reader(material) else {
        return Ok(Written::Void("the user is no longer active"));
    };
    let Some(sender) = material.ours.control_address() else { return Ok(Written::Void("there is no control address")) };
    let words = material.catalog.words(user.language);
    let asked = is_asked(material);
    let grant = if asked { Grant::Confirm(user.id) } else { Grant::Reply(user.id) };
    let told = told(material, words)?;
    let opened = only_opened(material);
    let answers = opened.map(|case| answers(material, case));
    let facts = context! {
        marker => reply_marker(&words.reply_above),
        asked,
        answers,
        headline => told.headline,
        refused => told.refused,
        parts => told.parts,
        text => told.text,
        unsent => unsent(material, words)?,
        help => told.help,
    };
    let own = material.mail.map(|(mail, _)| mail);
    let title = own.map(|mail| material.ours.title(&mail.subject)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| category.name.clone());
    let id = own.and_then(|mail| mail.message_id.clone());
    let subject = format!("Re: {}", title.trim().chars().take(200).collect::<String>());
    let reply_to = match opened {
        // What its writer has seen of it is what they wrote.
        Some(case) => material.address_on(grant, case.id, EntryNo::new(1)),
        None => material.token_address(grant),
    };
    let reply_to = reply_to.unwrap_or_else(|| sender.clone());
    let page = material.catalog.page(user.language, "control", facts)?;
    let commands = Commands { to: &reply_to.to_string(), subject: &subject, end: &words.end };
    let frame = Frame { language: user.language, title: &subject, commands: Some(commands) };
    let html = html::write(&page, &frame);
    let draft = Draft {
        from: Mailbox { name: Some(category.name.clone()), address: sender.clone() },
        to: vec![Mailbox { name: Some(user.name.clone()), address: address.clone() }],
        cc: Vec::new(),
        reply_to: vec![Mailbox { name: None, address: reply_to }],
        subject,
        message_id: material.message_id(),
        in_reply_to: id.clone(),
        references: id.into_iter().collect(),
        date: material.date(),
        headers: inside(material, category, "control"),
        text: page.text(),
        html: Some(html),
        attachments: Vec::new(),
    };
    let reverse_path = if asked { ReversePath::Null } else { material.return_path() };
    let recipients = material.letter.to.iter().map(|to| (to.clone(), address.clone())).collect();
    Ok(Written::Mail { draft: Box::new(draft), recipients, reverse_path })
}

/// The one user that it is for, and where their mail goes.
pub(super) fn reader<'a>(material: &Material<'a>) -> Option<(&'a User, &'a Address)> {
    let To::User(id) = material.letter.to.first()? else { return None };
    let user = material.directory.user(*id).filter(|user| user.active_somewhere().is_some())?;
    Some((user, user.main_address()?))
}

/// Whom an answer on this case goes to, and from where.
fn answers(material: &Material<'_>, case: &Case) -> minijinja::Value {
    let category = material.directory.category(case.category);
    let from = category.and_then(|category| material.sender(category)).map(|address| address.to_string());
    context! { who => Material { case, ..*material }.outside_people(), from }
}

/// The case that was opened, where nothing else was wanted: what answers this mail belongs there.
fn only_opened<'a>(material: &Material<'a>) -> Option<&'a Case> {
    let alone = |event: &CaseEvent| matches!(event, CaseEvent::ErrandsGiven { errands, opened: Some(_), .. } if errands.len() == 1);
    let [found] = material.found else { return None };
    found.cases.first().filter(|_| material.entry.events.iter().any(alone))
}

#[derive(Default)]
struct Told {
    headline: String,
    refused: Vec<minijinja::Value>,
    /// What was found or done, errand by errand.
    parts: Vec<minijinja::Value>,
    /// The user's own mail.
    text: Option<String>,
    help: bool,
}

/// Is the user asked whether the mail is theirs?
fn is_asked(material: &Material<'_>) -> bool {
    material.entry.events.iter().any(|event| event.errands_held().is_some())
}

fn told(material: &Material<'_>, words: &Words) -> Result<Told, TextProblem> {
    let say = |name: &str| material.catalog.phrase(&words.control, name, context! {});
    let mail = material.mail.map(|(mail, _)| mail);
    let mut told = Told::default();
    for event in &material.entry.events {
        match event {
            CaseEvent::ErrandsGiven { errands, opened, .. } => {
                for (errand, found) in errands.iter().zip(material.found) {
                    match errand {
                        Errand::Help => told.help = true,
                        Errand::Open(_) if opened.is_none() => told.headline = say("not_opened")?,
                        errand => told.parts.push(part(material, words, (errand, found))?),
                    }
                }
            }
            CaseEvent::CommandsRefused { verdicts, .. } => {
                told.refused =
                    verdicts.iter().map(|verdict| line(material, words, verdict)).collect::<Result<_, _>>()?;
                told.help = true;
                if told.headline.is_empty() {
                    told.headline = say("refused")?;
                    told.text = mail.map(|mail| given_back(mail, verdicts));
                } else {
                    told.headline = format!("{} {}", told.headline, say("unconfirmable")?);
                    told.text = mail.map(begun);
                }
            }
            CaseEvent::MailHeld { .. } if is_asked(material) => {
                told.headline = verdict::held(material, words, say("confirm")?)?;
                told.text = mail.map(begun);
            }
            CaseEvent::MailHeld { mail: entry, reason: HeldReason::ForeignFrom, .. } => {
                let who = from(words, entry);
                told.headline = material.catalog.phrase(&words.control, "foreign", context! { who })?;
                told.text = mail.map(begun);
            }
            // Theirs, to a colleague's address.
            CaseEvent::MailReceived { .. } => {
                told.headline = say("anothers")?;
                told.text = mail.map(begun);
            }
            CaseEvent::MailHeld { .. } => {
                told.headline = verdict::held(material, words, say("held")?)?;
                told.help = true;
            }
            CaseEvent::HeldReturned { .. } => {
                told.headline = say("returned")?;
                told.text = material.journal.first().and_then(|past| past.mail.as_ref()).map(begun);
            }
            _ => {}
        }
    }
    Ok(told)
}

/// What the user wrote, without the lines that are told of; where it was to be passed on, all of it.
fn given_back(mail: &Mail, verdicts: &[LineVerdict]) -> String {
    let forwarded = [CommandProblem::NothingForwarded, CommandProblem::BadAddress];
    let passes_on = verdicts.first().and_then(|verdict| verdict.problem.as_ref());
    match passes_on.is_some_and(|problem| forwarded.contains(problem)) {
        true => command::split(&mail.text).1.chars().take(TEXT_CHARS_MAX).collect(),
        false => command::errand::below(&mail.new_text).to_owned(),
    }
}

/// The beginning of a mail that may be anybody's.
fn begun(mail: &Mail) -> String {
    let text: String = mail.new_text.trim().chars().take(TEXT_CHARS_MAX).collect();
    quoted(if text.is_empty() { &mail.subject } else { &text })
}

fn part<'a>(
    material: &Material<'a>,
    words: &Words,
    what: (&Errand, &'a Found),
) -> Result<minijinja::Value, TextProblem> {
    let (errand, found) = what;
    let headline = headline(material, words, what)?;
    let overdue = matches!(errand, Errand::List { which: Listed::Overdue, .. });
    let hours = material.telling.overdue.as_secs() / 3600;
    let means = match overdue {
        true => Some(material.catalog.phrase(&words.control, "overdue_means", context! { hours })?),
        false => None,
    };
    let cases: Vec<_> = found.cases.iter().map(|case| item(material, words, case)).collect::<Result<_, _>>()?;
    let talk = found.talk.iter().map(|past| {
        let case = found.cases.first().unwrap_or(material.case);
        let text = past.mail.as_ref().map(|mail| shown(mail, &past.entry)).unwrap_or_default();
        context! { who => speaker(&Material { case, ..*material }, words, &past.entry), at => moment(material, words, past.entry.at), text }
    });
    Ok(context! {
        headline,
        cases,
        talk => talk.collect::<Vec<_>>(),
        more => found.more,
        listed => !matches!(errand, Errand::Show(_) | Errand::Open(_)),
        means,
        reply_to => reply_to(material, what),
    })
}

/// Where what the user writes on the case goes that they asked for.
fn reply_to(material: &Material<'_>, what: (&Errand, &Found)) -> Option<String> {
    let (errand, found) = what;
    let (Some(To::User(user)), Some(case)) = (material.letter.to.first(), found.cases.first()) else { return None };
    let shown = matches!(errand, Errand::Show(_)) || (errand.opening().is_some() && only_opened(material).is_none());
    let address = material.address_on(Grant::Reply(*user), case.id, case.last_entry);
    address.filter(|_| shown).map(|address| address.to_string())
}

fn headline(material: &Material<'_>, words: &Words, what: (&Errand, &Found)) -> Result<String, TextProblem> {
    let (errand, found) = what;
    let (mut sought, mut place, mut of) = ("", None, String::new());
    let name = match errand {
        Errand::List { which, category } => {
            place = category.and_then(|id| material.directory.category(id)).map(|category| category.name.as_str());
            match which {
                Listed::Open => "open",
                Listed::Mine => "mine",
                Listed::Unassigned => "unassigned",
                Listed::Overdue => "overdue",
            }
        }
        Errand::Search(words) => {
            sought = words.as_str();
            "search"
        }
        Errand::Open(_) => "opened",
        Errand::Show(_) if !found.cases.is_empty() => return Ok(String::new()),
        Errand::Show(_) | Errand::Help => "show",
        Errand::Digest(often) => {
            of = material.telling.digest_at.strftime(&words.time).to_string();
            match often {
                Digest::Daily => "digest_daily",
                Digest::Weekly => "digest_weekly",
                Digest::Off => "digest_off",
            }
        }
        Errand::Away(until) => {
            of = until.map(|until| moment(material, words, until)).unwrap_or_default();
            match until {
                Some(until) if *until > material.letter.created => "away",
                Some(_) => "away_past",
                None => "away_off",
            }
        }
        Errand::Quiet(quiet) => {
            let (name, hours) = match quiet {
                QuietChoice::Hours(hours) => ("quiet", Some(*hours)),
                QuietChoice::Never => ("quiet_never", None),
                QuietChoice::Site => ("quiet_site", material.telling.quiet),
            };
            of = hours.map(|hours| hours_of(material, words, hours)).transpose()?.unwrap_or_default();
            name
        }
    };
    let name = if found.cases.is_empty() && !errand.is_personal() { "none" } else { name };
    let alone = alone(material).join(", ");
    material.catalog.phrase(&words.control, name, context! { words => sought, category => place, of, alone })
}

/// Hours of the day, as the language writes them.
fn hours_of(material: &Material<'_>, words: &Words, hours: Quiet) -> Result<String, TextProblem> {
    let [from, until] = [hours.begins(), hours.ends()].map(|minute| time_of(minute).unwrap_or_default());
    let [from, until] = [from, until].map(|time| time.strftime(&words.time).to_string());
    material.catalog.fill(&words.hours, context! { from, until })
}

/// The user's categories in which nobody else is there.
fn alone<'a>(material: &Material<'a>) -> Vec<&'a str> {
    let Some(To::User(user)) = material.letter.to.first() else { return Vec::new() };
    let others = |id| material.directory.active_members(id).filter(|other| other.id != *user);
    let is_alone = |id| others(id).all(|other| !other.is_reached(material.letter.created));
    let own = material.directory.categories().filter(|category| {
        category.active && material.directory.is_active_member(*user, category.id) && is_alone(category.id)
    });
    own.map(|category| category.name.as_str()).collect()
}

/// A case in two short lines: which, and how it stands.
pub(super) fn item(material: &Material<'_>, words: &Words, case: &Case) -> Result<minijinja::Value, TextProblem> {
    let title = if case.title.is_empty() { &words.no_title } else { &case.title };
    let short: String = title.chars().take(TITLE_CHARS_MAX).collect();
    let owner = owner(material, words, case)?;
    let category = material.directory.category(case.category).map(|category| category.name.clone());
    let contact =
        case.contact.as_ref().map(|contact| contact.name.clone().unwrap_or_else(|| contact.address.to_string()));
    let at = moment(material, words, case.changed);
    let status = words.status.get(case.status.as_str());
    let wait_until = case.wait_until.map(|until| moment(material, words, until));
    let reference = material.ours.reference(case.id);
    Ok(context! { reference, title => short, status, owner, category, contact, at, wait_until })
}

/// A writer's own words, without what is above them for us.
fn shown(mail: &Mail, entry: &Entry) -> String {
    command::note_of(&mail.new_text, entry).chars().take(TEXT_CHARS_MAX).collect()
}
