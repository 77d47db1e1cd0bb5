//! A mail as it lies in a mailbox: its bytes, and what its reader sees.

use mail_parser::{Address, MessageParser, MimeHeaders};

/// A mail as it lies in a mailbox.
#[derive(Clone, Debug)]
pub struct Received {
    /// Envelope sender; empty: the null sender.
    pub reverse_path: String,
    /// Envelope recipient.
    pub recipient: String,
    /// The mail, byte for byte.
    pub data: Vec<u8>,
}

/// Somebody in From, To or Reply-To.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    pub name: String,
    pub address: String,
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Received {
    /// One line that tells it from the others.
    pub fn summary(&self) -> String {
        let event = self.field("X-Henvend-Event").unwrap_or_default();
        format!("  <{}> → <{}>: {} {event}", self.reverse_path, self.recipient, self.subject())
    }

    /// Does it lie in this mailbox?
    pub fn is_to(&self, address: &str) -> bool {
        self.recipient.eq_ignore_ascii_case(address)
    }

    /// Every field of this name, unfolded, as written.
    pub fn fields(&self, name: &str) -> Vec<String> {
        let end = self.data.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(self.data.len());
        let head = String::from_utf8_lossy(&self.data[..end]).into_owned();
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let named = head.split("\r\n").filter_map(|line| line.split_once(':'));
        named.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The one field of this name; `None` when there is none. Two are a failure.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut found = self.fields(name);
        assert!(found.len() <= 1, "{name} stands {} times in\n{}", found.len(), self.show());
        found.pop()
    }

    /// The ids of a field, without brackets.
    pub fn ids(&self, name: &str) -> Vec<String> {
        let field = self.field(name).unwrap_or_default();
        field.split_whitespace().map(|id| id.trim_start_matches('<').trim_end_matches('>').to_owned()).collect()
    }

    /// Its own Message-ID, without brackets.
    pub fn id(&self) -> String {
        self.ids("Message-ID").pop().expect("every mail has an id")
    }

    pub fn subject(&self) -> String {
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        mail.subject().unwrap_or_default().to_owned()
    }

    /// From, To, Cc or Reply-To, decoded.
    pub fn people(&self, name: &str) -> Vec<Somebody> {
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        let field = mail.header(name.to_owned()).and_then(|value| value.as_address().cloned());
        let list = match field {
            Some(Address::List(list)) => list,
            Some(Address::Group(groups)) => panic!("a group in {name}: {groups:?}"),
            None => Vec::new(),
        };
        let text = |text: Option<std::borrow::Cow<'_, str>>| text.map(std::borrow::Cow::into_owned).unwrap_or_default();
        list.into_iter().map(|one| Somebody { name: text(one.name), address: text(one.address) }).collect()
    }

    /// The readable text, LF line ends.
    pub fn text(&self) -> String {
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        mail.body_text(0).unwrap_or_default().replace("\r\n", "\n")
    }

    /// The page beside it.
    pub fn html(&self) -> String {
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        mail.body_html(0).unwrap_or_default().replace("\r\n", "\n")
    }

    pub fn files(&self) -> Vec<File> {
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        let file = |part: &mail_parser::MessagePart<'_>| File {
            name: part.attachment_name().unwrap_or_default().to_owned(),
            content_type: part.content_type().map_or_else(String::new, |kind| {
                format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase()
            }),
            bytes: part.contents().to_vec(),
        };
        mail.attachments().map(file).collect()
    }

    /// All that anybody could read out of it: bytes as they are, and every header and part decoded.
    pub fn everything(&self) -> String {
        let mut all = String::from_utf8_lossy(&self.data).into_owned();
        let mail = MessageParser::default().parse(&self.data).expect("a mail");
        for people in ["From", "To", "Cc", "Reply-To"] {
            for somebody in self.people(people) {
                all.push_str(&format!("\n{} <{}>", somebody.name, somebody.address));
            }
        }
        all.push_str(&format!("\n{}", self.subject()));
        for part in &mail.parts {
            all.push('\n');
            all.push_str(&String::from_utf8_lossy(part.contents()));
        }
        all
    }

    /// For messages of failed assertions.
    pub fn show(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}
