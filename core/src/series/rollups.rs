//! The roll-ups of a series, and those of labels that are folded.
//!
//! A metric can list sets of dimensions under which its records are also stored. Each such *roll-up* is a series of its own,
//! which no record names. [`SeriesTable::resolve`] makes them with the series that they are of, and each series lists its
//! roll-ups; [`window`](crate::window) stores the records under them.
//!
//! - Each record is stored once under its own labels or, if these are folded, under the overflow series of its metric.
//! - For each set of dimensions, it is stored once more under those of its labels that are in the set. A label that is missing
//!   leaves its dimension out. If all labels of a series are in the set, the series is its own roll-up.
//! - Roll-ups count towards the maximum of series. Beyond it, records of a roll-up that does not exist go to the overflow series of
//!   their set. It has all dimensions of the set, whichever labels there are, so that each set has one such series.
//! - No record is stored twice under the same dimensions, also if several sets keep the same labels.
//!
//! Labels that are folded differ in the roll-ups that they are in. Each combination of roll-ups has an id of its own, an
//! *alias*, whose records are stored under the overflow series and under these roll-ups. A metric has a maximum of
//! combinations. Beyond it, records go to the overflow series of all sets.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::definition::{DimensionSet, Metric, MetricId};

use super::{Label, Series, SeriesId, table::SeriesTable};

/// The maximum number of combinations of roll-ups that folded labels of a metric can have.
pub const MAX_COMBINATIONS: usize = 10_000;

/// The same for all metrics. It limits memory: a combination takes a few hundred bytes.
const MAX_ALL_COMBINATIONS: usize = 100 * MAX_COMBINATIONS;

/// The aliases of folded labels, by their metric and their roll-ups.
#[derive(Debug, Default)]
pub(super) struct Combinations {
    by_metric: FxHashMap<MetricId, FxHashMap<Box<[SeriesId]>, SeriesId>>,
    count: usize,
}

impl Combinations {
    fn get(&self, metric: MetricId, rollups: &[SeriesId]) -> Option<SeriesId> {
        self.by_metric.get(&metric)?.get(rollups).copied()
    }

    /// Returns whether a metric may have a further combination.
    fn has_room(&self, metric: MetricId) -> bool {
        let of_metric = self.by_metric.get(&metric).map_or(0, FxHashMap::len);
        of_metric < MAX_COMBINATIONS && self.count < MAX_ALL_COMBINATIONS
    }

    fn insert(&mut self, metric: MetricId, rollups: Box<[SeriesId]>, alias: SeriesId) {
        self.by_metric.entry(metric).or_default().insert(rollups, alias);
        self.count += 1;
    }
}

/// The id of folded labels.
pub(super) struct Folded {
    pub id: SeriesId,
    /// There are too many combinations.
    pub is_coarse: bool,
}

impl SeriesTable {
    /// Returns the roll-ups of the labels of a series in ascending order, and makes those that are missing.
    pub(super) fn rollups(&mut self, series: &Series, is_folded: bool) -> Box<[SeriesId]> {
        let Series { metric, labels, .. } = series;
        let all = DimensionSet::first(metric.definition.dimensions.len());
        let mut rollups = Vec::new();
        for &set in metric.definition.rollups.iter().filter(|set| **set != all) {
            let within: Vec<_> =
                labels.iter().filter(|(position, _)| set.contains(usize::from(*position))).cloned().collect();
            if is_folded || within.len() < labels.len() {
                rollups.push(self.rollup(metric, set, within));
            }
        }
        // Labels can be missing, so sets that differ can keep the same ones.
        rollups.sort_unstable();
        rollups.dedup();
        rollups.into()
    }

    fn rollup(&mut self, metric: &Arc<Metric>, set: DimensionSet, labels: Vec<Label>) -> SeriesId {
        let series = Series::new(metric, labels, true);
        if let Some(id) = self.find(&series) {
            return id;
        }
        if self.may_have(&series) {
            return self.insert(series);
        }
        self.find_or_insert(Series::overflow(metric, set, true))
    }

    /// Returns the id of labels whose records are stored under the overflow series of their metric.
    pub(super) fn fold(&mut self, series: &Series) -> Folded {
        let metric = &series.metric;
        let all = DimensionSet::first(metric.definition.dimensions.len());
        let overflow = Series::overflow(metric, all, false);
        let mut rollups = self.rollups(series, true);
        let is_known = rollups.is_empty() || self.combinations.get(metric.id, &rollups).is_some();
        let is_coarse = !is_known && !self.combinations.has_room(metric.id);
        if is_coarse {
            rollups = self.rollups(&overflow, true);
        }
        let stored = self.find_or_insert(overflow);
        if rollups.is_empty() {
            return Folded { id: stored, is_coarse };
        }
        Folded { id: self.find_or_insert_alias(metric, stored, rollups), is_coarse }
    }

    pub(super) fn has_alias(&self, alias: &Series) -> bool {
        self.combinations.get(alias.metric.id, &alias.rollups).is_some()
    }

    pub(super) fn find_or_insert_alias(
        &mut self,
        metric: &Arc<Metric>,
        stored: SeriesId,
        rollups: Box<[SeriesId]>,
    ) -> SeriesId {
        self.combinations.get(metric.id, &rollups).unwrap_or_else(|| {
            let series = Series::new(metric, Vec::new(), false);
            let alias = Series { stored: Some(stored), rollups: rollups.clone(), ..series };
            let id = self.push(Arc::new(alias));
            self.combinations.insert(metric.id, rollups, id);
            id
        })
    }
}

#[cfg(test)]
mod tests;
