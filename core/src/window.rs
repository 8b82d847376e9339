//! Records that wait to be sent: (window, series) -> distribution.
//!
//! A window is the period that CloudWatch aggregates: one minute, or one second at high resolution, aligned to the
//! clock. During an outage, memory therefore grows with series and minutes, not with records.
//!
//! Beyond a maximum, series with many values give up some precision, so that none costs others their records; see [`Windows::reduce`].
//! Then the oldest window is dropped: the one that ended first. A minute that still runs is newer than its own seconds.
//!
//! Records that CloudWatch may have already are kept apart from the others, so that each record that is sent again is
//! known to be a possible duplicate or not to be one.
//!
//! Records are stored under their roll-ups when they are taken for the first time; see [`Taken::expand`]. What is given back
//! has its roll-ups already, and is kept apart from new records. No record gets into a roll-up twice.

mod size;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, hash_map::Entry},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    distribution::Distribution,
    points::Points,
    resolution::{Period, Resolution, WindowStart},
    sample::Sample,
    series::{Series, SeriesId},
};
pub use size::Size;

/// The maximum number of values in a datum. Source: `MetricDatum`, `Values`.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
pub const MAX_VALUES_PER_DATUM: usize = 150;

/// The maximum age of a data point: two weeks. CloudWatch refuses older ones. Source: `PutMetricData`.
pub const MAX_AGE_SECONDS: i64 = 14 * 24 * 60 * 60;

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
        Points::of(self.series, self.samples.iter().map(|sample| sample.count).sum())
    }
}

/// All samples of one series in a part of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub window: WindowStart,
    pub series: SeriesId,
    pub part: Part,
    pub samples: Vec<Sample>,
}

impl Piece {
    #[must_use]
    pub fn points(&self) -> Points {
        Points::of(self.series, self.samples.iter().map(|sample| sample.count).sum())
    }
}

/// Names the records of one series in a part of a window, which were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub window: WindowStart,
    pub series: SeriesId,
    pub part: Part,
}

type Distributions = FxHashMap<SeriesId, Distribution>;

/// A part of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Records that were not taken yet. They are not in their roll-ups.
    New,
    /// Records and roll-ups that were taken, and that CloudWatch does not have.
    GivenBack,
    /// The same, but CloudWatch may have them.
    Unsure,
}

impl Part {
    const ALL: [Self; 3] = [Self::New, Self::GivenBack, Self::Unsure];
}

/// The records of one window, by part.
#[derive(Debug, Default)]
struct Window([Distributions; Part::ALL.len()]);

impl Window {
    fn is_empty(&self) -> bool {
        self.0.iter().all(FxHashMap::is_empty)
    }

    fn all(&self) -> impl Iterator<Item = (Part, SeriesId, &Distribution)> {
        let parts = Part::ALL.into_iter().zip(&self.0);
        parts.flat_map(|(part, all)| all.iter().map(move |(&id, distribution)| (part, id, distribution)))
    }

    const fn part_mut(&mut self, part: Part) -> &mut Distributions {
        &mut self.0[part as usize]
    }

    /// Returns the distributions that have more than a number of values.
    fn with_more_than(&mut self, values: usize) -> Vec<&mut Distribution> {
        let all = self.0.iter_mut().flat_map(FxHashMap::values_mut);
        all.filter(|distribution| distribution.distinct() > values).collect()
    }

    /// Returns each series with its number of records, the fewest first, and of equal ones the oldest series first.
    fn by_records(&self) -> impl Iterator<Item = (SeriesId, Part)> + use<> {
        let mut all: Vec<_> = Part::ALL
            .into_iter()
            .flat_map(|part| {
                self.0[part as usize].iter().map(move |(&id, values)| (values.count(), id, part as usize))
            })
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id, part)| (id, Part::ALL[part]))
    }
}

/// All windows that wait to be sent.
#[derive(Debug, Default)]
pub struct Windows {
    by_period: BTreeMap<Period, Window>,
    size: Size,
    points: Points,
}

impl Windows {
    /// Returns what waits.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    #[must_use]
    pub const fn points(&self) -> Points {
        self.points
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points.is_zero()
    }

