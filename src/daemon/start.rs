//! Up and down.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

use super::clock::SystemClock;
use super::watch::{gauges, watchdog};
use super::{Failure, STOP_MAX, api, convert, keys, systemd};
use crate::act::{Doors, World};
use crate::config::Config;
use crate::config::place::Place;
use crate::http::api::{ApiState, RebuildSearch};
use crate::http::probes::{Life, ProbeState};
use crate::http::{self, Socket};
use crate::intake::suspects::Suspects;
use crate::intake::{DiskRoom, Intake};
use crate::letter::Catalog;
use crate::metrics::Metrics;
use crate::net::listen::{Bound, bind};
use crate::net::passed::Passed;
use crate::net::smarthost::Smarthost;
use crate::net::{Front, Phase};
use crate::outbound::Outbound;
use crate::ports::{Clock, Reception, StoreError};
use crate::store::redb::{OpenConfig, RedbStore};
use crate::sweep;
use crate::verify::TrustPolicy;

/// A running house.
pub struct Running {
    /// The doors.
    pub world: Arc<World>,
    /// Where TCP listeners listen, in the order lmtp, smtp, submission.
    pub tcp: Vec<SocketAddr>,
    /// Where probes are answered, when that is a TCP port.
    pub probes: Option<SocketAddr>,
    config: Config,
    life: Arc<Life>,
    phase: watch::Sender<Phase>,
    stop: watch::Sender<bool>,
    health: watch::Receiver<Result<(), StoreError>>,
    rebuild_search: RebuildSearch,
    tasks: JoinSet<()>,
}

/// Opens everything and begins to take mail.
pub async fn start(config: Config) -> Result<Running, Failure> {
    let metrics = Arc::new(Metrics::new());
    let store = open_store(&config, metrics.clone())?;
    start_on(config, store, metrics).await
}

/// The same on a store that is open already, and counts by these metrics.
pub async fn start_on(config: Config, store: RedbStore, metrics: Arc<Metrics>) -> Result<Running, Failure> {
    let keys = Arc::new(keys::load_or_create(prepared(&config.data_directory)?)?);
    let health = store.watch_health();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let smarthost = Smarthost::new(convert::smarthost(&config)?, clock.clone());
    let transport = Arc::new(smarthost.map_err(|error| Failure::Config(error.to_string()))?);
    let authenticator = convert::authenticator(&config)?;
    let store = Arc::new(store);
    let searched = store.clone();
    let doors = Doors { store, transport, authenticator, clock };
    let world = Arc::new(World::new(doors, metrics, config.policy(keys)));
    let mut running = Running {
        world,
        tcp: Vec::new(),
        probes: None,
        config,
        life: Arc::new(Life::default()),
        phase: watch::Sender::new(Phase::Serving),
        stop: watch::Sender::new(false),
        health,
        rebuild_search: Arc::new(move || searched.rebuild_search()),
        tasks: JoinSet::new(),
    };
    running.open().await?;
    Ok(running)
}

fn prepared(directory: &Path) -> Result<&Path> {
    std::fs::create_dir_all(directory).with_context(|| format!("data directory {}", directory.display()))?;
    Ok(directory)
}

fn open_store(config: &Config, metrics: Arc<Metrics>) -> Result<RedbStore, Failure> {
    let mut open = OpenConfig::new(&config.data_directory);
    open.cache_bytes = config.store_cache_bytes;
    open.metrics = metrics;
    open.repairing = Arc::new(|part| {
        info!(percent = (part * 100.0) as u64, "store is being repaired");
        systemd::still_starting();
    });
    let begun = SystemClock.now();
    let store = RedbStore::open(open).map_err(|error| super::fatal(&error))?;
    info!(ms = SystemClock.now().since(begun).as_millis() as u64, "store is open");
    Ok(store)
}

impl Running {
    async fn open(&mut self) -> Result<(), Failure> {
        let limits = convert::reading(&self.config);
        let directory = &self.config.data_directory;
        let suspects = Suspects::open(&directory.join("suspects")).context("suspects file")?;
        let disk = DiskRoom { directory: directory.clone(), factor: self.config.limits.disk_free_factor };
        let intake = Intake::new(self.world.clone(), suspects, limits.clone(), disk);
        let reception: Arc<dyn Reception> = Arc::new(intake);
        let catalog = Arc::new(Catalog::compiled_in().map_err(|problem| Failure::Broken(problem.to_string()))?);
        let outbound = Outbound::new(self.world.clone(), catalog, self.config.outbound.connections_max, limits.clone());
        self.open_api(reception.clone(), limits).await?;
        self.open_probes().await?;
        let bound = self.bind()?;
        self.tcp = bound.iter().filter_map(Bound::tcp_address).collect();
        let front = Arc::new(Front::new(
            convert::net(&self.config),
            reception,
            self.world.clock.clone(),
            self.world.metrics.clone(),
        ));
        for listener in bound {
            self.tasks.spawn(listener.run(front.clone(), self.phase.subscribe()));
        }
        self.tasks.spawn(outbound.run(self.stop.subscribe()));
        self.tasks.spawn(sweep::run(self.world.clone(), self.stop.subscribe()));
        self.tasks.spawn(watchdog(self.world.clone(), self.stop.subscribe()));
        self.tasks.spawn(gauges(self.world.clone(), self.stop.subscribe()));
        self.life.started();
        if !self.world.store.directory().has_operator() {
            warn!("no operator yet, so mail is deferred: `henvend directory apply FILE` names one");
        }
        Ok(())
    }

