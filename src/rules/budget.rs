//! How many acknowledgements, to whom.

use crate::address::{Address, ReversePath};
use crate::case::event::AckWithheld;
use crate::case::trigger::MailArrived;
use crate::case::view::{CounterKey, View};
use crate::directory::model::{Category, Directory};
use crate::id::{CategoryId, UserId};
use crate::mail::Mail;
use crate::mail::machine::suppresses_answers;
use crate::thread::{Ours, Way, hidden_token, route};
use crate::time::Timestamp;
use crate::token::Grant;
use crate::verify::{Channel, TrustPolicy};

/// Are senders acknowledged whom nothing verifies?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AckUnverified {
    /// Only verified senders where senders can be verified, else all.
    #[default]
    Auto,
    /// All, within the budgets.
    Always,
    /// Only verified senders.
    Never,
}

/// Bounds on acknowledgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckPolicy {
    /// To one sender in one day.
    pub per_sender_day_max: u32,
    /// From one category in one minute.
    pub per_category_minute_max: u32,
    /// From all of them in one minute.
    pub site_minute_max: u32,
    /// To whom nothing verifies.
    pub unverified: AckUnverified,
}

impl Default for AckPolicy {
    fn default() -> Self {
        let unverified = AckUnverified::default();
        Self { per_sender_day_max: 3, per_category_minute_max: 60, site_minute_max: 600, unverified }
    }
}

/// What one acknowledgement is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// This sender, today.
    pub sender_day: CounterKey,
    /// This category, this minute.
    pub category_minute: CounterKey,
    /// All, this minute.
    pub site_minute: CounterKey,
}

impl Counted {
    /// All three.
    pub fn keys(self) -> [CounterKey; 3] {
        [self.sender_day, self.category_minute, self.site_minute]
    }
}

/// What an acknowledgement to this sender by this category would be counted under.
pub fn counted(sender: &Address, category: CategoryId, now: Timestamp) -> Counted {
    let day_ends = Timestamp::from_secs((now.day() + 1) * 86_400);
    let minute_ends = Timestamp::from_secs((now.minute() + 1) * 60);
    Counted {
        sender_day: counter(day_ends, &format!("ack sender {}", sender.key())),
        category_minute: counter(minute_ends, &format!("ack category {category}")),
        site_minute: counter(minute_ends, "ack site"),
    }
}

fn counter(until: Timestamp, of: &str) -> CounterKey {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(of.as_bytes()).as_bytes()[..16]);
    CounterKey { until, of: short }
}

/// Receipts of held mail to one user in one day: forged mail in their name must not fill their mailbox, and two
/// machines answering each other must come to an end.
pub const RECEIPTS_PER_DAY_MAX: u32 = 10;

/// What a mail that is held came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// An address that only the user has been told.
    Token,
    /// An address that anybody knows, from where the user's mail comes, by proof of the channel.
    Channel,
    /// An address that anybody knows, in the user's name. Such mail does not use up what the others may need.
    Name,
}

/// What a receipt of held mail is counted under.
pub fn receipt(user: UserId, by: HeldBy, now: Timestamp) -> CounterKey {
    let by = match by {
        HeldBy::Token => "token",
        HeldBy::Channel => "channel",
        HeldBy::Name => "name",
    };
    counter(Timestamp::from_secs((now.day() + 1) * 86_400), &format!("receipt {by} {user}"))
}

