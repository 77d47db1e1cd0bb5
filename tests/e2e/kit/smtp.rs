//! A small mail program: hands one mail to a mail server.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use data_encoding::BASE64;

use super::PATIENCE;
use super::login::Login;

/// The first reply that was no yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// To which command: `RCPT`.
    pub verb: &'static str,
    /// The reply's code.
    pub code: u16,
    /// The whole reply.
    pub text: String,
}

/// From whom, to whom.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// What the sender's computer calls itself.
    pub hello: &'a str,
    /// Who logs in first, if somebody does (RFC 4954).
    pub login: Option<Login>,
    /// Empty: the null sender.
    pub from: &'a str,
    pub to: Vec<&'a str>,
}

/// Hands a mail over. Bytes beyond ASCII are announced (RFC 6152, RFC 6531).
pub fn hand_over(port: u16, envelope: &Envelope<'_>, data: &[u8]) -> Result<(), Refused> {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the mail server is there");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit can be set");
    let mut talk = Talk { lines: BufReader::new(stream.try_clone().expect("a second handle")), stream };
    talk.reply("greeting")?;
    talk.say("EHLO", &format!("EHLO {}", envelope.hello))?;
    if let Some(Login { name, password }) = envelope.login {
        let word = BASE64.encode(format!("\0{name}\0{password}").as_bytes());
        talk.say("AUTH", &format!("AUTH PLAIN {word}"))?;
    }
    let eight_bit = if data.is_ascii() { "" } else { " BODY=8BITMIME" };
    let international = envelope.to.iter().all(|to| to.is_ascii()) && envelope.from.is_ascii() && head(data).is_ascii();
    let utf8 = if international { "" } else { " SMTPUTF8" };
    talk.say("MAIL", &format!("MAIL FROM:<{}>{eight_bit}{utf8}", envelope.from))?;
    for to in &envelope.to {
        talk.say("RCPT", &format!("RCPT TO:<{to}>"))?;
    }
    talk.say("DATA", "DATA")?;
    let mut stuffed = Vec::with_capacity(data.len() + 16);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    assert!(stuffed.ends_with(b"\r\n"), "a mail ends with a line end");
    talk.stream.write_all(&stuffed).expect("the mail server reads");
    talk.say("dot", ".")?;
    talk.say("QUIT", "QUIT")
}

fn head(data: &[u8]) -> &[u8] {
    let end = data.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(data.len());
    &data[..end]
}

struct Talk {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Talk {
    fn say(&mut self, verb: &'static str, line: &str) -> Result<(), Refused> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).expect("the mail server reads");
        self.reply(verb)
    }

    fn reply(&mut self, verb: &'static str) -> Result<(), Refused> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            self.lines.read_line(&mut line).expect("the mail server answers");
            let last = line.as_bytes().get(3) != Some(&b'-');
            text.push_str(&line);
            if last {
                break;
            }
        }
        let code: u16 = text.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
        if (200..400).contains(&code) { Ok(()) } else { Err(Refused { verb, code, text }) }
    }
}
