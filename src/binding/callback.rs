//! The functions by which native threads call JavaScript threads, one for each JavaScript thread. A worker's function is
//! dropped in a cleanup hook of the worker, while the runtime still accepts that. It is never called after that.
//!
//! No promise is stored here. To resolve one, JavaScript is called with the number that stands for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hkm_core::warning::ListenerId;
use napi::{
    Status,
    bindgen_prelude::Function,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};

type Callback = ThreadsafeFunction<u32, (), u32, Status, false, true>;

static CALLBACKS: Mutex<Vec<(ListenerId, Callback)>> = Mutex::new(Vec::new());

fn callbacks() -> MutexGuard<'static, Vec<(ListenerId, Callback)>> {
    CALLBACKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the function of the calling thread, whose id is `thread`.
///
/// # Errors
/// Returns the error of the runtime if it makes no such function.
pub fn set(thread: ListenerId, function: &Function<'_, u32, ()>) -> napi::Result<()> {
    let callback = function.build_threadsafe_function().weak::<true>().callee_handled::<false>().build()?;
    let mut callbacks = callbacks();
    let known = callbacks.iter_mut().find(|(known, _)| *known == thread);
    let replaced = if let Some((_, known)) = known {
        Some(std::mem::replace(known, callback))
    } else {
        callbacks.push((thread, callback));
        None
    };
    // Dropping the function calls into the runtime, so the lock is released first.
    drop(callbacks);
    drop(replaced);
    Ok(())
}

/// Calls the function of a thread, on that thread, and does not wait. Returns `false` if there is no such function.
pub fn call(thread: ListenerId, number: u32) -> bool {
    // The lock is held during the call, so the function is not dropped meanwhile.
    callbacks().iter().find(|(known, _)| *known == thread).is_some_and(|(_, callback)| {
        callback.call(number, ThreadsafeFunctionCallMode::NonBlocking) != Status::Closing
    })
}

/// Drops the function of the calling thread, which ends and whose id is `thread`.
pub fn remove(thread: ListenerId) {
    let mut callbacks = callbacks();
    let place = callbacks.iter().position(|(known, _)| *known == thread);
    let removed = place.map(|place| callbacks.swap_remove(place));
    drop(callbacks);
    drop(removed);
}
