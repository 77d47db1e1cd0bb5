//! Users choose how they are told, change their minds, are away and come back, in any order, with restarts between:
//! each mail of a contact's is told to each of them exactly once, by a notification or by a digest.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use henvend::case::event::CaseEvent;
use henvend::case::view::Keys;
use henvend::directory::model::CONTROL as DESKS;
use henvend::id::CaseId;
use henvend::ports::Clock;
use henvend::rules::telling::Telling;
use henvend::time::{DAY, Timestamp};

use super::control::CONTROL;
use super::{CUSTOMER, mail, submit};
use crate::kit::house::{House, Sent, Setting};
use crate::kit::memory::MemoryStore;
use crate::simulation::Dice;

const AGENTS: [&str; 2] = ["ola@uni.example", "kari@uni.example"];
const ORDERS: u64 = 40;
const STEPS: usize = 30;
const SEED: u64 = 0xd19e_57ed;

const CHOICES: [&str; 10] = [
    "digest daily",
    "sammendrag ukentlig",
    "digest off",
    "away until tomorrow",
    "borte 3d",
    "borte nei",
    "away off\ndigest daily",
    "quiet 22-7",
    "stille 8-16",
    "quiet off",
];
/// What passes between two steps, in seconds.
const PAUSES: [u64; 5] = [1, 600, 10_000, 33_000, 110_000];

struct World {
    house: House,
    store: MemoryStore,
    dice: Dice,
    mails: usize,
    /// Whoever got it, and what it was.
    got: Vec<(String, String)>,
    ids: BTreeSet<String>,
    /// What was done, to be read when a promise is broken.
    story: Vec<String>,
}

async fn open(store: &MemoryStore, now: Option<Timestamp>) -> House {
    let telling = Telling::default();
    let setting = Setting { telling, ..Setting::default() };
    let house = House::open_as(Arc::new(store.reopened()), setting).await.unwrap();
    now.into_iter().for_each(|now| house.clock.set(&now.to_string()));
    house
}

impl World {
    async fn open(order: u64) -> Self {
        let store = MemoryStore::default();
        let house = open(&store, None).await;
        let dice = Dice(SEED.wrapping_add(order.wrapping_mul(0x1000_0001)));
        let (got, ids, story) = (Vec::new(), BTreeSet::new(), vec![format!("order {order}")]);
        Self { house, store, dice, mails: 0, got, ids, story }
    }

    async fn step(&mut self) {
        match self.dice.below(10) {
            0..=3 => self.customer().await,
            4 | 5 => {
                let (agent, choice) = (AGENTS[self.dice.below(2)], CHOICES[self.dice.below(CHOICES.len())]);
                self.choose(agent, choice).await;
            }
            6 => self.send().await,
            7 | 8 => {
                let pause = PAUSES[self.dice.below(PAUSES.len())];
                self.pass(pause).await;
            }
            _ => {
                self.house = open(&self.store, Some(self.house.clock.now())).await;
                self.story.push("a restart".to_owned());
            }
        }
    }

    async fn customer(&mut self) {
        self.mails += 1;
        let number = self.mails;
        let text = mail(&format!("c{number}"), CUSTOMER, &format!("Sak {number}"), "", &format!("ord-{number}"));
        self.house.deliver(CUSTOMER, &["orakel@uni.example"], &text).await;
        self.story.push(format!("mail {number}"));
    }

    async fn choose(&mut self, agent: &str, lines: &str) {
        let id = format!("a{}", self.story.len());
        submit(&self.house, agent, &[CONTROL], &mail(&id, agent, "x", "", lines)).await;
        self.story.push(format!("{agent}: {}", lines.replace('\n', " | ")));
    }

    async fn pass(&mut self, seconds: u64) {
        self.house.clock.pass(Duration::from_secs(seconds));
        self.house.sweep().await;
        self.story.push(format!("{seconds} s, now {}", self.house.clock.now()));
    }

    async fn send(&mut self) {
        let sent = self.house.send().await;
        self.story.push(format!("{} mails leave", sent.len()));
        let event = |mail: &Sent| mail.mail.field("X-Henvend-Event").unwrap_or("to the contact").to_owned();
        for mail in sent {
            assert!(self.ids.insert(mail.id()), "twice the same mail\n{}", self.told());
            self.got.extend(mail.to.iter().map(|to| (to.clone(), event(&mail))));
        }
    }

    fn told(&self) -> String {
        self.story.join("\n")
    }

    /// Nobody gathers anything any more, and all that waited is told.
    async fn judge(&mut self) {
        for agent in AGENTS {
            self.choose(agent, "digest off\naway off\nquiet off").await;
        }
        for _ in 0..2 {
            self.pass(DAY.as_secs()).await;
            self.send().await;
        }
        let directory = self.house.world.store.directory();
        let users: Vec<_> = directory.users().collect();
        let gathered = Keys { gathered: users.iter().map(|user| user.id).collect(), ..Keys::default() };
        let left = self.house.world.store.peek(gathered).await.unwrap().gathered;
        assert!(left.is_empty(), "{left:?}\n{}", self.told());
        let due = self.house.world.store.due(Timestamp::from_millis(i64::MAX), 99).await.unwrap();
        assert_eq!(due.items, [], "{}", self.told());
        for agent in AGENTS {
            let desk = users.iter().find(|user| user.addresses[0].to_string() == agent).and_then(|u| u.personal.desk);
            let (digests, counted) = self.digests(desk.unwrap()).await;
            let at_once = self.got.iter().filter(|(to, event)| to == agent && event == "new").count();
            assert_eq!(at_once + counted, self.mails, "{agent} is told once of each\n{}", self.told());
            let came = self.got.iter().filter(|(to, event)| to == agent && event == "digest").count();
            assert!(came <= digests, "{agent}: {came} of {digests}\n{}", self.told());
        }
    }

    /// How many digests were made on this case, and of how much they tell.
    async fn digests(&self, desk: CaseId) -> (usize, usize) {
        assert_eq!(self.house.case(desk.get()).await.category, DESKS);
        let entries = self.house.journal(desk.get()).await;
        let made = entries.iter().flat_map(|entry| &entry.events).filter_map(|event| match event {
            CaseEvent::DigestMade { told, more } => {
                Some(told.iter().map(|row| row.count as usize).sum::<usize>() + *more as usize)
            }
            _ => None,
        });
        let made: Vec<usize> = made.collect();
        (made.len(), made.iter().sum())
    }
}

#[tokio::test]
async fn each_mail_is_told_once_whatever_users_choose() {
    let mut digests = 0;
    for order in 0..ORDERS {
        let mut world = World::open(order).await;
        for _ in 0..STEPS {
            world.step().await;
        }
        world.judge().await;
        digests += world.got.iter().filter(|(_, event)| event == "digest").count();
    }
    assert!(digests > 50, "orders in which hardly anything is gathered: {digests} digests");
}
