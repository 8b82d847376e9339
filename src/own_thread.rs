//! Starts the native threads that last: `hkm-flusher`, `hkm-signals` and `hkm-spool`. They receive no signals, and neither do the threads
//! that they start. A handler of the application or of this package must not run on a thread that it waits for.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The threads that were started here and run, by `pthread_self`. Zero: free.
static RUNNING: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// Starts a thread. Linux keeps at most 15 characters of the name.
///
/// # Errors
/// Returns the error of the system if it starts no thread.
pub fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let builder = thread::Builder::new().name(name.to_owned());
    let handle = with_signals_blocked(|| {
        builder.spawn(move || {
            let own = current();
            let free = |place: &&AtomicUsize| {
                place.compare_exchange(0, own, Ordering::AcqRel, Ordering::Acquire).is_ok()
            };
            let place = RUNNING.iter().find(free);
            run();
            if let Some(place) = place {
                place.store(0, Ordering::Release);
            }
        })
    })?;
    // Dropping the handle would detach the thread. In older C libraries, that races with the exit of the process.
    std::mem::forget(handle);
    Ok(())
}

/// Returns whether the calling thread was started here. Can be called by a signal handler.
#[cfg(unix)]
pub fn is_current() -> bool {
    let own = current();
    RUNNING.iter().any(|thread| thread.load(Ordering::Acquire) == own)
}

/// Returns a number that identifies the calling thread. Can be called by a signal handler.
#[cfg(unix)]
#[allow(
    clippy::unnecessary_cast,
    clippy::cast_possible_truncation,
    reason = "a pointer on some systems, and a number of the same size on others"
)]
pub fn current() -> usize {
    // SAFETY: takes nothing, and never fails.
    unsafe { libc::pthread_self() as usize }
}

#[cfg(not(unix))]
const fn current() -> usize {
    1
}

/// Blocks all signals while `start` runs. A thread that it starts inherits that, and keeps it.
#[cfg(unix)]
fn with_signals_blocked<Started>(start: impl FnOnce() -> Started) -> Started {
    let mut all = std::mem::MaybeUninit::uninit();
    let mut before = std::mem::MaybeUninit::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was filled, and the other one is written.
    let result = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    let started = start();
    if result == 0 {
        // SAFETY: the set was written by the first call.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    started
}

#[cfg(not(unix))]
fn with_signals_blocked<Started>(start: impl FnOnce() -> Started) -> Started {
    start()
}
