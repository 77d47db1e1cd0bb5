//! Is this another copy of a mail that is here already?
//!
//! A copy differs in trace headers; a copy through a list also has a prefix in its subject and a footer below its
//! text. So the fingerprints leave both out: see [`Sameness::is_copy_of`].

use serde::{Deserialize, Serialize};

/// Most lines at the end of a text that may be a list's footer.
pub const FOOTER_LINES_MAX: usize = 16;

/// Fingerprints of one mail (64 bits of BLAKE3 each).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sameness {
    /// Of From and Date.
    pub origin: u64,
    /// Of the subject without list prefixes, reply prefixes and spaces.
    pub subject: u64,
    /// Of the attachments' decoded bytes.
    pub attachments: u64,
    /// Of the text: whole, then without its last non-empty line, without its last two, … at most
    /// [`FOOTER_LINES_MAX`] + 1 of them; never of nothing, but for an empty text.
    pub text: Vec<u64>,
}
