//! What in a mail may name a case, and the leads that it follows.

use crate::case::event::Signal;
use crate::case::view::{Lead, LeadKey};
use crate::id::{CaseId, CustomerId};
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TAGS_MAX, TagPattern};
use crate::mail::{Kind, Mail, MessageId};
use crate::thread::Ours;

/// Most ids of one mail that are looked up, newest first.
pub const IDS_MAX: usize = 40;

/// A tag in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagClue {
    /// Where it stands.
    pub signal: Signal,
    /// The case that it names, when it is one of ours.
    pub case: Option<CaseId>,
    /// The same text however it was written.
    pub canonical: String,
}

/// The ids that a mail answers, the likeliest first: `In-Reply-To`, then `References` from its end; of a list that is
/// too long, the root as well.
pub fn ids_newest_first(mail: &Mail) -> Vec<&MessageId> {
    let mut ids: Vec<&MessageId> = Vec::new();
    let newest = mail.in_reply_to.iter().take(IDS_MAX / 2).chain(mail.references.iter().rev());
    for id in newest {
        if ids.len() < IDS_MAX - 1 && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.extend(mail.references.first().filter(|root| !ids.contains(root)));
    ids
}

/// The tags of the subject, then those of the writer's own text: in each, ours first, then other systems'.
pub fn tags(ours: &Ours, mail: &Mail) -> Vec<TagClue> {
    let text = tag::own_lines(&mail.new_text);
    let mut clues: Vec<TagClue> = Vec::new();
    for (signal, text, bare) in [
        (Signal::SubjectTag, mail.subject.as_str(), tag::bare_references(&mail.subject, &ours.prefix)),
        (Signal::BodyTag, text, tag::reference_lines(text, &ours.prefix)),
    ] {
        let own = TagPattern::ours(&ours.prefix);
        let of_ours = own.find(text).take(TAGS_MAX).chain(bare).map(|tag| TagClue {
            signal,
            case: tag.number.parse().ok().map(CaseId::new),
            canonical: own.canonical(&tag),
        });
        let of_others = ours.legacy_tags.iter().flat_map(|pattern| {
            let canonical = move |tag| TagClue { signal, case: None, canonical: pattern.canonical(&tag) };
            pattern.find(text).take(TAGS_MAX).map(canonical)
        });
        for clue in of_ours.chain(of_others).take(TAGS_MAX) {
            if !clues.iter().any(|known| known.canonical == clue.canonical) {
                clues.push(clue);
            }
        }
    }
    clues
}

/// Outlook's number for the conversation that a mail is part of, with its topic: the number alone stays when somebody
/// begins something new by answering an old mail.
pub fn conversation(ours: &Ours, customer: CustomerId, mail: &Mail) -> Option<LeadKey> {
    let number = mail.thread_index?;
    let topic = bare_subject(ours, mail.thread_topic.as_ref().unwrap_or(&mail.subject));
    Some(LeadKey::of(customer, Lead::Conversation, &[&number, topic.as_bytes()]))
}

/// An id that is named before its mail has come.
pub fn awaited(customer: CustomerId, id: &MessageId) -> LeadKey {
    LeadKey::of(customer, Lead::Awaited, &[id.as_str().to_ascii_lowercase().as_bytes()])
}

/// A tag that names no case of ours, or one that its writer has no part in.
pub fn tagged(customer: CustomerId, tag: &TagClue) -> LeadKey {
    LeadKey::of(customer, Lead::Tag, &[tag.canonical.as_bytes()])
}

/// The same writer with the same subject. Only people begin something twice; machines send the same subject daily.
pub fn again(ours: &Ours, customer: CustomerId, mail: &Mail) -> Option<LeadKey> {
    let writer = mail.only_from().filter(|_| mail.kind == Kind::Person)?.address.key();
    let subject = Some(bare_subject(ours, &mail.subject)).filter(|subject| !subject.is_empty())?;
    Some(LeadKey::of(customer, Lead::Again, &[writer.as_bytes(), subject.as_bytes()]))
}

/// A subject as subjects are compared: without tags, reply prefixes and names of lists, in lower-case.
pub fn bare_subject(ours: &Ours, subject: &str) -> String {
    let own = tag::without(subject, &TagPattern::ours(&ours.prefix));
    let plain = ours.legacy_tags.iter().fold(own, |subject, pattern| tag::without(&subject, pattern));
    base_subject(&plain, ListTags::Dropped).to_lowercase()
}
