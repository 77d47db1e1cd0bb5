//! One mail in: read it, judge where it came from, act.
//!
//! Job: the thin shell between the session's final dot and `act`.
//! Absent on purpose: any decision about the mail.
//!
//! Invariants: no mail can stop the daemon: a panic while reading is caught and the mail is quarantined as it is; a
//! mail that took the process down twice is not read a third time; every mail goes on to `act` but a probe, which
//! [`probes`] accounts for.

mod probes;
pub mod suspects;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{error, info};

use crate::act::{World, act, caught};
use crate::address::Address;
use crate::case::change::Receipt;
use crate::case::trigger::{MailArrived, Quoted, Trigger};
use crate::envelope::{Envelope, RawMail};
use crate::mail::Mail;
use crate::mail::caught::parse_caught;
use crate::mail::parse::Limits;
use crate::ports::{Answer, ProbeMail, ProbeState, Reception, RecipientVerdict, StoreError};
use crate::recall;
use crate::rules::arrive::{Arrival, arrive};
use crate::thread::{Way, route};
use crate::verify::Evidence;
use crate::verify::probe::came_along;

use probes::Probes;
use suspects::{Reading, Suspects};

/// Mails larger than this are read on a thread that may block.
const READ_INLINE_BYTES_MAX: usize = 256 * 1024;

/// Takes mails for the whole house.
pub struct Intake {
    world: Arc<World>,
    suspects: Arc<Suspects>,
    limits: Limits,
    disk: DiskRoom,
    probes: Probes,
}

/// How much room there must be on disk.
#[derive(Clone, Debug)]
pub struct DiskRoom {
    /// Where the data lie.
    pub directory: PathBuf,
    /// So many times a mail's size must be free there before it is taken.
    pub factor: u64,
}

impl Intake {
    /// Takes mails into this world.
    pub fn new(world: Arc<World>, suspects: Suspects, limits: Limits, disk: DiskRoom) -> Self {
        Self { world, suspects: Arc::new(suspects), limits, disk, probes: Probes::default() }
    }

    async fn read(&self, raw: &RawMail) -> Option<Mail> {
        let (raw, limits, suspects) = (raw.clone(), self.limits.clone(), self.suspects.clone());
        let big = raw.bytes().len() > READ_INLINE_BYTES_MAX;
        let read = move || read_guarded(&suspects, &raw, &limits);
        let read = if big { tokio::task::spawn_blocking(read).await.unwrap_or(Read::Panicked) } else { read() };
        match read {
            Read::Mail(mail) => Some(*mail),
            Read::Panicked => {
                self.world.metrics.parser_panics.count();
                self.world.metrics.mails_unread.count();
                None
            }
            Read::Suspect => {
                self.world.metrics.mails_unread.count();
                None
            }
        }
    }

    /// What own checks find out; nothing when they do not survive the mail.
    async fn gather(&self, envelope: &Envelope, mail: &Mail, raw: &RawMail) -> Evidence {
        let gathered = caught(async { self.world.authenticator.gather(envelope, mail, raw).await }).await;
        gathered.unwrap_or_else(|| {
            error!(mail = %raw.id(), "checking where a mail comes from panicked, nothing is proven");
            Evidence::default()
        })
    }

    /// What a user's mail answers; nothing where looking for it does not survive the mail.
    async fn answered(&self, arrived: &MailArrived) -> Result<Option<Quoted>, StoreError> {
        caught(recall::for_user(&self.world, &self.limits, arrived)).await.unwrap_or_else(|| {
            error!(mail = %arrived.raw.id(), "looking for what a mail answers panicked");
            Ok(None)
        })
    }

    fn arrived(&self, arrival: Arrival) -> MailArrived {
        let (policy, directory) = (self.world.policy(), self.world.store.directory());
        let was_read = arrival.mail.is_some();
        let arrived = or_unread(arrival, |arrival| arrive(&policy, &directory, arrival));
        if was_read && arrived.mail.is_none() {
            self.world.metrics.mails_unread.count();
        }
        arrived
    }
}

/// Takes the step; takes it again with the mail unread when it panics.
fn or_unread<T>(arrival: Arrival, step: impl Fn(Arrival) -> T) -> T {
    let (envelope, raw) = (arrival.envelope.clone(), arrival.raw.clone());
    catch_unwind(AssertUnwindSafe(|| step(arrival))).unwrap_or_else(|_| {
        error!(mail = %raw.id(), "judging a mail panicked, quarantined unread");
        step(Arrival { envelope, raw, mail: None, evidence: Evidence::default() })
    })
}

enum Read {
    Mail(Box<Mail>),
    Panicked,
    Suspect,
}

fn read_guarded(suspects: &Suspects, raw: &RawMail, limits: &Limits) -> Read {
    let Reading::Go(slot) = suspects.begin(raw.id()) else {
        error!(mail = %raw.id(), "mail took the process down before, quarantined unread");
        return Read::Suspect;
    };
    let read = parse_caught(raw.bytes(), limits);
    suspects.end(slot);
    match read {
        Some(mail) => Read::Mail(Box::new(mail)),
        None => {
            error!(mail = %raw.id(), "reading a mail panicked, quarantined unread");
            Read::Panicked
        }
    }
}

