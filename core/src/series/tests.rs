use super::{chunks::Chunks, table::SHARDS, *};
use crate::{
    definition::{Definition, MetricId},
    label::acceptable,
    resolution::Resolution,
    secret,
    strategies::{cases, metric},
};
use proptest::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::HashMap;

fn numbered(id: u32, definition: Definition) -> Arc<Metric> {
    Arc::new(Metric { id: MetricId(id), definition })
}

fn used() -> Arc<Metric> {
    let guarded = DimensionSet::of([2]);
    numbered(0, Definition { guarded, ..metric("Used", ["Provider", "Tool", "Key"]) })
}

fn table(max_series: usize) -> SeriesTable {
    SeriesTable::new(max_series, Resolution::Minute)
}

/// Returns names and values of the labels of a series.
fn labels(table: &SeriesTable, id: SeriesId) -> Vec<(String, String)> {
    let series = table.get(id).unwrap();
    series.named_labels().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn owned<const LABELS: usize>(labels: [(&str, &str); LABELS]) -> Vec<(String, String)> {
    labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn equal_labels_share_an_id_and_missing_or_blank_ones_have_no_dimension() {
    let mut table = table(10);
    let first = table.resolve(&used(), &[Some("openai"), Some(""), None]);
    let second = table.resolve(&used(), &[Some("openai"), Some("   "), Some("  ")]);
    assert_eq!(first.id, second.id);
    assert!(!first.is_shared());
    assert!(second.is_shared() && !second.sanitized, "the number of blank labels is unlimited");
    assert_eq!(labels(&table, first.id), owned([("Provider", "openai")]));
    assert_ne!(first.id, table.resolve(&used(), &[None, Some("openai"), None]).id);
}

#[test]
fn further_series_are_folded_into_one_overflow_series_a_metric() {
    let mut table = table(2);
    let known = table.resolve(&used(), &[Some("a"), Some("t"), Some("K")]);
    table.resolve(&used(), &[Some("b"), Some("t"), Some("K")]);
    let folded = table.resolve(&used(), &[Some("c"), Some("t"), Some("K")]);
    assert!(folded.overflowed && folded.is_shared());
    assert_eq!(folded.id, table.resolve(&used(), &[Some("d"), Some("t"), Some("K")]).id);
    assert_eq!(known, table.resolve(&used(), &[Some("a"), Some("t"), Some("K")]));
    assert_eq!(labels(&table, folded.id), owned(["Provider", "Tool", "Key"].map(|name| (name, OVERFLOW))));
    for fewer in [[Some("c"), None, None], [None, None, None]] {
        assert_eq!(folded, table.resolve(&used(), &fewer), "whichever labels there are");
    }
    let failed = numbered(1, metric("Failed", ["Provider", "Tool", "Key", "Reason"]));
    assert_ne!(folded.id, table.resolve(&failed, &[Some("c"), None, None, None]).id);
}

#[test]
fn a_metric_without_dimensions_has_its_series_beyond_the_limit_and_is_not_folded() {
    let mut table = table(0);
    let queue = numbered(0, metric("Queue", []));
    let first = table.resolve(&queue, &[]);
    assert!(!first.overflowed && !first.is_shared());
    assert_eq!(first, table.resolve(&queue, &[]));
    assert_eq!((table.counts().all, table.uncounted()), (1, 1), "it takes no room from others");
}

#[test]
fn a_secret_is_replaced_in_a_guarded_dimension_only() {
    let mut table = table(10);
    let secret = "sk-abcdefghijklmnopqrstuvwxyz";
    let resolved = table.resolve(&used(), &[Some(secret), None, Some(secret)]);
    assert!(resolved.redacted && resolved.is_shared());
    let expected = owned([("Provider", secret), ("Key", secret::REDACTED)]);
    assert_eq!(labels(&table, resolved.id), expected);
}

/// Few different labels, so that sets of labels repeat.
fn label() -> impl Strategy<Value = Option<String>> {
    let short = "[a-c]{0,2}|:{0,2}[a-bé]{0,2}| {0,3}|sk-[ab]|_overflow";
    let short = prop::string::string_regex(short).unwrap();
    let long = (1_023..1_027_usize).prop_map(|length| "a".repeat(length));
    prop::option::weighted(0.9, prop_oneof![8 => short, 1 => long])
}

/// Returns the labels of a series, computed in another way than by the table.
fn expected(metric: &Metric, labels: &[Option<String>]) -> Vec<(String, String)> {
    let mut expected = Vec::new();
    for (name, label) in metric.definition.dimensions.iter().zip(labels) {
        let given = label.clone().unwrap_or_default();
        if given.trim().is_empty() {
            continue;
        }
        // Of the labels above, only those with such a character are no names.
        let is_secret = &**name == "Key" && given.contains([':', '-', 'é']);
        let valid = if is_secret { "[redacted]".to_owned() } else { acceptable(&given).into_owned() };
        expected.push((name.to_string(), valid));
    }
    expected
}

/// Metrics that share names of dimensions.
fn metrics() -> [Arc<Metric>; 3] {
    [
        used(),
        numbered(1, metric("Failed", ["Provider", "Tool", "Reason", "Kind"])),
        numbered(2, metric("Cost", ["Tool"])),
    ]
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn equal_sets_of_labels_share_a_series_and_none_is_made_beyond_the_limit(
        calls in prop::collection::vec((0..3_usize, prop::collection::vec(label(), 4)), 1..120),
        max_series in 0..60_usize,
    ) {
        let mut table = table(max_series);
        let mut known = HashMap::new();
        let mut overflowing = HashMap::new();
        for (index, given) in calls {
            let metric = &metrics()[index];
            let texts: Vec<_> = given.iter().map(Option::as_deref).collect();
            let resolved = table.resolve(metric, &texts);
            let set = (metric.id, expected(metric, &given));
            let all_overflow: Vec<_> =
                metric.definition.dimensions.iter().map(|name| (name.to_string(), OVERFLOW.to_owned())).collect();
            let is_folded = known.len() >= max_series && !known.contains_key(&set);
            // It takes no room, and is not folded.
            let is_overflow = set.1 == all_overflow;
            if is_folded || is_overflow {
                let id = *overflowing.entry(metric.id).or_insert(resolved.id);
                prop_assert_eq!(id, resolved.id);
                prop_assert_eq!(labels(&table, id), all_overflow);
                prop_assert_eq!(resolved.overflowed, !is_overflow);
            } else {
                let id = *known.entry(set.clone()).or_insert(resolved.id);
                prop_assert_eq!(id, resolved.id);
                prop_assert_eq!(labels(&table, id), set.1);
                prop_assert!(!resolved.overflowed);
            }
            prop_assert!(known.len() <= max_series);
            let SeriesCounts { all, rollups } = table.counts();
            prop_assert!(all <= known.len() + overflowing.len() && rollups == 0);
        }
    }

    #[test]
    fn labels_share_an_id_with_others_only_if_they_are_marked_as_shared(
        sets in prop::collection::vec(prop::collection::vec(label(), 3), 1..60),
        max_series in 0..20_usize,
    ) {
        let mut table = table(max_series);
        let mut owners = HashMap::new();
        for labels in &sets {
            let given: Vec<_> = labels.iter().map(|label| label.as_deref().filter(|label| !label.is_empty())).collect();
            let resolved = table.resolve(&used(), &given);
            if !resolved.is_shared() {
                let owner = owners.entry(resolved.id).or_insert_with(|| given.clone());
                prop_assert_eq!(&*owner, &given);
            }
        }
    }

    #[test]
    fn a_marked_id_tells_the_series_and_what_is_counted(labels in prop::collection::vec(label(), 3), room in 0..2_usize) {
        let given: Vec<_> = labels.iter().map(Option::as_deref).collect();
        let resolved = table(room).resolve(&used(), &given);
        let marked = resolved.marked_id();
        prop_assert_eq!(marked.series(), resolved.id);
        prop_assert_eq!(marked.is_sanitized(), resolved.sanitized || resolved.redacted);
        prop_assert_eq!(marked.is_overflowed(), resolved.overflowed);
        prop_assert_eq!(marked.has_marks(), marked.is_sanitized() || marked.is_overflowed());
    }
}

#[test]
fn no_part_of_the_table_grows_large_when_there_are_many_series() {
    const SERIES: usize = 100_000;
    let mut table = table(usize::MAX);
    for tool in 0..SERIES {
        table.resolve(&used(), &[Some("openai"), Some(&format!("tool-{tool}")), Some("OPENAI_API_KEY")]);
    }
    assert_eq!(table.counts().all, SERIES);
    let largest = table.shards.iter().map(FxHashMap::len).max().unwrap();
    assert!(largest < 2 * SERIES / SHARDS, "{largest} series in one map");
    assert!(table.series.chunks.iter().all(|chunk| chunk.capacity() == Chunks::CHUNK));
}

#[test]
fn metrics_with_the_same_dimensions_have_overflow_series_of_their_own() {
    let mut table = table(0);
    let [duration, exceeded] = [0, 1].map(|id| {
        let metric = numbered(id, metric("Wait", ["Provider", "Reason"]));
        let folded = table.resolve(&metric, &[Some("p"), Some("r")]);
        assert_eq!(table.get(folded.id).unwrap().metric, metric);
        folded.id
    });
    assert_ne!(duration, exceeded);
}

#[test]
fn labels_that_equal_the_overflow_series_have_roll_ups_of_their_own() {
    let mut table = table(1);
    let rollups = [DimensionSet::of([0]), DimensionSet::of([])].into();
    let orders = numbered(0, Definition { rollups, ..metric("Orders", ["Region", "Plan"]) });
    let mut resolve = |label| {
        let id = table.resolve(&orders, &[Some(label), Some(label)]).id;
        let rollups = table.get(id).unwrap().rollups.clone();
        let mut named: Vec<_> = rollups.iter().map(|&id| table.get(id).unwrap().labels.to_vec()).collect();
        named.sort();
        (named, table.counts().all)
    };
    let of_region = |label: &str| vec![vec![], vec![(0, Box::from(label))]];
    // The overflow series, the total and the one region that there is room for.
    assert_eq!(resolve("eu"), (of_region("eu"), 3));
    assert_eq!(resolve(OVERFLOW), (of_region(OVERFLOW), 4));
    assert_eq!(resolve("eu"), (of_region("eu"), 4));
}

#[test]
fn a_metric_can_have_a_maximum_of_its_own() {
    let mut table = table(3);
    let limited = numbered(0, Definition { max_series: Some(1), ..metric("Limited", ["Region"]) });
    let other = numbered(1, metric("Other", ["Region"]));
    let mut is_folded = |metric, label| table.resolve(metric, &[Some(label)]).overflowed;
    assert!(!is_folded(&limited, "a") && is_folded(&limited, "b"));
    assert!(!is_folded(&other, "a") && !is_folded(&other, "b"), "it takes no room from others");
    assert!(is_folded(&other, "c"));
}

#[test]
fn a_series_of_seconds_has_another_id_and_bits_of_an_id_that_were_not_assigned_name_no_series() {
    let mut table = table(10);
    let seconds = Definition { resolution: Some(Resolution::Second), ..metric("Fast", []) };
    let id = table.resolve(&numbered(0, seconds), &[]).id;
    assert_eq!(id.resolution(), Resolution::Second);
    assert!(table.get(id).is_some());
    for bits in [SeriesId::SECONDS, SeriesId::ROLLUP, 1] {
        assert!(table.get(SeriesId(id.0 ^ bits)).is_none());
    }
}

#[test]
fn the_maximum_because_of_which_labels_are_folded_is_that_of_the_metric_or_of_the_process() {
    let mut table = table(3);
    let limited = numbered(0, Definition { max_series: Some(1), ..metric("Limited", ["Region"]) });
    let other = numbered(1, metric("Other", ["Region"]));
    for (metric, label) in [(&limited, "a"), (&other, "a"), (&other, "b")] {
        table.resolve(metric, &[Some(label)]);
    }
    assert_eq!(table.maximum(&limited), Maximum::OfMetric(1));
    assert_eq!(table.maximum(&other), Maximum::OfProcess(3));
}
