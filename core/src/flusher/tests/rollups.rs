//! Roll-ups hold the same records as the series that they are of, whatever happens to requests.

use super::*;
use crate::{
    definition::{Definition, DimensionSet},
    series::Series,
    strategies::cases,
};
use std::collections::BTreeSet;

/// Value -> count, by namespace, metric and dimensions.
type Stored = BTreeMap<(String, String, Vec<(String, String)>), BTreeMap<u64, u64>>;

#[derive(Clone, Debug)]
struct Record {
    metric: usize,
    labels: Vec<Option<String>>,
    value: u32,
    /// Milliseconds until the next step.
    pause: u64,
    flushes: bool,
}

fn definition() -> impl Strategy<Value = Definition> {
    let set = prop::collection::vec(0..3_usize, 0..3).prop_map(DimensionSet::of);
    let rollups = prop::collection::vec(set, 0..5);
    let resolution = prop_oneof![Just(None), Just(Some(Resolution::Second))];
    (rollups, prop_oneof!["A", "B"], resolution).prop_map(|(rollups, namespace, resolution)| Definition {
        namespace: namespace.as_str().into(),
        rollups: rollups.into(),
        resolution,
        ..metric("Orders", ["Region", "Plan", "Kind"])
    })
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let labels = prop::collection::vec(prop::option::weighted(0.85, "[a-c]"), 3);
    // More values than a datum holds, and more than are kept exactly, are the subject of `window`.
    let record = (
        0..3_usize,
        labels,
        0..200_u32,
        prop_oneof![6 => Just(0), 1 => 1..50_u64, 1 => 900..70_000_u64],
        any::<u8>(),
    );
    let record = record.prop_map(|(metric, labels, value, pause, flushes)| Record {
        metric,
        labels,
        value,
        pause,
        flushes: flushes < 16,
    });
    prop::collection::vec(record, 1..150)
}

fn answers() -> impl Strategy<Value = Vec<(Outcome, u64)>> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Applied),
        1 => Just(throttled()),
        1 => Just(Outcome::TooLarge(fault(FaultKind::Invalid))),
        1 => Just(Outcome::Rejected(fault(FaultKind::Invalid))),
        1 => Just(Outcome::Unknown(fault(FaultKind::Unanswered))),
    ];
    prop::collection::vec((outcome, prop_oneof![Just(0), 1..5_000_u64]), 0..40)
}

fn owned<'all>(labels: impl Iterator<Item = (&'all str, &'all str)>) -> Vec<(String, String)> {
    labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn add(stored: &mut Stored, series: &Series, labels: Vec<(String, String)>, value: u64, count: u64) {
    let Definition { namespace, name, .. } = &series.metric.definition;
    let key = (namespace.to_string(), name.to_string(), labels);
    *stored.entry(key).or_default().entry(value).or_default() += count;
}

fn applied(bed: &Bed) -> Stored {
    let mut stored = Stored::new();
    for (request, outcome) in bed.sink.requests.borrow().iter() {
        for datum in request.datums.iter().filter(|_| *outcome == Outcome::Applied) {
            assert_eq!(datum.series.metric.definition.namespace, request.namespace);
            for sample in &datum.samples {
                let labels = owned(datum.series.named_labels());
                add(&mut stored, &datum.series, labels, sample.value.to_bits(), sample.count);
            }
        }
    }
    stored
}

/// Returns the sets of dimensions under which a record has to be stored, each once.
fn sets(series: &Series, labels: &[Option<String>]) -> BTreeSet<Vec<(String, String)>> {
    let definition = &series.metric.definition;
    let all = || definition.dimensions.iter().zip(labels).enumerate();
    let within = |set: Option<DimensionSet>| {
        all()
            .filter(|(position, _)| set.is_none_or(|set| set.contains(*position)))
            .filter_map(|(_, (name, label))| Some((name.to_string(), label.clone()?)))
            .collect()
    };
    definition.rollups.iter().copied().map(Some).chain([None]).map(within).collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_record_is_stored_once_under_each_of_its_sets_of_dimensions(
        definitions in prop::collection::vec(definition(), 3),
        records in records(),
        answers in answers(),
        max_series in prop_oneof![0..30_usize, Just(10_000)],
    ) {
        with_limits(Limits { max_series, ..LIMITS }, |bed| async move {
            let named = definitions.into_iter().zip(["X", "Y", "Z"]);
            let define = |(definition, name): (Definition, &str)| {
                bed.buffer.define(Definition { name: name.into(), ..definition }).unwrap().id
            };
            let metrics: Vec<_> = named.map(define).collect();
            for (outcome, after) in answers {
                bed.answer(outcome, millis(after));
            }
            let mut expected = Stored::new();
            for Record { metric, labels, value, pause, flushes } in &records {
                let texts: Vec<_> = labels.iter().map(Option::as_deref).collect();
                let resolved = bed.buffer.resolve(metrics[*metric], &texts).unwrap();
                bed.record(resolved.id.0, f64::from(*value));
                let find = |id| bed.buffer.series(&[id])[0].clone().unwrap();
                let series = find(resolved.id);
                let sets = if resolved.overflowed {
                    let stored = series.stored.map_or_else(|| find(resolved.id), find);
                    let all = series.rollups.iter().map(|&id| find(id)).chain([stored]);
                    all.map(|series| owned(series.named_labels())).collect()
                } else {
                    let exact = sets(&series, labels);
                    let made = series.rollups.iter().map(|&id| owned(find(id).named_labels()));
                    let made: BTreeSet<_> = made.chain([owned(series.named_labels())]).collect();
                    assert_eq!(made.len(), exact.len());
                    // A roll-up without room has the overflow value.
                    if max_series > 1_000 {
                        assert_eq!(made, exact);
                    }
                    made
                };
                for labels in sets {
                    add(&mut expected, &series, labels, f64::from(*value).to_bits(), 1);
                }
                if *flushes {
                    drop(bed.flush(millis(500)));
                }
                sleep(millis(*pause)).await;
                let _ = bed.snapshot();
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, series } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points::default(), Points::default()));
            assert_eq!(counts.recorded.records, records.len() as u64);
            if counts.dropped_total().is_zero() {
                assert_eq!(applied(&bed), expected);
                assert!(max_series < 1_000 || series.all == expected.len());
                assert_eq!(counts.applied, counts.recorded);
            }
        });
    }
}
