//! Events of a case, in a few words for whoever looks after the service.

use super::cases::Words;
use super::types::EventView;
use crate::case::event::CaseEvent;
use crate::explain::event_name;
use crate::id::{EntryNo, UserId};

impl Words {
    /// An event; `None`: who was told stands apart.
    pub(super) fn event(&self, event: &CaseEvent) -> Option<EventView> {
        let told = matches!(event, CaseEvent::UsersTold { .. });
        (!told).then(|| EventView { event: event_name(event), detail: self.detail(event) })
    }

    /// The names of those who were told.
    pub(super) fn told(&self, event: &CaseEvent) -> Vec<String> {
        let letters = if let CaseEvent::UsersTold { letters } = event { letters.as_slice() } else { &[] };
        letters.iter().map(|(user, _)| self.user_name(*user)).collect()
    }

    fn owner_name(&self, owner: Option<UserId>) -> String {
        owner.map_or_else(|| "nobody".to_owned(), |user| self.user_name(user))
    }

    fn detail(&self, event: &CaseEvent) -> String {
        use CaseEvent as E;
        match event {
            E::CaseOpened { category, title, contact, .. } => {
                let whom = contact.iter().map(|contact| format!(" for {}", contact.address)).collect::<String>();
                format!("in {}{whom}: {title}", self.category(*category))
            }
            E::MailHeld { user, reason, .. } => format!("as {}: {}", self.user_name(*user), reason.as_str()),
            E::CopyReceived { category } | E::CategoryWatches { category } => self.category(*category),
            E::CaseAssigned { owner } => format!("to {}", self.owner_name(*owner)),
            E::StatusChanged { from, to } => format!("{} → {}", from.as_str(), to.as_str()),
            E::WaitingSet { until } => until.map_or("for the contact".to_owned(), |until| format!("until {until}")),
            E::PriorityChanged { to } => to.as_str().to_owned(),
            E::CategoryChanged { from, to } => format!("{} → {}", self.category(*from), self.category(*to)),
            E::TitleChanged { to } => to.clone(),
            E::CaseLinked { case }
            | E::CaseAbsorbed { case }
            | E::CaseReleased { case }
            | E::CaseMerged { into: case } => self.reference(*case),
            E::ParticipantAdded { party } | E::ContactChanged { party } => party.address.to_string(),
            E::ParticipantRemoved { address } => address.to_string(),
            E::WatcherAdded { user } | E::WatcherRemoved { user } | E::OwnerUnreached { user } => self.user_name(*user),
            E::CommandsRefused { user, .. } => format!("of {}", self.user_name(*user)),
            E::TokensRevoked { user, until } => format!("of {}, up to entry {until}", self.user_name(*user)),
            E::TimeSpent { minutes } => format!("{minutes} minutes"),
            E::CallMade { number } => number.clone().unwrap_or_default(),
            E::AcknowledgementWithheld { reason } => reason.as_str().to_owned(),
            E::DeliveryFailed { entry, recipient, status, detail } => {
                format!("entry {entry} to {recipient}: {}", why(status.as_deref(), detail))
            }
            E::ReportReceived { about, state, .. } => format!("about entry {about}: {state:?}").to_lowercase(),
            E::AnswerDelayed { entry, recipients, detail } => {
                format!("of entry {entry} to {}: {detail}", recipients.join(", "))
            }
            E::LetterStopped { entry, what } => format!("of entry {entry}: {what}"),
            E::WorkHeld { held } => format!("of {}: {}", self.user_name(held.user), held.why.as_str()),
            E::HeldReleased { entry } | E::HeldDropped { entry } | E::HeldReturned { entry } => about(*entry),
            E::MailMoved { entry, to } => format!("entry {entry} to {}", self.reference(*to)),
            E::MailTaken { from, entry, .. } => format!("entry {entry} of {}", self.reference(*from)),
            E::MailReceived { .. }
            | E::OwnMailReturned { .. }
            | E::AnswerWritten { .. }
            | E::NoteWritten { .. }
            | E::CommandsGiven { .. }
            | E::WaitEnded
            | E::Acknowledged { .. }
            | E::ShowAsked
            | E::HistoryAsked
            | E::HelpAsked
            | E::ErrandsHeld { .. }
            | E::MailForwarded { .. }
            | E::ContactFromReplyTo
            | E::TextUnsent
            | E::UsersTold { .. } => String::new(),
            E::ResultsIgnored { reasons } => reasons.iter().map(|reason| reason.told()).collect::<Vec<_>>().join("; "),
            E::OwnerAway { user, until } => format!("{} until {until}", self.user_name(*user)),
            E::ToldEnough { user } => self.user_name(*user),
            E::TakenOver { from } => format!("from {}", self.user_name(*from)),
            E::UserUnreached { user, entry } => format!("{} of entry {entry}", self.user_name(*user)),
            E::MailPaused { user, why, .. } => format!("to {}: {why}", self.user_name(*user)),
            E::MailResumed { user, since } => format!("to {}, paused since {since}", self.user_name(*user)),
            E::DigestMade { told, more } => format!("{} cases", told.len() as u64 + u64::from(*more)),
            E::ErrandsGiven { opened, .. } => opened.map(|case| self.reference(case)).unwrap_or_default(),
        }
    }
}

fn about(entry: EntryNo) -> String {
    format!("entry {entry}")
}

fn why(status: Option<&str>, detail: &str) -> String {
    format!("{} {detail}", status.unwrap_or_default()).trim().to_owned()
}
