//! Evidence and policy → what the way in proves.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::evidence::{AuthenticationResults, Evidence, MethodResult};
use super::results::authentication_results;
use crate::address::{Address, Domain, ReversePath};
use crate::directory::model::Directory;
use crate::envelope::{Envelope, Listener};
use crate::mail::Mail;
use crate::mail::machine::SpamMark;

/// Whom to believe, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Names of mail servers whose `Authentication-Results` are believed, when a trusted peer brings them.
    pub authserv_ids: Vec<String>,
    /// `Received` fields that our own mail servers write above their `Authentication-Results`: none by the standard, one
    /// where a filter puts its results below them.
    pub received_above: usize,
    /// DKIM, SPF and DMARC are checked here.
    pub own_check: Option<OwnCheck>,
    /// There is a submission listener.
    pub submission: bool,
    /// Must the channel prove something besides a token? `None`: exactly where it can (an authserv-id, an own check or
    /// a submission listener is configured).
    pub require_channel: Option<bool>,
    /// Domains whose own mail servers let nobody write in another's name: proof of the domain proves the person.
    pub binding_domains: Vec<Domain>,
    /// What the site's own filter writes into spam, when a trusted peer brings it.
    pub spam_marks: Vec<SpamMark>,
}

/// How mails are checked here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCheck {
    /// The name server that is asked; `None`: those of the system.
    pub name_server: Option<SocketAddr>,
}

impl TrustPolicy {
    /// Can anything but a login prove a sender's domain?
    pub fn can_verify(&self) -> bool {
        self.own_check.is_some() || !self.authserv_ids.is_empty()
    }

    /// Does this channel prove who wrote, and not only from which house?
    pub fn proves_person(&self, channel: &Channel, from: &Address) -> bool {
        match channel {
            Channel::Person(person) => person == from,
            Channel::Domain(domain) => domain == from.domain() && self.binding_domains.contains(domain),
            Channel::Nothing(_) => false,
        }
    }

    /// Must a user's mail come by a channel that proves something?
    pub fn channel_required(&self) -> bool {
        self.require_channel.unwrap_or(self.submission || self.can_verify())
    }
}

/// What the way in proves about the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The site's mail server vouches for the person behind this From address.
    Person(Address),
    /// The mail comes from a server of the From address's domain.
    Domain(Domain),
    /// Nothing, and why.
    Nothing(&'static str),
}

impl Channel {
    /// Does it prove at least the domain of this address?
    pub fn covers(&self, address: &Address) -> bool {
        match self {
            Self::Person(person) => person == address,
            Self::Domain(domain) => domain == address.domain(),
            Self::Nothing(_) => false,
        }
    }

    /// The name used in `explain`, logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Domain(_) => "domain",
            Self::Nothing(_) => "nothing",
        }
    }
}

/// Results that were not believed: somebody forged them, or a mail server is not set up as it is configured here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ignored {
    /// In our mail server's name, below the `Received` that it writes.
    Below,
    /// In our mail server's name, by a peer that is not trusted.
    UntrustedPeer,
    /// Where our mail server writes, but not by the grammar.
    Malformed,
    /// Our mail server's own results contradict each other.
    Contradicting,
}

impl Ignored {
    /// The name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Below => "below_received",
            Self::UntrustedPeer => "untrusted_peer",
            Self::Malformed => "malformed",
            Self::Contradicting => "contradicting",
        }
    }

    /// The sentence for those who look into a mail.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Below => {
                "Authentication-Results in the name of our mail server stand below its Received: they came with the mail"
            }
            Self::UntrustedPeer => {
                "Authentication-Results in the name of our mail server came from a peer that is not trusted"
            }
            Self::Malformed => "an Authentication-Results field breaks the grammar and was not read",
            Self::Contradicting => "Authentication-Results of our mail server contradict each other",
        }
    }
}

/// What the way in proves, and what was not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it proves.
    pub channel: Channel,
    /// What was not believed, each kind once.
    pub ignored: Vec<Ignored>,
}

