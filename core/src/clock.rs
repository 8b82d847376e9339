//! The time of records. It is injected, so tests set it and do not wait.

use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(pub i64);

/// The source of the time of records.
pub trait Clock: Send + Sync {
    /// Returns the current time on a time line that is never set: it starts with the system's clock and then advances
    /// steadily. Windows are on it.
    fn now(&self) -> UnixMillis;

    /// Returns what has to be added to a time of `now` to get CloudWatch's time, in milliseconds.
    fn correction(&self) -> i64 {
        0
    }
}

/// A clock that changes only when it is set, for tests and benchmarks.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Makes a clock that shows `millis` milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn at(millis: i64) -> Self {
        Self(AtomicI64::new(millis))
    }

    /// Sets the time, in milliseconds since 1970-01-01 UTC.
    pub fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}
