//! What a trigger must know before it is decided.

use crate::case::change::To;
use crate::case::trigger::{Delivery, DeliveryResult, Handover, MailArrived, OperatorVerb, Trigger};
use crate::case::view::{KEYS_MAX, Keys, KnownKey, LeadKey};
use crate::directory::model::{Directory, SITE};
use crate::id::{CaseId, CustomerId, LetterId};
use crate::mail::{Kind, Mail, MessageId};
use crate::thread::Ours;
use crate::thread::clue::{self, TagClue};
use crate::thread::route::{Way, hidden_token, route};
use crate::time::Timestamp;
use crate::token::{self, Grant};

/// What this trigger must know.
pub fn keys(ours: &Ours, directory: &Directory, trigger: &Trigger, now: Timestamp) -> Keys {
    match trigger {
        Trigger::Mail(arrived) => mail_keys(ours, directory, arrived, now),
        Trigger::Delivery(Delivery { letter, result, .. }) => {
            // Whoever wrote what did not leave hears of it.
            let taken = |(_, word): &(To, Handover)| *word == Handover::Taken;
            let all_taken = matches!(result, DeliveryResult::Tried(words) if words.iter().all(taken));
            let entries = if all_taken { Vec::new() } else { vec![(letter.case, letter.entry)] };
            Keys { letters: vec![*letter], cases: vec![letter.case], entries, ..Keys::default() }
        }
        Trigger::Deadline(deadline) => Keys { cases: vec![deadline.case], ..Keys::default() },
        Trigger::Directory(_) | Trigger::Operator(OperatorVerb::ResumeMail { .. }) => Keys::default(),
        Trigger::Operator(OperatorVerb::RetryLetter(letter)) => Keys { letters: vec![*letter], ..Keys::default() },
    }
}

fn mail_keys(ours: &Ours, directory: &Directory, arrived: &MailArrived, now: Timestamp) -> Keys {
    let own = own_id(arrived);
    // A mail that no decision survives is known again by its bytes.
    let mut keys =
        Keys { known: vec![KnownKey::of(SITE, &own), KnownKey::of(SITE, &raw_id(arrived))], ..Keys::default() };
    // A user's mail may be about no case: then it is kept on the one for that.
    let writer = arrived.mail.as_ref().and_then(Mail::only_from);
    let writer = writer.and_then(|from| directory.user_by_address(&from.address));
    keys.known.extend(writer.map(|user| KnownKey::control(user.id)));
    let mut customers = Vec::new();
    let ways = arrived.envelope.recipients.iter().map(|recipient| route(ours, directory, &recipient.address, now));
    for way in ways.chain(hidden_token(ours, arrived, now).map(Way::Token)) {
        match way {
            Way::Token(checked) => {
                let token = checked.token();
                keys.cases.push(token.case);
                // What a user answers may be told to become a case of its own; what one confirms stands there; and
                // whoever wrote what comes back hears of it.
                keys.entries.push((token.case, token.entry));
                let of_user = token_customers(directory, token.grant);
                of_user.into_iter().for_each(|customer| push(&mut keys.known, KnownKey::of(customer, &own)));
            }
            Way::Intake(category) => customers.extend(directory.category(category).map(|category| category.customer)),
            Way::Control | Way::Inactive | Way::Unknown => {}
        }
    }
    customers.sort_unstable();
    customers.dedup();
    // The mail's own id first, for every customer: what the mail names may be cut at the limit, sameness may not.
    customers.iter().for_each(|customer| push(&mut keys.known, KnownKey::of(*customer, &own)));
    if let Some(mail) = &arrived.mail {
        let named = Named::of(ours, mail);
        for customer in customers {
            named.ids.iter().for_each(|id| push(&mut keys.known, KnownKey::of(customer, id)));
            keys.leads.extend(named.leads(ours, customer, mail, now));
        }
        keys.cases.extend(named.cases);
        keys.entries.extend(reported(ours, mail).map(|letter| (letter.case, letter.entry)));
        // What a user answers says whom the answer is for.
        if mail.only_from().is_some_and(|from| directory.user_by_address(&from.address).is_some()) {
            let ids = clue::ids_newest_first(mail).into_iter();
            let answered = ids.filter_map(|id| token::check_message_id(&ours.keys, id));
            keys.entries.extend(answered.take(ANSWERED_MAX).map(|letter| (letter.case, letter.entry)));
        }
    }
    keys.cases.truncate(KEYS_MAX);
    keys.leads.truncate(KEYS_MAX);
    keys.known.truncate(KEYS_MAX);
    keys
}

