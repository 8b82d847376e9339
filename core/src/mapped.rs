//! Stores to memory that outlives the process, in the order in which they are done. In a test, a process can be killed between any two
//! of them: those that follow have no effect.

/// Does one store.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is nothing but the store, except in tests")]
pub fn step(store: impl FnOnce()) {
    #[cfg(test)]
    if !fuse::burn() {
        return;
    }
    store();
}

#[cfg(test)]
pub mod fuse {
    use std::cell::Cell;

    thread_local! {
        /// How many stores this thread may do.
        static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
    }

    /// Lets this thread do a number of stores, and then none.
    pub fn set(stores: u64) {
        LEFT.set(stores);
    }

    /// Returns whether the process of this thread is dead.
    pub fn is_burnt() -> bool {
        LEFT.get() == 0
    }

    pub(super) fn burn() -> bool {
        let left = LEFT.get();
        LEFT.set(left.saturating_sub(1));
        left > 0
    }
}
