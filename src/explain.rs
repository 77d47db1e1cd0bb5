//! What would become of a mail, and why: the whole decision, told as JSON instead of committed.
//!
//! Job: run the same `decide` as a real delivery on a view that was only read, and say everything that it rests on.
//! Absent on purpose: writing anything, not even a case number.

use serde_json::{Value, json};

use crate::case::change::{Change, To};
use crate::case::event::{CaseEvent, Placed};
use crate::case::trigger::{MailArrived, Trigger};
use crate::case::view::View;
use crate::directory::model::CONTROL;
use crate::mail::Mail;
use crate::rules::command::errand;
use crate::rules::decide::decide;
use crate::rules::{Policy, command};
use crate::thread::{Way, hidden_token, is_revoked, route};
use crate::time::Timestamp;
use crate::token::Checked;
use crate::verify::Channel;

/// What is explained.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What is configured.
    pub policy: &'a Policy,
    /// What is known.
    pub view: &'a View,
    /// The mail, as it would come in.
    pub arrived: &'a MailArrived,
    /// The name of its file.
    pub file: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Everything that the decision about this mail rests on, and what it would do.
pub fn explain(question: &Question<'_>) -> Value {
    let Question { policy, view, arrived, file, now } = *question;
    let change = decide(policy, view, &Trigger::Mail(Box::new(arrived.clone())), now);
    let blank = Mail::default();
    let mail = arrived.mail.as_ref().unwrap_or(&blank);
    let placed = change.cases.iter().find_map(|change| change.entry.placed.as_ref());
    let case = change.cases.first().filter(|change| change.entry.no.get() > 1).map(|change| change.case.id);
    let case = case
        .or_else(|| change.receipt.outcomes.first().filter(|_| change.cases.is_empty()).map(|outcome| outcome.case));
    let mut told = mail_facts(mail);
    let decided = json!({
        "file": file,
        "sender": sender(&change),
        "trust": trust(question),
        "case": case.map(|case| policy.ours.reference(case)),
        "decided_by": placed.map_or("none", |placed| placed.decided_by.as_str()),
        "candidates": candidates(policy, placed),
        "commands": commands(question, mail, &change),
        "would": would(question, &change),
    });
    if let (Value::Object(told), Value::Object(decided)) = (&mut told, decided) {
        told.extend(decided);
    }
    told
}

fn mail_facts(mail: &Mail) -> Value {
    let attachments = mail.attachments.iter().map(|attachment| {
        json!({
            "name": attachment.name,
            "type": attachment.content_type,
            "bytes": attachment.bytes,
            "inline": attachment.inline,
        })
    });
    let bounce = mail.report.as_ref().map(|report| {
        let recipients = report.recipients.iter().map(|r| json!({ "address": r.address, "status": r.status }));
        json!({
            "state": report.state,
            "recipients": recipients.collect::<Vec<_>>(),
            "original_message_id": report.original_message_id.as_ref().map(|id| id.as_str()),
        })
    });
    json!({
        "kind": mail.kind.as_str(),
        "kind_signals": mail.kind_signals,
        "unclear": mail.unclear,
        "from": from(mail),
        "to": mail.to.iter().map(|to| to.address.to_string()).collect::<Vec<_>>(),
        "date": mail.date.map(|date| date.to_string()),
        "subject": mail.subject,
        "message_id": mail.message_id.as_ref().map(|id| id.as_str()),
        "text": mail.text,
        "new_text": mail.new_text,
        "quoted_cut": mail.quoted_cut,
        "has_html": mail.has_html,
        "attachments": attachments.collect::<Vec<_>>(),
        "bounce": bounce,
        "forwarded": mail.forwarded.as_ref().map(|forwarded| json!({
            "from": { "name": forwarded.name, "address": forwarded.address.as_ref().map(ToString::to_string) },
            "subject": forwarded.subject,
        })),
        "problems": mail.problems,
    })
}

/// The first writer; without any that can be read, what stands there instead.
fn from(mail: &Mail) -> Value {
    match (mail.from.first(), &mail.from_said) {
        (Some(from), _) => json!({ "name": from.name, "address": from.address.to_string() }),
        (None, Some(said)) => json!({ "name": said.name, "address": said.address }),
        (None, None) => Value::Null,
    }
}

