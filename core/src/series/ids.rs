//! The names of series: in the core, and in the rings.

use serde::{Deserialize, Serialize};

use crate::resolution::Resolution;

/// Names a series of the process: its index in the table, and what is needed of it for each record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesId(pub u32);

impl SeriesId {
    /// The series is a roll-up.
    pub(super) const ROLLUP: u32 = 1 << 26;
    /// Windows of the series are seconds.
    pub(super) const SECONDS: u32 = 1 << 27;
    const INDEX: u32 = Self::ROLLUP - 1;

    pub(super) fn new(index: usize, is_rollup: bool, resolution: Resolution) -> Self {
        let index = u32::try_from(index).unwrap_or(u32::MAX).min(Self::INDEX);
        let seconds = if resolution == Resolution::Second { Self::SECONDS } else { 0 };
        Self(index | if is_rollup { Self::ROLLUP } else { 0 } | seconds)
    }

    pub(super) const fn index(self) -> usize {
        (self.0 & Self::INDEX) as usize
    }

    #[must_use]
    pub const fn is_rollup(self) -> bool {
        self.0 & Self::ROLLUP != 0
    }

    #[must_use]
    pub const fn resolution(self) -> Resolution {
        if self.0 & Self::SECONDS == 0 { Resolution::Minute } else { Resolution::Second }
    }
}

/// What JavaScript writes into a ring: the id of a series, and marks of the record that are counted when it is drained.
///
/// The marks are below bit 30, so that JavaScript engines handle the word as a small integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedId(pub u32);

impl MarkedId {
    /// A label or the value was changed or redacted.
    pub const SANITIZED: u32 = 1 << 29;
    /// The labels were folded into an overflow series.
    pub const OVERFLOWED: u32 = 1 << 28;
    const MARKS: u32 = Self::SANITIZED | Self::OVERFLOWED;

    /// Returns the series. It is none that was assigned if the id is that of a roll-up, which no record names.
    #[must_use]
    pub const fn series(self) -> SeriesId {
        SeriesId(self.0 & !Self::MARKS & !SeriesId::ROLLUP)
    }

    #[must_use]
    pub const fn has_marks(self) -> bool {
        self.0 & Self::MARKS != 0
    }

    #[must_use]
    pub const fn is_sanitized(self) -> bool {
        self.0 & Self::SANITIZED != 0
    }

    #[must_use]
    pub const fn is_overflowed(self) -> bool {
        self.0 & Self::OVERFLOWED != 0
    }
}
