//! Tests of the flusher in simulated time, with a sink that answers from a script.

mod bounds;
mod delivery;
mod denied;
mod doubt;
mod fairness;
mod namespaces;

mod properties;
mod refusals;
mod rollups;
mod schedule;
mod seconds;
mod throttling;

use std::{cell::Cell, collections::BTreeMap, sync::atomic::AtomicI64, sync::atomic::Ordering};

use proptest::prelude::*;
use tokio::{sync::mpsc::UnboundedSender, task::LocalSet, time::sleep};

use super::*;
use crate::{
    buffer::Limits,
    clock::UnixMillis,
    definition::Definition,
    points::Points,
    resolution::{Resolution, WindowStart},
    ring::{HEAD, PARKED, Producer, Published, Ring},
    series::SeriesId,
    sink::memory::{Answer, MemorySink},
    stats::{DropReason, Snapshot},
    strategies::metric,
};

/// 2026-01-01 00:00:00 UTC.
const START: i64 = 1_767_225_600_000;
const INTERVAL: Duration = Duration::from_secs(5);
const LIMITS: Limits = Limits {
    max_buffered_datums: 10_000,
    max_buffered_bytes: 64_000_000,
    max_series: 10_000,
    resolution: Resolution::Minute,
};

/// Wall-clock time that advances with the time of the runtime. Tests can add an offset.
struct SimulatedClock {
    began: Instant,
    offset: AtomicI64,
}

impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        UnixMillis(START + self.offset.load(Ordering::SeqCst) + elapsed)
    }
}

/// A running flusher, and what a thread that records has of it.
struct Bed {
    buffer: Arc<Buffer>,
    warnings: Arc<Warnings>,
    clock: Arc<SimulatedClock>,
    commands: UnboundedSender<Command>,
    sink: Rc<MemorySink>,
    ring: Arc<Ring>,
    producer: std::cell::RefCell<Producer>,
    running: tokio::task::AbortHandle,
}

impl Bed {
    fn resolve(&self, tool: &str) -> u32 {
        let metric = self.buffer.define(metric("Orders", ["Tool"])).unwrap().id;
        self.buffer.resolve(metric, &[Some(tool)]).unwrap().id.0
    }

    fn record(&self, series: u32, value: f64) {
        match self.producer.borrow_mut().publish(series, value) {
            Published::Quietly => {}
            Published::WhileParked => self.commands.send(Command::Wake).unwrap(),
            Published::Full => panic!("more records than the ring holds"),
        }
    }

    fn answer(&self, outcome: Outcome, after: Duration) {
        self.sink.script.borrow_mut().push_back(Answer { outcome, after });
    }

    /// Returns a series of a namespace.
    fn series(&self, namespace: &str, label: &str) -> u32 {
        let definition = Definition { namespace: namespace.into(), ..metric("Orders", ["Tool"]) };
        let metric = self.buffer.define(definition).unwrap().id;
        self.buffer.resolve(metric, &[Some(label)]).unwrap().id.0
    }

    /// Starts a flush. The receiver resolves when it is done, to whether all earlier records are settled.
    fn flush(&self, within: Duration) -> tokio::sync::oneshot::Receiver<bool> {
        let (done, wait) = tokio::sync::oneshot::channel();
        let done = Done::new(move |is_settled| done.send(is_settled).unwrap_or_default());
        self.commands.send(Command::Flush { within, done }).unwrap();
        wait
    }

    fn snapshot(&self) -> Snapshot {
        let snapshot = self.buffer.snapshot();
        assert!(snapshot.is_balanced(), "{snapshot:?}");
        snapshot
    }

    fn is_parked(&self) -> bool {
        self.ring.header()[HEAD].load(Ordering::SeqCst) & PARKED != 0
    }

    /// Returns what was applied: value -> count, by window and series.
    fn applied(&self) -> BTreeMap<(i64, u32), BTreeMap<u64, u64>> {
        let mut applied: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (request, outcome) in self.sink.requests.borrow().iter() {
            for datum in request.datums.iter().filter(|_| *outcome == Outcome::Applied) {
                let values = applied.entry((datum.window.0, datum.id.0)).or_default();
                for sample in &datum.samples {
                    *values.entry(sample.value.to_bits()).or_default() += sample.count;
                }
            }
        }
        applied
    }

    /// Returns how many records of a namespace were applied.
    fn applied_of(&self, namespace: &str) -> u64 {
        let requests = self.sink.requests.borrow();
        let applied = requests
            .iter()
            .filter(|(request, outcome)| *outcome == Outcome::Applied && &*request.namespace == namespace);
        applied.map(|(request, _)| request.points().records).sum()
    }

    /// Returns how many requests of a namespace were sent.
    fn requests_of(&self, namespace: &str) -> usize {
        self.sink.requests.borrow().iter().filter(|(request, _)| &*request.namespace == namespace).count()
    }

    fn applied_points(&self) -> u64 {
        self.applied().values().flat_map(BTreeMap::values).sum()
    }

    /// Returns the records in the requests whose outcome matches.
    fn answered_points(&self, is_such: impl Fn(&Outcome) -> bool) -> u64 {
        let requests = self.sink.requests.borrow();
        requests
            .iter()
            .filter(|(_, outcome)| is_such(outcome))
            .map(|(request, _)| request.points().records)
            .sum()
    }

    fn answered(&self, is_such: impl Fn(&Outcome) -> bool) -> usize {
        self.sink.requests.borrow().iter().filter(|(_, outcome)| is_such(outcome)).count()
    }
}

fn with_limits<F: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Rc<Bed>) -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let clock = Arc::new(SimulatedClock { began: Instant::now(), offset: AtomicI64::new(0) });
        let buffer = Arc::new(Buffer::new(limits, Arc::clone(&clock) as Arc<dyn Clock>));
        let warnings = Arc::new(Warnings::default());
        let sink = Rc::new(MemorySink::default());
        let (commands, received) = tokio::sync::mpsc::unbounded_channel();
        let flusher = Flusher {
            buffer: Arc::clone(&buffer),
            warnings: Arc::clone(&warnings),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            commands: received,
            sink: Rc::new(Rc::clone(&sink)),
            pace: Pace::new(INTERVAL),
            environment: "test".to_owned(),
            progress: Progress::default(),
        };
        let (_, ring) = buffer.open_ring().unwrap();
        let producer = Producer::new(Arc::clone(&ring)).into();
        let running = tokio::task::spawn_local(flusher.run()).abort_handle();
        test(Rc::new(Bed {
            buffer,
            warnings,
            clock,
            commands,
            sink,
            ring,
            producer,
            running: running.clone(),
        }))
        .await;
        running.abort();
    });
}

fn simulated<F: Future<Output = ()>>(test: impl FnOnce(Rc<Bed>) -> F) {
    with_limits(LIMITS, test);
}

fn fault(kind: FaultKind) -> Fault {
    Fault { kind, code: format!("{kind:?}"), message: "on purpose".to_owned() }
}

fn throttled() -> Outcome {
    Outcome::NotApplied(fault(FaultKind::Throttled))
}

fn unreachable() -> Outcome {
    Outcome::NotApplied(fault(FaultKind::Unreachable))
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
