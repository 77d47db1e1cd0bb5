//! Which of our mails a mail answers, by what only whoever got it can know.

use crate::case::trigger::MailArrived;
use crate::directory::model::Directory;
use crate::id::{CaseId, EntryNo};
use crate::mail::Mail;
use crate::thread::Ours;
use crate::thread::clue::ids_newest_first;
use crate::thread::route::{Way, hidden_token, route};
use crate::time::Timestamp;
use crate::token;
use crate::verify::Channel;

/// The entry that a mail of ours was about which this mail quotes: by the newest of our ids that it names.
pub fn answered(ours: &Ours, mail: &Mail) -> Option<(CaseId, EntryNo)> {
    mail.quoted_at?;
    let letter = ids_newest_first(mail).into_iter().find_map(|id| token::check_message_id(&ours.keys, id))?;
    Some((letter.case, letter.entry))
}

/// The same of a user's mail: by the token that it came to; where its way in proves anything, else by its ids.
pub fn answered_by_user(
    ours: &Ours,
    directory: &Directory,
    arrived: &MailArrived,
    now: Timestamp,
) -> Option<(CaseId, EntryNo)> {
    let mail = arrived.mail.as_ref().filter(|mail| mail.quoted_at.is_some())?;
    let writer = mail.only_from().and_then(|from| directory.user_by_address(&from.address))?;
    let ways = arrived.envelope.recipients.iter().map(|recipient| route(ours, directory, &recipient.address, now));
    let tokens = ways.filter_map(|way| if let Way::Token(checked) = way { Some(checked) } else { None });
    let own = |checked: &token::Checked| checked.token().grant.user() == Some(writer.id);
    let token = tokens.chain(hidden_token(ours, arrived, now)).find(own).map(|checked| checked.token());
    let proven = !matches!(arrived.channel, Channel::Nothing(_));
    token.map(|token| (token.case, token.entry)).or_else(|| answered(ours, mail).filter(|_| proven))
}
