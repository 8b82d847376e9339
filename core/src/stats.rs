//! The counters of the statistics, and their invariant.
//!
//! In every snapshot, `recorded + adopted = applied + buffered + in flight + dropped`. The unit is one record. The same holds for the
//! records in roll-ups, which are counted apart: what was added to roll-ups is applied, buffered, in flight or dropped.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    clock::UnixMillis,
    outcome::Fault,
    points::Points,
    series::{MarkedId, SeriesCounts},
};

/// The reason why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The value is not a finite number within ±2^360.
    InvalidValue,
    /// The record has no labels, or a label cannot be read or is neither text, number, boolean, `null` nor `undefined`.
    InvalidLabel,
    /// More than `maxBufferedDatums` datums waited, or more than `maxBufferedBytes`.
    BufferFull,
    /// The record was older than two weeks, the maximum age that CloudWatch accepts.
    TooOld,
    /// CloudWatch refused the datum when it was alone in its request.
    Rejected,
    /// The record has no series or no slot in its ring, because the native side did not answer a thread that was being
    /// terminated. Also a record whose series id was not assigned, or whose metric is one of too many.
    Unresolved,
    /// The callback of a gauge threw, or had not come back when it was due again.
    Unobserved,
}

impl DropReason {
    pub const ALL: [Self; 7] = [
        Self::InvalidValue,
        Self::InvalidLabel,
        Self::BufferFull,
        Self::TooOld,
        Self::Rejected,
        Self::Unresolved,
        Self::Unobserved,
    ];

    /// Returns the name of the reason in the statistics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidValue => "invalidValue",
            Self::InvalidLabel => "invalidLabel",
            Self::BufferFull => "bufferFull",
            Self::TooOld => "tooOld",
            Self::Rejected => "rejected",
            Self::Unresolved => "unresolved",
            Self::Unobserved => "unobserved",
        }
    }

    /// Returns the reason with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// All counters. They only grow, except `in_flight` and `flush_interval`.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// What was recorded, and what was added to roll-ups.
    pub recorded: Points,
    /// The same of processes that are gone.
    pub adopted: Points,
    pub applied: Points,
    pub in_flight: Points,
    /// The maximum number of records that CloudWatch has in addition to those recorded. A record counts each time that it
    /// is sent and may be applied although CloudWatch may have it already.
    pub possibly_duplicated: Points,
    dropped: [Points; DropReason::ALL.len()],
    /// Records of which a label or the value was changed, or a label redacted.
    pub sanitized: u64,
    /// Records that were counted in an overflow series.
    pub overflowed: u64,
    /// Attempts that CloudWatch throttled.
    pub throttled: u64,
    /// Requests whose records are sent again, as a whole or in halves.
    pub retries: u64,
    /// The mean time between two flushes: as it was configured, or longer while CloudWatch throttles.
    pub flush_interval: Duration,
    pub last_success: Option<UnixMillis>,
    pub last_fault: Option<LastFault>,
    /// The latest fault of each namespace of which nothing was accepted since.
    pub failing: BTreeMap<Arc<str>, (Fault, UnixMillis)>,
}

/// In milliseconds. In a pass, some requests can fail while others are accepted.
const LONG_WITHOUT_SUCCESS: i64 = 60_000;

/// The latest fault.
#[derive(Clone, Debug)]
pub struct LastFault {
    pub fault: Fault,
    /// `None` if it concerns all namespaces.
    pub namespace: Option<Arc<str>>,
    pub at: UnixMillis,
}

impl Counts {
    /// Returns whether nothing was accepted for a while, although it was tried.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        let is_long_before = |fault: &LastFault| {
            self.last_success.is_none_or(|success| fault.at.0 > success.0 + LONG_WITHOUT_SUCCESS)
        };
        self.last_fault.as_ref().is_some_and(is_long_before)
    }

    pub fn drop_points(&mut self, reason: DropReason, points: Points) {
        self.dropped[reason as usize] += points;
    }

    /// Counts the marks of one record.
    pub fn add_marks(&mut self, id: MarkedId) {
        self.sanitized += u64::from(id.is_sanitized());
        self.overflowed += u64::from(id.is_overflowed());
    }

    #[must_use]
    pub const fn dropped(&self, reason: DropReason) -> Points {
        self.dropped[reason as usize]
    }

    /// Returns what was dropped for any reason.
    #[must_use]
    pub fn dropped_total(&self) -> Points {
        self.dropped.iter().copied().sum()
    }
}

/// All counters at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub counts: Counts,
    pub buffered: Points,
    /// How often the file of the process had no room, so that what waited then is not kept in it.
    pub spool_overflows: u64,
    pub series: SeriesCounts,
}

impl Snapshot {
    /// Returns whether the invariant holds.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let Counts { recorded, adopted, applied, in_flight, .. } = self.counts;
        recorded + adopted == applied + self.buffered + in_flight + self.counts.dropped_total()
    }
}
