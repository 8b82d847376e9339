//! One recorder a process: a [`Buffer`] that every JavaScript thread writes to, and the thread that empties it.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use hkm_core::{
    buffer::{Buffer, Limits, RingId},
    catalog::Metric,
    clock::{Clock, SystemClock},
    flusher::{Command, Done, Flusher, Progress},
    ring::Ring,
    series::{Resolved, acceptable},
    stats::{DropReason, Snapshot},
    warning::{ListenerId, Notify, WarningKind, Warnings},
};
use once_cell::sync::OnceCell;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    environment::{CredentialSource, DEFAULT_ENVIRONMENT, Enabled, Environment, Machine, Off},
    sink::{
        cloudwatch::{self, CloudWatchSink},
        traffic::Traffic,
    },
};

/// Name of the background thread; at most 15 characters, as Linux keeps.
const THREAD_NAME: &str = "hkm-flusher";

/// What a user can choose.
pub struct Settings {
    pub enabled: Enabled,
    pub environment: Environment,
    /// In place of the variables that name the deployment.
    pub deployment: Option<String>,
    /// In place of the variables that name the region.
    pub region: Option<String>,
    /// In place of the variables that name the endpoint.
    pub endpoint: Option<String>,
    pub flush_interval: Duration,
    /// The longest that an ending of the process, or of a worker where only workers record, is delayed.
    pub shutdown_timeout: Duration,
    pub limits: Limits,
}

/// The process's recorder, when metrics are on.
pub struct Recorder {
    buffer: Arc<Buffer>,
    warnings: Arc<Warnings>,
    traffic: Arc<Traffic>,
    commands: UnboundedSender<Command>,
    source: CredentialSource,
    shutdown_timeout: Duration,
    /// The main thread flushes when the process ends.
    is_end_handled: AtomicBool,
}

static RECORDER: OnceCell<Result<Recorder, Unstarted>> = OnceCell::new();

/// Why there is no recorder.
#[derive(Clone, Debug)]
pub enum Unstarted {
    Off(Off),
    /// The system gave no thread.
    NoThread(String),
}

impl fmt::Display for Unstarted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off(reason) => reason.fmt(formatter),
            Self::NoThread(error) => write!(formatter, "no background thread: {error}"),
        }
    }
}

/// The process's recorder, if one was started.
#[must_use]
pub fn current() -> Option<&'static Recorder> {
    RECORDER.get()?.as_ref().ok()
}

/// Starts the process's recorder, or returns the one that was started before; then the settings are ignored.
///
/// # Errors
/// Why metrics are off. It is decided once a process.
pub fn start(settings: Settings) -> Result<&'static Recorder, &'static Unstarted> {
    RECORDER.get_or_init(|| Recorder::start(settings)).as_ref()
}

impl Recorder {
    fn start(settings: Settings) -> Result<Self, Unstarted> {
        let Settings {
            enabled,
            environment,
            deployment,
            region,
            endpoint,
            flush_interval,
            shutdown_timeout,
            limits,
        } = settings;
        let source = environment.decide(enabled, &Machine::default()).map_err(Unstarted::Off)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let buffer = Arc::new(Buffer::new(limits, Arc::clone(&clock)));
        let warnings = Arc::new(Warnings::default());
        let traffic = Arc::new(Traffic::default());
        let (commands, received) = unbounded_channel();

        let deployment = deployment.unwrap_or_else(|| environment.deployment().to_owned());
        let deployment = acceptable(&deployment).into_owned();
        let deployment =
            if deployment.trim_matches(' ').is_empty() { DEFAULT_ENVIRONMENT.to_owned() } else { deployment };
        let sink = cloudwatch::Settings {
            region: region.unwrap_or_else(|| environment.region().to_owned()),
            endpoint: endpoint.or_else(|| environment.endpoint().map(str::to_owned)),
            deployment: deployment.clone(),
            resolution: limits.resolution,
            environment,
            source,
        };
        let thread = FlusherThread {
            buffer: Arc::clone(&buffer),
            warnings: Arc::clone(&warnings),
            traffic: Arc::clone(&traffic),
            clock,
            flush_interval,
            deployment,
        };
        // Not joined: the thread lives as long as the process, and waiting for it is what `flush` is for.
        let handle = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(move || thread.run(sink, received))
            .map_err(|error| Unstarted::NoThread(error.to_string()))?;
        // Dropping the handle would detach the thread, which races with exit in older C libraries.
        std::mem::forget(handle);
        Ok(Self {
            buffer,
            warnings,
            traffic,
            commands,
            source,
            shutdown_timeout,
            is_end_handled: AtomicBool::new(false),
        })
    }

    /// The longest that an ending is delayed: one deadline for the process, whichever thread chose it.
    #[must_use]
    pub const fn shutdown_timeout(&self) -> Duration {
        self.shutdown_timeout
    }

