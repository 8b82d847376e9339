//! Tests of the maximum of datums, of the boundaries of windows, and of merging back.

use super::*;
use crate::strategies::cases;
use crate::{clock::UnixMillis, resolution::Resolution};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ONE: Sample = Sample { value: 1.0, count: 1 };

fn add(windows: &mut Limited, window: i64, series: u32, sample: Sample) -> Points {
    let series = SeriesId(series);
    windows.open(WindowStart(window), series.resolution()).add(series, sample);
    windows.shed()
}

/// Windows with a maximum number of datums.
struct Limited {
    windows: Windows,
    most: Size,
}

impl Limited {
    fn shed(&mut self) -> Points {
        let before = self.windows.points();
        self.windows.shed(self.most);
        before - self.windows.points()
    }
}

impl std::ops::Deref for Limited {
    type Target = Windows;

    fn deref(&self) -> &Windows {
        &self.windows
    }
}

impl std::ops::DerefMut for Limited {
    fn deref_mut(&mut self) -> &mut Windows {
        &mut self.windows
    }
}

fn windows_of(datums: usize) -> Limited {
    Limited { windows: Windows::default(), most: Size { datums, bytes: usize::MAX } }
}

fn points(taken: &[Samples]) -> u64 {
    taken.iter().map(|samples| samples.points().records).sum()
}

/// Windows of a series with this bit in its id are seconds.
const SECONDS: u32 = 1 << 27;

/// A moment around the boundaries of windows, a series of any resolution, and a value.
fn record(moments: &'static [i64], series: u32, value: u32) -> impl Strategy<Value = (i64, u32, u32)> {
    let series = (0..series, prop_oneof![Just(0), Just(SECONDS)]).prop_map(|(series, bits)| series | bits);
    (prop::sample::select(moments), series, 0..value)
}

/// Returns the window of a moment for a series: its end, its length and its start.
fn period(moment: i64, series: u32) -> (i64, i64, i64) {
    let seconds = SeriesId(series).resolution().seconds();
    let start = moment - moment % seconds;
    (start + seconds, seconds, start)
}

/// A simple model of the maximum: adds records one by one and returns what is kept, (window, series) -> values. No series has
/// more values than fit in a datum.
fn kept(records: &[(i64, u32, u32)], max_datums: usize) -> BTreeMap<(i64, u32), BTreeSet<u32>> {
    let mut kept: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    let mut counts: BTreeMap<_, u32> = BTreeMap::new();
    for &(moment, series, value) in records {
        let key = (period(moment, series), series);
        *counts.entry(key).or_default() += 1;
        kept.entry(key).or_default().insert(value);
        while kept.len() > max_datums {
            let [oldest, newest] = [kept.first_key_value(), kept.last_key_value()]
                .map(|entry| entry.map(|(key, _)| key.0).unwrap());
            if oldest == newest {
                let (&fewest, _) = counts.iter().min_by_key(|(key, count)| (**count, **key)).unwrap();
                kept.remove(&fewest);
                counts.remove(&fewest);
            } else {
                kept.retain(|&(window, _), _| window != oldest);
                counts.retain(|&(window, _), _| window != oldest);
            }
        }
    }
    kept.into_iter().map(|(((_, _, start), series), values)| ((start, series), values)).collect()
}

