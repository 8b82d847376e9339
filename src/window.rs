//! What waits to be sent: (window, series) -> distribution.
//!
//! A window is the time that CloudWatch stores together: a minute, or a second at high resolution, aligned
//! to the clock. An outage therefore costs memory for each series and minute, not for each record; past
//! `max_datums` the oldest window goes.

use std::collections::{BTreeMap, hash_map::Entry};

use rustc_hash::FxHashMap;

use crate::{
    clock::UnixMillis,
    distribution::{Distribution, Sample},
    series::SeriesId,
};

/// The most values in a datum. Source: `MetricDatum`, `Values`.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
pub const MAX_VALUES_PER_DATUM: usize = 150;

/// CloudWatch refuses data points older than this. Source: `PutMetricData`, two weeks.
pub const MAX_AGE_SECONDS: i64 = 14 * 24 * 60 * 60;

/// A number of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub u64);

/// The width of a window: CloudWatch's storage resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// The window that a moment belongs to.
    #[must_use]
    pub const fn window(self, now: UnixMillis) -> WindowStart {
        let seconds = now.0.div_euclid(1_000);
        WindowStart(seconds - seconds.rem_euclid(self.seconds()))
    }

    /// Milliseconds from a moment to the start of the next window; at least 1.
    #[must_use]
    pub const fn until_next(self, now: UnixMillis) -> i64 {
        (self.window(now).0 + self.seconds()) * 1_000 - now.0
    }
}

/// First second of a window, since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowStart(pub i64);

/// At most [`MAX_VALUES_PER_DATUM`] samples of one series in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pub window: WindowStart,
    pub series: SeriesId,
    pub samples: Vec<Sample>,
}

impl Samples {
    #[must_use]
    pub fn points(&self) -> Points {
        Points(self.samples.iter().map(|sample| sample.count).sum())
    }
}

type Window = FxHashMap<SeriesId, Distribution>;

/// Every window that waits.
#[derive(Debug)]
pub struct Windows {
    by_start: BTreeMap<WindowStart, Window>,
    max_datums: usize,
    datums: usize,
    points: u64,
}

impl Windows {
    /// `max_datums`: datums that may wait before the oldest window is dropped.
    #[must_use]
    pub const fn new(max_datums: usize) -> Self {
        Self { by_start: BTreeMap::new(), max_datums, datums: 0, points: 0 }
    }

    /// How many datums the waiting records make.
    #[must_use]
    pub const fn datums(&self) -> usize {
        self.datums
    }

    #[must_use]
    pub const fn points(&self) -> Points {
        Points(self.points)
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Opens a window for adding records, also those of a request that was not applied. Call
    /// [`Windows::shed`] afterwards.
    pub fn open(&mut self, start: WindowStart) -> OpenWindow<'_> {
        OpenWindow {
            window: self.by_start.entry(start).or_default(),
            datums: &mut self.datums,
            points: &mut self.points,
        }
    }

    /// Drops what is past `max_datums`: whole windows, the oldest first; when a single window fills the buffer, its
    /// newest series. Returns the records that went.
    #[must_use]
    pub fn shed(&mut self) -> Points {
        if self.datums <= self.max_datums {
            return Points(0);
        }
        let before = self.points;
        while self.datums > self.max_datums && self.by_start.len() > 1 {
            let oldest = self.by_start.pop_first().map(|(_, oldest)| oldest).unwrap_or_default();
            for distribution in oldest.values() {
                self.forget(distribution);
            }
        }
        let mut only = self.by_start.pop_first();
        if let Some((_, only)) = &mut only {
            let mut by_age: Vec<_> = only.keys().copied().collect();
            by_age.sort_unstable();
            while self.datums > self.max_datums
                && let Some(distribution) = by_age.pop().and_then(|newest| only.remove(&newest))
            {
                self.forget(&distribution);
            }
        }
        self.by_start.extend(only);
        Points(before - self.points)
    }

    fn forget(&mut self, distribution: &Distribution) {
        self.datums -= datums(distribution);
        self.points -= distribution.count();
    }

    /// Takes everything, oldest window first, then by series.
    pub fn take(&mut self) -> Vec<Samples> {
        let mut taken = Vec::with_capacity(self.datums);
        for (window, distributions) in std::mem::take(&mut self.by_start) {
            let mut by_series: Vec<_> = distributions.into_iter().collect();
            by_series.sort_unstable_by_key(|(series, _)| *series);
            for (series, distribution) in by_series {
                for samples in distribution.into_samples().chunks(MAX_VALUES_PER_DATUM) {
                    taken.push(Samples { window, series, samples: samples.to_vec() });
                }
            }
        }
        (self.datums, self.points) = (0, 0);
        taken
    }
}

/// A window that records are added to.
#[derive(Debug)]
pub struct OpenWindow<'windows> {
    window: &'windows mut Window,
    datums: &'windows mut usize,
    points: &'windows mut u64,
}

