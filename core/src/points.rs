//! The unit of the counters: one record, and one record in one of its roll-ups.

use std::{
    iter::Sum,
    ops::{Add, AddAssign, Sub, SubAssign},
};

use crate::series::SeriesId;

/// A number of records, and how often records are stored in roll-ups. The two are never mixed: a record counts once, however
/// many roll-ups it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    pub records: u64,
    pub rollups: u64,
}

impl Points {
    #[must_use]
    pub const fn records(records: u64) -> Self {
        Self { records, rollups: 0 }
    }

    #[must_use]
    pub const fn rollups(rollups: u64) -> Self {
        Self { records: 0, rollups }
    }

    /// Returns points of a series.
    #[must_use]
    pub const fn of(series: SeriesId, count: u64) -> Self {
        if series.is_rollup() { Self::rollups(count) } else { Self::records(count) }
    }

    /// Adds points of a series.
    pub const fn add_of(&mut self, series: SeriesId, count: u64) {
        // In a branch of each, because this is done for each record.
        if series.is_rollup() {
            self.rollups += count;
        } else {
            self.records += count;
        }
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.records == 0 && self.rollups == 0
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { records: self.records + other.records, rollups: self.rollups + other.rollups }
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { records: self.records - other.records, rollups: self.rollups - other.rollups }
    }
}

impl SubAssign for Points {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Points {
    fn sum<All: Iterator<Item = Self>>(all: All) -> Self {
        all.fold(Self::default(), Add::add)
    }
}
