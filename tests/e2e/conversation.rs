//! Mail in by Postfix, onto a case, to the agents, and back to the customer: one story a file.

mod inquiry;
mod international;
pub mod letters;
mod machines;
mod proof;
mod routes;
mod strangers;
mod watching;

use crate::kit::compose::{Mail, Program};

/// Somebody with a mailbox.
pub type Person = (&'static str, &'static str);

pub const KARI: Person = ("Kari Nærland", "kari.naerland@kunde.example");
pub const OLA: Person = ("Ola Ødemark", "ola@fremmed.example");
pub const AASE: Person = ("Åse Bø", crate::kit::place::AASE);
pub const JORGEN: Person = ("Jørgen Ødegård", crate::kit::place::JORGEN);

/// A mail by somebody with Outlook to a shared address.
pub fn inquiry(who: Person, id: &str, to: &str, subject: &str) -> Mail {
    let text = "Hei!\n\nHvordan søker jeg om å få lånt utstyr på Ås?\n\nHilsen en på vent\n";
    Mail::new(Program::Outlook, who, id).to(to).subject(subject).text(text)
}
