//! What came out of a step, in words.

use henvend::address::Mailbox;
use henvend::case::event::{Actor, CaseEvent, Entry, MailEntry, Signal};
use henvend::case::held::HeldBack;
use henvend::case::model::{Case, Channel, Priority, Status};
use henvend::directory::model::Directory;
use henvend::id::{CategoryId, UserId};
use henvend::mail::Kind;
use henvend::mail::parse::html_page;
use henvend::rules::Policy;
use henvend::time::Timestamp;
use henvend::token::{Grant, check};

use super::script::{Act, Script};
use super::stage::name;
use crate::kit::house::Sent;

/// What is shown of mails beside their words.
#[derive(Default)]
pub struct Shown {
    /// Header fields.
    pub fields: Vec<String>,
    /// So many lines of each text; 0: all.
    pub lines: usize,
    /// The text of acknowledgements too.
    pub acknowledgements: bool,
    /// What an answer's HTML part says.
    pub page: bool,
    /// What a mail says that a reply does.
    pub reply: bool,
}

impl Shown {
    /// As a script wants it at its top.
    pub fn wanted(script: &Script) -> Self {
        let mut shown = Self::default();
        for step in &script.steps {
            if let Act::Setting { name, value } = &step.act {
                // What is no matter of showing was looked at before.
                let _ = shown.set(name, value);
            }
        }
        shown
    }

    /// Takes one setting; `None` when there is no such.
    pub fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match (name, value) {
            ("show", "the page") => self.page = true,
            ("show", "what a reply does") => self.reply = true,
            ("show", fields) => self.fields = fields.split(", ").map(str::to_owned).collect(),
            ("text", "whole acknowledgements") => self.acknowledgements = true,
            ("text", lines) => self.lines = lines.strip_prefix("first ")?.parse().ok()?,
            _ => return None,
        }
        Some(())
    }

    /// The mails that left; those that differ in nothing but their reader are shown once.
    pub fn mails(&self, sent: &[Sent], policy: &Policy, now: Timestamp) -> Vec<String> {
        let mut all: Vec<(Vec<String>, String, Vec<String>)> = Vec::new();
        for mail in sent {
            let (event, lines) = (event(mail), self.mail(mail, policy, now));
            let to: Vec<String> = mail.to.iter().map(|to| name(to)).collect();
            let same = all.iter().position(|(_, other, words)| *other == event && *words == lines && event != "answer");
            match same {
                Some(at) => all[at].0.extend(to),
                None => all.push((to, event, lines)),
            }
        }
        let told = all.into_iter().flat_map(|(to, event, mut lines)| {
            let subject = lines.remove(0);
            [format!("{event} to {}: {subject}", to.join(", "))].into_iter().chain(lines)
        });
        told.collect()
    }

    /// Its subject, then whom it is from and what an answer to it is, then its words.
    fn mail(&self, sent: &Sent, policy: &Policy, now: Timestamp) -> Vec<String> {
        let mail = &sent.mail;
        let machine = mail.field("Auto-Submitted").is_some();
        assert_eq!(machine, event(sent) != "answer", "a mail of ours says whether a person wrote it (RFC 3834)");
        let from: Vec<String> = mail.from.iter().map(mailbox).collect();
        let mut head = vec![format!("from {}", from.join(", "))];
        match (mail.reply_to.first(), grant(sent, policy, now)) {
            (None, _) | (Some(_), Some(Grant::Reply(_))) => {}
            (Some(_), Some(Grant::Note(_))) => head.push("an answer is a note".to_owned()),
            (Some(_), Some(Grant::Confirm(_))) => head.push("an answer confirms".to_owned()),
            (Some(reply), Some(Grant::Return(_)) | None) => head.push(format!("an answer goes to {}", reply.address)),
        }
        let files = mail.files().map(|file| format!("{} ({})", file.name.as_deref().unwrap_or("?"), file.content_type));
        let files: Vec<String> = files.collect();
        if !files.is_empty() {
            head.push(format!("attached: {}", files.join(", ")));
        }
        if self.reply {
            head.push(format!("it says: {}", reply_box(sent)));
        }
        if self.page && event(sent) == "answer" {
            let page = html_page(&sent.data).unwrap_or_default();
            let inner =
                page.split_once("<body").and_then(|(_, rest)| rest.split_once('>')).map_or("", |(_, rest)| rest);
            let inner = inner.lines().map(str::trim).collect::<Vec<_>>().concat();
            head.push(format!("its page: {}", inner.trim_end_matches("</html>").trim_end_matches("</body>")));
        }
        for field in &self.fields {
            let value = mail.field(field).map_or_else(|| "none".to_owned(), quiet);
            head.push(format!("{field}: {value}"));
        }
        let mut words = words(sent, self.acknowledgements);
        if self.lines > 0 && words.len() > self.lines {
            words.truncate(self.lines);
            words.push("…".to_owned());
        }
        let subject = std::iter::once(mail.subject.clone());
        let head = head.into_iter().map(|line| format!("  {line}"));
        subject.chain(head).chain(words.into_iter().map(|line| format!("      {line}"))).collect()
    }
}

