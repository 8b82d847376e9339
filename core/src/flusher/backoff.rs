//! How long the flusher waits after a pass of which something was not applied: full jitter up to a limit that doubles
//! with each failure.

use std::time::Duration;

use tokio::time::Instant;

use super::pass::Pass;

/// The first backoff lasts up to this long, each later one twice as long.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// The longest backoff.
pub const MAX_BACKOFF: Duration = Duration::from_mins(1);

/// The failures since something was applied, and until when to wait for the next attempt.
#[derive(Default)]
pub struct Backoff {
    failures: u32,
    /// The pass that the last failure was counted for: requests that fail together count once.
    counted: Pass,
    until: Option<Instant>,
}

impl Backoff {
    /// Counts a failure of a pass, and gives the end of the wait that begins now. A brief one is as long as the first.
    pub fn begin(&mut self, pass: Pass, now: Instant, is_brief: bool) -> Instant {
        if self.counted < pass {
            self.counted = pass;
            self.failures = self.failures.saturating_add(1);
        }
        let until = now + full_jitter(if is_brief { 1 } else { self.failures });
        self.until = Some(until);
        until
    }

    #[must_use]
    pub fn lasts_at(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// A random time up to `FIRST_BACKOFF`, doubled for each failure after the first, at most `MAX_BACKOFF`.
fn full_jitter(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_BACKOFF * (1 << doublings)).min(MAX_BACKOFF).mul_f64(fastrand::f64())
}
