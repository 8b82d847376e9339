//! The state of a JavaScript thread that all copies of the package in it share. A thread has several copies if its
//! module registry was reset, or if it has `vm` contexts.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering},
};

use hkm_core::warning::ListenerId;

/// The id of the main thread, which is lower than that of each worker.
const MAIN: ListenerId = ListenerId(0);

static NEXT_WORKER: AtomicU32 = AtomicU32::new(1);

thread_local! {
    static WORKER: Cell<Option<ListenerId>> = const { Cell::new(None) };
    static IS_END_CLAIMED: Cell<bool> = const { Cell::new(false) };
    static IS_HOOK_CLAIMED: Cell<bool> = const { Cell::new(false) };
}

/// Returns the id by which the calling thread listens to warnings.
#[must_use]
pub fn id(is_main: bool) -> ListenerId {
    if is_main {
        return MAIN;
    }
    WORKER.with(|worker| {
        let id = worker.get().unwrap_or_else(|| ListenerId(NEXT_WORKER.fetch_add(1, Ordering::Relaxed)));
        worker.set(Some(id));
        id
    })
}

/// Returns `true` to the first caller in the thread. This copy handles the end of the process.
#[must_use]
pub fn claim_end() -> bool {
    !IS_END_CLAIMED.replace(true)
}

/// Returns `true` to the first caller in the thread. It adds the cleanup hook of the thread.
#[must_use]
pub fn claim_hook() -> bool {
    !IS_HOOK_CLAIMED.replace(true)
}