/// What the log is told of a receipt: each outcome and each case once.
#[derive(Default)]
struct Told {
    outcomes: String,
    cases: String,
    error: Option<String>,
}

impl Told {
    fn of(receipt: &Result<Receipt, StoreError>) -> Self {
        let receipt = match receipt {
            Ok(receipt) => receipt,
            Err(error) => {
                return Self { outcomes: "deferred".to_owned(), cases: "-".to_owned(), error: Some(error.to_string()) };
            }
        };
        let mut outcomes = receipt.outcomes.clone();
        outcomes.dedup();
        let join = |words: Vec<String>| words.join(",");
        Self {
            outcomes: join(outcomes.iter().map(|outcome| outcome.became.as_str().to_owned()).collect()),
            cases: join(outcomes.iter().map(|outcome| outcome.case.to_string()).collect()),
            error: None,
        }
    }
}

impl Reception for Intake {
    fn recipient(&self, address: &Address) -> RecipientVerdict {
        let directory = self.world.store.directory();
        // Without an operator nobody would see what is quarantined, so nothing is promised yet.
        if self.world.store.health().is_err() || !directory.has_operator() {
            return RecipientVerdict::Unavailable;
        }
        let (policy, now) = (self.world.policy(), self.world.clock.now());
        if self.probes.awaited(&policy.ours, address, now).is_some() {
            return RecipientVerdict::Accept;
        }
        match route(&policy.ours, &directory, address, now) {
            Way::Token(_) | Way::Intake(_) | Way::Control => RecipientVerdict::Accept,
            Way::Inactive => RecipientVerdict::Inactive,
            Way::Unknown => RecipientVerdict::Unknown,
        }
    }

    fn has_room(&self, bytes: u64) -> bool {
        // A file system that cannot be asked is no reason to refuse mail; writing will tell.
        rustix::fs::statvfs(&self.disk.directory)
            .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= bytes.saturating_mul(self.disk.factor))
    }

    fn probe(&self) -> Option<ProbeMail> {
        self.probes.issue(&self.world.policy(), self.world.clock.now())
    }

    fn probed(&self, number: u32) -> ProbeState {
        self.probes.state(number)
    }

    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>> {
        Box::pin(async move {
            let started = self.world.clock.now();
            let mail = self.read(&raw).await;
            let evidence = match &mail {
                Some(mail) => self.gather(&envelope, mail, &raw).await,
                None => Evidence::default(),
            };
            let (peer, queue_id) = (envelope.peer.clone(), envelope.queue_id.clone());
            let mut arrived = self.arrived(Arrival { envelope, raw, mail, evidence });
            if let Some(number) = self.probes.only(&self.world.policy().ours, &arrived.envelope, started)
                && self.probes.arrived(number, probed(&arrived, number))
            {
                info!(mail = %arrived.raw.id(), peer, number, trust = arrived.channel.as_str(), "probe received");
                return Ok(Receipt::default());
            }
            arrived.answered = self.answered(&arrived).await?;
            if let Some(mail) = &arrived.mail {
                self.world.metrics.kinds.count(mail.kind);
            }
            arrived.ignored.iter().for_each(|ignored| self.world.metrics.results_ignored.count(*ignored));
            let (id, bytes, trust) = (arrived.raw.id(), arrived.raw.bytes().len(), arrived.channel.as_str());
            let receipt = act(&self.world, Trigger::Mail(Box::new(arrived))).await;
            let took = self.world.clock.now().since(started);
            self.world.metrics.intake_seconds.observe(took);
            let told = Told::of(&receipt);
            let queue_id = queue_id.as_deref().unwrap_or("-");
            let ms = took.as_millis() as u64;
            info!(mail = %id, bytes, peer, queue_id, trust, outcome = told.outcomes, case = told.cases, ms, error = told.error, "mail received");
            receipt
        })
    }
}

/// What became of a probe: with its lie believed, or only brought along.
fn probed(arrived: &MailArrived, number: u32) -> ProbeState {
    let from = arrived.mail.as_ref().and_then(Mail::only_from);
    let believed = from.is_some_and(|from| arrived.channel.covers(&from.address));
    ProbeState::Arrived { believed, came_along: arrived.mail.as_ref().is_some_and(|mail| came_along(mail, number)) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::address::ReversePath;
    use crate::envelope::Listener;

    #[test]
    fn a_mail_that_no_reader_survives_goes_on_unread() {
        let envelope = Envelope {
            listener: Listener::Lmtp,
            trusted: true,
            peer: "unix".to_owned(),
            hello: "mx".to_owned(),
            queue_id: None,
            client: None,
            reverse_path: ReversePath::Null,
            recipients: Vec::new(),
            smtputf8: false,
            dsn_return: None,
            envelope_id: None,
        };
        let raw = RawMail::new(Bytes::from_static(b"Subject: x\r\n\r\n"));
        let (id, mail) = (raw.id(), Some(Mail::default()));
        let arrival = Arrival { envelope, raw, mail, evidence: Evidence::default() };
        let judged = or_unread(arrival, |arrival| {
            assert!(arrival.mail.is_none(), "a field that nobody thought of");
            arrival.raw.id()
        });
        assert_eq!(judged, id);
    }
}