/// Returns the values by window and series, ascending, each as often as it was recorded.
pub fn ranks<'a>(taken: impl IntoIterator<Item = &'a Samples>) -> BTreeMap<(i64, u32), Vec<f64>> {
    let mut ranks: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for Samples { window, series, samples, .. } in taken {
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
    fn beyond_the_maximum_the_window_that_ended_first_is_dropped_and_of_a_single_one_the_series_with_the_fewest_records(
        records in prop_oneof![
            prop::collection::vec(record(&[0, 1, 58, 59, 60, 119, 120], 4, 150), 1..500),
            prop::collection::vec(record(&[0, 59], 2, 150), 600..1_200),
        ],
        max_datums in prop_oneof![1_usize..3, 1_usize..8],
    ) {
        let mut windows = windows_of(max_datums);
        for &(moment, series, value) in &records {
            let (_, _, start) = period(moment, series);
            let _ = add(&mut windows, start, series, Sample { value: f64::from(value), count: 1 });
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
    fn a_window_contains_its_moments_and_the_next_one_starts_at_its_end(
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
    fn points_are_taken_or_counted_as_dropped_and_the_maximum_holds(
        records in prop::collection::vec((0_i64..5, 0_u32..6, 0_u32..400, 1_u64..4), 1..600),
        max_datums in 1_usize..20,
    ) {
        let mut windows = windows_of(max_datums);
        let (mut recorded, mut dropped) = (0, 0);
        for (window, series, value, count) in records {
            let sample = Sample { value: f64::from(value), count };
            dropped += add(&mut windows, window * 60, series, sample).records;
            recorded += count;
            prop_assert!(windows.size().datums <= max_datums);
            prop_assert_eq!(windows.points().records, recorded - dropped);
        }
        let (waiting, taken) = (windows.size().datums, windows.take().into_samples());
        prop_assert_eq!(points(&taken), recorded - dropped);
        prop_assert!(taken.iter().all(|samples| (1..=150).contains(&samples.samples.len())));
        prop_assert!(taken.len() <= waiting);
        prop_assert!(windows.is_empty() && windows.size().datums == 0);
    }

    #[test]
    fn merging_back_and_taking_again_changes_nothing(
        records in prop::collection::vec((0_i64..2, 0_u32..3, 0_u32..1_400), 1..4_000),
    ) {
        let mut windows = windows_of(10_000);
        for (window, series, value) in records {
            let sample = Sample { value: f64::from(value), count: 1 };
            prop_assert_eq!(add(&mut windows, window, series, sample), Points::records(0));
        }
        let taken = windows.take().into_samples();
        for Samples { window, series, samples, .. } in taken.iter().rev() {
            for &sample in samples {
                prop_assert_eq!(add(&mut windows, window.0, series.0, sample), Points::records(0));
            }
        }
        prop_assert_eq!(windows.take().into_samples(), taken);
    }
}

/// Values that are recorded and then taken, few enough to be kept exactly or more, and the fate of each part.
#[derive(Clone, Debug)]
struct Round {
    values: Vec<u32>,
    /// For each part, its rank in the order of outcomes, and whether it is applied.
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
    fn parts_that_are_merged_back_in_any_order_give_the_same_distribution(rounds in rounds()) {
        let mut windows = windows_of(10_000);
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
                    let mut open = windows.open(part.window, part.series.resolution());
                    part.samples.iter().for_each(|&sample| open.add(part.series, sample));
                    prop_assert_eq!(windows.shed(), Points::records(0));
                }
            }
            prop_assert_eq!(windows.points().records + points(&applied), recorded.values().map(Vec::len).sum::<usize>() as u64);
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
fn values_in_buckets_make_fewer_datums_than_exact_ones() {
    let mut windows = windows_of(10_000);
    for value in 0..20_000_u32 {
        let sample = Sample { value: f64::from(value % 5_000) / 50.0, count: 1 };
        assert_eq!(add(&mut windows, 0, 0, sample), Points::records(0));
    }
    let waiting = windows.size().datums;
    let taken = windows.take().into_samples();
    assert_eq!(points(&taken), 20_000);
    assert!(taken.len() <= waiting && waiting < 10, "{} of {waiting}", taken.len());
}

#[test]
fn the_oldest_window_is_dropped_first() {
    let mut windows = windows_of(2);
    for window in [120, 60, 180] {
        let dropped = add(&mut windows, window, 0, ONE);
        assert_eq!(dropped, Points::records(u64::from(window == 180)));
    }
    let left: Vec<_> = windows.take().into_samples().into_iter().map(|samples| samples.window.0).collect();
    assert_eq!(left, [120, 180]);
}

#[test]
fn a_minute_that_runs_is_newer_than_its_seconds() {
    let mut windows = windows_of(3);
    for second in 0..120 {
        let _ = add(&mut windows, second - second % 60, 0, ONE);
        let _ = add(&mut windows, second, SECONDS, ONE);
    }
    let left: Vec<_> =
        windows.take().into_samples().iter().map(|part| (part.window.0, part.series.0)).collect();
    assert_eq!(left, [(60, 0), (118, SECONDS), (119, SECONDS)]);
}

#[test]
fn samples_are_in_the_order_of_starts_and_series() {
    let mut windows = windows_of(100);
    for moment in [61, 0, 60, 59, 1] {
        for series in [SECONDS, 0, SECONDS | 1, 1] {
            let (_, _, start) = period(moment, series);
            let _ = add(&mut windows, start, series, ONE);
        }
    }
    let taken = windows.take().into_samples();
    assert!(taken.is_sorted_by_key(|part| (part.window, part.series)));
}

#[test]
fn an_empty_window_does_not_count_as_a_newer_one() {
    let mut windows = windows_of(1);
    // A thread that records of seconds alone opens a minute too.
    let _ = windows.open(WindowStart(60), Resolution::Minute);
    // Merged back by a request that was not applied.
    assert_eq!(add(&mut windows, 0, 0, ONE), Points::records(0));
    assert_eq!(add(&mut windows, 0, 1, ONE), Points::records(1));
    let left: Vec<_> = windows.take().into_samples().iter().map(|samples| samples.series.0).collect();
    assert_eq!(left, [1]);
}

#[test]
fn a_single_full_window_keeps_the_series_with_the_most_records() {
    let mut windows = windows_of(2);
    // The last one is an overflow series: it is the newest one, and has the records of several.
    for (series, dropped) in [(0, 0), (0, 0), (1, 0), (2, 1), (9, 1), (9, 0)] {
        assert_eq!(add(&mut windows, 0, series, ONE), Points::records(dropped), "{series}");
    }
    let left: Vec<_> = windows.take().into_samples().iter().map(|samples| samples.series.0).collect();
    assert_eq!(left, [0, 9]);
}

#[test]
fn records_that_may_have_been_applied_are_kept_apart_and_sent_after_the_others() {
    let mut windows = windows_of(10);
    for part in [Part::Unsure, Part::New, Part::Unsure, Part::GivenBack] {
        windows.open_part(WindowStart(0), Resolution::Minute, part).add(SeriesId(0), ONE);
    }
    let taken = windows.take().into_samples();
    let parts: Vec<_> = taken.iter().map(|samples| (samples.is_unsure, samples.points().records)).collect();
    assert_eq!(parts, [(false, 2), (true, 2)]);
}
