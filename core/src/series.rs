//! Resolves labels to a series id, which holds for the whole process. Labels are validated when they are resolved.
//!
//! No series has a dimension value that CloudWatch would refuse; see [`label`](crate::label). If there are `max_series` sets of
//! labels, a further set is folded into the overflow series of its metric, whichever labels it has. This limits the
//! bill and keeps totals right.
//!
//! # Roll-ups
//!
//! A metric can list sets of dimensions under which its records are also stored. Each such *roll-up* is a series of its own,
//! which no record names. [`SeriesTable::resolve`] makes them with the series that they are of, and each series lists its
//! roll-ups; [`window`](crate::window) stores the records under them.
//!
//! - A roll-up has those of the labels that are in its set. A label that is missing leaves its dimension out. If all labels
//!   of a series are in the set, the series is its own roll-up, and none is made. Therefore no record is stored twice
//!   under the same dimensions.
//! - Roll-ups count towards the maximum. They are made before their series, because fewer and larger series are worth more.
//!   Beyond the maximum, records go to a roll-up with the overflow value in each of its dimensions.
//! - Labels that are folded keep the roll-ups that there are: they get an id of their own, an *alias*, whose records are
//!   stored under the overflow series and under these roll-ups. An overflow series itself has none.

mod filter;

use std::{
    borrow::Cow,
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{
    definition::{ENVIRONMENT, Metric, MetricId},
    label::{acceptable, is_blank},
    resolution::Resolution,
    secret,
};

/// The value of each dimension of an overflow series.
pub const OVERFLOW: &str = "_overflow";

/// Names a series of the process: its index in the table, and what is needed of it for each record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId(pub u32);

impl SeriesId {
    /// The series is a roll-up.
    const ROLLUP: u32 = 1 << 26;
    /// Windows of the series are seconds.
    const SECONDS: u32 = 1 << 27;
    const INDEX: u32 = Self::ROLLUP - 1;

    fn new(index: usize, is_rollup: bool, resolution: Resolution) -> Self {
        let index = u32::try_from(index).unwrap_or(u32::MAX).min(Self::INDEX);
        let seconds = if resolution == Resolution::Second { Self::SECONDS } else { 0 };
        Self(index | if is_rollup { Self::ROLLUP } else { 0 } | seconds)
    }

    const fn index(self) -> usize {
        (self.0 & Self::INDEX) as usize
    }

    #[must_use]
    pub const fn is_rollup(self) -> bool {
        self.0 & Self::ROLLUP != 0
    }

    #[must_use]
    pub const fn resolution(self) -> Resolution {
        if self.0 & Self::SECONDS == 0 { Resolution::Minute } else { Resolution::Second }
    }
}

/// A value of a dimension, and the position of the dimension in its metric.
pub type Label = (u8, Box<str>);

/// A metric with validated labels.
#[derive(Debug)]
pub struct Series {
    pub metric: Arc<Metric>,
    /// In the order of the metric's dimensions.
    pub labels: Box<[Label]>,
    /// The length of the names and values of its labels and of the constants of its metric. Each request is packed by it.
    pub text_bytes: usize,
    pub is_rollup: bool,
    /// Of an alias, the overflow series under which its records are stored.
    pub stored: Option<SeriesId>,
    /// The roll-ups under which the records are stored too.
    pub rollups: Box<[SeriesId]>,
}

impl Series {
    /// Returns names and values of all dimensions, in order. `environment` is the value of the first one, unless the metric has
    /// none.
    pub fn dimensions<'all>(
        &'all self,
        environment: &'all str,
    ) -> impl Iterator<Item = (&'all str, &'all str)> {
        let definition = &self.metric.definition;
        let environment = definition.has_environment.then_some((ENVIRONMENT, environment));
        let constants = definition.constants.iter().map(|(name, value)| (&**name, &**value));
        environment.into_iter().chain(constants).chain(self.named_labels())
    }

    /// Returns names and values of the labels, in order.
    pub fn named_labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = &self.metric.definition.dimensions;
        self.labels.iter().map(|(position, value)| (&*names[usize::from(*position)], &**value))
    }

    /// Returns whether its records are stored under it alone.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.stored.is_none() && self.rollups.is_empty()
    }

    /// Makes a series without roll-ups.
    #[must_use]
    pub fn new(metric: &Arc<Metric>, labels: Vec<Label>, is_rollup: bool) -> Self {
        let mut series = Self {
            metric: Arc::clone(metric),
            labels: labels.into(),
            text_bytes: 0,
            is_rollup,
            stored: None,
            rollups: Box::default(),
        };
        let constants = metric.definition.constants.iter().map(|(name, value)| (&**name, &**value));
        let texts = constants.chain(series.named_labels()).map(|(name, value)| name.len() + value.len());
        series.text_bytes = texts.sum();
        series
    }

    /// Returns whether it has each dimension of its metric, with the overflow value.
    fn is_overflow(&self) -> bool {
        let is_complete = self.labels.len() == self.metric.definition.dimensions.len();
        is_complete && self.labels.iter().all(|(_, value)| &**value == OVERFLOW)
    }

    /// Returns the series with the overflow value in each dimension.
    fn folded(&self) -> Self {
        let labels = self.labels.iter().map(|&(position, _)| (position, Box::from(OVERFLOW)));
        Self::new(&self.metric, labels.collect(), self.is_rollup)
    }
}

