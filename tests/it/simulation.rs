//! Two agents, a customer, somebody whom the customer has in copy, their mail programs, and a stranger, who write, wait
//! and change their minds in any order: two hundred orders under one seed, each judged after every step by what is
//! promised of all of them.

mod judge;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use henvend::case::event::{CaseEvent, Entry};
use henvend::verify::TrustPolicy;

use crate::kit::canary::CANARY;
use crate::kit::house::{House, Sent, Setting};
use crate::kit::memory::MemoryStore;

const CUSTOMER: &str = "kunde@post.example";
const COPIED: &str = "kopi@firma.example";
const STRANGER: &str = "fremmed@evil.example";
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
/// What an agent does with whole cases and with who is part of them; `N` is the number of a case.
const ARRANGE: [&str; 6] = [
    "/slå-sammen HV-N",
    "/del",
    "/flytt HV-N",
    "/lenke HV-N",
    "/kopi kopi@firma.example",
    "/ikkekopi kopi@firma.example",
];
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
    /// Who did.
    by: &'static str,
    /// Who it says it is from.
    from: &'static str,
    to: String,
    id: String,
    /// A word that stands in no other mail; empty for commands alone.
    word: String,
    /// A machine wrote it, and says so.
    automatic: bool,
    text: String,
}

/// What is to be written.
#[derive(Default)]
struct Letter {
    to: String,
    /// More of the header.
    fields: String,
    /// Commands, and what kind of text is below them.
    words: (&'static str, &'static str),
}

struct World {
    house: House,
    dice: Dice,
    /// The mail server in front says who may have sent a mail.
    checks: bool,
    written: Vec<Written>,
    got: Vec<Sent>,
    /// What was done, to be read when a promise is broken.
    story: Vec<String>,
}

impl World {
    async fn open(order: u64) -> Self {
        let mut dice = Dice(SEED.wrapping_add(order.wrapping_mul(0x1000_0001)));
        let undo = Duration::from_secs([0, 120][dice.below(2)]);
        let checks = dice.below(2) == 0;
        let authserv_ids = if checks { vec!["mx.uni.example".to_owned()] } else { Vec::new() };
        let trust = TrustPolicy { authserv_ids, ..TrustPolicy::default() };
        let setting = Setting { undo, trust, ..Setting::default() };
        let house = House::open_as(Arc::new(MemoryStore::default()), setting).await.unwrap();
        let story = vec![format!("order {order}, undo {undo:?}, senders are checked: {checks}")];
        Self { house, dice, checks, written: Vec::new(), got: Vec::new(), story }
    }

    async fn step(&mut self) {
        match self.dice.below(19) {
            0 | 1 => self.outside(CUSTOMER).await,
            2 => self.outside(COPIED).await,
            3..=6 => self.agent().await,
            7 => self.arrange().await,
            8 => self.again().await,
            9..=11 => self.send().await,
            12 => self.machine().await,
            13 | 14 => self.stranger().await,
            15 | 16 => self.arrange().await,
            _ => self.wait(PAUSES[self.story.len() % PAUSES.len()]).await,
        }
    }

    /// The customer's first mail has somebody in copy.
    async fn begin(&mut self) {
        let fields = format!("Cc: {COPIED}\n");
        self.write(CUSTOMER, CUSTOMER, Letter { to: SHARED.to_owned(), fields, words: ("", "spørsmål") }).await;
        self.send().await;
    }

    /// Somebody outside writes, most often about what they got.
    async fn outside(&mut self, who: &'static str) {
        let fields = self.thread(who);
        self.write(who, who, Letter { to: SHARED.to_owned(), fields, words: ("", "spørsmål") }).await;
    }

    fn thread(&mut self, who: &str) -> String {
        let theirs: Vec<Sent> = self.to(who);
        self.dice.one(&theirs).map_or_else(String::new, |mail| format!("In-Reply-To: {}\n", mail.id()))
    }

    /// The mail program of somebody who is away.
    async fn machine(&mut self) {
        let who = [CUSTOMER, COPIED][self.dice.below(2)];
        let fields = format!("{}Auto-Submitted: auto-replied\n", self.thread(who));
        self.write(who, who, Letter { to: SHARED.to_owned(), fields, words: ("", "borte") }).await;
    }

    async fn agent(&mut self) {
        let agent = AGENTS[self.dice.below(2)];
        let Some(answered) = self.last(agent) else { return };
        let to = answered.reply_to();
        // Nobody says of a stranger's mail that it is their own.
        let strange = answered.mail.text.contains("fremmed-");
        let words = match self.dice.below(5) {
            0 if strange => ("/drop", ""),
            0 => (ALONE[self.dice.below(ALONE.len())], ""),
            1 => ("/notat\n", "notat"),
            2 => ("/send\n", "svar"),
            _ => (COMMANDS[self.dice.below(COMMANDS.len())], "svar"),
        };
        self.write(agent, agent, Letter { to, words, ..Letter::default() }).await;
    }

    async fn arrange(&mut self) {
        let agent = AGENTS[self.dice.below(2)];
        let Some(to) = self.answers(agent) else { return };
        let (command, case) = (ARRANGE[self.dice.below(ARRANGE.len())], self.dice.below(3) + 1);
        let fields = String::new();
        let mail = self.made(agent, agent, Letter { to, fields, words: ("", "") });
        let text = mail.text.replacen("\n\n", &format!("\n\n{}", command.replace('N', &case.to_string())), 1);
        self.deliver(Written { text, ..mail }).await;
    }

