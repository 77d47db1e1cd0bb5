//! What was measured, as a table.

use crate::Scale;
use crate::generator::Figures;

/// What sort of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens a case.
    Opening,
    /// Answers an earlier mail.
    Answer,
    /// Opens a case of which nobody is told.
    Silent,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "new",
            Self::Answer => "reply",
            Self::Silent => "silent",
        }
    }
}

/// One row, over all repeats.
pub struct Cell {
    bytes: usize,
    sessions: usize,
    kind: Kind,
    rate: Vec<f64>,
    wire: Vec<f64>,
    disk: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    longest: Vec<f64>,
    letters: Vec<f64>,
    /// Repeats after which letters still left at the end of our patience.
    pub unquiet: usize,
}

impl Cell {
    /// The row of these, made when there is none.
    pub fn of(cells: &mut Vec<Self>, bytes: usize, sessions: usize, kind: Kind) -> &mut Self {
        let same = |cell: &Self| (cell.bytes, cell.sessions, cell.kind) == (bytes, sessions, kind);
        let at = cells.iter().position(same).unwrap_or_else(|| {
            cells.push(Self {
                bytes,
                sessions,
                kind,
                rate: Vec::new(),
                wire: Vec::new(),
                disk: Vec::new(),
                p50: Vec::new(),
                p99: Vec::new(),
                longest: Vec::new(),
                letters: Vec::new(),
                unquiet: 0,
            });
            cells.len() - 1
        });
        &mut cells[at]
    }

    pub fn add(&mut self, figures: &Figures, letters: u64, wire: f64, disk: f64) {
        self.rate.push(figures.per_second());
        self.wire.push(wire);
        self.disk.push(disk);
        self.p50.push(figures.quantile_ms(0.5));
        self.p99.push(figures.quantile_ms(0.99));
        self.longest.push(figures.quantile_ms(1.0));
        self.letters.push(letters as f64 / figures.lasted.as_secs_f64());
    }

    fn goal(&self, of_wire: f64, disk_by: f64, spread: f64) -> String {
        let mark = |met: bool| if met { "met" } else { "NOT met" };
        match self.sessions {
            1 => format!("within 1.3 x of the bare sequence: {}", mark(disk_by <= 1.3)),
            20 => format!(
                ">= 40 % of the wire or within 1.3 x of grouped syncs: {}; p99 <= 3 x p50: {}",
                mark(of_wire >= 0.4 || disk_by <= 1.3),
                mark(spread <= 3.0)
            ),
            _ => String::new(),
        }
    }
}

/// The one in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

pub fn preface(scale: &Scale) {
    println!(
        "henvend intake over LMTP on a unix socket; medians of {} turns of {} ms each\n\
         generator, smarthost and the program share {} processors; the store lies in {}\n\
         wire: our session and sockets, nothing parsed or kept. disk: the same bytes appended and synced by nobody but us\n\
         (one session: the very sequence of a commit; more: one append and sync, one metadata sync for all of them)\n\
         with the default budgets 60 acknowledgements a minute leave, and a notification to one agent for every mail;\n\
         letters/s is what left meanwhile; the next turn begins when all have left; silent: new cases, no letters at all",
        scale.repeats,
        scale.lasting.as_millis(),
        std::thread::available_parallelism().map_or(0, usize::from),
        crate::FOLDER,
    );
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average at the start: {}", load.trim());
}

pub fn print(cells: &mut [Cell]) {
    println!(
        "\n{:>6} {:>6} {:>4} | {:>8} {:>17} | {:>7} {:>7} {:>7} | {:>8} {:>6} | {:>8} {:>6} | {:>9} | goals",
        "bytes",
        "kind",
        "sess",
        "mails/s",
        "(min-max)",
        "p50 ms",
        "p99 ms",
        "max ms",
        "wire/s",
        "of it",
        "disk/s",
        "x off",
        "letters/s"
    );
    cells.sort_by_key(|cell| (cell.bytes, cell.sessions, cell.kind.as_str()));
    for cell in cells {
        let (rate, wire, disk) = (median(&cell.rate), median(&cell.wire), median(&cell.disk));
        let (p50, p99) = (median(&cell.p50), median(&cell.p99));
        let least = cell.rate.iter().copied().fold(f64::INFINITY, f64::min);
        let most = cell.rate.iter().copied().fold(0.0, f64::max);
        let paired = |other: &[f64], ratio: fn(f64, f64) -> f64| {
            let ratios: Vec<f64> = cell.rate.iter().zip(other).map(|(rate, other)| ratio(*rate, *other)).collect();
            median(&ratios)
        };
        let of_wire = paired(&cell.wire, |rate, wire| rate / wire);
        let disk_by = paired(&cell.disk, |rate, disk| disk / rate);
        let late = if cell.unquiet > 0 { format!(" (letters still left: {} x)", cell.unquiet) } else { String::new() };
        println!(
            "{:>6} {:>6} {:>4} | {rate:>8.0} {:>17} | {p50:>7.2} {p99:>7.2} {:>7.1} | {wire:>8.0} {:>5.0}% | {disk:>8.0} {disk_by:>6.2} | {:>9.0} | {}{late}",
            cell.bytes,
            cell.kind.as_str(),
            cell.sessions,
            format!("({least:.0}-{most:.0})"),
            median(&cell.longest),
            of_wire * 100.0,
            median(&cell.letters),
            cell.goal(of_wire, disk_by, p99 / p50),
        );
    }
}
