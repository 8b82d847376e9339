//! What a metric is: its namespace, name, unit and dimensions, and under which fewer dimensions its records are also stored.
//!
//! Definitions come from JavaScript, which checks them against CloudWatch's rules and tells its user what is wrong. A process
//! has one table of them. Equal definitions are one metric, whichever thread defines it.

use std::{fmt, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{resolution::Resolution, secret};

/// The name of the dimension that all metrics have, unless their definition leaves it out.
pub const ENVIRONMENT: &str = "Environment";

/// The maximum number of dimensions of a datum. Source: `MetricDatum`, `Dimensions`.
pub const MAX_DIMENSIONS: usize = 30;

/// The number of positions that a set of dimensions can hold.
const MAX_POSITIONS: u8 = 32;

/// The maximum number of sets of dimensions under which records of a metric are also stored. Each new set of labels is looked up in
/// all of them.
pub const MAX_ROLLUPS: usize = 30;

/// The maximum number of metrics of a process. It limits memory if definitions are made in a loop.
pub const MAX_METRICS: usize = 10_000;

/// A unit of CloudWatch. Source: `MetricDatum`, `Unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit(&'static str);

impl Unit {
    pub const COUNT: Self = Self("Count");
    pub const MILLISECONDS: Self = Self("Milliseconds");
    pub const NONE: Self = Self("None");

    const ALL: [Self; 27] = [
        Self("Seconds"),
        Self("Microseconds"),
        Self::MILLISECONDS,
        Self("Bytes"),
        Self("Kilobytes"),
        Self("Megabytes"),
        Self("Gigabytes"),
        Self("Terabytes"),
        Self("Bits"),
        Self("Kilobits"),
        Self("Megabits"),
        Self("Gigabits"),
        Self("Terabits"),
        Self("Percent"),
        Self::COUNT,
        Self("Bytes/Second"),
        Self("Kilobytes/Second"),
        Self("Megabytes/Second"),
        Self("Gigabytes/Second"),
        Self("Terabytes/Second"),
        Self("Bits/Second"),
        Self("Kilobits/Second"),
        Self("Megabits/Second"),
        Self("Gigabits/Second"),
        Self("Terabits/Second"),
        Self("Count/Second"),
        Self::NONE,
    ];

    /// Returns the unit with this name. Case matters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.0 == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// What a metric measures. Only JavaScript treats kinds differently, so two kinds under one name give a series whose records
/// mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Counter,
    Distribution,
    Gauge,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Counter, Self::Distribution, Self::Gauge];

    /// Returns the kind that the function of this name defines.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Distribution => "distribution",
            Self::Gauge => "gauge",
        }
    }
}

/// A set of dimensions of a metric, by their positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DimensionSet(u32);

impl DimensionSet {
    /// Makes a set of positions, each below [`MAX_DIMENSIONS`].
    #[must_use]
    pub fn of(positions: impl IntoIterator<Item = usize>) -> Self {
        Self(positions.into_iter().fold(0, |set, position| set | 1 << position))
    }

    /// Makes the set of the first dimensions.
    #[must_use]
    pub fn first(count: usize) -> Self {
        Self::of(0..count)
    }

    #[must_use]
    pub const fn contains(self, position: usize) -> bool {
        self.0 >> position & 1 == 1
    }

    /// Returns the positions in ascending order.
    pub fn positions(self) -> impl Iterator<Item = u8> {
        (0..MAX_POSITIONS).filter(move |position| self.contains(usize::from(*position)))
    }
}

/// A metric as its user has defined it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Definition {
    pub namespace: Arc<str>,
    pub name: Box<str>,
    pub kind: Kind,
    pub unit: Unit,
    /// Whether the first dimension is [`ENVIRONMENT`].
    pub has_environment: bool,
    /// Names and values of the dimensions that each datum has after that.
    pub constants: Box<[(Box<str>, Box<str>)]>,
    /// Names of the dimensions of the labels, which follow.
    pub dimensions: Box<[Box<str>]>,
    /// The dimensions whose labels are replaced if they look like secrets.
    pub guarded: DimensionSet,
    /// The sets of dimensions under which the same records are also stored.
    pub rollups: Box<[DimensionSet]>,
    /// `None`: that of the process.
    pub resolution: Option<Resolution>,
    /// The maximum number of series of this metric, roll-ups included. `None`: that of the process alone.
    pub max_series: Option<u32>,
}

