//! How fast mail is taken: the real program, beside the wire alone and the disk alone, in turns.
//!
//! `cargo bench --bench intake` runs everything in some four minutes; `-- --quick` in less than one, with figures that
//! are worth less. The generator shares the processors with what it measures. Nothing here fails for being slow, only
//! for a mail that is not taken.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "this measures")]

#[path = "../load/mod.rs"]
mod load;

mod disk;
mod extras;
mod generator;
mod sink;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use generator::{Figures, Make};
use load::mails::{Order, Post};
use load::no_beat;
use load::program::{House, Running, Settings, TO, TO_SILENT};
use load::smarthost::{Keep, Smarthost};
use sink::Sink;
use table::{Cell, Kind};

/// The folder for the store and for what the disk is measured with: on a disk, not in memory.
pub const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");
/// The program as `cargo bench` has built it.
pub const BINARY: &str = env!("CARGO_BIN_EXE_henvend");
const SIZES: [usize; 2] = [4 << 10, 50 << 10];
const SESSIONS: [usize; 3] = [1, 20, 200];
/// Earlier mails that answers go to.
const OPENINGS: usize = 1000;
/// How long letters may go on leaving between two measurements.
const QUIET_MAX: Duration = Duration::from_secs(20);
/// No letter for so long: nothing leaves any more.
const QUIET: Duration = Duration::from_millis(60);

/// How much is measured.
pub struct Scale {
    pub repeats: usize,
    pub lasting: Duration,
    pub sizes: &'static [usize],
    pub cases: u64,
    pub idle_connections: usize,
}

/// Mails with numbers that never come again.
pub struct Writer {
    run: String,
    next: AtomicU64,
    openings: std::sync::OnceLock<Vec<Post>>,
}

impl Writer {
    fn new() -> Arc<Self> {
        let run = format!("b{}", std::process::id());
        Arc::new(Self { run, next: AtomicU64::new(0), openings: std::sync::OnceLock::new() })
    }

    pub fn make(self: &Arc<Self>, kind: Kind, bytes: usize) -> Make {
        let writer = self.clone();
        Arc::new(move || writer.written(kind, bytes))
    }

    fn written(&self, kind: Kind, bytes: usize) -> Post {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let to = if kind == Kind::Silent { TO_SILENT } else { TO };
        let order = Order { run: &self.run, number, bytes, to };
        match (kind, self.openings.get()) {
            (Kind::Answer, Some(openings)) => order.answer(&openings[number as usize % openings.len()]),
            _ => order.opening(),
        }
    }
}

/// The house that is measured, and where its letters go.
pub struct Site {
    pub house: House,
    pub letters: Arc<AtomicU64>,
    /// Takes letters as long as this lives.
    _smarthost: Smarthost,
}

impl Site {
    pub fn new(settings: &Settings) -> Self {
        let letters = Arc::new(AtomicU64::new(0));
        let count = letters.clone();
        let keep: Keep = Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        Self::with(settings, keep, letters)
    }

    pub fn with(settings: &Settings, keep: Keep, letters: Arc<AtomicU64>) -> Self {
        let smarthost = Smarthost::start(keep, no_beat()).expect("a smarthost");
        let house = House::new(BINARY, FOLDER, smarthost.address, settings).expect("a house");
        Self { house, letters, _smarthost: smarthost }
    }

    pub fn open(&self) -> Running {
        let running = self.house.start().expect("it starts");
        self.house.move_in().expect("a directory");
        running
    }

