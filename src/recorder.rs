//! The recorder of the process: a [`Buffer`] that all JavaScript threads write to, and the thread that sends its
//! records.
//!
//! The first record starts it. If the system starts no thread then, a later call does. It is never stopped.

mod blocking_flush;
mod flusher_thread;
mod overflow;
mod plan;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hkm_core::{
    buffer::{Buffer, Limits, RingId},
    clock::Clock,
    definition::{Definition, DimensionSet, MAX_METRICS, MetricId},
    flusher::{Command, Done},
    points::Points,
    ring::Ring,
    series::{MarkedId, Resolved},
    stats::{DropReason, Snapshot},
    warning::{ListenerId, Notify, WarningKind, Warnings},
};
use once_cell::sync::OnceCell;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::{
    clock::ProcessClock,
    environment::{CredentialSource, Enabled, Environment, Off},
    sink::{credentials::role::Role, traffic::Traffic},
    spool::{self, Adopter, Keeper},
};
use flusher_thread::{FlusherThread, Starter};
pub use plan::Plan;

/// The namespace of the metrics of hosted keys.
const HOSTED_KEY: &str = "Sim/HostedKey";

/// The options of the process, and the environment that they are combined with.
pub struct Settings {
    pub enabled: Enabled,
    pub environment: Environment,
    /// All variables of the process, if it may run the `credential_process` of a profile.
    pub process_environment: Vec<(String, String)>,
    /// Replaces the variables that name the deployment.
    pub deployment: Option<String>,
    /// Replaces the variables that name the region.
    pub region: Option<String>,
    /// Replaces the variables that name the endpoint. Not checked.
    pub endpoint: Option<String>,
    /// Assumed with the credentials of the environment.
    pub role: Option<Role>,
    pub flush_interval: Duration,
    /// The maximum delay of the end of the process.
    pub shutdown_timeout: Duration,
    /// Whether signals that would end the process are delayed.
    pub handles_signals: bool,
    /// Whether metrics have the roll-ups that their definitions recommend.
    pub has_recommended_rollups: bool,
    pub limits: Limits,
    /// Where records are kept until they are delivered.
    pub spool: Option<spool::Settings>,
}

/// The recorder of the process, if metrics are on.
pub struct Recorder {
    buffer: Arc<Buffer>,
    warnings: Arc<Warnings>,
    traffic: Arc<Traffic>,
    clock: Arc<ProcessClock>,
    commands: UnboundedSender<Command>,
    starter: Starter,
    source: CredentialSource,
    /// A description of the source of credentials, for error messages.
    source_description: String,
    /// Set once the region is known.
    region: Arc<OnceLock<String>>,
    role: Option<Role>,
    /// The file in which records are kept, if there is one.
    keeper: Option<Arc<Keeper>>,
    shutdown_timeout: Duration,
    handles_signals: bool,
    has_recommended_rollups: bool,
    /// Whether the main thread flushes when the process ends.
    is_end_handled: AtomicBool,
}

/// Metrics are off.
pub struct Stopped {
    pub why: Off,
    is_told: AtomicBool,
}

impl Stopped {
    /// Returns whether a warning is due: metrics are off by mistake, and this is the first call.
    pub fn is_due(&self) -> bool {
        self.why.is_mistake() && !self.is_told.swap(true, Ordering::Relaxed)
    }
}

static RECORDER: OnceCell<Result<Recorder, Stopped>> = OnceCell::new();

/// Returns the recorder of the process, if it was started.
#[must_use]
pub fn current() -> Option<&'static Recorder> {
    RECORDER.get()?.as_ref().ok()
}

/// Starts the recorder of the process. If it was started before, returns it and ignores the settings.
///
/// # Errors
/// Returns why metrics are off. The first call decides this for the life of the process.
pub fn start(settings: Settings) -> Result<&'static Recorder, &'static Stopped> {
    let start = || Recorder::start(settings).map_err(|why| Stopped { why, is_told: AtomicBool::new(false) });
    RECORDER.get_or_init(start).as_ref()
}

