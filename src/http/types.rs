//! Requests and answers of the API, as JSON. Names are as written here; times are RFC 3339 in UTC; `null` means unknown
//! or nobody. A field may be added at any time, so readers pass over those that they do not know.

use serde::{Deserialize, Serialize};

pub mod doctor;

/// `application/problem+json` (RFC 9457): the body of every answer that is not 2xx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `about:blank`: the status says it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong here.
    pub detail: String,
}

/// A person: a user, or somebody outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Number of a user; `null` for outside people.
    pub user: Option<u32>,
    /// Name, when known.
    pub name: Option<String>,
    /// Mail address, when there is one.
    pub address: Option<String>,
}

/// A case in a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLine {
    /// `HV-1042`
    pub reference: String,
    /// Subject without tags.
    pub title: String,
    /// `new`, `open`, `waiting`, `resolved`, `closed`, `spam`, `merged`
    pub status: String,
    /// The case that it was merged into.
    pub merged_into: Option<String>,
    /// `low`, `normal`, `high`, `urgent`
    pub priority: String,
    /// `customer/path` of its category.
    pub category: String,
    /// Who has it.
    pub owner: Option<Person>,
    /// Whom it is for.
    pub contact: Option<Person>,
    /// When it was opened.
    pub opened: String,
    /// When anything last happened.
    pub changed: String,
    /// Until when it waits, if until a date.
    pub waits_until: Option<String>,
}

/// `GET /v1/cases?status=new,open&category=customer/path&search=words&before=HV-9&max=50`: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// Cases.
    pub cases: Vec<CaseLine>,
    /// `before` of the next page; `null` at the end.
    pub next: Option<String>,
}

/// `GET /v1/cases/HV-1042?from=1`: the case and a page of its journal, oldest entry first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseView {
    /// The case.
    #[serde(flatten)]
    pub case: CaseLine,
    /// All outside people on it.
    pub participants: Vec<Person>,
    /// Users told about it besides the owner.
    pub watchers: Vec<Person>,
    /// `customer/path` of categories that watch it.
    pub watching: Vec<String>,
    /// References of cases that may be about the same.
    pub links: Vec<String>,
    /// Its journal.
    pub journal: Vec<EntryView>,
    /// `from` of the journal's next page; `null` at the end.
    pub next: Option<u32>,
}

/// One entry of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    /// Its number.
    pub no: u32,
    /// When.
    pub at: String,
    /// Who: a name or an address, `henvend`, or `cli:…`.
    pub by: String,
    /// Why the mail was placed here.
    pub placed: Option<PlacedView>,
    /// What happened, in order.
    pub events: Vec<EventView>,
    /// Names of the users who get a mail about it.
    pub told: Vec<String>,
    /// The mail, when it is about one.
    pub mail: Option<MailView>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// `case_opened`, `mail_received`, `status_changed` …
    pub event: String,
    /// The rest, in words; may be empty.
    pub detail: String,
}

/// Why a mail was placed where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedView {
    /// The signal that won: `reply_token`, `signed_id`, `known_id`, `thread_index`, `subject_tag`, `body_tag`, `none`.
    pub decided_by: String,
    /// All that were tried, in order.
    pub candidates: Vec<CandidateView>,
}

/// A case that a mail named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateView {
    /// Reference.
    pub case: String,
    /// By what.
    pub signal: String,
    /// Did it pass?
    pub accepted: bool,
    /// Why.
    pub reason: String,
}

/// A mail on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Hash of its bytes.
    pub id: String,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// Its one From, as written.
    pub from: Option<Person>,
    /// Decoded subject.
    pub subject: String,
    /// `person`, `auto_reply`, `bounce` …
    pub kind: String,
    /// Size.
    pub bytes: u64,
    /// How many attachments.
    pub attachments: u16,
    /// Placed by its tag alone; nothing proves its sender.
    pub unproven: bool,
    /// Its writer is not part of the case.
    pub outsider: bool,
    /// The writer's own words.
    pub new_text: Option<String>,
    /// Everything readable, quoted history included.
    pub text: Option<String>,
    /// Why there is no text, when there is none.
    pub unread: Option<String>,
}

/// `GET /v1/queue?after=1042.3.0&max=100`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    /// Letters, by case, entry and copy.
    pub letters: Vec<LetterView>,
    /// `after` of the next page; `null` at the end.
    pub next: Option<String>,
}

