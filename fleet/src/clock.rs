//! The clock of a simulation: tokio's paused time, and what a process takes for the time of day.

use std::sync::atomic::{AtomicI64, Ordering};

use hkm_core::clock::{Clock, UnixMillis};
use tokio::time::Instant;

/// 2026-01-01 00:00:00 UTC, when each simulation begins.
pub const START: i64 = 1_767_225_600_000;

/// The time of day. It advances with the time of the runtime.
#[derive(Debug)]
pub struct SimulatedClock {
    began: Instant,
    jumped: AtomicI64,
}

impl SimulatedClock {
    /// Makes a clock that shows [`START`] now. Call this within a runtime.
    #[must_use]
    pub fn start() -> Self {
        Self { began: Instant::now(), jumped: AtomicI64::new(0) }
    }

    /// Returns the milliseconds since the clock was made.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Lets the time of day jump.
    pub fn jump(&self, millis: i64) {
        self.jumped.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.elapsed()).unwrap_or(i64::MAX - START);
        UnixMillis(START + self.jumped.load(Ordering::Relaxed) + elapsed)
    }
}
