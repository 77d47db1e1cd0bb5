//! What was found out about where a mail comes from, as values.

use crate::address::Domain;

/// Results of own checks (SPF, DKIM, DMARC). Nothing in it: no own check was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Domains with a DKIM signature over the whole body that verified (RFC 6376).
    pub dkim_pass: Vec<Domain>,
    /// The domain that SPF passed for (RFC 7208).
    pub spf_pass: Option<Domain>,
    /// Does the mail pass the DMARC policy of its From domain (RFC 7489)? `None`: there is none, or it cannot be known.
    pub dmarc_pass: Option<bool>,
}

/// One `Authentication-Results` field (RFC 8601 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// Who says so, lower-case.
    pub authserv_id: String,
    /// What they say.
    pub results: Vec<MethodResult>,
}

/// One method's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodResult {
    /// `dkim`, `spf`, `dmarc`, lower-case.
    pub method: String,
    /// `pass`, `fail`, `none`, lower-case.
    pub result: String,
    /// `header.d` → value, names lower-case.
    pub properties: Vec<(String, String)>,
}

impl MethodResult {
    /// The value of this property; `None` as well where it stands there twice with different values.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut values = self.properties.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }
}
