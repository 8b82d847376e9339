//! The time between passes.
//!
//! All processes of an account share its quota of requests, and know nothing of each other but what they are refused. Each
//! doubles its interval in a pass that is throttled, and shortens it slowly while it is accepted: additive increase and
//! multiplicative decrease, as TCP shares a line. Records merge while they wait, so a longer interval loses none.
//!
//! Refusals begin when the quota is used up, so processes that only react to them use all of it. An interval that was
//! stretched therefore gets a margin when no refusal has come for a while, which leaves requests to others.
//!
//! Every wait is random around the interval, so that processes that started together, or that return together after an
//! outage, do not send together.

use std::time::Duration;

use tokio::time::Instant;

/// A wait lasts from this share of the interval to as much above it.
pub(super) const JITTER: f64 = 0.5;

/// An interval is at most this long, or as long as it was configured.
pub const MAX_STRETCHED: Duration = Duration::from_mins(5);

/// How much longer the interval gets in a pass that is throttled.
const STRETCH: f64 = 2.0;

/// How much longer it gets once more after [`CALM`] without one.
const MARGIN: f64 = 4.0 / 3.0;
const CALM: Duration = Duration::from_mins(1);

/// The time after a throttled pass in which the interval does not get shorter.
const HOLD: Duration = Duration::from_mins(10);

/// After that, the time in which it becomes shorter by the factor e.
const RECOVERY: Duration = Duration::from_mins(30);

/// A flush that is throttled waits for this part of the time that is left to it.
const PART_OF_A_FLUSH: f64 = 1.0 / 3.0;

/// When less than this is left, it waits for a smaller part: as much smaller as less is left.
const END_OF_A_FLUSH: Duration = Duration::from_secs(8);

/// It waits at least for this time.
const LEAST_OF_A_FLUSH: Duration = Duration::from_millis(25);

/// A flush that has less time left gets no further attempt.
pub(super) const LEAST_LEFT: Duration = Duration::from_millis(50);

/// Decides how long passes wait.
pub trait Pacing {
    /// Returns the mean time between passes.
    fn interval(&self) -> Duration;

    /// Returns the interval while nothing is throttled.
    fn configured(&self) -> Duration;

    /// Returns whether the interval is longer than it was configured.
    fn is_stretched(&self) -> bool {
        self.interval() > self.configured()
    }

    /// Notes that a pass was throttled.
    fn throttle(&mut self, now: Instant);

    /// Notes that a pass was accepted as a whole.
    fn accept(&mut self, now: Instant);

    /// Draws the time between a pass and the next one, also after one that was throttled.
    fn draw(&self) -> Duration {
        around(self.interval())
    }
}

/// Returns a random time around an interval.
#[must_use]
pub fn around(interval: Duration) -> Duration {
    interval.mul_f64(fastrand::f64().mul_add(2.0 * JITTER, 1.0 - JITTER))
}

/// Returns how often a throttled pass is attempted in an interval, at most: once a second. A pass can have thousands of requests if
/// larger ones got no answer.
pub(super) fn most_attempts(interval: Duration) -> u32 {
    u32::try_from(interval.as_secs()).unwrap_or(u32::MAX).max(1)
}

/// Draws the time between a throttled pass and the next one while a flush waits that has so much time left. `requests` were not
/// accepted.
///
/// Attempts become more frequent towards the end of that time. If processes end together, and need more requests than the quota
/// has, those whose time ends first have precedence.
pub(super) fn draw_retry_of_flush(left: Duration, requests: u32) -> Duration {
    let part = PART_OF_A_FLUSH * left.div_duration_f64(END_OF_A_FLUSH).min(1.0);
    around((left.mul_f64(part) / requests).max(LEAST_OF_A_FLUSH))
}

/// An interval that stretches while CloudWatch throttles the account.
#[derive(Debug)]
pub struct Pace {
    configured: Duration,
    current: Duration,
    /// When a pass was throttled last, unless the interval is the configured one again.
    throttled_at: Option<Instant>,
    stretched_at: Option<Instant>,
    has_margin: bool,
    /// Until when the interval was shortened.
    shortened_at: Option<Instant>,
}

impl Pace {
    #[must_use]
    pub const fn new(configured: Duration) -> Self {
        Self {
            configured,
            current: configured,
            throttled_at: None,
            stretched_at: None,
            has_margin: false,
            shortened_at: None,
        }
    }

    fn stretch(&mut self, factor: f64) {
        self.current = self.current.mul_f64(factor).min(MAX_STRETCHED.max(self.configured));
    }
}

impl Pacing for Pace {
    fn interval(&self) -> Duration {
        self.current
    }

    fn configured(&self) -> Duration {
        self.configured
    }

    fn throttle(&mut self, now: Instant) {
        // Many attempts within one interval, of a process with many requests, are one sign.
        if self.stretched_at.is_none_or(|at| now >= at + self.current.mul_f64(1.0 - JITTER)) {
            self.stretched_at = Some(now);
            self.stretch(STRETCH);
        }
        (self.throttled_at, self.has_margin, self.shortened_at) = (Some(now), false, None);
    }

    fn accept(&mut self, now: Instant) {
        let Some(throttled_at) = self.throttled_at else { return };
        if !self.has_margin && now >= throttled_at + CALM {
            self.has_margin = true;
            self.stretch(MARGIN);
        }
        if now < throttled_at + HOLD {
            return;
        }
        // Time without passes, as in an outage, says nothing about the quota.
        let since =
            self.shortened_at.replace(now).map_or(Duration::ZERO, |at| now - at).min(2 * self.current);
        self.current = self.current.mul_f64((-since.as_secs_f64() / RECOVERY.as_secs_f64()).exp());
        if self.current <= self.configured {
            *self = Self::new(self.configured);
        }
    }
}
