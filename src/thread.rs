//! What there is once for each JavaScript thread, however many copies of the package's JavaScript run in it: a module
//! registry that was reset, or a `vm` context, evaluates them again.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering},
};

use hkm_core::warning::ListenerId;

/// The main thread comes before every worker.
const MAIN: ListenerId = ListenerId(0);

static NEXT_WORKER: AtomicU32 = AtomicU32::new(1);

thread_local! {
    static WORKER: Cell<Option<ListenerId>> = const { Cell::new(None) };
    static IS_END_CLAIMED: Cell<bool> = const { Cell::new(false) };
}

/// Identifies the calling thread among those that warnings may go to.
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

/// Returns `true` to the first caller of the thread: the one copy that handles the thread's end.
#[must_use]
pub fn claim_end() -> bool {
    !IS_END_CLAIMED.replace(true)
}
