//! One line → one [`Command`].
//!
//! The verbs and most parameters are read by a crate; where it is more lenient than is safe between mail servers, the
//! reading is ours: paths (`path.rs`), xtext and repeated parameters (`parameter.rs`), and what may stand in a line.

use std::net::IpAddr;

use std::borrow::Cow;

use smtp_proto::request::parser::Rfc5321Parser;
use smtp_proto::{Error, Request};

use super::parameter::{Screened, from_xtext, screen};
use super::path::{self, ForwardPath};
use super::reply::{
    BAD_PARAMETER, BAD_RECIPIENT, BAD_SENDER, CONTROL_CHARACTER, NEEDS_SMTPUTF8, NOT_OFFERED, NOT_UTF8, Refusal, Reply,
    SYNTAX, UNKNOWN_COMMAND,
};
use crate::address::ReversePath;
use crate::envelope::{DsnNotify, DsnReturn};

/// What a peer may ask of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `HELO name`
    Helo(String),
    /// `EHLO name`
    Ehlo(String),
    /// `LHLO name`
    Lhlo(String),
    /// `XFORWARD …`: what the peer knows of the mail, when it told.
    Xforward(Forwarded),
    /// `MAIL FROM:<…>`
    Mail(MailCommand),
    /// `RCPT TO:<…>`
    Rcpt(RcptCommand),
    /// `DATA`
    Data,
    /// `BDAT n`: not offered, but its `n` octets follow all the same.
    Bdat(u64),
    /// `RSET`
    Rset,
    /// `NOOP`
    Noop,
    /// `VRFY who`
    Vrfy,
    /// `HELP`
    Help,
    /// `QUIT`
    Quit,
}

/// `MAIL FROM:<…>` with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailCommand {
    /// Sender.
    pub reverse_path: ReversePath,
    /// `SIZE=`; 0 when not told.
    pub size: u64,
    /// `SMTPUTF8`
    pub smtputf8: bool,
    /// `RET=`
    pub dsn_return: Option<DsnReturn>,
    /// `ENVID=`, decoded.
    pub envelope_id: Option<String>,
}

/// `RCPT TO:<…>` with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RcptCommand {
    /// Whom it is for.
    pub forward_path: ForwardPath,
    /// Something in it is not ASCII: only right after a MAIL with SMTPUTF8.
    pub needs_smtputf8: bool,
    /// `NOTIFY=`
    pub notify: Option<DsnNotify>,
    /// `ORCPT=`, decoded.
    pub original: Option<String>,
}

impl Command {
    /// Reads a line.
    ///
    /// Shape:  `line` ends in CRLF and has no other CR or LF.      Units: none.
    /// Errors: the reply to give.                                    Source: RFC 5321 §4.1.
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let text = line.strip_suffix(b"\r\n").unwrap_or(line);
        if text.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(Refusal::new(&CONTROL_CHARACTER, "control character"));
        }
        // RFC 5321 §4.1.1: white space at the end is tolerated; inside, a tab is none.
        let text = std::str::from_utf8(text).map_err(|_| Refusal::new(&NOT_UTF8, "not UTF-8"))?.trim_ascii_end();
        if text.contains('\t') {
            return Err(Refusal::new(&CONTROL_CHARACTER, "tab"));
        }
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            _ if verb.eq_ignore_ascii_case("MAIL") => mail(rest),
            _ if verb.eq_ignore_ascii_case("RCPT") => rcpt(rest),
            _ if verb.eq_ignore_ascii_case("XFORWARD") => xforward(rest),
            _ => other(line, rest),
        }
    }
}

fn mail(rest: &str) -> Result<Command, Refusal> {
    const WRONG: Refusal = Refusal::new(&BAD_SENDER, "MAIL FROM has no sound path");
    let (path, parameters) = path::split(rest, "FROM").ok_or(WRONG)?;
    let reverse_path = path::reverse(path).ok_or(WRONG)?;
    let screened = screen(parameters, &["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID"])?;
    let typed = typed(&screened, |parser| parser.mail_from_parameters(Cow::Borrowed("")))?.unwrap_or_default();
    if typed.flags & smtp_proto::MAIL_BODY_BINARYMIME != 0 {
        return Err(Refusal::new(&BAD_PARAMETER, "BINARYMIME is not offered"));
    }
    let smtputf8 = typed.flags & smtp_proto::MAIL_SMTPUTF8 != 0;
    if !path.is_ascii() && !smtputf8 {
        return Err(Refusal::new(&NEEDS_SMTPUTF8, "sender is not ASCII"));
    }
    let full = (typed.flags & smtp_proto::MAIL_RET_FULL != 0).then_some(DsnReturn::Full);
    let headers = (typed.flags & smtp_proto::MAIL_RET_HDRS != 0).then_some(DsnReturn::Headers);
    Ok(Command::Mail(MailCommand {
        reverse_path,
        size: typed.size as u64,
        smtputf8,
        dsn_return: full.or(headers),
        envelope_id: screened.envelope_id,
    }))
}

