//! Which case is meant.
//!
//! Job: say what in a mail may name a case ([`clue`]) and what a trigger must therefore know ([`keys`]), and from the
//! candidates pick the case a mail belongs to, with the reason for each one taken or rejected ([`pick`]).
//! Absent on purpose: what then happens (that is `rules`), and threads as such: a case is not a tree of mails.
//!
//! Invariants: a case of another customer is never a candidate; a mail from somebody who is no part of a case joins it
//! only marked as an outsider's, and only by an id with the same subject; what anybody can know (a tag, the id of a
//! mail on a public list) lets nobody in but who is part of the case, or of a participant's organisation where the
//! category says so, and marks those whom nothing proves.

pub mod answers;
pub mod clue;
pub mod keys;
pub mod pick;
pub mod route;

pub use keys::keys;
pub use route::{Way, Whose, hidden_token, is_revoked, route, whose};

use std::sync::Arc;

use crate::address::{Address, Domain, ReversePath};
use crate::directory::model::Directory;
use crate::envelope::Envelope;
use crate::id::{CaseId, LetterId};
use crate::mail::compose::LOOP_FIELD;
use crate::mail::machine::{Context, Own, Reverse, SpamMark};
use crate::mail::subject::{ListTags, base_subject};
use crate::mail::tag::{self, TagPattern};
use crate::mail::{Mail, refs};
use crate::time::Timestamp;
use crate::token::probe::{self, Probe};
use crate::token::{self, KeyRing};

/// The names by which what is ours is known again.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Prefix of references: `HV`.
    pub prefix: String,
    /// Tags of systems that were there before, or are beside us: they name cases as ours do.
    pub legacy_tags: Vec<TagPattern>,
    /// What this host calls itself; `postmaster` is known at it.
    pub host_name: Domain,
    /// Where token addresses live.
    pub reply_domain: Domain,
    /// Keys of tokens and Message-IDs.
    pub keys: Arc<KeyRing>,
}

/// What the kind of a mail depends on beside the mail: its envelope, and whether it is one of ours come back. That it
/// is only if we signed its id, it comes from a shared address, and goes to the same customer: between two customers
/// of ours it is an ordinary mail, and an id alone can be copied by anybody who has seen it. The marks of the site's
/// spam filter count only in mail that a trusted peer brings.
pub fn kind_context<'a>(
    ours: &Ours,
    directory: &Directory,
    (envelope, mail): (&Envelope, &Mail),
    spam_marks: &'a [SpamMark],
) -> Context<'a> {
    let reverse_path = match envelope.reverse_path {
        ReversePath::Null => Reverse::Null,
        ReversePath::Mailbox(_) => Reverse::Mailbox,
    };
    let own = if is_own(ours, directory, envelope, mail) { Own::Ours } else { Own::Foreign };
    Context { reverse_path, own, spam_marks: if envelope.trusted { spam_marks } else { &[] } }
}

fn is_own(ours: &Ours, directory: &Directory, envelope: &Envelope, mail: &Mail) -> bool {
    let sender = mail.only_from().and_then(|from| directory.customer_of(&from.address));
    let to_sender =
        |address: &Address| directory.customer_of(address) == sender || directory.customer_of(address).is_none();
    sender.is_some()
        && own_letter(ours, mail).is_some()
        && envelope.recipients.iter().any(|recipient| to_sender(&recipient.address))
}

/// The letter of ours that this mail is by its signed id, or by the copy of it that stays when a server on the way
/// writes an id of its own.
pub fn own_letter(ours: &Ours, mail: &Mail) -> Option<LetterId> {
    let copy = mail.field(LOOP_FIELD).and_then(|value| refs::read(value).into_iter().next());
    let mut ids = mail.message_id.iter().chain(&copy);
    ids.find_map(|id| token::check_message_id(&ours.keys, id))
}

impl Ours {
    /// `HV-1042`
    pub fn reference(&self, case: CaseId) -> String {
        format!("{}-{case}", self.prefix)
    }

    /// A subject as a title: without tags of ours and reply prefixes. Empty where nothing else is in it.
    pub fn title(&self, subject: &str) -> String {
        let plain = tag::without(subject, &TagPattern::ours(&self.prefix));
        base_subject(&plain, ListTags::Kept).trim().to_owned()
    }

    /// The control address, `henvend@reply-domain`.
    pub fn control_address(&self) -> Option<Address> {
        Address::of("henvend", &self.reply_domain)
    }

    /// The address to which the way in is tried by this probe, until then.
    pub fn probe_address(&self, number: u32, until: Timestamp) -> Option<Address> {
        probe::issue(&self.keys, Probe { number, until }, &self.reply_domain)
    }

    /// The number of the probe whose address this is, while its time is not over.
    pub fn probe(&self, address: &Address, now: Timestamp) -> Option<u32> {
        probe::check(&self.keys, address, &self.reply_domain, now).map(|probe| probe.number)
    }
}

#[cfg(test)]
impl Ours {
    /// Ours as tests have it, with one pattern of another system.
    pub(crate) fn for_tests() -> Self {
        let key = token::Key::new(crate::id::KeyId::new(1), [7; 32]);
        Self {
            prefix: "HV".to_owned(),
            legacy_tags: TagPattern::parse("[Ticket#{number}]").into_iter().collect(),
            host_name: Domain::parse("henvend.example").expect("a domain"),
            reply_domain: Domain::parse("svar.example").expect("a domain"),
            keys: Arc::new(KeyRing::new(vec![key]).expect("one key")),
        }
    }
}