/// Most mails that one answers at once.
const ANSWERED_MAX: usize = 3;

fn push(list: &mut Vec<KnownKey>, key: KnownKey) {
    if !list.contains(&key) {
        list.push(key);
    }
}

/// A token's case may be of any customer at which its user is registered; a report's of any at all, so those are
/// known at the site.
fn token_customers(directory: &Directory, grant: Grant) -> Vec<CustomerId> {
    match grant {
        Grant::Reply(user) | Grant::Note(user) | Grant::Confirm(user) => {
            directory.user(user).map(|user| user.registrations.keys().copied().collect()).unwrap_or_default()
        }
        Grant::Return(_) => vec![SITE],
    }
}

/// The id under which this mail is known again: its Message-ID; one made of its content when it has none but a date;
/// and with neither, for the same alarm may come every month, its very bytes.
pub fn own_id(arrived: &MailArrived) -> MessageId {
    let Some(mail) = &arrived.mail else { return raw_id(arrived) };
    match (&mail.message_id, mail.date) {
        (Some(id), _) => id.clone(),
        (None, None) => raw_id(arrived),
        (None, Some(_)) => {
            let text = mail.sameness.text.first().copied().unwrap_or_default();
            let made = format!("content.{:x}.{:x}.{text:x}", mail.sameness.origin, mail.sameness.subject);
            MessageId::parse(&made).expect("hexadecimal digits and dots are an id")
        }
    }
}

fn raw_id(arrived: &MailArrived) -> MessageId {
    MessageId::parse(&format!("raw.{}", arrived.raw.id())).expect("hexadecimal digits and dots are an id")
}

/// The letter of ours that a report which came another way than to its return address is about. Nobody can make up its id.
pub fn reported(ours: &Ours, mail: &Mail) -> Option<LetterId> {
    let id = mail.report.as_ref().filter(|_| mail.kind == Kind::Bounce)?.original_message_id.as_ref()?;
    token::check_message_id(&ours.keys, id)
}

/// The cases, ids and leads that a mail names.
#[derive(Clone, Debug, Default)]
struct Named<'a> {
    ids: Vec<&'a MessageId>,
    tags: Vec<TagClue>,
    cases: Vec<CaseId>,
}

impl<'a> Named<'a> {
    fn of(ours: &Ours, mail: &'a Mail) -> Self {
        let mut named = Self { tags: clue::tags(ours, mail), ..Self::default() };
        for id in clue::ids_newest_first(mail) {
            match token::check_message_id(&ours.keys, id) {
                Some(letter) => named.cases.push(letter.case),
                None => named.ids.push(id),
            }
        }
        if let Some(letter) = mail.message_id.as_ref().and_then(|id| token::check_message_id(&ours.keys, id)) {
            named.cases.push(letter.case);
        }
        named.cases.extend(reported(ours, mail).map(|letter| letter.case));
        named.cases.extend(named.tags.iter().filter_map(|tag| tag.case));
        named
    }

    fn leads(&self, ours: &Ours, customer: CustomerId, mail: &Mail, now: Timestamp) -> Vec<LeadKey> {
        let ids = mail.message_id.iter().chain(self.ids.iter().copied()).map(|id| clue::awaited(customer, id));
        let conversation = clue::conversation(ours, customer, mail);
        let tags = self.tags.iter().map(|tag| clue::tagged(customer, tag));
        ids.chain(conversation)
            .chain(tags)
            .chain(clue::again(ours, customer, mail, now).into_iter().flatten())
            .collect()
    }
}
