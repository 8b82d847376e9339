//! The time of records, which is CloudWatch's time. The system's clock may be wrong, and it may be set at any moment.
//!
//! ```text
//!   the system's clock, once ----> begin --+
//!   a clock that is never set --> elapsed -+--> now ----------> windows
//!                                           \
//!   the system's clock, or the `Date` of an  +--> correction --> timestamps, signatures, expiry of credentials
//!   answer if they differ --------------->  /
//! ```
//!
//! Records wait in windows of a time line that is never set. What has to be added to it is decided when a request is sent.
//! If the system's clock is set while records wait, or turns out to be wrong, their time is therefore corrected too.

use std::{
    ops::Range,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hkm_core::clock::{Clock, UnixMillis};

/// If the system's clock differs from CloudWatch's by no more, it is believed. CloudWatch accepts times that are minutes
/// off. A `Date` is in seconds, and an answer takes its time.
const TOLERANCE_MS: i64 = 60_000;

/// Measurements that differ by less are the same one.
const PRECISION_MS: i64 = 2_000;

/// The system's clock was set if it changes by more. Two clocks are read one after the other, in milliseconds, so that they
/// differ a little at each reading.
const JITTER_MS: i64 = 10;

/// The maximum time between a request and its answer. If it takes longer, as in a process that was frozen meanwhile, the
/// `Date` does not tell the time of the request nor of the answer.
const MAX_ROUND_TRIP_MS: i64 = 15_000;

/// The times that a `Date` can tell: from 2020 to 2200. Others are nonsense, and the SDK could not calculate with them.
const PLAUSIBLE: Range<i64> = 1_577_836_800_000..7_258_118_400_000;

/// A measurement that differs by less from one that was wrong is wrong too.
const SAME_MS: i64 = 300_000;

/// No measurement: the system's clock is believed.
const NONE: i64 = i64::MIN;

/// The clock of the process.
#[derive(Debug)]
pub struct ProcessClock<S = Native> {
    source: S,
    /// The time of the system's clock minus that of the steady clock, at the beginning.
    begin: i64,
    /// What has to be added to the time line to get the time of the system's clock, when it was last set.
    set: AtomicI64,
    /// What has to be added to the time line to get CloudWatch's time, or [`NONE`].
    measured: AtomicI64,
    /// A measurement with which a signature was refused, or [`NONE`].
    distrusted: AtomicI64,
}

/// The clocks of a system, in milliseconds.
pub trait Source: Send + Sync {
    /// Returns the time since 1970-01-01 UTC. It can be set.
    fn wall(&self) -> i64;

    /// Returns the time since an arbitrary moment. It is never set, and includes the time in which the system sleeps.
    fn steady(&self) -> i64;
}

impl Default for ProcessClock {
    fn default() -> Self {
        Self::new(Native)
    }
}

impl<S: Source> ProcessClock<S> {
    #[must_use]
    pub fn new(source: S) -> Self {
        let begin = source.wall() - source.steady();
        Self {
            source,
            begin,
            set: AtomicI64::new(0),
            measured: AtomicI64::new(NONE),
            distrusted: AtomicI64::new(NONE),
        }
    }

    /// Returns what has to be added to the time line to get the time of the system's clock.
    fn wall(&self) -> i64 {
        let difference = self.source.wall() - self.now().0;
        let set = self.set.load(Ordering::Acquire);
        if (difference - set).abs() <= JITTER_MS {
            return set;
        }
        self.set.store(difference, Ordering::Release);
        difference
    }

    fn measured(&self) -> Option<i64> {
        Some(self.measured.load(Ordering::Acquire)).filter(|measured| *measured != NONE)
    }

    /// Compares the system's clock with the `Date` of an answer from AWS. `sent` is the time of the request.
    pub fn observe(&self, date: UnixMillis, sent: UnixMillis) {
        let now = self.now();
        if now.0 - sent.0 > MAX_ROUND_TRIP_MS || !PLAUSIBLE.contains(&date.0) {
            return;
        }
        let measured = date.0 - now.0;
        let distrusted = self.distrusted.load(Ordering::Acquire);
        if distrusted != NONE && (measured - distrusted).abs() < SAME_MS {
            return;
        }
        let next = if (measured - self.wall()).abs() <= TOLERANCE_MS {
            NONE
        } else if self.measured().is_some_and(|kept| (measured - kept).abs() < PRECISION_MS) {
            return;
        } else {
            measured
        };
        self.measured.store(next, Ordering::Release);
    }

    /// Call this if a signature was refused, and the time of the answer does not explain it. A proxy may set the `Date` of
    /// answers. The system's clock and the measured time are then used in turn.
    pub fn distrust(&self) {
        let measured = self.measured.swap(NONE, Ordering::AcqRel);
        self.distrusted.store(measured, Ordering::Release);
    }

    /// Returns by how many milliseconds CloudWatch's clock is ahead of the system's. Zero while the system's is believed.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.measured().map_or(0, |measured| measured - self.wall())
    }

    /// Returns CloudWatch's time.
    #[must_use]
    pub fn corrected(&self) -> UnixMillis {
        UnixMillis(self.now().0 + self.correction())
    }
}

impl<S: Source> Clock for ProcessClock<S> {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.begin + self.source.steady())
    }

    fn correction(&self) -> i64 {
        self.measured().unwrap_or_else(|| self.wall())
    }
}

/// Describes how much and in which direction the system's clock differs, for an offset in milliseconds.
#[must_use]
pub fn describe(offset: i64) -> String {
    let minutes = (offset.unsigned_abs() + 30_000) / 60_000;
    let (size, unit) = match minutes {
        0..=119 => (minutes, "minute"),
        120..=2_879 => ((minutes + 30) / 60, "hour"),
        _ => ((minutes + 720) / 1_440, "day"),
    };
    let plural = if size == 1 { "" } else { "s" };
    let direction = if offset > 0 { "behind" } else { "ahead of" };
    format!("about {size} {unit}{plural} {direction} CloudWatch's")
}

/// The clocks of this system.
#[derive(Debug)]
pub struct Native;

impl Source for Native {
    fn wall(&self) -> i64 {
        // A clock before 1970 reads as 1970.
        millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// An `Instant` stops while a Linux system or a Mac sleeps.
    #[cfg(unix)]
    fn steady(&self) -> i64 {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes the time, which lives longer than the call.
        unsafe { libc::clock_gettime(CLOCK, &raw mut time) };
        #[allow(
            clippy::unnecessary_fallible_conversions,
            clippy::useless_conversion,
            reason = "the types have other sizes on some systems"
        )]
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        millis(Duration::new(seconds, nanos))
    }

    #[cfg(not(unix))]
    fn steady(&self) -> i64 {
        static BEGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        millis(BEGIN.get_or_init(std::time::Instant::now).elapsed())
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
