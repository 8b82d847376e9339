//! A run of one seed.
//!
//! ```text
//!   settings -> steps, each followed by the rules -> recovery: all is delivered -> the flushers park -> they end
//!                                                    |                   ^
//!                                                    +-> in some, a trial +
//! ```

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use fastrand::Rng;
use hkm_core::stats::DropReason;
use tokio::{runtime::Builder, task::LocalSet, time::sleep};

use super::{
    cloud::Cloud,
    journal::{Broken, Journal, Tally},
    process::Process,
    rules,
    settings::Settings,
    step::{draw_millis, stop},
    trial,
    watch::silence_panics_on_purpose,
};

const MINUTE: Duration = Duration::from_mins(1);

/// The time after the end of all trouble in which everything is delivered, in minutes. The longest pauses are ten minutes, and
/// the longest interval is five.
const MAX_RECOVERY: u64 = 240;

/// In the first minutes of these, records are made that CloudWatch accepts. Without any, a value that it refuses is never dropped,
/// because it could be that everything is refused.
pub const GOOD_MINUTES: u64 = 60;
const GOOD_INTERVAL: u64 = 10;

/// One in so many runs has a trial, which takes about as long as the rest of it.
const TRIALS: u8 = 3;

/// The result of a run.
pub struct Run {
    pub settings: Settings,
    pub broken: Option<Broken>,
    /// Of all events. Two runs of a seed have the same.
    pub hash: u64,
    pub tally: Tally,
    /// The events, if they were wanted.
    pub events: Vec<String>,
    /// The simulated time, in milliseconds.
    pub lasted: u64,
}

/// What all steps work with.
pub struct World {
    pub settings: Settings,
    pub journal: Journal,
    pub cloud: Rc<Cloud>,
    processes: RefCell<Vec<Rc<Process>>>,
    started: Cell<usize>,
}

impl World {
    pub fn process(&self, index: usize) -> Rc<Process> {
        Rc::clone(&self.processes.borrow()[index])
    }

    pub fn all(&self) -> Vec<Rc<Process>> {
        self.processes.borrow().clone()
    }

    fn start(&self, index: usize) -> Rc<Process> {
        let number = self.started.replace(self.started.get() + 1);
        Process::start(number, &self.settings.processes[index], &self.journal, &self.cloud)
    }

    /// Replaces a process that ended.
    pub fn restart(&self, index: usize) {
        let process = self.start(index);
        self.processes.borrow_mut()[index] = process;
    }

    /// Counts what a process did that ends.
    pub fn retire(&self, process: &Process) {
        let ledger = process.ledger.lock();
        self.journal.count("processes", 1);
        self.journal.count("records", ledger.recorded);
        self.journal.count("requests", ledger.requests);
        self.journal.count("traced values", ledger.traces.len() as u64);
        let counts = process.counts();
        let dropped = |reason| counts.dropped(reason).records;
        self.journal.count("records dropped: too old", dropped(DropReason::TooOld));
        self.journal.count("records dropped: buffer full", dropped(DropReason::BufferFull));
        self.journal.count("records dropped: refused by CloudWatch", dropped(DropReason::Rejected));
        self.journal.count("records dropped: without a series", dropped(DropReason::Unresolved));
        self.journal.count("records folded", counts.overflowed);
        self.journal.count("records possibly duplicated", counts.possibly_duplicated.records);
    }
}

