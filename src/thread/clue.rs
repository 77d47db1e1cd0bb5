//! What in a mail may name a case, and the leads that it follows.

use crate::case::event::Signal;
use crate::case::view::{Lead, LeadKey};
use crate::id::{CaseId, CustomerId};
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TAGS_MAX, Tag, TagPattern};
use crate::mail::{Gesture, Kind, Mail, MessageId, machine};
use crate::thread::Ours;
use crate::time::Timestamp;

/// Most ids of one mail that are looked up, newest first.
pub const IDS_MAX: usize = 40;

/// A case on which nothing has happened for longer is not suggested.
pub const SUGGESTED_DAYS: u32 = 30;

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

/// The tags of the subject; of the writer's own text where the subject holds none, for who puts one there says what the
/// mail is about, and may well mention another inquiry below.
pub fn tags(ours: &Ours, mail: &Mail) -> Vec<TagClue> {
    let bare = tag::bare_references(&mail.subject, &ours.prefix);
    let in_subject = tags_in(ours, Signal::SubjectTag, &mail.subject, bare);
    if !in_subject.is_empty() {
        return in_subject;
    }
    let text = tag::own_lines(&mail.new_text);
    tags_in(ours, Signal::BodyTag, text, tag::reference_lines(text, &ours.prefix))
}

/// Ours first, then other systems'.
fn tags_in(ours: &Ours, signal: Signal, text: &str, bare: Vec<Tag>) -> Vec<TagClue> {
    let own = TagPattern::ours(&ours.prefix);
    let of_ours = own.find(text).take(TAGS_MAX).chain(bare).map(|tag| TagClue {
        signal,
        case: tag.number.parse().ok().map(CaseId::new),
        canonical: own.canonical(&tag),
    });
    let of_others = ours.legacy_tags.iter().flat_map(|pattern| {
        let clue = move |tag| TagClue { signal, case: None, canonical: pattern.canonical(&tag) };
        pattern.find(text).take(TAGS_MAX).map(clue)
    });
    let mut clues: Vec<TagClue> = Vec::new();
    for clue in of_ours.chain(of_others) {
        if clues.len() < TAGS_MAX && !clues.iter().any(|known| known.canonical == clue.canonical) {
            clues.push(clue);
        }
    }
    clues
}

/// Outlook's number for the conversation that a mail is part of, with its topic: the number alone stays when somebody
/// begins something new by answering an old mail.
pub fn conversation(ours: &Ours, customer: CustomerId, mail: &Mail) -> Option<LeadKey> {
    let number = mail.thread_index?;
    let topic = bare_subject(ours, mail.thread_topic.as_ref().unwrap_or(&mail.subject));
    // A number begins with the time when the conversation began; the very first byte is the same for centuries.
    let [_, a, b, c, ..] = number;
    Some(LeadKey::of(customer, Lead::Conversation, &[&number, topic.as_bytes()]).in_time([a, b, c]))
}

/// An id that is named before its mail has come.
pub fn awaited(customer: CustomerId, id: &MessageId) -> LeadKey {
    LeadKey::of(customer, Lead::Awaited, &[id.as_str().to_ascii_lowercase().as_bytes()])
}

/// A tag that names no case of ours, or one that its writer has no part in.
pub fn tagged(customer: CustomerId, tag: &TagClue) -> LeadKey {
    LeadKey::of(customer, Lead::Tag, &[tag.canonical.as_bytes()])
}

/// The same writer with the same subject, in this period and in the one before. Only people begin something twice;
/// machines send the same subject daily. Who wants a mail back means the case that it began.
pub fn again(ours: &Ours, customer: CustomerId, mail: &Mail, now: Timestamp) -> Option<[LeadKey; 2]> {
    let recall = mail.gesture == Some(Gesture::Recall);
    let writer = mail.only_from().filter(|_| recall || mail.kind == Kind::Person)?.address.key();
    let subject = machine::recalled(&mail.subject).filter(|_| recall).unwrap_or(&mail.subject);
    let subject = Some(bare_subject(ours, subject)).filter(|subject| !subject.is_empty())?;
    let period = u16::try_from(now.day() / i64::from(SUGGESTED_DAYS)).unwrap_or_default();
    let key = |period: u16| {
        let [a, b] = period.to_be_bytes();
        LeadKey::of(customer, Lead::Again, &[&[a, b], writer.as_bytes(), subject.as_bytes()]).in_time([a, b, 0])
    };
    Some([key(period), key(period.saturating_sub(1))])
}

/// A subject as subjects are compared: without tags, reply prefixes and names of lists, in lower-case.
pub fn bare_subject(ours: &Ours, subject: &str) -> String {
    let own = tag::without(subject, &TagPattern::ours(&ours.prefix));
    let plain = ours.legacy_tags.iter().fold(own, |subject, pattern| tag::without(&subject, pattern));
    base_subject(&plain, ListTags::Dropped).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> MessageId {
        MessageId::parse(&format!("{number}@x.example")).expect("an id")
    }

    #[test]
    fn of_many_ids_the_newest_are_looked_up_and_the_root() {
        let references: Vec<MessageId> = (0..500).map(id).collect();
        let mail = Mail { in_reply_to: vec![id(499), id(7)], references, ..Mail::default() };
        let ids = ids_newest_first(&mail);
        assert_eq!(ids.len(), IDS_MAX);
        assert_eq!((ids[0], ids[1], ids[2]), (&id(499), &id(7), &id(498)));
        assert_eq!(ids.last(), Some(&&id(0)));
        assert!(ids_newest_first(&Mail::default()).is_empty());
    }

    #[test]
    fn topics_are_compared_as_subjects_are() {
        let customer = CustomerId::new(1);
        let ours = Ours::for_tests();
        let led = |topic: Option<&str>, subject: &str| {
            let (thread_topic, thread_index) = (topic.map(str::to_owned), Some([7; 22]));
            conversation(
                &ours,
                customer,
                &Mail { thread_topic, thread_index, subject: subject.to_owned(), ..Mail::default() },
            )
        };
        let skriver = led(Some("Skriver"), "x");
        assert!(skriver.is_some());
        for (topic, subject) in [(Some("SV: [HV-3]  skriver"), "y"), (None, "Re: Skriver [Ticket# 12]")] {
            assert_eq!(led(topic, subject), skriver, "{topic:?} {subject}");
        }
        assert_ne!(led(Some("Noe annet"), "Skriver"), skriver);
        assert_eq!(conversation(&ours, customer, &Mail::default()), None);
    }
}
