//! Records that wait to be sent: (window, series) -> distribution.
//!
//! A window is the period that CloudWatch aggregates: one minute, or one second at high resolution, aligned to the
//! clock. During an outage, memory therefore grows with series and minutes, not with records. Beyond a maximum, the
//! oldest window is dropped.
//!
//! Records that CloudWatch may have already are kept apart from the others, so that each record that is sent again is
//! known to be a possible duplicate or not to be one.

use std::collections::{BTreeMap, hash_map::Entry};

use rustc_hash::FxHashMap;

use crate::{clock::UnixMillis, distribution::Distribution, sample::Sample, series::SeriesId};

/// The maximum number of values in a datum. Source: `MetricDatum`, `Values`.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
pub const MAX_VALUES_PER_DATUM: usize = 150;

/// The maximum age of a data point: two weeks. CloudWatch refuses older ones. Source: `PutMetricData`.
pub const MAX_AGE_SECONDS: i64 = 14 * 24 * 60 * 60;

/// A number of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub u64);

/// The length of a window: CloudWatch's storage resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Minute,
    Second,
}

impl Resolution {
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Second => 1,
        }
    }

    /// Returns the window of a moment.
    #[must_use]
    pub const fn window(self, now: UnixMillis) -> WindowStart {
        let seconds = now.0.div_euclid(1_000);
        WindowStart(seconds - seconds.rem_euclid(self.seconds()))
    }

    /// Returns the milliseconds from a moment to the start of the next window, at least 1.
    #[must_use]
    pub const fn until_next(self, now: UnixMillis) -> i64 {
        (self.window(now).0 + self.seconds()) * 1_000 - now.0
    }
}

/// The start of a window, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowStart(pub i64);

/// At most [`MAX_VALUES_PER_DATUM`] samples of one series in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pub window: WindowStart,
    pub series: SeriesId,
    pub samples: Vec<Sample>,
    /// Whether CloudWatch may have the records.
    pub is_unsure: bool,
}

impl Samples {
    #[must_use]
    pub fn points(&self) -> Points {
        Points(self.samples.iter().map(|sample| sample.count).sum())
    }
}

type Distributions = FxHashMap<SeriesId, Distribution>;

/// The records of one window.
#[derive(Debug, Default)]
struct Window {
    distributions: Distributions,
    /// Records that CloudWatch may have.
    unsure: Distributions,
}

impl Window {
    fn is_empty(&self) -> bool {
        self.distributions.is_empty() && self.unsure.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Distribution> {
        self.distributions.values().chain(self.unsure.values())
    }

    const fn part_mut(&mut self, is_unsure: bool) -> &mut Distributions {
        if is_unsure { &mut self.unsure } else { &mut self.distributions }
    }

    /// Returns each series with its number of records, the fewest first, and of equal ones the oldest series first.
    fn by_records(&self) -> impl Iterator<Item = (SeriesId, bool)> + use<> {
        let parts = [(&self.distributions, false), (&self.unsure, true)];
        let mut all: Vec<_> = parts
            .into_iter()
            .flat_map(|(part, is_unsure)| {
                part.iter().map(move |(&id, values)| (values.count(), id, is_unsure))
            })
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id, is_unsure)| (id, is_unsure))
    }
}

/// All windows that wait to be sent.
#[derive(Debug)]
pub struct Windows {
    by_start: BTreeMap<WindowStart, Window>,
    max_datums: usize,
    /// The number of datums that may wait beyond `max_datums`.
    spare: usize,
    datums: usize,
    points: u64,
}

impl Windows {
    /// Makes an empty set of windows. `max_datums` is the maximum number of datums that wait.
    #[must_use]
    pub const fn new(max_datums: usize) -> Self {
        Self { by_start: BTreeMap::new(), max_datums, spare: 0, datums: 0, points: 0 }
    }

    /// Sets the number of datums that may wait beyond the maximum.
    pub const fn set_spare(&mut self, spare: usize) {
        self.spare = spare;
    }

    /// Returns the number of datums that wait.
    #[must_use]
    pub const fn datums(&self) -> usize {
        self.datums
    }

    #[must_use]
    pub const fn points(&self) -> Points {
        Points(self.points)
    }

    /// Returns whether half of the maximum of datums wait. They should be sent before any has to be dropped.
    #[must_use]
    pub const fn is_half_full(&self) -> bool {
        self.datums >= self.max_datums.div_ceil(2)
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Opens a window to add records. Call [`Windows::shed`] afterwards.
    pub fn open(&mut self, start: WindowStart) -> OpenWindow<'_> {
        self.open_part(start, false)
    }