/// Runs a seed.
///
/// # Errors
///
/// If the runtime cannot be made.
pub fn run(seed: u64, keeps_events: bool) -> std::io::Result<Run> {
    silence_panics_on_purpose();
    // The core draws from the generator of the thread.
    fastrand::seed(seed);
    let mut rng = Rng::with_seed(seed ^ 0x5eed);
    let settings = Settings::draw(seed, &mut rng);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(LocalSet::new().block_on(&runtime, async {
        let journal = Journal::begin(keeps_events);
        let cloud = Rc::new(Cloud::new(journal.clone(), rng.fork(), settings.quota));
        let world = World { settings, journal, cloud, processes: RefCell::default(), started: Cell::new(0) };
        let processes = (0..world.settings.processes.len()).map(|index| world.start(index)).collect();
        *world.processes.borrow_mut() = processes;
        live(&world, &mut rng).await;
        if !world.journal.is_broken() {
            recover(&world, &mut rng, GOOD_MINUTES).await;
        }
        if !world.journal.is_broken() && rng.u8(..TRIALS) == 0 {
            let trial = trial::run(&world, &mut rng).await;
            if !world.journal.is_broken() {
                recover(&world, &mut rng, trial.good_minutes()).await;
                trial.check_delivered();
            }
        }
        if !world.journal.is_broken() {
            end(&world).await;
        }
        let lasted = world.journal.now();
        let (broken, hash, tally, events) = world.journal.end();
        Run { settings: world.settings, broken, hash, tally, events, lasted }
    }))
}

/// Does all steps.
async fn live(world: &World, rng: &mut Rng) {
    for _ in 0..world.settings.steps {
        world.journal.begin_step();
        let action = *super::settings::pick(rng, &world.settings.actions);
        action.perform(world, rng).await;
        let pause = match rng.u8(..10) {
            0..3 => 0,
            3..9 => rng.u64(..2 * world.settings.tempo_ms),
            _ => draw_millis(rng, 1_000.0, 1_200_000.0),
        };
        sleep(Duration::from_millis(pause)).await;
        check(world, rng);
        if world.journal.is_broken() {
            return;
        }
    }
}

fn check(world: &World, rng: &mut Rng) {
    for process in world.all() {
        rules::check(&process);
        if rng.u32(..world.settings.reads) == 0 {
            rules::check_statistics(&process);
        }
    }
}

/// Ends all trouble, and waits until everything is delivered. In some of the first `good_minutes`, records are made that CloudWatch
/// accepts.
async fn recover(world: &World, rng: &mut Rng, good_minutes: u64) {
    world.journal.note(format_args!("all trouble ends"));
    world.cloud.recover_for_good();
    world.all().iter().for_each(|process| process.quiet());
    for minute in 0..MAX_RECOVERY {
        world.journal.begin_step();
        if minute < good_minutes && minute.is_multiple_of(GOOD_INTERVAL) {
            for process in world.all() {
                let waits = !process.is_at_rest();
                if waits || minute == 0 {
                    process.record_good(rng);
                }
            }
        }
        sleep(MINUTE).await;
        check(world, rng);
        if world.journal.is_broken() {
            return;
        }
        if world.all().iter().all(|process| process.is_at_rest()) {
            world.journal.count_most("most minutes until all was delivered", minute + 1);
            return;
        }
    }
    for process in world.all() {
        let snapshot = process.buffer.snapshot();
        world.journal.check("all is delivered after the end of all trouble", process.is_at_rest(), || {
            let culprits = process.ledger.lock().culprits;
            format!(
                "process {} after {MAX_RECOVERY} minutes; CloudWatch refuses {culprits:?}; {snapshot:?}",
                process.number
            )
        });
    }
}

/// Checks that the flushers are parked, that a flush without records is done at once, and lets the processes end.
async fn end(world: &World) {
    world.journal.begin_step();
    let all = world.all();
    let before: Vec<_> = all.iter().map(|process| process.watch.runs()).collect();
    sleep(30 * MINUTE).await;
    for (process, before) in all.iter().zip(before) {
        let runs = process.watch.runs() - before;
        world.journal.check("a parked flusher does not run", runs == 0, || {
            format!("process {} ran {runs} times in half an hour", process.number)
        });
        world.journal.count("flushers that parked", 1);
    }
    for (index, process) in all.iter().enumerate() {
        let began = world.journal.now();
        let is_settled = process.flush(10_000).await;
        let took = world.journal.now() - began;
        world.journal.check("a flush without records is done", is_settled == Ok(true) && took <= 2, || {
            format!("process {}: {is_settled:?} after {took} ms", process.number)
        });
        rules::check_delivered(process);
        stop(world, index, process).await;
    }
}
