//! Flushes when the C library ends the process, which is after the `exit` event of JavaScript. This sends the records that
//! the flush at `exit` does not: those of listeners that run later, those of workers, and those of a process that ends by
//! `process.reallyExit` or without its listeners. Lost records are reported on stderr. A process that ends by `_exit` or
//! by a signal never comes here.
//!
//! `exit` calls the functions that were given to `atexit`. On Linux, Bun calls `quick_exit`, which has a list of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use super::{flush, is_own_process, loss, signals};
use crate::recorder;

static INSTALLED: Once = Once::new();

#[cfg(target_os = "linux")]
unsafe extern "C" {
    /// From `<stdlib.h>`, C11: registers a function that `quick_exit` calls.
    fn at_quick_exit(function: extern "C" fn()) -> std::ffi::c_int;
}

/// Registers the flush. If the C library has no room for it, the process ends without this flush.
pub fn install() {
    INSTALLED.call_once(|| {
        // SAFETY: the function exists until the process ends: napi keeps this library loaded once a thread-safe function
        // was made. If the library were unloaded, the C library would call the function first.
        unsafe { libc::atexit(at_exit) };
        #[cfg(target_os = "linux")]
        // SAFETY: as above.
        unsafe {
            at_quick_exit(at_exit)
        };
    });
}

extern "C" fn at_exit() {
    // A panic must not unwind into C.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // In a forked child, no thread can flush.
        if let Some(recorder) = recorder::current()
            && is_own_process()
        {
            if loss::is_due(recorder) {
                loss::report_on_stderr(recorder, flush(recorder));
            }
            signals::wait_for_signal(recorder.shutdown_timeout());
            // Last: what another thread records after it is lost.
            recorder.close();
        }
    }));
}
