//! Installs the signal handler, and runs the thread `hkm-signals`, which flushes when the handler asks for it.
//!
//! The handler is installed for a signal that nobody listens to. The runtime replaces it when a listener of JavaScript is
//! added, and restores the default action when the last listener is removed. The handler is then installed again: at once
//! if `lib/signals.js` calls [`watch`], else by the thread, which looks at the dispositions while records wait. A signal
//! that is ignored stays ignored.

use std::{
    ffi::c_int,
    io::{self, PipeReader, PipeWriter, Read},
    os::fd::{AsRawFd, IntoRawFd},
    panic::catch_unwind,
    ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicPtr, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use once_cell::sync::OnceCell;

use super::{
    Engine, GRACE, deadline,
    disposition::Disposition,
    flush,
    handler::{self, BEGAN, DONE, FLUSHING, HELD, IDLE, LET_GO, PHASE, REQUESTED, WITHIN_MS, WRITER},
    loss, queue,
};
use crate::{own_thread, recorder::Recorder};

/// The name of the thread that flushes. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-signals";

/// How often the main thread is held again after it was let go. It may have a lock each time, but hardly ever does.
const MAX_HOLDS_AGAIN: u32 = 3;

/// How often the thread looks at the dispositions while records wait.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// The same if JavaScript calls [`watch`]. The thread then finds only what bypasses JavaScript.
const WATCH_INTERVAL_IF_TOLD: Duration = Duration::from_secs(1);

/// A signal that ends the process, and what happened to it before the handler was installed.
struct Watched {
    signal: c_int,
    kind: Kind,
    is_installed: AtomicBool,
    /// Whether the handler replaced the default action. Otherwise, it replaced `previous`.
    was_default: AtomicBool,
    /// The last disposition that was replaced and was not the default action. The handler may read it at any time, so it
    /// is never freed. It hardly ever changes.
    previous: AtomicPtr<Disposition>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A request to end the process.
    Request,
    /// A call of `abort`: V8 is out of memory, or an assertion of native code failed. Other crash handlers are called
    /// after this one.
    Abort,
    /// A failed assertion of V8. As `Abort`, unless the engine uses traps for other purposes.
    Trap,
}

impl Watched {
    const fn new(signal: c_int, kind: Kind) -> Self {
        Self {
            signal,
            kind,
            is_installed: AtomicBool::new(false),
            was_default: AtomicBool::new(true),
            previous: AtomicPtr::new(ptr::null_mut()),
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

/// Whether the JavaScript engine handles SIGTRAP in its normal operation.
static ENGINE_USES_TRAPS: AtomicBool = AtomicBool::new(false);

/// Whether JavaScript listens to SIGABRT or SIGTRAP. Its handler is then not that of a crash reporter.
static LISTENS_TO_CRASHES: AtomicBool = AtomicBool::new(false);

/// Whether JavaScript calls [`watch`] each time that a listener was removed.
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// Starts the thread, and installs the handlers. If no pipe or thread can be made, signals are not handled until
/// [`try_install`] succeeds.
pub fn install(recorder: &'static Recorder, engine: Engine) {
    if engine.uses_traps {
        ENGINE_USES_TRAPS.store(true, Ordering::Release);
    }
    if engine.listens_to_crashes {
        LISTENS_TO_CRASHES.store(true, Ordering::Release);
    }
    try_install(recorder);
}

/// Starts the thread, and installs the handlers where they are missing. Returns whether the thread runs.
pub fn try_install(recorder: &'static Recorder) -> bool {
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
    let is_done = INSTALLED.get_or_try_init(start).is_ok();
    if is_done {
        watch();
    }
    is_done
}

fn make_nonblocking(writer: &PipeWriter) {
    // SAFETY: takes numbers. If it fails, a write to a full pipe blocks, but a few bytes do not fill it.
    unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
}

/// Returns whether a signal is sent because of a crash.
pub fn is_crash(signal: c_int) -> bool {
    WATCHED.iter().any(|watched| watched.signal == signal && watched.kind != Kind::Request)
}

/// Wakes the thread, so that it looks at the dispositions now and while records wait.
pub fn wake() {
    handler::notify(0);
}

/// Call this if JavaScript calls [`watch`] each time that a listener was removed.
pub fn rely_on_javascript() {
    IS_TOLD.store(true, Ordering::Release);
}

/// Installs the handler for each signal that has none and would end the process.
pub fn watch() {
    if INSTALLED.get().is_none() {
        return;
    }
    let _changing = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
    for watched in &WATCHED {
        let current = Disposition::of(watched.signal);
        if watched.is_wanted_over(&current) {
            watched.install_over(&current);
        }
    }
}

impl Watched {
    fn is_wanted_over(&self, current: &Disposition) -> bool {
        let is_free = current.is_default() || current.is_of_another_copy();
        match self.kind {
            Kind::Request => is_free || current.is_deadly(),
            Kind::Trap if ENGINE_USES_TRAPS.load(Ordering::Acquire) => is_free,
            Kind::Abort | Kind::Trap if LISTENS_TO_CRASHES.load(Ordering::Acquire) => is_free,
            Kind::Abort | Kind::Trap => {
                is_free || (!self.is_installed.load(Ordering::Acquire) && !current.is_ignored())
            }
        }
    }

    fn previous(&self) -> Option<&'static Disposition> {
        // SAFETY: null, or from a box that is never freed.
        unsafe { self.previous.load(Ordering::Acquire).as_ref() }
    }

    fn install_over(&self, current: &Disposition) {
        // A held thread can receive the signal once more, so a later one can end the wait. A crash is sent again when the
        // handler returns, so that a core dump shows where it happened.
        let flags = if self.kind == Kind::Request { libc::SA_NODEFER } else { 0 };
        let Some(own) = Disposition::calling(handler::on_signal, flags, current) else { return };
        self.was_default.store(current.is_default(), Ordering::Release);
        if !current.is_default() {
            let is_known = self.previous().is_some_and(|known| known.calls_same_as(current));
            if !is_known {
                self.previous.store(Box::into_raw(Box::new(*current)), Ordering::Release);
            }
        }
        let replaced = own.set(self.signal);
        if replaced.calls_same_as(current) {
            self.is_installed.store(true, Ordering::Release);
        } else {
            // A listener was added on another thread between the two calls.
            replaced.set(self.signal);
        }
    }
}

/// Restores the disposition that a signal had before the handler. Called by the handler.
pub fn restore(signal: c_int) {
    let Some(watched) = WATCHED.iter().find(|watched| watched.signal == signal) else { return };
    match watched.previous() {
        Some(previous) if !watched.was_default.load(Ordering::Acquire) => previous.set(signal),
        _ => Disposition::default_action().set(signal),
    };
}

/// If a signal is being handled, waits until it has ended the process. The process then ends by the signal, and not by an
/// exit code.
pub fn wait_for_signal(within: Duration) {
    let latest = Instant::now() + within + GRACE;
    while BEGAN.load(Ordering::Acquire) != 0 && Instant::now() < latest {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs the thread: flushes when the handler writes the number of a signal to the pipe, and looks at the dispositions while
/// records wait.
fn run(mut notices: PipeReader, recorder: &'static Recorder) {
    loop {
        let is_told = IS_TOLD.load(Ordering::Acquire);
        let interval = if is_told { WATCH_INTERVAL_IF_TOLD } else { WATCH_INTERVAL };
        // The next record wakes this thread only if the flusher is parked, and the flusher may not have noticed the last.
        let is_watching = !recorder.is_parked() || !recorder.is_settled();
        if !is_readable(&notices, is_watching.then_some(interval)) {
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

/// Flushes, and lets the handler send the signal again, or sends it if the handler has let its thread go. Returns if the
/// process lives on.
fn end(signal: c_int, recorder: &Recorder) {
    // The signal must be sent again even if the flush panics.
    let _ = catch_unwind(std::panic::AssertUnwindSafe(|| {
        // This thread and the flusher allocate memory, and take the locks of the buffer. If the held thread has one of
        // these locks, the phase stays REQUESTED until the handler lets the thread go.
        if !recorder.is_settled() {
            recorder.begin_flush(|| deadline::remaining(recorder.shutdown_timeout()));
        }
        let _ = PHASE.compare_exchange(REQUESTED, FLUSHING, Ordering::AcqRel, Ordering::Acquire);
        loss::report_on_stderr(recorder, flush(recorder));
        for _ in 0..MAX_HOLDS_AGAIN {
            if !hold_again(signal) {
                break;
            }
            loss::report_on_stderr(recorder, flush(recorder));
        }
    }));
    if PHASE.swap(DONE, Ordering::AcqRel) == LET_GO {
        handler::restore_if_handled(signal);
        // SAFETY: takes nothing, and never fails.
        let own = unsafe { libc::getpid() };
        // SAFETY: takes two numbers. This thread blocks all signals, so another one receives it.
        unsafe { libc::kill(own, signal) };
    }
    let latest = Instant::now() + deadline::remaining(recorder.shutdown_timeout()) + GRACE;
    let is_in_handler = || HELD.load(Ordering::Acquire) > 0 || Disposition::of(signal).is_of_another_copy();
    while is_in_handler() && Instant::now() < latest {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(GRACE);
    // The process lives on. Either the signal has a listener now, or this is PID 1, which no signal of its own ends.
    exit_if_deadly(signal);
    deadline::cancel();
    recorder.warnings().hold_delivery(false);
    handler::forget_others();
    PHASE.store(IDLE, Ordering::Release);
    BEGAN.store(0, Ordering::Release);
    watch();
}

/// Holds the main thread once more, if the handler has let its thread go. Returns whether the main thread is held.
fn hold_again(signal: c_int) -> bool {
    if !is_handled(signal) || PHASE.load(Ordering::Acquire) != LET_GO {
        return false;
    }
    // The thread that was let go may be in the handler still.
    if !wait_until(|| HELD.load(Ordering::Acquire) == 0) {
        return false;
    }
    PHASE.store(FLUSHING, Ordering::Release);
    queue::send_to_main_thread(signal);
    let is_held = wait_until(|| HELD.load(Ordering::Acquire) > 0);
    if !is_held {
        PHASE.store(LET_GO, Ordering::Release);
    }
    is_held
}

/// Waits for a condition that the handler soon meets. Returns whether it has.
fn wait_until(is_met: impl Fn() -> bool) -> bool {
    let latest = Instant::now() + GRACE;
    while !is_met() {
        if Instant::now() >= latest {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Returns whether the handler is the disposition of a signal.
pub fn is_handled(signal: c_int) -> bool {
    Disposition::of(signal).calls(handler::on_signal)
}

/// Ends the process with the exit code of a signal, if the signal should have ended it. A signal that PID 1 sends to itself
/// does not end it.
pub fn exit_if_deadly(signal: c_int) {
    // SAFETY: takes nothing, and never fails.
    let is_first_process = unsafe { libc::getpid() } == 1;
    if is_first_process && !is_crash(signal) && Disposition::of(signal).is_deadly() {
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(128 + signal) };
    }
}
