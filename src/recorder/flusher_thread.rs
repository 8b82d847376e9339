//! The background thread that runs the flusher with the CloudWatch sink. A panic ends delivery with a warning. It never
//! ends the process.
//!
//! A process that has no descriptors, threads or memory left when it makes its first record may have some later. Starting
//! is therefore tried again: the thread by [`Starter`], when other threads call it, and the rest by the thread itself.
//! Records are kept meanwhile, and commands wait. Whoever waits for a flush keeps its own deadline.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::Duration,
};

use hkm_core::{
    buffer::Buffer,
    clock::Clock,
    flusher::{Command, Flusher, Pace, Progress},
    outcome::{Fault, FaultKind},
    warning::{WarningKind, Warnings},
};
use tokio::{runtime::Runtime, sync::mpsc::UnboundedReceiver, task::LocalSet};

use crate::{
    clock::ProcessClock,
    own_thread,
    sink::{
        cloudwatch::{self, CloudWatchSink},
        traffic::Traffic,
    },
};

/// The name of the background thread. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-flusher";

/// The first pause before another attempt to start. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The maximum pause. The rings are drained after each pause, so that each record is added to its own window.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// What the thread works with.
#[derive(Clone)]
pub struct FlusherThread {
    pub buffer: Arc<Buffer>,
    pub warnings: Arc<Warnings>,
    pub traffic: Arc<Traffic>,
    pub clock: Arc<ProcessClock>,
    pub flush_interval: Duration,
    /// The value of the `Environment` dimension.
    pub deployment: String,
}

/// Starts the thread, as soon as the system starts one.
pub struct Starter {
    thread: FlusherThread,
    /// Taken by the thread.
    work: Arc<Mutex<Option<Work>>>,
    is_started: AtomicBool,
}

/// What is handed over to the thread.
struct Work {
    sink: cloudwatch::Settings,
    commands: UnboundedReceiver<Command>,
}

impl Starter {
    pub fn new(
        thread: FlusherThread,
        sink: cloudwatch::Settings,
        commands: UnboundedReceiver<Command>,
    ) -> Self {
        let work = Arc::new(Mutex::new(Some(Work { sink, commands })));
        Self { thread, work, is_started: AtomicBool::new(false) }
    }

    /// Starts the thread, unless it runs. Returns whether it runs. If not, drains the rings and warns.
    pub fn start(&self) -> bool {
        if self.is_started.load(Ordering::Acquire) {
            return true;
        }
        let (thread, work) = (self.thread.clone(), Arc::clone(&self.work));
        let started = own_thread::spawn(THREAD_NAME, move || {
            // Two callers may have started a thread. The second one has nothing to do.
            let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(work) = work {
                thread.run(work);
            }
        });
        if let Err(error) = started {
            self.thread.postpone("the background thread could not be started", &error);
            return false;
        }
        self.is_started.store(true, Ordering::Release);
        true
    }
}

impl FlusherThread {
    fn run(self, work: Work) {
        let (warnings, clock) = (Arc::clone(&self.warnings), Arc::clone(&self.clock));
        if catch_unwind(AssertUnwindSafe(|| self.deliver(work))).is_err() {
            warnings.warn(WarningKind::Internal, clock.now(), || {
                "Metrics are not delivered any more: the flusher panicked. Please report it".to_owned()
            });
        }
    }

    fn deliver(self, Work { sink: settings, commands }: Work) {
        let runtime = self.runtime();
        // Credentials are renewed beside the puts, on this thread.
        LocalSet::new().block_on(&runtime, async {
            // The settings are kept. The main thread has allocated them. If they were dropped, the allocator would use their
            // memory for this thread, and resizing it takes a lock that the main thread may have while a signal holds it.
            let sink = self.sink(&settings).await;
            Flusher {
                buffer: self.buffer,
                warnings: self.warnings,
                clock: self.clock,
                commands,
                sink: sink.into(),
                pace: Pace::new(self.flush_interval),
                environment: self.deployment,
                progress: Progress::default(),
            }
            .run()
            .await;
        });
    }

    fn runtime(&self) -> Runtime {
        let mut pauses = pauses();
        loop {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => return runtime,
                Err(error) => self.postpone("delivery could not be started", &error),
            }
            sleep(pauses());
        }
    }

    async fn sink(&self, settings: &cloudwatch::Settings) -> CloudWatchSink {
        let mut pauses = pauses();
        loop {
            let (traffic, clock) = (Arc::clone(&self.traffic), Arc::clone(&self.clock));
            match CloudWatchSink::new(settings.clone(), traffic, clock, Arc::clone(&self.warnings)).await {
                Ok(sink) => return sink,
                Err(error) => self.postpone("delivery could not be started", &error),
            }
            tokio::time::sleep(pauses()).await;
        }
    }

    /// Drains the rings and warns, because an attempt to start has failed.
    fn postpone(&self, what: &str, error: &io::Error) {
        self.buffer.drain();
        let fault = Fault::new(FaultKind::Exhausted, "StartError", &format!("{what}: {error}"));
        self.buffer.note_fault(&fault, None);
        self.warnings.warn(WarningKind::Delivery(fault.kind, None), self.clock.now(), || {
            format!("Metrics are not delivered yet; they are kept. {}. {fault}", fault.kind.advice())
        });
    }
}

/// Returns the pauses between attempts, one with each call.
fn pauses() -> impl FnMut() -> Duration {
    let mut doubled = FIRST_PAUSE / 2;
    move || {
        doubled = (doubled * 2).min(MAX_PAUSE);
        doubled
    }
}
