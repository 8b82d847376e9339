//! The end of a process by `quick_exit`, as Bun's `process.exit` ends it: no worker thread is told, and no hook of an
//! environment runs. Linux; elsewhere Bun has no such function to call.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use once_cell::sync::OnceCell;

use crate::recorder;

static WITHIN: OnceCell<Duration> = OnceCell::new();

unsafe extern "C" {
    /// Of <stdlib.h>, C11: registers what `quick_exit` calls.
    fn at_quick_exit(function: extern "C" fn()) -> c_int;
}

/// Has `quick_exit` hold up the process for what only worker threads have recorded. The first call counts.
pub fn flush_at_quick_exit(within: Duration) {
    if WITHIN.set(within).is_ok() {
        // SAFETY: the function is there as long as the process: the flusher's thread runs in this library, which is
        // never unloaded. A process that can register no more functions ends as it would have without this one.
        unsafe { at_quick_exit(flush) };
    }
}

extern "C" fn flush() {
    // Unwinding must not leave this function.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let (Some(recorder), Some(&within)) = (recorder::current(), WITHIN.get()) {
            recorder.thread_ends(within);
        }
    }));
}
