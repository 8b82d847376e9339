//! The table of series, and how labels are resolved.

use std::{borrow::Cow, hash::BuildHasher, sync::Arc};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{
    definition::{Metric, MetricId},
    label::{acceptable, is_blank},
    resolution::Resolution,
    secret,
};

use super::{Resolved, Series, SeriesId, chunks::Chunks, rollups::Combinations};

/// The number of maps by which series are found. A map that grows moves all of its series while the caller waits. At ten
/// million series, one of these maps takes a few milliseconds, and a single map would take seconds.
pub(super) const SHARDS: usize = 1_024;

/// All series of the process.
#[derive(Debug)]
pub struct SeriesTable {
    pub(super) shards: Box<[FxHashMap<Arc<Series>, SeriesId>]>,
    pub(super) series: Chunks,
    pub(super) combinations: Combinations,
    /// Distinct sets of labels, without overflow series.
    distinct: usize,
    /// The same by metric, for metrics with a maximum of their own.
    distinct_of: FxHashMap<MetricId, u32>,
    counts: SeriesCounts,
    has_rollups: bool,
    max_series: usize,
    resolution: Resolution,
}

/// The numbers of series, with overflow series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesCounts {
    /// What CloudWatch bills. A roll-up whose labels were also recorded as they are is one series for CloudWatch.
    pub all: usize,
    /// All roll-ups.
    pub rollups: usize,
}

/// The maximum of series because of which labels are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maximum {
    OfMetric(u32),
    OfProcess(usize),
}

