//! The real program under load: starting and ending it, handing it mail over LMTP, taking what it sends.
//!
//! Shared by the tests that crash it and feed it, and by the benchmark that measures it. Nothing here knows how the
//! program works inside.
#![allow(dead_code, reason = "the benchmark and the tests each need a part of this")]

pub mod client;
pub mod found;
pub mod mails;
pub mod program;
pub mod smarthost;

use std::sync::Arc;

/// Called at each step of a conversation, on both sides of the program.
pub type Beat = Arc<dyn Fn() + Send + Sync>;

/// Nobody counts.
pub fn no_beat() -> Beat {
    Arc::new(|| {})
}

/// Numbers that look random, the same for the same seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
