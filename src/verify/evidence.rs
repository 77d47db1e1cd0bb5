//! What was found out about where a mail comes from, as values.

use crate::address::Domain;

/// Results of own checks (SPF, DKIM, DMARC). Nothing in it: no own check was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Domains with a DKIM signature that verified (RFC 6376).
    pub dkim_pass: Vec<Domain>,
    /// The domain that SPF passed for (RFC 7208).
    pub spf_pass: Option<Domain>,
}
