//! Mail that is shown as a person's and may be a machine's after all. Shown wrongly it is a nuisance; answered
//! automatically it may be a loop. So it is not.

use super::{Beginning, marks};
use crate::mail::report::says_delivery_failed;
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::{Kind, Mail};

/// Fields of other ticket systems. A person's answer through one has them as well as its own receipts.
#[rustfmt::skip]
const TICKET_FIELDS: &[&str] = &[
    "x-rt-loop-prevention", "rt-ticket", "x-rt-originator", "x-otrs-loop", "x-znuny-loop", "x-zendesk-email-id",
    "x-zendesk-priority-mail", "x-freshdesk-domain", "x-fd-ticket-id", "x-jira-fingerprint", "x-atlassian-mail-message-id",
    "x-helpscout-conversation-id", "x-osticket-vers", "x-redmine-site", "x-gitlab-project", "x-github-reason", "x-loop",
    "x-servicenow-generated", "x-ninja-ticket", "x-kayako-ticket", "x-glpi-itemtype", "x-zammad-ticket-id", "x-efecte-ticket",
    "x-topdesk-message", "x-ticketid", "x-spiceworks-ticket", "x-hubspot-ticket-id",
];

/// What they call themselves in `X-Mailer`, `User-Agent` or `X-Powered-By`, lower-case.
#[rustfmt::skip]
const TICKET_MAILERS: &[&str] = &[
    "otrs", "znuny", "zendesk", "request tracker", "freshdesk", "jira", "osticket", "redmine", "servicenow", "zammad",
    "kayako", "helpscout", "help scout", "topdesk", "efecte", "glpi", "spiceworks", "mantis",
];

/// Why this mail may be a machine's; `None` when nothing says so.
pub(super) fn doubt(mail: &Mail) -> Option<String> {
    if let Some(field) = TICKET_FIELDS.iter().find(|name| mail.field(name).is_some()) {
        return Some(format!("unclear: {field}"));
    }
    let mailer = ["x-mailer", "user-agent", "x-powered-by"].iter().find_map(|name| {
        let value = mail.field(name)?.to_lowercase();
        TICKET_MAILERS.iter().find(|words| value.contains(**words))
    });
    if let Some(mailer) = mailer {
        return Some(format!("unclear: sent by {mailer}"));
    }
    let base = base_subject(&mail.subject, ListTags::Dropped);
    if marks::subject_says(&mail.subject).is_some() || marks::subject_says(&base).is_some() {
        return Some("unclear: subject of an automatic answer".to_owned());
    }
    if says_delivery_failed(&base, &mail.text) {
        return Some("unclear: subject and words of a delivery report".to_owned());
    }
    if is_away_notice(mail) {
        return Some("unclear: words of an absent writer".to_owned());
    }
    // RFC 6047 §2.4: rooms and cars accept invitations by themselves.
    (mail.answers_invitation() || says_reply(mail)).then(|| "unclear: an answer to an invitation".to_owned())
}

fn says_reply(mail: &Mail) -> bool {
    let method = mail.field("content-type").unwrap_or_default().to_ascii_lowercase();
    mail.kind == Kind::Calendar && method.contains("method=") && method.contains("reply")
}

/// A short mail that begins with an absence and asks nothing.
fn is_away_notice(mail: &Mail) -> bool {
    const BYTES_MAX: usize = 600;
    if mail.new_text.len() > BYTES_MAX || mail.new_text.contains('?') {
        return false;
    }
    Beginning::of(mail).says(marks::AWAY_BEGINNINGS).is_some()
}
