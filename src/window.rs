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

    /// Whether half of the datums wait that may: time to send them, before any has to be dropped.
    #[must_use]
    pub const fn is_half_full(&self) -> bool {
        self.datums >= self.max_datums.div_ceil(2)
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
        // A window that nothing is left of must not pass for a newer one: an older one would go for it.
        self.by_start.extend(only.filter(|(_, only)| !only.is_empty()));
        Points(before - self.points)
    }

    fn forget(&mut self, distribution: &Distribution) {
        self.datums -= datums(distribution.distinct());
        self.points -= distribution.count();
    }

    /// Takes everything, at little cost: what there is to sort is sorted later.
    pub fn take(&mut self) -> Taken {
        let taken = Taken {
            by_start: std::mem::take(&mut self.by_start),
            datums: self.datums,
            points: self.points(),
        };
        (self.datums, self.points) = (0, 0);
        taken
    }
}

/// Windows that were taken together.
#[derive(Debug)]
pub struct Taken {
    by_start: BTreeMap<WindowStart, Window>,
    datums: usize,
    points: Points,
}

impl Taken {
    #[must_use]
    pub const fn points(&self) -> Points {
        self.points
    }

    /// Divides everything by datums: oldest window first, then by series, then by value.
    #[must_use]
    pub fn into_samples(self) -> Vec<Samples> {
        let mut all = Vec::with_capacity(self.datums);
        for (window, distributions) in self.by_start {
            let mut by_series: Vec<_> = distributions.into_iter().collect();
            by_series.sort_unstable_by_key(|(series, _)| *series);
            for (series, distribution) in by_series {
                for samples in distribution.into_samples().chunks(MAX_VALUES_PER_DATUM) {
                    all.push(Samples { window, series, samples: samples.to_vec() });
                }
            }
        }
        all
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
                let before = distribution.distinct();
                distribution.add(sample);
                let now = distribution.distinct();
                if now != before {
                    // Fewer than before, when exact values give way to buckets.
                    *self.datums = *self.datums + datums(now) - datums(before);
                }
            }
            Entry::Vacant(new) => *self.datums += datums(new.insert(Distribution::new(sample)).distinct()),
        }
    }
}