    /// One of the last mails that this agent got.
    fn last(&mut self, agent: &str) -> Option<Sent> {
        let mut theirs = self.to(agent);
        theirs.drain(..theirs.len().saturating_sub(4));
        self.dice.one(&theirs).cloned()
    }

    /// Where an answer to one of them goes.
    fn answers(&mut self, agent: &str) -> Option<String> {
        self.last(agent).map(|mail| mail.reply_to())
    }

    /// Somebody who knows numbers of cases, Message-IDs and agents' answer addresses, and may write any From.
    async fn stranger(&mut self) {
        let (agent, other) = if self.dice.below(2) == 0 { (AGENTS[0], AGENTS[1]) } else { (AGENTS[1], AGENTS[0]) };
        let (by, shared) = (STRANGER, SHARED.to_owned());
        let words = ("/lukk\n", "fremmed");
        let known = self.thread(CUSTOMER);
        let forged = "Authentication-Results: mx.evil.example; dkim=pass header.d=uni.example\n";
        let (from, to, fields, words) = match self.dice.below(7) {
            0 => (by, shared, format!("Subject: [HV-{}] Hei\n", self.dice.below(4) + 1), words),
            1 => (by, shared, format!("{known}Subject: Noe annet\n"), words),
            2 => (by, shared, known, words),
            3 => (agent, shared, format!("{known}{forged}"), words),
            4 => (by, self.answers(agent).unwrap_or(shared), known, ("bekreft\n", "fremmed")),
            // A token with its user's From is the user where nothing else can be proven.
            5 if self.checks => (agent, self.answers(agent).unwrap_or(shared), forged.to_owned(), words),
            _ => (agent, self.answers(other).unwrap_or(shared), forged.to_owned(), words),
        };
        self.write(by, from, Letter { to, fields, words }).await;
    }

    async fn write(&mut self, by: &'static str, from: &'static str, letter: Letter) {
        let mail = self.made(by, from, letter);
        self.deliver(mail).await;
    }

    fn made(&self, by: &'static str, from: &'static str, letter: Letter) -> Written {
        let Letter { to, fields, words: (head, kind) } = letter;
        let number = self.written.len();
        let word = if kind.is_empty() { String::new() } else { format!("{kind}-{number}-{number}") };
        let secret = if kind == "notat" { CANARY } else { "" };
        let id = format!("<{number}@post.example>");
        let domain = from.split('@').nth(1).unwrap();
        let passed = format!("Authentication-Results: mx.uni.example; dkim=pass header.d={domain}\n");
        let results = if self.checks && by == from && by != STRANGER { passed } else { String::new() };
        let subject = if fields.contains("Subject:") { "" } else { "Subject: Skriveren\n" };
        let body = format!("{head}{word} {secret}");
        let text = format!(
            "{results}From: {from}\nTo: {to}\n{subject}Message-ID: {id}\nDate: Wed, 18 Nov 2026 12:00:00 +0100\n\
             {fields}Content-Type: text/plain; charset=utf-8\n\n{}\n",
            body.trim()
        );
        Written { by, from, to, id, word, automatic: fields.contains("Auto-Submitted"), text }
    }

    async fn deliver(&mut self, mail: Written) {
        let became = self.house.deliver(mail.by, &[&mail.to], &mail.text).await;
        let body = mail.text.split_once("\n\n").unwrap().1.trim().replace('\n', " | ");
        self.story.push(format!("{} as {} {} {body} -> {became:?}", mail.by, mail.from, mail.id));
        self.written.push(mail);
    }

    /// A mail server that did not hear its 250, or a mail on two ways.
    async fn again(&mut self) {
        let Some(mail) = self.dice.one(&self.written).cloned() else { return };
        let became = self.house.deliver(mail.by, &[&mail.to], &mail.text).await;
        self.story.push(format!("again {} -> {became:?}", mail.id));
        let outside = [CUSTOMER, COPIED].contains(&mail.by);
        assert!(became[0].0 == "duplicate" || !outside, "{}", self.told());
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
}

#[tokio::test]
async fn promises_hold_in_two_hundred_orders() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for order in 0..ORDERS {
        let mut world = World::open(order).await;
        world.begin().await;
        for _ in 0..STEPS {
            world.step().await;
            world.judge().await;
        }
        world.judge_the_end().await;
        for event in world.journals().await.into_values().flatten().flat_map(|entry| entry.events) {
            let name = match event {
                CaseEvent::WorkHeld { .. } => "held",
                CaseEvent::MailHeld { .. } => "unproven",
                CaseEvent::CaseMerged { .. } => "merged",
                CaseEvent::CaseReleased { .. } => "split again",
                CaseEvent::MailMoved { .. } => "moved",
                CaseEvent::ParticipantRemoved { .. } => "removed",
                CaseEvent::TokensRevoked { .. } => "revoked",
                CaseEvent::CommandsRefused { .. } => "refused",
                CaseEvent::AcknowledgementWithheld { .. } => "not acknowledged",
                _ => continue,
            };
            *seen.entry(name).or_default() += 1;
        }
    }
    for (name, least) in
        [("held", 200), ("unproven", 200), ("merged", 10), ("moved", 10), ("removed", 10), ("revoked", 3)]
    {
        let times = seen.get(name).copied().unwrap_or_default();
        assert!(times >= least, "orders in which it hardly happens that something is {name}: {seen:?}");
    }
}
