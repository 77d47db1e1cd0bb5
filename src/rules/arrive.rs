//! A mail that was read, and how it came: what kind it is, and what its way in proves.

use crate::case::trigger::MailArrived;
use crate::directory::model::Directory;
use crate::envelope::{Envelope, RawMail};
use crate::mail::Mail;
use crate::mail::machine::classify;
use crate::rules::Policy;
use crate::thread::kind_context;
use crate::verify::judge::judge;
use crate::verify::{Channel, Evidence, Judged};

/// Everything that is at hand when a mail comes in.
#[derive(Debug)]
pub struct Arrival {
    /// The transaction.
    pub envelope: Envelope,
    /// The bytes.
    pub raw: RawMail,
    /// What they say, if they could be read.
    pub mail: Option<Mail>,
    /// What own checks found out.
    pub evidence: Evidence,
}

/// The mail as decisions want it.
pub fn arrive(policy: &Policy, directory: &Directory, arrival: Arrival) -> MailArrived {
    let Arrival { envelope, raw, mut mail, evidence } = arrival;
    let Judged { channel, ignored } = match &mut mail {
        None => Judged { channel: Channel::Nothing("the mail was not read"), ignored: Vec::new() },
        Some(mail) => {
            let context = kind_context(&policy.ours, directory, (&envelope, mail), &policy.trust.spam_marks);
            classify(mail, &context);
            let judged = judge(&policy.trust, directory, &envelope, mail, &evidence);
            mail.problems.extend(judged.ignored.iter().map(|ignored| ignored.told().to_owned()));
            judged
        }
    };
    MailArrived { envelope, raw, mail, channel, ignored, answered: None }
}
