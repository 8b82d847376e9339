//! Commands from other threads to the flusher.

use std::time::Duration;

/// A command to the flusher.
pub enum Command {
    /// Drains the rings: a record was written while the flusher was parked, or a ring is filling up.
    Wake,
    /// Sends all records now. `done` is told when they are settled or `within` has passed.
    Flush { within: Duration, done: Done },
}

/// Notifies a waiter. If it is dropped, the waiter is told that its records are not settled. It is therefore notified even
/// if the flusher is gone.
pub struct Done(Option<Box<dyn FnOnce(bool) + Send>>);

impl Done {
    /// `notify` is called once, with whether all records made before the flush are settled.
    #[must_use]
    pub fn new(notify: impl FnOnce(bool) + Send + 'static) -> Self {
        Self(Some(Box::new(notify)))
    }

    pub(super) fn tell(mut self, is_settled: bool) {
        if let Some(notify) = self.0.take() {
            notify(is_settled);
        }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(notify) = self.0.take() {
            notify(false);
        }
    }
}
