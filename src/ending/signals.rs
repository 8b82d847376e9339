//! Which signals are handled, and the thread that flushes for the handler.
//!
//! The handler is installed for a signal that nobody listens to. A listener of JavaScript replaces it, and leaves the
//! default action behind when it is removed. The handler is then installed again: at once if `lib/signals.js` was told of
//! the removal, else within a second while records wait. A signal that is ignored stays ignored.

use std::{
    ffi::c_int,
    io::{self, PipeReader, PipeWriter, Read},
    mem::MaybeUninit,
    os::fd::{AsRawFd, IntoRawFd},
    panic::catch_unwind,
    ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use once_cell::sync::OnceCell;

use super::{
    GRACE, deadline, flush,
    handler::{self, BEGAN, DONE, FLUSHING, HELD, IDLE, LET_GO, PHASE, REQUESTED, WITHIN_MS, WRITER},
    loss,
};
use crate::{own_thread, recorder::Recorder};

/// The name of the thread that flushes. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-signals";

/// How often the thread looks at the dispositions while records wait.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// A signal that ends the process, and what happened to it before the handler was installed.
struct Watched {
    signal: c_int,
    kind: Kind,
    is_installed: AtomicBool,
    /// The disposition was the default action. Otherwise, it was `previous`.
    was_default: AtomicBool,
    /// The first disposition that was replaced and was not the default action.
    previous: OnceCell<libc::sigaction>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Somebody asks the process to end.
    Request,
    /// `abort`: V8 is out of memory, an assertion of native code failed. Other crash handlers are called after ours.
    Abort,
    /// A failed assertion of V8. Engines also use this signal for other things: it is handled only if nobody else does.
    Trap,
}

impl Watched {
    const fn new(signal: c_int, kind: Kind) -> Self {
        Self {
            signal,
            kind,
            is_installed: AtomicBool::new(false),
            was_default: AtomicBool::new(true),
            previous: OnceCell::new(),
        }
    }
}

static WATCHED: [Watched; 7] = [
    Watched::new(libc::SIGHUP, Kind::Request),
    Watched::new(libc::SIGINT, Kind::Request),
    Watched::new(libc::SIGQUIT, Kind::Request),
    Watched::new(libc::SIGTERM, Kind::Request),
    Watched::new(libc::SIGUSR2, Kind::Request),
    Watched::new(libc::SIGABRT, Kind::Abort),
    Watched::new(libc::SIGTRAP, Kind::Trap),
];

/// Locked while dispositions are changed, but not by the handler.
static CHANGES: Mutex<()> = Mutex::new(());

static INSTALLED: OnceCell<()> = OnceCell::new();

/// Starts the thread, and installs the handlers. If no pipe or thread can be made, signals are not handled.
pub fn install(recorder: &'static Recorder) {
    let start = || -> io::Result<()> {
        deadline::now();
        let within = u64::try_from(recorder.shutdown_timeout().as_millis()).unwrap_or(u64::MAX);
        WITHIN_MS.store(within, Ordering::Release);
        let (reader, writer) = io::pipe()?;
        make_nonblocking(&writer);
        own_thread::spawn(THREAD_NAME, move || run(reader, recorder))?;
        WRITER.store(writer.into_raw_fd(), Ordering::Release);
        Ok(())
    };
    if INSTALLED.get_or_try_init(start).is_ok() {
        watch();
    }
}

fn make_nonblocking(writer: &PipeWriter) {
    // SAFETY: takes numbers. If it fails, a write to a full pipe blocks, but a few bytes do not fill it.
    unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
}

/// Returns whether a signal is sent because of a crash.
pub fn is_crash(signal: c_int) -> bool {
    WATCHED.iter().any(|watched| watched.signal == signal && watched.kind != Kind::Request)
}

/// Tells the thread that records wait, so that it looks at the dispositions.
pub fn records_wait() {
    handler::notify(0);
}

/// Installs the handler for each signal that has none and would end the process.
pub fn watch() {
    if INSTALLED.get().is_none() {
        return;
    }
    let _changing = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
    for watched in &WATCHED {
        let current = disposition(watched.signal);
        if !watched.is_wanted_over(&current) {
            continue;
        }
        let is_default = current.sa_sigaction == libc::SIG_DFL;
        if !is_default {
            let _ = watched.previous.set(current);
        }
        watched.was_default.store(is_default, Ordering::Release);
        let replaced = set_disposition(watched.signal, &ours(watched.kind));
        if replaced.sa_sigaction != current.sa_sigaction && !is_ours(&replaced) {
            // A listener was added on another thread between the two calls.
            set_disposition(watched.signal, &replaced);
        } else {
            watched.is_installed.store(true, Ordering::Release);
        }
    }
}

impl Watched {
    fn is_wanted_over(&self, current: &libc::sigaction) -> bool {
        let is_default = current.sa_sigaction == libc::SIG_DFL;
        match self.kind {
            Kind::Request => is_deadly(current),
            Kind::Trap => is_default,
            Kind::Abort => {
                let is_first = !self.is_installed.load(Ordering::Acquire);
                is_default || (is_first && current.sa_sigaction != libc::SIG_IGN && !is_ours(current))
            }
        }
    }
}

/// Restores the disposition that a signal had before the handler. Called by the handler.
pub fn restore(signal: c_int) {
    let Some(watched) = WATCHED.iter().find(|watched| watched.signal == signal) else { return };
    match watched.previous.get() {
        Some(previous) if !watched.was_default.load(Ordering::Acquire) => set_disposition(signal, previous),
        _ => set_disposition(signal, &default_action()),
    };
}

/// Waits until a signal that is being handled has ended the process, so that it ends by the signal.
pub fn wait_for_delivery(within: Duration) {
    let latest = Instant::now() + within + GRACE;
    while BEGAN.load(Ordering::Acquire) != 0 && Instant::now() < latest {
        thread::sleep(Duration::from_millis(1));
    }
}

/// The thread: flushes when the handler writes the number of a signal, and looks at the dispositions.
fn run(mut notices: PipeReader, recorder: &'static Recorder) {
    loop {
        let is_watching = recorder.unsettled() > 0;
        if !is_readable(&notices, is_watching.then_some(WATCH_INTERVAL)) {
            watch();
            continue;
        }
        let mut signal = [0];
        if notices.read_exact(&mut signal).is_err() {
            return;
        }
        match c_int::from(signal[0]) {
            0 => watch(),
            signal => end(signal, recorder),
        }
    }
}

fn is_readable(notices: &PipeReader, within: Option<Duration>) -> bool {
    let timeout = within.map_or(-1, |within| c_int::try_from(within.as_millis()).unwrap_or(c_int::MAX));
    let mut pipe = libc::pollfd { fd: notices.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure, which lives longer than the call.
    unsafe { libc::poll(&raw mut pipe, 1, timeout) != 0 }
}

/// Flushes, and lets the handler send the signal again.
fn end(signal: c_int, recorder: &Recorder) {
    // The signal must be sent again even if the flush panics.
    let _ = catch_unwind(std::panic::AssertUnwindSafe(|| {
        // Takes and returns the locks of the buffer. It blocks if the held thread has one of them.
        let _ = recorder.unsettled();
        let _ = PHASE.compare_exchange(REQUESTED, FLUSHING, Ordering::AcqRel, Ordering::Acquire);
        loss::tell_on_stderr(recorder, flush(recorder));
    }));
    if PHASE.swap(DONE, Ordering::AcqRel) == LET_GO {
        if is_handled(signal) {
            restore(signal);
        }
        // SAFETY: takes nothing, and never fails.
        let own = unsafe { libc::getpid() };
        // SAFETY: takes two numbers. This thread blocks the signal, so another one receives it.
        unsafe { libc::kill(own, signal) };
    }
    let latest = Instant::now() + recorder.shutdown_timeout() + GRACE;
    while HELD.load(Ordering::Acquire) > 0 && Instant::now() < latest {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(GRACE);
    // The process lives. Either the signal has a listener now, or this is PID 1, which no signal of its own ends.
    exit_if_deadly(signal);
    deadline::cancel();
    PHASE.store(IDLE, Ordering::Release);
    BEGAN.store(0, Ordering::Release);
    watch();
}

/// Returns whether the handler is the disposition of a signal.
pub fn is_handled(signal: c_int) -> bool {
    is_ours(&disposition(signal))
}

/// Ends the process with the exit code that goes with a signal, if the signal should have ended it: PID 1 is not ended by
/// a signal that it sends to itself.
pub fn exit_if_deadly(signal: c_int) {
    if !is_crash(signal) && is_deadly(&disposition(signal)) {
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(128 + signal) };
    }
}

/// Returns whether a signal ends the process because it has no listener. Node has a handler for this case, which resets
/// the terminal and sends the signal again. Unlike the handlers for listeners, it has the flag `SA_RESETHAND`.
const fn is_deadly(action: &libc::sigaction) -> bool {
    action.sa_sigaction == libc::SIG_DFL || action.sa_flags & libc::SA_RESETHAND != 0
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == address_of_handler()
}

fn address_of_handler() -> libc::sighandler_t {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut std::ffi::c_void) = handler::on_signal;
    handler as libc::sighandler_t
}

fn ours(kind: Kind) -> libc::sigaction {
    let mut action = default_action();
    action.sa_sigaction = address_of_handler();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    if kind == Kind::Request {
        // A held thread can receive the signal once more, which ends the process at once. A crash is sent again when
        // the handler returns, so that a core dump shows where it happened.
        action.sa_flags |= libc::SA_NODEFER;
    }
    action
}

const fn default_action() -> libc::sigaction {
    // SAFETY: all zero is a valid disposition: the default action, without flags and masked signals.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

fn disposition(signal: c_int) -> libc::sigaction {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: writes to the local variable, or nothing if the call fails.
    unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written, or is all zero, which is a valid disposition as in `default_action`.
    unsafe { action.assume_init() }
}

/// Sets a disposition, and returns the one that it replaces.
fn set_disposition(signal: c_int, action: &libc::sigaction) -> libc::sigaction {
    let mut replaced = MaybeUninit::zeroed();
    // SAFETY: the disposition is from the system or from `ours`, whose handler is async-signal-safe. The handler exists
    // until the process ends: napi keeps this library loaded once a thread-safe function was made.
    unsafe { libc::sigaction(signal, action, replaced.as_mut_ptr()) };
    // SAFETY: as in `disposition`.
    unsafe { replaced.assume_init() }
}
