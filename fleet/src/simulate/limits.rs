//! CloudWatch's limits of a request, counted without the core.

use std::collections::BTreeSet;

use hkm_core::request::{Datum, Request};

use super::journal::Journal;

/// Source: `PutMetricData`, `MetricData`.
const MAX_DATUMS: usize = 1_000;
/// Source: `MetricDatum`, `Values`.
const MAX_VALUES: usize = 150;
/// Source: `PutMetricData`.
const MAX_BYTES: usize = 1_000_000;
/// Source: `MetricDatum`, `Dimensions`.
const MAX_DIMENSIONS: usize = 30;
/// Source: `MetricDatum`, `Value`.
const MAX_MAGNITUDE: f64 = 2.348_542_582_773_833_4e108;

/// Checks a request.
pub fn check(journal: &Journal, request: &Request) {
    let datums = request.datums.len();
    journal.count_most("most datums in a request", datums as u64);
    journal.check("a request has at most 1,000 datums", datums <= MAX_DATUMS, || datums.to_string());
    let bytes: usize = request.namespace.len() + request.datums.iter().map(bytes).sum::<usize>();
    journal.check("a request has at most 1 MB", bytes <= MAX_BYTES, || bytes.to_string());
    let unsure = request.datums.iter().filter(|datum| datum.is_unsure).count();
    journal.check("what may be applied is sent apart from the rest", unsure == 0 || unsure == datums, || {
        format!("{unsure} of {datums} datums")
    });
    let mut places = BTreeSet::new();
    for datum in &request.datums {
        let namespace = &datum.series.metric.definition.namespace;
        journal.check("a request has one namespace", *namespace == request.namespace, || {
            format!("{namespace} in {}", request.namespace)
        });
        check_datum(journal, datum);
        let first = datum.samples.first().map(|sample| sample.value.to_bits());
        journal.check(
            "a datum is in a request once",
            places.insert((datum.window.0, datum.id, first)),
            || format!("series {} in window {}", datum.id.0, datum.window.0),
        );
    }
}

fn check_datum(journal: &Journal, datum: &Datum) {
    let values = datum.samples.len();
    journal.count_most("most values in a datum", values as u64);
    journal.check("a datum has 1 to 150 values", (1..=MAX_VALUES).contains(&values), || values.to_string());
    let is_ascending = datum.samples.is_sorted_by(|a, b| a.value < b.value);
    journal.check("the values of a datum are distinct", is_ascending, || format!("{:?}", datum.samples));
    let is_valid = datum.samples.iter().all(|sample| sample.value.abs() <= MAX_MAGNITUDE && sample.count > 0);
    journal.check("values and counts are valid", is_valid, || format!("{:?}", datum.samples));
    let dimensions: Vec<_> = datum.series.dimensions("production").collect();
    let are_valid = dimensions.len() <= MAX_DIMENSIONS
        && dimensions.iter().all(|(name, value)| !name.is_empty() && !value.is_empty());
    journal.check("dimensions are valid", are_valid, || format!("{dimensions:?}"));
    let remainder = datum.window.0.rem_euclid(datum.id.resolution().seconds());
    journal.check("a window begins with its minute", remainder == 0, || datum.window.0.to_string());
}

/// Returns fewer bytes than the datum has in any encoding of PutMetricData.
fn bytes(datum: &Datum) -> usize {
    let dimensions = datum.series.dimensions("production");
    let texts: usize = dimensions.map(|(name, value)| name.len() + value.len()).sum();
    datum.series.metric.definition.name.len() + texts + datum.samples.len() * (9 + 1)
}
