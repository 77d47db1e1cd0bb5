//! Hostile input without end: the project's own fixtures, changed at random, into everything that reads octets from
//! outside. By rounds from fixed seeds, so a failure comes again; its message says `HENVEND_SEED`, with which the one
//! round is played alone. `HENVEND_LONG=1 cargo test --test fuzz` goes on for about an hour.
//!
//! Stable Rust has no coverage to steer by; what it has instead is a table of the words that the readers look for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "work is measured in processor time")]

mod dice;
mod mail;
mod seeds;
mod session;
mod words;
mod work;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use dice::Dice;

/// Plays so many rounds, each with dice of its own. Which round failed is said.
fn rounds(what: &str, count: u64, mut round: impl FnMut(&mut Dice)) {
    let long = std::env::var_os("HENVEND_LONG").is_some();
    let only: Option<u64> = std::env::var("HENVEND_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seeds = match only {
        Some(seed) => seed..seed + 1,
        None => 0..if long { count * LONGER } else { count },
    };
    for seed in seeds {
        let played = catch_unwind(AssertUnwindSafe(|| round(&mut Dice::new(seed))));
        if let Err(panic) = played {
            eprintln!("{what}: HENVEND_SEED={seed} plays this round alone");
            resume_unwind(panic);
        }
    }
}

/// How much more is done in a long run: an hour for what takes two cores less than a minute.
const LONGER: u64 = 70;
