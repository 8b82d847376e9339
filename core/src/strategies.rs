//! Strategies for the property tests of this crate, and of crates that enable the feature `proptest`.

use std::sync::Arc;

use proptest::prelude::*;

use crate::{
    definition::{Definition, DimensionSet, Kind, MAX_DIMENSIONS, Metric, MetricId, Unit},
    request::Datum,
    resolution::WindowStart,
    sample::Sample,
    series::{Series, SeriesId},
    window::MAX_VALUES_PER_DATUM,
};

/// Returns a configuration with `usual` cases, multiplied by `PROPTEST_CASES` / 256 if that variable is set.
#[must_use]
pub fn cases(usual: u32) -> ProptestConfig {
    let all = ProptestConfig::default();
    ProptestConfig { cases: (usual * all.cases / 256).max(1), ..all }
}

/// Defines a metric that counts, without roll-ups.
pub fn metric<const LABELS: usize>(name: &str, dimensions: [&str; LABELS]) -> Definition {
    Definition {
        namespace: "Test".into(),
        name: name.into(),
        kind: Kind::Counter,
        unit: Unit::COUNT,
        has_environment: true,
        constants: Box::default(),
        dimensions: dimensions.into_iter().map(Box::from).collect(),
        guarded: DimensionSet::default(),
        rollups: Box::default(),
        resolution: None,
        max_series: None,
    }
}

/// Generates definitions of few names, so that they repeat.
pub fn definitions() -> impl Strategy<Value = Definition> {
    let set = |most| prop::collection::vec(0..most, 0..4).prop_map(DimensionSet::of);
    let dimensions = prop_oneof![4 => 0..5_usize, 1 => Just(MAX_DIMENSIONS)];
    let names = ("[a-c]|[ -~]{1,255}", "[A-D]|[!-~]{255}", prop_oneof!["Count", "Gigabytes/Second"]);
    (names, dimensions).prop_flat_map(move |((namespace, name, unit), dimensions)| {
        let rollups = prop::collection::vec(set(dimensions.max(1)), 0..4);
        let constants = prop::collection::vec("[a-z]{1,4}", 0..2);
        (rollups, constants, any::<bool>()).prop_map(move |(rollups, constants, has_environment)| {
            Definition {
                namespace: namespace.as_str().into(),
                name: name.as_str().into(),
                unit: Unit::named(&unit).unwrap_or(Unit::NONE),
                has_environment,
                constants: constants.into_iter().map(|value| ("Constant".into(), value.into())).collect(),
                dimensions: (0..dimensions).map(|number| format!("Dimension{number}").into()).collect(),
                rollups: rollups.into(),
                ..self::metric("", [])
            }
        })
    })
}

/// Generates fewer than `most` datums, at least one, as large and as small as CloudWatch allows.
pub fn datums(most: usize) -> impl Strategy<Value = Vec<Datum>> {
    let label = prop_oneof![
        4 => "[a-z_]{1,20}".prop_map(String::from),
        1 => "[ -~]{1000,1024}".prop_map(|label| label.replacen(':', "-", 1)),
    ];
    let samples = prop_oneof![Just(1), Just(MAX_VALUES_PER_DATUM), 1..=MAX_VALUES_PER_DATUM]
        .prop_flat_map(|count| prop::collection::vec((any::<f64>(), 1..u64::MAX >> 20), count));
    let datum = (definitions(), prop::collection::vec(label, MAX_DIMENSIONS), samples, 0_i64..3_000_000_000);
    // A few kinds of datums, each many times: generating every datum on its own is slow.
    prop::collection::vec(datum, 1..6).prop_flat_map(move |kinds| {
        prop::collection::vec(0..kinds.len(), 1..most).prop_map(move |picks| {
            let numbered = picks.into_iter().zip(0_u32..);
            numbered.map(|(pick, id)| datum_of(&kinds[pick], SeriesId(id))).collect()
        })
    })
}

type DatumKind = (Definition, Vec<String>, Vec<(f64, u64)>, i64);

fn datum_of((definition, labels, samples, window): &DatumKind, id: SeriesId) -> Datum {
    let labels = labels.iter().take(definition.dimensions.len());
    let samples = samples.iter().map(|&(value, count)| Sample { value, count }).collect();
    let metric = Arc::new(Metric { id: MetricId(id.0), definition: definition.clone() });
    let labels =
        labels.enumerate().filter_map(|(at, label)| Some((u8::try_from(at).ok()?, label.as_str().into())));
    let series = Arc::new(Series::new(&metric, labels.collect(), false));
    Datum { id, series, window: WindowStart(*window), samples, is_unsure: id.0.is_multiple_of(3) }
}