    /// Opens a window to add new records of series with a resolution.
    pub fn open(&mut self, start: WindowStart, resolution: Resolution) -> OpenWindow<'_> {
        self.open_part(start, resolution, Part::New)
    }

    /// Adds new records to the window of a second.
    pub fn add_seconds(&mut self, second: WindowStart, records: Vec<(SeriesId, Sample)>) {
        if !records.is_empty() {
            let mut window = self.open(second, Resolution::Second);
            for (series, sample) in records {
                window.add(series, sample);
            }
        }
    }

    /// Opens a part of a window to add records.
    pub fn open_part(&mut self, start: WindowStart, resolution: Resolution, part: Part) -> OpenWindow<'_> {
        let period = Period::new(start, resolution);
        OpenWindow {
            distributions: self.by_period.entry(period).or_default().part_mut(part),
            size: &mut self.size,
            points: &mut self.points,
        }
    }

    /// Reduces distributions to a number of values until no more waits than `enough`: those of the oldest windows first, and the
    /// largest of a window. This loses no record.
    pub fn reduce(&mut self, values: usize, enough: Size) {
        for window in self.by_period.values_mut() {
            if self.size.fits(enough) {
                break;
            }
            let mut large = window.with_more_than(values);
            large.sort_by_key(|distribution| Reverse(distribution.distinct()));
            for distribution in large {
                if self.size.fits(enough) {
                    break;
                }
                let before = Size::of(distribution.distinct());
                distribution.reduce(values);
                self.size.replace(before, Size::of(distribution.distinct()));
            }
        }
    }

    /// Drops what is beyond a maximum: whole windows, the first to end first, then the series of the last window that have the
    /// fewest records. An overflow series, which has the records of many, is therefore among the last. Returns what was
    /// dropped.
    pub fn shed(&mut self, most: Size) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        if self.size.fits(most) {
            return dropped;
        }
        // An empty window must not count as a newer one.
        self.by_period.retain(|_, window| !window.is_empty());
        while !self.size.fits(most) && self.by_period.len() > 1 {
            let Some((period, oldest)) = self.by_period.pop_first() else { break };
            for (part, series, distribution) in oldest.all() {
                self.forget(series, distribution);
                dropped.push(Dropped { window: period.start(), series, part });
            }
        }
        let mut only = self.by_period.pop_first();
        if let Some((period, only)) = &mut only {
            let mut fewest = only.by_records();
            while !self.size.fits(most)
                && let Some((series, part)) = fewest.next()
                && let Some(distribution) = only.part_mut(part).remove(&series)
            {
                self.forget(series, &distribution);
                dropped.push(Dropped { window: period.start(), series, part });
            }
        }
        self.by_period.extend(only);
        dropped
    }

    /// Removes the records of one series in a part of a window.
    pub fn remove(&mut self, Dropped { window, series, part }: Dropped) {
        let period = Period::new(window, series.resolution());
        let window = self.by_period.get_mut(&period);
        if let Some(distribution) = window.and_then(|window| window.part_mut(part).remove(&series)) {
            self.forget(series, &distribution);
        }
    }

    /// Adds a piece. Its values must be finite.
    pub fn add(&mut self, piece: &Piece) {
        let mut window = self.open_part(piece.window, piece.series.resolution(), piece.part);
        window.add_all(piece.series, &piece.samples);
    }

    fn forget(&mut self, series: SeriesId, distribution: &Distribution) {
        self.size = self.size - Size::of(distribution.distinct());
        self.points -= Points::of(series, distribution.count());
    }

    /// Takes all windows. This is cheap: [`Taken::into_samples`] sorts them.
    pub fn take(&mut self) -> Taken {
        let taken = Taken {
            by_period: std::mem::take(&mut self.by_period),
            datums: self.size.datums,
            points: self.points,
        };
        (self.size, self.points) = (Size::default(), Points::default());
        taken
    }
}

/// Windows that were taken to be sent.
#[derive(Debug)]
pub struct Taken {
    by_period: BTreeMap<Period, Window>,
    datums: usize,
    points: Points,
}

impl Taken {
    #[must_use]
    pub const fn points(&self) -> Points {
        self.points
    }

    /// Adds other windows that were taken.
    pub fn merge(&mut self, other: Self) {
        for (period, Window(parts)) in other.by_period {
            let window = self.by_period.entry(period).or_default();
            for (all, part) in window.0.iter_mut().zip(parts) {
                for (series, distribution) in part {
                    merge(all, series, distribution);
                }
            }
        }
        self.datums += other.datums;
        self.points += other.points;
    }

