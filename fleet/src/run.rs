//! Plays a scenario.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use hkm_core::stats::Snapshot;
use serde::Deserialize;
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::{Instant, sleep, sleep_until},
};

use crate::{
    clock::SimulatedClock,
    cloudwatch::{CloudWatch, Connection},
    figures::Figures,
    pacing::Strategy,
    process::{LIMITS, Process},
    recorder::Recorder,
    scenario::{Population, Scenario},
};

/// Processes of a steady fleet start within this time.
const STARTS: Duration = Duration::from_mins(1);

/// How long a fleet may take to deliver what is left at the end.
const PATIENCE: Duration = Duration::from_mins(15);

/// The series of a process. All fit into one request.
const SERIES: usize = 4;

/// How the processes of a fleet are set up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// One of [`Strategy::NAMES`].
    pub strategy: String,
    pub interval_ms: u32,
    pub seed: u64,
}

/// What all processes counted together.
#[derive(Debug, Default)]
pub struct Books {
    pub recorded: u64,
    pub applied: u64,
    pub possibly_duplicated: u64,
    /// The last flushes of processes, and those of them that settled all records.
    pub flushes: u64,
    pub flushes_done: u64,
    /// The milliseconds whose records each process had not delivered when the scenario ended.
    pub undelivered: Vec<u64>,
}

impl Books {
    const fn add(&mut self, snapshot: &Snapshot) {
        self.recorded += snapshot.counts.recorded.records;
        self.applied += snapshot.counts.applied.records;
        self.possibly_duplicated += snapshot.counts.possibly_duplicated.records;
    }
}

struct Fleet {
    settings: Settings,
    clock: Arc<SimulatedClock>,
    cloudwatch: Rc<CloudWatch>,
    recorder: Rc<Recorder>,
    books: RefCell<Books>,
    began: Instant,
    ends_at: Instant,
}

impl Fleet {
    /// Starts a process that records until a time, and returns it and its way to CloudWatch at that time.
    async fn run_process(&self, until: Instant) -> (Rc<Process>, Rc<Connection>) {
        let Settings { strategy, interval_ms, .. } = &self.settings;
        let interval = Duration::from_millis(u64::from(*interval_ms));
        #[expect(clippy::expect_used, reason = "the command has checked the name")]
        let pacing = Strategy::named(strategy, interval, self.began).expect("a known strategy");
        let way = Rc::new(Connection::new(&self.cloudwatch, pacing.backs_off()));
        let process = Rc::new(Process::start(&self.clock, Rc::clone(&way), pacing, LIMITS, SERIES));
        self.recorder.add(&process, until);
        sleep_until(until).await;
        (process, way)
    }

    /// Flushes, and ends the process.
    async fn flush(&self, process: &Process, ends: Duration) {
        let is_done = process.flush(ends).await;
        let mut books = self.books.borrow_mut();
        books.flushes += 1;
        books.flushes_done += u64::from(is_done);
        books.add(&process.kill());
    }

    /// Runs a process until the scenario ends, and then until all is delivered.
    async fn run_to_the_end(&self) {
        let (process, way) = self.run_process(self.ends_at).await;
        self.books.borrow_mut().undelivered.push(self.clock.elapsed() - way.delivered_at.get());
        while process.waits() && Instant::now() < self.ends_at + PATIENCE {
            sleep(Duration::from_secs(1)).await;
        }
        self.books.borrow_mut().add(&process.kill());
    }

    async fn steady(self: Rc<Self>) {
        sleep(STARTS.mul_f64(fastrand::f64())).await;
        self.run_to_the_end().await;
    }

    async fn deploy(self: Rc<Self>, after: Duration, restarts: Duration, ends: Duration) {
        sleep(STARTS.mul_f64(fastrand::f64())).await;
        let restarts_at = self.began + after + restarts.mul_f64(fastrand::f64());
        let (process, _) = self.run_process(restarts_at).await;
        self.flush(&process, ends).await;
        self.run_to_the_end().await;
    }

    async fn job(self: Rc<Self>, lives: Duration, ends: Duration) {
        let (process, _) = self.run_process(Instant::now() + lives).await;
        self.flush(&process, ends).await;
    }

    async fn populate(self: &Rc<Self>, population: Population) {
        let mut tasks = Vec::new();
        match population {
            Population::Steady(processes) => {
                tasks.extend((0..processes).map(|_| spawn_local(Rc::clone(self).steady())));
            }
            Population::Deploy { processes, after, restarts, ends } => {
                let deploy = || Rc::clone(self).deploy(after, restarts, ends);
                tasks.extend((0..processes).map(|_| spawn_local(deploy())));
            }
            Population::Jobs { per_second, lives, ends } => {
                let between = Duration::from_secs(1) / per_second;
                let mut next = self.began;
                while next < self.ends_at {
                    sleep_until(next).await;
                    tasks.push(spawn_local(Rc::clone(self).job(lives, ends)));
                    next += between;
                }
            }
        }
        for task in tasks {
            // A task that panics has printed why.
            let _ = task.await;
        }
    }
}

/// Plays a scenario.
///
/// # Errors
///
/// If the runtime cannot be made.
///
/// # Panics
///
/// If there is no such strategy.
pub fn play(scenario: &Scenario, settings: &Settings) -> std::io::Result<Figures> {
    fastrand::seed(settings.seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(LocalSet::new().block_on(&runtime, async {
        let clock = Arc::new(SimulatedClock::start());
        let began = Instant::now();
        let recorder = Rc::new(Recorder::new(Arc::clone(&clock)));
        spawn_local(Rc::clone(&recorder).run());
        let fleet = Rc::new(Fleet {
            settings: settings.clone(),
            cloudwatch: Rc::new(CloudWatch::new(Arc::clone(&clock), scenario.weather, scenario.changed)),
            clock,
            recorder,
            books: RefCell::default(),
            began,
            ends_at: began + scenario.lasts,
        });
        fleet.populate(scenario.population).await;
        let counted = fleet.cloudwatch.counted.borrow();
        Figures::of(scenario, settings, &fleet.books.borrow(), &counted)
    }))
}
