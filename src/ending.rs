//! The end of the process: sends the records that wait, for at most `shutdownTimeoutMs`, and reports those that are lost.
//!
//! It never changes the exit code or the signal by which the process ends, except as PID 1.
//!
//! ```text
//!   the event loop runs dry          lib/ending.js, `beforeExit`   asynchronous flush
//!   process.exit, an exception       lib/ending.js, `exit`         blocking flush, then a warning about lost records
//!   after `exit`, or without it      `exit`: atexit                blocking flush, then a line on stderr
//!   HUP, INT, QUIT, TERM, USR2       `handler` -> `signals`        blocking flush, then the signal again
//!   a crash: ABRT, TRAP              the same, on the thread that crashes
//! ```
//!
//! All blocking flushes share one deadline, see [`deadline`], so they delay the end once, however many there are. If the
//! flush at `beforeExit` fails, it has taken that time, and they do not wait; see [`end_before_exit`]. The thread that
//! waits also keeps the time, because the flusher's thread may be blocked.
//!
//! On Windows, the modules `exit` and `signals` do not exist, because the C library calls the `atexit` functions of a
//! library only when all other threads are gone. JavaScript listens to signals there. If only workers record, each
//! worker flushes at its own end.

pub mod call;
pub mod deadline;
#[cfg(unix)]
mod disposition;
#[cfg(unix)]
mod exit;
#[cfg(unix)]
mod handler;
pub mod loss;
#[cfg(unix)]
mod queue;
#[cfg(unix)]
pub mod signals;

#[cfg(unix)]
use std::{
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use crate::recorder::Recorder;

/// The time to wait for the effect of a signal that a thread has sent to its own process.
#[cfg(unix)]
const GRACE: Duration = Duration::from_millis(100);

/// The id of the process that has the threads of this package. Zero: none yet.
#[cfg(unix)]
static OWNER: AtomicI32 = AtomicI32::new(0);

/// What JavaScript does with the signals of a crash.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine {
    /// The engine handles SIGTRAP in its normal operation.
    pub uses_traps: bool,
    /// The program listens to SIGABRT or SIGTRAP.
    pub listens_to_crashes: bool,
}

/// Handles the end of the process from now on. Further calls have no effect.
pub fn install(recorder: &'static Recorder, engine: Engine) {
    #[cfg(unix)]
    {
        // SAFETY: takes nothing, and never fails.
        OWNER.store(unsafe { libc::getpid() }, Ordering::Release);
        exit::install();
        if recorder.handles_signals() {
            signals::install(recorder, engine);
        }
    }
    #[cfg(not(unix))]
    let _ = (recorder, engine);
}

/// Installs the handlers of signals if that failed before. Returns whether they are installed, as far as they are wanted.
pub fn install_again(recorder: &'static Recorder) -> bool {
    #[cfg(unix)]
    {
        !is_own_process() || !recorder.handles_signals() || signals::try_install(recorder)
    }
    #[cfg(not(unix))]
    {
        let _ = recorder;
        true
    }
}

/// Returns whether this process has the threads of this package. A forked child inherits the handlers and no thread. Can
/// be called by a signal handler.
#[cfg(unix)]
fn is_own_process() -> bool {
    // SAFETY: takes nothing, and never fails.
    OWNER.load(Ordering::Acquire) == unsafe { libc::getpid() }
}

/// Sets the deadline of the end, if there is none. If `sends` is set, requests a flush, and does not wait.
pub fn start(recorder: &Recorder, sends: bool) {
    recorder.end_adoption();
    let remaining = deadline::remaining(recorder.shutdown_timeout());
    if sends {
        recorder.flush(remaining, |_| {});
    }
}

/// Call this when the flush at `beforeExit` is over. If it has failed, it has taken the time of the end, so [`flush`] does
/// not wait. Otherwise, the next end has all the time.
pub fn end_before_exit(has_failed: bool) {
    if has_failed {
        deadline::expire();
    } else {
        deadline::cancel();
    }
}

/// Blocks until the records made so far, and those made during the flush of these, are settled, or until the deadline.
///
/// Returns the number of records that were made before the call. Workers may record until the process is gone.
pub fn flush(recorder: &Recorder) -> u64 {
    recorder.warnings().hold_delivery(true);
    recorder.end_adoption();
    let records = recorder.recorded();
    // The second flush sends the records that were made during the first one.
    let remaining = || deadline::remaining(recorder.shutdown_timeout());
    for _ in 0..2 {
        if recorder.is_settled() || remaining().is_zero() {
            break;
        }
        recorder.flush_blocking(remaining);
    }
    records
}

/// Flushes at the end of a worker if the main thread has no listener that flushes. Windows has no other way.
#[cfg(not(unix))]
pub fn flush_for_worker(recorder: &Recorder) {
    if !recorder.is_end_handled() {
        flush(recorder);
        // The next worker gets a deadline of its own, unless this one has left records behind.
        if recorder.is_settled() {
            deadline::cancel();
        }
        recorder.warnings().hold_delivery(false);
    }
}
