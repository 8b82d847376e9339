//! The time between a pass that failed in part or in whole and the next attempt: a random time with full jitter, up to a
//! limit that doubles with each failure.

use std::time::Duration;

use tokio::time::Instant;

use super::pass::Pass;

/// The limit of the first backoff. Each later limit is twice as long.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// The maximum limit.
pub const MAX_BACKOFF: Duration = Duration::from_mins(1);

/// The failures since the last success, and the end of the current backoff.
#[derive(Default)]
pub struct Backoff {
    failures: u32,
    /// The last pass whose failure was counted. Requests of a pass that fail together count once.
    counted: Pass,
    until: Option<Instant>,
}

impl Backoff {
    /// Counts a failure of a pass, starts a backoff and returns its end. A brief backoff has the limit of the first one.
    pub fn begin(&mut self, pass: Pass, now: Instant, is_brief: bool) -> Instant {
        if self.counted < pass {
            self.counted = pass;
            self.failures = self.failures.saturating_add(1);
        }
        let until = now + full_jitter(if is_brief { 1 } else { self.failures });
        self.until = Some(until);
        until
    }

    /// Returns whether the backoff has not ended.
    #[must_use]
    pub fn lasts_at(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Returns a random time up to the limit: `FIRST_BACKOFF`, doubled for each failure after the first, at most
/// `MAX_BACKOFF`.
fn full_jitter(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_BACKOFF * (1 << doublings)).min(MAX_BACKOFF).mul_f64(fastrand::f64())
}
