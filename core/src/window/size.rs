//! What waiting records take: datums to send, and bytes of memory.

use std::ops::Sub;

use super::MAX_VALUES_PER_DATUM;

/// The memory of a series in a window, in bytes: its place in the table of the window, which is half to seven eighths full.
const BYTES_A_SERIES: usize = 128;

/// That of each of its values, if there is more than one.
const BYTES_A_VALUE: usize = 40;

/// What records take, or may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub datums: usize,
    /// Memory, as an estimate that is rather too high.
    pub bytes: usize,
}

impl Size {
    /// Returns the size of a number of distinct values of one series in one window. Without any, it has no place in the window.
    #[must_use]
    pub const fn of(distinct: usize) -> Self {
        let bytes = match distinct {
            0 => 0,
            1 => BYTES_A_SERIES,
            many => BYTES_A_SERIES + many * BYTES_A_VALUE,
        };
        Self { datums: distinct.div_ceil(MAX_VALUES_PER_DATUM), bytes }
    }

    /// Returns whether this is no more than another one, in any respect.
    #[must_use]
    pub const fn fits(self, most: Self) -> bool {
        self.datums <= most.datums && self.bytes <= most.bytes
    }

    /// Returns whether this is at least half of another one, in any respect.
    #[must_use]
    pub const fn is_half_of(self, most: Self) -> bool {
        self.datums >= most.datums.div_ceil(2) || self.bytes >= most.bytes.div_ceil(2)
    }

    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { datums: self.datums + other.datums, bytes: self.bytes + other.bytes }
    }

    /// Subtracts another size. What would be negative is zero.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self {
            datums: self.datums.saturating_sub(other.datums),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    #[must_use]
    pub const fn seven_eighths(self) -> Self {
        Self { datums: self.datums - self.datums / 8, bytes: self.bytes - self.bytes / 8 }
    }

    /// Changes the size of one of the parts.
    pub const fn replace(&mut self, before: Self, after: Self) {
        self.datums = self.datums + after.datums - before.datums;
        self.bytes = self.bytes + after.bytes - before.bytes;
    }
}

impl Sub for Size {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { datums: self.datums - other.datums, bytes: self.bytes - other.bytes }
    }
}