/// The counters that the acknowledgements and receipts of this mail may need.
pub fn keys(ours: &Ours, directory: &Directory, arrived: &MailArrived, now: Timestamp) -> Vec<CounterKey> {
    let Some(mail) = &arrived.mail else { return Vec::new() };
    let ways = arrived.envelope.recipients.iter().map(|recipient| route(ours, directory, &recipient.address, now));
    let categories = ways.filter_map(|way| if let Way::Intake(category) = way { Some(category) } else { None });
    // Whom a web form's Reply-To names may be the one who is answered.
    let senders: Vec<&Address> = mail.only_from().into_iter().chain(mail.only_reply_to()).map(|m| &m.address).collect();
    let each = categories.flat_map(|category| senders.iter().map(move |sender| counted(sender, category, now)));
    let mut keys: Vec<CounterKey> = each.flat_map(Counted::keys).collect();
    let users = possible_users(ours, directory, arrived, now).into_iter();
    keys.extend(users.flat_map(|user| [HeldBy::Token, HeldBy::Channel, HeldBy::Name].map(|by| receipt(user, by, now))));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// In whose name this mail may be: its From's, and its tokens'.
fn possible_users(ours: &Ours, directory: &Directory, arrived: &MailArrived, now: Timestamp) -> Vec<UserId> {
    let from = arrived.mail.as_ref().and_then(Mail::only_from);
    let writer = from.and_then(|from| directory.user_by_address(&from.address)).map(|user| user.id);
    let ways = arrived.envelope.recipients.iter().map(|recipient| route(ours, directory, &recipient.address, now));
    let hidden = hidden_token(ours, arrived, now).map(Way::Token);
    let holders = ways.chain(hidden).filter_map(|way| match way {
        Way::Token(checked) => match checked.token().grant {
            Grant::Reply(user) | Grant::Note(user) | Grant::Confirm(user) => Some(user),
            Grant::Return(_) => None,
        },
        Way::Intake(_) | Way::Control | Way::Inactive | Way::Unknown => None,
    });
    writer.into_iter().chain(holders).collect()
}

/// What is asked about one acknowledgement.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Bounds.
    pub policy: &'a AckPolicy,
    /// Whom to believe.
    pub trust: &'a TrustPolicy,
    /// Counters and directory.
    pub view: &'a View,
    /// The mail that would be acknowledged.
    pub arrived: &'a MailArrived,
    /// The category that would do it.
    pub category: &'a Category,
    /// Whom it would go to, where that is not the mail's From: nothing verifies them.
    pub instead: Option<&'a Address>,
    /// What the same mail has counted already, for other customers.
    pub pending: &'a [CounterKey],
    /// Now.
    pub now: Timestamp,
}

/// May this mail be acknowledged? What it is then counted under; or why not.
///
/// Source: RFC 3834 §2 (when not to respond).
pub fn acknowledge(question: &Question<'_>) -> Result<Counted, AckWithheld> {
    let Question { policy, view, arrived, category, instead, now, .. } = question;
    let mail = arrived.mail.as_ref().ok_or(AckWithheld::NotAPerson)?;
    let from = &mail.only_from().ok_or(AckWithheld::NotAPerson)?.address;
    let to = instead.unwrap_or(from);
    let machine = arrived.envelope.reverse_path == ReversePath::Null || mail.unclear || !mail.kind.is_personal();
    if machine || suppresses_answers(mail) || view.directory.is_shared(to) || is_role(to.local()) {
        return Err(AckWithheld::NotAPerson);
    }
    if !category.settings.acknowledge {
        return Err(AckWithheld::SwitchedOff);
    }
    if must_be_verified(question) && (instead.is_some() || !arrived.channel.covers(from)) {
        return Err(AckWithheld::Unverified);
    }
    let counted = counted(to, category.id, *now);
    let count = |key: &CounterKey| view.counters.get(key).copied().unwrap_or_default() + pending_of(question, key);
    if count(&counted.sender_day) >= policy.per_sender_day_max {
        return Err(AckWithheld::SenderBudget);
    }
    if count(&counted.category_minute) >= policy.per_category_minute_max {
        return Err(AckWithheld::CategoryBudget);
    }
    if count(&counted.site_minute) >= policy.site_minute_max { Err(AckWithheld::SiteBudget) } else { Ok(counted) }
}

fn pending_of(question: &Question<'_>, key: &CounterKey) -> u32 {
    u32::try_from(question.pending.iter().filter(|pending| *pending == key).count()).unwrap_or(u32::MAX)
}

fn must_be_verified(question: &Question<'_>) -> bool {
    match question.policy.unverified {
        AckUnverified::Always => false,
        AckUnverified::Never => true,
        AckUnverified::Auto => question.trust.can_verify(),
    }
}

/// Addresses that no person reads mail as (RFC 2142, RFC 3834 §2).
fn is_role(local: &str) -> bool {
    let local = local.to_lowercase();
    let exact = [
        "mailer-daemon",
        "postmaster",
        "noreply",
        "no-reply",
        "donotreply",
        "do-not-reply",
        "bounces",
        "listserv",
        "majordomo",
    ];
    exact.contains(&local.as_str())
        || local.starts_with("owner-")
        || local.ends_with("-request")
        || local.ends_with("-bounces")
}

/// Is this sender verified, so that an acknowledgement may carry the subject?
pub fn is_verified(channel: &Channel, mail: &Mail) -> bool {
    mail.only_from().is_some_and(|from| channel.covers(&from.address))
}
