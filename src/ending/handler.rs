//! The signal handler. It wakes the thread `hkm-signals`, which flushes, and holds the thread that received the signal
//! until the flush is done. It then restores the disposition that the signal had, and sends the signal again.
//!
//! Everything in this file can run inside the handler. The interrupted thread may have any lock, so the handler calls only
//! async-signal-safe functions, never allocates memory and never takes a lock.
//!
//! ```text
//!   IDLE --handler--> REQUESTED --hkm-signals--> FLUSHING --hkm-signals--> DONE: the handler sends the signal again
//!                         |
//!                         +-- LET_GO_AFTER_MS --> LET_GO: the handler returns, and `hkm-signals` sends the signal again
//! ```
//!
//! A thread must not be held while it has a lock that the flush needs. A thread in a call of this package may have one, so
//! it is held when the call returns; see [`call`]. Any thread may have a lock of other code, such as that of `malloc`.
//! Therefore `hkm-signals` enters FLUSHING only when the flusher has begun to send. If that takes too long, the handler
//! lets its thread go. A thread that crashes is never let go. It is held until the deadline.

use std::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use super::{
    call, deadline, is_own_process,
    signals::{exit_if_deadly, is_crash, is_handled, restore},
};
use crate::own_thread;

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

/// A held thread is let go if the flusher has not begun to send after this time.
const LET_GO_AFTER_MS: u64 = 1_000;

pub extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    let errno = errno();
    // If other code has replaced this handler, that code calls it.
    let is_called_by_other = !is_handled(signal);
    // In a forked child, no thread flushes. If a thread of this package crashes, a flush could wait for that thread.
    let can_flush = is_own_process() && !own_thread::is_current();
    let last = if can_flush { flush(signal, info) } else { Some(signal) };
    if let Some(last) = last {
        send_again(last, is_called_by_other && last == signal);
    }
    set_errno(errno);
}

/// Requests the flush, and holds the thread meanwhile. Returns the signal that ends the process, or `None` if the thread
/// goes on.
fn flush(signal: c_int, info: *const libc::siginfo_t) -> Option<c_int> {
    let now = deadline::now();
    let within = Duration::from_millis(WITHIN_MS.load(Ordering::Acquire));
    let is_crash = is_crash(signal);
    match BEGAN.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            if let Some(remaining) = remaining_of(info) {
                deadline::shorten(remaining);
            }
            deadline::begin(within);
            FIRST.store(signal, Ordering::Release);
            PHASE.store(REQUESTED, Ordering::Release);
            notify(u8::try_from(signal).unwrap_or(0));
            if !is_crash {
                send_to_main_thread(signal);
            }
        }
        Err(began) if !is_crash && now.saturating_sub(began) >= REPEATED_WITHIN_MS => {
            // The thread was let go, and the flush still lasts after the deadline: this signal ends the process.
            let is_in_vain = deadline::remaining(within).is_zero();
            if is_in_vain && PHASE.load(Ordering::Acquire) == LET_GO {
                return Some(FIRST.load(Ordering::Acquire));
            }
            deadline::shorten(Duration::ZERO);
        }
        Err(_) => {}
    }
    if !is_crash && call::is_calling() {
        if call::interrupt() {
            HELD.fetch_add(1, Ordering::AcqRel);
        }
        return None;
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
        send_again(FIRST.load(Ordering::Acquire), false);
    }
}

/// Waits until the flush is done or the deadline has passed. Returns `false` if the thread is let go.
fn hold(since: u64, within: Duration, is_crash: bool) -> bool {
    let mut over_since = u64::MAX;
    loop {
        let now = deadline::now();
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
            IDLE | DONE => return true,
            _ if is_over => return true,
            _ => pause(),
        }
    }
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
fn send_again(signal: c_int, is_called_by_other: bool) {
    if is_called_by_other || is_handled(signal) {
        restore(signal);
    }
    if !raise_with_deadline(signal) {
        // SAFETY: takes a number.
        unsafe { libc::raise(signal) };
    }
    // SAFETY: takes nothing, and never fails.
    if unsafe { libc::getpid() } == 1 {
        exit_if_deadly(signal);
    }
}

/// Marks the value of a signal that carries the time to a deadline.
#[cfg(target_os = "linux")]
const MARK: usize = 0x484b_4d45 << 32;

/// The fields of `siginfo_t` for a signal with a value, on 64-bit Linux.
#[cfg(target_os = "linux")]
#[repr(C)]
struct Queued {
    signal: c_int,
    errno: c_int,
    code: c_int,
    padding: c_int,
    pid: libc::pid_t,
    uid: libc::uid_t,
    value: usize,
}

/// Sends a signal to the calling thread, with the time to the deadline. The restored disposition may call the handler of
/// another copy of this package, with a binary of its own. That copy then waits until the same deadline.
#[cfg(target_os = "linux")]
fn raise_with_deadline(signal: c_int) -> bool {
    let remaining = deadline::remaining(Duration::ZERO).as_millis();
    let value = MARK | usize::try_from(remaining).unwrap_or(0) & 0xffff_ffff;
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: takes nothing, and never fails.
    let pid = unsafe { libc::getpid() };
    // SAFETY: as above.
    let uid = unsafe { libc::getuid() };
    let queued = Queued { signal, errno: 0, code: libc::SI_QUEUE, padding: 0, pid, uid, value };
    // SAFETY: `siginfo_t` is larger than `Queued`, and aligned as it is: it has a union with pointers.
    unsafe { info.as_mut_ptr().cast::<Queued>().write(queued) };
    // SAFETY: takes nothing, and never fails.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    // SAFETY: the structure lives longer than the call, which reads it.
    let result = unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, pid, thread, signal, info.as_ptr()) };
    result == 0
}

/// Returns the time to the deadline that a signal carries, if another copy in this process has sent it.
#[cfg(target_os = "linux")]
fn remaining_of(info: *const libc::siginfo_t) -> Option<Duration> {
    if info.is_null() {
        return None;
    }
    // SAFETY: the kernel passes a structure that lives as long as the handler runs, with the fields of `Queued` if its
    // code is SI_QUEUE, and with others of plain numbers if not.
    let Queued { code, pid, value, .. } = unsafe { info.cast::<Queued>().read() };
    // SAFETY: takes nothing, and never fails.
    let is_own = code == libc::SI_QUEUE && pid == unsafe { libc::getpid() };
    (is_own && value & !0xffff_ffff == MARK).then(|| Duration::from_millis((value & 0xffff_ffff) as u64))
}

#[cfg(not(target_os = "linux"))]
const fn raise_with_deadline(_: c_int) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
const fn remaining_of(_: *const libc::siginfo_t) -> Option<Duration> {
    None
}

/// Sends a signal to the main thread if that is not the calling one, so that the main thread is held too. A signal to the
/// process may arrive on another thread while the main thread handles another signal, such as one that suspends it during
/// a garbage collection.
#[cfg(target_os = "linux")]
fn send_to_main_thread(signal: c_int) {
    // SAFETY: takes nothing, and never fails.
    let process = unsafe { libc::getpid() };
    // SAFETY: takes nothing, and never fails.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    if thread != i64::from(process) {
        // SAFETY: takes numbers. The main thread has the number of the process.
        unsafe { libc::syscall(libc::SYS_tgkill, process, process, signal) };
    }
}

#[cfg(not(target_os = "linux"))]
const fn send_to_main_thread(_: c_int) {}

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
