//! What other threads ask of the flusher.

use std::time::Duration;

/// A message to the flusher.
pub enum Command {
    /// A record was written while the flusher was parked, or a ring is filling up.
    Wake,
    /// Send everything now; `done` is told when it was settled or `within` has passed.
    Flush { within: Duration, done: Done },
}

/// Tells somebody who waits for a flush, by being dropped: also where there is no flusher any more.
pub struct Done(Option<Box<dyn FnOnce() + Send>>);

impl Done {
    #[must_use]
    pub fn new(tell: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell();
        }
    }
}