fn sender(change: &Change) -> &'static str {
    let mut events = change.cases.iter().flat_map(|change| &change.entry.events);
    let sender = events.find_map(|event| match event {
        CaseEvent::AnswerWritten { .. }
        | CaseEvent::NoteWritten { .. }
        | CaseEvent::CommandsGiven { .. }
        | CaseEvent::CommandsRefused { .. }
        | CaseEvent::ErrandsGiven { .. } => Some("user"),
        CaseEvent::MailHeld { .. } => Some("unproven"),
        CaseEvent::MailReceived { mail } if mail.unproven || mail.outsider => Some("unproven"),
        _ => None,
    });
    sender.unwrap_or("contact")
}

fn trust(question: &Question<'_>) -> Value {
    let Question { policy, view, arrived, now, .. } = question;
    let ways = arrived.envelope.recipients.iter().map(|to| route(&policy.ours, &view.directory, &to.address, *now));
    let hidden = hidden_token(&policy.ours, arrived, *now).map(Way::Token);
    let token = ways.chain(hidden).find_map(|way| match way {
        Way::Token(checked) if is_revoked(view, checked.token()) => Some("revoked"),
        Way::Token(Checked::Valid(_)) => Some("valid"),
        Way::Token(Checked::Expired(_)) => Some("expired"),
        _ => None,
    });
    let reason = if let Channel::Nothing(reason) = &arrived.channel { Some(*reason) } else { None };
    json!({ "channel": arrived.channel.as_str(), "token": token, "reason": reason })
}

fn candidates(policy: &Policy, placed: Option<&Placed>) -> Vec<Value> {
    let candidates = placed.map(|placed| placed.candidates.as_slice()).unwrap_or_default();
    let told = candidates.iter().map(|candidate| {
        json!({
            "case": policy.ours.reference(candidate.case),
            "signal": candidate.signal.as_str(),
            "accepted": candidate.accepted,
            "reason": candidate.reason,
        })
    });
    told.collect()
}

/// The command lines, when the mail is a user's: each with what is wrong with it.
fn commands(question: &Question<'_>, mail: &Mail, change: &Change) -> Vec<Value> {
    if sender(change) != "user" {
        return Vec::new();
    }
    let Some(case) = change.cases.first().map(|change| &change.case) else { return Vec::new() };
    let user = mail.only_from().and_then(|from| question.view.directory.user_by_address(&from.address));
    let Some(user) = user else { return Vec::new() };
    let context = command::Context {
        directory: &question.view.directory,
        category: case.category,
        user: user.id,
        now: question.now,
        time_zone: &question.policy.time_zone,
        ours: &question.policy.ours,
    };
    let verdicts = match case.category {
        CONTROL => {
            let (view, ours, telling) = (question.view, context.ours, &question.policy.telling);
            let (now, time_zone) = (context.now, context.time_zone);
            let context = errand::Context { view, user, ours, title: "", now, time_zone, telling };
            errand::read_mail(mail, &context).verdicts
        }
        _ => command::read_mail(mail, &context).verdicts,
    };
    let told = verdicts.into_iter().map(|verdict| {
        let verb = verdict.line.trim_start_matches('/').split_whitespace().next().unwrap_or_default().to_lowercase();
        let error = verdict.problem.as_ref().map(event_name);
        json!({ "line": verdict.line, "verb": verb, "ok": error.is_none(), "error": error })
    });
    told.collect()
}

fn would(question: &Question<'_>, change: &Change) -> Value {
    let name = |to: &To| match to {
        To::Outside(address) => address.to_string(),
        To::User(user) => {
            let user = question.view.directory.user(*user);
            user.and_then(|user| user.main_address()).map_or_else(|| "nobody".to_owned(), ToString::to_string)
        }
    };
    let mails = change.letters.iter().flat_map(|letter| letter.to.iter().map(move |to| (letter.kind, to)));
    let mails = mails.map(|(kind, to)| json!({ "to": name(to), "kind": kind.as_str() }));
    // Who is told is said by the mails.
    let events = change.cases.iter().flat_map(|change| &change.entry.events);
    let events = events.filter(|event| !matches!(event, CaseEvent::UsersTold { .. })).map(event_name);
    let outcome = change.receipt.outcomes.first();
    json!({
        "case": outcome.map(|outcome| outcome.became.as_str()),
        "events": events.collect::<Vec<_>>(),
        "mails": mails.collect::<Vec<_>>(),
    })
}

/// `MailReceived { … }` → `mail_received`, by the names that are stored.
pub(crate) fn event_name(event: &impl serde::Serialize) -> String {
    let name = match serde_json::to_value(event) {
        Ok(Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
        Ok(Value::String(name)) => name,
        _ => String::new(),
    };
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
