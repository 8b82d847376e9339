//! Replaces functions of the C library that read the environment. Linux only.
//!
//! `getenv` races with a `setenv` of JavaScript, and can crash before glibc 2.41. Under Bun, it does not see what
//! JavaScript wrote to `process.env`. `getaddrinfo` reads the environment as well. `build.rs` makes the linker bind all
//! references to them to the functions below, including those of dependencies and of the standard library. For this
//! binary, the environment is therefore empty, and only the resolver in [`crate::sink`] resolves names. The C libraries
//! of other systems lock the environment.

use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

/// `EAI_FAIL` of `<netdb.h>`: a permanent failure. The value is the same in glibc and musl.
const EAI_FAIL: c_int = -4;

/// Replaces `getenv`: no variable is set.
// No other symbol has this name: the linker derives it from the name of the wrapped function.
#[unsafe(no_mangle)]
const extern "C" fn __wrap_getenv(_name: *const c_char) -> *mut c_char {
    ptr::null_mut()
}

/// Replaces `getaddrinfo`: no address is found.
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