impl Recorder {
    fn start(settings: Settings) -> Result<Self, Off> {
        let Plan { source, source_description, region, refusals, sink } = Plan::new(&settings)?;
        let Settings {
            role,
            flush_interval,
            shutdown_timeout,
            handles_signals,
            has_recommended_rollups,
            limits,
            spool,
            ..
        } = settings;
        let clock = Arc::new(ProcessClock::default());
        let warnings = Arc::new(Warnings::default());
        let (keeper, spool) = spool
            .and_then(|settings| {
                Keeper::open(&settings, &sink.deployment, limits.resolution, &warnings, clock.now())
            })
            .unzip();
        let keeper = keeper.map(Arc::new);
        let buffer = Arc::new(Buffer::with_spool(limits, Arc::clone(&clock) as Arc<dyn Clock>, spool));
        buffer.count(|counts| counts.flush_interval = flush_interval);
        let traffic = Arc::new(Traffic::default());
        let (commands, received) = unbounded_channel();
        for (variable, refusal) in refusals {
            warnings.warn(WarningKind::Setting(variable), clock.now(), || refusal);
        }
        let thread = FlusherThread {
            buffer: Arc::clone(&buffer),
            warnings: Arc::clone(&warnings),
            traffic: Arc::clone(&traffic),
            clock: Arc::clone(&clock),
            flush_interval,
            deployment: sink.deployment.clone(),
        };
        let deployment = sink.deployment.clone();
        let starter = Starter::new(thread, sink, received);
        starter.start();
        if let Some(keeper) = &keeper {
            let commands = commands.clone();
            let adopter = Adopter {
                keeper: Arc::clone(keeper),
                buffer: Arc::clone(&buffer),
                warnings: Arc::clone(&warnings),
                clock: Arc::clone(&clock),
                environment: deployment,
                wake: Box::new(move || _ = commands.send(Command::Wake)),
            };
            adopter.start();
        }
        Ok(Self {
            buffer,
            warnings,
            traffic,
            clock,
            commands,
            starter,
            source,
            source_description,
            region,
            role,
            keeper,
            shutdown_timeout,
            handles_signals,
            has_recommended_rollups,
            is_end_handled: AtomicBool::new(false),
        })
    }

    /// Returns a description of the source of credentials.
    #[must_use]
    pub fn source_description(&self) -> &str {
        &self.source_description
    }

    /// Returns the maximum delay of the end of the process, which is the same for all threads.
    #[must_use]
    pub const fn shutdown_timeout(&self) -> Duration {
        self.shutdown_timeout
    }

    /// Returns whether signals that would end the process are delayed.
    #[must_use]
    pub const fn handles_signals(&self) -> bool {
        self.handles_signals
    }

    /// Adds a JavaScript thread that fetches warnings, or replaces the function that notifies it.
    pub fn listen(&self, thread: ListenerId, notify: Notify) {
        self.warnings.listen(thread, notify);
    }

    /// Opens a ring for the calling JavaScript thread. Returns `None` if there is no memory for it.
    #[must_use]
    pub fn open_ring(&self) -> Option<(RingId, Arc<Ring>)> {
        self.buffer.open_ring()
    }

    /// Defines a metric, unless there is one with the same definition. `recommended` are further roll-ups, which it has if the
    /// process wants them. Returns `None`, and warns, if there are too many metrics. Also warns if another metric has the same
    /// name.
    pub fn define(&self, mut definition: Definition, recommended: Vec<DimensionSet>) -> Option<MetricId> {
        if self.has_recommended_rollups {
            definition.rollups = definition.rollups.iter().copied().chain(recommended).collect();
        }
        let now = self.clock.now();
        let described = definition.to_string();
        let Some(defined) = self.buffer.define(definition) else {
            self.warnings.warn(WarningKind::Metrics, now, || {
                format!("There are {MAX_METRICS} metrics: further ones are not recorded. Define metrics once, not for each use")
            });
            return None;
        };
        if let Some(other) = defined.other {
            self.warnings.warn(WarningKind::Redefined(defined.id), now, || {
                let known = &other.definition;
                format!(
                    "A metric is defined twice, and differently: {described}, and {known}. Both are recorded"
                )
            });
        }
        Some(defined.id)
    }

    /// Resolves labels to a series. Warns if they were folded or redacted. Returns `None` if there is no such metric.
    #[must_use]
    pub fn resolve(&self, metric: MetricId, labels: &[Option<&str>]) -> Option<Resolved> {
        let resolved = self.buffer.resolve(metric, labels)?;
        let now = self.clock.now();
        if resolved.overflowed {
            self.warnings.warn(WarningKind::Overflow(metric), now, || {
                self.buffer.maximum(metric).map(overflow::of_series).unwrap_or_default()
            });
        }
        if resolved.is_coarse {
            self.warnings.warn(WarningKind::Combinations(metric), now, || {
                self.buffer.maximum(metric).map(overflow::of_combinations).unwrap_or_default()
            });
        }
        if resolved.redacted {
            self.warnings.warn(WarningKind::Redacted(metric), now, || {
                self.buffer
                    .metric(metric)
                    .map_or_else(String::new, |metric| redaction(&metric.definition, labels))
            });
        }
        Some(resolved)
    }

    /// Returns the filter by which a thread tells which labels of a metric are folded.
    #[must_use]
    pub fn filter(&self, metric: MetricId) -> Option<Vec<u32>> {
        self.buffer.filter(metric)
    }

    /// Returns whether the producer of a ring writes to the memory that the native side reads.
    #[must_use]
    pub fn is_ring_shared(&self, ring: RingId, probe: u32) -> bool {
        self.buffer.is_shared(ring, probe)
    }

    /// Adds one record without a ring. Returns whether the flusher has to be woken.
    #[must_use]
    pub fn record(&self, id: MarkedId, value: f64) -> bool {
        self.buffer.record(id, value)
    }

