//! One process: its threads, which record, and its flusher.

mod record;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use fastrand::Rng;
use hkm_core::{
    buffer::{Buffer, Limits, RingId},
    clock::Clock,
    definition::MetricId,
    flusher::{Command, Done, Flusher, Pace, Progress},
    resolution::Resolution,
    ring::{Producer, Published},
    series::MarkedId,
    stats::{Counts, DropReason},
    warning::Warnings,
};
use tokio::{
    sync::{mpsc::UnboundedSender, oneshot},
    task::{JoinHandle, spawn_local},
    time::Instant,
};

use super::{
    cloud::{Cloud, Way},
    journal::Journal,
    ledger::{Ledger, SharedLedger},
    settings::ProcessSettings,
    watch::{Watch, Watched},
};
use crate::clock::SimulatedClock;
use record::{Known, define};

/// A thread that records, and its ring.
struct Thread {
    ring: RingId,
    producer: Producer,
}

/// A process.
pub struct Process {
    pub number: usize,
    pub settings: ProcessSettings,
    pub buffer: Arc<Buffer>,
    pub ledger: SharedLedger,
    pub journal: Journal,
    pub watch: Arc<Watch>,
    pub began: Instant,
    /// The number of commands that were sent.
    pub commands_sent: Cell<u64>,
    /// No more records are made in the background.
    is_quiet: Cell<bool>,
    clock: Arc<SimulatedClock>,
    commands: RefCell<Option<UnboundedSender<Command>>>,
    running: JoinHandle<()>,
    metrics: Vec<MetricId>,
    known: RefCell<BTreeMap<(usize, String, usize), Rc<Known>>>,
    threads: RefCell<Vec<Thread>>,
    traced: RefCell<Vec<u32>>,
    /// The number of records that CloudWatch refuses.
    refused: Cell<u32>,
}

