//! Whom to believe.
//!
//! Job: from what a way in proves ([`judge`], by what our mail server wrote: [`results`]) and what a token proves, make the one value that lets somebody act as a
//! user ([`prove::ProvenUser`]).
//! Absent on purpose: gathering (that is behind the `Authenticator` door) and acting (that is `rules`).
//!
//! Invariants: only [`prove::prove`] makes a `ProvenUser`; nothing a header says alone can.

pub mod evidence;
pub mod judge;
pub mod probe;
pub mod prove;
pub mod results;

pub use evidence::Evidence;
pub use judge::{Channel, Ignored, Judged, OwnCheck, TrustPolicy};
