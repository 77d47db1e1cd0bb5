//! Two agents and one customer, who write, wait and change their minds in any order: two hundred orders under one seed,
//! each judged after every step by what is promised of all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use henvend::case::apply::apply;
use henvend::case::event::{CaseEvent, Entry};

use crate::kit::canary::CANARY;
use crate::kit::house::{House, Sent, Setting};
use crate::kit::memory::MemoryStore;

const CUSTOMER: &str = "kunde@post.example";
const AGENTS: [&str; 2] = ["ola@uni.example", "kari@uni.example"];
const SHARED: &str = "orakel@uni.example";
const ORDERS: u64 = 200;
const STEPS: usize = 25;
const SEED: u64 = 0x5eed_0f1e_77e5;

/// Commands that an agent may put above an answer, or send alone.
const COMMANDS: [&str; 10] = [
    "",
    "",
    "",
    "/ta\n",
    "/løst\n",
    "/vent 1d\n",
    "/lukk\n",
    "/tildel kari\n",
    "/prioritet haster\n",
    "/finnes ikke\n",
];
const ALONE: [&str; 8] = ["/send", "/send", "/drop", "/ta", "/fristill", "/løst", "/gjenåpne", "/vent 2d"];
/// What passes between two steps, in seconds: nothing, a moment, an undo, a night, longer than anything is held.
const PAUSES: [u64; 5] = [0, 10, 200, 40_000, 300_000];

/// Numbers that look random and are the same each time (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }
}

/// A mail that somebody has handed in.
#[derive(Clone)]
struct Written {
    from: &'static str,
    to: String,
    id: String,
    /// A word that stands in no other mail; empty for commands alone.
    word: String,
    text: String,
}

struct World {
    house: House,
    dice: Dice,
    written: Vec<Written>,
    got: Vec<Sent>,
    /// What was done, to be read when a promise is broken.
    story: Vec<String>,
}

impl World {
    async fn open(order: u64) -> Self {
        let mut dice = Dice(SEED.wrapping_add(order.wrapping_mul(0x1000_0001)));
        let undo = Duration::from_secs([0, 120][dice.below(2)]);
        let setting = Setting { undo, ..Setting::default() };
        let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
        Self { house, dice, written: Vec::new(), got: Vec::new(), story: vec![format!("order {order}, undo {undo:?}")] }
    }

    async fn step(&mut self) {
        match self.dice.below(12) {
            0 | 1 => self.customer().await,
            2..=5 => self.agent().await,
            6 => self.again().await,
            7..=9 => self.send().await,
            _ => self.wait(PAUSES[self.story.len() % PAUSES.len()]).await,
        }
    }

    async fn customer(&mut self) {
        let theirs: Vec<Sent> = self.to(CUSTOMER);
        let thread = self.dice.one(&theirs).map_or_else(String::new, |mail| format!("In-Reply-To: {}\n", mail.id()));
        self.hand_in(CUSTOMER, SHARED.to_owned(), &thread, ("", "spørsmål")).await;
    }

    async fn agent(&mut self) {
        let agent = AGENTS[self.dice.below(2)];
        let mut theirs = self.to(agent);
        theirs.drain(..theirs.len().saturating_sub(4));
        let Some(answered) = self.dice.one(&theirs).cloned() else { return };
        let (head, word) = match self.dice.below(5) {
            0 => (ALONE[self.dice.below(ALONE.len())], ""),
            1 => ("/notat\n", "notat"),
            2 => ("/send\n", "svar"),
            _ => (COMMANDS[self.dice.below(COMMANDS.len())], "svar"),
        };
        self.hand_in(agent, answered.reply_to(), "", (head, word)).await;
    }

    async fn hand_in(&mut self, from: &'static str, to: String, thread: &str, words: (&str, &str)) {
        let (head, kind) = words;
        let number = self.written.len();
        let word = if kind.is_empty() { String::new() } else { format!("{kind}-{number}-{number}") };
        let secret = if kind == "notat" { CANARY } else { "" };
        let id = format!("<{number}@post.example>");
        let body = format!("{head}{word} {secret}");
        let text = format!(
            "From: {from}\nTo: {to}\nSubject: Skriveren\nMessage-ID: {id}\nDate: Wed, 18 Nov 2026 12:00:00 +0100\n\
             {thread}Content-Type: text/plain; charset=utf-8\n\n{}\n",
            body.trim()
        );
        self.deliver(Written { from, to, id, word, text }).await;
    }

    async fn deliver(&mut self, mail: Written) {
        let became = self.house.deliver(mail.from, &[&mail.to], &mail.text).await;
        let body = mail.text.split_once("\n\n").unwrap().1.trim().replace('\n', " | ");
        self.story.push(format!("{} {} {body} -> {became:?}", mail.from, mail.id));
        self.written.push(mail);
    }

    /// A mail server that did not hear its 250, or a mail on two ways.
    async fn again(&mut self) {
        let Some(mail) = self.dice.one(&self.written).cloned() else { return };
        let became = self.house.deliver(mail.from, &[&mail.to], &mail.text).await;
        self.story.push(format!("again {} -> {became:?}", mail.id));
        assert!(became[0].0 == "duplicate" || mail.from != CUSTOMER, "{}", self.told());
    }

    async fn send(&mut self) {
        let sent = self.house.send().await;
        self.story.push(format!("{} mails leave", sent.len()));
        self.got.extend(sent);
    }

