//! A house in which a script is played.

use std::collections::BTreeMap;
use std::sync::Arc;

use henvend::address::{Domain, ReversePath};
use henvend::case::trigger::Handover;
use henvend::directory::personal::Quiet;
use henvend::envelope::Listener;
use henvend::id::{CaseId, KeyId};
use henvend::ports::{Clock, SendFailure};
use henvend::token::{Grant, Key, KeyRing};

use super::script::{Act, Door, Script, Step, Which, duration};
use super::shown::{self, Shown};
use super::written;
use crate::kit::house::{DIRECTORY, House, Mood, Sent, Setting};
use crate::kit::memory::MemoryStore;

/// Who is known by name; users also by the directory of the house.
const PEOPLE: [(&str, &str); 9] = [
    ("Kåre", "Kåre Kunde <kunde@post.example>"),
    ("Bente", "Bente Berg <bente@post.example>"),
    ("Sigrid", "Sigrid Sjef <sjef@firma.example>"),
    ("Frank", "Frank Fremmed <frank@evil.example>"),
    ("Ola", "Ola Nordmann <ola@uni.example>"),
    ("Kari", "Kari Bråten <kari@uni.example>"),
    ("Åse", "Åse Ødegård <åse@bla.example>"),
    ("Drift", "Drift <drift@site.example>"),
    ("Maskin", "MAILER-DAEMON@mx.example"),
];

/// A mail as it was handed in.
#[derive(Clone)]
pub struct HandedIn {
    pub who: String,
    pub door: Door,
    pub sender: String,
    pub to: Vec<String>,
    pub raw: String,
}

pub struct Stage {
    pub house: House,
    pub handed_in: Vec<HandedIn>,
    /// All mails that left, in order.
    pub got: Vec<Sent>,
    pub shown: Shown,
    directory: String,
    /// How each case stood, and how long its journal was.
    known: BTreeMap<u64, (String, usize)>,
}

/// The address alone.
pub fn bare(mailbox: &str) -> &str {
    mailbox.rsplit_once('<').map_or(mailbox, |(_, rest)| rest.trim_end_matches('>'))
}

pub fn mailbox(who: &str) -> Result<&'static str, String> {
    let known = PEOPLE.iter().find(|(name, _)| *name == who);
    known.map(|(_, mailbox)| *mailbox).ok_or_else(|| format!("nobody is called {who}"))
}

/// The name that a script has for this address, or the address.
pub fn name(address: &str) -> String {
    let known = PEOPLE.iter().find(|(_, mailbox)| bare(mailbox) == address);
    known.map_or_else(|| address.to_owned(), |(name, _)| (*name).to_owned())
}

impl Stage {
    /// A house with the settings at the top of a script.
    pub async fn open(script: &Script) -> Result<Self, String> {
        let mut setting = Setting::default();
        let mut over = false;
        for step in &script.steps {
            let Act::Setting { name, value } = &step.act else {
                over = true;
                continue;
            };
            let at = |wrong: &str| format!("{}:{}: {wrong}", script.file, step.line);
            if over {
                return Err(at("how the house is stands at the top"));
            }
            set(&mut setting, name, value).ok_or_else(|| at("there is no such setting"))?;
        }
        let house =
            House::open_as(Arc::new(MemoryStore::default()), setting).await.map_err(|error| error.to_string())?;
        let directory = DIRECTORY.to_owned();
        Ok(Self {
            house,
            handed_in: Vec::new(),
            got: Vec::new(),
            shown: Shown::default(),
            directory,
            known: BTreeMap::new(),
        })
    }

