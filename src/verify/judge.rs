//! Evidence and policy → what the way in proves.

use super::evidence::{Evidence, MethodResult, authentication_results};
use crate::address::{Address, Domain};
use crate::envelope::{Envelope, Listener};
use crate::mail::Mail;
use crate::mail::machine::SpamMark;

/// Whom to believe, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Names of mail servers whose `Authentication-Results` are believed, when a trusted peer brings them.
    pub authserv_ids: Vec<String>,
    /// There is a submission listener.
    pub submission: bool,
    /// Must the channel prove something besides a token? `None`: exactly where it can (an authserv-id or a submission
    /// listener is configured).
    pub require_channel: Option<bool>,
    /// Domains whose own mail servers let nobody write in another's name: proof of the domain proves the person.
    pub binding_domains: Vec<Domain>,
    /// What the site's own filter writes into spam, when a trusted peer brings it.
    pub spam_marks: Vec<SpamMark>,
}

impl TrustPolicy {
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
        self.require_channel.unwrap_or(self.submission || !self.authserv_ids.is_empty())
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

/// What the way in proves.
///
/// Shape:  `Person` only from a submission listener; `Domain` always equals the domain of the one From address.
/// Errors: none, total: trouble proves nothing.       Source: RFC 8601 §5, §7.1.
pub fn judge(policy: &TrustPolicy, envelope: &Envelope, mail: &Mail, evidence: &Evidence) -> Channel {
    let Some(from) = mail.only_from() else { return Channel::Nothing("there is not exactly one From address") };
    if envelope.listener == Listener::Submission {
        return Channel::Person(from.address.clone());
    }
    let domain = from.address.domain();
    if evidence.dkim_pass.iter().chain(&evidence.spf_pass).any(|passed| aligned(passed, domain)) {
        return Channel::Domain(domain.clone());
    }
    if policy.authserv_ids.is_empty() {
        return Channel::Nothing("no authentication service is configured");
    }
    if !envelope.trusted {
        return Channel::Nothing("the peer is not a trusted mail server");
    }
    judge_results(&believed_results(policy, mail), domain)
}

/// Results of believed services. Only fields above the topmost `Received` count: our mail server writes its own there,
/// and anything below may have come with the mail (RFC 8601 §7.1).
fn believed_results(policy: &TrustPolicy, mail: &Mail) -> Vec<MethodResult> {
    let above = mail.fields.iter().take_while(|field| !field.name.eq_ignore_ascii_case("received"));
    let fields = above.filter(|field| field.name.eq_ignore_ascii_case("authentication-results"));
    let read = fields.filter_map(|field| authentication_results(&field.value));
    let known = |id: &str| policy.authserv_ids.iter().any(|configured| configured.eq_ignore_ascii_case(id));
    read.filter(|field| known(&field.authserv_id)).flat_map(|field| field.results).collect()
}

fn judge_results(results: &[MethodResult], from: &Domain) -> Channel {
    let ours: Vec<(&str, Domain, bool)> = results
        .iter()
        .filter_map(|result| Some((result.method.as_str(), result_domain(result)?, result.result == "pass")))
        .filter(|(_, domain, _)| aligned(domain, from))
        .collect();
    if ours.is_empty() {
        return Channel::Nothing("no result of the authentication service speaks of the From domain");
    }
    let contradicted = |(method, domain, passed): &(&str, Domain, bool)| {
        ours.iter().any(|(other, of, result)| other == method && of == domain && result != passed)
    };
    if ours.iter().any(contradicted) {
        return Channel::Nothing("results of the authentication service contradict each other");
    }
    if ours.iter().any(|(method, _, passed)| *method == "dmarc" && !passed) {
        return Channel::Nothing("DMARC did not pass for the From domain");
    }
    match ours.iter().any(|(_, _, passed)| *passed) {
        true => Channel::Domain(from.clone()),
        false => Channel::Nothing("the authentication service verified nothing of the From domain"),
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
mod tests {
    use super::*;
    use crate::address::{Mailbox, ReversePath};
    use crate::mail::Field;

    fn envelope(listener: Listener, trusted: bool) -> Envelope {
        Envelope {
            listener,
            trusted,
            peer: "unix".to_owned(),
            hello: "mx".to_owned(),
            queue_id: None,
            reverse_path: ReversePath::Null,
            recipients: Vec::new(),
            smtputf8: false,
            dsn_return: None,
            envelope_id: None,
        }
    }

    fn mail(fields: &[(&str, &str)]) -> Mail {
        let from = Mailbox { name: None, address: Address::parse("ola@uni.no").expect("address") };
        let fields = fields.iter().map(|(name, value)| Field { name: (*name).to_owned(), value: (*value).to_owned() });
        Mail { from: vec![from], fields: fields.collect(), ..Mail::default() }
    }

    fn check(fields: &[(&str, &str)]) -> bool {
        let policy = TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], ..TrustPolicy::default() };
        let channel = judge(&policy, &envelope(Listener::Lmtp, true), &mail(fields), &Evidence::default());
        matches!(channel, Channel::Domain(domain) if domain.as_str() == "uni.no")
    }

    #[test]
    fn results_count_when_believed_aligned_and_undisputed() {
        const AR: &str = "Authentication-Results";
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), ("Received", "x")], true),
            (&[(AR, "MX.UNI.NO; dmarc=pass header.from=uni.no")], true),
            (&[(AR, "mx.uni.no; spf=pass smtp.mailfrom=a@uni.no")], true),
            (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), (AR, "mx.uni.no; spf=fail smtp.mailfrom=x@uni.no")], true),
            (&[(AR, "mx.uni.no; dkim=pass header.d=no")], false),
            (&[(AR, "mx.uni.no; dkim=pass header.d=evil.no")], false),
            (&[(AR, "mx.uni.no; dkim=pass header.d=evil-uni.no")], false),
            (&[(AR, "evil.no; dkim=pass header.d=uni.no")], false),
            (&[("Received", "x"), (AR, "mx.uni.no; dkim=pass header.d=uni.no")], false),
            (
                &[
                    (AR, "mx.uni.no; dkim=fail header.d=uni.no"),
                    ("Received", "x"),
                    (AR, "mx.uni.no; dkim=pass header.d=uni.no"),
                ],
                false,
            ),
            (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no"), (AR, "mx.uni.no; dkim=fail header.d=uni.no")], false),
            (&[(AR, "mx.uni.no; dkim=pass header.d=uni.no; dmarc=fail header.from=uni.no")], false),
            (&[(AR, "mx.uni.no; dkim=pass (header.d=uni.no")], false),
            (&[], false),
        ];
        for (fields, want) in table {
            assert_eq!(check(fields), *want, "{fields:?}");
        }
    }

    #[test]
    fn only_trusted_peers_bring_results_and_only_submission_proves_a_person() {
        let policy = TrustPolicy { authserv_ids: vec!["mx.uni.no".to_owned()], ..TrustPolicy::default() };
        let good = mail(&[("Authentication-Results", "mx.uni.no; dkim=pass header.d=uni.no")]);
        let none = Evidence::default();
        assert!(matches!(judge(&policy, &envelope(Listener::Smtp, false), &good, &none), Channel::Nothing(_)));
        let person = judge(&TrustPolicy::default(), &envelope(Listener::Submission, true), &good, &none);
        assert_eq!(person, Channel::Person(Address::parse("ola@uni.no").expect("address")));
        let two = Mail { from: vec![good.from[0].clone(), good.from[0].clone()], ..good };
        assert!(matches!(judge(&policy, &envelope(Listener::Submission, true), &two, &none), Channel::Nothing(_)));
    }
}