    /// Stores new records under the series that they belong to, and under their roll-ups. `find` returns the series of ids.
    /// Returns what was added to roll-ups.
    pub fn expand(&mut self, find: impl Fn(&[SeriesId]) -> Vec<Option<Arc<Series>>>) -> Points {
        let mut added = Points::default();
        for window in self.by_period.values_mut() {
            let (ids, new): (Vec<_>, Vec<_>) = std::mem::take(window.part_mut(Part::New)).into_iter().unzip();
            let all = window.part_mut(Part::GivenBack);
            all.reserve(ids.len());
            for ((&id, distribution), series) in ids.iter().zip(new).zip(find(&ids)) {
                for &rollup in series.iter().flat_map(|series| &series.rollups) {
                    added += Points::of(rollup, distribution.count());
                    merge(all, rollup, distribution.clone());
                }
                merge(all, series.and_then(|series| series.stored).unwrap_or(id), distribution);
            }
        }
        self.points += added;
        added
    }

    /// Divides the records into pieces.
    pub fn into_pieces(self) -> impl Iterator<Item = Piece> {
        self.by_period.into_iter().flat_map(|(period, Window(parts))| {
            let window = period.start();
            Part::ALL.into_iter().zip(parts).flat_map(move |(part, all)| {
                all.into_iter().map(move |(series, distribution)| Piece {
                    window,
                    series,
                    part,
                    samples: distribution.into_samples(),
                })
            })
        })
    }

    /// Divides the records into datums, by ascending window, series and value. Call [`Taken::expand`] before, if a series can
    /// have roll-ups.
    #[must_use]
    pub fn into_samples(self) -> Vec<Samples> {
        let mut all = Vec::with_capacity(self.datums);
        let mut windows: Vec<_> = self.by_period.into_iter().collect();
        // Ids of a minute are below those of a second.
        windows.sort_by_key(|(period, _)| (period.start(), Reverse(period.seconds())));
        for (period, Window([new, mut given_back, unsure])) in windows {
            let window = period.start();
            let sure = if given_back.is_empty() {
                new
            } else {
                for (id, distribution) in new {
                    merge(&mut given_back, id, distribution);
                }
                given_back
            };
            let first = all.len();
            let is_mixed = !unsure.is_empty();
            for (part, is_unsure) in [(sure, false), (unsure, true)] {
                let mut by_series: Vec<_> = part.into_iter().collect();
                by_series.sort_unstable_by_key(|(series, _)| *series);
                for (series, distribution) in by_series {
                    let samples = distribution.into_samples();
                    let mut push = |samples| all.push(Samples { window, series, samples, is_unsure });
                    // Most fit into one datum, and are not copied.
                    if samples.len() <= MAX_VALUES_PER_DATUM {
                        push(samples);
                    } else {
                        samples.chunks(MAX_VALUES_PER_DATUM).map(<[Sample]>::to_vec).for_each(push);
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

fn merge(all: &mut Distributions, series: SeriesId, distribution: Distribution) {
    match all.entry(series) {
        Entry::Occupied(known) => distribution.add_to(known.into_mut()),
        Entry::Vacant(new) => _ = new.insert(distribution),
    }
}

/// A window to which records are added.
#[derive(Debug)]
pub struct OpenWindow<'windows> {
    distributions: &'windows mut Distributions,
    size: &'windows mut Size,
    points: &'windows mut Points,
}

impl OpenWindow<'_> {
    /// Adds a sample. The value must be finite.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is most of what a record costs, and calls are a quarter of it"
    )]
    pub fn add(&mut self, series: SeriesId, sample: Sample) {
        if let Some(known) = self.distributions.get_mut(&series)
            && known.add_known(sample)
        {
            self.points.add_of(series, sample.count);
        } else {
            self.add_all(series, &[sample]);
        }
    }

    /// Makes room for a number of series, so that adding them moves no others.
    pub fn reserve(&mut self, series: usize) {
        self.distributions.reserve(series);
    }

    /// Adds samples of one series. Their values must be finite.
    pub fn add_all(&mut self, series: SeriesId, samples: &[Sample]) {
        let Some((&first, others)) = samples.split_first() else { return };
        let (distribution, before) = match self.distributions.entry(series) {
            Entry::Occupied(known) => {
                let distribution = known.into_mut();
                let before = distribution.distinct();
                distribution.add(first);
                (distribution, before)
            }
            Entry::Vacant(new) => (new.insert(Distribution::new(first)), 0),
        };
        for &sample in others {
            distribution.add(sample);
        }
        // Buckets that replace exact values can be fewer.
        self.size.replace(Size::of(before), Size::of(distribution.distinct()));
        self.points.add_of(series, samples.iter().map(|sample| sample.count).sum());
    }
}

#[cfg(test)]
pub(crate) mod tests;
