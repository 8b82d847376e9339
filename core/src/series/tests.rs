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
    assert!(first.is_cacheable());
    assert!(!second.is_cacheable() && !second.sanitized, "the number of blank labels is unlimited");
    assert_eq!(dimensions(&table, first.id), [("Provider", "openai".to_owned())]);
    assert_ne!(first.id, table.resolve(used(), &[None, Some("openai"), None]).id);
}

#[test]
fn further_series_are_folded_into_one_overflow_series_a_metric() {
    let mut table = SeriesTable::new(2);
    let known = table.resolve(used(), &[Some("a"), Some("t"), Some("K")]);
    table.resolve(used(), &[Some("b"), Some("t"), Some("K")]);
    let folded = table.resolve(used(), &[Some("c"), Some("t"), Some("K")]);
    assert!(folded.overflowed && !folded.is_cacheable());
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
    assert!(resolved.redacted && !resolved.is_cacheable());
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
        // Of the labels above, only those with such a character are no names.
        let is_secret = name == "Key" && !given.trim().is_empty() && given.contains([':', '-', 'é']);
        let text = if is_secret {
            "[redacted]".to_owned()
        } else {
            given.trim_start_matches(':').chars().take(1_024).collect::<String>().replace('é', "?")
        };
        if !text.trim().is_empty() {
            dimensions.push((name, text));
        }
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
    fn labels_are_cacheable_if_and_only_if_none_was_changed_or_left_out(
        labels in prop::collection::vec(label(), 3),
    ) {
        let given: Vec<_> = labels.iter().map(Option::as_deref).collect();
        let mut table = SeriesTable::new(1);
        let resolved = table.resolve(used(), &given);
        let named = ["Provider", "Tool", "Key"].into_iter().zip(labels.into_iter().map(Option::unwrap_or_default));
        let unchanged: Vec<_> = named.filter(|(_, label)| !label.is_empty()).collect();
        prop_assert_eq!(resolved.is_cacheable(), dimensions(&table, resolved.id) == unchanged);
    }

    #[test]
    fn any_label_is_made_valid_for_cloudwatch(label in ".{0,1200}|:{0,3}.{0,9}|[ -~]{0,1100}") {
        let checked = acceptable(&label);
        prop_assert!(checked.len() <= MAX_LABEL_CHARACTERS);
        prop_assert!(checked.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
        prop_assert!(!checked.starts_with(':'));
        let kept: Vec<char> = label.trim_start_matches(':').chars().take(MAX_LABEL_CHARACTERS).collect();
        prop_assert_eq!(checked.len(), kept.len());
        for (is, was) in checked.chars().zip(kept) {
            prop_assert!(is == was || (is == '?' && !(' '..='~').contains(&was)));
        }
    }
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
