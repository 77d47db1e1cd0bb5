//! Mails by which an operator tries the way in. The last few are remembered, in memory.
//!
//! They are the one exception to "250 means that it is on a case". It is right for them: each is asked for by an operator
//! a moment before, comes to an address that only we can make, that counts once and for minutes, and carries nothing
//! that anybody wrote; what was wanted of it is known when it has been judged. A mail with any other recipient beside it
//! is an ordinary one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::address::Address;
use crate::envelope::Envelope;
use crate::ports::{ProbeMail, ProbeState};
use crate::rules::Policy;
use crate::thread::Ours;
use crate::time::Timestamp;
use crate::verify::probe::forged;

/// For so long the address counts.
pub const PROBE_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// Most probes that are remembered, the latest.
const PROBES_MAX: usize = 16;

/// The probes of this process.
#[derive(Debug, Default)]
pub struct Probes {
    kept: Mutex<VecDeque<(u32, ProbeState)>>,
}

impl Probes {
    /// One more.
    pub fn issue(&self, policy: &Policy, now: Timestamp) -> Option<ProbeMail> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let last = kept.back().map_or(0, |(number, _)| number.saturating_add(1));
        let number = u32::try_from(now.millis() / 1000).unwrap_or_default().max(last);
        let to = policy.ours.probe_address(number, now.plus(PROBE_TIME_MAX))?;
        let own = [policy.ours.host_name.to_string()];
        // Nobody is believed where no service is configured; whether the mail comes is to be seen all the same.
        let services = if policy.trust.authserv_ids.is_empty() { &own } else { &policy.trust.authserv_ids[..] };
        let mail = forged(services, number, &to, now);
        kept.push_back((number, ProbeState::Awaited));
        if kept.len() > PROBES_MAX {
            kept.pop_front();
        }
        Some(ProbeMail { number, to, mail })
    }

    /// The probe that is awaited at this address.
    pub fn awaited(&self, ours: &Ours, address: &Address, now: Timestamp) -> Option<u32> {
        ours.probe(address, now).filter(|number| self.state(*number) == ProbeState::Awaited)
    }

    /// The probe that this mail is, and nothing else.
    pub fn only(&self, ours: &Ours, envelope: &Envelope, now: Timestamp) -> Option<u32> {
        let [recipient] = &envelope.recipients[..] else { return None };
        self.awaited(ours, &recipient.address, now)
    }

    /// It has come. Says whether it was awaited: of two at once only the first was.
    pub fn arrived(&self, number: u32, state: ProbeState) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let awaited = kept.iter_mut().find(|kept| **kept == (number, ProbeState::Awaited));
        awaited.map(|kept| kept.1 = state).is_some()
    }

    /// What became of one.
    pub fn state(&self, number: u32) -> ProbeState {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(kept, _)| *kept == number).map_or(ProbeState::Unknown, |(_, state)| *state)
    }
}
