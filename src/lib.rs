//! henvend: a mail gateway for shared addresses. A mail comes in, becomes an event on a case, and leaves as mail.
//!
//! The rooms in the order in which a mail meets them. *Pure* rooms decide and know no clock, socket or file; *shell*
//! rooms act and decide nothing. Who may import whom is held by a test, `tests/it/tidy.rs`.

// words
pub mod id;
pub mod address;
pub mod time;
pub mod envelope;
// pure
pub mod smtp;
pub mod mail;
pub mod token;
pub mod directory;
pub mod verify;
pub mod case;
pub mod thread;
pub mod rules;
pub mod letter;
pub mod explain;
pub mod config;
// doors, and the one way through them
pub mod ports;
pub mod metrics;
pub mod act;
// shell
pub mod recall;
pub mod intake;
pub mod sweep;
pub mod outbound;
pub mod store;
pub mod net;
pub mod http;
pub mod cli;
pub mod daemon;
