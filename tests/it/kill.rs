//! The real program, killed under load again and again: what got 250 is on a case exactly once, and nobody gets a mail
//! twice but for letters that were under way at the kill.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use henvend::case::event::Entry;
use henvend::case::model::Case;
use henvend::id::{CaseId, EntryNo, MailId};
use henvend::ports::{CaseQuery, Page, Query, Store};
use henvend::store::redb::{OpenConfig, RedbStore};
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;

use crate::load::client::{Place, Session};
use crate::load::mails::{Order, Post};
use crate::load::program::{House, Settings, TO};
use crate::load::smarthost::{Copy, Keep, Smarthost};
use crate::load::{Beat, Dice, no_beat};

const SESSIONS: usize = 20;
/// Steps of all conversations together, at most, until the kill.
const STEPS_MAX: u64 = 1500;
/// Letters that the program has under way at the same time: the default of `outbound.connections_max`.
const LETTERS_UNDER_WAY_MAX: usize = 8;
/// No mail is larger.
const MAIL_BYTES_MAX: u64 = 100_000;
const ENTRIES_MAX: usize = 10_000;
/// With mail waiting to leave, some leaves within this time.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);
/// How often to look whether all has left.
const LOOK: Duration = Duration::from_millis(250);

/// Kills a process at the n-th step.
#[derive(Default)]
struct Fuse {
    left: AtomicI64,
    pid: Mutex<Option<Pid>>,
}

impl Fuse {
    fn set(&self, pid: Option<Pid>, steps: u64) {
        *self.pid.lock().unwrap() = pid;
        self.left.store(i64::try_from(steps).unwrap(), Ordering::SeqCst);
    }

    fn step(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(pid) = self.pid.lock().unwrap().take()
        {
            kill_process(pid, Signal::KILL).unwrap();
        }
    }
}

/// One session of the mail server in front: keeps each mail until it has been taken.
struct Sender {
    number: usize,
    dice: Dice,
    written: u64,
    waiting: Option<(Post, Option<String>)>,
    /// What got 250, with the Message-ID of the mail that it answers.
    taken: Vec<(Post, Option<String>)>,
}

impl Sender {
    fn new(number: usize, seed: u64) -> Self {
        Self { number, dice: Dice::new(seed ^ number as u64), written: 0, waiting: None, taken: Vec::new() }
    }

    fn next(&mut self) -> (Post, Option<String>) {
        if let Some(waiting) = self.waiting.take() {
            return waiting;
        }
        let run = format!("kill{}", self.number);
        let bytes = (self.dice.below(MAIL_BYTES_MAX) >> self.dice.below(8)) as usize;
        let order = Order { run: &run, number: self.written, bytes, to: TO };
        self.written += 1;
        if self.taken.is_empty() || self.dice.below(3) > 0 {
            return (order.opening(), None);
        }
        let (earlier, _) = &self.taken[self.dice.below(self.taken.len() as u64) as usize];
        (order.answer(earlier), Some(earlier.message_id.clone()))
    }

    /// Hands in mail until the connection breaks, or so many.
    async fn send(&mut self, place: &Place, beat: Beat, most: usize) {
        let Ok(mut session) = Session::open(place, beat).await else { return };
        for _ in 0..most {
            let (post, answers) = self.next();
            match session.deliver(&post).await {
                Ok(said) => {
                    assert!(said.taken(), "{}: {}", post.message_id, said.reply);
                    self.taken.push((post, answers));
                }
                Err(_) => {
                    self.waiting = Some((post, answers));
                    return;
                }
            }
        }
    }
}

async fn all_send(senders: Vec<Sender>, place: &Place, beat: &Beat, most: usize) -> Vec<Sender> {
    let mut under_way = JoinSet::new();
    for mut sender in senders {
        let (place, beat) = (place.clone(), beat.clone());
        under_way.spawn(async move {
            sender.send(&place, beat, most).await;
            sender
        });
    }
    under_way.join_all().await
}