    /// Adds a JavaScript thread that fetches warnings.
    pub fn listen(&self, thread: ListenerId, notify: Notify) {
        self.warnings.listen(thread, notify);
    }

    /// Opens a ring for the calling JavaScript thread.
    #[must_use]
    pub fn open_ring(&self) -> (RingId, Arc<Ring>) {
        self.buffer.open_ring()
    }

    /// Resolves labels to a series, and warns about what had to be folded or replaced.
    #[must_use]
    pub fn resolve(&self, metric: &'static Metric, labels: &[Option<&str>]) -> Resolved {
        let resolved = self.buffer.resolve(metric, labels);
        let now = SystemClock.now();
        if resolved.overflowed {
            self.warnings.warn(WarningKind::Overflow, now, || {
                "More than maxSeries distinct label sets: further ones are recorded as _overflow. Look for a \
                 label that holds an id"
                    .to_owned()
            });
        }
        if resolved.redacted {
            self.warnings.warn(WarningKind::Redacted, now, || {
                format!(
                    "The key label of {} looks like a secret and was replaced: pass the name of the \
                     environment variable",
                    metric.name
                )
            });
        }
        resolved
    }

    /// Counts a value that was changed to be acceptable.
    pub fn count_sanitized(&self) {
        self.buffer.count_sanitized();
    }

    /// Counts a record that cannot be recorded.
    pub fn refuse(&self, reason: DropReason) {
        self.buffer.refuse(reason);
    }

    /// Makes room in a full ring, on the calling thread.
    pub fn drain_ring(&self, ring: RingId) {
        self.buffer.drain_ring(ring);
    }

    /// Wakes the flusher, so that it drains.
    pub fn wake(&self) {
        // The receiver lives as long as the process.
        let _ = self.commands.send(Command::Wake);
    }

    /// Asks for everything recorded so far to be sent. `done` is called, on another thread, when each record
    /// was applied or dropped, when `within` has passed, or at once if the flusher is gone.
    pub fn flush(&self, within: Duration, done: impl FnOnce() + Send + 'static) {
        let _ = self.commands.send(Command::Flush { within, done: Done::new(done) });
    }

    /// As [`Recorder::flush`], holding up the calling thread.
    pub fn flush_blocking(&self, within: Duration) {
        let (settled, wait) = mpsc::channel::<()>();
        self.flush(within, move || drop(settled));
        // Disconnected when the flush is done; a flusher that does not get to run is not waited for either.
        let _ = wait.recv_timeout(within);
    }

    /// Tells that the main thread flushes when the process ends.
    pub fn handle_end(&self) {
        self.is_end_handled.store(true, Ordering::Release);
    }

    /// A worker thread ends. Its warnings go to another thread from now on.
    pub fn worker_ends(&self, thread: ListenerId) {
        self.warnings.unlisten(thread);
        // Calls fail while a thread is being terminated, so its last record may not have woken the flusher.
        self.wake();
        self.flush_for_workers();
    }

    /// Flushes at the end of a worker, or of the process. Where the main thread never recorded, nobody else would.
    pub fn flush_for_workers(&self) {
        let Snapshot { buffered, counts, .. } = self.snapshot();
        if !self.is_end_handled.load(Ordering::Acquire) && buffered.0 + counts.in_flight.0 > 0 {
            self.flush_blocking(self.shutdown_timeout);
        }
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
    pub const fn source(&self) -> CredentialSource {
        self.source
    }

    /// Takes the warnings that wait, oldest first.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}

struct FlusherThread {
    buffer: Arc<Buffer>,
    warnings: Arc<Warnings>,
    traffic: Arc<Traffic>,
    clock: Arc<dyn Clock>,
    flush_interval: Duration,
    deployment: String,
}

impl FlusherThread {
    fn run(self, sink: cloudwatch::Settings, commands: UnboundedReceiver<Command>) {
        let (warnings, clock) = (Arc::clone(&self.warnings), Arc::clone(&self.clock));
        let problem = match catch_unwind(AssertUnwindSafe(|| self.block_on(sink, commands))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the flusher panicked".to_owned(),
        };
        warnings.warn(WarningKind::Internal, clock.now(), || {
            format!("Metrics are not delivered any more: {problem}. Please report it")
        });
    }

    fn block_on(self, sink: cloudwatch::Settings, commands: UnboundedReceiver<Command>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let warn = |kind, problem| {
                self.warnings.warn(kind, self.clock.now(), || problem);
            };
            let sink = CloudWatchSink::new(sink, self.traffic, Arc::clone(&self.clock), warn).await;
            Flusher {
                buffer: self.buffer,
                warnings: self.warnings,
                clock: self.clock,
                commands,
                sink: sink.into(),
                flush_interval: self.flush_interval,
                environment: self.deployment,
                progress: Progress::default(),
            }
            .run()
            .await;
        });
        Ok(())
    }
}
