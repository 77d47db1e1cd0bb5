//! Parameters of MAIL and RCPT, screened before they are given a type.

use super::reply::{BAD_PARAMETER, Refusal, UNKNOWN_PARAMETER};

/// Longest `ENVID` (RFC 3461 §4.4).
const ENVELOPE_ID_BYTES_MAX: usize = 100;
/// Longest `ORCPT` (RFC 3461 §4.2).
const ORIGINAL_BYTES_MAX: usize = 500;
/// Most digits of a `SIZE` (RFC 1870 §4).
const SIZE_DIGITS_MAX: usize = 20;
/// A size beyond every limit, in as many digits as no reader can overflow on.
const SIZE_HUGE: &str = "SIZE=999999999999999999";

/// Parameters of one command after the screening.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Screened {
    /// `ENVID=`, decoded.
    pub envelope_id: Option<String>,
    /// `ORCPT=`, decoded, without its type.
    pub original: Option<String>,
    /// The others, each preceded by a space, and a line feed at the end; empty when there are none.
    pub rest: String,
}

/// Lets pass what was offered, each once, and decodes what is xtext.
///
/// Shape:  `text` is what follows the path: empty, or beginning with a space.      Units: none.
/// Errors: 555 for what was not offered, 501 for twice or wrong.                    Source: RFC 5321 §4.1.1.11.
pub fn screen(text: &str, offered: &[&'static str]) -> Result<Screened, Refusal> {
    let mut screened = Screened::default();
    let mut seen = Vec::new();
    for token in text.split(' ').filter(|token| !token.is_empty()) {
        let (keyword, value) = token.split_once('=').unwrap_or((token, ""));
        let known = offered.iter().find(|name| name.eq_ignore_ascii_case(keyword));
        let Some(name) = known else { return Err(Refusal::new(&UNKNOWN_PARAMETER, "parameter not offered")) };
        if seen.contains(name) {
            return Err(Refusal::new(&BAD_PARAMETER, "parameter given twice"));
        }
        seen.push(*name);
        match *name {
            "ENVID" => screened.envelope_id = Some(envelope_id(value)?),
            "ORCPT" => screened.original = Some(original(value)?),
            "SIZE" => size(&mut screened.rest, value)?,
            _ => push(&mut screened.rest, token),
        }
    }
    if !screened.rest.is_empty() {
        screened.rest.push('\n');
    }
    Ok(screened)
}

fn push(rest: &mut String, token: &str) {
    rest.push(' ');
    rest.push_str(token);
}

fn size(rest: &mut String, digits: &str) -> Result<(), Refusal> {
    let sound = (1..=SIZE_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !sound {
        return Err(Refusal::new(&BAD_PARAMETER, "SIZE is no number"));
    }
    let digits = digits.trim_start_matches('0');
    match digits.len() {
        0 => push(rest, "SIZE=0"),
        1..=18 => push(rest, &format!("SIZE={digits}")),
        _ => push(rest, SIZE_HUGE),
    }
    Ok(())
}

fn envelope_id(value: &str) -> Result<String, Refusal> {
    let sound = (1..=ENVELOPE_ID_BYTES_MAX).contains(&value.len());
    let decoded = if sound { from_xtext(value) } else { None };
    decoded.ok_or(Refusal::new(&BAD_PARAMETER, "ENVID is no xtext"))
}

fn original(value: &str) -> Result<String, Refusal> {
    const WRONG: Refusal = Refusal::new(&BAD_PARAMETER, "ORCPT is not type;xtext");
    let (kind, address) = value.split_once(';').ok_or(WRONG)?;
    let typed = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !typed || address.is_empty() || value.len() > ORIGINAL_BYTES_MAX {
        return Err(WRONG);
    }
    // RFC 6533 §3: addresses of this type have their own escapes.
    let decoded = if kind.eq_ignore_ascii_case("utf-8") { from_unitext(address) } else { from_xtext(address) };
    decoded.ok_or(WRONG)
}

/// xtext → text (RFC 3461 §4). `None` when it is not xtext, or hides something that may not be in a line.
pub fn from_xtext(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => decoded.push(hex(bytes.next()?)? << 4 | hex(bytes.next()?)?),
            b'=' => return None,
            33..=126 => decoded.push(byte),
            _ => return None,
        }
    }
    let decoded = String::from_utf8(decoded).ok()?;
    decoded.chars().all(printable).then_some(decoded)
}

