//! The counters that a user can look at, and the invariant that ties them together.
//!
//! At every snapshot, `recorded = applied + buffered + in flight + dropped`, in points (records).

use crate::{clock::UnixMillis, outcome::Fault, window::Points};

/// Why a record will never reach CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The value is not a finite number within ±2^360.
    InvalidValue,
    /// A label cannot be read or is neither text, number nor boolean; or there are no labels at all.
    InvalidLabel,
    /// More than `maxBufferedDatums` waited.
    BufferFull,
    /// Older than the two weeks that CloudWatch takes.
    TooOld,
    /// CloudWatch refused the datum by itself.
    Rejected,
    /// The record has no series: the native side did not answer the thread, which was being terminated.
    Unresolved,
}

impl DropReason {
    pub const ALL: [Self; 6] = [
        Self::InvalidValue,
        Self::InvalidLabel,
        Self::BufferFull,
        Self::TooOld,
        Self::Rejected,
        Self::Unresolved,
    ];

    /// The reason as users read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidValue => "invalidValue",
            Self::InvalidLabel => "invalidLabel",
            Self::BufferFull => "bufferFull",
            Self::TooOld => "tooOld",
            Self::Rejected => "rejected",
            Self::Unresolved => "unresolved",
        }
    }

    /// The reason of a name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Everything that is counted. All but `series` only ever grow.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub recorded: Points,
    pub applied: Points,
    pub in_flight: Points,
    pub possibly_duplicated: Points,
    dropped: [u64; DropReason::ALL.len()],
    /// Labels and values that were changed to be acceptable.
    pub sanitized: u64,
    /// Records that were folded into an overflow series.
    pub overflowed: u64,
    /// Attempts that CloudWatch throttled.
    pub throttled: u64,
    /// Requests that have to be sent again, whole or in halves.
    pub retries: u64,
    pub last_success: Option<UnixMillis>,
    pub last_fault: Option<(Fault, UnixMillis)>,
}

impl Counts {
    pub const fn drop_points(&mut self, reason: DropReason, points: Points) {
        self.dropped[reason as usize] += points.0;
    }

    #[must_use]
    pub const fn dropped(&self, reason: DropReason) -> Points {
        Points(self.dropped[reason as usize])
    }

    /// Records dropped for any reason.
    #[must_use]
    pub fn dropped_total(&self) -> Points {
        Points(self.dropped.iter().sum())
    }
}

/// The counters at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub counts: Counts,
    pub buffered: Points,
    pub series: usize,
}

impl Snapshot {
    /// Whether every record is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let Counts { recorded, applied, in_flight, .. } = self.counts;
        recorded.0 == applied.0 + self.buffered.0 + in_flight.0 + self.counts.dropped_total().0
    }
}
