//! Under which series records are stored, compared with a model, and how many series there are.

use super::*;
use crate::{
    definition::Definition,
    resolution::Resolution,
    series::{
        SeriesCounts,
        model::{Labels, Model},
    },
    strategies::{cases, metric},
};
use proptest::prelude::*;
use std::collections::HashMap;

fn numbered(id: u32, definition: Definition) -> Arc<Metric> {
    Arc::new(Metric { id: MetricId(id), definition })
}

fn table_of(max_series: usize) -> SeriesTable {
    SeriesTable::new(max_series, Resolution::Minute)
}

/// Metrics of three dimensions with any roll-ups.
fn with_rollups() -> impl Strategy<Value = Vec<Arc<Metric>>> {
    let set = prop::collection::vec(0..3_usize, 0..4).prop_map(DimensionSet::of);
    let definition = (prop::collection::vec(set, 0..5), prop::option::weighted(0.3, 0..12_u32));
    prop::collection::vec(definition, 1..3).prop_map(|definitions| {
        let numbered = definitions.into_iter().zip(0..).map(|((rollups, max_series), id)| {
            let dimensions = metric("Orders", ["Region", "Plan", "Kind"]);
            numbered(id, Definition { rollups: rollups.into(), max_series, ..dimensions })
        });
        numbered.collect()
    })
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn each_record_is_stored_once_under_its_labels_or_folded_and_once_for_each_roll_up(
        metrics in with_rollups(),
        records in prop::collection::vec(
            (0..2_usize, prop::collection::vec(prop::option::weighted(0.8, "[a-c]|_overflow"), 3)),
            1..60,
        ),
        max_series in prop_oneof![4 => 0..40_usize, 1 => Just(10_000)],
    ) {
        let (mut table, mut model) = (table_of(max_series), Model::new(max_series));
        let mut ids = HashMap::new();
        let mut before = SeriesCounts::default();
        for (number, given) in records {
            let metric = &metrics[number % metrics.len()];
            let texts: Vec<_> = given.iter().map(Option::as_deref).collect();
            let resolved = table.resolve(metric, &texts);
            prop_assert_eq!(*ids.entry((metric.id, given.clone())).or_insert(resolved), resolved);

            let (expected, is_folded) = model.record(metric, &given);
            prop_assert_eq!((resolved.overflowed, resolved.is_coarse), (is_folded, false));
            let series = table.get(resolved.id).unwrap();
            prop_assert!(!series.is_rollup && !resolved.id.is_rollup());
            let stored = series.stored.map_or_else(|| Arc::clone(&series), |id| table.get(id).unwrap());
            let rollups = series.rollups.iter().map(|&id| table.get(id).unwrap());
            let mut all: Vec<Labels> = Vec::new();
            for stored in rollups.inspect(|rollup| assert!(rollup.is_rollup)).chain([stored]) {
                prop_assert!(stored.stored.is_none() && stored.metric == *metric);
                all.push(stored.labels.iter().map(|(at, label)| (usize::from(*at), label.to_string())).collect());
            }
            all.sort_unstable();
            prop_assert_eq!(all, expected.into_iter().collect::<Vec<_>>());

            let counts = table.counts();
            prop_assert_eq!(counts.all, model.all());
            prop_assert!(counts.rollups >= before.rollups && counts.rollups <= counts.all);
            before = counts;
        }
        // In addition, a metric has one overflow series, and one for each of its roll-ups.
        let most = metrics.iter().map(|metric| 1 + metric.definition.rollups.len()).sum::<usize>();
        prop_assert!(model.counted() <= max_series && before.all <= max_series + most);
    }
}

#[test]
fn roll_ups_beyond_the_maximum_have_one_series_whichever_labels_there_are() {
    const DIMENSIONS: usize = 12;
    let names: Vec<_> = (0..=DIMENSIONS).map(|number| Box::from(number.to_string())).collect();
    let rollups = [DimensionSet::first(DIMENSIONS)].into();
    let metric = numbered(0, Definition { dimensions: names.into(), rollups, ..metric("Orders", []) });
    let mut table = table_of(10);
    for bits in 0..1 << DIMENSIONS {
        let mut labels: Vec<_> = (0..DIMENSIONS).map(|at| (bits >> at & 1 == 1).then_some("a")).collect();
        labels.push(Some("id"));
        table.resolve(&metric, &labels);
    }
    assert_eq!(table.counts().all, 10 + 2);
}

#[test]
fn each_metric_has_room_for_combinations_of_roll_ups_and_beyond_it_records_are_in_all_sets_as_overflow() {
    let sets: Box<[_]> = [[0].as_slice(), &[1], &[]].map(|set| DimensionSet::of(set.iter().copied())).into();
    let [first, second] = [0, 1].map(|id| {
        numbered(id, Definition { rollups: sets.clone(), ..metric("Orders", ["Region", "Plan", "Id"]) })
    });
    let values: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    let mut table = table_of(values.len() * 3 * 2);
    for metric in [&first, &second] {
        for value in &values {
            assert!(!table.resolve(metric, &[Some(value), Some(value), None]).overflowed);
        }
    }
    let mut coarse = None;
    let mut combinations = 0;
    for (region, plan) in values.iter().flat_map(|region| values.iter().map(move |plan| (region, plan))) {
        let resolved = table.resolve(&first, &[Some(region), Some(plan), Some("id")]);
        combinations += usize::from(resolved.overflowed && !resolved.is_coarse);
        coarse = coarse.or_else(|| resolved.is_coarse.then_some(resolved));
    }
    assert_eq!(combinations, MAX_COMBINATIONS);
    let coarse = table.get(coarse.unwrap().id).unwrap();
    let labels_of = |&id| {
        let series = table.get(id).unwrap();
        let labels = series.named_labels().map(|(name, value)| format!("{name}={value}"));
        labels.collect::<String>()
    };
    let rollups: Vec<_> = coarse.rollups.iter().map(labels_of).collect();
    assert_eq!(rollups, ["", "Region=_overflow", "Plan=_overflow"]);
    let other = table.resolve(&second, &[Some("1"), Some("2"), Some("id")]);
    assert!(other.overflowed && !other.is_coarse, "another metric has room of its own");
}