impl Definition {
    /// Returns the names of the dimensions whose labels are replaced because they look like secrets.
    pub fn redacted<'a>(&'a self, labels: &'a [Option<&str>]) -> impl Iterator<Item = &'a str> {
        let labels = self.dimensions.iter().zip(labels).enumerate();
        let guarded = labels.filter(|(position, _)| self.guarded.contains(*position));
        let secrets = guarded.filter(|(_, (_, label))| label.is_some_and(secret::looks_like_secret));
        secrets.map(|(_, (name, _))| &**name)
    }

    fn names(&self, set: DimensionSet) -> String {
        let names = self.dimensions.iter().enumerate().filter(|(position, _)| set.contains(*position));
        names.map(|(_, name)| &**name).collect::<Vec<_>>().join(", ")
    }
}

/// Describes a definition on one line, for warnings. Definitions that differ are described differently.
impl fmt::Display for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, name, kind, unit, dimensions, .. } = self;
        let (kind, unit) = (kind.name(), unit.name());
        write!(formatter, "{namespace} {name}, a {kind} in {unit} by [{}]", dimensions.join(", "))?;
        for (name, value) in &self.constants {
            write!(formatter, ", {name}={value}")?;
        }
        for (index, &rollup) in self.rollups.iter().enumerate() {
            let separator = if index == 0 { ", rolled up to" } else { "" };
            write!(formatter, "{separator} [{}]", self.names(rollup))?;
        }
        if self.guarded != DimensionSet::default() {
            write!(formatter, ", redacting [{}]", self.names(self.guarded))?;
        }
        if !self.has_environment {
            formatter.write_str(", without Environment")?;
        }
        if let Some(resolution) = self.resolution {
            write!(formatter, ", in windows of {} s", resolution.seconds())?;
        }
        self.max_series.map_or(Ok(()), |most| write!(formatter, ", at most {most} series"))
    }
}

/// The index of a metric in the table of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetricId(pub u32);

/// A metric of the process.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    pub id: MetricId,
    pub definition: Definition,
}

/// The result of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined {
    pub id: MetricId,
    /// Another metric with the same namespace and name, if this one is new.
    pub other: Option<Arc<Metric>>,
}

/// All metrics of the process.
#[derive(Debug, Default)]
pub struct Metrics {
    all: Vec<Arc<Metric>>,
    by_definition: FxHashMap<Definition, MetricId>,
    /// The metrics of other processes that this one has not defined.
    adopted: FxHashMap<Definition, MetricId>,
    /// The latest metric with a namespace and a name.
    by_name: FxHashMap<(Arc<str>, Box<str>), MetricId>,
}

impl Metrics {
    /// Adds a metric, unless there is one with the same definition. Returns `None` if there are [`MAX_METRICS`].
    pub fn define(&mut self, definition: Definition) -> Option<Defined> {
        if let Some(&id) = self.by_definition.get(&definition) {
            return Some(Defined { id, other: None });
        }
        let id = match self.adopted.remove(&definition) {
            Some(id) => id,
            None => self.push(definition.clone())?,
        };
        let name = (Arc::clone(&definition.namespace), definition.name.clone());
        let other = self.by_name.insert(name, id).and_then(|other| self.get(other)).cloned();
        self.by_definition.insert(definition, id);
        Some(Defined { id, other })
    }

    /// Adds a metric of another process, unless there is one with the same definition. Nobody is told of others of the same name.
    pub fn adopt(&mut self, definition: Definition) -> Option<Arc<Metric>> {
        let known = self.by_definition.get(&definition).or_else(|| self.adopted.get(&definition));
        if let Some(&id) = known {
            return self.get(id).cloned();
        }
        let id = self.push(definition.clone())?;
        self.adopted.insert(definition, id);
        self.get(id).cloned()
    }