fn rcpt(rest: &str) -> Result<Command, Refusal> {
    const WRONG: Refusal = Refusal::new(&BAD_RECIPIENT, "RCPT TO has no sound path");
    let (path, parameters) = path::split(rest, "TO").ok_or(WRONG)?;
    let forward_path = path::forward(path).ok_or(WRONG)?;
    let screened = screen(parameters, &["NOTIFY", "ORCPT"])?;
    let typed = typed(&screened, |parser| parser.rcpt_to_parameters(Cow::Borrowed("")))?;
    let notify = typed.map(|typed| notify(typed.flags)).transpose()?;
    let original = screened.original;
    Ok(Command::Rcpt(RcptCommand { forward_path, needs_smtputf8: !rest.is_ascii(), notify, original }))
}

/// Hands to the crate what the screening has left; `None` when that is nothing.
fn typed<'a, T>(
    screened: &'a Screened,
    read: impl FnOnce(&mut Rfc5321Parser<'_, 'a>) -> Result<T, Error>,
) -> Result<Option<T>, Refusal> {
    if screened.rest.is_empty() {
        return Ok(None);
    }
    let mut bytes = screened.rest.as_bytes().iter();
    let mut parser = Rfc5321Parser::new(&mut bytes);
    read(&mut parser).map(Some).map_err(|_| Refusal::new(&BAD_PARAMETER, "parameter value not readable"))
}

/// RFC 3461 §4.1: NEVER stands alone.
fn notify(flags: u64) -> Result<DsnNotify, Refusal> {
    let has = |flag: u64| flags & flag != 0;
    let notify = DsnNotify {
        never: has(smtp_proto::RCPT_NOTIFY_NEVER),
        success: has(smtp_proto::RCPT_NOTIFY_SUCCESS),
        failure: has(smtp_proto::RCPT_NOTIFY_FAILURE),
        delay: has(smtp_proto::RCPT_NOTIFY_DELAY),
    };
    if notify.never && (notify.success || notify.failure || notify.delay) {
        return Err(Refusal::new(&BAD_PARAMETER, "NOTIFY=NEVER with others"));
    }
    Ok(notify)
}

/// What a mail server in front tells of a mail by XFORWARD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Its own queue id.
    pub queue_id: Option<String>,
    /// The client that brought it the mail.
    pub client: Option<IpAddr>,
    /// What that client called itself.
    pub hello: Option<String>,
}

impl Forwarded {
    /// Told in several commands: what the later one does not tell stays.
    pub fn and(self, later: Self) -> Self {
        Self {
            queue_id: later.queue_id.or(self.queue_id),
            client: later.client.or(self.client),
            hello: later.hello.or(self.hello),
        }
    }
}

/// `XFORWARD name=value …`, of which queue id, address and greeting are of use to us. Values are xtext.
fn xforward(rest: &str) -> Result<Command, Refusal> {
    const KNOWN: [&str; 7] = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"];
    const WRONG: Refusal = Refusal::new(&SYNTAX, "XFORWARD attribute not readable");
    let mut told = Forwarded::default();
    for pair in rest.split(' ').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(WRONG)?;
        if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(WRONG);
        }
        if matches!(value, "[UNAVAILABLE]" | "[TEMPUNAVAIL]") {
            continue;
        }
        let text = || from_xtext(value).filter(|text| text.len() <= 255).ok_or(WRONG);
        match name.to_ascii_uppercase().as_str() {
            "IDENT" => told.queue_id = Some(text()?),
            "HELO" => told.hello = Some(text()?),
            // An address that is none is not known; the mail is taken all the same.
            "ADDR" => {
                let address = text()?;
                let version_6 = address.get(..5).filter(|tag| tag.eq_ignore_ascii_case("ipv6:")).map(|_| &address[5..]);
                told.client = version_6.unwrap_or(&address).parse().ok();
            }
            _ => {}
        }
    }
    if rest.trim().is_empty() { Err(WRONG) } else { Ok(Command::Xforward(told)) }
}

fn other(line: &[u8], rest: &str) -> Result<Command, Refusal> {
    let bare = |command: Command| {
        if rest.trim().is_empty() { Ok(command) } else { Err(Refusal::new(&SYNTAX, "command takes no argument")) }
    };
    match Request::parse(&mut line.iter()) {
        Ok(Request::Helo { host }) => Ok(Command::Helo(host.into_owned())),
        Ok(Request::Ehlo { host }) => Ok(Command::Ehlo(host.into_owned())),
        Ok(Request::Lhlo { host }) => Ok(Command::Lhlo(host.into_owned())),
        Ok(Request::Data) => bare(Command::Data),
        Ok(Request::Bdat { chunk_size, .. }) => Ok(Command::Bdat(chunk_size as u64)),
        Ok(Request::Rset) => bare(Command::Rset),
        Ok(Request::Noop { .. }) => Ok(Command::Noop),
        Ok(Request::Vrfy { .. }) => Ok(Command::Vrfy),
        Ok(Request::Help { .. }) => Ok(Command::Help),
        Ok(Request::Quit) => bare(Command::Quit),
        Ok(Request::StartTls | Request::Auth { .. } | Request::Expn { .. }) => Err(refused(&NOT_OFFERED)),
        Ok(Request::Etrn { .. } | Request::Atrn { .. } | Request::Burl { .. }) => Err(refused(&NOT_OFFERED)),
        Ok(Request::Mail { .. } | Request::Rcpt { .. }) | Err(Error::UnknownCommand) => Err(refused(&UNKNOWN_COMMAND)),
        Err(_) => Err(refused(&SYNTAX)),
    }
}

