//! Which of a mail's words a notification shows.

use super::catalog::Words;
use super::inside::Shown;
use super::notification::Happened;
use super::stopped;
use super::write::Material;
use crate::case::event::{Actor, CaseEvent};
use crate::mail::Mail;
use crate::rules::command;

/// What became of what was taken for a quotation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nobody misses it.
    Away,
    /// It is shown: there may be words of the writer's in it.
    Shown,
    /// It is most of the mail, and nothing that we had sent: it is attached.
    Attached,
}

impl Cut {
    fn of(material: &Material<'_>, mail: &Mail) -> Self {
        // Shorter, and it may be that the writer's words were taken for something else.
        const SAYS_LITTLE_BYTES: usize = 40;
        // Words of a header block, and of a signature, beside what we had sent.
        const AROUND_OURS: usize = 40;
        let within = {
            let answered = material.answered.unwrap_or_default();
            mail.within_quotation(answered, answered, None)
        };
        let missed = within.foreign.saturating_sub(if within.known { AROUND_OURS } else { 0 });
        let most = missed > 4 * mail.new_text.split_whitespace().count();
        match () {
            () if mail.text_below || !within.written.is_empty() => Self::Shown,
            () if most && mail.new_text.len() < SAYS_LITTLE_BYTES => Self::Shown,
            () if most => Self::Attached,
            () => Self::Away,
        }
    }
}

/// The new text; the whole text of a mail that passes another on, and where words may be missed.
pub(super) fn shown(material: &Material<'_>, event: Happened, words: &Words) -> (Shown, Cut) {
    if event == Happened::Stopped {
        return (Shown::of(stopped::text(material), &words.whole_text), Cut::Away);
    }
    if matches!(event, Happened::Unreached | Happened::Returned) {
        let text = material.journal.first().and_then(|past| past.mail.as_ref()).map(|mail| mail.new_text.trim());
        return (Shown::of(text.unwrap_or_default(), &words.whole_text), Cut::Away);
    }
    let Some((mail, _)) = material.mail.filter(|_| event.shows_mail()) else { return (Shown::default(), Cut::Away) };
    let by_user = matches!(material.entry.by, Actor::User(_)) && !material.entry.moved_here();
    let passed_on = material.entry.events.iter().any(|event| matches!(event, CaseEvent::MailForwarded { .. }));
    let new_text = match () {
        // What was passed on is what it is about.
        () if passed_on => command::split(&mail.text).1,
        () if by_user => command::note_of(&mail.new_text, material.entry),
        () => mail.new_text.trim(),
    };
    let passed_on = !by_user && mail.quoted_cut && mail.forwarded.is_some();
    let cut = if by_user { Cut::Away } else { Cut::of(material, mail) };
    let (whole, name) = (mail.text.trim(), &words.whole_text);
    let shown = match cut {
        _ if passed_on => Shown::of(whole, name),
        Cut::Shown => Shown::of(whole, name),
        Cut::Attached => Shown::with_whole(new_text, whole, name),
        Cut::Away => Shown::of(new_text, name),
    };
    (shown, cut)
}
