//! The mail itself, from 354 to its last reply.

use bytes::BytesMut;

use super::{Action, Arrived, Caller, Receiving, Session, State, Step, Verdict, refusal};
use crate::address::Address;
use crate::envelope::Listener;
use crate::smtp::command::Forwarded;
use crate::smtp::data::{Fault, Progress};
use crate::smtp::reply::{self, Reply};
use crate::time::Timestamp;

impl Session {
    pub(super) fn read_mail(&mut self, mut mail: Box<Receiving>, input: &mut BytesMut, now: Timestamp) -> Step {
        if !input.is_empty() {
            self.heard = now;
        }
        // Cut at the bound, so that it does not depend on segments whether an end beyond it is still seen.
        let left = self.config.limits.overrun_bytes_max().saturating_sub(mail.reader.received());
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let beyond = (input.len() > left).then(|| input.split_off(left));
        let progress = mail.reader.read(input);
        if let Some(beyond) = beyond {
            input.unsplit(beyond);
        }
        if progress == Progress::Ended {
            self.state = State::HandOver(mail);
            return Step::Again;
        }
        if mail.reader.received() >= self.config.limits.overrun_bytes_max() {
            self.hang_up(&reply::OVERRUN);
            return Step::Again;
        }
        self.state = State::Dot(mail);
        Step::More
    }

    /// The true end of the mail was read.
    pub(super) fn hand_over(&mut self, mut mail: Box<Receiving>) -> Step {
        if let Some(fault) = mail.reader.fault() {
            let recipients = mail.envelope.recipients.len();
            self.say_for_each(recipients, fault_reply(fault));
            self.state = State::Mail(Caller::of(mail.envelope));
            return Step::Again;
        }
        let body = mail.reader.take();
        let caller = Caller { name: mail.envelope.hello.clone(), forwarded: Forwarded::default() };
        let recipients = mail.envelope.recipients.iter().map(|recipient| recipient.address.clone()).collect();
        self.state = State::Taking(caller, recipients);
        Step::Ask(Action::Accept(Box::new(Arrived { envelope: mail.envelope, body, begun: mail.begun })))
    }

    /// Says what became of a mail: under LMTP once for each recipient, in order (RFC 2033 §4.2).
    pub(super) fn settle(&mut self, recipients: &[Address], verdict: &Verdict) {
        let Verdict::Taken(places) = verdict else {
            return self.say_for_each(recipients.len(), refusal(verdict));
        };
        if !self.peer.trusted || places.len() != recipients.len() {
            return self.say_for_each(recipients.len(), &reply::TAKEN);
        }
        let prefix = &self.config.prefix;
        if self.config.listener == Listener::Smtp {
            return reply::receipts(&mut self.out, prefix, places);
        }
        for (address, place) in recipients.iter().zip(places) {
            reply::receipt(&mut self.out, address, prefix, *place);
        }
    }

    fn say_for_each(&mut self, recipients: usize, reply: &'static Reply) {
        let times = if self.config.listener == Listener::Smtp { 1 } else { recipients };
        for _ in 0..times {
            self.say(reply);
        }
    }
}

fn fault_reply(fault: Fault) -> &'static Reply {
    match fault {
        Fault::TooBig => &reply::TOO_BIG,
        Fault::BrokenLines => &reply::BROKEN_LINES,
        Fault::LineTooLong => &reply::TEXT_LINE_TOO_LONG,
    }
}
