//! `case list`, `case show`.

use std::fmt::Write;

use anyhow::Result;

use super::Exit;
use super::args::{Case, CaseList};
use super::client::{Client, encoded, with_query};
use super::show::{Form, Paint, indented, local, safe, table};
use crate::http::types::{CasePage, CaseView, EntryView, MailView, Person};

/// Longest journal that is shown, in pages.
const PAGES_MAX: usize = 1000;

pub(super) async fn run(client: &Client, verb: Case, form: Form) -> Result<Exit> {
    match verb {
        Case::List(list) => {
            let page: CasePage = client.get(&list_path(&list)).await?;
            form.print(&page, render_list)?;
        }
        Case::Show { reference } => form.print(&whole(client, &reference).await?, render_case)?,
    }
    Ok(Exit::Done)
}

fn list_path(list: &CaseList) -> String {
    let (status, max) = (list.status.join(","), list.max.to_string());
    let category = list.category.as_deref().map(|path| ("category", path));
    let before = list.before.as_deref().map(|case| ("before", case));
    let search = list.search.as_deref().map(|words| ("search", words));
    let status = (!status.is_empty()).then_some(("status", status.as_str()));
    let pairs = [status, category, search, before, Some(("max", max.as_str()))];
    with_query("/v1/cases", pairs.into_iter().flatten())
}

/// The case with its journal's pages put together.
async fn whole(client: &Client, reference: &str) -> Result<CaseView> {
    let path = format!("/v1/cases/{}", encoded(reference));
    let mut view: CaseView = client.get(&path).await?;
    for _ in 0..PAGES_MAX {
        let Some(from) = view.next else { break };
        let page: CaseView = client.get(&with_query(&path, [("from", from.to_string().as_str())])).await?;
        view.journal.extend(page.journal);
        view.next = page.next;
    }
    Ok(view)
}

fn render_list(page: &CasePage, paint: Paint) -> String {
    if page.cases.is_empty() {
        let further = page.next.as_ref().map(|next| format!(" among those looked at; more: --before {next}"));
        return format!("no cases{}\n", further.unwrap_or_default());
    }
    let rows: Vec<_> = page
        .cases
        .iter()
        .map(|case| {
            vec![
                case.reference.clone(),
                case.status.clone(),
                local(&case.changed),
                case.category.clone(),
                case.owner.as_ref().map_or_else(|| "-".to_owned(), label),
                case.contact.as_ref().map_or_else(|| "-".to_owned(), label),
                case.title.clone(),
            ]
        })
        .collect();
    let mut text = table(&["CASE", "STATUS", "CHANGED", "CATEGORY", "OWNER", "CONTACT", "TITLE"], &rows, paint);
    if let Some(next) = &page.next {
        let _ = writeln!(text, "more: --before {next}");
    }
    text
}

fn label(person: &Person) -> String {
    let known = person.name.as_ref().or(person.address.as_ref());
    known.cloned().unwrap_or_else(|| "?".to_owned())
}

/// `Kari Kunde <kari@firma.no>`
fn full(person: &Person) -> String {
    match (&person.name, &person.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        _ => label(person),
    }
}

fn render_case(view: &CaseView, paint: Paint) -> String {
    let case = &view.case;
    let mut text = paint.bold(&safe(&format!("{}  {}", case.reference, case.title))) + "\n";
    let status = match (&case.merged_into, &case.waits_until) {
        (Some(target), _) => format!("merged into {target}"),
        (None, Some(until)) => format!("{} until {}", case.status, local(until)),
        (None, None) => case.status.clone(),
    };
    let list = |people: &[Person]| people.iter().map(full).collect::<Vec<_>>().join(", ");
    let facts = [
        ("status", status),
        ("priority", case.priority.clone()),
        ("category", case.category.clone()),
        ("watching", view.watching.join(", ")),
        ("owner", case.owner.as_ref().map_or_else(|| "nobody".to_owned(), full)),
        ("contact", case.contact.as_ref().map_or_else(String::new, full)),
        ("people", if view.participants.len() > 1 { list(&view.participants) } else { String::new() }),
        ("watchers", list(&view.watchers)),
        ("related", view.links.join(", ")),
        ("opened", local(&case.opened)),
        ("changed", local(&case.changed)),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name:10}{}", safe(value));
    }
    for entry in &view.journal {
        text.push_str(&render_entry(entry, paint));
    }
    if let Some(next) = view.next {
        let _ = writeln!(text, "\nthe journal goes on with entry {next}");
    }
    text
}

