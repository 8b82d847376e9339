//! The ways to share a quota that were compared, beside the core's own.

use std::time::Duration;

use hkm_core::flusher::{Pace, Pacing, pace::around};
use tokio::time::Instant;

/// The longest wait of all ways.
const MAX: Duration = Duration::from_mins(5);

/// How a process decides when to send.
pub enum Strategy {
    /// What the package does.
    Stretch(Pace),
    /// A fixed interval, and full jitter up to a limit that doubles with each throttled pass: what the package did before.
    FullJitter(Duration),
    /// The interval doubles when throttled, and becomes a little shorter with each accepted pass.
    Aimd(Aimd),
    /// The rate follows the cubic curve of the AWS SDK's adaptive retries.
    Cubic(Cubic),
    /// Full jitter, and a pass just after the end of each minute, when its windows are complete.
    Minutely(Instant),
}

/// The share by which the interval of full jitter varies.
const FULL_JITTER: f64 = 0.1;

const MINUTE: Duration = Duration::from_mins(1);

/// The minutely passes of all processes are spread over this time.
const MINUTELY_SPREAD: Duration = Duration::from_secs(10);

impl Strategy {
    /// The names of all, that of the package first.
    pub const NAMES: [&str; 5] = ["stretch", "full-jitter", "aimd", "cubic", "minutely"];

    /// Returns the strategy of a name. Call this within a runtime. `began` is the start of a minute.
    #[must_use]
    pub fn named(name: &str, interval: Duration, began: Instant) -> Option<Self> {
        Some(match name {
            "stretch" => Self::Stretch(Pace::new(interval)),
            "full-jitter" => Self::FullJitter(interval),
            "aimd" => Self::Aimd(Aimd { configured: interval, current: interval }),
            "cubic" => Self::Cubic(Cubic { configured: interval, current: interval, most: 0.0, since: None }),
            "minutely" => Self::Minutely(began),
            _ => return None,
        })
    }

    /// Returns whether the core backs off from a refusal as from a failure; see [`crate::cloudwatch::Connection`].
    #[must_use]
    pub const fn backs_off(&self) -> bool {
        matches!(self, Self::FullJitter(_) | Self::Minutely(_))
    }
}

impl Pacing for Strategy {
    fn interval(&self) -> Duration {
        match self {
            Self::Stretch(pace) => pace.interval(),
            Self::FullJitter(interval) => *interval,
            Self::Aimd(pace) => pace.current,
            Self::Cubic(pace) => pace.current,
            Self::Minutely(_) => MINUTE,
        }
    }

    fn configured(&self) -> Duration {
        match self {
            Self::Stretch(pace) => pace.configured(),
            Self::Aimd(pace) => pace.configured,
            Self::Cubic(pace) => pace.configured,
            Self::FullJitter(_) | Self::Minutely(_) => self.interval(),
        }
    }

    fn throttle(&mut self, now: Instant) {
        match self {
            Self::Stretch(pace) => pace.throttle(now),
            Self::Aimd(pace) => pace.current = (2 * pace.current).min(MAX),
            Self::Cubic(pace) => pace.throttle(now),
            Self::FullJitter(_) | Self::Minutely(_) => {}
        }
    }

    fn accept(&mut self, now: Instant) {
        match self {
            Self::Stretch(pace) => pace.accept(now),
            Self::Aimd(pace) => pace.current = pace.current.mul_f64(0.998).max(pace.configured),
            Self::Cubic(pace) => pace.accept(now),
            Self::FullJitter(_) | Self::Minutely(_) => {}
        }
    }

    fn draw(&self) -> Duration {
        match self {
            Self::FullJitter(interval) => {
                interval.mul_f64(fastrand::f64().mul_add(2.0 * FULL_JITTER, 1.0 - FULL_JITTER))
            }
            Self::Minutely(began) => {
                let of_minute = began.elapsed().as_secs_f64() % MINUTE.as_secs_f64();
                // The time counts from the last pass, which may be a second ago.
                let rest = MINUTE.as_secs_f64() + 1.0 - of_minute;
                Duration::from_secs_f64(rest) + MINUTELY_SPREAD.mul_f64(fastrand::f64())
            }
            pace => around(pace.interval()),
        }
    }
}

/// See [`Strategy::Aimd`].
pub struct Aimd {
    configured: Duration,
    current: Duration,
}

/// See [`Strategy::Cubic`]. The curve is scaled to minutes: a process has one request in an interval, not several a second.
pub struct Cubic {
    configured: Duration,
    current: Duration,
    /// The rate at which it was throttled last, in requests a minute.
    most: f64,
    since: Option<Instant>,
}

impl Cubic {
    /// The share of the rate that remains when throttled. Source: the AWS SDK's `CUBIC_BETA`.
    const REMAINS: f64 = 0.7;
    /// The scale of the curve. Source: the AWS SDK's `CUBIC_C`.
    const SCALE: f64 = 0.4;

    fn throttle(&mut self, now: Instant) {
        self.most = 60.0 / self.current.as_secs_f64();
        self.since = Some(now);
        self.set(self.most * Self::REMAINS);
    }

    fn accept(&mut self, now: Instant) {
        let Some(since) = self.since else { return };
        let minutes = (now - since).as_secs_f64() / 60.0;
        let plateau = (self.most * (1.0 - Self::REMAINS) / Self::SCALE).cbrt();
        self.set(Self::SCALE.mul_add((minutes - plateau).powi(3), self.most));
    }

    fn set(&mut self, per_minute: f64) {
        self.current = Duration::from_secs_f64(60.0 / per_minute.max(0.01)).clamp(self.configured, MAX);
    }
}
