//! The time between a pass that failed in part or in whole and the next attempt: a random time up to a limit that
//! doubles with each failure.

use std::time::Duration;

use tokio::time::Instant;

use super::pass::Pass;

/// The limit of the first backoff. Each later limit is twice as long.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// The maximum limit while a flush waits and the outcome is unknown.
const MAX_CAUTIOUS_BACKOFF: Duration = Duration::from_secs(2);

/// The maximum limit.
pub const MAX_BACKOFF: Duration = Duration::from_mins(1);

/// How urgent the next attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Nobody waits: full jitter.
    None,
    /// A flush waits, and nothing was applied: full jitter up to the first limit, so that the flush makes several
    /// attempts before its deadline.
    Flush,
    /// A flush waits, and the outcome is unknown, so each attempt may count the records once more. The backoff lasts at
    /// least half of a limit that begins one step later. A flush of two seconds makes at most three attempts.
    CautiousFlush,
}

/// The failures since the last success, and the end of the current backoff.
#[derive(Default)]
pub struct Backoff {
    failures: u32,
    /// The last pass whose failure was counted. Requests of a pass that fail together count once.
    counted: Pass,
    until: Option<Instant>,
}

impl Backoff {
    /// Counts a failure of a pass, starts a backoff and returns its end.
    pub fn begin(&mut self, pass: Pass, now: Instant, urgency: Urgency) -> Instant {
        if self.counted < pass {
            self.counted = pass;
            self.failures = self.failures.saturating_add(1);
        }
        let random = fastrand::f64();
        let wait = match urgency {
            Urgency::None => limit(self.failures).mul_f64(random),
            Urgency::Flush => FIRST_BACKOFF.mul_f64(random),
            Urgency::CautiousFlush => {
                let limit = limit(self.failures.saturating_add(1)).min(MAX_CAUTIOUS_BACKOFF);
                limit.mul_f64(f64::midpoint(random, 1.0))
            }
        };
        let until = now + wait;
        self.until = Some(until);
        until
    }

    /// Counts a failure of a pass, and starts a backoff until this time.
    pub fn begin_until(&mut self, pass: Pass, until: Instant) {
        self.counted = self.counted.max(pass);
        self.until = Some(until);
    }

    /// Forgets the failures. A backoff that has begun ends soon, and not at once: a pass can succeed in part.
    pub fn succeed(&mut self, now: Instant) {
        let soon = now + FIRST_BACKOFF;
        *self = Self { until: self.until.map(|until| until.min(soon)), ..Self::default() };
    }

    /// Returns a backoff without failures that ends at this time.
    #[must_use]
    pub fn waiting_until(at: Instant) -> Self {
        Self { until: Some(at), ..Self::default() }
    }

    /// Ends the backoff at this time.
    pub const fn wait_until(&mut self, at: Instant) {
        self.until = Some(at);
    }

    /// Ends the backoff at this time, if it lasts longer.
    pub fn end_by(&mut self, at: Instant) {
        self.until = self.until.map(|until| until.min(at));
    }

    /// Returns whether a failure of this pass would be its first one.
    #[must_use]
    pub fn is_first_in(&self, pass: Pass) -> bool {
        self.counted < pass
    }

    /// Returns the end of the backoff, if there was one.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Returns whether the backoff has not ended.
    #[must_use]
    pub fn lasts_at(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Returns the limit: `FIRST_BACKOFF`, doubled for each failure after the first, at most `MAX_BACKOFF`.
fn limit(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_BACKOFF * (1 << doublings)).min(MAX_BACKOFF)
}
