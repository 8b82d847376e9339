//! A simple model of the table, for tests: under which dimensions each record has to be stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::OVERFLOW;
use crate::definition::{DimensionSet, Metric, MetricId};

/// Labels by the positions of their dimensions.
pub type Labels = BTreeMap<usize, String>;

/// The sets of labels that CloudWatch bills.
#[derive(Debug)]
pub struct Model {
    max_series: usize,
    /// Those that count towards the maximum.
    counted: HashMap<MetricId, BTreeSet<Labels>>,
    overflow: HashMap<MetricId, BTreeSet<Labels>>,
}

impl Model {
    pub fn new(max_series: usize) -> Self {
        Self { max_series, counted: HashMap::new(), overflow: HashMap::new() }
    }

    /// Returns the labels under which a record has to be stored, each once, and whether its own are folded.
    pub fn record(&mut self, metric: &Metric, labels: &[Option<String>]) -> (BTreeSet<Labels>, bool) {
        let own: Labels =
            labels.iter().cloned().enumerate().filter_map(|(at, label)| Some((at, label?))).collect();
        let whole = (0..metric.definition.dimensions.len()).collect::<Vec<_>>();
        let sets: Vec<_> =
            metric.definition.rollups.iter().map(|set| positions(*set)).filter(|set| *set != whole).collect();
        let within = |set: &[usize]| -> Labels {
            own.iter().filter(|(at, _)| set.contains(at)).map(|(at, label)| (*at, label.clone())).collect()
        };
        let mut stored = BTreeSet::new();
        let smaller = |set: &&Vec<usize>| within(set) != own;
        for set in sets.iter().filter(smaller) {
            stored.insert(self.place(metric, within(set), set).0);
        }
        let (place, is_folded) = self.place(metric, own.clone(), &whole);
        stored.insert(place);
        for set in sets.iter().filter(|set| is_folded && !smaller(set)) {
            stored.insert(self.place(metric, within(set), set).0);
        }
        (stored, is_folded)
    }

    /// Returns the labels, or the overflow value for each dimension of a set if the labels cannot have a series.
    fn place(&mut self, metric: &Metric, labels: Labels, set: &[usize]) -> (Labels, bool) {
        if self.has_or_adds(metric, &labels) {
            return (labels, false);
        }
        let overflow = set.iter().map(|&at| (at, OVERFLOW.to_owned())).collect();
        assert!(self.has_or_adds(metric, &overflow));
        (overflow, true)
    }

    fn has_or_adds(&mut self, metric: &Metric, labels: &Labels) -> bool {
        if is_overflow(metric, labels) {
            self.overflow.entry(metric.id).or_default().insert(labels.clone());
            return true;
        }
        let all = self.counted();
        let of_metric = self.counted.entry(metric.id).or_default();
        let has_room = all < self.max_series
            && metric.definition.max_series.is_none_or(|most| of_metric.len() < most as usize);
        of_metric.contains(labels) || has_room && of_metric.insert(labels.clone())
    }

    /// Returns the number of sets that count towards the maximum.
    pub fn counted(&self) -> usize {
        self.counted.values().map(BTreeSet::len).sum()
    }

    /// Returns the number of all sets.
    pub fn all(&self) -> usize {
        self.counted() + self.overflow.values().map(BTreeSet::len).sum::<usize>()
    }
}

fn positions(set: DimensionSet) -> Vec<usize> {
    (0..32).filter(|&at| set.contains(at)).collect()
}

/// The metric and each of its roll-ups have one set without a limit: all of its dimensions, with the overflow value.
fn is_overflow(metric: &Metric, labels: &Labels) -> bool {
    let own: Vec<_> = labels.keys().copied().collect();
    let is_set = || metric.definition.rollups.iter().any(|set| positions(*set) == own);
    labels.values().all(|label| label == OVERFLOW)
        && (own.len() == metric.definition.dimensions.len() || is_set())
}