fn render_entry(entry: &EntryView, paint: Paint) -> String {
    let head = format!("#{}  {}  {}", entry.no, local(&entry.at), safe(&entry.by));
    let mut text = format!("\n{}\n", paint.bold(&head));
    for event in &entry.events {
        let name = event.event.replace('_', " ");
        let line = if event.detail.is_empty() { name } else { format!("{name}: {}", event.detail) };
        text.push_str(&indented(&safe(&line), 4));
    }
    if !entry.told.is_empty() {
        text.push_str(&indented(&safe(&format!("told: {}", entry.told.join(", "))), 4));
    }
    if let Some(placed) = entry.placed.as_ref().filter(|placed| !placed.candidates.is_empty()) {
        for candidate in &placed.candidates {
            let verdict = if candidate.accepted { "taken" } else { "not taken" };
            let line = format!("{} named {}, {verdict}: {}", candidate.signal, candidate.case, candidate.reason);
            text.push_str(&indented(&safe(&line), 4));
        }
    }
    entry.mail.iter().for_each(|mail| text.push_str(&render_mail(mail)));
    text
}

fn render_mail(mail: &MailView) -> String {
    let mut text = String::from("\n");
    let from = mail.from.as_ref().map_or_else(String::new, full);
    let attachments = match mail.attachments {
        0 => String::new(),
        many => many.to_string(),
    };
    let marks = [(mail.unproven, "sender not proven"), (mail.outsider, "writer is not part of the case")];
    let marks: Vec<_> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
    let kind = if mail.kind == "person" { String::new() } else { mail.kind.clone() };
    for (name, value) in [
        ("From", from),
        ("Subject", mail.subject.clone()),
        ("Kind", kind),
        ("Attachments", attachments),
        ("Mind", marks.join(", ")),
    ] {
        if !value.is_empty() {
            text.push_str(&indented(&safe(&format!("{name}: {value}")), 4));
        }
    }
    match (&mail.new_text, &mail.unread) {
        (Some(words), _) => text.push_str(&format!("\n{}", indented(&safe(words.trim_matches('\n')), 4))),
        (None, Some(why)) => text.push_str(&indented(&safe(&format!("(text not shown: {why})")), 4)),
        (None, None) => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::types::{CandidateView, CaseLine, EventView, PlacedView};

    fn person(name: &str, address: &str) -> Person {
        Person { user: None, name: Some(name.to_owned()), address: Some(address.to_owned()) }
    }

    fn line() -> CaseLine {
        CaseLine {
            reference: "HV-7".to_owned(),
            title: "Blåbær\x1b]0;x".to_owned(),
            status: "open".to_owned(),
            merged_into: None,
            priority: "normal".to_owned(),
            category: "uni/it".to_owned(),
            owner: None,
            contact: Some(person("Kari", "kari@firma.no")),
            opened: "when".to_owned(),
            changed: "then".to_owned(),
            waits_until: None,
        }
    }

    #[test]
    fn a_list_is_a_table() {
        let page = CasePage { cases: vec![line()], next: Some("HV-7".to_owned()) };
        let want = "CASE  STATUS  CHANGED  CATEGORY  OWNER  CONTACT  TITLE\n\
                    HV-7  open    then     uni/it    -      Kari     Blåbær\u{fffd}]0;x\n\
                    more: --before HV-7\n";
        assert_eq!(render_list(&page, Paint::Plain), want);
        assert_eq!(render_list(&CasePage { cases: Vec::new(), next: None }, Paint::Plain), "no cases\n");
    }

    #[test]
    fn a_journal_reads_from_top_to_bottom() {
        let mail = MailView {
            id: "00".to_owned(),
            message_id: None,
            from: Some(person("Kari", "kari@firma.no")),
            subject: "Hei".to_owned(),
            kind: "person".to_owned(),
            bytes: 9,
            attachments: 1,
            unproven: true,
            outsider: false,
            new_text: Some("Hei!\n\nKari\n".to_owned()),
            text: None,
            unread: None,
        };
        let candidate = CandidateView {
            case: "HV-3".to_owned(),
            signal: "subject_tag".to_owned(),
            accepted: false,
            reason: "not a participant".to_owned(),
        };
        let entry = EntryView {
            no: 1,
            at: "when".to_owned(),
            by: "kari@firma.no".to_owned(),
            placed: Some(PlacedView { decided_by: "none".to_owned(), candidates: vec![candidate] }),
            events: vec![EventView { event: "case_opened".to_owned(), detail: "in uni/it".to_owned() }],
            told: vec!["Ola".to_owned(), "Kari".to_owned()],
            mail: Some(mail),
        };
        let view = CaseView {
            case: line(),
            participants: vec![person("Kari", "kari@firma.no")],
            watchers: Vec::new(),
            watching: Vec::new(),
            links: Vec::new(),
            journal: vec![entry],
            next: None,
        };
        let want = "HV-7  Blåbær\u{fffd}]0;x\nstatus    open\npriority  normal\ncategory  uni/it\nowner     nobody\n\
                    contact   Kari <kari@firma.no>\nopened    when\nchanged   then\n\n#1  when  kari@firma.no\n    \
                    case opened: in uni/it\n    told: Ola, Kari\n    subject_tag named HV-3, not taken: not a participant\n\n    \
                    From: Kari <kari@firma.no>\n    Subject: Hei\n    Attachments: 1\n    Mind: sender not proven\n\n    \
                    Hei!\n\n    Kari\n";
        assert_eq!(render_case(&view, Paint::Plain), want);
    }
}
