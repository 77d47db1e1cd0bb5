//! The wire, without sockets: bytes in, replies and questions out.
//!
//! Job: speak LMTP (RFC 2033) and SMTP (RFC 5321) as the one who receives ([`server::Session`]) and SMTP as the one
//! who sends ([`client::Delivery`]). Both are plain values that are fed bytes and the time.
//! Absent on purpose: sockets, timers, TLS, and any knowledge of who lives here. The session asks; the shell answers.
//!
//! Invariants: only CRLF ends a command and only CRLF "." CRLF ends a mail, however the bytes are cut into segments;
//! every reply is a row of [`reply`]; nothing grows beyond [`limits::Limits`].

pub mod client;
pub mod command;
pub mod data;
pub mod limits;
pub mod line;
pub mod parameter;
pub mod path;
pub mod peer;
pub mod reply;
pub mod server;
