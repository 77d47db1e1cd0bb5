//! henvend: a mail gateway for shared addresses. A mail comes in, becomes an event on a case, and leaves as mail.

pub mod address;
pub mod case;
pub mod directory;
pub mod envelope;
pub mod id;
pub mod mail;
pub mod rules;
pub mod smtp;
pub mod thread;
pub mod time;
pub mod token;
pub mod verify;

pub mod config;

pub mod ports;

pub mod act;

pub mod metrics;

pub mod http;

pub mod cli;

pub mod daemon;
