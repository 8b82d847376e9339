//! Windows of time, which CloudWatch aggregates: their length, and their start.

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;

/// The length of a window: CloudWatch's storage resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    Minute,
    Second,
}

impl Resolution {
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Second => 1,
        }
    }

    /// Returns the window of a moment.
    #[must_use]
    pub const fn window(self, now: UnixMillis) -> WindowStart {
        let seconds = now.0.div_euclid(1_000);
        WindowStart(seconds - seconds.rem_euclid(self.seconds()))
    }

    /// Returns the milliseconds from a moment to the start of the next window, at least 1.
    #[must_use]
    pub const fn until_next(self, now: UnixMillis) -> i64 {
        (self.window(now).0 + self.seconds()) * 1_000 - now.0
    }
}

/// The start of a window, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WindowStart(pub i64);

impl WindowStart {
    /// Returns the window of a resolution that contains this one.
    #[must_use]
    pub const fn within(self, resolution: Resolution) -> Self {
        Self(self.0 - self.0.rem_euclid(resolution.seconds()))
    }
}

/// The time that a window covers. The order is that of ends. Of a minute and its last second, which end together, the minute is
/// newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// In seconds since 1970-01-01 UTC.
    end: i64,
    seconds: i64,
}

impl Period {
    #[must_use]
    pub const fn new(start: WindowStart, resolution: Resolution) -> Self {
        Self { end: start.0 + resolution.seconds(), seconds: resolution.seconds() }
    }

    #[must_use]
    pub const fn start(self) -> WindowStart {
        WindowStart(self.end - self.seconds)
    }

    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }
}
