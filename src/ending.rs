//! The end of the process: sends the records that wait, for at most `shutdownTimeoutMs`, and reports those that are lost.
//!
//! ```text
//!   the event loop runs dry          lib/ending.js, `beforeExit`   asynchronous flush
//!   process.exit, an exception       lib/ending.js, `exit`         blocking flush, then a warning about lost records
//!   after that, or without it        `exit`: atexit                blocking flush
//!   HUP, INT, QUIT, TERM, USR2       `handler` -> `signals`        blocking flush, then the signal again
//!   a crash: ABRT, TRAP              the same, on the thread that crashes
//! ```
//!
//! All ways share one deadline, see [`deadline`], so the end is delayed once, however many ways it takes. Whoever waits
//! keeps the time: the flusher's thread may be blocked.
//!
//! On Windows, [`exit`] and `signals` do not exist: the C library runs `atexit` functions of a library when all other
//! threads are gone. JavaScript listens to signals there, and workers flush at their own end.

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
pub mod signals;

use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(unix)]
use std::{sync::atomic::AtomicI32, time::Duration};

use crate::recorder::Recorder;

/// The time to wait for the effect of a signal that a thread sends to its own process.
#[cfg(unix)]
const GRACE: Duration = Duration::from_millis(100);

/// The process that has the threads of this package. Zero: none yet.
#[cfg(unix)]
static OWNER: AtomicI32 = AtomicI32::new(0);

/// The number of records when a flush at the end failed, and the time, by [`deadline::now`].
static GIVEN_UP: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// Handles the end of the process from now on. Further calls have no effect. `engine_uses_traps`: the JavaScript engine
/// handles SIGTRAP in its normal operation.
pub fn install(recorder: &'static Recorder, engine_uses_traps: bool) {
    #[cfg(unix)]
    {
        // SAFETY: takes nothing, and never fails.
        OWNER.store(unsafe { libc::getpid() }, Ordering::Release);
        exit::install();
        if recorder.handles_signals() {
            signals::install(recorder, engine_uses_traps);
        }
    }
    #[cfg(not(unix))]
    let _ = (recorder, engine_uses_traps);
}

/// Returns whether this process has the threads. A child that was forked has inherited the handlers alone. Can be called
/// by a signal handler.
#[cfg(unix)]
fn is_own_process() -> bool {
    // SAFETY: takes nothing, and never fails.
    OWNER.load(Ordering::Acquire) == unsafe { libc::getpid() }
}

/// Requests a flush, and does not wait. The deadline of the ending begins.
pub fn start(recorder: &Recorder) {
    recorder.flush(deadline::remaining(recorder.shutdown_timeout()), || {});
}

/// Call this if a flush at the end has failed. Another one would most likely fail too, so [`flush`] does not wait for the
/// same records again, for as long as a flush at the end may take.
pub fn give_up(recorder: &Recorder) {
    let [records, at] = &GIVEN_UP;
    records.store(recorder.recorded(), Ordering::Release);
    at.store(deadline::now(), Ordering::Release);
}

fn has_given_up(recorder: &Recorder) -> bool {
    let [records, at] = GIVEN_UP.each_ref().map(|value| value.load(Ordering::Acquire));
    let elapsed = u128::from(deadline::now().saturating_sub(at));
    records == recorder.recorded() && elapsed <= recorder.shutdown_timeout().as_millis()
}

/// Blocks until all records are settled, also those made meanwhile, or until the deadline of the ending.
///
/// Returns the number of records that had been made before. Workers may go on to record until the process is gone.
pub fn flush(recorder: &Recorder) -> u64 {
    recorder.warnings().hold_delivery(true);
    let records = recorder.recorded();
    // The second flush sends the records that were made during the first one.
    let remaining = || deadline::remaining(recorder.shutdown_timeout());
    for _ in 0..2 {
        if recorder.unsettled() == 0 || remaining().is_zero() || has_given_up(recorder) {
            break;
        }
        recorder.flush_blocking(remaining);
    }
    records
}

/// Flushes at the end of a worker, where nothing else can: no listener of the main thread, and no `atexit`.
#[cfg(not(unix))]
pub fn flush_for_worker(recorder: &Recorder) {
    if !recorder.is_end_handled() {
        flush(recorder);
        // The next worker has all the time again, unless CloudWatch does not answer.
        if recorder.unsettled() == 0 {
            deadline::cancel();
        }
    }
}
