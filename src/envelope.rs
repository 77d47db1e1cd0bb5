//! What came with a mail on the wire, and the mail's own bytes.

use std::net::IpAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::address::{Address, ReversePath};
use crate::id::MailId;

/// By which door a mail came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listener {
    /// LMTP from a mail server (RFC 2033).
    Lmtp,
    /// SMTP from a mail server (RFC 5321).
    Smtp,
    /// LMTP fed only with mail of authenticated users whose login may use the From address.
    Submission,
    /// `henvend deliver`: a mail from standard input.
    Pipe,
}

/// Which part of a mail a sender wants back in a report (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DsnReturn {
    /// `RET=FULL`
    Full,
    /// `RET=HDRS`
    Headers,
}

/// When a sender wants a report (RFC 3461 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DsnNotify {
    /// `NEVER`; excludes the others.
    pub never: bool,
    /// `SUCCESS`
    pub success: bool,
    /// `FAILURE`
    pub failure: bool,
    /// `DELAY`
    pub delay: bool,
}

/// One accepted RCPT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Whom the mail is for.
    pub address: Address,
    /// `NOTIFY=`, when given.
    pub notify: Option<DsnNotify>,
    /// `ORCPT=`, decoded from xtext, when given.
    pub original: Option<String>,
}

/// Who brought a mail in from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// What it called itself; empty when that is not known.
    pub hello: String,
}

/// The transaction that a mail came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The door.
    pub listener: Listener,
    /// A unix socket or a listed address: it may be told what became of a mail, and its headers may be believed.
    pub trusted: bool,
    /// The peer's name for logs: an address, or `unix`.
    pub peer: String,
    /// What the peer called itself.
    pub hello: String,
    /// Queue id at the peer (XFORWARD IDENT), for the log.
    pub queue_id: Option<String>,
    /// The client that brought the mail to a mail server that we trust, or to us; as far as it is known.
    pub client: Option<Client>,
    /// Sender.
    pub reverse_path: ReversePath,
    /// Recipients in the order of their RCPTs, duplicates included.
    pub recipients: Vec<Recipient>,
    /// SMTPUTF8 was given (RFC 6531).
    pub smtputf8: bool,
    /// `RET=`
    pub dsn_return: Option<DsnReturn>,
    /// `ENVID=`, decoded.
    pub envelope_id: Option<String>,
}

/// The exact bytes of a mail: after dot-unstuffing, CRLF line ends, as received.
#[derive(Clone, PartialEq, Eq)]
pub struct RawMail {
    bytes: Bytes,
    id: MailId,
}

impl RawMail {
    /// Takes the bytes and names them by their hash.
    pub fn new(bytes: Bytes) -> Self {
        let id = MailId::of(&bytes);
        Self { bytes, id }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The hash of the bytes.
    pub fn id(&self) -> MailId {
        self.id
    }
}

impl std::fmt::Debug for RawMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawMail({:?}, {} bytes)", self.id, self.bytes.len())
    }
}