    /// Counts a record that is dropped.
    pub fn refuse(&self, reason: DropReason) {
        self.buffer.refuse(reason);
    }

    /// Drains a ring on the calling thread.
    pub fn drain_ring(&self, ring: RingId) {
        self.buffer.drain_ring(ring);
    }

    /// Starts the thread of the flusher if the system did not start it before. Returns whether it runs.
    pub fn start_thread(&self) -> bool {
        self.starter.start()
    }

    /// Returns a number that changes several times a second while a flush waits, unless the flusher is blocked. Takes no lock.
    #[must_use]
    pub fn beats(&self) -> u64 {
        self.buffer.beats()
    }

    /// Wakes the flusher, so that it drains the rings.
    pub fn wake(&self) {
        if self.keeper.is_some() {
            self.buffer.note_wake();
        }
        self.start_thread();
        // An error means that the flusher is gone. There is nothing to wake then.
        let _ = self.commands.send(Command::Wake);
    }

    /// Requests that all records made so far are sent. `done` is called on the thread of the flusher when each of them
    /// was applied or dropped, or when `within` has passed, with whether they are all settled. If the flusher is gone, it
    /// is called at once on this thread.
    pub fn flush(&self, within: Duration, done: impl FnOnce(bool) + Send + 'static) {
        self.start_thread();
        let _ = self.commands.send(Command::Flush { within, done: Done::new(done) });
    }

    /// Call this if the main thread flushes when the process ends.
    pub fn handle_end(&self) {
        self.is_end_handled.store(true, Ordering::Release);
    }

    /// Returns whether the main thread flushes when the process ends.
    #[must_use]
    pub fn is_end_handled(&self) -> bool {
        self.is_end_handled.load(Ordering::Acquire)
    }

    /// Call this when a worker ends. Other threads get its warnings.
    pub fn worker_ends(&self, thread: ListenerId) {
        self.warnings.unlisten(thread);
        // Native calls fail while a thread is being terminated, so its last record may not have woken the flusher.
        self.wake();
    }

    /// Returns the number of records so far, with those of other processes.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        let counts = self.snapshot().counts;
        (counts.recorded + counts.adopted).records
    }

    /// Returns whether the file of the process has all that waits.
    #[must_use]
    pub fn is_spool_whole(&self) -> bool {
        self.buffer.is_spool_whole()
    }

    /// Returns whether nothing is recorded and sent: the next record wakes the flusher.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.buffer.is_parked()
    }

    /// Returns what is neither applied nor dropped.
    #[must_use]
    pub fn waiting(&self) -> Points {
        let Snapshot { buffered, counts, .. } = self.snapshot();
        buffered + counts.in_flight
    }

    /// Returns the number of records that are neither applied nor dropped.
    #[must_use]
    pub fn unsettled(&self) -> u64 {
        self.waiting().records
    }

    /// Returns whether all records are applied or dropped, in their roll-ups too.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.waiting().is_zero()
    }

    /// Returns whether the thread of the flusher has ended, so that nothing is delivered any more.
    #[must_use]
    pub fn is_flusher_gone(&self) -> bool {
        self.commands.is_closed()
    }

    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.buffer.snapshot()
    }

    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    #[must_use]
    pub fn clock(&self) -> &ProcessClock {
        &self.clock
    }

    #[must_use]
    pub const fn source(&self) -> CredentialSource {
        self.source
    }

    /// Returns the region that records are sent to, once it is known.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.get().map(String::as_str)
    }

    /// Returns the role that is assumed with the credentials of the source.
    #[must_use]
    pub fn role_arn(&self) -> Option<&str> {
        self.role.as_ref().map(|role| &*role.arn)
    }

    /// Returns the file in which records are kept, if there is one.
    #[must_use]
    pub fn keeper(&self) -> Option<&Keeper> {
        self.keeper.as_deref()
    }

    /// Adopts no further records of other processes: they would come too late for the last flush.
    pub fn end_adoption(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.end_adoption();
        }
    }

    /// Call this when nothing can be recorded any more. The file is not needed if nothing waits.
    pub fn close(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.close(|| self.is_settled() && self.buffer.adopting().is_none());
        }
    }

    /// Takes all warnings that wait, oldest first.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// The queue of warnings.
    #[must_use]
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Describes the labels of a metric that look like secrets.
fn redaction(definition: &Definition, labels: &[Option<&str>]) -> String {
    let Definition { namespace, name, .. } = definition;
    let redacted = definition.redacted(labels).collect::<Vec<_>>().join(", ");
    let advice = if &**namespace == HOSTED_KEY && redacted == "Key" {
        "pass the name of the environment variable that holds the key"
    } else {
        "pass a name of letters, digits and _. If it is no secret, define the dimension without redact"
    };
    format!(
        "The label {redacted} of {namespace} {name} looks like a secret and was replaced by [redacted]: {advice}"
    )
}