    async fn wait(&mut self, seconds: u64) {
        self.house.clock.pass(Duration::from_secs(seconds));
        self.house.sweep().await;
        self.story.push(format!("{seconds} s pass"));
    }

    fn to(&self, person: &str) -> Vec<Sent> {
        self.got.iter().filter(|mail| mail.to.iter().any(|to| to == person)).cloned().collect()
    }

    fn told(&self) -> String {
        self.story.join("\n")
    }

    async fn journals(&self) -> BTreeMap<u64, Vec<Entry>> {
        let mut journals = BTreeMap::new();
        for number in 1.. {
            let journal = self.house.journal(number).await;
            if journal.is_empty() {
                break;
            }
            journals.insert(number, journal);
        }
        journals
    }

    /// What holds at any moment.
    async fn judge(&self) {
        let journals = self.journals().await;
        let mut placed = BTreeMap::new();
        for (number, journal) in &journals {
            let replayed =
                journal.iter().fold(None, |case, entry| apply(henvend::id::CaseId::new(*number), case, entry));
            assert_eq!(replayed, Some(self.house.case(*number).await), "the journal makes the case\n{}", self.told());
            let mut seen = BTreeSet::new();
            for entry in journal {
                let ids: BTreeSet<String> = entry
                    .events
                    .iter()
                    .filter_map(|event| Some(event.mail()?.message_id.as_ref()?.to_string()))
                    .collect();
                let settles = entry.events.iter().any(|event| {
                    matches!(
                        event,
                        CaseEvent::HeldReleased { .. } | CaseEvent::HeldDropped { .. } | CaseEvent::HeldReturned { .. }
                    )
                });
                for id in ids {
                    if seen.insert(id.clone()) {
                        *placed.entry(id).or_insert(0) += 1;
                    } else {
                        assert!(settles, "{id} has another entry, {number}/{}\n{}", entry.no, self.told());
                    }
                }
            }
        }
        for mail in &self.written {
            assert_eq!(placed.get(&mail.id), Some(&1), "{} is on exactly one entry\n{}", mail.id, self.told());
        }
        self.judge_copies(&journals);
    }

    /// One copy of each answer to the customer, and only of answers.
    fn judge_copies(&self, journals: &BTreeMap<u64, Vec<Entry>>) {
        let theirs = self.to(CUSTOMER);
        let ids: BTreeSet<String> = theirs.iter().map(Sent::id).collect();
        assert_eq!(ids.len(), theirs.len(), "no mail twice\n{}", self.told());
        let events = || journals.values().flatten().flat_map(|entry| &entry.events);
        for mail in self.written.iter().filter(|mail| mail.from != CUSTOMER && !mail.word.is_empty()) {
            let copies = theirs.iter().filter(|sent| sent.mail.text.contains(&mail.word)).count();
            let answers = events().filter(|event| matches!(event, CaseEvent::AnswerWritten { mail: written, .. } if written.message_id.as_ref().is_some_and(|id| id.to_string() == mail.id))).count();
            assert!(
                copies <= answers && answers <= 1,
                "{copies} copies, {answers} answers of {}\n{}",
                mail.id,
                self.told()
            );
        }
    }

    /// What holds when nothing is under way any more.
    async fn judge_the_end(&mut self) {
        for _ in 0..4 {
            self.wait(300_000).await;
            self.send().await;
        }
        self.judge().await;
        let journals = self.journals().await;
        for (number, journal) in &journals {
            assert!(self.house.case(*number).await.held.is_empty(), "nothing is held for ever\n{}", self.told());
            let mut waiting = BTreeMap::new();
            for event in journal.iter().flat_map(|entry| &entry.events) {
                match event {
                    CaseEvent::WorkHeld { held } => drop(waiting.insert(held.entry, held.mail.message_id.clone())),
                    CaseEvent::HeldReleased { entry } | CaseEvent::HeldDropped { entry } => drop(waiting.remove(entry)),
                    CaseEvent::HeldReturned { entry } => {
                        let id = waiting.remove(entry).flatten().map(|id| id.to_string()).unwrap();
                        let mail = self.written.iter().find(|mail| mail.id == id).unwrap();
                        let back = self.to(mail.from).iter().any(|sent| sent.mail.text.contains(&mail.word));
                        assert!(back, "{id} was not returned to its writer\n{}", self.told());
                    }
                    _ => {}
                }
            }
            assert!(waiting.is_empty(), "{waiting:?} neither sent, dropped nor returned\n{}", self.told());
        }
        let answers = journals.values().flatten().flat_map(|entry| &entry.events);
        let answers = answers.filter(|event| matches!(event, CaseEvent::AnswerWritten { .. })).count();
        let copies = self.to(CUSTOMER).iter().filter(|mail| mail.mail.text.contains("svar-")).count();
        assert_eq!(copies, answers, "each answer has left\n{}", self.told());
    }
}

#[tokio::test]
async fn promises_hold_in_two_hundred_orders() {
    let mut held = 0;
    for order in 0..ORDERS {
        let mut world = World::open(order).await;
        world.customer().await;
        world.send().await;
        for _ in 0..STEPS {
            world.step().await;
            world.judge().await;
        }
        world.judge_the_end().await;
        let events = world.journals().await.into_values().flatten().flat_map(|entry| entry.events);
        held += events.filter(|event| matches!(event, CaseEvent::WorkHeld { .. })).count();
    }
    assert!(held > 200, "orders in which agents hardly meet: {held} answers held");
}
