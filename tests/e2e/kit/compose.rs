//! Mails as the large mail programs write them.

use data_encoding::BASE64;

use super::received::Received;

/// Which program writes: it decides charsets, encodings, and how an answered mail is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// ISO 8859-1, quoted-printable, text and HTML; a block of header lines above what is answered, no `>`.
    Outlook,
    /// UTF-8, 8bit; “Den … skrev …:” and `>` before every line.
    Thunderbird,
    /// UTF-8, base64, text and HTML, encoded words in base64; the attribution that Gmail writes, then `>`.
    Gmail,
    /// UTF-8 in the header too, which only SMTPUTF8 carries (RFC 6532).
    International,
}

/// A mail in the making.
#[derive(Clone, Debug)]
pub struct Mail {
    program: Program,
    name: String,
    from: String,
    to: String,
    cc: Vec<String>,
    subject: String,
    id: String,
    fields: Vec<(String, String)>,
    text: String,
    /// The same words as a page, where they are more than lines of text.
    page: Option<String>,
    quoted: String,
    pictures: Vec<(String, Vec<u8>)>,
    files: Vec<(String, Vec<u8>)>,
}

impl Mail {
    /// A mail from somebody, with this Message-ID's left side.
    pub fn new(program: Program, from: (&str, &str), id: &str) -> Self {
        let domain = from.1.rsplit('@').next().unwrap_or("client.example");
        Self {
            program,
            name: from.0.to_owned(),
            from: from.1.to_owned(),
            to: String::new(),
            cc: Vec::new(),
            subject: String::new(),
            id: format!("{id}@mail.{domain}"),
            fields: Vec::new(),
            text: String::new(),
            page: None,
            quoted: String::new(),
            pictures: Vec::new(),
            files: Vec::new(),
        }
    }

