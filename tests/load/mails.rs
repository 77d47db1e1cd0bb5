//! Mails to hand in: each another one, and cheap to make, as whoever makes them shares the processors with the program.

use std::fmt::Write;
use std::sync::OnceLock;

use bytes::Bytes;

use super::Dice;

const WORDS: &[&str] = &[
    "faktura",
    "betaling",
    "passord",
    "skriver",
    "avtale",
    "levering",
    "spørsmål",
    "mandag",
    "nettet",
    "konto",
    "kurs",
    "adgang",
    "kortet",
    "rommet",
    "skjema",
    "søknad",
    "frist",
    "takk",
    "hilsen",
    "kunne",
    "hvordan",
    "virker",
    "ikke",
    "lenger",
    "siden",
    "forrige",
    "uke",
    "eksamen",
    "bok",
    "lånt",
    "tilbake",
    "regning",
    "telefon",
    "server",
];
const LINE_BYTES: usize = 76;
const POOL_BYTES: usize = 1 << 20;
/// Mails above this have an attachment for what is more.
const TEXT_BYTES_MAX: usize = 6 << 10;

/// A mail with its envelope.
#[derive(Clone, Debug)]
pub struct Post {
    pub from: String,
    pub to: String,
    pub message_id: String,
    /// As it is stored: CRLF line ends, not stuffed.
    pub bytes: Bytes,
}

/// What an outside person writes.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// No two runs share Message-IDs.
    pub run: &'a str,
    /// No two mails of a run share this.
    pub number: u64,
    /// About how large, all in all.
    pub bytes: usize,
    pub to: &'a str,
}

impl Order<'_> {
    /// A mail that names no other.
    pub fn opening(&self) -> Post {
        let from = format!("kunde{}.{}@outside.example", self.number, self.run);
        let subject = format!("Henvendelse {} om {}", self.number, WORDS[self.number as usize % WORDS.len()]);
        self.written(from, &format!("Subject: {subject}\r\n"))
    }

    /// The same person writes again.
    pub fn answer(&self, earlier: &Post) -> Post {
        let id = &earlier.message_id;
        let fields = format!("Subject: Re: Henvendelse\r\nIn-Reply-To: {id}\r\nReferences: {id}\r\n");
        self.written(earlier.from.clone(), &fields)
    }

    fn written(&self, from: String, fields: &str) -> Post {
        let message_id = format!("<{}.{}@outside.example>", self.run, self.number);
        let mut text = String::with_capacity(self.bytes + 512);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "Received: from mx.example (mx.example [192.0.2.25])\r\n\tby henvend.example; Sun, 22 Nov 2026 10:00:00 +0100\r\n\
             From: Kunde Kundesen <{from}>\r\nTo: <{}>\r\nMessage-ID: {message_id}\r\n\
             Date: Sun, 22 Nov 2026 10:00:00 +0100\r\n{fields}MIME-Version: 1.0\r\n",
            self.to
        );
        let start = Dice::new(self.number).next() as usize;
        if self.bytes <= TEXT_BYTES_MAX {
            text.push_str("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
            fill(&mut text, words(), start, self.bytes);
        } else {
            text.push_str("Content-Type: multipart/mixed; boundary=\"=_grense\"\r\n\r\n--=_grense\r\n");
            text.push_str("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
            fill(&mut text, words(), start, TEXT_BYTES_MAX);
            text.push_str("--=_grense\r\nContent-Type: application/pdf; name=\"skjema.pdf\"\r\n");
            text.push_str("Content-Disposition: attachment; filename=\"skjema.pdf\"\r\n");
            text.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
            fill(&mut text, base64(), start, self.bytes.saturating_sub(20));
            text.push_str("--=_grense--\r\n");
        }
        Post { from, to: self.to.to_owned(), message_id, bytes: Bytes::from(text) }
    }
}

/// Lines of `pool` from somewhere on, until `text` is so long.
fn fill(text: &mut String, pool: &[String], start: usize, bytes: usize) {
    for line in pool.iter().cycle().skip(start % pool.len()) {
        if text.len() + line.len() > bytes {
            break;
        }
        text.push_str(line);
    }
}

fn words() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| {
        let mut dice = Dice::new(7);
        let word = move || WORDS[dice.below(WORDS.len() as u64) as usize];
        lines(word, " ")
    })
}

fn base64() -> &'static [String] {
    static POOL: OnceLock<Vec<String>> = OnceLock::new();
    POOL.get_or_init(|| {
        let mut dice = Dice::new(8);
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
        lines(move || alphabet[dice.below(64) as usize], "")
    })
}

fn lines<T: std::fmt::Display>(mut part: impl FnMut() -> T, between: &str) -> Vec<String> {
    let line = |_| {
        let mut line = String::new();
        while line.len() < LINE_BYTES - 12 {
            let _ = write!(line, "{}{between}", part());
        }
        line + "\r\n"
    };
    (0..POOL_BYTES / LINE_BYTES).map(line).collect()
}