impl OpenWindow<'_> {
    pub fn add(&mut self, series: SeriesId, sample: Sample) {
        *self.points += sample.count;
        match self.window.entry(series) {
            Entry::Occupied(known) => {
                let distribution = known.into_mut();
                let before = datums(distribution);
                distribution.add(sample);
                // Fewer than before, when exact values give way to buckets.
                *self.datums = *self.datums + datums(distribution) - before;
            }
            Entry::Vacant(new) => *self.datums += datums(new.insert(Distribution::new(sample))),
        }
    }
}

fn datums(distribution: &Distribution) -> usize {
    distribution.distinct().div_ceil(MAX_VALUES_PER_DATUM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: Sample = Sample { value: 1.0, count: 1 };

    fn add(windows: &mut Windows, window: i64, series: u32, sample: Sample) -> Points {
        windows.open(WindowStart(window)).add(SeriesId(series), sample);
        windows.shed()
    }

    fn points(taken: &[Samples]) -> u64 {
        taken.iter().map(|samples| samples.points().0).sum()
    }

    proptest! {
        #[test]
        fn a_window_holds_its_moments_and_the_next_one_starts_where_it_ends(
            now in -10_000_000_i64..4_000_000_000_000,
            resolution in prop_oneof![Just(Resolution::Minute), Just(Resolution::Second)],
        ) {
            let start = resolution.window(UnixMillis(now)).0;
            prop_assert_eq!(start.rem_euclid(resolution.seconds()), 0);
            prop_assert!(start * 1_000 <= now && now < (start + resolution.seconds()) * 1_000);
            let next = now + resolution.until_next(UnixMillis(now));
            prop_assert_eq!(next, (start + resolution.seconds()) * 1_000);
        }

        #[test]
        fn points_are_taken_or_dropped_and_counted_and_the_cap_holds(
            records in prop::collection::vec((0_i64..5, 0_u32..6, 0_u32..400, 1_u64..4), 1..600),
            max_datums in 1_usize..20,
        ) {
            let mut windows = Windows::new(max_datums);
            let (mut recorded, mut dropped) = (0, 0);
            for (window, series, value, count) in records {
                let sample = Sample { value: f64::from(value), count };
                dropped += add(&mut windows, window * 60, series, sample).0;
                recorded += count;
                prop_assert!(windows.datums() <= max_datums);
                prop_assert_eq!(windows.points().0, recorded - dropped);
            }
            let (waiting, taken) = (windows.datums(), windows.take());
            prop_assert_eq!(points(&taken), recorded - dropped);
            prop_assert!(taken.iter().all(|samples| (1..=150).contains(&samples.samples.len())));
            prop_assert!(taken.len() <= waiting);
            prop_assert!(windows.is_empty() && windows.datums() == 0);
        }

        #[test]
        fn merging_back_and_taking_again_changes_nothing(
            records in prop::collection::vec((0_i64..2, 0_u32..3, 0_u32..1_400), 1..4_000),
        ) {
            let mut windows = Windows::new(10_000);
            for (window, series, value) in records {
                let sample = Sample { value: f64::from(value), count: 1 };
                prop_assert_eq!(add(&mut windows, window, series, sample), Points(0));
            }
            let taken = windows.take();
            for Samples { window, series, samples } in taken.iter().rev() {
                for &sample in samples {
                    prop_assert_eq!(add(&mut windows, window.0, series.0, sample), Points(0));
                }
            }
            prop_assert_eq!(windows.take(), taken);
        }
    }

    #[test]
    fn more_values_than_are_kept_exactly_make_fewer_datums_not_more() {
        let mut windows = Windows::new(10_000);
        for value in 0..20_000_u32 {
            let sample = Sample { value: f64::from(value % 5_000) / 50.0, count: 1 };
            assert_eq!(add(&mut windows, 0, 0, sample), Points(0));
        }
        let waiting = windows.datums();
        let taken = windows.take();
        assert_eq!(points(&taken), 20_000);
        assert!(taken.len() <= waiting && waiting < 10, "{} of {waiting}", taken.len());
    }

    #[test]
    fn the_oldest_window_goes_first() {
        let mut windows = Windows::new(2);
        for window in [120, 60, 180] {
            let dropped = add(&mut windows, window, 0, ONE);
            assert_eq!(dropped, Points(u64::from(window == 180)));
        }
        let left: Vec<_> = windows.take().into_iter().map(|samples| samples.window.0).collect();
        assert_eq!(left, [120, 180]);
    }

    #[test]
    fn a_single_full_window_keeps_what_it_has() {
        let mut windows = Windows::new(2);
        for (series, dropped) in [(0, 0), (1, 0), (2, 1), (0, 0)] {
            assert_eq!(add(&mut windows, 0, series, ONE), Points(dropped));
        }
        let left: Vec<_> = windows.take().iter().map(|samples| samples.series.0).collect();
        assert_eq!(left, [0, 1]);
    }
}
