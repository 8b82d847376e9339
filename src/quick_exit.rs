//! Flushes when `quick_exit` ends the process, if only workers record. Bun's `process.exit` calls it on Linux, and then
//! runs no code in workers and no cleanup hook of an environment. On other systems, Bun calls other functions.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use crate::recorder;

static REGISTERED: Once = Once::new();

unsafe extern "C" {
    /// From `<stdlib.h>`, C11: registers a function that `quick_exit` calls.
    fn at_quick_exit(function: extern "C" fn()) -> c_int;
}

/// Lets `quick_exit` delay the end of the process until the records are sent, if only workers record.
pub fn flush_at_quick_exit() {
    REGISTERED.call_once(|| {
        // SAFETY: the function exists until the process ends: napi keeps this library loaded once `binding::start` has
        // made a thread-safe function. If no more functions can be registered, the process ends without this flush.
        unsafe { at_quick_exit(flush) };
    });
}

extern "C" fn flush() {
    // A panic must not unwind into C.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(recorder) = recorder::current() {
            recorder.flush_for_workers();
        }
    }));
}
