//! Senders that are machines by their names.

use crate::mail::{Kind, Mail};

/// Local parts under which mail systems report, letters and digits only.
#[rustfmt::skip]
const DAEMONS: &[&str] = &[
    "mailerdaemon", "maildaemon", "postmaster", "mdaemon", "mailer", "mmdf", "uucp", "bounce", "bounces",
    "postmasterdaemon", "systemadministrator", "nondelivery", "maildelivery", "mailsystem", "smtpdaemon",
    "mailadm", "smtpgateway", "doublebounce", "mailerror", "maildeliverysystem", "maildeliverysubsystem",
];
/// Display names under which they do, lower-case.
#[rustfmt::skip]
const DAEMON_NAMES: &[&str] = &[
    "mail delivery", "mailer-daemon", "mail administrator", "system administrator", "systemadministrator",
    "delivery subsystem", "mail system", "mail router", "postmaster", "delivery agent", "microsoft outlook",
    "mail deliver system", "delivery system", "courier mail server",
];

/// Does it come from a mail system itself?
pub(crate) fn is_daemon(mail: &Mail) -> bool {
    let Some(from) = mail.from.first() else {
        // Old systems write no domain, so that there is no address to read.
        let raw = mail.field("from").unwrap_or_default().to_lowercase();
        return DAEMON_NAMES.iter().any(|name| raw.contains(name));
    };
    let local = plain(from.address.local());
    let name = from.name.as_deref().unwrap_or_default().to_lowercase();
    DAEMONS.contains(&local.as_str())
        || local.starts_with("mailerdaemon")
        || local.starts_with("postmaster")
        || local.starts_with("microsoftexchange")
        || DAEMON_NAMES.iter().any(|words| name.contains(words))
}

/// Does it come from the name under which servers write nothing but reports? `postmaster` is a person at times.
pub(crate) fn is_mailer_daemon(mail: &Mail) -> bool {
    let daemon = |local: &str| local.starts_with("mailerdaemon") || local.starts_with("maildaemon");
    match mail.from.first() {
        Some(from) => daemon(&plain(from.address.local())),
        None => daemon(&plain(mail.field("from").unwrap_or_default())),
    }
}

/// A sender that is a machine by its name, and which kind.
pub(super) fn machine_name(mail: &Mail) -> Option<(Kind, &'static str)> {
    let from = mail.from.first()?;
    if plain(from.address.local()).starts_with("mailsystem") {
        return Some((Kind::Bulk, "a mail system"));
    }
    let name = from.name.as_deref().unwrap_or_default().to_lowercase();
    let vacation = ["vacation program", "autoresponder", "auto-reply", "autoreply", "autosvar", "out of office"]
        .iter()
        .any(|words| name.contains(words));
    vacation.then_some((Kind::AutoReply, "a vacation program"))
}

/// Ways to say that nobody reads answers, letters and digits only.
#[rustfmt::skip]
const NOBODY: &[&str] = &[
    "noreply", "donotreply", "nereply", "ikkesvar", "ikkesvarpaa", "svarikke", "ikkjesvar", "nichtantworten",
    "nepasrepondre", "noresponder", "doesnotreply", "noresponda", "nonrispondere", "naoresponda", "nieodpowiadaj",
    "eivastausta", "alavastaa", "svarainte", "nosvar", "ingensvar", "keineantwort", "unattended", "noanswer",
];

/// A sender that says itself that nobody reads answers, and names no other address for them.
pub(crate) fn is_nobody(mail: &Mail) -> bool {
    let nobody = |local: &str| {
        let local = plain(local);
        NOBODY.iter().any(|word| local.starts_with(word) || local.ends_with(word))
    };
    let Some(from) = mail.from.first() else { return false };
    nobody(from.address.local())
        && mail.reply_to.iter().all(|reply| reply.address == from.address || nobody(reply.address.local()))
}

fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}
