//! Reading that survives a fault of the reader.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Mail;
use super::parse::{Limits, parse};

/// What the mail says; `None` when reading it panicked: then it is kept as it is, and not read again.
pub fn parse_caught(raw: &[u8], limits: &Limits) -> Option<Mail> {
    catch_unwind(AssertUnwindSafe(|| parse(raw, limits))).ok()
}