/// What JavaScript writes into a ring: the id of a series, and marks of the record that are counted when it is drained.
///
/// The marks are below bit 30, so that JavaScript engines handle the word as a small integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedId(pub u32);

impl MarkedId {
    /// A label or the value was changed or redacted.
    pub const SANITIZED: u32 = 1 << 29;
    /// The labels were folded into an overflow series.
    pub const OVERFLOWED: u32 = 1 << 28;
    const MARKS: u32 = Self::SANITIZED | Self::OVERFLOWED;

    /// Returns the series. It is none that was assigned if the id is that of a roll-up, which no record names.
    #[must_use]
    pub const fn series(self) -> SeriesId {
        SeriesId(self.0 & !Self::MARKS & !SeriesId::ROLLUP)
    }

    #[must_use]
    pub const fn has_marks(self) -> bool {
        self.0 & Self::MARKS != 0
    }

    #[must_use]
    pub const fn is_sanitized(self) -> bool {
        self.0 & Self::SANITIZED != 0
    }

    #[must_use]
    pub const fn is_overflowed(self) -> bool {
        self.0 & Self::OVERFLOWED != 0
    }
}

/// The result of resolving labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Resolved {
    pub id: SeriesId,
    /// A label was changed to be valid.
    pub sanitized: bool,
    /// A label of a guarded dimension looked like a secret and was replaced.
    pub redacted: bool,
    /// The labels were folded into the overflow series of their metric.
    pub overflowed: bool,
    /// A label was left out because it consists of spaces.
    pub has_blank: bool,
}

impl Resolved {
    /// Returns whether any number of labels can have this id. A caller that remembers them needs a limit of its own.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        self.redacted || self.overflowed || self.has_blank
    }

    /// Returns what to write into a ring for a record with these labels.
    #[must_use]
    pub const fn marked_id(self) -> MarkedId {
        let sanitized = if self.sanitized || self.redacted { MarkedId::SANITIZED } else { 0 };
        let overflowed = if self.overflowed { MarkedId::OVERFLOWED } else { 0 };
        MarkedId(self.id.0 | sanitized | overflowed)
    }
}

/// Two series are equal if their records are stored under the same dimensions, and both or neither are roll-ups.
impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        (self.metric.id, &self.labels, self.is_rollup) == (other.metric.id, &other.labels, other.is_rollup)
    }
}

impl Eq for Series {}

impl Hash for Series {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.metric.id, self.is_rollup).hash(state);
        self.labels.hash(state);
    }
}

/// The number of maps by which series are found. A map that grows moves all of its series while the caller waits. At ten
/// million series, one of these maps takes a few milliseconds, and a single map would take seconds.
const SHARDS: usize = 1_024;

