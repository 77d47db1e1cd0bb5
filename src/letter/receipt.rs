//! What became of a user's own mail: done, refused, held, given back.

use minijinja::{Value, context};

use super::catalog::{TextProblem, Words};
use super::inside::{self, Inner, Shown};
use super::told::{Past, moment, owner, quoted, sentence, sentences, speaker, who};
use super::verdict::{self, line};
use super::write::{Material, Written};
use crate::address::ReversePath;
use crate::case::command::{Command, CommandProblem, LineVerdict};
use crate::case::event::{CaseEvent, MailEntry};
use crate::case::held::{Content, Held, HeldBack, HeldReason};
use crate::case::model::Party;
use crate::directory::model::Category;
use crate::id::UserId;
use crate::mail::Mail;
use crate::mail::text::reply_marker;
use crate::rules::command;
use crate::thread::pick::may_work;
use crate::token::Grant;

/// Writes a receipt.
pub fn write(material: &Material<'_>, category: &Category) -> Result<Written, TextProblem> {
    let Some((user, address)) = material.user() else { return Ok(Written::Void("the user is no longer active")) };
    let Some(sender) = material.sender(category) else { return Ok(Written::Void("the category has no address")) };
    let words = material.catalog.words(user.language);
    let Some(report) = report(material, words)? else { return Ok(Written::Void("nothing is to be told")) };
    let Some(reply_to) = material.token_address(report.answer.grant(user.id)) else {
        return Ok(Written::Void("the case number is too large"));
    };
    let contact = material.case.contact.as_ref().map(|contact| contact.address.to_string());
    let owner = owner(material, words, material.case)?;
    let standing = context! {
        category => &category.name,
        status => words.status.get(material.case.status.as_str()),
        owner,
        contact,
        wait_until => material.case.wait_until.map(|until| moment(material, words, until)),
    };
    let shown = report.text.map(|text| Shown::of(&text, &words.whole_text)).unwrap_or_default();
    let facts = context! {
        marker => reply_marker(&words.reply_above),
        headline => report.headline,
        lines => report.lines,
        news => report.news,
        text => &shown.text,
        along => report.along,
        whole => shown.whole_name(),
        question => report.question,
        help => report.help,
        nothing_done => report.nothing_done,
        facts => report.facts.then_some(standing),
        // Replies of somebody who no longer works the case are not carried out.
        reply => if may_work(material.directory, user, material.case) { report.answer.word(material) } else { "gone" },
        reply_to => material.outside_people(),
        from_address => sender.to_string(),
        reference => material.reference(),
        title => material.title_for(user),
    };
    let inner = Inner {
        user: (user, address),
        name: category.name.clone(),
        from: sender,
        reply_to,
        event: "receipt",
        page: material.catalog.page(user.language, "receipt", facts)?,
        // Nobody answers a question that did not arrive.
        reverse_path: if report.answer.asks() { ReversePath::Null } else { material.return_path() },
        answers: material.mail_of(user.id),
        attachments: shown.whole.into_iter().collect(),
    };
    inside::write(material, category, inner)
}

/// What an answer to the receipt is.
#[derive(Clone, Copy, Default)]
enum Answer {
    /// An answer to the contact, or commands.
    #[default]
    ToContact,
    /// A note: a user who is told of a forged mail answers that it was not theirs, which must not go to the contact.
    Note,
    /// A word on a mail that waits to be confirmed.
    Confirmation,
    /// A word on an answer that waits to be sent.
    Word,
    /// The same, where nothing but the address that it goes to proves who says it.
    ConfirmedWord,
}

impl Answer {
    const fn grant(self, user: UserId) -> Grant {
        match self {
            Self::ToContact | Self::Word => Grant::Reply(user),
            Self::Note => Grant::Note(user),
            Self::Confirmation | Self::ConfirmedWord => Grant::Confirm(user),
        }
    }

    /// Is it a question whether the user wrote a mail?
    const fn asks(self) -> bool {
        matches!(self, Self::Confirmation)
    }