/// What the way in proves.
///
/// Shape:  `Person` only from a submission listener: it is the one From address, and that of whoever is the sender in the
///         envelope; `Domain` always equals the domain of the one From address.
/// Errors: none, total: trouble proves nothing.       Source: RFC 8601 §5, §7.1.
pub fn judge(
    policy: &TrustPolicy,
    directory: &Directory,
    envelope: &Envelope,
    mail: &Mail,
    evidence: &Evidence,
) -> Judged {
    let (fields, mut ignored) = believed(policy, envelope, mail);
    let whose = (directory, envelope);
    let channel = judge_channel(policy, whose, (mail, evidence), &fields).unwrap_or_else(|nothing| {
        if nothing == CONTRADICTION {
            ignored.push(Ignored::Contradicting);
        }
        Channel::Nothing(nothing)
    });
    Judged { channel, ignored }
}

const CONTRADICTION: &str = "results of the authentication service contradict each other";

fn judge_channel(
    policy: &TrustPolicy,
    whose: (&Directory, &Envelope),
    what: (&Mail, &Evidence),
    fields: &[AuthenticationResults],
) -> Result<Channel, &'static str> {
    let ((directory, envelope), (mail, evidence)) = (whose, what);
    let from = mail.only_from().ok_or("there is not exactly one From address")?;
    if envelope.listener == Listener::Submission {
        // What mail servers hold a login to is the sender in the envelope; anybody's name may stand in From.
        return match &envelope.reverse_path {
            // Whoever may write as a group is somebody else still.
            ReversePath::Mailbox(login) if directory.is_one_user(login, &from.address) => {
                Ok(Channel::Person(from.address.clone()))
            }
            _ => Err("submitted, but From is nobody whom the sender in the envelope is"),
        };
    }
    if holds_a_field_twice(mail) {
        return Err("a field that may stand in a mail once stands there twice");
    }
    let domain = from.address.domain();
    let passed = || evidence.dkim_pass.iter().chain(&evidence.spf_pass).any(|passed| aligned(passed, domain));
    match evidence.dmarc_pass {
        Some(false) => return Err("our own check: DMARC did not pass for the From domain"),
        Some(true) => return Ok(Channel::Domain(domain.clone())),
        None if passed() => return Ok(Channel::Domain(domain.clone())),
        None => {}
    }
    match (policy.authserv_ids.is_empty(), policy.own_check.is_some(), envelope.trusted) {
        (true, true, _) => Err("our own check verified nothing of the From domain"),
        (true, false, _) => Err("no authentication service is configured"),
        (false, _, false) => Err("the peer is not a trusted mail server"),
        (false, _, true) => judge_results(fields, domain),
    }
}

/// Fields of which a mail has one at most (RFC 5322 §3.6).
const SINGLE: &[&str] = &["To", "Cc", "Subject", "Date", "Message-ID", "Sender", "Reply-To"];

/// A signature covers the lowest field of a name only, so whoever brings a signed mail can put another one above it
/// (RFC 6376 §8.15).
fn holds_a_field_twice(mail: &Mail) -> bool {
    let count = |name: &str| mail.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count();
    SINGLE.iter().any(|name| count(name) > 1)
}

/// The fields of believed services. Only those above the `Received` that our mail server writes count: it puts its own
/// there, and anything below may have come with the mail (RFC 8601 §7.1).
fn believed(policy: &TrustPolicy, envelope: &Envelope, mail: &Mail) -> (Vec<AuthenticationResults>, Vec<Ignored>) {
    let known = |id: &str| policy.authserv_ids.iter().any(|configured| configured.eq_ignore_ascii_case(id));
    let (mut fields, mut ignored) = (Vec::new(), Vec::new());
    let mut received = 0;
    for field in &mail.fields {
        received += usize::from(field.name.eq_ignore_ascii_case("received"));
        if policy.authserv_ids.is_empty() || !field.name.eq_ignore_ascii_case("authentication-results") {
            continue;
        }
        let above = received <= policy.received_above;
        let problem = match authentication_results(&field.value) {
            Some(read) if !known(&read.authserv_id) => continue,
            Some(_) if !envelope.trusted => Ignored::UntrustedPeer,
            Some(_) if !above => Ignored::Below,
            Some(read) => {
                fields.push(read);
                continue;
            }
            None if above => Ignored::Malformed,
            None => continue,
        };
        if !ignored.contains(&problem) {
            ignored.push(problem);
        }
    }
    (fields, ignored)
}