/// All series of the process.
#[derive(Debug)]
pub struct SeriesTable {
    shards: Box<[FxHashMap<Arc<Series>, SeriesId>]>,
    series: Chunks,
    /// By their metric and their roll-ups.
    aliases: FxHashMap<(MetricId, Box<[SeriesId]>), SeriesId>,
    /// Distinct sets of labels, without overflow series.
    distinct: usize,
    /// The same by metric, for metrics with a maximum of their own.
    distinct_of: FxHashMap<MetricId, u32>,
    counts: SeriesCounts,
    has_rollups: bool,
    max_series: usize,
    resolution: Resolution,
}

/// The numbers of series that CloudWatch bills, with overflow series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesCounts {
    /// All of them.
    pub all: usize,
    /// Those that are roll-ups alone.
    pub rollups: usize,
}

impl SeriesTable {
    /// Makes an empty table. `max_series` is the maximum number of distinct sets of labels, over all metrics; further
    /// ones are folded. `resolution` is that of metrics without one.
    #[must_use]
    pub fn new(max_series: usize, resolution: Resolution) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| FxHashMap::default()).collect(),
            series: Chunks::default(),
            aliases: FxHashMap::default(),
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
        let resolved = |id, overflowed| Resolved { id, sanitized, redacted, overflowed, has_blank };

        let series = Series::new(metric, valid, false);
        let known = self.find(&series);
        if let Some(id) = known
            && !series.is_overflow()
        {
            return resolved(id, false);
        }
        let rollups = self.rollups(metric, &series.labels);
        if let Some(id) = known {
            return resolved(self.with_rollups(id, rollups), false);
        }
        let has_room = self.has_room(metric);
        // The labels of the overflow series are not folded, and neither is a metric without dimensions.
        if has_room || series.is_overflow() {
            return resolved(self.insert(Series { rollups, ..series }, has_room), false);
        }
        resolved(self.fold(metric, rollups), true)
    }

    /// Returns the roll-ups of labels, and makes those that are missing.
    fn rollups(&mut self, metric: &Arc<Metric>, labels: &[Label]) -> Box<[SeriesId]> {
        let mut kept: Vec<Vec<Label>> = Vec::new();
        for &set in &metric.definition.rollups {
            let within: Vec<_> =
                labels.iter().filter(|(position, _)| set.contains(usize::from(*position))).cloned().collect();
            // Labels can be missing, so sets that differ can keep the same ones.
            if within.len() < labels.len() && !kept.contains(&within) {
                kept.push(within);
            }
        }
        kept.into_iter().map(|labels| self.rollup(metric, labels)).collect()
    }

    fn rollup(&mut self, metric: &Arc<Metric>, labels: Vec<Label>) -> SeriesId {
        let series = Series::new(metric, labels, true);
        if let Some(id) = self.find(&series) {
            return id;
        }
        let folded = series.folded();
        if folded != series && self.has_room(metric) {
            return self.insert(series, true);
        }
        self.find(&folded).unwrap_or_else(|| self.insert(folded, false))
    }

    /// Returns the series of folded labels with these roll-ups.
    fn fold(&mut self, metric: &Arc<Metric>, rollups: Box<[SeriesId]>) -> SeriesId {
        let positions = 0..metric.definition.dimensions.len();
        let label = |position| (u8::try_from(position).unwrap_or(u8::MAX), Box::from(OVERFLOW));
        let overflow = Series::new(metric, positions.map(label).collect(), false);
        let overflow_labels = overflow.labels.clone();
        // Its own roll-ups would be billed without a record.
        let stored = self.find(&overflow).unwrap_or_else(|| self.insert(overflow, false));
        let is_known = rollups.is_empty() || self.aliases.contains_key(&(metric.id, rollups.clone()));
        if is_known || self.aliases.len() < self.max_series {
            return self.with_rollups(stored, rollups);
        }
        // There are too many aliases. The records go to the overflow roll-ups.
        let rollups = self.rollups(metric, &overflow_labels);
        self.with_rollups(stored, rollups)
    }

    /// Returns the id of a series for records that have these roll-ups: its own or an alias.
    fn with_rollups(&mut self, stored: SeriesId, rollups: Box<[SeriesId]>) -> SeriesId {
        let Some(series) = self.series.get(stored.index()).map(Arc::clone) else { return stored };
        if series.rollups == rollups {
            return stored;
        }
        let metric = &series.metric;
        if let Some(&alias) = self.aliases.get(&(metric.id, rollups.clone())) {
            return alias;
        }
        let alias = Series {
            stored: Some(stored),
            rollups: rollups.clone(),
            ..Series::new(metric, series.labels.to_vec(), false)
        };
        let key = (metric.id, rollups);
        let id = self.push(Arc::new(alias));
        self.aliases.insert(key, id);
        id
    }

    fn has_room(&self, metric: &Metric) -> bool {
        let of_metric = || self.distinct_of.get(&metric.id).copied().unwrap_or(0);
        self.distinct < self.max_series && metric.definition.max_series.is_none_or(|most| of_metric() < most)
    }

    fn find(&self, series: &Series) -> Option<SeriesId> {
        self.shards[shard_of(series)].get(series).copied()
    }

    /// Adds a series that is not in the table. `is_counted`: it counts towards the maximum.
    fn insert(&mut self, series: Series, is_counted: bool) -> SeriesId {
        // A series and a roll-up with the same dimensions are one for CloudWatch.
        let twin = Series {
            is_rollup: !series.is_rollup,
            ..Series::new(&series.metric, series.labels.to_vec(), false)
        };
        let is_new = self.find(&twin).is_none();
        if is_new {
            self.counts.all += 1;
            self.counts.rollups += usize::from(series.is_rollup);
        } else if !series.is_rollup {
            self.counts.rollups -= 1;
        }
        if is_new && is_counted {
            self.distinct += 1;
            if series.metric.definition.max_series.is_some() {
                *self.distinct_of.entry(series.metric.id).or_default() += 1;
            }
        }
        let shard = shard_of(&series);
        let series = Arc::new(series);
        let id = self.push(Arc::clone(&series));
        self.shards[shard].insert(series, id);
        id
    }

    fn push(&mut self, series: Arc<Series>) -> SeriesId {
        let resolution = series.metric.definition.resolution.unwrap_or(self.resolution);
        let id = SeriesId::new(self.series.len(), series.is_rollup, resolution);
        self.has_rollups |= series.is_rollup;
        self.series.push(series);
        id
    }

    /// Returns the series of an id, or `None` if the table assigned no such id.
    #[must_use]
    pub fn get(&self, id: SeriesId) -> Option<Arc<Series>> {
        let series = self.series.get(id.index())?;
        let resolution = series.metric.definition.resolution.unwrap_or(self.resolution);
        // A producer is outside of Rust: it can write any bits.
        let is_assigned = id == SeriesId::new(id.index(), series.is_rollup, resolution);
        is_assigned.then(|| Arc::clone(series))
    }

    /// Returns whether records of a series can be stored under another one.
    #[must_use]
    pub const fn has_rollups(&self) -> bool {
        self.has_rollups
    }

    /// Returns the number of series that do not count towards the maximum.
    #[must_use]
    pub const fn overflow_series(&self) -> usize {
        self.counts.all - self.distinct
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

/// A list that never moves its items, so that growing takes no longer when there are millions.
#[derive(Debug, Default)]
struct Chunks {
    chunks: Vec<Vec<Arc<Series>>>,
    count: usize,
}

impl Chunks {
    const CHUNK: usize = 4_096;

    fn push(&mut self, series: Arc<Series>) {
        if self.count.is_multiple_of(Self::CHUNK) {
            self.chunks.push(Vec::with_capacity(Self::CHUNK));
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push(series);
        }
        self.count += 1;
    }

    fn get(&self, index: usize) -> Option<&Arc<Series>> {
        self.chunks.get(index / Self::CHUNK)?.get(index % Self::CHUNK)
    }

    const fn len(&self) -> usize {
        self.count
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.chunks.iter().flatten()
    }
}

#[cfg(test)]
mod tests;
