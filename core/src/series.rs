//! Resolves labels to a series id, which holds for the whole process. Labels are validated when they are resolved.
//!
//! No series has a dimension value that CloudWatch would refuse; see [`label`](crate::label). If there are `max_series` sets of
//! labels, a further set is folded into the overflow series of its metric, whichever labels it has. This limits the
//! bill and keeps totals right.

use std::{
    borrow::Cow,
    hash::{BuildHasher, Hash, Hasher},
    sync::Arc,
};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{
    catalog::{self, Metric},
    label::{acceptable, is_blank},
    secret,
};

/// The value of each dimension of an overflow series.
pub const OVERFLOW: &str = "_overflow";

/// The index of a series in the table of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId(pub u32);

/// A metric with validated dimensions, without `Environment`.
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    pub metric: &'static Metric,
    pub dimensions: Box<[(&'static str, Box<str>)]>,
}

impl Hash for Series {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.metric.name.hash(state);
        self.dimensions.hash(state);
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

    #[must_use]
    pub const fn series(self) -> SeriesId {
        SeriesId(self.0 & !Self::MARKS)
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
    /// The `Key` label looked like a secret and was replaced.
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

/// The number of maps by which series are found. A map that grows moves all of its series while the caller waits. At ten
/// million series, one of these maps takes a few milliseconds, and a single map would take seconds.
const SHARDS: usize = 1_024;

/// All series of the process.
#[derive(Debug)]
pub struct SeriesTable {
    shards: Box<[FxHashMap<Arc<Series>, SeriesId>]>,
    series: Chunks,
    /// Distinct sets of labels, without overflow series.
    distinct: usize,
    max_series: usize,
}

impl SeriesTable {
    /// Makes an empty table. `max_series` is the maximum number of distinct sets of labels, over all metrics; further
    /// ones are folded.
    #[must_use]
    pub fn new(max_series: usize) -> Self {
        let shards = (0..SHARDS).map(|_| FxHashMap::default()).collect();
        Self { shards, series: Chunks::default(), distinct: 0, max_series }
    }

    /// Resolves labels, which are in the order of the metric's dimensions. If a label is missing or blank, the series
    /// does not have its dimension.
    pub fn resolve(&mut self, metric: &'static Metric, labels: &[Option<&str>]) -> Resolved {
        let (mut sanitized, mut redacted, mut has_blank) = (false, false, false);
        let mut dimensions = Vec::with_capacity(metric.dimensions.len());
        for (&name, label) in metric.dimensions.iter().zip(labels) {
            let Some(label) = label.filter(|label| !label.is_empty()) else { continue };
            if is_blank(label) {
                has_blank = true;
            } else if name == catalog::KEY && secret::looks_like_secret(label) {
                redacted = true;
                dimensions.push((name, Box::from(secret::REDACTED)));
            } else {
                let valid = acceptable(label);
                sanitized |= matches!(valid, Cow::Owned(_));
                dimensions.push((name, Box::from(valid)));
            }
        }
        let resolved = |id, overflowed| Resolved { id, sanitized, redacted, overflowed, has_blank };

        let series = Series { metric, dimensions: dimensions.into_boxed_slice() };
        let shard = shard_of(&series);
        if let Some(&id) = self.shards[shard].get(&series) {
            return resolved(id, false);
        }
        if self.distinct < self.max_series {
            self.distinct += 1;
            return resolved(self.insert(shard, series), false);
        }
        let folded = metric.dimensions.iter().map(|&name| (name, Box::from(OVERFLOW))).collect();
        let overflow = Series { metric, dimensions: folded };
        let shard = shard_of(&overflow);
        let known = self.shards[shard].get(&overflow).copied();
        resolved(known.unwrap_or_else(|| self.insert(shard, overflow)), true)
    }

    fn insert(&mut self, shard: usize, series: Series) -> SeriesId {
        let id = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        let series = Arc::new(series);
        self.series.push(Arc::clone(&series));
        self.shards[shard].insert(series, id);
        id
    }

    /// Returns the series of an id, or `None` if the table assigned no such id.
    #[must_use]
    pub fn get(&self, id: SeriesId) -> Option<Arc<Series>> {
        self.series.get(id.0 as usize).cloned()
    }

    /// Returns the number of series, with overflow series.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.series.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
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
}

#[cfg(test)]
mod tests;
