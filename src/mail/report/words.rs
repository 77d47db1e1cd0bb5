//! Reports of systems older than the standard, or beside it: told by their sender, their words, and the copy of the
//! mail below. Two independent signs are needed, so that nobody's own mail about a bounce is taken for one.

use crate::address::Address;
use crate::mail::machine::{has_null_path, is_answer, is_daemon, is_mailer_daemon, is_nobody};
use crate::mail::{Mail, ReportRecipient, ReportState};

use super::{Parts, RECIPIENTS_MAX, copy, listed, marks, status};

/// Octets of text that are looked at.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Octets of it when nothing says yet that a system wrote it.
const BEGINNING_BYTES_MAX: usize = 2000;

/// What the words say.
pub(super) struct Found<'a> {
    /// What became of the mail.
    pub state: ReportState,
    /// Whom it did not reach.
    pub recipients: Vec<ReportRecipient>,
    /// It is one only if it comes from the null sender, which this header does not tell.
    pub if_null: bool,
    /// The system's own words.
    pub said: &'a str,
    /// The copy of the returned mail, when it stands in the text.
    pub copy: Option<&'a str>,
}

/// Reads the words; `None` when they are not those of a mail system.
pub(super) fn read<'a>(parts: &'a Parts<'_>) -> Option<Found<'a>> {
    let mail = parts.mail;
    let subject = mail.subject.to_lowercase();
    let sender = Sender::of(parts);
    // Most mails are neither, and their words need not be searched.
    if sender == Sender::Anybody && !is_nobody(mail) && !speaks_of_delivery(&subject) {
        return None;
    }
    let text = cut(&mail.text, TEXT_BYTES_MAX);
    let (said, copy) = copy::split(text);
    // Nobody's own words are searched to their end.
    let beginning = if sender == Sender::Anybody { cut(said, BEGINNING_BYTES_MAX) } else { said };
    let words = Words { parts, subject: &subject, said, lower: beginning.to_lowercase(), copy };
    if !words.are_of_a_report(sender) {
        return None;
    }
    let if_null = sender == Sender::Anybody && !words.are_of_a_gateway();
    // The part for machines may have lost its boundaries on the way.
    let fields = find_ignoring_case(text, "final-recipient:").and_then(|at| text.get(at..));
    if let Some(fields) = fields.filter(|_| !if_null)
        && let Some(found) = status::read(fields)
    {
        let copy = copy.or(Some(fields));
        return Some(Found { state: found.state, recipients: found.recipients, if_null, said, copy });
    }
    let state = words.state();
    let mut recipients = failed_recipients_field(mail, said, state);
    if recipients.is_empty() {
        recipients = listed::recipients(said, mail, state);
    }
    Some(Found { state, recipients, if_null, said, copy })
}

fn speaks_of_delivery(subject: &str) -> bool {
    marks::SUBJECTS.iter().any(|words| subject.starts_with(words))
        || marks::SUBJECT_PARTS.iter().any(|words| subject.contains(words))
}

/// Are these the subject and the words of a report?
pub(super) fn say_so(subject: &str, text: &str) -> bool {
    let subject = subject.to_lowercase();
    marks::SUBJECTS.iter().any(|words| subject.starts_with(words)) && {
        let lower = cut(text, TEXT_BYTES_MAX).to_lowercase();
        marks::REFUSALS.iter().any(|words| lower.contains(words))
    }
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Who speaks, before a word of the text is read. A person's mail about a bounce has its words, perhaps its subject,
/// but neither its sender nor its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// The form or a field says that it is a report, or a name under which nothing else is written.
    Certain,
    /// A mail system's name: the subject or the words must say so too.
    System,
    /// The null sender, under a name that may be a person's: the subject or plain words must say so.
    Null,
    /// No sign at all.
    Anybody,
    /// An automatic answer.
    Answer,
}

impl Sender {
    fn of(parts: &Parts<'_>) -> Self {
        let mail = parts.mail;
        let daemon = is_daemon(mail);
        if is_answer(mail) && !daemon && !parts.is_report {
            return Self::Answer;
        }
        let has = |names: &[&str]| names.iter().any(|name| mail.field(name).is_some());
        if parts.is_report || is_mailer_daemon(mail) || has(&["x-failed-recipients", "x-ms-exchange-message-is-ndr"]) {
            return Self::Certain;
        }
        match (daemon || has(&["x-ms-embedded-report", "x-dsncontext"]), has_null_path(mail)) {
            (true, _) => Self::System,
            (false, true) => Self::Null,
            (false, false) => Self::Anybody,
        }
    }
}

struct Words<'a> {
    parts: &'a Parts<'a>,
    subject: &'a str,
    said: &'a str,
    lower: String,
    copy: Option<&'a str>,
}

