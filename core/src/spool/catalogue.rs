//! The metrics and series of a file. Each is appended once, in the order of their ids.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Memory, Source,
    layout::{Header, Layout},
    log::{Entries, Log, Place},
};
use crate::{
    definition::{Definition, DimensionSet, Kind, MAX_DIMENSIONS, MAX_ROLLUPS, Metrics, Unit},
    resolution::Resolution,
    series::{Series, SeriesId, SeriesTable},
};

/// What an entry says.
#[derive(Serialize, Deserialize)]
enum Row {
    /// The value of the first dimension, and whether metrics without a resolution have windows of seconds.
    Process {
        environment: String,
        of_seconds: bool,
    },
    Metric(MetricRow),
    Series(SeriesRow),
}

#[derive(Serialize, Deserialize)]
struct MetricRow {
    namespace: String,
    name: String,
    kind: String,
    unit: String,
    has_environment: bool,
    constants: Vec<(String, String)>,
    dimensions: Vec<String>,
    guarded: Vec<u8>,
    rollups: Vec<Vec<u8>>,
    /// In seconds.
    resolution: Option<u8>,
    max_series: Option<u32>,
}

/// A series of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeriesRow {
    pub id: SeriesId,
    /// The index of its metric.
    pub metric: u32,
    pub labels: Vec<(u8, String)>,
    pub stored: Option<SeriesId>,
    pub rollups: Vec<SeriesId>,
}

/// The writing side.
pub struct Catalogue {
    log: Log,
    metrics: usize,
    series: usize,
    /// A metric or a series has no room. Those after it wait for it: ids are given by the order.
    is_behind: bool,
}

impl Catalogue {
    pub(super) fn new(
        memory: &Arc<dyn Memory>,
        layout: &Layout,
        environment: &str,
        resolution: Resolution,
    ) -> Option<Self> {
        let log = Log::new(memory, layout.catalogue.clone(), Header::CATALOGUE_START, Header::CATALOGUE_END)?;
        let mut catalogue = Self { log, metrics: 0, series: 0, is_behind: false };
        let of_seconds = resolution == Resolution::Second;
        let row = Row::Process { environment: environment.to_owned(), of_seconds };
        catalogue.append(&row).then_some(catalogue)
    }

    /// Returns whether a metric or a series has no room. Records of it and of later ones are not kept.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Returns whether half of the room is left.
    #[must_use]
    pub fn has_half(&self) -> bool {
        2 * self.log.used() < self.log.capacity()
    }

    /// Returns the memory of the file, and the words of it that further series need soon. Pass them to [`Catalogue::note_ready`] when they
    /// can be written.
    #[must_use]
    pub fn wanted(&self) -> Option<(Arc<dyn Memory>, Range<usize>)> {
        Some((self.log.memory(), self.log.wanted()?))
    }

    pub fn note_ready(&mut self, words: &Range<usize>) {
        self.log.note_ready(words);
    }

    /// Appends what is new, as far as it has room. There may be room later.
    pub fn append_new(&mut self, metrics: &Metrics, series: &SeriesTable) {
        self.is_behind = !self.append_metrics(metrics) || !self.append_series(series);
    }

    fn append_metrics(&mut self, metrics: &Metrics) -> bool {
        for metric in metrics.from(self.metrics) {
            if !self.append(&Row::Metric(MetricRow::of(&metric.definition))) {
                return false;
            }
            self.metrics += 1;
        }
        true
    }

    fn append_series(&mut self, series: &SeriesTable) -> bool {
        for (id, series) in series.from(self.series) {
            if !self.append(&Row::Series(SeriesRow::of(id, series))) {
                return false;
            }
            self.series += 1;
        }
        true
    }

    fn append(&mut self, row: &Row) -> bool {
        self.log.encode(|bytes| *bytes = postcard::to_extend(row, std::mem::take(bytes)).unwrap_or_default());
        self.log.append().is_some()
    }
}