    /// What comes out of a step.
    pub async fn play(&mut self, step: &Step) -> Result<Vec<String>, String> {
        let mut out = Vec::new();
        match &step.act {
            Act::Given(_) | Act::Setting { .. } => return Ok(out),
            Act::Writes { who, door, to } => {
                let mail = written::new(self, who, to, &step.block)?;
                out.extend(self.hand_in(HandedIn { door: *door, ..mail }).await?);
            }
            Act::Answers { who, door, which, quoting } => {
                let mail = written::answer(self, who, which, *quoting, &step.block)?;
                out.extend(self.hand_in(HandedIn { door: *door, ..mail }).await?);
            }
            Act::Again { who, to } => {
                let last = self.handed_in.iter().rfind(|mail| &mail.who == who).cloned();
                let mut mail = last.ok_or_else(|| format!("{who} has written nothing"))?;
                if !to.is_empty() {
                    mail.to = written::recipients(self, to)?;
                }
                out.extend(self.hand_in(mail).await?);
            }
            Act::Report { who, status } => {
                let mail = written::report(self, who, status)?;
                out.extend(self.hand_in(mail).await?);
            }
            Act::Later(time) => self.house.clock.pass(*time),
            Act::At(time) => {
                time.parse::<jiff::Timestamp>().map_err(|error| error.to_string())?;
                self.house.clock.set(time);
            }
            Act::Smarthost { reply } => {
                self.house.smarthost.next(mood(reply).ok_or("a reply begins with a number")?);
                return Ok(out);
            }
            Act::KeysRotated => self.rotate(),
            Act::Category { path, line } => self.change(&format!("path = \"{path}\""), line).await?,
            Act::User { name, line } => {
                let mailbox = mailbox(name)?;
                let known = format!("name = \"{}\"", mailbox.rsplit_once(" <").map_or(name.as_str(), |(name, _)| name));
                self.change(&known, line).await?;
            }
        }
        let sent = self.leaves().await;
        let policy = self.house.world.policy();
        out.extend(self.shown.mails(&sent, &policy, self.house.clock.now()));
        self.got.extend(sent);
        out.extend(self.cases().await);
        Ok(out)
    }

    /// What it became, for each recipient of ours.
    async fn hand_in(&mut self, mail: HandedIn) -> Result<Vec<String>, String> {
        let to: Vec<&str> = mail.to.iter().map(String::as_str).collect();
        if to.is_empty() {
            return Err("the mail goes to nobody here".to_owned());
        }
        let listener = match mail.door {
            Door::Front => Listener::Lmtp,
            Door::Submission => Listener::Submission,
            Door::Smtp => Listener::Smtp,
        };
        let receipt = self.house.receive_by(listener, &mail.sender, &to, &mail.raw).await;
        let receipt = receipt.map_err(|error| error.to_string())?;
        let became = receipt.outcomes.iter().map(|outcome| format!("{} HV-{}", outcome.became.as_str(), outcome.case));
        let mut became: Vec<String> = became.collect();
        if became.len() > 1 {
            let each = became.iter().zip(&mail.to);
            became = each.map(|(became, to)| format!("{became} ({})", shown::quiet(to))).collect();
        }
        self.handed_in.push(mail);
        Ok(became)
    }

    /// Everything that has to leave or to be acted on now.
    async fn leaves(&self) -> Vec<Sent> {
        let mut sent = self.house.send().await;
        self.house.sweep().await;
        sent.extend(self.house.send().await);
        sent
    }

    /// The cases that stand otherwise than before, and what is new in their journals.
    async fn cases(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        let directory = self.house.world.store.directory();
        for number in 1.. {
            let Some(case) = self.house.world.store.case(CaseId::new(number)).await.unwrap_or_default() else { break };
            let stands = shown::case(&case, &directory);
            let journal = self.house.journal(number).await;
            let (before, entries) = self.known.get(&number).cloned().unwrap_or_default();
            if before != stands {
                out.push(format!("HV-{number} {stands}"));
            }
            let new = journal.iter().skip(entries).map(|entry| shown::entry(&case, entry, &directory));
            out.extend(new.flatten());
            self.known.insert(number, (stands, journal.len()));
        }
        out
    }

    /// The last mail that this person got; of this event, on this case.
    pub fn got_by(&self, who: &str, which: &Which) -> Result<&Sent, String> {
        let address = bare(mailbox(who)?);
        let (policy, now) = (self.house.world.policy(), self.house.clock.now());
        let asks =
            |sent: &Sent| shown::grant(sent, &policy, now).is_some_and(|grant| matches!(grant, Grant::Confirm(_)));
        let fits = |sent: &&Sent| {
            let (event, case) = (shown::event(sent), shown::case_of(sent));
            sent.to.iter().any(|to| to == address)
                && which.event.as_ref().is_none_or(|wanted| *wanted == event || wanted == "confirm" && asks(sent))
                && which.case.as_ref().is_none_or(|wanted| Some(wanted) == case.as_ref())
        };
        let found = self.got.iter().rfind(fits);
        found.ok_or_else(|| format!("{who} has got no such mail: {:?} {:?}", which.event, which.case))
    }

