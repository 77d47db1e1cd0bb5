//! The reader of our own mail server's findings: `Authentication-Results`, by its grammar and nothing looser.
//!
//! A field that breaks the grammar anywhere proves nothing at all: what one reader takes for a comment, another may take
//! for a result. One thing is taken beyond the grammar: `/` in a property without quotation marks, because the most
//! usual DKIM filter writes `header.b=gfT/i2HB` so.

use super::evidence::{AuthenticationResults, MethodResult};

/// Most results read from one field, and most properties of one result; a field with more is not read.
const RESULTS_MAX: usize = 64;
/// Deepest nesting of comments.
const COMMENT_DEPTH_MAX: u32 = 32;

/// Reads one field's value; `None` when it does not follow the grammar.
///
/// Shape:  the value, folded or not.       Errors: none, total; linear time.       Source: RFC 8601 §2.2.
pub fn authentication_results(value: &str) -> Option<AuthenticationResults> {
    let mut reader = Reader { rest: value };
    let authserv_id = reader.value()?.to_lowercase();
    if reader.peek().is_some_and(|c| c.is_ascii_digit()) && reader.digits()? != "1" {
        return None;
    }
    let mut results = Vec::new();
    reader.expect(';')?;
    if reader.is_only("none") {
        return Some(AuthenticationResults { authserv_id, results });
    }
    loop {
        results.extend(reader.result()?);
        match reader.peek() {
            None => return Some(AuthenticationResults { authserv_id, results }),
            Some(_) if results.len() == RESULTS_MAX => return None,
            Some(_) => reader.expect(';')?,
        }
    }
}

/// What of the value is not read yet.
#[derive(Clone, Copy)]
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// `method [/ version] = result [reason] [properties]`. Of another version than the first: nothing, but well-formed.
    fn result(&mut self) -> Option<Option<MethodResult>> {
        let method = self.keyword()?.to_lowercase();
        let known = if self.peek() == Some('/') {
            self.expect('/')?;
            self.digits()? == "1"
        } else {
            true
        };
        self.expect('=')?;
        let result = self.keyword()?.to_lowercase();
        let mut properties: Vec<(String, String)> = Vec::new();
        while self.peek().is_some_and(|c| c != ';') {
            if properties.len() == RESULTS_MAX {
                return None;
            }
            properties.push(if properties.is_empty() { self.first_property()? } else { self.property()? });
        }
        properties.retain(|(name, _)| name != REASON);
        Some(known.then_some(MethodResult { method, result, properties }))
    }

    /// Like the others, or `reason = value`, which nobody may take for a property.
    fn first_property(&mut self) -> Option<(String, String)> {
        let kind = self.keyword()?.to_lowercase();
        if kind == REASON && self.peek() == Some('=') {
            self.expect('=')?;
            return Some((kind, self.value()?));
        }
        self.property_of(&kind)
    }

    /// `type.property = value`
    fn property(&mut self) -> Option<(String, String)> {
        let kind = self.keyword()?.to_lowercase();
        self.property_of(&kind)
    }

    fn property_of(&mut self, kind: &str) -> Option<(String, String)> {
        self.expect('.')?;
        let name = self.keyword()?.to_lowercase();
        self.expect('=')?;
        Some((format!("{kind}.{name}"), self.property_value()?))
    }

    /// A word, a quoted string, or `[[local part]@]domain`.
    fn property_value(&mut self) -> Option<String> {
        if self.peek()? == '"' {
            let quoted = self.quoted()?;
            let Some(rest) = self.rest.strip_prefix('@') else { return Some(quoted) };
            self.rest = rest;
            let domain = self.take(is_domain);
            return (!domain.is_empty()).then(|| format!("{quoted}@{domain}"));
        }
        let word = self.take(|c| is_atom(c) || c == '.' || c == '@');
        let good = match word.split_once('@') {
            Some((_, domain)) => !domain.is_empty() && domain.chars().all(is_domain),
            None => !word.is_empty() && !word.contains(['=', '?']),
        };
        good.then(|| word.to_owned())
    }

    /// A word or a quoted string (RFC 2045 §5.1).
    fn value(&mut self) -> Option<String> {
        if self.peek()? == '"' {
            return self.quoted();
        }
        let token = self.take(|c| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c));
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// Letters, digits and hyphens, not ending with a hyphen (RFC 5321 §4.1.2).
    fn keyword(&mut self) -> Option<&'a str> {
        self.peek()?;
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '-');
        (!word.is_empty() && !word.starts_with('-') && !word.ends_with('-')).then_some(word)
    }

    fn digits(&mut self) -> Option<&'a str> {
        self.peek()?;
        let digits = self.take(|c| c.is_ascii_digit());
        (!digits.is_empty()).then_some(digits)
    }

    /// The text of a quoted string, of which the mark that opens it is next.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                '\\' => text.push(chars.next()?.1),
                '\r' | '\n' => {}
                c if c.is_control() && c != '\t' => return None,
                c => text.push(c),
            }
        }
        None
    }

    /// This mark, and nothing else, is next.
    fn expect(&mut self, mark: char) -> Option<()> {
        self.peek().filter(|next| *next == mark)?;
        self.rest = &self.rest[mark.len_utf8()..];
        Some(())
    }

    /// Is this word all that is left?
    fn is_only(&self, word: &str) -> bool {
        let mut ahead = *self;
        ahead.keyword().is_some_and(|next| next.eq_ignore_ascii_case(word)) && ahead.peek().is_none()
    }

    /// The next character that is neither space nor comment; `None` at the end. A broken comment stays, and is nothing
    /// that anybody expects.
    fn peek(&mut self) -> Option<char> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            match after_comment(self.rest) {
                Some(rest) if self.rest.starts_with('(') => self.rest = rest,
                _ => return self.rest.chars().next(),
            }
        }
    }

    fn take(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

const REASON: &str = "reason";

/// What may stand in a local part without quotation marks, or in base64 (RFC 5322 §3.2.3, RFC 6531 §3.3).
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_control())
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._".contains(c) || (!c.is_ascii() && !c.is_control())
}