/// A letter that is still to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterView {
    /// `1042.3.0`: case, entry, copy.
    pub id: String,
    /// Reference of its case.
    pub case: String,
    /// `answer`, `acknowledgement`, `notification`, `receipt`
    pub kind: String,
    /// `customer/path` of the category that it is sent from.
    pub category: String,
    /// Addresses of those who have still to get it.
    pub to: Vec<String>,
    /// `queued`, `sending`, `stopped`
    pub state: String,
    /// When it was decided.
    pub created: String,
    /// When it is tried next.
    pub next_try: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// `POST /v1/queue/1042.3.0/retry`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// The letter that is tried now.
    pub letter: String,
}

/// `POST /v1/users/ola@uni.no/resume`: mail to them is no longer paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Where mail to the user goes.
    pub user: String,
}

/// `GET /v1/directory`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryExport {
    /// How many events made it.
    pub version: u64,
    /// The file that would make it.
    pub toml: String,
}

/// `GET /v1/directory/history?from=1&max=100`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// Events, oldest first.
    pub events: Vec<HistoryEvent>,
    /// `from` of the next page; `null` at the end.
    pub next: Option<u64>,
}

/// One event of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// Its number, which is the version that it made.
    pub version: u64,
    /// When.
    pub at: String,
    /// Who asked for it.
    pub by: String,
    /// What, as stored.
    pub event: serde_json::Value,
}

/// `POST /v1/directory/apply`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// The file.
    pub toml: String,
    /// Deactivate what the file does not name?
    #[serde(default)]
    pub prune: bool,
    /// Only tell what would change?
    #[serde(default)]
    pub dry_run: bool,
    /// Apply only if the directory still has this version: the one whose difference somebody has seen.
    #[serde(default)]
    pub version: Option<u64>,
}

/// What `apply` changed, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The difference, a line each: `+` comes, `-` goes, `~` changes.
    pub lines: Vec<String>,
    /// Is it done?
    pub applied: bool,
    /// The directory's version now.
    pub version: u64,
}

/// `POST /v1/deliver?from=a@x&to=b@y&to=c@y` with the raw mail as body; `from` empty or absent: the null sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// One for each `to`, in order.
    pub outcomes: Vec<OutcomeView>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeView {
    /// The recipient.
    pub to: String,
    /// Reference of the case.
    pub case: String,
    /// `new`, `added`, `reopened`, `linked`, `duplicate`, `held`, `quarantined`
    pub became: String,
}

/// `GET /v1/status`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Of the daemon.
    pub version: String,
    /// Can it take mail?
    pub ready: bool,
    /// What that depends on.
    pub checks: Vec<Check>,
    /// Of the directory.
    pub directory_version: u64,
    /// Active customers, the site aside.
    pub customers: usize,
    /// Active categories of active customers.
    pub categories: usize,
    /// Users who are active somewhere.
    pub users: usize,
    /// Where mail to those of them goes to whom it is paused because too much came back; the first 20.
    pub paused: Vec<String>,
    /// How many there are.
    pub users_paused: usize,
    /// Active categories that take mail, and of which nobody is told; the first 20.
    pub unattended: Vec<String>,
    /// Letters waiting, counted up to 1000; `null` while the store cannot be read.
    pub letters_waiting: Option<usize>,
    /// Of these, how many were stopped by the last look.
    pub letters_stopped: Option<usize>,
}

/// One thing that readiness depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `started`, `draining`, `store`, `operator`
    pub name: String,
    /// Is it as it must be?
    pub ok: bool,
    /// What is wrong; empty when nothing is.
    pub detail: String,
}

/// `GET /v1/verify?after=HV-9&max=100`: what contradicts itself, in the cases behind that one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyPage {
    /// Cases that were looked at.
    pub cases: u64,
    /// Mails that were read.
    pub mails: u64,
    /// What is wrong.
    pub problems: Vec<Contradiction>,
    /// `after` of the next page; `null` at the end.
    pub next: Option<String>,
}

/// Something that should not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// `HV-1042`
    pub case: String,
    /// Of its journal; `null` for the case itself.
    pub entry: Option<u32>,
    /// What is wrong.
    pub what: String,
}

/// `POST /v1/search/rebuild`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilding {
    /// It has begun.
    pub rebuilding: bool,
}