impl SeriesTable {
    /// Makes an empty table. `max_series` is the maximum number of distinct sets of labels, over all metrics; further
    /// ones are folded. `resolution` is that of metrics without one.
    #[must_use]
    pub fn new(max_series: usize, resolution: Resolution) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| FxHashMap::default()).collect(),
            series: Chunks::default(),
            combinations: Combinations::default(),
            distinct: 0,
            distinct_of: FxHashMap::default(),
            counts: SeriesCounts::default(),
            has_rollups: false,
            max_series,
            resolution,
        }
    }

    /// Resolves labels, which are in the order of the metric's dimensions. If a label is missing or blank, the series
    /// does not have its dimension.
    pub fn resolve(&mut self, metric: &Arc<Metric>, labels: &[Option<&str>]) -> Resolved {
        let (mut sanitized, mut redacted, mut has_blank) = (false, false, false);
        let guarded = metric.definition.guarded;
        let mut valid = Vec::with_capacity(metric.definition.dimensions.len());
        for (position, label) in labels.iter().enumerate().take(metric.definition.dimensions.len()) {
            let Some(label) = label.filter(|label| !label.is_empty()) else { continue };
            let label = if is_blank(label) {
                has_blank = true;
                continue;
            } else if guarded.contains(position) && secret::looks_like_secret(label) {
                redacted = true;
                Cow::Borrowed(secret::REDACTED)
            } else {
                acceptable(label)
            };
            sanitized |= matches!(label, Cow::Owned(_));
            valid.push((u8::try_from(position).unwrap_or(u8::MAX), Box::from(label)));
        }
        let resolved =
            |id| Resolved { id, sanitized, redacted, overflowed: false, is_coarse: false, has_blank };

        let series = Series::new(metric, valid, false);
        // Records with these labels and those that are folded are stored under the same series, but their roll-ups can differ.
        let is_overflow = series.is_overflow_of_metric();
        if !is_overflow {
            if let Some(id) = self.find(&series) {
                return resolved(id);
            }
            // Before the series, because fewer and larger series are worth more.
            let rollups = self.rollups(&series, false);
            if self.may_have(&series) {
                return resolved(self.insert(Series { rollups, ..series }));
            }
        }
        let folded = self.fold(&series);
        Resolved { overflowed: !is_overflow, is_coarse: folded.is_coarse, ..resolved(folded.id) }
    }

    /// Returns whether a series that is not in the table can be added to it: there is room, or it adds nothing to the bill.
    pub(super) fn may_have(&self, series: &Series) -> bool {
        self.has_room(&series.metric) || series.is_overflow() || self.has_twin(series)
    }

    /// Returns whether there is a roll-up with the dimensions of a series, or a series with those of a roll-up. For CloudWatch,
    /// the two are one.
    fn has_twin(&self, series: &Series) -> bool {
        !series.metric.definition.rollups.is_empty() && {
            let labels = series.labels.to_vec();
            self.find(&Series::new(&series.metric, labels, !series.is_rollup)).is_some()
        }
    }

    /// Returns whether a metric may have further series. Once it may not, it never may.
    pub(super) fn has_room(&self, metric: &Metric) -> bool {
        self.distinct < self.max_series && !self.is_full(metric)
    }

    /// Returns whether a metric has as many series as its definition allows.
    fn is_full(&self, metric: &Metric) -> bool {
        let of_metric = || self.distinct_of.get(&metric.id).copied().unwrap_or(0);
        metric.definition.max_series.is_some_and(|most| of_metric() >= most)
    }

    /// Returns why labels of a metric are folded.
    #[must_use]
    pub fn maximum(&self, metric: &Metric) -> Maximum {
        let of_metric = metric.definition.max_series.filter(|_| self.is_full(metric));
        of_metric.map_or(Maximum::OfProcess(self.max_series), Maximum::OfMetric)
    }

    pub(super) fn find(&self, series: &Series) -> Option<SeriesId> {
        self.shards[shard_of(series)].get(series).copied()
    }

    pub(super) fn find_or_insert(&mut self, series: Series) -> SeriesId {
        self.find(&series).unwrap_or_else(|| self.insert(series))
    }

    /// Adds a series that is not in the table.
    pub(super) fn insert(&mut self, series: Series) -> SeriesId {
        let is_distinct = !self.has_twin(&series);
        if is_distinct && !series.is_overflow() {
            self.count(&series.metric);
        }
        self.add(series, is_distinct)
    }

    /// Adds a series that is not in the table. `is_distinct`: its labels are those of no other one.
    fn add(&mut self, series: Series, is_distinct: bool) -> SeriesId {
        self.counts.rollups += usize::from(series.is_rollup);
        self.counts.all += usize::from(is_distinct);
        let shard = shard_of(&series);
        let series = Arc::new(series);
        let id = self.push(Arc::clone(&series));
        self.shards[shard].insert(series, id);
        id
    }

    /// Returns whether there is a series with the same labels.
    #[must_use]
    pub fn knows(&self, series: &Series) -> bool {
        if series.stored.is_some() {
            return self.has_alias(series);
        }
        self.find(series).is_some()
    }

    /// Adds a series of another process, unless there is one with the same labels. Its own maximum let it have the series.
    pub fn adopt(&mut self, series: Series) -> SeriesId {
        if let Some(stored) = series.stored {
            return self.find_or_insert_alias(&series.metric, stored, series.rollups);
        }
        self.find(&series).unwrap_or_else(|| {
            let is_distinct = !self.has_twin(&series);
            self.add(series, is_distinct)
        })
    }

    /// Returns the resolution of metrics without one.
    #[must_use]
    pub const fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Counts a series towards the maximum.
    fn count(&mut self, metric: &Metric) {
        self.distinct += 1;
        if metric.definition.max_series.is_some() {
            *self.distinct_of.entry(metric.id).or_default() += 1;
        }
    }

    pub(super) fn push(&mut self, series: Arc<Series>) -> SeriesId {
        let id = self.id_of(self.series.len(), &series);
        self.has_rollups |= series.is_rollup;
        self.series.push(series);
        id
    }

    fn id_of(&self, index: usize, series: &Series) -> SeriesId {
        let resolution = series.metric.definition.resolution.unwrap_or(self.resolution);
        SeriesId::new(index, series.is_rollup, resolution)
    }

    /// Returns the series from an index on.
    pub fn from(&self, index: usize) -> impl Iterator<Item = (SeriesId, &Arc<Series>)> {
        let series = (index..self.series.len()).filter_map(|index| Some((index, self.series.get(index)?)));
        series.map(|(index, series)| (self.id_of(index, series), series))
    }

    /// Returns the series of an id, or `None` if the table assigned no such id.
    #[must_use]
    pub fn get(&self, id: SeriesId) -> Option<Arc<Series>> {
        let series = self.series.get(id.index())?;
        // A producer is outside of Rust: it can write any bits.
        let is_assigned = id == self.id_of(id.index(), series);
        is_assigned.then(|| Arc::clone(series))
    }

    /// Returns whether records of a series can be stored under another one.
    #[must_use]
    pub const fn has_rollups(&self) -> bool {
        self.has_rollups
    }

    /// Returns the number of ids that records can have in addition to those of the series that count towards the maximum.
    #[must_use]
    pub const fn uncounted(&self) -> usize {
        self.series.len() - self.distinct
    }

    /// Returns how many series there are.
    #[must_use]
    pub const fn counts(&self) -> SeriesCounts {
        self.counts
    }
}

fn shard_of(series: &Series) -> usize {
    // A map uses the lowest and the highest bits.
    (FxBuildHasher.hash_one(series) >> 20) as usize % SHARDS
}