/// Methods whose results can prove a domain.
const METHODS: &[&str] = &["dkim", "spf", "dmarc"];

/// Most results that are compared, each with each; of more, none is believed. An honest mail has a dozen.
const RESULTS_MAX: usize = 256;

/// One result, ready to be compared.
struct Said<'a> {
    /// The number of its field.
    field: usize,
    result: &'a MethodResult,
    domain: Option<Domain>,
    selector: Option<&'a str>,
    /// It passed, and is about the domain of the From address.
    proves: bool,
}

impl<'a> Said<'a> {
    fn of(field: usize, result: &'a MethodResult, from: &Domain) -> Self {
        let domain = result_domain(result);
        let proves = result.result == "pass" && speaks_of(result, domain.as_ref(), from);
        Self { field, result, domain, selector: result.property("header.s"), proves }
    }
}

fn judge_results(fields: &[AuthenticationResults], from: &Domain) -> Result<Channel, &'static str> {
    if fields.iter().map(|field| field.results.len()).sum::<usize>() > RESULTS_MAX {
        return Err("there are too many results in the name of the authentication service");
    }
    let numbered = fields.iter().enumerate();
    let results = numbered.flat_map(|(number, field)| field.results.iter().map(move |result| (number, result)));
    let all: Vec<Said<'_>> = results.map(|(number, result)| Said::of(number, result, from)).collect();
    for method in METHODS {
        let of_field = |field: usize| {
            let results = all.iter().filter(|said| said.field == field && said.result.method == *method);
            results.map(|said| said.proves).reduce(|one, other| one || other)
        };
        let mut said = (0..fields.len()).filter_map(of_field);
        let first = said.next();
        if said.any(|other| Some(other) != first) {
            return Err(CONTRADICTION);
        }
    }
    if all.iter().any(|said| said.proves && all.iter().any(|other| contradicts(other, said))) {
        return Err(CONTRADICTION);
    }
    if all.iter().any(|said| said.result.method == "dmarc" && said.result.result == "fail") {
        return Err("DMARC did not pass for the From domain");
    }
    if all.iter().any(|said| said.proves) {
        return Ok(Channel::Domain(from.clone()));
    }
    Err("the authentication service verified nothing of the From domain")
}

/// Two words on one thing. Signatures of one domain by different keys are different things: mails are often signed
/// twice, and not every verifier knows both kinds of key.
fn contradicts(said: &Said<'_>, other: &Said<'_>) -> bool {
    let same = said.result.method == other.result.method && said.domain == other.domain;
    same && said.selector == other.selector && said.result.result != other.result.result
}

/// Is this result about the domain of the From address? DMARC's is about exactly that one (RFC 7489 §6.6).
fn speaks_of(result: &MethodResult, domain: Option<&Domain>, from: &Domain) -> bool {
    match result.method.as_str() {
        "dmarc" => domain == Some(from),
        _ => domain.is_some_and(|domain| aligned(domain, from)),
    }
}

/// The domain that a result speaks of (RFC 8601 §2.7).
fn result_domain(result: &MethodResult) -> Option<Domain> {
    let value = match result.method.as_str() {
        "dmarc" => result.property("header.from")?,
        "dkim" => result.property("header.d").or_else(|| result.property("header.i"))?,
        "spf" => result.property("smtp.mailfrom")?,
        _ => return None,
    };
    Domain::parse(value.rsplit_once('@').map_or(value, |(_, domain)| domain))
}

/// The same domain, or a parent of it with at least two labels (RFC 7489 §3.1, relaxed).
fn aligned(passed: &Domain, from: &Domain) -> bool {
    let below = from.as_str().strip_suffix(passed.as_str()).is_some_and(|rest| rest.ends_with('.'));
    passed == from || (below && passed.as_str().contains('.'))
}

#[cfg(test)]
mod tests;