/// What follows a comment that begins here; comments nest (RFC 5322 §3.2.2). `None`: it does not end.
fn after_comment(text: &str) -> Option<&str> {
    let mut depth = 0u32;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()?),
            '(' if depth == COMMENT_DEPTH_MAX => return None,
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + c.len_utf8()..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `id | method=result name=value … | …`
    fn told(field: &str) -> Option<String> {
        let read = authentication_results(field)?;
        let mut told = read.authserv_id;
        for result in read.results {
            told.push_str(&format!(" | {}={}", result.method, result.result));
            result.properties.iter().for_each(|(name, value)| told.push_str(&format!(" {name}={value}")));
        }
        Some(told)
    }

    #[test]
    fn fields_are_read_by_the_grammar() {
        let table = [
            ("mx.example.org; none", "mx.example.org"),
            ("MX.Example.org 1; none", "mx.example.org"),
            ("\"mx.example.org\" (who) 1 (first); (nothing) none (at all)", "mx.example.org"),
            ("mx; spf=pass smtp.mailfrom=ola@uni.example", "mx | spf=pass smtp.mailfrom=ola@uni.example"),
            ("mx; SPF=Pass", "mx | spf=pass"),
            (
                "mx;\r\n\tdkim = pass (2048-bit; un(protec)ted \\) key)\r\n header.d=uni.example\r\n header.b=gfT/i2HB;\r\n spf=none",
                "mx | dkim=pass header.d=uni.example header.b=gfT/i2HB | spf=none",
            ),
            (
                "mx (a) 1 (b); dkim (c) / 1 (d) = (e) fail policy (f) . (g) expired (h) = (i) 1362471462",
                "mx | dkim=fail policy.expired=1362471462",
            ),
            ("mx; dkim=fail reason=\"bad; dkim=pass\" header.i=@uni.example", "mx | dkim=fail header.i=@uni.example"),
            ("mx; dkim=fail reason=broken", "mx | dkim=fail"),
            ("mx; dkim=pass header.s=\"a \\\"b\"", "mx | dkim=pass header.s=a \"b"),
            ("mx; spf=pass smtp.mailfrom=\"a b\"@uni.example", "mx | spf=pass smtp.mailfrom=a b@uni.example"),
            ("mx; spf=pass smtp.mailfrom=srs0=x=y=a=b@c.example", "mx | spf=pass smtp.mailfrom=srs0=x=y=a=b@c.example"),
            ("mx; dkim=pass header.i=kåre@blåbær.example", "mx | dkim=pass header.i=kåre@blåbær.example"),
            (
                "mx; x-own=strange; dkim/2=pass header.d=uni.example; dkim-atps=neutral",
                "mx | x-own=strange | dkim-atps=neutral",
            ),
        ];
        for (field, want) in table {
            assert_eq!(told(field).as_deref(), Some(want), "{field}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_proves_nothing() {
        let deep = format!("mx; dkim=pass {}{}", "(".repeat(100), ")".repeat(100));
        for bad in [
            "",
            ";",
            "mx",
            "mx;",
            "mx 2; dkim=pass",
            "mx; dkim",
            "mx; =pass",
            "mx; dkim=",
            "mx; dkim=pass;",
            "mx; dkim=pass; none",
            "mx; none; dkim=pass",
            "mx; dkim=pass (open",
            "mx; dkim=pass shut)",
            "mx; dkim=pass \"open",
            "mx; spf=pass uni.example",
            "mx; dmarc=pass action=none header.from=uni.example",
            "mx; dkim=pass header.d=uni.example reason=late",
            "mx; dkim=pass header.d=",
            "mx; dkim=pass header.d=<uni.example>",
            "mx; spf=pass smtp.mailfrom=a@b@uni.example",
            "mx; spf=pass smtp.mailfrom=ola@",
            "dkim=pass header.d=uni.example",
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=uni.example; dkim=none",
            "mx dkim=pass header.d=uni.example",
            "mx, other; dkim=pass",
            "блåbær.example; none",
            "mx; dkim=pass\u{0} header.d=uni.example",
            "mx; d\u{200b}kim=pass header.d=uni.example",
            &deep,
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }

    #[test]
    fn long_and_hostile_fields_take_little_time() {
        let comments = format!("mx; dkim=pass {}", "(a)".repeat(200_000));
        assert_eq!(told(&comments).as_deref(), Some("mx | dkim=pass"));
        let parts = ["(", ")", "((\\", "\"", ";", "a=b;", "mx;", " x.y=z", "@", "\\"];
        for part in parts {
            assert_eq!(told(&format!("mx; dkim=pass {}", part.repeat(200_000))), None, "{part}");
        }
        assert_eq!(told(&format!("mx; {}", vec!["dkim=pass"; 64].join(";"))).map(|told| told.len()), Some(2 + 64 * 12));
        assert_eq!(told(&format!("mx; {}", vec!["dkim=pass"; 65].join(";"))), None);
    }
}
