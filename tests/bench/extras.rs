//! What is measured once: starting after a kill, memory, idle connections, how soon an answer leaves.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::load::client::{Place, Session};
use crate::load::mails::Post;
use crate::load::no_beat;
use crate::load::program::{AGENT, Running, Settings};
use crate::load::smarthost::Copy;
use crate::table::{Kind, median};
use crate::{Scale, Site, Writer, bytes_below, generator};

const FILL_MAX: Duration = Duration::from_secs(40);
const STARTS: usize = 5;
const LETTER_MAX: Duration = Duration::from_secs(10);
const ANSWERS: usize = 20;

/// Start after `kill -9` in mid-load, with a full store.
pub fn restart(scale: &Scale, writer: &Arc<Writer>, site: &Site, running: Running) {
    let begun = Instant::now();
    let make = writer.make(Kind::Opening, 2048);
    let place = site.house.lmtp();
    while cases(site) < scale.cases && begun.elapsed() < FILL_MAX {
        let figures = generator::run(&place, 200, Duration::from_secs(1), &make);
        if !figures.failures.is_empty() {
            return println!("\nfilling the store failed: {:?}", figures.failures);
        }
    }
    let full = cases(site);
    let mut starts = Vec::new();
    let mut running = Some(running);
    for _ in 0..STARTS {
        let Some(victim) = running.take() else { break };
        let (place, make) = (place.clone(), make.clone());
        // It is killed while these go on; what they say then is no failure.
        let load = std::thread::spawn(move || generator::run(&place, 20, Duration::from_millis(500), &make));
        std::thread::park_timeout(Duration::from_millis(250));
        victim.kill().expect("killed");
        load.join().expect("the generator does not panic");
        let again = site.house.start().expect("it starts again");
        starts.push(again.ready_after.as_secs_f64() * 1e3);
        running = Some(again);
    }
    let longest = starts.iter().copied().fold(0.0, f64::max);
    println!(
        "\nstart after kill -9 in mid-load with {full} cases, {} MiB on disk: median {:.0} ms, longest {longest:.0} ms (goal <= 1000 ms with 10^5 cases)",
        bytes_below(&site.house.data()) >> 20,
        median(&starts),
    );
}

fn cases(site: &Site) -> u64 {
    site.house.highest_case().expect("a list of cases")
}

/// The most memory under twenty sessions of large mails.
pub fn memory(scale: &Scale, writer: &Arc<Writer>) {
    let site = Site::new(&Settings::default());
    let running = site.open();
    let at_rest = running.memory_kib("VmRSS").expect("a figure");
    let make = writer.make(Kind::Opening, 50 << 10);
    let figures = generator::run(&site.house.lmtp(), 20, scale.lasting * 5, &make);
    let most = running.memory_kib("VmHWM").expect("a figure");
    println!(
        "memory: {} MiB at rest; at most {} MiB under 20 sessions of 50 KiB ({:.0} mails/s, {} failures) (goal <= 96 MiB)",
        at_rest >> 10,
        most >> 10,
        figures.per_second(),
        figures.failures.len()
    );
}

/// Memory with very many connections that do nothing.
pub fn idle(scale: &Scale) {
    let wanted = scale.idle_connections as u64 + 1000;
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit) {
            println!("idle connections not measured: descriptors cannot be had ({error})");
            return;
        }
    }
    let room = limit.current.unwrap_or(wanted).saturating_sub(200);
    let count = scale.idle_connections.min(usize::try_from(room).unwrap_or(usize::MAX));
    let site = Site::new(&Settings { connections_max: count + 500, ..Settings::default() });
    let running = site.open();
    let before = running.memory_kib("VmRSS").expect("a figure");
    let Place::Unix(path) = site.house.lmtp() else { return };
    let held: Vec<UnixStream> = (0..count).map_while(|_| greeted(&path).ok()).collect();
    let after = running.memory_kib("VmRSS").expect("a figure");
    println!(
        "{} idle connections after LHLO: {} MiB (before: {} MiB; {:.1} KiB each) (goal <= 200 MiB with 10,000, <= 8 KiB each)",
        held.len(),
        after >> 10,
        before >> 10,
        after.saturating_sub(before) as f64 / held.len().max(1) as f64
    );
}

fn greeted(path: &std::path::Path) -> std::io::Result<UnixStream> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(LETTER_MAX))?;
    let mut lines = BufReader::with_capacity(512, stream.try_clone()?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    stream.write_all(b"LHLO idle.example\r\n")?;
    while line.len() < 4 || !line.starts_with("250 ") {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(stream)
}

/// How soon after its 250 an agent's answer is at the smarthost, when nothing else goes on.
pub fn answer(scale: &Scale, writer: &Arc<Writer>) {
    let (tell, told) = mpsc::channel();
    let letters = Arc::new(AtomicU64::new(0));
    let count = letters.clone();
    let keep = move |copy: Copy| {
        count.fetch_add(1, Ordering::Relaxed);
        // Nobody listens any more at the very end.
        let _ = tell.send(copy);
    };
    let site = Site::with(&Settings::default(), Arc::new(keep), letters);
    let running = site.open();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut waits = Vec::new();
    let mut session = runtime.block_on(Session::open(&site.house.lmtp(), no_beat())).expect("a session");
    for _ in 0..ANSWERS.min(scale.repeats * 10) {
        let opening = (writer.make(Kind::Opening, 4096))();
        runtime.block_on(session.deliver(&opening)).expect("a reply");
        let notification = letter_to(&told, AGENT);
        site.quiet();
        let reply = agents_answer(&notification);
        let said = runtime.block_on(session.deliver(&reply)).expect("a reply");
        let taken = Instant::now();
        assert!(said.taken(), "{}", said.reply);
        let sent = loop {
            let copy = letter_to(&told, &opening.from);
            // The acknowledgement went there before.
            if copy.at + said.took > taken {
                break copy;
            }
        };
        waits.push(sent.at.saturating_duration_since(taken).as_secs_f64() * 1e3);
        site.quiet();
    }
    drop(running);
    let longest = waits.iter().copied().fold(0.0, f64::max);
    println!(
        "an agent's answer is at the smarthost {:.1} ms after its 250 (median of {}; longest {longest:.1} ms) (goal <= 50 ms)",
        median(&waits),
        waits.len()
    );
}

fn letter_to(told: &mpsc::Receiver<Copy>, person: &str) -> Copy {
    loop {
        let copy = told.recv_timeout(LETTER_MAX).expect("a letter in time");
        if copy.to.iter().any(|to| to == person) {
            return copy;
        }
    }
}

fn agents_answer(notification: &Copy) -> Post {
    let reply_to = notification.field("Reply-To").expect("an answer address");
    let to = reply_to.rsplit_once('<').map_or(&reply_to[..], |(_, rest)| rest.trim_end_matches('>')).to_owned();
    let id = notification.field("Message-ID").expect("a Message-ID");
    let message_id = format!("<answer.{}>", &id[1..id.len() - 1]);
    let bytes = format!(
        "From: Ola Nordmann <{AGENT}>\r\nTo: <{to}>\r\nMessage-ID: {message_id}\r\nIn-Reply-To: {id}\r\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0100\r\nSubject: Re: Henvendelse\r\n\r\nHei, det er i orden.\r\n"
    );
    Post { from: AGENT.to_owned(), to, message_id, bytes: Bytes::from(bytes) }
}
