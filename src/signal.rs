//! Handles SIGINT and SIGTERM if only workers record. JavaScript in a worker receives no signals, and the package has
//! no listener in the main thread then. Unix only.
//!
//! A native handler delays a signal that would end the process until the records are sent. Then it restores the
//! previous disposition and sends the signal again. A signal that the main thread listens to is left alone. If the main
//! thread listens later, its listener replaces this handler.

use std::{
    ffi::c_int,
    io::{self, PipeReader, Read},
    mem::MaybeUninit,
    os::fd::IntoRawFd,
    panic::catch_unwind,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use once_cell::sync::OnceCell;

use crate::recorder;

/// The name of the thread that waits for a signal. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-signals";

const SIGNALS: [c_int; 2] = [libc::SIGINT, libc::SIGTERM];

/// The time to wait until a signal that the process sends to itself has ended it. Such a signal does not end PID 1.
const GRACE: Duration = Duration::from_millis(100);

/// The end of a pipe to which the handler writes the number of the signal.
static WRITER: OnceCell<c_int> = OnceCell::new();

/// The previous disposition of each of [`SIGNALS`].
static BEFORE: [OnceCell<libc::sigaction>; SIGNALS.len()] = [const { OnceCell::new() }; SIGNALS.len()];

static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Delays signals that would end the process until the records are sent, for at most `within`. Later calls do not
/// change `within`. If no pipe or thread can be made, signals are not delayed.
pub fn flush_at_signals(within: Duration) {
    if WRITER.get_or_try_init(|| start(within)).is_err() {
        return;
    }
    for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
        let current = disposition(signal);
        if is_deadly(&current) && before.set(current).is_ok() {
            set_disposition(signal, &ours());
        }
    }
}

fn start(within: Duration) -> io::Result<c_int> {
    let (reader, writer) = io::pipe()?;
    let handle = thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(move || wait(reader, within))?;
    // Dropping the handle would detach the thread. In older C libraries, that races with the exit of the process.
    std::mem::forget(handle);
    Ok(writer.into_raw_fd())
}

/// The signal handler. It calls only functions that POSIX lists as async-signal-safe.
extern "C" fn on_signal(signal: c_int) {
    if IS_ENDING.swap(true, Ordering::AcqRel) {
        // A second signal is not delayed.
        pass_on(signal);
    } else if let (Some(&writer), Ok(number)) = (WRITER.get(), u8::try_from(signal)) {
        // SAFETY: writes one byte of a local variable. The pipe is never closed.
        unsafe { libc::write(writer, ptr::from_ref(&number).cast(), 1) };
    }
}

fn wait(mut signals: PipeReader, within: Duration) {
    let mut signal = [0];
    if signals.read_exact(&mut signal).is_err() {
        return;
    }
    // The signal must be passed on even if the flush panics.
    let _ = catch_unwind(|| flush(within));
    let signal = c_int::from(signal[0]);
    pass_on(signal);
    thread::sleep(GRACE);
    if is_deadly(&disposition(signal)) {
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(128 + signal) };
    }
}

fn flush(within: Duration) {
    if let Some(recorder) = recorder::current() {
        let end = Instant::now() + within;
        recorder.flush_blocking(within);
        // Sends the records that were made during the first flush.
        recorder.flush_blocking(end.saturating_duration_since(Instant::now()));
    }
}

/// Restores the previous disposition, unless a listener has replaced the handler, and sends the signal to this process.
fn pass_on(signal: c_int) {
    let before =
        SIGNALS.iter().zip(&BEFORE).find(|(known, _)| **known == signal).and_then(|(_, before)| before.get());
    if disposition(signal).sa_sigaction == ours().sa_sigaction
        && let Some(before) = before
    {
        set_disposition(signal, before);
    }
    // SAFETY: takes nothing, and never fails.
    let own = unsafe { libc::getpid() };
    // SAFETY: takes two numbers. The process is this one.
    unsafe { libc::kill(own, signal) };
}

/// Returns whether a signal ends the process because it has no listener. Node has a handler for this case, which resets
/// the terminal and sends the signal again. Unlike the handlers for listeners, it has the flag `SA_RESETHAND`.
const fn is_deadly(action: &libc::sigaction) -> bool {
    action.sa_sigaction == libc::SIG_DFL || action.sa_flags & libc::SA_RESETHAND != 0
}

fn ours() -> libc::sigaction {
    let handler: extern "C" fn(c_int) = on_signal;
    // SAFETY: all zero is a valid disposition: the default one, without flags and masked signals.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    action
}

fn disposition(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: writes to the local variable, or nothing if the call fails.
    unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written, or is all zero, which is a valid disposition as in `ours`.
    unsafe { action.assume_init() }
}

fn set_disposition(signal: c_int, action: &libc::sigaction) {
    // SAFETY: the disposition is from the system or from `ours`, whose handler is async-signal-safe. The handler exists
    // until the process ends: napi keeps this library loaded once `binding::start` has made a thread-safe function.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
}
