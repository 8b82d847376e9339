//! Roll-ups hold the same records as the series that they are of, whatever happens to requests.

use super::*;
use crate::{
    definition::{Definition, DimensionSet},
    series::{Series, model::Model},
    strategies::cases,
};

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
    let max_series = prop::option::weighted(0.2, 1..10_u32);
    let all = (rollups, prop_oneof!["A", "B"], resolution, max_series);
    all.prop_map(|(rollups, namespace, resolution, max_series)| Definition {
        namespace: namespace.as_str().into(),
        rollups: rollups.into(),
        resolution,
        max_series,
        ..metric("Orders", ["Region", "Plan", "Kind"])
    })
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let labels = prop::collection::vec(prop::option::weighted(0.85, "[a-c]|_overflow"), 3);
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
            let mut model = Model::new(max_series);
            for Record { metric, labels, value, pause, flushes } in &records {
                let texts: Vec<_> = labels.iter().map(Option::as_deref).collect();
                let resolved = bed.buffer.resolve(metrics[*metric], &texts).unwrap();
                bed.record(resolved.id.0, f64::from(*value));
                let series = bed.buffer.series(&[resolved.id])[0].clone().unwrap();
                let names = &series.metric.definition.dimensions;
                for labels in model.record(&series.metric, labels).0 {
                    let named = labels.into_iter().map(|(at, label)| (names[at].to_string(), label)).collect();
                    add(&mut expected, &series, named, f64::from(*value).to_bits(), 1);
                }
                if *flushes {
                    drop(bed.flush(millis(500)));
                }
                sleep(millis(*pause)).await;
                let _ = bed.snapshot();
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, series, .. } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points::default(), Points::default()));
            assert_eq!(counts.recorded.records, records.len() as u64);
            if counts.dropped_total().is_zero() {
                assert_eq!(applied(&bed), expected);
                assert_eq!(series.all, expected.len());
                assert_eq!(counts.applied, counts.recorded);
            }
        });
    }
}