    fn push(&mut self, definition: Definition) -> Option<MetricId> {
        if self.all.len() >= MAX_METRICS {
            return None;
        }
        let id = MetricId(u32::try_from(self.all.len()).ok()?);
        self.all.push(Arc::new(Metric { id, definition }));
        Some(id)
    }

    /// Returns the metrics from an index on.
    pub fn from(&self, index: usize) -> impl Iterator<Item = &Arc<Metric>> {
        self.all.iter().skip(index)
    }

    /// Returns the metric of an id, or `None` if the table assigned no such id.
    #[must_use]
    pub fn get(&self, id: MetricId) -> Option<&Arc<Metric>> {
        self.all.get(id.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::strategies::metric;

    #[test]
    fn equal_definitions_are_one_metric_and_others_of_the_same_name_are_told() {
        let mut metrics = Metrics::default();
        let first = metrics.define(metric("Orders", ["Region"])).unwrap();
        assert_eq!(first, Defined { id: MetricId(0), other: None });
        assert_eq!(metrics.define(metric("Orders", ["Region"])), Some(first.clone()));
        let second = metrics.define(metric("Orders", ["Plan"])).unwrap();
        assert_eq!((second.id, second.other.unwrap().id), (MetricId(1), first.id));
        assert_eq!(
            metrics.define(metric("Orders", ["Plan"])).unwrap(),
            Defined { id: MetricId(1), other: None }
        );
        let elsewhere = Definition { namespace: "Other".into(), ..metric("Orders", ["Region"]) };
        assert_eq!(metrics.define(elsewhere).unwrap().other, None);
        assert!(metrics.get(MetricId(2)).is_some() && metrics.get(MetricId(3)).is_none());
    }

    #[test]
    fn definitions_that_differ_are_described_differently() {
        let first = metric("Orders", ["Region", "Plan"]);
        let others = [
            Definition { namespace: "Other".into(), ..first.clone() },
            Definition { kind: Kind::Gauge, ..first.clone() },
            Definition { unit: Unit::NONE, ..first.clone() },
            Definition { has_environment: !first.has_environment, ..first.clone() },
            Definition { constants: [("Service".into(), "shop".into())].into(), ..first.clone() },
            Definition { guarded: DimensionSet::of([1]), ..first.clone() },
            Definition { rollups: [DimensionSet::of([0]), DimensionSet::of([])].into(), ..first.clone() },
            Definition { resolution: Some(Resolution::Second), ..first.clone() },
            Definition { max_series: Some(7), ..first.clone() },
        ];
        let described: HashSet<_> = others.iter().chain([&first]).map(ToString::to_string).collect();
        assert_eq!(described.len(), others.len() + 1, "{described:?}");
        assert!(
            described.contains("Test Orders, a counter in Count by [Region, Plan], rolled up to [Region] []"),
            "{described:?}"
        );
    }

    #[test]
    fn labels_that_look_like_secrets_are_named_if_their_dimension_is_guarded() {
        let guarded = DimensionSet::of([0, 2]);
        let definition = Definition { guarded, ..metric("Orders", ["Key", "Url", "Token"]) };
        let redacted =
            |labels: [Option<&str>; 3]| definition.redacted(&labels).collect::<Vec<_>>().join(", ");
        assert_eq!(redacted([Some("sk-1"), Some("sk-1"), Some("sk-1")]), "Key, Token");
        assert_eq!(redacted([Some("OPENAI_KEY"), None, None]), "");
    }

    #[test]
    fn the_number_of_metrics_is_limited() {
        let mut metrics = Metrics::default();
        let mut define = |number: usize| metrics.define(metric(&number.to_string(), []));
        assert!((0..MAX_METRICS).all(|number| define(number).is_some()));
        assert_eq!(define(MAX_METRICS), None);
        assert!(define(0).is_some(), "one that is known");
    }

    #[test]
    fn a_unit_is_found_by_its_exact_name() {
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), Some(unit));
        }
        assert_eq!(Unit::named("count"), None);
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("Gauge"), None);
    }
}
