//! The signal handler. It wakes the thread `hkm-signals`, which flushes, and holds the thread that received the signal
//! until the flush is done. It then restores the disposition that the signal had, and sends the signal again.
//!
//! Everything in this file can run inside the handler. The interrupted thread may have any lock, so the handler calls only
//! async-signal-safe functions, never allocates memory and never takes a lock.
//!
//! ```text
//!   IDLE --handler--> REQUESTED --hkm-signals--> FLUSHING --hkm-signals--> DONE: the handler sends the signal again
//!                         |                          ^
//!                  LET_GO_AFTER_MS              hkm-signals, when it has flushed: the main thread is held again
//!                         |                          |
//!                         +-----------------------> LET_GO: the handler returns
//!                         also from FLUSHING, if the flusher is blocked
//! ```
//!
//! A thread must not be held while it has a lock that the flush needs. A thread in a call of this package may have one, so
//! it is held when the call returns; see [`call`]. Any thread may have a lock of other code, such as that of `malloc`.
//! Therefore `hkm-signals` enters FLUSHING only when the flusher has begun to send. If that takes too long, or if the loop of
//! the flusher does not run for as long, the handler lets its thread go. That thread leaves the lock behind, and may record.
//! `hkm-signals` therefore holds the main thread once more after the flush, and flushes again. A thread that crashes is never
//! let go. It is held until the deadline. A signal of a crash that was sent, as by a watchdog, is a request like the others.

use std::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use super::{
    call::{self, Interrupted},
    deadline, is_own_process, queue,
    signals::{exit_if_deadly, is_crash, is_handled, restore},
};
use crate::{
    own_thread,
    recorder::{self, Recorder},
};

pub const IDLE: u8 = 0;
pub const REQUESTED: u8 = 1;
pub const FLUSHING: u8 = 2;
pub const DONE: u8 = 3;
pub const LET_GO: u8 = 4;

/// The phase of the end by a signal: one of the constants above.
pub static PHASE: AtomicU8 = AtomicU8::new(IDLE);

/// The time of the first signal, by [`deadline::now`]. Zero: no signal has come.
pub static BEGAN: AtomicU64 = AtomicU64::new(0);

/// The first signal. It ends the process, unless the process crashes.
static FIRST: AtomicI32 = AtomicI32::new(0);

/// The signal for which other code has called this handler. Zero: there is none.
static CALLED_FOR: AtomicI32 = AtomicI32::new(0);

/// The number of threads that are held, or will be when their call returns. A thread that receives several signals counts
/// more than once.
pub static HELD: AtomicU32 = AtomicU32::new(0);

/// The end of the pipe to which the handler writes the number of the signal.
pub static WRITER: AtomicI32 = AtomicI32::new(-1);

/// `shutdownTimeoutMs`.
pub static WITHIN_MS: AtomicU64 = AtomicU64::new(0);

/// Signals that come within this time of the first one are the same request: a terminal, a package manager and an init
/// process can each pass one on.
const REPEATED_WITHIN_MS: u64 = 500;

/// The longest time for which a thread is held after the deadline.
const GRACE_MS: u64 = 100;

/// The maximum of [`HELD`]. Each signal that a held thread receives runs the handler once more on its stack. Beyond this
/// number, the handler returns, unless the process crashes.
const MAX_HELD: u32 = 8;

/// A held thread is let go if the flusher has not begun to send after this time, or if its loop does not run for this time.
/// The flusher's loop runs at least every 200 ms. Some hosts end a process a second after the signal.
const LET_GO_AFTER_MS: u64 = 500;

pub extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    let errno = errno();
    if !is_handled(signal) {
        // Other code has replaced this handler, and calls it.
        CALLED_FOR.store(signal, Ordering::Release);
    }
    // In a forked child, no thread flushes. If a thread of this package crashes, a flush could wait for that thread.
    let can_flush = is_own_process() && !own_thread::is_current();
    let last = if can_flush { flush(signal, info) } else { Some(signal) };
    if let Some(last) = last {
        send_again(last);
    }
    set_errno(errno);
}

