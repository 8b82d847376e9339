//! The end of a process by `quick_exit`, as Bun's `process.exit` ends it: no worker thread is told, and no hook of an
//! environment runs. Linux; elsewhere Bun has no such function to call.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use crate::recorder;

static REGISTERED: Once = Once::new();

unsafe extern "C" {
    /// Of <stdlib.h>, C11: registers what `quick_exit` calls.
    fn at_quick_exit(function: extern "C" fn()) -> c_int;
}

/// Has `quick_exit` delay the end of the process for what only worker threads have recorded.
pub fn flush_at_quick_exit() {
    REGISTERED.call_once(|| {
        // SAFETY: the function is there as long as the process: the flusher's thread runs in this library, which is
        // never unloaded. A process that can register no more functions ends as it would have without this one.
        unsafe { at_quick_exit(flush) };
    });
}

extern "C" fn flush() {
    // Unwinding must not leave this function.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(recorder) = recorder::current() {
            recorder.flush_for_workers();
        }
    }));
}