fn mailbox(mailbox: &Mailbox) -> String {
    let address = quiet(mailbox.address.to_string());
    mailbox.name.as_ref().map_or_else(|| address.clone(), |name| format!("{name} <{address}>"))
}

/// What an answer to it lets its reader do.
pub fn grant(sent: &Sent, policy: &Policy, now: Timestamp) -> Option<Grant> {
    let address = &sent.mail.reply_to.first()?.address;
    let token = check(&policy.ours.keys, address, &policy.ours.reply_domain, now)?;
    Some(token.token().grant)
}

/// What it is about: the event of a notification, `receipt`, `control`, `acknowledgement`, `answer`.
pub fn event(sent: &Sent) -> String {
    let other = if sent.mail.field("Auto-Submitted").is_some() { "acknowledgement" } else { "answer" };
    sent.mail.field("X-Henvend-Event").unwrap_or(other).to_owned()
}

/// Which case it is on, by its Message-ID.
pub fn case_of(sent: &Sent) -> Option<String> {
    let id = sent.id();
    let numbers = id.strip_prefix("<hv.")?;
    Some(format!("HV-{}", numbers.split('.').next()?))
}

/// The words of a mail without the frame that all of its kind have: the reply line, what a reply does, the facts of the
/// case, the commands. Acknowledgements are nothing but frame.
fn words(sent: &Sent, whole: bool) -> Vec<String> {
    let event = event(sent);
    if event == "acknowledgement" && !whole {
        return Vec::new();
    }
    let mut lines: Vec<String> = sent.mail.text.lines().map(quiet).collect();
    if let Some(rule) = lines.iter().rposition(|line| line.starts_with("--------------------")) {
        lines.truncate(rule);
    }
    if lines.first().is_some_and(|line| line.starts_with("##-")) {
        lines.drain(..1);
        let framed = event != "control";
        let start = lines.iter().position(|line| !line.is_empty()).unwrap_or_default();
        lines.drain(..start);
        if framed {
            let end = lines.iter().position(String::is_empty).unwrap_or_default();
            lines.drain(..end);
        }
    }
    while lines.first().is_some_and(String::is_empty) {
        lines.remove(0);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    lines
}

/// What stands between the reply line and what happened.
fn reply_box(sent: &Sent) -> String {
    let lines = sent.mail.text.lines().skip_while(|line| !line.starts_with("##-")).skip(2);
    lines.take_while(|line| !line.is_empty()).map(quiet).collect::<Vec<_>>().join(" ")
}

/// A text without what differs from letter to letter: signatures in addresses and ids of ours, long repetitions.
pub fn quiet(text: impl AsRef<str>) -> String {
    let mut out = text.as_ref().to_owned();
    for start in ["reply+", "return+", "reply%2B"] {
        let mut from = 0;
        while let Some(at) = out[from..].find(start).map(|at| from + at + start.len()) {
            let length = out[at..].bytes().take_while(u8::is_ascii_alphanumeric).count();
            out.replace_range(at..at + length, if length >= 40 { "…" } else { "" });
            from = at;
        }
    }
    while let Some(at) = out.find("<hv.") {
        let id = &out[at..at + out[at..].find('>').map_or(out.len() - at, |end| end + 1)];
        let numbers: Vec<&str> = id.trim_start_matches("<hv.").split('.').take(3).collect();
        let short = format!("<our {}>", numbers.join("/"));
        out = out.replace(id, &short);
    }
    if out.chars().count() > 400 {
        let length = out.chars().count();
        out = format!("{} … ({length} letters)", out.chars().take(80).collect::<String>());
    }
    out
}

fn user(directory: &Directory, user: UserId) -> String {
    let name = directory.user(user).map(|user| user.name.clone()).unwrap_or_default();
    name.split(' ').next().unwrap_or_default().to_owned()
}

fn category(directory: &Directory, id: CategoryId) -> String {
    directory.category(id).map(|category| category.path.clone()).unwrap_or_default()
}

fn moment(time: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::get("Europe/Oslo").unwrap_or(jiff::tz::TimeZone::UTC);
    time.to_jiff().to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// How a case stands.
pub fn case(case: &Case, directory: &Directory) -> String {
    let people = |users: &[UserId]| users.iter().map(|id| user(directory, *id)).collect::<Vec<_>>().join(", ");
    let mut facts = vec![match (case.status, case.wait_until) {
        (Status::Waiting, Some(until)) => format!("waiting until {}", moment(until)),
        (Status::Waiting, None) => "waiting for the contact".to_owned(),
        (Status::Merged(into), _) => format!("merged into HV-{into}"),
        (status, _) => status.as_str().to_owned(),
    }];
    if case.priority != Priority::Normal {
        facts.push(format!("{:?}", case.priority).to_lowercase());
    }
    facts.push(
        case.owner.map_or_else(|| "nobody has it".to_owned(), |owner| format!("{} has it", user(directory, owner))),
    );
    facts.push(format!("in {}", category(directory, case.category)));
    let contact = case.contact.as_ref();
    facts.push(
        contact.map_or_else(|| "for nobody".to_owned(), |party| format!("for {}", name(&party.address.to_string()))),
    );
    let with = case.participants.iter().filter(|party| contact.is_none_or(|contact| contact.address != party.address));
    let with: Vec<String> = with.map(|party| name(&party.address.to_string())).collect();
    let links: Vec<String> = case.links.iter().map(|case| format!("HV-{case}")).collect();
    let watching: Vec<String> = case.watching.iter().map(|id| category(directory, *id)).collect();
    for (what, all) in [
        ("with", with.join(", ")),
        ("followed by", people(&case.watchers)),
        ("watched in", watching.join(", ")),
        ("perhaps like", links.join(", ")),
    ] {
        if !all.is_empty() {
            facts.push(format!("{what} {all}"));
        }
    }
    if case.channel == Channel::Phone {
        facts.push("by telephone".to_owned());
    }
    if case.minutes > 0 {
        facts.push(format!("{} minutes spent", case.minutes));
    }
    for held in &case.held {
        facts.push(format!("{}'s mail waits ({})", user(directory, held.user), held_back(held.why)));
    }
    format!("\"{}\" is {}", case.title, facts.join(", "))
}

fn held_back(why: HeldBack) -> &'static str {
    why.as_str()
}

/// An entry of the journal; none where it only keeps who was told.
pub fn entry(case: &Case, entry: &Entry, directory: &Directory) -> Option<String> {
    let events: Vec<String> = entry.events.iter().filter_map(|event| happened(event, directory)).collect();
    if events.is_empty() {
        return None;
    }
    let by = match &entry.by {
        Actor::Outside(address) => name(&address.to_string()),
        Actor::User(id) => user(directory, *id),
        Actor::System => "henvend".to_owned(),
        Actor::Operator(who) => who.clone(),
    };
    let sign = entry.placed.as_ref().map_or_else(String::new, |placed| {
        let rejected = placed.candidates.iter().filter(|candidate| !candidate.accepted).map(|candidate| {
            let only = candidate.signal == Signal::None;
            let sign = if only { "looks alone".to_owned() } else { candidate.signal.as_str().to_owned() };
            format!(", not {sign} (HV-{})", candidate.case)
        });
        format!(" (by {}{})", placed.decided_by.as_str(), rejected.collect::<String>())
    });
    Some(format!("HV-{}/{} {by}{sign}: {}", case.id, entry.no, events.join(", ")))
}

/// An event in words; what it changed is seen where the case stands.
fn happened(event: &CaseEvent, directory: &Directory) -> Option<String> {
    use CaseEvent as E;
    Some(match event {
        E::UsersTold { .. } => return None,
        E::CaseOpened { .. } => "opened".to_owned(),
        E::MailReceived { mail } => format!("mail received{}", marks(mail)),
        E::MailHeld { reason, .. } => format!("mail held ({})", reason.as_str()),
        E::WorkHeld { held } => format!("it waits ({})", held_back(held.why)),
        E::AcknowledgementWithheld { reason } => format!("no acknowledgement ({})", reason.as_str()),
        E::StatusChanged { to, .. } => format!("now {}", to.as_str()),
        E::CaseAssigned { owner } => {
            owner.map_or_else(|| "nobody's".to_owned(), |id| format!("{}'s", user(directory, id)))
        }
        E::CaseLinked { case } => format!("linked to HV-{case}"),
        E::CaseMerged { into } => format!("merged into HV-{into}"),
        E::CaseAbsorbed { case } => format!("HV-{case} became part of it"),
        E::CaseReleased { case } => format!("HV-{case} is on its own again"),
        E::MailMoved { entry, to } => format!("mail {entry} moved to HV-{to}"),
        E::MailTaken { from, entry, .. } => format!("mail {entry} taken from HV-{from}"),
        E::HeldReleased { entry } => format!("{entry} released"),
        E::HeldDropped { entry } => format!("{entry} dropped"),
        E::HeldReturned { entry } => format!("{entry} returned to its writer"),
        E::ReportReceived { about, state, .. } => format!("report about {about}: {state:?}").to_lowercase(),
        E::DeliveryFailed { recipient, .. } => format!("not delivered to {}", name(recipient)),
        E::LetterStopped { what, .. } => format!("letter stopped ({what})"),
        E::CallMade { number } => format!("call to {}", number.as_deref().unwrap_or("the contact")),
        E::CategoryWatches { category: id } => format!("{} watches", category(directory, *id)),
        E::TokensRevoked { user: id, .. } => format!("{}'s answer addresses revoked", user(directory, *id)),
        E::ResultsIgnored { reasons } => {
            let reasons: Vec<String> = reasons.iter().map(plain).collect();
            format!("results of checks not believed ({})", reasons.join(", "))
        }
        other => plain(other),
    })
}

/// What is unusual about a mail.
fn marks(mail: &MailEntry) -> String {
    let kind = (mail.kind != Kind::Person).then(|| mail.kind.as_str());
    let marks = [
        kind,
        mail.unproven.then_some("unproven"),
        mail.outsider.then_some("outsider"),
        mail.unread.then_some("unread"),
    ];
    let marks: Vec<&str> = marks.into_iter().flatten().collect();
    if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) }
}

/// `AnswerWritten { … }` → `answer written`.
fn plain(event: &impl std::fmt::Debug) -> String {
    let debug = format!("{event:?}");
    let name = debug.split([' ', '{']).next().unwrap_or_default();
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
