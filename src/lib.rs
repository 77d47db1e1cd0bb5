//! henvend: a mail gateway for shared addresses. A mail comes in, becomes an event on a case, and leaves as mail.

pub mod address;
pub mod case;
pub mod directory;
pub mod envelope;
pub mod id;
pub mod mail;
pub mod net;
pub mod ports;
pub mod rules;
pub mod smtp;
pub mod time;
pub mod token;
pub mod verify;
