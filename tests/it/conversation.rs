//! One whole conversation, through the real decisions, on a disk that dies at every single operation.
//!
//! The test plays the two mail servers around henvend: the one in front keeps a mail until it has its 250, the one
//! behind keeps what it took. After each death the conversation goes on where they are, on what the disk has kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use henvend::ports::StoreError;
use henvend::store::redb::{OpenConfig, RedbStore};

use crate::kit::canary;
use crate::kit::disk::{Fault, FaultyDisk, Left};
use crate::kit::house::{House, Sent};

const CUSTOMER: &str = "kunde@post.example";
const OLA: &str = "ola@uni.example";
const SHARED: &str = "orakel@uni.example";

/// What the mail servers around henvend know: nothing of this is lost when it dies.
#[derive(Default)]
struct Around {
    /// How many steps are done.
    done: usize,
    /// What the smarthost took.
    took: Vec<Sent>,
}

#[derive(Clone, Copy)]
enum Step {
    /// The customer writes; with what, and whether as an answer to the last mail they got.
    Customer(&'static str, Answers),
    /// Ola replies to the last notification he got.
    Ola(&'static str),
    /// What is due is sent.
    Send,
}

#[derive(Clone, Copy, PartialEq)]
enum Answers {
    Nothing,
    Last,
}

const STEPS: [Step; 8] = [
    Step::Customer("Skriveren er tom for papir.", Answers::Nothing),
    Step::Send,
    Step::Ola("/ta\nDet er mer i skapet."),
    Step::Send,
    Step::Customer("Skapet er låst!", Answers::Last),
    Step::Send,
    Step::Ola("/løst\nNøkkelen ligger i resepsjonen."),
    Step::Send,
];

impl Around {
    /// Goes on until the end or until henvend fails.
    async fn go_on(&mut self, house: &House) -> Result<(), StoreError> {
        while let Some(step) = STEPS.get(self.done) {
            let outcome = self.step(house, *step).await;
            self.took.extend(house.smarthost.take());
            outcome?;
            self.done += 1;
        }
        Ok(())
    }

    async fn step(&self, house: &House, step: Step) -> Result<(), StoreError> {
        let number = self.done;
        match step {
            Step::Send => house.try_send().await,
            Step::Customer(words, answers) => {
                let last = self.last_to(CUSTOMER).filter(|_| answers == Answers::Last);
                let thread = last.map_or_else(String::new, |mail| format!("In-Reply-To: {}\n", mail.id()));
                house.receive(CUSTOMER, &[SHARED], &mail(number, CUSTOMER, &thread, words)).await.map(|_| ())
            }
            Step::Ola(words) => {
                let last = self.last_to(OLA).expect("Ola was told");
                let text = format!("{words}\n\nDen 18. nov. 2026 skrev Kunde:\n{}", last.quoted());
                house.receive(OLA, &[&last.reply_to()], &mail(number, OLA, "", &text)).await.map(|_| ())
            }
        }
    }

    fn last_to(&self, person: &str) -> Option<&Sent> {
        self.took.iter().rev().find(|mail| mail.to.iter().any(|to| to == person))
    }

    /// How often each mail was sent to each person.
    fn copies(&self) -> BTreeMap<(String, String), usize> {
        let mut copies = BTreeMap::new();
        for mail in &self.took {
            *copies.entry((mail.id(), mail.to.join(" "))).or_default() += 1;
        }
        copies
    }
}

fn mail(number: usize, from: &str, thread: &str, words: &str) -> String {
    format!(
        "From: {from}\nTo: {SHARED}\nSubject: Skriveren\nMessage-ID: <{number}@post.example>\n\
         Date: Wed, 18 Nov 2026 12:00:0{number} +0100\n{thread}MIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\n{words}\n"
    )
}

fn open(disk: &FaultyDisk) -> Result<Arc<RedbStore>, StoreError> {
    RedbStore::open_on(Arc::new(disk.clone()), OpenConfig::new("unused")).map(Arc::new)
}

/// Plays on this disk until the end or a failure.
async fn play(disk: &FaultyDisk, around: &mut Around) -> Result<House, StoreError> {
    let house = House::open(open(disk)?).await?;
    around.go_on(&house).await?;
    Ok(house)
}

/// What must be true of every conversation, however often henvend died: the journal, and what people got.
async fn judge(house: &House, around: &Around, deaths: usize, how: &str) {
    assert_eq!(
        house.events(1).await,
        [
            "CaseOpened MailReceived Acknowledged",
            "AnswerWritten CaseAssigned StatusChanged",
            "MailReceived StatusChanged",
            "AnswerWritten StatusChanged",
        ],
        "{how}"
    );
    canary::search(&house.world, &around.took).await;
    let copies = around.copies();
    let mut to_customer: Vec<&String> = copies.keys().filter(|(_, to)| to == CUSTOMER).map(|(id, _)| id).collect();
    to_customer.dedup();
    assert_eq!(to_customer.len(), 3, "{how}: an acknowledgement and two answers: {copies:?}");
    // Letters are sent one after the other here, so at most the one under way is sent again, with the same id.
    let again: usize = copies.values().map(|count| count - 1).sum();
    assert!(again <= deaths, "{how}: {again} mails sent again after {deaths} deaths");
    house.try_send().await.unwrap();
    assert!(house.smarthost.take().is_empty(), "{how}: nothing is left to send");
}

async fn operations_of_a_conversation() -> u64 {
    let disk = FaultyDisk::default();
    let mut around = Around::default();
    let house = play(&disk, &mut around).await.unwrap();
    judge(&house, &around, 0, "no death").await;
    drop(house);
    disk.operations()
}

async fn dies_everywhere(left: Left, stride: usize) {
    let operations = operations_of_a_conversation().await;
    assert!(operations > 20, "a conversation that hardly touches the disk");
    for point in (1..=operations).step_by(stride) {
        let disk = FaultyDisk::default();
        disk.fail(Fault::DeadFrom(point));
        let mut around = Around::default();
        let first = play(&disk, &mut around).await;
        let how = format!("dead at {point} of {operations}, {left:?}");
        // At the last points only the closing fails, and the conversation was over.
        let deaths = usize::from(first.is_err());
        drop(first);
        let again = disk.after_power_cut(left);
        let house = play(&again, &mut around).await.unwrap_or_else(|error| panic!("{how}: {error}"));
        judge(&house, &around, deaths, &how).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_whole_when_only_synced_bytes_survive_any_death() {
    dies_everywhere(Left::Nothing, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_whole_when_all_written_bytes_survive_any_death() {
    dies_everywhere(Left::Everything, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_whole_when_writes_are_reordered_at_any_death() {
    dies_everywhere(Left::EveryOther, 3).await;
}