    fn bind(&self) -> Result<Vec<Bound>, Failure> {
        let mut passed = Passed::from_systemd().map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Failure::Config(format!("sockets from systemd: {error}")),
            _ => Failure::Broken(format!("sockets from systemd: {error}")),
        })?;
        convert::sockets(&self.config, &passed)?;
        let mut bound = Vec::new();
        for listener in convert::listeners(&self.config, &passed) {
            let made = bind(&listener, &mut passed);
            bound.push(made.with_context(|| format!("listener {:?} at {:?}", listener.listener, listener.endpoint))?);
        }
        Ok(bound)
    }

    async fn open_api(
        &mut self,
        reception: Arc<dyn Reception>,
        limits: crate::mail::parse::Limits,
    ) -> Result<(), Failure> {
        let path = &self.config.http.api;
        let socket = Socket::bind(&Place::Unix(path.clone())).await;
        let socket = socket.with_context(|| format!("API socket {}", path.display()))?;
        let state = ApiState {
            world: self.world.clone(),
            reception,
            read_mail: api::reader(limits.clone()),
            explain: api::explainer(limits),
            rebuild_search: self.rebuild_search.clone(),
            life: self.life.clone(),
            mail_bytes_max: usize::try_from(self.config.limits.mail_bytes_max).unwrap_or(usize::MAX),
        };
        let told = self.told();
        self.tasks.spawn(served(http::serve(socket, http::api::router(state), told)));
        Ok(())
    }

    async fn open_probes(&mut self) -> Result<(), Failure> {
        let Some(place) = &self.config.http.probes else { return Ok(()) };
        let socket = Socket::bind(place).await.with_context(|| format!("probes at {place}"))?;
        if let Socket::Tcp(listener) = &socket {
            self.probes = listener.local_addr().ok();
        }
        let state = ProbeState { world: self.world.clone(), life: self.life.clone() };
        let told = self.told();
        self.tasks.spawn(served(http::serve(socket, http::probes::router(state), told)));
        Ok(())
    }

    /// Ends when we are told to stop.
    fn told(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            // An error means that nobody is left who could tell: the same.
            drop(stop.wait_for(|stop| *stop).await);
        }
    }

    /// Ends when the store cannot be trusted any more.
    pub async fn failed(&mut self) -> StoreError {
        let bad = |health: &Result<(), StoreError>| {
            matches!(health, Err(StoreError::SyncFailed(_) | StoreError::Corrupt(_) | StoreError::Foreign(_)))
        };
        match self.health.wait_for(bad).await.map(|health| health.clone()) {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => std::future::pending().await,
        }
    }

    /// Puts another policy in force. What else has changed needs a restart, and then nothing is taken.
    pub fn reload(&mut self, config: Config) -> Result<(), String> {
        let fixed = Config {
            reopen_days: self.config.reopen_days,
            undo: self.config.undo,
            reply_token_days: self.config.reply_token_days,
            acks: self.config.acks,
            trust: TrustPolicy { own_check: config.trust.own_check.clone(), ..self.config.trust.clone() },
            time_zone: self.config.time_zone.clone(),
            ..config.clone()
        };
        if fixed != self.config {
            return Err(
                "something besides [case], [acknowledge], [trust] and [time] has changed: that needs a restart"
                    .to_owned(),
            );
        }
        let keys = keys::load_or_create(&config.data_directory).map_err(|error| format!("{error:#}"))?;
        self.world.set_policy(config.policy(Arc::new(keys)));
        self.config = config;
        Ok(())
    }

    /// Finishes what is under way and ends, in bounded time.
    pub async fn stop(mut self) {
        self.life.draining();
        self.phase.send_replace(Phase::Draining);
        self.stop.send_replace(true);
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Err(error) = ended {
                    warn!(%error, "a task ended by a fault of ours");
                }
            }
        };
        if tokio::time::timeout(STOP_MAX, all).await.is_err() {
            warn!(tasks = self.tasks.len(), "not everything ended in time");
            self.tasks.abort_all();
        }
    }
}

async fn served(serving: impl Future<Output = std::io::Result<()>>) {
    if let Err(error) = serving.await {
        warn!(%error, "an HTTP listener ended");
    }
}
