//! Labels come in as text, are checked once, and leave as a process-wide series id.
//!
//! What CloudWatch would refuse never gets past this file: the limits of a dimension value are
//! [1 to 1,024 printable ASCII characters, not blank][Dimension]. A set of labels that would be a further
//! series past `max_series` is folded into one overflow series a metric, whichever labels it has, so that the
//! bill stays bounded and totals stay right.
//!
//! [Dimension]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html

use std::{borrow::Cow, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    catalog::{self, Metric},
    secret,
};

/// The most characters in a dimension value. Source: `Dimension`, `Value`.
pub const MAX_LABEL_CHARACTERS: usize = 1_024;

/// Stands in each dimension of a metric's overflow series.
pub const OVERFLOW: &str = "_overflow";

/// Index of a series in the process-wide table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId(pub u32);

/// A metric with checked dimensions, `Environment` not among them.
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    pub metric: &'static Metric,
    pub dimensions: Box<[(&'static str, Box<str>)]>,
}

/// What labels turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "any of them can hold, and each has another consequence")]
pub struct Resolved {
    pub id: SeriesId,
    /// A label was changed to be acceptable.
    pub sanitized: bool,
    /// The `Key` label looked like a secret and was replaced.
    pub redacted: bool,
    /// The labels were folded into the overflow series of their metric.
    pub overflowed: bool,
    /// A label was left out because it is blank, though not empty.
    pub has_blank: bool,
}

impl Resolved {
    /// Whether a caller may remember the id for these very labels. Many labels that were changed, folded or left
    /// out make one series, so remembering them would not be bounded by the guard.
    #[must_use]
    pub const fn is_cacheable(self) -> bool {
        !(self.sanitized || self.redacted || self.overflowed || self.has_blank)
    }
}

type Key = (&'static str, Box<[(&'static str, Box<str>)]>);

/// Every series of the process.
#[derive(Debug)]
pub struct SeriesTable {
    ids: FxHashMap<Key, SeriesId>,
    series: Vec<Arc<Series>>,
    /// Distinct label sets, overflow series not among them.
    distinct: usize,
    max_series: usize,
}

impl SeriesTable {
    /// `max_series`: distinct label sets, over all metrics, before further ones are folded.
    #[must_use]
    pub fn new(max_series: usize) -> Self {
        Self { ids: FxHashMap::default(), series: Vec::new(), distinct: 0, max_series }
    }

    /// Resolves labels, given in the order of the metric's dimensions; a missing or blank one leaves its
    /// dimension out.
    pub fn resolve(&mut self, metric: &'static Metric, labels: &[Option<&str>]) -> Resolved {
        let (mut sanitized, mut redacted, mut has_blank) = (false, false, false);
        let dimensions: Box<[_]> = metric
            .dimensions
            .iter()
            .zip(labels)
            .filter_map(|(&name, label)| {
                let label = label.filter(|label| !label.is_empty())?;
                if is_blank(label) {
                    has_blank = true;
                    return None;
                }
                if name == catalog::KEY && secret::looks_like_secret(label) {
                    redacted = true;
                    return Some((name, Box::from(secret::REDACTED)));
                }
                let checked = acceptable(label);
                sanitized |= matches!(checked, Cow::Owned(_));
                (!is_blank(&checked)).then(|| (name, Box::from(checked)))
            })
            .collect();
        let resolved = |id, overflowed| Resolved { id, sanitized, redacted, overflowed, has_blank };

        let key = (metric.name, dimensions);
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

    /// The series of an id that this table gave out.
    #[must_use]
    pub fn get(&self, id: SeriesId) -> Option<Arc<Series>> {
        self.series.get(id.0 as usize).cloned()
    }

    /// How many series exist, overflow series among them.
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

/// Makes a label acceptable as a dimension value: leading colons go, a character outside printable ASCII
/// becomes `?`, and what is past [`MAX_LABEL_CHARACTERS`] is cut. Borrowed if nothing had to change.
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