impl Process {
    /// Starts a process.
    pub fn start(
        number: usize,
        settings: &ProcessSettings,
        journal: &Journal,
        cloud: &Rc<Cloud>,
    ) -> Rc<Self> {
        let clock = Arc::new(SimulatedClock::start());
        // It is the time since the run began, also for a process that starts later.
        clock.jump(i64::try_from(journal.now()).unwrap_or_default());
        let began = Instant::now();
        let resolution = if settings.is_in_seconds { Resolution::Second } else { Resolution::Minute };
        let limits = Limits {
            max_buffered_datums: settings.max_buffered_datums,
            max_buffered_bytes: settings.max_buffered_bytes,
            max_series: settings.max_series,
            resolution,
        };
        let buffer = Arc::new(Buffer::new(limits, Arc::clone(&clock) as Arc<dyn Clock>));
        let ledger = SharedLedger::new(Ledger::new(number, journal.clone(), settings.flush_interval_ms));
        let (commands, received) = tokio::sync::mpsc::unbounded_channel();
        let way = Way {
            cloud: Rc::clone(cloud),
            process: number,
            journal: journal.clone(),
            ledger: ledger.clone(),
            in_flight: Cell::new(0),
        };
        let flusher = Flusher {
            buffer: Arc::clone(&buffer),
            warnings: Arc::new(Warnings::default()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            commands: received,
            sink: Rc::new(way),
            pace: Pace::new(Duration::from_millis(settings.flush_interval_ms)),
            environment: "production".to_owned(),
            progress: Progress::default(),
        };
        let watch = Arc::new(Watch::default());
        let running = spawn_local(Watched::new(flusher.run(), Arc::clone(&watch), journal.clone()));
        let metrics = (0..settings.metrics.len()).filter_map(|index| define(&buffer, settings, index));
        Rc::new(Self {
            number,
            metrics: metrics.collect(),
            traced: RefCell::new(vec![0; settings.metrics.len()]),
            settings: settings.clone(),
            buffer,
            ledger,
            journal: journal.clone(),
            watch,
            began,
            commands_sent: Cell::new(0),
            is_quiet: Cell::new(false),
            clock,
            commands: RefCell::new(Some(commands)),
            running,
            known: RefCell::default(),
            threads: RefCell::default(),
            refused: Cell::new(0),
        })
    }

    fn command(&self, command: Command) {
        self.commands_sent.set(self.commands_sent.get() + 1);
        let commands = self.commands.borrow().clone();
        if let Some(commands) = commands {
            let _ = commands.send(command);
        }
    }

    pub fn wake(&self) {
        self.command(Command::Wake);
    }

    /// Returns whether records are made in the background.
    pub fn is_busy(&self) -> bool {
        self.commands.borrow().is_some() && !self.is_quiet.get()
    }

    /// Ends what is done in the background.
    pub fn quiet(&self) {
        self.is_quiet.set(true);
    }

    /// Returns the counters, without draining the rings.
    pub fn counts(&self) -> Counts {
        let mut copy = Counts::default();
        self.buffer.count(|counts| copy = counts.clone());
        copy
    }

    /// Returns whether it has delivered all, and its flusher is parked.
    pub fn is_at_rest(&self) -> bool {
        self.buffer.is_parked() && self.ledger.lock().in_flight.is_zero() && {
            let snapshot = self.buffer.snapshot();
            (snapshot.buffered + snapshot.counts.in_flight).is_zero()
        }
    }

    /// Writes a record to the ring of a thread, or to the buffer if there is no thread.
    pub fn write(&self, rng: &mut Rng, id: u32, value: f64) {
        let threads = &mut *self.threads.borrow_mut();
        let count = threads.len();
        if count == 0 || rng.u8(..20) == 0 {
            if self.buffer.record(MarkedId(id), value) {
                self.wake();
            }
            return;
        }
        let Thread { ring, producer } = &mut threads[rng.usize(..count)];
        loop {
            match producer.publish(id, value) {
                Published::Quietly => return,
                Published::WhileParked => return self.wake(),
                Published::Full => {
                    self.journal.count("rings that were full", 1);
                    self.buffer.drain_ring(*ring);
                }
            }
        }
    }

    /// Counts a record that a thread cannot write. Returns whether there is a thread.
    pub fn lose(&self, rng: &mut Rng) -> bool {
        let threads = self.threads.borrow();
        if threads.is_empty() {
            return false;
        }
        threads[rng.usize(..threads.len())].producer.lose();
        true
    }

    pub fn open_thread(&self) {
        if let Some((ring, shared)) = self.buffer.open_ring() {
            self.threads.borrow_mut().push(Thread { ring, producer: Producer::new(shared) });
        }
    }

    /// Ends a thread. Records in its ring are left there.
    pub fn close_thread(&self, rng: &mut Rng) {
        let threads = &mut *self.threads.borrow_mut();
        if !threads.is_empty() {
            threads.swap_remove(rng.usize(..threads.len()));
            self.journal.count("threads that ended", 1);
        }
    }

    pub fn jump(&self, millis: i64) {
        self.ledger.lock().time_line.jump(self.journal.now(), millis);
        self.clock.jump(millis);
    }

    /// Stalls the flusher's thread.
    pub fn stall(&self, millis: u64) {
        let now = self.journal.now();
        self.ledger.lock().time_line.stall(now, now + millis);
        self.watch.stall(Instant::now() + Duration::from_millis(millis));
    }

    /// Flushes. The receiver is told whether all is settled.
    pub fn flush(&self, within: u64) -> oneshot::Receiver<bool> {
        let (told, waiting) = oneshot::channel();
        let now = self.journal.now();
        let number = {
            let ledger = &mut *self.ledger.lock();
            ledger.pressure.flush(now);
            ledger.flushes.begin(now, within, ledger.recorded)
        };
        let (ledger, buffer) = (self.ledger.clone(), Arc::clone(&self.buffer));
        let done = Done::new(move |is_settled| {
            let mut dropped = 0;
            let reasons = [DropReason::BufferFull, DropReason::TooOld, DropReason::Rejected];
            buffer
                .count(|counts| dropped = reasons.iter().map(|&reason| counts.dropped(reason).records).sum());
            ledger.lock().end_flush(number, is_settled, dropped);
            let _ = told.send(is_settled);
        });
        self.command(Command::Flush { within: Duration::from_millis(within), done });
        waiting
    }

    /// Ends the process as SIGKILL does.
    pub fn kill(&self) {
        self.ledger.lock().flushes.kill();
        self.running.abort();
        self.commands.borrow_mut().take();
    }

    /// Lets the flusher end.
    pub fn stop(&self) {
        self.commands.borrow_mut().take();
    }

    pub fn has_ended(&self) -> bool {
        self.running.is_finished()
    }
}
