//! What was found out about where a mail comes from, as values; and the reader of our own mail server's findings.

use crate::address::Domain;

/// Results of own checks (SPF, DKIM, DMARC). Nothing in it: no own check was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Domains with a DKIM signature that verified (RFC 6376).
    pub dkim_pass: Vec<Domain>,
    /// The domain that SPF passed for (RFC 7208).
    pub spf_pass: Option<Domain>,
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
    /// The value of this property.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Most results read from one field.
const RESULTS_MAX: usize = 64;

/// Reads one field's value; `None` when it does not follow the grammar. A malformed field proves nothing.
///
/// Shape:  unfolded value.       Errors: none, total.       Source: RFC 8601 §2.2.
pub fn authentication_results(value: &str) -> Option<AuthenticationResults> {
    let mut sections = sections(value)?.into_iter();
    let mut head = sections.next()?.into_iter();
    let authserv_id = head.next()?.to_lowercase();
    if head.next().is_some_and(|version| version != "1") || head.next().is_some() {
        return None;
    }
    let mut results = Vec::new();
    for section in sections.take(RESULTS_MAX) {
        match section.as_slice() {
            [] => {}
            [word] if word.eq_ignore_ascii_case("none") => {}
            tokens => results.push(method_result(tokens)?),
        }
    }
    Some(AuthenticationResults { authserv_id, results })
}

fn method_result(tokens: &[String]) -> Option<MethodResult> {
    let (method, result) = tokens.first()?.split_once('=')?;
    let method = method.split('/').next().unwrap_or(method);
    let mut properties = Vec::new();
    for token in &tokens[1..] {
        let (name, value) = token.split_once('=')?;
        properties.push((name.to_lowercase(), value.to_owned()));
    }
    let word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let good = word(method) && word(result);
    good.then(|| MethodResult { method: method.to_lowercase(), result: result.to_lowercase(), properties })
}

/// Splits at `;` and white space, outside quotes; comments vanish, also nested ones; `a = b` becomes `a=b`.
fn sections(value: &str) -> Option<Vec<Vec<String>>> {
    let mut reader = Sections { all: vec![Vec::new()], word: String::new(), depth: 0 };
    let mut chars = value.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || reader.depth > 0 => {
                let escaped = chars.next()?;
                reader.push(escaped);
            }
            '"' if reader.depth == 0 => quoted = !quoted,
            '(' if !quoted => reader.depth += 1,
            ')' if !quoted => reader.depth = reader.depth.checked_sub(1)?,
            ';' if !quoted && reader.depth == 0 => {
                reader.end_word();
                reader.all.push(Vec::new());
            }
            c if c.is_whitespace() && !quoted => reader.end_word(),
            c => reader.push(c),
        }
    }
    reader.end_word();
    (!quoted && reader.depth == 0).then_some(reader.all)
}

struct Sections {
    all: Vec<Vec<String>>,
    word: String,
    depth: u32,
}

impl Sections {
    fn push(&mut self, c: char) {
        if self.depth == 0 {
            self.word.push(c);
        }
    }

    fn end_word(&mut self) {
        if self.depth > 0 || self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let section = self.all.last_mut().expect("there is always a section");
        match section.last_mut() {
            Some(last) if last.ends_with('=') || word.starts_with('=') => last.push_str(&word),
            _ => section.push(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_the_grammar() {
        let field = "mx.Example.org (who) 1; spf=pass (ok; \\) still) smtp.mailfrom=ola@uni.no;\tdkim = pass header.d=uni.no header.s=\"a b\"; none";
        let read = authentication_results(field).expect("well-formed");
        assert_eq!(read.authserv_id, "mx.example.org");
        assert_eq!(read.results.len(), 2);
        assert_eq!(read.results[0].property("smtp.mailfrom"), Some("ola@uni.no"));
        assert_eq!((read.results[1].method.as_str(), read.results[1].result.as_str()), ("dkim", "pass"));
        assert_eq!(read.results[1].property("header.s"), Some("a b"));
    }

    #[test]
    fn what_breaks_the_grammar_proves_nothing() {
        for bad in [
            "",
            ";",
            "mx 2; dkim=pass",
            "mx; dkim",
            "mx; dkim=pass (open",
            "mx; dkim=pass \"open",
            "mx; dkim=pass)",
            "mx; spf=pass uni.no",
            "mx; =pass",
        ] {
            assert_eq!(authentication_results(bad), None, "{bad}");
        }
        let none = authentication_results("mx; none").expect("well-formed");
        assert!(none.results.is_empty());
    }
}