    /// Waits until no letter leaves any more; `false` when some still did at the end of our patience.
    pub fn quiet(&self) -> bool {
        let begun = Instant::now();
        let mut seen = self.letters.load(Ordering::Relaxed);
        while begun.elapsed() < QUIET_MAX {
            std::thread::park_timeout(QUIET);
            let now = self.letters.load(Ordering::Relaxed);
            if now == seen {
                return true;
            }
            seen = now;
        }
        false
    }
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let scale = if quick {
        Scale {
            repeats: 3,
            lasting: Duration::from_millis(200),
            sizes: &SIZES[..1],
            cases: 10_000,
            idle_connections: 1000,
        }
    } else {
        Scale {
            repeats: 3,
            lasting: Duration::from_millis(1000),
            sizes: &SIZES,
            cases: 100_000,
            idle_connections: 10_000,
        }
    };
    let begun = Instant::now();
    let writer = Writer::new();
    table::preface(&scale);
    let site = Site::new(&Settings::default());
    let running = site.open();
    let failures = cells(&scale, &writer, &site);
    extras::restart(&scale, &writer, &site, running);
    drop(site);
    extras::memory(&scale, &writer);
    extras::idle(&scale);
    extras::answer(&scale, &writer);
    println!("\nwhole run: {:.0} s", begun.elapsed().as_secs_f64());
    for failure in &failures {
        eprintln!("not taken: {failure}");
    }
    if !failures.is_empty() {
        std::process::exit(1);
    }
}

/// Everything in turns, so that a slow minute of the machine is everybody's.
fn cells(scale: &Scale, writer: &Arc<Writer>, site: &Site) -> Vec<String> {
    let folder = tempfile::Builder::new().prefix("bare-").tempdir_in(FOLDER).expect("a folder");
    let sockets = tempfile::tempdir().expect("a folder");
    let sink = Sink::start(sockets.path());
    openings(writer, site);
    let mut cells: Vec<Cell> = Vec::new();
    let mut failures = Vec::new();
    for _ in 0..scale.repeats {
        for &bytes in scale.sizes {
            for sessions in SESSIONS {
                let turn = Turn { scale, writer, site, sink: &sink, folder: folder.path() };
                turn.measure(bytes, sessions, &mut cells, &mut failures);
            }
        }
    }
    table::print(&mut cells);
    failures
}

fn openings(writer: &Arc<Writer>, site: &Site) {
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let make: Make = {
        let (kept, writer) = (kept.clone(), writer.clone());
        Arc::new(move || {
            let post = writer.written(Kind::Opening, SIZES[0]);
            kept.lock().expect("no panic").push(post.clone());
            post
        })
    };
    while kept.lock().expect("no panic").len() < OPENINGS {
        let figures = generator::run(&site.house.lmtp(), 20, Duration::from_millis(100), &make);
        assert!(figures.failures.is_empty(), "{:?}", figures.failures);
    }
    let kept = std::mem::take(&mut *kept.lock().expect("no panic"));
    writer.openings.set(kept).expect("set once");
    site.quiet();
}

struct Turn<'a> {
    scale: &'a Scale,
    writer: &'a Arc<Writer>,
    site: &'a Site,
    sink: &'a Sink,
    folder: &'a Path,
}

impl Turn<'_> {
    fn measure(&self, bytes: usize, sessions: usize, cells: &mut Vec<Cell>, failures: &mut Vec<String>) {
        let lasting = self.scale.lasting;
        let mails: Vec<Post> = (0..64).map(|_| self.writer.written(Kind::Opening, bytes)).collect();
        let sequence = if sessions == 1 { disk::Sequence::AsTheStore } else { disk::Sequence::Least };
        let disk = disk::rate(self.folder, &mails, sessions, sequence, lasting / 2);
        let wire = generator::run(&self.sink.place, sessions, lasting / 2, &self.writer.make(Kind::Opening, bytes));
        failures.extend(wire.failures.iter().cloned());
        for kind in [Kind::Silent, Kind::Opening, Kind::Answer] {
            let before = self.site.letters.load(Ordering::Relaxed);
            let make = self.writer.make(kind, bytes);
            let figures: Figures = generator::run(&self.site.house.lmtp(), sessions, lasting, &make);
            let left = self.site.letters.load(Ordering::Relaxed) - before;
            failures.extend(figures.failures.iter().cloned());
            let cell = Cell::of(cells, bytes, sessions, kind);
            cell.add(&figures, left, wire.per_second(), disk);
            cell.unquiet += usize::from(!self.site.quiet());
        }
    }
}

/// Where the store of a house lies, for those who measure its size.
pub fn bytes_below(folder: &Path) -> u64 {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => bytes += meta.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
