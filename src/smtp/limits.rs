//! Every bound of a session, by name.

use std::time::Duration;

use crate::time::Timestamp;

/// A mail that is refused is read to its end, but not beyond so many times the largest mail.
const OVERRUN_FACTOR: u64 = 4;

/// Every bound of a session. Lengths in octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest command line, CRLF included.
    pub command_bytes_max: usize,
    /// Most recipients of one mail.
    pub recipients_max: usize,
    /// Protocol errors after which we hang up. A mail that is taken sets the count back.
    pub errors_max: u32,
    /// Largest mail.
    pub mail_bytes_max: u64,
    /// Longest line of text in a mail, CRLF not counted.
    pub text_line_bytes_max: usize,
    /// How long a peer may leave us without a whole command, or a mail without a new byte.
    pub idle_max: Duration,
    /// How long a mail may take before its pace counts.
    pub data_grace: Duration,
    /// The slowest pace of a whole mail, octets a second.
    pub data_bytes_per_second_min: u64,
    /// Replies are sent when so many octets of them wait, even if more commands are at hand.
    pub replies_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_bytes_max: 2048,
            recipients_max: 200,
            errors_max: 10,
            mail_bytes_max: 26 * 1024 * 1024,
            text_line_bytes_max: 1024 * 1024,
            idle_max: Duration::from_secs(300),
            data_grace: Duration::from_secs(60),
            data_bytes_per_second_min: 500,
            replies_bytes_max: 16 * 1024,
        }
    }
}

impl Limits {
    /// How much of a mail that is refused is read in search of its end before we hang up.
    pub fn overrun_bytes_max(&self) -> u64 {
        self.mail_bytes_max.saturating_mul(OVERRUN_FACTOR)
    }

    /// By when a mail begun at `begun` must have ended, or have brought more, having brought `received` octets, the
    /// last of them at `heard`.
    pub fn data_deadline(&self, begun: Timestamp, heard: Timestamp, received: u64) -> Timestamp {
        let counted = received.min(self.mail_bytes_max);
        let pace = Duration::from_secs(counted / self.data_bytes_per_second_min.max(1));
        begun.plus(self.data_grace).plus(pace).min(heard.plus(self.idle_max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_must_keep_up_its_pace() {
        let limits = Limits::default();
        let at = Timestamp::from_secs;
        let table = [
            // begun, heard, received, deadline
            (0, 0, 0, 60),
            (0, 60, 50_000, 160),
            (0, 10, 5_000_000, 310),
            (0, 60_000, u64::MAX, 54_585),
        ];
        for (begun, heard, received, deadline) in table {
            assert_eq!(limits.data_deadline(at(begun), at(heard), received), at(deadline), "{received}");
        }
    }
}
