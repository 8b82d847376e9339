//! Commands from other threads to the flusher.

use std::time::Duration;

/// A command to the flusher.
pub enum Command {
    /// Drains the rings: a record was written while the flusher was parked, or a ring is filling up.
    Wake,
    /// Sends all records now. `done` is dropped when they are settled or `within` has passed.
    Flush { within: Duration, done: Done },
}

/// Notifies a waiter when it is dropped. The waiter is therefore notified even if the flusher is gone.
pub struct Done(Option<Box<dyn FnOnce() + Send>>);

impl Done {
    /// `notify` is called once, on the thread that drops this.
    #[must_use]
    pub fn new(notify: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(notify)))
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(notify) = self.0.take() {
            notify();
        }
    }
}
