//! Strategies for the property tests of this crate, and of crates that enable the feature `proptest`.

use std::sync::Arc;

use proptest::prelude::*;

use crate::{
    catalog::CATALOG,
    request::Datum,
    sample::Sample,
    series::{Series, SeriesId},
    window::{MAX_VALUES_PER_DATUM, WindowStart},
};

/// Returns a configuration with `usual` cases, multiplied by `PROPTEST_CASES` / 256 if that variable is set.
#[must_use]
pub fn cases(usual: u32) -> ProptestConfig {
    let all = ProptestConfig::default();
    ProptestConfig { cases: (usual * all.cases / 256).max(1), ..all }
}

/// Generates fewer than `most` datums, at least one, as large and as small as CloudWatch allows.
pub fn datums(most: usize) -> impl Strategy<Value = Vec<Datum>> {
    let label = prop_oneof![
        4 => "[a-z_]{1,20}".prop_map(String::from),
        1 => "[ -~]{1000,1024}".prop_map(|label| label.replacen(':', "-", 1)),
    ];
    let samples = prop_oneof![Just(1), Just(MAX_VALUES_PER_DATUM), 1..=MAX_VALUES_PER_DATUM]
        .prop_flat_map(|count| prop::collection::vec((any::<f64>(), 1..u64::MAX >> 20), count));
    let datum = (0..CATALOG.len(), prop::collection::vec(label, 4), samples, 0_i64..3_000_000_000);
    // A few kinds of datums, each many times: generating every datum on its own is slow.
    prop::collection::vec(datum, 1..6).prop_flat_map(move |kinds| {
        prop::collection::vec(0..kinds.len(), 1..most).prop_map(move |picks| {
            let numbered = picks.into_iter().zip(0_u32..);
            numbered.map(|(pick, id)| datum_of(&kinds[pick], SeriesId(id))).collect()
        })
    })
}

type Kind = (usize, Vec<String>, Vec<(f64, u64)>, i64);

fn datum_of((metric, labels, samples, window): &Kind, id: SeriesId) -> Datum {
    let metric = &CATALOG[*metric];
    let named = metric.dimensions.iter().zip(labels);
    let dimensions = named.map(|(&name, label)| (name, Box::from(label.as_str()))).collect();
    let samples = samples.iter().map(|&(value, count)| Sample { value, count }).collect();
    let series = Arc::new(Series { metric, dimensions });
    Datum { id, series, window: WindowStart(*window), samples, is_unsure: id.0.is_multiple_of(3) }
}
