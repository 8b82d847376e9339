//! Tells a JavaScript thread which labels are folded, so that it need not ask for each of them.
//!
//! Once a metric may have no further series, labels of no known series are folded into its overflow series. A thread gets a
//! bit for the hash of each known series. Labels whose bit is not set are those of no series. If the bit is set, they may
//! be, and the thread asks as before.
//!
//! `lib/overflow.js` computes the same hash.

use crate::definition::Metric;

use super::{Series, SeriesTable};

/// The maximum number of series of the process for which there is a filter. Others wait while it is made.
const MOST_SERIES: usize = 1 << 16;
/// Bits for each series, at least. Of the labels that are folded, at most one in so many has a bit that is set.
const BITS_A_SERIES: usize = 16;
const WORD: usize = u32::BITS as usize;

/// FNV-1a, 32 bits.
const OFFSET_BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;
/// Precedes the position of a label. No byte of a label is that large.
const LABEL: u32 = 1 << 8;

impl SeriesTable {
    /// Returns the filter of a metric: a power of two of bits, the lowest of a word first. Returns `None` if the metric may have
    /// further series, if there are too many series, or if the labels that are folded have roll-ups, on which their id depends.
    #[must_use]
    pub fn filter(&self, metric: &Metric) -> Option<Vec<u32>> {
        if self.has_room(metric) || !metric.definition.rollups.is_empty() || self.series.len() > MOST_SERIES {
            return None;
        }
        let of_metric = || self.series.iter().filter(|series| series.metric.id == metric.id);
        let bits = (of_metric().count() * BITS_A_SERIES).next_power_of_two().max(WORD);
        let mut words = vec![0; bits / WORD];
        for series in of_metric() {
            let bit = hash(series) as usize & (bits - 1);
            words[bit / WORD] |= 1 << (bit % WORD);
        }
        Some(words)
    }
}

fn hash(series: &Series) -> u32 {
    let step = |hash: u32, next: u32| (hash ^ next).wrapping_mul(PRIME);
    let hash = series.labels.iter().fold(OFFSET_BASIS, |hash, (position, label)| {
        let hash = step(hash, LABEL + u32::from(*position));
        label.bytes().fold(hash, |hash, byte| step(hash, u32::from(byte)))
    });
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        definition::{Definition, DimensionSet, MetricId},
        resolution::Resolution,
        strategies::{cases, metric},
    };

    fn numbered(id: u32, rollups: Vec<DimensionSet>) -> Arc<Metric> {
        let definition = Definition { rollups: rollups.into(), ..metric("M", ["A", "B"]) };
        Arc::new(Metric { id: MetricId(id), definition })
    }

    fn has_bit(words: &[u32], metric: &Arc<Metric>, labels: &[Option<&str>]) -> bool {
        let given = labels.iter().enumerate().filter_map(|(at, label)| {
            Some((u8::try_from(at).ok()?, Box::from((*label).filter(|label| !label.is_empty())?)))
        });
        let bit = hash(&Series::new(metric, given.collect(), false)) as usize & (words.len() * WORD - 1);
        words[bit / WORD] & 1 << (bit % WORD) != 0
    }

    proptest! {
        #![proptest_config(cases(200))]
        #[test]
        fn labels_without_a_bit_are_folded_and_known_ones_have_one(
            lists in prop::collection::vec((prop::option::of("[ab]{0,2}"), prop::option::of("[ -}]{0,3}")), 1..60),
            max_series in 1..20_usize,
        ) {
            let metric = numbered(0, Vec::new());
            let mut table = SeriesTable::new(max_series, Resolution::Minute);
            let list = |(a, b): &(Option<String>, Option<String>)| -> [Option<String>; 2] { [a.clone(), b.clone()] };
            let mut folded = None;
            for labels in lists.iter().map(list) {
                let resolved = table.resolve(&metric, &labels.each_ref().map(Option::as_deref));
                if resolved.overflowed {
                    folded = Some(resolved.id);
                }
            }
            let Some(words) = table.filter(&metric) else {
                prop_assert!(folded.is_none());
                return Ok(());
            };
            for labels in lists.iter().map(list) {
                let labels = labels.each_ref().map(Option::as_deref);
                // A thread does not ask the filter about labels that are left out because they are blank.
                let is_blank = labels.iter().flatten().any(|label| label.starts_with(' '));
                let resolved = table.resolve(&metric, &labels);
                if !is_blank && !has_bit(&words, &metric, &labels) {
                    prop_assert_eq!((resolved.overflowed, Some(resolved.id)), (true, folded));
                }
            }
        }
    }

    #[test]
    fn most_labels_that_are_folded_have_no_bit() {
        const SERIES: usize = 1_000;
        let metric = numbered(0, Vec::new());
        let mut table = SeriesTable::new(SERIES, Resolution::Minute);
        let names: Vec<_> = (0..10 * SERIES).map(|at| format!("KEY_{at}")).collect();
        for name in &names {
            table.resolve(&metric, &[Some("a"), Some(name)]);
        }
        let words = table.filter(&metric).unwrap();
        let folded = &names[SERIES..];
        let asked = folded.iter().filter(|name| has_bit(&words, &metric, &[Some("a"), Some(name)])).count();
        assert!(asked * 8 < folded.len(), "{asked}");
    }

    #[test]
    fn there_is_no_filter_while_there_is_room_nor_with_roll_ups() {
        let (plain, rolled) = (numbered(0, Vec::new()), numbered(1, vec![DimensionSet::of([0])]));
        let mut table = SeriesTable::new(2, Resolution::Minute);
        table.resolve(&plain, &[Some("a"), None]);
        assert_eq!(table.filter(&plain), None);
        table.resolve(&plain, &[Some("b"), None]);
        assert!(table.filter(&plain).is_some());
        assert_eq!(table.filter(&rolled), None);
    }
}