/// Requests the flush, and holds the thread meanwhile. Returns the signal that ends the process, or `None` if the thread
/// goes on.
fn flush(signal: c_int, info: *const libc::siginfo_t) -> Option<c_int> {
    let now = deadline::now();
    let within = Duration::from_millis(WITHIN_MS.load(Ordering::Acquire));
    let is_crash_signal = is_crash(signal);
    let is_crash = is_crash_signal && !queue::was_sent(info);
    let from_own_process = queue::remaining_of(info);
    match BEGAN.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            deadline::begin(from_own_process.map_or(within, |remaining| remaining.min(within)));
            FIRST.store(signal, Ordering::Release);
            PHASE.store(REQUESTED, Ordering::Release);
            notify(u8::try_from(signal).unwrap_or(0));
            // Another crash handler would be called twice.
            if !is_crash_signal {
                queue::send_to_main_thread(signal);
            }
        }
        Err(began)
            if !is_crash && from_own_process.is_none() && now.saturating_sub(began) >= REPEATED_WITHIN_MS =>
        {
            // The thread was let go, and the flush still lasts after the deadline: this signal ends the process.
            let is_in_vain = deadline::remaining(within).is_zero();
            if is_in_vain && PHASE.load(Ordering::Acquire) == LET_GO {
                return Some(FIRST.load(Ordering::Acquire));
            }
            deadline::cut_short();
        }
        Err(_) => {}
    }
    if !is_crash {
        match call::interrupt() {
            Interrupted::NoCall => {}
            Interrupted::Before => return None,
            Interrupted::Now => {
                HELD.fetch_add(1, Ordering::AcqRel);
                return None;
            }
        }
    }
    if HELD.fetch_add(1, Ordering::AcqRel) >= MAX_HELD && !is_crash {
        HELD.fetch_sub(1, Ordering::AcqRel);
        return None;
    }
    let is_over = hold(now, within, is_crash);
    HELD.fetch_sub(1, Ordering::AcqRel);
    is_over.then(|| if is_crash { signal } else { FIRST.load(Ordering::Acquire) })
}

/// Holds the calling thread, which received a signal during a call. Not called by the handler.
pub fn hold_after_call() {
    let within = Duration::from_millis(WITHIN_MS.load(Ordering::Acquire));
    let is_over = hold(deadline::now(), within, false);
    HELD.fetch_sub(1, Ordering::AcqRel);
    if is_over {
        send_again(FIRST.load(Ordering::Acquire));
    }
}

/// Waits until the flush is done or the deadline has passed. Returns `false` if the thread is let go.
fn hold(since: u64, within: Duration, is_crash: bool) -> bool {
    let mut over_since = u64::MAX;
    let (mut beats, mut beat_at) = (flusher_beats(), since);
    loop {
        let now = deadline::now();
        let latest = flusher_beats();
        if beats != latest {
            (beats, beat_at) = (latest, now);
        }
        if deadline::remaining(within).is_zero() {
            over_since = over_since.min(now);
        }
        // After the deadline, `hkm-signals` gets some time to report the lost records.
        let is_over = now.saturating_sub(over_since) > GRACE_MS;
        match PHASE.load(Ordering::Acquire) {
            LET_GO if !is_crash => return false,
            REQUESTED if !is_crash && now > since + LET_GO_AFTER_MS => {
                let _ = PHASE.compare_exchange(REQUESTED, LET_GO, Ordering::AcqRel, Ordering::Acquire);
            }
            FLUSHING if !is_crash && now > beat_at + LET_GO_AFTER_MS => {
                let _ = PHASE.compare_exchange(FLUSHING, LET_GO, Ordering::AcqRel, Ordering::Acquire);
            }
            IDLE | DONE => return true,
            _ if is_over => return true,
            _ => pause(),
        }
    }
}

/// Returns a number that changes while the loop of the flusher runs. Takes no lock.
fn flusher_beats() -> u64 {
    recorder::current().map_or(0, Recorder::beats)
}

/// Sleeps for a millisecond.
fn pause() {
    // SAFETY: no structure is passed.
    unsafe { libc::poll(ptr::null_mut(), 0, 1) };
}

/// Wakes the thread `hkm-signals`. The number of a signal requests a flush, and zero a look at the dispositions.
pub fn notify(signal: u8) {
    let writer = WRITER.load(Ordering::Acquire);
    if writer >= 0 {
        // SAFETY: writes one byte of a local variable. The pipe is never closed, and a full one does not block.
        unsafe { libc::write(writer, ptr::from_ref(&signal).cast(), 1) };
    }
}

/// Restores the disposition that the signal had, and sends the signal to the calling thread. If other code has replaced the
/// handler, its disposition stays, unless that code has called this handler: it has then handled the signal.
fn send_again(signal: c_int) {
    restore_if_handled(signal);
    queue::raise(signal);
    exit_if_deadly(signal);
}

/// Restores the disposition that a signal had, if it calls this handler, or other code has called this handler for it.
pub fn restore_if_handled(signal: c_int) {
    if is_handled(signal) || CALLED_FOR.load(Ordering::Acquire) == signal {
        restore(signal);
    }
}

/// The process lives on: other code may have called this handler, and not for the next signal.
pub fn forget_others() {
    CALLED_FOR.store(0, Ordering::Release);
}

fn errno() -> c_int {
    // SAFETY: the pointer is valid for the calling thread.
    unsafe { *errno_location() }
}

fn set_errno(errno: c_int) {
    // SAFETY: as in `errno`.
    unsafe { *errno_location() = errno };
}

fn errno_location() -> *mut c_int {
    #[cfg(target_os = "linux")]
    // SAFETY: takes nothing, and never fails.
    return unsafe { libc::__errno_location() };
    #[cfg(not(target_os = "linux"))]
    // SAFETY: takes nothing, and never fails.
    return unsafe { libc::__error() };
}