impl MetricRow {
    fn of(definition: &Definition) -> Self {
        let texts = |texts: &[Box<str>]| texts.iter().map(ToString::to_string).collect();
        Self {
            namespace: definition.namespace.to_string(),
            name: definition.name.to_string(),
            kind: definition.kind.name().to_owned(),
            unit: definition.unit.name().to_owned(),
            has_environment: definition.has_environment,
            constants: definition.constants.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            dimensions: texts(&definition.dimensions),
            guarded: definition.guarded.positions().collect(),
            rollups: definition.rollups.iter().map(|set| set.positions().collect()).collect(),
            resolution: definition.resolution.map(|resolution| match resolution {
                Resolution::Minute => 60,
                Resolution::Second => 1,
            }),
            max_series: definition.max_series,
        }
    }

    fn into_definition(self) -> Option<Definition> {
        let dimensions = self.dimensions.len();
        let set = |positions: &[u8]| {
            let are_positions = positions.iter().all(|position| usize::from(*position) < dimensions);
            are_positions.then(|| DimensionSet::of(positions.iter().map(|position| usize::from(*position))))
        };
        (dimensions + self.constants.len() <= MAX_DIMENSIONS).then_some(())?;
        Some(Definition {
            namespace: self.namespace.into(),
            name: self.name.into(),
            kind: Kind::named(&self.kind)?,
            unit: Unit::named(&self.unit)?,
            has_environment: self.has_environment,
            guarded: set(&self.guarded)?,
            rollups: self.rollups.iter().map(|rollup| set(rollup)).collect::<Option<_>>()?,
            constants: self.constants.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            dimensions: self.dimensions.into_iter().map(Into::into).collect(),
            resolution: match self.resolution {
                None => None,
                Some(60) => Some(Resolution::Minute),
                Some(1) => Some(Resolution::Second),
                Some(_) => return None,
            },
            max_series: self.max_series,
        })
    }
}

impl SeriesRow {
    fn of(id: SeriesId, series: &Series) -> Self {
        Self {
            id,
            metric: series.metric.id.0,
            labels: series.labels.iter().map(|(position, value)| (*position, value.to_string())).collect(),
            stored: series.stored,
            rollups: series.rollups.to_vec(),
        }
    }

    /// Returns whether the roll-ups are some that a series can have.
    fn has_rollups_of_its_own(&self) -> bool {
        let is_new = |(index, id): (usize, &SeriesId)| id.is_rollup() && !self.rollups[..index].contains(id);
        self.rollups.len() <= MAX_ROLLUPS && self.rollups.iter().enumerate().all(is_new)
    }
}

/// What a catalogue says.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub environment: String,
    pub of_seconds: bool,
    pub metrics: Vec<Definition>,
    pub series: Vec<SeriesRow>,
    pub is_torn: bool,
}

impl Known {
    /// Reads a catalogue up to the first entry that cannot be trusted.
    pub fn read(mut entries: Entries<'_, impl Source + ?Sized>, end: Place) -> Self {
        let mut known = Self::default();
        let is_whole = entries.by_ref().all(|bytes| known.add(&bytes).is_some());
        known.is_torn = !is_whole || entries.place().is_before(end);
        known
    }

    fn add(&mut self, bytes: &[u8]) -> Option<()> {
        match postcard::from_bytes(bytes).ok()? {
            Row::Process { environment, of_seconds } => {
                (self.environment, self.of_seconds) = (environment, of_seconds);
            }
            Row::Metric(metric) => self.metrics.push(metric.into_definition()?),
            Row::Series(series) => {
                let metric = self.metrics.get(series.metric as usize)?;
                let positions = series.labels.iter().map(|(position, _)| usize::from(*position));
                let are_ascending = positions.clone().is_sorted_by(|a, b| a < b);
                let are_known = positions.max().is_none_or(|last| last < metric.dimensions.len());
                (are_ascending && are_known && series.has_rollups_of_its_own()).then_some(())?;
                self.series.push(series);
            }
        }
        Some(())
    }
}