    /// Opens a window to add records of a request that was not applied, or that may have been applied if `is_unsure`.
    /// Call [`Windows::shed`] afterwards.
    pub fn open_part(&mut self, start: WindowStart, is_unsure: bool) -> OpenWindow<'_> {
        OpenWindow {
            distributions: self.by_start.entry(start).or_default().part_mut(is_unsure),
            datums: &mut self.datums,
            points: &mut self.points,
        }
    }

    /// Drops datums beyond the maximum: whole windows, the oldest first, then the series of the last window that have the
    /// fewest records. An overflow series, which has the records of many, is therefore among the last. Returns the number
    /// of records dropped.
    #[must_use]
    pub fn shed(&mut self) -> Points {
        let most = self.max_datums.saturating_add(self.spare);
        if self.datums <= most {
            return Points(0);
        }
        let before = self.points;
        while self.datums > most && self.by_start.len() > 1 {
            let oldest = self.by_start.pop_first().map(|(_, oldest)| oldest).unwrap_or_default();
            for distribution in oldest.all() {
                self.forget(distribution);
            }
        }
        let mut only = self.by_start.pop_first();
        if let Some((_, only)) = &mut only {
            let mut fewest = only.by_records();
            while self.datums > most
                && let Some((series, is_unsure)) = fewest.next()
                && let Some(distribution) = only.part_mut(is_unsure).remove(&series)
            {
                self.forget(&distribution);
            }
        }
        // An empty window must not stay: as the newer one of two, it would have the older one dropped.
        self.by_start.extend(only.filter(|(_, only)| !only.is_empty()));
        Points(before - self.points)
    }

    fn forget(&mut self, distribution: &Distribution) {
        self.datums -= datums(distribution.distinct());
        self.points -= distribution.count();
    }

    /// Takes all windows. This is cheap: [`Taken::into_samples`] sorts them.
    pub fn take(&mut self) -> Taken {
        let taken = Taken {
            by_start: std::mem::take(&mut self.by_start),
            datums: self.datums,
            points: self.points(),
        };
        (self.datums, self.points) = (0, 0);
        taken
    }
}

/// Windows that were taken to be sent.
#[derive(Debug)]
pub struct Taken {
    by_start: BTreeMap<WindowStart, Window>,
    datums: usize,
    points: Points,
}

impl Taken {
    #[must_use]
    pub const fn points(&self) -> Points {
        self.points
    }

    /// Divides the records into datums, by ascending window, series and value.
    #[must_use]
    pub fn into_samples(self) -> Vec<Samples> {
        let mut all = Vec::with_capacity(self.datums);
        for (window, Window { distributions, unsure }) in self.by_start {
            let first = all.len();
            let is_mixed = !unsure.is_empty();
            for (part, is_unsure) in [(distributions, false), (unsure, true)] {
                let mut by_series: Vec<_> = part.into_iter().collect();
                by_series.sort_unstable_by_key(|(series, _)| *series);
                for (series, distribution) in by_series {
                    for samples in distribution.into_samples().chunks(MAX_VALUES_PER_DATUM) {
                        all.push(Samples { window, series, samples: samples.to_vec(), is_unsure });
                    }
                }
            }
            if is_mixed {
                all[first..].sort_by_key(|samples| samples.series);
            }
        }
        all
    }
}

/// A window to which records are added.
#[derive(Debug)]
pub struct OpenWindow<'windows> {
    distributions: &'windows mut Distributions,
    datums: &'windows mut usize,
    points: &'windows mut u64,
}

impl OpenWindow<'_> {
    /// Adds a sample. The value must be finite.
    pub fn add(&mut self, series: SeriesId, sample: Sample) {
        *self.points += sample.count;
        match self.distributions.entry(series) {
            Entry::Occupied(known) => {
                let distribution = known.into_mut();
                let before = distribution.distinct();
                distribution.add(sample);
                let now = distribution.distinct();
                if now != before {
                    // Buckets that replace exact values can be fewer.
                    *self.datums = *self.datums + datums(now) - datums(before);
                }
            }
            Entry::Vacant(new) => *self.datums += datums(new.insert(Distribution::new(sample)).distinct()),
        }
    }
}

/// Returns the number of datums for a number of distinct values.
const fn datums(distinct: usize) -> usize {
    distinct.div_ceil(MAX_VALUES_PER_DATUM)
}

#[cfg(test)]
mod tests;
