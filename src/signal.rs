//! SIGINT and SIGTERM where only worker threads record: their JavaScript hears no signals, and nothing of ours runs in
//! the main thread. Unix.
//!
//! A signal that would end the process is held up until what was recorded is sent, and is then sent again with the
//! disposition that it had. Where the main thread listens to a signal, it is left alone; where it does so later, its
//! listener takes the place of this handler.

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

/// Name of the thread that waits for a signal; at most 15 characters, as Linux keeps.
const THREAD_NAME: &str = "hkm-signals";

const SIGNALS: [c_int; 2] = [libc::SIGINT, libc::SIGTERM];

/// How long a signal that the process sent itself may take to end it. It has no effect on PID 1.
const GRACE: Duration = Duration::from_millis(100);

/// The end of a pipe that the handler writes to.
static WRITER: OnceCell<c_int> = OnceCell::new();

/// What was done with each of [`SIGNALS`] before.
static BEFORE: [OnceCell<libc::sigaction>; SIGNALS.len()] = [const { OnceCell::new() }; SIGNALS.len()];

static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Has a signal that nobody listens to hold up the process, for as long as `within`, for what is not sent yet. The first
/// call counts. Where the system gives no pipe or no thread, signals end the process as they would have.
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
    // Dropping the handle would detach the thread, which races with exit in older C libraries.
    std::mem::forget(handle);
    Ok(writer.into_raw_fd())
}

/// Runs in a signal handler, so it may only call what POSIX lists for those.
extern "C" fn on_signal(signal: c_int) {
    if IS_ENDING.swap(true, Ordering::AcqRel) {
        // The second one waits for nothing.
        pass_on(signal);
    } else if let (Some(&writer), Ok(number)) = (WRITER.get(), u8::try_from(signal)) {
        // SAFETY: one byte of a local; the pipe is never closed.
        unsafe { libc::write(writer, ptr::from_ref(&number).cast(), 1) };
    }
}

fn wait(mut signals: PipeReader, within: Duration) {
    let mut signal = [0];
    if signals.read_exact(&mut signal).is_err() {
        return;
    }
    // The signal has to be passed on whatever happens.
    let _ = catch_unwind(|| flush(within));
    let signal = c_int::from(signal[0]);
    pass_on(signal);
    thread::sleep(GRACE);
    if is_deadly(&disposition(signal)) {
        // SAFETY: ends the process, as the signal would have.
        unsafe { libc::_exit(128 + signal) };
    }
}

fn flush(within: Duration) {
    if let Some(recorder) = recorder::current() {
        let end = Instant::now() + within;
        recorder.flush_blocking(within);
        // What was recorded meanwhile.
        recorder.flush_blocking(end.saturating_duration_since(Instant::now()));
    }
}

/// Sends a signal to this process as if it came now, and nothing of ours had ever been there.
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

/// Whether a signal ends the process unheard. Node has a handler of its own for that, which puts the terminal in order
/// and sends the signal again; other than those for listeners, it is for a single use.
const fn is_deadly(action: &libc::sigaction) -> bool {
    action.sa_sigaction == libc::SIG_DFL || action.sa_flags & libc::SA_RESETHAND != 0
}

fn ours() -> libc::sigaction {
    let handler: extern "C" fn(c_int) = on_signal;
    // SAFETY: all zero is a disposition: the default one, with no flags and no signals masked.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    action
}

fn disposition(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: writes to the local, or nothing where the system refuses.
    unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: written, or all zero, which is a disposition, as in `ours`.
    unsafe { action.assume_init() }
}

fn set_disposition(signal: c_int, action: &libc::sigaction) {
    // SAFETY: the disposition is one that the system gave, or `ours`, whose handler does what a handler may. It is there
    // as long as the process: threads run in this library, which is never unloaded.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
}
