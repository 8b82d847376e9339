//! Resolves labels to a series id, which holds for the whole process. Labels are validated when they are resolved.
//!
//! No series has a dimension value that CloudWatch would refuse; see [`label`](crate::label). If there are `max_series` sets of
//! labels, a further set is folded into the overflow series of its metric, whichever labels it has. This limits the
//! bill and keeps totals right. The roll-ups of a series, and those of labels that are folded, are in [`rollups`].

mod chunks;
mod filter;
mod ids;
mod rollups;
mod table;

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::definition::{DimensionSet, ENVIRONMENT, Metric};

pub use ids::{MarkedId, SeriesId};
pub use rollups::MAX_COMBINATIONS;
pub use table::{Maximum, SeriesCounts, SeriesTable};

/// The value of each dimension of an overflow series.
pub const OVERFLOW: &str = "_overflow";

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

    /// Makes the series whose labels of these dimensions have the overflow value.
    fn overflow(metric: &Arc<Metric>, dimensions: DimensionSet, is_rollup: bool) -> Self {
        let labels = dimensions.positions().map(|position| (position, Box::from(OVERFLOW)));
        Self::new(metric, labels.collect(), is_rollup)
    }

    /// Returns whether it is the overflow series of its metric. If there are no dimensions to fold, this is its only series.
    fn is_overflow_of_metric(&self) -> bool {
        self.labels.len() == self.metric.definition.dimensions.len() && self.has_overflow_values()
    }

    /// Returns whether it is the overflow series of its metric or of one of the roll-ups. Such a series does not count towards the
    /// maximum.
    fn is_overflow(&self) -> bool {
        let own = || DimensionSet::of(self.labels.iter().map(|(position, _)| usize::from(*position)));
        self.is_overflow_of_metric()
            || self.has_overflow_values() && self.metric.definition.rollups.contains(&own())
    }

    fn has_overflow_values(&self) -> bool {
        self.labels.iter().all(|(_, value)| &**value == OVERFLOW)
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
    /// The labels were folded, and are in no other roll-ups than the overflow series, because there are too many combinations.
    pub is_coarse: bool,
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

#[cfg(test)]
pub(crate) mod model;
#[cfg(test)]
mod tests;
