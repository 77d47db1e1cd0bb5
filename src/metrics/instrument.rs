//! What a metric can do, typed: labels are enums, times are durations.

use std::marker::PhantomData;

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::Label;

pub(super) trait Instrument: Sized {
    fn register(registry: &Registry, name: &str, help: &str) -> Self;
}

fn put<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let made = made.expect("names and labels of the table are well-formed");
    registry.register(Box::new(made.clone())).expect("names of the table differ");
    made
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help.trim())
}

/// Counts up.
#[derive(Clone, Debug)]
pub struct Counter(IntCounter);

impl Counter {
    /// One more.
    pub fn count(&self) {
        self.0.inc();
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

impl Instrument for Counter {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        Self(put(registry, IntCounter::with_opts(opts(name, help))))
    }
}

/// Counts up, apart for each value of a label.
#[derive(Clone, Debug)]
pub struct Counters<L>(IntCounterVec, PhantomData<fn(L)>);

impl<L: Label> Counters<L> {
    /// One more of these.
    pub fn count(&self, label: L) {
        self.0.with_label_values(&[label.value()]).inc();
    }

    /// How many of these so far.
    pub fn get(&self, label: L) -> u64 {
        self.0.with_label_values(&[label.value()]).get()
    }
}

impl<L: Label> Instrument for Counters<L> {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        let vector = put(registry, IntCounterVec::new(opts(name, help), &[L::NAME]));
        for label in L::ALL {
            vector.with_label_values(&[label.value()]);
        }
        Self(vector, PhantomData)
    }
}

/// What is now.
#[derive(Clone, Debug)]
pub struct Gauge(IntGauge);

impl Gauge {
    /// It is this now.
    pub fn set(&self, value: i64) {
        self.0.set(value);
    }

    /// What it is.
    pub fn get(&self) -> i64 {
        self.0.get()
    }
}

impl Instrument for Gauge {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        Self(put(registry, IntGauge::with_opts(opts(name, help))))
    }
}

/// What is now, apart for each value of a label.
#[derive(Clone, Debug)]
pub struct Gauges<L>(IntGaugeVec, PhantomData<fn(L)>);

impl<L: Label> Gauges<L> {
    /// It is this now.
    pub fn set(&self, label: L, value: i64) {
        self.0.with_label_values(&[label.value()]).set(value);
    }

    /// One more of these, until what is returned is dropped.
    #[must_use]
    pub fn hold(&self, label: L) -> Held {
        let gauge = self.0.with_label_values(&[label.value()]);
        gauge.inc();
        Held(gauge)
    }

    /// How many of these now.
    pub fn get(&self, label: L) -> i64 {
        self.0.with_label_values(&[label.value()]).get()
    }
}

/// One of what a gauge shows.
#[derive(Debug)]
pub struct Held(IntGauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl<L: Label> Instrument for Gauges<L> {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        let vector = put(registry, IntGaugeVec::new(opts(name, help), &[L::NAME]));
        let start = i64::from(name.ends_with("_info"));
        for label in L::ALL {
            vector.with_label_values(&[label.value()]).set(start);
        }
        Self(vector, PhantomData)
    }
}

/// How long something took.
#[derive(Clone, Debug)]
pub struct Seconds(Histogram);

impl Seconds {
    /// Begins to measure; the timer counts when it is told to, not when it is dropped by a failure.
    pub fn begin(&self) -> Timer {
        Timer(self.0.start_timer())
    }

    /// It took so long.
    pub fn observe(&self, took: std::time::Duration) {
        self.0.observe(took.as_secs_f64());
    }
}

/// Something that is being measured.
pub struct Timer(prometheus::HistogramTimer);

impl Timer {
    /// It is done.
    pub fn done(self) {
        self.0.observe_duration();
    }

    /// It came to nothing.
    pub fn discard(self) {
        self.0.stop_and_discard();
    }
}

impl Instrument for Seconds {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        Self(put(registry, Histogram::with_opts(HistogramOpts::from(opts(name, help)).buckets(buckets))))
    }
}

/// How many there were of something.
#[derive(Clone, Debug)]
pub struct Sizes(Histogram);

impl Sizes {
    /// There were so many.
    pub fn observe(&self, many: usize) {
        // Beyond 2⁵³ a histogram cannot tell neighbours apart; nothing here comes near.
        self.0.observe(many as f64);
    }
}

impl Instrument for Sizes {
    fn register(registry: &Registry, name: &str, help: &str) -> Self {
        let buckets = (0..10).map(|power| f64::from(1 << power)).collect();
        Self(put(registry, Histogram::with_opts(HistogramOpts::from(opts(name, help)).buckets(buckets))))
    }
}
