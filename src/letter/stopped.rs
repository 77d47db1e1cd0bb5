//! An answer that the last look stopped, for those who are told of it.

use super::guard;
use super::write::Material;
use crate::case::event::Entry;
use crate::mail::Mail;
use crate::rules::command;

/// Most pieces of notes that are shown as the reason, and how much of each.
const NOTED_MAX: usize = 5;
const NOTED_CHARS_MAX: usize = 400;

/// Its words, without commands.
pub fn text<'a>(material: &Material<'a>) -> &'a str {
    answer(material).map(|(entry, mail)| command::note_of(&mail.new_text, entry)).unwrap_or_default()
}

/// What of the case's notes stands in it.
pub fn noted(material: &Material<'_>) -> Vec<String> {
    let Some((_, mail)) = answer(material) else { return Vec::new() };
    let shorten = |piece: String| piece.chars().take(NOTED_CHARS_MAX).collect();
    guard::noted(&mail.new_text, material.notes).into_iter().take(NOTED_MAX).map(shorten).collect()
}

fn answer<'a>(material: &Material<'a>) -> Option<(&'a Entry, &'a Mail)> {
    material.journal.iter().find_map(|past| Some((&past.entry, past.mail.as_ref()?)))
}