#[test]
fn what_was_taken_is_there_exactly_once_however_often_the_program_is_killed() {
    let rounds = if std::env::var_os("HENVEND_LONG").is_some() { 300 } else { 20 };
    let seed = std::env::var("HENVEND_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("seed {seed}, {rounds} rounds (HENVEND_SEED and HENVEND_LONG change them)");
    let fuse = Arc::new(Fuse::default());
    let beat: Beat = {
        let fuse = fuse.clone();
        Arc::new(move || fuse.step())
    };
    let copies = Arc::new(Mutex::new(Vec::new()));
    let keep: Keep = {
        let copies = copies.clone();
        Arc::new(move |copy| copies.lock().unwrap().push(copy))
    };
    let smarthost = Smarthost::start(keep, beat.clone()).unwrap();
    let settings = Settings { acknowledgements_max: Some(1_000_000), ..Settings::default() };
    let house =
        House::new(env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"), smarthost.address, &settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let first = house.start().unwrap();
    house.move_in().unwrap();
    drop(first);
    let mut dice = Dice::new(seed);
    let mut senders: Vec<Sender> = (0..SESSIONS).map(|number| Sender::new(number, seed)).collect();
    let (mut begun, mut starts) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        begun.push(Instant::now());
        let running = house.start().unwrap();
        starts.push(running.ready_after);
        fuse.set(Pid::from_raw(i32::try_from(running.pid()).unwrap()), 1 + dice.below(STEPS_MAX));
        senders = runtime.block_on(all_send(senders, &house.lmtp(), &beat, usize::MAX));
        running.ended().unwrap();
    }
    begun.push(Instant::now());
    let running = house.start().unwrap();
    starts.push(running.ready_after);
    fuse.set(None, 1);
    senders = runtime.block_on(all_send(senders, &house.lmtp(), &no_beat(), 1));
    assert!(senders.iter().all(|sender| sender.waiting.is_none()), "{}", house.log_tail());
    wait_for_empty_queue(&house, &copies);
    assert!(running.stop().unwrap().success(), "{}", house.log_tail());
    starts.sort();
    println!("start after a kill: median {:?}, longest {:?}", starts[starts.len() / 2], starts[starts.len() - 1]);

    let sent: Vec<_> = senders.into_iter().flat_map(|sender| sender.taken).collect();
    let unread = runtime.block_on(each_on_a_case_exactly_once(&house, &sent));
    println!("{} mails were under a reader's eyes at two kills, and are kept unread", unread.len());
    // Kills are many here and reading is short: it happens, and seldom.
    assert!(unread.len() <= rounds / 10, "{} unread", unread.len());
    drop(smarthost);
    let copies = copies.lock().unwrap();
    no_copy_but_of_letters_under_way(&copies, &begun);
    one_acknowledgement_each(&copies, &sent, &unread);
}

/// However long the queue is by now, it moves.
fn wait_for_empty_queue(house: &House, copies: &Mutex<Vec<Copy>>) {
    let (mut moved, mut left) = (Instant::now(), 0);
    while house.queue_length().unwrap() > 0 {
        let now_left = copies.lock().unwrap().len();
        if now_left > left {
            (moved, left) = (Instant::now(), now_left);
        }
        assert!(moved.elapsed() < STANDSTILL_MAX, "the queue does not move:\n{}", house.log_tail());
        std::thread::park_timeout(LOOK);
    }
}

/// Gives the mails that are kept without having been read.
pub async fn each_on_a_case_exactly_once(house: &House, sent: &[(Post, Option<String>)]) -> BTreeSet<MailId> {
    let store = RedbStore::open(OpenConfig::new(house.data())).unwrap();
    let mut found: HashMap<MailId, Vec<CaseId>> = HashMap::new();
    let mut unread = BTreeSet::new();
    for case in cases(&store).await {
        for entry in journal(&store, &case).await {
            if let Some(mail) = entry.mail() {
                // Reading compares the bytes with the hash in their name.
                store.raw(mail.raw).await.unwrap();
                found.entry(mail.raw.id).or_default().push(case.id);
                if mail.unread {
                    unread.insert(mail.raw.id);
                }
            }
        }
    }
    let mut cases_by_id = HashMap::new();
    for (post, _) in sent {
        let cases = found.remove(&MailId::of(&post.bytes)).unwrap_or_default();
        assert_eq!(cases.len(), 1, "{} is on cases {cases:?}", post.message_id);
        cases_by_id.insert(post.message_id.as_str(), cases[0]);
    }
    assert_eq!(found.len(), 0, "mails that nobody brought: {found:?}");
    let left = sent.iter().filter(|(post, _)| unread.contains(&MailId::of(&post.bytes)));
    let not_read: BTreeSet<&str> = left.map(|(post, _)| post.message_id.as_str()).collect();
    for (post, answers) in sent {
        // What is not read is not placed either, and nobody knows the id that it would have had.
        let blind = |id: &str| not_read.contains(id);
        if let Some(answers) = answers.as_ref().filter(|answers| !blind(answers) && !blind(&post.message_id)) {
            assert_eq!(cases_by_id[post.message_id.as_str()], cases_by_id[answers.as_str()], "{}", post.message_id);
        }
    }
    println!("{} mails on {} cases", sent.len(), cases_by_id.values().collect::<BTreeSet<_>>().len());
    unread
}

/// All cases, numbered without gaps.
async fn cases(store: &RedbStore) -> Vec<Case> {
    let query = CaseQuery { max: usize::MAX, ..CaseQuery::default() };
    let Page::Cases { mut cases, .. } = store.page(Query::Cases(query)).await.unwrap() else { panic!("not cases") };
    cases.reverse();
    let numbers: Vec<u64> = cases.iter().map(|case| case.id.get()).collect();
    let first = numbers.first().copied().unwrap_or_default();
    assert_eq!(numbers, (first..first + numbers.len() as u64).collect::<Vec<_>>());
    cases
}

/// A journal, whole.
async fn journal(store: &RedbStore, case: &Case) -> Vec<Entry> {
    let query = Query::Journal { case: case.id, from: EntryNo::new(1), max: ENTRIES_MAX };
    let Page::Journal(entries) = store.page(query).await.unwrap() else { panic!("not a journal") };
    let numbers: Vec<EntryNo> = entries.iter().map(|entry| entry.no).collect();
    assert_eq!(numbers, (1..=case.last_entry.get()).map(EntryNo::new).collect::<Vec<_>>(), "case {}", case.id);
    entries
}

/// A letter whose outcome was not committed at the kill goes out again; there are only so many of these at a time. A
/// second copy under another Message-ID, or in the same life of the program, must not be.
fn no_copy_but_of_letters_under_way(copies: &[Copy], begun: &[Instant]) {
    let life = |copy: &Copy| begun.partition_point(|begun| *begun <= copy.connected);
    let mut lives: BTreeMap<(String, &[String]), Vec<usize>> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for copy in copies {
        let id = copy.field("Message-ID").unwrap();
        // <hv.CASE.ENTRY.COPY.MAC@host>
        let letter = id.rsplit_once('@').unwrap().0.rsplit_once('.').unwrap().0.to_owned();
        ids.entry(letter).or_default().insert(id.clone());
        lives.entry((id, &copy.to)).or_default().push(life(copy));
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "one letter under several Message-IDs");
    let mut again: BTreeMap<usize, usize> = BTreeMap::new();
    for ((id, to), lives) in &lives {
        let different: BTreeSet<&usize> = lives.iter().collect();
        assert_eq!(different.len(), lives.len(), "{id} twice to {to:?} in one life of the program");
        let last = lives.iter().max().unwrap();
        lives.iter().filter(|life| *life != last).for_each(|life| *again.entry(*life).or_default() += 1);
    }
    let worst = again.values().max().copied().unwrap_or_default();
    println!(
        "{} mails left in {} copies; sent again after a kill: {} in all, {worst} at most (bound {LETTERS_UNDER_WAY_MAX})",
        lives.len(),
        copies.len(),
        again.values().sum::<usize>()
    );
    assert!(worst <= LETTERS_UNDER_WAY_MAX, "{again:?}");
}

/// Each contact here opens one case, and so is acknowledged once: under one Message-ID.
fn one_acknowledgement_each(copies: &[Copy], sent: &[(Post, Option<String>)], unread: &BTreeSet<MailId>) {
    let mut ids: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for copy in copies {
        for to in &copy.to {
            ids.entry(to).or_default().insert(copy.field("Message-ID").unwrap());
        }
    }
    for (post, _) in sent.iter().filter(|(post, _)| !unread.contains(&MailId::of(&post.bytes))) {
        assert_eq!(ids.get(post.from.as_str()).map_or(0, BTreeSet::len), 1, "acknowledgements to {}", post.from);
    }
}