impl Words<'_> {
    fn are_of_a_report(&self, sender: Sender) -> bool {
        let subject = || marks::SUBJECTS.iter().any(|words| self.subject.starts_with(words));
        match sender {
            Sender::Certain => true,
            Sender::System => {
                let says = || [marks::REFUSALS, marks::WEAK, marks::ARRIVED].iter().any(|list| self.says(list));
                !self.is_by_hand() && (subject() || says())
            }
            Sender::Null => subject() || self.says(marks::REFUSALS),
            // A mail of which the null sender is not known yet, or a gateway's.
            Sender::Anybody => {
                let nobody_in_particular = self.parts.mail.in_reply_to.is_empty();
                self.are_of_a_gateway() || nobody_in_particular && (subject() || self.says(marks::REFUSALS))
            }
            Sender::Answer => false,
        }
    }

    /// A gateway under a name of its own: a subject about a delivery, a first sentence that says that it failed, and
    /// the mail itself or an address below; nothing in the first person, as a writer's own complaint would have.
    fn are_of_a_gateway(&self) -> bool {
        let mail = self.parts.mail;
        let nameless = mail.from.iter().all(|from| from.name.is_none()) && mail.in_reply_to.is_empty();
        let returned = self.copy.is_some() || self.parts.returned.is_some();
        if is_nobody(mail) {
            return returned && self.says(marks::REFUSALS);
        }
        let about_delivery = marks::SUBJECT_PARTS.iter().any(|words| self.subject.contains(words));
        let own_words = !self.is_forwarded() && !self.is_personal();
        nameless && about_delivery && own_words && self.begins_with_a_refusal() && (returned || self.lists())
    }

    /// Somebody passes a report on, or asks about one.
    fn is_forwarded(&self) -> bool {
        let prefix = self.subject.split(':').next().unwrap_or_default();
        let forwards = marks::FORWARDS.contains(&prefix);
        forwards || self.said.contains('?') || self.said.lines().any(|line| line.starts_with('>'))
    }

    /// A postmaster is a person at times: one who answers and quotes.
    fn is_by_hand(&self) -> bool {
        !self.parts.mail.in_reply_to.is_empty() && self.said.lines().any(|line| line.starts_with('>'))
    }

    fn begins_with_a_refusal(&self) -> bool {
        const LINES_MAX: usize = 4;
        let beginning: Vec<&str> = self.lower.lines().filter(|line| !line.trim().is_empty()).take(LINES_MAX).collect();
        let beginning = beginning.join(" ");
        marks::REFUSALS.iter().any(|words| beginning.contains(words))
    }

    fn is_personal(&self) -> bool {
        self.lower.split(|c: char| !c.is_alphanumeric()).any(|word| marks::FIRST_PERSON.contains(&word))
    }

    /// Does an address stand alone on a line?
    fn lists(&self) -> bool {
        let alone = |line: &str| {
            let bare = line.trim().rsplit(' ').next().unwrap_or_default();
            line.trim().len() <= 2 * bare.len() + 1 && Address::parse(bare.trim_matches(['<', '>', '"'])).is_some()
        };
        self.said.lines().any(alone)
    }

    fn says(&self, list: &[&str]) -> bool {
        list.iter().any(|words| self.lower.contains(words) || self.subject.contains(words))
    }

    fn state(&self) -> ReportState {
        if self.says(marks::ARRIVED) && !self.says(marks::REFUSALS) {
            return ReportState::Relayed;
        }
        let delayed = self.says(marks::DELAYED) && !self.says(marks::OVER) || self.says(marks::RETRIED);
        if delayed && !self.says(marks::GIVEN_UP) { ReportState::Delayed } else { ReportState::Failed }
    }
}

/// Exim names them in a field; the text says why.
fn failed_recipients_field(mail: &Mail, said: &str, state: ReportState) -> Vec<ReportRecipient> {
    let value = mail.field("x-failed-recipients").unwrap_or_default();
    let addresses = value.split([',', ' ']).filter_map(|word| Address::parse(word.trim_matches(['<', '>'])));
    let mut recipients: Vec<ReportRecipient> =
        addresses.take(RECIPIENTS_MAX).map(|a| ReportRecipient { address: a.to_string(), status: None }).collect();
    if recipients.is_empty() {
        return recipients;
    }
    let told = listed::recipients(said, mail, state);
    let by_address: std::collections::HashMap<String, &ReportRecipient> =
        told.iter().map(|one| (one.address.to_lowercase(), one)).collect();
    for recipient in &mut recipients {
        let one = by_address.get(&recipient.address.to_lowercase()).copied().or(told.first());
        recipient.status = one.and_then(|one| one.status.clone()).or_else(|| super::code::unsaid(state));
    }
    recipients
}
