//! A house behind the door: takes mail into memory, and knows the one that it has.

use std::sync::Mutex;

use henvend::address::{Address, ReversePath};
use henvend::case::change::{Became, Outcome, Receipt};
use henvend::envelope::{DsnNotify, Envelope, RawMail, Recipient};
use henvend::id::{CaseId, MailId};
use henvend::ports::{Answer, Reception, RecipientVerdict, StoreError};
use tokio::sync::watch;

use super::script::{Settings, StoreMood};

pub struct House {
    residents: Vec<Address>,
    inactive: Vec<Address>,
    store: StoreMood,
    taken: Mutex<Vec<(Envelope, RawMail)>>,
    pub count: watch::Sender<usize>,
}

impl House {
    pub fn new(settings: &Settings) -> Self {
        let read = |texts: &[String]| texts.iter().map(|text| Address::parse(text).unwrap()).collect();
        Self {
            residents: read(&settings.residents),
            inactive: read(&settings.inactive),
            store: settings.store,
            taken: Mutex::new(Vec::new()),
            count: watch::Sender::new(0),
        }
    }

    pub fn take(&self, envelope: Envelope, raw: RawMail) -> Result<Receipt, StoreError> {
        if self.store != StoreMood::Well {
            return Err(StoreError::Unavailable("as the script says".to_owned()));
        }
        let mut taken = self.taken.lock().unwrap();
        let mut known: Vec<MailId> = Vec::new();
        for (_, mail) in taken.iter() {
            if !known.contains(&mail.id()) {
                known.push(mail.id());
            }
        }
        let place = known.iter().position(|id| *id == raw.id());
        let became = if place.is_some() { Became::Duplicate } else { Became::New };
        let case = CaseId::new(place.unwrap_or(known.len()) as u64 + 1);
        let outcomes = envelope.recipients.iter().map(|_| Outcome { became, case }).collect();
        taken.push((envelope, raw));
        self.count.send_replace(taken.len());
        Ok(Receipt { outcomes, refused: None })
    }

    fn last(&self) -> (Envelope, RawMail) {
        self.taken.lock().unwrap().last().cloned().expect("a mail was taken")
    }

    pub fn mail(&self) -> Vec<u8> {
        self.last().1.bytes().to_vec()
    }

    /// Every mail taken, in order.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        self.taken.lock().unwrap().iter().map(|(_, mail)| mail.bytes().to_vec()).collect()
    }

    pub fn sender(&self) -> String {
        match self.last().0.reverse_path {
            ReversePath::Null => "<>".to_owned(),
            ReversePath::Mailbox(address) => address.to_string(),
        }
    }

    pub fn to(&self) -> String {
        let recipients = self.last().0.recipients;
        recipients.iter().map(|to| to.address.to_string()).collect::<Vec<_>>().join(" ")
    }

    pub fn queue_id(&self) -> String {
        self.last().0.queue_id.unwrap_or_else(|| "-".to_owned())
    }

    pub fn dsn(&self) -> String {
        let envelope = self.last().0;
        let dash = || "-".to_owned();
        let back = envelope.dsn_return.map_or_else(dash, |back| format!("{back:?}"));
        let head = format!("{back} {}", envelope.envelope_id.unwrap_or_else(dash));
        let each = |to: &Recipient| {
            let notify = to.notify.map_or_else(dash, words);
            format!("{notify} {}", to.original.clone().unwrap_or_else(dash))
        };
        let all: Vec<String> = [head].into_iter().chain(envelope.recipients.iter().map(each)).collect();
        all.join(" | ")
    }
}

fn words(notify: DsnNotify) -> String {
    let all =
        [(notify.never, "never"), (notify.success, "success"), (notify.failure, "failure"), (notify.delay, "delay")];
    all.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

impl Reception for House {
    fn recipient(&self, address: &Address) -> RecipientVerdict {
        match self.store {
            StoreMood::SlowToKnow => RecipientVerdict::Unavailable,
            _ if self.inactive.contains(address) => RecipientVerdict::Inactive,
            _ if self.residents.contains(address) => RecipientVerdict::Accept,
            _ => RecipientVerdict::Unknown,
        }
    }

    fn has_room(&self, _bytes: u64) -> bool {
        self.store != StoreMood::Full
    }

    fn receive(&self, envelope: Envelope, raw: RawMail) -> Answer<'_, Result<Receipt, StoreError>> {
        Box::pin(async move { self.take(envelope, raw) })
    }
}
