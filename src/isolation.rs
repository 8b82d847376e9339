//! What this binary must never ask the C library, on Linux.
//!
//! `getenv` races with a `setenv` of JavaScript's (before glibc 2.41 it crashes), and under Bun it does not see what
//! JavaScript wrote to `process.env`; `getaddrinfo` reads the environment too. `build.rs` has the linker bind every
//! reference to them here, also those of dependencies and of the standard library: to this binary the environment
//! is empty, and nobody resolves a name but the resolver in [`crate::sink`]. On other systems their C libraries
//! lock the environment.

use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

/// `EAI_FAIL` of <netdb.h>, the same in glibc and musl: a failure that trying again does not change.
const EAI_FAIL: c_int = -4;

/// In place of `getenv`: nothing is set.
// No other symbol has this name: the linker derives it from that of the wrapped one.
#[unsafe(no_mangle)]
const extern "C" fn __wrap_getenv(_name: *const c_char) -> *mut c_char {
    ptr::null_mut()
}

/// In place of `getaddrinfo`: nothing is found.
// As above.
#[unsafe(no_mangle)]
const extern "C" fn __wrap_getaddrinfo(
    _node: *const c_char,
    _service: *const c_char,
    _hints: *const c_void,
    _found: *mut *mut c_void,
) -> c_int {
    EAI_FAIL
}