    pub fn to(mut self, to: &str) -> Self {
        self.to = to.to_owned();
        self
    }

    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = subject.to_owned();
        self
    }

    /// The writer's own words.
    pub fn text(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    pub fn cc(mut self, cc: &str) -> Self {
        self.cc.push(cc.to_owned());
        self
    }

    /// The writer's own words once more, as HTML.
    pub fn page(mut self, html: &str) -> Self {
        self.page = Some(html.to_owned());
        self
    }

    /// A picture that the page shows as `cid:ID`.
    pub fn picture(mut self, id: &str, png: &[u8]) -> Self {
        self.pictures.push((id.to_owned(), png.to_vec()));
        self
    }

    /// One more header field, as it is written.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn attach(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// An answer to a mail as this program makes it: to its Reply-To, with its ids, below the writer's words the mail
    /// answered.
    pub fn answering(mut self, answered: &Received) -> Self {
        let reply_to = answered.people("Reply-To");
        let from = answered.people("From");
        let whom = reply_to.first().or(from.first()).expect("a mail has a sender");
        let subject = format!("{} {}", self.reply_prefix(), answered.subject());
        let mut references = answered.ids("References");
        references.push(answered.id());
        let references: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
        let to = whom.address.clone();
        self.quoted = self.quote(answered);
        self.to(&to)
            .subject(&subject)
            .field("In-Reply-To", &format!("<{}>", answered.id()))
            .field("References", &references.join("\r\n "))
    }

    /// The same to everybody: whom the mail answered was sent to gets a copy.
    pub fn answering_all(self, answered: &Received) -> Self {
        let me = self.from.clone();
        let mut mail = self.answering(answered);
        for other in ["To", "Cc"].iter().flat_map(|field| answered.people(field)) {
            if other.address != me && other.address != mail.to {
                mail = mail.cc(&other.address);
            }
        }
        mail
    }

    /// Somebody's mail passed on, as Gmail does it.
    pub fn forwarding(mut self, passed_on: &Received) -> Self {
        let person = |field: &str| {
            let person = passed_on.people(field).pop().expect("a mail is from somebody to somebody");
            format!("{} <{}>", person.name, person.address)
        };
        let (subject, text) = (passed_on.subject(), passed_on.text());
        self.quoted = format!(
            "\n---------- Forwarded message ---------\nFra: {}\nDate: man. 23. nov. 2026 kl. 09:12\nSubject: {subject}\nTo: \
             {}\n\n\n{text}",
            person("From"),
            person("To"),
        );
        self.subject(&format!("Fwd: {subject}"))
    }

    /// Everybody it is addressed to.
    pub fn recipients(&self) -> Vec<&str> {
        [&self.to].into_iter().chain(&self.cc).map(String::as_str).collect()
    }

    fn reply_prefix(&self) -> &'static str {
        if self.program == Program::Outlook { "SV:" } else { "Re:" }
    }

    /// What stands below the writer's own words.
    fn quote(&self, answered: &Received) -> String {
        let from = answered.people("From").pop().expect("a mail has a sender");
        let text = answered.text();
        let carets = || text.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect::<String>();
        match self.program {
            Program::Outlook => format!(
                "\n________________________________\nFra: {} <{}>\nSendt: mandag 23. november 2026 09:12\nTil: {} <{}>\n\
                 Emne: {}\n\n{text}",
                from.name,
                from.address,
                self.name,
                self.from,
                answered.subject()
            ),
            Program::Gmail => {
                let who = format!("{} <{}>", from.name, from.address);
                format!("\nman. 23. nov. 2026 kl. 09:12 skrev {who}:\n\n{}", carets())
            }
            Program::Thunderbird | Program::International => {
                format!("\nDen 23.11.2026 09:12, skrev {}:\n{}", from.name, carets())
            }
        }
    }

    /// The mail as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut mail = format!(
            "From: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}>\r\nDate: Mon, 23 Nov 2026 09:15:00 \
             +0100\r\nMIME-Version: 1.0\r\n",
            self.phrase(&self.name),
            self.from,
            self.to,
            self.words(&self.subject),
            self.id
        );
        let cc: Vec<String> = self.cc.iter().map(|address| format!("<{address}>")).collect();
        if !cc.is_empty() {
            mail.push_str(&format!("Cc: {}\r\n", cc.join(",\r\n ")));
        }
        for (name, value) in &self.fields {
            mail.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = self.with_pictures();
        let mut mail = mail.into_bytes();
        if self.files.is_empty() {
            mail.extend(body);
            return mail;
        }
        let boundary = "_004_grense_";
        mail.extend(format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n").bytes());
        mail.extend(format!("--{boundary}\r\n").bytes());
        mail.extend(body);
        for (name, bytes) in &self.files {
            let name = self.words(name);
            mail.extend(
                format!(
                    "--{boundary}\r\nContent-Type: application/pdf; name=\"{name}\"\r\nContent-Disposition: attachment; \
                     filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                    base64(bytes)
                )
                .bytes(),
            );
        }
        mail.extend(format!("--{boundary}--\r\n").bytes());
        mail
    }

    /// The text, and beside it the pictures that its page shows.
    fn with_pictures(&self) -> Vec<u8> {
        if self.pictures.is_empty() {
            return self.body();
        }
        let boundary = "_002_bilder_";
        let head = format!(
            "Content-Type: multipart/related; boundary=\"{boundary}\"; \
             type=\"multipart/alternative\"\r\n\r\n--{boundary}\r\n"
        );
        let mut body = [head.into_bytes(), self.body()].concat();
        for (id, png) in &self.pictures {
            let fields = format!(
                "--{boundary}\r\nContent-Type: image/png; name=\"{id}.png\"\r\nContent-Disposition: inline; \
                 filename=\"{id}.png\"\r\nContent-ID: <{id}>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                base64(png)
            );
            body.extend(fields.bytes());
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        body
    }

    /// Fields and bytes of the text: plain, and with HTML beside it where the program writes that.
    fn body(&self) -> Vec<u8> {
        let text = format!("{}\n{}", self.text.trim_end_matches('\n'), self.quoted);
        let plain = self.part("plain", &text);
        let own = self.page.clone().unwrap_or_else(|| html(&self.text));
        let html = match self.program {
            Program::Thunderbird | Program::International => return plain,
            Program::Outlook => format!("<html><body>{own}{}</body></html>\n", html(&self.quoted)),
            Program::Gmail => format!(
                "<div dir=\"ltr\">{own}</div><div class=\"gmail_quote\"><blockquote>{}</blockquote></div>\n",
                html(&self.quoted.replace("> ", ""))
            ),
        };
        let boundary = "_000_begge_";
        let start = format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n");
        let mut body = start.into_bytes();
        body.extend(plain);
        body.extend(format!("--{boundary}\r\n").bytes());
        body.extend(self.part("html", &html));
        body.extend(format!("--{boundary}--\r\n").bytes());
        body
    }

    fn part(&self, kind: &str, text: &str) -> Vec<u8> {
        let text = text.trim_end_matches('\n').replace('\n', "\r\n") + "\r\n";
        let (charset, encoding, body) = match self.program {
            Program::Outlook => ("iso-8859-1", "quoted-printable", quoted_printable(&latin1(&text)).into_bytes()),
            Program::Gmail => ("UTF-8", "base64", base64(text.as_bytes()).into_bytes()),
            Program::Thunderbird | Program::International => ("UTF-8", "8bit", text.into_bytes()),
        };
        let fields = format!(
            "Content-Type: text/{kind}; charset=\"{charset}\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        );
        [fields.into_bytes(), body].concat()
    }

    /// A display name.
    fn phrase(&self, name: &str) -> String {
        if name.is_ascii() || self.program == Program::International { format!("\"{name}\"") } else { self.words(name) }
    }

    /// Words in a header field, encoded as this program does (RFC 2047), in pieces of at most 75 characters.
    fn words(&self, text: &str) -> String {
        if text.is_ascii() || self.program == Program::International {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let piece = |letters: &[char]| {
            let text: String = letters.iter().collect();
            match self.program {
                Program::Outlook => format!("=?iso-8859-1?Q?{}?=", q_encoded(&latin1(&text))),
                _ => format!("=?UTF-8?B?{}?=", BASE64.encode(text.as_bytes())),
            }
        };
        letters.chunks(18).map(piece).collect::<Vec<_>>().join("\r\n ")
    }
}

/// Text as simple HTML.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.lines().map(|line| format!("<div>{line}<br></div>\n")).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or_else(|_| panic!("{c:?} is not in ISO 8859-1"));
    text.chars().map(byte).collect()
}

fn q_encoded(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b' ' => "_".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
        other => format!("={other:02X}"),
    };
    bytes.iter().map(letter).collect()
}

/// Lines of at most 76 characters (RFC 2045 §6.7).
fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte == b'\r' && rest.peek() == Some(&&b'\n') {
            rest.next();
            out.push_str("\r\n");
            column = 0;
            continue;
        }
        let ends = rest.peek() == Some(&&b'\r');
        let plain = (33..=126).contains(byte) && *byte != b'=' || (*byte == b' ' && !ends);
        let letter = if plain { char::from(*byte).to_string() } else { format!("={byte:02X}") };
        if column + letter.len() > 75 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += letter.len();
        out.push_str(&letter);
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let lines = text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n");
    lines.collect()
}