/// How many datums so many distinct values make.
const fn datums(distinct: usize) -> usize {
    distinct.div_ceil(MAX_VALUES_PER_DATUM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::cases;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ONE: Sample = Sample { value: 1.0, count: 1 };

    fn add(windows: &mut Windows, window: i64, series: u32, sample: Sample) -> Points {
        windows.open(WindowStart(window)).add(SeriesId(series), sample);
        windows.shed()
    }

    fn points(taken: &[Samples]) -> u64 {
        taken.iter().map(|samples| samples.points().0).sum()
    }

    /// The cap in the plainest way: what is kept of records, a drain each. Gives (window, series) -> values.
    fn kept(records: &[(i64, u32, u32)], max_datums: usize) -> BTreeMap<(i64, u32), BTreeSet<u32>> {
        let mut kept: BTreeMap<(i64, u32), BTreeSet<u32>> = BTreeMap::new();
        for &(window, series, value) in records {
            kept.entry((window, series)).or_default().insert(value);
            let datums = |kept: &BTreeMap<_, BTreeSet<u32>>| -> usize {
                kept.values().map(|values| values.len().div_ceil(150)).sum()
            };
            while datums(&kept) > max_datums {
                let [(oldest, _), (newest, last)] = [kept.first_key_value(), kept.last_key_value()]
                    .map(|entry| entry.map(|(&key, _)| key).unwrap());
                if oldest == newest {
                    kept.remove(&(newest, last));
                } else {
                    kept.retain(|&(window, _), _| window != oldest);
                }
            }
        }
        kept
    }

    /// Every value as often as it was recorded, ascending, by window and series.
    fn ranks<'a>(taken: impl IntoIterator<Item = &'a Samples>) -> BTreeMap<(i64, u32), Vec<f64>> {
        let mut ranks: BTreeMap<_, Vec<f64>> = BTreeMap::new();
        for Samples { window, series, samples } in taken {
            let values = samples
                .iter()
                .flat_map(|sample| std::iter::repeat_n(sample.value, usize::try_from(sample.count).unwrap()));
            ranks.entry((window.0, series.0)).or_default().extend(values);
        }
        for values in ranks.values_mut() {
            values.sort_unstable_by(f64::total_cmp);
        }
        ranks
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn past_the_cap_the_oldest_window_goes_and_of_a_single_one_the_newest_series(
            records in prop_oneof![
                prop::collection::vec((0_i64..4, 0_u32..5, 0_u32..400), 1..500),
                // More values than a datum holds.
                prop::collection::vec((0_i64..2, 0_u32..2, 0_u32..400), 600..1_200),
                // Just so many that a window may be left with nothing in it.
                prop::collection::vec(
                    (0_i64..3, 0_u32..2, prop_oneof![Just(1_u32), Just(151), 1_u32..400]),
                    1..12,
                )
                .prop_map(|runs| {
                    let run = |(window, series, many)| (0..many).map(move |value| (window, series, value));
                    runs.into_iter().flat_map(run).collect()
                }),
            ],
            max_datums in prop_oneof![1_usize..3, 1_usize..8],
        ) {
            let mut windows = Windows::new(max_datums);
            for &(window, series, value) in &records {
                let _ = add(&mut windows, window, series, Sample { value: f64::from(value), count: 1 });
            }
            let left: BTreeMap<_, _> = ranks(&windows.take().into_samples())
                .into_iter()
                .map(|(key, mut values)| {
                    values.dedup();
                    (key, values)
                })
                .collect();
            let expected: BTreeMap<_, Vec<_>> = kept(&records, max_datums)
                .into_iter()
                .map(|(key, values)| (key, values.into_iter().map(f64::from).collect()))
                .collect();
            prop_assert_eq!(left, expected);
        }

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
            let (waiting, taken) = (windows.datums(), windows.take().into_samples());
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
            let taken = windows.take().into_samples();
            for Samples { window, series, samples } in taken.iter().rev() {
                for &sample in samples {
                    prop_assert_eq!(add(&mut windows, window.0, series.0, sample), Points(0));
                }
            }
            prop_assert_eq!(windows.take().into_samples(), taken);
        }
    }

    /// A number of values that are kept exactly, or more; what becomes of each part that is taken; and a record
    /// that comes meanwhile.
    #[derive(Clone, Debug)]
    struct Round {
        values: Vec<u32>,
        /// By which the parts are put in order, and whether they are applied.
        fates: Vec<(u32, bool)>,
    }

    fn rounds() -> impl Strategy<Value = Vec<Round>> {
        let values = prop_oneof![
            3 => prop::collection::vec(0_u32..300, 1..400),
            1 => prop::collection::vec(0_u32..1_000_000, 1_000..1_800),
        ];
        let fates = prop::collection::vec((any::<u32>(), any::<bool>()), 24);
        let round = (values, fates).prop_map(|(values, fates)| Round { values, fates });
        prop::collection::vec(round, 1..5)
    }

    proptest! {
        #![proptest_config(cases(96))]

        #[test]
        fn parts_that_are_merged_back_in_any_order_make_the_same_distribution(rounds in rounds()) {
            let mut windows = Windows::new(10_000);
            let mut recorded: BTreeMap<(i64, u32), Vec<f64>> = BTreeMap::new();
            let mut applied: Vec<Samples> = Vec::new();
            for Round { values, fates } in rounds {
                for value in values {
                    let (window, series, value) = (i64::from(value % 2), value % 3, f64::from(value) / 7.0);
                    let _ = add(&mut windows, window, series, Sample { value, count: 1 });
                    recorded.entry((window, series)).or_default().push(value);
                }
                let taken = windows.take().into_samples();
                let mut parts: Vec<_> = taken.into_iter().zip(fates.into_iter().cycle()).collect();
                parts.sort_by_key(|(_, (order, _))| *order);
                for (part, (_, is_applied)) in parts {
                    if is_applied {
                        applied.push(part);
                    } else {
                        let mut open = windows.open(part.window);
                        part.samples.iter().for_each(|&sample| open.add(part.series, sample));
                        prop_assert_eq!(windows.shed(), Points(0));
                    }
                }
                prop_assert_eq!(windows.points().0 + points(&applied), recorded.values().map(Vec::len).sum::<usize>() as u64);
            }
            applied.extend(windows.take().into_samples());
            let sent = ranks(&applied);
            prop_assert_eq!(sent.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
            for (key, mut expected) in recorded {
                expected.sort_unstable_by(f64::total_cmp);
                let sent = &sent[&key];
                let distinct = expected.iter().map(|value| value.to_bits()).collect::<BTreeSet<_>>().len();
                if distinct <= 1_500 {
                    prop_assert_eq!(sent, &expected);
                    continue;
                }
                prop_assert_eq!(sent.len(), expected.len());
                prop_assert_eq!(sent.first(), expected.first());
                prop_assert_eq!(sent.last(), expected.last());
                for (sent, recorded) in sent.iter().zip(&expected) {
                    prop_assert!((sent - recorded).abs() <= recorded * 0.01 * (1.0 + 1e-9), "{sent} for {recorded}");
                }
                let [sum, expected]: [f64; 2] = [sent.iter().sum(), expected.iter().sum()];
                prop_assert!((sum - expected).abs() <= 1e-9 * expected);
            }
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
        let taken = windows.take().into_samples();
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
        let left: Vec<_> =
            windows.take().into_samples().into_iter().map(|samples| samples.window.0).collect();
        assert_eq!(left, [120, 180]);
    }

    #[test]
    fn a_window_that_lost_all_it_had_is_no_newer_window() {
        let mut windows = Windows::new(1);
        for value in 0..151_u8 {
            let dropped = add(&mut windows, 60, 0, Sample { value: f64::from(value), count: 1 });
            assert_eq!(dropped, Points(if value == 150 { 151 } else { 0 }));
        }
        // Given back by a request that was not applied.
        assert_eq!(add(&mut windows, 0, 0, ONE), Points(0));
        assert_eq!(add(&mut windows, 0, 1, ONE), Points(1));
        let left: Vec<_> = windows.take().into_samples().iter().map(|samples| samples.series.0).collect();
        assert_eq!(left, [0]);
    }

    #[test]
    fn a_single_full_window_keeps_what_it_has() {
        let mut windows = Windows::new(2);
        for (series, dropped) in [(0, 0), (1, 0), (2, 1), (0, 0)] {
            assert_eq!(add(&mut windows, 0, series, ONE), Points(dropped));
        }
        let left: Vec<_> = windows.take().into_samples().iter().map(|samples| samples.series.0).collect();
        assert_eq!(left, [0, 1]);
    }
}
