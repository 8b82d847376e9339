//! Resolves labels to a series id, which holds for the whole process. Labels are validated when they are resolved.
//!
//! No series has a dimension value that CloudWatch would refuse: it accepts
//! [1 to 1,024 printable ASCII characters, not blank][Dimension]. If there are `max_series` sets of labels, a further
//! set is folded into the overflow series of its metric, whichever labels it has. This limits the bill and keeps
//! totals right.
//!
//! [Dimension]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html

use std::{borrow::Cow, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    catalog::{self, Metric},
    secret,
};

/// The maximum length of a dimension value, in characters. Source: `Dimension`, `Value`.
pub const MAX_LABEL_CHARACTERS: usize = 1_024;

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
    /// Returns whether a caller may cache the id for these labels. Any number of labels that were changed, folded or
    /// left out share a series, so `max_series` would not limit the cache.
    #[must_use]
    pub const fn is_cacheable(self) -> bool {
        !(self.sanitized || self.redacted || self.overflowed || self.has_blank)
    }
}

type Key = (&'static str, Box<[(&'static str, Box<str>)]>);

/// All series of the process.
#[derive(Debug)]
pub struct SeriesTable {
    ids: FxHashMap<Key, SeriesId>,
    series: Vec<Arc<Series>>,
    /// Distinct sets of labels, without overflow series.
    distinct: usize,
    max_series: usize,
}

impl SeriesTable {
    /// Makes an empty table. `max_series` is the maximum number of distinct sets of labels, over all metrics; further
    /// ones are folded.
    #[must_use]
    pub fn new(max_series: usize) -> Self {
        Self { ids: FxHashMap::default(), series: Vec::new(), distinct: 0, max_series }
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
                if !is_blank(&valid) {
                    dimensions.push((name, Box::from(valid)));
                }
            }
        }
        let resolved = |id, overflowed| Resolved { id, sanitized, redacted, overflowed, has_blank };

        let key = (metric.name, dimensions.into_boxed_slice());
        if let Some(&id) = self.ids.get(&key) {
            return resolved(id, false);
        }
        if self.distinct < self.max_series {
            self.distinct += 1;
            return resolved(self.insert(metric, key), false);
        }
        let folded = metric.dimensions.iter().map(|&name| (name, Box::from(OVERFLOW))).collect();
        let key = (metric.name, folded);
        let known = self.ids.get(&key).copied();
        resolved(known.unwrap_or_else(|| self.insert(metric, key)), true)
    }

    fn insert(&mut self, metric: &'static Metric, key: Key) -> SeriesId {
        let id = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        self.series.push(Arc::new(Series { metric, dimensions: key.1.clone() }));
        self.ids.insert(key, id);
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
        self.series.is_empty()
    }
}

fn is_blank(label: &str) -> bool {
    label.trim_matches(' ').is_empty()
}

/// Makes a label valid as a dimension value, unless it is blank.
///
/// Leading colons are removed, characters outside printable ASCII are replaced by `?`, and only the first
/// [`MAX_LABEL_CHARACTERS`] are kept. Borrows the label if nothing changes.
#[must_use]
pub fn acceptable(label: &str) -> Cow<'_, str> {
    let printable = |byte: u8| (b' '..=b'~').contains(&byte);
    if !label.starts_with(':') && label.len() <= MAX_LABEL_CHARACTERS && label.bytes().all(printable) {
        return Cow::Borrowed(label);
    }
    label
        .trim_start_matches(':')
        .chars()
        .take(MAX_LABEL_CHARACTERS)
        .map(|character| if matches!(character, ' '..='~') { character } else { '?' })
        .collect::<String>()
        .into()
}

#[cfg(test)]
mod tests;