fn refused(reply: &'static Reply) -> Refusal {
    Refusal::new(reply, "command refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> u16 {
        let mut bytes = line.as_bytes().to_vec();
        bytes.extend_from_slice(b"\r\n");
        Command::parse(&bytes).err().map_or(250, |refusal| refusal.reply.code)
    }

    fn read(line: &str) -> Command {
        Command::parse(format!("{line}\r\n").as_bytes()).expect("a sound command")
    }

    #[test]
    fn commands_get_their_code() {
        let table = [
            ("MAIL FROM:<>", 250),
            ("mail from:<a@b.no> body=8bitmime size=12 smtputf8", 250),
            ("MAIL FROM:<a@b.no> BODY=BINARYMIME", 501),
            ("MAIL FROM:<a@b.no> BODY=9BIT", 501),
            ("MAIL FROM:<a@b.no> RET=ALL", 501),
            ("MAIL FROM:<a@b.no> RET", 501),
            ("MAIL FROM:<a@b.no> AUTH=<>", 555),
            ("MAIL FROM:<kåre@b.no>", 553),
            ("MAIL FROM:<kåre@b.no> SMTPUTF8", 250),
            ("MAIL FROM:<a@blåbær.no>", 553),
            ("MAIL", 501),
            ("MAILFROM:<a@b.no>", 500),
            ("RCPT TO:<>", 501),
            ("RCPT TO:<postmaster>", 250),
            ("RCPT TO:<a@b.no> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@b.no", 250),
            ("RCPT TO:<a@b.no> NOTIFY=NEVER,SUCCESS", 501),
            ("RCPT TO:<a@b.no> NOTIFY=SUCCESS,NEVER", 501),
            ("RCPT TO:<a@b.no> NOTIFY=", 501),
            ("RCPT TO:<a@b.no> NOTIFY", 501),
            ("RCPT TO:<a@b.no> SIZE=3", 555),
            ("RCPT TO:<a\u{fffd}@b.no>", 501),
            ("EHLO", 501),
            ("EHLO x.no", 250),
            ("DATA now", 501),
            ("DATA ", 250),
            ("NOOP anything at all", 250),
            ("NOOP \"unclosed", 250),
            ("AUTH PLAIN AGEAYg==", 502),
            ("STARTTLS", 502),
            ("EXPN list", 502),
            ("ETRN x", 502),
            ("BDAT x", 501),
            ("", 500),
            ("  ", 500),
            ("\tQUIT", 500),
            ("NO\0OP", 500),
            ("FROB", 500),
            ("XFORWARD", 501),
            ("XFORWARD IDENT=a+0A", 501),
            ("XFORWARD NAME=x FROB=y", 501),
            ("XFORWARD NAME=[UNAVAILABLE] IDENT=4Xy", 250),
        ];
        for (line, want) in table {
            assert_eq!(code(line), want, "{line:?}");
        }
        assert_eq!(Command::parse(b"NOOP \xff\r\n").err().map(|refusal| refusal.reply.code), Some(500));
    }

    #[test]
    fn values_are_kept() {
        assert_eq!(read("BDAT 12 LAST"), Command::Bdat(12));
        let told = Forwarded { queue_id: Some("A+B".to_owned()), ..Forwarded::default() };
        assert_eq!(read("XFORWARD IDENT=A+2BB NAME=x"), Command::Xforward(told));
        for (text, address) in [("192.0.2.7", "192.0.2.7"), ("IPv6:2001:db8::7", "2001:db8::7")] {
            let told = Forwarded {
                client: address.parse().ok(),
                hello: Some("mx.uni.example".to_owned()),
                ..Forwarded::default()
            };
            assert_eq!(read(&format!("XFORWARD ADDR={text} HELO=mx.uni.example")), Command::Xforward(told));
        }
        assert_eq!(read("XFORWARD ADDR=printer"), Command::Xforward(Forwarded::default()));
        let Command::Mail(mail) = read("MAIL FROM:<a@b.no> SIZE=12 RET=HDRS ENVID=q+3D1") else { panic!("not MAIL") };
        assert_eq!(
            (mail.size, mail.dsn_return, mail.envelope_id.as_deref()),
            (12, Some(DsnReturn::Headers), Some("q=1"))
        );
        let Command::Rcpt(rcpt) = read("RCPT TO:<a@b.no> NOTIFY=DELAY") else { panic!("not RCPT") };
        assert_eq!(rcpt.notify, Some(DsnNotify { delay: true, ..DsnNotify::default() }));
        let Command::Rcpt(rcpt) = read("RCPT TO:<a@b.no>") else { panic!("not RCPT") };
        assert_eq!((rcpt.notify, rcpt.original), (None, None));
    }
}
