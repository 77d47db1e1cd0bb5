//! Load: so many sessions in a closed loop, on a thread and runtime of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::load::client::{Place, Session};
use crate::load::mails::Post;
use crate::load::no_beat;

/// Makes the next mail.
pub type Make = Arc<dyn Fn() -> Post + Send + Sync>;

/// How it went.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub mails: usize,
    pub lasted: Duration,
    /// From final dot to reply, ascending.
    pub took: Vec<Duration>,
    /// Replies that were not 250, and broken connections.
    pub failures: Vec<String>,
}

impl Figures {
    pub fn per_second(&self) -> f64 {
        self.mails as f64 / self.lasted.as_secs_f64()
    }

    /// The time that this part of the mails did not exceed, in milliseconds.
    pub fn quantile_ms(&self, part: f64) -> f64 {
        let last = self.took.len().saturating_sub(1);
        let took = self.took.get(((last as f64) * part).round() as usize);
        took.map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }
}

/// Hands in mail for so long; every session ends with the reply to its last mail.
pub fn run(place: &Place, sessions: usize, lasting: Duration, make: &Make) -> Figures {
    let (place, make) = (place.clone(), make.clone());
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(all(&place, sessions, lasting, &make))
    };
    std::thread::spawn(work).join().expect("the generator does not panic")
}

async fn all(place: &Place, sessions: usize, lasting: Duration, make: &Make) -> Figures {
    let mut figures = Figures::default();
    let mut open = Vec::new();
    for _ in 0..sessions {
        match Session::open(place, no_beat()).await {
            Ok(session) => open.push(session),
            Err(error) => figures.failures.push(format!("connecting: {error}")),
        }
    }
    let begun = Instant::now();
    let mut under_way = JoinSet::new();
    for session in open {
        let make = make.clone();
        under_way.spawn(async move { one(session, begun + lasting, &make).await });
    }
    for (took, failure) in under_way.join_all().await {
        figures.took.extend(took);
        figures.failures.extend(failure);
    }
    figures.lasted = begun.elapsed();
    figures.mails = figures.took.len();
    figures.took.sort_unstable();
    figures
}

async fn one(mut session: Session, until: Instant, make: &Make) -> (Vec<Duration>, Option<String>) {
    let mut took = Vec::new();
    while Instant::now() < until {
        match session.deliver(&make()).await {
            Ok(said) if said.taken() => took.push(said.took),
            Ok(said) => return (took, Some(said.reply)),
            Err(error) => return (took, Some(error.to_string())),
        }
    }
    (took, None)
}
