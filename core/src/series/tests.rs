use super::*;
use crate::strategies::cases;
use proptest::prelude::*;
use std::collections::HashMap;

fn used() -> &'static Metric {
    catalog::metric("Used").unwrap()
}

fn dimensions(table: &SeriesTable, id: SeriesId) -> Vec<(&'static str, String)> {
    let series = table.get(id).unwrap();
    series.dimensions.iter().map(|(name, value)| (*name, value.to_string())).collect()
}

#[test]
fn equal_labels_share_an_id_and_missing_or_blank_ones_have_no_dimension() {
    let mut table = SeriesTable::new(10);
    let first = table.resolve(used(), &[Some("openai"), Some(""), None]);
    let second = table.resolve(used(), &[Some("openai"), Some("   "), Some("  ")]);
    assert_eq!(first.id, second.id);
    assert!(!first.is_shared());
    assert!(second.is_shared() && !second.sanitized, "the number of blank labels is unlimited");
    assert_eq!(dimensions(&table, first.id), [("Provider", "openai".to_owned())]);
    assert_ne!(first.id, table.resolve(used(), &[None, Some("openai"), None]).id);
}

#[test]
fn further_series_are_folded_into_one_overflow_series_a_metric() {
    let mut table = SeriesTable::new(2);
    let known = table.resolve(used(), &[Some("a"), Some("t"), Some("K")]);
    table.resolve(used(), &[Some("b"), Some("t"), Some("K")]);
    let folded = table.resolve(used(), &[Some("c"), Some("t"), Some("K")]);
    assert!(folded.overflowed && folded.is_shared());
    assert_eq!(folded.id, table.resolve(used(), &[Some("d"), Some("t"), Some("K")]).id);
    assert_eq!(known, table.resolve(used(), &[Some("a"), Some("t"), Some("K")]));
    let overflow = |name| (name, OVERFLOW.to_owned());
    assert_eq!(dimensions(&table, folded.id), ["Provider", "Tool", "Key"].map(overflow));
    for fewer in [[Some("c"), None, None], [None, None, None]] {
        assert_eq!(folded, table.resolve(used(), &fewer), "whichever labels there are");
    }
    let failed = catalog::metric("Failed").unwrap();
    assert_ne!(folded.id, table.resolve(failed, &[Some("c"), None, None, None]).id);
}

#[test]
fn a_secret_is_replaced_in_the_key_label_only() {
    let mut table = SeriesTable::new(10);
    let secret = "sk-abcdefghijklmnopqrstuvwxyz";
    let resolved = table.resolve(used(), &[Some(secret), None, Some(secret)]);
    assert!(resolved.redacted && resolved.is_shared());
    let expected = [("Provider", secret.to_owned()), ("Key", secret::REDACTED.to_owned())];
    assert_eq!(dimensions(&table, resolved.id), expected);
}

/// Few different labels, so that sets of labels repeat.
fn label() -> impl Strategy<Value = Option<String>> {
    let short = "[a-c]{0,2}|:{0,2}[a-bé]{0,2}| {0,3}|sk-[ab]|_overflow";
    let short = prop::string::string_regex(short).unwrap();
    let long = (1_023..1_027_usize).prop_map(|length| "a".repeat(length));
    prop::option::weighted(0.9, prop_oneof![8 => short, 1 => long])
}

/// Returns the dimensions of labels, computed in another way than by the table.
fn expected(metric: &Metric, labels: &[Option<String>]) -> Vec<(&'static str, String)> {
    let mut dimensions = Vec::new();
    for (&name, label) in metric.dimensions.iter().zip(labels) {
        let given = label.clone().unwrap_or_default();
        if given.trim().is_empty() {
            continue;
        }
        // Of the labels above, only those with such a character are no names.
        let is_secret = name == "Key" && given.contains([':', '-', 'é']);
        dimensions
            .push((name, if is_secret { "[redacted]".to_owned() } else { acceptable(&given).into_owned() }));
    }
    dimensions
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn equal_sets_of_labels_share_a_series_and_none_is_made_beyond_the_limit(
        calls in prop::collection::vec((0..catalog::CATALOG.len(), prop::collection::vec(label(), 4)), 1..120),
        max_series in 0..60_usize,
    ) {
        let mut table = SeriesTable::new(max_series);
        let mut known = HashMap::new();
        let mut overflowing = HashMap::new();
        for (index, labels) in calls {
            let metric = &catalog::CATALOG[index];
            let given: Vec<_> = labels.iter().map(Option::as_deref).collect();
            let resolved = table.resolve(metric, &given);
            let set = (metric.name, expected(metric, &labels));
            let all_overflow: Vec<_> =
                metric.dimensions.iter().map(|&name| (name, OVERFLOW.to_owned())).collect();
            let is_folded = known.len() >= max_series && !known.contains_key(&set);
            if is_folded {
                let id = *overflowing.entry(metric.name).or_insert(resolved.id);
                prop_assert_eq!(id, resolved.id);
                prop_assert_eq!(dimensions(&table, id), all_overflow);
                // A set of labels that equals the overflow series is not folded.
                prop_assert!(resolved.overflowed || set.1 == dimensions(&table, id));
            } else {
                let id = *known.entry(set.clone()).or_insert(resolved.id);
                prop_assert_eq!(id, resolved.id);
                prop_assert_eq!(dimensions(&table, id), set.1);
                prop_assert!(!resolved.overflowed);
            }
            prop_assert!(known.len() <= max_series);
            prop_assert!(table.len() <= known.len() + overflowing.len());
        }
    }

    #[test]
    fn labels_share_an_id_with_others_only_if_they_are_marked_as_shared(
        sets in prop::collection::vec(prop::collection::vec(label(), 3), 1..60),
        max_series in 0..20_usize,
    ) {
        let mut table = SeriesTable::new(max_series);
        let mut owners = HashMap::new();
        for labels in &sets {
            let given: Vec<_> = labels.iter().map(|label| label.as_deref().filter(|label| !label.is_empty())).collect();
            let resolved = table.resolve(used(), &given);
            if !resolved.is_shared() {
                let owner = owners.entry(resolved.id).or_insert_with(|| given.clone());
                prop_assert_eq!(&*owner, &given);
            }
        }
    }

    #[test]
    fn a_marked_id_tells_the_series_and_what_is_counted(labels in prop::collection::vec(label(), 3), room in 0..2_usize) {
        let given: Vec<_> = labels.iter().map(Option::as_deref).collect();
        let resolved = SeriesTable::new(room).resolve(used(), &given);
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
    let mut table = SeriesTable::new(usize::MAX);
    for tool in 0..SERIES {
        table.resolve(used(), &[Some("openai"), Some(&format!("tool-{tool}")), Some("OPENAI_API_KEY")]);
    }
    assert_eq!(table.len(), SERIES);
    let largest = table.shards.iter().map(FxHashMap::len).max().unwrap();
    assert!(largest < 2 * SERIES / SHARDS, "{largest} series in one map");
    assert!(table.series.chunks.iter().all(|chunk| chunk.capacity() == Chunks::CHUNK));
}

#[test]
fn metrics_with_the_same_dimensions_have_overflow_series_of_their_own() {
    let mut table = SeriesTable::new(0);
    let [duration, exceeded] = ["QueueWaitDuration", "QueueWaitExceeded"].map(|name| {
        let metric = catalog::metric(name).unwrap();
        let folded = table.resolve(metric, &[Some("p"), Some("r")]);
        assert_eq!(table.get(folded.id).unwrap().metric, metric);
        folded.id
    });
    assert_ne!(duration, exceeded);
}
