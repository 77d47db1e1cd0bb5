//! Own checks of where a mail comes from.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, MessageAuthenticator, SpfOutput, SpfResult,
};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::address::{Domain, ReversePath};
use crate::envelope::{Client, Envelope, Listener, RawMail};
use crate::mail::Mail;
use crate::ports::{Answer, Authenticator};
use crate::verify::Evidence;

/// All questions about one mail together. What is not known by then proves nothing.
pub const CHECK_MAX: Duration = Duration::from_secs(10);
/// One question, asked once.
const QUESTION_MAX: Duration = Duration::from_secs(3);
/// A mail with more signatures than this has none: each costs a question and a calculation.
const SIGNATURES_MAX: usize = 10;
/// Answers kept in memory.
const ANSWERS_KEPT_MAX: u64 = 4096;

/// No own checks: what the mail server in front found out is all there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Authenticator for Off {
    fn gather<'a>(&'a self, _: &'a Envelope, _: &'a Mail, _: &'a RawMail) -> Answer<'a, Evidence> {
        Box::pin(async { Evidence::default() })
    }
}

/// DKIM, SPF and DMARC, asked of name servers.
#[derive(Clone)]
pub struct OwnChecks {
    resolver: MessageAuthenticator,
    host_name: Domain,
    patience: Duration,
}

impl OwnChecks {
    /// Checks that ask this name server, or those of the system, for so long about one mail: [`CHECK_MAX`].
    ///
    /// Errors: the system's name servers cannot be read.
    pub fn new(name_server: Option<SocketAddr>, host_name: Domain, patience: Duration) -> Result<Self, String> {
        let mut options = ResolverOpts::default();
        options.timeout = QUESTION_MAX;
        options.cache_size = ANSWERS_KEPT_MAX;
        let made = match name_server {
            Some(address) => MessageAuthenticator::new(only(address), options),
            None => MessageAuthenticator::new_system_conf(),
        };
        let resolver = made.map_err(|error| format!("name servers of the system: {error}"))?;
        Ok(Self { resolver, host_name, patience })
    }
}

fn only(address: SocketAddr) -> ResolverConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    server.connections.iter_mut().for_each(|connection| connection.port = address.port());
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

impl Authenticator for OwnChecks {
    fn gather<'a>(&'a self, envelope: &'a Envelope, mail: &'a Mail, raw: &'a RawMail) -> Answer<'a, Evidence> {
        // A person who has logged in needs no other proof, and without one From address nothing could be proven.
        if envelope.listener == Listener::Submission || mail.only_from().is_none() {
            return Box::pin(async { Evidence::default() });
        }
        let signatures = mail.fields.iter().filter(|field| field.name.eq_ignore_ascii_case("DKIM-Signature")).count();
        let (checks, runtime) = (self.clone(), Handle::current());
        let question = Question {
            raw: raw.clone(),
            signed: (1..=SIGNATURES_MAX).contains(&signatures),
            sender: Sender::of(envelope),
        };
        // Hashing a long mail takes its time, and a fault in the library must stop neither us nor the mail.
        let checking = tokio::task::spawn_blocking(move || runtime.block_on(checks.check(&question)));
        Box::pin(async {
            checking.await.unwrap_or_else(|error| {
                tracing::warn!(%error, "checking a mail's signatures broke off: it counts as not proven");
                Evidence::default()
            })
        })
    }
}

/// What is checked.
struct Question {
    raw: RawMail,
    signed: bool,
    sender: Option<Sender>,
}

/// What SPF looks at (RFC 7208 §2.4).
struct Sender {
    client: IpAddr,
    hello: String,
    address: String,
    domain: Domain,
}

impl Sender {
    /// `None` where the client is not known, or nobody is to be told of a failure.
    fn of(envelope: &Envelope) -> Option<Self> {
        let Client { address: client, hello } = envelope.client.as_ref()?;
        let ReversePath::Mailbox(address) = &envelope.reverse_path else { return None };
        let (client, hello, domain) = (client.to_canonical(), hello.clone(), address.domain().clone());
        Some(Self { client, hello, address: format!("{}@{domain}", address.local()), domain })
    }
}

impl OwnChecks {
    async fn check(&self, question: &Question) -> Evidence {
        let found = Mutex::new(Evidence::default());
        // Too late: what was found until then counts.
        let _ = timeout(self.patience, self.find(question, &found)).await;
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find(&self, question: &Question, found: &Mutex<Evidence>) {
        // Strictly: a signature with `l=` covers a beginning only, and counts as none (RFC 6376 §8.2).
        let Some(message) = AuthenticatedMessage::parse_with_opts(question.raw.bytes(), None, true) else { return };
        let (signatures, spf) =
            tokio::join!(self.signatures(question, &message, found), self.sender(question.sender.as_ref(), found));
        let domain = question.sender.as_ref().map_or("", |sender| sender.domain.as_str());
        let asked = DmarcParameters::new(&message, &signatures, domain, &spf);
        lock(found).dmarc_pass = match self.resolver.verify_dmarc(asked).await.result() {
            DmarcResult::Pass => Some(true),
            DmarcResult::Fail(_) => Some(false),
            DmarcResult::TempError(_) | DmarcResult::PermError(_) | DmarcResult::None => None,
        };
    }

    async fn signatures<'a>(
        &self,
        question: &Question,
        message: &'a AuthenticatedMessage<'a>,
        found: &Mutex<Evidence>,
    ) -> Vec<DkimOutput<'a>> {
        if !question.signed {
            return Vec::new();
        }
        let mut outputs = self.resolver.verify_dkim(message).await;
        outputs.retain(covers_the_sender);
        let good = outputs.iter().filter(|output| output.result() == &DkimResult::Pass);
        let domains = good.filter_map(|output| Domain::parse(&output.signature()?.d));
        lock(found).dkim_pass.extend(domains);
        outputs
    }

    async fn sender(&self, sender: Option<&Sender>, found: &Mutex<Evidence>) -> SpfOutput {
        let Some(Sender { client, hello, address, domain }) = sender else { return SpfOutput::new(String::new()) };
        let host = self.host_name.as_str();
        let output = self.resolver.verify_spf(SpfParameters::verify_mail_from(*client, hello, host, address)).await;
        if output.result() == SpfResult::Pass {
            lock(found).spf_pass = Some(domain.clone());
        }
        output
    }
}

/// A signature over the whole body and the From field; any other proves nothing of who wrote (RFC 6376 §5.4).
fn covers_the_sender(output: &DkimOutput<'_>) -> bool {
    let whole = |signature: &mail_auth::dkim::Signature| {
        signature.l == 0 && signature.h.iter().any(|field| field.eq_ignore_ascii_case("from"))
    };
    output.signature().is_some_and(whole)
}

fn lock(found: &Mutex<Evidence>) -> MutexGuard<'_, Evidence> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