/// Text → xtext (RFC 3461 §4).
pub fn to_xtext(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'+' | b'=' | 0..=32 | 127..=255 => encoded.push_str(&format!("+{byte:02X}")),
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

/// `\x{E6}` → æ (RFC 6533 §3); other characters stand for themselves.
fn from_unitext(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        let (digits, tail) = after.strip_prefix("x{")?.split_once('}')?;
        let hex_only = (2..=6).contains(&digits.len()) && digits.bytes().all(|byte| hex(byte).is_some());
        let code = if hex_only { u32::from_str_radix(digits, 16).ok()? } else { return None };
        decoded.push_str(before);
        decoded.push(char::from_u32(code)?);
        rest = tail;
    }
    decoded.push_str(rest);
    (!rest.contains('=') && decoded.chars().all(printable)).then_some(decoded)
}

/// Upper-case hexadecimal only, as xtext demands.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn printable(c: char) -> bool {
    !c.is_control() && c != char::REPLACEMENT_CHARACTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Screened, u16> {
        screen(text, &["SIZE", "BODY", "ENVID", "ORCPT"]).map_err(|refusal| refusal.reply.code)
    }

    #[test]
    fn parameters_pass_once_and_offered_only() {
        let rest = |text: &str| check(text).map(|screened| screened.rest);
        assert_eq!(rest(""), Ok(String::new()));
        assert_eq!(rest("  size=0012  BODY=8BITMIME "), Ok(" SIZE=12 BODY=8BITMIME\n".to_owned()));
        assert_eq!(rest(" SIZE=0"), Ok(" SIZE=0\n".to_owned()));
        assert_eq!(rest(" SIZE=18446744073709551616"), Ok(format!(" {SIZE_HUGE}\n")));
        for bad in [" SIZE=", " SIZE", " SIZE=1x", " SIZE=-1", " SIZE=111111111111111111111", " SIZE=1 SIZE=1"] {
            assert_eq!(rest(bad), Err(501), "{bad}");
        }
        assert_eq!(rest(" HOLDFOR=3"), Err(555));
        assert_eq!(rest(" X"), Err(555));
    }

    #[test]
    fn xtext_is_read_strictly() {
        let table = [
            ("a+2Bb", Some("a+b")),
            ("a+3Db@c", Some("a=b@c")),
            ("k+C3+A5re", Some("kåre")),
            ("a+2b", None),
            ("a+2", None),
            ("a+", None),
            ("a=b", None),
            ("a+0D+0Ab", None),
            ("a+00", None),
            ("a+FF", None),
            ("kåre", None),
        ];
        for (text, want) in table {
            assert_eq!(from_xtext(text).as_deref(), want, "{text}");
        }
        for text in ["a+b=c d", "kåre", "", "x"] {
            assert_eq!(from_xtext(&to_xtext(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn original_recipients_are_decoded() {
        let original = |text: &str| check(&format!(" ORCPT={text}")).map(|screened| screened.original);
        assert_eq!(original("rfc822;a+2Bb@c.no"), Ok(Some("a+b@c.no".to_owned())));
        assert_eq!(original("utf-8;k\\x{E5}re@c.no"), Ok(Some("kåre@c.no".to_owned())));
        assert_eq!(original("UTF-8;kåre@c.no"), Ok(Some("kåre@c.no".to_owned())));
        for bad in ["a@b.no", "rfc822;", ";a@b.no", "rfc822;a+zz", "utf-8;\\x{D800}", "utf-8;\\x{0A}", "utf-8;\\y"] {
            assert_eq!(original(bad), Err(501), "{bad}");
        }
        assert_eq!(original(&format!("rfc822;{}", "x".repeat(500))), Err(501));
    }
}