    /// The address of a shared mailbox that is called so: `orakel@`.
    pub fn shared(&self, local: &str) -> Result<String, String> {
        if local == "henvend@" || local == "postmaster@" {
            return Ok(format!("{local}svar.example"));
        }
        let quoted = self.directory.split('"');
        let found = quoted.into_iter().find(|text| text.starts_with(local) && !text.contains(' '));
        found.map(str::to_owned).ok_or_else(|| format!("there is no {local}"))
    }

    /// What `token rotate` and a reload do: another key signs, the first goes on verifying.
    fn rotate(&self) {
        let mut policy = (*self.house.world.policy()).clone();
        let keys = vec![Key::new(KeyId::new(1), [42; 32]), Key::new(KeyId::new(2), [43; 32])];
        policy.ours.keys = Arc::new(KeyRing::new(keys).expect("two keys of two numbers"));
        self.house.world.set_policy(policy);
    }

    /// Puts a line below the one that names a category or a user; settings of categories into their table.
    async fn change(&mut self, below: &str, line: &str) -> Result<(), String> {
        let key = line.split(' ').next().unwrap_or_default();
        let is_setting = ["tag", "answer_name", "acknowledge", "signature", "tag_from_same_domain"].contains(&key);
        let at = self.directory.find(below).ok_or_else(|| format!("the directory has no {below}"))?;
        let end = self.directory[at..].find("\n\n").map_or(self.directory.len(), |end| at + end);
        let table = "[customer.category.settings]";
        let mut part: Vec<String> = self.directory[at..end].lines().map(str::to_owned).collect();
        let mut rest = self.directory[end..].to_owned();
        if is_setting && rest.trim_start().starts_with(table) {
            let mut lines: Vec<&str> = rest.trim_start().lines().collect();
            let over = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
            let others = |at: usize, written: &str| at >= over || !written.starts_with(&format!("{key} "));
            lines =
                lines.iter().enumerate().filter(|(at, written)| others(*at, written)).map(|(_, line)| *line).collect();
            lines.insert(1, line);
            rest = format!("\n\n{}\n", lines.join("\n"));
        } else if is_setting {
            rest = format!("\n\n{table}\n{line}{rest}");
        } else {
            part.retain(|written| !written.starts_with(&format!("{key} ")));
            part.insert(1, line.to_owned());
        }
        self.directory = format!("{}{}{rest}", &self.directory[..at], part.join("\n"));
        self.house.apply_pruned(&self.directory).await;
        Ok(())
    }
}

fn set(setting: &mut Setting, name: &str, value: &str) -> Option<()> {
    match name {
        "undo" => setting.undo = duration(value)?,
        "quiet hours" => setting.telling.quiet = Some(Quiet::parse(value)?),
        "trust" => match value.split_once(' ')? {
            (server, "checks senders") => setting.trust.authserv_ids.push(server.to_owned()),
            (domain, "binds its senders") => setting.trust.binding_domains.push(Domain::parse(domain)?),
            ("a", "login proves a person") => setting.trust.submission = true,
            _ => return None,
        },
        _ => return Shown::default().set(name, value),
    }
    Some(())
}

/// `451 later`, `550 5.1.1 no such user`.
fn mood(reply: &str) -> Option<Mood> {
    let detail = reply.to_owned();
    match reply.chars().next()? {
        '4' => Some(Mood::Fail(SendFailure::Temporary(detail))),
        '5' => {
            let status = reply.split(' ').nth(1).map(str::to_owned);
            Some(Mood::Say(vec![Handover::Permanent { status, detail }]))
        }
        _ => None,
    }
}

/// Where a report about this mail goes.
pub fn back(sent: &Sent) -> Result<String, String> {
    match &sent.reverse_path {
        ReversePath::Mailbox(address) => Ok(address.to_string()),
        ReversePath::Null => Err("nobody hears what becomes of that mail".to_owned()),
    }
}

/// The time, as a Date field has it.
pub fn date(stage: &Stage) -> String {
    let zoned = stage.house.clock.now().to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&zoned).unwrap_or_default()
}