    fn word(self, material: &Material<'_>) -> &'static str {
        match self {
            Self::ToContact if material.case.participants.is_empty() => "none",
            Self::ToContact => "answer",
            Self::Note => "note",
            Self::Confirmation => "confirm",
            Self::Word => "send",
            Self::ConfirmedWord => "send_as_it_is",
        }
    }
}

#[derive(Default)]
struct Report {
    headline: String,
    /// What the user is asked.
    question: Option<String>,
    lines: Vec<Value>,
    /// What came in meanwhile, or all that happened.
    news: Vec<Value>,
    /// The user's own text.
    text: Option<String>,
    /// What else was in the mail.
    along: Vec<String>,
    answer: Answer,
    nothing_done: bool,
    help: bool,
    facts: bool,
}

/// What is to be told, by the event that says most.
fn report(material: &Material<'_>, words: &Words) -> Result<Option<Report>, TextProblem> {
    let events = &material.entry.events;
    let say = |name: &str| material.catalog.phrase(&words.receipt, name, context! {});
    let held = events.iter().find_map(|event| if let CaseEvent::WorkHeld { held } = event { Some(held) } else { None });
    for event in events {
        return Ok(Some(match event {
            CaseEvent::MailHeld { user, .. } if !is_reader(material, *user) => anothers(material, words, *user)?,
            CaseEvent::MailHeld { mail, reason, .. } => {
                let about = (mail, *reason, held.map(Box::as_ref));
                held_mail(material, words, about)?
            }
            CaseEvent::CommandsRefused { verdicts, .. } => refused(material, words, verdicts)?,
            CaseEvent::HeldReturned { .. } => {
                let works = material.user().is_some_and(|(user, _)| may_work(material.directory, user, material.case));
                let refused = verdicts(material, words)?;
                let name = match refused {
                    _ if !works => "returned_gone",
                    Some(_) => "returned_refused",
                    None => "returned",
                };
                let lines = refused.unwrap_or_default();
                let (text, along) = (held_text(material), held_mail_of(material).map(along).unwrap_or_default());
                Report { headline: say(name)?, lines, text, along, ..Report::default() }
            }
            CaseEvent::WorkHeld { held } if held.why == HeldBack::Overtaken => Report {
                headline: say("overtaken")?,
                news: news(material, words)?,
                text: material.mail.map(|(mail, _)| shown(mail)),
                along: material.mail.map(|(mail, _)| along(mail)).unwrap_or_default(),
                answer: if material.entry.is_by_word() { Answer::ConfirmedWord } else { Answer::Word },
                ..Report::default()
            },
            CaseEvent::HeldDropped { .. } if held.is_none() && is_dropped(events) => Report {
                headline: say("dropped")?,
                question: unsent(material, words)?,
                text: held_text(material),
                along: held_mail_of(material).map(along).unwrap_or_default(),
                facts: true,
                ..Report::default()
            },
            CaseEvent::ShowAsked | CaseEvent::HistoryAsked | CaseEvent::HelpAsked => done(material, words)?,
            CaseEvent::CommandsGiven { .. } if held.is_none() && !is_dropped(events) => done(material, words)?,
            CaseEvent::OwnerAway { .. } | CaseEvent::OwnerUnreached { .. } => done(material, words)?,
            CaseEvent::CaseAbsorbed { .. } | CaseEvent::MailTaken { .. } => done(material, words)?,
            _ => continue,
        }));
    }
    Ok(None)
}

/// What is to be said of a text below a word that was carried out.
pub(super) fn unsent(material: &Material<'_>, words: &Words) -> Result<Option<String>, TextProblem> {
    let is_unsent = material.entry.events.contains(&CaseEvent::TextUnsent);
    is_unsent.then(|| material.catalog.phrase(&words.receipt, "unsent", context! {})).transpose()
}

/// Did the user have dropped what waited? Where the commands come behind it, a copy of theirs had waited, and they were
/// carried out.
fn is_dropped(events: &[CaseEvent]) -> bool {
    let at = |wanted: fn(&CaseEvent) -> bool| events.iter().position(wanted);
    let given = at(|event| matches!(event, CaseEvent::CommandsGiven { .. }));
    let sent = at(|event| matches!(event, CaseEvent::AnswerWritten { .. } | CaseEvent::NoteWritten { .. }));
    at(|event| matches!(event, CaseEvent::HeldDropped { .. }))
        .is_some_and(|dropped| sent.is_none() && given.is_none_or(|given| given < dropped))
}

/// A mail that was not believed. Its text goes to the user's own address only to ask whether it is theirs, or to say
/// why that is not asked.
fn held_mail(
    material: &Material<'_>,
    words: &Words,
    what: (&MailEntry, HeldReason, Option<&Held>),
) -> Result<Report, TextProblem> {
    let (mail, reason, waits) = what;
    let headline = material.catalog.phrase(&words.held, reason.as_str(), context! { who => from(words, mail) })?;
    let headline = verdict::held(material, words, headline)?;
    let say = |name: &str| material.catalog.phrase(&words.receipt, name, context! {}).map(Some);
    let text = material.mail.map(|(mail, _)| quoted(&mail.new_text));
    Ok(match (waits, verdicts(material, words)?) {
        (Some(held), _) => {
            let (question, lines) = (say("confirm")?, promised(material, words, held)?);
            Report { headline, question, lines, text, answer: Answer::Confirmation, ..Report::default() }
        }
        (None, Some(lines)) => {
            let (question, answer, nothing_done) = (say("unconfirmable")?, Answer::Note, true);
            Report { headline, question, lines, text, answer, nothing_done, ..Report::default() }
        }
        (None, None) => {
            // Whose address it came to has to know what was written there, and by whom.
            let foreign = reason == HeldReason::ForeignFrom;
            let along = material.mail.filter(|_| foreign).map(|(mail, _)| files(mail).collect()).unwrap_or_default();
            let text = text.filter(|_| foreign);
            Report { headline, text, along, answer: Answer::Note, nothing_done: true, ..Report::default() }
        }
    })
}

/// What the entry says of the lines that could not be carried out.
fn verdicts(material: &Material<'_>, words: &Words) -> Result<Option<Vec<Value>>, TextProblem> {
    let refused = material.entry.events.iter().find_map(|event| match event {
        CaseEvent::CommandsRefused { verdicts, .. } => Some(verdicts),
        _ => None,
    });
    refused.map(|verdicts| verdicts.iter().map(|verdict| line(material, words, verdict)).collect()).transpose()
}

/// Is this the user whom the letter is for?
fn is_reader(material: &Material<'_>, user: UserId) -> bool {
    material.user().is_none_or(|(reader, _)| reader.id == user)
}

/// A mail of the reader's own that came to a colleague's address.
fn anothers(material: &Material<'_>, words: &Words, whose: UserId) -> Result<Report, TextProblem> {
    let whose = material.directory.user(whose).map(|user| user.name.as_str());
    let headline = material.catalog.phrase(&words.held, "anothers", context! { whose })?;
    let text = material.mail.map(|(mail, _)| quoted(&mail.new_text));
    Ok(Report { headline, text, nothing_done: true, ..Report::default() })
}

/// Who wrote a mail by its header, name and address.
pub(super) fn from(words: &Words, mail: &MailEntry) -> String {
    mail.from.as_ref().map_or_else(
        || words.somebody.clone(),
        |from| match &from.name {
            Some(name) => format!("{name} <{}>", from.address),
            None => from.address.to_string(),
        },
    )
}

/// What is done with a mail that waits, when its writer confirms it.
fn promised(material: &Material<'_>, words: &Words, held: &Held) -> Result<Vec<Value>, TextProblem> {
    let own = material.mail.map(|(mail, _)| command::split(&mail.new_text).0).unwrap_or_default();
    let fine = |text: &str| LineVerdict { line: text.trim().chars().take(200).collect(), problem: None };
    let lines = own.into_iter().map(|text| line(material, words, &fine(text)));
    let mut lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    let changes = |command: &Command| matches!(command, Command::Cc(_) | Command::Uncc(_) | Command::Contact(_));
    let outside = &material.case.participants;
    let had = |party: &&Party| held.had.contains(&party.address);
    let changed = held.commands.iter().any(changes);
    let recorded = !changed && !outside.is_empty() && outside.iter().all(|party| had(&party));
    let reached =
        outside.iter().filter(|party| recorded || !had(party)).map(Party::full).collect::<Vec<_>>().join(", ");
    let who = if changed { String::new() } else { reached };
    let name = match held.content {
        Content::Answer if recorded => "would_record",
        Content::Answer => "would_send",
        Content::Note => "would_note",
        Content::Nothing => return Ok(lines),
    };
    let files = material.mail.iter().flat_map(|(mail, _)| files(mail)).collect::<Vec<_>>().join(", ");
    let verdict = material.catalog.phrase(&words.receipt, name, context! { who, files })?;
    lines.push(context! { line => "", verdict });
    Ok(lines)
}

fn refused(material: &Material<'_>, words: &Words, verdicts: &[LineVerdict]) -> Result<Report, TextProblem> {
    let differ = |problem: &CommandProblem| matches!(problem, CommandProblem::PartsDiffer { .. });
    let of_commands = |verdict: &LineVerdict| !verdict.line.is_empty() || verdict.problem.as_ref().is_some_and(differ);
    let commands = verdicts.iter().any(of_commands);
    let name = if commands { "headline" } else { "headline_mail" };
    let lines = verdicts.iter().map(|verdict| line(material, words, verdict));
    Ok(Report {
        headline: material.catalog.phrase(&words.refused, name, context! {})?,
        lines: lines.collect::<Result<_, _>>()?,
        text: material.mail.map(|(mail, _)| mail.new_text.trim().to_owned()),
        nothing_done: true,
        ..Report::default()
    })
}

/// What was done, and what was asked for.
fn done(material: &Material<'_>, words: &Words) -> Result<Report, TextProblem> {
    let events = &material.entry.events;
    let asked = |wanted: &CaseEvent| events.contains(wanted);
    let mut lines = Vec::new();
    for event in events.iter().filter(|event| !matches!(event, CaseEvent::AnswerWritten { .. })) {
        lines.extend(sentence(material, words, event)?.map(|verdict| context! { line => "", verdict }));
    }
    let questions = asked(&CaseEvent::ShowAsked) || asked(&CaseEvent::HistoryAsked) || asked(&CaseEvent::HelpAsked);
    let name = match () {
        () if asked(&CaseEvent::HistoryAsked) && lines.is_empty() => "history",
        () if lines.is_empty() && !questions => "nothing_done",
        () => "done",
    };
    let silent = lines.is_empty() && name == "done";
    let headline = if silent { String::new() } else { material.catalog.phrase(&words.receipt, name, context! {})? };
    let news = match asked(&CaseEvent::HistoryAsked) {
        true => history(material, words)?,
        false => news(material, words)?,
    };
    let question = unsent(material, words)?;
    Ok(Report { headline, question, lines, news, help: asked(&CaseEvent::HelpAsked), facts: true, ..Report::default() })
}

/// Each entry that is at hand: whose it is, when, and what was written, or done by it.
fn news(material: &Material<'_>, words: &Words) -> Result<Vec<Value>, TextProblem> {
    let told = |past: &Past| {
        let facts =
            context! { who => speaker(material, words, &past.entry), at => moment(material, words, past.entry.at) };
        let headline = material.catalog.phrase(&words.receipt, "wrote", facts)?;
        let text = match &past.mail {
            Some(mail) if past.entry.is_talk() => Shown::of(command::note_of(&mail.new_text, &past.entry), "").text,
            _ => sentences(material, words, &past.entry)?.join("; "),
        };
        Ok((!text.is_empty()).then(|| context! { headline, text }))
    };
    material.journal.iter().filter_map(|past| told(past).transpose()).collect()
}

/// All that happened, without the texts of mails.
fn history(material: &Material<'_>, words: &Words) -> Result<Vec<Value>, TextProblem> {
    let told = |past: &Past| {
        let facts = context! { who => who(material, words, &past.entry), at => moment(material, words, past.entry.at) };
        let headline = material.catalog.phrase(&words.receipt, "wrote", facts)?;
        let text = sentences(material, words, &past.entry)?.join("; ");
        Ok((!text.is_empty()).then(|| context! { headline, text }))
    };
    material.journal.iter().filter_map(|past| told(past).transpose()).collect()
}

/// What had waited, where the letter is about that.
fn held_text(material: &Material<'_>) -> Option<String> {
    held_mail_of(material).map(shown)
}

fn held_mail_of<'a>(material: &Material<'a>) -> Option<&'a Mail> {
    material.journal.first().and_then(|past| past.mail.as_ref())
}

/// What else is in a user's mail: the commands above its text, and its files.
fn along(mail: &Mail) -> Vec<String> {
    let (lines, _) = command::split(&mail.new_text);
    lines.into_iter().map(|line| line.trim().chars().take(200).collect()).chain(files(mail)).collect()
}

fn files(mail: &Mail) -> impl Iterator<Item = String> {
    mail.files().filter(|file| !file.inline).filter_map(|file| file.name.clone())
}

/// A writer's own words, without the commands above them.
fn shown(mail: &Mail) -> String {
    command::split(&mail.new_text).1.to_owned()
}
