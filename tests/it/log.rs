//! What the program writes to its log: one line for each mail and each attempt, and nothing that anybody wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use henvend::id::MailId;
use serde_json::Value;

use crate::load::client::Session;
use crate::load::mails::Post;
use crate::load::no_beat;
use crate::load::program::{AGENT, House, Settings, TO};
use crate::load::smarthost::{Copy, Keep, Smarthost};

const CUSTOMER: &str = "kunde@post.example";
/// Somebody whom the smarthost does not know.
const GONE: &str = "refused.kari@post.example";
/// A word of each subject and each text, and of each name and address.
const WORDS: &[&str] =
    &["hemmelig", "blåbær", "søknad", "bl=c3=a5b", "kåre", "kunde", "kari", "ola", "orakel", "fremmed"];
const NOTE: &str = "Hemmelig blåbærnotat om at søknaden er fra en vrang kunde.";
const STEP_MAX: Duration = Duration::from_secs(60);

/// The program, and what it has sent and been given.
struct Scene {
    house: House,
    copies: Arc<Mutex<Vec<Copy>>>,
    runtime: tokio::runtime::Runtime,
    given: Vec<MailId>,
}

fn post(id: &str, from: &str, to: &str, words: (&str, &str)) -> Post {
    let (fields, body) = words;
    let text = format!(
        "From: Kåre Blåbær <{from}>\nTo: {TO}\nSubject: Hemmelig søknad om blåbær\nMessage-ID: <{id}@post.example>\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0100\n{fields}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    );
    let bytes = Bytes::from(text.replace('\n', "\r\n"));
    Post { from: from.to_owned(), to: to.to_owned(), message_id: format!("<{id}@post.example>"), bytes }
}

impl Scene {
    fn open(format: &'static str) -> (Self, Smarthost) {
        let copies = Arc::new(Mutex::new(Vec::new()));
        let kept = copies.clone();
        let keep: Keep = Arc::new(move |copy| kept.lock().unwrap().push(copy));
        let smarthost = Smarthost::start(keep, no_beat()).unwrap();
        let settings = Settings { log_format: format, ..Settings::default() };
        let (binary, below) = (env!("CARGO_BIN_EXE_henvend"), env!("CARGO_TARGET_TMPDIR"));
        let house = House::new(binary, below, smarthost.address, &settings).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        (Self { house, copies, runtime, given: Vec::new() }, smarthost)
    }

    fn deliver(&mut self, post: &Post) {
        let place = self.house.lmtp();
        let said =
            self.runtime.block_on(async { Session::open(&place, no_beat()).await?.deliver(post).await }).unwrap();
        assert!(said.taken(), "{}", said.reply);
        self.given.push(MailId::of(&post.bytes));
    }

    /// The mail that told the agent of this event on the first case.
    fn told(&self, event: &str) -> Copy {
        let begun = Instant::now();
        loop {
            let copies = self.copies.lock().unwrap().clone();
            let fits = |copy: &&Copy| {
                let is = |name: &str, value: &str| copy.field(name).as_deref() == Some(value);
                copy.to == [AGENT] && is("X-Henvend-Case", "HV-1") && is("X-Henvend-Event", event)
            };
            if let Some(copy) = copies.iter().find(fits) {
                return copy.clone();
            }
            assert!(begun.elapsed() < STEP_MAX, "{event} is not told:\n{}", self.house.log_tail());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits until every letter was tried; gives what is left of them.
    fn tried(&self) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let queue = self.house.queue().unwrap();
            let open = |letter: &Value| letter["state"] != "stopped" && letter["attempts"] == 0;
            if !queue.iter().any(open) {
                return queue;
            }
            assert!(begun.elapsed() < STEP_MAX, "letters untried:\n{}", self.house.log_tail());
        }
    }
}

/// All kinds of mail in, all kinds of letters out; then the log, and the letters that are left.
fn story(format: &'static str) -> (Scene, Vec<Value>) {
    let (mut scene, smarthost) = Scene::open(format);
    let running = scene.house.start().unwrap();
    scene.house.move_in().unwrap();

    let first = post("1", CUSTOMER, TO, ("", "Hei!\nHemmelig blåbær."));
    scene.deliver(&first);
    scene.deliver(&first);
    scene.deliver(&post("2", GONE, TO, ("", "Jeg tåler ikke svar.")));
    scene.deliver(&post("3", "fremmed@evil.example", TO, ("Subject: [HV-1] Hemmelig\n", "Hva står det i søknaden?")));
    let told = scene.told("new");
    let token = told.field("Reply-To").unwrap();
    let token = token.rsplit(['<', '>']).find(|part| part.contains('@')).unwrap().to_owned();
    scene.deliver(&post("4", AGENT, &token, ("", &format!("/notat\n{NOTE}"))));
    scene.deliver(&post("5", AGENT, &token, ("", "/ta\nHemmelig svar om blåbær.")));
    scene.deliver(&post("6", AGENT, &token, ("", "/hemmelig\nSvar.")));
    scene.told("receipt");
    scene.deliver(&post("7", AGENT, &token, ("", &format!("Kollegaen min skrev:\n{NOTE}"))));
    scene.deliver(&post("8", "fremmed@evil.example", &token, ("", "Hemmelig søknad.")));
    scene.deliver(&post("9", "fremmed@evil.example", "postmaster@uni.example", ("", "Hemmelig klage.")));
    scene.tried();
    drop(smarthost);
    scene.deliver(&post("10", "ny.kunde@post.example", TO, ("", "Nå er smarthosten borte.")));
    let left = scene.tried();
    assert!(running.stop().unwrap().success(), "{}", scene.house.log_tail());
    (scene, left)
}

fn holds_nothing_that_anybody_wrote(log: &str) {
    let lower = log.to_lowercase();
    let found: Vec<&str> =
        lower.lines().filter(|line| line.contains('@') || WORDS.iter().any(|word| line.contains(word))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn as_text_it_holds_one_line_for_each_mail_and_nothing_that_anybody_wrote() {
    let (scene, _) = story("text");
    let log = String::from_utf8(scene.house.log()).unwrap();
    holds_nothing_that_anybody_wrote(&log);
    assert!(!log.contains('\u{1b}'), "no colour in a file");
    let count = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    assert_eq!(count("mail received"), scene.given.len(), "{log}");
    for id in &scene.given {
        let times = scene.given.iter().filter(|other| *other == id).count();
        assert_eq!(count(&format!("mail={id}")), times, "{log}");
    }
    for word in ["outcome=\"sent\"", "outcome=\"failed\"", "outcome=\"stopped\"", "outcome=\"deferred\""] {
        assert!(count(word) > 0, "{word} in {log}");
    }
}

#[test]
fn as_json_each_line_is_an_object_and_each_attempt_has_one() {
    let (scene, left) = story("json");
    let log = String::from_utf8(scene.house.log()).unwrap();
    holds_nothing_that_anybody_wrote(&log);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    let about = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();

    let mut received: Vec<&str> = about("mail received").iter().map(|line| line["mail"].as_str().unwrap()).collect();
    let mut given: Vec<String> = scene.given.iter().map(ToString::to_string).collect();
    received.sort_unstable();
    given.sort_unstable();
    assert_eq!(received, given);

    let mut attempts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut sent = BTreeSet::new();
    for line in about("letter tried") {
        let letter = line["letter"].as_str().unwrap();
        attempts.entry(letter).or_default().push(line["attempt"].as_u64().unwrap());
        if line["outcome"] == "sent" {
            assert!(sent.insert(letter), "sent twice: {line}");
        }
    }
    for (letter, numbers) in &attempts {
        assert_eq!(*numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "{letter}");
    }
    assert_eq!(sent.len(), scene.copies.lock().unwrap().len(), "each copy that left has its line");
    let deferred: Vec<&Value> = left.iter().filter(|letter| letter["state"] != "stopped").collect();
    assert_eq!(deferred.len(), 2, "to the agent and the customer, while nobody took anything: {left:?}");
    for letter in deferred {
        let tried = &attempts[letter["id"].as_str().unwrap()];
        assert_eq!(letter["attempts"], tried.len(), "{letter}");
    }
}
