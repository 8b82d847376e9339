//! Tests of what is given up when too much waits: first precision, then records.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    resolution::WindowStart,
    sample::Sample,
    series::SeriesId,
    strategies::cases,
    window::{Samples, tests::ranks},
};

const ONE: Sample = Sample { value: 1.0, count: 1 };

fn add(stock: &mut Stock, window: i64, series: u32, sample: Sample) -> Points {
    let series = SeriesId(series);
    stock.windows.open(WindowStart(window), series.resolution()).add(series, sample);
    stock.shed().points
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn what_fits_after_it_was_reduced_loses_no_record_and_only_percentiles_change(
        series in prop::collection::vec((0_i64..3, 0_u32..6, 1_usize..3_000, 0_u32..6), 1..8),
        spare in 0_usize..4,
        has_bytes in any::<bool>(),
    ) {
        let places: BTreeSet<_> = series.iter().map(|&(window, series, ..)| (window * 60, series)).collect();
        let datums = places.len() + spare;
        let most = if has_bytes {
            Size { datums: usize::MAX, bytes: datums * Size::of(150).bytes }
        } else {
            Size { datums, bytes: usize::MAX }
        };
        let mut stock = Stock::new(most);
        let mut recorded: BTreeMap<(i64, u32), Vec<f64>> = BTreeMap::new();
        for (window, series, many, decades) in series {
            for index in 0..many {
                #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
                let value = 10_f64.powf(f64::from(decades) * index as f64 / many as f64);
                let sample = Sample { value, count: 1 };
                prop_assert_eq!(add(&mut stock, window * 60, series, sample), Points::default());
                prop_assert!(stock.size().fits(most), "{:?} of {most:?}", stock.size());
                recorded.entry((window * 60, series)).or_default().push(value);
            }
        }
        let sent = ranks(&stock.take(true).into_samples());
        prop_assert_eq!(sent.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
        for (key, mut expected) in recorded {
            expected.sort_unstable_by(f64::total_cmp);
            let sent = &sent[&key];
            prop_assert_eq!(sent.len(), expected.len());
            prop_assert_eq!((sent.first(), sent.last()), (expected.first(), expected.last()));
            let [sum, all]: [f64; 2] = [sent.iter().sum(), expected.iter().sum()];
            prop_assert!((sum - all).abs() <= 1e-9 * all);
            for (sent, recorded) in sent.iter().zip(&expected) {
                // Five decades are 1,170 buckets, which fit into 150 values when they are sixteen times as wide.
                prop_assert!((sent / recorded).ln().abs() <= 16.0 * 1.01_f64.ln(), "{sent} for {recorded}");
            }
        }
    }
}

#[test]
fn a_series_that_explodes_costs_the_others_nothing() {
    const MINUTES: i64 = 10;
    const OTHERS: u32 = 9;
    let mut stock = Stock::new(Size { datums: 100, bytes: usize::MAX });
    for minute in 0..MINUTES {
        for other in 0..OTHERS {
            assert_eq!(add(&mut stock, minute * 60, other, ONE), Points::default());
        }
        for value in 0..10_000_u32 {
            let sample = Sample { value: f64::from(value), count: 1 };
            assert_eq!(add(&mut stock, minute * 60, OTHERS, sample), Points::default());
        }
    }
    let taken = stock.take(true).into_samples();
    let of_minutes: BTreeSet<_> = taken.iter().map(|samples| (samples.window, samples.series)).collect();
    assert_eq!(of_minutes.len(), 100);
}

#[test]
fn where_memory_lacks_series_keep_their_records_and_few_values() {
    // A hundred series, of a thousand values each.
    let most = Size { datums: usize::MAX, bytes: 100 * Size::of(15).bytes };
    let mut stock = Stock::new(most);
    for value in 0..1_000_u32 {
        for series in 0..100 {
            let sample = Sample { value: f64::from(value), count: 1 };
            assert_eq!(add(&mut stock, 0, series, sample), Points::default());
            assert!(stock.size().fits(most));
        }
    }
    let taken = stock.take(true).into_samples();
    assert_eq!(taken.len(), 100);
    for Samples { samples, .. } in &taken {
        let [first, last] = [samples.first(), samples.last()].map(|sample| sample.unwrap().value);
        assert_eq!((first.to_bits(), last.to_bits()), (0.0_f64.to_bits(), 999.0_f64.to_bits()));
        assert_eq!(samples.iter().map(|sample| sample.count).sum::<u64>(), 1_000);
    }
}

#[test]
fn the_maximum_of_bytes_holds_when_nothing_more_can_be_reduced() {
    let most = Size { datums: usize::MAX, bytes: 10 * Size::of(1).bytes };
    let mut stock = Stock::new(most);
    for series in 0..100 {
        let dropped = add(&mut stock, 0, series, ONE);
        assert_eq!(dropped, Points::records(u64::from(series >= 10)));
        assert!(stock.size().fits(most));
    }
    assert!(stock.is_half_full());
}

#[test]
fn what_is_held_up_is_reduced_and_not_dropped_because_others_have_many_values() {
    let most = Size { datums: usize::MAX, bytes: 2 * 100 * Size::of(20).bytes };
    let mut stock = Stock::new(most);
    for series in 0..100 {
        stock.held.open(WindowStart(0), crate::resolution::Resolution::Minute).add(SeriesId(series), ONE);
    }
    for value in 0..200_u32 {
        for series in 0..100 {
            let sample = Sample { value: f64::from(value), count: 1 };
            assert_eq!(add(&mut stock, 60, series, sample), Points::default());
        }
    }
    assert!(stock.size().fits(most));
    assert_eq!(stock.points(), Points::records(100 + 100 * 200));
}
